// SPDX-License-Identifier: Apache-2.0
/* test: what a test beside a file is given. tests/browser/units.mjs bundles every *.test.ts and calls its default. */
export type Check = (what: string, good: boolean, detail?: string) => unknown;
