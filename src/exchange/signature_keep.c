// SPDX-License-Identifier: Apache-2.0
/* signature_keep: an x-hikeshi-signature as the database keeps it: what was read of it, as bytes; a
 * third of the text, which follows from it. Rows begin with the number of their form: another form
 * gets another number, and this one is read for ever. "{": the text itself, from before. */
#include "exchange/manifest_internal.h"
#include "exchange/signature.h"

#define FORM 1
#define BIT_PREV 1u
#define BIT_FORWARDER 2u
#define BIT_OTHER 4u /* team is not the originator */

/* ---- writing ---- */

static void add_number(struct buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		buf_add_char(b, (char)(v | 128));
	buf_add_char(b, (char)v);
}

static void add_text(struct buf *b, str s)
{
	add_number(b, s.n);
	buf_add(b, s);
}

static void add_digest_list(struct buf *b, const struct digest *d, size_t n)
{
	add_number(b, n);
	buf_add_bytes(b, d, n * sizeof(*d));
}

static void add_json(struct buf *b, const struct json *v)
{
	BUF(text);

	if (v)
		json_write(&text, v);
	add_text(b, buf_str(&text));
}

static void add_manifest(struct buf *b, const struct manifest *m)
{
	add_text(b, m->target);
	add_text(b, m->modified);
	add_number(b, (uint64_t)m->rev);
	if (m->has_prev)
		buf_add_bytes(b, m->prev.b, sizeof(m->prev.b));
	add_number(b, m->label.tlp);
	add_number(b, (uint64_t)m->label.pap);
	add_number(b, (uint64_t)m->label.attribution);
	add_number(b, (uint64_t)m->label.nbf_us);
	add_number(b, (uint64_t)m->label.exp_us);
	add_digest_list(b, m->audience, m->n_audience);
	add_digest_list(b, m->digests, m->n_digests);
}

static void add_entry(struct buf *b, const struct audience_entry *e)
{
	add_number(b, e->kind);
	if (e->kind == AUDIENCE_CIRCLE) {
		buf_add_bytes(b, e->circle.b, sizeof(e->circle.b));
		add_number(b, (uint64_t)e->roster);
	}
	if (e->kind == AUDIENCE_TEAM || e->kind == AUDIENCE_PERSON)
		buf_add_bytes(b, e->team.b, sizeof(e->team.b));
	if (e->kind == AUDIENCE_PERSON)
		buf_add_bytes(b, e->person.b, sizeof(e->person.b));
	buf_add_bytes(b, e->salt.b, sizeof(e->salt.b));
}

static void add_open(struct buf *b, const struct opened *o)
{
	add_number(b, o->n_leaves);
	for (size_t i = 0; i < o->n_leaves; i++) {
		add_number(b, o->leaves[i].n_path);
		for (size_t k = 0; k < o->leaves[i].n_path; k++)
			add_text(b, o->leaves[i].path[k]);
		buf_add_bytes(b, o->leaves[i].salt.b, sizeof(o->leaves[i].salt.b));
	}
	add_number(b, o->n_audience);
	for (size_t i = 0; i < o->n_audience; i++)
		add_entry(b, &o->audience[i]);
	add_json(b, o->members);
	add_json(b, NULL); /* of this form: something that never was */
}

str signature_keep(struct arena *a, const struct signed_manifest *s)
{
	bool other = !uuid_eq(s->team, s->originator);
	BUF(b);

	(void)buf_room(&b, 2048);
	buf_add_char(&b, FORM);
	add_number(&b, (s->manifest.has_prev ? BIT_PREV : 0) |
			   (s->manifest.role == ROLE_FORWARDER ? BIT_FORWARDER : 0) |
			   (other ? BIT_OTHER : 0));
	buf_add_be64(&b, (uint64_t)s->created_us);
	buf_add_be64(&b, (uint64_t)s->modified_us);
	buf_add_bytes(&b, s->team.b, sizeof(s->team.b));
	if (other)
		buf_add_bytes(&b, s->originator.b, sizeof(s->originator.b));
	add_manifest(&b, &s->manifest);
	buf_add_bytes(&b, s->signature.key.b, sizeof(s->signature.key.b));
	buf_add_bytes(&b, s->signature.sig.b, sizeof(s->signature.sig.b));
	add_number(&b, s->signature.index);
	add_number(&b, s->signature.size);
	add_digest_list(&b, s->signature.path, s->signature.n_path);
	add_open(&b, &s->open);
	return arena_str(a, buf_str(&b));
}

/* ---- reading ---- */

/* What is left of a row; bad: it ended too early, and everything read since is zero. */
struct reading {
	struct arena *a;
	str rest;
	bool bad;
};

static const char *take(struct reading *r, size_t n)
{
	const char *p = r->rest.p;

	if (r->bad || n > r->rest.n) {
		r->bad = true;
		return NULL;
	}
	r->rest = str_from(r->rest, n);
	return p;
}

static void take_bytes(struct reading *r, void *ret, size_t n)
{
	const char *p = take(r, n);

	if (p)
		memcpy(ret, p, n);
}

static uint64_t take_number(struct reading *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		const char *p = take(r, 1);
		uint8_t c = p ? (uint8_t)*p : 0;

		v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return v;
	}
	r->bad = true;
	return 0;
}

static str take_text(struct reading *r)
{
	uint64_t n = take_number(r);
	const char *p = n <= r->rest.n ? take(r, n) : NULL;

	r->bad |= !p;
	return p ? (str){p, n} : STR_NULL;
}

/* How many things of so many bytes follow; never more than there are. */
static size_t take_count(struct reading *r, size_t bytes)
{
	uint64_t n = take_number(r);

	if (n > r->rest.n / bytes) {
		r->bad = true;
		return 0;
	}
	return n;
}

static uint64_t take_be64(struct reading *r)
{
	uint8_t b[8] = {0};
	uint64_t v = 0;

	take_bytes(r, b, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++)
		v = v << 8 | b[i];
	return v;
}

static const struct digest *take_digest_list(struct reading *r, size_t *ret_n)
{
	size_t n = take_count(r, SHA256_BYTES);
	struct digest *d = arena_array(r->a, struct digest, n);

	take_bytes(r, d, n * sizeof(*d));
	*ret_n = n;
	return d;
}

static const struct json *take_json(struct reading *r)
{
	str text = take_text(r);
	struct json *v;

	if (!text.n)
		return NULL;
	v = arena_new(r->a, struct json);
	r->bad |= json_parse(r->a, text, NULL, v, NULL) != ERR_OK;
	return v;
}

static void take_manifest(struct reading *r, uint64_t bits, struct manifest *m)
{
	m->role = bits & BIT_FORWARDER ? ROLE_FORWARDER : ROLE_ORIGINATOR;
	m->target = take_text(r);
	m->modified = take_text(r);
	m->rev = (int64_t)take_number(r);
	m->has_prev = bits & BIT_PREV;
	if (m->has_prev)
		take_bytes(r, m->prev.b, sizeof(m->prev.b));
	m->label.tlp = (enum tlp)take_number(r);
	m->label.pap = (int32_t)take_number(r);
	m->label.attribution = (int32_t)take_number(r);
	m->label.nbf_us = (int64_t)take_number(r);
	m->label.exp_us = (int64_t)take_number(r);
	m->audience = take_digest_list(r, &m->n_audience);
	m->digests = take_digest_list(r, &m->n_digests);
}

static void take_entry(struct reading *r, struct audience_entry *e)
{
	e->kind = (enum audience_kind)take_number(r);
	if (e->kind == AUDIENCE_CIRCLE) {
		take_bytes(r, e->circle.b, sizeof(e->circle.b));
		e->roster = (int64_t)take_number(r);
	}
	if (e->kind == AUDIENCE_TEAM || e->kind == AUDIENCE_PERSON)
		take_bytes(r, e->team.b, sizeof(e->team.b));
	if (e->kind == AUDIENCE_PERSON)
		take_bytes(r, e->person.b, sizeof(e->person.b));
	take_bytes(r, e->salt.b, sizeof(e->salt.b));
}

static void take_open(struct reading *r, struct opened *o)
{
	size_t n = take_count(r, SALT_BYTES);
	struct leaf *l = arena_array(r->a, struct leaf, n);
	struct audience_entry *e;

	for (size_t i = 0; i < n && !r->bad; i++) {
		l[i].n_path = take_number(r);
		r->bad |= l[i].n_path < 1 || l[i].n_path > 2;
		for (size_t k = 0; k < l[i].n_path && !r->bad; k++)
			l[i].path[k] = take_text(r);
		take_bytes(r, l[i].salt.b, sizeof(l[i].salt.b));
	}
	o->leaves = l;
	o->n_leaves = n;
	o->n_audience = take_count(r, SALT_BYTES);
	e = arena_array(r->a, struct audience_entry, o->n_audience);
	for (size_t i = 0; i < o->n_audience; i++)
		take_entry(r, &e[i]);
	o->audience = e;
	o->members = take_json(r);
	r->bad |= take_text(r).n > 0;
}

static void take_all(struct reading *r, struct signed_manifest *s)
{
	uint64_t bits;

	r->bad |= take_number(r) != FORM;
	bits = take_number(r);
	s->created_us = (int64_t)take_be64(r);
	s->modified_us = (int64_t)take_be64(r);
	take_bytes(r, s->team.b, sizeof(s->team.b));
	s->originator = s->team;
	if (bits & BIT_OTHER)
		take_bytes(r, s->originator.b, sizeof(s->originator.b));
	take_manifest(r, bits, &s->manifest);
	take_bytes(r, s->signature.key.b, sizeof(s->signature.key.b));
	take_bytes(r, s->signature.sig.b, sizeof(s->signature.sig.b));
	s->signature.index = (uint32_t)take_number(r);
	s->signature.size = (uint32_t)take_number(r);
	s->signature.path = take_digest_list(r, &s->signature.n_path);
	take_open(r, &s->open);
}

enum err signature_kept(struct arena *a, str kept, struct signed_manifest *ret, struct why *why)
{
	struct signed_manifest s = {0};
	struct reading r = {.a = a, .rest = kept};
	struct json v;

	if (str_starts(kept, STR("{"))) {
		r.bad = json_parse(a, kept, NULL, &v, NULL) || signature_parse(a, &v, &s, NULL);
	} else {
		take_all(&r, &s);
		r.bad |= r.rest.n > 0;
	}
	if (r.bad)
		return why_set(why, ERR_IO,
			       "a stored signature cannot be read: run hikeshi verify");
	*ret = s;
	return ERR_OK;
}
