// SPDX-License-Identifier: Apache-2.0
/* stream: what changed, as it changes. One connection per browser: the tab that holds the Web Lock reads
 * /api/v1/stream and passes every event on through a BroadcastChannel; without locks each tab reads its own.
 * Read with fetch, because event names are open ("<plural>.<kind>") and EventSource wants them in advance. */
import { signal } from "@preact/signals";
import { offline } from "./api";

export interface StreamEvent {
	name: string;
	id?: string;
	data: { id?: string; version?: number; type?: string; build?: string; [k: string]: unknown };
}
type Listener = (e: StreamEvent) => void;

const listeners = new Set<Listener>();
export const live = signal(false);
export const newBuild = signal(false);
let build = "";
/* the last event this browser has seen, in whichever tab: whoever reads next goes on after it */
let last = "";

export function listen(fn: Listener): () => void {
	listeners.add(fn);
	return () => void listeners.delete(fn);
}

function take(e: StreamEvent) {
	last = e.id || last;
	if (e.name === "hello") {
		live.value = true;
		if (build && e.data.build && e.data.build !== build) newBuild.value = true;
		build ||= e.data.build ?? "";
	}
	if (e.name === "live") live.value = e.data.live === true;
	for (const fn of [...listeners]) fn(e);
}

/* Splits the wire format into events; keeps the unfinished rest. */
export function parseEvents(text: string): { events: (StreamEvent & { id: string })[]; rest: string } {
	const blocks = text.replace(/\r\n?/g, "\n").split("\n\n");
	const rest = blocks.pop() ?? "";
	const events = [];

	for (const block of blocks) {
		let name = "message";
		let id = "";
		const data: string[] = [];
		for (const line of block.split("\n")) {
			const at = line.indexOf(":");
			if (at <= 0) continue;
			const value = line.slice(at + 1).replace(/^ /, "");
			if (line.startsWith("event:")) name = value;
			else if (line.startsWith("id:")) id = value;
			else if (line.startsWith("data:")) data.push(value);
		}
		if (!data.length && name === "message") continue;
		let body = {};
		try {
			body = data.length ? JSON.parse(data.join("\n")) : {};
		} catch {
			continue;
		}
		events.push({ name, id, data: body });
	}
	return { events, rest };
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

async function readForever(pass: (e: StreamEvent) => void, stop: AbortSignal) {
	let pause = 1000;

	while (!stop.aborted) {
		try {
			const res = await fetch("/api/v1/stream", {
				headers: { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) },
				signal: stop,
				cache: "no-store",
			});
			if (!res.ok || !res.body) throw new Error(String(res.status));
			pause = 1000;
			offline.value = false;
			pass({ name: "live", data: { live: true } });
			const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
			let rest = "";
			for (;;) {
				const { value, done } = await reader.read();
				if (done) break;
				const got = parseEvents(rest + value);
				rest = got.rest;
				got.events.forEach(pass);
			}
		} catch (e) {
			if (stop.aborted) return;
			if (e instanceof TypeError) offline.value = true;
		}
		pass({ name: "live", data: { live: false } });
		await wait(pause);
		pause = Math.min(pause * 2, 15000);
	}
}

let stopping: AbortController | null = null;
export function startStream() {
	stopping?.abort();
	stopping = new AbortController();
	const stop = stopping.signal;
	const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("hikeshi") : null;
	const pass = (e: StreamEvent) => {
		take(e);
		channel?.postMessage(e);
	};

	if (channel) channel.onmessage = (m: MessageEvent<StreamEvent>) => take(m.data);
	stop.addEventListener("abort", () => channel?.close());
	if (channel && navigator.locks) {
		live.value = true;
		navigator.locks.request("hikeshi-stream", { signal: stop }, () => readForever(pass, stop)).catch(() => {});
	} else {
		void readForever(pass, stop);
	}
}
export function stopStream() {
	stopping?.abort();
	stopping = null;
	last = "";
	live.value = false;
}
