// SPDX-License-Identifier: Apache-2.0
/* One round with a peer: push behind the cursor (sync_push.c), read what is new. */
#include "exchange/sync.h"

#include <pthread.h>

#include "base/vec.h"
#include "exchange/accept.h"
#include "exchange/heal.h"
#include "exchange/link_internal.h"
#include "exchange/receipts.h"
#include "exchange/sync_internal.h"
#include "exchange/taxii_media.h"
#include "store/signed.h"
#include "team/warning.h"

#define READ_PAGE 1000
#define PAGES_MOST 2000             /* in one round; the rest in the next, after what goes out */
#define DUE_REST_US (10 * US_PER_S) /* between two tries of one object */
#define ID_BYTES 200
#define UNNAMED "unknown--00000000-0000-4000-8000-000000000000" /* of all that have no id */

/* ---- what is asked of the peer ---- */

enum err round_call(struct round *r, struct client *http, struct arena *a, const char *method,
		    str path, str body, struct envelope *ret, struct why *why)
{
	struct link_answer answer;
	struct uuid epoch;
	enum err err;

	pthread_mutex_unlock(&r->lock);
	err = link_call(r->node, http, r->peer, a, method, path, body, &answer, why);
	pthread_mutex_lock(&r->lock);
	if (err)
		return err;
	if (answer.status / 100 != 2)
		return link_answer_bad(a, &answer, why);
	if (envelope_read(a, answer.body, ret, NULL))
		return link_refuse(
		    why, ERR_IO, "peer_answer",
		    "the peer answers what is no TAXII resource: is it still a node?",
		    "相手の応答がTAXIIの形式ではありません。ノードが動いているか確認してくださ"
		    "い");
	epoch = link_epoch(&ret->rest);
	err = link_epoch_seen(r->node, a, r->peer, epoch, why);
	if (!err && !uuid_is_zero(epoch))
		r->epoch = epoch;
	return err;
}

str round_direct(struct arena *a, const struct peer *p, const char *rest)
{
	return arena_printf(a, "%.*scollections/%s/objects/%s", STR_ARG(p->root), LINK_COLLECTION,
			    rest);
}

enum err round_due(struct round *r, struct arena *a, enum link_direction direction,
		   struct link_item *ret, struct uuid *ids, size_t *ret_n, struct why *why)
{
	size_t n = 0, m = 0;
	str type;
	enum err err =
	    link_items_due(r->node->store, a, r->peer->key, direction, LINK_DUE_MOST, ret, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		bool rests =
		    ret[i].state == LINK_WAITS && clock_now_us() - ret[i].at_us < DUE_REST_US;

		r->counts->waits |= rests;
		if (rests || id_parse(ret[i].id, &type, &ids[m]))
			continue;
		ret[m++] = ret[i];
	}
	*ret_n = m;
	return err;
}

/* Receipts of what was taken go along at once, and those of answers that are signed on the way. */
static enum err push_all(struct round *r, struct why *why)
{
	struct why making = {0};
	size_t made = 0;
	enum err late = receipts_make(r->node, &made, &making);
	enum err err = round_push(r, why);

	if (!err && !late)
		late = receipts_make(r->node, &made, &making);
	if (!err && !late && made)
		err = round_push(r, why);
	return !err && late ? why_set(why, late, "%s", making.text) : err;
}

/* ---- reading ---- */

static enum err take(struct round *r, struct arena *a, const struct envelope *envelope,
		     struct why *why)
{
	struct accept_result *results = NULL;
	struct link_item *items;
	size_t n = 0, m = 0;
	enum err err;

	if (!envelope->n)
		return ERR_OK;
	err = accept_objects(r->node, a, r->peer->key, r->epoch, envelope->objects, envelope->n,
			     &results, &n, why);
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

static enum err take_own(struct round *r, struct arena *a, const struct envelope *envelope,
			 size_t *taken, struct why *why)
{
	struct json *objects = arena_array(a, struct json, envelope->n + 1);

	for (size_t i = 0; i < envelope->n; i++)
		objects[i] = envelope->objects[i].object;
	return envelope->n ? heal_take(r->node, a, objects, envelope->n, taken, why) : ERR_OK;
}

/* What was not taken and somebody wants again is asked for by its id. */
static enum err pull_due(struct round *r, struct why *why)
{
	ARENA(a, 0);
	struct link_item *rows = arena_array(&a, struct link_item, LINK_DUE_MOST);
	struct uuid *ids = arena_array(&a, struct uuid, LINK_DUE_MOST);
	struct envelope envelope = {0};
	size_t n = 0;
	BUF(query);
	enum err err = round_due(r, &a, LINK_IN, rows, ids, &n, why);

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
	err = round_call(r, r->http, &a, "GET", round_direct(&a, r->peer, buf_cstr(&query)),
			 STR_NULL, &envelope, why);
	if (!err)
		err = link_items_put(r->node->store, rows, n, why);
	return err ? err : take(r, &a, &envelope, why);
}

/* A page that holds nothing is the last one, whatever it says. */
static bool more_said(const struct envelope *envelope)
{
	return json_get_bool(&envelope->rest, "more", false) && envelope->n > 0;
}

/* Reads a list of the peer to its end; own: what it has of this node's own teams. */
static enum err read_list(struct round *r, str cursor, bool own, size_t *taken, struct why *why)
{
	bool more = true;
	int64_t at, before = INT64_MIN;
	size_t pages = 0;
	ARENA(keep, 0);
	enum err err = ERR_OK;

	/* what the peer pushes meanwhile needs no reading */
	while (more && !err && !(r->pushed && atomic_load(r->pushed))) {
		ARENA(a, 0);
		struct envelope envelope = {0};
		str query =
		    arena_printf(&a, "?limit=%d%s%s%.*s", READ_PAGE, own ? "&x_own=true" : "",
				 cursor.n ? "&added_after=" : "", STR_ARG(cursor));
		str last;

		err = round_call(r, r->http, &a, "GET", round_direct(&a, r->peer, query.p),
				 STR_NULL, &envelope, why);
		if (!err)
			err = own ? take_own(r, &a, &envelope, taken, why)
				  : take(r, &a, &envelope, why);
		if (err)
			break;
		last = json_get_str(&envelope.rest, "x_added_last");
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
			 bool all, const atomic_bool *pushed, struct link_counts *ret,
			 struct why *why)
{
	struct round r = {.node = n,
			  .peer = p,
			  .http = http,
			  .counts = ret,
			  .epoch = p->epoch_in,
			  .pushed = pushed,
			  .after = all ? 0 : p->cursor_out};
	struct why reading = {0};
	enum err err, e = ERR_OK;

	pthread_mutex_init(&r.lock, NULL);
	pthread_mutex_lock(&r.lock);
	err = heal(&r, why);
	do_pull = do_pull && !err;
	if (!err)
		err = push_all(&r, why);
	if (do_pull)
		e = pull(&r, all ? STR_NULL : p->cursor_in, &reading);
	pthread_mutex_unlock(&r.lock);
	pthread_mutex_destroy(&r.lock);
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
