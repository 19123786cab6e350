// SPDX-License-Identifier: Apache-2.0
/* link: two nodes that trust each other no further than they can check (docs/links.md). An
 * invitation is a text that people pass on; accepting it makes a row in `peer` on both sides, each
 * with the other's node key and TLS key pinned, its teams and their root keys, and a token for the
 * other's address. A node that shows another key than the pinned one is stopped. Everything lives
 * in the arena given. Rules: policy_node "peers". */
#ifndef EXCHANGE_LINK_H
#define EXCHANGE_LINK_H

#include "exchange/announce.h"
#include "net/client.h"

/* states of a link: enum would be no help, they are words in the database and the API */
#define LINK_CONFIRM "confirm" /* somebody used our invitation; a person has yet to say yes */
#define LINK_ACTIVE "active"   /* both may send */
#define LINK_STOPPED "stopped" /* by a person here */
#define LINK_KEY_CHANGED "key_changed" /* it showed another key: only a new invitation helps */

/* ---- invitation ---- */
#define LINK_EXPIRES_US (INT64_C(7) * 86400 * US_PER_S)
/* "hikeshi://host/?v=1&key=...&pin=...&until=...#secret". expires_us: a time; confirm: a person
 * here is asked before the link counts. ERR_CONFLICT: this node has no address that others can use.
 */
MUST_CHECK enum err link_invite(struct ctx *c, int64_t expires_us, bool confirm, str *ret_link,
				struct why *why);
struct invitation {
	str url; /* of the node, without a slash at its end */
	struct ed25519_public node_key;
	bool pinned;
	struct digest spki;
	int64_t until_us;
	str secret;
};
MUST_CHECK enum err invitation_parse(struct arena *a, str link, struct invitation *ret,
				     struct why *why);
/* Connects, checks the pins, exchanges teams and tokens. The link is active here afterwards. */
MUST_CHECK enum err link_accept(struct ctx *c, str link, struct peer *ret, struct why *why);

/* ---- the other side: bodies of POST /exchange/v1/... ---- */
struct link_caller {
	str from;      /* address, for the throttle */
	bool tls;      /* the request came over TLS ... */
	bool has_spki; /* ... and its sender proved to own this key */
	struct digest spki;
	str token; /* bearer; empty: none */
};
/* hello: ends an invitation. */
MUST_CHECK enum err link_hello(struct node *n, struct arena *a, const struct link_caller *who,
			       str body, str *ret_answer, struct why *why);
/* teams: what a linked node says again of the teams it hosts. */
MUST_CHECK enum err link_teams(struct node *n, struct arena *a, const struct link_caller *who,
			       str body, str *ret_answer, struct why *why);
/* circles: envelopes of circle_link.h. The answer says of each {"id","code","reason"}, code "ok" or
 * why not. */
MUST_CHECK enum err link_circles(struct node *n, struct arena *a, const struct link_caller *who,
				 str body, str *ret_answer, struct why *why);
/* The active link of a caller: its token and, over TLS, its pinned key. ERR_UNAUTHENTICATED: no
 * such token; ERR_DENIED: not active, or "key_changed" (which stops the link). */
MUST_CHECK enum err link_authenticate(struct node *n, struct arena *a,
				      const struct link_caller *who, struct peer *ret,
				      struct why *why);

/* ---- sending ---- */
/* One request to a peer: its address before path, our token, pins both ways. What went wrong is
 * noted in the row (peer_contact), another key stops the link. ERR_OK whatever the status. */
struct link_request {
	const char *method;
	str path; /* "/taxii2/links/.../objects/?limit=1" */
	str accept, content_type;
	str body;
	size_t limit_bytes;
	unsigned timeout_s;
};
MUST_CHECK enum err link_send(struct node *n, struct client *x, struct arena *a,
			      const struct peer *p, const struct link_request *rq,
			      struct client_answer *ret, struct why *why);
/* Tells a peer which teams are hosted here, with all their keys, and the circles its teams are in:
 * whenever a sender starts and whenever the directory or a key has changed (world.generation).
 * ERR_CONFLICT LINK_CIRCLE_REFUSED: it does not take one of the circles; its row says which and
 * why, and the rest was told. */
#define LINK_CIRCLE_REFUSED "circle_refused"
MUST_CHECK enum err link_announce(struct node *n, struct client *x, struct arena *a,
				  const struct peer *p, struct why *why);
/* To all active ones; *ret_missed: names of those who did not get it, a line each. */
MUST_CHECK enum err link_announce_all(struct ctx *c, str *ret_missed, struct why *why);

/* ---- what people do with links ---- */
MUST_CHECK enum err link_find(struct ctx *c, str id_or_name, struct peer *ret, struct why *why);
/* confirm -> active (its teams become known), active <-> stopped. */
MUST_CHECK enum err link_set_state(struct ctx *c, const struct peer *p, str state, struct why *why);
MUST_CHECK enum err link_remove(struct ctx *c, const struct peer *p, struct why *why);
/* What was not sent or not taken, newest first: into the array that is open in o, objects
 * {"id","direction","state","code","reason","rev","at"}, reason in the reader's language.
 * before_us 0: from the newest; *ret_next 0: there is nothing older. */
MUST_CHECK enum err link_items_json(struct ctx *c, const struct peer *p, int64_t before_us,
				    size_t limit, struct json_out *o, int64_t *ret_next,
				    struct why *why);
/* "Send again": the next round, at once, sends that object anew or asks the peer for it. id: as in
 * the list. ERR_NOTFOUND: nothing of it is open. */
MUST_CHECK enum err link_again(struct ctx *c, const struct peer *p, str id, struct why *why);
/* {"id","team","teams":[...],"url","fingerprint","fingerprint_ja","state","last_contact",
 * "last_error","behind","created"}; behind: records it may have and has not decided on (feed.h),
 * -1: not known. */
void link_json(struct ctx *c, const struct peer *p, int64_t behind, struct json_out *o);
/* last_error in the reader's language. */
str link_last_error(const struct peer *p, const char *lang);
/* This node as the other side will see it: {"url","teams":[{"id","name","fingerprint",...}]}. */
MUST_CHECK enum err link_self_json(struct ctx *c, struct json_out *o, struct why *why);

#endif
