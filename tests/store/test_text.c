// SPDX-License-Identifier: Apache-2.0
/* text: tokens by example; the index never answers with what a view hides, follows new versions and
 * labels, and forgets. */
#include "base/codec.h"
#include "store/text_internal.h"
#include "tests/store/fixture.h"

static const struct {
	const char *text, *tokens, *query;
} token_rows[] = {
    {"", "", ""},
    {"Hello, WORLD", "hello world", "hello world"},
    {"evil-site.Example.COM", "evil site example com evil-site.example.com",
     "evil site example com"},
    {"CVE-2026-12345.", "cve 2026 12345 cve-2026-12345", "cve 2026 12345"},
    {"evil[.]example", "evil example evil.example", "evil example"},
    {"攻撃者", "攻撃 撃者 者", "攻撃 撃者"},
    {"攻", "攻", "攻*"},
    {"マルウェア", "マル ルウ ウエ エア ア", "マル ルウ ウエ エア"},
    {"ﾏﾙｳｪｱ", "マル ルウ ウエ エア ア", "マル ルウ ウエ エア"},
    {"マルウエア", "マル ルウ ウエ エア ア", "マル ルウ ウエ エア"},
    {"サーバー", "サー ーバ バ", "サー ーバ"},
    {"サーバ", "サー ーバ バ", "サー ーバ"},
    {"ＡＢＣ１２３", "abc123", "abc123"},
    {"Straße", "strasse", "strasse"},
    {"Cafe\xcc\x81", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"JPCERTが対応", "jpcert が対 対応 応", "jpcert が対 対応"},
    {"a\xff"
     "b",
     "a b", "a b"},
    {"---", "", ""},
    {"a・b", "a b", "a b"},
};

static void test_tokens(void)
{
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(token_rows); i++) {
		str t = text_tokens(&a, str_c(token_rows[i].text), 100);
		str q = text_query_tokens(&a, str_c(token_rows[i].text), 100);

		if (!str_eq(t, str_c(token_rows[i].tokens)) ||
		    !str_eq(q, str_c(token_rows[i].query)))
			printf("# '%s' gives '%.*s' and '%.*s'\n", token_rows[i].text, STR_ARG(t),
			       STR_ARG(q));
		CHECK(str_eq(t, str_c(token_rows[i].tokens)));
		CHECK(str_eq(q, str_c(token_rows[i].query)));
	}
}

static void test_token_limits(void)
{
	ARENA(a, 0);
	BUF(b);
	str t, part;
	size_t n = 0;

	for (int i = 0; i < 5000; i++)
		buf_add(&b, STR("日本語のabcdefghijklmnopqrstuvwxyzあいうえおabcdefghijklmnopqrstuv"
				"wxyzabcdefghijklmnopqrstuvwxyzabcdefghijk "));
	t = text_tokens(&a, buf_str(&b), 1000);
	CHECK(utf8_valid(t));
	while (t.n && str_split(&t, ' ', &part)) {
		CHECK(part.n > 0 && part.n <= 64);
		n++;
	}
	CHECK(n == 1000);
}

struct put {
	struct text_doc d;
	bool defer;
};

static enum err do_put(struct db *tx, void *ctx, struct why *why)
{
	struct put *p = ctx;

	return p->defer ? text_defer(tx, &p->d, 1, why) : text_put(tx, &p->d, 1, why);
}

static void put(struct fixture *f, int64_t record, int32_t version, int64_t label, int32_t type,
		const char *text, bool defer)
{
	struct put p = {{record, version, label, type, str_c(text)}, defer};

	OK(store_tx(f->s, do_put, &p, &why));
}

static enum err do_relabel(struct db *tx, void *ctx, struct why *why)
{
	const int64_t *x = ctx;

	return text_relabel(tx, x[0], x[1], why);
}

/* The records found, newest first, as text: "3 1". */
static str found(struct fixture *f, const struct view *v, const char *query, int32_t type,
		 size_t limit)
{
	int64_t *keys, *docs;
	size_t n = 0;
	struct db *db = store_reader_get(f->s);
	BUF(b);

	OK(text_find(db, &f->a, v, str_c(query), &type, type ? 1 : 0, 0, limit, &keys, &docs, &n,
		     &why));
	store_reader_put(f->s, db);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%lld", i ? " " : "", (long long)keys[i]);
	return arena_str(&f->a, buf_str(&b));
}

#define FOUND(v, query, want) CHECK(str_eq(found(f, v, query, 0, 50), STR(want)))

static void finding(struct fixture *f)
{
	const uint64_t one = 2, two = 4, none = 0;
	const struct view all = fixture_all(), a = {.bits = &one, .n_labels = 2},
			  b = {.bits = &two, .n_labels = 2},
			  nobody = {.bits = &none, .n_labels = 2};
	int64_t move[2] = {101, 2};
	size_t done = 0;

	put(f, 101, 1, 1, 5, "マルウェアの evil.example を観測 :l2 l2", false);
	put(f, 102, 1, 2, 5, "マルウエア again; evil.example.com", false);
	put(f, 103, 1, 1, 6, "benign 報告", false);
	FOUND(&all, "マルウエア", "102 101");
	FOUND(&a, "マルウエア", "101");
	FOUND(&b, "マルウエア", "102");
	FOUND(&nobody, "マルウエア", "");
	FOUND(&b, "l2", "");
	FOUND(&all, "evil.example", "102 101");
	FOUND(&all, "evil.example again", "102");
	FOUND(&all, "観", "101");
	FOUND(&all, "測", "101");
	FOUND(&all, "", "");
	FOUND(&all, "\" OR * NEAR( ) ' & | !", "");
	CHECK(str_eq(found(f, &all, "報告", 6, 50), STR("103")));
	CHECK(str_eq(found(f, &all, "報告", 5, 50), STR("")));
	CHECK(str_eq(found(f, &all, "evil", 0, 1), STR("102")));

	put(f, 101, 2, 1, 5, "replaced text", false); /* a new version */
	FOUND(&all, "マルウエア", "102");
	FOUND(&a, "replaced", "101");
	OK(store_tx(f->s, do_relabel, move, &why)); /* another label */
	FOUND(&a, "replaced", "");
	FOUND(&b, "replaced", "101");
	move[1] = 1;
	OK(store_tx(f->s, do_relabel, move, &why));
	FOUND(&a, "replaced", "101");
	FOUND(&b, "replaced", "");
	put(f, 101, 1, 1, 5, "older", false); /* a late older version changes nothing */
	FOUND(&a, "older", "");
	FOUND(&a, "replaced", "101");
	put(f, 103, 2, 1, 6, "", false); /* erased */
	FOUND(&all, "benign", "");
	OK(store_text_sweep(f->s, 100, &done, &why));
	CHECK(store_is_postgres(f->s) ? done == 0 : done == 2);
	FOUND(&all, "マルウエア", "102");
	FOUND(&a, "replaced", "101");
	OK(store_text_sweep(f->s, 100, &done, &why));
	CHECK(done == 0);
}
BOTH(finding)

/* What was swept is no longer in the index at all. */
static void test_sweep_forgets(void)
{
	struct fixture f;
	size_t done = 0;
	int64_t n = -1;

	if (!fixture_open(&f, false))
		return;
	put(&f, 1, 1, 1, 5, "geheimnis stays not", false);
	put(&f, 2, 1, 1, 5, "other stays", false);
	put(&f, 1, 2, 1, 5, "other", false);
	struct db *db = store_reader_get(f.s);
	OK(db_get_int(db, "SELECT count(*) FROM text_vocab WHERE term = 'geheimnis'", DBNONE, &n,
		      &why));
	CHECK(n == 1);
	store_reader_put(f.s, db);
	OK(store_text_sweep(f.s, 10, &done, &why));
	CHECK(done == 1);
	db = store_reader_get(f.s);
	OK(db_get_int(db, "SELECT count(*) FROM text_vocab WHERE term = 'geheimnis'", DBNONE, &n,
		      &why));
	CHECK(n == 0);
	OK(db_get_int(db, "SELECT count(*) FROM text_vocab WHERE term = 'stays'", DBNONE, &n,
		      &why));
	CHECK(n == 1);
	store_reader_put(f.s, db);
	fixture_close(&f);
}

static void backlog(struct fixture *f)
{
	const uint64_t one = 2, two = 4;
	const struct view a = {.bits = &one, .n_labels = 2}, b = {.bits = &two, .n_labels = 2},
			  all = fixture_all();
	int64_t move[2] = {7, 2};
	size_t done = 0;

	for (int i = 1; i <= 600; i++)
		put(f, i, 1, 1, 5, i == 9 ? "bulk nine" : "bulk", true);
	FOUND(&all, "bulk", "");
	put(f, 9, 2, 1, 5, "edited by a person", false); /* before its turn */
	OK(store_tx(f->s, do_relabel, move, &why));
	OK(store_text_backlog(f->s, 10000, &done, &why));
	CHECK(done == 599);
	FOUND(&all, "nine", "");
	FOUND(&all, "edited", "9");
	FOUND(&b, "bulk", "7");
	CHECK(str_eq(found(f, &a, "bulk", 0, 3), STR("600 599 598")));
	OK(store_text_backlog(f->s, 10000, &done, &why));
	CHECK(done == 0);
}
BOTH(backlog)

/* With more visible labels than fit in a question, hits are filtered afterwards: the same answer.
 */
static void many_labels(struct fixture *f)
{
	uint64_t bits[32], none[32] = {0};
	struct view most = {.bits = bits, .n_labels = 2000};

	memset(bits, 0xff, sizeof(bits));
	bits[1000 >> 6] &= ~(UINT64_C(1) << (1000 & 63));
	for (int i = 1; i <= 1100; i++)
		put(f, i, 1, i, 5, i % 100 == 0 ? "rare word" : "word", false);
	FOUND(&most, "rare", "1100 900 800 700 600 500 400 300 200 100");
	most.bits = none;
	FOUND(&most, "rare", "");
	most.bits = bits;
	most.n_labels = 300;
	FOUND(&most, "rare", "300 200 100");
}
BOTH(many_labels)

RUN_TESTS({"tokens by example", test_tokens}, {"tokens have limits", test_token_limits},
	  BOTH_ROWS(finding), {"swept words are gone", test_sweep_forgets}, BOTH_ROWS(backlog),
	  BOTH_ROWS(many_labels))
