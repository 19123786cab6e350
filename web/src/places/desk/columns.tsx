// SPDX-License-Identifier: Apache-2.0
/* columns: which of a type's fields a list shows beside what every row has; the choice is in the address of a view, and
 * kept on the device for the next time. */
import { fieldWord, slugOf } from "../../core/catalog";
import { params, setParams } from "../../core/router";
import type { Schema, TypeDef } from "../../core/types";
import { t } from "../../i18n";

export interface Column {
	name: string;
	schema: Schema | undefined;
	word: string;
}
const FIXED = new Set(["title", "severity", "state", "tlp"]);
const FIRST: Record<string, string[]> = {
	incidents: ["assignee", "next_step_by", "modified"],
	reports: ["category", "assignee", "modified"],
	tasks: ["incident", "assignee", "due", "modified"],
};
const keyOf = (def: TypeDef) => `hikeshi.columns.${slugOf(def)}`;

function column(def: TypeDef, name: string): Column {
	const schema = def.schema.properties?.[name];
	const common: Record<string, string> = { modified: t().list.modified, created: t().rec.created, team: t().list.team };
	return { name, schema, word: common[name] ?? fieldWord(name, schema) };
}
/* Those that say something in a narrow cell. */
export function choices(def: TypeDef): Column[] {
	const own = Object.entries(def.schema.properties ?? {}).filter(([k, s]) => !FIXED.has(k) && !s.multiline && s.type === "string").map(([k]) => k);
	return [...own, "team", "created", "modified"].map((k) => column(def, k));
}
export function columnsFor(def: TypeDef): Column[] {
	const said = params.value.get("cols") ?? localStorage.getItem(keyOf(def));
	const names = said !== null ? said.split(",").filter(Boolean) : (FIRST[slugOf(def)] ?? ["modified"]);
	const known = new Set(choices(def).map((c) => c.name));
	return names.filter((n) => known.has(n)).map((n) => column(def, n));
}

export function ColumnMenu({ def, columns }: { def: TypeDef; columns: Column[] }) {
	const on = columns.map((c) => c.name);
	const set = (name: string) => {
		const all = choices(def).map((c) => c.name);
		const next = (on.includes(name) ? on.filter((x) => x !== name) : [...on, name]).sort((a, b) => all.indexOf(a) - all.indexOf(b)).join(",");
		localStorage.setItem(keyOf(def), next);
		setParams({ cols: next });
	};
	return (
		<details class="menu columnmenu">
			<summary class="button">{t().desk.columns}</summary>
			<ul class="sheet plain">
				{choices(def).map((c) => <li key={c.name}><label><input type="checkbox" checked={on.includes(c.name)} onChange={() => set(c.name)} /> {c.word}</label></li>)}
			</ul>
		</details>
	);
}
