// SPDX-License-Identifier: Apache-2.0
/* label: the interned, immutable tuple that policy decides on (formats.md 2).
 * Label keys are dense from 1, so a reader's rights are a bit per label (struct
 * view). Labels live as long as the store and may be read from any thread.
 * A principal is the 64-bit key of a team, circle or person; see principal_*. */
#ifndef STORE_LABEL_H
#define STORE_LABEL_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/id.h"

struct store;

enum principal_kind { PRINCIPAL_TEAM = 1, PRINCIPAL_CIRCLE = 2, PRINCIPAL_PERSON = 3 };

/* Ordered from widest to narrowest: the stricter is the larger, so joining takes the
 * maximum. Stored as these numbers; append, never renumber. */
enum tlp { TLP_CLEAR = 0, TLP_GREEN = 1, TLP_AMBER = 2, TLP_AMBER_STRICT = 3, TLP_RED = 4 };

struct label_circle {
	int64_t circle; /* principal */
	int64_t
	    roster; /* roster number at labelling; 0 for GREEN and CLEAR (today's members count) */
};
struct label_person {
	int64_t team, person; /* principals; a person counts as member of that team */
};
struct label {
	int64_t key;        /* 0 before interning */
	int64_t originator; /* team principal */
	int64_t holder;     /* team principal */
	enum tlp tlp;
	bool everyone; /* audience: all teams of the node (GREEN), the public (CLEAR) */
	const struct label_circle *circles; /* sorted by circle */
	size_t n_circles;
	const int64_t *teams; /* sorted */
	size_t n_teams;
	const struct label_person *people; /* sorted */
	size_t n_people;
	int64_t not_before_us, expires_us; /* 0: none */
	int32_t pap;                       /* 0 none, 1 CLEAR, 2 GREEN, 3 AMBER, 4 RED */
	int32_t attribution;               /* 0 may, 1 must, 2 must-not */
};

/* Keys of labels, creating those that are new (arrays in and out, one round trip). The
 * arrays inside need not be sorted. Copies; the caller keeps its own. */
MUST_CHECK enum err label_intern(struct store *s, const struct label *labels, size_t n,
				 int64_t *ret_keys, struct why *why);
/* The label of a key, or NULL. Immutable, lives as long as the store. */
const struct label *label_get(struct store *s, int64_t key);
/* Largest key handed out so far (0: none). */
int64_t label_max(struct store *s);
/* Canonical bytes of a label (RFC 8785 JSON with uuids, no keys): what the journal commits to. */
MUST_CHECK enum err label_canonical(struct store *s, struct arena *a, const struct label *l,
				    str *ret);

/* What one reader may see at one time, made by policy/: a bit per label key. Labels
 * beyond n_labels are invisible. team: the reader's own team, whose holdings win. */
struct view {
	const uint64_t *bits;
	int64_t n_labels; /* valid keys are 1..n_labels */
	int64_t team;     /* principal; 0 for nobody */
	bool all;         /* the node itself (jobs, verify): everything */
};
static inline bool view_has(const struct view *v, int64_t label)
{
	return v->all || (label > 0 && label <= v->n_labels &&
			  (v->bits[(uint64_t)label >> 6] >> ((uint64_t)label & 63) & 1));
}

/* Keys for (kind, uuid), creating the new ones; and back. principal_find: 0 when unknown. */
MUST_CHECK enum err principal_intern(struct store *s, enum principal_kind kind,
				     const struct uuid *ids, size_t n, int64_t *ret_keys,
				     struct why *why);
int64_t principal_find(struct store *s, enum principal_kind kind, struct uuid id);
bool principal_uuid(struct store *s, int64_t key, struct uuid *ret);

/* Interned words (types, states, severities): small codes from 1. word_code creates. */
MUST_CHECK enum err word_code(struct store *s, str word, int32_t *ret, struct why *why);
int32_t word_find(struct store *s, str word); /* 0 when unknown */
str word_text(struct store *s, int32_t code); /* empty when unknown */

#endif
