// SPDX-License-Identifier: Apache-2.0
/* search: full text, and a value asked for as such. */
#include "api/api_internal.h"

#include "base/map.h"

str call_tlp(struct call *c, const struct record *r)
{
	const struct label *l = label_get(c->api->o.node->store, r->label);
	struct json v;

	/* no gate: record_render asks; other words for one's own warnings */
	if (r->team == c->ctx.actor->team &&
	    str_eq(word_text(c->api->o.node->store, r->type), STR("x-hikeshi-warning")) &&
	    record_render(&c->ctx, r, &v, NULL) == ERR_OK && json_get_str(&v, "tlp").n)
		return json_get_str(&v, "tlp");
	return l ? tlp_label(l->tlp) : STR("TLP:RED");
}

static void search_item(struct call *c, const struct record *r, str matched, struct json_out *o)
{
	const struct directory_team *t = directory_team(c->ctx.dir, r->team);
	str state = word_text(c->api->o.node->store, r->state);

	jo_object(o);
	jo_kstr(o, "id", record_id(&c->ctx, r));
	jo_kstr(o, "type", word_text(c->api->o.node->store, r->type));
	jo_key(o, "number");
	if (r->number.n)
		jo_str(o, r->number);
	else
		jo_null(o);
	jo_kstr(o, "title", record_title(&c->ctx, r));
	jo_key(o, "state");
	if (state.n)
		jo_str(o, state);
	else
		jo_null(o);
	jo_kstr(o, "tlp", call_tlp(c, r));
	jo_key(o, "team");
	if (t)
		jo_str(o, record_id(&c->ctx, &t->record));
	else
		jo_null(o);
	jo_ktime(o, "modified", r->modified_us);
	jo_key(o, "matched");
	jo_array(o);
	jo_str(o, matched);
	jo_end(o);
	jo_end(o);
}

/* INC-2026-0005, in any width and case, as "INC-2026-0005"; else nothing. */
static str number_of(struct call *c, str q)
{
	char *at = arena_alloc(c->ctx.arena, q.n + 1);
	unsigned part = 0, digits[2] = {0};
	size_t n = 0;

	for (size_t i = 0; i < q.n; i++) {
		unsigned char x = (unsigned char)q.p[i];

		/* full width: U+FF01 .. U+FF5E are three bytes beginning EF BC or EF BD */
		if (x == 0xef && i + 2 < q.n && ((unsigned char)q.p[i + 1] & 0xfe) == 0xbc) {
			x = (unsigned char)(((q.p[i + 1] & 1) << 6) + (q.p[i + 2] & 0x3f) + 0x20);
			i += 2;
		}
		if (x >= 'a' && x <= 'z')
			x = (unsigned char)(x - 'a' + 'A');
		if (x == '-' && n && at[n - 1] != '-')
			part++;
		else if (part && part < 3 && x >= '0' && x <= '9')
			digits[part - 1]++;
		else if (part || x < 'A' || x > 'Z')
			return STR_NULL;
		at[n++] = (char)x;
	}
	return part == 2 && digits[0] == 4 && digits[1] ? (str){at, n} : STR_NULL;
}

/* Each team has at most one record of a number: one's own, then what the others have issued. */
static enum err search_number(struct call *c, const struct text_query *x, struct u64map *seen,
			      struct json_out *o, size_t *ret_n)
{
	const struct directory_view *d = c->ctx.dir;
	str number = x->before_pos ? STR_NULL : number_of(c, str_trim(x->query));
	enum err err = ERR_OK;

	for (size_t i = 0; number.n && i <= d->n_teams && *ret_n < x->limit && !err; i++) {
		int64_t team = i ? d->teams[i - 1].outbox : c->ctx.actor->team;
		struct record r;

		if (!team || (i && d->teams[i - 1].key == c->ctx.actor->team))
			continue;
		err = store_find_number(c->api->o.node->store, c->ctx.arena, c->ctx.view, team,
					number, &r, &c->why);
		if (err || !r.key)
			continue;
		*u64map_put(seen, (uint64_t)r.key, NULL) = (union map_value){.i = 1};
		search_item(c, &r, STR("number"), o);
		++*ret_n;
	}
	return err;
}

/* A value (defanged or not) is looked up in the index first: exact hits come before text. The
 * cursor counts them downwards from 0; TEXT_BEGINS is behind the last of them. */
#define TEXT_BEGINS INT64_MAX

static enum err search_value(struct call *c, const struct text_query *x, struct u64map *seen,
			     struct json_out *o, size_t *ret_n, int64_t *ret_next)
{
	struct known k = {0};
	str q = str_trim(x->query);
	size_t from = x->before_pos > 0 ? SIZE_MAX : (size_t)-x->before_pos;
	enum err err;

	if (value_guess(q) == VALUE_NONE)
		return ERR_OK;
	err = intel_lookup(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, &q, 1, &k, &c->why);
	for (size_t i = 0; i < k.n_records && !err; i++) {
		*u64map_put(seen, (uint64_t)k.records[i].key, NULL) = (union map_value){.i = 1};
		if (i < from)
			continue;
		if (*ret_n == x->limit) {
			*ret_next = -(int64_t)i;
			break;
		}
		search_item(c, &k.records[i], STR("value"), o);
		++*ret_n;
	}
	return err;
}

/* What the text has further, when the page has room. */
static enum err search_text(struct call *c, struct text_query *x, size_t shown,
			    const struct u64map *seen, struct json_out *o, int64_t *ret_next)
{
	struct record *r;
	size_t n = 0;
	enum err err;

	if (shown == x->limit) {
		*ret_next = TEXT_BEGINS;
		return ERR_OK;
	}
	x->limit -= shown;
	x->before_pos = x->before_pos > 0 && x->before_pos < TEXT_BEGINS ? x->before_pos : 0;
	r = arena_array(c->ctx.arena, struct record, x->limit);
	err = call_text_page(c, x, NULL, NULL, r, &n, ret_next);
	for (size_t i = 0; i < n && !err; i++)
		if (!u64map_get(seen, (uint64_t)r[i].key))
			search_item(c, &r[i], STR("text"), o);
	return err;
}

static enum err search_query(struct call *c, struct text_query *ret)
{
	enum err err = call_limit(c, 20, &ret->limit);

	ret->query = call_param(c, "q");
	if (!err)
		err = call_cursor(c, &ret->before_pos);
	if (!err && !str_trim(ret->query).n)
		err = why_field(&c->why, ERR_UNPROCESSABLE, "required", "q",
				"say what to search for: ?q=", "検索語を指定してください（?q=）");
	if (!err && ret->query.n > 1000)
		err = why_field(&c->why, ERR_UNPROCESSABLE, "length", "q", "at most 1,000 bytes",
				"検索語が長すぎます");
	return err;
}

enum err search_get(struct call *c)
{
	struct text_query x = {0};
	struct u64map seen;
	size_t n = 0;
	int64_t next = 0;
	struct json_out o;
	BUF(b);
	enum err err = search_query(c, &x);

	if (err)
		return err;
	u64map_init(&seen);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	err = search_number(c, &x, &seen, &o, &n);
	if (!err)
		err = search_value(c, &x, &seen, &o, &n, &next);
	if (!err && !next)
		err = search_text(c, &x, n, &seen, &o, &next);
	u64map_done(&seen);
	if (err)
		return err;
	page_end(c, &o, next);
	return reply_json(c, 200, &b);
}
