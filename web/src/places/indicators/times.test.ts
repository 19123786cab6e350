// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../../test";
import { dateOf, offsetNow, scale } from "./times";

export default function run(ok: Check) {
	ok("offsets", [offsetNow(540), offsetNow(0), offsetNow(-210)].join() === "+09:00,+00:00,-03:30");
	ok("the day of Japan begins the evening before in UTC", dateOf("2026-11-26T15:00:00.000000Z", "+09:00", "day") === "2026-11-27");
	ok("and that of New York later", dateOf("2026-11-27T05:00:00.000000Z", "-05:00", "day") === "2026-11-27");
	ok("a month", dateOf("2026-10-31T15:00:00.000000Z", "+09:00", "month") === "2026-11");
	for (const n of [0, 1, 3, 7, 10, 99, 100, 12345]) {
		const { top, step } = scale(n);
		ok(`scale of ${n}`, top >= n && Number.isInteger(step) && top % step === 0 && top / step <= 6, `${top} ${step}`);
	}
}
