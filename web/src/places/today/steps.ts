// SPDX-License-Identifier: Apache-2.0
/* steps: which of the first steps of a node are done, told by what is there. Pure. */
import type { Rec } from "../../core/types";

export type SetupStep = "profile" | "people" | "members" | "report" | "known" | "warning";
export interface Standing {
	team: Rec;
	teams: Rec[];
	people: Rec[];
	reports: number;
	known: number;
	warnings: number;
}
const filled = (v: unknown) => (Array.isArray(v) ? v.length > 0 : typeof v === "string" && v !== "");

export function stepsDone(s: Standing): { step: SetupStep; done: boolean }[] {
	const contact = s.team.contact as { email?: string; phone?: string } | undefined;
	return [
		{ step: "profile", done: filled(contact?.email) && (filled(s.team.domains) || filled(s.team.cidrs)) },
		{ step: "people", done: s.people.length > 1 },
		{ step: "members", done: s.teams.length > 1 },
		{ step: "report", done: s.reports > 0 },
		{ step: "known", done: s.known > 0 },
		{ step: "warning", done: s.warnings > 0 },
	];
}
