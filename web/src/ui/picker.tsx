// SPDX-License-Identifier: Apache-2.0
/* picker: choosing records by name. Small directories (teams, circles, people) are ticked in a list; anything
 * else is looked for as one types. Values are ids. */
import { useId, useState } from "preact/hooks";
import { get, list } from "../core/api";
import { apiOf, catalog, directory, hrefOf, isOwn, nameOf, remember, typeOfId } from "../core/catalog";
import { t } from "../i18n";
import type { Page, Rec, TypeDef } from "../core/types";
import { isIndicatorId } from "../core/titles";
import { defang } from "./basics";
import { Icon } from "./icons";

/* "type:incident" names a type by its short or full name, or by its plural. */
export function typesOfRef(ref: string): TypeDef[] {
	return ref
		.slice(5)
		.split(/[|,]/)
		.map((n) => catalog.value?.types.find((d) => d.type === n || d.type === `x-hikeshi-${n}` || d.plural === n))
		.filter((d): d is TypeDef => !!d);
}
export const shownName = (id: string) => (isIndicatorId(id) ? defang(nameOf(id)) : nameOf(id));

export function RecordName({ id, plain }: { id: string; plain?: boolean }) {
	const href = plain ? null : hrefOf(id);
	const text = shownName(id);
	const mono = isIndicatorId(id) ? "mono" : undefined;
	return href && typeOfId(id) ? <a href={href} class={mono}>{text}</a> : <span class={mono}>{text}</span>;
}

function localOptions(defs: TypeDef[]): Rec[] | null {
	const plurals = defs.map((d) => d.plural);
	const dir = directory.value;
	const out: Rec[] = [];

	for (const p of plurals) {
		if (p === "teams") out.push(...dir.teams);
		else if (p === "circles") out.push(...dir.circles);
		else if (p === "people") out.push(...dir.people);
		else return null;
	}
	out.sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
	return out.length && out.length <= 200 ? out : null;
}

interface Props {
	id: string;
	types: string;
	multi: boolean;
	value: string[];
	onChange: (ids: string[]) => void;
	describedBy?: string;
	label: string;
}

function TickList({ id, value, onChange, options, label }: Props & { options: Rec[] }) {
	const [q, setQ] = useState("");
	const hits = options.filter((r) => value.includes(r.id) || nameOf(r.id).toLowerCase().includes(q.toLowerCase()));
	const toggle = (x: string) => onChange(value.includes(x) ? value.filter((v) => v !== x) : [...value, x]);
	return (
		<div class="ticks" role="group" aria-label={label}>
			{options.length > 8 && <input id={id} type="search" placeholder={t().form.find} aria-label={`${label} ${t().form.find}`} value={q} onInput={(e) => setQ(e.currentTarget.value)} />}
			<ul>
				{hits.map((r) => (
					<li key={r.id}>
						<label>
							<input type="checkbox" checked={value.includes(r.id)} onChange={() => toggle(r.id)} />
							<span>{nameOf(r.id)}{isOwn({ team: r.id }) && <span class="hint"> ({t().form.ownTeam})</span>}</span>
						</label>
					</li>
				))}
			</ul>
		</div>
	);
}

function Finder({ id, types, multi, value, onChange, describedBy, label }: Props) {
	const [q, setQ] = useState("");
	const [hits, setHits] = useState<Rec[] | null>(null);
	const box = useId();
	const look = async (text: string) => {
		setQ(text);
		if (!text.trim()) return setHits(null);
		if (types === "type:*") return setHits((await get<Page<Rec>>("/search", { q: text, limit: 12 }).catch(() => ({ items: [] }))).items);
		const found = await Promise.all(typesOfRef(types).map((d) => list(apiOf(d), { q: text, limit: 10 }).catch(() => ({ items: [] as Rec[] }))));
		setHits(found.flatMap((f) => f.items).slice(0, 12));
	};
	const take = (r: Rec) => {
		remember(r);
		onChange(multi ? [...new Set([...value, r.id])] : [r.id]);
		setQ("");
		setHits(null);
	};
	const open = multi || value.length === 0;
	return (
		<div class="finder">
			{value.length > 0 && (
				<ul class="chips" aria-label={label}>
					{value.map((v) => (
						<li key={v}>
							<RecordName id={v} />
							<button type="button" class="quiet" onClick={() => onChange(value.filter((x) => x !== v))} aria-label={`${t().remove}: ${shownName(v)}`}>
								<Icon name="close" />
							</button>
						</li>
					))}
				</ul>
			)}
			{open && <input id={id} type="search" autocomplete="off" value={q} placeholder={t().form.find} aria-label={`${label}: ${t().form.find}`} aria-describedby={describedBy} aria-controls={box} onInput={(e) => void look(e.currentTarget.value)} />}
			<div id={box} aria-live="polite">
				{hits && (
					<ul class="hits">
						{hits.map((r) => (
							<li key={r.id}><button type="button" class="quiet" onClick={() => take(r)}>{r.number ? `${r.number} ` : ""}{isIndicatorId(r.id) ? defang(r.title ?? r.id) : (r.title ?? r.id)}</button></li>
						))}
						{!hits.length && <li class="hint">{t().form.notFound}</li>}
					</ul>
				)}
			</div>
		</div>
	);
}

export function Picker(p: Props) {
	const options = localOptions(typesOfRef(p.types));

	if (!options) return <Finder {...p} />;
	if (p.multi) return <TickList {...p} options={options} />;
	return (
		<select id={p.id} value={p.value[0] ?? ""} aria-describedby={p.describedBy} onChange={(e) => p.onChange(e.currentTarget.value ? [e.currentTarget.value] : [])}>
			<option value="">{t().choose}</option>
			{options.map((r) => <option key={r.id} value={r.id}>{nameOf(r.id)}</option>)}
		</select>
	);
}
