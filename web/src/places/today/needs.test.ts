// SPDX-License-Identifier: Apache-2.0
/* what stands on Today, why, and in which order */
import { same } from "../../core/merge";
import type { Rec } from "../../core/types";
import type { Check } from "../../test";
import { needsOf, reachOf, type Reader } from "./needs";

const rec = (id: string, more: object): Rec => ({ id, type: "x", version: 1, ...more });
const now = Date.parse("2026-11-27T00:00:00Z");
const analyst: Reader = { person: "me", answers: true, lead: false, analyst: true, now };

export default function (ok: Check) {
	const all = {
		inbox: [rec("w1", { when: { ack_by: "2026-11-28T00:00:00Z" }, concerns: 2 }), rec("w2", { answer: { state: "affected" } }), rec("w3", { answer: { state: "affected", outdated: true }, when: { ack_by: "2026-11-26T00:00:00Z" } }), rec("w4", { state: "withdrawn" })],
		drafts: [rec("d1", { state: "review" }), rec("d2", { state: "draft" })],
		reports: [rec("r1", { state: "received", severity: "low" }), rec("r2", { state: "triaged" }), rec("r3", { state: "acknowledged", severity: "critical" })],
		nobody: [rec("i1", { severity: "high" })],
		mine: [rec("i2", { next_step_by: "2026-11-26T12:00:00Z" }), rec("i3", { state: "waiting_external", waiting_for: "会員", next_step_by: "2026-11-29T00:00:00Z" })],
		over: [rec("i2", {}), rec("i4", { assignee: "boss", next_step_by: "2026-11-20T00:00:00Z" })],
		tasks: [rec("t1", { state: "to_do", assignee: "me", due: "2026-11-27T06:00:00Z" }), rec("t2", { assignee: "boss" })],
		silent: [{ rec: rec("o1", { when: { ack_by: "2026-11-26T18:00:00Z" } }), n: 3 }, { rec: rec("o2", { when: { ack_by: "2026-12-26T18:00:00Z" } }), n: 3 }],
	};
	const ids = (who: Reader) => needsOf(all, who).map((n) => n.rec.id);
	ok("an analyst's day by deadline", same(ids(analyst), ["w3", "i2", "o1", "t1", "w1", "i3", "r3", "i1", "r1"]), ids(analyst).join());
	ok("a lead sees what waits for approval and what others are late with", ids({ ...analyst, lead: true })[0] === "i4" && ids({ ...analyst, lead: true }).includes("d1"), ids({ ...analyst, lead: true }).join());
	ok("a reader has nothing to do at the desk", same(ids({ ...analyst, answers: false, analyst: false }), ["o1"]));
	const by = Object.fromEntries(needsOf(all, analyst).map((n) => [n.rec.id, `${n.why} ${n.verb}`]));
	ok("each says why and what next", by.w1 === "concerns answer" && by.w3 === "unanswered answer" && by.r1 === "received acknowledge" && by.r3 === "acknowledged check" && by.i1 === "nobody take" && by.i2 === "over open" && by.i3 === "waiting open" && by.t1 === "task start", JSON.stringify(by));
	ok("nothing twice", new Set(ids(analyst)).size === ids(analyst).length);
	ok("reach, what matters first; an outdated answer is none", same(reachOf([{ state: "done" }, { state: "no_answer" }, { state: "affected" }, { state: "done", outdated: true }, { state: "done" }]), [{ state: "affected", n: 1 }, { state: "done", n: 2 }, { state: "no_answer", n: 2 }]));
}
