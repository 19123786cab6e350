// SPDX-License-Identifier: Apache-2.0
/* move_internal: what the parts of move.h share. Private to exchange/. */
#ifndef EXCHANGE_MOVE_INTERNAL_H
#define EXCHANGE_MOVE_INTERNAL_H

#include "base/map.h"
#include "exchange/move.h"

#define MOVE_IN "move_in" /* setting: {"id","at"} of the file that this node was made of */
#define SLICE_PUTS 1000u  /* of an import that is told again at once */

/* ---- members of a line (move_check.c) ---- */
MUST_CHECK enum err move_bad(struct why *why, const char *what);
struct uuid move_uuid(const struct json *v, const char *name); /* zero: none */
bool move_hex(const struct json *v, const char *name, uint8_t *ret, size_t n);
str move_blob(struct arena *a, const struct json *v, const char *name);
/* 0 for the zero uuid. */
MUST_CHECK enum err move_principal(struct node *n, enum principal_kind kind, struct uuid u,
				   int64_t *ret, struct why *why);
MUST_CHECK enum err move_line(struct arena *a, str text, struct json *ret, str *ret_kind,
			      struct why *why);

/* ---- telling again (move_told.c) ---- */
struct in {
	struct ctx *c;
	const struct move_head *head;
	int64_t team, outbox;
	int64_t skip; /* entries that were told before a break */
	bool resumed;
	struct u64map labels; /* number in the file -> key here */
	struct move_counts counts;
	/* the write set being gathered: what it is made of lives in set, a slice's entry in keep */
	struct arena set, keep;
	struct write_set w;
	int64_t keys[SLICE_PUTS]; /* of the records in it */
	struct uuid uids[SLICE_PUTS];
	int64_t holders[SLICE_PUTS];
	size_t n, notes;
	bool open, linked, slice, skipping;
	struct moved_entry e; /* the last one: at, actor and team are the set's */
	struct file_writer *file;
};
/* Lines of the kinds entry and leaf; a label may come between them. */
MUST_CHECK enum err move_take_entry(struct in *x, str text, struct why *why);
MUST_CHECK enum err move_take_leaf(struct in *x, str text, struct why *why);
MUST_CHECK enum err move_take_label(struct in *x, const struct json *line, struct why *why);
/* An entry of a node before the one that the file comes from. */
MUST_CHECK enum err move_take_past(struct in *x, const struct json *v, struct why *why);
/* What is gathered is written. */
MUST_CHECK enum err move_flush(struct in *x, struct why *why);

#endif
