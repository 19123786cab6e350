// SPDX-License-Identifier: Apache-2.0
/* record: the page of one record of any type: what it says, what happened to it, what it is linked with; and
 * the pages to create and to edit one. Incidents and indicators get a panel of their own in between. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, read } from "../../core/api";
import { apiOf, homeOf, isOwn, listOf, mayEdit, nameOf, placeWord, remember, slugOf, stateWord, typeOfSlug } from "../../core/catalog";
import { lang, say, t } from "../../i18n";
import { readNow } from "../../core/recent";
import { go, guardLeaving, params } from "../../core/router";
import type { Body, Held, Json, Rec, TypeDef } from "../../core/types";
import { Deadline, Loading, ProblemBox, Severity, Tlp, When, defang } from "../../ui/basics";
import { Files, Links, Properties } from "./aside";
import { Icon } from "../../ui/icons";
import { about, useLoad } from "../../core/load";
import { headOf, isIndicatorId, titleOf, valueHref, valueOf } from "../../core/titles";
import { RecordForm, STIX_SET } from "../../ui/recordform";
import { Erasures, MoreMenu } from "./erase";
import { Steps } from "./steps";
import { Timeline } from "./timeline";
import { Fields } from "../../ui/view";
import { IncidentPanel } from "../incidents/incident";
import { KnownPanel } from "../search/search";

export function useHeld(def: TypeDef, id: string) {
	const path = `${apiOf(def)}/${encodeURIComponent(id)}`;
	const load = useLoad<Held>(path, (signal) => read(path, signal), about(id));

	useEffect(() => {
		const rec = load.data?.rec;
		if (!rec) return;
		remember(rec);
		document.title = `${rec.number ?? ""} ${titleOf(def, rec)} — hikeshi`.trim();
		readNow(`${homeOf(def)}/${id}`, `${rec.number ?? ""} ${titleOf(def, rec)}`.trim());
	}, [load.data]);
	return load;
}

const HEAD = new Set(["title", "severity", "tlp", "circles", "language", "exercise", "revoked"]);
const COMMON = new Set(["id", "type", "number", "version", "team", "title", "state", "tlp", "circles", "created", "created_by", "modified", "modified_by", "language", "exercise", "severity", "object"]);

export function RecordHead({ def, rec, children, above }: { def: TypeDef; rec: Rec; children?: ComponentChildren; above?: ComponentChildren }) {
	return (
		<>
			<TlpLine rec={rec} />
			<p class="crumb"><a href={listOf(def)} data-back><Icon name="back" /> {placeWord(def)}</a></p>
			{above}
			<header class="record-head">
				<h1 class={isIndicatorId(rec.id) ? "mono" : undefined} lang={rec.language ?? undefined}>{rec.number && <span class="number">{rec.number}</span>} {headOf(def, rec)}</h1>
				<p class="marks">
					{rec.exercise && <span class="drill">{t().exercise}</span>}
					<Severity value={rec.severity} />
					{rec.state && <span class="state">{stateWord(def, rec.state)}</span>}
					<Tlp label={rec.tlp} explain />
					{rec.team !== rec.id && <span>{nameOf(rec.team)}</span>}
					{typeof rec.next_step_by === "string" && <Deadline at={rec.next_step_by} />}
					<span class="hint"><When at={rec.modified} rel /></span>
				</p>
				{children && <div class="actions">{children}</div>}
			</header>
		</>
	);
}
/* On paper the label stands at the top and the foot of the page. */
export function TlpLine({ rec }: { rec: Rec }) {
	return <p class="tlp-line" aria-hidden="true">{rec.tlp}</p>;
}

export function RecordScreen({ def, id }: { def: TypeDef; id: string }) {
	const load = useHeld(def, id);
	const held = load.data;

	if (!held) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	const rec = held.rec;
	const slug = slugOf(def);
	const own = Object.fromEntries(Object.entries(rec).filter(([k]) => ((def.schema.properties?.[k] && !def.schema.properties[k]!.readOnly) || !COMMON.has(k)) && !HEAD.has(k))) as Body;
	const whole = def.form === "stix" && rec.object ? rec.object : own;
	/* an indicator whose name is its value, and a person, say it once, in the headline */
	const named = isIndicatorId(id) ? defang(String(whole.name ?? "")) : slug === "people" ? whole.name : null;
	const body = named && named === headOf(def, rec) ? { ...whole, name: null } : whole;
	const canEdit = mayEdit(def) && (!rec.team || isOwn(rec) || ["teams", "circles", "people"].includes(slug));
	return (
		<article class="record">
			<RecordHead def={def} rec={rec}>
				{isIndicatorId(id) && <a class="button" href={valueHref(valueOf(rec))}><Icon name="search" /> {t().ind.page.who}</a>}
				{canEdit && <Steps def={def} held={held} onDone={load.reload} />}
				{canEdit && <a class="button" href={`${homeOf(def)}/${id}/edit`} data-edit><Icon name="edit" /> {t().edit}</a>}
				{slug === "incidents" && <a class="button" href={`/warnings/new?incident=${id}`} data-warn><Icon name="warnings" /> {t().ind.warn}</a>}
				{slug === "reports" && canEdit && <a class="button" href={`/incidents/new?report=${id}`} data-incident><Icon name="incidents" /> {t().form.create(say(typeOfSlug("incidents")?.label))}</a>}
				<MoreMenu def={def} rec={rec} onDone={load.reload} />
			</RecordHead>
			<div class="columns">
				<div class="main-col">
					<section class="part" aria-label={t().form.own}>
						<Fields value={body} schema={def.schema} skip={def.form === "stix" ? STIX_SET : HEAD} />
						{!Object.keys(body).length && <p class="hint">{t().rec.noOwnFields}</p>}
					</section>
					{slug === "incidents" && <IncidentPanel rec={rec} />}
					{isIndicatorId(id) && <KnownPanel values={[valueOf(rec)]} except={id} />}
					<Erasures def={def} rec={rec} />
					<Timeline def={def} rec={rec} />
				</div>
				<aside class="side-col" aria-label={t().rec.properties}>
					<Properties def={def} rec={rec} />
					<Links def={def} rec={rec} />
					{isOwn(rec) && <Files def={def} rec={rec} />}
				</aside>
			</div>
			<TlpLine rec={rec} />
		</article>
	);
}

/* What a new record starts with, from the address: an incident from a report, a task of an incident. */
async function prefillOf(def: TypeDef): Promise<Body> {
	const report = params.value.get("report");
	const out: Body = def.form === "own" ? { language: lang.value } : {};

	if (slugOf(def) === "incidents" && report) {
		const r = await get<Rec>(`/reports/${encodeURIComponent(report)}`);
		for (const [to, from] of [["title", "title"], ["summary", "description"], ["severity", "severity"], ["category", "category"], ["tlp", "tlp"], ["occurred", "occurred"], ["known", "known"], ["systems", "affected_systems"]] as const) {
			if (r[from] !== undefined && r[from] !== null) out[to] = r[from] as Json;
		}
		out.report = [report];
	}
	const incident = params.value.get("incident");
	if (slugOf(def) === "tasks" && incident) out.incident = incident;
	const warning = params.value.get("warning");
	if (slugOf(def) === "incidents" && warning) {
		const w = await get<Rec>(`/warnings/${encodeURIComponent(warning)}`);
		out.title = `${w.title ?? ""} (${nameOf(w.team)} ${w.number ?? ""})`.slice(0, 200);
		for (const k of ["summary", "severity", "tlp"]) if (w[k]) out[k] = w[k];
	}
	return out;
}

export function CreateScreen({ def }: { def: TypeDef }) {
	const [prefill, setPrefill] = useState<Body | null>(null);
	const [problem, setProblem] = useState<unknown>(null);

	useEffect(() => {
		document.title = `${t().form.create(say(def.label))} — hikeshi`;
		prefillOf(def).then(setPrefill, setProblem);
	}, [def]);
	return (
		<>
			<p class="crumb"><a href={listOf(def)} data-back><Icon name="back" /> {placeWord(def)}</a></p>
			<h1>{t().form.create(say(def.label))}</h1>
			<ProblemBox problem={problem} />
			{prefill && (
				<RecordForm def={def} start={null} prefill={prefill}
					onSaved={(h) => go(`${homeOf(def)}/${h.rec.id}`)}
					onCancel={() => go(listOf(def))}
				/>
			)}
		</>
	);
}

export function EditScreen({ def, id }: { def: TypeDef; id: string }) {
	const path = `${apiOf(def)}/${encodeURIComponent(id)}`;
	const load = useLoad<Held>(`edit ${path}`, (signal) => read(path, signal));

	if (!load.data) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	const rec = load.data.rec;
	return (
		<>
			<p class="crumb"><a href={`${homeOf(def)}/${id}`} data-back><Icon name="back" /> {rec.number ?? titleOf(def, rec)}</a></p>
			<h1>{t().edit}: {rec.number} {titleOf(def, rec)}</h1>
			<RecordForm def={def} start={load.data}
				onSaved={() => {
					guardLeaving(null);
					go(`${homeOf(def)}/${id}`);
				}}
				onCancel={() => go(`${homeOf(def)}/${id}`)}
			/>
		</>
	);
}
