// SPDX-License-Identifier: Apache-2.0
/* desk: what the plots by week and category are drawn from: the categories that are most, the rest as one, and the rows of
 * their table. Pure. */
export interface Counted {
	category: string;
	counts: number[];
}
export interface DeskType {
	type: string;
	total: number[];
	categories: Counted[];
}
export interface Series {
	/* null: all others */
	categories: string[] | null;
	name: string;
	counts: number[];
}
const sum = (n: number[]) => n.reduce((a, b) => a + b, 0);
/* "fraud:phishing" is counted with "fraud" where it is drawn; the table has it by itself. */
export const topOf = (category: string) => category.split(":")[0] ?? "";

/* At most so many series, the largest first; what is left is the last. */
export function stack(t: DeskType, most: number, name: (category: string) => string, rest: string): Series[] {
	const by = new Map<string, Series>();

	for (const c of t.categories) {
		const top = topOf(c.category);
		const had = by.get(top);
		if (had) by.set(top, { ...had, counts: had.counts.map((n, i) => n + (c.counts[i] ?? 0)) });
		else by.set(top, { categories: [top], name: name(top), counts: [...c.counts] });
	}
	const all = [...by.values()].filter((s) => sum(s.counts) > 0).sort((a, b) => sum(b.counts) - sum(a.counts) || a.name.localeCompare(b.name));
	if (all.length <= most) return all;
	const others = all.slice(most - 1);
	return [...all.slice(0, most - 1), { categories: null, name: rest, counts: t.total.map((_, i) => others.reduce((n, s) => n + (s.counts[i] ?? 0), 0)) }];
}

/* A row a week, a column a category; the sums last. */
export function table(t: DeskType, weeks: string[], head: string, name: (category: string) => string, totalWord: string): (string | number)[][] {
	const cols = [...t.categories].sort((a, b) => sum(b.counts) - sum(a.counts));
	return [[head, ...cols.map((c) => name(c.category)), totalWord], ...weeks.map((w, i) => [w, ...cols.map((c) => c.counts[i] ?? 0), t.total[i] ?? 0])];
}
/* A round number above the highest bar, and the lines to it. */
export function scale(max: number): number[] {
	if (max <= 4) return Array.from({ length: Math.max(1, max) + 1 }, (_, i) => i);
	const step = [1, 2, 5].flatMap((m) => [1, 10, 100, 1000, 10000].map((p) => m * p)).sort((a, b) => a - b).find((s) => max / s <= 5) ?? max;
	const out = [0];
	while (out[out.length - 1]! < max) out.push(out[out.length - 1]! + step);
	return out;
}
export const whole = sum;
