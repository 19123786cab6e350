// SPDX-License-Identifier: Apache-2.0
/* drawer: a record beside its list, without leaving the list; follows the row. */
import { homeOf, nameOf, stateWord } from "../../core/catalog";
import { about, useLoad } from "../../core/load";
import { recordsOf } from "../../core/records";
import { titleOf } from "../../core/titles";
import type { Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Deadline, ProblemBox, Severity, Tlp, When } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Visibility } from "./visibility";

export function Drawer({ def, id, row, close }: { def: TypeDef; id: string; row: Rec | undefined; close: () => void }) {
	const store = recordsOf(def);
	const held = useLoad(`preview ${id}`, (signal) => store.read(id, signal), about(id));
	const notes = useLoad(`preview notes ${id}`, () => store.comments(id), about(id));
	const r = held.data?.rec ?? row;
	const text = (r?.summary ?? r?.description) as string | undefined;
	const latest = [...(notes.data?.items ?? [])].sort((a, b) => ((a.created ?? "") < (b.created ?? "") ? 1 : -1)).slice(0, 3);

	return (
		<aside class="drawer" aria-label={t().desk.preview}>
			<header>
				<span class="hint">{r?.number}</span>
				<span class="grow" />
				<button type="button" class="quiet" onClick={close} aria-label={t().close}><Icon name="close" /></button>
			</header>
			<ProblemBox problem={held.error} retry={held.reload} />
			{r && (
				<>
					<h2 lang={r.language ?? undefined}>{titleOf(def, r)}</h2>
					<p class="marks">
						<Severity value={r.severity} />
						<span class="state">{stateWord(def, r.state)}</span>
						<Tlp label={r.tlp} />
						<Visibility rec={r} />
					</p>
					<p class="marks">
						<span>{r.assignee ? nameOf(r.assignee as string) : t().desk.nobody}</span>
						{typeof (r.next_step_by ?? r.due) === "string" && <Deadline at={(r.next_step_by ?? r.due) as string} />}
						<span class="hint"><When at={r.modified} rel /></span>
					</p>
					{text ? <p class="prose" lang={r.language ?? undefined}>{text.length > 1200 ? `${text.slice(0, 1200)}…` : text}</p> : held.data && <p class="hint">{t().desk.noSummary}</p>}
					{latest.length > 0 && (
						<>
							<h3>{t().desk.lastEntries}</h3>
							<ul class="plain">
								{latest.map((c) => <li key={c.id}><span class="hint"><When at={c.created} rel /> {nameOf(c.created_by)}</span><p class="prose">{String(c.text ?? "").slice(0, 300)}</p></li>)}
							</ul>
						</>
					)}
					<p class="row"><a class="button" href={`${homeOf(def)}/${r.id}`}>{t().desk.openIt}</a></p>
				</>
			)}
			<p class="hint keysonly">{t().desk.previewHint}</p>
		</aside>
	);
}
