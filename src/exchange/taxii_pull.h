// SPDX-License-Identifier: Apache-2.0
/* taxii_pull: what the files of taxii_client.h share. Private to exchange/. */
#ifndef EXCHANGE_TAXII_PULL_H
#define EXCHANGE_TAXII_PULL_H

#include "exchange/taxii_client.h"
#include "net/client.h"

#define TAXII_NEXT_MAX 1024
struct puller {
	struct node *node;
	const struct source *x;
	struct client *http;
	struct arena *a; /* of the results */
	const atomic_bool *stop;
	str site;                  /* "https://host:port" of the source: nothing else is asked */
	str authorization;         /* header, or empty */
	struct uuid origin;        /* who is said to have brought an object */
	char next[TAXII_NEXT_MAX]; /* of the page read last */
};
/* One GET below the site. ERR_OK: 200 with a TAXII resource in body; else why says in both
 * languages what is wrong. *ret_status 0: nothing was answered. */
MUST_CHECK enum err taxii_fetch(struct puller *p, struct arena *a, str url, size_t limit_bytes,
				struct client_answer *ret, int *ret_status, struct why *why);
/* A sentence in both languages; %s stands once, for the subject. */
MUST_CHECK enum err taxii_say(struct why *why, enum err err, const char *code, const char *en,
			      const char *ja, str subject);
#ifdef __clang_analyzer__
#define taxii_say(why, err, ...) ((void)!taxii_say(why, err, __VA_ARGS__), (err))
#endif
/* What a stranger wrote, fit for a terminal and a database: no control characters, at most max
 * bytes. */
str taxii_clean(struct arena *a, str text, size_t max);

/* Reads one collection behind cur to its end or a fault; cur follows, also in the store. What is
 * wrong with the server goes to t->error; the result is for the own store. */
MUST_CHECK enum err taxii_pull_collection(struct puller *p, struct source_cursor *cur,
					  struct taxii_told *t, struct why *why);

#endif
