// SPDX-License-Identifier: Apache-2.0
/* units: the face's pure parts without a browser: merge patches, the event stream's wire format, defanging, what
 * counts as a value in a search, the contrast of the colours. Properties first, over small random cases. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { finish, ok } from "./lib.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, "../../web");
const require = createRequire(join(web, "package.json"));
const { build } = require("esbuild");

const built = await build({
	stdin: {
		contents: `export * from "./src/core/merge"; export { parseEvents } from "./src/core/stream"; export { defang } from "./src/ui/basics";
			export { valuesIn } from "./src/core/values"; export { ja } from "./src/i18n/ja"; export { en } from "./src/i18n/en";`,
		resolveDir: web,
		loader: "ts",
	},
	bundle: true,
	write: false,
	format: "esm",
	jsx: "automatic",
	jsxImportSource: "preact",
	logLevel: "error",
});
/* the little of a browser that is touched while loading */
const nothing = { addEventListener() {}, getItem: () => null, setItem() {} };
Object.assign(globalThis, { localStorage: nothing, location: { pathname: "/", search: "", hash: "" }, document: nothing, setInterval: () => 0 });
const face = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString("base64")}`);
const { makePatch, applyPatch, prune, same, leaves, at, parseEvents, defang, valuesIn, ja, en } = face;

/* ---- merge patches ---- */
let seed = 7;
const random = (n) => {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor((seed / 2147483648) * n);
};
function anything(depth) {
	const kind = random(depth > 0 ? 7 : 4);
	if (kind === 0) return random(5);
	if (kind === 1) return ["", "x", "火", "a\nb"][random(4)];
	if (kind === 2) return random(2) === 1;
	if (kind === 3) return null;
	if (kind === 4) return Array.from({ length: random(3) }, () => anything(depth - 1));
	return Object.fromEntries(Array.from({ length: random(4) }, () => ["abcd"[random(4)], anything(depth - 1)]));
}
const body = () => Object.fromEntries(Array.from({ length: 4 }, () => ["abcd"[random(4)], anything(3)]));
let bad = "";
for (let i = 0; i < 5000 && !bad; i++) {
	const a = prune(body()) ?? {};
	const b = prune(body()) ?? {};
	const p = makePatch(a, b);
	if (!same(prune(applyPatch(a, p)) ?? {}, b)) bad = JSON.stringify([a, b, p]);
	if (same(a, b) !== (Object.keys(p).length === 0)) bad = `empty: ${JSON.stringify([a, b, p])}`;
	for (const ptr of leaves(p)) if (!ptr.startsWith("/")) bad = `pointer ${ptr}`;
}
ok("a patch made between two records leads from one to the other", !bad, bad);
ok("a patch names only what changed", same(makePatch({ a: 1, w: { x: 1, y: 2 } }, { a: 1, w: { x: 1, y: 3 } }), { w: { y: 3 } }));
ok("what is emptied is removed", same(makePatch({ a: "x", l: [1] }, { a: "", l: [] }), { a: null, l: null }) && makePatch({ a: "x" }, { a: "" }).a === null);
ok("a pointer finds its value", at({ w: { l: [{ t: "v" }] } }, "/w/l/0/t") === "v");

/* ---- the stream ---- */
const wire = ': ping\n\nevent: hello\ndata: {"build":"b1"}\n\nid: 7\nevent: incidents.updated\ndata: {"id":"x","version":2}\n\nevent: reset\ndata: {}\n\n';
const whole = JSON.stringify(parseEvents(wire).events);
bad = "";
for (const text of [wire, wire.replaceAll("\n", "\r\n")]) {
	for (let cut = 0; cut <= text.length && !bad; cut++) {
		const first = parseEvents(text.slice(0, cut));
		const second = parseEvents(first.rest + text.slice(cut));
		if (JSON.stringify([...first.events, ...second.events]) !== whole && !text.includes("\r")) bad = `cut at ${cut}`;
	}
}
ok("events come out the same wherever the bytes are cut", !bad, bad);
ok("three events, the comment is none", parseEvents(wire).events.length === 3 && parseEvents(wire).events[1].id === "7");
ok("a broken event is passed over", parseEvents('event: a\ndata: {"x\n\nevent: b\ndata: {}\n\n').events.length === 1);

/* ---- values ---- */
const rows = [
	["https://evil.example/a.b?c=d.e", "hxxps://evil[.]example/a.b?c=d.e"],
	["evil.example", "evil[.]example"],
	["203.0.113.7", "203[.]0[.]113[.]7"],
	["2001:db8::1", "2001[:]db8::1"],
	["a@evil.example", "a[@]evil[.]example"],
	["198.51.100.0/24", "198[.]51[.]100[.]0/24"],
	["evil[.]example", "evil[.]example"],
	["ab".repeat(32), "ab".repeat(32)],
	["CVE-2026-12345", "CVE-2026-12345"],
	["事務局からの連絡", "事務局からの連絡"],
];
for (const [value, want] of rows) ok(`defanged: ${value.slice(0, 40)}`, defang(value) === want, `${defang(value)} instead of ${want}`);
ok("nothing defanged still looks like a link", rows.every(([v]) => !/https?:\/\//.test(defang(v))));
ok("defanging twice changes nothing more", rows.every(([v]) => defang(defang(v)) === defang(v)), rows.map(([v]) => defang(defang(v))).join("\n"));
ok("values in a search, words left out", same(valuesIn("不審な通信 evil[.]example と 203.0.113.7 INC-2026-00012 を見た"), ["evil[.]example", "203.0.113.7"]), valuesIn("不審な通信 evil[.]example と 203.0.113.7 INC-2026-00012 を見た").join());

/* ---- the words ---- */
const kinds = (o, path = "") => Object.entries(o).flatMap(([k, v]) => (typeof v === "object" && v ? kinds(v, `${path}.${k}`) : [`${path}.${k}:${typeof v}:${typeof v === "function" ? v.length : v.length > 0}`]));
const [a, b] = [kinds(ja), kinds(en)];
ok("both languages have the same words", same(a, b), a.filter((x) => !b.includes(x)).concat(b.filter((x) => !a.includes(x))).join("\n"));
const kana = /[\u3040-\u30ff]/;
const strings = (o) => Object.values(o).flatMap((v) => (typeof v === "object" && v ? strings(v) : typeof v === "string" ? [v] : []));
ok("no kana in the English words", !strings(en).some((s) => kana.test(s)), strings(en).filter((s) => kana.test(s)).join("\n"));

/* ---- the colours ---- */
const css = readFileSync(join(web, "src/css/tokens.css"), "utf8");
const tokens = Object.fromEntries([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((m) => [m[1], [m[2], m[3]]]));
const luminance = (hex) => {
	const [r, g, bl] = [1, 3, 5].map((i) => {
		const v = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
		return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
};
const contrast = (x, y) => {
	const [hi, lo] = [luminance(x), luminance(y)].sort((p, q) => q - p);
	return (hi + 0.05) / (lo + 0.05);
};
const grounds = ["bg", "surface", "ai-soft", "hover", "bad-soft", "warn-soft", "ok-soft"];
const low = [];
for (const theme of [0, 1]) {
	for (const ink of ["ink", "ink-2", "ai", "ok", "bad", "high"]) for (const g of grounds) {
		const c = contrast(tokens[ink][theme], tokens[g][theme]);
		if (c < 4.5) low.push(`${ink} on ${g}, ${theme ? "dark" : "light"}: ${c.toFixed(2)}`);
	}
	for (const ink of ["ink-3", "medium", "low"]) for (const g of ["bg", "surface", "ai-soft"]) {
		const c = contrast(tokens[ink][theme], tokens[g][theme]);
		if (c < 4.5) low.push(`${ink} on ${g}, ${theme ? "dark" : "light"}: ${c.toFixed(2)}`);
	}
	for (const [ink, g] of [["on-ai", "ai"], ["on-crit", "crit"]]) if (contrast(tokens[ink][theme], tokens[g][theme]) < 4.5) low.push(`${ink} on ${g}`);
	for (const g of ["bg", "surface", "ai-soft"]) for (const line of ["line-strong", "focus"]) if (contrast(tokens[line][theme], tokens[g][theme]) < 3) low.push(`${line} on ${g}`);
}
ok("text keeps 4.5:1 and controls 3:1 on every ground, light and dark", low.length === 0, low.join("\n"));

process.exit(finish());
