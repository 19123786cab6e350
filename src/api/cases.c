// SPDX-License-Identifier: Apache-2.0
/* Incidents merged and split. */
#include "api/api_internal.h"

#include "team/case.h"

enum err incidents_merged(struct call *c)
{
	struct record r, *found = NULL;
	struct json_out o;
	size_t n = 0;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err)
		err = case_merged(&c->ctx, &r, &found, &n, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		struct json v;

		if (record_render(&c->ctx, &found[i], &v, NULL) == ERR_OK)
			jo_json(&o, &v);
	}
	jo_end(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_page(c, &b);
}

enum err incidents_split(struct call *c)
{
	struct record r, made;
	struct json body, v;
	enum err err = call_record(c, &r);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = case_split(&c->ctx, &r, &body, &made, &c->why);
	if (!err)
		err = record_render(&c->ctx, &made, &v, &c->why);
	if (err)
		return err;
	reply_location(c, arena_printf(c->ctx.arena, "/api/v1/incidents/%.*s",
				       STR_ARG(record_id(&c->ctx, &made))));
	reply_etag(c, record_etag(&c->ctx, &made));
	return reply_value(c, 201, &v);
}
