// SPDX-License-Identifier: Apache-2.0
/* quotes: what a pasted mail repeats of the mails before it, told from what is new in it: three lines and more that begin
 * with ">", and the line that says whose they are. Nothing is left out: the parts together are the text. Pure. */

export interface Part {
	text: string;
	/* how many lines are quoted, 0: none */
	quoted: number;
}
const QUOTE = /^\s{0,3}[>＞]/;
const SAYS = /(wrote|書きました|書いています)\s*[:：]\s*$/i;
const LEAST = 3;

export function partsOf(text: string): Part[] {
	const out: Part[] = [];
	const lines = text.split("\n");
	let from = 0;

	const add = (to: number, quoted: number) => {
		if (to > from) out.push({ text: lines.slice(from, to).join("\n"), quoted });
		from = to;
	};
	for (let at = 0; at < lines.length; at++) {
		if (!QUOTE.test(lines[at]!)) continue;
		let end = at;
		while (end < lines.length && QUOTE.test(lines[end]!)) end++;
		if (end - at >= LEAST) {
			add(at > from && SAYS.test(lines[at - 1]!) ? at - 1 : at, 0);
			add(end, end - from);
		}
		at = end - 1;
	}
	add(lines.length, 0);
	return out;
}
