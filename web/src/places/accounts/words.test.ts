// SPDX-License-Identifier: Apache-2.0
/* words: both languages say the same, in the words of the glossary; each setting has its meaning. */
import { same } from "../../core/merge";
import { findings } from "../../i18n/terms.test";
import type { Check } from "../../test";
import { agentName } from "./agent";
import { en } from "./en";
import { ja } from "./ja";

const kinds = (o: object, path = ""): string[] => Object.entries(o).flatMap(([k, v]) => (typeof v === "object" && v ? kinds(v, `${path}.${k}`) : [`${path}.${k}:${typeof v}`]));
const texts = (o: object): string[] => Object.values(o).flatMap((v) => (typeof v === "string" ? [v] : typeof v === "function" ? [String(v("A", 2))] : v && typeof v === "object" ? texts(v) : []));

export default function (ok: Check) {
	ok("both languages have the same words", same(kinds(ja), kinds(en)));
	const bad = [...texts(ja).flatMap((x) => findings("ja", x, "ja")), ...texts(en).flatMap((x) => findings("en", x, "en"))];
	ok("in the words of the glossary", bad.length === 0, bad.join("\n"));
	for (const [agent, name] of [
		["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"],
		["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge, Windows"],
		["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari, macOS"],
		["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36", "Chrome, Android"],
		["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iOS"],
		["curl/7.88.1", "curl/7.88.1"],
		["", ""],
	]) ok(`what a browser calls itself: ${name || "nothing"}`, agentName(agent!) === name, agentName(agent!));
}
