// SPDX-License-Identifier: Apache-2.0
/* merge: JSON Merge Patch (RFC 7396) made and applied, and values compared for showing a change. */
import type { Body, Json } from "./types";

export const isObject = (v: unknown): v is Body => typeof v === "object" && v !== null && !Array.isArray(v);

export function same(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
	if (isObject(a) && isObject(b)) {
		const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
		return [...keys].every((k) => same(a[k] ?? null, b[k] ?? null));
	}
	return (a ?? null) === (b ?? null);
}

/* Empty texts, lists and objects are no value. */
export function prune(v: Json | undefined): Json | undefined {
	if (v === null || v === undefined || v === "") return undefined;
	if (Array.isArray(v)) {
		const kept = v.map(prune).filter((x) => x !== undefined) as Json[];
		return kept.length ? kept : undefined;
	}
	if (isObject(v)) {
		const out: Body = {};
		for (const [k, x] of Object.entries(v)) {
			const y = prune(x);
			if (y !== undefined) out[k] = y;
		}
		return Object.keys(out).length ? out : undefined;
	}
	return v;
}

/* What turns `from` into `to`; null for members taken away. */
export function makePatch(from: Body, to: Body): Body {
	const out: Body = {};

	for (const k of new Set([...Object.keys(from), ...Object.keys(to)])) {
		const a = prune(from[k]);
		const b = prune(to[k]);
		if (same(a, b)) continue;
		if (isObject(a) && isObject(b)) out[k] = makePatch(a, b);
		else out[k] = b === undefined ? null : b;
	}
	return out;
}
export function applyPatch(to: Json | undefined, patch: Json | undefined): Json | undefined {
	if (!isObject(patch)) return patch;
	const out: Body = isObject(to) ? { ...to } : {};

	for (const [k, v] of Object.entries(patch)) {
		if (v === null) delete out[k];
		else out[k] = applyPatch(out[k], v);
	}
	return out;
}
/* The leaves a patch touches, as JSON pointers. */
export function leaves(patch: Json | undefined, base = ""): string[] {
	if (!isObject(patch)) return [base];
	return Object.entries(patch).flatMap(([k, v]) => leaves(v, `${base}/${k}`));
}
export function at(v: Json | undefined, pointer: string): Json | undefined {
	let x: any = v;

	for (const k of pointer.split("/").slice(1)) x = x?.[k];
	return x;
}
export function put(v: Body, path: string[], value: Json | undefined): Body {
	const [k, ...rest] = path;

	if (!k) return v;
	if (!rest.length) return { ...v, [k]: value };
	return { ...v, [k]: put(isObject(v[k]) ? (v[k] as Body) : {}, rest, value) };
}
