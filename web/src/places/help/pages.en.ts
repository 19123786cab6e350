// SPDX-License-Identifier: Apache-2.0
/* pages.en: the help in English, from docs/help. */
import account from "../../../../docs/help/account.en.md";
import accounts from "../../../../docs/help/accounts.en.md";
import figures from "../../../../docs/help/figures.en.md";
import imports from "../../../../docs/help/imports.en.md";
import incidents from "../../../../docs/help/incidents.en.md";
import indicators from "../../../../docs/help/indicators.en.md";
import journal from "../../../../docs/help/journal.en.md";
import members from "../../../../docs/help/members.en.md";
import peers from "../../../../docs/help/peers.en.md";
import records from "../../../../docs/help/records.en.md";
import reports from "../../../../docs/help/reports.en.md";
import search from "../../../../docs/help/search.en.md";
import tlp from "../../../../docs/help/tlp.en.md";
import today from "../../../../docs/help/today.en.md";
import warnings from "../../../../docs/help/warnings.en.md";

export const pages: Record<string, string> = { account, accounts, figures, imports, incidents, indicators, journal, members, peers, records, reports, search, tlp, today, warnings };
