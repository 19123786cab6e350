// SPDX-License-Identifier: Apache-2.0
/* timeline: what happened to a record and what people wrote about it, in one order of time; a change opens to
 * show each field before and after. */
import { useState } from "preact/hooks";
import { list, post } from "../../core/api";
import { useDraft } from "../../core/drafts";
import { apiOf, nameOf, pathWords, schemaAt, stateWord, stepDone } from "../../core/catalog";
import { t } from "../../i18n";
import type { Body, CommentItem, HistoryItem, Json, Rec, TypeDef } from "../../core/types";
import { Act, Empty, ProblemBox, When } from "../../ui/basics";
import { about, useLoad } from "../../core/load";
import { applyPatch, at, isObject, leaves, same } from "../../core/merge";
import { Value } from "../../ui/view";

export interface Step {
	item: HistoryItem;
	changes: { pointer: string; before: Json | undefined; after: Json | undefined }[];
}
const QUIET = /^\/(version|modified|modified_by|created|created_by|id|type|number|team)$/;

/* Replays the patches from the first on, to know what stood before each. */
export function replay(items: HistoryItem[]): Step[] {
	let now: Json | undefined = {};

	return [...items]
		.sort((a, b) => a.seq - b.seq)
		.map((item) => {
			const before = now;
			const patch = isObject(item.patch) ? item.patch : {};
			now = applyPatch(before, patch);
			const changes = leaves(patch)
				.filter((p) => p && !QUIET.test(p))
				.map((pointer) => ({ pointer, before: at(before, pointer), after: at(patch, pointer) ?? undefined }))
				.filter((c) => !same(c.before, c.after));
			return { item, changes };
		});
}

/* What was done, in words: a step's own name, else what kind of change it was. */
export function whatOf(step: Step, def: TypeDef): string {
	const { item, changes } = step;
	const state = changes.find((c) => c.pointer === "/state");
	const kind = item.kind.split(".").pop() ?? item.kind;
	const first = item.version <= 1 && !changes.some((c) => c.before !== undefined);
	const taken = def.states?.transitions.find((s) => s.name === kind);

	if (taken && (kind !== "update" || !changes.length)) return stepDone(taken.label);
	return state && !first ? stateWord(def, String(state.after ?? "")) : (t().rec.kinds[kind] ?? t().rec.kinds[first ? "create" : "update"]!);
}

/* bare: the page says who, when and what */
export function HistoryEntry({ step, def, bare, open }: { step: Step; def: TypeDef; bare?: boolean; open?: boolean }) {
	const { item, changes } = step;
	const older = changes.some((c) => c.before !== undefined);
	const entry = item.epoch && !open && <a class="tolog" href={`/journal/${item.seq}?epoch=${item.epoch}`}>{t().jour.link} {item.seq}</a>;

	return (
		<>
			{!bare && <p class="entry-head"><When at={item.at} /> <span>{nameOf(item.actor)}</span> <span class="strong">{whatOf(step, def)}</span> <span class="hint">{item.version ? t().rec.version(item.version) : ""}</span> {entry}</p>}
			{item.why && <p class="prose">{item.why}</p>}
			{changes.length > 0 && (
				<details open={open}>
					<summary>{older ? t().rec.changed(changes.length) : t().rec.filled(changes.length)}</summary>
					<div class="scroll" tabIndex={0} role="group" aria-label={t().rec.history}>
						<table class="plain diff">
							<thead><tr><th scope="col">{t().rec.property}</th>{older && <th scope="col">{t().rec.before}</th>}<th scope="col">{t().rec.after}</th></tr></thead>
							<tbody>
								{changes.map((c) => {
									const schema = schemaAt(def, c.pointer.split("/").slice(1));
									return (
										<tr key={c.pointer}>
											<th scope="row">{pathWords(def, c.pointer)}</th>
											{older && <td class="del">{c.before === undefined ? "" : c.pointer === "/state" ? stateWord(def, String(c.before)) : <Value value={c.before} schema={schema} />}</td>}
											<td class="ins">{c.after === undefined ? "" : c.pointer === "/state" ? stateWord(def, String(c.after)) : <Value value={c.after} schema={schema} />}</td>
										</tr>
									);
								})}
							</tbody>
						</table>
					</div>
				</details>
			)}
			{bare && entry}
		</>
	);
}

export function Timeline({ def, rec }: { def: TypeDef; rec: Rec }) {
	const path = `${apiOf(def)}/${rec.id}`;
	const history = useLoad(`${path}/history`, () => list<HistoryItem>(`${path}/history`), about(rec.id));
	const comments = useLoad(`${path}/comments`, () => list<CommentItem & Body>(`${path}/comments`), (e) => e.data.id === rec.id || e.name.startsWith("comments."));
	const [text, setText, sentText] = useDraft(`note ${rec.id}`);
	const [problem, setProblem] = useState<unknown>(null);
	const entries = [
		...replay(history.data?.items ?? []).map((s) => ({ at: s.item.at, key: `h${s.item.seq}`, node: <HistoryEntry step={s} def={def} /> })),
		...(comments.data?.items ?? []).map((c) => {
			const when = c.created ?? (c.at as string) ?? "";
			return {
				at: when,
				key: c.id ?? when,
				node: (
					<>
						<p class="entry-head"><When at={when} /> <span>{nameOf(c.created_by ?? (c.actor as string) ?? (c.by as string))}</span> <span class="strong">{t().rec.kinds.comment}</span></p>
						<p class="prose">{c.text ?? (c.body as string)}</p>
					</>
				),
			};
		}),
	].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
	const add = async () => {
		const sent = text;
		if (!sent.trim()) return;
		setProblem(null);
		try {
			await post(`${path}/comments`, { text: sent.trim() });
			sentText(sent); /* what was typed while it was on its way stays */
			await comments.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part" aria-labelledby="timeline">
			<h2 id="timeline">{t().rec.timeline}</h2>
			<ProblemBox problem={history.error} retry={history.reload} />
			{!history.busy && !entries.length && <Empty text={t().rec.noTimeline} />}
			<ol class="timeline">{entries.map((e) => <li key={e.key}>{e.node}</li>)}</ol>
			<form class="note" onSubmit={(e) => { e.preventDefault(); void add(); }}>
				<label for="note">{t().rec.write}</label>
				<textarea id="note" rows={3} value={text} aria-describedby="note-h" onInput={(e) => setText(e.currentTarget.value)} />
				<p class="hint" id="note-h">{t().rec.writeHint}</p>
				<ProblemBox problem={problem} />
				<p class="row"><Act run={add} disabled={!text.trim()}>{t().rec.addComment}</Act></p>
			</form>
		</section>
	);
}
