// SPDX-License-Identifier: Apache-2.0
/* cx: class names, those that hold. */
export const cx = (...names: (string | false | null | undefined)[]) => names.filter(Boolean).join(" ");
