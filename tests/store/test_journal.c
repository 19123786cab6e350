// SPDX-License-Identifier: Apache-2.0
/* journal: what is written can be proved with the pieces a receipt has, and any change to an entry
 * changes its leaf. */
#include "base/codec.h"
#include "base/json.h"
#include "base/vec.h"
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static struct journal_entry sample(void)
{
	return (struct journal_entry){.seq = 3,
				      .at_us = 1700000000000001,
				      .actor = 4,
				      .team = 1,
				      .kind = STR("update"),
				      .subject = {{7}},
				      .record = 9,
				      .version = 2,
				      .label = 1,
				      .content = STR("{}"),
				      .salt = {1},
				      .salt2 = {2},
				      .n = 1};
}

static void test_everything_counts(void)
{
	const struct uuid epoch = {{1}}, team = {{2}}, other = {{3}};
	struct journal_entry e = sample(), x;
	struct digest leaf = journal_leaf(&e, epoch, team);

	x = sample(), x.seq = 4;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.at_us++;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.actor = 5;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.kind = STR("updatf");
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.subject.b[15] = 1;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.content = STR("[]");
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.salt[15] = 1;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	x = sample(), x.salt2[15] = 1;
	CHECK(!digest_eq(leaf, journal_leaf(&x, epoch, team)));
	CHECK(!digest_eq(leaf, journal_leaf(&e, other, team)));
	CHECK(!digest_eq(leaf, journal_leaf(&e, epoch, other)));
	CHECK(digest_eq(leaf, journal_leaf_of(&e, journal_content_digest(&e), epoch, team)));
}

static void test_content(void)
{
	ARENA(a, 0);
	struct digest d = sha256(STR("body"));
	str text = journal_record_content(&a, 3, d, STR("{\"tlp\":2}"), STR("{\"b\":1,\"a\":2}"),
					  STR("{\"x\":\"\\u3042\"}"), STR("なぜ"));
	struct json v, copy;
	BUF(again);

	CHECK(json_parse(&a, text, NULL, &v, NULL) == ERR_OK);
	CHECK(json_parse(&a, text, NULL, &copy, NULL) == ERR_OK);
	CHECK(json_canonical(&a, &again, &copy) == ERR_OK && str_eq(buf_str(&again), text));
	CHECK(json_get_i64(&v, "version", 0) == 3);
	CHECK(str_eq(json_get_str(&v, "patch"), STR("{\"x\":\"\\u3042\"}")));
	CHECK(str_eq(json_get_str(&v, "why"), STR("なぜ")));
	CHECK(str_eq(text, journal_record_canonical(&a, 3, d, sha256(STR("{\"tlp\":2}")),
						    STR("{\"a\":2,\"b\":1}"),
						    STR("{\"x\":\"\\u3042\"}"), STR("なぜ"))));
}

/* A receipt: entry, salts, path, checkpoint. */
static void receipts(struct fixture *f)
{
	struct checkpoint c;
	struct uuid team;
	VEC(struct journal_entry) list = {0};

	for (uint8_t i = 1; i <= 40; i++)
		fixture_put(f, (struct uuid){{i, 9}}, "x-hikeshi-report", f->open_label,
			    STR("{\"title\":\"t\"}"), STR("t"));
	OK(journal_checkpoint(f->s, &c, &why));
	CHECK(c.size == 40);
	CHECK(principal_uuid(f->s, f->team, &team));
	struct db *db = store_reader_get(f->s);
	struct db_rows *rows;
	struct digest content;
	OK(db_query(db, "SELECT " JOURNAL_COLUMNS " FROM journal ORDER BY seq", DBNONE, &rows,
		    &why));
	while (db_next(rows))
		CHECK(journal_row(rows, &f->a, vec_push(&f->a, &list), &content));
	OK(db_end(rows, &why));
	store_reader_put(f->s, db);
	CHECK(list.n == 40);
	for (size_t i = 0; i < list.n; i++) {
		struct digest *path, leaf = journal_leaf(&list.p[i], c.epoch, team);
		size_t n;

		CHECK(list.p[i].seq == (int64_t)i);
		OK(journal_inclusion(f->s, &f->a, (int64_t)i, c.size, &path, &n, &why));
		CHECK(merkle_check_inclusion(i, (uint64_t)c.size, leaf, path, n, c.root));
	}
	struct digest *path;
	size_t n;
	CHECK(journal_inclusion(f->s, &f->a, 40, 40, &path, &n, NULL) == ERR_NOTFOUND);
	CHECK(journal_inclusion(f->s, &f->a, 0, 41, &path, &n, NULL) == ERR_NOTFOUND);
}
BOTH(receipts)

struct ins {
	struct slice_leaf *l;
	size_t n;
};

static enum err insert_slice(struct db *tx, void *ctx, struct why *why)
{
	struct ins *x = ctx;

	return journal_insert_slice(tx, x->l, x->n, 77, why);
}

/* A slice comes back from its rows with the same root, and one object can be proved in it. */
static void slices(struct fixture *f)
{
	enum { N = 1000 };
	struct slice_leaf *l = arena_array(&f->a, struct slice_leaf, N),
			  *back = arena_array(&f->a, struct slice_leaf, N);
	struct digest *labels = arena_array(&f->a, struct digest, N),
		      *hashes = arena_array(&f->a, struct digest, N), root, *path;
	struct digest label = sha256(STR("label"));
	size_t n = 0, len;

	for (size_t i = 0; i < N; i++) {
		l[i] = (struct slice_leaf){.uid = uuid_new(),
					   .digest = sha256(STR("x")),
					   .record = (int64_t)i + 1,
					   .label = 1};
		labels[i] = label;
	}
	journal_slice_root(l, labels, N, &root);
	struct ins x = {l, N};
	OK(store_tx(f->s, insert_slice, &x, &why));
	struct db *db = store_reader_get(f->s);
	struct db_rows *rows;
	OK(db_query(db, "SELECT leaves, count FROM slice WHERE entry = 77 ORDER BY n", DBNONE,
		    &rows, &why));
	while (db_next(rows)) {
		size_t got = journal_slice_unpack(db_bytes(rows, 0), back + n, N - n);

		CHECK((int64_t)got == db_int(rows, 1));
		n += got;
	}
	OK(db_end(rows, &why));
	store_reader_put(f->s, db);
	CHECK(n == N);
	for (size_t i = 0; i < n; i++) {
		hashes[i] = journal_slice_hash(&back[i], &label);
		CHECK(i == 0 || memcmp(hashes[i - 1].b, hashes[i].b, 32) < 0);
	}
	CHECK(digest_eq(merkle_root(hashes, N), root));
	merkle_path(&f->a, hashes, N, 500, &path, &len);
	CHECK(merkle_check_inclusion(500, N, hashes[500], path, len, root));
}
BOTH(slices)

RUN_TESTS({"every member counts", test_everything_counts}, {"content is canonical", test_content},
	  BOTH_ROWS(receipts), BOTH_ROWS(slices))
