// SPDX-License-Identifier: Apache-2.0
/* steps: the transitions a record's state machine offers now, each asked for in a dialog with the fields it
 * wants. What the record lacks for the step is filled in there too and saved first. */
import { useState } from "preact/hooks";
import { patch, post } from "../../core/api";
import { undoOperation } from "../../core/undo";
import { apiOf, covers, schemaAt, stateWord, stepWord } from "../../core/catalog";
import { t } from "../../i18n";
import type { Body, Held, Json, TransitionDef, TypeDef } from "../../core/types";
import { Act, Dialog, Field, ProblemBox, notice } from "../../ui/basics";
import { SchemaField } from "../../ui/fields";
import { at, isObject, prune, put } from "../../core/merge";
import { faultsOf, sharingFields } from "../../ui/recordform";
import { onward } from "./order";

export function stepsOf(def: TypeDef, state: string | null | undefined): TransitionDef[] {
	return (def.states?.transitions ?? []).filter((s) => s.from.includes(state ?? "") && covers(s.role));
}
const pathOf = (name: string) => name.replace(/^\//, "").split(/[./]/);
/* A requirement may name several fields, "a|b": one of them is enough. */
const has = (rec: Body, f: string) => prune(at(rec, `/${pathOf(f).join("/")}`) as Json) !== undefined;
export const missingFor = (step: TransitionDef, rec: Body) =>
	(step.required ?? []).filter((f) => f !== "reason" && !f.split("|").some((x) => has(rec, x))).map((f) => f.split("|")[0]!);

export function StepDialog({ def, held, step, extra, reason, note, onDone, onClose }: {
	def: TypeDef;
	held: Held;
	step: TransitionDef;
	extra?: Body;
	reason?: "required" | "optional";
	note?: string;
	onDone: () => void;
	onClose: () => void;
}) {
	const missing = missingFor(step, held.rec);
	const own = (step.fields ?? []).filter((f) => f !== "reason" && !missing.includes(f));
	const wantsReason = reason ?? (step.reason || step.required?.includes("reason") ? "required" : "optional");
	const [body, setBody] = useState<Body>({});
	const [why, setWhy] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const errors = faultsOf(problem);
	const schemaFor = (f: string) => schemaAt(def, pathOf(f)) ?? sharingFields(def).find(([k]) => k === f)?.[1] ?? { type: "string", maxLength: 200 };
	const valueOf = (f: string) => {
		const ptr = `/${pathOf(f).join("/")}`;
		return (at(body, ptr) ?? at(held.rec, ptr)) as Json | undefined;
	};
	const field = (f: string, required: boolean) => {
		const path = pathOf(f);
		return <SchemaField key={f} name={path[path.length - 1]!} schema={{ ...schemaFor(f), readOnly: false }} path={path} value={valueOf(f)} required={required} needed={new Set()} errors={errors} onChange={(p, v) => setBody((b) => put(b, p, v))} />;
	};
	const run = async () => {
		setProblem(null);
		try {
			const path = `${apiOf(def)}/${held.rec.id}`;
			const first: Body = {};
			const say: Body = { ...extra };
			for (const [k, v] of Object.entries(body)) {
				if (step.fields?.includes(k)) say[k] = v;
				else first[k] = isObject(v) && isObject(held.rec[k]) ? { ...v } : v;
			}
			if (Object.keys(first).length) await patch(path, first, held.etag);
			if (why.trim()) say.reason = why.trim();
			const { undo } = await post<{ undo?: string }>(`${path}/${step.name}`, say);
			notice(t().rec.done(stepWord(step.label)), undo ? () => undoOperation(undo).finally(onDone) : undefined);
			onDone();
			onClose();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<Dialog title={stepWord(step.label)} onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void run(); }} noValidate>
				<p>{note ?? t().rec.toState(stateWord(def, step.to))}</p>
				<ProblemBox problem={problem} type={def} />
				{missing.length > 0 && <p class="strong">{t().rec.missing}</p>}
				{missing.map((f) => field(f, true))}
				{own.map((f) => field(f, step.required?.includes(f) ?? false))}
				{wantsReason && (
					<Field id="step-reason" label={t().rec.reason} required={wantsReason === "required"} hint={t().rec.reasonWhy} error={errors.get("/reason")}>
						<textarea id="step-reason" rows={3} value={why} aria-describedby="step-reason-h" onInput={(e) => setWhy(e.currentTarget.value)} />
					</Field>
				)}
				<p class="row">
					<Act kind="primary" run={run} disabled={wantsReason === "required" && !why.trim()}>{stepWord(step.label)}</Act>
					<button type="button" onClick={onClose}>{t().cancel}</button>
				</p>
			</form>
		</Dialog>
	);
}

/* The buttons; hidden names the ones a screen shows in its own way. */
const AT_ONCE = 2;
export function Steps({ def, held, hidden, quiet, onDone }: { def: TypeDef; held: Held; hidden?: Set<string>; quiet?: boolean; onDone: () => void }) {
	const [asked, setAsked] = useState<TransitionDef | null>(null);
	const may = stepsOf(def, held.rec.state);
	const steps = hidden ? may.filter((s) => !hidden.has(s.name)) : onward(def.states?.list ?? [], held.rec.state, may);
	const running = def.states?.list.find((s) => s.state === held.rec.state)?.open ?? true;

	const shown = steps.length <= AT_ONCE + 1 ? steps : steps.slice(0, AT_ONCE);
	const button = (s: TransitionDef, primary: boolean) => (
		<button type="button" key={s.name + s.to} class={primary ? "primary" : undefined} aria-keyshortcuts={primary ? "s" : undefined} onClick={() => setAsked(s)} data-step={s.name}>
			{stepWord(s.label)}
		</button>
	);

	return (
		<>
			{shown.map((s, i) => button(s, i === 0 && !quiet && running))}
			{steps.length > shown.length && (
				<details class="menu">
					<summary class="button">{t().rec.steps}</summary>
					<div class="sheet steps-sheet">{steps.slice(shown.length).map((s) => button(s, false))}</div>
				</details>
			)}
			{asked && <StepDialog def={def} held={held} step={asked} onDone={onDone} onClose={() => setAsked(null)} />}
		</>
	);
}
