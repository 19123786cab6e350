// SPDX-License-Identifier: Apache-2.0
/* i18n: the words of the face. ja is the model, en must have the same keys with the same types. The other
 * language is a chunk of its own, fetched when it is wanted. */
import { signal } from "@preact/signals";
import type { Bilingual, Lang } from "../core/types";
import { speak } from "../core/api";
import type { ja } from "./ja";
import type { late as lateJa } from "./late.ja";

/* Those of places that no first page shows come with the first lazy screen (ui/lazy.tsx). */
export type Late = typeof lateJa;
export type Messages = typeof ja & Late;

export const lang = signal<Lang>("ja");
export const messages = signal<Messages | null>(null);

const KEY = "hikeshi.language";

export function preferred(): Lang {
	const kept = localStorage.getItem(KEY);

	if (kept === "ja" || kept === "en") return kept;
	return navigator.languages.some((l) => l.toLowerCase().startsWith("ja")) ? "ja" : "en";
}

let late: Promise<void> | null = null;
const lateOf = async (l: Lang): Promise<Late> => (l === "ja" ? (await import("./late.ja")).late : (await import("./late.en")).late);

/* Once; a change of language brings them along. Tried again where they could not be had. */
export function lateWords(): Promise<void> {
	const l = lang.value;

	return (late ??= lateOf(l).then(
		(more) => {
			if (lang.value === l) messages.value = { ...t(), ...more };
		},
		(e) => {
			late = null;
			throw e;
		},
	));
}

export async function useLanguage(l: Lang, keep = true) {
	const first = async () => (l === "ja" ? (await import("./ja")).ja : (await import("./en")).en);
	const [m, more] = await Promise.all([first(), late && lateOf(l)]);

	messages.value = { ...m, ...more } as Messages;
	lang.value = l;
	speak(l);
	document.documentElement.lang = l;
	if (keep) localStorage.setItem(KEY, l);
}

/* The messages; only called below the shell, which waits for them. */
export function t(): Messages {
	return messages.value as Messages;
}

/* A label of the catalogue in the reader's language. */
export function say(b: Bilingual | string | null | undefined, fallback = ""): string {
	if (!b) return fallback;
	if (typeof b === "string") return b;
	return b[lang.value] || b.ja || b.en || fallback;
}
