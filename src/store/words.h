// SPDX-License-Identifier: Apache-2.0
/* words: what one process of a PostgreSQL node says to the others (NOTIFY) and keeps nowhere: over
 * when it is heard, lost for who is not connected. On SQLite there are no others. Any thread. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include "store/store.h"

#define STORE_WORD_MAX 400
/* To the other processes alone. word: printable ASCII, at most STORE_WORD_MAX bytes; blocks for a
 * statement. A word that cannot be said is dropped. */
void store_word(struct store *s, str word);
/* Called for each that another process said, from a store thread, after what that process had
 * committed before is known here; must be quick and must not write. fn NULL: nobody any more. */
typedef void store_word_fn(void *ctx, str word);
void store_on_word(struct store *s, store_word_fn *fn, void *ctx);

#endif
