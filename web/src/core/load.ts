// SPDX-License-Identifier: Apache-2.0
/* load: reading from the server inside a component. What was read stays on the page while it is read again,
 * and when reading again fails; a change told by the stream reads again by itself. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { listen, type StreamEvent } from "./stream";

export interface Load<T> {
	data: T | undefined;
	error: unknown;
	busy: boolean;
	reload: () => Promise<void>;
	set: (value: T) => void;
}

/* key: what is read (null: nothing yet); changes of key drop the old data. wanted: events to read again on. */
export function useLoad<T>(key: string | null, read: (signal: AbortSignal) => Promise<T>, wanted?: (e: StreamEvent) => boolean): Load<T> {
	const [state, setState] = useState<{ key: string | null; data?: T; error?: unknown; busy: boolean }>({ key: null, busy: key !== null });
	const run = useRef(read);
	const want = useRef(wanted);
	const ctl = useRef<AbortController | null>(null);

	run.current = read;
	want.current = wanted;
	const reload = useCallback(async () => {
		if (key === null) return;
		ctl.current?.abort();
		const mine = new AbortController();
		ctl.current = mine;
		setState((s) => ({ key, data: s.key === key ? s.data : undefined, busy: true }));
		try {
			const data = await run.current(mine.signal);
			if (!mine.signal.aborted) setState({ key, data, busy: false });
		} catch (error) {
			if (!mine.signal.aborted) setState((s) => ({ key, data: s.data, error, busy: false }));
		}
	}, [key]);

	useEffect(() => {
		void reload();
		return () => ctl.current?.abort();
	}, [reload]);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const stop = listen((e) => {
			if (e.name !== "reset" && !want.current?.(e)) return;
			clearTimeout(timer);
			timer = setTimeout(() => void reload(), 120);
		});
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [reload]);
	const same = state.key === key;
	return {
		data: same ? state.data : undefined,
		error: same ? state.error : undefined,
		busy: state.busy || !same,
		reload,
		set: (data) => setState({ key, data, busy: false }),
	};
}

export const about = (id: string) => (e: StreamEvent) => e.data.id === id;
export const ofPlural = (...plurals: string[]) => (e: StreamEvent) => plurals.includes(e.name.split(".")[0] ?? "");
