// SPDX-License-Identifier: Apache-2.0
/* store: what the desk asks of the server beyond what every record has: changes of many and their undoing, the values of
 * a text, how many; and the rows of a list, page by page. */
import { signal } from "@preact/signals";
import { get, list, post, type Problem } from "../../core/api";
import { apiOf, me } from "../../core/catalog";
import { listen } from "../../core/stream";
import type { Body, Known, ProblemBody, Rec, TypeDef } from "../../core/types";
import { fits, queryOf, type Filter } from "./window";

export interface BulkAnswer {
	ok: number;
	failed: { id: string; problem: ProblemBody }[];
	undo: string | null;
}
export function bulk(def: TypeDef, rows: Rec[], change: { set?: Body; step?: string }) {
	return post<BulkAnswer>(`${apiOf(def)}:bulk`, { select: { ids: rows.map((r) => r.id) }, ...change, if: { rev: Object.fromEntries(rows.map((r) => [r.id, r.version])) } });
}
export const undoBulk = (id: string) => post<BulkAnswer>(`/operations/${id}:undo`);

export interface Extracted extends Known {
	propose: boolean;
	at: number;
	length: number;
	defanged: boolean;
}
export const extract = (text: string) => post<{ items: Extracted[]; more: boolean }>("/extract", { text });

export const countOf = (def: TypeDef, f: Filter) => get<{ count: number; exact: boolean }>(`${apiOf(def)}/count`, queryOf(f, Date.now()));

/* ---- rows ---- */

const FIRST = 100;
const NEXT = 1000;
const ALWAYS = ["number", "title", "severity", "state", "tlp", "team", "circles", "assignee", "next_step_by", "due", "modified", "exercise", "language"];

/* The list the reader came from, for the previous and the next one on a record's page. */
export const lastList = signal<{ href: string; ids: string[] }>({ href: "", ids: [] });

/* Rows of one list, fetched page by page as far as somebody looks. Rows stay where they are while people read: what
 * changes is changed in its place, what is new comes on top. */
export class Rows {
	rows: Rec[] = [];
	at = new Map<string, number>();
	total: number | null = null;
	error: unknown = null;
	private next: string | null | undefined;
	private wanted = 0;
	private running = false;
	private stopped = false;
	private readonly changed = new Set<string>();
	private timer: ReturnType<typeof setTimeout> | undefined;
	private readonly hush: () => void;

	constructor(private def: TypeDef, private filter: Filter, private fields: string[], private tell: () => void, private sort = "") {
		this.hush = listen((e) => this.heard(e.name, e.data.id));
		void this.need(FIRST);
		void this.count();
	}
	stop() {
		this.stopped = true;
		clearTimeout(this.timer);
		this.hush();
	}
	get whole() {
		return this.next === null;
	}
	get busy() {
		return this.next === undefined && !this.error;
	}
	/* How long the list is, as far as known: rows that are not here yet included. */
	get length() {
		return this.whole ? this.rows.length : Math.max(this.rows.length, this.total ?? 0);
	}
	async need(upTo: number) {
		this.wanted = Math.max(this.wanted, upTo);
		if (this.running) return;
		this.running = true;
		try {
			while (!this.stopped && this.next !== null && this.rows.length < this.wanted) {
				const page = await this.page(this.next, this.rows.length ? NEXT : FIRST);
				this.add(page.items, false);
				this.next = page.next ?? null;
				this.error = null;
				if (!this.stopped) this.tell();
			}
		} catch (e) {
			this.error = e;
			if (!this.stopped) this.tell();
		}
		this.running = false;
	}
	retry() {
		this.error = null;
		void this.need(this.wanted);
	}
	/* After changes of one's own. */
	async reread(ids: string[]) {
		for (const id of ids) this.changed.add(id);
		await this.catchUp();
	}
	private page(cursor: string | null | undefined, limit: number) {
		return list<Rec>(apiOf(this.def), { ...queryOf(this.filter, Date.now()), limit, cursor: cursor ?? undefined, sort: this.sort || undefined, fields: [...new Set([...ALWAYS, ...this.fields])].join(",") });
	}
	private async count() {
		const n = await countOf(this.def, this.filter).catch(() => null);
		this.total = n?.exact ? n.count : null;
		if (!this.stopped) this.tell();
	}
	private add(items: Rec[], top: boolean) {
		const fresh: Rec[] = [];

		for (const r of items) {
			const i = this.at.get(r.id);
			if (i === undefined) fresh.push(r);
			else if (this.rows[i]!.version <= r.version) this.rows[i] = r;
		}
		if (!fresh.length) return;
		if (top) {
			this.rows = [...fresh, ...this.rows];
			this.index();
		} else
			for (const r of fresh) {
				this.at.set(r.id, this.rows.length);
				this.rows.push(r);
			}
	}
	/* In an order of its own the newest page is no news: it stands as the server says, the rest behind it. */
	private top(items: Rec[]) {
		if (!this.sort) return this.add(items, true);
		const here = new Set(items.map((r) => r.id));
		this.rows = [...items, ...this.rows.filter((r) => !here.has(r.id))];
		this.index();
	}
	private index() {
		this.at = new Map(this.rows.map((r, i) => [r.id, i]));
	}
	private heard(name: string, id: string | undefined) {
		if (name !== "reset" && name.split(".")[0] !== (this.def.plural ?? this.def.type)) return;
		if (id) this.changed.add(id);
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.catchUp().catch(() => {}), 150);
	}
	/* The newest page holds what changed last; what was changed and is not on it is asked for by itself. */
	private async catchUp() {
		const ids = [...this.changed];
		this.changed.clear();
		const page = await this.page(null, FIRST);
		if (this.stopped) return;
		if (this.whole || this.rows.length) this.top(page.items);
		if (this.next === undefined) this.next = page.next ?? null;
		const seen = new Set(page.items.map((r) => r.id));
		const missing = ids.filter((id) => !seen.has(id) && this.at.has(id)).slice(0, FIRST);
		await Promise.all(missing.map((id) => this.one(id)));
		const stay = this.rows.filter((r) => fits(r, this.filter, me.value?.person));
		if (stay.length !== this.rows.length) {
			this.rows = stay;
			this.index();
		}
		void this.count();
		if (!this.stopped) this.tell();
	}
	private async one(id: string) {
		try {
			this.add([await get<Rec>(`${apiOf(this.def)}/${encodeURIComponent(id)}`)], false);
		} catch (e) {
			if ((e as Problem).status !== 404) return;
			this.rows = this.rows.filter((r) => r.id !== id);
			this.index();
		}
	}
}
