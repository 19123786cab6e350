// SPDX-License-Identifier: Apache-2.0
/* en: the words of today in English. */
import type { Messages } from "../../i18n";

export const today: Messages["today"] = {
	lead: "Needs you now",
	quiet: "Nothing needs you now. News appears here within seconds.",
	inbox: "Warnings without your answer",
	told: "Warnings received",
	approve: "Warnings waiting for approval",
	reports: "New reports",
	incidents: "Open incidents",
	tasks: "Open tasks",
	verbs: { answer: "Answer", approve: "Review", triage: "Take in", look: "Open" },
	others: (n) => `${n} more`,
	start: "First steps",
	startSteps: {
		members: "Look at members and circles",
		imports: "Import the threat data you have",
		report: "Try the report form",
		warning: "Write a warning to try it out",
	},
};
