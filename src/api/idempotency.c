// SPDX-License-Identifier: Apache-2.0
/* Idempotency-Key: the answer to a request that changed something is kept for a day and given again
 * to a repetition. */
#include "api/api_internal.h"

#define KEY_MAX 200
#define ANSWER_MAX (256 * 1024) /* what is larger is done again rather than kept */

static enum err repeat(struct call *c, int status, str answer)
{
	struct json v;
	enum err err = json_parse(c->ctx.arena, answer, NULL, &v, &c->why);

	if (err)
		return err;
	reply_location(c, json_get_str(&v, "location"));
	reply_etag(c, json_get_str(&v, "etag"));
	return reply_value(c, status, json_get_c(&v, "body"));
}

enum err idempotent_begin(struct call *c, bool *ret_done)
{
	str key = request_header(c->rq, "Idempotency-Key"), answer = STR_NULL;
	str parts[] = {request_path(c->rq), STR("?"), request_query(c->rq), STR("\n"),
		       request_body(c->rq)};
	int status = 0;
	enum err err;

	*ret_done = false;
	if (key.n > KEY_MAX)
		return why_field(&c->why, ERR_INVALID, "length", NULL,
				 "Idempotency-Key is longer than 200 characters",
				 "Idempotency-Key が長すぎます");
	err = idempotency_begin(c->api->o.node->store, c->ctx.arena, c->actor.account, key,
				sha256_parts(parts, ARRAY_LEN(parts)), ret_done, &status, &answer,
				&c->why);
	if (err == ERR_BUSY) {
		c->why = (struct why){0};
		return why_field(&c->why, ERR_CONFLICT, "running", NULL,
				 "the first request with this Idempotency-Key is still running",
				 "同じ Idempotency-Key の最初のリクエストを処理しています");
	}
	return !err && *ret_done ? repeat(c, status, answer) : err;
}

void idempotent_end(struct call *c, enum err err)
{
	str key = request_header(c->rq, "Idempotency-Key");
	struct json_out o;
	struct why why = {0};
	BUF(b);

	if (err || !c->answer.p || c->answer.n > ANSWER_MAX) {
		/* status 0: the key may be used again */
		if (idempotency_end(c->api->o.node->store, c->actor.account, key, 0, STR_NULL,
				    &why))
			return;
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "location", c->location);
	jo_kstr(&o, "etag", c->etag);
	jo_key(&o, "body");
	jo_raw(&o, c->answer);
	jo_end(&o);
	if (idempotency_end(c->api->o.node->store, c->actor.account, key, c->status, buf_str(&b),
			    &why))
		return; /* what was done stands; a repetition will be refused as running */
}
