// SPDX-License-Identifier: Apache-2.0
/* desklist: reports, incidents and tasks as a list that stays quick whatever its length: views, a filter line, rows in a
 * window over pages, selection with changes of many, a preview beside it. */
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { apiOf, homeOf, me, mayCreate, mayEdit, placeWord, slugOf, typeWord } from "../../core/catalog";
import { onKey } from "../../core/keys";
import { go, params, place, setParams } from "../../core/router";
import { number } from "../../core/time";
import type { TypeDef } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Empty, Loading, ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { BulkBar, Outcome, type Done } from "./bulkbar";
import { ColumnMenu, columnsFor, type Column } from "./columns";
import { Drawer } from "./drawer";
import { FilterLine } from "./filterline";
import { DeskRow, Head } from "./rows";
import { Rows, lastList, undoBulk } from "./store";
import { SortMenu, activeSort } from "./sorting";
import { Views, activeFilter } from "./views";
import { PLAIN_MOST, between, windowOf, type Filter } from "./window";

const BULK_MOST = 500;
const narrow = matchMedia("(width < 900px)");

/* The rows of a filter, re-read when it changes; renders again when they do. */
function useRows(def: TypeDef, filter: Filter, columns: Column[], sort: string) {
	const [, redraw] = useReducer((n: number) => n + 1, 0);
	const kept = useRef<{ key: string; rows: Rows } | null>(null);
	const key = JSON.stringify([apiOf(def), filter, columns.map((c) => c.name), sort]);

	if (kept.current?.key !== key) {
		kept.current?.rows.stop();
		kept.current = { key, rows: new Rows(def, filter, columns.map((c) => c.name), () => redraw(0), sort) };
	}
	useEffect(() => () => kept.current?.rows.stop(), []);
	return kept.current.rows;
}

/* Where the page stands over the list. */
function useWindow(box: { current: HTMLElement | null }, row: number, n: number, plain: boolean) {
	const [w, setW] = useState({ from: 0, to: 60 });

	useLayoutEffect(() => {
		if (plain) return;
		let frame = 0;
		const look = () => {
			frame = 0;
			const top = box.current?.getBoundingClientRect().top ?? 0;
			const next = windowOf(-top, innerHeight, row, n);
			setW((was) => (was.from === next.from && was.to === next.to ? was : next));
		};
		const later = () => {
			frame ||= requestAnimationFrame(look);
		};
		look();
		addEventListener("scroll", later, { passive: true });
		addEventListener("resize", later);
		return () => {
			cancelAnimationFrame(frame);
			removeEventListener("scroll", later);
			removeEventListener("resize", later);
		};
	}, [row, n, plain]);
	return plain ? { from: 0, to: n } : { from: Math.min(w.from, n), to: Math.min(w.to, n) };
}

function useNarrow() {
	const [is, set] = useState(narrow.matches);
	useEffect(() => {
		const hear = () => set(narrow.matches);
		narrow.addEventListener("change", hear);
		return () => narrow.removeEventListener("change", hear);
	}, []);
	return is;
}

export function DeskList({ def }: { def: TypeDef }) {
	const filter = activeFilter(def);
	const columns = columnsFor(def);
	const source = useRows(def, filter, columns, activeSort(def));
	const phone = useNarrow();
	const row = phone ? 76 : 34;
	const n = source.length;
	const plain = source.whole && n <= PLAIN_MOST;
	const body = useRef<HTMLTableSectionElement>(null);
	const { from, to } = useWindow(body, row, n, plain);
	const [at, setAt] = useState(-1);
	const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
	const [done, setDone] = useState<Done | null>(null);
	const anchor = useRef(-1);
	const preview = params.value.get("preview");
	const previewed = preview ? source.rows[source.at.get(preview) ?? -1] : undefined;
	const chosen = useMemo(() => source.rows.filter((r) => picked.has(r.id)), [picked, source.rows, source.rows.length]);

	useEffect(() => {
		document.title = `${placeWord(def)} — hikeshi`;
	}, [def, lang.value]);
	useEffect(() => {
		if (to > source.rows.length) void source.need(to + 200);
	}, [to, source]);
	useEffect(() => {
		lastList.value = { href: place.value.path + place.value.search, ids: source.rows.slice(0, 5000).map((r) => r.id) };
	}, [source.rows.length, source]);
	useEffect(() => {
		setAt(-1);
		setPicked(new Set());
	}, [source]);

	/* what the keys work on, current at each press */
	const now = useRef({ source, at, picked, preview, done });
	now.current = { source, at, picked, preview, done };
	const focusRow = useRef(false);
	const moveTo = (i: number, extend = false) => {
		const s = now.current;
		const last = s.source.rows.length - 1;
		const to = Math.min(last, Math.max(0, i));
		if (last < 0) return;
		if (extend) {
			if (anchor.current < 0) anchor.current = Math.max(0, s.at);
			setPicked(new Set([...s.picked, ...between(s.source.rows, anchor.current, to)]));
		} else anchor.current = -1;
		focusRow.current = true;
		setAt(to);
		if (s.preview) setParams({ preview: s.source.rows[to]!.id });
	};
	const toggle = (id: string) => setPicked((was) => {
		const next = new Set(was);
		if (!next.delete(id)) next.add(id);
		return next;
	});
	const undo = async () => {
		const d = now.current.done;
		if (!d?.undo) return;
		const back = await undoBulk(d.undo);
		setDone({ kind: "undone", ok: back.ok, failed: back.failed, undo: null, ids: d.ids });
		await now.current.source.reread(d.ids);
	};

	useLayoutEffect(() => {
		if (!focusRow.current || at < 0) return;
		focusRow.current = false;
		const top = (body.current?.getBoundingClientRect().top ?? 0) + at * row;
		if (!plain && (top < 130 || top + row > innerHeight - 80)) scrollBy(0, top < 130 ? top - 130 : top + row - innerHeight + 80);
		const link = document.querySelector<HTMLElement>(`[data-i="${at}"] a`);
		link?.focus({ preventScroll: !plain });
		if (!link) requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-i="${at}"] a`)?.focus({ preventScroll: true }));
	}, [at]);
	useEffect(() => {
		const take = (key: string): boolean => {
			const s = now.current;
			const here = s.source.rows[s.at];
			const el = document.activeElement;
			switch (key) {
			case "j":
			case "J":
				moveTo(s.at + 1, key === "J");
				return true;
			case "k":
			case "K":
				moveTo(s.at < 0 ? 0 : s.at - 1, key === "K");
				return true;
			case "ArrowDown":
			case "ArrowUp":
				if (!el?.closest("[data-i]")) return false;
				moveTo(s.at + (key === "ArrowDown" ? 1 : -1));
				return true;
			case "Escape":
				if (s.preview) setParams({ preview: null });
				else if (s.picked.size) setPicked(new Set());
				return !!s.preview || s.picked.size > 0;
			case "x":
				if (here && mayEdit(def)) toggle(here.id);
				return !!here;
			case " ":
				if (!here) return false;
				setParams({ preview: s.preview ? null : here.id });
				return true;
			case "o":
				if (here) go(`${homeOf(def)}/${here.id}`);
				return !!here;
			case "a":
			case "s": {
				if (!s.picked.size && here) setPicked(new Set([here.id]));
				requestAnimationFrame(() => document.querySelector<HTMLElement>(key === "a" ? "#bulk-assign" : "#bulk-step")?.focus());
				return s.picked.size > 0 || !!here;
			}
			case "z":
				void undo();
				return !!s.done?.undo;
			default:
				return false;
			}
		};
		return onKey(take);
	}, [def]);

	const total = source.total ?? source.rows.length;
	const counted = source.busy ? "" : source.total === null && !source.whole ? t().desk.atLeast(number(source.rows.length)) : t().desk.total(number(total));
	const mayPick = mayEdit(def) && !!me.value;
	const shown = source.rows.slice(from, to);
	return (
		<>
			<header class="page-head">
				<h1>{placeWord(def)}</h1>
				<span class="hint" role="status">{counted}{to > source.rows.length && !source.whole && ` · ${t().desk.reading(number(source.rows.length), number(total))}`}</span>
				<span class="grow" />
				{mayCreate(def) && <a class="button primary" href={`${homeOf(def)}/new`}><Icon name="plus" /> {t().form.create(say(def.label))}</a>}
			</header>
			<Views def={def} source={source} columns={columns} />
			<div class="deskbar">
				<FilterLine def={def} filter={filter} />
				{phone && <SortMenu def={def} columns={columns} />}
				<ColumnMenu def={def} columns={columns} />
			</div>
			<Outcome done={done} undo={undo} close={() => setDone(null)} />
			<ProblemBox problem={source.error} type={def} retry={() => source.retry()} />
			{source.busy && <Loading />}
			{!source.busy && !n && !source.error && <Nothing def={def} />}
			<div class={preview ? "withdrawer" : undefined}>
				{n > 0 && (
					<table class="grid list desk" aria-rowcount={total + 1} aria-label={t().list.caption(typeWord(def))}>
						<Head def={def} columns={columns} phone={phone} pick={mayPick ? {
							all: shown.length > 0 && shown.every((r) => picked.has(r.id)),
							toggle: (on) => setPicked(on ? new Set(source.rows.slice(0, BULK_MOST).map((r) => r.id)) : new Set()),
						} : null} />
						<tbody ref={body}>
							{from > 0 && <tr class="spacer" aria-hidden="true" style={{ height: `${from * row}px` }}><td /></tr>}
							{shown.map((r, i) => (
								<DeskRow key={r.id} def={def} rec={r} i={from + i} columns={columns} picked={picked.has(r.id)} at={at === from + i} previewed={r.id === preview} phone={phone}
									pick={mayPick ? toggle : null} enter={setAt} />
							))}
							{n > from + shown.length && <tr class="spacer" aria-hidden="true" style={{ height: `${(n - from - shown.length) * row}px` }}><td /></tr>}
						</tbody>
					</table>
				)}
				{preview && <Drawer def={def} id={preview} row={previewed} close={() => setParams({ preview: null })} />}
			</div>
			{picked.size > 0 && (
				<BulkBar def={def} rows={chosen} most={BULK_MOST} clear={() => setPicked(new Set())}
					onDone={(d) => {
						setDone(d);
						setPicked(new Set());
						void source.reread(d.ids);
					}} />
			)}
		</>
	);
}

function Nothing({ def }: { def: TypeDef }) {
	const hints = t().list.emptyHint as Record<string, string>;
	const slug = slugOf(def);
	const filtered = params.value.size > 0 && params.value.get("view") !== "all";

	if (filtered) return <Empty text={t().list.emptyFiltered}><a class="button" href={homeOf(def)}>{t().clearFilter}</a></Empty>;
	const open = !params.value.size;
	return (
		<Empty text={open ? t().desk.noneOpen : t().list.empty(say(def.label))} hint={hints[slug] ?? hints.other}>
			<p class="row">
				{mayCreate(def) && <a class="button" href={`${homeOf(def)}/new`}>{t().form.create(say(def.label))}</a>}
				{open && <a href={`${homeOf(def)}?view=all`}>{t().desk.view.all}</a>}
			</p>
		</Empty>
	);
}
