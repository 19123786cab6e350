// SPDX-License-Identifier: Apache-2.0
/* composer: writing a warning in three columns: the six questions, each saying what it still lacks; what in the text may
 * tell who was hit; who gets it and what they see. A draft is kept by itself once it has been saved the first time. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, post, read } from "../../core/api";
import { me, pathWords, stepWord, typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { go, guardLeaving, params } from "../../core/router";
import type { Body, Held, Json, Known, Page, Preview, Rec, Schema, TransitionDef, TypeDef } from "../../core/types";
import { Act, Loading, ProblemBox, cx, notice } from "../../ui/basics";
import { SchemaField, SchemaFields } from "../../ui/fields";
import { Icon } from "../../ui/icons";
import { ofPlural, useLoad } from "../../core/load";
import { ConflictBox, SaveState, faultsOf, reveal, sharingFields, useEditor, type Editor } from "../../ui/recordform";
import { missingFor, stepsOf } from "../records/steps";
import { CheckPane, Draftchanges, useCheck } from "./check";
import { PreviewPane, SECTIONS } from "./warntext";

const AUTOSAVE_MS = 2500;
/* Asked at once, besides what is required to issue. */
const MAIN = new Set(["what.exploitation", "what.indicators", "what.cve", "whom.teams", "whom.affected", "whom.public", "when.act_by", "when.ack_by", "how.attack", "how.detect"]);
const NO_STEP: TransitionDef = { name: "", label: { ja: "", en: "" }, from: [], to: "", role: "", required: [] };

/* From an incident: what may matter to others, never who was hit. The text is the author's to rewrite. */
async function prefillOf(incident: string | null): Promise<{ body: Body; from: Rec | null }> {
	const body: Body = { language: lang.value, tlp: "TLP:AMBER", who: { contact: me.value?.email ?? "" }, how: { mitigate: [{}] }, when: {} };

	if (!incident) return { body, from: null };
	const from = await get<Rec>(`/incidents/${encodeURIComponent(incident)}`);
	const known = await get<Page<Known>>(`/incidents/${encodeURIComponent(incident)}/indicators`).catch(() => ({ items: [] as Known[] }));
	const ids = known.items.filter((k) => k.indicator && !k.warninglists?.length).map((k) => k.indicator!);
	const when: Body = {};

	if (from.known ?? from.detected) when.known_at = (from.known ?? from.detected) as Json;
	if (from.occurred) when.observed_from = from.occurred as Json;
	return {
		from,
		body: {
			...body,
			title: from.title ?? undefined,
			severity: from.severity ?? undefined,
			incident: from.id,
			when,
			what: { impact: (from.impact as Json) ?? undefined, indicators: ids },
			how: { attack: (from.route as Json) ?? undefined, mitigate: [{}] },
		},
	};
}

interface Start {
	held: Held | null;
	body: Body;
	from: Rec | null;
}

export function ComposeScreen({ id }: { id?: string }) {
	const def = typeOfSlug("warnings");
	const [start, setStart] = useState<Start | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const mine = useRef<string | undefined>(undefined);

	useEffect(() => {
		if (id && mine.current === id) return;
		mine.current = id;
		setStart(null);
		const load = id
			? read(`/warnings/${encodeURIComponent(id)}`).then((held) => ({ held, body: {}, from: null }))
			: prefillOf(params.value.get("incident")).then(({ body, from }) => ({ held: null, body, from }));
		load.then(setStart, setProblem);
	}, [id]);
	useEffect(() => {
		document.title = `${t().warn.write} — hikeshi`;
	}, [lang.value]);
	if (!def) return null;
	if (!start) return problem ? <ProblemBox problem={problem} /> : <Loading />;
	return <Composer key={start.held?.rec.id ?? "new"} def={def} start={start} onCreated={(x) => { mine.current = x; }} />;
}

/* What a part lacks is said in the part, with the way to it. */
function Part({ name, def, left, children }: { name: string; def: TypeDef; left: string[]; children: ComponentChildren }) {
	const [title, hint] = t().warn.sections[name] ?? [name, ""];
	return (
		<section class="part" aria-labelledby={`part-${name}`}>
			<h2 id={`part-${name}`}>{title}</h2>
			<p class="hint">{hint}</p>
			{left.length > 0 && (
				<p class="lacks"><span class="strong">{t().warn.lacks(left.length)}</span>{" "}
					{left.map((f) => <a key={f} href={`#f-${f.replaceAll(".", "-")}`} onClick={(e) => { e.preventDefault(); reveal(`/${f.replaceAll(".", "/")}`); }}>{f === "circles" ? t().warn.audienceOne : pathWords(def, `/${f.replaceAll(".", "/")}`).split(/\s?[/／]\s?/).pop()}</a>)}
				</p>
			)}
			{children}
		</section>
	);
}

/* Deadlines people mostly mean, counted from now. */
const SPANS: [string, number][] = [["h24", 24], ["h72", 72], ["d14", 14 * 24], ["d30", 30 * 24]];
function Spans({ field, def, set }: { field: "ack_by" | "act_by" | "valid_until"; def: TypeDef; set: Editor["set"] }) {
	const w = t().warn.spans as Record<string, string>;
	const later = (hours: number) => new Date(Math.ceil((Date.now() + hours * 3600e3) / 60e3) * 60e3).toISOString();
	const label = pathWords(def, `/when/${field}`).split(/\s?[/／]\s?/).pop();
	return (
		<div class="spans" role="group" aria-label={label}>
			<span class="hint">{label}</span>
			{SPANS.map(([k, hours]) => <button type="button" class="quiet" key={k} onClick={() => set(["when", field], later(hours))}>{w[k]}</button>)}
		</div>
	);
}

/* A measure at least is always asked for. */
const withRow = (how: Body | undefined): Body => (Array.isArray(how?.mitigate) && how.mitigate.length ? how : { ...how, mitigate: [{}] });
const partOf = (f: string) => (["tlp", "circles", "whom"].includes(f.split(".")[0]!) ? "whom" : f.includes(".") ? f.split(".")[0]! : "head");

function Questions({ def, ed, from, missing, tried, needed }: { def: TypeDef; ed: Editor; from: Rec | null; missing: string[]; tried: boolean; needed: Set<string> }) {
	const props = def.schema.properties ?? {};
	const groups = new Set<string>(SECTIONS);
	const errors = new Map(faultsOf(ed.problem));
	if (tried) for (const f of missing) errors.set(`/${f.replaceAll(".", "/")}`, t().warn.needed);
	const common = { onChange: ed.set, errors, needed };
	const share = sharingFields(def);
	const shared = (k: string) => share.filter(([n]) => n === k).map(([n, s]) => <SchemaField key={n} {...common} name={n} schema={s} path={[n]} value={ed.draft[n]} />);
	const main = (path: string[], s: Schema) => MAIN.has(path.join(".")) || !!s.column;
	const left = (name: string) => missing.filter((f) => partOf(f) === name);
	return (
		<>
			<Part name="head" def={def} left={left("head")}>
				{from && <p class="note-box">{t().warn.fromIncident(`${from.number ?? ""} ${from.title ?? ""}`)}</p>}
				<SchemaFields {...common} schema={def.schema} path={[]} value={ed.draft} only={(k) => !groups.has(k)} main={main} />
				{shared("language")}
			</Part>
			{SECTIONS.map((k) => props[k] && (
				<Part key={k} name={k} def={def} left={left(k)}>
					{k === "whom" && <>{shared("tlp")}{shared("circles")}</>}
					{k === "when" && <>{(["ack_by", "act_by", "valid_until"] as const).map((f) => <Spans key={f} field={f} def={def} set={ed.set} />)}</>}
					<SchemaFields {...common} schema={props[k]!} path={[k]} value={k === "how" ? withRow(ed.draft[k] as Body) : ((ed.draft[k] as Body) ?? {})} main={main} />
				</Part>
			))}
		</>
	);
}

function Composer({ def, start, onCreated }: { def: TypeDef; start: Start; onCreated: (id: string) => void }) {
	const [sending, setSending] = useState<unknown>(null);
	const [tried, setTried] = useState(false);
	const ed = useEditor(def, start.held, start.body, (h, isNew) => {
		if (!isNew) return;
		onCreated(h.rec.id);
		go(`/warnings/${h.rec.id}/edit`, true);
	}, AUTOSAVE_MS);
	const rec = ed.held?.rec;
	const preview = useLoad<Preview>(rec ? `/warnings/${rec.id}/preview` : null, (signal) => get(`/warnings/${rec!.id}/preview`, undefined, signal), ofPlural("teams", "circles", "memberships"));
	const submit = stepsOf(def, rec?.state ?? "draft").find((s) => s.name === "submit");
	const any = def.states?.transitions.find((s) => s.name === "submit");
	const needed = useMemo(() => new Set((any?.required ?? []).filter((f) => !f.includes("|"))), [any]);
	const missing = missingFor(submit ?? any ?? NO_STEP, ed.draft);
	const check = useCheck(def, ed.draft, rec?.id);
	const correcting = rec?.state?.startsWith("updating");

	useEffect(() => {
		if (rec) void preview.reload();
	}, [rec?.version]);
	const send = async () => {
		setSending(null);
		if (missing.length) {
			setTried(true);
			const first = missing[0]!;
			setTimeout(() => reveal(`/${first.replaceAll(".", "/")}`), 30);
			return;
		}
		const held = await ed.save();
		if (!held) return;
		try {
			await post(`/warnings/${held.rec.id}/submit`, {});
			check.done();
			guardLeaving(null);
			notice(t().rec.done(t().places.warnings));
			go(`/warnings/${held.rec.id}`);
		} catch (e) {
			setSending(e);
			await preview.reload();
		}
	};
	const titles = t().warn.sections;
	const sendWord = submit ? stepWord(submit.label) : "";
	return (
		<div class="writing">
			<p class="crumb"><a href={rec ? `/warnings/${rec.id}` : "/warnings?box=drafts"} data-back><Icon name="back" /> {rec?.number ?? t().places.warnings}</a></p>
			<header class="page-head"><h1>{rec?.number ? t().warn.editing(rec.number, correcting ? t().warn.correct : t().edit) : t().warn.write}</h1><SaveState ed={ed} /></header>
			<nav class="jump" aria-label={t().warn.write}>
				{["head", ...SECTIONS].map((k) => {
					const n = missing.filter((f) => partOf(f) === k).length;
					return <a key={k} href={`#part-${k}`} onClick={(e) => { e.preventDefault(); document.getElementById(`part-${k}`)?.scrollIntoView({ block: "start" }); }}>{titles[k]?.[0]}{n > 0 && <span class="count"><span class="sr"> {t().warn.lacks(n)}</span><span aria-hidden="true">{n}</span></span>}</a>;
				})}
			</nav>
			<div class="compose">
				<form class="questions record-form" noValidate onSubmit={(e) => { e.preventDefault(); void ed.save(); }}>
					<ConflictBox ed={ed} def={def} />
					<ProblemBox problem={ed.problem} type={def} />
					<ProblemBox problem={sending} type={def} />
					<Questions def={def} ed={ed} from={start.from} missing={missing} tried={tried} needed={needed} />
					<div class="row sticky">
						<Act kind={rec ? undefined : "primary"} run={ed.save} type="button">{t().save}</Act>
						{submit && rec && <Act kind="primary" run={send} disabled={check.open.length > 0}>{check.open.length ? t().warn.check.send(sendWord, check.open.length) : sendWord}</Act>}
						<span class={cx("hint", missing.length > 0 && "lack")}>{missing.length > 0 ? t().warn.missing(missing.length) : t().warn.submitHint}</span>
						<SaveState ed={ed} />
					</div>
				</form>
				<section class="middle" aria-labelledby="check">
					<h2 id="check">{t().warn.check.title}</h2>
					<CheckPane check={check} def={def} draft={ed.draft} set={ed.set} />
					{correcting && rec && <Draftchanges def={def} rec={rec} draft={ed.draft} />}
				</section>
				<aside class="right" aria-labelledby="preview">
					<h2 id="preview">{t().warn.preview}</h2>
					<PreviewPane load={preview} quiet />
				</aside>
			</div>
		</div>
	);
}
