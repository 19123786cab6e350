// SPDX-License-Identifier: Apache-2.0
/* flips: one byte of one value is changed while the node is closed, in every column of the tables
 * that verify answers for; verify must say so. Rows, bytes and bits are drawn from a fixed seed. */
#include "store/db.h"
#include "store/records_internal.h"
#include "tests/store/fixture.h"

#define VALUES 16
#define BULK 140
#define NOTES 300
#define COLUMNS_MAX 32

static const char *const tables[] = {
    "holding",    "object", "version", "label", "shelved",   "ord",     "placement", "journal",
    "tile",       "slice",  "link",    "part",  "principal", "word",    "shelf",     "counter",
    "checkpoint", "epoch",  "meta",    "block", "run",       "mention", /* one back end each */
};

/* What may change without a word, because nothing follows from it (docs/formats.md 5). */
static const struct {
	const char *table, *column;
} harmless[] = {
    {"journal", "id"},    /* of an entry that no row refers to: the leaf has the seq */
    {"run", "level"},     /* when it is merged */
    {"shelf", "first"},   /* a bound: too low costs a look */
    {"shelf", "last"},    /* a bound: too high costs a look */
    {"shelf", "gen"},     /* which shelves a process reads anew */
    {"counter", "next"},  /* too high leaves a gap */
    {"epoch", "started"}, /* shown to people */
    {"epoch", "previous"},  {"epoch", "last_size"},
    {"epoch", "last_root"}, /* none in a first epoch */
    {"meta", "name"},       {"meta", "value"},
};

static bool is_harmless(const char *table, const char *column)
{
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
		if (strcmp(harmless[i].table, table) == 0 &&
		    strcmp(harmless[i].column, column) == 0)
			return true;
	}
	return false;
}

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	static const uint8_t key[16] = {7};

	seed++;
	return siphash64(key, &seed, sizeof(seed)) % below;
}

/* ---- a node with something of everything ---- */

static size_t values_in(struct store *s, struct arena *a, str body, const uint64_t **ret)
{
	uint64_t *v = arena_array(a, uint64_t, VALUES);

	for (size_t i = 0; i < VALUES; i++) {
		str part = str_slice(body, 2 + i % 8, 8 + i);

		v[i] = siphash64(store_value_key(s), part.p, part.n);
	}
	*ret = v;
	return VALUES;
}

static size_t values_of(void *ctx, struct arena *a, const struct record *r, const uint64_t **ret)
{
	struct fixture *f = ctx;

	return values_in(f->s, a, r->body, ret);
}

static struct uuid uid_of(unsigned i)
{
	return (struct uuid){{0xbb, (uint8_t)(i >> 8), (uint8_t)i, 0, 0, 0, 0x40, 0, 0x80}};
}

static struct record_put put_of(struct fixture *f, unsigned i, bool bulk)
{
	str body = arena_printf(&f->a, "{\"%08x%08x\":\"%0*d\"}", i * 2654435761u, i,
				i % 3 ? 300 : 30, (int)i);
	struct record_put p = {.uid = uid_of(i),
			       .type = bulk ? STR("indicator") : STR("x-hikeshi-report"),
			       .form = bulk ? FORM_STIX : FORM_OWN,
			       .team = f->team,
			       .label = f->open_label,
			       .body = body,
			       .kind = bulk ? "import" : "create",
			       .state = bulk ? STR_NULL : STR("open"),
			       .severity = STR("high"),
			       .number_prefix = bulk ? STR_NULL : STR("INC"),
			       .source_modified_us = bulk ? 1700000000000000 + i : 0,
			       .patch = STR("{}"),
			       .why = STR("because")};

	p.n_values = values_in(f->s, &f->a, body, &p.values);
	return p;
}

static void put(struct fixture *f, unsigned i, int64_t key)
{
	struct write_set w;
	struct record_put p = put_of(f, i, false);

	write_init(&w, &f->a, 7, f->team);
	p.key = key;
	p.state = key ? STR("closed") : STR("open");
	write_put(&w, &p);
	write_link(&w, -1, STR("has"), uid_of(i + 1));
	write_link(&w, -1, STR("report"), uid_of(i + 2));
	if (key)
		write_unlink(&w, -1, STR("has"), uid_of(i + 1));
	OK(store_commit(f->s, &w, NULL, &why));
}

static void put_bulk(struct fixture *f)
{
	struct record_result r[BULK];
	struct write_set w;

	write_init(&w, &f->a, 7, f->team);
	w.slice = true;
	for (unsigned i = 0; i < BULK; i++) {
		struct record_put p = put_of(f, 1000 + i, true);

		p.parent = i > 100 ? -1 : 0;
		write_put(&w, &p);
	}
	write_link(&w, -1, STR("has"), uid_of(3));
	OK(store_commit(f->s, &w, r, &why));
	/* some of them change in a second import */
	write_init(&w, &f->a, 8, f->team);
	w.slice = true;
	for (unsigned i = 0; i < 20; i++) {
		struct record_put p = put_of(f, 1000 + i, true);

		p.key = r[i].key;
		p.label = i % 2 ? f->red_label : f->open_label;
		p.severity = STR("low");
		p.flags = RECORD_BULK;
		p.source_modified_us += 5000000;
		write_put(&w, &p);
	}
	OK(store_commit(f->s, &w, NULL, &why));
}

/* The same id in another team's hands. */
static void put_shared(struct fixture *f)
{
	const struct uuid team = {{9, 9, 9}};
	struct label l = {.tlp = TLP_RED};
	struct record_put p = put_of(f, 1, false);
	struct write_set w;
	int64_t key;

	OK(principal_intern(f->s, PRINCIPAL_TEAM, &team, 1, &l.holder, &why));
	l.originator = l.holder;
	OK(label_intern(f->s, &l, 1, &key, &why));
	p.team = l.holder;
	p.label = key;
	write_init(&w, &f->a, 9, l.holder);
	write_put(&w, &p);
	for (unsigned i = 0; i < NOTES; i++)
		write_note(&w, "seen", uid_of(i), STR("{\"a\":1}"));
	OK(store_commit(f->s, &w, NULL, &why));
}

static void fill(struct fixture *f)
{
	const struct view all = fixture_all();
	struct record r;
	struct uuid first = uid_of(1);

	for (unsigned i = 1; i < 12; i++)
		put(f, i, 0);
	OK(store_find(f->s, &f->a, &all, &first, 1, false, &r, &why));
	put(f, 1, r.key);
	put(f, 1, r.key);
	put_bulk(f);
	put_shared(f);
}

/* ---- changing one value ---- */

struct column {
	str name;
	char kind; /* i, t, b */
};
struct table {
	const char *name;
	struct column columns[COLUMNS_MAX];
	size_t n;
	int64_t rows;
};

static void table_read(struct fixture *f, struct db *db, const char *name, struct table *ret)
{
	struct db_rows *rows;
	const char *sql = arena_cstr(
	    &f->a,
	    f->options.url
		? arena_printf(&f->a,
			       "SELECT column_name::text, data_type::text FROM "
			       "information_schema.columns WHERE table_name = '%s' ORDER BY "
			       "ordinal_position",
			       name)
		: arena_printf(&f->a, "SELECT name, type FROM pragma_table_info('%s')", name));

	*ret = (struct table){.name = name};
	OK(db_query(db, sql, DBNONE, &rows, &why));
	while (db_next(rows) && ret->n < COLUMNS_MAX) {
		str type = db_bytes(rows, 1);
		bool number = str_starts(type, STR("big")) || str_starts(type, STR("INT"));
		bool text = str_starts(type, STR("text")) || str_starts(type, STR("TEXT"));

		ret->columns[ret->n++] =
		    (struct column){arena_str(&f->a, db_bytes(rows, 0)), number ? 'i'
									 : text ? 't'
										: 'b'};
	}
	OK(db_end(rows, &why));
	if (!ret->n)
		return; /* of the other back end */
	sql = arena_cstr(&f->a, arena_printf(&f->a, "SELECT count(*) FROM %s", name));
	OK(db_get_int(db, sql, DBNONE, &ret->rows, &why));
}

static void row_read(struct fixture *f, struct db *db, const struct table *t, int64_t at,
		     struct db_value *ret)
{
	struct db_rows *rows;
	BUF(b);

	buf_add(&b, STR("SELECT "));
	for (size_t i = 0; i < t->n; i++)
		buf_printf(&b, "%s\"%.*s\"", i ? ", " : "", STR_ARG(t->columns[i].name));
	buf_printf(&b, " FROM %s LIMIT 1 OFFSET %lld", t->name, (long long)at);
	OK(db_query(db, arena_cstr(&f->a, buf_str(&b)), DBNONE, &rows, &why));
	CHECK(db_next(rows));
	for (size_t i = 0; i < t->n; i++) {
		int c = (int)i;

		ret[i] = db_is_null(rows, c)         ? DBN
			 : t->columns[i].kind == 'i' ? DBI(db_int(rows, c))
			 : t->columns[i].kind == 't' ? DBT(arena_str(&f->a, db_bytes(rows, c)))
						     : DBB(arena_str(&f->a, db_bytes(rows, c)));
	}
	OK(db_end(rows, &why));
}

/* False: it has no byte to change. */
static bool value_flip(struct fixture *f, struct db_value *v)
{
	char *p;

	if (v->kind == DB_INT) {
		uint64_t bits = (draw(255) + 1) << (draw(4) ? 0 : 8 * draw(8));

		v->i = (int64_t)((uint64_t)v->i ^ bits);
		return true;
	}
	if (v->kind == DB_NULL || !v->s.n)
		return false;
	v->s = arena_str(&f->a, v->s);
	p = (char *)(uintptr_t)v->s.p + draw(v->s.n);
	if (v->kind == DB_BLOB)
		*p = (char)(*p ^ (char)(1 << draw(8)));
	else /* what stays a text */
		*p = (char)(*p ^ ((*p & 0x80) ? 1 : 1 << draw(4)));
	return true;
}

/* The row that is `is` becomes `want` in one column. */
static bool row_change(struct fixture *f, struct db *db, const struct table *t, size_t column,
		       const struct db_value *is, struct db_value want)
{
	struct db_value args[COLUMNS_MAX + 1];
	int64_t changed = 0;
	BUF(b);

	buf_printf(&b, "UPDATE %s SET \"%.*s\" = ?1 WHERE ", t->name,
		   STR_ARG(t->columns[column].name));
	args[0] = want;
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(&b, "%s\"%.*s\" IS NOT DISTINCT FROM ?%zu", i ? " AND " : "",
			   STR_ARG(t->columns[i].name), i + 2);
		args[i + 1] = is[i];
	}
	return db_exec(db, arena_cstr(&f->a, buf_str(&b)), args, t->n + 1, &changed, NULL) ==
		   ERR_OK &&
	       changed == 1;
}

static struct db *raw_open(struct fixture *f)
{
	char url[512];
	struct db *db = NULL;

	if (f->options.url)
		snprintf(url, sizeof(url), "%s", f->options.url);
	else
		snprintf(url, sizeof(url), "sqlite:%s/node.db", f->dir);
	OK(db_open(url, false, false, &db, &why));
	return db;
}

static void fault(void *ctx, const struct verify_fault *v)
{
	(void)ctx, (void)v;
}

static void fault_say(void *ctx, const struct verify_fault *v)
{
	(void)ctx;
	printf("# %.*s %.*s: %.*s\n", STR_ARG(v->what), STR_ARG(v->subject), STR_ARG(v->detail));
}

/* Opens, verifies, closes. A node that no longer opens has been noticed as well. */
static bool noticed(struct fixture *f, verify_fault_fn *fn, bool *ret_opened)
{
	struct verify_counts c = {0};
	struct why why = {0};

	*ret_opened = store_open(&f->options, &f->s, &why) == ERR_OK;
	if (!*ret_opened) {
		f->s = NULL;
		return true;
	}
	enum err err = store_verify(f->s, values_of, fn, f, &c, &why);
	store_close(f->s);
	f->s = NULL;
	if (err)
		printf("# verify ended early: %s\n", why.text);
	return !err && c.faults > 0;
}

static int64_t column_flip(struct fixture *f, const struct table *t, size_t column)
{
	struct db_value is[COLUMNS_MAX], was, now[COLUMNS_MAX];
	struct db *db = raw_open(f);
	bool done = false, opened = false;

	for (int tries = 0; tries < 200 && !done; tries++) {
		row_read(f, db, t, (int64_t)draw((uint64_t)t->rows), is);
		struct db_value want = is[column];
		/* a key that another row has is no change that can be made */
		if (value_flip(f, &want))
			done = row_change(f, db, t, column, is, want);
		memcpy(now, is, sizeof(now));
		was = is[column];
		now[column] = want;
	}
	db_close(db);
	if (!done) {
		printf("# %s.%.*s: nothing to change\n", t->name, STR_ARG(t->columns[column].name));
		return 0;
	}
	const char *name = arena_cstr(&f->a, t->columns[column].name);
	bool ok = noticed(f, fault, &opened);
	if (!ok && !is_harmless(t->name, name)) {
		printf("# %s.%s: not noticed (%lld is now %lld)\n", t->name, name, (long long)was.i,
		       (long long)now[column].i);
		CHECK(ok);
	}
	db = raw_open(f);
	CHECK(row_change(f, db, t, column, now, was));
	db_close(db);
	return 1;
}

static void flips(struct fixture *f, int rounds)
{
	int64_t n = 0;
	bool opened;

	fill(f);
	store_close(f->s);
	f->s = NULL;
	CHECK(!noticed(f, fault_say, &opened));
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct table t;
		struct db *db = raw_open(f);

		table_read(f, db, tables[i], &t);
		db_close(db);
		CHECK(!t.n || t.rows > 0);
		for (size_t c = 0; c < t.n && t.rows; c++) {
			for (int r = 0; r < rounds; r++)
				n += column_flip(f, &t, c);
		}
	}
	CHECK(!noticed(f, fault_say, &opened));
	CHECK(n > rounds * 100);
	printf("# %lld changes\n", (long long)n);
	OK(store_open(&f->options, &f->s, &why));
}

static void every_column_sqlite(void)
{
	struct fixture f;

	seed = 1;
	if (fixture_open(&f, false))
		flips(&f, 3);
	if (f.s)
		fixture_close(&f);
}

static void every_column_postgres(void)
{
	struct fixture f;

	seed = 2;
	if (fixture_open(&f, true))
		flips(&f, 1);
	if (f.s)
		fixture_close(&f);
}

RUN_TESTS({"every column on sqlite", every_column_sqlite},
	  {"every column on postgresql", every_column_postgres})
