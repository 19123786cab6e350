// SPDX-License-Identifier: Apache-2.0
/* erase: what a change erases is in no version, no entry and no signature any more; that somebody
 * erased it stays, and verify can tell it from damage. */
#include "store/db.h"
#include "store/signed.h"
#include "tests/store/fixture.h"

#define SECRET "the name of a person"

static const struct uuid uid = {{3, 1, 4, 1, 5, 9, 0x40, 2, 0x80}};
static const struct uuid other = {{2, 7, 1, 8, 2, 8, 0x40, 1, 0x80}};

/* Everything between "who":" and the next quote. */
static str without_who(void *ctx, struct arena *a, str body)
{
	ptrdiff_t at = str_find(body, STR(",\"who\":\"" SECRET "\""));

	(void)ctx;
	if (at < 0)
		return body;
	return arena_printf(a, "%.*s%.*s", (int)at, body.p,
			    (int)(body.n - (size_t)at - strlen(",\"who\":\"" SECRET "\"")),
			    body.p + at + strlen(",\"who\":\"" SECRET "\""));
}

static struct record_result change(struct fixture *f, struct record_put p, bool slice, bool erases,
				   int64_t upto_rev)
{
	struct record_result r = {0};
	struct record_erasure e = {.key = p.key, .upto_rev = upto_rev, .fn = without_who};
	struct write_set w;

	write_init(&w, &f->a, 7, f->team);
	w.slice = slice;
	write_put(&w, &p);
	if (erases)
		write_erase(&w, &e);
	OK(store_commit(f->s, &w, &r, &why));
	return r;
}

static int64_t grow(struct fixture *f, struct uuid id, bool slice)
{
	struct record_put p = {.uid = id,
			       .type = STR("x-hikeshi-incident"),
			       .team = f->team,
			       .label = f->open_label,
			       .body = STR("{\"n\":1,\"who\":\"" SECRET "\"}"),
			       .kind = "create"};
	int64_t key = change(f, p, slice, false, 0).key;

	p = (struct record_put){.key = key,
				.label = f->open_label,
				.body = STR("{\"n\":2,\"who\":\"" SECRET "\"}"),
				.patch = STR("{\"n\":2,\"who\":\"" SECRET "\"}")};
	(void)change(f, p, false, false, 0);
	p = (struct record_put){.key = key, .label = f->red_label};
	(void)change(f, p, false, false, 0);
	return key;
}

static bool wait_sequenced(struct fixture *f, int64_t key)
{
	struct record r = {0};
	struct view all = fixture_all();

	do {
		OK(store_read(f->s, &f->a, &all, &key, 1, false, &r, &why));
	} while (r.key && !r.pos);
	return r.key != 0;
}

static size_t faults;

static void fault(void *ctx, const struct verify_fault *v)
{
	(void)ctx;
	faults++;
	printf("# %.*s %.*s: %.*s\n", STR_ARG(v->what), STR_ARG(v->subject), STR_ARG(v->detail));
}

static size_t verified(struct fixture *f)
{
	struct verify_counts counts = {0};

	faults = 0;
	OK(store_verify(f->s, NULL, fault, NULL, &counts, &why));
	return faults;
}

static void is_gone(struct fixture *f, int64_t key, bool slice)
{
	struct history_item *h = NULL;
	struct record r = {0};
	size_t n = 0;

	for (int32_t v = 1; v <= 4; v++) {
		OK(store_version(f->s, &f->a, key, v, &r, &why));
		CHECK(str_find(r.body, STR(SECRET)) < 0 && str_find(r.body, STR("\"n\":")) > 0);
	}
	OK(store_history(f->s, &f->a, key, &h, &n, &why));
	CHECK(n == 4 && h[1].erased && h[2].erased && !h[3].erased && h[0].erased == !slice);
	for (size_t i = 0; i < n; i++)
		CHECK(str_find(h[i].patch, STR(SECRET)) < 0);
}

static void erase_now(struct fixture *f, int64_t key)
{
	struct record_put p = {.key = key,
			       .label = f->red_label,
			       .body = STR("{\"n\":2}"),
			       .kind = "erase",
			       .why = STR("asked for")};

	CHECK(wait_sequenced(f, key));
	(void)change(f, p, false, true, 0);
	CHECK(wait_sequenced(f, key));
}

static void of_all_versions(struct fixture *f)
{
	int64_t key = grow(f, uid, false), sliced = grow(f, other, true);

	CHECK(verified(f) == 0);
	erase_now(f, key);
	erase_now(f, sliced);
	is_gone(f, key, false);
	is_gone(f, sliced, true);
	CHECK(verified(f) == 0);
}

static void damage_is_told_apart(struct fixture *f)
{
	int64_t key = grow(f, uid, false), sliced = grow(f, other, true);
	struct db *db;

	erase_now(f, key);
	erase_now(f, sliced);
	CHECK(verified(f) == 0);
	if (store_is_postgres(f->s))
		return; /* the same rows: said once */
	db = store_reader_get(f->s);
	OK(db_script(db, "PRAGMA query_only = 0", &why));
	/* another body with its own digest, in what was erased */
	const struct digest d = sha256(STR("{\"n\":9}"));
	OK(db_exec(db,
		   "UPDATE object SET digest = ?1, size = 7, body = ?2 WHERE id IN (SELECT object "
		   "FROM version WHERE version = 1)",
		   DBARGS(DBD(d), DBB(STR("{\"n\":9}"))), NULL, &why));
	OK(db_script(db, "PRAGMA query_only = 1", &why));
	store_reader_put(f->s, db);
	CHECK(verified(f) >= 2);
}

static void content_gone_unsaid(struct fixture *f)
{
	int64_t key = grow(f, uid, false);
	struct db *db;

	CHECK(wait_sequenced(f, key));
	if (store_is_postgres(f->s))
		return;
	db = store_reader_get(f->s);
	OK(db_script(db, "PRAGMA query_only = 0", &why));
	OK(db_exec(db, "UPDATE journal SET content = NULL, salt2 = NULL WHERE version = 2", DBNONE,
		   NULL, &why));
	OK(db_script(db, "PRAGMA query_only = 1", &why));
	store_reader_put(f->s, db);
	CHECK(verified(f) == 1);
}

/* What a link carried goes as well; what was signed above the rev is not spoken of; the rev itself
 * stays with the present version. */
static void signatures_go(struct fixture *f)
{
	struct record_signed row = {.uid = uid,
				    .team = f->team,
				    .rev = 1,
				    .hash = sha256(STR("1")),
				    .object = STR("{\"who\":\"" SECRET "\"}"),
				    .signature = STR("{}")};
	struct record_put p = {.uid = uid,
			       .type = STR("x-hikeshi-incident"),
			       .team = f->team,
			       .label = f->open_label,
			       .body = STR("{\"n\":1,\"who\":\"" SECRET "\"}"),
			       .signature = &row};
	struct record_signed got[3];
	const int32_t versions[] = {1, 2, 3};
	struct record r = {0};
	int64_t key = change(f, p, false, false, 0).key, keys[] = {key, key, key};

	row.rev = 2;
	row.hash = sha256(STR("2"));
	p = (struct record_put){.key = key,
				.label = f->open_label,
				.body = STR("{\"n\":2,\"who\":\"" SECRET "\"}"),
				.signature = &row};
	(void)change(f, p, false, false, 0);
	CHECK(wait_sequenced(f, key));
	row.object = STR("{}");
	p.body = STR("{\"n\":2}");
	(void)change(f, p, false, true, 1);
	OK(signed_find(f->s, &f->a, keys, versions, 3, got, &why));
	CHECK(got[0].rev == 1 && !got[0].object.n && !got[0].signature.n);
	CHECK(got[1].rev == 0 && got[2].rev == 2 && str_eq(got[2].object, STR("{}")));
	OK(store_version(f->s, &f->a, key, 1, &r, &why));
	CHECK(str_eq(r.body, STR("{\"n\":1}")));
	CHECK(wait_sequenced(f, key) && verified(f) == 0);
}

/* Equal bodies of one id are one row: another team's holding keeps what it holds. */
static void others_keep_theirs(struct fixture *f)
{
	struct uuid team2 = {{9, 9, 9}};
	struct label l = {.tlp = TLP_AMBER_STRICT};
	int64_t label;
	struct record_put p = {.uid = uid,
			       .type = STR("x-hikeshi-incident"),
			       .body = STR("{\"n\":1,\"who\":\"" SECRET "\"}")};
	struct record r = {0};
	int64_t key = grow(f, uid, false), theirs;

	CHECK(wait_sequenced(f, key));
	OK(principal_intern(f->s, PRINCIPAL_TEAM, &team2, 1, &p.team, &why));
	l.originator = l.holder = p.team;
	OK(label_intern(f->s, &l, 1, &p.label, &why));
	label = p.label;
	p.body = STR("{\"n\":2,\"who\":\"" SECRET "\"}"); /* as the present version of ours */
	theirs = change(f, p, false, false, 0).key;
	CHECK(wait_sequenced(f, theirs));
	p = (struct record_put){.key = theirs, .label = label, .body = STR("{\"n\":3}")};
	(void)change(f, p, false, false, 0);
	erase_now(f, key);
	is_gone(f, key, false);
	OK(store_version(f->s, &f->a, theirs, 1, &r, &why));
	CHECK(str_find(r.body, STR(SECRET)) > 0);
	CHECK(verified(f) == 0);
}

BOTH(others_keep_theirs)
BOTH(of_all_versions)
BOTH(damage_is_told_apart)
BOTH(content_gone_unsaid)
BOTH(signatures_go)
RUN_TESTS(BOTH_ROWS(others_keep_theirs), BOTH_ROWS(of_all_versions),
	  BOTH_ROWS(damage_is_told_apart), BOTH_ROWS(content_gone_unsaid), BOTH_ROWS(signatures_go))
