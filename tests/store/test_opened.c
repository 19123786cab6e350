// SPDX-License-Identifier: Apache-2.0
/* opened: entries that receipts open come in the order of the journal, each once, with what proves
 * them; a note stands in the name of the team it was made for. */
#include "store/opened.h"

#include "store/journal_internal.h"
#include "store/service_internal.h"
#include "store/signed.h"
#include "store/store_internal.h"
#include "tests/store/fixture.h"

static struct uuid id(uint8_t n)
{
	return (struct uuid){{n, 7, 7, 7, 7, 7, 0x40, 7, 0x80}};
}

static void enter(struct fixture *f, int64_t team, const char *kind, uint8_t n, const char *content)
{
	struct write_set w;

	write_init(&w, &f->a, 0, f->team);
	write_note_of(&w, team, kind, id(n), str_c(content));
	OK(store_commit(f->s, &w, NULL, &why));
}

static struct opened_entry *next(struct fixture *f, size_t limit, size_t *n)
{
	struct opened_entry *e = NULL;

	OK(opened_next(f->s, &f->a, limit, &e, n, &why));
	return e;
}

static void in_order_each_once(struct fixture *f)
{
	struct opened_entry *e;
	struct uuid other = id(99);
	int64_t team2 = 0;
	size_t n = 7;

	OK(principal_intern(f->s, PRINCIPAL_TEAM, &other, 1, &team2, &why));
	e = next(f, 10, &n);
	CHECK(n == 0);
	enter(f, 0, "received", 1, "{\"a\":1}");
	enter(f, 0, "sign-in", 2, "{}");
	enter(f, team2, "answered", 3, "{\"a\":3}");
	enter(f, 0, "withdrawal-applied", 4, "{\"a\":4}");
	e = next(f, 2, &n);
	CHECK(n == 2 && str_eq(e[0].kind, STR("received")) && e[0].team == f->team &&
	      str_eq(e[1].kind, STR("answered")) && e[1].team == team2 && e[1].seq > e[0].seq);
	CHECK(uuid_eq(e[1].subject, id(3)) && str_eq(e[1].content, STR("{\"a\":3}")) &&
	      e[1].actor == 0);
	OK(opened_done(f->s, e[1].epoch, e[1].seq, &why));
	OK(opened_done(f->s, e[0].epoch, e[0].seq, &why)); /* never back */
	e = next(f, 10, &n);
	CHECK(n == 1 && str_eq(e[0].kind, STR("withdrawal-applied")));
}

/* What has no place in the journal yet waits: a proof of it would be one of another entry. */
static void without_a_place(struct fixture *f)
{
	size_t n = 7;

	if (f->s->postgres) /* the sequencer gives it one at once */
		return;
	enter(f, 0, "received", 1, "{\"a\":1}");
	OK(service_exec(f->s, "UPDATE journal SET seq = NULL WHERE kind = 'received'", DBNONE, NULL,
			&why));
	(void)next(f, 10, &n);
	CHECK(n == 0);
}

static void is_proved(struct fixture *f)
{
	struct checkpoint cp = {0};
	struct digest *path = NULL;
	struct opened_entry *e;
	struct journal_entry j;
	struct uuid team;
	size_t n = 0, m = 0;

	for (uint8_t i = 0; i < 20; i++)
		enter(f, 0, "received", i, "{}");
	e = next(f, 100, &n);
	CHECK(n == 20);
	CHECK(principal_uuid(f->s, f->team, &team));
	for (size_t i = 0; i < n; i++) {
		OK(opened_prove(f->s, &f->a, &e[i], &cp, &path, &m, &why));
		j = (struct journal_entry){.seq = e[i].seq,
					   .at_us = e[i].at_us,
					   .actor = e[i].actor,
					   .team = e[i].team,
					   .kind = e[i].kind,
					   .subject = e[i].subject,
					   .content = e[i].content};
		memcpy(j.salt, e[i].salt, sizeof(j.salt));
		memcpy(j.salt2, e[i].content_salt, sizeof(j.salt2));
		CHECK(uuid_eq(cp.epoch, e[i].epoch_id));
		CHECK(merkle_check_inclusion((uint64_t)e[i].seq, (uint64_t)cp.size,
					     journal_leaf(&j, e[i].epoch_id, team), path, m,
					     cp.root));
	}
}

static void found_by_hash(struct fixture *f)
{
	struct digest h1 = sha256(STR("one")), h2 = sha256(STR("two"));
	struct record_put p = {.uid = id(1),
			       .type = STR("indicator"),
			       .form = FORM_STIX,
			       .team = f->team,
			       .label = f->open_label,
			       .body = STR("{}")};
	struct record_result r = {0};
	struct write_set w;

	write_init(&w, &f->a, 0, f->team);
	write_put(&w, &p);
	OK(store_commit(f->s, &w, &r, &why));
	struct record_signed rows[2] = {
	    {.holding = r.key, .version = 1, .uid = id(1), .team = f->team, .rev = 1, .hash = h1},
	    {.holding = r.key, .version = 2, .uid = id(1), .team = f->team, .rev = 2, .hash = h2}};
	struct record_signed got[3];
	const struct uuid ids[] = {id(1), id(1), id(2)};
	const struct digest hashes[] = {h1, h2, h1};

	OK(signed_add(f->s, rows, 2, &why));
	OK(signed_by_hash(f->s, &f->a, ids, hashes, 3, got, &why));
	CHECK(got[0].rev == 1 && got[1].rev == 2 && got[2].rev == 0);
}

BOTH(in_order_each_once)
BOTH(is_proved)
BOTH(without_a_place)
BOTH(found_by_hash)
RUN_TESTS(BOTH_ROWS(in_order_each_once), BOTH_ROWS(is_proved), BOTH_ROWS(without_a_place),
	  BOTH_ROWS(found_by_hash))
