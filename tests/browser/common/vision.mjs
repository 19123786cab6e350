// SPDX-License-Identifier: Apache-2.0
/* vision: colours as people with a deficiency of colour vision see them, and how far apart two colours are. The matrices
 * are those of Machado, Oliveira and Fernandes (2009) at full severity, in linear RGB, which Chromium uses as well; without
 * cones (achromatopsia) the luminance alone is left. */
export const KINDS = {
	none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
	protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
	deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
	tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
	achromatopsia: [[0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722]],
};
const lin = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const hex = (c) => [1, 3, 5].map((i) => lin(Number.parseInt(c.slice(i, i + 2), 16) / 255));
export const seen = (colour, kind) => KINDS[kind].map((row) => Math.min(1, Math.max(0, row.reduce((sum, f, i) => sum + f * hex(colour)[i], 0))));
export const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
export function contrast(a, b) {
	const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (hi + 0.05) / (lo + 0.05);
}
function lab([r, g, b]) {
	const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
	const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
	const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
	const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
/* CIEDE2000 between two colours in linear RGB. */
export function distance(one, two) {
	const [[l1, a1, b1], [l2, a2, b2]] = [lab(one), lab(two)];
	const rad = Math.PI / 180;
	const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
	const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
	const [p1, p2] = [a1 * (1 + g), a2 * (1 + g)];
	const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
	const angle = (b, p) => (b === 0 && p === 0 ? 0 : (Math.atan2(b, p) / rad + 360) % 360);
	const [h1, h2] = [angle(b1, p1), angle(b2, p2)];
	let dh = c1 * c2 === 0 ? 0 : h2 - h1;
	if (dh > 180) dh -= 360;
	if (dh < -180) dh += 360;
	const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad);
	const l = (l1 + l2) / 2;
	const c = (c1 + c2) / 2;
	const h = c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
	const t = 1 - 0.17 * Math.cos((h - 30) * rad) + 0.24 * Math.cos(2 * h * rad) + 0.32 * Math.cos((3 * h + 6) * rad) - 0.2 * Math.cos((4 * h - 63) * rad);
	const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
	const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t];
	const rt = -Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad) * 2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
	return Math.sqrt(((l2 - l1) / sl) ** 2 + ((c2 - c1) / sc) ** 2 + (dH / sh) ** 2 + rt * ((c2 - c1) / sc) * (dH / sh));
}
