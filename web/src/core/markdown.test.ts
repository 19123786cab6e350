// SPDX-License-Identifier: Apache-2.0
/* markdown: what is bold in Japanese, what never becomes anything but text, and that time grows with length only. */
import type { Check } from "../test";
import { type Block, type Inline, blocks, inline } from "./markdown";

const say = (items: Inline[]): string =>
	items.map((x) => (x.kind === "text" ? x.text : x.kind === "code" ? `<code>${x.text}</code>` : x.kind === "link" ? `<a ${x.href}>${say(x.items)}</a>` : `<${x.kind}>${say(x.items)}</${x.kind}>`)).join("");
const hrefs = (items: Inline[]): string[] => items.flatMap((x) => (x.kind === "link" ? [x.href, ...hrefs(x.items)] : "items" in x ? hrefs(x.items) : []));

export default function (ok: Check) {
	const rows: [string, string][] = [
		/* the three lines every CommonMark parser gets wrong in Japanese */
		["これは**「重要」**です。", "これは<strong>「重要」</strong>です。"],
		["**期限：12:00。**まで", "<strong>期限：12:00。</strong>まで"],
		["検体は**`a.exe`**だった", "検体は<strong><code>a.exe</code></strong>だった"],
		["a **b** c", "a <strong>b</strong> c"],
		["**a *b* c**", "<strong>a <em>b</em> c</strong>"],
		["2 * 3 * 4", "2 * 3 * 4"],
		["2*3*4", "2*3*4"],
		["a ** b ** c", "a ** b ** c"],
		["**open", "**open"],
		["snake_case_name", "snake_case_name"],
		["\\*not\\*", "*not*"],
		["`**code**`", "<code>**code**</code>"],
		["[a](https://x.example/b)", "<a https://x.example/b>a</a>"],
		["[a](/help/today)", "<a /help/today>a</a>"],
		["[a](//evil.example)", "a (//evil.example)"],
		["[a](javascript:alert(1))", "a (javascript:alert(1))"],
		["[a](data:text/html,x)", "a (data:text/html,x)"],
		["![alt](https://evil.example/beacon.png)", "alt"],
		["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
		["[not a link] (x)", "[not a link] (x)"],
		["[*a](b", "[*a](b"],
	];
	for (const [src, want] of rows) ok(src, say(inline(src)) === want, say(inline(src)));

	const all = blocks("# A\n\ntext\nmore\n\n- one\n- two\n  - in\n\n3. three\n4. four\n\n> quote\n\n```\n<b>\n```\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n---\n");
	const kinds = all.map((b: Block) => b.kind).join(" ");
	ok("blocks", kinds === "heading paragraph list list quote code table rule", kinds);
	const lists = all.filter((b) => b.kind === "list");
	ok("a list within a list; numbers as written", lists[0]!.rows[1]!.some((b) => b.kind === "list") && lists[1]!.ordered && lists[1]!.start === 3);

	/* whatever comes in, nothing but safe links comes out, and it ends soon */
	const bits = ["**", "*", "[", "](", ")", "`", "javascript:", "<script>", "あ", "x", " ", "\n", "> ", "- ", "#", "|", "!", "\\"];
	let seed = 11;
	let bad = "";
	for (let n = 0; n < 3000 && !bad; n++) {
		let src = "";
		for (let k = 0; k < 30; k++) {
			seed = (seed * 1103515245 + 12345) % 2147483648;
			src += bits[Math.floor((seed / 2147483648) * bits.length)];
		}
		if (hrefs(inline(src)).some((h) => !/^(https?:|mailto:|\/(?!\/)|#)/.test(h))) bad = src;
		blocks(src);
	}
	ok("only safe links come out of anything", !bad, bad);
	/* long runs of one sign: each would take minutes, were it not linear */
	for (const bit of ["[", "*", "**", "`", "![", "> ", "- ", "](", "**a*"]) ok(`a long run of ${bit}`, blocks(bit.repeat(50000)).length > 0);
}
