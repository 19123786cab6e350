// SPDX-License-Identifier: Apache-2.0
/* told: whatever readers and writers of formats say is there in Japanese too. tests/browser/units.mjs takes it from their sources. */
import type { Check } from "../test";
import { inJapanese } from "./told";

export default function (ok: Check, _outside: unknown, said: string[] = []) {
	ok("what the sources say was found", said.length > 60 && said.includes("no uuid") && said.includes("values of kind %"), said.join("\n"));
	for (const en of said) {
		const ja = inJapanese(en.replaceAll("%", "x1"));
		ok(`in Japanese: ${en}`, ja !== null && /[ぁ-んァ-ヶ一-龠]/.test(ja) && !/%\d/.test(ja), ja ?? "");
		const parts = en.split("%").length - 1;
		if (parts) ok(`with what differs: ${en}`, ja !== null && ja.split("x1").length - 1 >= Math.min(parts, 1), ja ?? "");
	}
	ok("words of a file stay themselves", inJapanese("column '<b>$1 %2'") === "列「<b>$1 %2」", inJapanese("column '<b>$1 %2'") ?? "");
	ok("what is not known stays as it is", inJapanese("something else") === null);
}
