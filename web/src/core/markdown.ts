// SPDX-License-Identifier: Apache-2.0
/* markdown: a small part of Markdown as a tree of plain data: headings, paragraphs, lists, quotes, code, tables, rules;
 * strong, emphasis, code, links. Linear in its input. Images become their text (nothing is fetched), HTML stays text, links
 * go to https, http, mailto or a path of ours. Emphasis needs no space beside Japanese: only that what it holds neither begins
 * nor ends with one. What it looks like: ui/markdown. */

export type Inline =
	| { kind: "text"; text: string }
	| { kind: "code"; text: string }
	| { kind: "strong"; items: Inline[] }
	| { kind: "em"; items: Inline[] }
	| { kind: "link"; href: string; items: Inline[] };
export type Block =
	| { kind: "heading"; level: number; items: Inline[] }
	| { kind: "paragraph"; items: Inline[] }
	| { kind: "list"; ordered: boolean; start: number; rows: Block[][] }
	| { kind: "quote"; blocks: Block[] }
	| { kind: "code"; text: string }
	| { kind: "table"; head: Inline[][]; rows: Inline[][][] }
	| { kind: "rule" };

const DEEPEST = 8;
const SAFE = /^(https?:\/\/|mailto:|\/(?!\/)|#)/i;

/* ---- inline ---- */
const word = (c: string | undefined) => !!c && /[A-Za-z0-9]/.test(c);
const space = (c: string | undefined) => !c || /\s/.test(c);

interface Frame {
	kind: "strong" | "em" | "link" | "top";
	items: Inline[];
	mark: string; /* as it was written, should it turn out to mean nothing */
}
function text(items: Inline[], t: string) {
	const last = items[items.length - 1];

	if (!t) return;
	if (last?.kind === "text") last.text += t;
	else items.push({ kind: "text", text: t });
}
function give(to: Inline[], from: Inline[]) {
	for (const x of from) if (x.kind === "text") text(to, x.text);
	else to.push(x);
}

/* One pass with a stack of what is open; what is never closed is the characters it was written with. */
export function inline(src: string): Inline[] {
	const stack: Frame[] = [{ kind: "top", items: [], mark: "" }];
	const top = () => stack[stack.length - 1]!;
	const drop = () => {
		const f = stack.pop()!;
		text(top().items, f.mark);
		give(top().items, f.items);
	};
	const close = (kind: "strong" | "em") => {
		while (top().kind !== kind) drop();
		const f = stack.pop()!;
		top().items.push({ kind, items: f.items });
	};
	const emphasis = (i: number): number => {
		const two = src[i + 1] === "*";
		const mark = two ? "**" : "*";
		const kind = two ? "strong" : "em";
		const before = src[i - 1];
		const after = src[i + mark.length];
		const open = stack.some((f) => f.kind === kind);
		const closes = open && !space(before) && (two || !word(after) || !word(before));
		const opens = !open && !space(after) && (two || !word(before)) && stack.length < DEEPEST;
		if (closes && top().items.length + (top().kind === kind ? 0 : 1)) close(kind);
		else if (opens) stack.push({ kind, items: [], mark });
		else text(top().items, mark);
		return i + mark.length;
	};
	const codeAt = (i: number): number => {
		const run = /^`+/.exec(src.slice(i, i + 8))![0];
		const end = src.indexOf(run, i + run.length);
		if (end < 0) return text(top().items, run), i + run.length;
		top().items.push({ kind: "code", text: src.slice(i + run.length, end).replace(/^ (.*) $/s, "$1") });
		return end + run.length;
	};
	const linkEnd = (i: number): number => {
		const href = /^\]\(\s*([^\s()]{1,2000}(?:\([^\s()]*\))?[^\s()]*)\s*\)/.exec(src.slice(i, i + 2100));
		if (!href) return text(top().items, "]"), i + 1;
		while (top().kind !== "link") drop();
		const f = stack.pop()!;
		if (f.mark === "![") give(top().items, f.items);
		else if (SAFE.test(href[1]!)) top().items.push({ kind: "link", href: href[1]!, items: f.items });
		else {
			give(top().items, f.items);
			text(top().items, ` (${href[1]})`);
		}
		return i + href[0].length;
	};

	for (let i = 0; i < src.length; ) {
		const c = src[i]!;
		const inLink = stack.some((f) => f.kind === "link");
		if (c === "\\" && /[\\`*_{}[\]()#+\-.!|<>]/.test(src[i + 1] ?? "")) {
			text(top().items, src[i + 1]!);
			i += 2;
		} else if (c === "`") i = codeAt(i);
		else if (c === "*") i = emphasis(i);
		else if (c === "!" && src[i + 1] === "[" && !inLink) {
			stack.push({ kind: "link", items: [], mark: "![" });
			i += 2;
		} else if (c === "[" && !inLink) {
			stack.push({ kind: "link", items: [], mark: "[" });
			i++;
		} else if (c === "]" && inLink) i = linkEnd(i);
		else {
			const next = src.slice(i + 1).search(/[\\`*![\]]/);
			const end = next < 0 ? src.length : i + 1 + next;
			text(top().items, src.slice(i, end));
			i = end;
		}
	}
	while (stack.length > 1) drop();
	return stack[0]!.items;
}

/* ---- blocks ---- */
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])( +|$)(.*)$/;
const cells = (line: string) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => inline(c.trim().replaceAll("\\|", "|")));

export function blocks(src: string, depth = 0): Block[] {
	const lines = src.replace(/\r\n?/g, "\n").split("\n");
	const out: Block[] = [];
	let para: string[] = [];
	const flush = () => {
		if (para.length) out.push({ kind: "paragraph", items: inline(para.join("\n")) });
		para = [];
	};

	for (let i = 0; i < lines.length; ) {
		const line = lines[i]!;
		const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
		const item = depth < DEEPEST ? ITEM.exec(line) : null;
		if (!line.trim()) {
			flush();
			i++;
		} else if (heading) {
			flush();
			out.push({ kind: "heading", level: heading[1]!.length, items: inline(heading[2]!) });
			i++;
		} else if (/^```/.test(line)) {
			flush();
			let end = i + 1;
			while (end < lines.length && !/^```\s*$/.test(lines[end]!)) end++;
			out.push({ kind: "code", text: lines.slice(i + 1, end).join("\n") });
			i = end + 1;
		} else if (/^ {0,3}([-*_])( *\1){2,}\s*$/.test(line)) {
			flush();
			out.push({ kind: "rule" });
			i++;
		} else if (/^ {0,3}>/.test(line) && depth < DEEPEST) {
			flush();
			let end = i;
			while (end < lines.length && /^ {0,3}>/.test(lines[end]!)) end++;
			out.push({ kind: "quote", blocks: blocks(lines.slice(i, end).map((l) => l.replace(/^ {0,3}> ?/, "")).join("\n"), depth + 1) });
			i = end;
		} else if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? "")) {
			flush();
			let end = i + 2;
			while (end < lines.length && lines[end]!.includes("|")) end++;
			out.push({ kind: "table", head: cells(line), rows: lines.slice(i + 2, end).map(cells) });
			i = end;
		} else if (item && (!para.length || !item[3])) {
			flush();
			i = listAt(lines, i, !!item[3], out, depth);
		} else {
			para.push(line.trim());
			i++;
		}
	}
	flush();
	return out;
}

/* A list from line i on; the lines of an item are those below it that are indented or empty. */
function listAt(lines: string[], i: number, ordered: boolean, out: Block[], depth: number): number {
	const rows: Block[][] = [];
	let start = 1;

	for (;;) {
		const m = ITEM.exec(lines[i] ?? "");
		if (!m || !!m[3] !== ordered) break;
		if (!rows.length && m[3]) start = Number(m[3]);
		const own = [m[5]!];
		let end = i + 1;
		for (; end < lines.length; end++) {
			const l = lines[end]!;
			if (!l.trim()) {
				if (!/^( {2,}|\t)/.test(lines[end + 1] ?? "")) break;
				own.push("");
			} else if (/^( {2,}|\t)/.test(l)) own.push(l.replace(/^( {1,4}|\t)/, ""));
			else break;
		}
		rows.push(blocks(own.join("\n"), depth + 1));
		i = end;
		if (!lines[i]?.trim() && ITEM.test(lines[i + 1] ?? "")) i++;
	}
	out.push({ kind: "list", ordered, start, rows });
	return i;
}
