// SPDX-License-Identifier: Apache-2.0
/* defang: values of the other side as nothing turns them into a link. */

/* A value that no program turns into a link: dots, scheme and at-sign bracketed. */
export function defang(given: string): string {
	const value = given.replace(/\[([.:@])\]/g, "$1");
	if (/^[0-9a-f]{32,128}$/i.test(value) || /^CVE-\d/i.test(value)) return value;
	const url = /^(\w+):\/\/([^/?#]*)(.*)$/.exec(value);
	if (url) return `${url[1]!.replace(/^http/i, "hxxp")}://${url[2]!.replace(/\./g, "[.]").replace("@", "[@]")}${url[3]}`;
	if (/^[0-9a-f:]+(\/\d+)?$/i.test(value) && value.includes(":")) return value.replace(/:/, "[:]");
	if (/^[^\s@]+@[^\s@]+$/.test(value)) return value.replace("@", "[@]").replace(/\.(?=[^@]*$)/g, "[.]");
	if (/^[^\s/]+\.[^\s/]+(\/.*)?$/.test(value)) {
		const cut = value.indexOf("/");
		const host = cut < 0 ? value : value.slice(0, cut);
		return host.replace(/\./g, "[.]") + (cut < 0 ? "" : value.slice(cut));
	}
	return given;
}
