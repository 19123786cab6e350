// SPDX-License-Identifier: Apache-2.0
/* en: the words of members in English. */
import type { Messages } from "../../i18n";

export const members: Messages["members"] = {
	teams: "Teams",
	circles: "Circles",
	people: "People",
};
