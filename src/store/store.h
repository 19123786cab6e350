// SPDX-License-Identifier: Apache-2.0
/* store: a node's database (SQLite or PostgreSQL) and files behind one face.
 * Records are written as write sets with preconditions and read as arrays under a
 * view; ids, versions, numbers and list positions are handed out here. Reads may
 * run on any thread (connections are pooled); writes go through one queue.
 * Results live in the caller's arena. Formats: docs/formats.md 1, 2, 5, 6. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "store/label.h"

struct store;
struct record_signed;
struct record_past;
struct moved_entry;
struct record_sort;

struct store_options {
	const char *data_dir; /* owned by the caller; files/, node.db, lock and socket live here */
	const char *url;      /* NULL: what the data directory's config says, else sqlite in it */
	int readers;          /* pooled read connections, 0: 4 */
	bool no_lock;         /* do not take the directory's lock (tests, PostgreSQL tools) */
};

/* Creates database schema, node id, epoch, and secrets in an existing or new directory.
 * Refuses (ERR_CONFLICT) one that already holds a node. */
MUST_CHECK enum err store_create(const struct store_options *o, struct why *why);
/* Opens and migrates. ERR_NOTFOUND: no node there; ERR_CONFLICT: another process owns it
 * (SQLite); ERR_UNPROCESSABLE: the database is newer than this program. */
MUST_CHECK enum err store_open(const struct store_options *o, struct store **ret, struct why *why);
void store_close(struct store *s);
struct uuid store_node_id(struct store *s);
/* Of the journal as it is now: another one after a restore. */
MUST_CHECK enum err store_epoch(struct store *s, struct uuid *ret, struct why *why);
/* Has it been restored from a backup, ever? */
MUST_CHECK enum err store_was_restored(struct store *s, bool *ret, struct why *why);
bool store_is_postgres(struct store *s);
const char *store_data_dir(struct store *s);
/* 16-byte key under which values are hashed (siphash64), secret to this node. */
const uint8_t *store_value_key(struct store *s);

/* ---- records ------------------------------------------------------------------- */

enum record_form {
	FORM_OWN = 0,  /* body: flat JSON of a type of ours, without the common columns below */
	FORM_STIX = 1, /* body: the STIX object verbatim */
	FORM_MISP = 2, /* body: one MISP element verbatim (event without its parts, attribute,
			  object, ...) */
};
enum record_flag {
	RECORD_EXERCISE = 1,    /* belongs to an exercise */
	RECORD_VERIFIED = 2,    /* carries a valid originator signature */
	RECORD_REVOKED = 4,     /* withdrawn: in no list, lookup or export unless asked for */
	RECORD_SHARED = 8,      /* kept by the store: other holdings of this uid exist */
	RECORD_BULK = 16,       /* came by import: full text is indexed later */
	RECORD_UNVERIFIED = 32, /* came from a server that nobody vouches for */
	RECORD_SECOND = 64,     /* kept by the store: it came signed under an id that another team
				   had signed, or made here, before */
};

/* A holding as read. body is filled only where asked for. */
struct record {
	int64_t key;
	struct uuid uid;
	int32_t
	    type; /* word code of the type's name in ids, e.g. "x-hikeshi-incident", "indicator" */
	enum record_form form;
	int64_t team; /* holder, principal */
	int64_t label;
	int32_t version;
	int32_t state, severity; /* word codes, 0: none */
	uint32_t flags;
	str number;                      /* "INC-2026-0001" or empty */
	int64_t created_us, modified_us; /* of the holding */
	int64_t created_by, modified_by; /* account keys, 0: the node */
	int64_t source_modified_us;      /* STIX modified / MISP timestamp, 0: none */
	int64_t first_seen_us, last_seen_us;
	int64_t parent; /* key of the containing holding (MISP event), 0: none */
	int64_t pos; /* date_added, µs, strictly increasing; the list order; 0 before sequencing */
	struct digest digest; /* SHA-256 of body */
	str body;
};

/* A body made ready for a write set, by any thread, before it is known whether it is written. */
struct record_pack {
	struct digest digest;
	int64_t dict; /* 0: stored is the body itself */
	str stored;
};
/* Hashes and compresses n bodies; what is stored lives in a, or is the body. */
void store_pack(struct store *s, struct arena *a, const str *bodies, size_t n,
		struct record_pack *ret);

/* One change of one record. Zero-initialise, fill, and hand to write_put. */
struct record_put {
	int64_t key;            /* 0: a new holding */
	int32_t expect_version; /* change: must still be this version, else ERR_STALE; 0: any */
	struct uuid uid;        /* new: its id */
	str type;               /* new: name in ids */
	enum record_form form;
	int64_t team; /* new: holder principal */
	int64_t label;
	str body;                       /* NULL p: keep the body */
	const struct record_pack *pack; /* of body, or NULL: the store makes it */
	str state, severity;            /* NULL p: keep / none */
	uint32_t flags;
	str number_prefix; /* new: "INC" to get INC-<year>-<n>; the year of at_us, per team */
	str number; /* new, instead: this one, which it has elsewhere or had before a restore; those
		       to come are above it */
	int64_t source_modified_us;
	int64_t parent;         /* key; or -1-index of an earlier put of the same write set */
	const uint64_t *values; /* keyed hashes of all canonical values in the body */
	size_t n_values;
	str text;                       /* what full text indexes: title first; empty: nothing */
	const struct record_sort *sort; /* what lists are sorted by (sorted.h); NULL: as it was */
	/* it came signed over a link: kept beside it (store/signed.h; holding and version are
	 * filled in here) */
	const struct record_signed *signature;
	/* told again as it was on another node (store/moved.h), or NULL */
	const struct record_past *past;
	/* journal */
	const char *kind; /* "create", "update", "submit", "import" ... */
	str patch;        /* merge patch or empty */
	str why;          /* the reason a person gave, or empty */
};
struct record_result {
	int64_t key;
	int32_t version;
	int64_t pos; /* 0 if not sequenced yet */
	str number;  /* in the write set's arena */
};

/* A write set: everything or nothing. Built by one thread in an arena. Each put makes a
 * journal entry, or all of them one slice entry when slice is set (bulk imports). */
struct write_set {
	struct arena *arena;
	int64_t actor;                        /* account key */
	int64_t team;                         /* acting team principal */
	int64_t at_us;                        /* 0: now */
	bool slice;                           /* one journal entry for all puts */
	str slice_job;                        /* name of the import that ties slices together */
	const struct moved_entry *slice_past; /* the slice's entry on another node, or NULL */
	const struct moved_entry *links_past; /* that of its links, or NULL */
	struct write_ops *ops;                /* private */
};
void write_init(struct write_set *w, struct arena *a, int64_t actor, int64_t team);
/* Returns the index of the put (for write_link_put, parent, results). Copies nothing: all
 * texts must live until store_commit returns. */
size_t write_put(struct write_set *w, const struct record_put *p);
/* How many puts there are: the length of results. */
size_t write_puts(const struct write_set *w);
/* Precondition: record key is still at version (ERR_STALE, sentence names it). */
void write_expect(struct write_set *w, int64_t key, int32_t version);
/* Precondition: no holding of team has this uid yet (ERR_CONFLICT). Implied for new puts. */
/* Links a record to another id with a relation ("has", "report", "duplicate-of" ...); seen by
 * whoever sees both ends. src: key or -1-index. Existing equal links are kept. */
void write_link(struct write_set *w, int64_t src, str relation, struct uuid dst);
void write_unlink(struct write_set *w, int64_t src, str relation, struct uuid dst);
/* Takes something out of what a record was: the bodies of its superseded versions are put to fn,
 * which gives them back without it, or as they are. Bodies that change stay so, marked; the content
 * of their entries and what a link carried of them is gone, and an entry says so. In the write set
 * whose put takes it out of the present body. ERR_BUSY: not yet in its place in the journal. fn
 * runs in the transaction. */
typedef str record_erase_fn(void *ctx, struct arena *a, str body);
struct record_erasure {
	int64_t key;
	int64_t upto_rev; /* versions that were signed above it are left alone; 0: none is */
	record_erase_fn *fn;
	void *ctx;
};
void write_erase(struct write_set *w, const struct record_erasure *e);
/* A journal entry without a record change: who signed in, what was exported, refused ... */
void write_note(struct write_set *w, const char *kind, struct uuid subject, str content_json);
/* The same in the name of another team than the acting one. */
void write_note_of(struct write_set *w, int64_t team, const char *kind, struct uuid subject,
		   str content_json);
/* The same, told again as it was on another node (store/moved.h). */
void write_note_past(struct write_set *w, const struct moved_entry *past);
/* Enqueues a background job in the same transaction (see store/job.h). dedupe (nullable):
 * a waiting job of that name is replaced. */
void write_job(struct write_set *w, const char *kind, str payload_json, int64_t run_at_us,
	       const char *dedupe);
/* Commits. results: one per put (nullable). interactive first, imports (slice) behind.
 * Acknowledged means durable. Blocks; never call from an event loop. */
MUST_CHECK enum err store_commit(struct store *s, struct write_set *w,
				 struct record_result *results, struct why *why);
/* Both in one transaction, the second on what the first left (no slices). */
MUST_CHECK enum err store_commit_two(struct store *s, struct write_set *first,
				     struct write_set *second, struct why *why);
/* Kinds of puts, of one holding in this order, for a version that a newer one had superseded before
 * it came: it itself, and the newer one said again. The record stays where it stands in all lists;
 * in collections the older one gets a place among those that were superseded. */
#define STORE_OLDER "older"
#define STORE_STAYS "stays"

/* All reads: arrays in, arrays out. Absent or invisible: ret[i].key == 0; nothing tells the two
 * apart. */
/* The best visible holding of each id: the reader's own first, then verified and no second, then
 * neither, then second ones, then what nobody vouches for; of these the newest (source_modified,
 * else modified), then lowest digest. type 0: any. */
MUST_CHECK enum err store_find(struct store *s, struct arena *a, const struct view *v,
			       const struct uuid *ids, size_t n, bool with_body, struct record *ret,
			       struct why *why);
MUST_CHECK enum err store_read(struct store *s, struct arena *a, const struct view *v,
			       const int64_t *keys, size_t n, bool with_body, struct record *ret,
			       struct why *why);
/* The holding of one team for each id, whatever the label (writing code of that team only). */
MUST_CHECK enum err store_find_held(struct store *s, struct arena *a, int64_t team,
				    const struct uuid *ids, size_t n, bool with_body,
				    struct record *ret, struct why *why);
/* By number of a team ("INC-2026-0001"). */
MUST_CHECK enum err store_find_number(struct store *s, struct arena *a, const struct view *v,
				      int64_t team, str number, struct record *ret,
				      struct why *why);
/* Whether a superseded version of a holding that said this time stands in the circle's collection.
 */
MUST_CHECK enum err store_said(struct store *s, int64_t key, int64_t circle,
			       int64_t source_modified_us, bool *ret, struct why *why);
/* Version n of a holding as it was (body and label of then). ERR_NOTFOUND. */
MUST_CHECK enum err store_version(struct store *s, struct arena *a, int64_t key, int32_t version,
				  struct record *ret, struct why *why);

struct list_query {
	const int32_t *types; /* word codes; at least one */
	size_t n_types;
	const int32_t *states, *severities; /* filters; n 0: any */
	size_t n_states, n_severities;
	int64_t team;       /* only this holder; 0: any */
	int64_t not_team;   /* not this holder; 0: any */
	int64_t before_pos; /* keyset: strictly older; 0: from the newest */
	int64_t after_pos;  /* with ascending: strictly newer */
	bool ascending;
	bool with_revoked, only_exercise, with_exercise;
	bool every_lineage;    /* also the second holding of an id: for who passes lineages on */
	int64_t parent;        /* only parts of this holding; 0: any */
	const int64_t *labels; /* only these label keys (collections); n 0: any in view */
	size_t n_labels;
	size_t limit; /* 1..1000 */
	bool with_body;
};
/* Newest first by pos; a second holding of an id already better shown is dropped. *next_pos: where
 * to go on, 0 at the end. Cost is bounded by limit, not by what is invisible. */
MUST_CHECK enum err store_list(struct store *s, struct arena *a, const struct view *v,
			       const struct list_query *q, struct record *ret, size_t *ret_n,
			       int64_t *next_pos, struct why *why);
/* Exact number of visible holdings from counters kept in the write transaction. */
MUST_CHECK enum err store_count(struct store *s, const struct view *v, const struct list_query *q,
				int64_t *ret, struct why *why);

struct link {
	int64_t src_key;
	struct uuid src, dst;
	str relation;
	int64_t team, at_us, by;
};
/* Links from (and, with both, to) the given holdings/ids; the caller shows only ends its reader
 * sees. */
MUST_CHECK enum err store_links(struct store *s, struct arena *a, const int64_t *src_keys, size_t n,
				struct link **ret, size_t *ret_n, struct why *why);
MUST_CHECK enum err store_links_to(struct store *s, struct arena *a, const struct uuid *dst,
				   size_t n, struct link **ret, size_t *ret_n, struct why *why);

#define VALUE_DOUBTFUL 200
struct value_hit {
	/* distinct visible ids among the candidates; of another team's records of our own form,
	 * which may mention it in what does not leave that team, only those that keys names */
	int64_t count;
	int64_t *keys; /* the newest limit of them */
	size_t n;
	int64_t *doubtful; /* such records beyond keys, the newest VALUE_DOUBTFUL of them */
	size_t n_doubtful;
};
/* Visible records that mention a value, by keyed hash. Candidates: the caller confirms the value in
 * the body before it says so. team 0: any holder, else that one. types n 0: any. */
MUST_CHECK enum err store_lookup(struct store *s, struct arena *a, const struct view *v,
				 const uint64_t *hashes, size_t n, int64_t team,
				 const int32_t *types, size_t n_types, size_t limit,
				 struct value_hit *ret, struct why *why);

/* A visible record that mentions a value, as far as its columns tell. */
struct value_mention {
	int64_t key, team, label, pos;
	int64_t dated_us; /* as its source dates it, else when it came */
	struct uuid uid;
	int32_t type;
	bool doubtful; /* as in struct value_hit: the body decides */
};
/* Those of any of n hashes, distinct ids, newest first, at most `most`: *ret_all is false where
 * more are visible. Reads columns alone, in pieces: linear in what the index has. */
MUST_CHECK enum err store_mentions(struct store *s, struct arena *a, const struct view *v,
				   const uint64_t *hashes, size_t n, const int32_t *types,
				   size_t n_types, size_t most, struct value_mention **ret,
				   size_t *ret_n, bool *ret_all, struct why *why);

struct text_query {
	str query;            /* as typed; NFKC, words, Japanese bigrams; all must match */
	const int32_t *types; /* n 0: any */
	size_t n_types;
	int64_t before_pos;
	size_t limit;
};
/* Full text, newest first, no score. Candidates carry body; the caller drops what does not hold
 * the phrase. */
MUST_CHECK enum err store_search(struct store *s, struct arena *a, const struct view *v,
				 const struct text_query *q, struct record *ret, size_t *ret_n,
				 int64_t *next_pos, struct why *why);

/* History of a holding, oldest first. */
struct history_item {
	struct uuid epoch; /* of the journal, with seq */
	int64_t seq, at_us, actor, team;
	str kind, patch, why; /* patch/why empty once erased */
	int32_t version;
	int64_t label;
	bool erased;
};
MUST_CHECK enum err store_history(struct store *s, struct arena *a, int64_t key,
				  struct history_item **ret, size_t *ret_n, struct why *why);

/* ---- changes as they become visible --------------------------------------------- */
struct change {
	int64_t seq;
	struct uuid uid;
	int64_t key, team, label, actor;
	int32_t type, version;
	const char *kind;
	const uint64_t *values;
	size_t n_values; /* hashes, interactive writes only */
};
/* Called after each commit that becomes visible (also of other processes on PostgreSQL), from a
 * store thread; must be quick and must not write. */
typedef void store_change_fn(void *ctx, const struct change *changes, size_t n);
void store_on_change(struct store *s, store_change_fn *fn, void *ctx);
/* Between these two nobody else signs what leaves the node (exchange/feed_sign.c) nor takes back
 * what was signed (record_write.c, erase.c): no thread, and no other process of a PostgreSQL. Not
 * to be nested. ERR_BUSY: the database cannot be reached, and nothing is held. */
MUST_CHECK enum err signing_begin(struct store *s, struct why *why);
void signing_end(struct store *s);
/* When it returns, fn runs no more. Not from inside fn. */
void store_off_change(struct store *s, store_change_fn *fn, void *ctx);
/* fn (NULL: nobody any more) is called after each commit of this process that adds jobs, so that
 * they do not wait until somebody looks. It must not call the store. */
void store_on_job(struct store *s, void (*fn)(void *ctx), void *ctx);
/* Rises with every visible commit; cheap. */
int64_t store_last_seq(struct store *s);

/* Runs fn inside a write transaction on the writer (sessions, accounts, jobs ...; used by the other
 * modules of store/, not by callers outside). */
struct db;
typedef enum err store_tx_fn(struct db *tx, void *ctx, struct why *why);
MUST_CHECK enum err store_tx(struct store *s, store_tx_fn *fn, void *ctx, struct why *why);
/* A pooled read connection; give it back with store_reader_put. */
struct db *store_reader_get(struct store *s);
void store_reader_put(struct store *s, struct db *db);

#endif
