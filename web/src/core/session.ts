// SPDX-License-Identifier: Apache-2.0
/* session: who is signed in, the reader's own settings, and what has to be loaded before a page can be drawn. */
import { signal } from "@preact/signals";
import { anonymous, del, setMe, waiting } from "./api";
import { draftCount, dropDrafts, tidyDrafts } from "./drafts";
import { loadCatalog, loadDirectory, me } from "./catalog";
import { t, useLanguage } from "../i18n";
import { startStream, stopStream } from "./stream";
import type { Lang, Me } from "./types";

export type Theme = "auto" | "light" | "dark";
const kept = (key: string) => localStorage.getItem(`hikeshi.${key}`);

export const theme = signal<Theme>((kept("theme") as Theme) || "auto");
export const singleKeys = signal(kept("keys") !== "off");

export function setTheme(v: Theme) {
	theme.value = v;
	localStorage.setItem("hikeshi.theme", v);
	document.documentElement.dataset.theme = v;
}
export function setKeys(on: boolean) {
	singleKeys.value = on;
	localStorage.setItem("hikeshi.keys", on ? "on" : "off");
}
export async function setLanguage(l: Lang) {
	await useLanguage(l);
	if (me.value) {
		me.value = { ...me.value, language: l };
		await setMe({ language: l }).catch(() => {});
		void loadDirectory();
	}
}

async function enter(m: Me) {
	me.value = m;
	if (m.language === "ja" || m.language === "en") await useLanguage(m.language);
	await loadCatalog();
	void loadDirectory();
	startStream();
	tidyDrafts();
}

/* At the start: a session may still be there. */
export async function resume() {
	try {
		await enter(await anonymous<Me>("/me"));
	} catch {
		me.value = null;
	}
}
export async function signIn(email: string, password: string, otp: string) {
	const before = me.value;
	let m = await anonymous<Me | undefined>("/session", "POST", otp ? { email, password, otp } : { email, password });

	m = m?.team ? m : await anonymous<Me>("/me");
	if (before && before.email !== m.email) {
		location.reload();
		return;
	}
	if (!before) await enter(m);
	waiting.value?.retry();
}
/* A link made for one sign-in, /sign-in#SECRET: the part after # reaches no server's log. It is kept until a password was
 * chosen on the page it opens. */
export const link = signal("");
export function takeLink() {
	const token = decodeURIComponent(location.hash.slice(1));

	if (location.pathname !== "/sign-in" || !token) return;
	history.replaceState(null, "", "/");
	dispatchEvent(new PopStateEvent("popstate"));
	link.value = token;
}
export async function signInByLink(password: string, otp: string) {
	const m = await anonymous<Me | undefined>("/session", "POST", { token: link.value, password, ...(otp && { otp }) });

	await enter(m?.team ? m : await anonymous<Me>("/me"));
	link.value = "";
}
export async function leaveLink() {
	await resume();
	link.value = "";
}
export async function signOut() {
	const typed = draftCount();
	if (typed && !confirm(t().dropDrafts(typed))) return;
	dropDrafts();
	sessionStorage.clear();
	stopStream();
	await del("/session").catch(() => {});
	location.assign("/");
}
