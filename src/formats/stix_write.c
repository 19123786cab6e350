// SPDX-License-Identifier: Apache-2.0
/* STIX 2.1 bundles. Containers (MISP events, objects, reports) are written last, when the ids of
 * their parts are known. */
#include "formats/formats_internal.h"
#include "formats/stix_face.h"

#include <stdlib.h>

struct part {
	struct uuid parent, uid;
	str type; /* of the object that stands for it */
};
struct bundle {
	bool any;
	bool marked[TLP_RED + 1]; /* definitions already written */
	struct u64map ids;        /* low halves of the uuids written, with the type mixed in */
	struct u64map events;     /* low half of an event's uuid: index in containers */
	VEC(struct part) parts;
	VEC(struct format_record) containers;
};

static enum err bundle_begin(struct format_writer *w, struct why *why)
{
	struct bundle *b = arena_new(w->arena, struct bundle);
	char id[UUID_TEXT];

	(void)why;
	w->state = b;
	u64map_init(&b->ids);
	u64map_init(&b->events);
	uuid_text(uuid_new(), id);
	buf_printf(&w->out, "{\"type\":\"bundle\",\"id\":\"bundle--%.*s\"", UUID_TEXT, id);
	return ERR_OK;
}

static void bundle_open(struct format_writer *w, struct bundle *b)
{
	/* STIX 2.1 section 8: no `objects` rather than an empty one. */
	buf_add(&w->out, b->any ? STR(",\n") : STR(",\"objects\":[\n"));
	b->any = true;
}

static void write_marking(struct format_writer *w, struct bundle *b, int level)
{
	if (level < 0 || b->marked[level])
		return;
	b->marked[level] = true;
	bundle_open(w, b);
	buf_add(&w->out, tlp_marking_definition((enum tlp)level));
}

/* True the first time an id is seen: no object stands twice in a bundle. */
static bool first_time(const struct id_key *key, struct bundle *b, str id)
{
	bool fresh = false;

	(void)u64map_put(&b->ids, siphash64(key->b, id.p, id.n), &fresh);
	return fresh;
}

void stix_upgrade(struct arena *a, struct json *o)
{
	str type = json_get_str(o, "type");

	if (str_eq(json_get_str(o, "spec_version"), STR("2.1")))
		return;
	if (!json_get_c(o, "spec_version") && !json_get_c(o, "created"))
		return; /* an SCO: 2.1 by default */
	json_set(a, o, STR("spec_version"), json_string(STR("2.1")));
	if (str_eq(type, STR("indicator")) && !json_get_c(o, "pattern_type"))
		json_set(a, o, STR("pattern_type"), json_string(STR("stix")));
	if (str_eq(type, STR("malware")) && !json_get_c(o, "is_family"))
		json_set(a, o, STR("is_family"), json_from_bool(false));
}

bool stix_is_ours(struct arena *a, const struct format_record *r, str object)
{
	struct stix_objects all;
	struct json given;
	struct why why = {0};

	if (json_parse(a, object, NULL, &given, &why) != ERR_OK ||
	    stix_objects(a, r, NULL, 0, &all, &why) != ERR_OK)
		return false;
	for (size_t i = 0; i < all.n; i++) {
		stix_upgrade(a, &all.o[i]);
		if (json_eq(&all.o[i], &given))
			return true;
	}
	return false;
}

static void write_objects(struct format_writer *w, struct bundle *b, struct stix_objects *all)
{
	for (size_t i = 0; i < all->n; i++) {
		str id = json_get_str(&all->o[i], "id"), type;
		struct uuid uid;

		/* The well-known definitions are ours to write, once. */
		if (id_parse(id, &type, &uid) == ERR_OK &&
		    str_eq(type, STR("marking-definition")) && tlp_marking(uid) >= 0) {
			str own = tlp_marking_id((enum tlp)tlp_marking(uid));

			if (str_eq(own, id)) {
				write_marking(w, b, tlp_marking(uid));
				continue;
			}
		}
		if (!first_time(&w->key, b, id))
			continue;
		stix_upgrade(&w->scratch, &all->o[i]);
		write_marking(w, b, stix_marked(&all->o[i]));
		bundle_open(w, b);
		json_write(&w->out, &all->o[i]);
	}
	if (all->loss)
		writer_loss(w, 1, "%s (%.*s)", all->loss, STR_ARG(all->loss_subject));
}

static bool is_container(const struct format_record *r)
{
	return r->form == FORM_MISP &&
	       (str_starts(r->body, STR("{\"Event\"")) || str_starts(r->body, STR("{\"Object\"")) ||
		str_starts(r->body, STR("{\"EventReport\"")));
}

static enum err bundle_record(struct format_writer *w, const struct format_record *r,
			      struct why *why)
{
	struct bundle *b = w->state;
	struct stix_objects all;

	if (is_container(r)) {
		struct format_record *kept = vec_push(w->arena, &b->containers);
		struct uuid *refs = arena_array(w->arena, struct uuid, r->n_refs + 1);
		str *types = arena_array(w->arena, str, r->n_refs + 1);

		for (size_t i = 0; i < r->n_refs; i++) {
			refs[i] = r->refs[i];
			types[i] = arena_str(w->arena, r->ref_types[i]);
		}
		*kept = *r;
		kept->body = arena_str(w->arena, r->body);
		kept->type = arena_str(w->arena, r->type);
		kept->refs = refs;
		kept->ref_types = types;
		if (str_starts(r->body, STR("{\"Event\"")))
			u64map_put(&b->events, id_hash(&w->key, r->uid), NULL)->u =
			    b->containers.n - 1;
		/* Known before anything refers to it. */
		if (!uuid_is_zero(r->parent) && str_starts(r->body, STR("{\"Object\"")))
			vec_add(NULL, &b->parts,
				(struct part){r->parent, r->uid, STR("x-misp-object")});
		return ERR_OK;
	}
	enum err err = stix_objects(&w->scratch, r, NULL, 0, &all, why);

	if (err)
		return err;
	write_objects(w, b, &all);
	str type;
	struct uuid uid;

	if (r->form == FORM_MISP && id_parse(all.id, &type, &uid) == ERR_OK)
		vec_add(NULL, &b->parts,
			(struct part){r->parent, r->uid, arena_str(w->arena, type)});
	return ERR_OK;
}

static int part_order(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int d = memcmp(x->parent.b, y->parent.b, sizeof(x->parent.b));

	return d ? d : memcmp(x->uid.b, y->uid.b, sizeof(x->uid.b));
}

static size_t parts_from(const struct bundle *b, struct uuid parent)
{
	size_t lo = 0, hi = b->parts.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(b->parts.p[mid].parent.b, parent.b, sizeof(parent.b)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The container's parts in this bundle; those that it names and that are elsewhere keep their
 * record's name. */
static size_t container_refs(struct format_writer *w, const struct bundle *b,
			     const struct format_record *r, str **ret)
{
	VEC(str) ids = {0};
	struct u64map seen;
	bool fresh;

	u64map_init(&seen);
	for (size_t i = parts_from(b, r->uid);
	     i < b->parts.n && uuid_eq(b->parts.p[i].parent, r->uid); i++) {
		(void)u64map_put(&seen, id_hash(&w->key, b->parts.p[i].uid), &fresh);
		if (fresh)
			vec_add(&w->scratch, &ids,
				stix_id(&w->scratch, b->parts.p[i].type, b->parts.p[i].uid));
	}
	for (size_t i = 0; i < r->n_refs; i++) {
		(void)u64map_put(&seen, id_hash(&w->key, r->refs[i]), &fresh);
		if (!fresh)
			continue;
		str type = str_eq(r->ref_types[i], STR("x-hikeshi-observable"))
			       ? STR("observed-data")
			       : r->ref_types[i];

		vec_add(&w->scratch, &ids, stix_id(&w->scratch, type, r->refs[i]));
	}
	u64map_done(&seen);
	*ret = ids.p;
	return ids.n;
}

static enum err write_containers(struct format_writer *w, struct bundle *b, struct why *why)
{
	for (size_t i = 0; i < b->containers.n; i++) {
		const struct format_record *r = &b->containers.p[i];
		struct stix_objects all;
		str *refs = NULL;

		arena_reset(&w->scratch);
		size_t n = container_refs(w, b, r, &refs);
		/* A note speaks about its event. */
		if (!n && str_starts(r->body, STR("{\"EventReport\""))) {
			const union map_value *event =
			    u64map_get(&b->events, id_hash(&w->key, r->parent));

			if (event) {
				refs = arena_new(&w->scratch, str);
				*refs =
				    stix_id(&w->scratch, b->containers.p[event->u].type, r->parent);
				n = 1;
			}
		}
		enum err err = stix_objects(&w->scratch, r, refs, n, &all, why);

		if (err)
			return err;
		write_objects(w, b, &all);
		if (w->out.n >= 65536) {
			err = w->flush(w->ctx, buf_str(&w->out), why);
			if (err)
				return err;
			buf_clear(&w->out);
		}
	}
	return ERR_OK;
}

static enum err bundle_end(struct format_writer *w, struct why *why)
{
	struct bundle *b = w->state;
	enum err err = ERR_OK;

	if (b->parts.n)
		qsort(b->parts.p, b->parts.n, sizeof(*b->parts.p), part_order);
	if (!w->err)
		err = write_containers(w, b, why);
	buf_add(&w->out, b->any ? STR("\n]}\n") : STR("}\n"));
	vec_done(&b->parts);
	u64map_done(&b->ids);
	u64map_done(&b->events);
	return err;
}

const struct writer_ops stix_writer = {bundle_begin, bundle_record, bundle_end};
