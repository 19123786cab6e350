// SPDX-License-Identifier: Apache-2.0
/* api: one way to the server. Speaks JSON, understands problem+json, keeps entity tags, waits for a new
 * sign-in when a session has run out (the text on the page stays) and then asks again. */
import { signal } from "@preact/signals";
import type { Body, Held, Page, ProblemBody, Rec } from "./types";

/* true while the server cannot be reached */
export const offline = signal(false);
/* set when a request found the session ended; resolved by the sign-in dialog */
export const waiting = signal<{ retry: () => void } | null>(null);

/* set when the server wants the password once more before it does something (403 step_up) */
export const confirming = signal<{ done: (shown: boolean) => void } | null>(null);

export class Problem extends Error {
	status: number;
	code: string;
	body: ProblemBody;

	constructor(body: ProblemBody) {
		super(body.detail || body.title || `HTTP ${body.status}`);
		this.status = body.status;
		this.code = body.code ?? "";
		this.body = body;
	}
}

export type Query = Record<string, string | number | boolean | undefined | null>;

export function withQuery(path: string, query?: Query): string {
	const q = new URLSearchParams();

	for (const [k, v] of Object.entries(query ?? {})) {
		if (v !== undefined && v !== null && v !== "") q.set(k, String(v));
	}
	const text = q.toString();
	return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

interface Ask {
	method?: string;
	query?: Query;
	json?: unknown;
	form?: FormData;
	etag?: string;
	patch?: boolean;
	signal?: AbortSignal;
	anonymous?: boolean;
	idempotent?: boolean;
}

let langHeader = "ja";
export function speak(lang: string) {
	langHeader = lang;
}

async function problemOf(res: Response): Promise<Problem> {
	let body: ProblemBody = { status: res.status, title: res.statusText };

	try {
		if ((res.headers.get("content-type") ?? "").includes("json")) body = { ...body, ...(await res.json()) };
	} catch {
		/* a broken body still has its status */
	}
	body.status = res.status;
	return new Problem(body);
}

async function send(path: string, ask: Ask): Promise<Response> {
	const headers: Record<string, string> = {
		Accept: "application/json, application/problem+json",
		"Accept-Language": langHeader,
	};
	let body: BodyInit | undefined;

	if (ask.form) {
		body = ask.form;
		headers["X-Requested-With"] = "app";
	} else if (ask.json !== undefined) {
		body = JSON.stringify(ask.json);
		headers["Content-Type"] = ask.patch ? "application/merge-patch+json" : "application/json";
	}
	if (ask.etag) headers["If-Match"] = ask.etag;
	if (ask.idempotent) headers["Idempotency-Key"] = crypto.randomUUID();
	try {
		const res = await fetch(withQuery(`/api/v1${path}`, ask.query), {
			method: ask.method ?? "GET",
			headers,
			body,
			signal: ask.signal,
			credentials: "same-origin",
			cache: "no-store",
		});

		offline.value = false;
		return res;
	} catch (e) {
		if ((e as Error).name === "AbortError") throw e;
		offline.value = true;
		throw new Problem({ status: 0, code: "offline" });
	}
}

/* Everybody who meets an ended session waits for the same sign-in. */
let gate: Promise<void> | null = null;
function signInAgain(): Promise<void> {
	gate ??= new Promise<void>((done) => {
		waiting.value = {
			retry: () => {
				waiting.value = null;
				gate = null;
				done();
			},
		};
	});
	return gate;
}

let proof: Promise<boolean> | null = null;
function showAgain(): Promise<boolean> {
	proof ??= new Promise<boolean>((done) => {
		confirming.value = {
			done: (shown) => {
				confirming.value = null;
				proof = null;
				done(shown);
			},
		};
	});
	return proof;
}

export async function request(path: string, ask: Ask = {}): Promise<Response> {
	let res = await send(path, ask);

	if (res.status === 401 && !ask.anonymous) {
		await signInAgain();
		res = await send(path, ask);
	}
	if (res.ok) return res;
	const problem = await problemOf(res);
	if (problem.code !== "step_up" || !(await showAgain())) throw problem;
	res = await send(path, ask);
	if (!res.ok) throw await problemOf(res);
	return res;
}

async function json<T>(path: string, ask: Ask): Promise<T> {
	const res = await request(path, ask);

	if (res.status === 204 || res.headers.get("content-length") === "0") return undefined as T;
	const text = await res.text();
	return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => json<T>(path, { query, signal });
export const post = <T>(path: string, body: unknown = {}) =>
	json<T>(path, { method: "POST", json: body, idempotent: true });
export const postForm = <T>(path: string, form: FormData) => json<T>(path, { method: "POST", form });
export const del = <T>(path: string) => json<T>(path, { method: "DELETE" });
export const anonymous = <T>(path: string, method = "GET", body?: unknown) =>
	json<T>(path, { method, json: body, anonymous: true });
export const list = <T = Rec>(path: string, query?: Query, signal?: AbortSignal) =>
	json<Page<T>>(path, { query, signal });

async function held<T extends Rec>(res: Response): Promise<Held<T>> {
	const rec = (await res.json()) as T;

	return { rec, etag: res.headers.get("etag") ?? `"r${rec.version}"` };
}
export async function read<T extends Rec = Rec>(path: string, signal?: AbortSignal): Promise<Held<T>> {
	return held<T>(await request(path, { signal }));
}
export async function create<T extends Rec = Rec>(path: string, body: Body): Promise<Held<T>> {
	return held<T>(await request(path, { method: "POST", json: body, idempotent: true }));
}
export async function patch<T extends Rec = Rec>(path: string, body: Body, etag: string): Promise<Held<T>> {
	return held<T>(await request(path, { method: "PATCH", json: body, etag, patch: true }));
}
export const setMe = <T>(body: Body) => json<T>("/me", { method: "PATCH", json: body, patch: true });
