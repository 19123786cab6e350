// SPDX-License-Identifier: Apache-2.0
/* desk: the screens of reports, incidents and tasks, in one chunk. */
export { DeskList } from "./desklist";
export { Intake } from "./intake";
export { Workbench } from "./workbench";
