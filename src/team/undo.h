// SPDX-License-Identifier: Apache-2.0
/* undo: what was done, kept so that whoever did it may take it back for some minutes, once. An
 * operation is a list of records with the versions before and after; its kind says how one of them
 * goes back. Only what nobody changed since goes back; each is a change of its own in history and
 * journal. On the request's arena and thread. */
#ifndef TEAM_UNDO_H
#define TEAM_UNDO_H

#include "team/bulk.h"

enum undo_kind {
	UNDO_BULK,   /* a change of many: what another node can have read stays as it is */
	UNDO_ANSWER, /* an answer to a warning: the issuer is told that it was taken back */
	UNDO_MERGE,  /* an incident that was merged into another */
	UNDO_KINDS
};
#define UNDO_ANSWER_US (5 * 60 * US_PER_S)

struct undo_item {
	int64_t key;
	str id;
	int32_t before, after; /* versions; before 0: it was not there */
};
/* Keeps what was done by the actor's account; *ret stays zero where there is nothing to keep, or
 * nobody (the node itself) who could take it back. */
MUST_CHECK enum err undo_keep(struct ctx *c, enum undo_kind kind, const struct undo_item *items,
			      size_t n, struct uuid *ret, struct why *why);
/* ERR_NOTFOUND: no such operation of the actor's; ERR_CONFLICT: too late, or taken back already.
 * ret->said: what became of it elsewhere, where that is to be told. */
MUST_CHECK enum err undo_run(struct ctx *c, struct uuid operation, struct bulk_result *ret,
			     struct why *why);

/* One record of a change goes back as UNDO_BULK says. */
MUST_CHECK enum err undo_one_back(struct ctx *c, const struct undo_item *u, struct bilingual *said,
				  struct why *why);
/* What others see of two versions differs, and another node can have read some of it. */
bool undo_has_left(struct ctx *c, const struct record *was, const struct record *now);
/* The same request for one record of many, in memory that is given back with it. */
void undo_item_ctx(struct ctx *c, struct arena *a, struct ctx *ret);
void undo_item_done(struct ctx *c, const struct ctx *item);

#endif
