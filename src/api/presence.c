// SPDX-License-Identifier: Apache-2.0
/* Who else of one's team looks at a record. Asked and told in one: the face says every half minute
 * what its reader does, and again when the stream says that somebody came or left. */
#include "api/api_internal.h"

#include "team/others.h"

#define SHOWN_MAX 16

static enum err state_of(struct call *c, enum presence_state *ret)
{
	static const char *const names[] = {"gone", "viewing", "writing"};
	struct json body;
	str state;
	enum err err = call_json(c, false, &body);

	if (err)
		return err;
	state = json_get_str(&body, "state");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (json_count(&body) == 1 && str_eq(state, str_c(names[i]))) {
			*ret = (enum presence_state)i;
			return ERR_OK;
		}
	return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "/state",
			 "is viewing, writing or gone, and nothing else",
			 "viewing、writing、gone のいずれかだけを指定してください");
}

static void present_json(struct call *c, const struct present *p, const struct account *a,
			 struct json_out *o)
{
	const struct directory_person *who = directory_person(c->ctx.dir, a->person);
	char u[UUID_TEXT];

	jo_object(o);
	jo_key(o, "person");
	if (who) {
		uuid_text(who->uid, u);
		jo_str(o, arena_printf(c->ctx.arena, "x-hikeshi-person--%.*s", UUID_TEXT, u));
	} else {
		jo_null(o);
	}
	jo_kstr(o, "name", a->name.n ? a->name : a->email);
	jo_kc(o, "state", p->state == PRESENCE_WRITING ? "writing" : "viewing");
	jo_end(o);
}

static enum err others(struct call *c, const struct record *r, int64_t now_us)
{
	struct node *n = c->api->o.node;
	struct present p[SHOWN_MAX];
	struct account a[SHOWN_MAX] = {0};
	int64_t keys[SHOWN_MAX];
	size_t count = presence_list(n->presence, r->key, c->actor.team, c->actor.account, now_us,
				     p, SHOWN_MAX);
	struct json_out o;
	BUF(b);
	enum err err = ERR_OK;

	for (size_t i = 0; i < count; i++)
		keys[i] = p[i].account;
	if (count)
		err = account_get(n->store, c->ctx.arena, keys, count, a, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < count; i++)
		if (a[i].key && !a[i].disabled)
			present_json(c, &p[i], &a[i], &o);
	jo_end(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

enum err presence_post(struct call *c)
{
	struct node *n = c->api->o.node;
	struct present x = {
	    .team = c->actor.team, .account = c->actor.account, .seen_us = clock_now_us()};
	struct record r;
	enum err err = call_record(c, &r); /* asks the gate: who may not see it is not told of it */

	if (!err)
		err = state_of(c, &x.state);
	if (err)
		return err;
	x.record = r.key;
	others_present(n, &x, r.label, r.uid, r.type);
	return others(c, &r, x.seen_us);
}
