// SPDX-License-Identifier: Apache-2.0
/* later: what of the frame is fetched when it is wanted. */
export { ConfirmDialog } from "./confirm";
export { KeyHelp } from "./keyhelp";
export { Palette } from "./palette";
export { Presence } from "./presence";
