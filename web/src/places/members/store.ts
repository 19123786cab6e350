// SPDX-License-Identifier: Apache-2.0
/* store: what the directory asks of the server: all teams and people, the members of a circle, fact sheets. */
import { del, list, patch, post, read } from "../../core/api";
import type { Ok } from "../../core/openapi";
import type { Rec } from "../../core/types";

const PAGES_MOST = 40;
/* Every page of a list: a directory is looked through as a whole. */
export async function everything(path: string, signal?: AbortSignal): Promise<Rec[]> {
	const out: Rec[] = [];
	let cursor: string | null | undefined;

	for (let i = 0; i < PAGES_MOST; i++) {
		const page = await list<Rec>(path, { limit: 500, cursor }, signal);
		out.push(...page.items);
		cursor = page.next;
		if (!cursor) break;
	}
	return out;
}

export type Members = Ok<"GET /circles/{id}/members">;
const at = (id: string) => `/circles/${encodeURIComponent(id)}/members`;
export const members = (id: string, signal?: AbortSignal) => list<Members["items"][number]>(at(id), undefined, signal) as unknown as Promise<Members>;
export const addMember = (id: string, team: string) => post<Members>(at(id), { team });
export const removeMember = (id: string, team: string) => del(`${at(id)}/${encodeURIComponent(team)}`);

/* The server writes its own time; what is sent says only that somebody has looked. */
export async function confirmTeam(id: string) {
	const now = await read(`/teams/${encodeURIComponent(id)}`);
	return patch(`/teams/${encodeURIComponent(id)}`, { confirmed_at: new Date().toISOString() }, now.etag);
}
export const sheetOf = async (team: string, lang: string) => {
	const items = (await list<Rec>("/factsheets", { team, limit: 20 })).items;
	return items.find((x) => x.state === "published" && x.language === lang) ?? items.find((x) => x.state === "published") ?? null;
};
