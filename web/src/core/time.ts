// SPDX-License-Identifier: Apache-2.0
/* time: every time shown carries its zone; one zone per page, the reader's own. */
import { lang, t } from "../i18n";

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const locale = () => (lang.value === "ja" ? "ja-JP" : "en-GB");

/* A formatter takes far longer to make than to use, and lists write thousands of times: one of each kind is kept. */
const kept = new Map<string, unknown>();
function keep<T>(key: string, make: () => T): T {
	let f = kept.get(key) as T | undefined;

	if (f === undefined) {
		f = make();
		kept.set(key, f);
	}
	return f;
}
const units = (unit: string, unitDisplay: "short" | "long", maximumFractionDigits = 0) =>
	keep(
		`${locale()} ${unit} ${unitDisplay} ${maximumFractionDigits}`,
		() => new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay, maximumFractionDigits }),
	);

function nameOf(at: Date): string {
	const inLocale = (l: string) =>
		keep(`zone ${l}`, () => new Intl.DateTimeFormat(l, { timeZone: zone, timeZoneName: "short" }))
			.formatToParts(at)
			.find((p) => p.type === "timeZoneName")?.value;

	for (const l of ["ja-JP", "en-US", "en-GB"]) {
		const part = inLocale(l);
		if (part && !/^(GMT|UTC)[+-]/.test(part)) return part;
	}
	return inLocale("en-GB") ?? "UTC";
}

/* "JST" where the short name is known in either locale, else "GMT+9" as Intl has it. A zone has a name for each of its offsets. */
export const zoneName = (at: Date = new Date()): string => keep(`name ${at.getTimezoneOffset()}`, () => nameOf(at));

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
			: keep("day", () => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" })).format(d);
	return `${day}${lang.value === "ja" ? "" : ","} ${clock} ${zoneName(d)}`;
}

/* A day of a calendar, "2026-11-02", or a month, "2026-11", written as absolute() writes days; short: without its year. */
export function calendar(text: string, short = false): string {
	const [y, m, d] = text.split("-");

	if (lang.value === "ja") return [short && d ? "" : y, m, d].filter(Boolean).join("/");
	const parts: Intl.DateTimeFormatOptions = { timeZone: "UTC", month: "short", day: d ? "numeric" : undefined, year: short && d ? undefined : "numeric" };
	return keep(`calendar ${!d} ${short}`, () => new Intl.DateTimeFormat("en-GB", parts)).format(new Date(`${y}-${m}-${d ?? "01"}T00:00:00Z`));
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
	const f = keep(`relative ${locale()}`, () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" }));
	if (Math.abs(s) > 86400 * 30) return absolute(text);
	for (const [unit, n] of STEPS) if (Math.abs(s) >= n) return f.format(Math.trunc(s / n), unit);
	return t().now;
}

/* "4 hours" without a direction, for deadlines that say themselves whether they are past. */
export function span(ms: number): string {
	const s = Math.abs(ms) / 1000;
	const display = lang.value === "ja" ? "short" : "long";

	for (const [unit, n] of STEPS) if (s >= n) return units(unit, display).format(Math.floor(s / n));
	return units("minute", display).format(0);
}

export const number = (n: number) => keep(`number ${locale()}`, () => new Intl.NumberFormat(locale())).format(n);

export function bytes(n: number): string {
	const names = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
	let i = 0;

	while (n >= 1000 && i < names.length - 1) {
		n /= 1000;
		i++;
	}
	return units(names[i]!, "short", i ? 1 : 0).format(n);
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
