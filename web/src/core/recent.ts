// SPDX-License-Identifier: Apache-2.0
/* recent: the records somebody read last in this tab, for finding the way back. Kept only while the tab is open. */
import { me } from "./catalog";

export interface Read {
	href: string;
	title: string;
}
const KEY = "hikeshi.recent";
const MOST = 12;

export function recent(): Read[] {
	try {
		const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { who: string; items: Read[] } | null;
		return kept && kept.who === me.value?.email ? kept.items : [];
	} catch {
		return [];
	}
}
export function readNow(href: string, title: string) {
	const items = [{ href, title }, ...recent().filter((r) => r.href !== href)].slice(0, MOST);
	try {
		sessionStorage.setItem(KEY, JSON.stringify({ who: me.value?.email, items }));
	} catch {
		/* without room the palette shows none */
	}
}
