// SPDX-License-Identifier: Apache-2.0
/* manifest: what a team says of an object when it gives it away, as docs/formats.md 3 fixes it: one
 * salted digest for each leaf and for each entry of the audience, the label, and which rev of the
 * lineage it is. Whoever passes the object on may drop a leaf with its salt; a leaf that was
 * changed or added has no digest here. Pure: no store, clock or network; everything lives in the
 * caller's arena or points into the object given. The signature is signature.h. */
#ifndef EXCHANGE_MANIFEST_H
#define EXCHANGE_MANIFEST_H

#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "store/label.h"

#define MANIFEST_LEAVES_MAX 1024
#define MANIFEST_AUDIENCE_MAX 4096 /* padded */
#define MANIFEST_CIRCLES_MAX 64    /* circles in one audience */
#define SALT_BYTES 16

struct salt {
	uint8_t b[SALT_BYTES];
};

/* A leaf: which of the fields that must stay (revoked and valid_until, in types of ours exercise,
 * state and when/valid_until) an object does not have, path [""]; or a top-level member, in types
 * of ours (x-hikeshi-...) also a member of what whom when why how who where those are objects that
 * hold something. path: 1 or 2 names. */
struct leaf {
	str path[2];
	size_t n_path;
	const struct json *value; /* NULL where only its salt is known */
	struct salt salt;
};
/* The leaves of an object (as json_parse gives it: no name twice), salts zero; that of path [""]
 * last. */
MUST_CHECK enum err leaves_of(struct arena *a, const struct json *object, struct leaf **ret,
			      size_t *ret_n, struct why *why);
/* SHA-256("hikeshi/leaf/v1\n" | salt | JCS([path, value])). ERR_INVALID names the path where JCS
 * cannot carry the value exactly. */
MUST_CHECK enum err leaf_digest(struct arena *a, const struct leaf *l, struct digest *ret,
				struct why *why);

enum audience_kind {
	AUDIENCE_EVERYONE, /* {"everyone":true}: all teams (GREEN), the public (CLEAR) */
	AUDIENCE_CIRCLE,   /* {"circle","roster"} */
	AUDIENCE_TEAM,     /* {"team"} */
	AUDIENCE_PERSON,   /* {"person","team"} */
};
struct audience_entry {
	enum audience_kind kind;
	struct uuid circle, team, person;
	int64_t roster;
	struct salt salt;
};
/* SHA-256("hikeshi/audience/v1\n" | salt | JCS(entry)). */
struct digest audience_digest(const struct audience_entry *e);

enum manifest_role { ROLE_ORIGINATOR, ROLE_FORWARDER };
struct manifest_label {
	enum tlp tlp;
	int32_t pap;            /* as in store/label.h */
	int32_t attribution;    /* 0 may, 1 must, 2 must not */
	int64_t nbf_us, exp_us; /* 0: none */
};
struct manifest {
	enum manifest_role role;
	str target;   /* id of the object */
	str modified; /* the object's own, as it is written there; empty where it has none */
	/* Originator: counts from 1 in the lineage, prev is the hash of the manifest before (first:
	 * none). Forwarder: rev and hash of the originator's manifest that it narrows. */
	int64_t rev;
	bool has_prev;
	struct digest prev;
	struct manifest_label label;
	const struct digest *audience; /* sorted; a power of two */
	size_t n_audience;
	const struct digest *digests; /* sorted */
	size_t n_digests;
};
/* The salts that travel beside a manifest (`open`): of leaves, and of those audience entries that
 * the reading node serves or may pass on. */
struct opened {
	const struct leaf *leaves; /* sorted by path */
	size_t n_leaves;
	const struct audience_entry *audience;
	size_t n_audience;
	/* Openings inside a circle's own digests, composed for each reader; NULL: none. */
	const struct json *members; /* circle_members_json */
};

/* Draws salts and makes the manifest of an object: m has role, rev, prev and label filled in;
 * target, modified, audience and digests are made from object and entries. ret_open has all salts.
 * Refuses what could not be checked by others: an object without id, what JCS cannot carry. */
MUST_CHECK enum err manifest_make(struct arena *a, struct manifest *m, const struct json *object,
				  const struct audience_entry *entries, size_t n,
				  struct opened *ret_open, struct why *why);
/* The same for a forwarder who narrows from: the leaves that object still has, their salts from
 * open; rev and prev follow from the originator's manifest. m has the label. */
MUST_CHECK enum err manifest_narrow(struct arena *a, struct manifest *m,
				    const struct manifest *from, const struct opened *open,
				    const struct json *object, const struct audience_entry *entries,
				    size_t n, struct opened *ret_open, struct why *why);

struct json manifest_json(struct arena *a, const struct manifest *m);
/* Strict: an unknown `v` is refused with those words, so is any other spelling. */
MUST_CHECK enum err manifest_parse(struct arena *a, const struct json *v, struct manifest *ret,
				   struct why *why);
/* SHA-256(JCS(manifest)). */
struct digest manifest_hash(const struct manifest *m);

/* When its signer says that it was made (`modified`), for key_judge; TIME_NONE where it does not.
 */
int64_t manifest_said_us(const struct manifest *m);

/* {"audience":[{"entry","salt"}],"salts":{...}}, with "members" where there are: salts
 * has the shape of the object. */
struct json open_json(struct arena *a, const struct opened *o);
MUST_CHECK enum err open_parse(struct arena *a, const struct json *v, struct opened *ret,
			       struct why *why);
/* Only the salts of leaves that object has, and of the entries for which keep says yes (NULL: all):
 * what goes to the next reader. Members are left out: the caller sets what he may see.
 */
typedef bool audience_keep_fn(void *ctx, const struct audience_entry *e);
struct opened open_for(struct arena *a, const struct opened *o, const struct json *object,
		       audience_keep_fn *keep, void *ctx);

/* Does the object hold nothing but what the manifest has digests of, with what STIX requires, and
 * are all opened audience entries the signer's? ERR_INVALID names the path ("what/impact"). */
MUST_CHECK enum err manifest_check(struct arena *a, const struct manifest *m,
				   const struct opened *o, const struct json *object,
				   struct why *why);

/* What a manifest that arrived means for a lineage of which we hold another (originator's role). */
enum lineage_step {
	LINEAGE_NEWER, /* take it: also the first of a lineage */
	LINEAGE_OLDER, /* ignore it: it revives nothing */
	LINEAGE_SAME,
	LINEAGE_FORK, /* two manifests of one rev: stop the link and show both */
};
/* held NULL: nothing held. hash, held_hash: manifest_hash of each. */
enum lineage_step lineage_step(const struct manifest *held, struct digest held_hash,
			       const struct manifest *m, struct digest hash);

/* The label that holds after several signatures on one object: the originator's, narrowed by each
 * forwarder's. */
struct signed_label {
	struct manifest_label label;
	const struct audience_entry *audience; /* opened entries */
	size_t n_audience;
};
/* Was team a member of circle at that roster? From the caller's directory; NULL: nobody was. */
typedef bool circle_member_fn(void *ctx, struct uuid circle, int64_t roster, struct uuid team);
/* ERR_DENIED, code "widened", where a forwarder's label is wider in any respect than the label of
 * the originator (parts[0]); the sentence says in which. The result is the strictest of each; its
 * audience has the entries that every part covers. */
MUST_CHECK enum err labels_join(struct arena *a, const struct signed_label *parts, size_t n,
				circle_member_fn *member, void *ctx, struct signed_label *ret,
				struct why *why);

/* Members that STIX 2.1 requires of a type stay: the first that object lacks, or NULL. */
const char *stix_missing(const struct json *object);

#endif
