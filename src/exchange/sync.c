// SPDX-License-Identifier: Apache-2.0
/* One round with a peer: push behind the cursor, read what is new. */
#include "exchange/sync.h"

#include "base/vec.h"
#include "exchange/accept.h"
#include "exchange/feed_told.h"
#include "exchange/heal.h"
#include "exchange/link_internal.h"
#include "exchange/receipts.h"
#include "exchange/sync_internal.h"
#include "exchange/taxii_media.h"
#include "store/signed.h"
#include "team/warning.h"

#define ENVELOPE_BYTES ((size_t)8 << 20)
#define READ_PAGE 1000
#define PAGES_MOST 2000 /* in one round; the rest in the next, after what goes out */
#define NO_CURSOR (-1)  /* a page that is read again moves none */
#define DUE_MOST 50
#define DUE_REST_US (10 * US_PER_S) /* between two tries of one object */
#define ID_BYTES 200
#define UNNAMED "unknown--00000000-0000-4000-8000-000000000000" /* of all that have no id */

struct round {
	struct node *node;
	const struct peer *peer;
	struct client *http;
	struct link_counts *counts;
	struct uuid epoch; /* of the peer, as it said last */
	int64_t after;     /* pushed up to here */
};

/* ---- what is asked of the peer ---- */

static enum err call(struct round *r, struct arena *a, const char *method, str path, str body,
		     struct json *ret, struct why *why)
{
	struct link_answer answer;
	struct uuid epoch;
	enum err err = link_call(r->node, r->http, r->peer, a, method, path, body, &answer, why);

	if (err)
		return err;
	if (answer.status / 100 != 2)
		return link_answer_bad(a, &answer, why);
	if (json_parse(a, answer.body, NULL, ret, NULL) || !json_is(ret, JSON_OBJECT))
		return link_refuse(
		    why, ERR_IO, "peer_answer",
		    "the peer answers what is no TAXII resource: is it still a node?",
		    "相手の応答がTAXIIの形式ではありません。ノードが動いているか確認してくださ"
		    "い");
	epoch = link_epoch(ret);
	err = link_epoch_seen(r->node, a, r->peer, epoch, why);
	if (!err && !uuid_is_zero(epoch))
		r->epoch = epoch;
	return err;
}

static str direct(struct arena *a, const struct peer *p, const char *rest)
{
	return arena_printf(a, "%.*scollections/%s/objects/%s", STR_ARG(p->root), LINK_COLLECTION,
			    rest);
}

/* ---- pushing ---- */

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

/* *ret_waits: how many the peer cannot take just now. */
static enum err post(struct round *r, struct arena *a, const struct feed_item *x, size_t n,
		     struct link_item *items, size_t *ret_waits, struct why *why)
{
	char epoch[UUID_TEXT];
	struct json status;
	size_t m = 0;
	BUF(b);
	enum err err = link_own_epoch(r->node, epoch, why);

	if (err)
		return err;
	buf_printf(&b, "{\"x_epoch\":\"%.*s\",\"objects\":[", UUID_TEXT, epoch);
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
	err = call(r, a, "POST", direct(a, r->peer, ""), buf_str(&b), &status, why);
	if (err)
		return err;
	if (json_get_i64(&status, "total_count", -1) != (int64_t)m)
		return link_refuse(
		    why, ERR_IO, "peer_answer",
		    "the peer says it decided on another number of objects than were sent",
		    "送った件数と、相手が判断したという件数が合いません");
	link_failures(a, &status, items, n, r->counts);
	for (size_t i = 0; i < n; i++) {
		r->counts->sent += items[i].state == LINK_DONE;
		*ret_waits += items[i].state == LINK_WAITS;
	}
	return link_held(r->node, a, r->peer, &status, items, n, why);
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
static enum err post_page(struct round *r, struct arena *a, const struct feed_reader *who,
			  const struct feed_item *x, size_t n, int64_t next, struct why *why)
{
	struct link_item *items = arena_array(a, struct link_item, n + 1);
	enum err err = ERR_OK;

	for (size_t i = 0, k; i < n && !err; i = k) {
		size_t bytes = 0, waits = 0;

		for (k = i; k < n && (k == i || bytes < ENVELOPE_BYTES); k++)
			bytes += x[k].object.n + x[k].signature.n;
		err = post(r, a, x + i, k - i, items + i, &waits, why);
		if (!err && waits == k - i)
			err = link_refuse(why, ERR_BUSY, "later",
					  "the peer cannot take anything just now",
					  "相手は今、何も受け取れません");
		if (!err)
			err = link_items_put(r->node->store, items + i, k - i, why);
		if (!err)
			err = sent(r, a, who, x + i, items + i, k - i, why);
	}
	return err || next == NO_CURSOR ? err
					: peer_cursor_out(r->node->store, r->peer->key, next, why);
}

/* Rows of this direction whose time has come, and their objects' ids. */
static enum err due(struct round *r, struct arena *a, enum link_direction direction,
		    struct link_item *ret, struct uuid *ids, size_t *ret_n, struct why *why)
{
	size_t n = 0, m = 0;
	str type;
	enum err err =
	    link_items_due(r->node->store, a, r->peer->key, direction, DUE_MOST, ret, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		bool rests =
		    ret[i].state == LINK_WAITS && clock_now_us() - ret[i].at_us < DUE_REST_US;

		if (rests || id_parse(ret[i].id, &type, &ids[m]))
			continue;
		ret[m++] = ret[i];
	}
	*ret_n = m;
	return err;
}

/* What was to be tried again, apart from the order of the feed. */
static enum err push_due(struct round *r, const struct feed_reader *who, struct why *why)
{
	ARENA(a, 0);
	struct link_item *rows = arena_array(&a, struct link_item, DUE_MOST);
	struct uuid *ids = arena_array(&a, struct uuid, DUE_MOST);
	struct feed_item *found = NULL;
	size_t n = 0, m = 0, waits = 0;
	enum err err = due(r, &a, LINK_OUT, rows, ids, &n, why);

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

		err = post(r, &a, found, m, items, &waits, why);
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
			err = post_page(r, &a, who, items, n, NO_CURSOR, why);
		more = more && next != after;
		after = next;
	}
	return err ? err : feed_told_keep(r->node, r->peer, &told, why);
}

static enum err push(struct round *r, struct why *why)
{
	int64_t after = r->after;
	ARENA(keep, 0);
	struct feed_reader who;
	enum err err = feed_reader_of(r->node, &keep, r->peer->key, &who, why);
	bool more = true;

	if (!err)
		err = push_due(r, &who, why);
	if (!err)
		err = push_joined(r, &who, why);
	while (more && !err) {
		ARENA(a, 0);
		struct feed_item *items = NULL;
		size_t n = 0;
		int64_t next = after;

		err = feed_read(r->node, &a, &who, after, FEED_PAGE, &items, &n, &next, &more, why);
		if (!err && next != after)
			err = post_page(r, &a, &who, items, n, next, why);
		more = more && next != after;
		after = next;
		r->after = err ? r->after : after;
	}
	return err;
}

/* Receipts of what was taken go along at once, and those of answers that are signed on the way. */
static enum err push_all(struct round *r, struct why *why)
{
	struct why making = {0};
	size_t made = 0;
	enum err late = receipts_make(r->node, &made, &making);
	enum err err = push(r, why);

	if (!err && !late)
		late = receipts_make(r->node, &made, &making);
	if (!err && !late && made)
		err = push(r, why);
	return !err && late ? why_set(why, late, "%s", making.text) : err;
}

/* ---- reading ---- */

static enum err take(struct round *r, struct arena *a, const struct json *envelope, struct why *why)
{
	const struct json *objects = json_get_c(envelope, "objects");
	struct accept_result *results = NULL;
	struct link_item *items;
	size_t n = 0, m = 0;
	enum err err;

	if (!json_count(objects))
		return ERR_OK;
	err = accept_objects(r->node, a, r->peer->key, r->epoch, json_at(objects, 0),
			     json_count(objects), &results, &n, why);
	if (err)
		return err;
	items = arena_array(a, struct link_item, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct accept_result *x = &results[i];

		if (x->state == ACCEPT_LATER)
			return link_refuse(why, ERR_BUSY, "later",
					   arena_printf(a, "'%.*s' cannot be kept just now: %.*s",
							STR_ARG(x->id), STR_ARG(x->en))
					       .p,
					   arena_printf(a, "「%.*s」は今は保存できません：%.*s",
							STR_ARG(x->id), STR_ARG(x->ja))
					       .p);
		r->counts->read += x->state == ACCEPT_TAKEN;
		r->counts->read_refused += x->state == ACCEPT_REFUSED;
		items[m++] = link_item_of(r->peer->key, a, x);
	}
	return link_items_put(r->node->store, items, m, why);
}

static enum err take_own(struct round *r, struct arena *a, const struct json *envelope,
			 size_t *taken, struct why *why)
{
	const struct json *objects = json_get_c(envelope, "objects");

	return json_count(objects)
		   ? heal_take(r->node, a, json_at(objects, 0), json_count(objects), taken, why)
		   : ERR_OK;
}

/* What was not taken and somebody wants again is asked for by its id. */
static enum err pull_due(struct round *r, struct why *why)
{
	ARENA(a, 0);
	struct link_item *rows = arena_array(&a, struct link_item, DUE_MOST);
	struct uuid *ids = arena_array(&a, struct uuid, DUE_MOST);
	struct json envelope;
	size_t n = 0;
	BUF(query);
	enum err err = due(r, &a, LINK_IN, rows, ids, &n, why);

	if (err || !n)
		return err;
	buf_add(&query, STR("?match[id]="));
	for (size_t i = 0; i < n; i++) {
		buf_printf(&query, "%s%.*s", i ? "," : "", STR_ARG(rows[i].id));
		rows[i].state = LINK_REFUSED;
		rows[i].code = STR("not_offered");
		rows[i].reason =
		    link_reason(&a, STR("the peer was asked again and does not offer it"),
				STR("相手に再送を求めましたが、提供されませんでした"));
	}
	err = call(r, &a, "GET", direct(&a, r->peer, buf_cstr(&query)), STR_NULL, &envelope, why);
	if (!err)
		err = link_items_put(r->node->store, rows, n, why);
	return err ? err : take(r, &a, &envelope, why);
}

/* A page that holds nothing is the last one, whatever it says. */
static bool more_said(const struct json *envelope)
{
	return json_get_bool(envelope, "more", false) &&
	       json_count(json_get_c(envelope, "objects")) > 0;
}

/* Reads a list of the peer to its end; own: what it has of this node's own teams. */
static enum err read_list(struct round *r, str cursor, bool own, size_t *taken, struct why *why)
{
	bool more = true;
	int64_t at, before = INT64_MIN;
	size_t pages = 0;
	ARENA(keep, 0);
	enum err err = ERR_OK;

	while (more && !err) {
		ARENA(a, 0);
		struct json envelope;
		str query =
		    arena_printf(&a, "?limit=%d%s%s%.*s", READ_PAGE, own ? "&x_own=true" : "",
				 cursor.n ? "&added_after=" : "", STR_ARG(cursor));
		str last;

		err = call(r, &a, "GET", direct(&a, r->peer, query.p), STR_NULL, &envelope, why);
		if (!err)
			err = own ? take_own(r, &a, &envelope, taken, why)
				  : take(r, &a, &envelope, why);
		if (err)
			break;
		last = json_get_str(&envelope, "x_added_last");
		if (last.n && (time_parse(last, &at) || (more_said(&envelope) && at <= before)))
			return link_refuse(why, ERR_IO, "peer_answer",
					   "the peer does not say where its list goes on",
					   "相手が一覧の続きの位置を示していません");
		before = last.n ? at : before;
		more =
		    more_said(&envelope) && last.n && !str_eq(last, cursor) && ++pages < PAGES_MOST;
		if (last.n && !str_eq(last, cursor)) {
			cursor = arena_str(&keep, last);
			if (!own)
				err = peer_cursor_in(r->node->store, r->peer->key, cursor, r->epoch,
						     why);
		}
	}
	return err;
}

static enum err pull(struct round *r, str cursor, struct why *why)
{
	enum err err = pull_due(r, why);

	return err ? err : read_list(r, cursor, false, NULL, why);
}

/* After a restore: before anything is sent, so that revs go on above what was signed before. */
static enum err heal(struct round *r, struct why *why)
{
	ARENA(a, 0);
	size_t taken = 0;
	bool wanted = false;
	enum err err = heal_wanted(r->node, &a, r->peer, &wanted, why);

	if (err || !wanted)
		return err;
	err = read_list(r, STR_NULL, true, &taken, why);
	return err ? err : heal_done(r->node, &a, r->peer, taken, why);
}

/* ---- both ---- */

enum err link_round_with(struct node *n, struct client *http, const struct peer *p, bool do_pull,
			 bool all, struct link_counts *ret, struct why *why)
{
	struct round r = {.node = n,
			  .peer = p,
			  .http = http,
			  .counts = ret,
			  .epoch = p->epoch_in,
			  .after = all ? 0 : p->cursor_out};
	struct why reading = {0};
	enum err err = heal(&r, why), e = ERR_OK;

	if (err)
		return err;
	err = push_all(&r, why);
	if (do_pull)
		e = pull(&r, all ? STR_NULL : p->cursor_in, &reading);
	if (!err && e)
		err = link_refuse(why, e, reading.code, reading.text,
				  reading.text_ja[0] ? reading.text_ja : reading.text);
	return err;
}

struct link_item link_item_of(int64_t peer, struct arena *a, const struct accept_result *x)
{
	struct uuid uid;
	str type;

	return (struct link_item){
	    .peer = peer,
	    .direction = LINK_IN,
	    .id = id_parse(x->id, &type, &uid) == ERR_OK && x->id.n <= ID_BYTES ? x->id
										: STR(UNNAMED),
	    .rev = x->rev,
	    .state = x->state == ACCEPT_REFUSED ? LINK_REFUSED : LINK_DONE,
	    .code = x->code ? str_c(x->code) : STR(""),
	    .reason = x->code ? link_reason(a, x->en, x->ja) : STR(""),
	    .at_us = clock_now_us()};
}
