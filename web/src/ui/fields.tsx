// SPDX-License-Identifier: Apache-2.0
/* fields: a form drawn from a schema of the catalogue. One widget per kind of value, native underneath;
 * objects become groups, lists of objects become rows. */
import { useState } from "preact/hooks";
import { fieldWord, listValues, upper, word } from "../core/catalog";
import { say, t } from "../i18n";
import { fromLocalInput, toLocalInput, zoneName } from "../core/time";
import type { Body, Json, Schema } from "../core/types";
import { Field } from "./basics";
import { Icon } from "./icons";
import { isObject, prune } from "../core/merge";
import { Picker } from "./picker";

export const kindOf = (s: Schema): string => {
	const k = Array.isArray(s.type) ? (s.type.find((x) => x !== "null") ?? "string") : s.type;
	return k ?? (s.properties ? "object" : s.items ? "array" : "string");
};
export const idOf = (path: string[]) => `f-${path.join("-")}`;

export interface FieldProps {
	name: string;
	schema: Schema;
	path: string[];
	value: Json | undefined;
	onChange: (path: string[], value: Json | undefined) => void;
	errors: Map<string, string>;
	required?: boolean;
	needed: Set<string>;
	hideLabel?: boolean;
}

const describe = (id: string, s: Schema, error?: string) =>
	[s.hint && `${id}-h`, error && `${id}-e`].filter(Boolean).join(" ") || undefined;

function options(s: Schema, value: Json | undefined) {
	const listed = s.ref?.startsWith("list:") ? listValues(s.ref).map((v) => ({ value: v.value, text: s.ref === "list:tlp" ? `${v.value} ${say(v.label)}` : upper(say(v.label, v.value)) })) : [];
	const all = listed.length ? listed : (s.enum ?? []).filter((v) => v !== null).map((v) => ({ value: String(v), text: String(v) }));

	if (typeof value === "string" && value && !all.some((o) => o.value === value)) all.push({ value, text: value });
	return all;
}
const isChoice = (s: Schema) => !!s.enum || (s.ref?.startsWith("list:") && listValues(s.ref).length > 0);

/* A code list that also takes other words: choose, or write one's own. */
function Suggest({ id, list, value, onChange, describedBy, required, max }: { id: string; list: string; value: string; onChange: (v: Json | undefined) => void; describedBy?: string; required?: boolean; max?: number }) {
	const all = listValues(list);
	const known = !value || all.some((o) => o.value === value);
	const [own, setOwn] = useState(!known);
	return (
		<>
			<select id={id} value={own || !known ? "\u0000" : value} aria-describedby={describedBy} aria-required={required || undefined}
				onChange={(e) => {
					const v = e.currentTarget.value;
					setOwn(v === "\u0000");
					onChange(v === "\u0000" || !v ? undefined : v);
				}}>
				<option value="">{t().choose}</option>
				{all.map((o) => <option key={o.value} value={o.value}>{upper(say(o.label, o.value))}</option>)}
				<option value={"\u0000"}>{t().form.other}</option>
			</select>
			{(own || !known) && <input type="text" aria-label={t().form.otherText} maxLength={max} value={value} onInput={(e) => onChange(e.currentTarget.value)} />}
		</>
	);
}

function Lines({ id, value, onChange, describedBy }: { id: string; value: string[]; onChange: (v: string[]) => void; describedBy?: string }) {
	const [text, setText] = useState(value.join("\n"));
	const shown = text.split("\n").filter(Boolean).join("\n") === value.join("\n") ? text : value.join("\n");
	return (
		<textarea id={id} rows={Math.min(8, Math.max(2, value.length))} value={shown} placeholder={t().form.onePerLine} aria-describedby={describedBy}
			onInput={(e) => {
				setText(e.currentTarget.value);
				onChange(e.currentTarget.value.split("\n").map((x) => x.trim()).filter(Boolean));
			}}
		/>
	);
}

function JsonBox({ id, value, onChange, describedBy }: { id: string; value: Json | undefined; onChange: (v: Json | undefined) => void; describedBy?: string }) {
	const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
	const [bad, setBad] = useState(false);
	return (
		<>
			<textarea id={id} class="mono" rows={6} spellcheck={false} value={text} aria-invalid={bad} aria-describedby={describedBy}
				onInput={(e) => {
					const raw = e.currentTarget.value;
					setText(raw);
					try {
						onChange(raw.trim() ? JSON.parse(raw) : undefined);
						setBad(false);
					} catch {
						setBad(true);
					}
				}}
			/>
			{bad && <p class="fault">{t().form.jsonBad}</p>}
		</>
	);
}

function Widget({ id, schema: s, value, onChange, error, label, required }: {
	id: string;
	schema: Schema;
	value: Json | undefined;
	onChange: (v: Json | undefined) => void;
	error?: string;
	label: string;
	required?: boolean;
}) {
	const kind = kindOf(s);
	const describedBy = describe(id, s, error);
	const common = { id, "aria-describedby": describedBy, "aria-invalid": error ? true : undefined, "aria-required": required || undefined };

	if (kind === "array" && s.items) {
		const list = Array.isArray(value) ? value : [];
		if (s.items.ref?.startsWith("type:") || s.ref?.startsWith("type:"))
			return <Picker id={id} types={(s.items.ref ?? s.ref)!} multi value={list as string[]} onChange={onChange} describedBy={describedBy} label={label} />;
		if (isChoice(s.items)) {
			const all = options(s.items, undefined);
			return (
				<div class="ticks" role="group" aria-label={label}>
					<ul>
						{all.map((o) => (
							<li key={o.value}>
								<label>
									<input type="checkbox" checked={list.includes(o.value)} onChange={() => onChange(list.includes(o.value) ? list.filter((x) => x !== o.value) : [...list, o.value])} /> {o.text}
								</label>
							</li>
						))}
					</ul>
				</div>
			);
		}
		if (kindOf(s.items) === "string") return <Lines id={id} value={list as string[]} onChange={onChange} describedBy={describedBy} />;
		return <JsonBox id={id} value={value} onChange={onChange} describedBy={describedBy} />;
	}
	if (kind === "object") return <JsonBox id={id} value={value} onChange={onChange} describedBy={describedBy} />;
	if (isChoice(s)) {
		return (
			<select {...common} value={String(value ?? "")} onChange={(e) => onChange(e.currentTarget.value || undefined)}>
				<option value="">{t().choose}</option>
				{options(s, value).map((o) => <option key={o.value} value={o.value}>{o.text}</option>)}
			</select>
		);
	}
	if (s.suggest && listValues(s.suggest).length > 0)
		return <Suggest id={id} list={s.suggest} value={String(value ?? "")} onChange={onChange} describedBy={describedBy} required={required} max={s.maxLength} />;
	if (s.ref?.startsWith("type:"))
		return <Picker id={id} types={s.ref} multi={false} value={typeof value === "string" && value ? [value] : []} onChange={(v) => onChange(v[0])} describedBy={describedBy} label={label} />;
	if (kind === "boolean") return <input {...common} type="checkbox" checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
	if (kind === "integer" || kind === "number")
		return <input {...common} type="number" inputMode="decimal" step={kind === "integer" ? 1 : "any"} min={s.minimum} max={s.maximum} value={value === undefined || value === null ? "" : String(value)} onInput={(e) => onChange(e.currentTarget.value === "" ? undefined : Number(e.currentTarget.value))} />;
	if (s.format === "date-time") return <input {...common} type="datetime-local" value={toLocalInput(value as string)} onChange={(e) => onChange(fromLocalInput(e.currentTarget.value))} />;
	if (s.format === "date") return <input {...common} type="date" value={String(value ?? "")} onChange={(e) => onChange(e.currentTarget.value || undefined)} />;
	if (s.multiline)
		return <textarea {...common} rows={2} maxLength={s.maxLength} value={String(value ?? "")} onInput={(e) => onChange(e.currentTarget.value)} />;
	const mode = s.format === "email" ? "email" : s.format === "uri" ? "url" : "text";
	return <input {...common} type="text" inputMode={mode} maxLength={s.maxLength} value={String(value ?? "")} onInput={(e) => onChange(e.currentTarget.value)} />;
}

/* Rows of objects: each row a group, added and taken away. */
function Rows(p: FieldProps) {
	const rows = Array.isArray(p.value) ? p.value : [];
	const label = fieldWord(p.name, p.schema);
	const props = Object.entries(p.schema.items?.properties ?? {});
	const pointer = `/${p.path.join("/")}`;
	const error = p.errors.get(pointer);
	return (
		<fieldset class="rows" id={idOf(p.path)} tabIndex={-1}>
			<legend>{label}{(p.required || p.needed.has(p.path.join("."))) && <span class="req"> {t().required}</span>}</legend>
			{p.schema.hint && <p class="hint">{say(p.schema.hint)}</p>}
			{error && <p class="fault">{error}</p>}
			{rows.map((row, i) => (
				<div class="rowset" key={i} role="group" aria-label={`${label} ${i + 1}`}>
					{props.map(([k, s]) => (
						<SchemaField key={k} {...p} name={k} schema={s} path={[...p.path, String(i), k]} value={isObject(row) ? row[k] : undefined}
							required={p.schema.items?.required?.includes(k)}
							onChange={(_, v) => {
								const next = rows.slice();
								next[i] = { ...(isObject(row) ? row : {}), [k]: v };
								p.onChange(p.path, next as Json);
							}}
						/>
					))}
					<button type="button" class="quiet" onClick={() => p.onChange(p.path, rows.filter((_, j) => j !== i) as Json)} aria-label={t().form.removeItem(i + 1)}>
						<Icon name="close" /> {t().remove}
					</button>
				</div>
			))}
			<button type="button" onClick={() => p.onChange(p.path, [...rows, {}] as Json)}><Icon name="plus" /> {t().form.addItem}</button>
		</fieldset>
	);
}

export function SchemaField(p: FieldProps) {
	const s = p.schema;
	const label = fieldWord(p.name, s);
	const kind = kindOf(s);
	const id = idOf(p.path);
	const pointer = `/${p.path.join("/")}`;
	const error = p.errors.get(pointer);
	const required = p.required || p.needed.has(p.path.join("."));

	if (s.const !== undefined || s.readOnly) return null;
	if (kind === "object" && s.properties) {
		return (
			<fieldset>
				<legend>{label}</legend>
				{s.hint && <p class="hint">{say(s.hint)}</p>}
				<SchemaFields {...p} schema={s} value={isObject(p.value) ? p.value : {}} />
			</fieldset>
		);
	}
	if (kind === "array" && s.items?.properties) return <Rows {...p} />;
	const group = kind === "array" && !!s.items && (isChoice(s.items) || !!s.items.ref?.startsWith("type:"));
	const text = typeof p.value === "string" ? p.value.length : 0;
	const extra = s.format === "date-time" ? <span class="hint"> {t().form.time(zoneName())}</span> : s.maxLength && text > s.maxLength * 0.8 ? <span class="hint"> {t().form.chars(text, s.maxLength)}</span> : null;
	const widget = <Widget id={id} schema={s} value={p.value} onChange={(v) => p.onChange(p.path, v)} error={error} label={label} required={required} />;
	if (group) {
		return (
			<div class={error ? "field bad" : "field"} id={`${id}-g`}>
				<p class="label">{label}{required && <span class="req"> {t().required}</span>}</p>
				{s.hint && <p class="hint" id={`${id}-h`}>{say(s.hint)}</p>}
				{widget}
				{error && <p class="fault" id={`${id}-e`}>{error}</p>}
			</div>
		);
	}
	const short = isChoice(s) || !!s.suggest || kind === "integer" || kind === "number" || kind === "boolean" || !!s.format?.startsWith("date");
	return (
		<Field id={id} label={label} short={short} hint={say(s.hint)} required={required} error={error} extra={extra}>
			{widget}
		</Field>
	);
}

/* The fields of an object. main: which of them are asked at once; the rest stand folded below, open when one of
 * them is at fault. What has a value from the start is asked at once too. */
export function SchemaFields(p: Omit<FieldProps, "name" | "value"> & { value: Body; only?: (name: string, s: Schema) => boolean; main?: (path: string[], s: Schema) => boolean }) {
	const all = Object.entries(p.schema.properties ?? {}).filter(([k, s]) => (!p.only || p.only(k, s)) && s.const === undefined && !s.readOnly);
	const [given] = useState(() => new Set(all.filter(([k]) => prune(p.value[k]) !== undefined).map(([k]) => k)));
	const first = (k: string, s: Schema) => !p.main || given.has(k) || p.schema.required?.includes(k) || p.needed.has([...p.path, k].join(".")) || p.main([...p.path, k], s);
	const rest = all.filter(([k, s]) => !first(k, s));
	const field = ([k, s]: [string, Schema]) => (
		<SchemaField key={k} name={k} schema={s} path={[...p.path, k]} value={p.value[k]} onChange={p.onChange} errors={p.errors} needed={p.needed} required={p.schema.required?.includes(k)} />
	);
	return (
		<>
			<div class="fieldgrid">{all.filter(([k, s]) => first(k, s)).map(field)}</div>
			{rest.length > 0 && (
				<details class="rest" open={rest.some(([k]) => p.errors.has(`/${[...p.path, k].join("/")}`))}>
					<summary>{t().form.rest(rest.length)}</summary>
					<div class="fieldgrid">{rest.map(field)}</div>
				</details>
			)}
		</>
	);
}

/* A value in words, for reading. Plain text; lists as lists. */
export function listWord(s: Schema | undefined, v: string): string {
	const list = s?.ref?.startsWith("list:") ? s.ref : s?.suggest;
	return list?.startsWith("list:") ? word(list.slice(5), v) : v;
}
