// SPDX-License-Identifier: Apache-2.0
/* order: which step of a record's states is offered first: onward, then the end when nothing is between, then the way back.
 * Who pauses or was opened again chooses freely, in the catalogue's order. Pure. */

const ASIDE = new Set(["on_hold", "waiting_external", "reopened"]);
const ENDS = new Set(["closed", "done"]);

export function onward<S extends { to: string }>(path: { state: string; open?: boolean }[], state: string | null | undefined, steps: S[]): S[] {
	const at = (s: string) => path.findIndex((p) => p.state === s && p.open && !ASIDE.has(s));
	const now = at(state ?? "");
	const rank = (s: S) => (at(s.to) > now ? 0 : ENDS.has(s.to) ? 1 : 2);

	return now < 0 ? steps : [...steps].sort((a, b) => rank(a) - rank(b));
}
