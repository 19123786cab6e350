// SPDX-License-Identifier: Apache-2.0
/* view: a record's fields for reading, drawn from the schema; and a STIX object without one. Text of others
 * only ever becomes text nodes; indicators are defanged. */
import type { ComponentChildren } from "preact";
import { fieldWord, typeOfId } from "../core/catalog";
import { t } from "../i18n";
import type { Body, Json, Schema } from "../core/types";
import { Severity, Tlp, When } from "./basics";
import { kindOf, listWord } from "./fields";
import { isObject, prune } from "../core/merge";
import { isIndicatorId } from "../core/titles";
import { RecordName } from "./picker";
import { Indicator } from "./basics";

const ID = /^[a-z][a-z0-9-]+--[0-9a-f-]{36}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const SEVERITIES = new Set(["list:severity", "list:urgency"]);

export interface Substitute {
	(id: string): ComponentChildren | undefined;
}

export function Value({ value, schema, name, names }: { value: Json | undefined; schema?: Schema; name?: string; names?: Substitute }): any {
	if (value === null || value === undefined || value === "") return <span class="hint">{t().form.empty}</span>;
	if (typeof value === "boolean") return <>{value ? t().yes : t().no}</>;
	if (typeof value === "number") return <span class="num">{value}</span>;
	if (typeof value === "string") {
		if (schema?.ref && SEVERITIES.has(schema.ref)) return <Severity value={value} list={schema.ref.slice(5)} />;
		if (schema?.ref === "list:tlp" || /^TLP:/.test(value)) return <Tlp label={value} />;
		if (schema?.ref?.startsWith("list:") || schema?.suggest) return <>{listWord(schema, value)}</>;
		if (ID.test(value) && (typeOfId(value) || names?.(value))) return <>{names?.(value) ?? <RecordName id={value} />}</>;
		if (schema?.format === "date-time" || TIME.test(value)) return <When at={value} />;
		if (name === "value" || name === "pattern") return <Indicator value={value} />;
		return <span class={value.includes("\n") || value.length > 80 ? "prose" : undefined}>{value}</span>;
	}
	if (Array.isArray(value)) {
		if (value.every((x) => typeof x === "string" && isIndicatorId(x)))
			return <ul class="plain">{(value as string[]).map((x) => <li key={x}>{names?.(x) ?? <RecordName id={x} />}</li>)}</ul>;
		if (value.every((x) => !isObject(x)))
			return value.length === 1 ? <Value value={value[0]} schema={schema?.items} names={names} /> : <ul class="plain">{value.map((x, i) => <li key={i}><Value value={x} schema={schema?.items} names={names} /></li>)}</ul>;
		return (
			<ol class="steps">
				{value.map((x, i) => <li key={i}>{isObject(x) ? <Item value={x} schema={schema?.items} names={names} /> : <Value value={x} names={names} />}</li>)}
			</ol>
		);
	}
	return <Fields value={value} schema={schema} names={names} />;
}

/* One of a list of objects: its first text as a sentence, the rest beside it. */
function Item({ value, schema, names }: { value: Body; schema?: Schema; names?: Substitute }) {
	const main = typeof value.text === "string" ? "text" : typeof value.name === "string" ? "name" : null;

	if (!main) return <Fields value={value} schema={schema} names={names} />;
	const rest = Object.entries(value).filter(([k, v]) => k !== main && prune(v) !== undefined);
	return (
		<>
			<span class="prose">{value[main] as string}</span>
			{rest.map(([k, v]) => (
				<span class="hint" key={k}> {isObject(v) || Array.isArray(v) || schema?.properties?.[k]?.ref?.startsWith("list:") ? null : `${fieldWord(k, schema?.properties?.[k])}: `}<Value value={v} schema={schema?.properties?.[k]} names={names} /></span>
			))}
		</>
	);
}

/* All members that have a value, in the schema's order, then those the schema does not know. */
export function Fields({ value, schema, names, skip, only }: { value: Body; schema?: Schema; names?: Substitute; skip?: Set<string>; only?: (name: string, s: Schema | undefined) => boolean }) {
	const known = Object.keys(schema?.properties ?? {});
	const order = [...known, ...Object.keys(value).filter((k) => !known.includes(k))];
	const rows = order.filter((k) => prune(value[k]) !== undefined && !skip?.has(k) && (!only || only(k, schema?.properties?.[k])));

	if (!rows.length) return null;
	return (
		<dl class="fields">
			{rows.map((k) => {
				const s = schema?.properties?.[k];
				const wide = isObject(value[k]) || (s && kindOf(s) === "array" && !!s.items?.properties);
				return (
					<div key={k} class={wide ? "wide" : undefined}>
						<dt>{fieldWord(k, s)}</dt>
						<dd><Value value={value[k]} schema={s} name={k} names={names} /></dd>
					</div>
				);
			})}
		</dl>
	);
}
