// SPDX-License-Identifier: Apache-2.0
/* keys: single keys, off while anything is typed or composed, in dialogs, and when the reader switched them
 * off. A screen may take keys of its own with onKey. */
import { signal } from "@preact/signals";
import { go } from "./router";
import { singleKeys } from "./session";

export const helpOpen = signal(false);

type Taker = (key: string) => boolean;
const takers: Taker[] = [];
export function onKey(fn: Taker): () => void {
	takers.push(fn);
	return () => void takers.splice(takers.indexOf(fn), 1);
}

const PLACES: Record<string, string> = { t: "/", r: "/reports", i: "/incidents", w: "/warnings", n: "/indicators", d: "/members" };
const typing = (e: KeyboardEvent) => {
	const el = e.target as HTMLElement;
	return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button)$/.test((el as HTMLInputElement).type);
};
const press = (selector: string) => {
	const el = document.querySelector<HTMLElement>(selector);
	el?.click();
	return !!el;
};
const focus = (selector: string) => {
	const el = document.querySelector<HTMLElement>(selector);
	el?.focus();
	return !!el;
};

/* J and K: the main link of the next or previous row. */
function move(by: number): boolean {
	const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];

	if (!rows.length) return false;
	const now = rows.findIndex((r) => r.contains(document.activeElement));
	const row = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
	const link = row?.querySelector<HTMLElement>("a[href], button");
	link?.focus();
	row?.scrollIntoView({ block: "nearest" });
	return true;
}

let prefix = 0;
function single(key: string): boolean {
	const afterG = Date.now() - prefix < 1500;

	prefix = 0;
	if (afterG && PLACES[key]) {
		go(PLACES[key]!);
		return true;
	}
	for (const fn of [...takers].reverse()) if (fn(key)) return true;
	switch (key) {
	case "g":
		prefix = Date.now();
		return true;
	case "j":
		return move(1);
	case "k":
		return move(-1);
	case "/":
		return focus("#filter") || focus("#q");
	case "u":
		return press("[data-back]");
	case "e":
		return press("[data-edit]");
	case "w":
		return press("[data-warn]");
	case "n":
		return focus("#note");
	case "c":
		go("/incidents/new");
		return true;
	case "?":
		helpOpen.value = true;
		return true;
	default:
		return false;
	}
}

export function startKeys() {
	document.addEventListener("keydown", (e) => {
		if (e.isComposing || e.keyCode === 229) return;
		if ((e.ctrlKey || e.metaKey) && !e.altKey) {
			if (e.key === "k") {
				e.preventDefault();
				go("/search");
				setTimeout(() => focus("#q"), 50);
			} else if (e.key === "Enter") {
				const form = (e.target as HTMLElement).closest?.("form");
				if (form) {
					e.preventDefault();
					form.requestSubmit();
				}
			}
			return;
		}
		if (e.altKey || e.metaKey || e.ctrlKey || !singleKeys.value || typing(e) || document.querySelector("dialog[open]")) return;
		if (e.key.length === 1 && single(e.key.toLowerCase())) e.preventDefault();
	});
}
