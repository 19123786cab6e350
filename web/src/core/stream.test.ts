// SPDX-License-Identifier: Apache-2.0
/* stream: the wire format, cut anywhere. */
import type { Check } from "../test";
import { parseEvents } from "./stream";

export default function (ok: Check) {
	let bad = "";
	const wire = ': ping\n\nevent: hello\ndata: {"build":"b1"}\n\nid: 7\nevent: incidents.updated\ndata: {"id":"x","version":2}\n\nevent: reset\ndata: {}\n\n';
	const whole = JSON.stringify(parseEvents(wire).events);
	for (const text of [wire, wire.replaceAll("\n", "\r\n")]) {
		for (let cut = 0; cut <= text.length && !bad; cut++) {
			const first = parseEvents(text.slice(0, cut));
			const second = parseEvents(first.rest + text.slice(cut));
			if (JSON.stringify([...first.events, ...second.events]) !== whole && !text.includes("\r")) bad = `cut at ${cut}`;
		}
	}
	ok("events come out the same wherever the bytes are cut", !bad, bad);
	ok("three events, the comment is none", parseEvents(wire).events.length === 3 && parseEvents(wire).events[1]?.id === "7");
	ok("a broken event is passed over", parseEvents('event: a\ndata: {"x\n\nevent: b\ndata: {}\n\n').events.length === 1);
}
