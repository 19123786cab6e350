// SPDX-License-Identifier: Apache-2.0
/* One's own account: password, one-time codes, sessions. A token changes none of it. */
#include "api/api_internal.h"

/* Who is there, and has shown the password lately. */
static enum err sure(struct call *c)
{
	enum err err = call_person(c);

	return err ? err : call_confirmed(c);
}

enum err own_methods(struct call *c)
{
	struct account x = {0};
	struct json_out o;
	BUF(b);
	enum err err = account_get(c->api->o.node->store, request_arena(c->rq), &c->actor.account,
				   1, &x, &c->why);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kbool(&o, "password", x.password_hash.n > 0);
	jo_kbool(&o, "totp", x.totp_secret.n > 0);
	jo_ktime(&o, "created", x.created_us);
	jo_ktime(&o, "last_sign_in", x.last_sign_in_us ? x.last_sign_in_us : TIME_NONE);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

enum err own_password(struct call *c)
{
	struct json body;
	enum err err = call_person(c);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = call_members(c, &body, "old password");
	if (!err)
		err = account_change_password(&c->ctx, c->session, json_get_str(&body, "old"),
					      json_get_str(&body, "password"), request_peer(c->rq),
					      &c->why);
	return err ? err : reply_empty(c, 204);
}

/* ---- one-time codes ---- */

enum err own_totp_offer(struct call *c)
{
	str secret, enrolment;
	int64_t until;
	struct json_out o;
	BUF(b);
	enum err err = sure(c);

	if (!err)
		err = account_totp_offer(&c->ctx, &secret, &enrolment, &until, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "enrolment", enrolment);
	jo_kstr(&o, "secret", secret);
	jo_kstr(&o, "uri", account_totp_uri(&c->ctx, c->actor.email, secret));
	jo_ktime(&o, "expires", until);
	jo_end(&o);
	return reply_json(c, 201, &b);
}

enum err own_totp_confirm(struct call *c)
{
	struct json body;
	enum err err = sure(c);

	if (!err)
		err = call_json(c, false, &body);
	if (!err)
		err = call_members(c, &body, "enrolment code");
	if (!err)
		err =
		    account_totp_confirm(&c->ctx, json_get_str(&body, "enrolment"),
					 json_get_str(&body, "code"), request_peer(c->rq), &c->why);
	return err ? err : reply_empty(c, 204);
}

enum err own_totp_stop(struct call *c)
{
	enum err err = sure(c);

	if (!err)
		err = account_totp_stop(&c->ctx, c->actor.account, &c->why);
	return err ? err : reply_empty(c, 204);
}

/* ---- sessions ---- */

enum err own_sessions(struct call *c)
{
	struct session *s = NULL;
	size_t n = 0, own = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_person(c);

	if (!err)
		err =
		    account_sessions(&c->ctx, c->actor.account, c->session, &s, &n, &own, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_kstr(&o, "id", session_handle(request_arena(c->rq), &s[i]));
		jo_kbool(&o, "this", i == own);
		jo_kstr(&o, "agent", s[i].agent);
		jo_kstr(&o, "from", s[i].peer);
		jo_ktime(&o, "created", s[i].created_us);
		jo_ktime(&o, "seen", s[i].seen_us);
		jo_ktime(&o, "expires", s[i].expires_us);
		jo_end(&o);
	}
	jo_end(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_page(c, &b);
}

/* One of them, or all but this one. */
enum err own_sessions_end(struct call *c)
{
	enum err err = call_person(c);

	if (!err)
		err = account_end_sessions(&c->ctx, c->actor.account, call_var(c, "id"), c->session,
					   &c->why);
	return err ? err : reply_empty(c, 204);
}
