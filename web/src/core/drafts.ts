// SPDX-License-Identifier: Apache-2.0
/* drafts: what somebody typed and did not send yet, kept on this device for that person until it is sent or thrown away.
 * A crash, a closed tab, a lost connection lose nothing. Kept for two weeks; all gone with signing out. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { me } from "./catalog";

const PREFIX = "hikeshi.draft.";
const KEPT_MS = 14 * 86400e3;
const LONGEST = 400_000; /* characters of one draft */

export interface Draft<T> {
	at: number;
	value: T;
}
const nameOf = (key: string) => `${PREFIX}${me.value?.email ?? ""} ${key}`;

/* Keeps a draft; false when the device cannot (full, forbidden): then the page has to ask before it is left. */
export function keepDraft(key: string, value: unknown): boolean {
	try {
		const text = JSON.stringify({ at: Date.now(), value });
		if (text.length > LONGEST) return false;
		localStorage.setItem(nameOf(key), text);
		return true;
	} catch {
		return false;
	}
}
export function draftOf<T>(key: string): Draft<T> | null {
	try {
		const d = JSON.parse(localStorage.getItem(nameOf(key)) ?? "null") as Draft<T> | null;
		return d && Date.now() - d.at < KEPT_MS ? d : null;
	} catch {
		return null;
	}
}
export function dropDraft(key: string) {
	localStorage.removeItem(nameOf(key));
}
const all = () => Object.keys(localStorage).filter((k) => k.startsWith(PREFIX));
export const draftCount = () => all().filter((k) => k.startsWith(nameOf(""))).length;
export function dropDrafts() {
	for (const k of all()) localStorage.removeItem(k);
}
/* Those that are too old to be wanted. */
export function tidyDrafts() {
	for (const k of all()) {
		try {
			if (Date.now() - (JSON.parse(localStorage.getItem(k)!) as Draft<unknown>).at >= KEPT_MS) localStorage.removeItem(k);
		} catch {
			localStorage.removeItem(k);
		}
	}
}

/* The text of one field that survives: [text, set, sent]. sent(text) forgets it unless more was typed meanwhile. */
export function useDraft(key: string): [string, (text: string) => void, (sent?: string) => void] {
	const [text, setText] = useState(() => draftOf<string>(key)?.value ?? "");
	const now = useRef(text);
	const at = useRef(key);

	now.current = text;
	useEffect(() => {
		if (at.current === key) return;
		at.current = key;
		setText(draftOf<string>(key)?.value ?? "");
	}, [key]);
	const set = useCallback((t: string) => {
		setText(t);
		if (t) keepDraft(key, t);
		else dropDraft(key);
	}, [key]);
	const sent = useCallback((t?: string) => {
		if (t !== undefined && now.current !== t) return;
		set("");
	}, [set]);
	return [text, set, sent];
}
