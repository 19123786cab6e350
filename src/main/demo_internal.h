// SPDX-License-Identifier: Apache-2.0
/* demo_internal: the interpreter of demo/story.json. A story is data: teams, people, circles and
 * steps; each step is done by a named account through the same functions as a request of the API.
 * Texts may hold "$name" for an id made earlier ("$" alone begins nothing),
 * "@-3h" for a time and, inside longer texts, "{-3h}" for that time as a person of Japan writes it.
 * One thread, lives for one build. */
#ifndef MAIN_DEMO_INTERNAL_H
#define MAIN_DEMO_INTERNAL_H

#include "base/map.h"
#include "main/cmd.h"

struct embedded_file {
	const char *name;
	const unsigned char *bytes;
	size_t n;
};
extern const struct embedded_file demo_files[];
extern const size_t demo_files_count;

struct story {
	struct node *node;
	struct arena *arena;  /* names and the document: as long as the build */
	struct arena scratch; /* one step */
	struct map names;     /* "$name" -> str *, an id */
	struct json doc;
	int64_t now_us;
	struct buf *credentials;
};

/* The embedded file of that name; empty when there is none. */
str demo_file(const char *name);
/* Gives a name to an id; both are copied. Nothing happens for an empty name. */
void story_name(struct story *s, str name, str id);
/* A copy of v with names, times and dates put in. ERR_INVALID names a "$name" that nothing has. */
MUST_CHECK enum err story_fill(struct story *s, const struct json *v, struct json *ret,
			       struct why *why);
/* One filled text: v[key], or empty. */
MUST_CHECK enum err story_text(struct story *s, const struct json *v, const char *key, str *ret,
			       struct why *why);
/* Does one step. */
MUST_CHECK enum err story_step(struct story *s, const struct json *step, struct why *why);

#endif
