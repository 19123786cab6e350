// SPDX-License-Identifier: Apache-2.0
/* words: what these pages say. Kept out of the common words, which every first page waits for. */
import { lang } from "../../i18n";
import { en } from "./en";
import { ja } from "./ja";

export const w = () => (lang.value === "ja" ? ja : en);
