// SPDX-License-Identifier: Apache-2.0
/* png: the pixels of a screenshot (8 bits a channel, not interlaced, as Chromium writes them). */
import { inflateSync } from "node:zlib";

/* { width, height, at(x, y): [r, g, b] of 0..255 } */
export function decode(file) {
	const parts = [];
	let width = 0;
	let height = 0;
	let channels = 0;
	for (let at = 8; at < file.length;) {
		const size = file.readUInt32BE(at);
		const type = file.toString("latin1", at + 4, at + 8);
		const body = file.subarray(at + 8, at + 8 + size);
		if (type === "IHDR") {
			[width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
			channels = { 2: 3, 6: 4 }[body[9]];
			if (body[8] !== 8 || !channels || body[12]) throw new Error("not a PNG of this kind");
		} else if (type === "IDAT") parts.push(body);
		at += size + 12;
	}
	const raw = inflateSync(Buffer.concat(parts));
	const line = width * channels;
	const out = Buffer.alloc(line * height);
	for (let y = 0; y < height; y++) {
		const filter = raw[y * (line + 1)];
		for (let i = 0; i < line; i++) {
			const left = i >= channels ? out[y * line + i - channels] : 0;
			const up = y ? out[(y - 1) * line + i] : 0;
			const corner = y && i >= channels ? out[(y - 1) * line + i - channels] : 0;
			const p = left + up - corner;
			const [dl, du, dc] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
			const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
			out[y * line + i] = raw[y * (line + 1) + 1 + i] + [0, left, up, (left + up) >> 1, paeth][filter];
		}
	}
	return { width, height, at: (x, y) => [...out.subarray((y * width + x) * channels, (y * width + x) * channels + 3)] };
}
