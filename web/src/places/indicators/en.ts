// SPDX-License-Identifier: Apache-2.0
/* en: the words of indicators in English. */
import type { Messages } from "../../i18n";
import { pl } from "../../i18n/pl";

export const ind: Messages["ind"] = {
	title: "Indicators",
	paste: "Paste text to extract from",
	pasteHint: "Mail, logs and defanged values (hxxp, [.]) can be pasted as they are. Values are taken out and linked to this record.",
	extract: "Extract and link",
	attach: "Extract from a file",
	value: "Value",
	kind: "Kind",
	known: "What is known here",
	nothing: "No other record",
	records: (n) => pl(n, "# record", "# records"),
	seen: (n) => pl(n, "seen # time", "seen # times"),
	last: (at) => `last ${at}`,
	common: (l) => `common value (${l})`,
	empty: "No indicators are linked yet. Paste text above and its values are taken out.",
	found: (n) => pl(n, "# value extracted", "# values extracted"),
	foundNone: "No values were found.",
	fromSummary: (n) => pl(n, "Take out # value of the summary", "Take out # values of the summary"),
	imported: (n, nw) => `${pl(n, "# object", "# objects")} read from the file, ${nw} new`,
	defanged: "Shown defanged. Copying gives the real value.",
	warn: "Write a warning from this",
	copyAll: "Copy all",
	export: "Export",
};
