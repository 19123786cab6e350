// SPDX-License-Identifier: Apache-2.0
/* search: the directory's own filter: teams by name, reading, sector, domain and whom to contact; the order of a
 * telephone book; how old a confirmation is. Pure. */
import type { Rec } from "../../core/types";

const DAY_MS = 86400e3;
export const STALE_DAYS = 180;

/* Widths, capitals and the two kanas apart are the same to who looks for a name. */
export function fold(text: string): string {
	return text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60)).replace(/\s+/g, " ").trim();
}

const texts = (...v: unknown[]): string[] => v.flatMap((x) => (Array.isArray(x) ? texts(...x) : typeof x === "string" ? [x] : []));
/* A text that says something, else nothing. */
export const said = (v: unknown): string => (typeof v === "string" ? v : "");
export const contactOf = (t: Rec) => (t.contact && typeof t.contact === "object" && !Array.isArray(t.contact) ? t.contact : {}) as Record<string, string | undefined>;

/* All words somewhere: in the team or in one of its people. */
export function matches(team: Rec, people: Rec[], query: string, sectorWord: string): boolean {
	const c = contactOf(team);
	const all = fold(texts(team.name, team.name_ja, team.name_kana, team.short_name, team.domains, team.cidrs, sectorWord, c.email, c.phone, c.emergency,
		people.map((p) => [p.name, p.name_kana, p.name_latin, p.email, p.title_of_post, p.speciality, p.region] as unknown)).join("\n"));
	return fold(query).split(" ").every((w) => all.includes(w));
}

export type Age = "never" | "stale" | "fresh";
export function ageOf(team: Rec, now: number): Age {
	const at = typeof team.confirmed_at === "string" ? Date.parse(team.confirmed_at) : Number.NaN;

	if (Number.isNaN(at)) return "never";
	return now - at > STALE_DAYS * DAY_MS ? "stale" : "fresh";
}

export type Where = "here" | "elsewhere" | "moved";
export const whereOf = (team: Rec): Where => (team.moved === true ? "moved" : team.hosted === false ? "elsewhere" : "here");

/* By reading in Japanese, by name (in Latin letters, where it is known) else; those without a reading by their name. */
export function ordered(teams: Rec[], lang: string): Rec[] {
	const key = (t: Rec) => fold(String((lang === "ja" ? t.name_kana || t.name_ja : t.name_latin) || t.name || t.title || ""));
	return [...teams].sort((a, b) => key(a).localeCompare(key(b), lang));
}
