// SPDX-License-Identifier: Apache-2.0
/* teams: the directory: every team with whom to contact, where it works and when it last confirmed what stands there. */
import { useEffect, useState } from "preact/hooks";
import { hrefOf, listValues, mayCreate, typeOfSlug, word } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import type { Rec } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Empty, Loading, ProblemBox, When, cx } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { ageOf, contactOf, matches, ordered, whereOf } from "./search";
import { everything } from "./store";

export const SHOWN_FIRST = 200;

export const nameIn = (r: Rec) => String((lang.value === "ja" && r.name_ja) || r.name || r.title || "");
export const sectorWord = (r: Rec) => (typeof r.sector === "string" ? word("sector", r.sector) : "");

export const personName = (p: Rec) => String((lang.value === "en" && p.name_latin) || p.name || p.email || "");
export const rolesWord = (p: Rec) => (Array.isArray(p.roles) ? p.roles : []).map((r) => word("contact_role", String(r))).join(lang.value === "ja" ? "、" : ", ");

/* The country in the reader's words; what is no code of one stays as it is written. */
export function countryWord(code: unknown): string {
	if (typeof code !== "string" || !/^[A-Z]{2}$/.test(code)) return typeof code === "string" ? code : "";
	return new Intl.DisplayNames([lang.value], { type: "region" }).of(code) ?? code;
}

export function Where({ team }: { team: Rec }) {
	const where = whereOf(team);
	const node = typeof team.node === "string" ? team.node : "";

	if (where === "here") return <span class="hint">{t().members.here}</span>;
	return <span>{where === "moved" ? t().members.moved(node) : t().members.elsewhere(node)}</span>;
}
export function Confirmed({ team }: { team: Rec }) {
	const age = ageOf(team, Date.now());

	if (age === "never") return <span class="stale">{t().members.never}</span>;
	return <span class={cx(age === "stale" && "stale")}>{age === "stale" && <span class="sr">{t().members.stale} </span>}<When at={team.confirmed_at as string} rel /></span>;
}

/* Whom to contact: the people with an office first, one line each. */
export function pocOf(people: Rec[]): Rec[] {
	return people.filter((p) => Array.isArray(p.roles) && p.roles.length > 0);
}

function Filter({ teams, spread }: { teams: Rec[]; spread: boolean }) {
	const q = params.value;
	const [text, setText] = useState(q.get("q") ?? "");
	const sectors = [...new Set(teams.map((x) => x.sector).filter((x): x is string => typeof x === "string" && !!x))].sort();
	const known = listValues("list:sector").map((v) => v.value);
	sectors.sort((a, b) => known.indexOf(a) - known.indexOf(b));
	useEffect(() => {
		if (text === (q.get("q") ?? "")) return;
		const timer = setTimeout(() => setParams({ q: text || null }), 150);
		return () => clearTimeout(timer);
	}, [text]);
	const select = (name: string, label: string, options: [string, string][]) => (
		<label><span>{label}</span>
			<select value={q.get(name) ?? ""} onChange={(e) => setParams({ [name]: e.currentTarget.value || null })}>
				<option value="">{t().all}</option>
				{options.map(([v, w]) => <option key={v} value={v}>{w}</option>)}
			</select>
		</label>
	);
	return (
		<form class="filter" role="search" aria-label={t().filter} onSubmit={(e) => { e.preventDefault(); setParams({ q: text || null }); }}>
			<label class="words"><span>{t().members.words}</span><input type="search" id="filter" value={text} placeholder={t().members.wordsHint} onInput={(e) => setText(e.currentTarget.value)} /></label>
			{select("sector", t().members.sector, sectors.map((s) => [s, word("sector", s)]))}
			{(spread || q.get("where")) && select("where", t().members.where, [["here", t().members.here], ["elsewhere", t().members.elsewhereShort], ["moved", t().members.movedShort]])}
			{select("age", t().members.confirmed, [["stale", t().members.staleOnly]])}
		</form>
	);
}

/* Columns that are drawn only where a team has something to say in them. */
interface Shown {
	poc: boolean;
	where: boolean;
}
function Row({ team, people, shown }: { team: Rec; people: Rec[]; shown: Shown }) {
	const c = contactOf(team);
	const poc = pocOf(people);
	const m = t().members;
	return (
		<tr data-row>
			<td class="main"><a href={hrefOf(team.id, "x-hikeshi-team") ?? "#"}>{nameIn(team)}</a> {typeof team.short_name === "string" && team.short_name && <span class="hint whole">{team.short_name}</span>}{typeof team.name_kana === "string" && lang.value === "ja" && <span class="kana hint">{team.name_kana}</span>}</td>
			<td data-label={m.sector}>{sectorWord(team)}</td>
			<td data-label={m.contact}>{c.email && <a href={`mailto:${c.email}`}>{c.email}</a>} {c.phone && <span class="num">{c.phone}</span>}</td>
			{shown.poc && <td data-label={m.poc}>{poc.slice(0, 2).map((p) => <span key={p.id} class="poc"><a href={hrefOf(p.id) ?? "#"}>{personName(p)}</a> </span>)}{poc.length > 2 && <span class="hint">{t().members.andMore(poc.length - 2)}</span>}</td>}
			{shown.where && <td class="where" data-label={m.where}><Where team={team} /></td>}
			<td class="said" data-label={m.confirmed}><Confirmed team={team} /></td>
		</tr>
	);
}

export function useDirectory() {
	const teams = useLoad<Rec[]>("directory teams", (s) => everything("/teams", s), ofPlural("teams"));
	const people = useLoad<Rec[]>("directory people", (s) => everything("/people", s), ofPlural("people"));
	const of = new Map<string, Rec[]>();
	for (const p of people.data ?? []) of.set(p.team ?? "", [...(of.get(p.team ?? "") ?? []), p]);
	return { teams, of };
}

export function TeamList() {
	const { teams, of } = useDirectory();
	const [all, setAll] = useState(false);
	const q = params.value;
	const now = Date.now();
	const def = typeOfSlug("teams");
	const found = ordered(teams.data ?? [], lang.value).filter((x) =>
		matches(x, of.get(x.id) ?? [], q.get("q") ?? "", sectorWord(x)) && (!q.get("sector") || x.sector === q.get("sector")) &&
		(!q.get("where") || whereOf(x) === q.get("where") || (q.get("where") === "elsewhere" && whereOf(x) === "moved")) && (!q.get("age") || ageOf(x, now) !== "fresh"));
	const first = all ? found : found.slice(0, SHOWN_FIRST);
	const shown = { poc: [...of.values()].some((p) => pocOf(p).length > 0), where: (teams.data ?? []).some((x) => whereOf(x) !== "here") };
	const m = t().members;

	if (!teams.data) return teams.error ? <ProblemBox problem={teams.error} retry={teams.reload} /> : <Loading />;
	return (
		<>
			<Filter teams={teams.data} spread={shown.where} />
			<p class="row"><span role="status" class="hint">{m.count(found.length, teams.data.length)}</span><span class="grow" />{def && mayCreate(def) && <a class="button" href="/r/teams/new"><Icon name="plus" /> {t().form.create(say(def.label))}</a>}</p>
			{!found.length && <Empty text={m.noneFound}><p><button type="button" onClick={() => setParams({ q: null, sector: null, where: null, age: null })}>{t().clearFilter}</button></p></Empty>}
			{found.length > 0 && (
				<div class="scroll" role="group" aria-label={m.teams} tabIndex={0}>
					<table class="grid list directory">
						<caption class="sr">{t().list.caption(m.teams)}</caption>
						<thead><tr><th scope="col" class="main">{m.name}</th><th scope="col">{m.sector}</th><th scope="col">{m.contact}</th>{shown.poc && <th scope="col">{m.poc}</th>}{shown.where && <th scope="col">{m.where}</th>}<th scope="col">{m.confirmed}</th></tr></thead>
						<tbody>{first.map((x) => <Row key={x.id} team={x} people={of.get(x.id) ?? []} shown={shown} />)}</tbody>
					</table>
				</div>
			)}
			{first.length < found.length && <p class="row"><button type="button" onClick={() => setAll(true)}>{t().today.all(found.length - first.length)}</button></p>}
		</>
	);
}
