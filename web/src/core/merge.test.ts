// SPDX-License-Identifier: Apache-2.0
/* merge: properties over small random cases, then the ones people meet. */
import type { Check } from "../test";
import { applyPatch, at, leaves, makePatch, prune, same } from "./merge";
import type { Body } from "./types";

export default function (ok: Check) {
	let seed = 7;
	const random = (n: number) => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return Math.floor((seed / 2147483648) * n);
	};
	function anything(depth: number): any {
		const kind = random(depth > 0 ? 7 : 4);
		if (kind === 0) return random(5);
		if (kind === 1) return ["", "x", "火", "a\nb"][random(4)];
		if (kind === 2) return random(2) === 1;
		if (kind === 3) return null;
		if (kind === 4) return Array.from({ length: random(3) }, () => anything(depth - 1));
		return Object.fromEntries(Array.from({ length: random(4) }, () => ["abcd"[random(4)], anything(depth - 1)]));
	}
	const body = (): Body => Object.fromEntries(Array.from({ length: 4 }, () => ["abcd"[random(4)], anything(3)]));
	let bad = "";
	for (let i = 0; i < 5000 && !bad; i++) {
		const a = (prune(body()) ?? {}) as Body;
		const b = (prune(body()) ?? {}) as Body;
		const p = makePatch(a, b);
		if (!same(prune(applyPatch(a, p) as Body) ?? {}, b)) bad = JSON.stringify([a, b, p]);
		if (same(a, b) !== (Object.keys(p).length === 0)) bad = `empty: ${JSON.stringify([a, b, p])}`;
		for (const ptr of leaves(p)) if (!ptr.startsWith("/")) bad = `pointer ${ptr}`;
	}
	ok("a patch made between two records leads from one to the other", !bad, bad);
	ok("a patch names only what changed", same(makePatch({ a: 1, w: { x: 1, y: 2 } }, { a: 1, w: { x: 1, y: 3 } }), { w: { y: 3 } }));
	ok("what is emptied is removed", same(makePatch({ a: "x", l: [1] }, { a: "", l: [] }), { a: null, l: null }) && makePatch({ a: "x" }, { a: "" }).a === null);
	ok("a pointer finds its value", at({ w: { l: [{ t: "v" }] } }, "/w/l/0/t") === "v");
}
