// SPDX-License-Identifier: Apache-2.0
/* Pushing: what lies behind the peer's cursor, in pages, several on their way at once. */
#include "exchange/feed_told.h"
#include "exchange/link_internal.h"
#include "exchange/sync_internal.h"
#include "net/client.h"
#include "team/warning.h"

#define ENVELOPE_BYTES ((size_t)8 << 20)

/* Where a page of the feed begins and ends. */
struct span {
	int64_t after, next;
};

static struct link_item item_of(const struct round *r, const struct feed_item *x)
{
	return (struct link_item){.peer = r->peer->key,
				  .direction = LINK_OUT,
				  .id = x->id,
				  .rev = x->rev,
				  .state = LINK_DONE,
				  .code = STR(""),
				  .reason = STR(""),
				  .at_us = clock_now_us()};
}

/* *ret_waits: how many the peer cannot take just now. at: where in the feed it was sent
 * whole with these, so that the peer does not read it once more; NULL: they are out of order. */
static enum err post(struct round *r, struct client *http, struct arena *a, const struct span *at,
		     const struct feed_item *x, size_t n, struct link_item *items,
		     size_t *ret_waits, struct why *why)
{
	char epoch[UUID_TEXT], time[TIME_TEXT];
	struct envelope answer;
	const struct json *status = &answer.rest;
	size_t m = 0;
	BUF(b);
	enum err err = link_own_epoch(r->node, epoch, why);

	if (err)
		return err;
	buf_printf(&b, "{\"x_epoch\":\"%.*s\",", UUID_TEXT, epoch);
	if (at && at->after) {
		time_text(at->after, time);
		buf_printf(&b, "\"x_added_after\":\"%.*s\",", TIME_TEXT, time);
	}
	if (at) {
		time_text(at->next, time);
		buf_printf(&b, "\"x_added_last\":\"%.*s\",", TIME_TEXT, time);
	}
	buf_add(&b, STR("\"objects\":["));
	for (size_t i = 0; i < n; i++) {
		items[i] = item_of(r, &x[i]);
		if (x[i].code) {
			items[i].state = LINK_REFUSED;
			items[i].code = str_c(x[i].code);
			items[i].reason = link_reason(a, x[i].reason.en, x[i].reason.ja);
			r->counts->sent_refused++;
			continue;
		}
		buf_add(&b, m++ ? STR(",") : STR(""));
		buf_add(&b, x[i].object);
		buf_add(&b, STR(","));
		buf_add(&b, x[i].signature);
	}
	buf_add(&b, STR("]}"));
	if (!m)
		return ERR_OK;
	err =
	    round_call(r, http, a, "POST", round_direct(a, r->peer, ""), buf_str(&b), &answer, why);
	if (err)
		return err;
	if (json_get_i64(status, "total_count", -1) != (int64_t)m)
		return link_refuse(
		    why, ERR_IO, "peer_answer",
		    "the peer says it decided on another number of objects than were sent",
		    "送った件数と、相手が判断したという件数が合いません");
	link_failures(a, status, items, n, r->counts);
	for (size_t i = 0; i < n; i++) {
		r->counts->sent += items[i].state == LINK_DONE;
		*ret_waits += items[i].state == LINK_WAITS;
	}
	r->counts->waits |= *ret_waits > 0;
	return link_held(r->node, a, r->peer, status, items, n, why);
}

/* Warnings that the peer has now: on their way to the teams reached via it. */
static enum err sent(struct round *r, struct arena *a, const struct feed_reader *who,
		     const struct feed_item *x, const struct link_item *items, size_t n,
		     struct why *why)
{
	enum err err = ERR_OK;
	struct uuid uid;

	for (size_t i = 0; i < n && !err; i++) {
		if (!x[i].team || items[i].state != LINK_DONE ||
		    !str_starts(x[i].id, STR("x-hikeshi-warning--")))
			continue;
		for (size_t k = 0; k < who->n_teams && !err; k++)
			if (principal_uuid(r->node->store, who->teams[k], &uid))
				err = warning_reached(r->node, a, x[i].team, x[i].uid, uid, "sent",
						      why);
	}
	/* a person or a receipt was faster */
	return err == ERR_STALE || err == ERR_CONFLICT ? ERR_OK : err;
}

/* A page in envelopes that the peer can take. What it cannot take just now waits in a row of its
 * own, and nothing waits behind it; the cursor stays where it can take nothing. */
static enum err post_page(struct round *r, struct client *http, struct arena *a,
			  const struct feed_reader *who, const struct span *at,
			  const struct feed_item *x, size_t n, struct why *why)
{
	struct link_item *items = arena_array(a, struct link_item, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0, k; i < n && !err; i = k) {
		size_t bytes = 0, waits = 0;

		for (k = i; k < n && (k == i || bytes < ENVELOPE_BYTES); k++)
			bytes += x[k].object.n + x[k].signature.n;
		err = post(r, http, a, k < n ? NULL : at, x + i, k - i, items + i, &waits, why);
		if (!err && waits == k - i)
			err = link_refuse(why, ERR_BUSY, "later",
					  "the peer cannot take anything just now",
					  "相手は今、何も受け取れません");
		if (!err)
			err = link_items_put(r->node->store, items + i, k - i, why);
		if (!err)
			err = sent(r, a, who, x + i, items + i, k - i, why);
	}
	return err;
}

/* What was to be tried again, apart from the order of the feed. */
static enum err push_due(struct round *r, const struct feed_reader *who, size_t *ret_n,
			 struct why *why)
{
	ARENA(a, 0);
	struct link_item *rows = arena_array(&a, struct link_item, LINK_DUE_MOST);
	struct uuid *ids = arena_array(&a, struct uuid, LINK_DUE_MOST);
	struct feed_item *found = NULL;
	size_t n = 0, m = 0, waits = 0;
	enum err err = round_due(r, &a, LINK_OUT, rows, ids, &n, why);

	*ret_n = n;
	if (err || !n)
		return err;
	err = feed_named(r->node, &a, who, ids, n, &found, &m, why);
	/* what may not go there any more is no longer waited for */
	for (size_t i = 0; i < n && !err; i++)
		rows[i].state = LINK_DONE;
	if (!err)
		err = link_items_put(r->node->store, rows, n, why);
	if (!err && m) {
		struct link_item *items = arena_array(&a, struct link_item, m);

		err = post(r, r->http, &a, NULL, found, m, items, &waits, why);
		for (size_t i = 0; i < m && err; i++) {
			items[i] = item_of(r, &found[i]);
			items[i].state = LINK_WAITS;
			items[i].code = STR("later");
			items[i].reason = link_reason(&a, STR("the peer was not reached"),
						      STR("相手に接続できませんでした"));
		}
		if (link_items_put(r->node->store, items, m, err ? NULL : why) && !err)
			err = ERR_IO;
		if (!err)
			err = sent(r, &a, who, found, items, m, why);
	}
	return err;
}

/* Circles that are new to the peer: what was shared there before is behind the cursor. Not kept
 * before all of it was sent, so that a break only makes it begin anew. */
static enum err push_joined(struct round *r, const struct feed_reader *who, struct why *why)
{
	int64_t after = 0;
	ARENA(keep, 0);
	struct feed_reader some = *who;
	struct feed_told told;
	enum err err = feed_told(r->node, &keep, r->peer, who, &told, why);

	if (err || !told.changed)
		return err;
	some.circles = told.circles;
	some.n_circles = told.n;
	for (bool more = told.n > 0; more && after < r->after && !err;) {
		ARENA(a, 0);
		struct feed_item *items = NULL;
		size_t n = 0;
		int64_t next = after;

		err =
		    feed_read(r->node, &a, &some, after, FEED_PAGE, &items, &n, &next, &more, why);
		if (!err && n)
			err = post_page(r, r->http, &a, who, NULL, items, n, why);
		more = more && next != after;
		after = next;
	}
	return err ? err : feed_told_keep(r->node, r->peer, &told, why);
}

/* ---- lanes ---- */

/* While one page is on its way another one is read and signed, and a third is taken at the other
 * side: each lane reads the next page, posts it, and moves the cursor when those before it have. */
#define LANES 3
struct lanes {
	struct round *r;
	const struct feed_reader *who;
	struct client *http[LANES];
	pthread_t threads[LANES];
	size_t n, taken; /* lanes, and those that have their client; 0 is the caller's */
	int64_t read_to;
	bool more;
	size_t pages, done; /* read; confirmed, in order */
	enum err err;
	struct why why;
	pthread_cond_t turn;
};

static void lane_run(struct lanes *l, struct client *http);

static void *lane_main(void *arg)
{
	struct lanes *l = arg;

	pthread_setname_np(pthread_self(), "lane");
	pthread_mutex_lock(&l->r->lock);
	lane_run(l, l->http[++l->taken]);
	pthread_mutex_unlock(&l->r->lock);
	return NULL;
}

/* Most of what is pushed is one page and needs no other lane. */
static void lanes_begin(struct lanes *l)
{
	while (l->n < LANES) {
		l->http[l->n] = client_beside(l->r->http);
		if (pthread_create(&l->threads[l->n], NULL, lane_main, l)) {
			client_free(l->http[l->n]);
			return;
		}
		l->n++;
	}
}

static void lanes_end(struct lanes *l)
{
	pthread_mutex_unlock(&l->r->lock);
	for (size_t i = 1; i < l->n; i++)
		(void)pthread_join(l->threads[i], NULL);
	for (size_t i = 1; i < l->n; i++) /* any lane may have taken any of them */
		client_free(l->http[i]);
	pthread_mutex_lock(&l->r->lock);
}

static enum err lane_page(struct lanes *l, struct client *http, struct arena *a, struct span *at,
			  size_t *ret_number, struct why *why)
{
	struct round *r = l->r;
	struct feed_item *items = NULL;
	size_t n = 0;
	enum err err;

	*at = (struct span){l->read_to, l->read_to};
	*ret_number = l->pages++;
	err = feed_read(r->node, a, l->who, at->after, FEED_PAGE, &items, &n, &at->next, &l->more,
			why);
	l->more = !err && l->more && at->next != at->after;
	l->read_to = at->next;
	if (l->more && l->n == 1)
		lanes_begin(l);
	return err ? err : post_page(r, http, a, l->who, at, items, n, why);
}

static void lane_run(struct lanes *l, struct client *http)
{
	struct round *r = l->r;

	while (l->more && !l->err) {
		ARENA(a, 0);
		struct why why = {0};
		struct span at;
		size_t number;
		enum err err = lane_page(l, http, &a, &at, &number, &why);

		while (!l->err && l->done != number)
			pthread_cond_wait(&l->turn, &r->lock);
		if (l->err)
			return;
		if (!err && at.next != at.after)
			err = peer_cursor_out(r->node->store, r->peer->key, at.next, &why);
		l->err = err;
		l->why = why;
		r->after = err ? r->after : at.next;
		l->done++;
		pthread_cond_broadcast(&l->turn);
	}
}

enum err round_push(struct round *r, struct why *why)
{
	ARENA(a, 0);
	struct feed_reader who;
	struct lanes l = {.r = r, .who = &who, .n = 1, .read_to = r->after, .more = true};
	enum err err = feed_reader_of(r->node, &a, r->peer->key, &who, why);

	/* each is done then, or rests for a while */
	for (size_t due = LINK_DUE_MOST; !err && due == LINK_DUE_MOST;)
		err = push_due(r, &who, &due, why);
	if (!err)
		err = push_joined(r, &who, why);
	if (err)
		return err;
	pthread_cond_init(&l.turn, NULL);
	lane_run(&l, r->http);
	lanes_end(&l);
	pthread_cond_destroy(&l.turn);
	return l.err ? why_field(why, l.err, l.why.code, NULL, l.why.text, l.why.text_ja) : ERR_OK;
}
