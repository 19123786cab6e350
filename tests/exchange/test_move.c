// SPDX-License-Identifier: Apache-2.0
/* move: a team leaves a node and arrives at another in one process: what it was is told again word
 * for word and proved; frozen, nobody signs for it; root and chain decide who hosts it. */
#include "exchange/move.h"
#include "exchange/move_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "team/outbox.h"
#include "tests/team/node_fixture.h"

struct move {
	struct node_fixture f;
	struct actor actor;
	struct ctx c;
	int64_t team; /* of the fixture: not the home team */
	struct ed25519_secret root;
	int file;
	struct move_head head;
	/* where it arrives */
	char dir[64];
	struct node *to;
	int64_t there;
};

static struct ed25519_secret root_of(struct node_fixture *f, int64_t team)
{
	const struct directory_view *v = directory_get(f->node->directory);
	str name = root_key_name(&f->a, directory_team(v, team));
	struct ed25519_secret root = {0};
	BUF(text);

	directory_put(f->node->directory, v);
	OK(file_read(arena_printf(&f->a, "%s/%.*s", f->dir, STR_ARG(name)).p, 64 * 1024, &text,
		     &why));
	OK(root_key_read(buf_str(&text), &root, &why));
	return root;
}

static struct record made_by(struct node_fixture *f, int64_t account, const char *plural,
			     const char *text)
{
	struct json o = node_fixture_json(f, text);
	struct record r = {0};
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, account, &actor, &c);
	OK(record_create(&c, catalog_plural(f->node->catalog, str_c(plural)), &o, 0, &r, &why));
	ctx_done(&c);
	return r;
}

static void changed_by(struct node_fixture *f, int64_t account, const struct record *r,
		       const char *text)
{
	struct json o = node_fixture_json(f, text);
	struct record out;
	struct actor actor;
	struct ctx c;

	node_fixture_ctx(f, account, &actor, &c);
	OK(record_update(&c, r, &o, -1, &out, &why));
	ctx_done(&c);
}

static bool move_begin(struct move *m, bool postgres)
{
	memset(m, 0, sizeof(*m));
	m->file = -1;
	if (!node_fixture_open(&m->f, postgres))
		return false;
	m->team = m->f.team[1];
	OK(own_keys_ensure(m->f.node, &m->f.a, NULL, &why));
	m->root = root_of(&m->f, m->team);
	node_fixture_ctx(&m->f, 0, &m->actor, &m->c);
	m->file = memfd_create("move", MFD_CLOEXEC);
	return m->file >= 0;
}

static void move_end(struct move *m)
{
	char command[128];

	node_close(m->to);
	if (m->c.node)
		ctx_done(&m->c);
	fd_close(&m->file);
	node_fixture_close(&m->f);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", m->dir);
	if (m->dir[0] && system(command) != 0)
		abort();
}

static void out(struct move *m)
{
	struct move_counts n = {0};

	CHECK(ftruncate(m->file, 0) == 0 && lseek(m->file, 0, SEEK_SET) == 0);
	OK(move_out(&m->c, m->team, m->file, &n, &why));
	CHECK(n.records > 0 && n.accounts == 2);
	CHECK(lseek(m->file, 0, SEEK_SET) == 0);
	OK(move_check(&m->f.a, m->file, &m->root, &m->head, &why));
}

static void open_there(struct move *m)
{
	struct store_options o = {.data_dir = m->dir};

	(void)snprintf(m->dir, sizeof(m->dir), "/tmp/hikeshi-test-XXXXXX");
	if (!mkdtemp(m->dir))
		abort();
	OK(store_create(&o, &why));
	OK(file_replace(arena_printf(&m->f.a, "%s/config", m->dir).p, STR("language = ja\n"), 0600,
			&why));
	OK(node_open(m->dir, &m->to, &why));
}

static enum err in(struct move *m, struct why *why)
{
	struct actor actor = node_actor(m->to, 0);
	struct move_counts n;
	struct ctx c;
	enum err err;

	ctx_init(&c, m->to, &m->f.a, &actor);
	err = move_in(&c, m->file, &m->root, &m->head, &m->there, &n, why);
	ctx_done(&c);
	return err;
}

#define BOTH_MOVES(name)                                                                           \
	static void name##_sqlite(void)                                                            \
	{                                                                                          \
		struct move m;                                                                     \
		if (move_begin(&m, false))                                                         \
			name(&m);                                                                  \
		move_end(&m);                                                                      \
	}                                                                                          \
	static void name##_postgres(void)                                                          \
	{                                                                                          \
		struct move m;                                                                     \
		if (move_begin(&m, true))                                                          \
			name(&m);                                                                  \
		move_end(&m);                                                                      \
	}

/* ---- what arrives ---- */

static size_t values(void *ctx, struct arena *a, const struct record *r, const uint64_t **ret)
{
	struct node *n = ctx;
	struct record_value *v = NULL;
	size_t count = 0;
	uint64_t *h;

	if (intel_record_values(a, n->catalog, store_value_key(n->store), r, &v, &count, NULL))
		return 0;
	h = arena_array(a, uint64_t, count + 1);
	for (size_t i = 0; i < count; i++)
		h[i] = v[i].hash;
	*ret = h;
	return count;
}

static void fault(void *ctx, const struct verify_fault *f)
{
	(void)ctx;
	printf("# %.*s: %.*s: %.*s\n", STR_ARG(f->what), STR_ARG(f->subject), STR_ARG(f->detail));
}

static void intact(struct node *n)
{
	struct verify_counts counts = {0};

	OK(store_verify(n->store, values, fault, n, &counts, &why));
	CHECK(counts.faults == 0 && counts.records > 0);
}

static void same_history(struct move *m, const struct record *r, const struct record *now)
{
	struct history_item *was = NULL, *is = NULL;
	size_t n = 0, k = 0;

	OK(store_history(m->f.node->store, &m->f.a, r->key, &was, &n, &why));
	OK(store_history(m->to->store, &m->f.a, now->key, &is, &k, &why));
	CHECK(n == k && n > 1);
	for (size_t i = 0; i < n && i < k; i++)
		CHECK(was[i].at_us == is[i].at_us && was[i].actor == is[i].actor &&
		      str_eq(was[i].kind, is[i].kind) && str_eq(was[i].patch, is[i].patch) &&
		      was[i].version == is[i].version);
}

static void told_word_for_word(struct move *m)
{
	struct node_fixture *f = &m->f;
	struct record r = made_by(
			  f, f->analyst[1], "incidents",
			  "{'title':'Beacon','severity':'high','category':'malicious_code'}"),
		      other = made_by(f, f->analyst[0], "incidents",
				      "{'title':'Not theirs','severity':'low','category':"
				      "'malicious_code'}"),
		      now = {0}, gone = {0};
	struct account a;
	struct moved_tree *t = NULL;
	int64_t team;
	size_t n = 0;

	changed_by(f, f->analyst[1], &r, "{'summary':'beacon.example.net is asked'}");
	ctx_refresh(&m->c);
	out(m);
	open_there(m);
	OK(in(m, &why));
	team = principal_find(m->to->store, PRINCIPAL_TEAM, f->team_uid[1]);
	CHECK(team == m->there);
	OK(store_find_held(m->to->store, &f->a, team, &r.uid, 1, true, &now, &why));
	CHECK(now.key == r.key && now.version == 2 && str_eq(now.number, r.number) &&
	      now.created_us == r.created_us && now.created_by == r.created_by);
	CHECK(str_find(now.body, STR("beacon.example.net")) >= 0);
	same_history(m, &r, &now);
	OK(store_find_held(m->to->store, &f->a, team, &other.uid, 1, false, &gone, &why));
	CHECK(!gone.key);
	OK(account_by_email(m->to->store, &f->a, STR("lead1@beni.example"), &a, &why));
	CHECK(a.key == f->lead[1]);
	CHECK(account_by_email(m->to->store, &f->a, STR("lead0@aoi.example"), &a, NULL) ==
	      ERR_NOTFOUND);
	OK(moved_trees(m->to->store, &f->a, &t, &n, &why));
	CHECK(n == 1 && t[0].fresh && uuid_eq(t[0].node, store_node_id(f->node->store)));
	intact(m->to);
	intact(f->node);
}
BOTH_MOVES(told_word_for_word)

/* Saying it again where it broke off, or after its end, changes nothing. */
static void again(struct move *m)
{
	int64_t before = 0, after = 0;

	(void)made_by(&m->f, m->f.analyst[1], "incidents",
		      "{'title':'Once','severity':'low','category':'malicious_code'}");
	ctx_refresh(&m->c);
	out(m);
	open_there(m);
	OK(in(m, &why));
	OK(moved_count(m->to->store, &before, &why));
	OK(in(m, &why));
	OK(moved_count(m->to->store, &after, &why));
	CHECK(before > 0 && before == after);
	intact(m->to);
	/* another file of the team cannot go on here */
	out(m);
	struct why why = {0};
	CHECK(in(m, &why) == ERR_CONFLICT && strcmp(why.code, "other_file") == 0);
}
BOTH_MOVES(again)

/* Numbers and accounts go on behind all that the old node had given. */
static void goes_on_behind(struct move *m)
{
	struct account a = {.email = STR("new@beni.example"),
			    .name = STR("New"),
			    .language = STR("en"),
			    .role = STR("reader")};
	int64_t key = 0;

	out(m);
	open_there(m);
	OK(in(m, &why));
	a.team = m->there;
	OK(account_add(m->to->store, &a, 0, &key, &why));
	CHECK(key > m->head.accounts_top);
}
BOTH_MOVES(goes_on_behind)

/* ---- who signs ---- */

static void frozen(struct move *m)
{
	struct own_team own;
	struct actor who;
	struct why why = {0};
	bool is = false;
	struct json teams, o = node_fixture_json(&m->f, "{'title':'Late','severity':'low',"
							"'category':'malicious_code'}");
	struct record r;
	struct actor actor;
	struct ctx before;
	int fd = memfd_create("second", MFD_CLOEXEC);
	struct move_counts n;

	node_fixture_ctx(&m->f, m->f.analyst[1], &actor, &before);
	out(m);
	OK(move_is_frozen(m->f.node, &m->f.a, m->team, &is, &why));
	CHECK(is);
	CHECK(own_team_get(m->f.node, &m->f.a, m->team, &own, NULL) == ERR_NOTFOUND);
	OK(announce_own(m->f.node, &m->f.a, &teams, &why));
	CHECK(json_count(&teams) == 1);
	CHECK(node_account_actor(m->f.node, &m->f.a, m->f.lead[1], &who, &why) ==
	      ERR_UNAUTHENTICATED);
	CHECK(strcmp(why.code, "team_moved") == 0 && why.text_ja[0]);
	/* a request that had begun before ends without a change */
	CHECK(record_create(&before, catalog_plural(m->f.node->catalog, STR("incidents")), &o, 0,
			    &r, NULL) == ERR_CONFLICT);
	ctx_done(&before);
	OK(node_account_actor(m->f.node, &m->f.a, m->f.lead[0], &who, &why));
	/* again: another file of the same state */
	OK(move_out(&m->c, m->team, fd, &n, &why));
	fd_close(&fd);
	why = (struct why){0};
	CHECK(move_out(&m->c, m->f.team[0], m->file, &n, &why) == ERR_CONFLICT);
	CHECK(strcmp(why.code, "home_team") == 0);
	OK(move_abort(&m->c, m->team, NULL, &why));
	OK(own_team_get(m->f.node, &m->f.a, m->team, &own, &why));
	CHECK(own.object.n == 1);
	CHECK(move_abort(&m->c, m->team, NULL, NULL) == ERR_CONFLICT);
}
BOTH_MOVES(frozen)

static struct digest key_of(struct node *n, struct arena *a)
{
	struct own_node o = {0};
	struct digest d;

	OK(own_node_get(n, a, &o, &why));
	memcpy(d.b, o.key.public.b, sizeof(d.b));
	return d;
}

/* What the new node says of itself, as the old one hears it. */
static enum err heard(struct move *m, bool direct, struct why *why)
{
	struct json teams;
	struct announced *t = NULL;
	size_t n = 0;
	enum err err = announce_own(m->to, &m->f.a, &teams, why);

	if (!err)
		err = announce_parse(&m->c, &teams, &t, &n, why);
	return err ? err : announce_apply(&m->c, 7, key_of(m->to, &m->f.a), direct, t, n, why);
}

static int64_t peer_of(struct move *m)
{
	const struct directory_view *v = directory_get(m->f.node->directory);
	int64_t peer = directory_team(v, m->team)->peer;

	directory_put(m->f.node->directory, v);
	return peer;
}

static void the_new_node_speaks(struct move *m)
{
	struct team_key *k = NULL;
	struct own_team old = {0}, own = {0};
	struct key_chain chain;
	struct json rows;
	size_t n = 0;

	OK(own_team_get(m->f.node, &m->f.a, m->team, &old, &why));
	out(m);
	open_there(m);
	OK(in(m, &why));
	OK(own_team_get(m->to, &m->f.a, m->there, &own, &why));
	CHECK(own.object.n == 3 && ed25519_eq(&own.root, &old.root) &&
	      !ed25519_eq(&own.key.public, &old.key.public));
	CHECK(peer_of(m) == -1);
	OK(heard(m, true, &why));
	CHECK(peer_of(m) == 7);
	OK(team_keys_list(m->f.node->store, &m->f.a, m->team, &k, &n, &why));
	CHECK(n == 0); /* no secret of it is left */
	OK(team_chain(m->f.node, &m->f.a, m->team, &chain, NULL, &why));
	CHECK(chain.n == 3 && chain.complete);
	CHECK(key_judge(&chain, &old.key.public, m->head.at_us - 1, TIME_NONE) == KEY_ENDED);
	CHECK(key_judge(&chain, &old.key.public, m->head.at_us + US_PER_S, TIME_NONE) == KEY_LATE);
	CHECK(key_judge(&chain, &own.key.public, clock_now_us(), TIME_NONE) == KEY_GOOD);
	OK(heard(m, true, &why)); /* again */
	CHECK(move_abort(&m->c, m->team, NULL, NULL) == ERR_CONFLICT);
	/* others hear of its new keys */
	OK(move_gone(m->f.node, &m->f.a, 0, &rows, &why));
	CHECK(json_count(&rows) == 1);
	OK(move_gone(m->f.node, &m->f.a, 7, &rows, &why));
	CHECK(json_count(&rows) == 0);
	intact(m->f.node);
}
BOTH_MOVES(the_new_node_speaks)

/* Taken back with the root key: the file's node has begun another chain. */
static void taken_back(struct move *m)
{
	struct own_team own = {0};
	struct why why = {0};

	out(m);
	open_there(m);
	OK(move_abort(&m->c, m->team, &m->root, &why));
	OK(in(m, &why));
	CHECK(heard(m, true, &why) == ERR_CONFLICT && strcmp(why.code, "forked") == 0);
	CHECK(peer_of(m) == 0);
	OK(own_team_get(m->f.node, &m->f.a, m->team, &own, &why));
	CHECK(own.object.n == 3);
}
BOTH_MOVES(taken_back)

/* Taken back without it, and a node made of the file all the same: the root has spoken, so nobody
 * signs here, and nothing is given away. */
static void root_decides(struct move *m)
{
	struct own_team own = {0};
	struct why why = {0};

	out(m);
	open_there(m);
	OK(move_abort(&m->c, m->team, NULL, &why));
	OK(in(m, &why));
	CHECK(heard(m, true, &why) == ERR_DENIED && strcmp(why.code, "not_moved") == 0);
	CHECK(peer_of(m) == 0);
	CHECK(own_team_get(m->f.node, &m->f.a, m->team, &own, NULL) == ERR_NOTFOUND);
	OK(own_team_get(m->to, &m->f.a, m->there, &own, &why));
}
BOTH_MOVES(root_decides)

/* A peer that says so without the root's word is believed nothing. */
static void said_by_a_liar(struct move *m)
{
	struct json teams;
	struct announced *t = NULL;
	size_t n = 0;
	bool gone = true;

	OK(announce_own(m->f.node, &m->f.a, &teams, &why));
	OK(announce_parse(&m->c, &teams, &t, &n, &why));
	out(m);
	for (size_t i = 0; i < n; i++) {
		const struct directory_team *known = directory_team_uid(m->c.dir, t[i].uid);

		if (known->key != m->team)
			continue;
		OK(move_heard(&m->c, known, 9, sha256(STR("liar")), true, &t[i], &gone, &why));
		CHECK(!gone);
		OK(move_heard(&m->c, known, 9, sha256(STR("liar")), false, &t[i], &gone, &why));
		CHECK(!gone);
	}
	CHECK(peer_of(m) == -1);
	/* nor where it says again, as its own, what the new node has said */
	open_there(m);
	OK(in(m, &why));
	OK(announce_own(m->to, &m->f.a, &teams, &why));
	OK(announce_parse(&m->c, &teams, &t, &n, &why));
	CHECK(n == 1);
	gone = true;
	OK(move_heard(&m->c, directory_team_uid(m->c.dir, t[0].uid), 9, sha256(STR("liar")), true,
		      &t[0], &gone, &why));
	CHECK(!gone && peer_of(m) == -1);
}
BOTH_MOVES(said_by_a_liar)

/* ---- what waits, and a second move ---- */

/* A server that is read for the team, what it brought, a reminder, an import of an uploaded file.
 */
static void waits(struct move *m, struct uuid *ret_import)
{
	struct store *s = m->f.node->store;
	struct source x = {.uid = uuid_new(),
			   .url = STR("https://taxii.example/"),
			   .team = m->team,
			   .auth = STR("basic"),
			   .user = STR("reader"),
			   .secret = STR("of the team"),
			   .collections = STR(""),
			   .tlp = TLP_GREEN,
			   .certificate = STR(""),
			   .private_key = STR(""),
			   .pin = STR(""),
			   .every_us = 3600 * US_PER_S,
			   .created_us = clock_now_us(),
			   .created_by = m->f.lead[1]},
		      other = x;
	struct source_cursor at = {.root = STR("r"),
				   .collection = STR("c"),
				   .title = STR("t"),
				   .last_us = 77,
				   .next = STR(""),
				   .error = STR(""),
				   .error_ja = STR(""),
				   .read = 5,
				   .run = STR("{}")};
	const struct uuid brought[] = {uuid_new(), uuid_new()};
	const bool held[2] = {false};
	bool mine[2];
	struct file_writer *w = NULL;
	struct digest d;
	int64_t n = 0, key;
	BUF(hex);

	OK(source_add(s, &x, &at.source, &why));
	OK(source_cursor_put(s, &at, &why));
	OK(source_claim(s, m->team, uuid_new(), brought, held, 2, mine, &why));
	other.uid = uuid_new();
	other.team = m->f.team[0];
	OK(source_add(s, &other, &key, &why));
	OK(file_begin(s, INT64_MAX, &w, &why));
	OK(file_write(w, STR("waiting-text"), &why));
	OK(file_commit(w, &d, &n, &why));
	hex_encode(&hex, d.b, sizeof(d.b));
	for (size_t i = 0; i < 2; i++) {
		struct job remind = {.kind = STR("warning.remind"),
				     .run_at_us = clock_now_us() + 3600 * US_PER_S},
			   import = {.kind = STR("import"),
				     .run_at_us = clock_now_us() + 3600 * US_PER_S,
				     .account = i ? m->f.lead[0] : m->f.lead[1]};
		struct uuid uid;

		remind.payload = arena_printf(&m->f.a, "{\"team\":%lld,\"step\":50}",
					      (long long)(i ? m->f.team[0] : m->team));
		import.payload =
		    arena_printf(&m->f.a, "{\"file\":\"%.*s\"}", STR_ARG(buf_str(&hex)));
		OK(job_add(s, &remind, i ? "remind/theirs" : "remind/ours", NULL, &why));
		OK(job_add(s, &import, NULL, &uid, &why));
		if (!i)
			*ret_import = uid;
	}
}

/* The same at a node where the team has arrived, and nothing of the other team. */
static void is_waiting(struct move *m, struct node *n, struct uuid import)
{
	struct source *x = NULL;
	struct source_cursor *at = NULL;
	struct job j = {0};
	struct json v;
	size_t count = 0, reminders = 0, imports = 0;
	int64_t team = principal_find(n->store, PRINCIPAL_TEAM, m->f.team_uid[1]);
	struct digest d;
	FD(fd) = -1;

	OK(source_list(n->store, &m->f.a, &x, &count, &why));
	CHECK(count == 1 && x[0].team == team && str_eq(x[0].secret, STR("of the team")) &&
	      x[0].every_us == 3600 * US_PER_S && x[0].created_by == m->f.lead[1]);
	if (count != 1)
		return;
	OK(source_cursors(n->store, &m->f.a, x[0].key, &at, &count, &why));
	CHECK(count == 1 && at[0].last_us == 77 && at[0].read == 5);
	OK(job_find(n->store, &m->f.a, import, &j, &why));
	CHECK(str_eq(j.state, STR("waiting")) && j.account == m->f.lead[1]);
	OK(json_parse(&m->f.a, j.payload, NULL, &v, &why));
	OK(hex_decode(json_get_str(&v, "file"), d.b, sizeof(d.b)));
	OK(file_open(n->store, d, &fd, &why));
	/* all that is due tomorrow */
	while (job_take(n->store, &m->f.a, clock_now_us() + 7200 * US_PER_S, 0, &j, NULL) ==
	       ERR_OK) {
		imports += str_eq(j.kind, STR("import"));
		if (str_eq(j.kind, STR("warning.remind"))) {
			reminders++;
			OK(json_parse(&m->f.a, j.payload, NULL, &v, &why));
			CHECK(json_get_i64(&v, "team", 0) == team);
		}
		OK(job_retry(n->store, j.key, clock_now_us() + 86400 * US_PER_S, STR(""), &why));
	}
	CHECK(reminders == 1 && imports == 1);
}

static void what_waits_goes_along(struct move *m)
{
	struct source *x = NULL;
	struct uuid import = {{0}};
	size_t n = 0;

	waits(m, &import);
	out(m);
	open_there(m);
	OK(in(m, &why));
	OK(in(m, &why)); /* said again it is there once */
	is_waiting(m, m->to, import);
	/* where it was, no server is read for it any more, once the new node has spoken */
	OK(heard(m, true, &why));
	OK(source_list(m->f.node->store, &m->f.a, &x, &n, &why));
	CHECK(n == 1 && x[0].team == m->f.team[0]);
}
BOTH_MOVES(what_waits_goes_along)

/* On to a third node: what the first one's journal proves is proved there as well. */
static void a_second_time(struct move *m)
{
	struct node_fixture *f = &m->f;
	struct record r = made_by(
			  f, f->analyst[1], "incidents",
			  "{'title':'Beacon','severity':'high','category':'malicious_code'}"),
		      now = {0};
	struct json patch = node_fixture_json(f, "{'summary':'on the second node'}");
	struct moved_tree *t = NULL;
	struct move_counts counts;
	struct move on = *m; /* from the second to the third */
	struct actor who;
	struct uuid import = {{0}};
	struct ctx c;
	size_t n = 0, fresh = 0;

	arena_init(&on.f.a, 0); /* not the same chunks twice */
	changed_by(f, f->analyst[1], &r, "{'summary':'beacon.example.net is asked'}");
	waits(m, &import);
	ctx_refresh(&m->c);
	out(m);
	open_there(m);
	OK(in(m, &why));
	OK(heard(m, true, &why)); /* and the first node has nothing more to say */
	OK(node_account_actor(m->to, &f->a, f->analyst[1], &who, &why));
	ctx_init(&c, m->to, &f->a, &who);
	OK(record_get(&c, NULL, record_id(&c, &r), &now, &why));
	OK(record_update(&c, &now, &patch, -1, &now, &why));
	ctx_done(&c);
	who = node_actor(m->to, 0);
	ctx_init(&c, m->to, &f->a, &who);
	CHECK(ftruncate(m->file, 0) == 0 && lseek(m->file, 0, SEEK_SET) == 0);
	OK(move_out(&c, m->there, m->file, &counts, &why));
	ctx_done(&c);
	on.to = NULL;
	CHECK(lseek(m->file, 0, SEEK_SET) == 0);
	OK(move_check(&f->a, m->file, &m->root, &on.head, &why));
	open_there(&on);
	OK(in(&on, &why));
	OK(in(&on, &why)); /* again: nothing is there twice */
	OK(store_find_held(on.to->store, &f->a, on.there, &r.uid, 1, true, &now, &why));
	CHECK(now.key == r.key && now.version == 3 &&
	      str_find(now.body, STR("on the second node")) >= 0);
	OK(moved_trees(on.to->store, &f->a, &t, &n, &why));
	for (size_t i = 0; i < n; i++) {
		bool first = uuid_eq(t[i].node, store_node_id(f->node->store));

		fresh += t[i].fresh;
		CHECK(first || uuid_eq(t[i].node, store_node_id(m->to->store)));
		CHECK(t[i].fresh == !first);
	}
	CHECK(n == 2 && fresh == 1);
	is_waiting(m, on.to, import);
	intact(on.to);
	node_close(on.to);
	arena_done(&on.f.a);
	CHECK(system(arena_printf(&f->a, "rm -rf '%s'", on.dir).p) == 0);
}
BOTH_MOVES(a_second_time)

/* ---- what is left where it was ---- */

static void erased(struct move *m)
{
	struct node_fixture *f = &m->f;
	struct record mine = made_by(f, f->analyst[1], "incidents",
				     "{'title':'First title','severity':'low','category':"
				     "'malicious_code'}"),
		      theirs = made_by(f, f->analyst[0], "incidents",
				       "{'title':'Of the others','severity':'low','category':"
				       "'malicious_code'}"),
		      now[2] = {0};
	const struct view all = {.all = true}; /* sees all: what is left is looked at */
	int64_t keys[2], n = 0;
	struct history_item *h = NULL;
	struct account a;
	struct record old = {0};
	size_t count = 0;

	changed_by(f, f->analyst[1], &mine, "{'title':'Second title of erased.example.net'}");
	ctx_refresh(&m->c);
	CHECK(move_erase(&m->c, m->team, &n, NULL) == ERR_CONFLICT);
	out(m);
	CHECK(move_erase(&m->c, m->team, &n, NULL) == ERR_CONFLICT);
	open_there(m);
	OK(in(m, &why));
	OK(heard(m, true, &why));
	OK(move_erase(&m->c, m->team, &n, &why));
	CHECK(n > 0);
	keys[0] = mine.key;
	keys[1] = theirs.key;
	OK(store_read(f->node->store, &f->a, &all, keys, 2, true, now, &why));
	CHECK(str_eq(now[0].body, STR("{}")) && now[0].flags & RECORD_REVOKED);
	CHECK(str_find(now[1].body, STR("Of the others")) >= 0);
	OK(store_version(f->node->store, &f->a, mine.key, 1, &old, &why));
	CHECK(str_find(old.body, STR("First title")) < 0);
	OK(store_history(f->node->store, &f->a, mine.key, &h, &count, &why));
	for (size_t i = 0; i < count; i++)
		CHECK(str_find(h[i].patch, STR("title")) < 0);
	OK(account_by_email(f->node->store, &f->a, STR("lead1@beni.example"), &a, &why));
	CHECK(a.disabled && !a.password_hash.n && !a.totp_secret.n);
	OK(move_erase(&m->c, m->team, &n, &why)); /* again: nothing is left to do */
	CHECK(n == 0);
	intact(f->node);
	intact(m->to);
}
BOTH_MOVES(erased)

/* ---- the file ---- */

/* The file once more, with another key in its first line (NULL: as it is), signed by that of
 * `by`. */
static int written_by(struct move *m, const struct ed25519_public *named,
		      const struct ed25519_secret *by, bool spoil)
{
	int fd = memfd_create("forged", MFD_CLOEXEC);
	struct move_reader *r = NULL;
	struct move_writer *w = NULL;
	bool more = true, first = true;
	BUF(hex);
	str text;

	if (named)
		hex_encode(&hex, named->b, sizeof(named->b));
	CHECK(lseek(m->file, 0, SEEK_SET) == 0);
	OK(move_file_open(m->file, &m->root, &r, &why));
	OK(move_file_create(fd, &m->root.public, &w, &why));
	for (;; first = false) {
		struct json v;
		BUF(line);

		OK(move_file_next(r, &text, &more, &why));
		if (!more)
			break;
		OK(json_parse(&m->f.a, arena_str(&m->f.a, text), NULL, &v, &why));
		if (first && named)
			json_set(&m->f.a, &v, STR("online"), json_string(buf_str(&hex)));
		if (spoil && str_eq(json_get_str(&v, "k"), STR("tree"))) {
			str note = json_get_str(&v, "checkpoint");
			char *text_of = arena_cstr(&m->f.a, note);

			text_of[note.n - 10] = text_of[note.n - 10] == 'A' ? 'B' : 'A';
			json_set(&m->f.a, &v, STR("checkpoint"), json_string(str_c(text_of)));
		}
		json_write(&line, &v);
		OK(move_file_line(w, buf_str(&line), &why));
	}
	OK(move_file_end(w, by, &why));
	move_writer_free(w);
	move_reader_free(r);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Whoever knows the team's root, and that is everybody, can seal to it: only what the node that
 * hosts it has signed counts. */
static void written_by_another(struct move *m)
{
	struct ed25519_secret other = ed25519_new();
	struct move_head head;

	out(m);
	for (size_t i = 0; i < 2; i++) { /* in its own name; in that of the host */
		int fd = written_by(m, i ? NULL : &other.public, &other, false);
		struct why why = {0};

		CHECK(move_check(&m->f.a, fd, &m->root, &head, &why) == ERR_DENIED);
		CHECK(strcmp(why.code, i ? "signature" : "unknown_key") == 0);
		fd_close(&fd);
	}
}
BOTH_MOVES(written_by_another)

/* A checkpoint that the node has not signed proves no tree, whoever wrote the file. */
static void of_no_checkpoint(struct move *m)
{
	struct own_team own = {0};
	int was = m->file;

	out(m);
	OK(own_team_leaving(m->f.node, &m->f.a, m->team, &own, &why));
	m->file = written_by(m, NULL, &own.key, true);
	OK(move_check(&m->f.a, m->file, &m->root, &m->head, &why));
	open_there(m);
	CHECK(in(m, NULL) == ERR_INVALID);
	fd_close(&m->file);
	m->file = was;
}
BOTH_MOVES(of_no_checkpoint)

static void not_for_others(struct move *m)
{
	struct ed25519_secret other = root_of(&m->f, m->f.team[0]);
	struct move_head head;
	struct why why = {0};

	out(m);
	CHECK(lseek(m->file, 0, SEEK_SET) == 0);
	CHECK(move_check(&m->f.a, m->file, &other, &head, &why) == ERR_NOTFOUND);
	CHECK(strcmp(why.code, "wrong_root") == 0);
}
BOTH_MOVES(not_for_others)

RUN_TESTS(BOTH_ROWS(told_word_for_word), BOTH_ROWS(again), BOTH_ROWS(goes_on_behind),
	  BOTH_ROWS(frozen), BOTH_ROWS(the_new_node_speaks), BOTH_ROWS(taken_back),
	  BOTH_ROWS(root_decides), BOTH_ROWS(said_by_a_liar), BOTH_ROWS(erased),
	  BOTH_ROWS(what_waits_goes_along), BOTH_ROWS(a_second_time), BOTH_ROWS(not_for_others),
	  BOTH_ROWS(written_by_another), BOTH_ROWS(of_no_checkpoint))
