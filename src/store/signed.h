// SPDX-License-Identifier: Apache-2.0
/* signed: the signatures of what crosses a link, by holding and version (docs/links.md), and the
 * items of a link that were not sent or not taken. A lineage is (id, originator); its revs never
 * repeat here. Arrays in, arrays out; any thread. Texts live in the caller's arena. */
#ifndef STORE_SIGNED_H
#define STORE_SIGNED_H

#include "store/store.h"

struct record_signed {
	int64_t holding;
	int32_t version;
	struct uuid uid; /* of the object */
	int64_t team;    /* originator, principal */
	int64_t rev;
	struct digest hash; /* of the manifest */
	str object;         /* as signed; empty: the holding's body is it */
	str signature;      /* signature_keep of exchange/: with every salt this node has */
};
/* By holding and version; rev 0 where there is none. */
MUST_CHECK enum err signed_find(struct store *s, struct arena *a, const int64_t *holdings,
				const int32_t *versions, size_t n, struct record_signed *ret,
				struct why *why);
/* The newest of each lineage, without object; rev 0 where there is none. */
MUST_CHECK enum err signed_newest(struct store *s, struct arena *a, const struct uuid *uids,
				  const int64_t *teams, size_t n, struct record_signed *ret,
				  struct why *why);
/* By hash, whichever the lineage; without object; rev 0 where there is none. */
MUST_CHECK enum err signed_by_hash(struct store *s, struct arena *a, const struct uuid *uids,
				   const struct digest *hashes, size_t n, struct record_signed *ret,
				   struct why *why);
/* Keeps signatures that this node made. ERR_CONFLICT: a rev of that lineage, or that version's
 * signature, is there already (another process was faster): find again. */
MUST_CHECK enum err signed_add(struct store *s, const struct record_signed *rows, size_t n,
			       struct why *why);
/* The hash of one rev of a lineage. ERR_NOTFOUND: not held. */
MUST_CHECK enum err signed_hash(struct store *s, struct uuid uid, int64_t team, int64_t rev,
				struct digest *ret, struct why *why);
/* That version counts as not signed yet: another history of its lineage has come to light. */
MUST_CHECK enum err signed_forget(struct store *s, int64_t holding, int32_t version,
				  struct why *why);

/* Was this version sealed for the team? */
MUST_CHECK enum err sealed_is(struct store *s, int64_t holding, int32_t version, int64_t team,
			      bool *ret, struct why *why);
/* It was; saying so again changes nothing. */
MUST_CHECK enum err sealed_mark(struct store *s, int64_t holding, int32_t version, int64_t team,
				int64_t at_us, struct why *why);

enum link_direction { LINK_OUT = 0, LINK_IN = 1 };
enum link_state {
	LINK_DONE = 0,
	LINK_REFUSED = 1, /* for good, unless somebody says "send again" */
	LINK_WAITS = 2,   /* tried again */
	LINK_AGAIN = 3,   /* somebody said "send again": at the next round */
};
/* Open rows of one peer and direction; of more, the oldest are forgotten. Whoever floods a link
 * fills no disk. */
#define LINK_ITEMS_MAX 10000
struct link_item {
	int64_t peer;
	enum link_direction direction;
	str id; /* type--uuid */
	int64_t rev;
	enum link_state state;
	str code, reason; /* reason: JSON {"en","ja"} */
	int64_t at_us;
};
/* One row per peer, direction and id: the newest word. Done ones are not kept: they only end what
 * was refused before. */
MUST_CHECK enum err link_items_put(struct store *s, const struct link_item *items, size_t n,
				   struct why *why);
/* Refused and waiting ones, newest first, older than before_us (0: from the newest). */
MUST_CHECK enum err link_items_open(struct store *s, struct arena *a, int64_t peer,
				    enum link_direction direction, int64_t before_us, size_t limit,
				    struct link_item *ret, size_t *ret_n, struct why *why);
/* ERR_NOTFOUND: nothing of that object is open. */
MUST_CHECK enum err link_item_get(struct store *s, struct arena *a, int64_t peer,
				  enum link_direction direction, str id, struct link_item *ret,
				  struct why *why);
/* Those to be tried at the next round: waiting or "again". at_us tells how long they have waited.
 */
MUST_CHECK enum err link_items_due(struct store *s, struct arena *a, int64_t peer,
				   enum link_direction direction, size_t limit,
				   struct link_item *ret, size_t *ret_n, struct why *why);
/* "Send again": the open rows of that object, in both directions; a note in the journal. *ret: how
 * many there were. */
MUST_CHECK enum err link_items_again(struct store *s, int64_t peer, str id, int64_t actor,
				     int64_t *ret, struct why *why);
/* The peers with rows that wait for "again", at most limit. */
MUST_CHECK enum err link_items_asked(struct store *s, int64_t *ret, size_t limit, size_t *ret_n,
				     struct why *why);
MUST_CHECK enum err link_items_count(struct store *s, int64_t peer, enum link_direction direction,
				     int64_t *ret, struct why *why);

/* Takes or renews the right to serve a peer until until_us. ERR_BUSY: another owner has it still.
 */
MUST_CHECK enum err link_lease(struct store *s, int64_t peer, struct uuid owner, int64_t now_us,
			       int64_t until_us, struct why *why);
/* All of them: where one process alone can have the store. */
void link_release_all(struct store *s);
void link_release(struct store *s, int64_t peer, struct uuid owner);

#endif
