// SPDX-License-Identifier: Apache-2.0
/* qr: a text as a QR code (ISO/IEC 18004), drawn here, so that a secret in it reaches no other server: bytes, error
 * correction M, versions 1 to 20 (666 bytes). What comes out are rows of dark modules. */
const ECC = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]; /* codewords of correction a block */
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

/* Modules that carry data, what finds and aligns the code taken off. */
function rawModules(v: number): number {
	let n = (16 * v + 128) * v + 64;
	if (v >= 2) {
		const k = Math.floor(v / 7) + 2;
		n -= (25 * k - 10) * k - 55;
		if (v >= 7) n -= 36;
	}
	return n;
}
const allWords = (v: number) => rawModules(v) >> 3;
const dataWords = (v: number) => allWords(v) - ECC[v - 1]! * BLOCKS[v - 1]!;

/* ---- Reed-Solomon over GF(2^8), polynomial 0x11d ---- */
function times(x: number, y: number): number {
	let z = 0;
	for (let i = 7; i >= 0; i--) {
		z = (z << 1) ^ ((z >> 7) * 0x11d);
		z ^= ((y >> i) & 1) * x;
	}
	return z;
}
function divisor(degree: number): number[] {
	const out = new Array<number>(degree).fill(0);
	let root = 1;

	out[degree - 1] = 1;
	for (let i = 0; i < degree; i++) {
		for (let j = 0; j < degree; j++) out[j] = times(out[j]!, root) ^ (out[j + 1] ?? 0);
		root = times(root, 2);
	}
	return out;
}
function remainder(data: number[], by: number[]): number[] {
	const out = new Array<number>(by.length).fill(0);

	for (const b of data) {
		const f = b ^ out.shift()!;
		out.push(0);
		by.forEach((c, i) => { out[i] = out[i]! ^ times(c, f); });
	}
	return out;
}

/* ---- the words: header, bytes, padding; in blocks with their correction, interleaved ---- */
function words(bytes: Uint8Array, v: number): number[] {
	const bits: number[] = [];
	const put = (value: number, n: number) => { for (let i = n - 1; i >= 0; i--) bits.push((value >> i) & 1); };
	const room = dataWords(v) * 8;

	put(4, 4);
	put(bytes.length, v < 10 ? 8 : 16);
	for (const b of bytes) put(b, 8);
	put(0, Math.min(4, room - bits.length));
	put(0, (8 - (bits.length % 8)) % 8);
	for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
	return Array.from({ length: room / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((x, b) => (x << 1) | b, 0));
}
function interleaved(data: number[], v: number): number[] {
	const n = BLOCKS[v - 1]!, ecc = ECC[v - 1]!, all = allWords(v);
	const short = n - (all % n), length = Math.floor(all / n) - ecc, by = divisor(ecc);
	const blocks: number[][] = [], checks: number[][] = [];
	let at = 0;

	for (let i = 0; i < n; i++) {
		const own = data.slice(at, at += length + (i < short ? 0 : 1));
		blocks.push(own);
		checks.push(remainder(own, by));
	}
	const out: number[] = [];
	for (let i = 0; i <= length; i++) for (const b of blocks) if (i < b.length) out.push(b[i]!);
	for (let i = 0; i < ecc; i++) for (const c of checks) out.push(c[i]!);
	return out;
}

/* ---- the square ---- */
type Grid = boolean[][];
class Square {
	size: number;
	dark: Grid;
	fixed: Grid; /* finders, timing, format: no data, no mask */

	constructor(public v: number) {
		this.size = 4 * v + 17;
		const grid = () => Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
		this.dark = grid();
		this.fixed = grid();
		for (let i = 0; i < this.size; i++) {
			this.set(6, i, i % 2 === 0);
			this.set(i, 6, i % 2 === 0);
		}
		for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]] as const) this.ring(x, y, 4, [2, 4]);
		const at = this.alignments(), last = at.length - 1;
		at.forEach((x, i) => at.forEach((y, j) => {
			if (!((i === 0 && (j === 0 || j === last)) || (i === last && j === 0))) this.ring(x, y, 2, [1]);
		}));
		this.format(0);
		this.version();
	}
	set(x: number, y: number, dark: boolean) {
		this.dark[y]![x] = dark;
		this.fixed[y]![x] = true;
	}
	/* Squares in one another around a middle, light at the distances named. */
	ring(x: number, y: number, r: number, light: number[]) {
		for (let dy = -r; dy <= r; dy++)
			for (let dx = -r; dx <= r; dx++)
				if (this.dark[y + dy]?.[x + dx] !== undefined) this.set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
	}
	alignments(): number[] {
		if (this.v === 1) return [];
		const n = Math.floor(this.v / 7) + 2;
		const step = Math.floor((this.v * 8 + n * 3 + 5) / (n * 4 - 4)) * 2;
		const out = [6];
		for (let pos = this.size - 7; out.length < n; pos -= step) out.splice(1, 0, pos);
		return out;
	}
	format(mask: number) {
		let rem = mask; /* level M is 00 */
		for (let i = 0; i < 10; i++) rem = (rem << 1) ^ ((rem >> 9) * 0x537);
		const bits = ((mask << 10) | rem) ^ 0x5412;
		const bit = (i: number) => ((bits >> i) & 1) === 1;

		for (let i = 0; i <= 5; i++) this.set(8, i, bit(i));
		this.set(8, 7, bit(6));
		this.set(8, 8, bit(7));
		this.set(7, 8, bit(8));
		for (let i = 9; i < 15; i++) this.set(14 - i, 8, bit(i));
		for (let i = 0; i < 8; i++) this.set(this.size - 1 - i, 8, bit(i));
		for (let i = 8; i < 15; i++) this.set(8, this.size - 15 + i, bit(i));
		this.set(8, this.size - 8, true);
	}
	version() {
		if (this.v < 7) return;
		let rem = this.v;
		for (let i = 0; i < 12; i++) rem = (rem << 1) ^ ((rem >> 11) * 0x1f25);
		const bits = (this.v << 12) | rem;
		for (let i = 0; i < 18; i++) {
			const a = this.size - 11 + (i % 3), b = Math.floor(i / 3);
			this.set(a, b, ((bits >> i) & 1) === 1);
			this.set(b, a, ((bits >> i) & 1) === 1);
		}
	}
	/* Two columns at a time from the right, up and down. */
	fill(codewords: number[]) {
		let i = 0;
		for (let right = this.size - 1; right >= 1; right -= 2) {
			if (right === 6) right = 5;
			for (let k = 0; k < this.size; k++)
				for (let j = 0; j < 2; j++) {
					const x = right - j, y = ((right + 1) & 2) === 0 ? this.size - 1 - k : k;
					if (this.fixed[y]![x] || i >= codewords.length * 8) continue;
					this.dark[y]![x] = ((codewords[i >> 3]! >> (7 - (i & 7))) & 1) === 1;
					i++;
				}
		}
	}
	mask(m: number) {
		for (let y = 0; y < this.size; y++)
			for (let x = 0; x < this.size; x++) if (!this.fixed[y]![x] && MASKS[m]!(x, y)) this.dark[y]![x] = !this.dark[y]![x];
	}
}
const MASKS: ((x: number, y: number) => boolean)[] = [
	(x, y) => (x + y) % 2 === 0,
	(_, y) => y % 2 === 0,
	(x) => x % 3 === 0,
	(x, y) => (x + y) % 3 === 0,
	(x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
	(x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
	(x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
	(x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/* How hard it is to read: long runs, blocks, what looks like a finder, too dark or too light. */
function penalty(dark: Grid): number {
	const n = dark.length;
	let sum = 0, black = 0;

	for (const turned of [false, true])
		for (let y = 0; y < n; y++) {
			const line = Array.from({ length: n }, (_, x) => (turned ? dark[x]![y] : dark[y]![x]) ? "1" : "0").join("");
			for (const run of line.match(/0+|1+/g)!) if (run.length >= 5) sum += run.length - 2;
			const wide = `0000${line}0000`;
			for (let x = 0; x + 11 <= wide.length; x++) if (/^(00001011101|10111010000)/.test(wide.slice(x))) sum += 40;
		}
	for (let y = 0; y < n; y++)
		for (let x = 0; x < n; x++) {
			if (dark[y]![x]) black++;
			if (y && x && dark[y]![x] === dark[y - 1]![x] && dark[y]![x] === dark[y]![x - 1] && dark[y]![x] === dark[y - 1]![x - 1]) sum += 3;
		}
	return sum + 10 * Math.max(0, Math.ceil(Math.abs(black * 20 - n * n * 10) / (n * n)) - 1);
}

/* Rows of modules, true is dark; null when the text is too long. */
export function qr(text: string): Grid | null {
	const bytes = new TextEncoder().encode(text);
	const v = ECC.findIndex((_, i) => bytes.length + (i + 1 < 10 ? 2 : 3) <= dataWords(i + 1)) + 1;

	if (!v) return null;
	const codewords = interleaved(words(bytes, v), v);
	const square = new Square(v);
	let best = 0, least = Infinity;

	square.fill(codewords);
	for (let m = 0; m < 8; m++) {
		square.mask(m);
		square.format(m);
		const p = penalty(square.dark);
		if (p < least) [least, best] = [p, m];
		square.mask(m);
	}
	square.mask(best);
	square.format(best);
	return square.dark;
}
/* The path of an SVG whose box is as many units wide as there are modules, with four of margin. */
export function qrPath(rows: Grid): string {
	return rows.flatMap((r, y) => r.flatMap((d, x) => (d ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join("");
}
