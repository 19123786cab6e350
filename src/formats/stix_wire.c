// SPDX-License-Identifier: Apache-2.0
/* stix_wire: a record as the STIX objects that go over the wire. A STIX record that is 2.1 and
 * carries the TLP of its label goes out byte for byte; one without any marking gets it spliced in
 * before its last brace; everything else is taken apart and composed. What these look for cannot
 * stand inside a JSON string, where each quote has a backslash before it. */
#include "formats/formats_internal.h"
#include "formats/stix_face.h"

/* A stricter label wins over what an object says of itself; nothing it says is taken away. */
static void mark_strict(struct arena *a, struct json *o, enum tlp tlp)
{
	struct json refs = json_array();
	const struct json *old = json_get_c(o, "object_marking_refs");
	int level = stix_marked(o);

	if (level < 0 || level >= (int)tlp)
		return;
	for (size_t i = 0; i < json_count(old); i++)
		json_add(a, &refs, *json_at(old, i));
	json_add(a, &refs, json_string(tlp_marking_id(tlp)));
	json_set(a, o, STR("object_marking_refs"), refs);
}

static str version_of(const struct json *o)
{
	str modified = json_get_str(o, "modified");

	return modified.n ? modified : json_get_str(o, "created");
}

static void compose(struct arena *a, const struct format_record *r, struct json *o,
		    struct stix_sent *ret)
{
	BUF(b);

	stix_upgrade(a, o);
	mark_strict(a, o, r->tlp);
	if (r->revoked && r->form == FORM_OWN && json_get_c(o, "modified"))
		json_set(a, o, STR("revoked"), json_from_bool(true));
	json_write(&b, o);
	*ret = (struct stix_sent){.text = arena_str(a, buf_str(&b)),
				  .type = json_get_str(o, "type"),
				  .id = json_get_str(o, "id"),
				  .version = version_of(o)};
}

static bool has(str body, str what)
{
	return body.n >= what.n && memmem(body.p, body.n, what.p, what.n) != NULL;
}

/* modified, else created, of a STIX object, without building it. */
static str head_version(struct arena *a, str body)
{
	struct json_cursor c;
	str key, modified = STR_NULL, created = STR_NULL;
	struct json v;

	json_cursor_init(&c, body, NULL);
	if (!json_cursor_enter_object(&c))
		return STR_NULL;
	while (!modified.n && json_cursor_key(&c, a, &key)) {
		bool m = str_eq(key, STR("modified")), k = str_eq(key, STR("created"));

		if (!(m || k ? json_cursor_value(&c, a, &v) : json_cursor_skip(&c)))
			break;
		if (m)
			modified = json_str(&v);
		if (k)
			created = json_str(&v);
	}
	return modified.n ? modified : created;
}

/* True where the text can be sent as it is, or with a marking put in. */
static bool verbatim(struct arena *a, const struct format_record *r, str *ret)
{
	bool marking = str_eq(r->type, STR("marking-definition"));

	if (r->form != FORM_STIX || r->body.n < 3 || r->body.p[r->body.n - 1] != '}' ||
	    !has(r->body, STR("\":")))
		return false;
	if (!has(r->body, STR("\"spec_version\":\"2.1\"")) && has(r->body, STR("\"created\"")))
		return false; /* 2.0 */
	if (marking || has(r->body, tlp_marking_id(r->tlp))) {
		*ret = r->body;
		return true;
	}
	if (has(r->body, STR("\"object_marking_refs\"")))
		return false;
	*ret = arena_printf(a, "%.*s,\"object_marking_refs\":[\"%.*s\"]}", (int)r->body.n - 1,
			    r->body.p, STR_ARG(tlp_marking_id(r->tlp)));
	return true;
}

enum err stix_wire(struct arena *a, const struct format_record *r, const str *refs, size_t n_refs,
		   bool with_head, struct stix_sent ret[FACE_OBJECTS], size_t *ret_n,
		   struct why *why)
{
	struct stix_objects all;
	str text;
	enum err err;

	if (verbatim(a, r, &text)) {
		ret[0] =
		    (struct stix_sent){.text = text,
				       .type = r->type,
				       .id = stix_id(a, r->type, r->uid),
				       .version = with_head ? head_version(a, r->body) : STR_NULL};
		*ret_n = 1;
		return ERR_OK;
	}
	err = stix_objects(a, r, refs, n_refs, &all, why);
	if (err)
		return err;
	for (size_t i = 0; i < all.n; i++)
		compose(a, r, &all.o[i], &ret[i]);
	*ret_n = all.n;
	return ERR_OK;
}
