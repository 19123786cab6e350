// SPDX-License-Identifier: Apache-2.0
/* later: what the first page does not need, in one chunk that is fetched when a page wants any of it. One, because
 * each further one would cut the code they share with the entry into more files. */
export { ImportScreen } from "./screens/imports";
export { PeersScreen } from "./screens/peers";
export { Receipts } from "./screens/receipts";
