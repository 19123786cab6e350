// SPDX-License-Identifier: Apache-2.0
/* warning: the page of one warning. To a recipient it says what to do, whether it concerns them, and takes the
 * answer; to the issuer it shows the way to issue and then who has answered, as the answers come. */
import { useState } from "preact/hooks";
import { get } from "../../core/api";
import { covers, isOwn, me, pathWords, schemaAt, typeOfSlug } from "../../core/catalog";
import { t } from "../../i18n";
import { go } from "../../core/router";
import type { Change, Held, Json, Page, Preview, Rec, TransitionDef, TypeDef, WarningRec } from "../../core/types";
import { Loading, ProblemBox, cx } from "../../ui/basics";
import { Files, Links, Properties } from "../records/aside";
import { Icon } from "../../ui/icons";
import { lazy } from "../../ui/lazy";
import { useLoad } from "../../core/load";
import { Erasures, MoreMenu } from "../records/erase";
import { StepDialog, Steps, stepsOf } from "../records/steps";
import { Timeline } from "../records/timeline";
import { Value } from "../../ui/view";
import { AnswerPanel, answerOf } from "./answers";
import { Draftchanges, LeftIn } from "./check";
import { Concerns } from "./concerns";
import { usePaper } from "./paper";
import { Reach } from "./reach";
import { RecordHead, TlpLine, useHeld } from "../records/record";
import { PreviewPane, WarningBody } from "./warntext";

const Receipts = lazy(async () => (await import("../../later")).Receipts, true);
const OWN_WAY = new Set(["approve", "issue", "withdraw", "update", "submit"]);
const SENT = new Set(["issued", "updating", "updating_review", "updating_approved", "withdrawn", "closed", "expired"]);

/* The version recipients answer to: the edition issued last. */
export function editionOf(rec: Rec): number {
	return typeof rec.edition === "number" ? rec.edition : 1;
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
						<thead><tr><th scope="col">{t().rec.property}</th><th scope="col">{t().rec.before}</th><th scope="col">{t().rec.after}</th></tr></thead>
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

	usePaper(held?.rec.tlp);
	if (!held) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	const rec = held.rec as WarningRec;
	const approve = stepsOf(def, state).find((s) => s.name === "approve");
	const correcting = state.startsWith("updating");
	return (
		<article class="record warning">
			<RecordHead def={def} rec={rec} above={<Banner rec={rec} />}>
				{own && <IssuerHead def={def} held={held} reload={load.reload} />}
				<a class="button" href={`/warnings/${id}/paper`} data-print><Icon name="file" /> {t().warn.output}</a>
				<MoreMenu def={def} rec={rec} onDone={load.reload} />
			</RecordHead>
			<div class="columns">
				<div class="main-col">
					{!own && state !== "withdrawn" && <AnswerPanel id={id} answer={answerOf(rec)} asked={rec.addressed !== false} onDone={load.reload} />}
					{!own && <Concerns id={rec.id} />}
					<Changes def={def} rec={rec} />
					{own && SENT.has(state) && <Reach rec={rec} />}
					{own && SENT.has(state) && <Receipts rec={rec} />}
					{state === "review" && !approve && own && <p class="note-box">{t().warn.reviewHint}</p>}
					{(state === "approved" || state === "updating_approved") && own && <p class="note-box">{t().warn.approvedHint}</p>}
					{(!own || SENT.has(state)) && <h2 class="bodyhead">{t().warn.body}</h2>}
					<WarningBody rec={rec} />
					{own && <Erasures def={def} rec={rec} />}
					{own && <Timeline def={def} rec={rec} />}
				</div>
				<aside class={cx("side-col", inWork && "wide")} aria-label={t().rec.properties}>
					{inWork && (
						<section aria-labelledby="preview">
							<h2 id="preview">{t().warn.preview}</h2>
							{approve && <div class="leftin"><LeftIn def={def} rec={rec} /></div>}
							{correcting && <Draftchanges def={def} rec={rec} draft={rec} />}
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

