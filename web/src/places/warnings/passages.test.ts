// SPDX-License-Identifier: Apache-2.0
/* passages: what is found, what is left alone, and that replacing ends. */
import type { Schema } from "../../core/types";
import type { Check } from "../../test";
import { keyOf, leavingTexts, passagesOf, replaced, type Names, type Words } from "./passages";

const text: Schema = { type: "string", leaves: true };
const schema: Schema = {
	type: "object",
	properties: {
		title: text, notes: { type: "string" },
		severity: { type: "string", ref: "list:severity", leaves: true },
		what: { type: "object", leaves: true, properties: { impact: text, cve: { type: "array", leaves: true, items: { type: "string" } }, indicators: { type: "array", leaves: true, items: { type: "string", ref: "type:*" } } } },
		how: { type: "object", leaves: true, properties: { mitigate: { type: "array", leaves: true, items: { type: "object", properties: { text, kind: { type: "string", ref: "list:x", leaves: true } } } } } },
		who: { type: "object", leaves: true, properties: { contact: text, author: { type: "string" } } },
	},
};
const known: Names = {
	teams: [{ names: ["Blue Bank", "青葉銀行"], domains: ["bluebank.example"] }, { names: ["Rail"], domains: [] }],
	people: ["高橋 舞", "Mai Takahashi"],
	words: ["mail-gw-02"],
};
const words: Words = { team: (x) => `Organisation ${x}`, person: (x) => `Person ${x}`, host: (n) => `server ${n}`, mail: "(address)", address: "10.x.x.x", count: (u) => `several ${u}`, number: "(number)", word: "(left out)" };
const find = (s: string) => passagesOf(schema, { what: { impact: s } }, known, words);

export default function (ok: Check) {
	const rows: [string, string[]][] = [
		["Blue Bank and 青葉銀行に届いた", ["team:Blue Bank", "team:青葉銀行"]],
		["Rails are no Rail", ["team:Rail"]],
		["高橋 舞 saw it", ["person:高橋 舞"]],
		["ask x.y@mail.bluebank.example or a@evil.example", ["mail:x.y@mail.bluebank.example"]],
		["ws12.bluebank.example called evil.example", ["host:ws12.bluebank.example"]],
		["10.1.2.3, 192.168.0.7 and 172.31.0.1 but not 203.0.113.7 or 172.32.0.1", ["address:10.1.2.3", "address:192.168.0.7", "address:172.31.0.1"]],
		["12台と 1,200 users、3 社", ["count:12台", "count:1,200 users", "count:3 社"]],
		["version 4.2 of 2026-11-27 at 12:30, 24 時間", []],
		["see INC-2026-0012", ["number:INC-2026-0012"]],
		["C:\\Users\\mtakahashi\\x.exe", ["user:C:\\Users\\mtakahashi"]],
		["relay mail-gw-02 was used", ["word:mail-gw-02"]],
	];
	for (const [s, want] of rows) {
		const got = find(s).map((p) => `${p.kind}:${p.hit}`);
		ok(`passages: ${s}`, JSON.stringify(got) === JSON.stringify(want), JSON.stringify(got));
	}
	const both = find("Blue Bank, 青葉銀行, Rail");
	ok("one organisation has one letter whatever it is called", both[0]!.instead === both[1]!.instead && both[0]!.instead !== both[2]!.instead, JSON.stringify(both));
	const draft = { title: "Blue Bank", notes: "Blue Bank", severity: "high", what: { impact: "Rail", cve: ["CVE-2026-1"], indicators: ["x"] }, how: { mitigate: [{ text: "ask Rail", kind: "Rail" }] }, who: { contact: "Blue Bank", author: "Rail" } };
	const paths = passagesOf(schema, draft, known, words).map((p) => p.path.join("."));
	ok("what does not leave is not looked at, and whom to ask is named on purpose", JSON.stringify(paths) === '["title","what.impact","how.mitigate.0.text"]', JSON.stringify(paths));
	ok("texts that leave", leavingTexts(schema, draft).every((x) => !["notes", "who.author", "what.indicators"].includes(x.path.slice(0, 2).join("."))));
	let s = "Blue Bank told Blue Bank: 12台, mail-gw-02";
	let steps = 0;
	for (let p = find(s); p.length && steps < 20; p = find(s), steps++) s = replaced(s, p[0]!, p[0]!.instead);
	ok("replacing ends, and nothing is left", steps === 4 && find(s).length === 0, s);
	ok("a passage that moved is not replaced", replaced("other text", both[0]!, "x") === "other text");
	ok("the same words in the same field are one decision", keyOf(find("Rail Rail")[0]!) === keyOf(find("Rail Rail")[1]!));
	const long = "a.".repeat(20000) + " " + "12台 ".repeat(200);
	ok("long texts end", find(long).length === 200);
}
