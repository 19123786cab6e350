// SPDX-License-Identifier: Apache-2.0
/* warnings: the screens of warnings, in one chunk. */
export { ComposeScreen } from "./composer";
export { PaperScreen } from "./paper";
export { WarningScreen } from "./warning";
export { WarningsScreen } from "./warnings";
