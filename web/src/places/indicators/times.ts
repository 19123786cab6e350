// SPDX-License-Identifier: Apache-2.0
/* times: spans of a calendar with a fixed offset from UTC, as the server counts them. Pure. */
const two = (n: number) => String(n).padStart(2, "0");

/* The reader's offset now, as "+09:00". */
export function offsetNow(minutes = -new Date().getTimezoneOffset()): string {
	const m = Math.abs(minutes);
	return `${minutes < 0 ? "-" : "+"}${two(Math.floor(m / 60))}:${two(m % 60)}`;
}
/* The date on which a span begins, in its own calendar: 2026-11-02, of a month 2026-11. */
export function dateOf(from: string, zone: string, by: string): string {
	const [, sign, h, m] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
	const shift = sign ? (Number(h) * 60 + Number(m)) * (sign === "-" ? -1 : 1) : 0;
	const text = new Date(Date.parse(from) + shift * 60000).toISOString();
	return text.slice(0, by === "month" ? 7 : 10);
}
/* A round number not below the greatest, and its steps: 7 -> 8 by 2. */
export function scale(most: number): { top: number; step: number } {
	const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
	const step = [0.25, 0.5, 1, 2, 2.5].map((f) => f * unit).find((s) => Number.isInteger(s) && most / s <= 5) ?? Math.max(1, Math.ceil(most / 4));
	return { top: Math.max(step, Math.ceil(most / step) * step), step };
}
