// SPDX-License-Identifier: Apache-2.0
/* journal: who did what to which record, newest first. The filter is the address. */
import { useEffect, useState } from "preact/hooks";
import { directory, hrefOf, isOwn, nameOf, typeNamed, typeWord } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import type { Page } from "../../core/types";
import { lang, t } from "../../i18n";
import { Act, Empty, Loading, ProblemBox, When } from "../../ui/basics";
import { FILTERS, dayStart, entryHref, kindWord, readEntries, type About, type Entry } from "./store";

const KINDS = ["create", "update", "erase", "undo", "import", "links", "issue", "account-add", "account-update", "account-sessions", "token-add", "token-delete", "setting"];

export function whoWord(e: Entry): string {
	return e.account === 0 ? t().jour.node : (e.actor ?? t().jour.gone(e.account));
}
export function Record({ of }: { of: About }) {
	const href = hrefOf(of.id, of.type);
	const title = of.title.includes("--") ? nameOf(of.title) : of.title; /* a delivery is called by its team */
	const text = [of.number, title || of.id].filter(Boolean).join(" ");
	return <><span class="hint">{typeWord(typeNamed(of.type))}</span> {href ? <a href={href}><bdi>{text}</bdi></a> : <bdi>{text}</bdi>}</>;
}

function queryOf(): Record<string, string> {
	const q = params.value;
	const out: Record<string, string> = {};
	for (const k of FILTERS) {
		const v = q.get(k);
		const said = v && (k === "since" ? dayStart(v) : k === "until" ? dayStart(v, 1) : v);
		if (said) out[k] = said;
	}
	return out;
}

function Filters() {
	const q = params.value;
	const people = directory.value.people.filter((p) => isOwn(p));
	const any = FILTERS.some((k) => q.get(k));
	const words = t().jour.filters;
	const select = (name: string, label: string, options: [string, string][]) => (
		<label>
			<span>{label}</span>
			<select name={name} value={q.get(name) ?? ""} onChange={(e) => setParams({ [name]: e.currentTarget.value || null })}>
				<option value="">{t().all}</option>
				{options.map(([v, w]) => <option key={v} value={v}>{w}</option>)}
			</select>
		</label>
	);
	const day = (name: "since" | "until") => (
		<label>
			<span>{words[name]}</span>
			<input type="date" name={name} value={q.get(name) ?? ""} onChange={(e) => setParams({ [name]: e.currentTarget.value || null })} />
		</label>
	);
	return (
		<form class="filter" role="search" aria-label={t().filter} onSubmit={(e) => e.preventDefault()}>
			{select("actor", words.actor, [...people.map((p): [string, string] => [p.id, nameOf(p.id)]), ["node", t().jour.node]])}
			{select("kind", words.kind, KINDS.map((k) => [k, kindWord(k)]))}
			{day("since")}
			{day("until")}
			{q.get("record") && <p class="chips"><span>{words.record}: <bdi>{nameOf(q.get("record"))}</bdi></span></p>}
			{any && <button type="button" class="quiet" onClick={() => setParams(Object.fromEntries(FILTERS.map((k) => [k, null])))}>{t().clearFilter}</button>}
		</form>
	);
}

function Row({ e }: { e: Entry }) {
	const c = t().jour.columns;
	return (
		<tr>
			<td data-kind={c.at}><When at={e.at} /></td>
			<td data-kind={c.who}><bdi>{whoWord(e)}</bdi></td>
			<td data-kind={c.what}>
				<span class="strong">{kindWord(e.kind, e.record?.type)}</span>
				{e.objects > 0 && <span class="hint"> {t().jour.objects(e.objects)}</span>}
				{e.erased && <span class="hint"> ({t().jour.erased})</span>}
				{e.why && <span class="hint"> <bdi>{e.why}</bdi></span>}
			</td>
			<td data-kind={c.record}>{e.record && <Record of={e.record} />}</td>
			<td data-kind={c.entry} class="num"><a href={entryHref(e)} aria-label={t().jour.linkOf(e.seq)}>{e.seq}</a></td>
		</tr>
	);
}

function Table({ items }: { items: Entry[] }) {
	const c = t().jour.columns;
	return (
		<div class="scroll" role="group" tabIndex={0} aria-label={t().jour.caption}>
			<table class="plain journal">
				<thead><tr><th scope="col">{c.at}</th><th scope="col">{c.who}</th><th scope="col">{c.what}</th><th scope="col">{c.record}</th><th scope="col" class="num">{c.entry}</th></tr></thead>
				<tbody>{items.map((e) => <Row key={`${e.epoch}${e.seq}`} e={e} />)}</tbody>
			</table>
		</div>
	);
}

export function JournalScreen() {
	const query = queryOf();
	const key = JSON.stringify(["journal", query]);
	const first = useLoad<Page<Entry>>(key, (signal) => readEntries(query, signal));
	const [rest, setRest] = useState<{ key: string; items: Entry[]; next: string | null }>({ key: "", items: [], next: null });
	const mine = rest.key === key;
	const items = [...(first.data?.items ?? []), ...(mine ? rest.items : [])];
	const next = mine ? rest.next : (first.data?.next ?? null);
	const more = async () => {
		const page = await readEntries({ ...query, cursor: next! });
		setRest({ key, items: [...(mine ? rest.items : []), ...page.items], next: page.next ?? null });
	};

	useEffect(() => {
		document.title = `${t().jour.title} — hikeshi`;
	}, [lang.value]);
	return (
		<>
			<header class="page-head"><h1>{t().jour.title}</h1></header>
			<p class="hint narrow">{t().jour.about}</p>
			<Filters />
			<ProblemBox problem={first.error} retry={first.reload} />
			{!first.data && first.busy && <Loading />}
			{first.data && !items.length && <Empty text={t().jour.none} hint={next || Object.keys(query).length ? undefined : t().jour.start} />}
			{items.length > 0 && <Table items={items} />}
			{next && <p class="row"><Act run={more}>{items.length ? t().more : t().jour.further}</Act></p>}
		</>
	);
}
