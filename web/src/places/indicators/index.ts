// SPDX-License-Identifier: Apache-2.0
/* indicators: the screens of values and of imports, in one chunk. */
export { ImportScreen } from "../imports/imports";
export { IndicatorsScreen } from "./indicators";
export { ValueScreen } from "./value";
