// SPDX-License-Identifier: Apache-2.0
/* own_keys: the keys of this node and of the teams it hosts, made once and kept in the database, so
 * that a restored node is the same node; and the chain of keys of any team, hosted or not. Secrets
 * that are handed out lie in the caller's arena or struct. Any thread. See docs/links.md. */
#ifndef EXCHANGE_OWN_KEYS_H
#define EXCHANGE_OWN_KEYS_H

#include "exchange/key.h"
#include "team/record.h"

struct own_node {
	struct uuid id;
	struct ed25519_secret key; /* checkpoints, requests of the link protocol */
	str tls_key, tls_cert;     /* PEM */
	struct digest tls_spki;
};
/* Made at the first call. */
MUST_CHECK enum err own_node_get(struct node *n, struct arena *a, struct own_node *ret,
				 struct why *why);
/* Keys for the node and for every hosted team that has none; the TLS key and certificate as files
 * tls-key.pem and tls-cert.pem in the data directory, each new root secret as a file
 * root-key-<team>.txt. *ret_files (nullable) gets the names of new root files, one a line. */
MUST_CHECK enum err own_keys_ensure(struct node *n, struct arena *a, str *ret_files,
				    struct why *why);

/* What a hosted team signs and opens with now. ERR_NOTFOUND: not hosted here, being moved away, or
 * all keys ended. */
struct own_team {
	struct ed25519_public root;
	struct ed25519_secret key;
	struct age_identity age;
	struct key_object object;
};
MUST_CHECK enum err own_team_get(struct node *n, struct arena *a, int64_t team,
				 struct own_team *ret, struct why *why);
/* The same of a team that is being moved away: for the file in which it leaves, alone. */
MUST_CHECK enum err own_team_leaving(struct node *n, struct arena *a, int64_t team,
				     struct own_team *ret, struct why *why);
/* Every age key of the teams hosted here, ended ones too: what was sealed to them stays readable.
 */
MUST_CHECK enum err own_age_identities(struct node *n, struct arena *a, struct age_identity **ret,
				       size_t *ret_n, struct why *why);

/* The chain of a team's key objects, hosted here or reached through a peer. ERR_NOTFOUND: no keys
 * are known of it. ret_objects (nullable): the JSON array of them. */
MUST_CHECK enum err team_chain(struct node *n, struct arena *a, int64_t team, struct key_chain *ret,
			       struct json *ret_objects, struct why *why);
/* The words two people compare, for a team with known keys; ja: read in Japanese. */
MUST_CHECK enum err team_fingerprint(struct node *n, struct arena *a, int64_t team,
				     struct digest *ret, struct why *why);

/* A new online key signed by the root; the old one ends overlap_us from now, so that what is under
 * way still counts. */
MUST_CHECK enum err own_team_rotate(struct ctx *c, int64_t team, const struct ed25519_secret *root,
				    int64_t overlap_us, struct why *why);
/* Key n was in wrong hands since at_us. Where it is the one in use, a new one takes
 * its place. */
MUST_CHECK enum err own_team_revoke(struct ctx *c, int64_t team, int32_t n, int64_t at_us,
				    const struct ed25519_secret *root, struct why *why);
/* A team that has come from another node gets its key here; those with which it signed there end at
 * that moment. Once it has one, nothing changes. */
MUST_CHECK enum err own_team_adopt(struct ctx *c, int64_t team, const struct ed25519_secret *root,
				   int64_t ends_us, struct why *why);
/* The secret in the text of a root file. ERR_INVALID: there is none in it. */
MUST_CHECK enum err root_key_read(str text, struct ed25519_secret *ret, struct why *why);
/* "root-key-<team>.txt" of a hosted team, a name in the data directory. */
str root_key_name(struct arena *a, const struct directory_team *t);

#endif
