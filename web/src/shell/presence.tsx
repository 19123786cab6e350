// SPDX-License-Identifier: Apache-2.0
/* presence: who else of the team has the record open that is on the page, and whether they write in it. Says the same of
 * the reader: while the page is looked at, every half minute, and at once when it is left. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../core/api";
import { apiOf, typeOfSlug } from "../core/catalog";
import { place } from "../core/router";
import { listen } from "../core/stream";
import type { Page } from "../core/types";
import { t } from "../i18n";
import { Icon } from "../ui/icons";

interface Present {
	person: string | null;
	name: string;
	state: "viewing" | "writing";
}
const EVERY_MS = 25000;
const WRITES_MS = 20000; /* after the last key */
const AWAY_MS = 5 * 60000; /* after the last sign of life: a page left open keeps no session alive */

/* The address of the record on the page, below /api/v1. */
function recordHere(): { id: string; path: string } | null {
	const [head, a, b] = place.value.path.split("/").filter(Boolean);
	const [slug, id] = head === "r" ? [a, b] : [head, a];
	const d = slug && id?.includes("--") ? typeOfSlug(slug) : undefined;
	const base = d && apiOf(d);
	return base && !base.startsWith("/stix/") ? { id: decodeURIComponent(id!), path: `${base}/${id}/presence` } : null;
}

function useOthers(at: { id: string; path: string } | null): Present[] {
	const [others, setOthers] = useState<Present[]>([]);
	const path = at?.path;

	useEffect(() => {
		setOthers([]);
		if (!path) return;
		let wrote = 0;
		let here = true;
		let told = "";
		let alive = Date.now();
		/* by nobody's hand, so neither kept for repeating nor asking for a sign-in */
		const say = async (state: string) => {
			told = state;
			try {
				const got = (await (await request(path, { method: "POST", json: { state }, anonymous: true })).json()) as Page<Present>;
				if (here) setOthers(got.items);
			} catch {
				/* a hint that does not arrive is no fault */
			}
		};
		const moved = () => {
			const away = Date.now() - alive > AWAY_MS;
			alive = Date.now();
			if (away) void say(now());
		};
		const now = () => (document.hidden ? "gone" : Date.now() - wrote < WRITES_MS ? "writing" : "viewing");
		const typed = (e: Event) => {
			if (!(e.target as Element).closest?.("main form")) return;
			wrote = Date.now();
			if (told !== "writing") void say("writing");
		};
		const shown = () => void say(now());
		const leave = () => void fetch(`/api/v1${path}`, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: '{"state":"gone"}' }).catch(() => {});
		const timer = setInterval(() => {
			if (!document.hidden && Date.now() - alive < AWAY_MS) void say(now());
		}, EVERY_MS);
		const stop = listen((e) => {
			if (here && !document.hidden && Date.now() - alive < AWAY_MS && (e.name === "reset" || (e.name === "presence" && e.data.id === at?.id))) void say(now());
		});

		void say(now());
		for (const kind of ["pointermove", "keydown"]) document.addEventListener(kind, moved, { passive: true });
		document.addEventListener("input", typed);
		document.addEventListener("visibilitychange", shown);
		addEventListener("pagehide", leave);
		return () => {
			here = false;
			clearInterval(timer);
			stop();
			for (const kind of ["pointermove", "keydown"]) document.removeEventListener(kind, moved);
			document.removeEventListener("input", typed);
			document.removeEventListener("visibilitychange", shown);
			removeEventListener("pagehide", leave);
			leave();
		};
	}, [path]);
	return others;
}

export function Presence() {
	const others = useOthers(recordHere());

	return (
		<div class="presence" role="status" aria-label={t().presence.here}>
			{others.map((x) => {
				const text = t().presence[x.state](x.name);
				return <span key={x.person ?? x.name} class={x.state} title={text}><Icon name={x.state === "writing" ? "edit" : "eye"} /> <span>{text}</span></span>;
			})}
		</div>
	);
}
