// SPDX-License-Identifier: Apache-2.0
/* what is read from the head of a pasted mail */
import { same } from "../../core/merge";
import type { Check } from "../../test";
import { headOf } from "./mailhead";

export default function (ok: Check) {
	const cases: [string, ReturnType<typeof headOf>][] = [
		["From: \"高橋 舞\" <mai@example.jp>\nSubject: 不審なメール\nDate: Fri, 27 Nov 2026 09:30:00 +0900\n\n本文", { from: "\"高橋 舞\" <mai@example.jp>", name: "高橋 舞", address: "mai@example.jp", subject: "不審なメール", date: "2026-11-27T00:30:00.000Z" }],
		["差出人：a@b.example\n件名: Re: x", { from: "a@b.example", address: "a@b.example", subject: "Re: x" }],
		["> Subject: quoted", { subject: "quoted" }],
		["日時：きのう", {}],
		["ただの文章です。", {}],
		["", {}],
	];
	for (const [text, want] of cases) ok(`head of ${JSON.stringify(text.slice(0, 24))}`, same(headOf(text), want), JSON.stringify(headOf(text)));
	ok("a long text costs nothing", headOf(`${"x".repeat(1e6)}\nSubject: late`).subject === undefined);
}
