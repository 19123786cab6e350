// SPDX-License-Identifier: Apache-2.0
/* store: what this place asks of the server: one value in full, many at once, exports. */
import { create, get, post, request, withQuery } from "../../core/api";
import { word } from "../../core/catalog";
import type { Ok } from "../../core/openapi";
import type { KnownRecord, Known, Page } from "../../core/types";

export type Value = Ok<"GET /values">;
export type Times = Ok<"GET /values/sightings">;
export type Graph = Ok<"GET /values/graph">;
export interface ValueRecord extends KnownRecord {
	dated: string;
}
export interface Asked {
	value: string;
	kind?: string;
}
type Records = Page<ValueRecord> & { matching: number; count: number };

const ask = (v: Asked) => ({ value: v.value, kind: v.kind });
export const readValue = (v: Asked, signal?: AbortSignal) => get<Value>("/values", ask(v), signal);
export const readTimes = (v: Asked, by: string, zone: string, signal?: AbortSignal) => get<Times>("/values/sightings", { ...ask(v), by, zone }, signal);
export const readGraph = (v: Asked, depth: string, signal?: AbortSignal) => get<Graph>("/values/graph", { ...ask(v), depth }, signal);
export const readRecords = (v: Asked, more: { type?: string; cursor?: string | null }, signal?: AbortSignal) =>
	get<Records>("/values/records", { ...ask(v), ...more, limit: 50 }, signal);
/* A sighting of now, of one's own team. */
export const sawNow = (value: string) => {
	const now = new Date().toISOString();
	return create("/sightings", { value, first_seen: now, last_seen: now, count: 1 });
};

export type Checked = Known & { propose?: boolean };
/* What a text names and what is known of each; nothing is stored. The same value named twice is one row. */
export async function check(text: string): Promise<{ items: Checked[]; more: boolean }> {
	const got = await post<{ items: Checked[]; more: boolean }>("/extract", { text });
	const seen = new Set<string>();

	return { more: got.more, items: got.items.filter((x) => !seen.has(`${x.kind} ${x.canonical}`) && seen.add(`${x.kind} ${x.canonical}`)) };
}

/* The server names kinds as exchange formats do; the code list has a word for each. */
const LISTED: Record<string, string> = { filename: "file-name", "registry-key": "windows-registry-key", bitcoin: "btc" };
export const kindWord = (k: string | null | undefined) => (k ? word("observable_kind", LISTED[k] ?? k) : "");

export interface Exported {
	objects: number;
	losses: { what: string; count: number }[];
	blob: Blob;
}
/* An export into a file of the browser; the server asks for the password first where it holds TLP:RED. */
export async function exportOf(query: Record<string, string>): Promise<Exported> {
	const res = await request(withQuery("/export", query));
	const lost = decodeURIComponent(res.headers.get("x-hikeshi-losses") ?? "");

	return {
		objects: Number(res.headers.get("x-hikeshi-objects") ?? 0),
		losses: lost ? lost.split("; ").map((x) => ({ what: x.slice(0, x.lastIndexOf("=")), count: Number(x.slice(x.lastIndexOf("=") + 1)) })) : [],
		blob: await res.blob(),
	};
}
