// SPDX-License-Identifier: Apache-2.0
/* team: one team on one sheet of paper: who they are, how to reach them in which order, whom they look after, when this
 * was last confirmed. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { hrefOf, isOwn, me, mayEdit, nameOf, typeOfSlug } from "../../core/catalog";
import { useLoad } from "../../core/load";
import type { Json, Rec, TypeDef } from "../../core/types";
import { lang, t } from "../../i18n";
import { Act, Empty, Loading, ProblemBox, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Value } from "../../ui/view";
import { Timeline } from "../records/timeline";
import { RecordHead, TlpLine, useHeld } from "../records/record";
import { ageOf, contactOf, whereOf } from "./search";
import { confirmTeam, everything, sheetOf } from "./store";
import { Confirmed, Where, countryWord, nameIn, personName, pocOf, rolesWord, sectorWord } from "./teams";

const SHEET = ["mission", "constituency", "authority", "incident_types", "cooperation", "communication"];

function Line({ label, children }: { label: string; children: ComponentChildren }) {
	return <div><dt>{label}</dt><dd>{children}</dd></div>;
}
const text = (v: Json | undefined) => (typeof v === "string" && v ? v : null);

/* Its people, each with what is known of them: a column of which nothing is known is not drawn. */
function People({ people }: { people: Rec[] }) {
	const m = t().members;
	const has = { office: people.some(rolesWord), mail: people.some((p) => text(p.email)), phone: people.some((p) => text(p.phone)) };
	return (
		<div class="scroll" role="group" aria-label={m.people} tabIndex={0}>
			<table class="plain">
				<thead><tr><th scope="col">{m.person}</th>{has.office && <th scope="col">{m.office}</th>}{has.mail && <th scope="col">{m.mail}</th>}{has.phone && <th scope="col">{m.phone}</th>}</tr></thead>
				<tbody>{people.map((p) => (
					<tr key={p.id}>
						<th scope="row"><a href={hrefOf(p.id) ?? "#"}>{personName(p)}</a> {text(p.name_kana) && lang.value === "ja" && <span class="hint">{String(p.name_kana)}</span>}</th>
						{has.office && <td>{rolesWord(p)}</td>}
						{has.mail && <td>{text(p.email) && <a href={`mailto:${String(p.email)}`}>{String(p.email)}</a>}</td>}
						{has.phone && <td class="tel">{text(p.phone)}</td>}
					</tr>
				))}</tbody>
			</table>
		</div>
	);
}

/* In the order in which one tries: by day, the people, at night. */
function Reach({ team, people }: { team: Rec; people: Rec[] }) {
	const c = contactOf(team);
	const m = t().members;
	return (
		<section class="part" aria-labelledby="reach-them">
			<h2 id="reach-them">{m.reach}</h2>
			<dl class="fields">
				{c.email && <Line label={m.mail}><a href={`mailto:${c.email}`}>{c.email}</a></Line>}
				{c.phone && <Line label={m.phone}><span class="num">{c.phone}</span> {c.phone_hours && <span class="hint">{c.phone_hours}</span>}</Line>}
				{c.emergency && <Line label={m.emergency}><span class="num">{c.emergency}</span></Line>}
				{c.url && <Line label="URL">{c.url}</Line>}
				{c.pgp && <Line label={m.key}><span class="mono">{c.pgp}</span></Line>}
			</dl>
			{!c.email && !c.phone && !c.emergency && <p class="stale">{m.noContact}</p>}
			{people.length > 0 && <People people={people} />}
		</section>
	);
}

function Constituency({ team, def }: { team: Rec; def: TypeDef }) {
	const shown = (["domains", "cidrs", "asns", "client_of", "sectors", "description", "founded", "membership"] as const).filter((k) => team[k] !== undefined && team[k] !== null && !(Array.isArray(team[k]) && !(team[k] as Json[]).length));

	if (!shown.length) return null;
	return (
		<section class="part" aria-labelledby="looks-after">
			<h2 id="looks-after">{t().members.after}</h2>
			<dl class="fields">{shown.map((k) => <Line key={k} label={(lang.value === "ja" ? def.schema.properties?.[k]?.label?.ja : def.schema.properties?.[k]?.label?.en) ?? k}><Value value={team[k] as Json} schema={def.schema.properties?.[k]} name={k} /></Line>)}</dl>
		</section>
	);
}

/* What the team publishes of itself (RFC 2350), in short. */
function Sheet({ team }: { team: Rec }) {
	const load = useLoad<Rec | null>(`sheet ${team.id}`, () => sheetOf(team.id, lang.value));
	const def = typeOfSlug("factsheets");
	const shown = SHEET.filter((k) => text(load.data?.[k]));

	if (!load.data || !def) return null;
	return (
		<section class="part" aria-labelledby="rfc2350">
			<h2 id="rfc2350">RFC 2350</h2>
			<dl class="fields">
				{text(load.data.hours) && <Line label={t().members.hours}>{String(load.data.hours)} {text(load.data.timezone) && <span class="hint">{String(load.data.timezone)}</span>}</Line>}
				{shown.map((k) => <Line key={k} label={(lang.value === "ja" ? def.schema.properties?.[k]?.label?.ja : def.schema.properties?.[k]?.label?.en) ?? k}><span class="prose">{String(load.data![k])}</span></Line>)}
			</dl>
			<p class="actions"><a href={hrefOf(load.data.id) ?? "#"}>{t().members.whole}</a></p>
		</section>
	);
}

function ask(team: Rec): string {
	const m = t().members.askMail;
	const to = contactOf(team).email ?? "";
	return `mailto:${encodeURIComponent(to).replace("%40", "@")}?subject=${encodeURIComponent(m.subject(nameIn(team)))}&body=${encodeURIComponent(m.body(`${location.origin}/r/teams/${team.id}`))}`;
}

function Standing({ team, reload }: { team: Rec; reload: () => Promise<void> }) {
	const [problem, setProblem] = useState<unknown>(null);
	const def = typeOfSlug("teams")!;
	const m = t().members;
	const own = isOwn(team) && mayEdit(def);
	const age = ageOf(team, Date.now());
	const confirm = async () => {
		setProblem(null);
		try {
			await confirmTeam(team.id);
			await reload();
			notice(m.confirmedNow);
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class={age === "fresh" ? "standing" : "standing old"} aria-label={m.confirmed}>
			<dl class="fields">
				<Line label={m.where}><Where team={team} /></Line>
				<Line label={m.confirmed}><Confirmed team={team} /> {age === "stale" && <span>{m.staleWhy}</span>}</Line>
			</dl>
			<p class="actions">
				{own && <Act kind="primary" run={confirm}>{m.confirm}</Act>}
				{!isOwn(team) && age !== "fresh" && contactOf(team).email && <a class="button" href={ask(team)}>{m.ask}</a>}
				{whereOf(team) !== "here" && me.value?.rights.includes("admin:peers") && <a href="/peers">{t().places.peers}</a>}
				<button type="button" onClick={() => print()}>{m.print}</button>
			</p>
			<ProblemBox problem={problem} />
		</section>
	);
}

export function TeamScreen({ id }: { id: string }) {
	const def = typeOfSlug("teams")!;
	const load = useHeld(def, id);
	const people = useLoad<Rec[]>(load.data ? `people ${load.data.rec.id}` : null, (s) => everything(`/people?team=${encodeURIComponent(load.data!.rec.id)}`, s));
	const team = load.data?.rec;

	if (!team) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	const all = people.data ?? [];
	const m = t().members;
	const names = [team.name, team.name_ja, team.name_kana, team.short_name].filter((x): x is string => typeof x === "string" && !!x && x !== nameIn(team));
	const about = [sectorWord(team), countryWord(team.country)].filter(Boolean).join(" · ");
	const editable = mayEdit(def) && isOwn(team);
	return (
		<article class="record team">
			<RecordHead def={def} rec={{ ...team, title: nameIn(team) }}>
				{editable && <a class="button" href={`/r/teams/${team.id}/edit`} data-edit><Icon name="edit" /> {t().edit}</a>}
			</RecordHead>
			<p class="names">{names.map((n, i) => <>{i > 0 && " · "}<bdi class="whole">{n}</bdi></>)}{about && <span class="hint"> {names.length > 0 && "· "}{about}</span>}</p>
			<Standing team={team} reload={load.reload} />
			<Reach team={team} people={[...pocOf(all), ...all.filter((p) => !pocOf([p]).length)]} />
			<Constituency team={team} def={def} />
			<Sheet team={team} />
			{isOwn(team) && <div class="noprint"><Timeline def={def} rec={team} /></div>}
			{!people.busy && !all.length && <Empty text={m.noPeople} />}
			<p class="hint onpaper">{m.printed(nameOf(team.id))}</p>
			<TlpLine rec={team} />
		</article>
	);
}
