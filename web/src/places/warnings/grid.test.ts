// SPDX-License-Identifier: Apache-2.0
/* grid: the stage of each team, order and sums. */
import type { Answer, Delivery } from "../../core/types";
import type { Check } from "../../test";
import { byTeam, counts, hasAnswered, sectors, stageOf } from "./grid";

const d = (team: string, channel: string, state: string): Delivery => ({ team, channel, state });
const a = (team: string, state: string, outdated = false): Answer => ({ team, state, outdated });

export default function (ok: Check) {
	const rows: [Answer | undefined, Delivery[], string][] = [
		[undefined, [d("t", "inbox", "delivered")], "unopened"],
		[undefined, [d("t", "inbox", "opened")], "opened"],
		[undefined, [d("t", "mail", "bounced"), d("t", "inbox", "delivered")], "unopened"],
		[undefined, [d("t", "mail", "bounced")], "failed"],
		[a("t", "no_answer"), [d("t", "inbox", "opened")], "opened"],
		[a("t", "affected"), [], "affected"],
		[a("t", "compromised"), [], "affected"],
		[a("t", "acknowledged"), [], "seen"],
		[a("t", "done"), [], "answered"],
		[a("t", "done", true), [d("t", "inbox", "delivered")], "opened"],
	];
	for (const [answer, channels, want] of rows) ok(`stage of ${answer?.state ?? "none"} ${channels.map((x) => x.state)}`, stageOf(answer, channels) === want, stageOf(answer, channels));
	const made = byTeam([d("b", "inbox", "opened"), d("a", "inbox", "delivered"), d("c", "inbox", "delivered")], [a("c", "affected"), a("b", "no_answer")], (team) => ({ name: team.toUpperCase(), sector: team === "a" ? "" : "finance" }));
	ok("who needs something stands first", made.map((r) => r.name).join("") === "CAB", made.map((r) => r.name).join(""));
	ok("sums", JSON.stringify(counts(made)) === '[["affected",1],["unopened",1],["opened",1]]', JSON.stringify(counts(made)));
	ok("answered", made.filter(hasAnswered).length === 1);
	ok("by sector, those without one last", JSON.stringify(sectors(made).map(([s, r]) => [s, r.length])) === '[["finance",2],["",1]]');
}
