// SPDX-License-Identifier: Apache-2.0
/* STIX 2.1 (OASIS Standard, June 2021) and 2.0: bundles, TAXII envelopes, single objects and arrays
 * of these. */
#include "formats/formats_internal.h"

#include <stdio.h>

#define TLP2_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
#define WALK_DEPTH 8
#define FIND_BYTES ((size_t)1 << 20)

struct stix {
	struct id_key key;
	struct reading r;
	struct u64map
	    marks; /* marking-definitions of this text: level + 2; 1: says nothing about sharing */
};
enum { MARK_HARMLESS = 1, MARK_UNKNOWN = 0, MARK_TLP = 2 };

/* Properties that STIX 2.1 requires beside type and id; SCOs need no created and modified. */
static const struct {
	str type;
	bool observable;
	const char *required[4];
} rules[] = {
    {STR_INIT("indicator"), false, {"pattern"}},
    {STR_INIT("relationship"), false, {"relationship_type", "source_ref", "target_ref"}},
    {STR_INIT("sighting"), false, {"sighting_of_ref"}},
    {STR_INIT("malware"), false, {0}},
    {STR_INIT("attack-pattern"), false, {"name"}},
    {STR_INIT("campaign"), false, {"name"}},
    {STR_INIT("course-of-action"), false, {"name"}},
    {STR_INIT("grouping"), false, {"object_refs", "context"}},
    {STR_INIT("identity"), false, {"name"}},
    {STR_INIT("infrastructure"), false, {"name"}},
    {STR_INIT("incident"), false, {"name"}},
    {STR_INIT("intrusion-set"), false, {"name"}},
    {STR_INIT("location"), false, {0}},
    {STR_INIT("malware-analysis"), false, {"product"}},
    {STR_INIT("note"), false, {"object_refs"}},
    {STR_INIT("observed-data"), false, {"first_observed", "last_observed", "number_observed"}},
    {STR_INIT("opinion"), false, {"opinion"}},
    {STR_INIT("report"), false, {"name", "object_refs"}},
    {STR_INIT("threat-actor"), false, {"name"}},
    {STR_INIT("tool"), false, {"name"}},
    {STR_INIT("vulnerability"), false, {"name"}},
    {STR_INIT("domain-name"), true, {"value"}},
    {STR_INIT("email-addr"), true, {"value"}},
    {STR_INIT("ipv4-addr"), true, {"value"}},
    {STR_INIT("ipv6-addr"), true, {"value"}},
    {STR_INIT("mac-addr"), true, {"value"}},
    {STR_INIT("url"), true, {"value"}},
    {STR_INIT("mutex"), true, {"name"}},
    {STR_INIT("autonomous-system"), true, {"number"}},
    {STR_INIT("directory"), true, {"path"}},
    {STR_INIT("software"), true, {"name"}},
};

/* STIX 2.1 section 7.2.1: what a marking-definition says about sharing. */
static unsigned definition_meaning(const struct json *o)
{
	str kind = json_get_str(o, "definition_type");
	const struct json *ext = json_path(o, "extensions", TLP2_EXTENSION, "tlp_2_0", NULL);
	char word[40];
	str level = ext ? json_str(ext) : json_str(json_path(o, "definition", "tlp", NULL));
	int n = snprintf(word, sizeof(word), "tlp:%.*s", (int)(level.n > 30 ? 30 : level.n),
			 level.n ? level.p : "");
	int t = level.n ? tlp_word((str){word, (size_t)n}) : -1;

	if (t >= 0)
		return MARK_TLP + (unsigned)t;
	return str_eq(kind, STR("statement")) && !level.n ? MARK_HARMLESS : MARK_UNKNOWN;
}

static void remember_definition(struct stix *s, const struct json *o)
{
	str type;
	struct uuid id;
	bool fresh = false;

	if (id_parse(json_get_str(o, "id"), &type, &id) != ERR_OK ||
	    !str_eq(type, STR("marking-definition")))
		return;
	union map_value *v = u64map_put(&s->marks, id_hash(&s->key, id), &fresh);
	unsigned m = definition_meaning(o);

	/* Two definitions of one id in a text: the stricter, and the unknown before all. */
	if (fresh || m == MARK_UNKNOWN || (v->u != MARK_UNKNOWN && m > v->u))
		v->u = m;
}

/* The object around the word at `hit`: the members before its type are flat in all but odd texts;
 * where this guesses wrong the marking stays unknown, which is the strict side. */
static str object_around(str text, size_t hit)
{
	size_t open = hit, depth = 0, end;

	while (open > 0 && hit - open < 65536 && !(text.p[open] == '{' && depth == 0)) {
		depth += text.p[open] == '}';
		depth -= text.p[open] == '{';
		open--;
	}
	end = text.p[open] == '{' ? value_end(NULL, str_slice(text, 0, open + ELEMENT_BYTES), open)
				  : 0;
	return end > hit ? str_slice(text, open, end - open) : STR_NULL;
}

/* The next place of word from `from` on. */
static bool find_word(struct stix *s, str word, size_t from, size_t *ret)
{
	str text = s->r.text;

	for (; from < text.n; from += FIND_BYTES) {
		ptrdiff_t at = str_find(str_slice(text, from, FIND_BYTES + word.n - 1), word);

		reading_passed(&s->r, from);
		if (at < 0)
			continue;
		*ret = from + (size_t)at;
		return true;
	}
	return false;
}

/* Definitions may follow the objects that they mark, so they are found before anything is handed
 * out. */
static void find_definitions(struct stix *s)
{
	const str word = STR("\"marking-definition\"");
	const struct json_limits limits = {
	    .depth = ELEMENT_DEPTH, .nodes = 10000, .bytes = ELEMENT_BYTES};
	str text = s->r.text;
	/* Hostile text could make every hit cost a megabyte. */
	size_t work = 4 * text.n + 4 * ELEMENT_BYTES;
	size_t hit;

	for (size_t from = 0; find_word(s, word, from, &hit);) {
		str around = object_around(text, hit);
		size_t cost = around.n ? around.n : ELEMENT_BYTES;
		struct json o;

		if (cost > work)
			return;
		work -= cost;
		arena_reset(&s->r.scratch);
		if (around.n && json_parse(&s->r.scratch, around, &limits, &o, NULL) == ERR_OK)
			remember_definition(s, &o);
		from = hit + word.n;
	}
}

static void join_marking(struct stix *s, const struct json *ref, struct format_element *e)
{
	str type;
	struct uuid id;
	unsigned meaning = MARK_UNKNOWN;

	if (id_parse(json_str(ref), &type, &id) == ERR_OK &&
	    str_eq(type, STR("marking-definition"))) {
		int t = tlp_marking(id);
		union map_value *v = u64map_get(&s->marks, id_hash(&s->key, id));

		if (t >= 0)
			meaning = MARK_TLP + (unsigned)t;
		else if (v)
			meaning = (unsigned)v->u;
	}
	if (meaning == MARK_HARMLESS)
		return;
	if (meaning == MARK_UNKNOWN) {
		e->tlp = TLP_RED;
		e->tlp_unknown = true;
	} else if ((int)meaning - MARK_TLP > e->tlp) {
		e->tlp = (int)meaning - MARK_TLP;
	}
}

static void element_tlp(struct stix *s, const struct json *o, struct format_element *e)
{
	const struct json *refs = json_get_c(o, "object_marking_refs"),
			  *parts = json_get_c(o, "granular_markings");

	for (size_t i = 0; json_is(refs, JSON_ARRAY) && i < json_count(refs); i++)
		join_marking(s, json_at(refs, i), e);
	for (size_t i = 0; json_is(parts, JSON_ARRAY) && i < json_count(parts); i++) {
		const struct json *ref = json_get_c(json_at(parts, i), "marking_ref");

		if (ref)
			join_marking(s, ref, e);
	}
}

/* NULL, or why the object cannot be taken. */
static const char *object_fault(const struct json *o, char *room, size_t room_bytes, str *type,
				struct uuid *uid)
{
	str named = json_get_str(o, "type"), id = json_get_str(o, "id"),
	    version = json_get_str(o, "spec_version");
	int64_t us;

	if (!json_is(o, JSON_OBJECT))
		return "not an object";
	if (!named.n)
		return "no type";
	if (!id.n)
		return "no id";
	if (id_parse(id, type, uid) != ERR_OK || uuid_is_zero(*uid))
		return "the id is not type--UUID";
	if (!str_eq(named, *type))
		return "the id does not begin with the type";
	if (json_get_c(o, "spec_version") && !str_eq(version, STR("2.1")) &&
	    !str_eq(version, STR("2.0")))
		return "spec_version is neither 2.0 nor 2.1";
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (!str_eq(rules[i].type, *type))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(rules[i].required) && rules[i].required[k]; k++) {
			if (json_get_c(o, rules[i].required[k]))
				continue;
			(void)snprintf(room, room_bytes, "no %s", rules[i].required[k]);
			return room;
		}
		if (!rules[i].observable && time_parse(json_get_str(o, "created"), &us) != ERR_OK)
			return "created is missing or not a time";
		if (!rules[i].observable && time_parse(json_get_str(o, "modified"), &us) != ERR_OK)
			return "modified is missing or not a time";
		return NULL;
	}
	if (json_get_c(o, "modified") && time_parse(json_get_str(o, "modified"), &us) != ERR_OK)
		return "modified is not a time";
	return NULL;
}

static bool object_emit(struct stix *s, const struct json *o, str raw, size_t at)
{
	struct format_element e = {.form = FORM_STIX, .tlp = -1, .parent = -1, .at = at};
	char room[64];
	const char *fault = object_fault(o, room, sizeof(room), &e.type, &e.uid);
	int64_t us = 0;

	if (fault) {
		reading_refuse(&s->r, at, fault);
		return true;
	}
	buf_clear(&s->r.body);
	json_squeeze(&s->r.body, raw);
	e.body = buf_str(&s->r.body);
	e.tree = o;
	if (time_parse(json_get_str(o, "modified"), &us) == ERR_OK)
		e.modified_us = us;
	e.revoked = json_get_bool(o, "revoked", false);
	element_tlp(s, o, &e);
	return reading_emit(&s->r, &e, NULL);
}

static bool walk(struct stix *s, struct json_cursor *c, const char *prefix, int depth);

/* The cursor stands before an array of objects. */
static bool walk_array(struct stix *s, struct json_cursor *c, const char *prefix, int depth)
{
	char path[160];

	if (!json_cursor_enter_array(c))
		return false;
	for (size_t i = 0; json_cursor_item(c); i++) {
		path_item(path, sizeof(path), prefix, i);
		if (!walk(s, c, path, depth + 1))
			return false;
	}
	return c->err == ERR_OK;
}

/* True if the object at the cursor holds others: a bundle or an envelope. */
static bool is_container(const struct json_cursor *at, struct arena *a)
{
	struct json_cursor c = *at;
	str key;
	struct json v;

	if (!json_cursor_enter_object(&c))
		return false;
	while (json_cursor_key(&c, a, &key)) {
		if (str_eq(key, STR("objects")))
			return json_cursor_peek(&c) == JSON_ARRAY;
		if (str_eq(key, STR("type"))) {
			if (!json_cursor_value(&c, a, &v))
				return false;
			if (!str_eq(json_str(&v), STR("bundle")))
				return false;
			continue;
		}
		if (!json_cursor_skip(&c))
			return false;
	}
	return false;
}

static bool walk_container(struct stix *s, struct json_cursor *c, const char *prefix, int depth)
{
	char path[160];
	str key;

	(void)snprintf(path, sizeof(path), "%s%sobjects", prefix, *prefix ? "." : "");
	if (!json_cursor_enter_object(c))
		return false;
	/* The key is short-lived: walk_array resets the arena that holds it. */
	while (json_cursor_key(c, &s->r.scratch, &key)) {
		bool ok = str_eq(key, STR("objects")) && json_cursor_peek(c) == JSON_ARRAY
			      ? walk_array(s, c, path, depth + 1)
			      : json_cursor_skip(c);

		if (!ok)
			return false;
	}
	return c->err == ERR_OK;
}

static bool walk_object(struct stix *s, struct json_cursor *c, const char *path)
{
	struct json o;
	str raw;
	size_t at;

	reading_path_is(&s->r, path);
	switch (reading_value(&s->r, c, &o, &raw, &at)) {
	case STEP_OK:
		return object_emit(s, &o, raw, at);
	case STEP_SKIPPED:
		return true;
	case STEP_END:
		break;
	}
	return false;
}

static bool walk(struct stix *s, struct json_cursor *c, const char *prefix, int depth)
{
	struct json_cursor before = *c;
	enum json_type t = json_cursor_peek(c);
	bool ok;

	if (c->err)
		return false;
	if (depth < WALK_DEPTH && t == JSON_ARRAY)
		ok = walk_array(s, c, prefix, depth);
	else if (depth < WALK_DEPTH && t == JSON_OBJECT && is_container(c, &s->r.scratch))
		ok = walk_container(s, c, prefix, depth);
	else
		return walk_object(s, c, prefix);
	return ok || reading_recover(&s->r, c, &before, prefix);
}

enum err stix_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why)
{
	struct stix s = {0};
	struct json_cursor cursor;

	(void)c;
	reading_init(&s.r, text, sink, why);
	s.key = id_key_new();
	u64map_init(&s.marks);
	find_definitions(&s);
	reading_cursor(&cursor, text);
	if (!walk(&s, &cursor, "", 0))
		reading_fault(&s.r, &cursor);
	enum err err = reading_end(&s.r, "STIX");

	u64map_done(&s.marks);
	reading_done(&s.r);
	return err;
}
