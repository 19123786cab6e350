// SPDX-License-Identifier: Apache-2.0
/* list: the records of one type. The filter is the address; more pages follow by the server's cursor. */
import { useEffect, useState } from "preact/hooks";
import { list } from "../../core/api";
import { apiOf, catalog, directory, homeOf, listValues, mayCreate, nameOf, placeWord, slugOf, stateWord, typeWord, typeWords, upper, remember } from "../../core/catalog";
import { lang, say, t } from "../../i18n";
import { params, setParams } from "../../core/router";
import type { Page, Rec, TypeDef } from "../../core/types";
import { Act, Empty, Loading, ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { ofPlural, useLoad } from "../../core/load";
import { Rows } from "./rows";

export function usePages<T extends { id: string }>(key: string, path: string, query: Record<string, string>, plural: string) {
	const first = useLoad<Page<T>>(key, (signal) => list<T>(path, { limit: 100, ...query }, signal), ofPlural(plural));
	const [rest, setRest] = useState<{ key: string; items: T[]; next: string | null }>({ key: "", items: [], next: null });
	const mine = rest.key === key;
	const next = mine ? rest.next : (first.data?.next ?? null);
	const seen = new Set<string>();
	const items = [...(first.data?.items ?? []), ...(mine ? rest.items : [])].filter((r) => !seen.has(r.id) && seen.add(r.id));

	return {
		...first,
		items,
		next,
		more: async () => {
			const page = await list<T>(path, { limit: 100, ...query, cursor: next });
			setRest({ key, items: [...(mine ? rest.items : []), ...page.items], next: page.next ?? null });
		},
	};
}

export function FilterBar({ def, own }: { def: TypeDef; own?: boolean }) {
	const q = params.value;
	const [text, setText] = useState(q.get("q") ?? "");
	const states = def.states?.list ?? [];
	const any = ["q", "state", "severity", "team"].some((k) => q.get(k));
	const select = (name: string, label: string, options: [string, string][]) => (
		<label>
			<span>{label}</span>
			<select value={q.get(name) ?? ""} onChange={(e) => setParams({ [name]: e.currentTarget.value || null })}>
				<option value="">{t().all}</option>
				{options.map(([v, w]) => <option key={v} value={v}>{w}</option>)}
			</select>
		</label>
	);

	useEffect(() => {
		if (text === (q.get("q") ?? "")) return;
		const timer = setTimeout(() => setParams({ q: text || null }), 250);
		return () => clearTimeout(timer);
	}, [text]);
	return (
		<form class="filter" role="search" aria-label={t().filter} onSubmit={(e) => { e.preventDefault(); setParams({ q: text || null }); }}>
			<label>
				<span>{t().list.words}</span>
				<input type="search" id="filter" value={text} onInput={(e) => setText(e.currentTarget.value)} />
			</label>
			{states.length > 0 && select("state", t().list.state, states.map((s) => [s.state, stateWord(def, s.state)]))}
			{def.shelf?.severity && select("severity", t().list.severity, listValues("list:severity").map((v) => [v.value, upper(say(v.label))]))}
			{!own && directory.value.teams.length > 1 && slugOf(def) !== "teams" && select("team", t().list.team, directory.value.teams.map((x) => [x.id, nameOf(x.id)]))}
			{any && <button type="button" class="quiet" onClick={() => { setText(""); setParams({ q: null, state: null, severity: null, team: null }); }}>{t().clearFilter}</button>}
		</form>
	);
}

export function filterOf(): Record<string, string> {
	const out: Record<string, string> = {};

	for (const k of ["q", "state", "severity", "team"]) {
		const v = params.value.get(k);
		if (v) out[k] = v;
	}
	return out;
}

export function EmptyList({ def, filtered }: { def: TypeDef; filtered: boolean }) {
	const slug = slugOf(def);
	const hints = t().list.emptyHint as Record<string, string>;

	if (filtered) {
		return (
			<Empty text={t().list.emptyFiltered}>
				<button type="button" onClick={() => setParams({ q: null, state: null, severity: null, team: null })}>{t().clearFilter}</button>
			</Empty>
		);
	}
	return (
		<Empty text={t().list.empty(say(def.label))} hint={hints[slug] ?? hints.other}>
			{mayCreate(def) && <a class="button" href={`${homeOf(def)}/new`}>{t().form.create(say(def.label))}</a>}
		</Empty>
	);
}

/* Every type the catalogue knows, as an index. */
export function TypesScreen() {
	useEffect(() => {
		document.title = `${t().places.more} — hikeshi`;
	}, [lang.value]);
	return (
		<>
			<h1>{t().places.more}</h1>
			<ul class="types">
				{(catalog.value?.types ?? []).map((d) => <li key={d.type}><a href={homeOf(d)}>{typeWords(d)}</a> <span class="hint" lang="en">{d.type.replace("x-hikeshi-", "")}</span></li>)}
			</ul>
		</>
	);
}

export function ListScreen({ def, tabs }: { def: TypeDef; tabs?: any }) {
	const slug = slugOf(def);
	const query = filterOf();
	const key = JSON.stringify([slug, query]);
	const pages = usePages<Rec>(key, apiOf(def), query, slug);
	const filtered = Object.keys(query).length > 0;

	useEffect(() => {
		document.title = `${placeWord(def)} — hikeshi`;
	}, [def, lang.value]);
	pages.items.forEach(remember);
	return (
		<>
			<header class="page-head">
				<h1>{tabs ? t().places.members : placeWord(def)}</h1>
				{pages.data && <span class="hint">{t().list.count(pages.items.length, !!pages.next)}</span>}
				<span class="grow" />
				{mayCreate(def) && <a class="button primary" href={`${homeOf(def)}/new`}><Icon name="plus" /> {t().form.create(say(def.label))}</a>}
			</header>
			{tabs}
			<FilterBar key={slug} def={def} />
			<ProblemBox problem={pages.error} type={def} retry={pages.reload} />
			{!pages.data && pages.busy && <Loading />}
			{pages.data && !pages.items.length && <EmptyList def={def} filtered={filtered} />}
			{pages.items.length > 0 && <Rows def={def} items={pages.items} caption={t().list.caption(typeWord(def))} />}
			{pages.next && <p class="row"><Act run={pages.more}>{t().more}</Act></p>}
		</>
	);
}
