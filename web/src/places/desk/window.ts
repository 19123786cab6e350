// SPDX-License-Identifier: Apache-2.0
/* window: which rows of a long list are on the screen, and the filter of a list as its address says it. Pure. */

/* Below this many rows all are real, so that the browser's own search and printing work. */
export const PLAIN_MOST = 1000;

export function windowOf(top: number, height: number, row: number, n: number, over = 14): { from: number; to: number } {
	const from = Math.min(Math.max(0, Math.floor(top / row) - over), n);
	return { from, to: Math.max(from, Math.min(n, Math.ceil((top + height) / row) + over)) };
}

export const FILTERS = ["state", "severity", "assignee", "team", "due", "q"] as const;
export type Filter = Partial<Record<(typeof FILTERS)[number], string>>;

/* Of several values of one name, one taken away or added. */
export function toggled(list: string | undefined, value: string): string {
	const have = (list ?? "").split(",").filter(Boolean);
	return (have.includes(value) ? have.filter((x) => x !== value) : [...have, value]).join(",");
}

const HOURS: Record<string, number> = { over: 0, "24h": 24, "7d": 168 };
/* What the server is asked: words of time become times. */
export function queryOf(f: Filter, now: number): Record<string, string> {
	const { due, ...rest } = f;
	const out = Object.fromEntries(Object.entries(rest).filter(([, v]) => v)) as Record<string, string>;

	if (due && due in HOURS) out.due_before = `${new Date(now + HOURS[due]! * 3600e3).toISOString().slice(0, 19)}Z`;
	return out;
}

/* Whether a record that changed still belongs into the list; what only the server can tell does. */
export function fits(r: { state?: string | null; severity?: string | null; assignee?: unknown }, f: Filter, me: string | null | undefined): boolean {
	const among = (list: string | undefined, v: unknown) => !list || list.split(",").includes(String(v ?? ""));
	const who = f.assignee === "me" ? (me ?? "") : f.assignee;
	return among(f.state, r.state) && among(f.severity, r.severity) && (!who || (who === "none" ? !r.assignee : r.assignee === who));
}

/* Ids from one row to another, both included. */
export function between<T extends { id: string }>(rows: T[], a: number, b: number): string[] {
	return rows.slice(Math.min(a, b), Math.max(a, b) + 1).map((r) => r.id);
}

const SORTS: Record<string, string> = { number: "number", title: "title", severity: "severity", state: "state", modified: "modified", created: "created", due: "due", next_step_by: "due" };
/* What the server calls the order of a column, with or without a direction; nothing where there is none. */
export const sortName = (column: string): string => SORTS[column.replace(/^-/, "")] ?? "";

/* What one wants to see first: the gravest, the newest; else the smallest. */
const DOWN_FIRST = new Set(["severity", "modified", "created"]);
/* The order after a press on a column: its first direction, the other, the list's own. */
export function nextSort(now: string, by: string): string {
	const first = DOWN_FIRST.has(by) ? `-${by}` : by;
	const other = DOWN_FIRST.has(by) ? by : `-${by}`;
	return now === first ? other : now === other ? "" : first;
}
