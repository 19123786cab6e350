// SPDX-License-Identifier: Apache-2.0
/* later: what the first page does not need, in one chunk that is fetched when a page wants any of it. One, because
 * each further one would cut the code they share with the entry into more files. */
export { AccountsScreen } from "./places/accounts/accounts";
export { LinkScreen } from "./places/accounts/link";
export { OwnScreen } from "./places/accounts/own";
export { SettingsScreen } from "./places/accounts/settings";
export { PeersScreen } from "./places/peers/peers";
export { Receipts } from "./places/warnings/receipts";
export { SearchScreen } from "./places/search/search";
export { HelpScreen } from "./places/help/help";
