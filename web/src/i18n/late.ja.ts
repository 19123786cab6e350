// SPDX-License-Identifier: Apache-2.0
/* late.ja: the words of places that no first page shows, in Japanese; fetched with the first of them. */
import { ind } from "../places/indicators/ja";
import { jour } from "../places/journal/ja";
import { members } from "../places/members/ja";

export const late = { ind, jour, members };
