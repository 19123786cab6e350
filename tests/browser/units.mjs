// SPDX-License-Identifier: Apache-2.0
/* units: the face's pure parts without a browser: every *.test.ts of web/src, bundled and run; and the contrast of the
 * colours, computed from the tokens. */
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { contrast as contrastOf, distance, KINDS, seen } from "./common/vision.mjs";
import { finish, ok } from "./lib.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, "../../web");
const require = createRequire(join(web, "package.json"));
const { build } = require("esbuild");

/* the little of a browser that is touched while loading */
const nothing = { addEventListener() {}, getItem: () => null, setItem() {}, documentElement: {} };
Object.assign(globalThis, { localStorage: nothing, sessionStorage: nothing, location: { pathname: "/", search: "", hash: "" }, document: nothing, setInterval: () => 0 });
/* what people read that is not in web/: the help, and the labels and hints of the catalogue */
const outside = [];
for (const f of readdirSync(join(here, "../../docs/help")).filter((f) => f.endsWith(".md"))) outside.push({ name: f, text: readFileSync(join(here, "../../docs/help", f), "utf8").replace(/\]\([^)]*\)/g, "]"), lang: f.includes(".ja.") ? "ja" : "en" });
for (const f of readdirSync(join(here, "../../catalog"), { recursive: true }).filter((f) => f.endsWith(".json"))) {
	JSON.parse(readFileSync(join(here, "../../catalog", f), "utf8"), (key, value) => {
		if (value && typeof value.ja === "string") outside.push({ name: f, text: value.ja, lang: "ja" }, { name: f, text: String(value.en), lang: "en" });
		return value;
	});
}
/* what readers and writers of formats say of a file, from their sources: % for what differs */
const SAY = /\b(?:reading_refuse|reading_loss|writer_loss|on_loss|result_loss|json_bad|unreadable|fail_file|refuse)\(|\b(?:\w*loss|reason|what|why_not)\b[^=!<>]*\s=\s|why_set\([^,]*, ERR_(?:INVALID|LIMIT),|return (?:STR\()?"|\? NULL\s*: "|snprintf\((?:what|room),|FORMAT_\w+\] = /;
const said = new Set();
for (const [folder, names] of [["formats", /^(?:\w+_read|reading|loose|formats|misp_write|flat_write|stix_face|stix_write)\.c$/], ["team", /^import(?:_batch|_path|_result)?\.c$/], ["base", /^json_(?:scan|parse|cursor)\.c$/], ["intel", /^canonical\.c$/]]) {
	const dir = join(here, "../../src", folder);
	for (const f of readdirSync(dir).filter((x) => names.test(x))) {
		const text = readFileSync(join(dir, f), "utf8").replace(/\/\*[\s\S]*?\*\//g, "").replace(/"\s*"/g, "");
		for (const statement of text.split(/[;{}]\n|,\n(?=\s*\[FORMAT)/)) if (SAY.test(statement)) {
			for (const m of statement.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
				const bare = m[1].replace(/%(?:\.\*|0?\d*)(?:ll|l|z)?[sduxc]/g, "%");
				if (/[a-z]{2}/.test(bare) && / |^no/.test(bare)) said.add(bare + (/json_bad\(/.test(statement) ? " at byte %" : /ret->loss =/.test(statement) ? " (%)" : ""));
			}
		}
	}
}
const tests = readdirSync(join(web, "src"), { recursive: true }).filter((f) => /\.test\.tsx?$/.test(f)).sort();
ok("there are tests beside the sources", tests.length > 4);
for (const file of tests) {
	const built = await build({
		entryPoints: [join(web, "src", file)],
		bundle: true,
		write: false,
		format: "esm",
		jsx: "automatic",
		jsxImportSource: "preact",
		loader: { ".md": "text" },
		define: { SPRITE: '""', DEBUG: "false" },
		logLevel: "error",
	});
	const { default: run } = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].text).toString("base64")}`);
	await run((what, good, detail) => ok(`${file}: ${what}`, good, detail), outside, [...said]);
}

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

/* ---- the same for other eyes ----
 * What stands as text is read in every kind of vision: 4.5:1 for what we choose. FIRST has chosen the colours of TLP: its
 * red on black is 3.7:1 without red cones, which is enough for bold letters only by the rule for large text (3:1); the chip
 * therefore always has the whole label as its text. Colour alone tells nothing: high and medium are one colour without red
 * cones, and so are right and wrong without green ones (printed below), so each has a word and a shape of its own, which
 * the browser suites check. What colour does say must be seen at a glance where it is seen at all: ten of CIEDE2000, about
 * four times what is just noticed side by side. */
const TLP = { red: "#ff2b2b", amber: "#ffc000", green: "#33ff00", clear: "#ffffff" };
const dim = [];
const alike = [];
for (const kind of Object.keys(KINDS)) for (const theme of [0, 1]) {
	const name = (what) => `${what}, ${kind}, ${theme ? "dark" : "light"}`;
	const eye = (token) => seen(tokens[token][theme], kind);
	for (const ink of ["ink", "ink-2", "ink-3", "ai", "ok", "bad", "high", "medium", "low"]) for (const g of ["bg", "surface"]) if (contrastOf(eye(ink), eye(g)) < 4.5) dim.push(name(`${ink} on ${g}`));
	for (const [ink, g] of [["on-crit", "crit"], ["on-ai", "ai"]]) if (contrastOf(eye(ink), eye(g)) < 4.5) dim.push(name(`${ink} on ${g}`));
	for (const g of ["bg", "surface", "ai-soft"]) for (const line of ["line-strong", "focus"]) if (contrastOf(eye(line), eye(g)) < 3) dim.push(name(`${line} on ${g}`));
	if (distance(eye("crit"), eye("bg")) < 10) dim.push(name("the ground of critical"));
	for (const [label, colour] of Object.entries(TLP)) if (contrastOf(seen(colour, kind), [0, 0, 0]) < (label === "red" ? 3 : 4.5)) dim.push(name(`TLP:${label}`));
	const set = ["crit", "high", "medium", "low", "ink-3", "ok", "bad"];
	for (const [i, x] of set.entries()) for (const y of set.slice(i + 1)) {
		if (distance(eye(x), eye(y)) >= 10 || [x, y].join() === "crit,bad") continue;
		if (kind === "none") dim.push(name(`${x} and ${y} are alike`));
		else alike.push(name(`${x}/${y}`));
	}
}
ok("whatever colours somebody sees, text is read, controls and the focus are seen, critical stands out", dim.length === 0, dim.join("\n"));
console.log(`# told apart by word and shape alone (${alike.length} pairs): ${alike.join("; ")}`);
ok("black and white are 100 apart, a colour none from itself", Math.abs(distance([0, 0, 0], [1, 1, 1]) - 100) < 0.1 && distance(seen("#1d4f7c", "none"), seen("#1d4f7c", "none")) === 0);

process.exit(finish());
