// SPDX-License-Identifier: Apache-2.0
/* stix_wire: a record as the STIX objects that go over the wire. A STIX record that is 2.1 and
 * carries the TLP of its label or a stricter one goes out byte for byte; one without any marking
 * gets it spliced in before its last brace; everything else is taken apart and composed. */
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

/* What decides how a STIX object is sent: its own members, not those of what is nested in it, found
 * without building it. */
struct head {
	str modified, created, spec;
	bool has_refs;
	int level; /* of its markings, -1: none */
};

static bool head_read(struct arena *a, str body, struct head *h)
{
	struct json_cursor c;
	struct json v;
	str key;

	*h = (struct head){.level = -1};
	json_cursor_init(&c, body, NULL);
	if (!json_cursor_enter_object(&c))
		return false;
	while (json_cursor_key(&c, a, &key)) {
		str *text = str_eq(key, STR("modified"))       ? &h->modified
			    : str_eq(key, STR("created"))      ? &h->created
			    : str_eq(key, STR("spec_version")) ? &h->spec
							       : NULL;
		bool refs = str_eq(key, STR("object_marking_refs"));

		if (!(text || refs ? json_cursor_value(&c, a, &v) : json_cursor_skip(&c)))
			return false;
		if (text)
			*text = json_str(&v);
		if (refs) {
			struct json o = json_object();

			json_set(a, &o, key, v);
			h->has_refs = true;
			h->level = stix_marked(&o);
		}
	}
	return c.err == ERR_OK;
}

/* True where the text can be sent as it is, or with a marking put in. */
static bool verbatim(struct arena *a, const struct format_record *r, struct head *h, str *ret)
{
	bool marking = str_eq(r->type, STR("marking-definition"));

	if (r->form != FORM_STIX || !head_read(a, r->body, h) || r->body.n < 3 ||
	    r->body.p[r->body.n - 1] != '}')
		return false;
	if (!str_eq(h->spec, STR("2.1")) && (h->spec.n || h->created.n))
		return false; /* 2.0 */
	*ret = r->body;
	if (marking || h->level >= (int)r->tlp)
		return true;
	if (h->has_refs)
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
	struct head h;
	str text;
	enum err err;

	if (verbatim(a, r, &h, &text)) {
		ret[0] =
		    (struct stix_sent){.text = text,
				       .type = r->type,
				       .id = with_head ? stix_id(a, r->type, r->uid) : STR_NULL,
				       .version = h.modified.n ? h.modified : h.created};
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
