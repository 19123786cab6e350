// SPDX-License-Identifier: Apache-2.0
/* desk: sums by category, what is left over, scales. */
import type { Check } from "../../test";
import { scale, stack, table, topOf, type DeskType } from "./desk";

export default function (ok: Check) {
	const t: DeskType = { type: "incidents", total: [6, 9], categories: [
		{ category: "fraud:phishing", counts: [1, 2] }, { category: "fraud", counts: [1, 0] }, { category: "a", counts: [3, 3] }, { category: "", counts: [1, 1] }, { category: "b", counts: [0, 2] }, { category: "c", counts: [0, 1] },
	] };
	const all = stack(t, 9, (c) => c || "none", "rest");
	ok("kinds of one category are one", topOf("fraud:phishing") === "fraud" && JSON.stringify(all.find((s) => s.name === "fraud")?.counts) === "[2,2]");
	ok("the largest first", all.map((s) => s.name).join() === "a,fraud,b,none,c", all.map((s) => s.name).join());
	const few = stack(t, 3, (c) => c || "none", "rest");
	ok("the rest is one, and nothing is lost", few.length === 3 && few[2]!.categories === null && JSON.stringify(few[2]!.counts) === "[1,4]" && [0, 1].every((i) => few.reduce((n, s) => n + s.counts[i]!, 0) === t.total[i]), JSON.stringify(few));
	ok("of nothing there is nothing", stack({ type: "x", total: [0], categories: [] }, 3, String, "r").length === 0);
	const rows = table(t, ["w1", "w2"], "week", String, "sum");
	ok("the table has every category by itself and the sum", rows.length === 3 && rows[0]!.length === 8 && rows[2]!.at(-1) === 9 && rows[0]!.includes("fraud:phishing"));
	for (const [max, top] of [[0, 1], [1, 1], [4, 4], [5, 5], [7, 8], [23, 25], [99, 100], [1234, 1500]] as const) ok(`a scale to ${max}`, scale(max).at(-1)! === top && scale(max).length <= 7, scale(max).join());
}
