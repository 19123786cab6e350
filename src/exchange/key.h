// SPDX-License-Identifier: Apache-2.0
/* key: which key speaks for a team, on which node, and since when no longer (docs/formats.md 4). A
 * team is its id and its root key, pinned by people who compare words; the root signs x-hikeshi-key
 * objects, n rising, each naming the one before. What they say together is a chain; it decides
 * whether a signature counts. Pure: times and what was stored come from the caller. */
#ifndef EXCHANGE_KEY_H
#define EXCHANGE_KEY_H

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "exchange/age.h"
#include "exchange/ed25519.h"

#define KEY_CHAIN_MAX 512 /* key objects of one team: a new key each week for ten years */

/* One x-hikeshi-key: what the root says of one online key. Saying it again with ends or revoked_at
 * ends it; neither can be taken back. */
struct key_object {
	int64_t created_us;
	struct uuid team, node;
	int64_t n; /* 1, 2 ... of the team */
	bool has_prev;
	struct digest prev; /* key_hash of n - 1 */
	struct ed25519_public root, online, node_key;
	struct digest tls_spki; /* SHA-256 of the SubjectPublicKeyInfo of the node's TLS key */
	struct age_recipient age;
	int64_t ends_us, revoked_us; /* TIME_NONE: neither */
	struct ed25519_sig sig;      /* by root */
	struct ed25519_sig proof;    /* by online, which so cannot be claimed by another team */
};
/* SHA-256 of "hikeshi/key/v1\n" | JCS of the object without sig and proof: what both sign, and what
 * prev names. */
struct digest key_hash(struct arena *a, const struct key_object *k);
/* Signs k, whose other members are filled in. online NULL: proof is kept (an end or a revocation is
 * said by the root alone: it has no proof). */
void key_sign(struct arena *a, struct key_object *k, const struct ed25519_secret *root,
	      const struct ed25519_secret *online);
struct json key_json(struct arena *a, const struct key_object *k);
/* Reads strictly and checks both signatures, under the root that the object names. */
MUST_CHECK enum err key_parse(struct arena *a, const struct json *v, struct key_object *ret,
			      struct why *why);

/* All that is known of one team's keys, in the order of n. */
struct key_chain {
	struct uuid team;
	struct ed25519_public root;
	const struct key_object *keys;
	size_t n;
	bool complete; /* from 1 without a gap */
};
/* Objects in any order, the same one several times too, JSON as they came. ERR_DENIED, code
 * "unknown_key": another root than the pinned one, or another team; ERR_CONFLICT, code "forked":
 * two of one n, or a prev that is another. Gaps are accepted. */
MUST_CHECK enum err key_chain_build(struct arena *a, struct uuid team,
				    const struct ed25519_public *root,
				    const struct json *const *objects, size_t n,
				    struct key_chain *ret, struct why *why);
/* What the chain says of a key: as last said, with the earliest end and revocation. False: nothing.
 */
bool key_chain_find(const struct key_chain *c, const struct ed25519_public *online,
		    struct key_object *ret);
/* The newest online key that is neither ended at now_us nor revoked: where the team is, what to
 * seal to. False: none. */
bool key_chain_current(const struct key_chain *c, int64_t now_us, struct key_object *ret);
/* The same for the node key that signed a checkpoint. */
bool key_chain_node(const struct key_chain *c, const struct ed25519_public *node_key,
		    struct key_object *ret);

enum key_verdict {
	KEY_GOOD,
	KEY_ENDED,   /* ended in order: what it signed counts for ever */
	KEY_UNKNOWN, /* no key of this team */
	KEY_LATE,    /* by its own words made after the key had ended */
	KEY_REVOKED, /* revoked, and nobody we trust had it before */
};
/* Does a signature count? said_us: `modified` of what was signed, TIME_NONE where it has none;
 * stored_us: when the verifier or a pinned peer stored the manifest hash, TIME_NONE: never. */
enum key_verdict key_judge(const struct key_chain *c, const struct ed25519_public *online,
			   int64_t said_us, int64_t stored_us);
/* KEY_GOOD and KEY_ENDED are ERR_OK; else ERR_DENIED with code "unknown_key" or "revoked_key". */
MUST_CHECK enum err key_verdict_err(enum key_verdict v, struct why *why);

/* What people compare: SHA-256("hikeshi/fingerprint/v1\n" | team id | root key). Its first 16 bytes
 * are 16 words; all 32 are hex in groups of four. */
struct digest key_fingerprint(struct uuid team, const struct ed25519_public *root);
/* "apple jazz ring tower - ...": four groups of four words; kana: as they are read in Japanese. */
str fingerprint_text(struct arena *a, struct digest d);
str fingerprint_kana(struct arena *a, struct digest d);
str fingerprint_hex(struct arena *a, struct digest d);
/* What a person typed: words in any case, any separators. True where they are those of d. */
bool fingerprint_matches(struct digest d, str typed);

#endif
