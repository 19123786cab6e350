// SPDX-License-Identifier: Apache-2.0
/* people: the telephone book: everybody by reading or name, with team, role and how to reach them. */
import { useEffect, useState } from "preact/hooks";
import { directory, hrefOf, mayCreate, nameOf, typeOfSlug } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import type { Rec } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Empty, Loading, ProblemBox, Tlp } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { EmptyList } from "../records/list";
import { fold, ordered, said } from "./search";
import { everything } from "./store";
import { SHOWN_FIRST, personName, rolesWord } from "./teams";

function Filter() {
	const q = params.value;
	const m = t().members;
	const [text, setText] = useState(q.get("q") ?? "");
	const teams = directory.value.teams.map((x): [string, string] => [x.id, nameOf(x.id)]).sort((a, b) => fold(a[1]).localeCompare(fold(b[1]), lang.value));

	useEffect(() => {
		if (text === (q.get("q") ?? "")) return;
		const timer = setTimeout(() => setParams({ q: text || null }), 150);
		return () => clearTimeout(timer);
	}, [text]);
	return (
		<form class="filter" role="search" aria-label={t().filter} onSubmit={(e) => { e.preventDefault(); setParams({ q: text || null }); }}>
			<label class="words"><span>{m.words}</span><input type="search" id="filter" value={text} placeholder={m.peopleHint} onInput={(e) => setText(e.currentTarget.value)} /></label>
			<label><span>{t().list.team}</span>
				<select value={q.get("team") ?? ""} onChange={(e) => setParams({ team: e.currentTarget.value || null })}>
					<option value="">{t().all}</option>
					{teams.map(([v, w]) => <option key={v} value={v}>{w}</option>)}
				</select>
			</label>
		</form>
	);
}

/* A column of which nothing is known of anybody is not drawn. */
function Table({ people, all }: { people: Rec[]; all: Rec[] }) {
	const m = t().members;
	const has = { office: all.some(rolesWord), mail: all.some((p) => said(p.email)), phone: all.some((p) => said(p.phone)) };
	return (
		<div class="scroll" role="group" aria-label={m.people} tabIndex={0}>
			<table class="grid list directory">
				<caption class="sr">{t().list.caption(m.people)}</caption>
				<thead><tr><th scope="col" class="main">{m.person}</th><th scope="col">{t().list.team}</th>{has.office && <th scope="col">{m.office}</th>}{has.mail && <th scope="col">{m.mail}</th>}{has.phone && <th scope="col">{m.phone}</th>}<th scope="col">TLP</th></tr></thead>
				<tbody>{people.map((p) => (
					<tr key={p.id} data-row>
						<td class="main"><a href={hrefOf(p.id) ?? "#"}>{personName(p)}</a>{lang.value === "ja" && said(p.name_kana) && <span class="kana hint">{said(p.name_kana)}</span>}</td>
						<td>{nameOf(p.team)}</td>
						{has.office && <td>{rolesWord(p)}</td>}
						{has.mail && <td>{said(p.email) && <a href={`mailto:${said(p.email)}`}>{said(p.email)}</a>}</td>}
						{has.phone && <td class="tel">{said(p.phone)}</td>}
						<td><Tlp label={p.tlp} /></td>
					</tr>
				))}</tbody>
			</table>
		</div>
	);
}

export function PeopleList() {
	const load = useLoad<Rec[]>("directory people", (s) => everything("/people", s), ofPlural("people"));
	const [whole, setWhole] = useState(false);
	const q = params.value;
	const def = typeOfSlug("people")!;
	const m = t().members;
	const all = load.data ?? [];
	const words = fold(q.get("q") ?? "").split(" ");
	const text = (p: Rec) => fold([p.name, p.name_kana, p.name_latin, p.email, p.phone, p.title_of_post, nameOf(p.team), rolesWord(p)].map(said).join("\n"));
	const found = ordered(all, lang.value).filter((p) => (!q.get("team") || p.team === q.get("team")) && (!q.get("q") || words.every((w) => text(p).includes(w))));
	const shown = whole ? found : found.slice(0, SHOWN_FIRST);

	if (!load.data) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	return (
		<>
			<Filter />
			<p class="row"><span role="status" class="hint">{m.countPeople(found.length, all.length)}</span><span class="grow" />{mayCreate(def) && <a class="button" href="/r/people/new"><Icon name="plus" /> {t().form.create(say(def.label))}</a>}</p>
			{!all.length && <EmptyList def={def} filtered={false} />}
			{all.length > 0 && !found.length && <Empty text={t().list.emptyFiltered}><p><button type="button" onClick={() => setParams({ q: null, team: null })}>{t().clearFilter}</button></p></Empty>}
			{found.length > 0 && <Table people={shown} all={all} />}
			{shown.length < found.length && <p class="row"><button type="button" onClick={() => setWhole(true)}>{t().today.all(found.length - shown.length)}</button></p>}
		</>
	);
}
