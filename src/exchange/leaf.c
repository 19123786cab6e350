// SPDX-License-Identifier: Apache-2.0
/* leaf: how an object falls into leaves, the salted digests of leaves and audience entries, and the
 * salts that travel (`open`). */
#include <stdlib.h>

#include "base/codec.h"
#include "exchange/manifest_internal.h"

/* ---- leaves ---- */

bool type_is_ours(str type)
{
	return str_starts(type, STR("x-hikeshi-"));
}

static bool opens_up(str name, const struct json *value)
{
	static const str names[] = {STR_INIT("what"), STR_INIT("whom"), STR_INIT("when"),
				    STR_INIT("why"),  STR_INIT("how"),  STR_INIT("who")};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, names[i]))
			return json_is(value, JSON_OBJECT) && value->n > 0;
	return false;
}

static bool name_opens(str type, str name, const struct json *value)
{
	return type_is_ours(type) && opens_up(name, value);
}

/* Fields that change what an object means when they are not there: an exercise taken for a real
 * warning, what was revoked or has expired for what holds. Which of them an object does not have is
 * a leaf as well (path [""]), so that nobody can drop one unseen. */
static bool has_when(const struct json *object, const char *name)
{
	return json_get_c(json_get_c(object, "when"), name) != NULL;
}

static struct json absent_json(struct arena *a, str type, const struct json *object)
{
	static const char *const of_ours[] = {"exercise", "state"}, *const of_others[] = {
									"revoked", "valid_until"};
	bool ours = type_is_ours(type);
	const char *const *names = ours ? of_ours : of_others;
	struct json absent = json_array();

	for (size_t i = 0; i < ARRAY_LEN(of_ours); i++)
		if (!json_get_c(object, names[i]))
			json_add(a, &absent, json_string(str_c(names[i])));
	if (ours && !has_when(object, "valid_until"))
		json_add(a, &absent, json_string(STR("when/valid_until")));
	return absent;
}

bool leaf_is_absent(const struct leaf *l)
{
	return l->n_path == 1 && l->path[0].n == 0;
}

enum err leaves_of(struct arena *a, const struct json *object, struct leaf **ret, size_t *ret_n,
		   struct why *why)
{
	str type = json_get_str(object, "type");
	struct json *absent;
	struct leaf *l;
	size_t n = 1, at = 0;

	if (!json_is(object, JSON_OBJECT))
		return wire_refuse(why, ERR_INVALID, "malformed", "not an object",
				   "オブジェクトではありません", STR("object"));
	for (uint32_t i = 0; i < object->n; i++) {
		const struct json_member *m = &object->members[i];

		n += name_opens(type, m->key, &m->value) ? m->value.n : 1;
	}
	if (n > MANIFEST_LEAVES_MAX)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many fields in",
				   "項目が多すぎます:", json_get_str(object, "id"));
	if (json_get_c(object, ""))
		return wire_refuse(why, ERR_INVALID, "malformed", "a field has no name in",
				   "名前のない項目があります:", json_get_str(object, "id"));
	l = arena_array(a, struct leaf, n);
	for (uint32_t i = 0; i < object->n; i++) {
		const struct json_member *m = &object->members[i];

		if (!name_opens(type, m->key, &m->value)) {
			l[at++] = (struct leaf){.path = {m->key}, .n_path = 1, .value = &m->value};
			continue;
		}
		for (uint32_t k = 0; k < m->value.n; k++)
			l[at++] = (struct leaf){.path = {m->key, m->value.members[k].key},
						.n_path = 2,
						.value = &m->value.members[k].value};
	}
	absent = arena_new(a, struct json);
	*absent = absent_json(a, type, object);
	l[at] = (struct leaf){.path = {STR("")}, .n_path = 1, .value = absent};
	*ret = l;
	*ret_n = n;
	return ERR_OK;
}

str leaf_name(struct arena *a, const struct leaf *l)
{
	return l->n_path == 1
		   ? l->path[0]
		   : arena_printf(a, "%.*s/%.*s", STR_ARG(l->path[0]), STR_ARG(l->path[1]));
}

/* Appends what is hashed of a leaf. */
static enum err leaf_text(struct arena *a, struct buf *b, const struct leaf *l, struct why *why)
{
	buf_add(b, STR("hikeshi/leaf/v1\n"));
	buf_add_bytes(b, l->salt.b, SALT_BYTES);
	buf_add(b, STR("[["));
	for (size_t i = 0; i < l->n_path; i++) {
		if (i)
			buf_add_char(b, ',');
		if (!utf8_valid(l->path[i]))
			return wire_refuse(why, ERR_INVALID, "malformed",
					   "a field's name is no UTF-8 in",
					   "項目名が UTF-8 ではありません:", STR("object"));
		json_write_str(b, l->path[i]);
	}
	buf_add(b, STR("],"));
	if (json_canonical(a, b, l->value))
		return wire_refuse(why, ERR_INVALID, "malformed", "cannot be signed exactly",
				   "正確に署名できない値", leaf_name(a, l));
	buf_add_char(b, ']');
	return ERR_OK;
}

enum err leaf_digests(struct arena *a, const struct leaf *l, size_t n, struct digest *ret,
		      struct why *why)
{
	size_t *ends = arena_array(a, size_t, n);
	str *texts = arena_array(a, str, n);
	enum err err = ERR_OK;
	BUF(b);

	(void)buf_room(&b, 2048);
	for (size_t i = 0; i < n && !err; i++) {
		err = leaf_text(a, &b, &l[i], why);
		ends[i] = b.n;
	}
	if (err)
		return err;
	for (size_t i = 0, from = 0; i < n; from = ends[i++])
		texts[i] = (str){b.p + from, ends[i] - from};
	sha256_each(texts, n, ret);
	return ERR_OK;
}

enum err leaf_digest(struct arena *a, const struct leaf *l, struct digest *ret, struct why *why)
{
	return leaf_digests(a, l, 1, ret, why);
}

static int leaf_order(const void *pa, const void *pb)
{
	const struct leaf *a = pa, *b = pb;
	int c;

	if (a->path[0].n && b->path[0].n && a->path[0].p[0] != b->path[0].p[0])
		return (unsigned char)a->path[0].p[0] < (unsigned char)b->path[0].p[0] ? -1 : 1;
	c = str_cmp(a->path[0], b->path[0]);
	if (c || a->n_path != b->n_path)
		return c ? c : a->n_path < b->n_path ? -1 : 1;
	return a->n_path == 2 ? str_cmp(a->path[1], b->path[1]) : 0;
}

#define FEW 32 /* so many are sorted by putting each in its place */

void leaves_sort(struct leaf *l, size_t n)
{
	size_t sorted = 1;

	while (sorted < n && leaf_order(&l[sorted - 1], &l[sorted]) <= 0)
		sorted++; /* as they arrive they are in order */
	if (n > FEW && sorted < n) {
		qsort(l, n, sizeof(*l), leaf_order);
		return;
	}
	for (size_t i = sorted; i < n; i++) {
		struct leaf x = l[i];
		size_t k = i;

		for (; k > 0 && leaf_order(&x, &l[k - 1]) < 0; k--)
			l[k] = l[k - 1];
		l[k] = x;
	}
}

/* ---- audience ---- */

static void add_uuid(struct buf *b, const char *name, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	buf_add_char(b, '"');
	buf_add(b, str_c(name));
	buf_add(b, STR("\":\""));
	buf_add(b, (str){text, UUID_TEXT});
	buf_add_char(b, '"');
}

/* As JCS has it: members by name. */
static void entry_write(struct buf *b, const struct audience_entry *e)
{
	buf_add_char(b, '{');
	switch (e->kind) {
	case AUDIENCE_EVERYONE:
		buf_add(b, STR("\"everyone\":true"));
		break;
	case AUDIENCE_CIRCLE:
		add_uuid(b, "circle", e->circle);
		buf_add(b, STR(",\"roster\":"));
		buf_add_i64(b, e->roster);
		break;
	case AUDIENCE_TEAM:
		add_uuid(b, "team", e->team);
		break;
	case AUDIENCE_PERSON:
		add_uuid(b, "person", e->person);
		buf_add_char(b, ',');
		add_uuid(b, "team", e->team);
		break;
	}
	buf_add_char(b, '}');
}

struct digest audience_digest(const struct audience_entry *e)
{
	BUF(b);

	entry_write(&b, e);
	return wire_salted(STR("hikeshi/audience/v1\n"), e->salt.b, buf_str(&b));
}

static struct json entry_json(struct arena *a, const struct audience_entry *e)
{
	struct json o = json_object();

	switch (e->kind) {
	case AUDIENCE_EVERYONE:
		wire_set(a, &o, "everyone", json_from_bool(true));
		break;
	case AUDIENCE_CIRCLE:
		wire_set(a, &o, "circle", wire_json_uuid(a, e->circle));
		wire_set(a, &o, "roster", json_from_i64(a, e->roster));
		break;
	case AUDIENCE_TEAM:
		wire_set(a, &o, "team", wire_json_uuid(a, e->team));
		break;
	case AUDIENCE_PERSON:
		wire_set(a, &o, "person", wire_json_uuid(a, e->person));
		wire_set(a, &o, "team", wire_json_uuid(a, e->team));
		break;
	}
	return o;
}

static enum err entry_parse(const struct json *v, struct audience_entry *ret, struct why *why)
{
	static const char *const everyone[] = {"everyone", NULL};
	static const char *const circle[] = {"circle", "roster", NULL};
	static const char *const team[] = {"person", "team", NULL};
	struct audience_entry e = {0};
	enum err err;

	if (json_get_c(v, "everyone")) {
		e.kind = AUDIENCE_EVERYONE;
		err = wire_object(v, "audience", everyone, why);
		if (!err && !json_is(json_get_c(v, "everyone"), JSON_TRUE))
			err = wire_refuse(why, ERR_INVALID, "malformed", "is not true", "真でない",
					  STR("everyone"));
	} else if (json_get_c(v, "circle")) {
		e.kind = AUDIENCE_CIRCLE;
		err = wire_object(v, "audience", circle, why);
		if (!err)
			err = wire_uuid(v, "circle", &e.circle, why);
		if (!err)
			err = wire_int(v, "roster", 0, WIRE_INT_MAX, &e.roster, why);
	} else {
		e.kind = json_get_c(v, "person") ? AUDIENCE_PERSON : AUDIENCE_TEAM;
		err = wire_object(v, "audience", team, why);
		if (!err)
			err = wire_uuid(v, "team", &e.team, why);
		if (!err && e.kind == AUDIENCE_PERSON)
			err = wire_uuid(v, "person", &e.person, why);
	}
	if (!err)
		*ret = e;
	return err;
}

/* ---- open ---- */

struct json open_json(struct arena *a, const struct opened *o)
{
	struct json v = json_object(), salts = json_object(), audience = json_array(), salt, inner;

	/* sorted by path, so that the members of one name are neighbours */
	for (size_t i = 0; i < o->n_leaves;) {
		const struct leaf *l = &o->leaves[i];

		if (l->n_path == 1) {
			salt = wire_json_hex(a, l->salt.b, SALT_BYTES);
			json_set(a, &salts, l->path[0], salt);
			i++;
			continue;
		}
		inner = json_object();
		for (; i < o->n_leaves && o->leaves[i].n_path == 2 &&
		       str_eq(o->leaves[i].path[0], l->path[0]);
		     i++) {
			salt = wire_json_hex(a, o->leaves[i].salt.b, SALT_BYTES);
			json_set(a, &inner, o->leaves[i].path[1], salt);
		}
		json_set(a, &salts, l->path[0], inner);
	}
	for (size_t i = 0; i < o->n_audience; i++) {
		inner = json_object();
		wire_set(a, &inner, "entry", entry_json(a, &o->audience[i]));
		wire_set(a, &inner, "salt", wire_json_hex(a, o->audience[i].salt.b, SALT_BYTES));
		json_add(a, &audience, inner);
	}
	wire_set(a, &v, "audience", audience);
	wire_set(a, &v, "salts", salts);
	if (o->members)
		wire_set(a, &v, "members", *o->members);
	return v;
}

static void add_salt(struct buf *b, const struct salt *s)
{
	buf_add(b, STR(":\""));
	hex_encode(b, s->b, SALT_BYTES);
	buf_add_char(b, '"');
}

static void salts_write(struct buf *b, const struct opened *o)
{
	str inside = STR_NULL; /* the name whose members are being written */

	for (size_t i = 0; i < o->n_leaves; i++) {
		const struct leaf *l = &o->leaves[i];
		bool next = i > 0;

		if (inside.p && (l->n_path == 1 || !str_eq(inside, l->path[0]))) {
			buf_add_char(b, '}');
			inside = STR_NULL;
		}
		if (l->n_path == 2 && !inside.p) {
			if (next)
				buf_add_char(b, ',');
			json_write_str(b, l->path[0]);
			buf_add(b, STR(":{"));
			inside = l->path[0];
			next = false;
		}
		if (next)
			buf_add_char(b, ',');
		json_write_str(b, l->path[l->n_path - 1]);
		add_salt(b, &l->salt);
	}
	if (inside.p)
		buf_add_char(b, '}');
}

void open_write(struct buf *b, const struct opened *o)
{
	buf_add(b, STR("{\"audience\":["));
	for (size_t i = 0; i < o->n_audience; i++) {
		buf_add(b, i ? STR(",{\"entry\":") : STR("{\"entry\":"));
		entry_write(b, &o->audience[i]);
		buf_add(b, STR(",\"salt\""));
		add_salt(b, &o->audience[i].salt);
		buf_add_char(b, '}');
	}
	buf_add(b, STR("],\"salts\":{"));
	salts_write(b, o);
	buf_add_char(b, '}');
	if (o->members) {
		buf_add(b, STR(",\"members\":"));
		json_write(b, o->members);
	}
	buf_add_char(b, '}');
}

static enum err salt_parse(const struct json *v, struct leaf l, struct leaf *ret, struct why *why)
{
	if (!wire_hex_is(json_str(v), l.salt.b, SALT_BYTES))
		return wire_refuse(why, ERR_INVALID, "malformed", "not a salt of",
				   "塩ではない:", l.path[l.n_path - 1]);
	*ret = l;
	return ERR_OK;
}

static enum err salts_parse(struct arena *a, const struct json *salts, struct opened *ret,
			    struct why *why)
{
	struct leaf *l;
	size_t n = 0, at = 0;
	enum err err = ERR_OK;

	if (!json_is(salts, JSON_OBJECT))
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", STR("salts"));
	for (uint32_t i = 0; i < salts->n; i++)
		n += json_is(&salts->members[i].value, JSON_OBJECT) ? salts->members[i].value.n : 1;
	if (n > MANIFEST_LEAVES_MAX)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many elements of",
				   "要素が多すぎます:", STR("salts"));
	l = arena_array(a, struct leaf, n);
	for (uint32_t i = 0; i < salts->n && !err; i++) {
		const struct json_member *m = &salts->members[i];

		if (!json_is(&m->value, JSON_OBJECT)) {
			err = salt_parse(&m->value, (struct leaf){.path = {m->key}, .n_path = 1},
					 &l[at++], why);
			continue;
		}
		for (uint32_t k = 0; k < m->value.n && !err; k++)
			err = salt_parse(
			    &m->value.members[k].value,
			    (struct leaf){.path = {m->key, m->value.members[k].key}, .n_path = 2},
			    &l[at++], why);
	}
	if (err)
		return err;
	leaves_sort(l, n);
	ret->leaves = l;
	ret->n_leaves = n;
	return ERR_OK;
}

enum err audience_limits(const struct audience_entry *e, size_t n, struct why *why)
{
	size_t circles = 0;

	for (size_t i = 0; i < n; i++)
		circles += e[i].kind == AUDIENCE_CIRCLE;
	if (n > MANIFEST_AUDIENCE_MAX || circles > MANIFEST_CIRCLES_MAX)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many elements of",
				   "要素が多すぎます:", STR("audience"));
	return ERR_OK;
}

static enum err entries_parse(struct arena *a, const struct json *v, struct opened *ret,
			      struct why *why)
{
	static const char *const names[] = {"entry", "salt", NULL};
	size_t n = json_count(v);
	struct audience_entry *e;
	enum err err = ERR_OK;

	if (!json_is(v, JSON_ARRAY) || n > MANIFEST_AUDIENCE_MAX)
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", STR("audience"));
	e = arena_array(a, struct audience_entry, n);
	for (size_t i = 0; i < n && !err; i++) {
		const struct json *x = json_at(v, i);

		err = wire_object(x, "audience", names, why);
		if (!err)
			err = entry_parse(json_get_c(x, "entry"), &e[i], why);
		if (!err)
			err = wire_hex(x, "salt", e[i].salt.b, SALT_BYTES, why);
	}
	if (!err)
		err = audience_limits(e, n, why);
	if (err)
		return err;
	ret->audience = e;
	ret->n_audience = n;
	return ERR_OK;
}

enum err open_parse(struct arena *a, const struct json *v, struct opened *ret, struct why *why)
{
	static const char *const names[] = {"audience", "salts", "members", NULL};
	struct opened o = {.members = json_get_c(v, "members")};
	enum err err = wire_object(v, "open", names, why);

	if (!err)
		err = salts_parse(a, json_get_c(v, "salts"), &o, why);
	if (!err)
		err = entries_parse(a, json_get_c(v, "audience"), &o, why);
	if (!err)
		*ret = o;
	return err;
}

const struct leaf *opened_leaf(const struct opened *o, const struct leaf *l)
{
	return o->n_leaves ? bsearch(l, o->leaves, o->n_leaves, sizeof(*l), leaf_order) : NULL;
}

struct opened open_for(struct arena *a, const struct opened *o, const struct json *object,
		       audience_keep_fn *keep, void *ctx)
{
	struct leaf *l = arena_array(a, struct leaf, o->n_leaves);
	struct audience_entry *e = arena_array(a, struct audience_entry, o->n_audience);
	str type = json_get_str(object, "type");
	struct opened out = {.leaves = l, .audience = e};

	for (size_t i = 0; i < o->n_leaves; i++) {
		const struct leaf *x = &o->leaves[i];
		const struct json *v = json_get(object, x->path[0]);
		bool inner = v && name_opens(type, x->path[0], v);

		if (x->n_path == 2)
			v = inner ? json_get(v, x->path[1]) : NULL;
		else if (inner)
			v = NULL;
		if (v || leaf_is_absent(x))
			l[out.n_leaves++] = *x;
	}
	for (size_t i = 0; i < o->n_audience; i++)
		if (!keep || keep(ctx, &o->audience[i]))
			e[out.n_audience++] = o->audience[i];
	return out;
}
