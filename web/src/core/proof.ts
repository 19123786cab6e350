// SPDX-License-Identifier: Apache-2.0
/* proof: checks a proof of an entry of the journal in the browser, with WebCrypto and nothing of the server's but the file
 * (docs/formats.md 5; src/exchange/proof.h says the same in C). Hashes, paths, the signed note, the key objects up to the
 * team's root key; and that the journal goes on from a checkpoint that was kept. */
import type { Json, Ok } from "./openapi";

export type Proof = Ok<"GET /journal/{seq}/proof">;
/* What holds, in this order; the first that does not ends it. "signature" is null where the browser knows no Ed25519. */
export const STEPS = ["form", "content", "path", "signature", "key", "kept"] as const;
export type Step = (typeof STEPS)[number];
export interface Verdict {
	done: Step[];
	failed: Step | null;
	unchecked: Step[];
	size: number;
	node: string;
	root: string;
}
export class Refused extends Error {}

type Bytes = Uint8Array<ArrayBuffer>;
const HEX64 = /^[0-9a-f]{64}$/;
const utf8 = (s: string) => new TextEncoder().encode(s) as Bytes;
const need: (good: unknown, why?: string) => asserts good = (good, why) => {
	if (!good) throw new Refused(why ?? "");
};
function hex(text: unknown, bytes: number): Bytes {
	need(typeof text === "string" && new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(text), "hex");
	return Uint8Array.from(text.match(/../g)!, (x) => Number.parseInt(x, 16)) as Bytes;
}
export const hexOf = (b: Uint8Array) => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
function base64(text: string): Bytes {
	const raw = atob(text);
	need(btoa(raw) === text, "base64");
	return Uint8Array.from(raw, (c) => c.charCodeAt(0)) as Bytes;
}
function joined(...parts: Uint8Array[]): Bytes {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}
const sha = async (...parts: Uint8Array[]) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts))) as Bytes;
const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((x, i) => x === b[i]);

/* RFC 8785, for what is signed here: texts, whole numbers, true, false, null. */
export function jcs(v: Json | undefined): string {
	if (Array.isArray(v)) return `[${v.map(jcs).join(",")}]`;
	if (v && typeof v === "object") return `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${jcs((v as { [k: string]: Json })[k])}`).join(",")}}`;
	need(v !== undefined && (typeof v !== "number" || Number.isSafeInteger(v)), "number");
	return JSON.stringify(v);
}

/* UUIDv5 in our name space: ids that follow from what they name. */
async function idOf(type: string, ...names: Json[]): Promise<string> {
	const space = hex("a1e4b6c25d0f4f7b9c382f6d1b7e9a54", 16);
	const h = new Uint8Array(await crypto.subtle.digest("SHA-1", joined(space, utf8(jcs([type, ...names])))));
	h[6] = (h[6]! & 15) | 0x50;
	h[8] = (h[8]! & 63) | 0x80;
	const t = hexOf(h.slice(0, 16));
	return `${type}--${t.slice(0, 8)}-${t.slice(8, 12)}-${t.slice(12, 16)}-${t.slice(16, 20)}-${t.slice(20)}`;
}

/* ---- trees (RFC 9162 2.1.3.2, 2.1.4.2) ---- */
const node = (a: Uint8Array, b: Uint8Array) => sha(new Uint8Array([1]), a, b);
async function included(index: number, size: number, leaf: Bytes, path: Bytes[], root: Bytes): Promise<boolean> {
	let fn = index;
	let sn = size - 1;
	let r = leaf;
	if (index >= size) return false;
	for (const p of path) {
		if (sn === 0) return false;
		if (fn % 2 || fn === sn) {
			r = await node(p, r);
			while (fn % 2 === 0 && fn !== 0) {
				fn = Math.floor(fn / 2);
				sn = Math.floor(sn / 2);
			}
		} else r = await node(r, p);
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	return sn === 0 && same(r, root);
}
async function goesOn(m: number, n: number, old: Bytes, now: Bytes, path: Bytes[]): Promise<boolean> {
	if (m > n || m < 1) return false;
	if (m === n) return path.length === 0 && same(old, now);
	let fn = m - 1;
	let sn = n - 1;
	const rest = [...path];
	while (fn % 2) {
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	const first = Number.isInteger(Math.log2(m)) ? old : rest.shift();
	if (!first || !path.length) return false;
	let a = first;
	let b = first;
	for (const p of rest) {
		if (sn === 0) return false;
		if (fn % 2 || fn === sn) {
			a = await node(p, a);
			b = await node(p, b);
			while (fn % 2 === 0 && fn !== 0) {
				fn = Math.floor(fn / 2);
				sn = Math.floor(sn / 2);
			}
		} else b = await node(b, p);
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	return sn === 0 && same(a, old) && same(b, now);
}

/* ---- notes (C2SP signed-note) and keys ---- */
export interface Note {
	origin: string;
	node: string;
	epoch: string;
	size: number;
	root: Bytes;
	text: string;
	lines: string[];
}
export function noteOf(note: string): Note {
	const end = note.lastIndexOf("\n\n");
	need(end > 0 && note.endsWith("\n"), "note");
	const text = note.slice(0, end + 1);
	const [origin, size, root, ...more] = text.slice(0, -1).split("\n");
	const [name, id, epoch, ...rest] = (origin ?? "").split("/");
	need(name === "hikeshi" && id && epoch && !rest.length && !more.length && /^(0|[1-9]\d{0,15})$/.test(size ?? "") && root, "note");
	return { origin: origin!, node: id, epoch, size: Number(size), root: base64(root), text, lines: note.slice(end + 2, -1).split("\n") };
}
/* null: this browser knows no Ed25519. */
async function signedBy(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean | null> {
	try {
		const k = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
		return await crypto.subtle.verify({ name: "Ed25519" }, k, signature, message);
	} catch (e) {
		if ((e as Error).name === "NotSupportedError") return null;
		return false;
	}
}
async function noteSigned(n: Note, key: Bytes): Promise<boolean | null> {
	const id = (await sha(utf8(n.origin), utf8("\n\u0001"), key)).slice(0, 4);
	for (const line of n.lines) {
		const [dash, who, blob, ...more] = line.split(" ");
		if (dash !== "\u2014" || who !== n.origin || !blob || more.length) continue;
		const raw = base64(blob);
		if (raw.length === 68 && same(raw.slice(0, 4), id)) return signedBy(key, utf8(n.text), raw.slice(4) as Bytes);
	}
	return false;
}
type KeyObject = { [k: string]: Json };
async function keyHolds(k: KeyObject, team: string, root: string): Promise<boolean | null> {
	need(k.type === "x-hikeshi-key" && k.v === 1 && k.team === team && k.root === root, "key");
	const { sig, proof, ...said } = k;
	const h = await sha(utf8("hikeshi/key/v1\n"), utf8(jcs(said)));
	const message = joined(utf8("hikeshi/key/v1\n"), h);
	const byRoot = await signedBy(hex(root, 32), message, hex(sig, 64));
	if (!byRoot) return byRoot;
	if (proof === null) return !!(k.ends || k.revoked_at);
	return signedBy(hex(k.ed25519, 32), message, hex(proof, 64));
}
/* The key object whose node key signed the note; its ends and revocation as the others say them. */
async function vouched(p: Proof, n: Note, v: Verdict): Promise<void> {
	const keys = p.keys as KeyObject[];
	const root = keys[0]?.root;
	need(Array.isArray(keys) && keys.length > 0 && keys.length <= 16 && typeof root === "string" && HEX64.test(root), "keys");
	v.root = root;
	let unknown = false;
	let by: KeyObject | undefined;
	for (const k of keys) {
		if (by || k.node !== n.node) continue;
		const good = await noteSigned(n, hex(k.node_key, 32));
		unknown ||= good === null;
		if (good) by = k;
	}
	if (!by && unknown) {
		v.unchecked.push("signature", "key");
		return;
	}
	need(by, "signature");
	v.done.push("signature");
	for (const k of keys) need(await keyHolds(k, p.team, root), "key");
	const about = keys.filter((k) => k.ed25519 === by!.ed25519);
	const ends = about.flatMap((k) => (typeof k.ends === "string" ? [k.ends] : [])).sort()[0];
	need(!about.some((k) => k.revoked_at) && (!ends || String(p.entry.at) <= ends), "key");
	v.done.push("key");
}

/* ---- the whole ---- */
const MEMBERS = "checkpoint consistency content content_salt created entry erased id keys modified path salt spec_version team type v";
const ENTRY = "actor at content epoch kind seq subject team v";
const names = (o: object) => Object.keys(o).sort().join(" ");

async function form(p: Proof): Promise<void> {
	const e = p.entry as { [k: string]: Json };
	need(p.v === 1 && p.type === "x-hikeshi-entry-proof" && names(p) === MEMBERS && names(e) === ENTRY && e.v === 1, "members");
	need(Number.isSafeInteger(e.seq) && Number(e.seq) >= 0 && Array.isArray(p.path) && p.path.length <= 64, "members");
	need(typeof p.erased === "boolean" && !(p.erased && p.content !== null) && (p.content === null) === (p.content_salt === null), "members");
	need((p as unknown as KeyObject).created === (p as unknown as KeyObject).modified, "times");
	need(p.id === (await idOf("x-hikeshi-entry-proof", p.team, e.epoch!, e.seq!)), "id");
}
async function run(p: Proof, kept: string | null, v: Verdict, step: (s: Step) => void): Promise<void> {
	const e = p.entry as { [k: string]: Json };
	step("form");
	await form(p);
	v.done.push("form");
	step("content");
	if (p.content !== null) {
		const d = await sha(utf8("hikeshi/content/v1\n"), hex(p.content_salt, 16), utf8(p.content));
		need(hexOf(d) === e.content, "content");
		v.done.push("content");
	}
	step("path");
	const n = noteOf(p.checkpoint);
	const data = await sha(utf8("hikeshi/entry/v1\n"), hex(p.salt, 16), utf8(jcs(e)));
	const leaf = await sha(new Uint8Array([0]), data);
	v.size = n.size;
	v.node = n.node;
	need(n.epoch === e.epoch && (await included(Number(e.seq), n.size, leaf, p.path.map((x) => hex(x, 32)), n.root)), "path");
	v.done.push("path");
	step("signature");
	await vouched(p, n, v);
	if (kept === null) return;
	step("kept");
	const old = noteOf(kept);
	const by = (p.keys as KeyObject[]).filter((k) => k.node === old.node).map((k) => hex(k.node_key, 32));
	need(old.origin === n.origin, "other");
	if (!v.unchecked.length) need((await Promise.all(by.map((k) => noteSigned(old, k)))).some(Boolean), "signature");
	const path = old.size === n.size ? [] : p.consistency?.size === old.size ? p.consistency.path.map((x) => hex(x, 32)) : null;
	need(path && (await goesOn(old.size, n.size, old.root, n.root, path)), "kept");
	v.done.push("kept");
}

/* kept: the note of a checkpoint, or null. Never throws: what does not hold is `failed`. */
export async function verifyProof(p: Proof, kept: string | null): Promise<Verdict> {
	const v: Verdict = { done: [], failed: null, unchecked: [], size: 0, node: "", root: "" };
	let at = "form" as Step;
	try {
		await run(p, kept, v, (s) => { at = s; });
	} catch (e) {
		v.failed = at === "signature" && v.done.includes("signature") ? "key" : at;
		if (!(e instanceof Refused) && !(e instanceof TypeError) && !(e instanceof SyntaxError) && !(e instanceof DOMException)) throw e;
	}
	return v;
}
/* WebCrypto is there on https and on this machine itself only. */
export const canVerify = () => globalThis.isSecureContext !== false && !!globalThis.crypto?.subtle;
