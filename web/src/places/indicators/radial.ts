// SPDX-License-Identifier: Apache-2.0
/* radial: where the nodes of a small graph stand. One hop of at most sixty nodes needs no simulation: the value in the
 * middle, its records on an arc to each side at even heights, what is one step further outside of those, near its
 * parent. The same graph is the same picture each time. Pure. */
import type { Graph } from "./store";

export type Shape = "value" | "ours" | "warning" | "other";
export interface Placed {
	id: string;
	node: Graph["nodes"][number];
	shape: Shape;
	x: number;
	y: number;
	/* -1: left of the middle, 1: right */
	side: number;
}
export interface Line {
	key: string;
	from: [number, number];
	to: [number, number];
	ring: number;
}
export interface Picture {
	width: number;
	height: number;
	middle: [number, number];
	nodes: Placed[];
	lines: Line[];
}
const STEP = 26;
const EDGE = 22;
const NEAR = 70;
const BULGE = 55;
const FAR = 205;
export const LABEL = 150; /* room for a name beside its node */
const WIDTH = 960;

export function shapeOf(type: string): Shape {
	if (/^(value|indicator|x-hikeshi-observable|observed-data|ipv[46]-addr|domain-name|url|file|email-addr)$/.test(type)) return "value";
	if (type === "x-hikeshi-warning") return "warning";
	return type.startsWith("x-hikeshi-") ? "ours" : "other";
}
const heights = (n: number, height: number) => Array.from({ length: n }, (_, i) => height / 2 + (i - (n - 1) / 2) * STEP);

export function picture(g: Graph): Picture {
	const order: Shape[] = ["warning", "ours", "value", "other"];
	const first = g.nodes.filter((n) => n.ring === 1).sort((a, b) => order.indexOf(shapeOf(a.type)) - order.indexOf(shapeOf(b.type)));
	const far = g.nodes.filter((n) => n.ring === 2);
	/* to the right first, then to the left, each from top to bottom */
	const half = Math.ceil(first.length / 2);
	const sides = [first.slice(0, half), first.slice(half)];
	const sideOf = new Map(sides.flatMap((s, i) => s.map((n) => [n.id, i] as const)));
	const parentOf = (id: string) => g.edges.find((e) => (e.to === id && sideOf.has(e.from)) || (e.from === id && sideOf.has(e.to)));
	const parents = new Map(far.map((n) => { const e = parentOf(n.id); return [n.id, e ? (e.from === n.id ? e.to : e.from) : ""] as const; }));
	const outer = [0, 1].map((i) => far.filter((n) => (sideOf.get(parents.get(n.id)!) ?? 0) === i));
	const most = Math.max(1, ...sides.map((s) => s.length), ...outer.map((s) => s.length));
	const height = most * STEP + 2 * EDGE;
	const middle: [number, number] = [WIDTH / 2, height / 2];
	const nodes: Placed[] = [];
	const at = new Map<string, Placed>();

	sides.forEach((s, i) => heights(s.length, height).forEach((y, k) => {
		const side = i ? -1 : 1;
		const bend = s.length > 1 ? Math.cos(((k / (s.length - 1)) * 2 - 1) * (Math.PI / 2)) : 1;
		const p = { id: s[k]!.id, node: s[k]!, shape: shapeOf(s[k]!.type), x: middle[0] + side * (NEAR + BULGE * bend), y, side };
		nodes.push(p);
		at.set(p.id, p);
	}));
	outer.forEach((s, i) => {
		s.sort((a, b) => (at.get(parents.get(a.id)!)?.y ?? 0) - (at.get(parents.get(b.id)!)?.y ?? 0));
		heights(s.length, height).forEach((y, k) => {
			const side = i ? -1 : 1;
			const p = { id: s[k]!.id, node: s[k]!, shape: shapeOf(s[k]!.type), x: middle[0] + side * (NEAR + BULGE + FAR), y, side };
			nodes.push(p);
			at.set(p.id, p);
		});
	});
	const lines: Line[] = nodes.filter((n) => n.node.ring === 1).map((n) => ({ key: `v ${n.id}`, from: middle, to: [n.x, n.y], ring: 1 }));
	const drawn = new Set<string>();
	for (const e of g.edges) {
		const a = at.get(e.from);
		const b = at.get(e.to);
		const key = `${e.from} ${e.to}`;
		if (!a || !b || drawn.has(key)) continue;
		drawn.add(key);
		/* a line to what is further begins behind the name of the nearer one */
		const end = (p: Placed, other: Placed): [number, number] => (p.node.ring === 1 && other.node.ring === 2 && p.side === other.side ? [p.x + p.side * (LABEL + 10), p.y] : [p.x, p.y]);
		lines.push({ key, from: end(a, b), to: end(b, a), ring: a.node.ring === 1 && b.node.ring === 1 ? 1 : 2 });
	}
	return { width: WIDTH, height, middle, nodes, lines };
}
