// SPDX-License-Identifier: Apache-2.0
/* verify: a whole node has no fault; whatever is changed behind its back is named. */
#include "base/codec.h"
#include "base/file.h"
#include "store/db.h"
#include "store/records_internal.h"
#include "store/service_internal.h"
#include "tests/store/fixture.h"

struct seen {
	struct fixture *f;
	struct verify_counts counts;
	struct buf lines;
};

/* The values of a test body are the bytes of its title, one hash each. */
static size_t values_in(struct store *s, struct arena *a, str body, const uint64_t **ret)
{
	ptrdiff_t at = str_find(body, STR("title"));
	str title = at < 0 ? STR_NULL : str_slice(body, (size_t)at + 8, 3);
	uint64_t *v = arena_array(a, uint64_t, 2);

	v[0] = siphash64(store_value_key(s), title.p, title.n);
	v[1] = siphash64(store_value_key(s), "common", 6);
	*ret = v;
	return 2;
}

static size_t values_of(void *ctx, struct arena *a, const struct record *r, const uint64_t **ret)
{
	struct seen *x = ctx;

	return values_in(x->f->s, a, r->body, ret);
}

static void fault(void *ctx, const struct verify_fault *v)
{
	struct seen *x = ctx;

	buf_printf(&x->lines, "%.*s %.*s: %.*s\n", STR_ARG(v->what), STR_ARG(v->subject),
		   STR_ARG(v->detail));
}

static struct verify_counts verify(struct fixture *f, struct buf *lines)
{
	struct seen x = {.f = f};
	struct verify_counts c = {0};

	OK(store_verify(f->s, values_of, fault, &x, &c, &why));
	buf_add(lines, buf_str(&x.lines));
	buf_done(&x.lines);
	return c;
}

static struct uuid uid_of(uint8_t i)
{
	return (struct uuid){{0xaa, i, 0, 0, 0, 0, 0x40, 0, 0x80}};
}

static void put_one(struct fixture *f, uint8_t i, int64_t key, bool slice, const char *title)
{
	struct write_set w;
	struct record_result r[20];
	struct record_put p[20] = {0};
	size_t n = slice ? 20 : 1;

	write_init(&w, &f->a, 7, f->team);
	w.slice = slice;
	for (uint8_t k = 0; k < n; k++) {
		str body = arena_printf(&f->a, "{\"title\":\"%s%d\",\"long\":\"%0250d\"}", title,
					i + k, i + k);

		p[k] = (struct record_put){.uid = uid_of((uint8_t)(i + k)),
					   .type = STR("x-hikeshi-report"),
					   .team = f->team,
					   .key = key,
					   .label = f->open_label,
					   .body = body,
					   .text = body,
					   .kind = slice ? "import" : "create",
					   .state = STR("open"),
					   .severity = STR("high"),
					   .number_prefix = slice ? STR_NULL : STR("INC"),
					   .flags = slice ? RECORD_BULK : 0,
					   .why = STR("because"),
					   .patch = STR("{}")};
		p[k].n_values = values_in(f->s, &f->a, body, &p[k].values);
		write_put(&w, &p[k]);
	}
	OK(store_commit(f->s, &w, r, &why));
}

/* Nine records, one of them in three versions; a slice of twenty; a file; notes. */
static void fill(struct fixture *f)
{
	struct record found;
	struct file_writer *w = NULL;
	struct digest d;
	int64_t n;
	struct uuid first = uid_of(1), file;
	const struct view all = fixture_all();

	for (uint8_t i = 1; i < 10; i++)
		put_one(f, i, 0, false, "abc");
	OK(store_find(f->s, &f->a, &all, &first, 1, false, &found, &why));
	put_one(f, 1, found.key, false, "second");
	put_one(f, 1, found.key, false, "third");
	put_one(f, 100, 0, true, "bulk");
	OK(setting_set(f->s, STR("a"), STR("1"), 1, &why));
	OK(file_begin(f->s, 1000, &w, &why));
	OK(file_write(w, STR("evidence"), &why));
	OK(file_commit(w, &d, &n, &why));
	struct file_row row = {.record = found.key,
			       .digest = d,
			       .bytes = n,
			       .name = STR("e.txt"),
			       .media_type = STR("text/plain")};
	OK(file_attach(f->s, &row, &file, &why));
}

static void whole(struct fixture *f)
{
	struct verify_counts c;
	BUF(lines);

	fill(f);
	c = verify(f, &lines);
	if (lines.n)
		printf("# %.*s", STR_ARG(buf_str(&lines)));
	CHECK(c.faults == 0 && lines.n == 0);
	CHECK(c.records == 29 && c.versions == 2 && c.labels == 2 && c.mentions == 58 &&
	      c.files == 1);
	CHECK(c.entries == 13);
}
BOTH(whole)

/* What an attacker with the database's password would do; the fault must name the thing. {P} is a
 * byte string literal per back end, written as x'..' here. */
static const struct {
	const char *name, *sql, *what, *subject;
} damages[] = {
    {"body", "UPDATE object SET body = (SELECT body FROM object WHERE id = 3) WHERE id = 2",
     "record", "aa02"},
    {"size", "UPDATE object SET size = size + 1 WHERE id = 4", "record", "aa04"},
    {"digest of a body",
     "UPDATE object SET digest = (SELECT digest FROM object WHERE id = 3) WHERE id = 2", "record",
     "aa02"},
    {"lost body", "DELETE FROM object WHERE id = 5", "record", "aa05"},
    {"object of a holding", "UPDATE holding SET object = 3 WHERE id = 2", "holding", "aa02"},
    {"state", "UPDATE holding SET state = severity WHERE id = 3", "holding", "aa03"},
    {"severity", "UPDATE holding SET severity = 0 WHERE id = 3", "holding", "aa03"},
    {"flags", "UPDATE holding SET flags = flags + 2 WHERE id = 3", "holding", "aa03"},
    {"label", "UPDATE holding SET label = 2 WHERE id = 3", "holding", "aa03"},
    {"team", "UPDATE holding SET team = team + 1 WHERE id = 3", "holding", "aa03"},
    {"type", "UPDATE holding SET type = state WHERE id = 3", "holding", "aa03"},
    {"form", "UPDATE holding SET form = 1 WHERE id = 3", "holding", "aa03"},
    {"number", "UPDATE holding SET number = 'INC-2026-0099' WHERE id = 3", "holding", "aa03"},
    {"created", "UPDATE holding SET created = created + 1 WHERE id = 3", "holding", "aa03"},
    {"modified", "UPDATE holding SET modified = modified + 1 WHERE id = 3", "holding", "aa03"},
    {"created by", "UPDATE holding SET created_by = 8 WHERE id = 3", "holding", "aa03"},
    {"modified by", "UPDATE holding SET modified_by = 8 WHERE id = 3", "holding", "aa03"},
    {"source modified", "UPDATE holding SET source_modified = 8 WHERE id = 3", "holding", "aa03"},
    {"version number", "UPDATE holding SET version = 2 WHERE id = 3", "holding", "aa03"},
    {"entry", "UPDATE holding SET entry = entry + 1 WHERE id = 3", "holding", "aa03"},
    {"id", "UPDATE holding SET uid = (SELECT id FROM epoch LIMIT 1) WHERE id = 3", "holding",
     "aa03"},
    {"position", "UPDATE holding SET pos = pos - 1 WHERE id = 3", "placement", "aa03"},
    {"shelf", "UPDATE holding SET shelf = shelf + 1 WHERE id = 3", "holding", "aa03"},
    {"lost record", "DELETE FROM holding WHERE id = 3", "record", "aa03"},
    {"label of a bulk record", "UPDATE holding SET label = 2 WHERE id = 12", "holding", "aa66"},
    {"state of a bulk record", "UPDATE holding SET state = 0 WHERE id = 12", "holding", "aa66"},
    {"object of a bulk record", "UPDATE holding SET object = 3 WHERE id = 12", "holding", "aa66"},
    {"version's object", "UPDATE version SET object = 3 WHERE version = 1", "version", "aa01"},
    {"version's state", "UPDATE version SET state = 0 WHERE version = 2", "version", "aa01"},
    {"version's label", "UPDATE version SET label = 2 WHERE version = 2", "version", "aa01"},
    {"version's time", "UPDATE version SET modified = modified + 1 WHERE version = 2", "version",
     "aa01"},
    {"lost version", "DELETE FROM version WHERE version = 1", "version", "aa01"},
    {"label key", "UPDATE label SET key = (SELECT key FROM label WHERE id = 2) WHERE id = 1",
     "label", "label 1"},
    {"label digest", "UPDATE label SET digest = (SELECT id FROM epoch LIMIT 1) WHERE id = 1",
     "label", "label 1"},
    {"entry's kind", "UPDATE journal SET kind = 'creatf' WHERE seq = 3", "journal", "entry 3 "},
    {"entry's time", "UPDATE journal SET at = at + 1 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's actor", "UPDATE journal SET actor = 0 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's team", "UPDATE journal SET team = 0 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's version", "UPDATE journal SET version = 9 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's label", "UPDATE journal SET label = 2 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's count", "UPDATE journal SET n = 2 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's record", "UPDATE journal SET record = 1 WHERE seq = 3", "holding", "aa04"},
    {"entry's salt", "UPDATE journal SET salt = salt2 WHERE seq = 3", "journal", "entry 3 "},
    {"entry's second salt", "UPDATE journal SET salt2 = salt WHERE seq = 3", "journal", "entry 3 "},
    {"entry's digest", "UPDATE journal SET digest = salt WHERE seq = 3", "journal", "entry 3 "},
    {"entry's content",
     "UPDATE journal SET content = replace(content, 'because', 'becausf') WHERE seq = 3", "journal",
     "entry 3 "},
    {"lost entry", "DELETE FROM journal WHERE seq = 3", "journal", "entry 3 "},
    {"slice's count", "UPDATE journal SET n = 19 WHERE kind = 'import'", "journal", "entry 11"},
    {"tile", "UPDATE tile SET hashes = (SELECT root FROM checkpoint) WHERE level = 0", "journal",
     "entry 0 "},
    {"checkpoint's root", "UPDATE checkpoint SET root = (SELECT id FROM epoch)", "journal",
     "checkpoint"},
    {"checkpoint's size", "UPDATE checkpoint SET size = size + 1", "journal", "checkpoint"},
    {"checkpoint's frontier", "UPDATE checkpoint SET frontier = root", "journal", "checkpoint"},
    {"lost slice", "DELETE FROM slice", "journal", "entry 11"},
    {"shelved", "UPDATE shelved SET pos = pos - 1 WHERE rec = 3", "placement", "aa03"},
    {"order", "UPDATE ord SET rec = 4 WHERE rec = 3", "placement", "aa03"},
    {"placement's time", "UPDATE placement SET added = added - 1 WHERE rec = 3", "placement",
     "aa03"},
    {"placement's record", "UPDATE placement SET rec = 4 WHERE rec = 3", "placement", "aa04"},
    {"placement's circle", "UPDATE placement SET circle = circle + 1 WHERE rec = 3", "placement",
     "aa03"},
    {"lost placement", "DELETE FROM placement WHERE rec = 3", "placement", "circles"},
    {"shelf's state", "UPDATE shelf SET state = 0", "holding", "aa03"},
    {"file's length", "UPDATE file SET bytes = bytes + 1", "file", "file--"},
    {"file's digest", "UPDATE file SET digest = (SELECT root FROM checkpoint)", "file", "file--"},
};

/* A uuid as text begins with aaNN0000-: match on what comes after the type's name. */
static bool named(str lines, const char *what, const char *subject)
{
	str line;

	while (lines.n && str_split(&lines, '\n', &line)) {
		if (str_starts(line, str_c(what)) && str_find(line, str_c(subject)) >= 0)
			return true;
	}
	return false;
}

static enum err run_script(struct db *tx, void *ctx, struct why *why)
{
	const char *const *sql = ctx;

	return db_script(tx, *sql, why);
}

/* Each damage in a copy of its own would be slow; instead it is undone by the backup of the touched
 * tables. */
static const char *const tables[] = {"object",    "holding",    "version", "label",   "journal",
				     "tile",      "checkpoint", "slice",   "shelved", "ord",
				     "placement", "shelf",      "file",    "recent"};

enum copying { SAVE, EMPTY, BRING_BACK };

static void copy_tables(struct fixture *f, enum copying what)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const char *t = tables[i];
		str sql;

		if (store_is_postgres(f->s) && strcmp(t, "recent") == 0)
			continue;
		if (what == SAVE)
			sql =
			    arena_printf(&f->a, "CREATE TABLE saved_%s AS SELECT * FROM %s", t, t);
		else if (what == EMPTY)
			sql = arena_printf(&f->a, "DELETE FROM %s", t);
		else
			sql = arena_printf(&f->a, "INSERT INTO %s SELECT * FROM saved_%s", t, t);
		OK(store_tx(f->s, run_script, &sql.p, &why));
	}
}

static void damage(struct fixture *f)
{
	fill(f);
	copy_tables(f, SAVE);
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		struct verify_counts c;
		const char *sql = damages[i].sql;
		BUF(lines);

		OK(store_tx(f->s, run_script, &sql, &why));
		c = verify(f, &lines);
		bool ok =
		    c.faults > 0 && named(buf_str(&lines), damages[i].what, damages[i].subject);
		if (!ok)
			printf("# %s: wanted %s %s, got:\n# %.*s\n", damages[i].name,
			       damages[i].what, damages[i].subject, STR_ARG(buf_str(&lines)));
		CHECK(ok);
		copy_tables(f, EMPTY);
		copy_tables(f, BRING_BACK);
	}
	BUF(lines);
	CHECK(verify(f, &lines).faults == 0);
	if (lines.n)
		printf("# %.*s", STR_ARG(buf_str(&lines)));
}
BOTH(damage)

static void mentions(struct fixture *f)
{
	const char *lose = store_is_postgres(f->s)
			       ? "DELETE FROM mention WHERE rec = 3 AND hash = (SELECT min(hash) "
				 "FROM mention WHERE rec = 3)"
			       : "DELETE FROM recent WHERE rec = 3 AND kind = 1 AND h = (SELECT "
				 "min(h) FROM recent WHERE kind = 1 AND rec = 3)";
	const char *forge =
	    store_is_postgres(f->s)
		? "INSERT INTO mention(hash, rec) VALUES(4711, 4)"
		: "INSERT INTO recent(kind, h, rec, gen) SELECT 1, 4711, 4, max(gen) FROM recent";
	BUF(lines);

	fill(f);
	OK(store_tx(f->s, run_script, &lose, &why));
	OK(store_tx(f->s, run_script, &forge, &why));
	CHECK(verify(f, &lines).faults == 2);
	CHECK(named(buf_str(&lines), "mention", "aa03"));
	CHECK(named(buf_str(&lines), "mention", "aa04"));
}
BOTH(mentions)

/* Any byte of any stored leaf of a slice. */
static void slice_bytes(struct fixture *f)
{
	struct db *db;
	struct db_rows *rows;
	str leaves = STR_NULL;

	fill(f);
	db = store_reader_get(f->s);
	OK(db_query(db, "SELECT leaves FROM slice", DBNONE, &rows, &why));
	while (db_next(rows))
		leaves = arena_str(&f->a, db_bytes(rows, 0));
	OK(db_end(rows, &why));
	store_reader_put(f->s, db);
	CHECK(leaves.n == 20 * 96);
	for (size_t i = 0; i < 96; i += 7) {
		char *bad = (char *)(uintptr_t)arena_str(&f->a, leaves).p;
		BUF(sql);
		BUF(lines);

		bad[96 * 4 + i] ^= 1;
		buf_printf(&sql, "UPDATE slice SET leaves = %s",
			   store_is_postgres(f->s) ? "'\\x" : "x'");
		hex_encode(&sql, bad, leaves.n);
		buf_add(&sql, STR("'"));
		const char *p = buf_cstr(&sql);
		OK(store_tx(f->s, run_script, &p, &why));
		CHECK(verify(f, &lines).faults > 0);
	}
}
BOTH(slice_bytes)

static void files(struct fixture *f)
{
	char path[FILE_PATH_MAX];
	struct digest d = sha256(STR("evidence"));
	BUF(lines);
	BUF(hex);

	fill(f);
	hex_encode(&hex, d.b, 32);
	CHECK(file_path(f->dir, d, path));
	OK(file_replace(path, STR("evidencf"), 0600, &why));
	CHECK(verify(f, &lines).faults == 1);
	CHECK(named(buf_str(&lines), "file", buf_cstr(&hex)));
}
BOTH(files)

RUN_TESTS(BOTH_ROWS(whole), BOTH_ROWS(damage), BOTH_ROWS(mentions), BOTH_ROWS(slice_bytes),
	  BOTH_ROWS(files))
