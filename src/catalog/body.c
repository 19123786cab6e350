// SPDX-License-Identifier: Apache-2.0
/* body: readings of a body by its type: what leaves, what is searched, what it is called. */
#include "catalog/catalog_internal.h"

#define DEPTH_MAX 64

/* formats.md 3: members of these are leaves of their own */
static bool is_question(str name)
{
	static const str names[] = {STR_INIT("what"), STR_INIT("whom"), STR_INIT("when"),
				    STR_INIT("why"),  STR_INIT("how"),  STR_INIT("who")};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static bool leaves(const struct json *schema, str name)
{
	return json_get_bool(json_get(json_get_c(schema, "properties"), name), "leaves", false);
}

struct json catalog_leaving(struct arena *a, const struct catalog_type *t, const struct json *body)
{
	struct json out = json_object();

	if (t->form == FORM_STIX)
		return *body;
	for (size_t i = 0; json_is(body, JSON_OBJECT) && i < json_count(body); i++) {
		const struct json_member *m = &body->members[i];
		const struct json *schema = json_get(json_get_c(t->schema, "properties"), m->key);
		struct json group = json_object();

		if (!is_question(m->key) || !json_is(&m->value, JSON_OBJECT)) {
			if (leaves(t->schema, m->key))
				json_set(a, &out, m->key, m->value);
			continue;
		}
		for (size_t j = 0; j < json_count(&m->value); j++)
			if (leaves(schema, m->value.members[j].key))
				json_set(a, &group, m->value.members[j].key,
					 m->value.members[j].value);
		if (json_count(&group))
			json_set(a, &out, m->key, group);
	}
	return out;
}

static void add_line(struct buf *out, str line)
{
	if (!line.n)
		return;
	if (out->n)
		buf_add_char(out, '\n');
	buf_add(out, line);
}

/* Every text below a value, once its field is searchable. */
static void add_texts(struct buf *out, const struct json *v, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return;
	if (json_is(v, JSON_STRING))
		add_line(out, json_str(v));
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++)
		add_texts(out, json_at(v, i), depth + 1);
	for (size_t i = 0; json_is(v, JSON_OBJECT) && i < json_count(v); i++)
		add_texts(out, &v->members[i].value, depth + 1);
}

/* Follows the schema down to the fields marked searchable. */
static void add_searchable(struct buf *out, const struct json *schema, const struct json *v,
			   unsigned depth)
{
	const struct json *props = json_get_c(schema, "properties");

	if (!v || depth > DEPTH_MAX)
		return;
	if (json_get_bool(schema, "searchable", false)) {
		add_texts(out, v, depth);
		return;
	}
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < json_count(v); i++)
		add_searchable(out, json_get_c(schema, "items"), json_at(v, i), depth + 1);
	for (size_t i = 0; json_is(v, JSON_OBJECT) && i < json_count(props); i++)
		add_searchable(out, &props->members[i].value, json_get(v, props->members[i].key),
			       depth + 1);
}

str catalog_text(struct arena *a, const struct catalog_type *t, const struct json *body)
{
	str title = catalog_title(t, body), said;
	BUF(rest);
	BUF(out);

	add_searchable(&rest, t->schema, body, 0);
	add_line(&out, title);
	/* the title is usually the first searchable field: do not say it twice */
	said = buf_str(&rest);
	if (title.n && str_starts(said, title)) {
		str after = str_from(said, title.n);

		if (!after.n || str_starts(after, STR("\n")))
			said = str_from(after, 1);
	}
	add_line(&out, said);
	return arena_str(a, buf_str(&out));
}

str catalog_title(const struct catalog_type *t, const struct json *body)
{
	for (size_t i = 0; i < t->n_title; i++) {
		const struct json *v = catalog_path(body, t->title[i]);

		if (json_is(v, JSON_OBJECT) && json_count(v)) /* hashes: the first of them */
			v = &v->members[0].value;
		else if (json_is(v, JSON_ARRAY))
			v = json_at(v, 0);
		if (str_trim(json_str(v)).n)
			return str_trim(json_str(v));
	}
	return STR_NULL;
}
