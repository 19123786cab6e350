// SPDX-License-Identifier: Apache-2.0
/* text_internal: full text as tokens of our own making, the same on both back ends: NFKC, case
 * folded words; for runs of CJK overlapping bigrams. The label is a token too (":l<key>"), so an
 * index answers only with what the reader may see. Private to store/. */
#ifndef STORE_TEXT_INTERNAL_H
#define STORE_TEXT_INTERNAL_H

#include "store/db.h"
#include "store/store.h"

/* Blank-separated tokens of text, each at most 64 bytes, at most max_tokens; duplicates kept. */
str text_tokens(struct arena *a, str text, size_t max_tokens);
/* The same for a question: parts of compound words only; a token that ends in '*' is a prefix. */
str text_query_tokens(struct arena *a, str text, size_t max_tokens);
struct text_doc {
	int64_t record; /* holding key */
	int32_t version;
	int64_t label;
	int32_t type;
	str text;
	str tokens; /* text_tokens of it, where they were made before */
};
/* Indexes documents (replacing older versions of the same record) in the transaction. */
MUST_CHECK enum err text_put(struct db *tx, const struct text_doc *docs, size_t n, struct why *why);
/* Moves a document to another label without its text being known. */
MUST_CHECK enum err text_relabel(struct db *tx, int64_t record, int64_t label, struct why *why);
/* Candidate holding keys, newest document first. */
MUST_CHECK enum err text_find(struct db *db, struct arena *a, const struct view *v, str query,
			      const int32_t *types, size_t n_types, int64_t before_doc,
			      size_t limit, int64_t **ret_keys, int64_t **ret_docs, size_t *ret_n,
			      struct why *why);

/* Keeps the documents of an import for later (table text_backlog); store_text_backlog in service.h
 * indexes them. */
MUST_CHECK enum err text_defer(struct db *tx, const struct text_doc *docs, size_t n,
			       struct why *why);
/* Forgets a record's document (erasure). text_put with an empty text does the same. */
MUST_CHECK enum err text_drop(struct db *tx, int64_t record, struct why *why);

#endif
