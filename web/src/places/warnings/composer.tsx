// SPDX-License-Identifier: Apache-2.0
/* composer: writing a warning in the order of the six questions, with the audience and the recipient's view
 * beside the text. A draft is kept by itself once it has been saved the first time. */
import { useEffect, useRef, useState } from "preact/hooks";
import { get, post, read } from "../../core/api";
import { me, stepWord, typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { go, guardLeaving, params } from "../../core/router";
import type { Body, Held, Json, Known, Page, Preview, Rec, TypeDef } from "../../core/types";
import { Act, Loading, ProblemBox, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { ofPlural, useLoad } from "../../core/load";
import { ConflictBox, FormSections, SaveState, useEditor } from "../../ui/recordform";
import { missingFor, stepsOf } from "../records/steps";
import { PreviewPane, SECTIONS } from "./warntext";

const AUTOSAVE_MS = 2500;
/* Asked at once, besides what is required to issue. */
const MAIN = new Set(["what.exploitation", "what.indicators", "what.cve", "whom.teams", "whom.affected", "when.act_by", "when.ack_by", "how.attack", "how.detect"]);

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

function Composer({ def, start, onCreated }: { def: TypeDef; start: Start; onCreated: (id: string) => void }) {
	const [sending, setSending] = useState<unknown>(null);
	const ed = useEditor(def, start.held, start.body, (h, isNew) => {
		if (!isNew) return;
		onCreated(h.rec.id);
		go(`/warnings/${h.rec.id}/edit`, true);
	}, AUTOSAVE_MS);
	const rec = ed.held?.rec;
	const preview = useLoad<Preview>(rec ? `/warnings/${rec.id}/preview` : null, (signal) => get(`/warnings/${rec!.id}/preview`, undefined, signal), ofPlural("teams", "circles", "memberships"));
	const submit = stepsOf(def, rec?.state ?? "draft").find((s) => s.name === "submit");
	const needed = new Set((def.states?.transitions.find((s) => s.name === "submit")?.required ?? []).filter((f) => !f.includes("|")));

	useEffect(() => {
		if (rec) void preview.reload();
	}, [rec?.version]);
	const send = async () => {
		setSending(null);
		const held = await ed.save();
		if (!held) return;
		try {
			await post(`/warnings/${held.rec.id}/submit`, {});
			guardLeaving(null);
			notice(t().rec.done(t().places.warnings));
			go(`/warnings/${held.rec.id}`);
		} catch (e) {
			setSending(e);
			await preview.reload();
		}
	};
	const left = missingFor(submit ?? { name: "", label: { ja: "", en: "" }, from: [], to: "", role: "", required: [] }, ed.draft).length;
	const titles = t().warn.sections;
	return (
		<>
			<p class="crumb"><a href={rec ? `/warnings/${rec.id}` : "/warnings?box=drafts"} data-back><Icon name="back" /> {rec?.number ?? t().places.warnings}</a></p>
			<header class="page-head"><h1>{rec?.number ? `${rec.number} ${t().edit}` : t().warn.write}</h1><SaveState ed={ed} /></header>
			<nav class="jump" aria-label={t().warn.write}>
				{["head", ...SECTIONS].map((k) => <a key={k} href={`#part-${k}`} onClick={(e) => { e.preventDefault(); document.getElementById(`part-${k}`)?.scrollIntoView({ block: "start" }); }}>{titles[k]?.[0]}</a>)}
			</nav>
			<div class="columns compose">
				<form class="main-col record-form" noValidate onSubmit={(e) => { e.preventDefault(); void ed.save(); }}>
					<ConflictBox ed={ed} def={def} />
					<ProblemBox problem={ed.problem} type={def} />
					<ProblemBox problem={sending} type={def} />
					<FormSections def={def} ed={ed} needed={needed} titles={titles} main={MAIN}
						headHint={start.from && <p class="note-box">{t().warn.fromIncident(`${start.from.number ?? ""} ${start.from.title ?? ""}`)}</p>} />
					<div class="row sticky">
						<Act kind={rec ? undefined : "primary"} run={ed.save} type="button">{t().save}</Act>
						{submit && rec && <Act kind="primary" run={send}>{stepWord(submit.label)}</Act>}
						<span class="hint">{left > 0 ? t().warn.missing(left) : t().warn.submitHint}</span>
						<SaveState ed={ed} />
					</div>
				</form>
				<aside class="side-col wide" aria-labelledby="preview">
					<h2 id="preview">{t().warn.preview}</h2>
					<PreviewPane load={preview} />
				</aside>
			</div>
		</>
	);
}
