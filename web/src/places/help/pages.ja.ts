// SPDX-License-Identifier: Apache-2.0
/* pages.ja: the help in Japanese, from docs/help. */
import account from "../../../../docs/help/account.ja.md";
import accounts from "../../../../docs/help/accounts.ja.md";
import figures from "../../../../docs/help/figures.ja.md";
import imports from "../../../../docs/help/imports.ja.md";
import incidents from "../../../../docs/help/incidents.ja.md";
import indicators from "../../../../docs/help/indicators.ja.md";
import journal from "../../../../docs/help/journal.ja.md";
import members from "../../../../docs/help/members.ja.md";
import peers from "../../../../docs/help/peers.ja.md";
import records from "../../../../docs/help/records.ja.md";
import reports from "../../../../docs/help/reports.ja.md";
import search from "../../../../docs/help/search.ja.md";
import tlp from "../../../../docs/help/tlp.ja.md";
import today from "../../../../docs/help/today.ja.md";
import warnings from "../../../../docs/help/warnings.ja.md";

export const pages: Record<string, string> = { account, accounts, figures, imports, incidents, indicators, journal, members, peers, records, reports, search, tlp, today, warnings };
