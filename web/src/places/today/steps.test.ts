// SPDX-License-Identifier: Apache-2.0
/* steps: done by what is there, in any order. */
import type { Rec } from "../../core/types";
import type { Check } from "../../test";
import { stepsDone } from "./steps";

export default function (ok: Check) {
	const team = { id: "t", type: "t", version: 1 } as Rec;
	const none = stepsDone({ team, teams: [team], people: [team], reports: 0, known: 0, warnings: 0 });
	ok("at first none", none.length === 6 && none.every((s) => !s.done));
	const some = stepsDone({ team: { ...team, contact: { email: "a@b.example" }, domains: ["b.example"] }, teams: [team, team], people: [team], reports: 0, known: 5, warnings: 0 });
	ok("each by itself", some.filter((s) => s.done).map((s) => s.step).join() === "profile,members,known");
	ok("an address alone is no profile", !stepsDone({ team: { ...team, contact: { email: "a@b.example" }, domains: [] }, teams: [], people: [], reports: 0, known: 0, warnings: 0 })[0]!.done);
}
