// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"
#include "formats/misp_map.h"
#include "formats/stix_face.h"
#include "intel/extract.h"
#include "intel/value.h"

/* SCOs of which one property is the value. */
static const struct {
	str type;
	const char *property;
	enum value_kind kind; /* VALUE_NONE: an address, by its look */
} observables[] = {
    {STR_INIT("ipv4-addr"), "value", VALUE_NONE},
    {STR_INIT("ipv6-addr"), "value", VALUE_NONE},
    {STR_INIT("domain-name"), "value", VALUE_DOMAIN},
    {STR_INIT("url"), "value", VALUE_URL},
    {STR_INIT("email-addr"), "value", VALUE_EMAIL},
    {STR_INIT("mac-addr"), "value", VALUE_MAC},
    {STR_INIT("mutex"), "name", VALUE_MUTEX},
    {STR_INIT("windows-registry-key"), "key", VALUE_REGKEY},
    {STR_INIT("file"), "name", VALUE_FILENAME},
    {STR_INIT("vulnerability"), "name", VALUE_CVE},
};
static const struct {
	str name;
	enum value_kind kind;
} hashes[] = {
    {STR_INIT("MD5"), VALUE_MD5},        {STR_INIT("SHA-1"), VALUE_SHA1},
    {STR_INIT("SHA-256"), VALUE_SHA256}, {STR_INIT("SHA-512"), VALUE_SHA512},
    {STR_INIT("SSDEEP"), VALUE_SSDEEP},
};

struct values {
	struct arena *a;
	VEC(struct face_value) list;
};

/* Keeps a value that has a canonical spelling; what has none says nothing to a machine. */
static void add(struct values *v, enum value_kind k, str text)
{
	str canonical;

	if (k == VALUE_IPV4 || k == VALUE_NONE) {
		k = value_guess(text);
		if (k != VALUE_IPV4 && k != VALUE_IPV6 && k != VALUE_CIDR4 && k != VALUE_CIDR6)
			return;
	}
	if (k != VALUE_OTHER && value_canonical(v->a, k, text, &canonical, NULL) == ERR_OK)
		vec_add(v->a, &v->list, (struct face_value){(int)k, canonical});
}

static enum err from_stix(struct values *v, const struct json *o, struct face_values *out)
{
	str type = json_get_str(o, "type");
	const struct json *sums = json_get_c(o, "hashes");
	str language = json_get_str(o, "pattern_type");

	out->comment = json_get_str(o, "description");
	if (!out->comment.n)
		out->comment = json_get_str(o, "name");
	if (str_eq(type, STR("indicator"))) {
		struct pattern_value *found = NULL;
		size_t n = 0;

		out->to_ids = true;
		out->first_seen = json_get_str(o, "valid_from");
		if (language.n && !str_eq(language, STR("stix")))
			return ERR_OK;
		/* A pattern we cannot read has no values for us: the caller counts the record as
		 * lost. */
		if (pattern_values(v->a, json_get_str(o, "pattern"), &found, &n, NULL) != ERR_OK)
			return ERR_OK;
		for (size_t i = 0; i < n; i++)
			vec_add(v->a, &v->list,
				(struct face_value){(int)found[i].kind, found[i].canonical});
		return ERR_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(observables); i++)
		if (str_eq(observables[i].type, type) && json_get_str(o, observables[i].property).n)
			add(v, observables[i].kind, json_get_str(o, observables[i].property));
	for (size_t i = 0; i < ARRAY_LEN(hashes) && str_eq(type, STR("file")); i++)
		if (json_str(json_get(sums, hashes[i].name)).n)
			add(v, hashes[i].kind, json_str(json_get(sums, hashes[i].name)));
	int64_t number = json_get_i64(o, "number", -1);

	if (str_eq(type, STR("autonomous-system")) && number >= 0)
		add(v, VALUE_ASN, arena_printf(v->a, "AS%lld", (long long)number));
	return ERR_OK;
}

static void from_misp(struct values *v, const struct json *body, struct face_values *out)
{
	str name = STR_NULL;
	const struct json *e = misp_element(body, &name), *value = json_get_c(e, "value");

	if (!e || !str_eq(name, STR("Attribute")) ||
	    !(json_is(value, JSON_STRING) || json_is(value, JSON_NUMBER)))
		return;
	str type = json_get_str(e, "type"), part[2];
	const struct misp_type *row = misp_type_find(type);
	size_t n = misp_value_parts(type, (str){value->text, value->n}, part);

	out->comment = json_get_str(e, "comment");
	out->first_seen = json_get_str(e, "first_seen");
	out->last_seen = json_get_str(e, "last_seen");
	if (!row)
		return;
	if (row->kind != VALUE_NONE)
		add(v, row->kind, part[0]);
	if (n == 2 && row->kind2 != VALUE_NONE)
		add(v, row->kind2, part[1]);
}

enum err face_values(struct arena *a, const struct format_record *r, struct face_values *ret,
		     struct why *why)
{
	struct values v = {.a = a};
	struct face_values out = {0};
	struct json body;
	enum err err = json_parse(a, r->body, NULL, &body, why);

	if (err)
		return err;
	switch (r->form) {
	case FORM_STIX:
		err = from_stix(&v, &body, &out);
		break;
	case FORM_MISP:
		out.to_ids = str_eq(r->type, STR("indicator"));
		from_misp(&v, &body, &out);
		break;
	case FORM_OWN:
		out.comment = json_get_str(&body, "comment");
		out.first_seen = json_get_str(&body, "first_seen");
		out.last_seen = json_get_str(&body, "last_seen");
		if (json_get_str(&body, "value").n &&
		    value_kind_parse(json_get_str(&body, "kind")) != VALUE_NONE)
			add(&v, value_kind_parse(json_get_str(&body, "kind")),
			    json_get_str(&body, "value"));
		break;
	}
	if (err)
		return err;
	out.p = v.list.p;
	out.n = v.list.n;
	*ret = out;
	return ERR_OK;
}
