// SPDX-License-Identifier: Apache-2.0
/* keys: single keys, off while anything is typed or composed, in dialogs, and when the reader switched them off.
 * What a key does is on the page: an element says aria-keyshortcuts="a" and is pressed (or focused, if one types in it);
 * one in the row that has the focus comes before one of the page. A screen may take keys of its own with onKey. */
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { notice, undoLast } from "./notices";
import { HELP, ownPlaces, places } from "./places";
import { go } from "./router";
import { singleKeys } from "./session";

export const helpOpen = signal(false);
export const paletteOpen = signal(false);

type Taker = (key: string) => boolean;
const takers: Taker[] = [];
export function onKey(fn: Taker): () => void {
	takers.push(fn);
	return () => void takers.splice(takers.indexOf(fn), 1);
}

const typing = (e: KeyboardEvent) => {
	const el = e.target as HTMLElement;
	return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button)$/.test((el as HTMLInputElement).type);
};
const seen = (el: HTMLElement) => el.getClientRects().length > 0;
/* Presses what the selector finds first, or goes into it where one types. */
function use(selector: string, within: ParentNode = document): boolean {
	const el = [...within.querySelectorAll<HTMLElement>(selector)].find(seen);

	if (!el) return false;
	if (el.matches("input:not([type=checkbox]),textarea,select")) el.focus();
	else el.click();
	return true;
}
const rowNow = () => document.activeElement?.closest<HTMLElement>("[data-row]") ?? null;

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
/* The tab before or after the present one. */
function view(by: number): boolean {
	const tabs = [...document.querySelectorAll<HTMLElement>(".tabs a")];
	const to = tabs[tabs.findIndex((x) => x.getAttribute("aria-current")) + by];
	to?.click();
	return !!to;
}
async function copyLink() {
	const href = rowNow()?.querySelector<HTMLAnchorElement>("a[href]")?.href ?? location.href;
	await navigator.clipboard.writeText(href);
	notice(t().copiedLink);
}

/* Keys that any page has, unless something on it says the key is its own. */
const COMMON: Record<string, () => boolean> = {
	j: () => move(1),
	k: () => move(-1),
	ArrowDown: () => !!rowNow() && move(1),
	ArrowUp: () => !!rowNow() && move(-1),
	o: () => !!rowNow() && use("a[href]", rowNow()!),
	"/": () => use("#filter") || use("#q"),
	u: () => use("[data-back]"),
	Escape: () => use("[data-back]"),
	e: () => use("[data-edit]"),
	w: () => use("[data-warn]"),
	n: () => use("#note"),
	"[": () => view(-1),
	"]": () => view(1),
	y: () => (void copyLink(), true),
	Y: () => use(".copy", rowNow() ?? document),
	z: () => undoLast() || use("[data-undo]"),
	c: () => (go("/incidents/new"), true),
	"?": () => (helpOpen.value = true),
};

let prefix = 0;
function single(key: string): boolean {
	const afterG = Date.now() - prefix < 1500;
	const row = rowNow();
	const own = `[aria-keyshortcuts~="${CSS.escape(key === " " ? "Space" : key.length > 1 ? key : key.toLowerCase())}"]`;

	prefix = 0;
	if (afterG) {
		const to = [...places(), ...ownPlaces(), HELP].find((p) => p.go === key);
		if (to) go(to.href);
		return !!to;
	}
	for (const fn of [...takers].reverse()) if (fn(key)) return true;
	if (key === "g") {
		prefix = Date.now();
		return true;
	}
	if (key !== "Y" && ((row && use(own, row)) || use(own))) return true;
	return COMMON[key]?.() ?? COMMON[key.toLowerCase()]?.() ?? false;
}

/* A menu lies over the page: it closes when one goes on, by Tab or by mouse, or with Escape. */
function closeMenus(e: Event) {
	if (e.type === "focusin") for (const said of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) if (!said.contains(e.target as Node) && said.previousElementSibling !== e.target && said.getAttribute("popover") === "auto") said.hidePopover();
	for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
		if (e.type === "keydown" ? (e as KeyboardEvent).key !== "Escape" : menu.contains(e.target as Node)) continue;
		const inside = menu.contains(document.activeElement);
		menu.open = false;
		if (e.type !== "keydown" || !inside) continue;
		e.preventDefault();
		menu.querySelector("summary")?.focus();
	}
}

const WHOLE = new Set(["ArrowDown", "ArrowUp", "Escape"]);
export function startKeys() {
	for (const type of ["focusin", "pointerdown", "keydown"]) document.addEventListener(type, closeMenus);
	document.addEventListener("keydown", (e) => {
		if (e.isComposing || e.keyCode === 229 || e.defaultPrevented) return;
		if ((e.ctrlKey || e.metaKey) && !e.altKey) {
			if (e.key.toLowerCase() === "k" && !e.shiftKey) {
				e.preventDefault();
				paletteOpen.value = true;
			} else if (e.key === "Enter") {
				const form = (e.target as HTMLElement).closest?.("form");
				if (form) {
					e.preventDefault();
					form.requestSubmit();
				}
			}
			return;
		}
		if (e.altKey || !singleKeys.value || typing(e) || document.querySelector("dialog[open], [popover]:popover-open")) return;
		if (e.key === " " && (e.target as HTMLElement).closest("button, summary, input, [role=group][tabindex]")) return;
		if ((e.key.length === 1 || WHOLE.has(e.key)) && single(e.key)) e.preventDefault();
	});
}
