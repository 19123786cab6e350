// SPDX-License-Identifier: Apache-2.0
/* figures: what the two plots of warnings are drawn from: reach of each, share answered over time. Pure. */
export interface Figure {
	id: string;
	number: string;
	title: string;
	state: string;
	urgency: string;
	issued_at: string;
	ack_by: string;
	recipients: number;
	answered: number;
	in_time: number;
	affected: number;
	median_minutes: number | null;
	within: number[];
}
export interface Figures {
	hours: number[];
	items: Figure[];
}
export const late = (f: Figure) => f.answered - f.in_time;
export const silent = (f: Figure) => f.recipients - f.answered;
export const percent = (n: number, of: number) => (of ? Math.round((n / of) * 100) : 0);

/* The share of all asked that had answered after so many hours. */
export function curve(items: Figure[], hours: number[]): number[] {
	const all = items.reduce((n, f) => n + f.recipients, 0);
	return hours.map((_, i) => (all ? items.reduce((n, f) => n + (f.within[i] ?? 0), 0) / all : 0));
}
/* The middle of the medians of warnings that were answered at all, in minutes. */
export function middle(items: Figure[]): number | null {
	const m = items.map((f) => f.median_minutes).filter((x): x is number => x !== null).sort((a, b) => a - b);
	return m.length ? m[Math.floor((m.length - 1) / 2)]! : null;
}
