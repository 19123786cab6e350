// SPDX-License-Identifier: Apache-2.0
/* rows: the head and one row of the desk's list, all of one height; a row is drawn again only when something of it changed. */
import { Component } from "preact";
import { homeOf, nameOf, stateWord } from "../../core/catalog";
import { titleOf } from "../../core/titles";
import type { Json, Rec, TypeDef } from "../../core/types";
import { lang, t } from "../../i18n";
import { Deadline, Severity, Tlp, When, cx } from "../../ui/basics";
import { Value } from "../../ui/view";
import type { Column } from "./columns";
import { SortHead } from "./sorting";

export function Head({ def, columns, phone, pick }: { def: TypeDef; columns: Column[]; phone: boolean; pick: { all: boolean; toggle: (on: boolean) => void } | null }) {
	return (
		<thead>
			<tr>
				{pick && <th scope="col" class="pick"><label><input type="checkbox" checked={pick.all} onChange={(e) => pick.toggle(e.currentTarget.checked)} /><span class="sr">{t().desk.pickAll}</span></label></th>}
				{def.shelf?.severity && <SortHead def={def} name="severity" cls="c-severity" plain={phone}>{t().list.severity}</SortHead>}
				{def.number && <SortHead def={def} name="number" cls="c-number" plain={phone}>{t().list.number}</SortHead>}
				<SortHead def={def} name="title" cls="main" plain={phone}>{t().list.title}</SortHead>
				<SortHead def={def} name="state" cls="c-state" plain={phone}>{t().list.state}</SortHead>
				<th scope="col" class="c-tlp">TLP</th>
				{columns.map((c) => <SortHead key={c.name} def={def} name={c.name} cls={`c-${c.name} more`} plain={phone}>{c.word}</SortHead>)}
			</tr>
		</thead>
	);
}

function Cell({ rec, column }: { rec: Rec; column: Column }) {
	const v = rec[column.name] as Json | undefined;

	if (v === undefined || v === null || v === "") return null;
	if (column.name === "modified" || column.name === "created") return <When at={v as string} rel />;
	if (column.name === "next_step_by" || column.name === "due") return <Deadline at={v as string} />;
	if (typeof v === "string" && /^[a-z-]+--[0-9a-f-]{36}$/.test(v)) return <>{nameOf(v)}</>;
	return <Value value={v} schema={column.schema} name={column.name} />;
}

interface Props {
	def: TypeDef;
	rec: Rec;
	i: number;
	columns: Column[];
	picked: boolean;
	at: boolean;
	previewed: boolean;
	phone: boolean;
	pick: ((id: string) => void) | null;
	enter: (i: number) => void;
}
export class DeskRow extends Component<Props> {
	private spoken = lang.value;
	override shouldComponentUpdate(next: Props) {
		const p = this.props;
		return next.rec !== p.rec || next.i !== p.i || next.picked !== p.picked || next.at !== p.at || next.previewed !== p.previewed || next.phone !== p.phone || !next.pick !== !p.pick || next.columns.length !== p.columns.length || lang.value !== this.spoken;
	}
	override render({ def, rec, i, columns, picked, at, previewed, pick, enter }: Props) {
		this.spoken = lang.value;
		const title = titleOf(def, rec);
		return (
			<tr data-row data-i={i} aria-rowindex={i + 2} aria-selected={pick ? picked : undefined} class={cx(picked && "picked", at && "at", previewed && "previewed")} onFocusIn={() => enter(i)}>
				{pick && <td class="pick"><label><input type="checkbox" checked={picked} onChange={() => pick(rec.id)} /><span class="sr">{t().desk.pick(rec.number || title)}</span></label></td>}
				{def.shelf?.severity && <td class="c-severity"><Severity value={rec.severity} /></td>}
				{def.number && <td class="c-number num">{rec.number}</td>}
				<td class="main"><a href={`${homeOf(def)}/${rec.id}`} lang={rec.language ?? undefined} title={title}>{rec.exercise && <span class="drill">{t().exercise}</span>} {title}</a></td>
				<td class="c-state">{stateWord(def, rec.state)}</td>
				<td class="c-tlp"><Tlp label={rec.tlp} /></td>
				{columns.map((c) => <td key={c.name} class={cx(`c-${c.name}`, "more")}><Cell rec={rec} column={c} /></td>)}
			</tr>
		);
	}
}
