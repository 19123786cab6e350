// SPDX-License-Identifier: Apache-2.0
/* passages: what in a warning may tell who was hit or what is inside: names of members and people, their hosts and
 * addresses, inner addresses, counts, inner numbers. Pure; finds what it knows, and never all that a reader would. */
import type { Body, Json, Schema } from "../../core/types";

export type PassageKind = "team" | "person" | "host" | "mail" | "address" | "count" | "number" | "user" | "word";
export interface Passage {
	path: string[];
	start: number;
	end: number;
	hit: string;
	kind: PassageKind;
	/* what could stand there instead */
	instead: string;
	before: string;
	after: string;
}
export interface Names {
	teams: { names: string[]; domains: string[] }[];
	people: string[];
	words: string[];
}
export interface Words {
	team: (letter: string) => string;
	person: (letter: string) => string;
	host: (n: number) => string;
	mail: string;
	address: string;
	count: (unit: string) => string;
	number: string;
	word: string;
}

const AROUND = 24;
const UNITS = "台|名|人|件|社|組織|拠点|端末|ユーザー|アカウント|hosts?|machines?|computers?|servers?|systems?|people|persons?|users?|accounts?|employees|organi[sz]ations?|companies|sites?";
const COUNT = new RegExp(`(?<![\\d.,\\-/:])(\\d[\\d,]{0,8})\\s?(${UNITS})(?![A-Za-z])`, "gi");
const NUMBER = /\b(?:INC|RPT|ENQ|EVD|DEC|BRF|CASE|T)-\d{4}-\d{1,9}\b/g;
const INNER = /(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}(?![\d.]*\d)/g;
const USER = /(?:[A-Za-z]:\\Users\\|\/(?:home|Users)\/)([^\\/\s"'。、]{1,64})/g;
const MAIL = /[\w.+-]{1,64}@((?:[\w-]+\.)+[a-z]{2,})/gi;
const HOST = /(?<![\w@.-])((?:[\w-]{1,63}\.)+[a-z]{2,})(?![\w-])/gi;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letter = (n: number) => (n < 26 ? LETTERS[n]! : `${LETTERS[n % 26]}${Math.floor(n / 26) + 1}`);

const escape = (s: string) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/* A name of letters stands alone; Japanese has no blanks to stand between. */
function pattern(names: string[]): RegExp | null {
	const all = names.map((n) => n.trim()).filter((n) => n.length >= 2 && (/[^\x20-\x7e]/.test(n) || n.length >= 3)).sort((a, b) => b.length - a.length);
	if (!all.length) return null;
	return new RegExp(all.map((n) => (/^[\x20-\x7e]+$/.test(n) ? `(?<![A-Za-z0-9])${escape(n)}(?![A-Za-z0-9])` : escape(n))).join("|"), "gi");
}

/* The texts of a warning that leave the team, with the path of each. */
export function leavingTexts(schema: Schema | undefined, value: Json | undefined, path: string[] = []): { path: string[]; text: string }[] {
	if (typeof value === "string") return [{ path, text: value }];
	if (Array.isArray(value)) return value.flatMap((v, i) => leavingTexts(schema?.items, v as Json, [...path, String(i)]));
	if (!value || typeof value !== "object") return [];
	return Object.entries(schema?.properties ?? {}).flatMap(([k, s]) => {
		const plain = !s.ref && !s.suggest && !s.format && !s.enum && !s.readOnly;
		if (!(s.leaves || path.includes("mitigate")) || (s.type === "string" && !plain) || (s.items?.ref ?? s.items?.format)) return [];
		return leavingTexts(s, (value as Body)[k], [...path, k]);
	});
}
/* Whom to ask is meant to be named. */
const NAMED_ON_PURPOSE = new Set(["who.contact", "who.actor", "what.cve", "how.techniques"]);

export function passagesOf(schema: Schema | undefined, draft: Body, known: Names, words: Words): Passage[] {
	const given = new Map<string, string>();
	let teams = 0;
	let people = 0;
	let hosts = 0;
	const once = (key: string, make: () => string) => {
		const k = key.toLowerCase();
		if (!given.has(k)) given.set(k, make());
		return given.get(k)!;
	};
	const teamOf = new Map(known.teams.flatMap((t, i) => t.names.map((n) => [n.toLowerCase(), i] as const)));
	const domains = known.teams.flatMap((t, i) => t.domains.map((d) => [d.toLowerCase(), i] as const));
	const belongs = (host: string) => domains.find(([d]) => host.toLowerCase() === d || host.toLowerCase().endsWith(`.${d}`));
	const teamName = (i: number) => once(`team ${i}`, () => words.team(letter(teams++)));
	const teamRe = pattern(known.teams.flatMap((t) => t.names));
	const peopleRe = pattern(known.people);
	const wordRe = pattern(known.words);
	const out: Passage[] = [];

	for (const { path, text } of leavingTexts(schema, draft)) {
		if (NAMED_ON_PURPOSE.has(path.slice(0, 2).join("."))) continue;
		const found: { start: number; end: number; kind: PassageKind; instead: string }[] = [];
		const take = (re: RegExp | null, kind: PassageKind, instead: (m: RegExpMatchArray) => string | null) => {
			if (!re) return;
			for (const m of text.matchAll(re)) {
				const word = instead(m);
				if (word !== null) found.push({ start: m.index!, end: m.index! + m[0].length, kind, instead: word });
			}
		};
		take(teamRe, "team", (m) => teamName(teamOf.get(m[0].toLowerCase()) ?? 0));
		take(peopleRe, "person", (m) => once(`person ${m[0]}`, () => words.person(letter(people++))));
		take(MAIL, "mail", (m) => (belongs(m[1]!) ? words.mail : null));
		take(HOST, "host", (m) => (belongs(m[1]!) ? once(`host ${m[1]}`, () => words.host(++hosts)) : null));
		take(INNER, "address", () => words.address);
		take(USER, "user", (m) => m[0].slice(0, m[0].length - m[1]!.length) + words.word);
		take(wordRe, "word", () => words.word);
		take(NUMBER, "number", () => words.number);
		take(COUNT, "count", (m) => words.count(m[2]!));
		found.sort((a, b) => a.start - b.start || b.end - a.end);
		let at = 0;
		for (const f of found) {
			if (f.start < at) continue;
			at = f.end;
			out.push({
				...f, path, hit: text.slice(f.start, f.end),
				before: (f.start > AROUND ? "…" : "") + text.slice(Math.max(0, f.start - AROUND), f.start),
				after: text.slice(f.end, f.end + AROUND) + (f.end + AROUND < text.length ? "…" : ""),
			});
		}
	}
	return out;
}

/* The same words in the same field are one decision. */
export const keyOf = (p: Passage) => `${p.path.join(".")}\n${p.kind}\n${p.hit.toLowerCase()}`;
export function replaced(text: string, p: Passage, instead: string): string {
	return text.slice(p.start, p.end) === p.hit ? text.slice(0, p.start) + instead + text.slice(p.end) : text;
}
