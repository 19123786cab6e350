// SPDX-License-Identifier: Apache-2.0
/* which step comes first */
import type { Check } from "../../test";
import { onward } from "./order";

const open = (state: string) => ({ state, open: true });
const path = [open("new"), open("analysing"), open("responding"), open("reporting"), open("on_hold"), open("waiting_external"), { state: "closed" }, { state: "duplicate" }];
const to = ["analysing", "responding", "reporting", "waiting_external", "on_hold", "closed", "duplicate"].map((s) => ({ to: s }));

export default function (ok: Check) {
	const first = (state: string, n = 2) => onward(path, state, to.filter((s) => s.to !== state)).slice(0, n).map((s) => s.to).join();

	ok("a new one is analysed", first("new", 1) === "analysing");
	ok("from responding it goes on, not back", first("responding") === "reporting,closed", first("responding"));
	ok("from the last one it ends", first("reporting", 1) === "closed");
	ok("what waits goes where people want", first("waiting_external", 1) === "analysing");
	ok("nothing is lost", onward(path, "responding", to).length === to.length);
	ok("of an unknown state the order stays", onward(path, null, to)[0]!.to === "analysing");
}
