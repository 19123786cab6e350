// SPDX-License-Identifier: Apache-2.0
/* figures: sums, curve, CSV that no spreadsheet runs. */
import { cell, csv } from "../../core/csv";
import type { Check } from "../../test";
import { curve, late, middle, percent, silent, type Figure } from "./figures";

const f = (recipients: number, answered: number, in_time: number, within: number[], median_minutes: number | null = 30): Figure => ({
	id: "x", number: "EW-1", title: "t", state: "issued", urgency: "high", issued_at: "", ack_by: "", recipients, answered, in_time, affected: 0, median_minutes, within,
});

export default function (ok: Check) {
	const items = [f(10, 6, 4, [1, 4, 6], 20), f(10, 2, 2, [0, 2, 2], 50), f(5, 0, 0, [0, 0, 0], null)];
	ok("late and silent", late(items[0]!) === 2 && silent(items[0]!) === 4);
	ok("the curve is over all that were asked", JSON.stringify(curve(items, [1, 2, 3])) === JSON.stringify([1 / 25, 6 / 25, 8 / 25]), JSON.stringify(curve(items, [1, 2, 3])));
	ok("of nothing it is flat", JSON.stringify(curve([], [1, 2])) === "[0,0]" && percent(1, 0) === 0);
	ok("the middle of the medians leaves out who got no answer", middle(items) === 20 && middle([]) === null);
	ok("a formula is text", ["=1+1", "+1", "-1", "@x", " =1", "＝1"].every((s) => cell(s).replace(/^"/, "").startsWith("'")) && cell(-1) === "-1");
	ok("quotes and lines", csv([["a,b", 'c"d', "e\nf", null, 3]]) === '\ufeff"a,b","c""d","e\nf",,3\r\n');
}
