// SPDX-License-Identifier: Apache-2.0
/* download: exports are fetched by the page, so that the server can ask for the password first, and a refusal is a sentence
 * on the page instead of a file that says it. */
import { request } from "./api";
import { notice } from "./notices";

export async function save(path: string, name: string) {
	const blob = await (await request(path)).blob();
	const a = document.createElement("a");

	a.href = URL.createObjectURL(blob);
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}
export function startDownloads() {
	document.addEventListener("click", (e) => {
		const a = (e.target as Element).closest?.<HTMLAnchorElement>("a[download]");
		if (!a || e.defaultPrevented || a.origin !== location.origin || a.pathname !== "/api/v1/export") return;
		e.preventDefault();
		save(a.pathname.slice("/api/v1".length) + a.search, a.download).catch((x: Error) => notice(x.message));
	});
}
