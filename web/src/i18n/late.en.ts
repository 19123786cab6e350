// SPDX-License-Identifier: Apache-2.0
/* late.en: the words of places that no first page shows, in English. */
import { ind } from "../places/indicators/en";
import { jour } from "../places/journal/en";
import { members } from "../places/members/en";
import type { Late } from ".";

export const late: Late = { ind, jour, members };
