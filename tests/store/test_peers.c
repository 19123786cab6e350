// SPDX-License-Identifier: Apache-2.0
/* peers: rows of links, keys and teams elsewhere come back as they went in, cursors never move
 * back, identities are unique, the end of a link leaves the pinned roots, and the journal has no
 * secret.
 */
#include "store/peers.h"

#include "store/journal_internal.h"
#include "tests/store/fixture.h"

static struct digest filled(int x)
{
	struct digest d;

	memset(d.b, x, sizeof(d.b));
	return d;
}

static struct peer sample(int x)
{
	return (struct peer){.uid = {{(uint8_t)x, 1}},
			     .node = {{(uint8_t)x, 2}},
			     .url = STR("https://aoi.example"),
			     .name = STR("葵CSIRT"),
			     .node_key = filled(x),
			     .tls_spki = filled(x + 1),
			     .state = STR("active"),
			     .root = STR("/taxii2/links/x/"),
			     .token_out = STR("geheimnis"),
			     .token_in = filled(x + 2),
			     .invite = filled(x + 3)};
}

static int64_t count(struct fixture *f, const char *sql)
{
	int64_t n = -1;
	struct db *db = store_reader_get(f->s);

	OK(db_get_int(db, sql, DBNONE, &n, &why));
	store_reader_put(f->s, db);
	return n;
}

static void peers_rows(struct fixture *f)
{
	struct peer p = sample(10), back = {0}, *all = NULL;
	struct why why = {0};
	int64_t key = 0, other = 0;
	size_t n = 0;

	CHECK(peer_get(f->s, &f->a, 1, &back, &why) == ERR_NOTFOUND);
	OK(peer_put(f->s, &p, 7, &key, &why));
	OK(peer_get(f->s, &f->a, key, &back, &why));
	CHECK(str_eq(back.name, p.name) && str_eq(back.url, p.url) && uuid_eq(back.uid, p.uid));
	CHECK(digest_eq(back.node_key, p.node_key) && digest_eq(back.tls_spki, p.tls_spki));
	CHECK(str_eq(back.token_out, p.token_out) && digest_eq(back.token_in, p.token_in));
	CHECK(back.created_us > 0 && back.last_contact_us == 0 && back.cursor_out == 0);
	OK(peer_by_uid(f->s, &f->a, p.uid, &back, &why));
	OK(peer_by_token(f->s, &f->a, p.token_in, &back, &why));
	OK(peer_by_node_key(f->s, &f->a, p.node_key, &back, &why));
	OK(peer_by_invite(f->s, &f->a, p.invite, &back, &why));
	CHECK(back.key == key);
	why = (struct why){0};
	CHECK(peer_by_token(f->s, &f->a, filled(99), &back, &why) == ERR_NOTFOUND);

	struct peer same_key = sample(40);
	same_key.node_key = p.node_key;
	why = (struct why){0};
	CHECK(peer_put(f->s, &same_key, 7, &other, &why) == ERR_CONFLICT);
	p.key = key;
	p.state = STR("stopped");
	OK(peer_put(f->s, &p, 7, &other, &why));
	CHECK(other == key);
	OK(peer_list(f->s, &f->a, &all, &n, &why));
	CHECK(n == 1 && str_eq(all[0].state, STR("stopped")));
	CHECK(count(f, "SELECT count(*) FROM journal WHERE content LIKE '%geheimnis%'") == 0);
	CHECK(count(f, "SELECT count(*) FROM journal WHERE kind = 'peer-add'") == 1);
}
BOTH(peers_rows)

static void contact_and_cursors(struct fixture *f)
{
	struct peer p = sample(10), back = {0};
	struct uuid epoch = {{5}};
	int64_t key = 0;

	OK(peer_put(f->s, &p, 7, &key, &why));
	OK(peer_cursor_out(f->s, key, 500, &why));
	OK(peer_cursor_out(f->s, key, 400, &why));
	OK(peer_cursor_in(f->s, key, STR("abc"), epoch, &why));
	OK(peer_contact(f->s, key, 0, STR("no answer"), STR_NULL, &why));
	OK(peer_get(f->s, &f->a, key, &back, &why));
	CHECK(back.cursor_out == 500 && str_eq(back.cursor_in, STR("abc")));
	CHECK(uuid_eq(back.epoch_in, epoch) && str_eq(back.last_error, STR("no answer")));
	CHECK(back.last_contact_us == 0 && str_eq(back.state, STR("active")));
	CHECK(count(f, "SELECT count(*) FROM journal WHERE kind = 'peer-state'") == 0);
	OK(peer_contact(f->s, key, 77, STR(""), STR("key_changed"), &why));
	OK(peer_cursor_out(f->s, key, 0, &why));
	OK(peer_get(f->s, &f->a, key, &back, &why));
	CHECK(back.last_contact_us == 77 && str_eq(back.state, STR("key_changed")));
	CHECK(back.cursor_out == 0 && back.last_error.n == 0);
	CHECK(count(f, "SELECT count(*) FROM journal WHERE kind = 'peer-state'") == 1);
}
BOTH(contact_and_cursors)

static void teams_elsewhere(struct fixture *f)
{
	struct peer p = sample(10);
	struct peer_team t[2] =
	    {{.team = 101, .direct = true, .root = filled(3), .keys = STR("[]")},
	     {.team = 102, .root = filled(4), .keys = STR("[1]")}},
			 *back = NULL;
	struct why why = {0};
	struct peer gone;
	int64_t key = 0;
	size_t n = 0;

	OK(peer_put(f->s, &p, 7, &key, &why));
	t[0].peer = t[1].peer = key;
	OK(peer_teams_put(f->s, t, 2, &why));
	t[1].keys = STR("[2]");
	OK(peer_teams_put(f->s, t + 1, 1, &why));
	OK(peer_teams_list(f->s, &f->a, key, &back, &n, &why));
	CHECK(n == 2 && back[0].direct && !back[1].direct && str_eq(back[1].keys, STR("[2]")));
	CHECK(digest_eq(back[0].root, filled(3)));
	struct peer_team one;
	OK(peer_team_get(f->s, &f->a, 102, &one, &why));
	CHECK(one.peer == key && digest_eq(one.root, filled(4)));
	CHECK(peer_team_get(f->s, &f->a, 103, &one, &why) == ERR_NOTFOUND);
	why = (struct why){0};
	OK(peer_remove(f->s, key, 7, &why));
	OK(peer_teams_list(f->s, &f->a, key, &back, &n, &why));
	CHECK(n == 0);
	OK(peer_teams_list(f->s, &f->a, 0, &back, &n, &why));
	CHECK(n == 2 && back[0].peer == 0);
	CHECK(peer_remove(f->s, key, 7, &why) == ERR_NOTFOUND);
	why = (struct why){0};
	CHECK(peer_get(f->s, &f->a, key, &gone, &why) == ERR_NOTFOUND);
}
BOTH(teams_elsewhere)

static void own_keys(struct fixture *f)
{
	struct node_keys k = {.seed = {9, 8, 7}, .tls_key = STR("KEY"), .tls_cert = STR("CERT")},
			 got;
	struct team_key t[2] = {{.team = f->team,
				 .n = 1,
				 .root = filled(1),
				 .public = filled(2),
				 .seed = {4, 4},
				 .age_public = STR("age1x"),
				 .age_secret = STR("AGE-SECRET"),
				 .object = STR("{}")},
				{.team = f->team,
				 .n = 2,
				 .root = filled(1),
				 .public = filled(3),
				 .object = STR("{2}")}},
			*back = NULL;
	struct why why = {0};
	size_t n = 0;

	CHECK(node_keys_get(f->s, &f->a, &got, &why) == ERR_NOTFOUND);
	OK(node_keys_add(f->s, &k, &why));
	why = (struct why){0};
	CHECK(node_keys_add(f->s, &k, &why) == ERR_CONFLICT);
	OK(node_keys_get(f->s, &f->a, &got, &why));
	CHECK(memcmp(got.seed, k.seed, 32) == 0 && str_eq(got.tls_cert, k.tls_cert));
	OK(team_keys_add(f->s, t, 2, 7, "team-key-add", &why));
	why = (struct why){0};
	CHECK(team_keys_add(f->s, t + 1, 1, 7, "team-key-add", &why) == ERR_CONFLICT);
	OK(team_keys_list(f->s, &f->a, f->team, &back, &n, &why));
	CHECK(n == 2 && back[0].n == 1 && str_eq(back[0].object, STR("{}")));
	CHECK(back[0].seed[0] == 4 && str_eq(back[0].age_secret, STR("AGE-SECRET")));
	CHECK(back[1].n == 2 && digest_eq(back[1].public, filled(3)));
	OK(team_keys_list(f->s, &f->a, f->team + 1, &back, &n, &why));
	CHECK(n == 0);
	CHECK(count(f, "SELECT count(*) FROM journal WHERE content LIKE '%SECRET%'") == 0);
}
BOTH(own_keys)

static void circle_objects(struct fixture *f)
{
	struct circle_kept o = {.circle = 5, .roster = 3, .rev = 7, .object = STR("seven")}, back,
			   *all = NULL;
	struct why why = {0};
	size_t n = 0;

	CHECK(circle_kept_get(f->s, &f->a, 5, &back, &why) == ERR_NOTFOUND);
	OK(circle_kept_put(f->s, &o, false, &why));
	o.object = STR("other seven");
	CHECK(circle_kept_put(f->s, &o, false, NULL) == ERR_CONFLICT);
	OK(circle_kept_put(f->s, &o, true, &why));
	o.rev = 6;
	CHECK(circle_kept_put(f->s, &o, true, NULL) == ERR_CONFLICT);
	OK(circle_kept_get(f->s, &f->a, 5, &back, &why));
	CHECK(back.rev == 7 && back.roster == 3 && str_eq(back.object, STR("other seven")));
	OK(circle_kept_list(f->s, &f->a, &all, &n, &why));
	CHECK(n == 1 && all[0].circle == 5 && all[0].roster == 3);
}
BOTH(circle_objects)

RUN_TESTS(BOTH_ROWS(peers_rows), BOTH_ROWS(contact_and_cursors), BOTH_ROWS(teams_elsewhere),
	  BOTH_ROWS(own_keys), BOTH_ROWS(circle_objects))
