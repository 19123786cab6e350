// SPDX-License-Identifier: Apache-2.0
/* {"response":[{"Event":{…}},…]}: events composed of the parts that came. Parts that follow their
 * event are written as the stream goes; those that come before it or long after wait for the end,
 * and so do records of other forms, which travel in an event of their own. */
#include <stdlib.h>

#include "formats/formats_internal.h"
#include "formats/misp_map.h"
#include "formats/stix_face.h"

#define WRITTEN SIZE_MAX
struct part {
	struct uuid parent;
	size_t order; /* of arrival; of an event: WRITTEN once it is out */
	struct uuid uid;
	str name; /* "Attribute", "Object", "EventReport", "Event" */
	str body; /* the element without its wrapper */
};
struct open_object {
	struct uuid uid;
	str body;
	struct buf attributes;
};
struct misp_out {
	struct id_key key;
	bool any;
	bool at_end;
	bool open; /* an event is being composed */
	struct uuid event;
	str event_body;
	struct arena event_arena; /* what the open event holds */
	struct buf attributes, reports;
	VEC(struct open_object) objects;
	struct u64map object_index; /* low half of uuid: index + 1 */
	VEC(struct part) held;
	struct buf converted;  /* attributes made of other records */
	int64_t latest_us;     /* of all records */
	struct u64map written; /* events: low half of uuid: index in `events` + 1 */
	VEC(struct part) events;
};

static void comma(struct buf *b)
{
	if (b->n)
		buf_add(b, STR(",\n"));
}

static enum err misp_begin(struct format_writer *w, struct why *why)
{
	struct misp_out *m = arena_new(w->arena, struct misp_out);

	(void)why;
	w->state = m;
	m->key = w->key;
	arena_init(&m->event_arena, 0);
	u64map_init(&m->object_index);
	u64map_init(&m->written);
	buf_add(&w->out, STR("{\"response\":["));
	return ERR_OK;
}

/* "…}" of an element, ready for further members. */
static void open_body(struct buf *out, str body)
{
	bool empty = str_eq(str_trim(body), STR("{}"));

	buf_add(out, str_slice(body, 0, body.n - 1));
	if (!empty)
		buf_add_char(out, ',');
}

static void close_event(struct format_writer *w, struct misp_out *m)
{
	if (!m->open)
		return;
	/* None of its parts has come yet: they may still, and then the event is written with them.
	 */
	if (!m->at_end && !m->attributes.n && !m->reports.n && !m->objects.n) {
		arena_reset(&m->event_arena);
		m->open = false;
		return;
	}
	const union map_value *v = u64map_get(&m->written, id_hash(&m->key, m->event));

	if (v && v->u)
		m->events.p[v->u - 1].order = WRITTEN;
	buf_add(&w->out, m->any ? STR(",\n{\"Event\":") : STR("\n{\"Event\":"));
	m->any = true;
	open_body(&w->out, m->event_body);
	buf_add(&w->out, STR("\"Attribute\":["));
	buf_add(&w->out, buf_str(&m->attributes));
	buf_add(&w->out, STR("],\"Object\":["));
	for (size_t i = 0; i < m->objects.n; i++) {
		struct open_object *o = &m->objects.p[i];

		buf_add(&w->out, i ? STR(",\n") : STR_NULL);
		open_body(&w->out, o->body);
		buf_add(&w->out, STR("\"Attribute\":["));
		buf_add(&w->out, buf_str(&o->attributes));
		buf_add(&w->out, STR("]}"));
		buf_done(&o->attributes);
	}
	buf_add(&w->out, STR("],\"EventReport\":["));
	buf_add(&w->out, buf_str(&m->reports));
	buf_add(&w->out, STR("]}}"));
	buf_clear(&m->attributes);
	buf_clear(&m->reports);
	vec_done(&m->objects);
	u64map_done(&m->object_index);
	u64map_init(&m->object_index);
	arena_reset(&m->event_arena);
	m->open = false;
}

static void open_event(struct format_writer *w, struct misp_out *m, struct uuid uid, str body)
{
	close_event(w, m);
	m->open = true;
	m->event = uid;
	m->event_body = arena_str(&m->event_arena, body);
}

static struct open_object *object_of(struct misp_out *m, struct uuid uid)
{
	const union map_value *v = u64map_get(&m->object_index, id_hash(&m->key, uid));

	return v && v->u ? &m->objects.p[v->u - 1] : NULL;
}

/* Puts a part into the open event. False when it belongs elsewhere. */
static bool place(struct misp_out *m, const struct part *p)
{
	struct open_object *o;

	if (!m->open)
		return false;
	if (str_eq(p->name, STR("Attribute"))) {
		o = object_of(m, p->parent);
		struct buf *to = o                              ? &o->attributes
				 : uuid_eq(p->parent, m->event) ? &m->attributes
								: NULL;

		if (!to)
			return false;
		comma(to);
		buf_add(to, p->body);
		return true;
	}
	if (!uuid_eq(p->parent, m->event))
		return false;
	if (str_eq(p->name, STR("EventReport"))) {
		comma(&m->reports);
		buf_add(&m->reports, p->body);
		return true;
	}
	if (object_of(m, p->uid))
		return true;
	vec_add(NULL, &m->objects,
		(struct open_object){.uid = p->uid, .body = arena_str(&m->event_arena, p->body)});
	u64map_put(&m->object_index, id_hash(&m->key, p->uid), NULL)->u = m->objects.n;
	return true;
}

/* {"Name":<body>}: the body as it stands. */
static bool unwrap(str wrapped, struct part *p)
{
	static const char *const names[] = {"Attribute", "Event", "Object", "EventReport"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		str rest = wrapped, name = str_c(names[i]);

		if (!str_skip_prefix(&rest, STR("{\"")) || !str_skip_prefix(&rest, name) ||
		    !str_skip_prefix(&rest, STR("\":{")) || !str_ends(rest, STR("}}")))
			continue;
		p->name = name;
		p->body = (str){rest.p - 1, rest.n};
		return true;
	}
	return false;
}

/* ---- records that are not MISP ------------------------------------------------------ */

static const struct uuid convert_space = {{0x5a, 0x0e, 0x1f, 0x3c, 0x7b, 0x9d, 0x4c, 0x11, 0x9a,
					   0x20, 0x68, 0x69, 0x6b, 0x65, 0x73, 0x68}};

static void attribute_begin(struct json_out *o, struct buf *out, str uuid, str type, str category,
			    str value, bool to_ids)
{
	comma(out);
	json_out_init(o, out);
	jo_object(o);
	jo_kstr(o, "uuid", uuid);
	jo_kstr(o, "type", type);
	jo_kstr(o, "category", category);
	jo_kstr(o, "value", value);
	jo_kbool(o, "to_ids", to_ids);
}

static void attribute_end(struct json_out *o, struct arena *a, const struct format_record *r,
			  const struct face_values *v)
{
	int64_t us, at = r->modified_us ? r->modified_us : r->created_us;

	jo_kstr(o, "timestamp", arena_printf(a, "%lld", (long long)(at > 0 ? at / US_PER_S : 0)));
	jo_kc(o, "distribution", "5");
	jo_kbool(o, "disable_correlation", false);
	jo_kbool(o, "deleted", r->revoked);
	jo_kstr(o, "comment", v->comment);
	if (time_parse(v->first_seen, &us) == ERR_OK)
		jo_ktime(o, "first_seen", us);
	if (time_parse(v->last_seen, &us) == ERR_OK)
		jo_ktime(o, "last_seen", us);
	jo_key(o, "Tag");
	jo_array(o);
	jo_object(o);
	jo_kstr(o, "name", tlp_tag(r->tlp));
	jo_end(o);
	jo_end(o);
	jo_end(o);
}

static str convert_uuid(struct arena *a, const struct format_record *r, str value, bool whole)
{
	char text[UUID_TEXT], own[UUID_TEXT];

	uuid_text(r->uid, own);
	/* One record, one attribute: the id stays. Several values need ids of their own, the same
	 * ones every time. */
	str name = arena_printf(a, "%.*s:%.*s", UUID_TEXT, own, STR_ARG(value));

	uuid_text(whole && !uuid_is_zero(r->uid) ? r->uid : uuid_v5(convert_space, name), text);
	return arena_str(a, (str){text, UUID_TEXT});
}

static enum err convert(struct format_writer *w, struct misp_out *m, const struct format_record *r,
			struct why *why)
{
	struct face_values v;
	struct json_out o;
	struct json body;
	size_t done = 0;
	enum err err = face_values(&w->scratch, r, &v, why);

	if (err)
		return err;
	for (size_t i = 0; i < v.n; i++) {
		const struct misp_type *row = misp_type_for((enum value_kind)v.p[i].kind);

		if (!row)
			continue;
		attribute_begin(&o, &m->converted,
				convert_uuid(&w->scratch, r, v.p[i].value, v.n == 1), row->type,
				row->category, v.p[i].value, v.to_ids);
		attribute_end(&o, &w->scratch, r, &v);
		done++;
	}
	if (done) {
		writer_loss(w, 1, "%.*s: everything but its values, times, comment and TLP",
			    STR_ARG(r->type));
		return ERR_OK;
	}
	err = json_parse(&w->scratch, r->body, NULL, &body, why);
	if (err)
		return err;
	str pattern = json_get_str(&body, "pattern");

	if (r->form == FORM_STIX && str_eq(r->type, STR("indicator")) &&
	    str_starts(pattern, STR("["))) {
		attribute_begin(&o, &m->converted, convert_uuid(&w->scratch, r, pattern, true),
				STR("stix2-pattern"), STR("Payload installation"), pattern, true);
		attribute_end(&o, &w->scratch, r, &v);
		return ERR_OK;
	}
	writer_loss(w, 1, "%.*s: MISP has no place for it", STR_ARG(r->type));
	return ERR_OK;
}

static enum err misp_record(struct format_writer *w, const struct format_record *r, struct why *why)
{
	struct misp_out *m = w->state;
	struct part p = {.parent = r->parent, .uid = r->uid, .order = m->held.n};

	m->latest_us = r->modified_us > m->latest_us ? r->modified_us : m->latest_us;
	if (r->form != FORM_MISP || !unwrap(r->body, &p))
		return convert(w, m, r, why);
	if (str_eq(p.name, STR("Event"))) {
		p.body = arena_str(w->arena, p.body);
		vec_add(NULL, &m->events, p);
		u64map_put(&m->written, id_hash(&m->key, r->uid), NULL)->u = m->events.n;
		open_event(w, m, r->uid, p.body);
		return ERR_OK;
	}
	if (!place(m, &p)) {
		p.body = arena_str(w->arena, p.body);
		vec_add(NULL, &m->held, p);
	}
	return ERR_OK;
}

/* ---- what waited --------------------------------------------------------------------- */

static int by_parent(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int d = memcmp(x->parent.b, y->parent.b, sizeof(x->parent.b));

	return d ? d : (x->order > y->order) - (x->order < y->order);
}

/* Held attributes of the object that has just been opened. */
static void place_children(struct misp_out *m, struct uuid object)
{
	size_t lo = 0, hi = m->held.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(m->held.p[mid].parent.b, object.b, sizeof(object.b)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < m->held.n && uuid_eq(m->held.p[lo].parent, object); lo++) {
		struct part *p = &m->held.p[lo];

		if (p->name.n && str_eq(p->name, STR("Attribute")) && place(m, p))
			p->name = STR_NULL;
	}
}

/* Parts whose event came earlier, sorted by it: the event is opened once more, with the rest of its
 * parts. */
static void write_held(struct format_writer *w, struct misp_out *m)
{
	for (size_t i = 0; i < m->held.n; i++) {
		struct part *p = &m->held.p[i];
		const union map_value *event = u64map_get(&m->written, id_hash(&m->key, p->parent));

		if (!p->name.n || !event)
			continue;
		if (!m->open || !uuid_eq(m->event, p->parent))
			open_event(w, m, p->parent, m->events.p[event->u - 1].body);
		bool object = str_eq(p->name, STR("Object"));

		(void)place(m, p);
		p->name = STR_NULL;
		if (object)
			place_children(m, p->uid);
	}
}

/* The rest into the open event, objects first so that their attributes find them. */
static void write_orphans(struct format_writer *w, struct misp_out *m)
{
	for (int objects = 1; objects >= 0; objects--) {
		for (size_t i = 0; i < m->held.n; i++) {
			struct part *p = &m->held.p[i], moved = *p;

			if (!p->name.n || (str_eq(p->name, STR("Object")) != (objects == 1)))
				continue;
			moved.parent = m->event;
			(void)place(m, &moved);
			p->name = STR_NULL;
			writer_loss(
			    w, 1, "MISP parts without their event, put into an event of their own");
			if (objects)
				place_children(m, moved.uid);
		}
	}
}

static bool anything_left(const struct misp_out *m)
{
	for (size_t i = 0; i < m->held.n; i++)
		if (m->held.p[i].name.n)
			return true;
	return m->converted.n > 0;
}

/* Parts whose event is not here, and what was converted, need an event around them; its id is that
 * of its contents. */
static void open_carrier(struct format_writer *w, struct misp_out *m)
{
	BUF(seed);
	BUF(body);
	char text[UUID_TEXT];
	struct uuid uid;

	for (size_t i = 0; i < m->held.n; i++)
		if (m->held.p[i].name.n)
			buf_add(&seed, m->held.p[i].body);
	buf_add(&seed, buf_str(&m->converted));
	uid = uuid_v5(convert_space, buf_str(&seed));
	uuid_text(uid, text);
	struct civil day = time_civil(m->latest_us);

	buf_printf(&body,
		   "{\"uuid\":\"%.*s\",\"info\":\"hikeshi "
		   "export\",\"date\":\"%04d-%02d-%02d\",\"timestamp\":\"%lld\","
		   "\"published\":false,\"analysis\":\"0\",\"threat_level_id\":\"4\","
		   "\"distribution\":\"0\"}",
		   UUID_TEXT, text, day.year, day.month, day.day,
		   (long long)(m->latest_us / US_PER_S));
	open_event(w, m, uid, buf_str(&body));
	buf_add(&m->attributes, buf_str(&m->converted));
}

static enum err misp_end(struct format_writer *w, struct why *why)
{
	struct misp_out *m = w->state;

	(void)why;
	close_event(w, m);
	if (m->held.n)
		qsort(m->held.p, m->held.n, sizeof(*m->held.p), by_parent);
	m->at_end = true;
	write_held(w, m);
	close_event(w, m);
	for (size_t i = 0; i < m->events.n; i++) {
		if (m->events.p[i].order == WRITTEN)
			continue;
		open_event(w, m, m->events.p[i].uid, m->events.p[i].body);
		close_event(w, m);
	}
	if (anything_left(m)) {
		open_carrier(w, m);
		write_orphans(w, m);
		close_event(w, m);
	}
	buf_add(&w->out, STR("]}\n"));
	buf_done(&m->attributes);
	buf_done(&m->reports);
	buf_done(&m->converted);
	vec_done(&m->held);
	vec_done(&m->events);
	u64map_done(&m->object_index);
	u64map_done(&m->written);
	arena_done(&m->event_arena);
	return ERR_OK;
}

const struct writer_ops misp_writer = {misp_begin, misp_record, misp_end};
