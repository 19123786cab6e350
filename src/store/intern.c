// SPDX-License-Identifier: Apache-2.0
/* intern: words, principals and labels live in memory, dense from 1, and are only ever added.
 * New ones are written in a transaction of their own, then read back by number, so that memory
 * is the same in every process. */
#include "base/clock.h"
#include "store/store_internal.h"

#define LABEL_PARTS_MAX 65536u

struct principal {
	char key[17]; /* kind, uuid */
};
struct label_entry {
	struct label l;
	struct digest digest; /* of the packed key: what makes it unique */
	struct digest canonical;
	bool canonical_known;
};

struct interned {
	pthread_rwlock_t lock;
	VEC(str) words;
	VEC(struct principal *) principals;
	VEC(struct label_entry *) labels;
	struct map word_of, principal_of, label_of;
	struct arena arena; /* all of it; grows only */
};

/* ---- packing labels ---- */

static int by_circle(const void *x, const void *y)
{
	const struct label_circle *a = x, *b = y;
	if (a->circle != b->circle)
		return a->circle < b->circle ? -1 : 1;
	return (a->roster > b->roster) - (a->roster < b->roster);
}

static int by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

static int by_person(const void *x, const void *y)
{
	const struct label_person *a = x, *b = y;
	if (a->team != b->team)
		return a->team < b->team ? -1 : 1;
	return (a->person > b->person) - (a->person < b->person);
}

static void add_i64(struct buf *b, int64_t v)
{
	buf_add_be64(b, (uint64_t)v);
}

static enum err label_pack(struct arena *a, const struct label *l, str *ret, struct why *why)
{
	if (l->n_circles > LABEL_PARTS_MAX || l->n_teams > LABEL_PARTS_MAX ||
	    l->n_people > LABEL_PARTS_MAX)
		return why_set(why, ERR_LIMIT, "an audience of more than %u entries",
			       LABEL_PARTS_MAX);
	struct label_circle *circles = arena_array(a, struct label_circle, l->n_circles);
	int64_t *teams = arena_array(a, int64_t, l->n_teams);
	struct label_person *people = arena_array(a, struct label_person, l->n_people);
	if (l->n_circles)
		memcpy(circles, l->circles, l->n_circles * sizeof *circles);
	if (l->n_teams)
		memcpy(teams, l->teams, l->n_teams * sizeof *teams);
	if (l->n_people)
		memcpy(people, l->people, l->n_people * sizeof *people);
	qsort(circles, l->n_circles, sizeof *circles, by_circle);
	qsort(teams, l->n_teams, sizeof *teams, by_number);
	qsort(people, l->n_people, sizeof *people, by_person);
	BUF(b);
	add_i64(&b, l->originator);
	add_i64(&b, l->holder);
	add_i64(&b, (int64_t)l->tlp);
	add_i64(&b, l->everyone);
	add_i64(&b, l->pap);
	add_i64(&b, l->attribution);
	add_i64(&b, l->not_before_us);
	add_i64(&b, l->expires_us);
	add_i64(&b, (int64_t)l->n_circles);
	add_i64(&b, (int64_t)l->n_teams);
	add_i64(&b, (int64_t)l->n_people);
	for (size_t i = 0; i < l->n_circles; i++) {
		add_i64(&b, circles[i].circle);
		add_i64(&b, circles[i].roster);
	}
	for (size_t i = 0; i < l->n_teams; i++)
		add_i64(&b, teams[i]);
	for (size_t i = 0; i < l->n_people; i++) {
		add_i64(&b, people[i].team);
		add_i64(&b, people[i].person);
	}
	*ret = arena_str(a, buf_str(&b));
	return ERR_OK;
}

struct packed {
	str s;
	bool bad;
};

static int64_t take(struct packed *p)
{
	if (p->s.n < 8) {
		p->bad = true;
		return 0;
	}
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | (uint8_t)p->s.p[i];
	p->s = str_from(p->s, 8);
	return (int64_t)v;
}

static bool label_unpack(struct arena *a, str packed, struct label *l)
{
	struct packed p = {packed, false};
	l->originator = take(&p);
	l->holder = take(&p);
	l->tlp = (enum tlp)take(&p);
	l->everyone = take(&p) != 0;
	l->pap = (int32_t)take(&p);
	l->attribution = (int32_t)take(&p);
	l->not_before_us = take(&p);
	l->expires_us = take(&p);
	l->n_circles = (size_t)take(&p);
	l->n_teams = (size_t)take(&p);
	l->n_people = (size_t)take(&p);
	if (p.bad || l->n_circles > LABEL_PARTS_MAX || l->n_teams > LABEL_PARTS_MAX ||
	    l->n_people > LABEL_PARTS_MAX)
		return false;
	struct label_circle *circles = arena_array(a, struct label_circle, l->n_circles);
	int64_t *teams = arena_array(a, int64_t, l->n_teams);
	struct label_person *people = arena_array(a, struct label_person, l->n_people);
	for (size_t i = 0; i < l->n_circles; i++) {
		circles[i].circle = take(&p);
		circles[i].roster = take(&p);
	}
	for (size_t i = 0; i < l->n_teams; i++)
		teams[i] = take(&p);
	for (size_t i = 0; i < l->n_people; i++) {
		people[i].team = take(&p);
		people[i].person = take(&p);
	}
	l->circles = circles;
	l->teams = teams;
	l->people = people;
	return !p.bad && p.s.n == 0;
}

/* ---- memory ---- */

enum err interned_open(struct store *s, struct why *why)
{
	struct interned *in = mem_alloc(sizeof *in);
	pthread_rwlock_init(&in->lock, NULL);
	arena_init(&in->arena, 0);
	map_init(&in->word_of);
	map_init(&in->principal_of);
	map_init(&in->label_of);
	s->interned = in;
	return interned_refresh(s, why);
}

void interned_close(struct store *s)
{
	struct interned *in = s->interned;
	if (!in)
		return;
	map_done(&in->word_of);
	map_done(&in->principal_of);
	map_done(&in->label_of);
	vec_done(&in->words);
	vec_done(&in->principals);
	vec_done(&in->labels);
	arena_done(&in->arena);
	pthread_rwlock_destroy(&in->lock);
	mem_free(in);
	s->interned = NULL;
}

static void word_learn(struct interned *in, struct db_rows *r)
{
	if (db_int(r, 0) != (int64_t)in->words.n + 1)
		return; /* somebody else learned it in between */
	str text = arena_str(&in->arena, db_bytes(r, 1));
	vec_add(NULL, &in->words, text);
	map_put(&in->word_of, text, NULL)->i = (int64_t)in->words.n;
}

static void principal_learn(struct interned *in, struct db_rows *r)
{
	if (db_int(r, 0) != (int64_t)in->principals.n + 1)
		return;
	struct principal *p = arena_new(&in->arena, struct principal);
	p->key[0] = (char)db_int(r, 1);
	struct uuid u = db_uuid(r, 2);
	memcpy(p->key + 1, u.b, 16);
	vec_add(NULL, &in->principals, p);
	map_put(&in->principal_of, (str){p->key, 17}, NULL)->i = (int64_t)in->principals.n;
}

static void label_learn(struct interned *in, struct db_rows *r)
{
	if (db_int(r, 0) != (int64_t)in->labels.n + 1)
		return;
	struct label_entry *e = arena_new(&in->arena, struct label_entry);
	if (!label_unpack(&in->arena, db_bytes(r, 2), &e->l))
		e->l = (struct label){.tlp = TLP_RED}; /* damaged: nobody may see it */
	e->l.key = db_int(r, 0);
	e->digest = db_digest(r, 1);
	vec_add(NULL, &in->labels, e);
	map_put(&in->label_of, digest_str(&e->digest), NULL)->i = e->l.key;
}

typedef void learn_fn(struct interned *in, struct db_rows *r);

static enum err learn(struct store *s, struct db *db, const char *sql, int64_t known, learn_fn *fn,
		      struct why *why)
{
	struct db_rows *r;
	enum err e = db_query(db, sql, DBARGS(DBI(known)), &r, why);
	if (e)
		return e;
	pthread_rwlock_wrlock(&s->interned->lock);
	while (db_next(r))
		fn(s->interned, r);
	pthread_rwlock_unlock(&s->interned->lock);
	return db_end(r, why);
}

enum err interned_refresh(struct store *s, struct why *why)
{
	struct interned *in = s->interned;
	pthread_rwlock_rdlock(&in->lock);
	int64_t words = (int64_t)in->words.n, principals = (int64_t)in->principals.n,
		labels = (int64_t)in->labels.n;
	pthread_rwlock_unlock(&in->lock);
	struct db *db = store_reader_get(s);
	enum err e = learn(s, db, "SELECT id, text FROM word WHERE id > ?1 ORDER BY id", words,
			   word_learn, why);
	if (!e)
		e = learn(s, db, "SELECT id, kind, uid FROM principal WHERE id > ?1 ORDER BY id",
			  principals, principal_learn, why);
	if (!e)
		e = learn(s, db, "SELECT id, digest, key FROM label WHERE id > ?1 ORDER BY id",
			  labels, label_learn, why);
	store_reader_put(s, db);
	return e;
}

/* ---- adding ---- */

enum kind { KIND_WORD, KIND_PRINCIPAL, KIND_LABEL };
/* Each takes the unique value first; the second value is stored beside it. */
static const struct {
	const char *find, *insert;
} kinds[] = {
    [KIND_WORD] = {"SELECT id FROM word WHERE text = ?1 AND ?2 = ?2",
		   "INSERT INTO word(id, text) SELECT coalesce(max(id), 0) + 1, ?1 FROM word "
		   "WHERE ?2 = ?2"},
    [KIND_PRINCIPAL] = {"SELECT id FROM principal WHERE uid = ?1 AND kind = ?2",
			"INSERT INTO principal(id, uid, kind) SELECT coalesce(max(id), 0) + 1, "
			"?1, ?2 FROM principal"},
    [KIND_LABEL] = {"SELECT id FROM label WHERE digest = ?1 AND ?2 = ?2",
		    "INSERT INTO label(id, digest, key) SELECT coalesce(max(id), 0) + 1, ?1, "
		    "?2 FROM label"},
};

struct add {
	enum kind kind;
	struct db_value (*values)[2];
	size_t n;
};

static enum err add_tx(struct db *tx, void *ctx, struct why *why)
{
	const struct add *add = ctx;
	enum err e = ERR_OK;
	if (db_backend(tx) == DB_POSTGRES)
		e = db_exec(tx, "SELECT pg_advisory_xact_lock(?1)", DBARGS(DBI(LOCK_INTERN)), NULL,
			    why);
	for (size_t i = 0; i < add->n && !e; i++) {
		int64_t id;
		bool label = add->kind == KIND_LABEL;
		const struct db_value find[2] = {add->values[i][0],
						 label ? DBI(1) : add->values[i][1]};
		e = db_get_int(tx, kinds[add->kind].find, find, 2, &id, why);
		if (e != ERR_NOTFOUND)
			continue;
		e = db_exec(tx, kinds[add->kind].insert, add->values[i], 2, NULL, why);
	}
	if (!e && db_backend(tx) == DB_POSTGRES)
		e = db_exec(tx, "NOTIFY hikeshi", DBNONE, NULL, why);
	return e;
}

static enum err add_new(struct store *s, struct add *add, struct why *why)
{
	enum err e = store_tx(s, add_tx, add, why);
	return e ? e : interned_refresh(s, why);
}

static int64_t find_text(struct store *s, enum kind kind, str key)
{
	struct interned *in = s->interned;
	const struct map *m = kind == KIND_WORD        ? &in->word_of
			      : kind == KIND_PRINCIPAL ? &in->principal_of
						       : &in->label_of;
	pthread_rwlock_rdlock(&in->lock);
	const union map_value *v = map_get(m, key);
	int64_t id = v ? v->i : 0;
	pthread_rwlock_unlock(&in->lock);
	return id;
}

/* keys[i]: what the maps know it by; values[i]: what is stored. */
static enum err intern(struct store *s, enum kind kind, struct arena *a, const str *keys,
		       struct db_value (*values)[2], size_t n, int64_t *ret, struct why *why)
{
	int64_t *ids = arena_array(a, int64_t, n);
	struct add add = {kind, (void *)arena_array(a, struct db_value, 2 * n), 0};
	for (size_t i = 0; i < n; i++) {
		ids[i] = find_text(s, kind, keys[i]);
		if (!ids[i])
			memcpy(add.values[add.n++], values[i], sizeof values[i]);
	}
	if (add.n) {
		enum err e = add_new(s, &add, why);
		if (e)
			return e;
	}
	for (size_t i = 0; i < n; i++) {
		if (!ids[i])
			ids[i] = find_text(s, kind, keys[i]);
		if (!ids[i])
			return why_set(why, ERR_IO, "interned value did not come back");
	}
	if (n)
		memcpy(ret, ids, n * sizeof *ids);
	return ERR_OK;
}

/* ---- words ---- */

enum err word_code(struct store *s, str word, int32_t *ret, struct why *why)
{
	int64_t id = find_text(s, KIND_WORD, word);
	if (!id) {
		if (word.n == 0 || word.n > 256)
			return why_set(why, ERR_LIMIT, "a word of %zu bytes", word.n);
		ARENA(a, 0);
		struct db_value v[1][2] = {{DBT(word), DBI(1)}};
		enum err e = intern(s, KIND_WORD, &a, &word, v, 1, &id, why);
		if (e)
			return e;
	}
	*ret = (int32_t)id;
	return ERR_OK;
}

int32_t word_find(struct store *s, str word)
{
	return (int32_t)find_text(s, KIND_WORD, word);
}

/* True if another process may have added what we do not know yet, and it was read now. */
static bool grew(struct store *s)
{
	struct why ignored = {0};
	return s->postgres && interned_refresh(s, &ignored) == ERR_OK;
}

str word_text(struct store *s, int32_t code)
{
	struct interned *in = s->interned;
	for (int tries = 0; code > 0 && tries < 2; tries++) {
		pthread_rwlock_rdlock(&in->lock);
		bool known = (size_t)code <= in->words.n;
		str t = known ? in->words.p[code - 1] : STR_NULL;
		pthread_rwlock_unlock(&in->lock);
		if (known || tries || !grew(s))
			return t;
	}
	return STR_NULL;
}

/* ---- principals ---- */

static void principal_key(enum principal_kind kind, struct uuid id, char ret[17])
{
	ret[0] = (char)kind;
	memcpy(ret + 1, id.b, 16);
}

enum err principal_intern(struct store *s, enum principal_kind kind, const struct uuid *ids,
			  size_t n, int64_t *ret_keys, struct why *why)
{
	ARENA(a, 0);
	str *keys = arena_array(&a, str, n);
	struct db_value(*values)[2] = (void *)arena_array(&a, struct db_value, 2 * n);
	for (size_t i = 0; i < n; i++) {
		char *k = arena_alloc(&a, 17);
		principal_key(kind, ids[i], k);
		keys[i] = (str){k, 17};
		values[i][0] = DBU(ids[i]);
		values[i][1] = DBI(kind);
	}
	return intern(s, KIND_PRINCIPAL, &a, keys, values, n, ret_keys, why);
}

int64_t principal_find(struct store *s, enum principal_kind kind, struct uuid id)
{
	char k[17];
	principal_key(kind, id, k);
	return find_text(s, KIND_PRINCIPAL, (str){k, 17});
}

bool principal_uuid(struct store *s, int64_t key, struct uuid *ret)
{
	struct interned *in = s->interned;
	for (int tries = 0; key > 0 && tries < 2; tries++) {
		pthread_rwlock_rdlock(&in->lock);
		bool known = (uint64_t)key <= in->principals.n;
		if (known)
			memcpy(ret->b, in->principals.p[key - 1]->key + 1, 16);
		pthread_rwlock_unlock(&in->lock);
		if (known)
			return true;
		if (tries || !grew(s))
			break;
	}
	return false;
}

/* ---- labels ---- */

enum err label_intern(struct store *s, const struct label *labels, size_t n, int64_t *ret_keys,
		      struct why *why)
{
	ARENA(a, 0);
	str *keys = arena_array(&a, str, n);
	struct db_value(*values)[2] = (void *)arena_array(&a, struct db_value, 2 * n);
	for (size_t i = 0; i < n; i++) {
		str packed;
		enum err e = label_pack(&a, &labels[i], &packed, why);
		if (e)
			return e;
		struct digest *d = arena_new(&a, struct digest);
		*d = sha256(packed);
		keys[i] = digest_str(d);
		values[i][0] = DBB(keys[i]);
		values[i][1] = DBB(packed);
	}
	return intern(s, KIND_LABEL, &a, keys, values, n, ret_keys, why);
}

static struct label_entry *label_entry(struct store *s, int64_t key)
{
	struct interned *in = s->interned;
	for (int tries = 0; key > 0 && tries < 2; tries++) {
		pthread_rwlock_rdlock(&in->lock);
		struct label_entry *l =
		    (uint64_t)key <= in->labels.n ? in->labels.p[key - 1] : NULL;
		pthread_rwlock_unlock(&in->lock);
		if (l || tries || !grew(s))
			return l;
	}
	return NULL;
}

const struct label *label_get(struct store *s, int64_t key)
{
	struct label_entry *e = label_entry(s, key);
	return e ? &e->l : NULL;
}

int64_t label_max(struct store *s)
{
	pthread_rwlock_rdlock(&s->interned->lock);
	int64_t n = (int64_t)s->interned->labels.n;
	pthread_rwlock_unlock(&s->interned->lock);
	return n;
}

struct digest label_digest(struct store *s, int64_t key)
{
	struct label_entry *e = label_entry(s, key);
	if (!e)
		return (struct digest){{0}};
	pthread_rwlock_rdlock(&s->interned->lock);
	bool known = e->canonical_known;
	struct digest d = e->canonical;
	pthread_rwlock_unlock(&s->interned->lock);
	if (known)
		return d;
	ARENA(a, 0);
	str text;
	if (label_canonical(s, &a, &e->l, &text))
		return (struct digest){{0}};
	d = sha256(text);
	pthread_rwlock_wrlock(&s->interned->lock);
	e->canonical = d;
	e->canonical_known = true;
	pthread_rwlock_unlock(&s->interned->lock);
	return d;
}

/* ---- canonical text: members in RFC 8785 order, audiences in the order of their text, so that it
 * does not depend on the keys of one node ---- */

static str principal_text(struct store *s, struct arena *a, int64_t key)
{
	struct uuid u = {{0}};
	if (!principal_uuid(s, key, &u))
		return STR("null");
	char t[UUID_TEXT];
	uuid_text(u, t);
	return arena_printf(a, "\"%.*s\"", UUID_TEXT, t);
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const str *)x, *(const str *)y);
}

static void add_sorted(struct buf *b, const char *name, str *items, size_t n)
{
	qsort(items, n, sizeof *items, by_text);
	buf_printf(b, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_char(b, ',');
		buf_add(b, items[i]);
	}
	buf_add_char(b, ']');
}

static void add_time(struct buf *b, const char *name, int64_t us)
{
	char t[TIME_TEXT];
	time_text(us, t);
	if (us)
		buf_printf(b, ",\"%s\":\"%.*s\"", name, TIME_TEXT, t);
	else
		buf_printf(b, ",\"%s\":null", name);
}

enum err label_canonical(struct store *s, struct arena *a, const struct label *l, str *ret)
{
	str *circles = arena_array(a, str, l->n_circles), *teams = arena_array(a, str, l->n_teams),
	    *people = arena_array(a, str, l->n_people);
	for (size_t i = 0; i < l->n_circles; i++) {
		str c = principal_text(s, a, l->circles[i].circle);
		circles[i] = arena_printf(a, "{\"circle\":%.*s,\"roster\":%lld}", STR_ARG(c),
					  (long long)l->circles[i].roster);
	}
	for (size_t i = 0; i < l->n_teams; i++)
		teams[i] = principal_text(s, a, l->teams[i]);
	for (size_t i = 0; i < l->n_people; i++) {
		str p = principal_text(s, a, l->people[i].person),
		    t = principal_text(s, a, l->people[i].team);
		people[i] =
		    arena_printf(a, "{\"person\":%.*s,\"team\":%.*s}", STR_ARG(p), STR_ARG(t));
	}
	str holder = principal_text(s, a, l->holder), orig = principal_text(s, a, l->originator);
	BUF(b);
	buf_printf(&b, "{\"attribution\":%d", l->attribution);
	add_sorted(&b, "circles", circles, l->n_circles);
	buf_printf(&b, ",\"everyone\":%s", l->everyone ? "true" : "false");
	add_time(&b, "expires", l->expires_us);
	buf_printf(&b, ",\"holder\":%.*s", STR_ARG(holder));
	add_time(&b, "not_before", l->not_before_us);
	buf_printf(&b, ",\"originator\":%.*s,\"pap\":%d", STR_ARG(orig), l->pap);
	add_sorted(&b, "people", people, l->n_people);
	add_sorted(&b, "teams", teams, l->n_teams);
	buf_printf(&b, ",\"tlp\":%d}", (int)l->tlp);
	*ret = arena_str(a, buf_str(&b));
	return ERR_OK;
}
