// SPDX-License-Identifier: Apache-2.0
/* qr: the modules are those that another encoder (python-qrcode) draws for the same text, version and mask; and what is
 * too long is refused. */
import type { Check } from "../test";
import { qr, qrPath } from "./qr";

const GOLDEN = "1111111011110000001111111/1000001011011110101000001/1011101011011101001011101/1011101001101100101011101/1011101011100010101011101/1000001001101000101000001/1111111010101010101111111/0000000000111101100000000/1001111110001010110010111/0010110110010111100111110/1100111101011001110011001/0111110100110010101011111/0111011110110000101100001/1000100101001101100010010/1101001101000101100011111/1011110001101010110101101/1000101110111100111110110/0000000010110100100010110/1111111010001100101010001/1000001011110111100010001/1011101011011011111110000/1011101011001011011000011/1011101001010001010011111/1000001000000011001110111/1111111010101010101001001";
const text = (rows: boolean[][]) => rows.map((r) => r.map(Number).join("")).join("/");
/* of their squares */
const SUMS: [number, number, string][] = [[11, 21, "22334.48924"], [80, 37, "2565.34952"], [110, 45, "34789.35384"], [200, 57, "29216.37013"], [400, 77, "29028.32145"], [663, 97, "2143.64576"]];
/* Fletcher's, enough to tell two squares apart */
function sum(s: string): string {
	let a = 0, b = 0;
	for (const ch of s) {
		a = (a + ch.charCodeAt(0)) % 65521;
		b = (b + a) % 65521;
	}
	return `${a}.${b}`;
}

export default function (ok: Check) {
	ok("a short text, module by module", text(qr("https://hikeshi.example/")!) === GOLDEN);
	for (const [n, size, s] of SUMS) {
		const rows = qr(`aZ?${"x".repeat(n)}`)!;
		ok(`${n + 3} bytes: ${size} modules wide`, rows.length === size && sum(text(rows)) === s, sum(text(rows)));
	}
	ok("what is too long is no code", qr("x".repeat(667)) === null);
	ok("drawn with a margin of four", qrPath([[true, false], [false, true]]) === "M4 4h1v1h-1zM5 5h1v1h-1z");
}
