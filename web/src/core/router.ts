// SPDX-License-Identifier: Apache-2.0
/* router: the address is the state. Plain links work; those inside the face are followed without a reload. */
import { computed, signal } from "@preact/signals";

const here = () => ({ path: location.pathname, search: location.search });

export const place = signal(here());
export const params = computed(() => new URLSearchParams(place.value.search));

/* Asked before leaving a page with unsaved text; returns false to stay. */
let guard: (() => boolean) | null = null;
export function guardLeaving(fn: (() => boolean) | null) {
	guard = fn;
}

let current = location.pathname + location.search;
export function go(to: string, replace = false) {
	if (to === current && !replace) return;
	if (guard && !replace && to.split("?")[0] !== location.pathname && !guard()) return;
	if (to.split("?")[0] !== location.pathname) guard = null;
	if (replace) history.replaceState(null, "", to);
	else history.pushState(null, "", to);
	const moved = to.split("?")[0] !== current.split("?")[0];
	current = to;
	place.value = here();
	if (moved) {
		scrollTo(0, 0);
		queueMicrotask(() => document.getElementById("main")?.focus({ preventScroll: true }));
	}
}

/* Changes single parameters of the present address; an empty value takes one away. */
export function setParams(change: Record<string, string | null>) {
	const q = new URLSearchParams(place.value.search);

	for (const [k, v] of Object.entries(change)) {
		if (v) q.set(k, v);
		else q.delete(k);
	}
	const text = q.toString();
	go(place.value.path + (text ? `?${text}` : ""), true);
}

const OURS = /^\/(?!api\/|assets\/|report(\/|$|\?)|files\/|taxii2\/|misp\/|\.well-known\/|healthz|metrics|rfc2350)/;

export function startRouter() {
	addEventListener("popstate", () => {
		if (guard && location.pathname !== current.split("?")[0]) {
			if (!guard()) return history.pushState(null, "", current);
			guard = null;
		}
		current = location.pathname + location.search;
		place.value = here();
	});
	addEventListener("beforeunload", (e) => {
		if (guard) e.preventDefault();
	});
	document.addEventListener("click", (e) => {
		if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
		const a = (e.target as Element).closest?.("a[href]") as HTMLAnchorElement | null;
		if (!a || a.target || a.hasAttribute("download") || a.origin !== location.origin) return;
		const to = a.pathname + a.search;
		if (!OURS.test(to) || (a.hash && a.pathname === location.pathname)) return;
		e.preventDefault();
		go(to);
	});
}
