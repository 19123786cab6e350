// SPDX-License-Identifier: Apache-2.0
/* check: the middle column of the composer: every passage that may tell who was hit, with what could stand there
 * instead, each to be decided by the author; and, for a correction, what changed since the version that is out. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, list } from "../../core/api";
import { directory, isOwn, pathWords, schemaAt } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { applyPatch, at, leaves, makePatch } from "../../core/merge";
import { t } from "../../i18n";
import type { Body, HistoryItem, Json, Page, Rec, TypeDef } from "../../core/types";
import { reveal } from "../../ui/recordform";
import { Value } from "../../ui/view";
import { keyOf, passagesOf, replaced, type Names, type Passage } from "./passages";

const text = (v: unknown) => (typeof v === "string" && v.trim() ? [v.trim()] : []);
const texts = (v: unknown) => (Array.isArray(v) ? v.flatMap(text) : text(v));

/* Names of other teams and people; of the incident it is written from, who told and what was hit. */
function namesOf(incident: Rec | null, reports: Rec[]): Names {
	const teams = directory.value.teams.filter((x) => !isOwn({ team: x.id } as Rec)).map((x) => ({
		names: [...text(x.name), ...text(x.name_ja), ...text(x.short_name), ...text(x.title)],
		domains: texts(x.domains),
	}));
	const people = directory.value.people.flatMap((p) => text(p.title ?? p.name));
	const words = [...texts(incident?.systems), ...texts(incident?.contractors)];
	for (const r of reports) {
		const who = (r.reporter ?? {}) as Body;
		people.push(...text(who.name));
		words.push(...text(who.email), ...texts(r.affected_systems));
		if (text(who.organization).length) teams.push({ names: text(who.organization), domains: [] });
	}
	return { teams, people, words };
}
export function useNames(incident: string | undefined): Names | null {
	const from = useLoad<{ inc: Rec | null; reports: Rec[] }>(incident ? `names ${incident}` : null, async () => {
		const inc = await get<Rec>(`/incidents/${encodeURIComponent(incident!)}`).catch(() => null);
		const ids = Array.isArray(inc?.report) ? (inc.report as string[]) : [];
		const reports = await Promise.all(ids.slice(0, 20).map((id) => get<Rec>(`/reports/${encodeURIComponent(id)}`).catch(() => null)));
		return { inc, reports: reports.filter((r): r is Rec => !!r) };
	});
	return useMemo(() => (incident && from.busy ? null : namesOf(from.data?.inc ?? null, from.data?.reports ?? [])), [incident, from.data, from.busy, directory.value]);
}

/* What the author let stand on purpose; kept on this machine with the draft. */
function useKept(id: string | undefined) {
	const name = `hikeshi.kept.${id ?? "new"}`;
	const [kept, setKept] = useState<Set<string>>(() => new Set(JSON.parse(localStorage.getItem(name) ?? "[]") as string[]));
	useEffect(() => {
		if (kept.size) localStorage.setItem(name, JSON.stringify([...kept]));
		else localStorage.removeItem(name);
	}, [name, kept]);
	return {
		has: (p: Passage) => kept.has(keyOf(p)),
		keep: (p: Passage, on: boolean) => setKept((k) => {
			const next = new Set(k);
			if (on) next.add(keyOf(p));
			else next.delete(keyOf(p));
			return next;
		}),
		done: () => {
			localStorage.removeItem(name);
			localStorage.removeItem("hikeshi.kept.new");
		},
	};
}

export interface Checked {
	open: Passage[];
	kept: Passage[];
	ready: boolean;
	keep: (p: Passage, on: boolean) => void;
	done: () => void;
}
export function useCheck(def: TypeDef, draft: Body, id: string | undefined): Checked {
	const names = useNames(draft.incident as string | undefined);
	const kept = useKept(id);
	const all = useMemo(() => (names ? passagesOf(def.schema, draft, names, t().warn.check.words) : []), [names, draft, t()]);
	return { open: all.filter((p) => !kept.has(p)), kept: all.filter(kept.has), ready: !!names, keep: kept.keep, done: kept.done };
}

function One({ p, def, onReplace, onKeep }: { p: Passage; def: TypeDef; onReplace: (word: string) => void; onKeep: () => void }) {
	const [word, setWord] = useState(p.instead);
	const w = t().warn.check;
	const id = `pass-${p.path.join("-")}-${p.start}`;
	return (
		<li class="passage" data-row>
			<p class="hint"><a href={`#f-${p.path.join("-")}`} onClick={(e) => { e.preventDefault(); reveal(`/${p.path.join("/")}`); }}>{pathWords(def, `/${p.path.join("/")}`)}</a> · {w.kinds[p.kind]}</p>
			<p class="prose"><span>{p.before}</span><del>{p.hit}</del> <ins>{word || "—"}</ins><span>{p.after}</span></p>
			<div class="row">
				<label class="sr" for={id}>{w.instead(p.hit)}</label>
				<input id={id} type="text" value={word} onInput={(e) => setWord(e.currentTarget.value)} />
				<button type="button" onClick={() => onReplace(word)} data-replace>{w.replace}</button>
				<button type="button" class="quiet" onClick={onKeep} data-keep>{w.keep}</button>
			</div>
		</li>
	);
}

export function CheckPane({ check, def, draft, set }: { check: Checked; def: TypeDef; draft: Body; set: (path: string[], v: Json | undefined) => void }) {
	const w = t().warn.check;
	const replace = (p: Passage, word: string) => {
		const now = at(draft, `/${p.path.join("/")}`);
		if (typeof now !== "string") return;
		const next = replaced(now, p, word);
		/* rows of a list are set as a whole */
		const i = p.path.findIndex((k) => /^\d+$/.test(k));
		if (i < 0) return set(p.path, next);
		const listPath = p.path.slice(0, i);
		const rows = [...((at(draft, `/${listPath.join("/")}`) as Json[]) ?? [])];
		const n = Number(p.path[i]);
		rows[n] = p.path.length === i + 1 ? next : { ...(rows[n] as Body), [p.path[i + 1]!]: next };
		set(listPath, rows as Json);
	};
	return (
		<>
			<p class="hint">{w.hint}</p>
			<p class={check.open.length ? "strong fault" : "strong gets"} role="status">{!check.ready ? t().loading : check.open.length ? w.left(check.open.length) : w.none}</p>
			<ol class="passages">
				{check.open.map((p) => <One key={`${keyOf(p)}${p.start}${p.instead}`} p={p} def={def} onReplace={(word) => replace(p, word)} onKeep={() => check.keep(p, true)} />)}
			</ol>
			{check.kept.length > 0 && (
				<details class="rest">
					<summary>{w.kept(check.kept.length)}</summary>
					<ul class="plain">
						{check.kept.map((p) => (
							<li key={`${keyOf(p)}${p.start}`}><span class="strong">{p.hit}</span> <span class="hint">{pathWords(def, `/${p.path.join("/")}`)}</span> <button type="button" class="quiet" onClick={() => check.keep(p, false)}>{w.again}</button></li>
						))}
					</ul>
				</details>
			)}
		</>
	);
}

/* For who approves: what is left in the text that the check would ask about. */
export function LeftIn({ def, rec }: { def: TypeDef; rec: Rec }) {
	const names = useNames(rec.incident as string | undefined);
	const all = useMemo(() => (names ? passagesOf(def.schema, rec as Body, names, t().warn.check.words) : []), [names, rec, t()]);
	const w = t().warn.check;
	if (!names) return null;
	if (!all.length) return <p class="hint">{w.none}</p>;
	return (
		<details open>
			<summary class="strong">{w.leftIn(all.length)}</summary>
			<ul class="plain">
				{all.map((p) => <li key={`${keyOf(p)}${p.start}`}><span class="hint">{pathWords(def, `/${p.path.join("/")}`)}: </span>{p.before}<mark>{p.hit}</mark>{p.after}</li>)}
			</ul>
		</details>
	);
}

/* ---- a correction: what is different from the version that is out ---- */

const NOT_TEXT = /^\/(handling|issued|notes|incident|who\/author)(\/|$)/;
/* The body as it was when it was issued last, replayed from the history. */
function issuedBody(items: HistoryItem[]): Body | null {
	let now: Json | undefined = {};
	let out: Body | null = null;

	for (const h of [...items].sort((a, b) => a.seq - b.seq)) {
		now = applyPatch(now, h.patch);
		if (h.kind.split(".").pop() === "issue") out = now as Body;
	}
	return out;
}
export function Draftchanges({ def, rec, draft }: { def: TypeDef; rec: Rec; draft: Body }) {
	const path = `/warnings/${rec.id}/history`;
	const load = useLoad<Page<HistoryItem>>(`${path} ${rec.edition}`, () => list<HistoryItem>(path, { limit: 1000 }));
	const was = useMemo(() => (load.data ? issuedBody(load.data.items) : null), [load.data]);
	const own = def.schema.properties ?? {};
	const pick = (b: Body) => Object.fromEntries(Object.entries(b).filter(([k]) => own[k] && !own[k]!.readOnly));
	if (!was) return null;
	const before = pick(was);
	const after = pick(draft);
	const changed = leaves(makePatch(before, after)).filter((p) => p && !NOT_TEXT.test(p));
	return (
		<section aria-labelledby="since">
			<h3 id="since">{t().warn.since(typeof rec.edition === "number" ? rec.edition : 1)}</h3>
			{!changed.length && <p class="hint">{t().warn.changesNone}</p>}
			<dl class="since">
				{changed.map((p) => {
					const schema = schemaAt(def, p.split("/").slice(1));
					const [a, b] = [at(before, p), at(after, p)];
					return (
						<div key={p}>
							<dt>{pathWords(def, p)}</dt>
							{a !== undefined && a !== null && <dd class="del"><del><Value value={a as Json} schema={schema} /></del></dd>}
							{b !== undefined && b !== null && <dd class="ins"><ins><Value value={b as Json} schema={schema} /></ins></dd>}
						</div>
					);
				})}
			</dl>
		</section>
	);
}
