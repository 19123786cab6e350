// SPDX-License-Identifier: Apache-2.0
/* What values a text names and what is known about each, before anything is stored: for the window
 * where a report is typed in and each value is accepted or refused. */
#include "api/api_internal.h"

#define TEXT_MOST 1000000
#define VALUES_MOST 500

static enum err extract_text(struct call *c, str *ret)
{
	struct json body;
	enum err err = call_json(c, false, &body);

	if (err)
		return err;
	if (!json_is(json_get_c(&body, "text"), JSON_STRING) || json_count(&body) != 1)
		return why_field(&c->why, ERR_UNPROCESSABLE, "type", "/text",
				 "send {\"text\": \"...\"} and nothing else",
				 "{\"text\": \"...\"} の形で送ってください");
	*ret = json_get_str(&body, "text");
	if (ret->n > TEXT_MOST)
		return why_field(&c->why, ERR_LIMIT, "length", "/text",
				 "at most 1,000,000 bytes of text at once",
				 "一度に調べられるのは1,000,000バイトまでです");
	return ERR_OK;
}

/* Values that are everywhere (lists of well-known ones) or in no network but one's own say nothing:
 * they are told, not proposed. */
static void extracted_json(struct call *c, const struct extracted *e, struct known *k,
			   struct json_out *o)
{
	if (k->kind == VALUE_NONE)
		k->kind = e->kind;
	k->canonical = e->canonical;
	jo_object(o);
	known_json(c, k, o);
	jo_kbool(o, "propose", k->n_lists == 0);
	jo_ki64(o, "at", (int64_t)e->at);
	jo_ki64(o, "length", (int64_t)e->n);
	jo_kbool(o, "defanged", e->defanged);
	jo_end(o);
}

enum err extract_post(struct call *c)
{
	struct extracted *found = NULL;
	struct known *k;
	str text, *values;
	size_t n = 0;
	bool more = false;
	struct json_out o;
	BUF(b);
	enum err err = extract_text(c, &text);

	if (!err)
		err = extract_values(c->ctx.arena, text, false, VALUES_MOST, &found, &n, &more);
	if (err)
		return err;
	values = arena_array(c->ctx.arena, str, n + 1);
	k = arena_array(c->ctx.arena, struct known, n + 1);
	for (size_t i = 0; i < n; i++)
		values[i] = found[i].canonical;
	err = intel_lookup(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, values, n, k,
			   &c->why); /* what the reader may see alone is counted */
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++)
		extracted_json(c, &found[i], &k[i], &o);
	jo_end(&o);
	jo_kbool(&o, "more", more);
	jo_end(&o);
	return reply_json(c, 200, &b);
}
