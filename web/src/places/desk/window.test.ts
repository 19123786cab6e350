// SPDX-License-Identifier: Apache-2.0
/* the window over a long list, and its filter */
import { same } from "../../core/merge";
import type { Check } from "../../test";
import { between, fits, nextSort, queryOf, sortName, toggled, windowOf } from "./window";

export default function (ok: Check) {
	for (const [top, n, from, to] of [[0, 100000, 0, 41], [-500, 100000, 0, 26], [3400000 - 900, 100000, 99959, 100000], [34 * 500, 100000, 486, 541], [0, 3, 0, 3], [9e9, 10, 10, 10], [0, 0, 0, 0]] as const) {
		const w = windowOf(top, 900, 34, n);
		ok(`window at ${top} of ${n}`, w.from === from && w.to === to, JSON.stringify(w));
	}
	ok("a value is added and taken away", toggled("a,b", "c") === "a,b,c" && toggled("a,b", "a") === "b" && toggled(undefined, "a") === "a");
	const at = Date.UTC(2026, 0, 2, 3, 4, 5);
	ok("words of time become times", same(queryOf({ due: "24h", q: "x", state: "" }, at), { q: "x", due_before: "2026-01-03T03:04:05Z" }));
	ok("an unknown word of time is none", same(queryOf({ due: "soon" }, at), {}));
	ok("what was closed leaves the list of open ones", !fits({ state: "closed" }, { state: "new,analysing" }, "p") && fits({ state: "new" }, { state: "new,analysing" }, "p"));
	ok("mine, nobody's, somebody's", fits({ assignee: "p" }, { assignee: "me" }, "p") && !fits({ assignee: "q" }, { assignee: "me" }, "p") && fits({}, { assignee: "none" }, "p") && !fits({ assignee: "q" }, { assignee: "none" }, "p") && fits({ assignee: "q" }, { assignee: "q" }, "p"));
	ok("from one row to another in both directions", same(between([{ id: "a" }, { id: "b" }, { id: "c" }], 2, 1), ["b", "c"]));
	ok("a column is pressed once, again, once more", same(["", "due", "-due"].map((x) => nextSort(x, "due")), ["due", "-due", ""]) && same(["", "-severity", "severity", "due"].map((x) => nextSort(x, "severity")), ["-severity", "severity", "", "-severity"]));
	ok("columns and what the server calls them", sortName("next_step_by") === "due" && sortName("-title") === "title" && sortName("assignee") === "");
}
