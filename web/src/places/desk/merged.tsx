// SPDX-License-Identifier: Apache-2.0
/* merged: the incidents that were merged into one, each with its own time line below it, read where it was written; and
 * the dialog that takes chosen notes and reports to a new incident. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { list, post } from "../../core/api";
import { homeOf } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { recordsOf } from "../../core/records";
import { go } from "../../core/router";
import type { Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Act, Dialog, Field, Loading, ProblemBox } from "../../ui/basics";
import { useEntries, type Entry } from "./entries";
import { Visibility } from "./visibility";

type Show = (entries: Entry[]) => ComponentChildren;

function One({ def, rec, show }: { def: TypeDef; rec: Rec; show: Show }) {
	const told = useEntries(def, rec);
	return (
		<>
			<ProblemBox problem={told.error} retry={told.reload} />
			{told.busy ? <Loading /> : show(told.entries)}
		</>
	);
}
function Row({ def, rec, show }: { def: TypeDef; rec: Rec; show: Show }) {
	const [open, setOpen] = useState(false);
	return (
		<li>
			<p class="row"><a href={`${homeOf(def)}/${rec.id}`}><span class="num">{rec.number}</span> {rec.title}</a> <Visibility rec={rec} /></p>
			<details onToggle={(e) => setOpen(e.currentTarget.open)}>
				<summary>{t().desk.work.mergedLine}</summary>
				{open && <One def={def} rec={rec} show={show} />}
			</details>
		</li>
	);
}
export function Merged({ def, rec, show }: { def: TypeDef; rec: Rec; show: Show }) {
	const load = useLoad(`merged ${rec.id}`, () => list<Rec>(`/incidents/${rec.id}/merged`), ofPlural("incidents"));
	const items = load.data?.items ?? [];

	if (!items.length) return null;
	return (
		<section class="part" aria-labelledby="merged">
			<h2 id="merged">{t().desk.work.merged(items.length)}</h2>
			<ul class="plain mergedlist">{items.map((r) => <Row key={r.id} def={def} rec={r} show={show} />)}</ul>
		</section>
	);
}

const SHOWN = 80;
export function SplitDialog({ def, rec, onClose }: { def: TypeDef; rec: Rec; onClose: () => void }) {
	const w = t().desk.work;
	const store = recordsOf(def);
	const notes = useLoad(`split notes ${rec.id}`, () => store.comments(rec.id));
	const links = useLoad(`split links ${rec.id}`, () => store.links(rec.id));
	const reports = (links.data?.items ?? []).filter((l) => l.relation === "report" && l.source === rec.id);
	const [title, setTitle] = useState("");
	const [on, setOn] = useState<ReadonlySet<string>>(new Set());
	const [problem, setProblem] = useState<unknown>(null);
	const flip = (id: string) => setOn((was) => {
		const next = new Set(was);
		if (!next.delete(id)) next.add(id);
		return next;
	});
	const run = async () => {
		setProblem(null);
		try {
			const made = await post<Rec>(`/incidents/${rec.id}/split`, {
				title: title.trim(),
				comments: (notes.data?.items ?? []).flatMap((n) => (n.id && on.has(n.id) ? [n.id] : [])),
				report: reports.filter((l) => on.has(l.target)).map((l) => l.target),
			});
			onClose();
			go(`${homeOf(def)}/${made.id}`);
		} catch (e) {
			setProblem(e);
		}
	};
	const box = (id: string, text: string) => <li key={id}><label><input type="checkbox" checked={on.has(id)} onChange={() => flip(id)} /> {text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}</label></li>;
	return (
		<Dialog title={w.split} onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void run(); }} noValidate>
				<p>{w.splitHint}</p>
				<ProblemBox problem={problem ?? notes.error ?? links.error} />
				<Field id="split-title" label={t().list.title} required><input id="split-title" value={title} maxLength={200} onInput={(e) => setTitle(e.currentTarget.value)} /></Field>
				{reports.length > 0 && <fieldset><legend>{w.splitReports}</legend><ul class="plain">{reports.map((l) => box(l.target, `${l.number ?? ""} ${l.title ?? ""}`.trim()))}</ul></fieldset>}
				{(notes.data?.items.length ?? 0) > 0 && <fieldset><legend>{w.splitNotes}</legend><ul class="plain">{notes.data!.items.map((n) => n.id && box(n.id, String(n.text ?? "")))}</ul></fieldset>}
				<p class="row">
					<Act kind="primary" run={run} disabled={!title.trim()}>{w.split}</Act>
					<button type="button" onClick={onClose}>{t().cancel}</button>
				</p>
			</form>
		</Dialog>
	);
}
