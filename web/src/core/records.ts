// SPDX-License-Identifier: Apache-2.0
/* records: the store of one record type: what can be asked of the server about its records, by name. A place adds what
 * only its own type has in a store.ts beside its screens; a screen writes no address. */
import { create, get, list, patch, post, postForm, read, request, type Query } from "./api";
import { apiOf } from "./catalog";
import type { Body, CommentItem, FileItem, HistoryItem, Held, LinkItem, Page, Rec, TypeDef } from "./types";

export function recordsOf(def: TypeDef) {
	const base = apiOf(def);
	const at = (id: string) => `${base}/${encodeURIComponent(id)}`;

	return {
		at,
		list: <T = Rec>(query?: Query, signal?: AbortSignal) => list<T>(base, query, signal),
		count: (query?: Query) => get<{ count: number; exact: boolean }>(`${base}/count`, query),
		read: (id: string, signal?: AbortSignal) => read(at(id), signal),
		create: (body: Body) => create(base, body),
		patch: (held: Held, body: Body) => patch(at(held.rec.id), body, held.etag),
		step: (id: string, name: string, body: Body = {}) => post<Rec>(`${at(id)}/${name}`, body),
		history: (id: string) => list<HistoryItem>(`${at(id)}/history`),
		comments: (id: string) => list<CommentItem & Body>(`${at(id)}/comments`),
		comment: (id: string, text: string) => post<Rec>(`${at(id)}/comments`, { text }),
		links: (id: string) => list<LinkItem>(`${at(id)}/links`),
		link: (id: string, target: string, relation: string) => post(`${at(id)}/links`, { target, relation }),
		unlink: (id: string, target: string, relation: string) => request(`${at(id)}/links`, { method: "DELETE", json: { target, relation } }),
		files: (id: string) => list<FileItem>(`${at(id)}/files`),
		file: (id: string, form: FormData) => postForm<FileItem>(`${at(id)}/files`, form),
		fileUrl: (id: string, file: string) => `/api/v1${at(id)}/files/${encodeURIComponent(file)}`,
	};
}
export type RecordStore = ReturnType<typeof recordsOf>;
export type RecordPage<T = Rec> = Page<T>;
