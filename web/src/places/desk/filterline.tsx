// SPDX-License-Identifier: Apache-2.0
/* filterline: one line to filter a list by: words, or values that complete as one types; what is chosen stands before it
 * and is taken away with a press. Composing Japanese never chooses anything. */
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { directory, isOwn, listValues, nameOf, stateWord, upper } from "../../core/catalog";
import { go, params, place, setParams } from "../../core/router";
import type { TypeDef } from "../../core/types";
import { say, t } from "../../i18n";
import { Icon } from "../../ui/icons";
import { FILTERS, toggled, type Filter } from "./window";

interface Option {
	name: keyof Filter;
	value: string;
	text: string;
}
const fold = (s: string) => s.normalize("NFKC").toLowerCase();

function optionsOf(def: TypeDef): Option[] {
	const has = (k: string) => !!def.schema.properties?.[k];
	const out: Option[] = [];
	const add = (name: keyof Filter, value: string, text: string) => out.push({ name, value, text });

	for (const s of def.states?.list ?? []) add("state", s.state, stateWord(def, s.state));
	if (def.shelf?.severity) for (const v of listValues("list:severity")) add("severity", v.value, upper(say(v.label)));
	if (has("assignee")) {
		add("assignee", "me", t().desk.me);
		add("assignee", "none", t().desk.nobody);
		for (const p of directory.value.people) if (isOwn(p)) add("assignee", p.id, nameOf(p.id));
	}
	if (has("next_step_by") || has("due")) for (const d of ["over", "24h", "7d"]) add("due", d, t().desk.due[d]!);
	if (directory.value.teams.length > 1) for (const x of directory.value.teams) add("team", x.id, nameOf(x.id));
	return out;
}
const words = (o: Option) => t().desk.token(t().desk.names[o.name]!, o.text);

/* What is chosen now, a token each. */
function Tokens({ options, filter }: { options: Option[]; filter: Filter }) {
	const q = params.value;
	const tokens = FILTERS.filter((k) => k !== "q" && q.get(k)).flatMap((k) => q.get(k)!.split(",").map((v) => ({ name: k, value: v, text: v === "open" ? t().desk.view.open! : (options.find((o) => o.name === k && o.value === v)?.text ?? nameOf(v)) }) as Option));

	void filter;
	if (!tokens.length) return null;
	return (
		<ul class="chips" aria-label={t().filter}>
			{tokens.map((o) => (
				<li key={`${o.name} ${o.value}`}>
					<span>{words(o)}</span>
					<button type="button" class="quiet" aria-label={t().desk.drop(words(o))} onClick={() => dropToken(o)}><Icon name="close" /></button>
				</li>
			))}
		</ul>
	);
}
/* Without any filter the list shows what is open; who takes the last one away wants all. */
function dropToken(o: Option) {
	const left = toggled(params.value.get(o.name) ?? "", o.value);
	const q = new URLSearchParams(place.value.search);

	if (left) q.set(o.name, left);
	else q.delete(o.name);
	q.delete("view");
	if (!FILTERS.some((k) => q.get(k))) q.set("view", "all");
	go(`${place.value.path}?${q}`, true);
}

export function FilterLine({ def, filter }: { def: TypeDef; filter: Filter }) {
	const asked = params.value.get("q") ?? "";
	const [text, setText] = useState(asked);
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(-1);
	const box = useId();
	const sent = useRef(asked);
	const options = useMemo(() => optionsOf(def), [def, directory.value, t()]);
	const typed = fold(text.trim());
	const hits = open ? options.filter((o) => !typed || fold(words(o)).includes(typed)).slice(0, 12) : [];
	const rows = typed ? [null, ...hits] : hits;
	const search = (q: string) => {
		sent.current = q;
		setParams({ q: q || null, view: null, preview: null });
	};

	useEffect(() => {
		if (asked !== sent.current) {
			sent.current = asked;
			setText(asked);
		}
	}, [asked]);
	/* while one types, without a press; what could be the name of a value waits for the choice */
	const could = typed.length > 0 && options.some((o) => fold(words(o)).includes(typed));
	useEffect(() => {
		if (text.trim() === sent.current || could) return;
		const timer = setTimeout(() => search(text.trim()), 350);
		return () => clearTimeout(timer);
	}, [text, could]);
	const choose = (o: Option | null) => {
		setOpen(false);
		setAt(-1);
		if (!o) return search(text.trim());
		setText("");
		sent.current = "";
		const many = o.name === "state" || o.name === "severity";
		const was = params.value.get(o.name) ?? "";
		setParams({ [o.name]: many && was !== "open" ? toggled(was, o.value) : o.value, q: null, view: null, preview: null });
	};
	const key = (e: KeyboardEvent) => {
		if (e.isComposing || e.keyCode === 229) return;
		if (e.key === "ArrowDown" || e.key === "ArrowUp") {
			e.preventDefault();
			if (!open) return setOpen(true);
			const n = rows.length;
			setAt(n ? (at + (e.key === "ArrowDown" ? 1 : at < 0 ? n : n - 1)) % n : -1);
		} else if (e.key === "Enter") {
			e.preventDefault();
			choose(at >= 0 ? (rows[at] ?? null) : null);
		} else if (e.key === "Escape" && open) {
			e.stopPropagation();
			setOpen(false);
			setAt(-1);
		} else if (e.key === "Backspace" && !text) {
			const last = FILTERS.filter((k) => k !== "q" && params.value.get(k)).pop();
			if (last) dropToken({ name: last, value: params.value.get(last)!.split(",").pop()!, text: "" });
		}
	};
	return (
		<div class="filterline" role="search" aria-label={t().filter}>
			<Icon name="search" />
			<Tokens options={options} filter={filter} />
			<div class="combo">
				<input id="filter" type="text" role="combobox" autocomplete="off" spellcheck={false} aria-label={t().desk.filterWords} placeholder={t().desk.filterWords} aria-expanded={rows.length > 0 && open} aria-controls={box}
					aria-autocomplete="list" aria-activedescendant={at >= 0 ? `${box}-${at}` : undefined} value={text}
					onInput={(e) => { setText(e.currentTarget.value); setOpen(true); setAt(-1); }} onKeyDown={key} onFocus={() => setOpen(false)} onBlur={() => setOpen(false)} />
				<ul id={box} role="listbox" class="hits" aria-label={t().desk.suggestions} hidden={!open || !rows.length}>
					{open && rows.map((o, i) => (
						<li key={o ? `${o.name} ${o.value}` : ""} id={`${box}-${i}`} role="option" aria-selected={i === at} onMouseDown={(e) => { e.preventDefault(); choose(o); }}>
							{o ? words(o) : t().desk.contains(text.trim())}
						</li>
					))}
				</ul>
			</div>
			{FILTERS.some((k) => params.value.get(k)) && <a class="button quiet" href={place.value.path}>{t().clearFilter}</a>}
		</div>
	);
}
