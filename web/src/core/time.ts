// SPDX-License-Identifier: Apache-2.0
/* time: every time shown carries its zone; one zone per page, the reader's own. */
import { lang, t } from "../i18n";

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const locale = () => (lang.value === "ja" ? "ja-JP" : "en-GB");

/* "JST" where the short name is known in either locale, else "GMT+9" as Intl has it. */
export function zoneName(at: Date = new Date()): string {
	for (const l of ["ja-JP", "en-US", "en-GB"]) {
		const part = new Intl.DateTimeFormat(l, { timeZone: zone, timeZoneName: "short" })
			.formatToParts(at)
			.find((p) => p.type === "timeZoneName")?.value;
		if (part && !/^(GMT|UTC)[+-]/.test(part)) return part;
	}
	return new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" })
		.formatToParts(at)
		.find((p) => p.type === "timeZoneName")?.value ?? "UTC";
}

export function parse(text: string | null | undefined): Date | null {
	if (!text) return null;
	const d = new Date(text);
	return Number.isNaN(d.getTime()) ? null : d;
}

const two = (n: number) => String(n).padStart(2, "0");

export function absolute(text: string | null | undefined): string {
	const d = parse(text);

	if (!d) return text ?? "";
	const clock = `${two(d.getHours())}:${two(d.getMinutes())}`;
	const day =
		lang.value === "ja"
			? `${d.getFullYear()}/${two(d.getMonth() + 1)}/${two(d.getDate())}`
			: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(d);
	return `${day}${lang.value === "ja" ? "" : ","} ${clock} ${zoneName(d)}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
	["day", 86400],
	["hour", 3600],
	["minute", 60],
];

export function relative(text: string | null | undefined, now = Date.now()): string {
	const d = parse(text);

	if (!d) return "";
	const s = (d.getTime() - now) / 1000;
	const f = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
	if (Math.abs(s) > 86400 * 30) return absolute(text);
	for (const [unit, n] of STEPS) if (Math.abs(s) >= n) return f.format(Math.trunc(s / n), unit);
	return t().now;
}

/* "4 hours" without a direction, for deadlines that say themselves whether they are past. */
export function span(ms: number): string {
	const s = Math.abs(ms) / 1000;

	for (const [unit, n] of STEPS) {
		if (s >= n)
			return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: lang.value === "ja" ? "short" : "long" }).format(
				Math.floor(s / n),
			);
	}
	return new Intl.NumberFormat(locale(), { style: "unit", unit: "minute", unitDisplay: lang.value === "ja" ? "short" : "long" }).format(0);
}

export const number = (n: number) => new Intl.NumberFormat(locale()).format(n);

export function bytes(n: number): string {
	const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
	let i = 0;

	while (n >= 1000 && i < units.length - 1) {
		n /= 1000;
		i++;
	}
	return new Intl.NumberFormat(locale(), { style: "unit", unit: units[i], unitDisplay: "short", maximumFractionDigits: i ? 1 : 0 }).format(n);
}

/* The value of <input type=datetime-local> for an instant, and back. */
export function toLocalInput(text: string | null | undefined): string {
	const d = parse(text);

	if (!d) return "";
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}
export function fromLocalInput(text: string): string | undefined {
	const d = text ? new Date(text) : null;

	return d && !Number.isNaN(d.getTime()) ? d.toISOString().replace("Z", "000Z") : undefined;
}
