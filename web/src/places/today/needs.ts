// SPDX-License-Identifier: Apache-2.0
/* needs: what needs somebody now, of whatever kind, as rows of one list in the order of their deadlines: each says why it
 * is there and what the next step is. Pure: words come from the caller. */
import type { Rec } from "../../core/types";

export type Verb = "answer" | "review" | "acknowledge" | "check" | "take" | "start" | "open" | "call";
export type Why = "unanswered" | "concerns" | "approve" | "received" | "acknowledged" | "nobody" | "over" | "mine" | "waiting" | "task" | "silent";
export interface Need {
	rec: Rec;
	/* when it is due; nothing: no deadline */
	at?: string;
	why: Why;
	/* a number or a name that the reason mentions */
	say?: string;
	verb: Verb;
}

const RANK: Record<string, number> = { emergency: 0, critical: 0, high: 1, medium: 2, low: 3, info: 4 };
const rank = (r: Rec) => RANK[String(r.severity ?? r.urgency ?? "")] ?? 5;

/* What is due first comes first; what has no deadline after it, the worst and oldest first. */
export function sorted(needs: Need[]): Need[] {
	return [...needs].sort((a, b) => {
		if (a.at && b.at) return a.at < b.at ? -1 : a.at > b.at ? 1 : rank(a.rec) - rank(b.rec);
		if (a.at || b.at) return a.at ? -1 : 1;
		return rank(a.rec) - rank(b.rec) || ((a.rec.created ?? "") < (b.rec.created ?? "") ? -1 : 1);
	});
}

export interface Sources {
	inbox?: Rec[];
	drafts?: Rec[];
	reports?: Rec[];
	mine?: Rec[];
	nobody?: Rec[];
	over?: Rec[];
	tasks?: Rec[];
	silent?: { rec: Rec; n: number }[];
}
export interface Reader {
	person?: string | null;
	answers: boolean;
	lead: boolean;
	analyst: boolean;
	now: number;
}
const ended = new Set(["withdrawn", "closed", "expired"]);
const when = (r: Rec) => (r.when ?? {}) as { ack_by?: string };
const answered = (r: Rec) => {
	const a = r.answer as { state?: string; outdated?: boolean } | null | undefined;
	return !!a?.state && a.state !== "no_answer" && !a.outdated;
};
const concerns = (r: Rec) => (typeof r.concerns === "number" ? r.concerns : Array.isArray(r.concerns) ? r.concerns.length : 0);
const past = (at: unknown, now: number) => typeof at === "string" && Date.parse(at) < now;

export function needsOf(s: Sources, who: Reader): Need[] {
	const out: Need[] = [];
	const seen = new Set<string>();
	const add = (n: Need) => {
		if (seen.has(n.rec.id)) return;
		seen.add(n.rec.id);
		out.push(n);
	};

	for (const r of s.inbox ?? []) if (who.answers && !ended.has(r.state ?? "") && !answered(r) && (r.addressed !== false || concerns(r))) add({ rec: r, at: when(r).ack_by, why: concerns(r) ? "concerns" : "unanswered", say: String(concerns(r)), verb: "answer" });
	for (const r of s.drafts ?? []) if (who.lead && /^(review|updating_review)$/.test(r.state ?? "")) add({ rec: r, at: when(r).ack_by, why: "approve", verb: "review" });
	for (const { rec, n } of s.silent ?? []) if (n && past(when(rec).ack_by, who.now)) add({ rec, at: when(rec).ack_by, why: "silent", say: String(n), verb: "call" });
	if (!who.analyst) return sorted(out);
	for (const r of s.reports ?? []) {
		if (r.state === "received") add({ rec: r, why: "received", verb: "acknowledge" });
		else if (r.state === "acknowledged") add({ rec: r, why: "acknowledged", verb: "check" });
	}
	for (const r of s.nobody ?? []) add({ rec: r, at: r.next_step_by as string | undefined, why: "nobody", verb: "take" });
	for (const r of s.mine ?? []) {
		const waits = r.state === "waiting_external";
		add({ rec: r, at: r.next_step_by as string | undefined, why: waits ? "waiting" : past(r.next_step_by, who.now) ? "over" : "mine", say: (r.waiting_for as string) ?? "", verb: "open" });
	}
	for (const r of s.over ?? []) if (who.lead || r.assignee === who.person) add({ rec: r, at: r.next_step_by as string | undefined, why: "over", say: (r.assignee as string) ?? "", verb: "open" });
	for (const r of s.tasks ?? []) if (!r.assignee || r.assignee === who.person) add({ rec: r, at: r.due as string | undefined, why: r.assignee ? "task" : "nobody", verb: r.state === "to_do" ? "start" : "open" });
	return sorted(out);
}

/* The answers to one warning, in the order in which they matter, with how many gave each. */
const ORDER = ["compromised", "affected", "mitigating", "assessing", "acknowledged", "accepted", "done", "not_affected", "no_answer"];
export function reachOf(items: { state: string; outdated?: boolean }[]): { state: string; n: number }[] {
	const count = new Map<string, number>();

	for (const a of items) {
		const s = a.outdated ? "no_answer" : a.state;
		count.set(s, (count.get(s) ?? 0) + 1);
	}
	return [...count].map(([state, n]) => ({ state, n })).sort((a, b) => (ORDER.indexOf(a.state) + 99) % 99 - (ORDER.indexOf(b.state) + 99) % 99);
}
