// SPDX-License-Identifier: Apache-2.0
/* csv: rows as a file that no spreadsheet runs. Pure. */

/* What a spreadsheet would take for a formula is text. */
export const cell = (v: string | number | null) => {
	const s = v === null ? "" : String(v);
	const safe = typeof v === "string" && /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(s) ? `'${s}` : s;
	return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
export const csv = (rows: (string | number | null)[][]) => `\ufeff${rows.map((r) => r.map(cell).join(",")).join("\r\n")}\r\n`;
