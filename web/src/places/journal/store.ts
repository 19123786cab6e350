// SPDX-License-Identifier: Apache-2.0
/* store: the journal as the server tells it, and the checkpoint that a reader keeps on this device. */
import { signal } from "@preact/signals";
import { get } from "../../core/api";
import { typeNamed, stepDone, upper } from "../../core/catalog";
import type { Json, Ok } from "../../core/openapi";
import { noteOf, type Proof } from "../../core/proof";
import type { Page } from "../../core/types";
import { lang, t } from "../../i18n";
import { past } from "./past.en";

type Told = Ok<"GET /journal/{seq}">;
type Known = "seq" | "epoch" | "at" | "actor" | "account" | "team" | "kind" | "record" | "version" | "objects" | "erased" | "opens" | "why" | "fields";
export type Entry = Pick<Told, Known> & {
	note?: Json;
	patch?: Json;
	all_links?: boolean;
	links?: { relation: string; removed: boolean; source: About; target: About }[];
};
export interface About {
	id: string;
	type: string;
	number: string;
	title: string;
}
export const FILTERS = ["actor", "kind", "since", "until", "record"] as const;

export const readEntries = (query: Record<string, string>, signal?: AbortSignal) => get<Page<Entry>>("/journal", query, signal);
export const readEntry = (seq: string, epoch: string | null, signal?: AbortSignal) => get<Entry>(`/journal/${encodeURIComponent(seq)}`, { epoch }, signal);
export const readProof = (e: Entry, content: boolean, kept: number | null) => get<Proof>(`/journal/${e.seq}/proof`, { epoch: e.epoch, content: content || null, kept });
export const entryHref = (e: { seq: number; epoch: string }) => `/journal/${e.seq}?epoch=${e.epoch}`;

/* What was done, in words: a step by its own name, else the kind of entry. */
export function kindWord(kind: string, type?: string): string {
	const step = type ? typeNamed(type)?.states?.transitions.find((s) => s.name === kind) : undefined;
	return upper(t().jour.kinds[kind] ?? (step ? ((lang.value === "en" && past[step.label.en]) || stepDone(step.label)) : kind));
}

/* A day of the reader's as the server wants a time: its beginning, or (until) the next day's. */
export function dayStart(day: string, days = 0): string | null {
	const d = new Date(`${day}T00:00:00`);
	if (Number.isNaN(d.getTime())) return null;
	d.setDate(d.getDate() + days);
	return d.toISOString();
}

/* ---- the checkpoint kept ---- */
export interface Kept {
	note: string;
	at: string;
	size: number;
	origin: string;
}
const KEY = "hikeshi.checkpoint";
function load(): Kept | null {
	try {
		const k = JSON.parse(localStorage.getItem(KEY) ?? "null") as { note: string; at: string } | null;
		const n = k ? noteOf(k.note) : null;
		return k && n ? { ...k, size: n.size, origin: n.origin } : null;
	} catch {
		return null;
	}
}
export const kept = signal<Kept | null>(load());
export function keep(note: string | null) {
	if (note) localStorage.setItem(KEY, JSON.stringify({ note, at: new Date().toISOString() }));
	else localStorage.removeItem(KEY);
	kept.value = load();
}
export function saveText(name: string, text: string, type = "application/json") {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const a = document.createElement("a");

	a.href = url;
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}
