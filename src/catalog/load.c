// SPDX-License-Identifier: Apache-2.0
/* load: reads catalog/ (embedded or from a directory) into struct catalog. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/vec.h"
#include "catalog/catalog_internal.h"

#define FILE_LIMIT_BYTES (1 << 20)

static const struct {
	str name;
	enum role role;
	unsigned covers; /* bits of enum role */
} roles[] = {
#define R(x) (1U << ROLE_##x)
    {STR_INIT("reader"), ROLE_READER, R(READER)},
    {STR_INIT("analyst"), ROLE_ANALYST, R(READER) | R(ANALYST)},
    {STR_INIT("lead"), ROLE_LEAD, R(READER) | R(ANALYST) | R(LEAD)},
    {STR_INIT("manager"), ROLE_MANAGER, R(READER) | R(MANAGER)},
    {STR_INIT("secretariat"), ROLE_SECRETARIAT, R(READER) | R(ANALYST) | R(LEAD) | R(SECRETARIAT)},
    {STR_INIT("administrator"), ROLE_ADMINISTRATOR,
     R(READER) | R(ANALYST) | R(LEAD) | R(SECRETARIAT) | R(ADMINISTRATOR)},
#undef R
};

enum role role_parse(str name)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (str_eq(roles[i].name, name))
			return roles[i].role;
	return ROLE_NONE;
}

str role_name(enum role r)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (roles[i].role == r)
			return roles[i].name;
	return STR("none");
}

bool role_covers(enum role r, enum role needed)
{
	if (needed == ROLE_NONE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (roles[i].role == r)
			return roles[i].covers >> needed & 1;
	return false;
}

static struct bilingual read_label(const struct json *v, const char *key)
{
	const struct json *l = json_get_c(v, key);

	return (struct bilingual){.ja = json_get_str(l, "ja"), .en = json_get_str(l, "en")};
}

static const str *read_strs(struct arena *a, const struct json *v, size_t *ret_n)
{
	size_t n = json_count(v);
	str *out = arena_array(a, str, n);

	for (size_t i = 0; i < n; i++)
		out[i] = json_str(json_at(v, i));
	*ret_n = n;
	return out;
}

static bool has_word(const struct json *array, str word)
{
	for (size_t i = 0; i < json_count(array); i++)
		if (str_eq(json_str(json_at(array, i)), word))
			return true;
	return false;
}

static struct catalog_field read_field(const struct json_member *m, const struct json *required)
{
	return (struct catalog_field){
	    .name = m->key,
	    .label = read_label(&m->value, "label"),
	    .hint = read_label(&m->value, "hint"),
	    .schema = &m->value,
	    .searchable = json_get_bool(&m->value, "searchable", false),
	    .leaves = json_get_bool(&m->value, "leaves", false),
	    .read_only = json_get_bool(&m->value, "readOnly", false),
	    .required = has_word(required, m->key),
	};
}

bool catalog_is_common(str field)
{
	static const str names[] = {
	    STR_INIT("id"),         STR_INIT("type"),     STR_INIT("number"),
	    STR_INIT("version"),    STR_INIT("team"),     STR_INIT("state"),
	    STR_INIT("tlp"),        STR_INIT("circles"),  STR_INIT("created"),
	    STR_INIT("created_by"), STR_INIT("modified"), STR_INIT("modified_by"),
	    STR_INIT("exercise"),
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], field))
			return true;
	return false;
}

static void read_fields(struct catalog *c, struct catalog_type *t)
{
	const struct json *props = json_get_c(t->schema, "properties");
	const struct json *required = json_get_c(t->schema, "required");
	struct catalog_field *f = arena_array(&c->arena, struct catalog_field, json_count(props));

	for (size_t i = 0; i < json_count(props); i++)
		f[i] = read_field(&props->members[i], required);
	t->fields = f;
	t->n_fields = json_count(props);
}

/* Adds the properties (and their `required`) of a block of common.json to the schema of a type. For
 * our own records only those that live in the body: title and language. */
static void add_common(struct catalog *c, struct json *schema, str block_name)
{
	const struct json *block = json_get(&c->common, block_name);
	const struct json *props = json_get_c(block, "properties");
	const struct json *required = json_get_c(block, "required");
	struct json own_props = json_object(), own_required = json_array();
	const struct json *p;

	if ((p = json_get_c(schema, "properties")))
		own_props = *p;
	if ((p = json_get_c(schema, "required")))
		own_required = *p;
	for (size_t i = 0; i < json_count(props); i++) {
		const struct json_member *m = &props->members[i];
		bool own = str_eq(block_name, STR("own"));

		if (own && !str_eq(m->key, STR("language")))
			continue;
		if (!json_get(&own_props, m->key))
			json_set(&c->arena, &own_props, m->key, m->value);
	}
	for (size_t i = 0; i < json_count(required); i++)
		if (!has_word(&own_required, json_str(json_at(required, i))))
			json_add(&c->arena, &own_required, *json_at(required, i));
	json_set(&c->arena, schema, STR("properties"), own_props);
	json_set(&c->arena, schema, STR("required"), own_required);
}

static void read_states(struct catalog *c, struct catalog_type *t)
{
	const struct json *list = json_path(t->source, "states", "list", NULL);
	const struct json *trans = json_path(t->source, "states", "transitions", NULL);
	struct catalog_state *s = arena_array(&c->arena, struct catalog_state, json_count(list));
	struct catalog_transition *r =
	    arena_array(&c->arena, struct catalog_transition, json_count(trans));

	t->initial_state = json_get_str(json_get_c(t->source, "states"), "initial");
	for (size_t i = 0; i < json_count(trans); i++) {
		const struct json *v = json_at(trans, i);

		r[i].name = json_get_str(v, "name");
		r[i].label = read_label(v, "label");
		r[i].from = read_strs(&c->arena, json_get_c(v, "from"), &r[i].n_from);
		r[i].to = json_get_str(v, "to");
		r[i].role = role_parse(json_get_str(v, "role"));
		r[i].required = read_strs(&c->arena, json_get_c(v, "required"), &r[i].n_required);
		r[i].fields = read_strs(&c->arena, json_get_c(v, "fields"), &r[i].n_fields);
		r[i].guard = json_get_str(v, "guard");
		r[i].reason = json_get_bool(v, "reason", false);
		r[i].confirm = json_get_bool(v, "confirm", false);
	}
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);

		s[i] = (struct catalog_state){json_get_str(v, "state"), read_label(v, "label"),
					      json_get_bool(v, "open", false), true};
		for (size_t j = 0; j < json_count(trans); j++)
			if (has_word(json_get_c(json_at(trans, j), "from"), s[i].name))
				s[i].final = false;
	}
	t->states = s;
	t->n_states = json_count(list);
	t->transitions = r;
	t->n_transitions = json_count(trans);
}

static void read_type(struct catalog *c, struct json *source, struct catalog_type *t)
{
	const struct json *r = json_get_c(source, "roles");
	struct json schema = json_object();

	if (json_get_c(source, "schema"))
		schema = *json_get_c(source, "schema");
	add_common(c, &schema, json_get_str(source, "common"));
	json_set(&c->arena, source, STR("schema"), schema);
	*t = (struct catalog_type){
	    .type = json_get_str(source, "type"),
	    .plural = json_get_str(source, "plural"),
	    .number = json_get_str(source, "number"),
	    .label = read_label(source, "label"),
	    .form = str_eq(json_get_str(source, "form"), STR("own")) ? FORM_OWN : FORM_STIX,
	    .read = role_parse(json_get_str(r, "read")),
	    .create = role_parse(json_get_str(r, "create")),
	    .edit = role_parse(json_get_str(r, "edit")),
	    .severity_field = json_get_str(json_get_c(source, "shelf"), "severity"),
	    .sorted = json_get_c(source, "sort") != NULL,
	    .due_field = json_get_str(json_get_c(source, "sort"), "due"),
	    .source = source,
	    .schema = json_get_c(source, "schema"),
	    .common = str_eq(json_get_str(source, "form"), STR("own"))
			  ? json_get_c(&c->common, "own")
			  : NULL,
	};
	t->own_plural = t->plural.n > 0;
	if (!t->own_plural)
		t->plural = t->type;
	t->title = read_strs(&c->arena, json_get_c(source, "title"), &t->n_title);
	t->values = read_strs(&c->arena, json_get_c(source, "values"), &t->n_values);
	read_fields(c, t);
	read_states(c, t);
}

struct raw_file {
	str name, text;
};
struct raw_files {
	struct raw_file *p;
	size_t n, cap;
};

static enum err read_dir(struct catalog *c, const char *dir, const char *sub, struct raw_files *out,
			 struct why *why)
{
	str path = arena_printf(&c->arena, "%s/%s", dir, sub);
	DIR *d = opendir(path.p);
	enum err err = ERR_OK;
	struct dirent *e;

	if (!d)
		return why_set(why, ERR_NOTFOUND, "no folder '%s'", path.p);
	while (!err && (e = readdir(d)) != NULL) {
		BUF(text);

		if (!str_ends(str_c(e->d_name), STR(".json")))
			continue;
		err = file_read(arena_printf(&c->arena, "%s/%s", path.p, e->d_name).p,
				FILE_LIMIT_BYTES, &text, why);
		if (!err)
			vec_add(&c->arena, out,
				(struct raw_file){arena_printf(&c->arena, "%s%s%s", sub,
							       *sub ? "/" : "", e->d_name),
						  arena_str(&c->arena, buf_str(&text))});
	}
	closedir(d);
	return err;
}

static int file_order(const void *a, const void *b)
{
	return str_cmp(((const struct raw_file *)a)->name, ((const struct raw_file *)b)->name);
}

static enum err read_files(struct catalog *c, const char *dir, struct raw_files *out,
			   struct why *why)
{
	static const char *const subs[] = {"", "lists", "types"};

	for (size_t i = 0; !dir && i < catalog_files_count; i++) {
		const struct embedded_file *f = &catalog_files[i];

		vec_add(&c->arena, out,
			(struct raw_file){str_c(f->name), {(const char *)f->bytes, f->n}});
	}
	for (size_t i = 0; dir && i < ARRAY_LEN(subs); i++) {
		enum err err = read_dir(c, dir, subs[i], out, why);

		if (err)
			return err;
	}
	if (out->n)
		qsort(out->p, out->n, sizeof(*out->p), file_order);
	return ERR_OK;
}

static enum err parse_file(struct catalog *c, const struct raw_file *f, struct json *ret,
			   struct why *why)
{
	struct why inner = {0};
	enum err err = json_parse(&c->arena, f->text, NULL, ret, &inner);

	return err ? why_set(why, err, "catalogue file '%.*s': %s", STR_ARG(f->name), inner.text)
		   : ERR_OK;
}

static enum err add_list(struct catalog *c, const struct raw_file *f, struct catalog_list *l,
			 struct why *why)
{
	const struct json *items;
	enum err err = parse_file(c, f, &l->source, why);
	bool was_new;

	if (err)
		return err;
	l->name = json_get_str(&l->source, "list");
	map_init(&l->items);
	items = json_get_c(&l->source, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);

		map_put(&l->items, json_get_str(item, "code"), &was_new)->ptr =
		    (void *)(uintptr_t)item;
		if (!was_new)
			return why_set(why, ERR_INVALID, "list '%.*s' has code '%.*s' twice",
				       STR_ARG(l->name), STR_ARG(json_get_str(item, "code")));
	}
	map_put(&c->by_list, l->name, &was_new)->ptr = l;
	return was_new ? catalog_check_list(l, why)
		       : why_set(why, ERR_INVALID, "two lists named '%.*s'", STR_ARG(l->name));
}

static enum err add_type(struct catalog *c, const struct raw_file *f, struct catalog_type *t,
			 struct why *why)
{
	struct json *source = arena_new(&c->arena, struct json);
	enum err err = parse_file(c, f, source, why);
	bool was_new;

	if (err)
		return err;
	read_type(c, source, t);
	map_put(&c->by_type, t->type, &was_new)->ptr = t;
	if (was_new && t->own_plural)
		map_put(&c->by_plural, t->plural, &was_new)->ptr = t;
	if (!was_new)
		return why_set(why, ERR_INVALID, "two types named '%.*s'", STR_ARG(t->plural));
	return catalog_check_type(c, t, why);
}

/* Custom STIX objects: known by nothing but the common properties. */
static void make_generic(struct catalog *c)
{
	struct json *source = arena_new(&c->arena, struct json);
	struct json title = json_array();
	static const str paths[] = {STR_INIT("name"), STR_INIT("title"), STR_INIT("value"),
				    STR_INIT("id")};

	*source = json_object();
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		json_add(&c->arena, &title, json_string(paths[i]));
	json_set(&c->arena, source, STR("form"), json_string(STR("stix")));
	json_set(&c->arena, source, STR("common"), json_string(STR("generic")));
	json_set(&c->arena, source, STR("title"), title);
	read_type(c, source, &c->generic);
	c->generic.label = (struct bilingual){.ja = STR("その他のSTIXオブジェクト"),
					      .en = STR("other STIX object")};
	c->generic.read = ROLE_READER;
	c->generic.create = c->generic.edit = ROLE_ANALYST;
}

static void make_document(struct catalog *c)
{
	BUF(out);
	struct json_out o;

	json_out_init(&o, &out);
	jo_object(&o);
	jo_key(&o, "common");
	jo_json(&o, json_get_c(&c->common, "own"));
	jo_key(&o, "types");
	jo_array(&o);
	for (size_t i = 0; i < c->n_types; i++)
		jo_json(&o, c->types[i].source);
	jo_end(&o);
	jo_key(&o, "lists");
	jo_object(&o);
	for (size_t i = 0; i < c->n_lists; i++) {
		jo_key_str(&o, c->lists[i].name);
		jo_json(&o, &c->lists[i].source);
	}
	jo_end(&o);
	jo_end(&o);
	c->document = arena_str(&c->arena, buf_str(&out));
}

static enum err load_all(struct catalog *c, const char *dir, struct why *why)
{
	struct raw_files files = {0};
	enum err err = read_files(c, dir, &files, why);

	c->types = arena_array(&c->arena, struct catalog_type, files.n);
	c->lists = arena_array(&c->arena, struct catalog_list, files.n);
	/* sorted: common.json, then lists/, then types/ */
	for (size_t i = 0; !err && i < files.n; i++) {
		const struct raw_file *f = &files.p[i];

		if (str_eq(f->name, STR("common.json")))
			err = parse_file(c, f, &c->common, why);
		else if (str_starts(f->name, STR("lists/")))
			err = add_list(c, f, &c->lists[c->n_lists++], why);
		else if (str_starts(f->name, STR("types/")))
			err = add_type(c, f, &c->types[c->n_types++], why);
	}
	if (err)
		return err;
	make_generic(c);
	make_document(c);
	return ERR_OK;
}

enum err catalog_load(const char *dir, struct catalog **ret, struct why *why)
{
	struct catalog *c = mem_alloc(sizeof(*c));
	struct why inner = {0};
	enum err err;

	arena_init(&c->arena, 0);
	map_init(&c->by_type);
	map_init(&c->by_plural);
	map_init(&c->by_list);
	u64map_init(&c->by_code);
	err = load_all(c, dir, &inner);
	if (!err) {
		*ret = c;
		return ERR_OK;
	}
	catalog_free(c);
	if (!dir) {
		fprintf(stderr, "hikeshi: the built-in catalogue is faulty: %s\n", inner.text);
		abort();
	}
	return why_set(why, err, "%s", inner.text);
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_lists; i++)
		map_done(&c->lists[i].items);
	map_done(&c->by_type);
	map_done(&c->by_plural);
	map_done(&c->by_list);
	u64map_done(&c->by_code);
	arena_done(&c->arena);
	mem_free(c);
}
