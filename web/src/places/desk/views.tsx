// SPDX-License-Identifier: Apache-2.0
/* views: the ready-made filters of a list as tabs with their counts, and those a person saved. A view is an address. */
import { useEffect, useState } from "preact/hooks";
import { homeOf } from "../../core/catalog";
import { go, params, place } from "../../core/router";
import { number } from "../../core/time";
import type { TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import type { Column } from "./columns";
import { onServer, useSaved, type Saved } from "./savedviews";
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

/* Beyond so many a count is not asked for. */
const COUNTED = 12;
const READY: [string, string][] = [["open", ""], ["mine", "state=open&assignee=me"], ["nobody", "state=open&assignee=none"], ["over", "state=open&due=over"], ["all", "view=all"]];
/* reports have no deadline of their own */
const readyFor = (def: TypeDef) => READY.filter(([name]) => name !== "over" || def.schema.properties?.next_step_by || def.schema.properties?.due);

/* What of an address makes a view: not which row is looked at. */
function viewText(search: string): string {
	const q = new URLSearchParams(search);
	q.delete("preview");
	q.sort();
	return q.toString();
}

export function Views({ def, source, columns }: { def: TypeDef; source: Rows; columns: Column[] }) {
	const { saved, save, forget } = useSaved(def);
	const [naming, setNaming] = useState<string | null>(null);
	const [shared, setShared] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const [counts, setCounts] = useState<Record<string, string>>({});
	const here = viewText(place.value.search);
	const ready = readyFor(def);
	const known = [...ready.map(([, s]) => viewText(s)), ...saved.map((s) => viewText(s.search))];
	const told = saved.map((s) => s.key).join();
	const keep = async (name: string) => {
		const q = new URLSearchParams(here);
		q.set("cols", columns.map((c) => c.name).join(","));
		setProblem(null);
		try {
			await save({ name, search: viewText(q.toString()), shared });
			setNaming(null);
			go(`${homeOf(def)}?${viewText(q.toString())}`, true);
		} catch (e) {
			setProblem(e);
		}
	};
	const drop = (s: Saved) => {
		setProblem(null);
		void forget(s).catch(setProblem);
	};

	/* after the rows, and again when they change */
	useEffect(() => {
		if (source.busy) return;
		let on = true;
		const timer = setTimeout(async () => {
			const asked = [...ready, ...saved.slice(0, COUNTED).map((s): [string, string] => [s.key, s.search])];
			const all = await Promise.all(asked.map(async ([name, s]) => [name, await countOf(def, filterOf(def, new URLSearchParams(s))).catch(() => null)] as const));
			if (on) setCounts(Object.fromEntries(all.flatMap(([name, c]) => (c ? [[name, c.exact ? number(c.count) : `${number(c.count)}+`]] : []))));
		}, 200);
		return () => {
			on = false;
			clearTimeout(timer);
		};
	}, [def, source.busy, source.total, told]);
	const tab = (name: string, search: string, text: string, count?: string, team?: boolean) => (
		<a key={name} title={team ? t().desk.viewOfTeam : undefined} href={search ? `${homeOf(def)}?${search}` : homeOf(def)} aria-current={viewText(search) === here ? "page" : undefined}>{team && <><Icon name="members" /><span class="sr">{t().desk.viewOfTeam} </span></>}{text}{count !== undefined && <span class="count"> {count}</span>}</a>
	);
	return (
		<nav class="tabs deskviews" aria-label={t().desk.views}>
			{ready.map(([name, s]) => tab(name, s, t().desk.view[name]!, counts[name]))}
			{saved.map((s) => (
				<span key={s.key} class="savedview">
					{tab(s.key, s.search, s.name, counts[s.key], s.shared)}
					{viewText(s.search) === here && s.mine && <button type="button" class="quiet" aria-label={t().desk.forgetView(s.name)} title={t().desk.forgetView(s.name)} onClick={() => drop(s)}><Icon name="close" /></button>}
				</span>
			))}
			{!known.includes(here) && naming === null && <button type="button" class="quiet" data-save-view onClick={() => setNaming("")}>{t().desk.saveView}</button>}
			{naming !== null && (
				<form class="row" onSubmit={(e) => {
					e.preventDefault();
					if (naming.trim()) void keep(naming.trim().slice(0, 40));
				}}>
					<input id="view-name" aria-label={t().desk.viewName} placeholder={t().desk.viewName} value={naming} maxLength={40} ref={(el) => { if (el && !naming && document.activeElement?.id !== "view-shared") el.focus(); }} onInput={(e) => setNaming(e.currentTarget.value)} onKeyDown={(e) => e.key === "Escape" && !e.isComposing && setNaming(null)} />
					{onServer() && <label class="check"><input id="view-shared" type="checkbox" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} /> {t().desk.viewShared}</label>}
					<button type="submit" disabled={!naming.trim()}>{t().save}</button>
				</form>
			)}
			<ProblemBox problem={problem} />
		</nav>
	);
}
