// SPDX-License-Identifier: Apache-2.0
/* times and numbers in words: what is kept of formatters belongs to its language and to its half of the year */
import { lang } from "../i18n";
import type { Check } from "../test";
import { absolute, bytes, calendar, number, relative, span, zone, zoneName } from "./time";

const HOUR = 3600_000;

function fresh(at: Date): string {
	for (const l of ["ja-JP", "en-US", "en-GB", "en-GB"]) {
		const part = new Intl.DateTimeFormat(l, { timeZone: zone, timeZoneName: "short" }).formatToParts(at).find((p) => p.type === "timeZoneName")!.value;
		if (!/^(GMT|UTC)[+-]/.test(part)) return part;
		if (l === "en-GB") return part;
	}
	return "";
}

export default function (ok: Check) {
	const before = lang.value;

	for (let month = 0; month < 12; month++) {
		const at = new Date(2026, month, 15, 12);
		ok(`time: the zone's name in month ${month + 1}`, zoneName(at) === fresh(at), `${zoneName(at)}, not ${fresh(at)}`);
	}
	for (const [l, hours, day, kb] of [
		["en", "4 hours", "in 2 days", "1.5 kB"],
		["ja", "4 時間", "明後日", "1.5 KB"],
		["en", "4 hours", "in 2 days", "1.5 kB"],
	] as const) {
		lang.value = l;
		ok(`time: a span in ${l}`, span(-4.5 * HOUR) === hours, span(-4.5 * HOUR));
		ok(`time: relative in ${l}`, relative(new Date(49 * HOUR).toISOString(), 0) === day, relative(new Date(49 * HOUR).toISOString(), 0));
		ok(`time: bytes in ${l}`, bytes(1500).toLowerCase() === kb.toLowerCase(), bytes(1500));
		ok(`time: bytes have no fraction in ${l}`, /^512(?![.,])/.test(bytes(512)), bytes(512));
		ok(`time: a number in ${l}`, number(1234567) === "1,234,567", number(1234567));
		ok(`time: absolute in ${l} says its zone`, absolute("2026-07-01T03:04:05Z").endsWith(` ${zoneName(new Date("2026-07-01T03:04:05Z"))}`), absolute("2026-07-01T03:04:05Z"));
	}
	for (const [l, day, month, short] of [
		["ja", "2026/11/02", "2026/11", "11/02"],
		["en", "2 Nov 2026", "Nov 2026", "2 Nov"],
	] as const) {
		lang.value = l;
		const got = [calendar("2026-11-02"), calendar("2026-11"), calendar("2026-11-02", true)];
		ok(`time: a day and a month of a calendar in ${l}`, got.join() === [day, month, short].join(), got.join());
		ok(`time: a moment's day is written the same in ${l}`, absolute("2026-11-02T12:00:00Z").startsWith(day), absolute("2026-11-02T12:00:00Z"));
	}
	lang.value = before;
}
