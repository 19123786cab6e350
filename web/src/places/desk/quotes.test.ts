// SPDX-License-Identifier: Apache-2.0
/* which lines of a mail are those of the mails before it */
import { same } from "../../core/merge";
import type { Check } from "../../test";
import { partsOf } from "./quotes";

export default function (ok: Check) {
	const cases: [string, string, number[]][] = [
		["no quote", "本文\nもう一行", [0]],
		["two lines are left where they are", "a\n> b\n> c\nd", [0]],
		["a mail answered below", "了解しました。\n\nOn 27 Nov, Mai wrote:\n> 1\n> 2\n> 3", [0, 4]],
		["answered between the lines", "> 1\n> 2\n> 3\nはい\n>4\n>5\n>> 6\nいいえ", [3, 0, 3, 0]],
		["in Japanese", "承知しました。\n高橋さんは書きました：\n＞ 1\n＞ 2\n＞ 3\n以上", [0, 4, 0]],
		["nothing", "", [0]],
	];
	for (const [name, text, want] of cases) {
		const got = partsOf(text);
		ok(`quotes: ${name}`, same(got.map((p) => p.quoted), want), JSON.stringify(got));
		ok(`quotes: ${name}: nothing is left out`, got.map((p) => p.text).join("\n") === text);
	}
	ok("quotes: a hundred thousand lines in one go", partsOf("> x\ny\n".repeat(50000)).length === 1);
}
