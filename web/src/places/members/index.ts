// SPDX-License-Identifier: Apache-2.0
/* members: the screens of the directory, in one chunk. */
export { CircleScreen } from "./circle";
export { MembersScreen } from "./members";
export { TeamScreen } from "./team";
