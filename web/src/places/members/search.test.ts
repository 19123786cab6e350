// SPDX-License-Identifier: Apache-2.0
/* search: readings, both kanas, words in any order, age of a confirmation. */
import type { Rec } from "../../core/types";
import type { Check } from "../../test";
import { ageOf, fold, matches, ordered, whereOf } from "./search";

const team = (more: object) => ({ id: "x", type: "x-hikeshi-team", version: 1, name: "Minato Bank CSIRT", name_ja: "みなと銀行 CSIRT", name_kana: "みなとぎんこう", domains: ["minato.example"], contact: { email: "soc@minato.example" }, ...more }) as Rec;

export default function (ok: Check) {
	const person = { id: "p", type: "person", version: 1, name: "佐藤 由紀", name_kana: "さとう ゆき" } as Rec;
	ok("both kanas, both widths and capitals are the same", fold("ミナト ＣＳＩＲＴ") === "みなと csirt" && fold("ﾐﾅﾄ") === "みなと");
	for (const q of ["ミナトギンコウ", "minato", "bank みなと", "SOC@MINATO", "サトウ", "佐藤", "金融", "金融 さとう", ""]) ok(`found: ${q}`, matches(team({}), [person], q, "金融"));
	for (const q of ["aoba", "みなと 鉄道", "金融機関"]) ok(`not found: ${q}`, !matches(team({}), [person], q, "金融"));
	ok("a team without anything is looked at", !matches({ id: "y", type: "t", version: 1 } as Rec, [], "x", ""));
	const now = Date.parse("2026-11-27T00:00:00Z");
	ok("never, long ago, lately", ageOf(team({}), now) === "never" && ageOf(team({ confirmed_at: "2026-05-30T00:00:00Z" }), now) === "stale" && ageOf(team({ confirmed_at: "2026-06-01T00:00:00Z" }), now) === "fresh" && ageOf(team({ confirmed_at: "x" }), now) === "never");
	ok("where it works", whereOf(team({ hosted: true })) === "here" && whereOf(team({ hosted: false })) === "elsewhere" && whereOf(team({ hosted: false, moved: true })) === "moved");
	const names = ordered([team({ name_kana: "わかば", name: "A" }), team({ name_kana: "アオイ", name: "C" }), team({ name_kana: undefined, name_ja: "さくら", name: "B" })], "ja").map((x) => x.name);
	ok("in the order of the readings", names.join("") === "CBA", names.join(""));
	const people = [team({ name: "夕月 文", name_kana: "ゆうづき あや", name_latin: "Aya Yuzuki" }), team({ name: "朝比奈 凪", name_kana: "あさひな なぎ", name_latin: "Nagi Asahina" })];
	ok("people in Japanese by reading, else by their name in Latin letters", ["ja", "en"].every((l, i) => ordered(people, l)[0] === people[1 - i]));
	ok("or of the names", ordered([team({ name: "b" }), team({ name: "A" })], "en").map((x) => x.name).join("") === "Ab");
}
