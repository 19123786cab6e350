// SPDX-License-Identifier: Apache-2.0
/* rows: the table of a list, drawn from the catalogue: severity, number, title, state, TLP, team, the type's own
 * columns, last change. A row is followed by its link; J and K move between them. */
import { fieldWord, hrefOf, isOwn, nameOf, slugOf, stateWord } from "../../core/catalog";
import { t } from "../../i18n";
import type { Json, Rec, Schema, TypeDef } from "../../core/types";
import { Severity, Tlp, When } from "../../ui/basics";
import { prune } from "../../core/merge";
import { headOf, isIndicatorId, titleOf } from "../../core/titles";
import { Value } from "../../ui/view";

const SHOWN = new Set(["title", "severity", "name", "tlp", "state", "team", "number", "circles", "modified", "exercise"]);
const MOST = 4;

export function columnsOf(def: TypeDef): [string, Schema][] {
	return Object.entries(def.schema.properties ?? {})
		.filter(([k, s]) => s.column && !SHOWN.has(k) && !def.title?.includes(k))
		.slice(0, MOST);
}
export function Rows({ def, items, caption }: { def: TypeDef; items: Rec[]; caption: string }) {
	const columns = columnsOf(def).filter(([k]) => items.some((r) => prune(r[k]) !== undefined));
	const severe = !!def.shelf?.severity;
	const staged = !!def.states;
	const numbered = !!def.number;
	const teamed = slugOf(def) !== "teams" && items.some((r) => !isOwn(r));
	const first = def.title?.[0];
	const head = first ? fieldWord(first, def.schema.properties?.[first]) : t().list.title;
	return (
		<div class="scroll" role="group" aria-label={caption} tabIndex={0}>
			<table class="grid list">
				<caption class="sr">{caption}</caption>
				<thead>
					<tr>
						{severe && <th scope="col">{t().list.severity}</th>}
						{numbered && <th scope="col">{t().list.number}</th>}
						<th scope="col" class="main">{head}</th>
						{staged && <th scope="col">{t().list.state}</th>}
						<th scope="col">TLP</th>
						{columns.map(([k, s]) => <th scope="col" key={k}>{fieldWord(k, s)}</th>)}
						{teamed && <th scope="col">{t().list.team}</th>}
						<th scope="col">{t().list.modified}</th>
					</tr>
				</thead>
				<tbody>
					{items.map((r) => (
						<tr key={r.id} data-row>
							{severe && <td><Severity value={r.severity} /></td>}
							{numbered && <td><span class="num">{r.number}</span></td>}
							<td class="main"><a href={hrefOf(r.id, r.type) ?? "#"} class={isIndicatorId(r.id) ? "mono" : undefined} lang={r.language ?? undefined}>{headOf(def, r)}</a>{isIndicatorId(r.id) && headOf(def, r) !== titleOf(def, r) && !/^\[.*\]$/.test(titleOf(def, r)) && <span class="hint"> {titleOf(def, r)}</span>}</td>
							{staged && <td>{stateWord(def, r.state)}</td>}
							<td><Tlp label={r.tlp} /></td>
							{columns.map(([k, s]) => <td key={k} class="more" data-label={fieldWord(k, s)}>{r[k] !== undefined && r[k] !== null && <Value value={r[k] as Json} schema={s} name={k} />}</td>)}
							{teamed && <td class="team">{nameOf(r.team)}</td>}
							<td class="hint"><When at={r.modified} rel /></td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
