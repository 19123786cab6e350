// SPDX-License-Identifier: Apache-2.0
/* views: the ready-made filters of a list as tabs with their counts, and those a person saved. A view is an address. */
import { useEffect, useState } from "preact/hooks";
import { homeOf, me, slugOf } from "../../core/catalog";
import { params, place } from "../../core/router";
import { number } from "../../core/time";
import type { TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Icon } from "../../ui/icons";
import { countOf, type Rows } from "./store";
import { FILTERS, type Filter } from "./window";

const openStates = (def: TypeDef) => (def.states?.list ?? []).filter((s) => s.open).map((s) => s.state).join(",");

/* The filter of an address: nothing said means what is open; "open" is short for every state that is. */
export function filterOf(def: TypeDef, q: URLSearchParams): Filter {
	const out: Filter = {};

	for (const k of FILTERS) {
		const v = q.get(k);
		if (v) out[k] = v;
	}
	if (!Object.keys(out).length && q.get("view") !== "all") out.state = "open";
	if (out.state === "open") out.state = openStates(def);
	return out;
}
export const activeFilter = (def: TypeDef) => filterOf(def, params.value);

const READY: [string, string][] = [["open", ""], ["mine", "state=open&assignee=me"], ["nobody", "state=open&assignee=none"], ["over", "state=open&due=over"], ["all", "view=all"]];
/* reports have no deadline of their own */
const readyFor = (def: TypeDef) => READY.filter(([name]) => name !== "over" || def.schema.properties?.next_step_by || def.schema.properties?.due);

interface Saved {
	name: string;
	search: string;
}
const keyOf = (def: TypeDef) => `hikeshi.views.${me.value?.email ?? ""}.${slugOf(def)}`;
function savedOf(def: TypeDef): Saved[] {
	try {
		return JSON.parse(localStorage.getItem(keyOf(def)) ?? "[]") as Saved[];
	} catch {
		return [];
	}
}
/* What of an address makes a view: not which row is looked at. */
function viewText(search: string): string {
	const q = new URLSearchParams(search);
	q.delete("preview");
	q.sort();
	return q.toString();
}
const normal = (search: string) => viewText(search);

export function Views({ def, source }: { def: TypeDef; source: Rows }) {
	const [saved, setSaved] = useState(() => savedOf(def));
	const [naming, setNaming] = useState<string | null>(null);
	const [counts, setCounts] = useState<Record<string, string>>({});
	const here = viewText(place.value.search);
	const ready = readyFor(def);
	const known = [...ready.map(([, s]) => normal(s)), ...saved.map((s) => normal(s.search))];
	const keep = (list: Saved[]) => {
		setSaved(list);
		localStorage.setItem(keyOf(def), JSON.stringify(list));
	};

	/* after the rows, and again when they change */
	useEffect(() => {
		if (source.busy) return;
		let on = true;
		const timer = setTimeout(async () => {
			const all = await Promise.all(ready.map(async ([name, s]) => [name, await countOf(def, filterOf(def, new URLSearchParams(s))).catch(() => null)] as const));
			if (on) setCounts(Object.fromEntries(all.flatMap(([name, c]) => (c ? [[name, c.exact ? number(c.count) : `${number(c.count)}+`]] : []))));
		}, 200);
		return () => {
			on = false;
			clearTimeout(timer);
		};
	}, [def, source.busy, source.total]);
	const tab = (name: string, search: string, text: string, count?: string) => (
		<a key={name} href={search ? `${homeOf(def)}?${search}` : homeOf(def)} aria-current={normal(search) === here ? "page" : undefined}>{text}{count !== undefined && <span class="count"> {count}</span>}</a>
	);
	return (
		<nav class="tabs deskviews" aria-label={t().desk.views}>
			{ready.map(([name, s]) => tab(name, s, t().desk.view[name]!, counts[name]))}
			{saved.map((s) => (
				<span key={s.name} class="savedview">
					{tab(s.name, s.search, s.name)}
					{normal(s.search) === here && <button type="button" class="quiet" aria-label={t().desk.forgetView(s.name)} title={t().desk.forgetView(s.name)} onClick={() => keep(saved.filter((x) => x !== s))}><Icon name="close" /></button>}
				</span>
			))}
			{!known.includes(here) && naming === null && <button type="button" class="quiet" onClick={() => setNaming("")}>{t().desk.saveView}</button>}
			{naming !== null && (
				<form class="row" onSubmit={(e) => {
					e.preventDefault();
					const name = naming.trim().slice(0, 40);
					if (name) keep([...saved.filter((s) => s.name !== name), { name, search: here }]);
					setNaming(null);
				}}>
					<input id="view-name" aria-label={t().desk.viewName} placeholder={t().desk.viewName} value={naming} maxLength={40} ref={(el) => { if (el && !naming) el.focus(); }} onInput={(e) => setNaming(e.currentTarget.value)} onKeyDown={(e) => e.key === "Escape" && !e.isComposing && setNaming(null)} />
					<button type="submit" disabled={!naming.trim()}>{t().save}</button>
				</form>
			)}
		</nav>
	);
}
