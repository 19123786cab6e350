// SPDX-License-Identifier: Apache-2.0
/* en: the words of the help in English. The pages themselves: docs/help. */
import type { Messages } from "../../i18n";

export const help: Messages["help"] = {
	lead: "What each place is for, and where to begin.",
	pages: "Help pages",
	here: "Help for this page",
	none: "There is no such help page",
	go: (what) => `Open ${what}`,
	titles: {
		today: "Today",
		reports: "Reports",
		incidents: "Incidents",
		warnings: "Warnings",
		indicators: "Indicators",
		members: "Members and circles",
		figures: "Figures",
		imports: "Import",
		journal: "Journal",
		peers: "Links",
		search: "Search",
		records: "What all records share",
		tlp: "TLP and sharing",
		account: "Your settings and safety",
		accounts: "Accounts and node settings",
	},
};
