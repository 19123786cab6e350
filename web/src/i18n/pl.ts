// SPDX-License-Identifier: Apache-2.0
/* pl: one or many, for English: pl(3, "# record", "# records"). */
export const pl = (n: number, one: string, many: string) => (n === 1 ? one : many).replace("#", String(n));
