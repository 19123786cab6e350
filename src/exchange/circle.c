// SPDX-License-Identifier: Apache-2.0
#include "exchange/circle.h"

#include <stdlib.h>

#include "exchange/wire_internal.h"

#define TYPE "x-hikeshi-circle"

struct digest circle_member_digest(const struct circle_member *m)
{
	char team[UUID_TEXT];
	BUF(b);

	uuid_text(m->team, team);
	buf_printf(&b, "{\"since\":%lld,\"team\":\"%.*s\"}", (long long)m->since, UUID_TEXT, team);
	return wire_salted(STR("hikeshi/member/v1\n"), m->salt.b, buf_str(&b));
}

static enum err too_many(struct why *why)
{
	return wire_refuse(why, ERR_LIMIT, "too_large", "too many elements of",
			   "要素が多すぎます:", STR("members"));
}

enum err circle_set_members(struct arena *a, struct circle_object *c, struct circle_member *members,
			    size_t n, struct why *why)
{
	struct digest *d;
	size_t size = 1;

	if (n > CIRCLE_MEMBERS_MAX)
		return too_many(why);
	while (size < n)
		size *= 2;
	d = arena_array(a, struct digest, size);
	for (size_t i = 0; i < n; i++) {
		random_bytes(members[i].salt.b, SALT_BYTES);
		d[i] = circle_member_digest(&members[i]);
	}
	random_bytes(d + n, (size - n) * sizeof(*d));
	wire_digests_sort(d, size);
	c->members = d;
	c->n_members = size;
	return ERR_OK;
}

struct json circle_json(struct arena *a, const struct circle_object *c)
{
	const struct wire_head h = {c->id, c->created_us, c->modified_us};
	struct json o = wire_head_json(a, TYPE, &h), rules = json_object();

	wire_set(a, &o, "v", json_from_i64(a, 1));
	wire_set(a, &o, "owner", wire_json_uuid(a, c->owner));
	wire_set(a, &o, "title", json_string(c->title));
	if (c->description.n)
		wire_set(a, &o, "description", json_string(c->description));
	wire_set(a, &rules, "invite", json_string(c->invite));
	wire_set(a, &rules, "see_members", json_string(c->see_members));
	wire_set(a, &rules, "forward", json_string(c->forward));
	wire_set(a, &rules, "default_tlp", json_from_i64(a, c->default_tlp));
	wire_set(a, &rules, "retention_days", json_from_i64(a, c->retention_days));
	wire_set(a, &o, "rules", rules);
	wire_set(a, &o, "roster", json_from_i64(a, c->roster));
	wire_set(a, &o, "members", wire_json_digests(a, c->members, c->n_members));
	return o;
}

static enum err parse_code(const struct json *v, const char *name, str *ret, struct why *why)
{
	enum err err = wire_text(v, name, 40, ret, why);

	for (size_t i = 0; !err && i < ret->n; i++)
		if (!ch_alnum((unsigned char)ret->p[i]) && ret->p[i] != '_')
			err = wire_refuse(why, ERR_INVALID, "malformed",
					  "not a code:", "コードではありません:", str_c(name));
	return err;
}

static enum err parse_rules(const struct json *v, struct circle_object *c, struct why *why)
{
	static const char *const names[] = {"invite",      "see_members",    "forward",
					    "default_tlp", "retention_days", NULL};
	int64_t tlp = 0;
	enum err err = wire_object(v, "rules", names, why);

	if (!err)
		err = parse_code(v, "invite", &c->invite, why);
	if (!err)
		err = parse_code(v, "see_members", &c->see_members, why);
	if (!err)
		err = parse_code(v, "forward", &c->forward, why);
	if (!err)
		err = wire_int(v, "default_tlp", TLP_CLEAR, TLP_RED, &tlp, why);
	if (!err)
		err = wire_int(v, "retention_days", 0, WIRE_INT_MAX, &c->retention_days, why);
	c->default_tlp = (enum tlp)tlp;
	return err;
}

enum err circle_parse(struct arena *a, const struct json *v, struct circle_object *ret,
		      struct why *why)
{
	struct circle_object c = {0};
	struct wire_head h = {0};
	struct digest *members = NULL;
	enum err err = wire_version(v, TYPE, why);

	if (!err)
		err = wire_head_read(v, TYPE, &h, why);
	if (!err)
		err = wire_uuid(v, "owner", &c.owner, why);
	if (!err)
		err = wire_text(v, "title", 800, &c.title, why);
	if (!err && json_get_c(v, "description"))
		err = wire_text(v, "description", 80000, &c.description, why);
	if (!err)
		err = parse_rules(json_get_c(v, "rules"), &c, why);
	if (!err)
		err = wire_int(v, "roster", 0, WIRE_INT_MAX, &c.roster, why);
	if (!err)
		err =
		    wire_digests(a, v, "members", CIRCLE_MEMBERS_MAX, &members, &c.n_members, why);
	if (!err && (c.n_members == 0 || (c.n_members & (c.n_members - 1)) != 0 ||
		     !wire_digests_sorted(members, c.n_members)))
		err = wire_refuse(why, ERR_INVALID, "malformed", "digests are not in order in",
				  "要約値の並びが正しくありません:", STR("members"));
	if (err)
		return err;
	c.members = members;
	c.id = h.id;
	c.created_us = h.created_us;
	c.modified_us = h.modified_us;
	*ret = c;
	return ERR_OK;
}

struct json circle_members_json(struct arena *a, const struct circle_member *m, size_t n)
{
	struct json v = json_array();

	for (size_t i = 0; i < n; i++) {
		struct json o = json_object();

		wire_set(a, &o, "since", json_from_i64(a, m[i].since));
		wire_set(a, &o, "team", wire_json_uuid(a, m[i].team));
		wire_set(a, &o, "salt", wire_json_hex(a, m[i].salt.b, SALT_BYTES));
		json_add(a, &v, o);
	}
	return v;
}

enum err circle_members_parse(struct arena *a, const struct json *v, const struct circle_object *c,
			      struct circle_member **ret, size_t *ret_n, struct why *why)
{
	static const char *const names[] = {"since", "team", "salt", NULL};
	size_t n = json_count(v);
	struct circle_member *m;
	enum err err = ERR_OK;

	if (n > c->n_members)
		return too_many(why);
	m = arena_array(a, struct circle_member, n);
	for (size_t i = 0; i < n && !err; i++) {
		const struct json *x = json_at(v, i);

		err = wire_object(x, "members", names, why);
		if (!err)
			err = wire_int(x, "since", 0, WIRE_INT_MAX, &m[i].since, why);
		if (!err)
			err = wire_uuid(x, "team", &m[i].team, why);
		if (!err)
			err = wire_hex(x, "salt", m[i].salt.b, SALT_BYTES, why);
		if (!err &&
		    !wire_digests_have(c->members, c->n_members, circle_member_digest(&m[i])))
			err = wire_refuse(why, ERR_INVALID, "signature",
					  "the owner did not name this member of",
					  "主催者が指定していない参加チーム:", c->title);
	}
	if (err)
		return err;
	*ret = m;
	*ret_n = n;
	return ERR_OK;
}
