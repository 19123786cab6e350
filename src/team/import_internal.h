// SPDX-License-Identifier: Apache-2.0
/* import_internal: the pipeline behind import.h. The calling thread reads elements into a batch
 * (values, label, text), a second thread hashes and compresses the bodies of the one before, a
 * third looks up and commits the one before that. A batch has an arena of its own, emptied when it
 * is filled anew, and belongs to one stage at a time. Private to team/. */
#ifndef TEAM_IMPORT_INTERNAL_H
#define TEAM_IMPORT_INTERNAL_H

#include <pthread.h>

#include "base/map.h"
#include "base/vec.h"
#include "team/import.h"

#define IMPORT_BATCH 10000
#define IMPORT_BATCHES 3 /* one for each stage */
#define IMPORT_BATCH_BYTES ((size_t)12 << 20)
#define IMPORT_VERSIONS 200 /* batches that end early for a second version of what is in them */
#define IMPORT_REJECTS 1000
#define IMPORT_TOUCHED 10000

/* One element, ready to be compared and written. Texts live in the batch, or longer. */
struct import_item {
	struct uuid uid, parent; /* parent zero: none */
	enum record_form form;
	str type, state, body, text;
	struct digest digest;           /* of body; with pack made by the second stage */
	const struct record_pack *pack; /* NULL: left to the store */
	int64_t modified_us, label;
	enum tlp tlp;
	bool revoked;
	bool value_only; /* made from a bare value: held once, it is not changed by reading it again
			  */
	const uint64_t *values;
	size_t n_values;
	int64_t at;
	str path, file;
	int64_t file_started_us;
	str refused; /* why it was not taken; filled by import_commit */
};
struct import_batch {
	struct arena arena; /* items and their texts */
	VEC(struct import_item) items;
	size_t bytes;
	bool known; /* most of it is expected to stand there already: not worth compressing */
	/* what became of them */
	int64_t created, updated, unchanged, rejected;
	VEC(struct import_reject) rejects; /* at most IMPORT_REJECTS */
	enum err err;
	struct why why;
};
struct importer {
	struct ctx *c;
	const struct import_options *o;
	struct import_result *result;
	struct import_batch batches[IMPORT_BATCHES], *filling;
	bool mostly_known;    /* of the batch collected last */
	struct arena scratch; /* an element's tree */
	struct uuid team_uid;
	str job;
	int64_t labels[TLP_RED + 2]; /* by tlp + 1; 0: not asked yet */
	struct label_spec spec;
	/* the source being read */
	str file, text;
	bool mapped; /* see import_options */
	int64_t file_started_us;
	enum format_id format;
	struct u64map in_batch; /* ids in the batch being filled, where versions are kept */
	unsigned early;         /* batches ended before they were full */
	int64_t index;          /* of emission */
	struct map containers;  /* emission index (8 bytes) → uuid, in parents_arena */
	struct arena parents_arena;
	/* the stages: batch n is batches[n % IMPORT_BATCHES] */
	pthread_t threads[2];
	bool started;
	bool failed; /* the third stage's alone */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;                   /* under the lock, as are */
	size_t filled, packed, done; /* how many batches came through each stage */
	enum err err;                /* sticky: nothing more is read */
	struct why why;
};

MUST_CHECK enum err importer_init(struct importer *im, struct ctx *c,
				  const struct import_options *o, struct import_result *r,
				  struct why *why);
/* Reads one source into batches. Errors are for the store and the gate only. */
MUST_CHECK enum err importer_add(struct importer *im, str name, str text, struct why *why);
/* Commits what is left, links, frees. err: what ended it before. */
MUST_CHECK enum err importer_end(struct importer *im, enum err err, struct why *why);
/* Makes the batch's records the team's (import_batch.c); counts and rejects are left in the batch.
 */
MUST_CHECK enum err import_commit(struct importer *im, struct import_batch *b, struct why *why);

/* import_stages.c. flush hands the filled batch on and gives an empty one to fill; last: nothing
 * more comes. What went wrong in a batch comes back as im->err. */
void stages_init(struct importer *im);
enum err stages_flush(struct importer *im, bool last);
void stages_end(struct importer *im);

/* What full text finds of a MISP element (what is in {"Attribute":{...}} ...). */
str import_misp_text(struct arena *a, const struct json *o);

/* import_promote.c: an indicator made from a bare value, in the scratch arena; false: not a bare
 * value with a pattern. */
bool import_promote(struct importer *im, const struct format_element *e,
		    struct format_element *ret);

/* import_result.c */
void result_reject(struct arena *a, struct import_result *r, str file, int64_t position, str path,
		   str reason);
void result_loss(struct arena *a, struct import_result *r, str format, str what, int64_t count);
void result_touch(struct arena *a, struct import_result *r, struct uuid uid, str type);

#endif
