// SPDX-License-Identifier: Apache-2.0
/* defang: defanged values. */
import type { Check } from "../test";
import { defang } from "./defang";

export default function (ok: Check) {
	const rows: [string, string][] = [
		["https://evil.example/a.b?c=d.e", "hxxps://evil[.]example/a.b?c=d.e"],
		["evil.example", "evil[.]example"],
		["203.0.113.7", "203[.]0[.]113[.]7"],
		["2001:db8::1", "2001[:]db8::1"],
		["a@evil.example", "a[@]evil[.]example"],
		["198.51.100.0/24", "198[.]51[.]100[.]0/24"],
		["evil[.]example", "evil[.]example"],
		["ab".repeat(32), "ab".repeat(32)],
		["CVE-2026-12345", "CVE-2026-12345"],
		["事務局からの連絡", "事務局からの連絡"],
	];
	for (const [value, want] of rows) ok(`defanged: ${value.slice(0, 40)}`, defang(value) === want, `${defang(value)} instead of ${want}`);
	ok("nothing defanged still looks like a link", rows.every(([v]) => !/https?:\/\//.test(defang(v))));
	ok("defanging twice changes nothing more", rows.every(([v]) => defang(defang(v)) === defang(v)), rows.map(([v]) => defang(defang(v))).join("\n"));
}
