// SPDX-License-Identifier: Apache-2.0
/* journal: its screens, in a chunk of their own. */
export { EntryScreen } from "./entry";
export { JournalScreen } from "./journal";
