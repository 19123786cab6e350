// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../../test";
import { picture, shapeOf } from "./radial";
import type { Graph } from "./store";

const node = (id: string, type: string, ring: number) => ({ id, type, ring, title: id });
const many = (n: number, deep = 0): Graph => ({
	kind: "domain-name", canonical: "x.example", count: n, exact: true, further: deep,
	nodes: [...Array.from({ length: n }, (_, i) => node(`r${i}`, i % 3 ? "indicator" : "x-hikeshi-incident", 1)), ...Array.from({ length: deep }, (_, i) => node(`f${i}`, "value", 2))],
	edges: Array.from({ length: deep }, (_, i) => ({ from: `r${i % n}`, to: `f${i}`, relation: "names" })),
});

export default function run(ok: Check) {
	ok("shapes by type", [shapeOf("indicator"), shapeOf("x-hikeshi-warning"), shapeOf("x-hikeshi-report"), shapeOf("malware")].join() === "value,warning,ours,other");
	for (const [n, deep] of [[1, 0], [2, 0], [24, 0], [24, 40], [60, 40], [1, 40]] as const) {
		const p = picture(many(n, deep));
		const inside = p.nodes.every((x) => x.x > 0 && x.x < p.width && x.y > 0 && x.y < p.height);
		const apart = p.nodes.every((x, i) => p.nodes.every((y, k) => i === k || x.side !== y.side || x.node.ring !== y.node.ring || Math.abs(x.y - y.y) >= 20));
		ok(`${n} and ${deep}: all inside, names apart, each with its line`, inside && apart && p.nodes.length === n + deep && p.lines.length === n + deep);
	}
	ok("nothing around: an empty picture", picture(many(0)).nodes.length === 0);
	ok("the same each time", JSON.stringify(picture(many(24, 40))) === JSON.stringify(picture(many(24, 40))));
}
