// SPDX-License-Identifier: Apache-2.0
/* A sink that keeps everything a reader hands out, for tests and the converter; and the way to the
 * corpus. One thread. */
#ifndef TESTS_FORMATS_COLLECT_H
#define TESTS_FORMATS_COLLECT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "formats/formats_internal.h"

struct collected {
	struct arena arena;
	VEC(struct format_element) elements;
	VEC(struct format_loss) losses;
	struct {
		size_t n;
		size_t at;      /* of the last one */
		char path[256]; /* of the last one */
		char reason[256];
	} rejected;
	bool print; /* rejections to stderr */
};

static enum err collect_element(void *ctx, const struct format_element *e, struct why *why)
{
	struct collected *c = ctx;
	struct format_element *kept = vec_push(&c->arena, &c->elements);

	(void)why;
	*kept = *e;
	kept->type = arena_str(&c->arena, e->type);
	kept->body = arena_str(&c->arena, e->body);
	kept->path = arena_str(&c->arena, e->path);
	return ERR_OK;
}

static void collect_rejected(void *ctx, size_t at, str path, const char *reason)
{
	struct collected *c = ctx;

	c->rejected.n++;
	c->rejected.at = at;
	(void)snprintf(c->rejected.path, sizeof(c->rejected.path), "%.*s", STR_ARG(path));
	(void)snprintf(c->rejected.reason, sizeof(c->rejected.reason), "%s", reason);
	if (c->print)
		fprintf(stderr, "rejected at %zu %s: %s\n", at, c->rejected.path, reason);
}

static void collect_loss(void *ctx, const char *what, int64_t count)
{
	struct collected *c = ctx;

	vec_add(&c->arena, &c->losses,
		(struct format_loss){arena_str(&c->arena, str_c(what)), count});
}

static inline void collected_init(struct collected *c)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena, 0);
}

static inline void collected_done(struct collected *c)
{
	arena_done(&c->arena);
}

static inline struct format_sink collected_sink(struct collected *c)
{
	return (struct format_sink){c, collect_element, collect_rejected, collect_loss};
}

/* Path of a corpus file; NULL when the corpus is absent (then skip loudly). Static storage. */
static inline const char *corpus_path(const char *below)
{
	static char path[1024];
	const char *dir = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");

	if (dir)
		(void)snprintf(path, sizeof(path), "%s/%s", dir, below);
	else
		(void)snprintf(path, sizeof(path), "%s/../shared/data/%s", source ? source : ".",
			       below);
	FILE *f = fopen(path, "r");

	if (!f)
		return NULL;
	(void)fclose(f);
	return path;
}

/* Path of one of our own samples in tests/data. Static storage. */
static inline const char *sample_path(const char *name)
{
	static char path[1024];
	const char *source = getenv("HIKESHI_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/tests/data/%s", source ? source : ".", name);
	return path;
}

#endif
