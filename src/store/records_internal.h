// SPDX-License-Identifier: Apache-2.0
/* records_internal: holdings as rows, their canonical text, and their place in lists. Private to
 * store/; verify recomputes with these what the writer wrote. */
#ifndef STORE_RECORDS_INTERNAL_H
#define STORE_RECORDS_INTERNAL_H

#include "store/journal_internal.h"
#include "store/moved.h"
#include "store/store_internal.h"

/* What an entry commits to of a holding: RFC 8785 JSON of its columns, without what the store alone
 * decides (keys of rows, position, shelf, RECORD_SHARED). r as store_read gives it. */
str holding_canonical(struct arena *a, struct store *s, const struct record *r);

struct holding {
	struct record r;
	int64_t shelf, object, entry;
};
/* What holding_row reads, in this order; h is holding, o its object. */
#define HOLDING_COLUMNS                                                                            \
	"h.id, h.shelf, h.flags, h.team, h.pos, h.uid, h.type, h.label, h.state, h.severity, "     \
	"h.form, h.version, h.object, h.entry, h.parent, h.number, h.created, h.modified, "        \
	"h.created_by, h.modified_by, h.source_modified, h.first_seen, h.last_seen, o.digest"
#define HOLDING_BODY ", o.dict, o.size, o.body"
#define HOLDING_FROM " FROM holding h JOIN object o ON o.id = h.object "
#define HOLDING_WIDTH 24
/* Texts and bodies go to a. ERR_IO: the body is damaged. */
MUST_CHECK enum err holding_row(struct db_rows *row, struct arena *a, bool with_body,
				struct holding *ret);
/* ret[i].r.key == 0 where absent. lock: FOR UPDATE on PostgreSQL. */
MUST_CHECK enum err holdings_get(struct db *db, struct arena *a, const int64_t *keys, size_t n,
				 bool with_body, bool lock, struct holding *ret, struct why *why);
/* What differs in a superseded version, over *ret (the holding today). ERR_NOTFOUND. */
MUST_CHECK enum err version_get(struct db *db, struct arena *a, int64_t key, int32_t version,
				struct record *ret, struct why *why);
struct uid_hit {
	size_t at; /* index into the ids asked for */
	struct holding h;
};
/* All holdings of n ids, sorted by at. writer: inside the writer's transaction (SQLite). */
MUST_CHECK enum err holdings_of(struct store *s, struct db *db, bool writer, struct arena *a,
				const struct uuid *ids, size_t n, bool with_body,
				struct uid_hit **ret, size_t *ret_n, struct why *why);
/* True if a is shown rather than b to a reader of this team. */
bool record_better(const struct record *a, const struct record *b, int64_t team);

/* A body as stored: dict as in table object. A packer is one thread's while it is taken. */
struct packer;
struct packer *packer_take(struct store *s);
void packer_give(struct store *s, struct packer *p);
void body_encode(struct packer *p, struct arena *a, str body, int64_t *ret_dict, str *ret_stored);
/* Dictionary 2 (body_dict.c). */
str body_dictionary(void);

/* One changed holding on its way to a new position. */
struct place {
	int64_t rec, parent;
	int64_t old_shelf, old_pos; /* 0: it stands nowhere yet */
	struct shelf_key key;
	int64_t shelf, pos; /* filled by place_assign */
};
/* The flags that divide shelves. */
#define SHELF_FLAGS ((uint32_t)(RECORD_EXERCISE | RECORD_REVOKED))
void place_assign(struct wtx *w, struct place *p, size_t n);
MUST_CHECK enum err place_write(struct wtx *w, const struct place *p, size_t n, struct why *why);
/* A place in the collections of its label for a version that was superseded when it came. */
MUST_CHECK enum err place_older(struct wtx *w, int64_t label, int64_t rec, int32_t version,
				struct why *why);
/* Whether an entry of this kind leaves its record where it stands. */
bool kind_stays(str kind);
/* Numbers an entry, and puts its leaf on the list for the tree. */
void entry_sequence(struct wtx *w, struct journal_entry *e);
void entry_leaf(struct wtx *w, const struct journal_entry *e);

/* True if rec is in the index under h (verify). */
MUST_CHECK enum err index_has(struct store *s, struct db *db, enum index_kind kind, uint64_t h,
			      int64_t rec, bool *ret, struct why *why);

/* The change set of one put, made ready outside the transaction. */
struct prep {
	int32_t type, state, severity; /* 0: none; state, severity -1: keep */
	struct digest digest;
	int64_t dict, size;
	str stored;
	struct digest label_digest;
	/* inside the transaction */
	bool is_new;
	const struct holding *old; /* all zero: new */
	struct holding now;
	int64_t new_object; /* to be inserted, 0: the body is there already */
	struct place place;
	int64_t seq; /* of its entry */
};
struct write_link {
	int64_t src;
	int32_t relation;
	str relation_text;
	struct uuid dst;
	bool remove;
};
struct write_note {
	int64_t team; /* 0: the acting one */
	const char *kind;
	struct uuid subject;
	str content;
	const struct moved_entry *past;
};
struct write_job {
	const char *kind, *dedupe;
	str payload;
	int64_t run_at_us;
};
struct write_expect {
	int64_t key;
	int32_t version;
};
struct write_ops {
	VEC(struct record_put) puts;
	VEC(struct write_expect) expects;
	VEC(struct write_link) links;
	VEC(struct write_note) notes;
	VEC(struct write_job) jobs;
	VEC(struct record_erasure) erasures;
};
/* The whole write set inside a transaction. */
struct apply {
	struct store *s;
	struct write_set *w;
	struct prep *p;
	size_t n;
	int64_t at_us;
	struct record_result *results;
};
/* Rows of table signed (signed.c). */
MUST_CHECK enum err signed_write(struct db *db, struct arena *a, const struct record_signed *rows,
				 size_t n, struct why *why);
/* An entry that was told again, beside the row that tells it (0: none), whose content is told
 * (moved.c). */
MUST_CHECK enum err moved_write(struct db *db, const struct moved_entry *e, int64_t row, str told,
				struct why *why);
/* Its links: rows, and the journal's entries of what changed (links_write.c). */
MUST_CHECK enum err links_write(struct wtx *w, struct apply *x, struct why *why);
/* The number of a new holding, where it has one (numbers.c). */
MUST_CHECK enum err number_write(struct wtx *w, struct apply *x, size_t i, struct why *why);
/* Keys for n new holdings, or objects. */
MUST_CHECK enum err keys_take(struct wtx *w, bool objects, size_t n, int64_t *ret, struct why *why);
/* What its superseded versions were loses what is erased (erase.c). */
#define ERASE_KIND "erase"
MUST_CHECK enum err erase_write(struct wtx *w, struct apply *x, struct why *why);
/* Rows that lists are sorted by (sorted.c); and their shelves, once records have places. */
MUST_CHECK enum err sorted_write(struct wtx *w, struct apply *x, struct why *why);
MUST_CHECK enum err sorted_move(struct wtx *w, const struct holding *h, const struct place *p,
				size_t n, struct why *why);
MUST_CHECK enum err apply_run(struct wtx *w, void *apply, struct why *why);

#endif
