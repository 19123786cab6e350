// SPDX-License-Identifier: Apache-2.0
/* en: the words of imports in English. */
import type { Messages } from "../../i18n";

export const imp: Messages["imp"] = {
	title: "Import",
	lead: "Reads STIX, MISP, CSV, lists of values and free text. The format is told by the content.",
	file: "File",
	pick: "Choose a file",
	text: "or paste text or a list of values",
	tlp: "TLP",
	circle: "Share with circle",
	go: "Import",
	running: "Importing…",
	result: "Result of the import",
	read: "read",
	new: "new",
	updated: "updated",
	unchanged: "unchanged",
	rejected: "rejected",
	rejects: "What could not be read",
	losses: "What was lost between the formats",
	noLosses: "Nothing was lost.",
	where: "Where",
	reason: "Reason",
	what: "What",
	countCol: "Count",
	failed: "The import failed",
	onlyOwn: "own team only",
};
