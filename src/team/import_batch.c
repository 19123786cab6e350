// SPDX-License-Identifier: Apache-2.0
/* One batch: what the team holds already, what is new, newer, older or the same, and the write set.
 * Runs on the third stage's thread. Only the importing team's holdings are looked at. */
#include "team/import_internal.h"

#include <assert.h>

#include "team/outbox.h"
#include "team/withdrawal.h"

#define TRIES 3
#define FORGIVE_MOST 256
#define OLDER_RUN 64u /* older versions in one write */
#define SWEEP_AFTER_US (3600 * US_PER_S)

/* What is known of an id: as held, or as an earlier item of the batch leaves it. */
struct slot {
	const struct record *held; /* key 0: not at all */
	struct digest digest;
	int64_t modified_us,
	    written_us; /* source's time; when we wrote it, INT64_MAX: in this batch */
	int64_t put;    /* index of its put, -1: none */
	enum record_form form;
	str type;
	bool barred; /* held from elsewhere: a stranger changes nothing of it */
};
struct plan {
	struct importer *im;
	struct import_batch *b;
	struct arena *a;
	struct map ids; /* uuid bytes → index of slot */
	struct slot *slots;
	struct record_put *puts;
	const struct record **was; /* of each put what is held */
	size_t n_slots, n_puts;
	int64_t created, updated, unchanged;
	VEC(size_t) refused, older; /* indexes of items */
};

enum fate { FATE_NEW, FATE_UPDATED, FATE_UNCHANGED, FATE_REFUSED };

static str uid_str(const struct uuid *u)
{
	return (str){(const char *)u->b, sizeof(u->b)};
}

static struct slot *slot_of(struct plan *p, const struct uuid *u)
{
	union map_value *v = map_get(&p->ids, uid_str(u));

	return v ? &p->slots[v->u] : NULL;
}

/* Asks of each slot whether its source may change it. */
static enum err ask_claims(struct plan *p, const struct uuid *ids, struct why *why)
{
	const struct import_options *o = p->im->o;
	bool *held = arena_array(p->a, bool, p->n_slots + 1),
	     *may = arena_array(p->a, bool, p->n_slots + 1);
	enum err err;

	if (!o->claim || !p->n_slots)
		return ERR_OK;
	for (size_t i = 0; i < p->n_slots; i++)
		held[i] = p->slots[i].held->key != 0;
	err = o->claim(o->ctx, ids, held, p->n_slots, may, why);
	for (size_t i = 0; i < p->n_slots && !err; i++)
		p->slots[i].barred =
		    held[i] && (!may[i] || !(p->slots[i].held->flags & RECORD_UNVERIFIED));
	return err;
}

static enum err look_up(struct plan *p, struct why *why)
{
	size_t n = p->b->items.n;
	struct uuid *ids = arena_array(p->a, struct uuid, 2 * n + 1);
	struct record *held;
	bool fresh;
	enum err err;

	for (size_t i = 0; i < 2 * n; i++) {
		const struct import_item *it = &p->b->items.p[i / 2];
		const struct uuid *u = i % 2 ? &it->parent : &it->uid;

		if (uuid_is_zero(*u))
			continue;
		union map_value *v = map_put(&p->ids, uid_str(u), &fresh);

		if (fresh) {
			v->u = p->n_slots;
			ids[p->n_slots++] = *u;
		}
	}
	held = arena_array(p->a, struct record, p->n_slots + 1);
	p->slots = arena_array(p->a, struct slot, p->n_slots + 1);
	err = store_find_held(p->im->c->node->store, p->a, p->im->c->actor->team, ids, p->n_slots,
			      false, held, why);
	for (size_t i = 0; i < p->n_slots && !err; i++)
		p->slots[i] = (struct slot){
		    .held = &held[i],
		    .digest = held[i].digest,
		    .modified_us = held[i].source_modified_us,
		    .written_us = held[i].modified_us,
		    .put = -1,
		    .form = held[i].form,
		    .type =
			held[i].key ? word_text(p->im->c->node->store, held[i].type) : STR_NULL};
	return err ? err : ask_claims(p, ids, why);
}

/* A holding stays what it came as: MISP or STIX, and of one STIX type. (A MISP attribute may turn
 * from indicator to observable.) */
static bool same_kind(const struct slot *s, const struct import_item *it)
{
	return s->form == it->form && (it->form == FORM_MISP || str_eq(s->type, it->type));
}

/* formats.md 2: unsigned versions supersede each other by `modified`; equal: what is held stays,
 * and the other is reported. What has no times at all (a value of a list) follows its latest
 * source, but a source that says two things of one value is told so. */
static enum fate decide_plain(const struct slot *s, const struct import_item *it)
{
	if (!s->held->key && s->put < 0)
		return FATE_NEW;
	if (it->value_only || digest_eq(s->digest, it->digest))
		return FATE_UNCHANGED;
	if (!same_kind(s, it))
		return FATE_REFUSED;
	if (it->modified_us > s->modified_us)
		return FATE_UPDATED;
	if (it->modified_us < s->modified_us)
		return FATE_UNCHANGED;
	if (it->form == FORM_OWN && s->written_us < it->file_started_us)
		return FATE_UPDATED;
	return FATE_REFUSED;
}

/* What a stranger says of what is not his is heard, and changes nothing. */
static enum fate decide(const struct slot *s, const struct import_item *it)
{
	enum fate f = decide_plain(s, it);

	return f == FATE_UPDATED && s->barred ? FATE_REFUSED : f;
}

/* ---- labels of what is held already ---- */

/* The audience of base under a stricter TLP; rosters are those of today where base needed none. */
static enum err label_raised(struct plan *p, const struct label *base, enum tlp tlp,
			     const struct label *people_of, int64_t *ret, struct why *why)
{
	struct label l = *base;
	struct label_circle *circles = arena_array(p->a, struct label_circle, l.n_circles + 1);

	l.key = 0;
	l.tlp = tlp;
	for (size_t i = 0; i < l.n_circles; i++) {
		const struct directory_circle *ci =
		    directory_circle(p->im->c->dir, base->circles[i].circle);

		circles[i] = base->circles[i];
		if (!circles[i].roster && tlp > TLP_GREEN && ci)
			circles[i].roster = ci->roster;
	}
	l.circles = circles;
	if (tlp == TLP_RED && !l.n_people && people_of) {
		l.people = people_of->people;
		l.n_people = people_of->n_people;
	}
	return label_intern(p->im->c->node->store, &l, 1, ret, why);
}

static bool names_circle(const struct label *l, int64_t circle)
{
	for (size_t i = 0; l && i < l->n_circles; i++)
		if (l->circles[i].circle == circle)
			return true;
	return false;
}

/* Whether what is held is not yet where the item was sent to. */
static bool lacks_circle(const struct plan *p, const struct record *held,
			 const struct import_item *it)
{
	struct store *s = p->im->c->node->store;
	const struct label *was = label_get(s, held->label), *now = label_get(s, it->label);

	for (size_t i = 0; p->im->o->versions && held->key && now && i < now->n_circles; i++)
		if (!names_circle(was, now->circles[i].circle))
			return true;
	return false;
}

/* Sent to another collection, an object stays in those where it stood; the stricter TLP is that of
 * all. */
static enum err label_both(struct plan *p, const struct label *was, const struct label *now,
			   int64_t *ret, struct why *why)
{
	struct label l = *was;
	struct label_circle *circles =
	    arena_array(p->a, struct label_circle, was->n_circles + now->n_circles + 1);
	size_t n = 0;

	for (size_t i = 0, k = 0; i < was->n_circles || k < now->n_circles;) {
		bool ours =
		    i < was->n_circles &&
		    (k == now->n_circles || was->circles[i].circle <= now->circles[k].circle);
		struct label_circle c = ours ? was->circles[i++] : now->circles[k++];

		if (n && circles[n - 1].circle == c.circle)
			continue; /* whoever could see it may still */
		circles[n++] = c;
	}
	l.circles = circles;
	l.n_circles = n;
	return label_raised(p, &l, was->tlp > now->tlp ? was->tlp : now->tlp, now, ret, why);
}

/* An import never widens the TLP of what is held, and changes its audience only where circles were
 * asked for. */
static enum err label_after(struct plan *p, const struct record *held, const struct import_item *it,
			    int64_t *ret, struct why *why)
{
	struct store *s = p->im->c->node->store;
	const struct label *was = label_get(s, held->label), *now = label_get(s, it->label);

	if (!was || !now)
		return why_set(why, ERR_IO, "a label is missing: run hikeshi verify");
	if (p->im->o->versions)
		return label_both(p, was, now, ret, why);
	if (p->im->o->n_circles) {
		if (it->tlp >= was->tlp) {
			*ret = it->label;
			return ERR_OK;
		}
		return label_raised(p, now, was->tlp, was, ret, why);
	}
	if (it->tlp <= was->tlp) {
		*ret = held->label;
		return ERR_OK;
	}
	return label_raised(p, was, it->tlp, now, ret, why);
}

/* ---- puts ---- */

static int64_t parent_of(struct plan *p, const struct import_item *it)
{
	const struct slot *s = uuid_is_zero(it->parent) ? NULL : slot_of(p, &it->parent);

	if (!s)
		return 0;
	return s->held->key ? s->held->key : s->put >= 0 ? -1 - s->put : 0;
}

static void fill_content(struct record_put *put, const struct import_item *it)
{
	put->body = it->body;
	put->pack = it->pack;
	put->values = it->values;
	put->n_values = it->n_values;
	put->text = it->text;
	put->source_modified_us = it->modified_us;
}

static enum err put_item(struct plan *p, struct slot *s, const struct import_item *it,
			 struct why *why)
{
	struct record_put *put;
	uint32_t revoked = it->revoked ? RECORD_REVOKED : 0;
	enum err err = ERR_OK;

	if (s->put >= 0) { /* a newer version of what stands in this batch already */
		put = &p->puts[s->put];
		revoked |= it->form == FORM_STIX ? put->flags & RECORD_REVOKED : 0;
		if (!s->held->key)
			put->label = it->label;
	} else {
		s->put = (int64_t)p->n_puts;
		p->was[p->n_puts] = s->held;
		put = &p->puts[p->n_puts++];
		*put = (struct record_put){.kind = "import", .label = it->label, .form = it->form};
		if (!s->held->key) {
			put->uid = it->uid;
			put->type = it->type;
			put->team = p->im->c->actor->team;
			put->state = it->state;
			put->parent = parent_of(p, it);
			s->form = it->form;
			s->type = it->type;
		} else {
			put->key = s->held->key;
			put->expect_version = s->held->version;
			/* STIX revokes for good; a MISP element may come back */
			revoked |= it->form == FORM_STIX ? s->held->flags & RECORD_REVOKED : 0;
		}
	}
	if (s->held->key)
		err = label_after(p, s->held, it, &put->label, why);
	put->flags = (s->held->flags & RECORD_EXERCISE) | RECORD_BULK | revoked |
		     (p->im->o->claim ? RECORD_UNVERIFIED : 0);
	fill_content(put, it);
	s->digest = it->digest;
	s->modified_us = it->modified_us;
	s->written_us = INT64_MAX;
	return err;
}

/* Superseded before it came, and wanted all the same. */
static bool is_older(const struct plan *p, const struct slot *s, const struct import_item *it)
{
	return p->im->o->versions && it->form == FORM_STIX && s->held->key && s->put < 0 &&
	       same_kind(s, it) && it->modified_us && it->modified_us < s->modified_us;
}

/* Known, and not yet in the collection it was sent to. An older version than what is held there
 * takes its place only where that is in no collection any more: its sender has taken it out. */
static enum err join_circle(struct plan *p, struct slot *s, const struct import_item *it, size_t i,
			    struct why *why)
{
	const struct label *was = label_get(p->im->c->node->store, s->held->label);
	bool alone = was && !was->n_circles && it->form == FORM_STIX;

	if (!same_kind(s, it) || (!alone && !digest_eq(s->digest, it->digest))) {
		vec_add(p->a, &p->refused, i);
		return ERR_OK;
	}
	p->updated++;
	return put_item(p, s, it, why);
}

static enum err plan_all(struct plan *p, struct why *why)
{
	enum err err = ERR_OK;

	p->puts = arena_array(p->a, struct record_put, p->b->items.n + 1);
	p->was = arena_array(p->a, const struct record *, p->b->items.n + 1);
	for (size_t i = 0; i < p->b->items.n && !err; i++) {
		const struct import_item *it = &p->b->items.p[i];
		struct slot *s = slot_of(p, &it->uid);

		assert(s);
		switch (decide(s, it)) {
		case FATE_NEW:
			p->created++;
			err = put_item(p, s, it, why);
			break;
		case FATE_UPDATED:
			p->updated++;
			err = put_item(p, s, it, why);
			break;
		case FATE_UNCHANGED:
			if (lacks_circle(p, s->held, it) && s->put < 0) {
				err = join_circle(p, s, it, i, why);
				break;
			}
			p->unchanged++;
			if (is_older(p, s, it))
				vec_add(p->a, &p->older, i);
			break;
		case FATE_REFUSED:
			vec_add(p->a, &p->refused, i);
			break;
		}
	}
	return err;
}

/* Written differently and saying the same: members in another order, other escapes. */
static bool says_the_same(struct arena *a, str held, str given)
{
	struct json x, y;
	struct why why = {0};

	return json_parse(a, held, NULL, &x, &why) == ERR_OK &&
	       json_parse(a, given, NULL, &y, &why) == ERR_OK && json_eq(&x, &y);
}

/* Nothing new, though the bytes differ. What our own export adds to what is held (marking, what
 * STIX 2.1 requires) is no difference when it is read back. */
static bool is_nothing_new(struct plan *p, const struct record *held, const struct import_item *it)
{
	struct store *s = p->im->c->node->store;
	const struct label *l = label_get(s, held->label);
	ARENA(a, (size_t)64 << 20);
	const struct format_record r = {
	    .form = held->form,
	    .type = word_text(s, held->type),
	    .uid = held->uid,
	    .body = held->body,
	    .tlp = l ? l->tlp : TLP_RED,
	    .created_us = held->created_us,
	    .modified_us = held->source_modified_us ? held->source_modified_us : held->modified_us};

	if (!held->key || !held->body.n)
		return false;
	return (held->form == it->form && says_the_same(&a, held->body, it->body)) ||
	       (it->form == FORM_STIX && stix_is_ours(&a, &r, it->body));
}

/* Looks again at what was refused, a few at a time for their bodies. */
static enum err forgive(struct plan *p, struct why *why)
{
	struct uuid ids[FORGIVE_MOST];
	struct record held[FORGIVE_MOST];
	size_t kept = 0, from = 0;

	while (from < p->refused.n) {
		size_t n = p->refused.n - from < FORGIVE_MOST ? p->refused.n - from : FORGIVE_MOST;
		ARENA(a, 0);

		for (size_t i = 0; i < n; i++)
			ids[i] = p->b->items.p[p->refused.p[from + i]].uid;
		enum err err = store_find_held(p->im->c->node->store, &a, p->im->c->actor->team,
					       ids, n, true, held, why);

		if (err)
			return err;
		for (size_t i = 0; i < n; i++) {
			const struct import_item *it = &p->b->items.p[p->refused.p[from + i]];
			const struct slot *s = slot_of(p, &it->uid);

			if (s && s->put < 0 && is_nothing_new(p, &held[i], it))
				p->unchanged++;
			else
				p->refused.p[kept++] = p->refused.p[from + i];
		}
		from += n;
	}
	p->refused.n = kept;
	return ERR_OK;
}

/* What the holding says today, to be said once more behind an older version. */
static enum err put_again(struct plan *p, struct arena *a, const struct record *now,
			  struct record_put *ret, struct why *why)
{
	struct node *n = p->im->c->node;
	const struct catalog_type *t = catalog_code(n->catalog, now->type);
	struct record_value *v = NULL;
	struct json body;
	uint64_t *hashes;
	size_t k = 0;
	enum err err = json_parse(a, now->body, NULL, &body, why);

	t = t ? t : catalog_generic(n->catalog);
	if (!err)
		err = intel_values(a, n->catalog, store_value_key(n->store), t, now->form, &body,
				   &v, &k, why);
	if (err)
		return err;
	hashes = arena_array(a, uint64_t, k + 1);
	for (size_t i = 0; i < k; i++)
		hashes[i] = v[i].hash;
	*ret = (struct record_put){.key = now->key,
				   .expect_version = now->version + 1,
				   .body = now->body,
				   .label = now->label,
				   .flags = now->flags,
				   .source_modified_us = now->source_modified_us,
				   .values = hashes,
				   .n_values = k,
				   .text = catalog_text(a, t, &body),
				   .kind = STORE_STAYS,
				   .why = STR("an older version came after this one")};
	return ERR_OK;
}

static enum err older_put(struct plan *p, const struct record *now, const struct import_item *it,
			  struct record_put *ret, struct why *why)
{
	*ret = (struct record_put){.key = now->key,
				   .expect_version = now->version,
				   .flags = now->flags,
				   .kind = STORE_OLDER};
	fill_content(ret, it);
	ret->values = NULL; /* nobody looks for what was superseded */
	ret->n_values = 0;
	ret->text = STR("");
	return label_after(p, now, it, &ret->label, why);
}

static enum err in_past(struct plan *p, const struct record *now, const struct import_item *it,
			bool *ret, struct why *why)
{
	struct store *s = p->im->c->node->store;
	const struct label *l = label_get(s, it->label);

	*ret = !l || !l->n_circles;
	return *ret ? ERR_OK
		    : store_said(s, now->key, l->circles[0].circle, it->modified_us, ret, why);
}

/* Older versions become part of the history, and of the collections of their labels; what is held
 * stays what is shown. Ends before a second one of a holding: *ret_n were looked at. */
static enum err keep_older(struct plan *p, const size_t *items, size_t n, size_t *ret_n,
			   struct why *why)
{
	struct ctx *c = p->im->c;
	struct record now[OLDER_RUN];
	struct uuid ids[OLDER_RUN];
	struct record_put put;
	struct write_set first, second;
	enum err err;
	ARENA(a, 0);

	n = n < OLDER_RUN ? n : OLDER_RUN;
	for (size_t i = 0; i < n; i++) {
		ids[i] = p->b->items.p[items[i]].uid;
		for (size_t k = 0; k < i; k++)
			if (uuid_eq(ids[k], ids[i]))
				n = i;
	}
	*ret_n = n;
	write_init(&first, &a, c->actor->account, c->actor->team);
	write_init(&second, &a, c->actor->account, c->actor->team);
	err = store_find_held(c->node->store, &a, c->actor->team, ids, n, true, now, why);
	for (size_t i = 0; i < n && !err; i++) {
		const struct import_item *it = &p->b->items.p[items[i]];
		bool said = false;

		if (!now[i].key || now[i].source_modified_us <= it->modified_us)
			continue;
		err = in_past(p, &now[i], it, &said, why);
		if (err || said)
			continue;
		err = older_put(p, &now[i], it, &put, why);
		if (!err)
			(void)write_put(&first, &put);
		if (!err)
			err = put_again(p, &a, &now[i], &put, why);
		if (!err)
			(void)write_put(&second, &put);
	}
	if (err || !write_puts(&first))
		return err;
	return store_commit_two(c->node->store, &first, &second, why);
}

/* What gets another label, and is to be taken back from who may not see it any more. */
static struct relabelling moved(struct plan *p, struct ctx *c)
{
	struct relabelling x = {.team = outbox_team(c->dir, c->actor->team)};

	for (size_t i = 0; i < p->n_puts; i++)
		if (p->was[i]->key && p->was[i]->label != p->puts[i].label)
			relabelling_add(c, &x, p->was[i], p->puts[i].label);
	return x;
}

static enum err write_all(struct plan *p, struct why *why)
{
	struct ctx c = *p->im->c;
	int64_t now = clock_now_us();
	struct relabelling x;
	struct write_set w;
	bool takes_back;
	enum err err = ERR_OK;

	if (!p->n_puts)
		return ERR_OK;
	c.arena = p->a;
	x = moved(p, &c);
	takes_back = relabelling_any(&x); /* each with an entry of its own, no slice */
	write_init(&w, p->a, c.actor->account, c.actor->team);
	w.slice = !takes_back;
	w.slice_job = p->im->job;
	for (size_t i = 0; i < p->n_puts; i++) {
		if (takes_back)
			p->puts[i].flags &= ~(uint32_t)RECORD_BULK;
		(void)write_put(&w, &p->puts[i]);
	}
	write_job(&w, "text_backlog", STR("{}"), now, "text_backlog");
	if (p->updated)
		write_job(&w, "text_sweep", STR("{}"), now + SWEEP_AFTER_US, "text_sweep");
	if (takes_back && (err = signing_begin(c.node->store, why)))
		return err;
	err = relabelling_write(&c, &w, &x, why);
	if (!err)
		err = store_commit(c.node->store, &w, NULL, why);
	if (takes_back)
		signing_end(c.node->store);
	return err;
}

static str refusal(const struct slot *s, const struct import_item *it)
{
	if (s && s->barred)
		return STR("is held from elsewhere: what a stranger sends supersedes nothing");
	if (s && !same_kind(s, it))
		return STR("is held as it came before, as another type or in another format");
	if (s && it->modified_us < s->modified_us)
		return STR("a newer version is held that is not in this collection: send that one");
	if (it->form == FORM_OWN)
		return STR("says other things of a value that stood here before");
	return STR("differs from what is held under the same modified time");
}

static void tell(struct plan *p)
{
	struct import_batch *b = p->b;

	b->created = p->created;
	b->updated = p->updated;
	b->unchanged = p->unchanged;
	b->rejected = (int64_t)p->refused.n;
	for (size_t i = 0; i < p->refused.n; i++) {
		struct import_item *it = &b->items.p[p->refused.p[i]];

		it->refused = refusal(slot_of(p, &it->uid), it);
		if (i >= IMPORT_REJECTS)
			continue;
		vec_add(&b->arena, &b->rejects,
			(struct import_reject){.file = it->file,
					       .position = it->at,
					       .path = it->path,
					       .reason = it->refused});
	}
}

static enum err try_once(struct importer *im, struct import_batch *b, struct why *why)
{
	ARENA(a, 0);
	struct plan p = {.im = im, .b = b, .a = &a};
	enum err err;

	map_init(&p.ids);
	err = look_up(&p, why);
	if (!err)
		err = plan_all(&p, why);
	if (!err && p.refused.n)
		err = forgive(&p, why);
	for (size_t i = 0, n = 0; i < p.older.n && !err; i += n)
		err = keep_older(&p, p.older.p + i, p.older.n - i, &n, why);
	if (!err)
		err = write_all(&p, why);
	if (!err)
		tell(&p);
	map_done(&p.ids);
	return err;
}

enum err import_commit(struct importer *im, struct import_batch *b, struct why *why)
{
	enum err err = ERR_STALE;

	/* somebody else of the team may write the same records meanwhile: then they are looked at
	 * again */
	for (int i = 0; i < TRIES && (err == ERR_STALE || err == ERR_CONFLICT); i++) {
		if (why)
			*why = (struct why){0};
		err = try_once(im, b, why);
	}
	return err;
}
