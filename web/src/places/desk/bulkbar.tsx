// SPDX-License-Identifier: Apache-2.0
/* bulkbar: what can be done with the rows that are selected, and what came of it: how many, which not and why, and the way back. */
import { useState } from "preact/hooks";
import { covers, directory, isOwn, listValues, me, nameOf, stepWord, upper } from "../../core/catalog";
import type { Body, Rec, TransitionDef, TypeDef } from "../../core/types";
import { say, t } from "../../i18n";
import { Act, Dialog, Field, ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { bulk, type BulkAnswer } from "./store";

export interface Done {
	kind: "changed" | "undone";
	ok: number;
	failed: BulkAnswer["failed"];
	undo: string | null;
	ids: string[];
	left?: boolean;
}

/* Steps that every selected row can take, without a field that differs from row to row. */
function stepsForAll(def: TypeDef, rows: Rec[]): TransitionDef[] {
	return (def.states?.transitions ?? []).filter((s) => covers(s.role) && !s.required?.some((f) => f !== "reason") && s.name !== "mark_duplicate" && s.name !== "transfer" && rows.every((r) => s.from.includes(r.state ?? "")));
}

export function BulkBar({ def, rows, most, clear, onDone }: { def: TypeDef; rows: Rec[]; most: number; clear: () => void; onDone: (d: Done) => void }) {
	const [asked, setAsked] = useState<TransitionDef | null>(null);
	const [why, setWhy] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	const run = async (change: { set?: Body; step?: string }) => {
		if (busy) return;
		setBusy(true);
		setProblem(null);
		try {
			const r = await bulk(def, rows, change);
			setAsked(null);
			onDone({ kind: "changed", ...r, ids: rows.map((x) => x.id), left: r.ok > 0 && !r.undo });
		} catch (e) {
			setProblem(e);
		}
		setBusy(false);
	};
	const step = (name: string) => {
		const s = def.states?.transitions.find((x) => x.name === name);
		if (s?.reason) {
			setWhy("");
			setAsked(s);
		} else if (s) void run({ step: name });
	};
	const has = (k: string) => !!def.schema.properties?.[k];
	const tooMany = rows.length > most;
	const choose = (id: string, text: string, options: [string, string][], take: (v: string) => void) => (
		<select id={id} aria-label={text} value="" disabled={busy || tooMany || !options.length} onChange={(e) => { const v = e.currentTarget.value; e.currentTarget.value = ""; take(v); }}>
			<option value="">{text}</option>
			{options.map(([v, w]) => <option key={v} value={v}>{w}</option>)}
		</select>
	);
	return (
		<section class="bulkbar" aria-label={t().desk.picked(rows.length)}>
			<p class="strong" role="status">{t().desk.picked(rows.length)}</p>
			{tooMany && <p class="fault">{t().desk.atMost(most)}</p>}
			{has("assignee") && choose("bulk-assign", t().desk.assign, [
				...(me.value?.person ? [[me.value.person, t().desk.me] as [string, string]] : []),
				...directory.value.people.filter((p) => isOwn(p) && p.id !== me.value?.person).map((p) => [p.id, nameOf(p.id)] as [string, string]),
				["none", t().desk.nobody],
			], (v) => void run({ set: { assignee: v === "none" ? null : v } }))}
			{def.shelf?.severity && choose("bulk-severity", t().desk.setSeverity, listValues("list:severity").map((v) => [v.value, upper(say(v.label))]), (v) => void run({ set: { severity: v } }))}
			{choose("bulk-step", t().desk.takeStep, stepsForAll(def, rows).map((s) => [s.name, stepWord(s.label)]), step)}
			<button type="button" class="quiet" onClick={clear}><Icon name="close" /> {t().desk.unpick}</button>
			<ProblemBox problem={asked ? null : problem} type={def} />
			{asked && (
				<Dialog title={t().desk.stepFor(stepWord(asked.label), rows.length)} onClose={() => setAsked(null)}>
					<form onSubmit={(e) => { e.preventDefault(); void run({ step: asked.name, set: { reason: why.trim() } }); }}>
						<ProblemBox problem={problem} type={def} />
						<Field id="bulk-reason" label={t().desk.why} required hint={t().rec.reasonWhy}>
							<textarea id="bulk-reason" rows={3} value={why} aria-describedby="bulk-reason-h" onInput={(e) => setWhy(e.currentTarget.value)} />
						</Field>
						<p class="row">
							<Act kind="primary" run={() => run({ step: asked.name, set: { reason: why.trim() } })} disabled={!why.trim()}>{stepWord(asked.label)}</Act>
							<button type="button" onClick={() => setAsked(null)}>{t().cancel}</button>
						</p>
					</form>
				</Dialog>
			)}
		</section>
	);
}

/* What came of the last change of many. */
export function Outcome({ done, undo, close }: { done: Done | null; undo: () => Promise<void>; close: () => void }) {
	const [problem, setProblem] = useState<unknown>(null);
	return (
		<div role="status" class="outcome">
			{done && (
				<>
					<p class="row">
						<span>{done.kind === "undone" ? t().desk.undone(done.ok) : t().desk.changed(done.ok)}</span>
						{done.failed.length > 0 && <span class="fault">{t().desk.failed(done.failed.length)}</span>}
						{done.undo && <Act run={() => undo().catch(setProblem)}>{t().desk.undo} <kbd>Z</kbd></Act>}
						{done.left && <span class="hint">{t().desk.noUndo}</span>}
						<button type="button" class="quiet" aria-label={t().close} onClick={() => { setProblem(null); close(); }}><Icon name="close" /></button>
					</p>
					{done.failed.length > 0 && <ul class="plain small">{done.failed.slice(0, 8).map((f) => <li key={f.id}>{nameOf(f.id)}: {f.problem.detail ?? f.problem.title}</li>)}</ul>}
					<ProblemBox problem={problem} />
				</>
			)}
		</div>
	);
}
