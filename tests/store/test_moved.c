// SPDX-License-Identifier: Apache-2.0
/* moved: what of a team goes along is its own alone; what has arrived may come again; keys and
 * accounts of a team that is elsewhere. */
#include "store/moved.h"

#include "base/codec.h"
#include "base/json.h"
#include "tests/store/fixture.h"

struct seen {
	struct fixture *f;
	size_t trees, tiles, entries, records, leaves, links, notes, counters;
	bool foreign;
	struct moved_entry last;
	str text;
};

static enum err on_tree(void *ctx, const struct moved_tree *t, struct why *why)
{
	struct seen *x = ctx;

	(void)why;
	x->trees++;
	CHECK(t->fresh && t->size > 0);
	return ERR_OK;
}

static enum err on_tile(void *ctx, struct uuid epoch, int64_t idx, str hashes, struct why *why)
{
	struct seen *x = ctx;

	(void)why;
	(void)epoch;
	x->tiles++;
	CHECK(idx == 0 && hashes.n > 0 && hashes.n % SHA256_BYTES == 0);
	return ERR_OK;
}

static void look(struct seen *x, str text)
{
	x->foreign = x->foreign || str_find(text, STR("secret-of-another")) >= 0;
}

static enum err on_entry(void *ctx, const struct moved_entry *e, const struct record *r,
			 struct why *why)
{
	struct seen *x = ctx;
	bool links = str_eq(e->kind, STR("links"));

	(void)why;
	x->entries++;
	x->records += r != NULL;
	x->links += links;
	x->notes += !r && !links && !e->slice.p;
	look(x, e->content);
	if (r) {
		look(x, r->body);
		CHECK(r->team == x->f->team);
	}
	if (links)
		x->text = arena_str(&x->f->a, e->content);
	return ERR_OK;
}

static enum err on_leaf(void *ctx, const struct record *r, struct why *why)
{
	struct seen *x = ctx;

	(void)why;
	x->leaves++;
	look(x, r->body);
	CHECK(r->team == x->f->team);
	return ERR_OK;
}

static enum err on_counter(void *ctx, int64_t team, str prefix, int64_t year, int64_t next,
			   struct why *why)
{
	struct seen *x = ctx;

	(void)why;
	CHECK(team == x->f->team);
	x->counters++;
	CHECK(str_eq(prefix, STR("INC")) && year > 2000 && next == 2);
	return ERR_OK;
}

static enum err on_signed(void *ctx, const struct record_signed *r, struct why *why)
{
	(void)ctx;
	(void)r;
	(void)why;
	CHECK(false);
	return ERR_OK;
}

static struct uuid id(uint8_t n)
{
	return (struct uuid){{n, 8, 8, 8, 8, 8, 0x40, 8, 0x80}};
}

static int64_t other_team(struct fixture *f, int64_t *ret_label)
{
	const struct uuid u = id(200);
	int64_t team = 0;

	OK(principal_intern(f->s, PRINCIPAL_TEAM, &u, 1, &team, &why));
	const struct label l = {
	    .originator = team, .holder = team, .tlp = TLP_RED, .teams = &team, .n_teams = 1};
	OK(label_intern(f->s, &l, 1, ret_label, &why));
	return team;
}

static void put(struct fixture *f, struct write_set *w, int64_t team, int64_t label, uint8_t n,
		const char *body)
{
	const struct record_put p = {.uid = id(n),
				     .type = STR("x-hikeshi-incident"),
				     .team = team,
				     .label = label,
				     .body = str_c(body),
				     .number_prefix = w->slice ? STR_NULL : STR("INC")};

	(void)f;
	(void)write_put(w, &p);
}

/* One write of both teams, an import of both, notes and links of both. */
static void mixed(struct fixture *f, int64_t other, int64_t label)
{
	struct write_set w;

	write_init(&w, &f->a, 3, f->team);
	put(f, &w, f->team, f->red_label, 1, "{\"title\":\"ours\"}");
	put(f, &w, other, label, 2, "{\"title\":\"secret-of-another\"}");
	write_note(&w, "received", id(9), STR("{\"target\":\"x\"}"));
	write_note_of(&w, other, "received", id(9), STR("{\"target\":\"secret-of-another\"}"));
	write_note(&w, "setting", id(9), STR("{\"key\":\"secret-of-another\"}"));
	write_link(&w, -1, STR("has"), id(70));
	write_link(&w, -2, STR("has"), id(71));
	OK(store_commit(f->s, &w, NULL, &why));
	write_init(&w, &f->a, 3, f->team);
	w.slice = true;
	for (uint8_t i = 0; i < 20; i++)
		put(f, &w, i % 2 ? other : f->team, i % 2 ? label : f->red_label, (uint8_t)(20 + i),
		    i % 2 ? "{\"title\":\"secret-of-another\"}" : "{\"title\":\"ours too\"}");
	OK(store_commit(f->s, &w, NULL, &why));
}

static void only_ours(struct fixture *f)
{
	struct seen x = {.f = f};
	const struct moving_sink sink = {.ctx = &x,
					 .tree = on_tree,
					 .tile = on_tile,
					 .entry = on_entry,
					 .leaf = on_leaf,
					 .counter = on_counter,
					 .signed_row = on_signed};
	const struct uuid box = id(201);
	int64_t label = 0, other = other_team(f, &label), outbox = 0;
	struct json v;

	OK(principal_intern(f->s, PRINCIPAL_TEAM, &box, 1, &outbox, &why));
	mixed(f, other, label);
	OK(moving_read(f->s, f->team, outbox, &sink, &why));
	CHECK(x.trees == 1 && x.tiles == 1 && x.counters == 1);
	CHECK(x.records == 1 && x.leaves == 10 && x.links == 1 && x.notes == 1 && x.entries == 4);
	CHECK(!x.foreign);
	OK(json_parse(&f->a, x.text, NULL, &v, &why));
	CHECK(json_count(json_get_c(&v, "links")) == 1);
}
BOTH(only_ours)

static void comes_again(struct fixture *f)
{
	const struct uuid epoch = id(50);
	struct moved_tree t = {.epoch = epoch,
			       .node = id(51),
			       .size = 1,
			       .checkpoint = STR("note")},
			  *list = NULL;
	struct account a = {.key = 7,
			    .email = STR("a@example.org"),
			    .name = STR("A"),
			    .language = STR("en"),
			    .role = STR("lead"),
			    .password_hash = STR("$argon2id$x"),
			    .team = f->team},
		       got = {0};
	struct digest leaf = sha256(STR("leaf")), held;
	int64_t key = 0;
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		OK(moved_tree_put(f->s, &t, &why));
		OK(moved_tile_put(f->s, epoch, 0, digest_str(&leaf), &why));
		OK(moved_account(f->s, &a, &why));
		OK(moved_accounts_top(f->s, 40, &why));
		OK(moved_counter(f->s, f->team, STR("INC"), 2026, 9, &why));
	}
	OK(moved_trees(f->s, &f->a, &list, &n, &why));
	CHECK(n == 1 && uuid_eq(list[0].node, id(51)) && str_eq(list[0].checkpoint, STR("note")));
	OK(moved_hash(f->s, epoch, 0, &held, &why));
	CHECK(digest_eq(held, leaf));
	CHECK(moved_hash(f->s, epoch, 1, &held, NULL) == ERR_NOTFOUND);
	CHECK(moved_hash(f->s, epoch, -1, &held, NULL) == ERR_NOTFOUND);
	OK(account_by_email(f->s, &f->a, STR("a@example.org"), &got, &why));
	CHECK(got.key == 7 && str_eq(got.password_hash, STR("$argon2id$x")));
	OK(moved_finish(f->s, &why));
	a.email = STR("b@example.org");
	OK(account_add(f->s, &a, 0, &key, &why));
	CHECK(key > 40);
	int64_t top = 0;
	OK(moving_accounts_top(f->s, &top, &why));
	CHECK(top == key);
}
BOTH(comes_again)

static void elsewhere(struct fixture *f)
{
	struct team_key k = {.team = f->team,
			     .n = 1,
			     .age_public = STR("age1"),
			     .age_secret = STR("AGE"),
			     .object = STR("{}")},
			*keys = NULL;
	struct peer_team t = {.team = f->team, .keys = STR("[]")}, got;
	struct write_set w;
	struct why why = {0};
	size_t n = 0;

	OK(team_keys_add(f->s, &k, 1, 0, "team-key-add", &why));
	OK(moving_freeze(f->s, &t, 0, &why));
	CHECK(moving_freeze(f->s, &t, 0, NULL) == ERR_CONFLICT);
	/* its people change nothing, the node does */
	write_init(&w, &f->a, 3, f->team);
	put(f, &w, f->team, f->red_label, 1, "{}");
	CHECK(store_commit(f->s, &w, NULL, &why) == ERR_CONFLICT);
	CHECK(strcmp(why.code, "team_moved") == 0);
	OK(moving_abort(f->s, f->team, 0, &why));
	CHECK(moving_abort(f->s, f->team, 0, NULL) == ERR_CONFLICT);
	write_init(&w, &f->a, 3, f->team);
	put(f, &w, f->team, f->red_label, 1, "{}");
	OK(store_commit(f->s, &w, NULL, &why));
	OK(moving_freeze(f->s, &t, 0, &why));
	t.peer = 4;
	OK(moving_done(f->s, &t, &why));
	OK(team_keys_list(f->s, &f->a, f->team, &keys, &n, &why));
	CHECK(n == 0);
	OK(peer_team_get(f->s, &f->a, f->team, &got, &why));
	CHECK(got.peer == 4);
	CHECK(moving_abort(f->s, f->team, 0, NULL) == ERR_CONFLICT);
}
BOTH(elsewhere)

RUN_TESTS(BOTH_ROWS(only_ours), BOTH_ROWS(comes_again), BOTH_ROWS(elsewhere))
