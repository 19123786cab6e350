// SPDX-License-Identifier: Apache-2.0
/* erase: single fields of a record taken out for good, here and at everybody who was sent it; and which teams elsewhere
 * have confirmed it. For leads of the team that holds it; the server decides what a record cannot be without. */
import { useState } from "preact/hooks";
import { list, post } from "../../core/api";
import { apiOf, covers, isOwn, pathWords, slugOf } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { isObject, prune } from "../../core/merge";
import type { Body, HistoryItem, Json, Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Act, Dialog, Field, ProblemBox, When, cx, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { faultsOf } from "../../ui/recordform";
import { Value } from "../../ui/view";

interface Erasure {
	id: string;
	at: string;
	fields: string[];
	reason: string;
	teams: { team: string; name: string; applied: boolean; receipt: { entry?: { at?: string } } | null }[];
}
/* As src/team/erase.c has it: what identifies an object, its times and its state stay. */
const STAY = new Set(["type", "id", "spec_version", "created", "modified", "created_by_ref", "revoked", "state", "number", "exercise", "issued", "handling", "valid_until", "version", "team", "tlp", "circles", "created_by", "modified_by"]);
const GROUPS = new Set(["what", "whom", "when", "why", "how", "who"]);
const MADE = new Set(["teams", "circles", "people", "memberships", "deliveries", "x-hikeshi-receipt", "x-hikeshi-withdrawal", "x-hikeshi-sealed"]);

export const mayErase = (def: TypeDef, rec: Rec) => covers("lead") && isOwn(rec) && !MADE.has(slugOf(def));

/* A field of the object, or one of the groups that open up, as /what/impact. */
function fieldsOf(body: Body, needed: Set<string>, schema: TypeDef["schema"]): string[] {
	const out: string[] = [];
	for (const [k, v] of Object.entries(body)) {
		if (STAY.has(k)) continue;
		if (GROUPS.has(k) && isObject(v)) {
			const inner = new Set(schema.properties?.[k]?.required ?? []);
			for (const [x, y] of Object.entries(v)) if (prune(y) !== undefined && !inner.has(x) && x !== "valid_until") out.push(`/${k}/${x}`);
		} else if (prune(v) !== undefined && !needed.has(k) && !schema.properties?.[k]?.readOnly) out.push(`/${k}`);
	}
	return out;
}
const bodyOf = (def: TypeDef, rec: Rec) => (def.form === "stix" ? (rec.object ?? {}) : (Object.fromEntries(Object.entries(rec).filter(([k]) => def.schema.properties?.[k])) as Body));
/* For words and values: the catalogue has what is in a STIX object below "object". */
const shownAt = (body: Body, field: string) => field.split("/").slice(1).reduce<Json | undefined>((v, k) => (isObject(v) ? v[k] : undefined), body);

function Choices({ def, rec, chosen, toggle }: { def: TypeDef; rec: Rec; chosen: Set<string>; toggle: (f: string) => void }) {
	const body = bodyOf(def, rec);
	const needed = new Set(def.schema.required ?? []);
	const now = fieldsOf(body, needed, def.schema);
	const path = `${apiOf(def)}/${rec.id}/history`;
	const history = useLoad(path, (signal) => list<HistoryItem>(path, {}, signal));
	const then = new Set<string>();
	for (const h of history.data?.items ?? []) {
		const patch = isObject(h.patch) ? (def.form === "stix" && isObject(h.patch.object) ? h.patch.object : h.patch) : {};
		for (const f of fieldsOf(patch, needed, def.schema)) if (!now.includes(f)) then.add(f);
	}
	const row = (f: string, old: boolean) => {
		const v = shownAt(body, f);
		const schema = f.split("/").slice(1).reduce<TypeDef["schema"] | undefined>((s, k) => s?.properties?.[k], def.schema);
		return (
			<li key={f}>
				<label><input type="checkbox" checked={chosen.has(f)} onChange={() => toggle(f)} /> <span><strong>{pathWords(def, f)}</strong>{old ? <span class="hint"> {t().erase.earlier}</span> : <span class="hint erasable"> <Value value={v} schema={schema} /></span>}</span></label>
			</li>
		);
	};
	return <ul class="plain eraselist">{now.map((f) => row(f, false))}{[...then].map((f) => row(f, true))}</ul>;
}

function EraseDialog({ def, rec, onDone, onClose }: { def: TypeDef; rec: Rec; onDone: () => void; onClose: () => void }) {
	const [chosen, setChosen] = useState<Set<string>>(new Set());
	const [reason, setReason] = useState("");
	const [sure, setSure] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const toggle = (f: string) => setChosen((was) => new Set(was.has(f) ? [...was].filter((x) => x !== f) : [...was, f]));
	const run = async () => {
		setProblem(null);
		try {
			await post(`${apiOf(def)}/${rec.id}/erase`, { fields: [...chosen], reason: reason.trim() });
			notice(t().erase.done(chosen.size));
			onDone();
			onClose();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<Dialog title={t().erase.title} onClose={onClose} wide>
			<form class="erase" onSubmit={(e) => { e.preventDefault(); if (chosen.size && sure && reason.trim()) void run(); }}>
				<div class="note-box">
					<ul>{t().erase.what.map((x) => <li key={x}>{x}</li>)}</ul>
				</div>
				<fieldset>
					<legend>{t().erase.which}</legend>
					<Choices def={def} rec={rec} chosen={chosen} toggle={toggle} />
				</fieldset>
				<Field id="erase-reason" label={t().rec.reason} required hint={t().erase.reasonHint} error={faultsOf(problem).get("/reason")}>
					<textarea id="erase-reason" rows={2} value={reason} aria-describedby="erase-reason-h" onInput={(e) => setReason(e.currentTarget.value)} />
				</Field>
				<p><label><input type="checkbox" checked={sure} onChange={(e) => setSure(e.currentTarget.checked)} /> {t().erase.sure}</label></p>
				<ProblemBox problem={problem} type={def} />
				<p class="row">
					<Act kind="danger" type="submit" disabled={!chosen.size || !sure || !reason.trim()}>{t().erase.run(chosen.size)}</Act>
					<button type="button" onClick={onClose}>{t().cancel}</button>
				</p>
			</form>
		</Dialog>
	);
}

/* What is done rarely, behind three dots. */
export function MoreMenu({ def, rec, onDone }: { def: TypeDef; rec: Rec; onDone: () => void }) {
	const [open, setOpen] = useState(false);
	if (!mayErase(def, rec)) return null;
	return (
		<>
			<details class="menu moremenu">
				<summary class="button" aria-label={t().erase.more} title={t().erase.more}><span aria-hidden="true">⋯</span></summary>
				<div class="sheet steps-sheet"><button type="button" data-erase onClick={(e) => { e.currentTarget.closest("details")!.open = false; setOpen(true); }}>{t().erase.open}</button></div>
			</details>
			{open && <EraseDialog def={def} rec={rec} onDone={onDone} onClose={() => setOpen(false)} />}
		</>
	);
}

export function Erasures({ def, rec }: { def: TypeDef; rec: Rec }) {
	const path = `${apiOf(def)}/${rec.id}/erasures`;
	const load = useLoad(isOwn(rec) ? `${path} ${rec.version}` : null, (signal) => list<Erasure>(path, {}, signal), (e) => /receipt|withdrawal/.test(e.name));
	const items = load.data?.items ?? [];

	if (!items.length) return null;
	return (
		<section class="part erasures" aria-labelledby="erasures">
			<h2 id="erasures">{t().erase.elsewhere}</h2>
			{items.map((x) => {
				const done = x.teams.filter((y) => y.applied).length;
				return (
					<div key={x.id}>
						<p><When at={x.at} /> <span class="strong">{x.fields.map((f) => pathWords(def, f)).join(t().erase.and)}</span>{x.reason && <span class="hint"> <bdi>{x.reason}</bdi></span>}</p>
						<p role="status">{t().erase.confirmed(done, x.teams.length)}</p>
						<ul class="plain tight">
							{x.teams.map((y) => (
								<li key={y.team} class={cx(!y.applied && "lack")}>
									{y.applied ? <Icon name="check" /> : <span aria-hidden="true">–</span>} <bdi>{y.name}</bdi> <span class="hint">{y.applied ? <When at={y.receipt?.entry?.at} /> : t().erase.waits}</span>
								</li>
							))}
						</ul>
					</div>
				);
			})}
		</section>
	);
}
