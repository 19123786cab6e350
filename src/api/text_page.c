// SPDX-License-Identifier: Apache-2.0
/* A page of a full-text search. The index knows whole bodies, the reader may see only what leaves a
 * team: what is found by words the reader does not see is passed over, and neither a page's length
 * nor its cursor tells of it. */
#include "api/api_internal.h"

#define AHEAD 50
#define SCAN_MOST 10000 /* candidates passed over in one request */

/* The words must stand in the text that the reader may see, not only their pieces in the index. */
static bool holds_phrase(struct call *c, const struct record *r, str q)
{
	struct json v;
	struct why why = {0};
	str word, rest, text;
	BUF(b);

	if (record_render(&c->ctx, r, &v, &why))
		return false;
	json_write(&b, &v);
	text = text_fold(c->ctx.arena, buf_str(&b));
	rest = text_fold(c->ctx.arena, q);
	while (str_split(&rest, ' ', &word))
		if (str_trim(word).n && str_find(text, str_trim(word)) < 0)
			return false;
	return true;
}

struct scan {
	struct call *c;
	struct text_query q;
	text_wanted *wanted;
	const void *ctx;
	size_t seen;
};

/* The next candidates, without what the reader does not see; s->q.before_pos 0: there are no more.
 */
static enum err scan(struct scan *s, size_t limit, struct record *ret, size_t *ret_n)
{
	struct call *c = s->c;
	size_t n = 0, kept = 0;
	enum err err;

	s->q.limit = limit;
	err = store_search(c->api->o.node->store, c->ctx.arena, c->ctx.view, &s->q, ret, &n,
			   &s->q.before_pos, &c->why);
	for (size_t i = 0; i < n && !err; i++) {
		if (s->wanted && !s->wanted(s->ctx, &ret[i]))
			continue;
		if (!holds_phrase(c, &ret[i], s->q.query)) /* gate */
			continue;
		ret[kept++] = ret[i];
	}
	s->seen += limit;
	*ret_n = kept;
	return err;
}

enum err call_text_page(struct call *c, const struct text_query *q, text_wanted *wanted,
			const void *ctx, struct record *ret, size_t *ret_n, int64_t *ret_next)
{
	struct scan s = {.c = c, .q = *q, .wanted = wanted, .ctx = ctx};
	struct record *ahead = arena_array(c->ctx.arena, struct record, AHEAD);
	size_t n = 0, more = 0;
	int64_t next;
	enum err err;

	do {
		size_t found = 0;

		err = scan(&s, q->limit - n, ret + n, &found);
		n += found;
	} while (!err && n < q->limit && s.q.before_pos && s.seen < SCAN_MOST);
	next = s.q.before_pos;
	/* a further page is promised only where there is something on it */
	while (!err && !more && s.q.before_pos && s.seen < SCAN_MOST)
		err = scan(&s, AHEAD, ahead, &more);
	if (err)
		return err;
	*ret_n = n;
	*ret_next = more || s.q.before_pos ? next : 0;
	return ERR_OK;
}
