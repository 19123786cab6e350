// SPDX-License-Identifier: Apache-2.0
/* The mapping follows the misp-stix documents: attribute -> indicator by to_ids, else observed-data
 * with its SCOs; event -> report when published, else grouping; object -> a custom object that
 * names its parts; event report -> note. */
#include "formats/stix_face.h"

#include "formats/formats_internal.h"
#include "formats/misp_map.h"

/* MISP types whose value is a rule in a language that STIX knows (pattern-type-ov). */
static const struct {
	str type;
	str pattern_type;
} languages[] = {
    {STR_INIT("yara"), STR_INIT("yara")},          {STR_INIT("sigma"), STR_INIT("sigma")},
    {STR_INIT("snort"), STR_INIT("snort")},        {STR_INIT("suricata"), STR_INIT("suricata")},
    {STR_INIT("stix2-pattern"), STR_INIT("stix")}, {STR_INIT("pcre"), STR_INIT("pcre")},
};

str stix_id(struct arena *a, str type, struct uuid uid)
{
	char text[UUID_TEXT];

	uuid_text(uid, text);
	return arena_printf(a, "%.*s--%.*s", STR_ARG(type), UUID_TEXT, text);
}

static void put(struct arena *a, struct json *o, const char *key, str v)
{
	if (v.n)
		json_set(a, o, str_c(key), json_string(v));
}

int stix_marked(const struct json *o)
{
	const struct json *refs = json_get_c(o, "object_marking_refs");
	int level = -1;

	for (size_t i = 0; json_is(refs, JSON_ARRAY) && i < json_count(refs); i++) {
		str type;
		struct uuid id;
		int t = -1;

		if (id_parse(json_str(json_at(refs, i)), &type, &id) == ERR_OK)
			t = tlp_marking(id);
		level = t > level ? t : level;
	}
	return level;
}

void stix_mark(struct arena *a, struct json *o, enum tlp tlp)
{
	struct json refs = json_array();
	const struct json *old = json_get_c(o, "object_marking_refs");

	/* A marking-definition may not mark itself, and bundles' TLP objects need none. */
	if (str_eq(json_get_str(o, "type"), STR("marking-definition")) || stix_marked(o) >= 0)
		return;
	for (size_t i = 0; json_is(old, JSON_ARRAY) && i < json_count(old); i++)
		json_add(a, &refs, *json_at(old, i));
	json_add(a, &refs, json_string(tlp_marking_id(tlp)));
	json_set(a, o, STR("object_marking_refs"), refs);
}

const struct json *misp_element(const struct json *body, str *ret_name)
{
	static const char *const names[] = {"Attribute", "Event", "Object", "EventReport"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct json *v = json_get_c(body, names[i]);

		if (json_is(v, JSON_OBJECT)) {
			*ret_name = str_c(names[i]);
			return v;
		}
	}
	return NULL;
}

static str face_time(struct arena *a, const struct json *e, const struct format_record *r)
{
	int64_t us = seconds_us(json_get_c(e, "timestamp"));

	if (!us)
		us = r->modified_us ? r->modified_us : r->created_us;
	return time_text_short(a, us);
}

/* A time of the element in STIX spelling, or the fallback. */
static str seen_time(struct arena *a, const struct json *e, const char *key, str fallback)
{
	int64_t us;

	return time_parse(json_get_str(e, key), &us) == ERR_OK ? time_text_short(a, us) : fallback;
}

/* type, id, times; the labels carry what STIX has no place for. */
static struct json begin(struct arena *a, const char *type, const struct json *e,
			 const struct format_record *r)
{
	struct json o = json_object();
	str t = face_time(a, e, r);

	put(a, &o, "type", str_c(type));
	put(a, &o, "spec_version", STR("2.1"));
	put(a, &o, "id", stix_id(a, str_c(type), r->uid));
	put(a, &o, "created", t);
	put(a, &o, "modified", t);
	if (r->revoked)
		json_set(a, &o, STR("revoked"), json_from_bool(true));
	return o;
}

static void labels(struct arena *a, struct json *o, const struct json *e)
{
	static const char *const fields[] = {"type", "category"};
	const struct json *tags = json_get_c(e, "Tag");
	struct json list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		str v = json_get_str(e, fields[i]);

		if (v.n)
			json_add(a, &list,
				 json_string(
				     arena_printf(a, "misp:%s=\"%.*s\"", fields[i], STR_ARG(v))));
	}
	for (size_t i = 0; json_is(tags, JSON_ARRAY) && i < json_count(tags); i++) {
		str name = json_get_str(json_at(tags, i), "name");

		if (name.n && tlp_word(name) == -1)
			json_add(a, &list, json_string(name));
	}
	if (json_count(&list))
		json_set(a, o, STR("labels"), list);
}

static str attribute_value(const struct json *e)
{
	const struct json *v = json_get_c(e, "value");

	return json_is(v, JSON_STRING) || json_is(v, JSON_NUMBER) ? (str){v->text, v->n} : STR_NULL;
}

static void face_indicator(struct arena *a, const struct json *e, const struct format_record *r,
			   struct stix_objects *ret)
{
	struct json o = begin(a, "indicator", e, r);
	str type = json_get_str(e, "type"), value = attribute_value(e),
	    pattern = misp_pattern(a, type, value);
	str pattern_type = STR("stix");

	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		if (!str_eq(languages[i].type, type))
			continue;
		pattern = value;
		pattern_type = languages[i].pattern_type;
	}
	if (!pattern.n) {
		str quoted_type = pattern_quote(a, type), quoted = pattern_quote(a, value);

		pattern = arena_printf(
		    a, "[x-misp-attribute:type = %.*s AND x-misp-attribute:value = %.*s]",
		    STR_ARG(quoted_type), STR_ARG(quoted));
		ret->loss =
		    "indicators whose MISP type has no STIX pattern, written as x-misp-attribute";
		ret->loss_subject = type;
	}
	put(a, &o, "name", str_slice(value, 0, 200).n == value.n ? value : type);
	put(a, &o, "description", json_get_str(e, "comment"));
	put(a, &o, "pattern", pattern);
	put(a, &o, "pattern_type", pattern_type);
	if (str_eq(pattern_type, STR("stix")))
		put(a, &o, "pattern_version", STR("2.1"));
	put(a, &o, "valid_from", seen_time(a, e, "first_seen", json_get_str(&o, "created")));
	labels(a, &o, e);
	ret->o[ret->n++] = o;
}

static void face_vulnerability(struct arena *a, const struct json *e, const struct format_record *r,
			       struct stix_objects *ret)
{
	struct json o = begin(a, "vulnerability", e, r), ref = json_object(), list = json_array();
	str value = attribute_value(e);

	put(a, &o, "name", value);
	put(a, &o, "description", json_get_str(e, "comment"));
	if (str_starts(value, STR("CVE-"))) {
		put(a, &ref, "source_name", STR("cve"));
		put(a, &ref, "external_id", value);
		json_add(a, &list, ref);
		json_set(a, &o, STR("external_references"), list);
	}
	labels(a, &o, e);
	ret->o[ret->n++] = o;
}

static void face_custom_attribute(struct arena *a, const struct json *e,
				  const struct format_record *r, struct stix_objects *ret)
{
	struct json o = begin(a, "x-misp-attribute", e, r);

	put(a, &o, "x_misp_type", json_get_str(e, "type"));
	put(a, &o, "x_misp_category", json_get_str(e, "category"));
	put(a, &o, "x_misp_value", attribute_value(e));
	put(a, &o, "x_misp_comment", json_get_str(e, "comment"));
	labels(a, &o, e);
	ret->o[ret->n++] = o;
	ret->loss = "attributes whose MISP type has no STIX object, written as x-misp-attribute";
	ret->loss_subject = json_get_str(e, "type");
}

static void face_observed(struct arena *a, const struct json *e, const struct format_record *r,
			  struct stix_objects *ret)
{
	struct json sco[3], o = begin(a, "observed-data", e, r), refs = json_array();
	str type = json_get_str(e, "type"), created = json_get_str(&o, "created");
	size_t n = misp_observables(a, type, attribute_value(e), sco);
	str first = seen_time(a, e, "first_seen", created),
	    last = seen_time(a, e, "last_seen", first);

	if (!n) {
		face_custom_attribute(a, e, r, ret);
		return;
	}
	put(a, &o, "first_observed", first);
	/* STIX 2.1 section 4.14: last_observed is not before first_observed; spellings of one zone
	 * compare as text. */
	put(a, &o, "last_observed", str_cmp(last, first) < 0 ? first : last);
	json_set(a, &o, STR("number_observed"), json_from_i64(a, 1));
	for (size_t i = 0; i < n; i++)
		json_add(a, &refs, *json_get_c(&sco[i], "id"));
	json_set(a, &o, STR("object_refs"), refs);
	labels(a, &o, e);
	ret->o[ret->n++] = o;
	for (size_t i = 0; i < n; i++)
		ret->o[ret->n++] = sco[i];
}

static struct json ref_list(struct arena *a, const str *refs, size_t n)
{
	struct json list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(a, &list, json_string(refs[i]));
	return list;
}

/* The organisation that created the event, as an identity; its id for created_by_ref. Empty when it
 * names none. */
static str face_creator(struct arena *a, const struct json *e, str created,
			struct stix_objects *ret)
{
	const struct json *org = json_get_c(e, "Orgc");
	struct json o = json_object();
	struct uuid uid;
	str name = json_get_str(org, "name");

	if (!name.n || uuid_parse(json_get_str(org, "uuid"), &uid) != ERR_OK)
		return STR_NULL;
	str id = stix_id(a, STR("identity"), uid);

	put(a, &o, "type", STR("identity"));
	put(a, &o, "spec_version", STR("2.1"));
	put(a, &o, "id", id);
	put(a, &o, "created", created);
	put(a, &o, "modified", created);
	put(a, &o, "name", name);
	put(a, &o, "identity_class", STR("organization"));
	ret->o[ret->n++] = o;
	return id;
}

static void face_event(struct arena *a, const struct json *e, const struct format_record *r,
		       const str *refs, size_t n, struct stix_objects *ret)
{
	bool published = str_eq(r->type, STR("report"));
	struct json o = begin(a, published ? "report" : "grouping", e, r);
	str created = json_get_str(&o, "created"), info = json_get_str(e, "info"),
	    own = json_get_str(&o, "id");
	size_t at = ret->n++;
	str creator = face_creator(a, e, created, ret);

	put(a, &o, "created_by_ref", creator);
	put(a, &o, "name", info.n ? info : STR("MISP event"));
	if (published)
		put(a, &o, "published", created);
	else
		put(a, &o, "context", STR("suspicious-activity"));
	/* object_refs is never empty: an event whose parts are not seen names its creator, or
	 * itself. */
	json_set(a, &o, STR("object_refs"),
		 n ? ref_list(a, refs, n) : ref_list(a, creator.n ? &creator : &own, 1));
	labels(a, &o, e);
	ret->o[at] = o;
}

static void face_object(struct arena *a, const struct json *e, const struct format_record *r,
			const str *refs, size_t n, struct stix_objects *ret)
{
	struct json o = begin(a, "x-misp-object", e, r);

	put(a, &o, "x_misp_name", json_get_str(e, "name"));
	put(a, &o, "x_misp_meta_category", json_get_str(e, "meta-category"));
	put(a, &o, "x_misp_template_uuid", json_get_str(e, "template_uuid"));
	put(a, &o, "x_misp_comment", json_get_str(e, "comment"));
	if (n)
		json_set(a, &o, STR("object_refs"), ref_list(a, refs, n));
	labels(a, &o, e);
	ret->o[ret->n++] = o;
}

static void face_note(struct arena *a, const struct json *e, const struct format_record *r,
		      const str *refs, size_t n, struct stix_objects *ret)
{
	struct json o = begin(a, "note", e, r);
	str content = json_get_str(e, "content"), self = json_get_str(&o, "id");
	str event = uuid_is_zero(r->parent) ? self : stix_id(a, STR("grouping"), r->parent);

	put(a, &o, "abstract", json_get_str(e, "name"));
	put(a, &o, "content", content.n ? content : STR("-"));
	json_set(a, &o, STR("object_refs"), n ? ref_list(a, refs, n) : ref_list(a, &event, 1));
	labels(a, &o, e);
	ret->o[ret->n++] = o;
}

static enum err misp_objects(struct arena *a, const struct json *body,
			     const struct format_record *r, const str *refs, size_t n,
			     struct stix_objects *ret, struct why *why)
{
	str name = STR_NULL;
	const struct json *e = misp_element(body, &name);

	if (!e)
		return why_set(why, ERR_INVALID, "the record is not a MISP element");
	if (str_eq(name, STR("Event")))
		face_event(a, e, r, refs, n, ret);
	else if (str_eq(name, STR("Object")))
		face_object(a, e, r, refs, n, ret);
	else if (str_eq(name, STR("EventReport")))
		face_note(a, e, r, refs, n, ret);
	else if (str_eq(r->type, STR("indicator")))
		face_indicator(a, e, r, ret);
	else if (str_eq(json_get_str(e, "type"), STR("vulnerability")))
		face_vulnerability(a, e, r, ret);
	else
		face_observed(a, e, r, ret);
	return ERR_OK;
}

/* A record of ours as a custom object: the common properties and its own fields. */
static void own_object(struct arena *a, const struct json *body, const struct format_record *r,
		       struct stix_objects *ret)
{
	struct json o = json_object();
	struct json sco;

	if (str_eq(r->type, STR("x-hikeshi-observable")) &&
	    value_observable(a, value_kind_parse(json_get_str(body, "kind")),
			     json_get_str(body, "value"), &sco)) {
		ret->o[ret->n++] = sco;
		return;
	}
	put(a, &o, "type", r->type);
	put(a, &o, "spec_version", STR("2.1"));
	put(a, &o, "id", stix_id(a, r->type, r->uid));
	put(a, &o, "created", time_text_short(a, r->created_us));
	put(a, &o, "modified", time_text_short(a, r->modified_us ? r->modified_us : r->created_us));
	for (size_t i = 0; json_is(body, JSON_OBJECT) && i < json_count(body); i++)
		if (!json_get(&o, body->members[i].key))
			json_set(a, &o, body->members[i].key, body->members[i].value);
	ret->o[ret->n++] = o;
}

enum err stix_objects(struct arena *a, const struct format_record *r, const str *refs,
		      size_t n_refs, struct stix_objects *ret, struct why *why)
{
	struct stix_objects out = {.n = 0};
	struct json body;
	enum err err = json_parse(a, r->body, NULL, &body, why);

	if (err)
		return err;
	switch (r->form) {
	case FORM_STIX:
		out.o[out.n++] = body;
		break;
	case FORM_MISP:
		err = misp_objects(a, &body, r, refs, n_refs, &out, why);
		break;
	case FORM_OWN:
		own_object(a, &body, r, &out);
		break;
	}
	if (err)
		return err;
	for (size_t i = 0; i < out.n; i++)
		stix_mark(a, &out.o[i], r->tlp);
	out.id = json_get_str(&out.o[0], "id");
	*ret = out;
	return ERR_OK;
}

/* The API shows an observable under its own name, with its value in plain sight. */
static struct json observable_face(struct arena *a, const struct json *e,
				   const struct format_record *r)
{
	struct json o = begin(a, "x-hikeshi-observable", e, r);
	str type = json_get_str(e, "type");
	const struct misp_type *row = misp_type_find(type);

	put(a, &o, "kind", row && row->kind != VALUE_NONE ? value_kind_name(row->kind) : STR_NULL);
	put(a, &o, "value", attribute_value(e));
	put(a, &o, "misp_type", type);
	put(a, &o, "category", json_get_str(e, "category"));
	put(a, &o, "comment", json_get_str(e, "comment"));
	put(a, &o, "first_seen", seen_time(a, e, "first_seen", STR_NULL));
	put(a, &o, "last_seen", seen_time(a, e, "last_seen", STR_NULL));
	labels(a, &o, e);
	return o;
}

enum err stix_face(struct arena *a, const struct catalog *c, const struct format_record *r,
		   struct json *ret, struct why *why)
{
	struct stix_objects all;
	str *refs = arena_array(a, str, r->n_refs + 1), name = STR_NULL;
	struct json body;
	enum err err;

	(void)c;
	for (size_t i = 0; i < r->n_refs; i++)
		refs[i] = stix_id(a, r->ref_types[i], r->refs[i]);
	if (r->form == FORM_MISP && str_eq(r->type, STR("x-hikeshi-observable"))) {
		err = json_parse(a, r->body, NULL, &body, why);
		if (err)
			return err;
		const struct json *e = misp_element(&body, &name);

		if (!e || !str_eq(name, STR("Attribute")))
			return why_set(why, ERR_INVALID, "the record is not a MISP attribute");
		struct json o = observable_face(a, e, r);

		stix_mark(a, &o, r->tlp);
		*ret = o;
		return ERR_OK;
	}
	err = stix_objects(a, r, refs, r->n_refs, &all, why);
	if (!err)
		*ret = all.o[0];
	return err;
}
