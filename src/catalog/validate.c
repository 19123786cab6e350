// SPDX-License-Identifier: Apache-2.0
/* validate: bodies against the schema subset of catalog.h. One pass over the body; look-ups in a
 * schema are bounded by the schema's size; sets of unique items go through a hash map. */
#include "base/codec.h"
#include "base/id.h"
#include "catalog/catalog_internal.h"
#include "catalog/fault.h"

#define DEPTH_MAX 64

static void check_value(struct checker *k, const struct json *schema, const struct json *v,
			const struct frame *at);

static const struct {
	str name;
	unsigned json; /* bits of enum json_type */
	str en, ja;
} types[] = {
    {STR_INIT("string"), 1U << JSON_STRING, STR_INIT("must be text"),
     STR_INIT("は文字列で指定してください")},
    {STR_INIT("integer"), 1U << JSON_NUMBER, STR_INIT("must be a whole number"),
     STR_INIT("は整数で指定してください")},
    {STR_INIT("number"), 1U << JSON_NUMBER, STR_INIT("must be a number"),
     STR_INIT("は数値で指定してください")},
    {STR_INIT("boolean"), 1U << JSON_TRUE | 1U << JSON_FALSE, STR_INIT("must be true or false"),
     STR_INIT("は true か false で指定してください")},
    {STR_INIT("array"), 1U << JSON_ARRAY, STR_INIT("must be a list"),
     STR_INIT("は配列で指定してください")},
    {STR_INIT("object"), 1U << JSON_OBJECT, STR_INIT("must be an object"),
     STR_INIT("はオブジェクトで指定してください")},
};

static bool check_type(struct checker *k, const struct json *schema, const struct json *v,
		       const struct frame *at)
{
	str want = json_get_str(schema, "type");
	int64_t whole;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!str_eq(types[i].name, want))
			continue;
		if ((types[i].json >> v->type & 1) &&
		    (!str_eq(want, STR("integer")) || json_i64(v, &whole) == ERR_OK))
			return true;
		fault_add(k, at, schema, "type", types[i].en, types[i].ja);
		return false;
	}
	return true; /* a schema without type accepts anything */
}

static void check_length(struct checker *k, const struct json *schema, str s,
			 const struct frame *at)
{
	int64_t min = json_get_i64(schema, "minLength", 0),
		max = json_get_i64(schema, "maxLength", INT64_MAX);
	int64_t n;

	/* bytes are never fewer than characters: most texts need no counting */
	if ((int64_t)s.n <= max && (min == 0 || (min == 1 && s.n > 0)))
		return;
	n = (int64_t)utf8_count(s);
	if (n < min)
		fault_add(k, at, schema, "length",
			  n == 0 ? STR("must not be empty")
				 : arena_printf(k->arena, "needs at least %lld characters",
						(long long)min),
			  n == 0 ? STR("を入力してください")
				 : arena_printf(k->arena, "は%lld文字以上で入力してください",
						(long long)min));
	if (n > max)
		fault_add(k, at, schema, "length",
			  arena_printf(k->arena, "has %lld characters, at most %lld are allowed",
				       (long long)n, (long long)max),
			  arena_printf(k->arena, "は%lld文字以内で入力してください(現在%lld文字)",
				       (long long)max, (long long)n));
}

/* The codes a person may choose from, as far as they fit in a sentence. */
static str list_codes(struct arena *a, const struct json *codes, const char *member)
{
	size_t n = json_count(codes), shown = n > 16 ? 16 : n;
	BUF(out);

	for (size_t i = 0; i < shown; i++) {
		const struct json *v = json_at(codes, i);
		str code = member ? json_get_str(v, member) : json_str(v);

		if (i)
			buf_add(&out, STR(", "));
		buf_add(&out, code);
	}
	if (shown < n)
		buf_add(&out, STR(", …"));
	return arena_str(a, buf_str(&out));
}

static void fault_enum(struct checker *k, const struct json *schema, str got, str codes,
		       const struct frame *at)
{
	got = fault_quote(k->arena, got);
	fault_add(
	    k, at, schema, "enum",
	    arena_printf(k->arena, "is '%s', which is not one of: %.*s", got.p, STR_ARG(codes)),
	    arena_printf(k->arena, "の値「%s」は使えません。次のいずれかを指定してください: %.*s",
			 got.p, STR_ARG(codes)));
}

static void check_enum(struct checker *k, const struct json *schema, const struct json *v,
		       const struct frame *at)
{
	const struct json *codes = json_get_c(schema, "enum"),
			  *constant = json_get_c(schema, "const");

	if (constant && !json_eq(constant, v))
		fault_enum(k, schema, json_str(v), json_str(constant), at);
	if (!codes)
		return;
	for (size_t i = 0; i < json_count(codes); i++)
		if (json_eq(json_at(codes, i), v))
			return;
	fault_enum(k, schema, json_str(v), list_codes(k->arena, codes, NULL), at);
}

/* "type:incident,indicator" against "x-hikeshi-incident--…" */
static bool ref_accepts(str types_wanted, str type)
{
	str want;

	if (str_eq(types_wanted, STR("*")))
		return true;
	while (str_split(&types_wanted, ',', &want)) {
		str rest = type;

		if (str_eq(want, type))
			return true;
		if (str_skip_prefix(&rest, STR("x-hikeshi-")) && str_eq(want, rest))
			return true;
	}
	return false;
}

static void check_ref(struct checker *k, const struct json *schema, str s, const struct frame *at)
{
	str ref = json_get_str(schema, "ref"), type;
	struct uuid uuid;

	if (str_skip_prefix(&ref, STR("list:"))) {
		if (!catalog_code_item(k->catalog, ref, s))
			fault_enum(k, schema, s,
				   list_codes(k->arena,
					      json_get_c(catalog_list(k->catalog, ref), "items"),
					      "code"),
				   at);
		return;
	}
	if (!str_skip_prefix(&ref, STR("type:")))
		return;
	if (id_parse(s, &type, &uuid) != ERR_OK)
		fault_add(k, at, schema, "format", STR("must be an id like type--UUID"),
			  STR("は「種別--UUID」の形のIDで指定してください"));
	else if (!ref_accepts(ref, type))
		fault_add(
		    k, at, schema, "format",
		    arena_printf(k->arena, "must be the id of: %.*s", STR_ARG(ref)),
		    arena_printf(k->arena, "は次の種別のIDで指定してください: %.*s", STR_ARG(ref)));
}

static const struct {
	str format, en, ja;
} format_words[] = {
    {STR_INIT("date-time"), STR_INIT("must be a time like 2026-11-23T09:30:00Z"),
     STR_INIT("は 2026-11-23T09:30:00Z のような日時で指定してください")},
    {STR_INIT("uri"), STR_INIT("must be a URL with its scheme"),
     STR_INIT("はスキームを含むURLで指定してください")},
    {STR_INIT("email"), STR_INIT("must be a mail address"),
     STR_INIT("はメールアドレスで指定してください")},
    {STR_INIT("domain"), STR_INIT("must be a domain name"),
     STR_INIT("はドメイン名で指定してください")},
    {STR_INIT("cidr"), STR_INIT("must be an IP address or a network like 192.0.2.0/24"),
     STR_INIT("はIPアドレスか 192.0.2.0/24 のようなネットワークで指定してください")},
    {STR_INIT("id"), STR_INIT("must be an id like type--UUID"),
     STR_INIT("は「種別--UUID」の形のIDで指定してください")},
};

static void check_string(struct checker *k, const struct json *schema, const struct json *v,
			 const struct frame *at)
{
	str s = json_str(v), pattern = json_get_str(schema, "pattern"),
	    format = json_get_str(schema, "format");

	check_length(k, schema, s, at);
	if (pattern.n && !pattern_match(pattern, s))
		fault_add(
		    k, at, schema, "pattern",
		    arena_printf(k->arena, "does not match the form %.*s", STR_ARG(pattern)),
		    arena_printf(k->arena, "の形式が正しくありません(%.*s)", STR_ARG(pattern)));
	if (format.n && !format_match(format, s))
		for (size_t i = 0; i < ARRAY_LEN(format_words); i++)
			if (str_eq(format_words[i].format, format))
				fault_add(k, at, schema, "format", format_words[i].en,
					  format_words[i].ja);
	if (json_get_c(schema, "ref"))
		check_ref(k, schema, s, at);
}

static void check_number(struct checker *k, const struct json *schema, const struct json *v,
			 const struct frame *at)
{
	const struct json *min = json_get_c(schema, "minimum"),
			  *max = json_get_c(schema, "maximum");
	double value = 0, bound = 0;

	if (json_double(v, &value) != ERR_OK) {
		fault_add(k, at, schema, "range", STR("is out of range"),
			  STR("は扱える範囲を超えています"));
		return;
	}
	if (min && json_double(min, &bound) == ERR_OK && value < bound)
		fault_add(
		    k, at, schema, "range",
		    arena_printf(k->arena, "must be at least %.*s", (int)min->n, min->text),
		    arena_printf(k->arena, "は%.*s以上で指定してください", (int)min->n, min->text));
	if (max && json_double(max, &bound) == ERR_OK && value > bound)
		fault_add(
		    k, at, schema, "range",
		    arena_printf(k->arena, "must be at most %.*s", (int)max->n, max->text),
		    arena_printf(k->arena, "は%.*s以下で指定してください", (int)max->n, max->text));
}

static void check_unique(struct checker *k, const struct json *schema, const struct json *v,
			 const struct frame *at)
{
	struct map seen;

	map_init(&seen);
	for (size_t i = 0; i < json_count(v); i++) {
		BUF(text);
		bool was_new;

		json_write(&text, json_at(v, i));
		(void)map_put(&seen, arena_str(k->arena, buf_str(&text)), &was_new);
		if (!was_new) {
			fault_add(k, &(struct frame){at, STR_NULL, i}, schema, "items",
				  STR("occurs twice"), STR("が重複しています"));
			break;
		}
	}
	map_done(&seen);
}

static void check_array(struct checker *k, const struct json *schema, const struct json *v,
			const struct frame *at)
{
	const struct json *items = json_get_c(schema, "items");
	int64_t min = json_get_i64(schema, "minItems", 0),
		max = json_get_i64(schema, "maxItems", INT64_MAX);
	int64_t n = (int64_t)json_count(v);

	if (n < min)
		fault_add(k, at, schema, "items",
			  arena_printf(k->arena, "needs at least %lld entries", (long long)min),
			  arena_printf(k->arena, "は%lld件以上必要です", (long long)min));
	if (n > max) {
		fault_add(k, at, schema, "items",
			  arena_printf(k->arena, "has %lld entries, at most %lld are allowed",
				       (long long)n, (long long)max),
			  arena_printf(k->arena, "は%lld件以内で指定してください(現在%lld件)",
				       (long long)max, (long long)n));
		return;
	}
	for (size_t i = 0; items && i < json_count(v) && !fault_full(k); i++)
		check_value(k, items, json_at(v, i), &(struct frame){at, STR_NULL, i});
	if (json_get_bool(schema, "uniqueItems", false))
		check_unique(k, schema, v, at);
}

static void check_required(struct checker *k, const struct json *schema, const struct json *v,
			   const struct frame *at)
{
	const struct json *names = json_get_c(schema, "required"),
			  *one = json_get_c(schema, "oneRequired");
	const struct json *props = json_get_c(schema, "properties");
	str codes;

	for (size_t i = 0; !k->partial && i < json_count(names); i++) {
		str name = json_str(json_at(names, i));

		if (!json_get(v, name))
			fault_add(k, &(struct frame){at, name, 0}, json_get(props, name),
				  "required", STR("is required"), STR("は必須です"));
	}
	if (!one || k->partial)
		return;
	for (size_t i = 0; i < json_count(one); i++)
		if (json_get(v, json_str(json_at(one, i))))
			return;
	codes = list_codes(k->arena, one, NULL);
	fault_add(k, &(struct frame){at, json_str(json_at(one, 0)), 0}, NULL, "required",
		  arena_printf(k->arena, "is required, or another of: %.*s", STR_ARG(codes)),
		  arena_printf(k->arena, "など、次のうち1つ以上が必要です: %.*s", STR_ARG(codes)));
}

static void check_object(struct checker *k, const struct json *schema, const struct json *v,
			 const struct frame *at)
{
	const struct json *props = json_get_c(schema, "properties");
	const struct json *rest = json_get_c(schema, "additionalProperties");

	for (size_t i = 0; i < json_count(v) && !fault_full(k); i++) {
		const struct json_member *m = &v->members[i];
		const struct json *p = json_get(props, m->key);
		const struct frame here = {at, m->key.p ? m->key : STR(""), 0};

		if (!p && json_is(rest, JSON_OBJECT))
			p = rest;
		if (p)
			check_value(k, p, &m->value, &here);
		else if (props && !k->open)
			fault_add(k, &here, NULL, "unknown_field",
				  STR("is not a field of this type"),
				  STR("という項目はありません"));
	}
	check_required(k, schema, v, at);
}

static void check_value(struct checker *k, const struct json *schema, const struct json *v,
			const struct frame *at)
{
	if (++k->depth > DEPTH_MAX)
		fault_add(k, at, schema, "depth", STR("is nested too deeply"),
			  STR("の入れ子が深すぎます"));
	else if (check_type(k, schema, v, at)) {
		check_enum(k, schema, v, at);
		if (v->type == JSON_STRING)
			check_string(k, schema, v, at);
		else if (v->type == JSON_NUMBER)
			check_number(k, schema, v, at);
		else if (v->type == JSON_ARRAY)
			check_array(k, schema, v, at);
		else if (v->type == JSON_OBJECT)
			check_object(k, schema, v, at);
	}
	k->depth--;
}

enum err catalog_validate(struct arena *a, const struct catalog *c, const struct catalog_type *t,
			  const struct json *body, bool partial, struct catalog_faults *faults,
			  struct why *why)
{
	struct catalog_faults own = {0};
	struct checker k = {
	    .arena = a,
	    .catalog = c,
	    .faults = faults ? faults : &own,
	    .open = t->form == FORM_STIX,
	    .partial = partial,
	};

	if (!json_is(body, JSON_OBJECT))
		return why_field(why, ERR_UNPROCESSABLE, "type", "",
				 "the body must be a JSON object",
				 "本体はJSONオブジェクトで送ってください");
	check_value(&k, t->schema, body, NULL);
	return fault_result(k.faults, why);
}
