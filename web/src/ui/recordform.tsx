// SPDX-License-Identifier: Apache-2.0
/* recordform: creating and editing a record of any type. Saves a merge patch with If-Match; when somebody else
 * was faster, what was typed stays and both changes are shown beside each other. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Problem, create, patch, read } from "../core/api";
import { apiOf, commonWord, pathWords, remember, schemaAt, slugOf } from "../core/catalog";
import { dropDraft, draftOf, keepDraft } from "../core/drafts";
import { lang, say, t } from "../i18n";
import { go, guardLeaving, place } from "../core/router";
import { absolute } from "../core/time";
import type { Body, Held, Json, Schema, TypeDef } from "../core/types";
import { Act, ProblemBox, notice } from "./basics";
import { SchemaField, SchemaFields, idOf, kindOf } from "./fields";
import { at, leaves, makePatch, prune, put } from "../core/merge";
import { Value } from "./view";

const SHARING: Record<string, Schema> = {
	tlp: { type: "string", ref: "list:tlp", hint: { ja: "受け取った人が、さらにどこまで伝えてよいか。迷ったら狭い方を選びます", en: "How far whoever gets it may pass it on. If in doubt, the narrower one" } },
	circles: { type: "array", items: { type: "string", ref: "type:circle" }, hint: { ja: "選ぶと、その参加チームだけが読めます。選ばなければ自チームだけです", en: "Its teams can read it, and nobody else. Without one it stays with your team" } },
	language: { type: "string", ref: "list:language" },
};
export function sharingFields(def: TypeDef): [string, Schema][] {
	return Object.entries(SHARING)
		.filter(([k]) => !def.schema.properties?.[k] && (k !== "language" || def.form === "own"))
		.map(([k, s]) => [k, { ...s, label: { ja: commonWord(k), en: commonWord(k) } }]);
}
/* The part of a record that a form changes: the type's own fields and the sharing. */
export function editable(def: TypeDef, rec: Body): Body {
	const own = def.schema.properties ?? {};
	return Object.fromEntries(Object.entries(rec).filter(([k]) => (own[k] && !own[k]!.readOnly) || SHARING[k]));
}

/* A STIX object is one field of its record, and is edited inside it. A new indicator may be given by its value. */
export const STIX_SET = new Set(["type", "id", "spec_version", "created", "modified", "created_by_ref", "object_marking_refs", "granular_markings", "extensions"]);
export function formDef(def: TypeDef, isNew: boolean): TypeDef {
	if (def.form !== "stix") return def;
	const byValue = isNew && def.type === "indicator";
	const inner = Object.entries(def.schema.properties ?? {}).filter(([k]) => !STIX_SET.has(k));
	const properties: Record<string, Schema> = {};

	if (byValue) properties.value = { type: "string", maxLength: 2000, column: true, label: { ja: "値", en: "Value" }, hint: { ja: "アドレス、ドメイン、URL、ハッシュ値など。無害化したままで構いません", en: "Address, domain, URL, hash. May be defanged" } };
	properties.object = { type: "object", label: { ja: "STIX の内容", en: "STIX content" }, required: byValue ? [] : def.schema.required?.filter((k) => !STIX_SET.has(k)), properties: Object.fromEntries(inner) };
	return { ...def, schema: { type: "object", properties, required: byValue ? ["value"] : [] } };
}

/* Faults of a problem by pointer, so that each stands at its field. */
export function faultsOf(p: unknown): Map<string, string> {
	const out = new Map<string, string>();

	if (p instanceof Problem) for (const e of p.body.errors ?? []) if (e.pointer) out.set(e.pointer.replaceAll(".", "/"), e.detail ?? e.code);
	return out;
}

interface Conflict {
	fresh: Held;
	theirs: string[];
	mine: string[];
}
export interface Editor {
	draft: Body;
	original: Body;
	dirty: boolean;
	saving: boolean;
	savedAt: string;
	problem: unknown;
	conflict: Conflict | null;
	held: Held | null;
	/* when what is shown was typed, if it comes from this device and not from the server */
	restored: number;
	discard: () => void;
	set: (path: string[], v: Json | undefined) => void;
	save: () => Promise<Held | null>;
	drop: () => void;
	overlay: () => Promise<Held | null>;
}

/* What was typed and not saved, with what it was typed over: kept on this device (core/drafts). */
interface Kept {
	etag: string;
	base: Body;
	draft: Body;
}
const spotOf = (def: TypeDef, h: Held | null) => (h ? `edit ${h.rec.id}` : `new ${slugOf(def)} ${place.value.path.endsWith("/new") ? place.value.search : ""}`);

/* The state of a form over one record. autosave: milliseconds of quiet after which a changed draft is sent. What is
 * typed is on this device at once; where the record has moved on since, saving meets the same question as any two
 * people who edit at the same time. */
export function useEditor(def: TypeDef, start: Held | null, prefill: Body, onSaved: (h: Held, isNew: boolean, undo?: () => Promise<unknown>) => void, autosave = 0): Editor {
	const [kept] = useState(() => draftOf<Kept>(spotOf(def, start)));
	const moved = !!kept && !!start && kept.value.etag !== start.etag;
	const [held, setHeld] = useState<Held | null>(moved ? { ...start!, etag: kept!.value.etag } : start);
	const [original, setOriginal] = useState<Body>(() => (moved ? kept!.value.base : start ? editable(def, start.rec) : {}));
	const [draft, setDraft] = useState<Body>(() => kept?.value.draft ?? (start ? editable(def, start.rec) : prefill));
	const [restored, setRestored] = useState(kept?.at ?? 0);
	const [saving, setSaving] = useState(false);
	const [savedAt, setSavedAt] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const [conflict, setConflict] = useState<Conflict | null>(null);
	const now = useRef({ draft, original, held });
	const running = useRef<Promise<Held | null> | null>(null);

	now.current = { draft, original, held };
	/* what a new record was filled with beforehand is no loss */
	const [given] = useState(prefill);
	const dirty = useMemo(() => Object.keys(makePatch(held ? original : given, draft)).length > 0, [held, original, draft]);

	const write = async (base: Body, h: Held | null, text: Body): Promise<Held | null> => {
		setSaving(true);
		setProblem(null);
		try {
			const path = apiOf(def);
			const body = h ? makePatch(base, text) : ((prune(text) as Body) ?? {});
			if (h && !Object.keys(body).length) return h;
			const next = h ? await patch(`${path}/${h.rec.id}`, body, h.etag) : await create(path, body);
			const clean = editable(def, next.rec);
			dropDraft(spotOf(def, h));
			setRestored(0);
			remember(next.rec);
			setHeld(next);
			setOriginal(clean);
			/* what was typed while saving stays */
			setDraft((d) => (d === text ? clean : (applyTyped(clean, text, d) as Body)));
			setConflict(null);
			setSavedAt(absolute(new Date().toISOString()));
			onSaved(next, !h, h ? () => patch(`${path}/${h.rec.id}`, makePatch(text, base), next.etag) : undefined);
			return next;
		} catch (e) {
			if (e instanceof Problem && e.status === 412 && h) {
				const fresh = await read(`${apiOf(def)}/${h.rec.id}`);
				setConflict({ fresh, theirs: leaves(makePatch(base, editable(def, fresh.rec))), mine: leaves(makePatch(base, text)) });
			} else {
				setProblem(e);
			}
			return null;
		} finally {
			setSaving(false);
		}
	};
	const save = async () => {
		if (running.current) await running.current;
		const { original: base, held: h, draft: text } = now.current;
		running.current = write(base, h, text).finally(() => {
			running.current = null;
		});
		return running.current;
	};

	useEffect(() => {
		const spot = spotOf(def, held);
		if (!dirty) dropDraft(spot);
		const safe = !dirty || keepDraft(spot, { etag: held?.etag ?? "", base: original, draft } satisfies Kept);
		guardLeaving(safe ? null : () => confirm(t().leave));
		return () => guardLeaving(null);
	}, [draft, dirty, held]);
	useEffect(() => {
		if (!autosave || !held || !dirty || conflict || problem) return;
		const timer = setTimeout(() => void save(), autosave);
		return () => clearTimeout(timer);
	}, [draft, dirty, conflict, problem]);
	return {
		draft,
		original,
		dirty,
		saving,
		savedAt,
		problem,
		conflict,
		held,
		restored: dirty ? restored : 0,
		discard: () => {
			dropDraft(spotOf(def, held));
			setRestored(0);
			setConflict(null);
			setProblem(null);
			if (moved && start && held?.etag !== start.etag) {
				setHeld(start);
				setOriginal(editable(def, start.rec));
			}
			setDraft(start && held?.rec.id === start.rec.id ? editable(def, moved ? start.rec : held!.rec) : held ? original : given);
		},
		set: (path, v) => {
			setProblem((p: unknown) => (p instanceof Problem && p.status === 422 ? p : null));
			setDraft((d) => put(d, path, v));
		},
		save,
		drop: () => {
			if (!conflict) return;
			setHeld(conflict.fresh);
			setOriginal(editable(def, conflict.fresh.rec));
			setDraft(editable(def, conflict.fresh.rec));
			setConflict(null);
		},
		overlay: async () => {
			if (!conflict) return null;
			const base = editable(def, conflict.fresh.rec);
			const mine = makePatch(original, draft);
			return write(base, conflict.fresh, applyTyped(base, {}, mine) as Body);
		},
	};
}
/* Carries what changed between `from` and `to` over to `base`. */
function applyTyped(base: Body, from: Body, to: Body): Json | undefined {
	const p = makePatch(from, to);
	let out = base;

	for (const ptr of leaves(p)) out = put(out, ptr.split("/").slice(1), at(to, ptr) as Json | undefined);
	return out;
}

/* Says that the form goes on from what was typed before, and how to be rid of it. */
function DraftBox({ ed }: { ed: Editor }) {
	if (!ed.restored) return null;
	return (
		<p class="note-box row" role="status">
			<span>{t().draft(absolute(new Date(ed.restored).toISOString()))}</span> <button type="button" onClick={ed.discard}>{t().dropDraft}</button>
		</p>
	);
}

export function ConflictBox({ ed, def }: { ed: Editor; def: TypeDef }) {
	const c = ed.conflict;

	if (!c) return <DraftBox ed={ed} />;
	const fresh = editable(def, c.fresh.rec);
	const pointers = [...new Set([...c.theirs, ...c.mine])];
	const both = (ptr: string) => c.theirs.includes(ptr) && c.mine.includes(ptr);
	return (
		<div class="problem" role="alert">
			<p class="strong">{t().form.conflict}</p>
			<p>{t().form.conflictWhy}</p>
			<div class="scroll" tabIndex={0} role="group" aria-label={t().form.conflict}>
				<table class="plain sides">
					<thead><tr><th scope="col">{t().rec.property}</th><th scope="col">{t().form.theirs}</th><th scope="col">{t().form.mine}</th></tr></thead>
					<tbody>
						{pointers.map((ptr) => (
							<tr key={ptr}>
								<th scope="row">{pathWords(def, ptr)}{both(ptr) && <span class="req"> {t().form.both}</span>}</th>
								<td>{c.theirs.includes(ptr) && <Value value={at(fresh, ptr)} schema={schemaAt(def, ptr.split("/").slice(1))} />}</td>
								<td>{c.mine.includes(ptr) && <Value value={at(ed.draft, ptr)} schema={schemaAt(def, ptr.split("/").slice(1))} />}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<p class="row">
				<Act kind="primary" run={ed.overlay}>{t().form.applyMine}</Act>
				<Act run={ed.drop}>{t().form.dropMine}</Act>
			</p>
		</div>
	);
}

/* Faults with links to their fields. */
export function FaultList({ faults, def }: { faults: { pointer: string; text: string }[]; def: TypeDef }) {
	return (
		<ul>
			{faults.map((f) => (
				<li key={f.pointer}>
					<a href={`#${idOf(f.pointer.replace(/^\//, "").split(/[/.]/))}`} onClick={(e) => { e.preventDefault(); reveal(f.pointer); }}>{pathWords(def, f.pointer)}</a>: {f.text}
				</li>
			))}
		</ul>
	);
}
export function reveal(pointer: string) {
	const id = idOf(pointer.replace(/^\//, "").split(/[/.]/));
	const el = document.getElementById(id) ?? document.getElementById(`${id}-g`);

	el?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
	(el?.matches("input,select,textarea,fieldset") ? el : el?.querySelector<HTMLElement>("input,select,textarea,button"))?.focus({ preventScroll: true });
}

const AT_ONCE = 6;
/* The fields of a type in sections: plain ones first, a section for each group of fields, sharing last. */
export function FormSections({ def, ed, needed, titles, headHint, main }: {
	def: TypeDef;
	ed: Editor;
	needed: Set<string>;
	titles?: Record<string, [string, string]>;
	headHint?: ComponentChildren;
	main?: Set<string>;
}) {
	const errors = faultsOf(ed.problem);
	const schema = def.schema;
	const groups = Object.entries(schema.properties ?? {}).filter(([, s]) => kindOf(s) === "object" && s.properties && !s.readOnly);
	const names = new Set(groups.map(([k]) => k));
	const share = sharingFields(def);
	const common = { onChange: ed.set, errors, needed };
	const order = Object.keys(schema.properties ?? {});
	const first = (path: string[], s: Schema) => (main ? main.has(path.join(".")) : !!s.column || path.length > 1 || order.indexOf(path[0]!) < AT_ONCE);
	return (
		<>
			<section class="part" aria-labelledby="part-head">
				<h2 id="part-head">{titles?.head?.[0] ?? t().form.own}</h2>
				{titles?.head && <p class="hint">{titles.head[1]}</p>}
				{headHint}
				<SchemaFields {...common} schema={schema} path={[]} value={ed.draft} only={(k) => !names.has(k)} main={first} />
				{titles && share.map(([k, s]) => <SchemaField key={k} {...common} name={k} schema={s} path={[k]} value={ed.draft[k]} />)}
			</section>
			{groups.map(([k, s]) => (
				<section class="part" key={k} aria-labelledby={`part-${k}`}>
					<h2 id={`part-${k}`}>{titles?.[k]?.[0] ?? say(s.label, k)}</h2>
					<p class="hint">{titles?.[k]?.[1] ?? say(s.hint)}</p>
					<SchemaFields {...common} schema={s} path={[k]} value={(ed.draft[k] as Body) ?? {}} main={first} />
				</section>
			))}
			{!titles && share.length > 0 && (
				<section class="part" aria-labelledby="part-share">
					<h2 id="part-share">{t().form.sharing}</h2>
					{share.map(([k, s]) => <SchemaField key={k} {...common} name={k} schema={s} path={[k]} value={ed.draft[k]} />)}
				</section>
			)}
		</>
	);
}

export function SaveState({ ed }: { ed: Editor }) {
	const text = ed.saving ? t().saving : ed.dirty ? t().unsaved : ed.savedAt ? t().saved(ed.savedAt) : "";
	return <span class="hint" role="status">{text}</span>;
}

const BY_VALUE = new Set(["value", "object.name", "object.description"]);
export function RecordForm({ def: type, start, prefill, onSaved, onCancel }: {
	def: TypeDef;
	start: Held | null;
	prefill?: Body;
	onSaved: (h: Held) => void;
	onCancel: () => void;
}) {
	const def = useMemo(() => formDef(type, !start), [type, start]);
	const first = prefill ?? (def.form === "own" ? { language: lang.value } : {});
	const ed = useEditor(def, start, first, (h, isNew, undo) => {
		guardLeaving(null);
		notice(isNew ? t().form.created : t().form.savedToast, undo);
		onSaved(h);
	});
	/* what was typed goes, and comes back with one key */
	const cancel = () => {
		const back = place.value.path + place.value.search;
		const spot = spotOf(def, start);
		const typed = draftOf<Kept>(spot)?.value;
		onCancel();
		if (!ed.dirty || !typed) return;
		dropDraft(spot);
		notice(t().dropped, async () => {
			keepDraft(spot, typed);
			go(back);
		});
	};
	const submit = (e: Event) => {
		e.preventDefault();
		void ed.save().then((h) => {
			if (h && !ed.dirty && start) onSaved(h);
		});
	};
	return (
		<form class="record-form" onSubmit={submit} noValidate>
			<ConflictBox ed={ed} def={def} />
			<ProblemBox problem={ed.problem} type={def} />
			<FormSections def={def} ed={ed} needed={new Set()} main={def.schema.properties?.value && type.form === "stix" && !start ? BY_VALUE : undefined} />
			<p class="row">
				<Act kind="primary" type="submit">{start ? t().save : t().form.create(say(def.label))}</Act>
				<button type="button" onClick={cancel}>{t().cancel}</button>
				<SaveState ed={ed} />
			</p>
		</form>
	);
}

