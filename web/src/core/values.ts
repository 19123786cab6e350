// SPDX-License-Identifier: Apache-2.0
/* Words that look like values: addresses, names with a dot, hashes, CVE numbers; defanged or not. */
export function valuesIn(q: string): string[] {
	return q
		.split(/[\s,、"'<>]+/)
		.filter((w) => /^[0-9a-f]{32,128}$/i.test(w) || /^CVE-\d{4}-\d+$/i.test(w) || /^(hxxps?|https?|ftp):/i.test(w) || /[\w-](\.|\[\.\]|\(\.\))[\w-]/.test(w) || /^[0-9a-f]*:[0-9a-f:]+$/i.test(w))
		.slice(0, 50);
}
