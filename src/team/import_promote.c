// SPDX-License-Identifier: Apache-2.0
/* Values that come without a record of their own (a list, a CSV line, free text) become STIX
 * indicators, so that they can be linked, warned of, exported and matched like all others. Their id
 * follows from the team and the value: the same value is the same indicator, however often it is
 * read. What no pattern can say stays an observable. */
#include "team/import_internal.h"

#include "team/record_internal.h"

static void text(struct arena *a, struct json *o, const char *key, str v)
{
	if (v.n)
		json_set(a, o, str_c(key), json_string(v));
}

bool import_promote(struct importer *im, const struct format_element *e, struct format_element *ret)
{
	struct arena *a = &im->scratch;
	struct json in, o = json_object();
	struct why why = {0};
	enum value_kind kind;
	str canonical, pattern, now;
	char u[UUID_TEXT];
	BUF(b);

	if (e->form != FORM_OWN || !str_eq(e->type, STR("x-hikeshi-observable")) ||
	    !uuid_is_zero(e->uid) || json_parse(a, e->body, NULL, &in, &why))
		return false;
	kind = value_kind_parse(json_get_str(&in, "kind"));
	if (kind == VALUE_NONE ||
	    value_canonical(a, kind, json_get_str(&in, "value"), &canonical, &why))
		return false;
	pattern = pattern_of(a, kind, canonical);
	if (!pattern.n)
		return false;
	*ret = *e;
	ret->uid =
	    uuid_v5(im->team_uid, arena_printf(a, "%.*s:%.*s", STR_ARG(value_kind_name(kind)),
					       STR_ARG(canonical)));
	uuid_text(ret->uid, u);
	now = time_text_short(a, im->file_started_us - im->file_started_us % 1000);
	text(a, &o, "type", STR("indicator"));
	text(a, &o, "spec_version", STR("2.1"));
	text(a, &o, "id", arena_printf(a, "indicator--%.*s", UUID_TEXT, u));
	text(a, &o, "created", now);
	text(a, &o, "modified", now);
	text(a, &o, "name", canonical);
	text(a, &o, "description", json_get_str(&in, "comment"));
	text(a, &o, "pattern", pattern);
	text(a, &o, "pattern_type", STR("stix"));
	text(a, &o, "valid_from",
	     json_get_str(&in, "first_seen").n ? json_get_str(&in, "first_seen") : now);
	json_write(&b, &o);
	ret->form = FORM_STIX;
	ret->type = STR("indicator");
	ret->body = arena_str(a, buf_str(&b));
	ret->modified_us = im->file_started_us;
	return true;
}
