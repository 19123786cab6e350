// SPDX-License-Identifier: Apache-2.0
/* sync_internal: what the files of sync.h share. Private to exchange/. */
#ifndef EXCHANGE_SYNC_INTERNAL_H
#define EXCHANGE_SYNC_INTERNAL_H

#include "exchange/accept.h"
#include "exchange/sync.h"
#include "store/signed.h"

#define LINK_COLLECTION "direct"

struct client;
struct link_answer {
	int status;
	str body;
};
/* One request to a peer: its address, its pins, our token. path begins with "/". */
MUST_CHECK enum err link_call(struct node *n, struct client *http, const struct peer *p,
			      struct arena *a, const char *method, str path, str body,
			      struct link_answer *ret, struct why *why);
MUST_CHECK enum err link_round_with(struct node *n, struct client *http, const struct peer *p,
				    bool do_pull, bool all, struct link_counts *ret,
				    struct why *why);
/* The row that says what became of an object that arrived. */
struct link_item link_item_of(int64_t peer, struct arena *a, const struct accept_result *x);

#endif
