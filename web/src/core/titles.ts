// SPDX-License-Identifier: Apache-2.0
/* titles: what names a record at a glance, defanged where it is a value of the other side. */
import { nameOf, slugOf } from "./catalog";
import { defang } from "./defang";
import type { Rec, TypeDef } from "./types";

export function isIndicatorId(id: string) {
	return /^(indicator|x-hikeshi-observable|observed-data|ipv4-addr|ipv6-addr|domain-name|url|file|email-addr)--/.test(id);
}

/* The page of a value. */
export const valueHref = (value: string, kind?: string | null) => `/indicators/value?v=${encodeURIComponent(value)}${kind ? `&kind=${encodeURIComponent(kind)}` : ""}`;

/* The value an indicator stands for: given as such, or the first of its pattern. */
export function valueOf(rec: Rec): string {
	const pattern = (rec.object?.pattern ?? rec.pattern) as string | undefined;
	const given = rec.value ?? rec.object?.value ?? /=\s*'((?:[^'\\]|\\.)+)'/.exec(pattern ?? "")?.[1]?.replace(/\\(.)/g, "$1") ?? rec.title;
	return typeof given === "string" ? given : rec.id;
}

export function titleOf(def: TypeDef | undefined, r: Rec): string {
	const own = (def?.title ?? []).map((k) => r[k]).find((v) => typeof v === "string" && v);
	const title = String(r.title ?? own ?? r.object?.name ?? r.id);
	return isIndicatorId(r.id) ? defang(title) : title;
}

/* Teams, circles and people: nameOf knows them by their name in the reader's language. */
const NAMED = new Set(["teams", "circles", "people"]);
/* What names a record at a glance: of an indicator its value, of the directory its name, else its title. */
export function headOf(def: TypeDef | undefined, r: Rec): string {
	if (isIndicatorId(r.id)) return defang(valueOf(r));
	return def && NAMED.has(slugOf(def)) ? nameOf(r.id) : titleOf(def, r);
}
