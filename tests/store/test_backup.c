// SPDX-License-Identifier: Apache-2.0
/* backup and restore: what comes back is what was there, verified, under a new epoch; anything
 * damaged is refused. */
#include <fcntl.h>

#include "base/file.h"
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static struct uuid uid_of(uint8_t i)
{
	return (struct uuid){{0xbb, i}};
}

static void fill(struct fixture *f)
{
	struct file_writer *w = NULL;
	struct digest d;
	int64_t n, key = 0;
	struct uuid uid;
	struct account x = {.email = STR("a@example.jp"),
			    .name = STR("A"),
			    .language = STR("ja"),
			    .role = STR("lead"),
			    .team = f->team};
	struct session session = {.id = sha256(STR("s")),
				  .account = 1,
				  .created_us = 1,
				  .seen_us = 1,
				  .step_up_us = 1,
				  .expires_us = INT64_MAX};
	struct job job = {.kind = STR("k"), .payload = STR("{}")}, got;

	for (uint8_t i = 1; i <= 30; i++)
		fixture_put(f, uid_of(i), "x-hikeshi-report", f->open_label,
			    arena_printf(&f->a, "{\"title\":\"報告 %d\"}", i), STR("報告 text"));
	OK(account_add(f->s, &x, 1, &key, &why));
	OK(session_add(f->s, &session, &why));
	OK(job_add(f->s, &job, NULL, &uid, &why));
	OK(job_take(f->s, &f->a, clock_now_us(), 3600 * US_PER_S, &got, &why));
	for (int i = 0; i < 5; i++) {
		str data = arena_printf(&f->a, "%0*d", 600 * i, i);

		OK(file_begin(f->s, 1 << 20, &w, &why));
		OK(file_write(w, data, &why));
		OK(file_commit(w, &d, &n, &why));
		struct file_row row = {
		    .record = 1, .digest = d, .bytes = n, .name = STR("n"), .media_type = STR("t")};
		OK(file_attach(f->s, &row, &uid, &why));
	}
}

static int64_t count(struct fixture *f, const char *sql)
{
	int64_t n = -1;
	struct db *db = store_reader_get(f->s);

	OK(db_get_int(db, sql, DBNONE, &n, &why));
	store_reader_put(f->s, db);
	return n;
}

static void fault(void *ctx, const struct verify_fault *v)
{
	(void)ctx;
	printf("# %.*s %.*s: %.*s\n", STR_ARG(v->what), STR_ARG(v->subject), STR_ARG(v->detail));
}

static void no_faults(struct store *s, int64_t records)
{
	struct verify_counts c = {0};

	OK(store_verify(s, NULL, fault, NULL, &c, &why));
	CHECK(c.faults == 0 && c.records == records && c.files == 5);
}

/* A place to restore to. */
static bool target(struct fixture *g, bool postgres)
{
	memset(g, 0, sizeof(*g));
	snprintf(g->dir, sizeof(g->dir), "/tmp/hikeshi-test-XXXXXX");
	if (!mkdtemp(g->dir) || (postgres && !pg_database(g->url, sizeof(g->url))))
		return false;
	arena_init(&g->a, 0);
	g->options = (struct store_options){.data_dir = g->dir, .url = postgres ? g->url : NULL};
	return true;
}

static int backup_of(struct fixture *f)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/backup.tar", f->dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	OK(store_backup(f->s, fd, &why));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void there_and_back(struct fixture *f)
{
	struct fixture g;
	struct checkpoint before, after;
	struct account x;
	struct session session;
	struct record r;
	struct uuid uid = uid_of(7);
	const struct view all = fixture_all();
	char command[160];

	fill(f);
	OK(journal_checkpoint(f->s, &before, &why));
	FD(fd) = backup_of(f);
	snprintf(command, sizeof(command), "tar tf %s/backup.tar >%s/list", f->dir, f->dir);
	CHECK(system(command) == 0); /* anybody's tar reads it */
	CHECK(target(&g, store_is_postgres(f->s)));
	OK(store_restore(&g.options, fd, &why));
	CHECK(store_restore(&g.options, fd, NULL) == ERR_CONFLICT); /* not empty any more */
	OK(store_open(&g.options, &g.s, &why));
	if (!g.s)
		return;
	no_faults(g.s, 30);
	CHECK(uuid_eq(store_node_id(g.s), store_node_id(f->s)));
	OK(account_by_email(g.s, &g.a, STR("a@example.jp"), &x, &why));
	CHECK(session_find(g.s, sha256(STR("s")), &session, NULL) == ERR_NOTFOUND);
	OK(store_find(g.s, &g.a, &all, &uid, 1, true, &r, &why));
	CHECK(str_eq(r.body, STR("{\"title\":\"報告 7\"}")));
	CHECK(count(&g, "SELECT count(*) FROM job WHERE state = 'waiting'") == 1);
	/* the new epoch names the last checkpoint of the old one */
	OK(journal_checkpoint(g.s, &after, &why));
	CHECK(!uuid_eq(before.epoch, after.epoch) && after.size == 1);
	struct db *db = store_reader_get(g.s);
	struct db_rows *rows;
	OK(db_query(db, "SELECT previous, last_size, last_root FROM epoch WHERE number = 2", DBNONE,
		    &rows, &why));
	CHECK(db_next(rows) && uuid_eq(db_uuid(rows, 0), before.epoch) &&
	      db_int(rows, 1) == before.size && digest_eq(db_digest(rows, 2), before.root));
	while (db_next(rows))
		;
	OK(db_end(rows, &why));
	store_reader_put(g.s, db);
	/* life goes on: keys, numbers and positions are not used twice */
	CHECK(fixture_labels(&g));
	int64_t key = fixture_put(&g, uid_of(99), "x-hikeshi-report", g.open_label,
				  STR("{\"title\":\"new\"}"), STR("new"));
	CHECK(key == 31);
	CHECK(count(&g, "SELECT count(DISTINCT number) FROM holding") == 31);
	no_faults(g.s, 31);
	fixture_close(&g);
}
BOTH(there_and_back)

/* One flipped byte anywhere, or an end too early: refused, and no node is there afterwards. */
static void damaged(struct fixture *f)
{
	BUF(text);
	char path[128];
	size_t step;

	fill(f);
	FD(fd) = backup_of(f);
	OK(fd_read_all(fd, 64 << 20, &text, &why));
	step = text.n / (store_is_postgres(f->s) ? 7 : 23);
	snprintf(path, sizeof(path), "%s/bad.tar", f->dir);
	for (size_t at = 3; at < text.n - 1100; at += step) {
		struct fixture g;
		char was = text.p[at];
		bool cut = (at / step) % 3 == 2;

		text.p[at] = (char)(was ^ 16);
		OK(file_replace(path, cut ? str_slice(buf_str(&text), 0, at) : buf_str(&text), 0600,
				&why));
		text.p[at] = was;
		CHECK(target(&g, store_is_postgres(f->s)));
		FD(bad) = open(path, O_RDONLY | O_CLOEXEC);
		enum err err = store_restore(&g.options, bad, NULL);
		if (!err)
			printf("# a byte changed at %zu of %zu was not noticed\n", at, text.n);
		CHECK(err != ERR_OK);
		g.s = NULL;
		CHECK(store_open(&g.options, &g.s, NULL) != ERR_OK);
		fixture_close(&g);
	}
}
BOTH(damaged)

static void test_wrong_kind(void)
{
	struct fixture f, g;

	if (!fixture_open(&f, false))
		return;
	fill(&f);
	FD(fd) = backup_of(&f);
	if (!target(&g, true)) {
		CHECK_SKIP("PostgreSQL is not installed, or does not start");
	} else {
		CHECK(store_restore(&g.options, fd, NULL) == ERR_UNPROCESSABLE);
		fixture_close(&g);
	}
	fixture_close(&f);
}

RUN_TESTS(BOTH_ROWS(there_and_back), BOTH_ROWS(damaged),
	  {"a backup of SQLite is none of PostgreSQL", test_wrong_kind})
