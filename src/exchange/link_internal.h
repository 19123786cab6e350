// SPDX-License-Identifier: Apache-2.0
/* link_internal: what the files of link.h share: the statement that two nodes exchange. Private to
 * exchange/. */
#ifndef EXCHANGE_LINK_INTERNAL_H
#define EXCHANGE_LINK_INTERNAL_H

#include "exchange/link.h"

#define LINK_TAG STR("hikeshi/hello/v1\n")

/* What one node says to the other when they link, signed by its node key:
 * {"hello":{"v":1,"link","node","name","url","node_key","tls_spki","to","reply_to","root","token",
 * "teams"},"sig","secret"}. */
struct statement {
	struct uuid link, node;
	str name, url;
	struct ed25519_public node_key, to;
	struct digest tls_spki; /* what it shows as server and as client */
	bool has_reply_to;
	struct digest reply_to; /* hash of the statement that is answered */
	str root, token;
	struct json teams;
	struct digest hash; /* of this one */
};
/* Ours: node, name, url, keys and teams are filled in; the caller has set the rest. secret: empty
 * in an answer. */
MUST_CHECK enum err statement_make(struct node *n, struct arena *a, struct statement *s, str secret,
				   str *ret, struct why *why);
/* Reads strictly and checks the signature by the key it names. */
MUST_CHECK enum err statement_read(struct arena *a, str text, struct statement *ret,
				   str *ret_secret, struct why *why);

/* The TLS identity that this process shows. */
struct link_tls {
	str cert, key;
	struct digest spki;
};
MUST_CHECK enum err link_tls(struct node *n, struct arena *a, struct link_tls *ret,
			     struct why *why);
/* The address that others use, without a slash at its end. ERR_CONFLICT with what to do. */
MUST_CHECK enum err link_url(struct node *n, struct arena *a, str *ret, struct why *why);
/* May it be used at all: https, or http to this machine. */
bool link_url_ok(str url);
MUST_CHECK enum err link_refuse(struct why *why, enum err err, const char *code, const char *en,
				const char *ja);
#ifdef __clang_analyzer__
#define link_refuse(why, err, ...) ((void)!link_refuse(why, err, __VA_ARGS__), (err))
#endif
/* What is kept as last_error: the sentence in both languages. */
str link_sentence(struct arena *a, const struct why *why);
/* A secret of 43 characters and its digest. */
str link_secret(struct arena *a, struct digest *ret_digest);
/* Fills url, pins and certificate of a request. */
void link_pin(struct client_request *rq, str url, struct digest spki, const struct link_tls *tls);
/* The context of the node itself, for what peers cause. */
void link_ctx(struct node *n, struct arena *a, struct actor *actor, struct ctx *c);

#endif
