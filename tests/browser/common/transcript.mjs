// SPDX-License-Identifier: Apache-2.0
/* transcript: what a screen reader finds on a page, as Chromium's accessibility tree gives it, kept in golden/NAME.txt. Times
 * and numbers are taken out, so that the same story gives the same text; UPDATE=1 writes it anew (look at the difference). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ok } from "../lib.mjs";

const golden = join(dirname(fileURLToPath(import.meta.url)), "../golden");
const plain = (text) => text
	.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
	.replace(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g, "CODE")
	.replace(/[0-9a-f]{12,}/g, "HEX")
	.replace(/(?<!level=)\d+/g, "#")
	.replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|(?<=日\()[月火水木金土日](?=\))/g, "DAY")
	.replace(/\b(January|February|March|April|May|June|July|August|September|October|November|December|(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?= #))\b/g, "MONTH")
	.replace(/たった今|# 秒前|# 分前|just now|# (sec|min)s? ago/g, "TIME")
	.replace(/あと # (分|時間|日)|# (min|hour|day)s? left/g, "LEFT")
	.replace(/hxxps?:\/\/[^\s"'<]+|[^\s"'<(]*\[\.\][^\s"'<),]*|\bHEX\b/g, "VALUE");
/* Choices that are not chosen are left out, so are addresses of links. Values of a record come in the order of their ids,
 * which are by chance: rows of them are one. */
function brief(text) {
	const out = [];
	let below = Infinity;

	for (const line of text.split("\n")) {
		const depth = line.search(/\S/);
		if (depth > below) continue;
		below = Infinity;
		if (/^ *- (option (?!.*\[selected\])|\/url: )/.test(line)) continue;
		if (/^ *- '?row .*VALUE/.test(line)) {
			below = depth;
			const row = `${line.slice(0, depth)}- row of a value`;
			if (out.at(-1) !== row) out.push(row);
		} else out.push(line.replace(/VALUE( VALUE)+/g, "VALUES"));
	}
	return out.join("\n");
}

/* what other parts say as well, or what is of all that happened on the node */
const TWICE = /today|inbox|composer-draft|form-narrow|-report$/;

export function transcript(name) {
	const parts = [];
	return {
		hear: async (page, where) => {
			if (TWICE.test(where)) return;
			const main = page.locator("main");
			await page.waitForFunction(() => !document.querySelector("main .loading, main [aria-busy=true]"));
			/* a dialog over the page is all that is there */
			const dialog = page.locator("dialog[open]");
			parts.push(`== ${plain(where)}\n${brief(plain(await ((await dialog.count()) ? dialog : main).first().ariaSnapshot()))}\n`);
		},
		compare: () => {
			const file = join(golden, `${name}.txt`);
			const said = parts.join("\n");
			if (process.env.UPDATE) {
				mkdirSync(golden, { recursive: true });
				writeFileSync(file, said);
			}
			const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
			const [a, c] = [kept.split("\n"), said.split("\n")];
			const at = a.findIndex((line, i) => line !== c[i]);
			const from = c.slice(0, at).findLastIndex((line) => line.startsWith("== "));
			ok(`a screen reader finds what it found (golden/${name}.txt; UPDATE=1 writes it anew)`, kept === said, `${c[from]}, line ${at + 1}:\n- ${a.slice(at, at + 5).join("\n- ")}\n+ ${c.slice(at, at + 5).join("\n+ ")}`);
		},
	};
}
