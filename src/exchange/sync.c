// SPDX-License-Identifier: Apache-2.0
/* One round with a peer: push behind the cursor, read what is new. */
#include "exchange/sync.h"

#include "base/vec.h"
#include "exchange/accept.h"
#include "exchange/feed.h"
#include "exchange/sync_internal.h"
#include "exchange/taxii_media.h"
#include "store/signed.h"

#define ENVELOPE_BYTES ((size_t)8 << 20)
#define READ_PAGE 1000

struct round {
	struct node *node;
	const struct peer *peer;
	struct client *http;
	struct link_counts *counts;
};

/* ---- what is asked of the peer ---- */

static enum err call(struct round *r, struct arena *a, const char *method, str path, str body,
		     struct json *ret, struct why *why)
{
	struct link_answer answer;
	enum err err = link_call(r->node, r->http, r->peer, a, method, path, body, &answer, why);

	if (err)
		return err;
	if (answer.status / 100 != 2)
		return why_set(why,
			       answer.status == 429 || answer.status >= 500 ? ERR_BUSY : ERR_IO,
			       "the peer answers %d: %.*s", answer.status,
			       (int)(answer.body.n < 200 ? answer.body.n : 200),
			       answer.body.n ? answer.body.p : "");
	if (json_parse(a, answer.body, NULL, ret, NULL) || !json_is(ret, JSON_OBJECT))
		return why_set(why, ERR_IO, "the peer answers what is no TAXII resource");
	return ERR_OK;
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

static str reason_json(struct arena *a, str en, str ja)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "en", en);
	jo_kstr(&o, "ja", ja);
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}

/* What the peer says it did not take, by id. */
static void failures_read(struct arena *a, const struct json *status, struct link_item *items,
			  size_t n, struct link_counts *counts)
{
	const struct json *f = json_get_c(status, "failures");

	for (size_t i = 0; i < json_count(f); i++) {
		const struct json *one = json_at(f, i);
		str id = json_get_str(one, "id");

		for (size_t k = 0; k < n; k++) {
			if (!str_eq(items[k].id, id))
				continue;
			items[k].state =
			    json_get_bool(one, "x_retry", false) ? LINK_WAITS : LINK_REFUSED;
			items[k].code = json_get_str(one, "x_code");
			items[k].reason = reason_json(a, json_get_str(one, "message"),
						      json_get_str(one, "x_message_ja"));
			counts->sent_refused++;
			break;
		}
	}
}

static enum err post(struct round *r, struct arena *a, const struct feed_item *x, size_t n,
		     struct link_item *items, bool *ret_waits, struct why *why)
{
	struct json status;
	size_t m = 0;
	BUF(b);
	enum err err;

	buf_add(&b, STR("{\"objects\":["));
	for (size_t i = 0; i < n; i++) {
		items[i] = item_of(r, &x[i]);
		if (x[i].code) {
			items[i].state = LINK_REFUSED;
			items[i].code = str_c(x[i].code);
			items[i].reason = reason_json(a, x[i].reason.en, x[i].reason.ja);
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
		return why_set(
		    why, ERR_IO,
		    "the peer says it decided on another number of objects than were sent");
	failures_read(a, &status, items, n, r->counts);
	for (size_t i = 0; i < n; i++) {
		r->counts->sent += items[i].state == LINK_DONE;
		*ret_waits = *ret_waits || items[i].state == LINK_WAITS;
	}
	return ERR_OK;
}

/* A page in envelopes that the peer can take. The cursor stays where something is to be tried
 * again. */
static enum err post_page(struct round *r, struct arena *a, const struct feed_item *x, size_t n,
			  int64_t next, struct why *why)
{
	struct link_item *items = arena_array(a, struct link_item, n + 1);
	bool waits = false;
	enum err err = ERR_OK;

	for (size_t i = 0, k; i < n && !err; i = k) {
		size_t bytes = 0;

		for (k = i; k < n && (k == i || bytes < ENVELOPE_BYTES); k++)
			bytes += x[k].object.n + x[k].signature.n;
		err = post(r, a, x + i, k - i, items + i, &waits, why);
	}
	if (!err)
		err = link_items_put(r->node->store, items, n, why);
	if (!err && waits)
		err = why_set(why, ERR_BUSY, "the peer cannot take something just now");
	return err ? err : peer_cursor_out(r->node->store, r->peer->key, next, why);
}

static enum err push(struct round *r, int64_t after, struct why *why)
{
	ARENA(keep, 0);
	struct feed_reader who;
	enum err err = feed_reader_of(r->node, &keep, r->peer->key, &who, why);
	bool more = true;

	while (more && !err) {
		ARENA(a, 0);
		struct feed_item *items = NULL;
		size_t n = 0;
		int64_t next = after;

		err = feed_read(r->node, &a, &who, after, FEED_PAGE, &items, &n, &next, &more, why);
		if (!err && next != after)
			err = post_page(r, &a, items, n, next, why);
		more = more && next != after;
		after = next;
	}
	return err;
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
	err = accept_objects(r->node, a, r->peer->key, json_at(objects, 0), json_count(objects),
			     &results, &n, why);
	if (err)
		return err;
	items = arena_array(a, struct link_item, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct accept_result *x = &results[i];

		if (x->state == ACCEPT_LATER)
			return why_set(why, ERR_BUSY, "'%.*s' cannot be kept just now: %.*s",
				       STR_ARG(x->id), STR_ARG(x->en));
		r->counts->read += x->state == ACCEPT_TAKEN;
		r->counts->read_refused += x->state == ACCEPT_REFUSED;
		items[m++] = link_item_of(r->peer->key, a, x);
	}
	return link_items_put(r->node->store, items, m, why);
}

static enum err pull(struct round *r, str cursor, struct why *why)
{
	bool more = true;
	ARENA(keep, 0);
	enum err err = ERR_OK;

	while (more && !err) {
		ARENA(a, 0);
		struct json envelope;
		str query = cursor.n ? arena_printf(&a, "?limit=%d&added_after=%.*s", READ_PAGE,
						    STR_ARG(cursor))
				     : arena_printf(&a, "?limit=%d", READ_PAGE);
		str last;

		err = call(r, &a, "GET", direct(&a, r->peer, query.p), STR_NULL, &envelope, why);
		if (!err)
			err = take(r, &a, &envelope, why);
		if (err)
			break;
		last = json_get_str(&envelope, "x_added_last");
		more = json_get_bool(&envelope, "more", false) && last.n && !str_eq(last, cursor);
		if (last.n && !str_eq(last, cursor)) {
			cursor = arena_str(&keep, last);
			err = peer_cursor_in(r->node->store, r->peer->key, cursor,
					     r->peer->epoch_in, why);
		}
	}
	return err;
}

/* ---- both ---- */

enum err link_round_with(struct node *n, struct client *http, const struct peer *p, bool do_pull,
			 bool all, struct link_counts *ret, struct why *why)
{
	struct round r = {.node = n, .peer = p, .http = http, .counts = ret};
	struct why reading = {0};
	enum err err = push(&r, all ? 0 : p->cursor_out, why), e = ERR_OK;

	if (do_pull)
		e = pull(&r, all ? STR_NULL : p->cursor_in, &reading);
	if (!err && e)
		err = why_set(why, e, "%s", reading.text);
	return err;
}

struct link_item link_item_of(int64_t peer, struct arena *a, const struct accept_result *x)
{
	return (struct link_item){.peer = peer,
				  .direction = LINK_IN,
				  .id = x->id,
				  .rev = x->rev,
				  .state = x->state == ACCEPT_REFUSED ? LINK_REFUSED : LINK_DONE,
				  .code = x->code ? str_c(x->code) : STR(""),
				  .reason = x->code ? reason_json(a, x->en, x->ja) : STR(""),
				  .at_us = clock_now_us()};
}
