// SPDX-License-Identifier: Apache-2.0
/* The common fields of interface.md: taken out of requests here, put in front of answers in
 * record.c. */
#include "team/record_internal.h"

static const char *const read_only[] = {"id",          "type",    "number",     "version",
					"team",        "created", "created_by", "modified",
					"modified_by", "state",   "revoked",    "computed"};

static enum err take_ids(struct ctx *c, const struct json *v, const char *field,
			 const struct uuid **ret, size_t *ret_n, struct why *why)
{
	size_t n = json_count(v);
	struct uuid *u = arena_array(c->arena, struct uuid, n + 1);
	char pointer[64];

	(void)snprintf(pointer, sizeof(pointer), "/%s", field);
	if (json_is(v, JSON_NULL))
		n = 0;
	else if (!json_is(v, JSON_ARRAY) || n > 1000)
		return field_fault(c, why, "type", pointer, "must be a list of ids",
				   "IDの一覧で指定してください");
	for (size_t i = 0; i < n; i++) {
		str type;

		if (id_parse(json_str(json_at(v, i)), &type, &u[i]))
			return field_fault(c, why, "format", pointer,
					   "holds something that is not an id",
					   "IDとして読めない値があります");
	}
	*ret = u;
	*ret_n = n;
	return ERR_OK;
}

static enum err take_time(struct ctx *c, const struct json *v, const char *field, int64_t *ret,
			  struct why *why)
{
	char pointer[64];

	if (json_is(v, JSON_NULL)) {
		*ret = 0;
		return ERR_OK;
	}
	(void)snprintf(pointer, sizeof(pointer), "/%s", field);
	if (!json_is(v, JSON_STRING) || time_parse(json_str(v), ret))
		return field_fault(c, why, "format", pointer,
				   "must be a time as 2026-11-23T09:30:00Z",
				   "時刻は 2026-11-23T09:30:00Z の形で指定してください");
	return ERR_OK;
}

static enum err take_tlp(struct ctx *c, const struct json *v, struct label_spec *l, struct why *why)
{
	if (json_is(v, JSON_NULL))
		return ERR_OK;
	if (!json_is(v, JSON_STRING) || tlp_parse(json_str(v), &l->tlp))
		return field_fault(
		    c, why, "enum", "/tlp",
		    "must be one of TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED",
		    "TLP:CLEAR、TLP:GREEN、TLP:AMBER、TLP:AMBER+STRICT、TLP:RED "
		    "のいずれかを指定してください");
	l->has_tlp = true;
	return ERR_OK;
}

/* One common field; *known tells whether it was one. Types that have a field of that name of their
 * own keep it. */
static enum err take_one(struct ctx *c, const struct json_member *m, struct common_fields *f,
			 bool *known, struct why *why)
{
	str k = m->key;
	const struct json *v = &m->value;

	*known = true;
	if (str_eq(k, STR("tlp"))) {
		f->label_given = true;
		return take_tlp(c, v, &f->label, why);
	}
	if (str_eq(k, STR("circles"))) {
		f->label_given = true;
		return take_ids(c, v, "circles", &f->label.circles, &f->label.n_circles, why);
	}
	if (str_eq(k, STR("named"))) {
		f->label_given = true;
		return take_ids(c, v, "named", &f->label.people, &f->label.n_people, why);
	}
	if (str_eq(k, STR("not_before"))) {
		f->label_given = true;
		return take_time(c, v, "not_before", &f->label.not_before_us, why);
	}
	if (str_eq(k, STR("expires"))) {
		f->label_given = true;
		return take_time(c, v, "expires", &f->label.expires_us, why);
	}
	if (str_eq(k, STR("exercise"))) {
		if (!json_is(v, JSON_TRUE) && !json_is(v, JSON_FALSE))
			return field_fault(c, why, "type", "/exercise", "must be true or false",
					   "true か false で指定してください");
		f->exercise = json_bool(v, false);
		f->exercise_given = true;
		return ERR_OK;
	}
	*known = false;
	return ERR_OK;
}

static bool is_read_only(const struct catalog_type *t, str k)
{
	if (catalog_field(t, k) && !str_eq(k, STR("state")) && !str_eq(k, STR("id")) &&
	    !str_eq(k, STR("type")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(read_only); i++)
		if (str_eq(k, str_c(read_only[i])))
			return true;
	return false;
}

enum err common_take(struct ctx *c, const struct catalog_type *t, const struct json *request,
		     const struct json *old, struct common_fields *ret, struct json *body,
		     struct why *why)
{
	*body = json_object();
	for (size_t i = 0; i < json_count(request); i++) {
		const struct json_member *m = &request->members[i];
		bool known;
		enum err err = take_one(c, m, ret, &known, why);

		if (err)
			return err;
		if (known)
			continue;
		if (is_read_only(t, m->key)) {
			const struct json *was = old ? json_get(old, m->key) : NULL;
			str pointer = arena_printf(c->arena, "/%.*s", STR_ARG(m->key));

			if (was && json_eq(was, &m->value))
				continue;
			return field_fault(c, why, "read_only", pointer.p,
					   "is set by the server and cannot be changed",
					   "サーバーが設定する項目のため変更できません");
		}
		json_set(c->arena, body, m->key, m->value);
	}
	return ERR_OK;
}

bool is_directory_type(str type)
{
	static const char *const types[] = {"x-hikeshi-team", "x-hikeshi-circle",
					    "x-hikeshi-membership", "x-hikeshi-person"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(type, str_c(types[i])))
			return true;
	return false;
}

const struct catalog_type *record_type(struct ctx *c, const struct record *r)
{
	const struct catalog_type *t = catalog_code(c->node->catalog, r->type);

	return t ? t : catalog_generic(c->node->catalog);
}
