// SPDX-License-Identifier: Apache-2.0
/* en: the words of figures in English. */
import type { Messages } from "../../i18n";
import { pl } from "../../i18n/pl";

export const figures: Messages["figures"] = {
	whose: "Only records of your own team are counted, and only those you may see.",
	span: "Period",
	weeks: (n) => (n === 52 ? "a year" : n === 26 ? "half a year" : pl(n, "# week", "# weeks")),
	byWeek: (what) => `${what} by week and category`,
	unit: "Unit: records. A week begins on Monday at midnight; counted by when it was created",
	unitMore: "Unit: records. A week begins on Monday at midnight; there are many, the newest 50,000 were counted",
	weekOf: "Week from",
	total: "Total",
	others: "Other categories",
	noCategory: "No category",
	nothing: (what) => `${what}: none in this period. Once there is one, its week appears here.`,
	alt: (what, n, weeks, last) => `${what}: ${n} in ${pl(weeks, "# week", "# weeks")}, ${last} this week`,
};
