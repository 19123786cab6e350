// SPDX-License-Identifier: Apache-2.0
/* withdrawal: what a team takes back from other nodes. A record x-hikeshi-withdrawal
 * (docs/formats.md 3) names lineages up to the rev that was signed last; it goes to everybody who
 * may still have them, those who have left the audience since too, and is kept there. It is in the
 * write set of the change that it tells of. What never left needs none. */
#ifndef TEAM_WITHDRAWAL_H
#define TEAM_WITHDRAWAL_H

#include "base/vec.h"
#include "team/erase.h"

#define WITHDRAWAL_TYPE "x-hikeshi-withdrawal"

struct taken_back {
	str type;
	struct uuid uid;
	int64_t rev; /* found by withdrawal_write */
};
struct taking_back {
	int64_t team; /* whose lineages */
	VEC(struct taken_back) names;
	VEC(int64_t) lost;        /* teams elsewhere that are to hear of it */
	const struct label *was;  /* an audience that is to hear of it; NULL: none */
	bool comes_back;          /* also who is in that audience no longer and may be again */
	struct erase_paths paths; /* only these fields; none: all of it */
	bool red; /* some of it was TLP:RED: ids go, no word of what a person said */
	str why;  /* what a person said; may be empty */
};
void taking_back_name(struct ctx *c, struct taking_back *t, str type, struct uuid uid);
void taking_back_team(struct ctx *c, struct taking_back *t, int64_t team);
/* Adds the withdrawals (at most 1,000 names each) to w; none where nothing of it has left or nobody
 * elsewhere is to hear of it. */
MUST_CHECK enum err withdrawal_write(struct ctx *c, struct write_set *w, struct taking_back *t,
				     struct why *why);

/* Records of a team that get other labels in one write set. Teams elsewhere that could see one
 * under the old label and cannot under the new one lose it; so do those who can by no circle or
 * name that stands in both (they have it again with the next text), a circle under GREEN as such
 * when the record leaves it, and who had it (below) and cannot see it now. Nobody is told why: a
 * reason would be about what he may not read. */
struct relabelled {
	int64_t from, to;
	struct taking_back back;
};
struct relabelling {
	int64_t team;
	const struct directory_team *const *had; /* who was sent the old text, members or not */
	size_t n_had;
	VEC(struct relabelled) groups; /* by labels; found by relabelling_add */
};
/* The record, as it was, gets the label to; may be the one it has. */
void relabelling_add(struct ctx *c, struct relabelling *x, const struct record *r, int64_t to);
/* Is anything to be taken back? */
bool relabelling_any(const struct relabelling *x);
MUST_CHECK enum err relabelling_write(struct ctx *c, struct write_set *w, struct relabelling *x,
				      struct why *why);

#endif
