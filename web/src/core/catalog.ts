// SPDX-License-Identifier: Apache-2.0
/* catalog: the record types and code lists the server told us about, looked up by name; and the names of
 * teams, people and circles, so that an id is never shown where a name is known. */
import { signal } from "@preact/signals";
import { get, list } from "./api";
import { lang, say, t } from "../i18n";
import type { Bilingual, Catalog, ListValue, Me, Rec, Schema, TypeDef } from "./types";

export const me = signal<Me | null | undefined>(undefined);
export const catalog = signal<Catalog | null>(null);

export async function loadCatalog() {
	const raw = await get<Record<string, any>>("/catalog");
	const lists: Record<string, ListValue[]> = {};

	for (const [name, l] of Object.entries(raw.lists ?? {})) {
		const rows: any[] = Array.isArray(l) ? l : ((l as any).items ?? []);
		lists[name] = rows.map((v) => ({ ...v, value: v.value ?? v.code }));
	}
	const types: TypeDef[] = raw.types ?? [];
	for (const d of types) {
		const own = d.schema?.properties?.language;
		if (own && d.form === "own" && lists.language?.length) own.ref ??= "list:language";
		/* STIX says "string" of every text; a description is a long one */
		const long = d.schema?.properties?.description;
		if (long && d.form === "stix") long.multiline = true;
	}
	catalog.value = { types, lists };
}

/* Address below /api/v1 of a type's records. */
export const apiOf = (d: TypeDef) => (d.plural && d.plural !== d.type ? `/${d.plural}` : `/stix/${d.type}`);
export const slugOf = (d: TypeDef) => (d.plural && d.plural !== d.type ? d.plural : d.type);

export function typeOfSlug(slug: string): TypeDef | undefined {
	return catalog.value?.types.find((d) => d.plural === slug) ?? catalog.value?.types.find((d) => d.type === slug);
}
export const typeNamed = (type: string): TypeDef | undefined => catalog.value?.types.find((d) => d.type === type);
export const typeOfId = (id: string) => typeNamed(id.split("--")[0] ?? "");

const PLACES = new Set(["reports", "incidents", "warnings", "indicators"]);
export function homeOf(d: TypeDef): string {
	const slug = slugOf(d);
	return PLACES.has(slug) ? `/${slug}` : `/r/${slug}`;
}
/* The list a record is found in. */
export const listOf = (d: TypeDef) => (["teams", "circles", "people"].includes(slugOf(d)) ? `/members?tab=${slugOf(d)}` : homeOf(d));
/* Where a record is read in the face; null for a type the catalogue does not know. */
export function hrefOf(id: string, type?: string): string | null {
	const d = (type ? typeNamed(type) : undefined) ?? typeOfId(id);
	return d ? `${homeOf(d)}/${encodeURIComponent(id)}` : null;
}

export function listValues(ref: string | undefined): ListValue[] {
	if (!ref?.startsWith("list:")) return [];
	return catalog.value?.lists[ref.slice(5)] ?? [];
}
/* A value of a code list in words. */
export function word(listName: string, value: string | null | undefined): string {
	if (!value) return "";
	const hit = catalog.value?.lists[listName]?.find((v) => v.value === value);
	return hit ? upper(say(hit.label, value)) : value;
}
/* The catalogue writes English words small, as in a sentence; alone they begin with a capital. */
export const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export function stateWord(d: TypeDef | undefined, state: string | null | undefined): string {
	return upper(say(d?.states?.list.find((s) => s.state === state)?.label, state ?? ""));
}
export const typeWord = (d: TypeDef | undefined) => upper(say(d?.label, d?.type ?? ""));
/* English of many: what cannot be counted stays as it is. */
function many(word: string): string {
	const [, base = word, rest = ""] = /^(.*?)( (?:\(|of ).*)?$/.exec(word) ?? [];

	if (/person$/i.test(base)) return base.replace(/person$/i, (p) => (p[0] === "P" ? "People" : "people")) + rest;
	if (/(ware|structure|traffic|content|data|analysis)$/i.test(base)) return word;
	return base.replace(/([^aeiou])y$/, "$1ie").replace(/(s|x)$/, "$1e") + "s" + rest;
}
/* A type as the name of a list of its records. */
export const typeWords = (d: TypeDef | undefined) => (lang.value === "en" ? many(typeWord(d)) : typeWord(d));
/* The name of the list a type's records are in. */
export function placeWord(d: TypeDef): string {
	const places = t().places as Record<string, unknown>;
	const word = places[slugOf(d)];
	return typeof word === "string" ? word : typeWords(d);
}
export const fieldWord = (name: string, s: Schema | undefined) => upper(say(s?.label, name.replaceAll("_", " ")));

const COMMON: Record<string, Bilingual> = {
	title: { ja: "表題", en: "Title" },
	state: { ja: "状態", en: "State" },
	tlp: { ja: "TLP", en: "TLP" },
	team: { ja: "チーム", en: "Team" },
	circles: { ja: "サークル", en: "Circles" },
	number: { ja: "番号", en: "Number" },
	version: { ja: "版", en: "Version" },
	created: { ja: "作成", en: "Created" },
	created_by: { ja: "作成者", en: "Created by" },
	modified: { ja: "更新", en: "Modified" },
	modified_by: { ja: "更新者", en: "Modified by" },
	language: { ja: "言語", en: "Language" },
	exercise: { ja: "演習", en: "Exercise" },
	severity: { ja: "深刻度", en: "Severity" },
	object: { ja: "内容", en: "Content" },
};
/* The schema of a field by its path, through objects, arrays and the STIX object. */
export function schemaAt(d: TypeDef | undefined, path: string[]): Schema | undefined {
	let s: Schema | undefined = d?.schema;

	for (const p of path) {
		if (p === "object" && s === d?.schema && !s?.properties?.object) continue;
		s = /^\d+$/.test(p) ? s?.items : s?.properties?.[p];
	}
	return s;
}
export function pathWords(d: TypeDef | undefined, pointer: string): string {
	const path = pointer.replace(/^\//, "").split(/[/.]/).filter(Boolean);

	return path
		.map((p, i) => {
			if (/^\d+$/.test(p)) return `${Number(p) + 1}`;
			const own = schemaAt(d, path.slice(0, i + 1))?.label;
			return say(own ?? COMMON[p], p);
		})
		.join(lang.value === "ja" ? "／" : " / ");
}
export const commonWord = (name: string) => say(COMMON[name], name);
export const stepWord = (label: Bilingual) => upper(say(label));
/* The same as something that was done: 発行する is a button, 発行 an entry. */
export const stepDone = (label: Bilingual) => stepWord(label).replace(/する$/, "");

/* reader < analyst < lead; the secretariat and the administrator also do what a lead does. */
const RANK: Record<string, number> = { reader: 1, manager: 1, analyst: 2, lead: 3, secretariat: 4, administrator: 5 };
export function covers(needed: string | undefined): boolean {
	const role = me.value?.role ?? "";

	if (!needed || needed === "reader") return true;
	if (needed === role || role === "administrator") return true;
	if (needed === "analyst" || needed === "lead") return (RANK[role] ?? 0) >= (RANK[needed] ?? 9);
	return false;
}
export const may = (right: string) => me.value?.rights?.includes(right) ?? false;
export function mayCreate(d: TypeDef): boolean {
	return may(`create:${slugOf(d)}`) || (!me.value?.rights?.some((r) => r.startsWith("create:")) && covers(d.roles?.create));
}
export const mayEdit = (d: TypeDef) => covers(d.roles?.edit);

/* ---- names ---- */
export interface Named {
	id: string;
	title: string;
	number?: string;
	type: string;
}
const names = signal<Map<string, Named>>(new Map());
const asked = new Set<string>();

export function remember(r: Rec | { id: string; type: string; title?: string | null; number?: string | null }) {
	if (!r?.id || !r.title) return;
	const known = names.value.get(r.id);
	const title = nameOfRecord(r as Rec);
	if (known?.title === title) return;
	const next = new Map(names.value);
	next.set(r.id, { id: r.id, title, number: (r.number as string) ?? undefined, type: r.type });
	names.value = next;
}
function nameOfRecord(r: Rec): string {
	if (lang.value === "ja" && typeof r.name_ja === "string" && r.name_ja) return r.name_ja;
	return String(r.title ?? r.name ?? r.id);
}

export const directory = signal<{ teams: Rec[]; circles: Rec[]; people: Rec[] }>({ teams: [], circles: [], people: [] });

async function all(plural: string): Promise<Rec[]> {
	try {
		return (await list(`/${plural}`, { limit: 500 })).items;
	} catch {
		return [];
	}
}
export async function loadDirectory() {
	const [teams, circles, people] = await Promise.all([all("teams"), all("circles"), all("people")]);

	directory.value = { teams, circles, people };
	const next = new Map(names.value);
	for (const r of [...teams, ...circles, ...people]) {
		next.set(r.id, { id: r.id, title: nameOfRecord(r), number: r.number ?? undefined, type: r.type });
	}
	const m = me.value;
	if (m) {
		if (m.team && !next.has(m.team.id)) {
			next.set(m.team.id, { id: m.team.id, title: (lang.value === "ja" && m.team.name_ja) || m.team.name, type: "x-hikeshi-team" });
		}
		if (m.person) next.set(m.person, { id: m.person, title: m.name || m.email, type: "person" });
	}
	names.value = next;
}

export async function fetchRecord(id: string): Promise<Rec> {
	const d = typeOfId(id);

	if (!d) throw new Error(id);
	return get<Rec>(`${apiOf(d)}/${encodeURIComponent(id)}`);
}

/* The name behind an id; asks the server once for one it has not met. Text that is no id comes back as it is. */
export function nameOf(id: string | null | undefined): string {
	if (!id) return "";
	const known = names.value.get(id);

	if (known) return known.number ? `${known.number} ${known.title}` : known.title;
	const d = id.includes("--") ? typeOfId(id) : undefined;
	if (d && !asked.has(id)) {
		asked.add(id);
		get<Rec>(`${apiOf(d)}/${encodeURIComponent(id)}`).then(
			(r) => remember({ ...r, title: r.title ?? r.id }),
			() => {},
		);
	}
	return id.includes("--") ? `${typeWord(d) || id.split("--")[0]} ${id.slice(-6)}` : id;
}
export const isOwn = (r: { team?: string | null }) => !!r.team && r.team === me.value?.team?.id;
