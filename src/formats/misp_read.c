// SPDX-License-Identifier: Apache-2.0
/* MISP core format (draft-dulaunoy-misp-core-format): {"Event":…}, {"response":[…]}, arrays, bare
 * events, lone lists of attributes, objects or reports, keys in any order. An event or object is
 * read twice: first its own fields, then its parts. */
#include "base/codec.h"
#include "formats/formats_internal.h"
#include "formats/misp_map.h"

#include <stdio.h>

#define WALK_DEPTH 8
/* Events carry whole galaxy clusters among their own fields: hundreds of kilobytes are usual. */
#define CONTAINER_BYTES (4 * ELEMENT_BYTES)

struct misp {
	struct reading r;
	struct buf container; /* body of the event or object being collected */
};
/* What parts inherit from what contains them. */
struct holder {
	int64_t index; /* of emission, -1: none or rejected */
	int tlp;
	bool tlp_unknown;
};

enum part { PART_NONE, PART_EVENT, PART_ATTRIBUTE, PART_OBJECT, PART_REPORT, PART_RESPONSE };
static const struct {
	str name;
	enum part part;
} parts[] = {
    {STR_INIT("Event"), PART_EVENT},       {STR_INIT("Attribute"), PART_ATTRIBUTE},
    {STR_INIT("Object"), PART_OBJECT},     {STR_INIT("EventReport"), PART_REPORT},
    {STR_INIT("response"), PART_RESPONSE},
};
/* Members that only an event has, an attribute has. */
static const char *const event_fields[] = {"info", "threat_level_id", "analysis", "orgc_id",
					   "Orgc"};

static enum part part_of(str key)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (str_eq(parts[i].name, key))
			return parts[i].part;
	return PART_NONE;
}

static bool walk(struct misp *m, struct json_cursor *c, enum part hint, const char *path,
		 const struct holder *h, int depth);

/* ---- single elements ------------------------------------------------------------- */

static void join_tags(const struct json *tags, struct format_element *e)
{
	for (size_t i = 0; json_is(tags, JSON_ARRAY) && i < json_count(tags); i++) {
		int t = tlp_word(json_get_str(json_at(tags, i), "name"));

		if (t == -2) {
			e->tlp = TLP_RED;
			e->tlp_unknown = true;
		} else if (t > e->tlp) {
			e->tlp = t;
		}
	}
}

/* Booleans come as true, 1 and "1". */
static bool misp_bool(const struct json *v)
{
	str t = json_str(v);

	if (json_is(v, JSON_TRUE) || str_eq(t, STR("1")) || str_ieq(t, STR("true")))
		return true;
	int64_t n = 0;

	return json_is(v, JSON_NUMBER) && json_i64(v, &n) == ERR_OK && n == 1;
}

static bool element_uuid(const struct json *o, struct uuid *ret)
{
	return uuid_parse(json_get_str(o, "uuid"), ret) == ERR_OK && !uuid_is_zero(*ret);
}

static bool word_fits(str t, size_t max)
{
	if (!t.n || t.n > max)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] < ' ')
			return false;
	return true;
}

static bool data_fits(const struct json *o)
{
	const struct json *data = json_get_c(o, "data");

	if (!data || json_is(data, JSON_NULL))
		return true;
	if (!json_is(data, JSON_STRING))
		return false;
	BUF(bytes);
	BUF(joined);

	/* Old exports break the lines of base64. */
	for (size_t i = 0; i < data->n; i++)
		if (!ch_space(data->text[i]))
			buf_add_char(&joined, data->text[i]);
	return base64_decode(&bytes, buf_str(&joined)) == ERR_OK;
}

/* NULL, or why the attribute cannot be taken. */
static const char *attribute_fault(const struct json *o, struct uuid *uid)
{
	str type = json_get_str(o, "type");
	const struct json *value = json_get_c(o, "value");

	if (!json_is(o, JSON_OBJECT))
		return "not an object";
	if (!json_get_c(o, "uuid"))
		return "no uuid";
	if (!element_uuid(o, uid))
		return "the uuid is malformed";
	if (!type.n)
		return "no type";
	if (!misp_type_fits(type))
		return "the type is malformed";
	if (!json_get_str(o, "category").n)
		return "no category";
	if (!word_fits(json_get_str(o, "category"), 100))
		return "the category is malformed";
	if (!value || json_is(value, JSON_NULL))
		return "no value";
	if (!json_is(value, JSON_STRING) && !json_is(value, JSON_NUMBER))
		return "the value is not text";
	if (!value->n || !str_trim((str){value->text, value->n}).n)
		return "the value is empty";
	if (!misp_value_fits(type, (str){value->text, value->n}))
		return "the value does not fit the type";
	return data_fits(o) ? NULL : "the data is not base64";
}

static void wrap(struct buf *out, const char *name, str raw)
{
	buf_clear(out);
	buf_printf(out, "{\"%s\":", name);
	json_squeeze(out, raw);
	buf_add_char(out, '}');
}

static bool attribute_emit(struct misp *m, const struct json *o, str raw, size_t at,
			   const struct holder *h)
{
	struct format_element e = {.form = FORM_MISP,
				   .tlp = h->tlp,
				   .tlp_unknown = h->tlp_unknown,
				   .parent = h->index,
				   .at = at};
	const char *fault = attribute_fault(o, &e.uid);

	if (fault) {
		reading_refuse(&m->r, at, fault);
		return true;
	}
	e.type =
	    misp_bool(json_get_c(o, "to_ids")) ? STR("indicator") : STR("x-hikeshi-observable");
	e.modified_us = seconds_us(json_get_c(o, "timestamp"));
	e.revoked = misp_bool(json_get_c(o, "deleted"));
	join_tags(json_get_c(o, "Tag"), &e);
	wrap(&m->r.body, "Attribute", raw);
	e.body = buf_str(&m->r.body);
	e.tree = o;
	return reading_emit(&m->r, &e, NULL);
}

static bool report_emit(struct misp *m, const struct json *o, str raw, size_t at,
			const struct holder *h)
{
	struct format_element e = {.form = FORM_MISP,
				   .type = STR("note"),
				   .tlp = h->tlp,
				   .tlp_unknown = h->tlp_unknown,
				   .parent = h->index,
				   .at = at};

	if (!json_is(o, JSON_OBJECT) || !element_uuid(o, &e.uid)) {
		reading_refuse(&m->r, at, "no uuid, or a malformed one");
		return true;
	}
	e.modified_us = seconds_us(json_get_c(o, "timestamp"));
	e.revoked = misp_bool(json_get_c(o, "deleted"));
	join_tags(json_get_c(o, "Tag"), &e);
	wrap(&m->r.body, "EventReport", raw);
	e.body = buf_str(&m->r.body);
	e.tree = o;
	return reading_emit(&m->r, &e, NULL);
}

/* ---- events and objects ------------------------------------------------------------ */

/* Is this member one that becomes records of its own? */
static bool is_part(enum part container, str key)
{
	enum part p = part_of(key);

	return p == PART_ATTRIBUTE ||
	       (container == PART_EVENT && (p == PART_OBJECT || p == PART_REPORT));
}

/* First pass: the container's own members into m->container ({"Event":{…}}). Where the text breaks
 * off, what came before is kept. False when the body grew too large. */
static bool collect(struct misp *m, struct json_cursor c, enum part container)
{
	struct buf *out = &m->container;
	bool first = true;
	str key, raw;

	buf_clear(out);
	buf_add(out, container == PART_EVENT ? STR("{\"Event\":{") : STR("{\"Object\":{"));
	arena_reset(&m->r.scratch);
	if (json_cursor_enter_object(&c)) {
		while (json_cursor_key(&c, &m->r.scratch, &key)) {
			if (is_part(container, key)) {
				/* The second pass checks what this one only passes over. */
				size_t end = value_end(&m->r, c.text, c.at);

				if (!end)
					break;
				c.at = end;
				continue;
			}
			if (!json_cursor_raw(&c, &raw))
				break;
			if (!first)
				buf_add_char(out, ',');
			first = false;
			json_write_str(out, key);
			buf_add_char(out, ':');
			json_squeeze(out, raw);
			if (out->n > CONTAINER_BYTES)
				return false;
		}
	}
	buf_add(out, STR("}}"));
	return true;
}

/* Emits the collected container. False: the sink stops. */
static bool container_emit(struct misp *m, enum part container, size_t at, const struct holder *h,
			   struct holder *inner)
{
	struct format_element e = {.form = FORM_MISP,
				   .tlp = h->tlp,
				   .tlp_unknown = h->tlp_unknown,
				   .parent = h->index,
				   .at = at};
	bool is_event = container == PART_EVENT;
	struct json body;
	struct why why = {0};

	arena_reset(&m->r.scratch);
	if (json_parse(&m->r.scratch, buf_str(&m->container), NULL, &body, &why) != ERR_OK) {
		reading_refuse(&m->r, at, why.text);
		return true;
	}
	const struct json *o = json_get_c(&body, is_event ? "Event" : "Object");

	join_tags(json_get_c(o, "Tag"), &e);
	inner->tlp = e.tlp;
	inner->tlp_unknown = e.tlp_unknown;
	if (!element_uuid(o, &e.uid)) {
		reading_refuse(&m->r, at,
			       json_get_c(o, "uuid") ? "the uuid is malformed" : "no uuid");
		return true;
	}
	if (!is_event && !json_get_str(o, "name").n) {
		reading_refuse(&m->r, at, "no name");
		return true;
	}
	if (is_event)
		e.type = misp_bool(json_get_c(o, "published")) ? STR("report") : STR("grouping");
	else
		e.type = STR("x-misp-object");
	e.modified_us = seconds_us(json_get_c(o, "timestamp"));
	e.revoked = misp_bool(json_get_c(o, "deleted"));
	e.body = buf_str(&m->container);
	e.tree = o;
	return reading_emit(&m->r, &e, &inner->index);
}

static bool read_container(struct misp *m, struct json_cursor *c, enum part container,
			   const char *path, const struct holder *h, int depth)
{
	/* Where the container itself is rejected, its parts hang on what is around it. */
	struct holder inner = *h;
	size_t at = skip_blank(c->text, c->at);
	char below[200];
	str key;

	reading_path_is(&m->r, path);
	if (!collect(m, *c, container)) {
		reading_refuse(&m->r, at, "its own fields are larger than 4 MiB");
		/* What could not be read may have carried the strictest label. */
		inner.tlp = TLP_RED;
		inner.tlp_unknown = true;
	} else if (!container_emit(m, container, at, h, &inner)) {
		return false;
	}
	if (!json_cursor_enter_object(c))
		return false;
	for (;;) {
		arena_reset(&m->r.scratch);
		if (!json_cursor_key(c, &m->r.scratch, &key))
			return c->err == ERR_OK;
		if (is_part(container, key) && json_cursor_peek(c) != JSON_NULL) {
			(void)snprintf(below, sizeof(below), "%s%s%.*s", path, *path ? "." : "",
				       STR_ARG(key));
			if (!walk(m, c, part_of(key), below, &inner, depth + 1))
				return false;
		} else if (!json_cursor_skip(c)) {
			return false;
		}
	}
}

/* ---- finding out what stands there --------------------------------------------------- */

/* The kind of the object at the cursor; PART_NONE for a wrapper such as {"Event":…} or
 * {"response":…}. */
static enum part object_kind(struct misp *m, struct json_cursor c)
{
	bool lists = false, type = false, value = false;
	str key;

	arena_reset(&m->r.scratch);
	if (!json_cursor_enter_object(&c))
		return PART_NONE;
	while (json_cursor_key(&c, &m->r.scratch, &key)) {
		enum part p = part_of(key);

		if (p == PART_EVENT || p == PART_RESPONSE)
			return PART_NONE;
		lists |= p != PART_NONE;
		type |= str_eq(key, STR("type"));
		value |= str_eq(key, STR("value"));
		if (str_eq(key, STR("template_uuid")) || str_eq(key, STR("meta-category")))
			return PART_OBJECT;
		for (size_t i = 0; i < ARRAY_LEN(event_fields); i++)
			if (str_eq(key, str_c(event_fields[i])))
				return PART_EVENT;
		if (!json_cursor_skip(&c))
			break;
	}
	if (lists)
		return PART_NONE;
	return type && value ? PART_ATTRIBUTE : PART_NONE;
}

/* {"Event":…}, {"response":…}, {"Attribute":[…]}: what is inside, the rest is not ours. */
static bool walk_wrapper(struct misp *m, struct json_cursor *c, const char *path,
			 const struct holder *h, int depth)
{
	char below[200];
	str key;
	bool any = false;
	size_t at = c->at;

	if (!json_cursor_enter_object(c))
		return false;
	for (;;) {
		arena_reset(&m->r.scratch);
		if (!json_cursor_key(c, &m->r.scratch, &key))
			break;
		enum part p = part_of(key);
		enum json_type t = json_cursor_peek(c);

		if (p != PART_NONE && (t == JSON_ARRAY || t == JSON_OBJECT)) {
			any = true;
			(void)snprintf(below, sizeof(below), "%s%s%.*s", path, *path ? "." : "",
				       STR_ARG(key));
			if (!walk(m, c, p == PART_RESPONSE ? PART_NONE : p, below, h, depth + 1))
				return false;
		} else if (!json_cursor_skip(c)) {
			return false;
		}
	}
	if (!any && !c->err) {
		reading_path_is(&m->r, path);
		reading_refuse(&m->r, at, "neither event, attribute, object nor report");
	}
	return c->err == ERR_OK;
}

static bool walk_array(struct misp *m, struct json_cursor *c, enum part hint, const char *path,
		       const struct holder *h, int depth)
{
	char below[200];

	if (!json_cursor_enter_array(c))
		return false;
	for (size_t i = 0; json_cursor_item(c); i++) {
		path_item(below, sizeof(below), path, i);
		if (!walk(m, c, hint, below, h, depth + 1))
			return false;
	}
	return c->err == ERR_OK;
}

static bool walk_element(struct misp *m, struct json_cursor *c, enum part kind, const char *path,
			 const struct holder *h)
{
	struct json o;
	str raw;
	size_t at;

	reading_path_is(&m->r, path);
	switch (reading_value(&m->r, c, &o, &raw, &at)) {
	case STEP_OK:
		if (kind == PART_ATTRIBUTE)
			return attribute_emit(m, &o, raw, at, h);
		if (kind == PART_REPORT)
			return report_emit(m, &o, raw, at, h);
		reading_refuse(&m->r, at, "not an object");
		return true;
	case STEP_SKIPPED:
		return true;
	case STEP_END:
		break;
	}
	return false;
}

static bool walk_what_stands_there(struct misp *m, struct json_cursor *c, enum part hint,
				   const char *path, const struct holder *h, int depth)
{
	enum json_type t = json_cursor_peek(c);

	if (t == JSON_ARRAY)
		return walk_array(m, c, hint, path, h, depth);
	if (t == JSON_OBJECT && hint == PART_NONE) {
		hint = object_kind(m, *c);
		if (hint == PART_NONE)
			return walk_wrapper(m, c, path, h, depth);
	}
	if (t == JSON_OBJECT && (hint == PART_EVENT || hint == PART_OBJECT))
		return read_container(m, c, hint, path, h, depth);
	return walk_element(m, c, hint, path, h);
}

static bool walk(struct misp *m, struct json_cursor *c, enum part hint, const char *path,
		 const struct holder *h, int depth)
{
	struct json_cursor before = *c;

	if (c->err)
		return false;
	if (depth > WALK_DEPTH)
		return walk_element(m, c, PART_NONE, path, h);
	if (walk_what_stands_there(m, c, hint, path, h, depth))
		return true;
	return reading_recover(&m->r, c, &before, path);
}

enum err misp_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why)
{
	const struct holder nobody = {.index = -1, .tlp = -1};
	struct misp m = {0};
	struct json_cursor cursor;

	(void)c;
	reading_init(&m.r, text, sink, why);
	reading_cursor(&cursor, text);
	cursor.limits.depth--; /* a body gets one level more */
	if (!walk(&m, &cursor, PART_NONE, "", &nobody, 0))
		reading_fault(&m.r, &cursor);
	enum err err = reading_end(&m.r, "MISP");

	buf_done(&m.container);
	reading_done(&m.r);
	return err;
}
