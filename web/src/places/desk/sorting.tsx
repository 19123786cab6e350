// SPDX-License-Identifier: Apache-2.0
/* sorting: the order of a list, which the server keeps; it is part of the address. A heading is a button: once, again for
 * the other way, once more for the list's own order. On narrow screens, without headings, a choice. */
import type { ComponentChildren } from "preact";
import { params, setParams } from "../../core/router";
import type { TypeDef } from "../../core/types";
import { t } from "../../i18n";
import type { Column } from "./columns";
import { nextSort, sortName } from "./window";

/* What the server was asked for; words that are searched for come newest first. */
export function activeSort(def: TypeDef): string {
	const s = params.value.get("sort") ?? "";
	return def.sort && !params.value.get("q") && sortName(s) ? s : "";
}
const may = (def: TypeDef) => !!def.sort && !params.value.get("q");
const take = (sort: string) => setParams({ sort: sort || null, preview: null });

export function SortHead({ def, name, cls, plain, children }: { def: TypeDef; name: string; cls: string; plain?: boolean; children: ComponentChildren }) {
	const now = activeSort(def);
	const by = sortName(name);

	if (plain || !by || !may(def)) return <th scope="col" class={cls}>{children}</th>;
	const on = sortName(now) === by;
	const down = on && now.startsWith("-");
	return (
		<th scope="col" class={cls} aria-sort={on ? (down ? "descending" : "ascending") : undefined}>
			<button type="button" class="sorter" data-sort={by} title={t().desk.sortBy} onClick={() => take(nextSort(now, by))}>{children}<span class="way" aria-hidden="true">{on ? (down ? "▼" : "▲") : ""}</span></button>
		</th>
	);
}
export function SortMenu({ def, columns }: { def: TypeDef; columns: Column[] }) {
	const d = t().list;
	const names: [string, string][] = [["modified", d.modified], ...(def.shelf?.severity ? [["severity", d.severity] as [string, string]] : []), ["number", d.number], ["title", d.title], ["state", d.state], ...(def.sort?.due ? [["due", columns.find((c) => c.name === def.sort!.due)?.word ?? t().desk.names.due!] as [string, string]] : [])];

	if (!may(def)) return null;
	return (
		<select id="sort" class="sortmenu" aria-label={t().desk.order} value={activeSort(def)} onChange={(e) => take(e.currentTarget.value)}>
			<option value="">{t().desk.ownOrder}</option>
			{names.flatMap(([n, w]) => ["", "-"].map((way) => <option key={way + n} value={way + n}>{w} {way ? "▼" : "▲"}</option>))}
		</select>
	);
}
