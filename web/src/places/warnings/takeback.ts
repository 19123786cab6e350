// SPDX-License-Identifier: Apache-2.0
/* takeback: answers of one's own that can still be taken back, by warning; they outlive a reload, not the tab. */
import { signal } from "@preact/signals";
import { undoOperation } from "../../core/undo";

export interface Given {
	undo: string;
	until: number;
}
const WITHIN_MS = 5 * 60 * 1000;
const KEY = "hikeshi.answers";

/* What of it is not too late at that time. */
export function standing(all: Record<string, Given>, now: number): Record<string, Given> {
	return Object.fromEntries(Object.entries(all).filter(([, g]) => g && typeof g.undo === "string" && g.until > now));
}
function read(): Record<string, Given> {
	try {
		return standing(JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, Given>, Date.now());
	} catch {
		return {};
	}
}
export const given = signal<Record<string, Given>>(typeof sessionStorage === "undefined" ? {} : read());

function keep(all: Record<string, Given>) {
	given.value = standing(all, Date.now());
	sessionStorage.setItem(KEY, JSON.stringify(given.value));
}
function later() {
	const next = Math.min(...Object.values(given.peek()).map((g) => g.until));
	if (Number.isFinite(next)) setTimeout(() => { keep(given.peek()); later(); }, Math.max(0, next - Date.now()) + 50);
}
later();
export function remember(warning: string, undo: string) {
	keep({ ...given.peek(), [warning]: { undo, until: Date.now() + WITHIN_MS } });
	later();
}
/* What became of it, in the words of the server. */
export async function takeBack(warning: string, undo: string): Promise<string> {
	try {
		return await undoOperation(undo);
	} finally {
		const { [warning]: mine, ...rest } = given.peek();
		keep(mine?.undo === undo ? rest : given.peek());
	}
}
