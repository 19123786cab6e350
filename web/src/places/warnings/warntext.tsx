// SPDX-License-Identifier: Apache-2.0
/* warntext: a warning for reading: summary first, then the six questions in their order; and the preview of
 * who gets it, who does not and why, and what a recipient sees. */
import { useState } from "preact/hooks";
import { get, post } from "../../core/api";
import { directory, fetchRecord, fieldWord, hrefOf, listValues, nameOf, typeOfSlug, word } from "../../core/catalog";
import { say, t } from "../../i18n";
import type { Body, Known, Page, Preview, Schema } from "../../core/types";
import { Deadline, Empty, Indicator, Loading, ProblemBox, Severity, Tlp } from "../../ui/basics";
import type { Load } from "../../core/load";
import { useLoad } from "../../core/load";
import { isObject, prune } from "../../core/merge";
import { valueOf } from "../../core/titles";
import { FaultList } from "../../ui/recordform";
import { Fields, type Substitute } from "../../ui/view";
import { KnownTable } from "../incidents/incident";

export const SECTIONS = ["what", "whom", "when", "why", "how", "who"] as const;
const HEAD = new Set(["class", "urgency", "pap", "management_text", "references"]);

export function WarningText({ rec, names, level = 2, skip, paper }: { rec: Body; names?: Substitute; level?: 2 | 3; skip?: Set<string>; paper?: boolean }) {
	const def = typeOfSlug("warnings");
	const props = def?.schema.properties ?? {};
	const head: Schema = { ...def?.schema, properties: Object.fromEntries(Object.entries(props).filter(([k]) => HEAD.has(k))) };
	const H = `h${level}` as "h2" | "h3";
	const when = isObject(rec.when) ? rec.when : {};
	return (
		<div class="warntext" lang={typeof rec.language === "string" ? rec.language : undefined}>
			{typeof rec.summary === "string" && <p class="lead prose">{rec.summary}</p>}
			<p class="marks">
				{typeof rec.class === "string" && <span>{word("warning_class", rec.class)}</span>}
				{typeof rec.urgency === "string" && <span><span class="hint">{fieldWord("urgency", props.urgency)}</span> <Severity value={rec.urgency} list="urgency" /></span>}
				<Deadline at={when.ack_by as string} label={t().warn.ackBy} paper={paper} />
				<Deadline at={when.act_by as string} label={t().warn.actBy} paper={paper} />
			</p>
			<Fields value={rec} schema={head} only={(k) => HEAD.has(k) && k !== "class" && k !== "urgency"} />
			{SECTIONS.map((k) => {
				const value = rec[k];
				if (!isObject(value) || prune(value) === undefined) return null;
				return (
					<section key={k} class="w-section">
						<H>{t().warn.sections[k]?.[0] ?? say(props[k]?.label, k)}</H>
						<Fields value={value} schema={props[k]} names={names} skip={skip} />
					</section>
				);
			})}
		</div>
	);
}

/* The values a warning carries, with what is known here beside each. */
const WITHOUT = new Set(["indicators"]);
const AT_MOST = 200;
async function knownOf(path: string, ids: string[]): Promise<Page<Known>> {
	const linked = await get<Page<Known>>(path).catch(() => ({ items: [] as Known[] }));

	if (linked.items.length) return linked;
	const found = await Promise.all(ids.slice(0, AT_MOST).map((id) => fetchRecord(id).catch(() => null)));
	const values = found.map((r) => (r ? valueOf(r) : ""));
	const asked = values.filter(Boolean);
	if (!asked.length) return { items: [] };
	const got = await post<Page<Known>>("/lookup", { values: asked });
	let next = 0;
	const items = values.flatMap((v, i) => (v ? [{ ...got.items[next++]!, indicator: ids[i] }] : []));
	return { items };
}
export function WarningBody({ rec, paper }: { rec: Body & { id: string; version: number }; paper?: boolean }) {
	const path = `/warnings/${rec.id}/indicators`;
	const ids = isObject(rec.what) && Array.isArray(rec.what.indicators) ? rec.what.indicators : [];
	const known = useLoad<Page<Known>>(ids.length ? `${path} ${rec.version}` : null, () => knownOf(path, ids as string[]));
	const table = (known.data?.items.length ?? 0) > 0;
	return (
		<>
			<WarningText rec={rec} skip={table ? WITHOUT : undefined} paper={paper} />
			{table && (
				<section class="part" aria-labelledby="w-ind">
					<h2 id="w-ind">{t().ind.title}</h2>
					<p class="hint">{t().ind.defanged}</p>
					<KnownTable items={known.data!.items} except={rec.id} />
				</section>
			)}
		</>
	);
}

export const channelWord = (c: string) => t().warn.channels[c] ?? word("delivery_channel", c);
/* A team by its name in the reader's language where the directory has it. */
export const teamWord = (r: { team: string; name?: string }) => (directory.value.teams.some((x) => x.id === r.team) ? nameOf(r.team) : r.name || nameOf(r.team));

/* Ways the notices take, and to how many organisations by each. */
function channelCounts(p: Preview): [string, number][] {
	const n = new Map<string, number>();
	for (const r of p.recipients) for (const c of r.channels ?? []) n.set(c, (n.get(c) ?? 0) + 1);
	return [...n];
}

function Audience({ p }: { p: Preview }) {
	const people = p.recipients.reduce((n, r) => n + (r.people ?? 0), 0);
	const open = p.excluded.filter((r) => r.code === "public").length;
	return (
		<>
			{p.public && <p class="strong gets">{t().warn.everybody}</p>}
			{p.recipients.length ? (
				<details open={p.recipients.length <= 8}>
					<summary class="strong gets">{t().warn.gets(p.recipients.length, people)}</summary>
					<ul class="audience">
						{p.recipients.map((r) => (
							<li key={r.team}>{teamWord(r)} <span class="hint">{t().warn.because[r.reason ?? ""] ?? r.reason} {r.channels?.map(channelWord).join(", ")}</span></li>
						))}
					</ul>
				</details>
			) : !p.public && <p class="fault">{t().warn.getsNobody}</p>}
			{p.excluded.length > 0 && (
				<details>
					<summary class="strong">{t().warn.not(p.excluded.length - open)}</summary>
					<ul class="audience">{p.excluded.map((r) => <li key={r.team}>{teamWord(r)} <span class="hint">{r.text}</span></li>)}</ul>
				</details>
			)}
			{p.recipients.length > 0 && <p class="hint">{t().warn.ways} {channelCounts(p).map(([c, n]) => t().warn.way(channelWord(c), n)).join(t().warn.comma)}</p>}
		</>
	);
}

/* The label in plain words, where it is chosen and where it is approved. */
function TlpWords({ label }: { label: string | undefined }) {
	const hit = listValues("list:tlp").find((v) => v.value === label);
	return <p class="tlpwords"><Tlp label={label} /> <span>{hit ? say(hit.hint ?? hit.label) : (t().tlpMeaning[label ?? ""] ?? "")}</span></p>;
}

/* quiet: what is missing is said elsewhere and only counted here. */
export function PreviewPane({ load, quiet }: { load: Load<Preview>; quiet?: boolean }) {
	const p = load.data;
	const def = typeOfSlug("warnings");
	const [eyes, setEyes] = useState("");

	if (!p) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : load.busy ? <Loading /> : <Empty text={t().warn.previewHint} />;
	const values = new Map(p.indicators.map((i) => [i.id, i.value]));
	const names: Substitute = (id) => (values.has(id) ? <Indicator value={values.get(id)!} href={hrefOf(id)} /> : undefined);
	const stays = p.indicators.filter((i) => !i.travels);
	const who = p.recipients.find((r) => r.team === eyes) ?? p.recipients[0];
	const label = p.tlp ?? (p.view.tlp as string);
	return (
		<div class="preview" data-hash={p.hash}>
			{p.missing.length > 0 && def && (
				<details class="missing" open={!quiet}>
					<summary class="strong">{quiet ? t().warn.missingList : t().warn.missing(p.missing.length)}</summary>
					<FaultList faults={p.missing} def={def} />
				</details>
			)}
			<TlpWords label={label} />
			<Audience p={p} />
			{stays.length > 0 && (
				<>
					<p class="strong">{t().warn.stays}</p>
					<ul class="audience">{stays.map((i) => <li key={i.id}><Indicator value={i.value} /> <span class="hint">{i.text}</span></li>)}</ul>
				</>
			)}
			<h3>{t().warn.sees}</h3>
			{p.recipients.length > 1 && (
				<div class="field">
					<label for="eyes">{t().warn.eyes}</label>
					<select id="eyes" value={who?.team ?? ""} onChange={(e) => setEyes(e.currentTarget.value)}>
						{p.recipients.map((r) => <option key={r.team} value={r.team}>{teamWord(r)}</option>)}
					</select>
				</div>
			)}
			<div class="seen">
				{who && <p class="hint">{t().warn.reached(teamWord(who), t().warn.because[who.reason ?? ""] ?? who.reason ?? "")}</p>}
				<p class="marks"><Severity value={p.view.severity as string} /> <Tlp label={label} /></p>
				<p class="strong title">{String(p.view.title ?? "")}</p>
				<WarningText rec={p.view} names={names} level={3} />
			</div>
			<p class="hint">{t().warn.hash("")}<code>{p.hash.slice(0, 16)}</code></p>
		</div>
	);
}
