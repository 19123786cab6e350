// SPDX-License-Identifier: Apache-2.0
/* One request of the carrier to a peer. */
#include "exchange/link_internal.h"
#include "exchange/sync_internal.h"
#include "exchange/taxii_media.h"

#define ANSWER_BYTES ((size_t)64 << 20)

enum err link_call(struct node *n, struct client *http, const struct peer *p, struct arena *a,
		   const char *method, str path, str body, struct link_answer *ret, struct why *why)
{
	const struct link_request rq = {.method = method,
					.path = path,
					.accept = STR(TAXII_MEDIA),
					.content_type = body.n ? STR(TAXII_MEDIA) : STR_NULL,
					.body = body,
					.limit_bytes = ANSWER_BYTES};
	struct client_answer answer;
	enum err err = link_send(n, http, a, p, &rq, &answer, why);

	if (!err)
		*ret = (struct link_answer){answer.status, answer.body};
	return err;
}

void link_round_said(struct node *n, const struct peer *before, enum err err, const struct why *why)
{
	bool failed = before->last_error.n > 0;
	struct why ignored = {0};
	struct peer now;
	ARENA(a, 0);

	/* what stopped it meanwhile has said why */
	if (strcmp(why->code, "stopped") == 0 ||
	    peer_get(n->store, &a, before->key, &now, &ignored) ||
	    !str_eq(now.state, STR(LINK_ACTIVE)))
		return;
	if (err || failed || clock_now_us() - now.last_contact_us > 10 * US_PER_S)
		(void)!peer_contact(n->store, now.key, err ? 0 : clock_now_us(),
				    err ? link_sentence(&a, why) : STR(""), STR_NULL, &ignored);
}

enum err link_round(struct node *n, const struct peer *p, bool pull, bool all,
		    struct link_counts *ret, struct why *why)
{
	struct client *http = client_new();
	struct why told = {0};
	struct peer now;
	ARENA(a, 0);
	/* what else fails of it the round meets as well */
	bool refused =
	    link_announce(n, http, &a, p, &told) && strcmp(told.code, LINK_CIRCLE_REFUSED) == 0;
	enum err err = link_round_with(n, http, p, pull, all, NULL, ret, why);

	/* restored from a backup: its cursors are at 0 now */
	if (err == ERR_BUSY && strcmp(why->code, "restored") == 0) {
		*why = (struct why){0};
		err = peer_get(n->store, &a, p->key, &now, why);
		if (!err)
			err = link_round_with(n, http, &now, pull, all, NULL, ret, why);
	}
	client_free(http);
	if (err || !refused) /* else the row says that, and the round has gone well */
		link_round_said(n, p, err, why);
	return err;
}
