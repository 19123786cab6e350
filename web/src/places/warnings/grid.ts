// SPDX-License-Identifier: Apache-2.0
/* grid: who has got and answered a warning, a row a team, from its deliveries and answers. Pure. */
import type { Answer, Delivery } from "../../core/types";

export type Stage = "affected" | "answered" | "seen" | "opened" | "unopened" | "failed";
export interface Reached {
	team: string;
	name: string;
	sector: string;
	channels: Delivery[];
	answer?: Answer;
	stage: Stage;
}
export const STAGES: Stage[] = ["affected", "failed", "unopened", "opened", "seen", "answered"];
const STAGE_OF: Record<string, Stage> = {
	affected: "affected", compromised: "affected", acknowledged: "seen", assessing: "seen", mitigating: "seen",
	not_affected: "answered", done: "answered", accepted: "answered",
};

export function stageOf(answer: Answer | undefined, channels: Delivery[]): Stage {
	if (answer && answer.state !== "no_answer" && !answer.outdated && STAGE_OF[answer.state]) return STAGE_OF[answer.state]!;
	const inbox = channels.find((d) => d.channel === "inbox");
	if (inbox?.state === "opened" || answer?.outdated) return "opened";
	if (channels.length > 0 && channels.every((d) => ["bounced", "encrypt_failed"].includes(d.state))) return "failed";
	return "unopened";
}
export function byTeam(deliveries: Delivery[], answers: Answer[], about: (team: string, name?: string) => { name: string; sector: string }): Reached[] {
	const rows = new Map<string, Reached>();
	const row = (team: string, name?: string) => {
		const r = rows.get(team) ?? { team, ...about(team, name), channels: [], stage: "unopened" as Stage };
		rows.set(team, r);
		return r;
	};

	for (const d of deliveries) row(d.team, d.name).channels.push(d);
	for (const a of answers) if (a.team) row(a.team, a.name).answer = a;
	for (const r of rows.values()) r.stage = stageOf(r.answer, r.channels);
	return [...rows.values()].sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || a.name.localeCompare(b.name));
}
export const hasAnswered = (r: Reached) => !!r.answer && r.answer.state !== "no_answer";
export function counts(rows: Reached[]): [Stage, number][] {
	return STAGES.map((s) => [s, rows.filter((r) => r.stage === s).length] as [Stage, number]).filter(([, n]) => n > 0);
}
export function sectors(rows: Reached[]): [string, Reached[]][] {
	const out = new Map<string, Reached[]>();
	for (const r of rows) out.set(r.sector, [...(out.get(r.sector) ?? []), r]);
	return [...out].sort(([a], [b]) => (a ? 0 : 1) - (b ? 0 : 1) || a.localeCompare(b));
}
