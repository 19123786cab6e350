// SPDX-License-Identifier: Apache-2.0
/* warning: the page of one warning. To a recipient it says what to do, whether it concerns them, and takes the
 * answer; to the issuer it shows the way to issue and then who has answered, as the answers come. */
import { useState } from "preact/hooks";
import { get, list } from "../../core/api";
import { covers, hrefOf, isOwn, me, nameOf, pathWords, schemaAt, typeOfSlug, word } from "../../core/catalog";
import { t } from "../../i18n";
import { go } from "../../core/router";
import type { Answer, Call, Change, Concern, Delivery, Held, Json, Page, Preview, Rec, TransitionDef, TypeDef, WarningRec } from "../../core/types";
import { Empty, Indicator, Loading, ProblemBox, When, cx } from "../../ui/basics";
import { Files, Links, Properties } from "../records/aside";
import { Icon } from "../../ui/icons";
import { lazy } from "../../ui/lazy";
import { about, useLoad } from "../../core/load";
import { StepDialog, Steps, stepsOf } from "../records/steps";
import { Timeline } from "../records/timeline";
import { Value } from "../../ui/view";
import { AnswerPanel, AnswerState, answerOf } from "./answers";
import { RecordHead, TlpLine, useHeld } from "../records/record";
import { PreviewPane, WarningBody, channelWord, teamWord } from "./warntext";

const Receipts = lazy(async () => (await import("../../later")).Receipts, true);
const OWN_WAY = new Set(["approve", "issue", "withdraw", "update", "submit"]);
const SENT = new Set(["issued", "updating", "updating_review", "updating_approved", "withdrawn", "closed", "expired"]);

/* The version recipients answer to: the edition issued last. */
export function editionOf(rec: Rec): number {
	return typeof rec.edition === "number" ? rec.edition : 1;
}

function Concerns({ rec }: { rec: Rec }) {
	const path = `/warnings/${rec.id}/concerns`;
	const load = useLoad<Page<Concern>>(path, () => get(path), about(rec.id));
	const items = load.data?.items ?? [];

	if (load.error) return <ProblemBox problem={load.error} retry={load.reload} />;
	return (
		<section class={cx("part", "concerns", items.length > 0 && "hit")} aria-labelledby="concerns">
			<h2 id="concerns">{t().warn.concerns}</h2>
			{load.data && !items.length && <p>{t().warn.concernsNone}</p>}
			{items.length > 0 && <p class="strong" role="status">{t().warn.concernsSome(items.length)}</p>}
			<ul class="concernlist">
				{items.map((c) => (
					<li key={c.value + c.reason}>
						<Indicator value={c.value} href={c.indicator ? hrefOf(c.indicator) : null} /> <span>{t().warn.reasons[c.reason] ?? c.reason}</span>
						{c.last && <span class="hint"> <When at={c.last} /></span>}
						<ul class="inline">
							{(c.records ?? []).map((r) => {
								const id = typeof r === "string" ? r : r.id;
								const href = hrefOf(id);
								const text = typeof r === "string" ? nameOf(r) : `${r.number ?? ""} ${r.title ?? ""}`;
								return <li key={id}>{href ? <a href={href}>{text}</a> : text}</li>;
							})}
						</ul>
					</li>
				))}
			</ul>
		</section>
	);
}

function Changes({ def, rec }: { def: TypeDef; rec: Rec }) {
	const to = editionOf(rec);
	const path = `/warnings/${rec.id}/changes`;
	const load = useLoad<Page<Change>>(to > 1 ? `${path} ${to}` : null, () => get(path, { from: to - 1, to }));

	if (to <= 1 || !load.data || (load.error as any)) return null;
	return (
		<section class="part changes" aria-labelledby="changes">
			<h2 id="changes">{t().warn.changes(to - 1, to)}</h2>
			{!load.data.items.length && <p>{t().warn.changesNone}</p>}
			{load.data.items.length > 0 && (
				<div class="scroll" role="group" tabIndex={0} aria-label={t().warn.changes(to - 1, to)}>
					<table class="plain diff">
						<thead><tr><th scope="col">{t().rec.properties}</th><th scope="col">{t().rec.before}</th><th scope="col">{t().rec.after}</th></tr></thead>
						<tbody>
							{load.data.items.map((c) => {
								const schema = schemaAt(def, c.path.replace(/^\//, "").split(/[/.]/));
								return (
									<tr key={c.path}>
										<th scope="row">{pathWords(def, c.path)}</th>
										<td class="del">{c.before !== undefined && c.before !== null && <Value value={c.before as Json} schema={schema} />}</td>
										<td class="ins">{c.after !== undefined && c.after !== null && <Value value={c.after as Json} schema={schema} />}</td>
									</tr>
								);
							})}
						</tbody>
					</table>
				</div>
			)}
		</section>
	);
}

interface Reached {
	team: string;
	name: string;
	channels: Delivery[];
	answer?: Answer;
}
function byTeam(deliveries: Delivery[], answers: Answer[]): Reached[] {
	const rows = new Map<string, Reached>();
	const row = (team: string, name?: string) => {
		const r = rows.get(team) ?? { team, name: teamWord({ team, name }), channels: [] };
		rows.set(team, r);
		return r;
	};

	for (const d of deliveries) row(d.team, d.name).channels.push(d);
	for (const a of answers) if (a.team) row(a.team, a.name).answer = a;
	const rank = (r: Reached) => (r.answer?.state === "compromised" ? 0 : r.answer?.state === "affected" ? 1 : !r.answer || r.answer.state === "no_answer" ? 2 : 3);
	return [...rows.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/* Deliveries in words: alike ones once, with how many there are. Text a mail server gave stays as it is. */
const deliveryWord = (d: Delivery) => `${channelWord(d.channel)}: ${word("delivery_state", d.state) || d.state}`;
const whyWord = (d: Delivery) => (d.reason ? (t().warn.because[d.reason] ?? d.reason) : "");
function deliveryWords(all: Delivery[]): string[] {
	const counts = new Map<string, number>();

	for (const d of all) {
		const why = whyWord(d);
		const text = why ? `${deliveryWord(d)} (${why})` : deliveryWord(d);
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}
	return [...counts].map(([text, n]) => (n > 1 ? `${text} ×${n}` : text));
}
/* What holds of every mail alike is said once above the table, not in each row. */
function commonMail(rows: Reached[]): Delivery | null {
	const mails = rows.flatMap((r) => r.channels).filter((d) => d.channel === "mail");
	const first = mails[0];
	return mails.length > 1 && first?.state === "suppressed" && mails.every((d) => d.state === first.state && d.reason === first.reason) ? first : null;
}

function Reach({ rec }: { rec: Rec }) {
	const path = `/warnings/${rec.id}`;
	const wanted = (e: { name: string; data: { id?: string; [k: string]: unknown } }) => e.data.id === rec.id || e.data.warning === rec.id || /^(assessments|deliveries)\./.test(e.name);
	const deliveries = useLoad<Page<Delivery>>(`${path}/deliveries`, () => list(`${path}/deliveries`), wanted);
	const answers = useLoad<Page<Answer>>(`${path}/assessments`, () => list(`${path}/assessments`), wanted);
	const rows = byTeam(deliveries.data?.items ?? [], answers.data?.items ?? []);
	const mail = commonMail(rows);
	const answered = rows.filter((r) => r.answer && r.answer.state !== "no_answer").length;
	return (
		<section class="part" aria-labelledby="reach">
			<h2 id="reach">{t().warn.reach}</h2>
			<ProblemBox problem={deliveries.error ?? answers.error} retry={() => { void deliveries.reload(); void answers.reload(); }} />
			{deliveries.data && !rows.length && <Empty text={t().warn.reachEmpty} />}
			{rows.length > 0 && (
				<>
					<p role="status" aria-live="polite" class="strong">{t().warn.reachSum(answered, rows.length)}</p>
					<progress max={rows.length} value={answered} aria-label={t().warn.reach} />
					{mail && <p class="hint">{deliveryWord(mail)}{whyWord(mail) && ` (${whyWord(mail)})`}</p>}
					<div class="scroll" role="group" tabIndex={0} aria-label={t().warn.reach}>
						<table class="grid reach">
							<thead>
								<tr>
									<th scope="col">{t().list.team}</th><th scope="col">{t().warn.answer}</th><th scope="col">{t().warn.countCol}</th>
									<th scope="col" class="main">{t().warn.commentCol}</th><th scope="col">{t().warn.delivered}</th><th scope="col">{t().list.modified}</th>
								</tr>
							</thead>
							<tbody>
								{rows.map((r) => (
									<tr key={r.team} data-team={r.name}>
										<th scope="row">{r.name}</th>
										<td><AnswerState state={r.answer?.state} outdated={r.answer?.outdated} /></td>
										<td class="num">{r.answer?.count ?? ""}</td>
										<td class="main">{r.answer?.comment && <span class="prose">{r.answer.comment}</span>}</td>
										<td class="hint">{deliveryWords(mail ? r.channels.filter((d) => d.channel !== "mail") : r.channels).map((text) => <div key={text}>{text}</div>)}</td>
										<td class="hint"><When at={r.answer?.at ?? r.channels[0]?.at} rel /></td>
									</tr>
								))}
							</tbody>
						</table>
					</div>
				</>
			)}
		</section>
	);
}

function Calls({ rec }: { rec: Rec }) {
	const path = `/warnings/${rec.id}/calls`;
	const load = useLoad<Page<Call>>(path, () => get(path), (e) => e.data.id === rec.id || e.name.startsWith("assessments."));
	const items = load.data?.items ?? [];
	return (
		<section class="part" aria-labelledby="calls">
			<h2 id="calls">{t().warn.calls}</h2>
			<ProblemBox problem={load.error} retry={load.reload} />
			{load.data && !items.length && <p class="hint">{t().warn.callsEmpty}</p>}
			<ul class="calls">
				{items.map((c) => (
					<li key={c.team}>
						<strong>{teamWord(c)}</strong> {c.contact} {c.phone && <a href={`tel:${c.phone.replace(/[^+\d]/g, "")}`} class="num"><Icon name="phone" /> {c.phone}</a>}
						<span class="hint"> {c.due && t().warn.due("")}<When at={c.due} /> {c.hours} {t().warn.callReasons[c.reason ?? ""] ?? c.reason}</span>
					</li>
				))}
			</ul>
		</section>
	);
}

/* Approval of exactly what is shown: the hash of the preview goes with it. */
function ApprovalBar({ def, held, preview, step, onDone }: { def: TypeDef; held: Held; preview: Preview | undefined; step: TransitionDef; onDone: () => void }) {
	const [open, setOpen] = useState(false);
	const author = held.rec.created_by;
	const own = !!author && (author === me.value?.person);
	return (
		<div class="note-box">
			<p>{own ? t().warn.ownApproval : t().warn.approveNote}</p>
			<p class="row">
				<button type="button" class="primary" disabled={!preview || preview.missing.length > 0} onClick={() => setOpen(true)} data-step="approve">{t().warn.approveThis}</button>
			</p>
			{open && preview && <StepDialog def={def} held={held} step={{ ...step, reason: own, fields: [], required: [] }} extra={{ hash: preview.hash }} reason={own ? "required" : "optional"} note={t().warn.hash(preview.hash.slice(0, 16))} onDone={onDone} onClose={() => setOpen(false)} />}
		</div>
	);
}

function IssuerHead({ def, held, reload }: { def: TypeDef; held: Held; reload: () => Promise<void> }) {
	const [asked, setAsked] = useState<TransitionDef | null>(null);
	const { rec } = held;
	const steps = stepsOf(def, rec.state);
	const step = (name: string) => steps.find((s) => s.name === name);
	const writing = rec.state === "draft" || rec.state === "updating";
	const done = async () => {
		await reload();
		if (asked?.name === "update") go(`/warnings/${rec.id}/edit`);
	};
	const button = (name: string, label: string, kind?: string) => {
		const s = step(name);
		return s && <button type="button" class={kind} onClick={() => setAsked(s)} data-step={name}>{label}</button>;
	};
	return (
		<>
			{writing && covers("analyst") && <a class="button primary" href={`/warnings/${rec.id}/edit`} data-edit><Icon name="edit" /> {t().edit}</a>}
			{button("issue", t().warn.issue, "primary")}
			{button("update", t().warn.correct)}
			{button("withdraw", t().warn.withdraw)}
			<Steps def={def} held={held} hidden={OWN_WAY} quiet onDone={reload} />
			{asked && <StepDialog def={def} held={held} step={asked} reason={asked.reason ? "required" : "optional"} note={asked.name === "issue" ? t().warn.issueWhy : undefined} onDone={() => void done()} onClose={() => setAsked(null)} />}
		</>
	);
}

function Banner({ rec }: { rec: Rec }) {
	if (rec.state === "withdrawn") {
		const why = (rec.withdrawn_reason ?? rec.reason) as string | undefined;
		return <div class="banner" role="alert"><p class="strong">{t().warn.withdrawn}</p><p>{t().warn.withdrawnWhy}</p>{why && <p class="prose">{t().rec.reason}: {why}</p>}</div>;
	}
	if (rec.state === "expired") return <div class="banner" role="status"><p class="strong">{t().warn.expired}</p></div>;
	return null;
}

export function WarningScreen({ id }: { id: string }) {
	const def = typeOfSlug("warnings")!;
	const load = useHeld(def, id);
	const held = load.data;
	const own = !!held && isOwn(held.rec);
	const state = held?.rec.state ?? "";
	const inWork = own && !["issued", "withdrawn", "closed", "expired"].includes(state);
	const preview = useLoad<Preview>(inWork ? `/warnings/${id}/preview ${held!.rec.version}` : null, (signal) => get(`/warnings/${id}/preview`, undefined, signal));

	if (!held) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	const rec = held.rec as WarningRec;
	const approve = stepsOf(def, state).find((s) => s.name === "approve");
	return (
		<article class="record warning">
			<RecordHead def={def} rec={rec} above={<Banner rec={rec} />}>
				{own && <IssuerHead def={def} held={held} reload={load.reload} />}
			</RecordHead>
			<div class="columns">
				<div class="main-col">
					{!own && state !== "withdrawn" && <AnswerPanel id={id} answer={answerOf(rec)} onDone={load.reload} />}
					{!own && <Concerns rec={rec} />}
					<Changes def={def} rec={rec} />
					{own && SENT.has(state) && <Reach rec={rec} />}
					{own && SENT.has(state) && <Receipts rec={rec} />}
					{own && SENT.has(state) && <Calls rec={rec} />}
					{state === "review" && !approve && own && <p class="note-box">{t().warn.reviewHint}</p>}
					{(state === "approved" || state === "updating_approved") && own && <p class="note-box">{t().warn.approvedHint}</p>}
					<WarningBody rec={rec} />
					{own && <Timeline def={def} rec={rec} />}
				</div>
				<aside class={cx("side-col", inWork && "wide")} aria-label={t().rec.properties}>
					{inWork && (
						<section aria-labelledby="preview">
							<h2 id="preview">{t().warn.preview}</h2>
							{approve && <ApprovalBar def={def} held={held} preview={preview.data} step={approve} onDone={() => void load.reload()} />}
							<PreviewPane load={preview} />
						</section>
					)}
					<Properties def={def} rec={rec} />
					{own && <Links def={def} rec={rec} />}
					{own && <Files def={def} rec={rec} />}
				</aside>
			</div>
			<TlpLine rec={rec} />
		</article>
	);
}

