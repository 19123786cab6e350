// SPDX-License-Identifier: Apache-2.0
/* values: what of a search is a value. */
import type { Check } from "../test";
import { same } from "./merge";
import { valuesIn } from "./values";

export default function (ok: Check) {
	ok("values in a search, words left out", same(valuesIn("不審な通信 evil[.]example と 203.0.113.7 INC-2026-00012 を見た"), ["evil[.]example", "203.0.113.7"]), valuesIn("不審な通信 evil[.]example と 203.0.113.7 INC-2026-00012 を見た").join());
}
