// SPDX-License-Identifier: Apache-2.0
/* i18n: both languages say the same. */
import { same } from "../core/merge";
import type { Check } from "../test";
import { en as enFirst } from "./en";
import { ja as jaFirst } from "./ja";
import { late as enLate } from "./late.en";
import { late as jaLate } from "./late.ja";

const ja = { ...jaFirst, ...jaLate };
const en = { ...enFirst, ...enLate };

export default function (ok: Check) {
	const kinds = (o: object, path = ""): string[] => Object.entries(o).flatMap(([k, v]) => (typeof v === "object" && v ? kinds(v, `${path}.${k}`) : [`${path}.${k}:${typeof v}:${typeof v === "function" ? v.length : v.length > 0}`]));
	const [a, b] = [kinds(ja), kinds(en)];
	ok("both languages have the same words", same(a, b), a.filter((x) => !b.includes(x)).concat(b.filter((x) => !a.includes(x))).join("\n"));
	const kana = /[\u3040-\u30ff]/;
	const strings = (o: object): string[] => Object.values(o).flatMap((v) => (typeof v === "object" && v ? strings(v) : typeof v === "string" ? [v] : []));
	ok("no kana in the English words", !strings(en).some((s) => kana.test(s)), strings(en).filter((s) => kana.test(s)).join("\n"));
}
