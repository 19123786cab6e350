// SPDX-License-Identifier: Apache-2.0
/* records: the screens of records of any type, in one chunk. */
export { ListScreen, TypesScreen } from "./list";
export { CreateScreen, EditScreen, RecordScreen } from "./record";
