// SPDX-License-Identifier: Apache-2.0
/* en: the words of search in English. */
import type { Messages } from "../../i18n";

export const find: Messages["find"] = {
	title: "Search",
	label: "Words, number or value",
	hint: "Japanese and English words, numbers and defanged values (hxxp, [.]) all work.",
	values: "Known about the value",
	hits: "Records",
	none: "No record matches. Try another spelling or fewer words.",
	start: "Type a number, an organisation, words, an IP address or a domain.",
};
