// SPDX-License-Identifier: Apache-2.0
/* STIX records in requests: "object" completed with what STIX 2.1 section 3.2 requires, or the
 * short form {"value": …}. */
#include "team/record_internal.h"
#include "team/warning.h"

static void complete(struct ctx *c, str type, struct json *o)
{
	struct arena *a = c->arena;
	char u[UUID_TEXT];
	str now = time_text_short(a, c->now_us - c->now_us % 1000);
	bool sco = false;
	static const char *const timed[] = {"created", "modified"};

	if (!json_get_str(o, "type").n)
		json_set(a, o, STR("type"), json_string(type));
	if (!json_get_str(o, "spec_version").n)
		json_set(a, o, STR("spec_version"), json_string(STR("2.1")));
	if (!json_get_str(o, "id").n) {
		uuid_text(uuid_new(), u);
		json_set(a, o, STR("id"),
			 json_string(arena_printf(a, "%.*s--%.*s", STR_ARG(type), UUID_TEXT, u)));
	}
	const struct catalog_type *t = catalog_type(c->node->catalog, type);

	sco = t && !catalog_field(t, STR("created"));
	for (size_t i = 0; i < ARRAY_LEN(timed) && !sco; i++)
		if (!json_get_str(o, timed[i]).n)
			json_set(a, o, str_c(timed[i]), json_string(now));
	if (str_eq(type, STR("indicator"))) {
		if (!json_get_str(o, "valid_from").n)
			json_set(a, o, STR("valid_from"), json_string(now));
		if (!json_get_str(o, "pattern_type").n)
			json_set(a, o, STR("pattern_type"), json_string(STR("stix")));
	}
}

static enum err pattern_from_value(struct ctx *c, str value, str kind_name, struct json *o,
				   struct why *why)
{
	enum value_kind k = kind_name.n ? value_kind_parse(kind_name) : value_guess(value);
	str canonical, pattern;

	if (k == VALUE_NONE || value_canonical(c->arena, k, value, &canonical, NULL))
		return field_fault(
		    c, why, "format", "/value",
		    "is not a value that we understand (address, domain, URL, hash ...)",
		    "値の種類を判別できません（アドレス、ドメイン、URL、ハッシュ値など）");
	pattern = pattern_of(c->arena, k, canonical);
	if (!pattern.n)
		return field_fault(c, why, "format", "/value",
				   "has no STIX pattern; use observables for it",
				   "STIXパターンで表せない値です。観測情報として登録してください");
	json_set(c->arena, o, STR("pattern"), json_string(pattern));
	if (!json_get_str(o, "name").n)
		json_set(c->arena, o, STR("name"), json_string(canonical));
	return ERR_OK;
}

/* The indicator of a value that the actor sees, else a new one is not made: sightings point at what
 * is there. */
static enum err sighted(struct ctx *c, str value, struct json *o, struct why *why)
{
	struct known k = {0};
	enum err err = intel_lookup(&c->node->intel, c->arena, c->view, &value, 1, &k, why);

	if (err)
		return err;
	for (size_t i = 0; i < k.n_records; i++) {
		if (!str_eq(word_text(c->node->store, k.records[i].type), STR("indicator")))
			continue;
		json_set(c->arena, o, STR("sighting_of_ref"),
			 json_string(record_id(c, &k.records[i])));
		return ERR_OK;
	}
	return field_fault(c, why, "unknown_value", "/value",
			   "no indicator of that value is known: create the indicator first",
			   "その値のインジケータがありません。先に登録してください");
}

enum err stix_from_request(struct ctx *c, const struct catalog_type *t, const struct json *request,
			   struct json *ret_object, struct json *ret_rest, struct why *why)
{
	const struct json *given = json_get_c(request, "object");
	struct json o =
	    given && given->type == JSON_OBJECT ? json_copy(c->arena, given) : json_object();
	str type = t == catalog_generic(c->node->catalog) ? json_get_str(&o, "type") : t->type;
	str value = json_get_str(request, "value"), kind = json_get_str(request, "kind");
	enum err err = ERR_OK;

	if (given && given->type != JSON_OBJECT)
		return field_fault(c, why, "type", "/object", "must be a STIX object",
				   "STIXオブジェクトを指定してください");
	*ret_rest = json_object();
	for (size_t i = 0; i < json_count(request); i++) {
		const struct json_member *m = &request->members[i];
		bool ours = str_eq(m->key, STR("tlp")) || str_eq(m->key, STR("circles")) ||
			    str_eq(m->key, STR("named")) || str_eq(m->key, STR("not_before")) ||
			    str_eq(m->key, STR("expires")) || str_eq(m->key, STR("exercise"));

		if (str_eq(m->key, STR("object")) || str_eq(m->key, STR("value")) ||
		    str_eq(m->key, STR("kind")))
			continue;
		if (ours || given)
			json_set(c->arena, ret_rest, m->key, m->value);
		else /* the short form: members of the object side by side with ours */
			json_set(c->arena, &o, str_eq(m->key, STR("title")) ? STR("name") : m->key,
				 m->value);
	}
	if (given && json_get_str(&o, "type").n && !str_eq(json_get_str(&o, "type"), type))
		return field_fault(c, why, "type", "/object/type",
				   "is another type than the address says",
				   "オブジェクトの種類がURLと一致しません");
	if (value.n && str_eq(type, STR("indicator")))
		err = pattern_from_value(c, value, kind, &o, why);
	else if (value.n && str_eq(type, STR("sighting")))
		err = sighted(c, value, &o, why);
	else if (value.n)
		json_set(c->arena, &o, STR("value"), json_string(value));
	if (err)
		return err;
	complete(c, type, &o);
	*ret_object = o;
	return ERR_OK;
}

struct record_sort draft_sort(const struct catalog_type *t, const struct json *body)
{
	struct record_sort s = {.title = catalog_title(t, body)};

	if (t->due_field.n && time_parse(json_str(json_get(body, t->due_field)), &s.due_us))
		s.due_us = 0;
	return s;
}

enum err draft_values(struct ctx *c, const struct catalog_type *t, enum record_form form,
		      const struct json *body, struct record_put *put, struct why *why)
{
	struct record_value *v = NULL;
	size_t n = 0;
	uint64_t *h;
	enum err err = intel_values(c->arena, c->node->catalog, store_value_key(c->node->store), t,
				    form, body, &v, &n, why);

	if (err)
		return err;
	h = arena_array(c->arena, uint64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		h[i] = v[i].hash;
	put->values = h;
	put->n_values = n;
	if (t->sorted && form == FORM_OWN) {
		struct record_sort *s = arena_new(c->arena, struct record_sort);

		*s = draft_sort(t, body);
		put->sort = s;
	}
	return ERR_OK;
}

void draft_light_up(struct ctx *c, const struct record *now)
{
	struct record_value *v = NULL;
	struct record r = *now;
	struct json body;
	struct uuid of;
	size_t n = 0, m = 0;
	str type;
	uint64_t *h;

	/* a sighting speaks of the values of what it sights */
	if (str_eq(word_text(c->node->store, now->type), STR("sighting")) &&
	    record_body(c, now, &body, NULL) == ERR_OK &&
	    id_parse(json_get_str(&body, "sighting_of_ref"), &type, &of) == ERR_OK &&
	    store_find(c->node->store, c->arena, c->view, &of, 1, true, &r, NULL))
		return;
	if (!r.key || intel_record_values(c->arena, c->node->catalog,
					  store_value_key(c->node->store), &r, &v, &n, NULL))
		return;
	h = arena_array(c->arena, uint64_t, n + 1);
	/* well-known values concern nobody, whoever names them */
	for (size_t i = 0; i < n; i++)
		if (!c->node->wellknown ||
		    !wellknown_is(c->node->wellknown, v[i].kind, v[i].canonical))
			h[m++] = v[i].hash;
	warning_light_up(c->node, now->team, h, m);
}
