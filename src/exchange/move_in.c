// SPDX-License-Identifier: Apache-2.0
/* The node where a team arrives: rows beside its records, and the order of it all. */
#include <unistd.h>

#include "exchange/move_file.h"
#include "exchange/move_internal.h"
#include "exchange/note.h"
#include "exchange/signature.h"
#include "team/outbox.h"

/* ---- the other lines: each may come again ---- */

static enum err take_key(struct in *x, const struct json *v, struct why *why)
{
	struct team_key k = {.team = x->team,
			     .n = (int32_t)json_get_i64(v, "n", 0),
			     .age_public = json_get_str(v, "age_public"),
			     .age_secret = json_get_str(v, "age_secret"),
			     .object = json_get_str(v, "object"),
			     .created_us = json_get_i64(v, "created", 0),
			     .ends_us = json_get_i64(v, "ends", 0),
			     .revoked_us = json_get_i64(v, "revoked", 0)};

	if (k.n < 1 || !move_hex(v, "root", k.root.b, sizeof(k.root.b)) ||
	    !move_hex(v, "public", k.public.b, sizeof(k.public.b)))
		return move_bad(why, "a key");
	return moved_key(x->c->node->store, &k, why);
}

static enum err take_account(struct in *x, const struct json *v, struct why *why)
{
	struct account a = {.key = json_get_i64(v, "key", 0),
			    .email = json_get_str(v, "email"),
			    .name = json_get_str(v, "name"),
			    .language = json_get_str(v, "language"),
			    .role = json_get_str(v, "role"),
			    .team = x->team,
			    .password_hash = json_get_str(v, "password_hash"),
			    .totp_secret = json_get_str(v, "totp_secret"),
			    .disabled = json_get_bool(v, "disabled", true),
			    .created_us = json_get_i64(v, "created", 0),
			    .last_sign_in_us = json_get_i64(v, "last_sign_in", 0)};
	enum err err =
	    move_principal(x->c->node, PRINCIPAL_PERSON, move_uuid(v, "person"), &a.person, why);

	if (!err && (a.key < 1 || a.key > x->head->accounts_top))
		err = move_bad(why, "an account");
	x->counts.accounts++;
	return err ? err : moved_account(x->c->node->store, &a, why);
}

static enum err take_tree(struct in *x, const struct json *v, struct why *why)
{
	struct moved_tree t = {.epoch = move_uuid(v, "epoch"),
			       .node = move_uuid(v, "node"),
			       .size = json_get_i64(v, "size", -1),
			       .checkpoint = json_get_str(v, "checkpoint"),
			       .fresh = json_get_bool(v, "fresh", true)};
	struct journal_checkpoint cp = {0};
	struct ed25519_public key;

	if (!move_hex(v, "node_key", t.node_key.b, sizeof(t.node_key.b)) ||
	    !move_hex(v, "root", t.root.b, sizeof(t.root.b)))
		return move_bad(why, "a tree");
	memcpy(key.b, t.node_key.b, sizeof(key.b));
	bool good = checkpoint_check(t.checkpoint, &key, &cp, NULL) == ERR_OK &&
		    cp.size == t.size && uuid_eq(cp.epoch, t.epoch) && uuid_eq(cp.node, t.node) &&
		    digest_eq(cp.root, t.root);

	if (!good) /* gate */
		return move_bad(why, "a checkpoint");
	return moved_tree_put(x->c->node->store, &t, why);
}

static enum err take_tile(struct in *x, const struct json *v, struct why *why)
{
	str hashes = move_blob(&x->set, v, "hashes");

	return moved_tile_put(x->c->node->store, move_uuid(v, "epoch"), json_get_i64(v, "idx", -1),
			      hashes, why);
}

static enum err take_counter(struct in *x, const struct json *v, struct why *why)
{
	int64_t team = 0;
	enum err err = move_principal(x->c->node, PRINCIPAL_TEAM, move_uuid(v, "team"), &team, why);

	if (!err && team != x->team && team != x->outbox)
		err = move_bad(why, "a counter");
	return err ? err
		   : moved_counter(x->c->node->store, team, json_get_str(v, "prefix"),
				   json_get_i64(v, "year", 0), json_get_i64(v, "next", 1), why);
}

static enum err take_signed(struct in *x, const struct json *v, struct why *why)
{
	struct record_signed r = {.holding = json_get_i64(v, "holding", 0),
				  .version = (int32_t)json_get_i64(v, "version", 0),
				  .uid = move_uuid(v, "uid"),
				  .team = x->team,
				  .rev = json_get_i64(v, "rev", 0),
				  .object = json_get_str(v, "object"),
				  .signature = json_get_str(v, "signature")};

	if (!move_hex(v, "hash", r.hash.b, sizeof(r.hash.b)) ||
	    !uuid_eq(move_uuid(v, "team"), x->head->team))
		return move_bad(why, "a signature");
	r.object = r.object.p ? r.object : STR("");
	if (r.signature.n) {
		struct signed_manifest m;
		enum err err = signature_kept(&x->set, r.signature, &m, why);

		if (err)
			return err;
		r.signature = signature_keep(&x->set, &m);
	}
	return moved_signed(x->c->node->store, &r, why);
}

static enum err take_sealed(struct in *x, const struct json *v, struct why *why)
{
	int64_t team = 0;
	enum err err = move_principal(x->c->node, PRINCIPAL_TEAM, move_uuid(v, "team"), &team, why);

	return err ? err
		   : sealed_mark(x->c->node->store, json_get_i64(v, "holding", 0),
				 (int32_t)json_get_i64(v, "version", 0), team,
				 json_get_i64(v, "at", 0), why);
}

static enum err take_token(struct in *x, const struct json *v, struct why *why)
{
	struct token t = {.account = json_get_i64(v, "account", 0),
			  .name = json_get_str(v, "name"),
			  .scopes = json_get_str(v, "scopes"),
			  .created_us = json_get_i64(v, "created", 0),
			  .expires_us = json_get_i64(v, "expires", 0),
			  .used_us = json_get_i64(v, "used", 0),
			  .purpose = STR("api")};

	if (!move_hex(v, "digest", t.id.b, sizeof(t.id.b)))
		return move_bad(why, "a token");
	return moved_token(x->c->node->store, &t, why);
}

static enum err take_circle(struct in *x, const struct json *v, struct why *why)
{
	struct circle_kept k = {.roster = json_get_i64(v, "roster", 0),
				.rev = json_get_i64(v, "rev", 0),
				.object = json_get_str(v, "object")};
	enum err err =
	    move_principal(x->c->node, PRINCIPAL_CIRCLE, move_uuid(v, "circle"), &k.circle, why);

	return err ? err : circle_kept_put(x->c->node->store, &k, true, why);
}

static enum err take_bytes(struct in *x, const struct json *v, struct why *why)
{
	struct digest want, d;
	int64_t n = 0;
	enum err err = ERR_OK;

	if (!x->file)
		err = file_begin(x->c->node->store, INT64_MAX, &x->file, why);
	if (!err)
		err = file_write(x->file, move_blob(&x->set, v, "data"), why);
	if (err || !json_get_bool(v, "last", false))
		return err;
	err = file_commit(x->file, &d, &n, why);
	x->file = NULL;
	if (!err && (!move_hex(v, "digest", want.b, sizeof(want.b)) || !digest_eq(want, d)))
		err = move_bad(why, "the bytes of a file");
	return err;
}

static enum err take_file(struct in *x, const struct json *v, struct why *why)
{
	struct file_row f = {.uid = move_uuid(v, "uid"),
			     .record = json_get_i64(v, "record", 0),
			     .bytes = json_get_i64(v, "bytes", 0),
			     .name = json_get_str(v, "name"),
			     .media_type = json_get_str(v, "media_type"),
			     .added_us = json_get_i64(v, "added", 0),
			     .added_by = json_get_i64(v, "added_by", 0)};

	if (!move_hex(v, "digest", f.digest.b, sizeof(f.digest.b)))
		return move_bad(why, "a file");
	x->counts.files++;
	return moved_file(x->c->node->store, &f, why);
}

/* ---- what waits ---- */

static enum err take_source(struct in *x, const struct json *v, struct why *why)
{
	const struct json *list = json_get_c(v, "cursors");
	struct source_cursor *at = arena_array(&x->set, struct source_cursor, json_count(list) + 1);
	struct source s = {.uid = move_uuid(v, "uid"),
			   .url = json_get_str(v, "url"),
			   .team = x->team,
			   .internal = json_get_bool(v, "internal", false),
			   .auth = json_get_str(v, "auth"),
			   .user = json_get_str(v, "user"),
			   .secret = json_get_str(v, "secret"),
			   .collections = json_get_str(v, "collections"),
			   .tlp = (int)json_get_i64(v, "tlp", TLP_RED),
			   .circle = move_uuid(v, "circle"),
			   .every_us = json_get_i64(v, "every", 0),
			   .next_us = json_get_i64(v, "next", 0),
			   .paused = json_get_bool(v, "paused", true),
			   .certificate = json_get_str(v, "certificate"),
			   .private_key = json_get_str(v, "private_key"),
			   .pin = json_get_str(v, "pin"),
			   .created_us = json_get_i64(v, "created", 0),
			   .created_by = json_get_i64(v, "created_by", 0),
			   .last_run_us = json_get_i64(v, "last_run", 0),
			   .last_error = json_get_str(v, "last_error"),
			   .last_error_ja = json_get_str(v, "last_error_ja")};

	if (uuid_is_zero(s.uid) || !s.url.n || s.tlp < -1 || s.tlp > TLP_RED)
		return move_bad(why, "a source");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *c = json_at(list, i);

		at[i] = (struct source_cursor){.root = json_get_str(c, "root"),
					       .collection = json_get_str(c, "collection"),
					       .title = json_get_str(c, "title"),
					       .after_us = json_get_i64(c, "after", 0),
					       .last_us = json_get_i64(c, "last", 0),
					       .next = json_get_str(c, "next"),
					       .last_run_us = json_get_i64(c, "last_run", 0),
					       .error = json_get_str(c, "error"),
					       .error_ja = json_get_str(c, "error_ja"),
					       .read = json_get_i64(c, "read", 0),
					       .created = json_get_i64(c, "created", 0),
					       .updated = json_get_i64(c, "updated", 0),
					       .unchanged = json_get_i64(c, "unchanged", 0),
					       .rejected = json_get_i64(c, "rejected", 0),
					       .run = json_get_str(c, "run")};
	}
	return moved_source(x->c->node->store, &s, at, json_count(list), why);
}

static enum err take_claimed(struct in *x, const struct json *v, struct why *why)
{
	str ids = move_blob(&x->set, v, "ids");
	size_t n = ids.n / sizeof(struct uuid);
	struct uuid *u = arena_array(&x->set, struct uuid, n + 1);
	bool *mine = arena_array(&x->set, bool, n + 1), *held = arena_array(&x->set, bool, n + 1);

	if (!n || ids.n % sizeof(*u))
		return move_bad(why, "what a source brought");
	memcpy(u, ids.p, ids.n);
	return source_claim(x->c->node->store, x->team, move_uuid(v, "origin"), u, held, n, mine,
			    why);
}

/* Its payload names the team by the number that it had there. Said again it is the same one. */
static enum err take_job(struct in *x, const struct json *v, struct why *why)
{
	struct job j = {.uid = move_uuid(v, "uid"),
			.kind = json_get_str(v, "kind"),
			.run_at_us = json_get_i64(v, "run_at", 0),
			.created_us = json_get_i64(v, "created", 0),
			.account = json_get_i64(v, "account", 0)};
	str dedupe = json_get_str(v, "dedupe");
	char u[UUID_TEXT];
	struct json payload;
	BUF(text);

	if (uuid_is_zero(j.uid) || !j.kind.n ||
	    json_parse(&x->set, json_get_str(v, "payload"), NULL, &payload, NULL))
		return move_bad(why, "a job");
	if (json_get_c(&payload, "team"))
		json_set(&x->set, &payload, STR("team"), json_from_i64(&x->set, x->team));
	json_write(&text, &payload);
	j.payload = buf_str(&text);
	uuid_text(j.uid, u);
	if (!dedupe.n)
		dedupe = arena_printf(&x->set, "moved/%.*s", UUID_TEXT, u);
	return job_add(x->c->node->store, &j, arena_cstr(&x->set, dedupe), NULL, why);
}

/* ---- all ---- */

static enum err take_other(struct in *x, const struct json *v, str kind, struct why *why)
{
	static const struct {
		const char *kind;
		enum err (*take)(struct in *, const struct json *, struct why *);
	} rows[] = {
	    {"key", take_key},       {"account", take_account}, {"tree", take_tree},
	    {"tile", take_tile},     {"counter", take_counter}, {"signed", take_signed},
	    {"sealed", take_sealed}, {"token", take_token},     {"circle", take_circle},
	    {"bytes", take_bytes},   {"file", take_file},       {"past", move_take_past},
	    {"source", take_source}, {"claimed", take_claimed}, {"job", take_job},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(kind, str_c(rows[i].kind)))
			return rows[i].take(x, v, why);
	return str_eq(kind, STR("head")) ? ERR_OK : move_bad(why, "a line of an unknown kind");
}

/* {"k":"entry" and {"k":"leaf": what it is, without reading a large line twice. */
static bool is_kind(str text, const char *start)
{
	return str_starts(text, str_c(start));
}

static enum err take(struct in *x, str text, struct why *why)
{
	struct json v;
	str kind;
	enum err err;

	x->counts.lines++;
	if (is_kind(text, "{\"k\":\"entry\",")) {
		x->skipping = x->skip > 0;
		x->skip -= x->skipping;
		return x->skipping ? ERR_OK : move_take_entry(x, text, why);
	}
	if (is_kind(text, "{\"k\":\"leaf\","))
		return x->skipping ? ERR_OK : move_take_leaf(x, text, why);
	if (is_kind(text, "{\"k\":\"label\",")) { /* between entries: the set goes on */
		ARENA(a, 0);

		err = move_line(&a, text, &v, &kind, why);
		return err ? err : move_take_label(x, &v, why);
	}
	err = move_flush(x, why);
	if (!err)
		err = move_line(&x->set, text, &v, &kind, why);
	if (!err)
		err = take_other(x, &v, kind, why);
	arena_reset(&x->set);
	return err;
}

static enum err take_all(struct in *x, int fd, const struct ed25519_secret *root, struct why *why)
{
	struct move_reader *r = NULL;
	bool more = true;
	str text;
	enum err err = move_file_open(fd, root, &r, why);

	while (!err && more) {
		err = move_file_next(r, &text, &more, why);
		if (!err && more)
			err = take(x, text, why);
	}
	if (!err)
		err = move_flush(x, why);
	move_reader_free(r);
	return err;
}

/* Which file this node is made of: another one cannot go on where one broke off. */
static enum err begin_once(struct in *x, struct why *why)
{
	struct store *s = x->c->node->store;
	char u[UUID_TEXT];
	str text;
	struct json v;
	struct why none = {0};
	enum err err = setting_get(s, x->c->arena, STR(MOVE_IN), &text, &none);

	uuid_text(x->head->id, u);
	if (err == ERR_NOTFOUND)
		return setting_set(s, STR(MOVE_IN),
				   arena_printf(x->c->arena, "{\"id\":\"%.*s\",\"at\":%lld}",
						UUID_TEXT, u, (long long)x->head->at_us),
				   0, why);
	if (!err)
		err = json_parse(x->c->arena, text, NULL, &v, why);
	if (!err && !str_eq(json_get_str(&v, "id"), (str){u, UUID_TEXT}))
		err =
		    why_field(why, ERR_CONFLICT, "other_file", NULL,
			      "this node was begun with another file of that team: use an empty "
			      "data directory",
			      "このノードは別のファイルから作り始められています。空のディレクトリを"
			      "使ってください");
	x->resumed = true;
	return err ? err : moved_count(s, &x->skip, why);
}

enum err move_in(struct ctx *c, int fd, const struct ed25519_secret *root,
		 const struct move_head *head, int64_t *ret_team, struct move_counts *ret,
		 struct why *why)
{
	struct in *x = mem_alloc(sizeof(*x));
	enum err err;

	x->c = c;
	x->head = head;
	arena_init(&x->set, 0);
	arena_init(&x->keep, 0);
	u64map_init(&x->labels);
	err = move_principal(c->node, PRINCIPAL_TEAM, head->team, &x->team, why);
	if (!err)
		err = outbox_principal(c->node, head->team, &x->outbox, why);
	if (!err)
		err = begin_once(x, why);
	if (!err)
		err = moved_accounts_top(c->node->store, head->accounts_top, why);
	if (!err && lseek(fd, 0, SEEK_SET) != 0)
		err = why_set(why, ERR_IO, "the file cannot be read twice: name a file, no pipe");
	if (!err)
		err = take_all(x, fd, root, why);
	if (!err)
		err = moved_finish(c->node->store, why);
	if (!err)
		err = directory_refresh(c->node->directory, why);
	ctx_refresh(c);
	if (!err)
		err = own_team_adopt(c, x->team, root, head->at_us, why);
	file_abort(x->file);
	u64map_done(&x->labels);
	arena_done(&x->set);
	arena_done(&x->keep);
	if (!err) {
		*ret_team = x->team;
		*ret = x->counts;
	}
	mem_free(x);
	return err;
}
