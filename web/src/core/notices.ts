// SPDX-License-Identifier: Apache-2.0
/* notices: short news and, while nothing of it has left the node, the way back. What they look like: ui/notices. */
import { signal } from "@preact/signals";
import { t } from "../i18n";

export interface Notice {
	id: number;
	text: string;
	undo?: () => Promise<unknown>;
}
const SHOWN_MS = 6000;
const UNDO_MS = 20000;
export const notices = signal<Notice[]>([]);
export const held = signal(false);
let last = 0;

export const drop = (id: number) => {
	notices.value = notices.value.filter((n) => n.id !== id);
};
function later(id: number, ms: number) {
	setTimeout(() => (held.peek() ? later(id, 1000) : drop(id)), ms);
}
/* undo: takes back what the notice tells of; the words it may give say what became of it elsewhere. */
export function notice(text: string, undo?: () => Promise<unknown>) {
	const id = ++last;

	notices.value = [...notices.value.slice(-2), { id, text, undo }];
	later(id, undo ? UNDO_MS : SHOWN_MS);
}
export async function back(n: Notice) {
	drop(n.id);
	try {
		const said = await n.undo?.();
		notice(typeof said === "string" && said ? said : t().undone);
	} catch (e) {
		notice(t().notUndone((e as Error).message));
	}
}
/* Takes back the newest thing that can be; false when there is none. */
export function undoLast(): boolean {
	const n = [...notices.value].reverse().find((x) => x.undo);

	if (n) void back(n);
	return !!n;
}
