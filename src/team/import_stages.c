// SPDX-License-Identifier: Apache-2.0
/* Batches go from stage to stage: the calling thread fills, a second one hashes and compresses, a
 * third compares with what is held and commits, in this order and never two batches at once: what a
 * batch is compared with is what the one before it left. A short import has one batch and no
 * threads. */
#include "team/import_internal.h"

/* What of a batch needs neither the database nor the batch before it. */
static void batch_pack(struct importer *im, struct import_batch *b)
{
	size_t n = b->items.n;
	struct record_pack *packs = b->known ? NULL : arena_array(&b->arena, struct record_pack, n);
	str *bodies = packs ? arena_array(&b->arena, str, n) : NULL;

	for (size_t i = 0; i < n && packs; i++)
		bodies[i] = b->items.p[i].body;
	if (packs)
		store_pack(im->c->node->store, &b->arena, bodies, n, packs);
	for (size_t i = 0; i < n; i++) {
		struct import_item *it = &b->items.p[i];

		it->pack = packs ? &packs[i] : NULL;
		it->digest = packs ? packs[i].digest : sha256(it->body);
	}
}

static struct import_batch *batch_of(struct importer *im, size_t number)
{
	return &im->batches[number % IMPORT_BATCHES];
}

/* One stage: takes what the stage before has done. */
static void stage_run(struct importer *im, const size_t *from, size_t *done,
		      void (*work)(struct importer *im, struct import_batch *b))
{
	pthread_mutex_lock(&im->lock);
	while (*done < *from || !im->stop) {
		if (*done == *from) {
			pthread_cond_wait(&im->changed, &im->lock);
			continue;
		}
		struct import_batch *b = batch_of(im, *done);

		pthread_mutex_unlock(&im->lock);
		work(im, b);
		pthread_mutex_lock(&im->lock);
		++*done;
		pthread_cond_broadcast(&im->changed);
	}
	pthread_mutex_unlock(&im->lock);
}

static void *pack_main(void *arg)
{
	struct importer *im = arg;

	stage_run(im, &im->filled, &im->packed, batch_pack);
	return NULL;
}

/* Behind one that failed nothing is written any more. */
static void batch_commit(struct importer *im, struct import_batch *b)
{
	if (!im->failed)
		b->err = import_commit(im, b, &b->why);
	im->failed |= b->err != ERR_OK;
}

static void *commit_main(void *arg)
{
	struct importer *im = arg;

	stage_run(im, &im->packed, &im->done, batch_commit);
	return NULL;
}

/* Takes what became of a batch into the result and empties it. */
static void batch_collect(struct importer *im, struct import_batch *b)
{
	struct import_result *r = im->result;

	if (b->err && !im->err) {
		im->err = b->err;
		im->why = b->why;
	}
	r->created += b->created;
	r->updated += b->updated;
	r->unchanged += b->unchanged;
	r->rejected += b->rejected;
	if (b->items.n)
		im->mostly_known = b->unchanged > b->created + b->updated;
	for (size_t i = 0; i < b->rejects.n; i++)
		result_reject(im->c->arena, r, b->rejects.p[i].file, b->rejects.p[i].position,
			      b->rejects.p[i].path, b->rejects.p[i].reason);
	for (size_t i = 0; i < b->items.n && im->o->told && !b->err; i++) {
		const struct import_item *it = &b->items.p[i];

		im->o->told(im->o->ctx, &(struct import_told){.ok = !it->refused.n,
							      .uid = it->uid,
							      .type = it->type,
							      .modified_us = it->modified_us,
							      .at = (size_t)it->at,
							      .reason = it->refused});
	}
	struct arena arena = b->arena;

	arena_reset(&arena);
	*b = (struct import_batch){.arena = arena};
}

/* If a thread cannot be had the work is done here. */
static void stages_start(struct importer *im)
{
	if (pthread_create(&im->threads[0], NULL, pack_main, im))
		return;
	im->started = pthread_create(&im->threads[1], NULL, commit_main, im) == 0;
	if (im->started)
		return;
	pthread_mutex_lock(&im->lock);
	im->stop = true;
	pthread_cond_broadcast(&im->changed);
	pthread_mutex_unlock(&im->lock);
	(void)pthread_join(im->threads[0], NULL);
	im->stop = false;
}

enum err stages_flush(struct importer *im, bool last)
{
	struct import_batch *b = im->filling;

	if (im->err || !b->items.n)
		return im->err;
	b->known = im->mostly_known;
	if (!im->started && !last)
		stages_start(im);
	if (!im->started) {
		batch_pack(im, b);
		batch_commit(im, b);
		batch_collect(im, b);
		return im->err;
	}
	pthread_mutex_lock(&im->lock);
	size_t next = ++im->filled;

	pthread_cond_broadcast(&im->changed);
	while (next - im->done >= IMPORT_BATCHES)
		pthread_cond_wait(&im->changed, &im->lock);
	pthread_mutex_unlock(&im->lock);
	im->filling = batch_of(im, next);
	batch_collect(im, im->filling);
	return im->err;
}

void stages_init(struct importer *im)
{
	for (size_t i = 0; i < IMPORT_BATCHES; i++)
		arena_init(&im->batches[i].arena, 0);
	im->filling = &im->batches[0];
	pthread_mutex_init(&im->lock, NULL);
	pthread_cond_init(&im->changed, NULL);
}

void stages_end(struct importer *im)
{
	if (im->started) {
		pthread_mutex_lock(&im->lock);
		while (im->done < im->filled)
			pthread_cond_wait(&im->changed, &im->lock);
		im->stop = true;
		pthread_cond_broadcast(&im->changed);
		pthread_mutex_unlock(&im->lock);
		for (size_t i = 0; i < ARRAY_LEN(im->threads); i++)
			(void)pthread_join(im->threads[i], NULL);
	}
	/* also after an error: what was committed counts; the oldest first */
	for (size_t i = 0; i < IMPORT_BATCHES; i++) {
		struct import_batch *b = batch_of(im, im->filled + 1 + i);

		batch_collect(im, b);
		arena_done(&b->arena);
	}
	pthread_cond_destroy(&im->changed);
	pthread_mutex_destroy(&im->lock);
}
