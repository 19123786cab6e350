// SPDX-License-Identifier: Apache-2.0
/* The node that a team leaves: frozen, written to a file, and gone when the new node says so. */
#include "base/codec.h"
#include "base/file.h"
#include "base/map.h"
#include "exchange/link.h"
#include "exchange/move.h"
#include "exchange/move_file.h"
#include "exchange/note.h"
#include "exchange/signature.h"
#include "team/outbox.h"

#include <unistd.h>

#define INVITE_US (INT64_C(30) * 86400 * US_PER_S)
#define BYTES_PIECE ((size_t)1 << 20)

struct out {
	struct ctx *c;
	struct move_writer *w;
	struct own_node node;
	struct u64map labels;
	struct map files;
	struct arena *a; /* of the call */
	struct buf line;
	struct json_out o;
	struct move_counts counts;
};

/* ---- lines ---- */

static void begin(struct out *x, const char *kind)
{
	buf_clear(&x->line);
	json_out_init(&x->o, &x->line);
	jo_object(&x->o);
	jo_kc(&x->o, "k", kind);
}

static enum err end(struct out *x, struct why *why)
{
	jo_end(&x->o);
	x->counts.lines++;
	return move_file_line(x->w, buf_str(&x->line), why);
}

static void put_hex(struct out *x, const char *key, const void *p, size_t n)
{
	BUF(b);

	hex_encode(&b, p, n);
	jo_kstr(&x->o, key, buf_str(&b));
}

static void put_base64(struct out *x, const char *key, str bytes)
{
	BUF(b);

	base64_encode(&b, bytes.p, bytes.n);
	jo_kstr(&x->o, key, buf_str(&b));
}

static void put_uuid(struct out *x, const char *key, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	jo_kstr(&x->o, key, uuid_is_zero(u) ? STR("") : (str){text, UUID_TEXT});
}

/* A principal by its uuid; nobody is empty. */
static void put_who(struct out *x, const char *key, int64_t principal)
{
	struct uuid u;

	put_uuid(
	    x, key,
	    principal && principal_uuid(x->c->node->store, principal, &u) ? u : (struct uuid){{0}});
}

/* ---- what the store hands out ---- */

static enum err put_tree(void *ctx, const struct moved_tree *t, struct why *why)
{
	struct out *x = ctx;
	struct journal_checkpoint cp = {x->node.id, t->epoch, t->size, t->root};

	begin(x, "tree");
	put_uuid(x, "epoch", t->epoch);
	put_uuid(x, "node", t->fresh ? x->node.id : t->node);
	put_hex(x, "node_key", t->fresh ? x->node.key.public.b : t->node_key.b,
		sizeof(t->node_key.b));
	jo_ki64(&x->o, "size", t->size);
	put_hex(x, "root", t->root.b, sizeof(t->root.b));
	jo_kstr(&x->o, "checkpoint",
		t->fresh ? checkpoint_sign(x->a, &cp, &x->node.key) : t->checkpoint);
	jo_kbool(&x->o, "fresh", t->fresh);
	return end(x, why);
}

static enum err put_tile(void *ctx, struct uuid epoch, int64_t idx, str hashes, struct why *why)
{
	struct out *x = ctx;

	begin(x, "tile");
	put_uuid(x, "epoch", epoch);
	jo_ki64(&x->o, "idx", idx);
	put_base64(x, "hashes", hashes);
	return end(x, why);
}

/* Each label once, before the first record that carries it. */
static enum err label_line(struct out *x, int64_t key, struct why *why)
{
	const struct label *l = label_get(x->c->node->store, key);
	bool fresh = false;
	str text;
	ARENA(a, 0);
	enum err err;

	(void)u64map_put(&x->labels, (uint64_t)key, &fresh);
	if (!fresh)
		return ERR_OK;
	err = l ? label_canonical(x->c->node->store, &a, l, &text)
		: why_set(why, ERR_IO, "a label is missing: run hikeshi verify");
	if (err)
		return err;
	begin(x, "label");
	jo_ki64(&x->o, "n", key);
	jo_key(&x->o, "label");
	jo_raw(&x->o, text);
	return end(x, why);
}

static void put_record(struct out *x, const struct record *r)
{
	struct store *s = x->c->node->store;

	jo_key(&x->o, "record");
	jo_object(&x->o);
	jo_ki64(&x->o, "key", r->key);
	put_uuid(x, "uid", r->uid);
	jo_kstr(&x->o, "type", word_text(s, r->type));
	jo_ki64(&x->o, "form", (int64_t)r->form);
	put_who(x, "team", r->team);
	jo_ki64(&x->o, "label", r->label);
	jo_ki64(&x->o, "version", r->version);
	jo_kstr(&x->o, "state", word_text(s, r->state));
	jo_kstr(&x->o, "severity", word_text(s, r->severity));
	jo_ki64(&x->o, "flags", r->flags & ~(uint32_t)RECORD_SHARED);
	jo_kstr(&x->o, "number", r->number);
	jo_ki64(&x->o, "parent", r->parent);
	jo_ki64(&x->o, "source_modified", r->source_modified_us);
	jo_kstr(&x->o, "body", r->body);
	jo_end(&x->o);
}

static void put_said(struct out *x, const struct moved_entry *e)
{
	put_uuid(x, "epoch", e->epoch);
	jo_ki64(&x->o, "seq", e->seq);
	jo_ki64(&x->o, "at", e->at_us);
	jo_ki64(&x->o, "actor", e->actor);
	put_who(x, "team", e->team);
	jo_kstr(&x->o, "kind", e->kind);
	put_uuid(x, "subject", e->subject);
	put_hex(x, "salt", e->salt, sizeof(e->salt));
	put_hex(x, "digest", e->digest.b, sizeof(e->digest.b));
	if (e->content.p) {
		put_hex(x, "salt2", e->salt2, sizeof(e->salt2));
		jo_kstr(&x->o, "content", e->content);
	}
	if (e->slice.p)
		put_base64(x, "slice", e->slice);
}

static enum err put_entry(void *ctx, const struct moved_entry *e, const struct record *r,
			  struct why *why)
{
	struct out *x = ctx;
	enum err err = r ? label_line(x, r->label, why) : ERR_OK;

	if (err)
		return err;
	begin(x, "entry");
	put_said(x, e);
	if (r)
		put_record(x, r);
	x->counts.entries++;
	x->counts.records += r && r->version == 1;
	return end(x, why);
}

static enum err put_leaf(void *ctx, const struct record *r, struct why *why)
{
	struct out *x = ctx;
	enum err err = label_line(x, r->label, why);

	if (err)
		return err;
	begin(x, "leaf");
	put_record(x, r);
	x->counts.records += r->version == 1;
	return end(x, why);
}

static enum err put_counter(void *ctx, int64_t team, str prefix, int64_t year, int64_t next,
			    struct why *why)
{
	struct out *x = ctx;

	begin(x, "counter");
	put_who(x, "team", team);
	jo_kstr(&x->o, "prefix", prefix);
	jo_ki64(&x->o, "year", year);
	jo_ki64(&x->o, "next", next);
	return end(x, why);
}

static enum err put_signed(void *ctx, const struct record_signed *r, struct why *why)
{
	struct out *x = ctx;
	struct signed_manifest m;
	BUF(text);
	ARENA(a, 0);

	/* empty: it went with what was erased */
	if (r->signature.n) {
		enum err err = signature_kept(&a, r->signature, &m, why);

		if (err)
			return err;
		signature_write(&text, &m);
	}
	begin(x, "signed");
	jo_ki64(&x->o, "holding", r->holding);
	jo_ki64(&x->o, "version", r->version);
	put_uuid(x, "uid", r->uid);
	put_who(x, "team", r->team);
	jo_ki64(&x->o, "rev", r->rev);
	put_hex(x, "hash", r->hash.b, sizeof(r->hash.b));
	jo_kstr(&x->o, "object", r->object);
	jo_kstr(&x->o, "signature", buf_str(&text));
	return end(x, why);
}

static enum err put_sealed(void *ctx, int64_t holding, int32_t version, int64_t team, int64_t at_us,
			   struct why *why)
{
	struct out *x = ctx;

	begin(x, "sealed");
	jo_ki64(&x->o, "holding", holding);
	jo_ki64(&x->o, "version", version);
	put_who(x, "team", team);
	jo_ki64(&x->o, "at", at_us);
	return end(x, why);
}

static enum err put_token(void *ctx, const struct token *t, struct why *why)
{
	struct out *x = ctx;

	begin(x, "token");
	put_hex(x, "digest", t->id.b, sizeof(t->id.b));
	jo_ki64(&x->o, "account", t->account);
	jo_kstr(&x->o, "name", t->name);
	jo_kstr(&x->o, "scopes", t->scopes);
	jo_ki64(&x->o, "created", t->created_us);
	jo_ki64(&x->o, "expires", t->expires_us);
	jo_ki64(&x->o, "used", t->used_us);
	return end(x, why);
}

/* The bytes, in pieces; the last one says so. */
static enum err put_bytes(struct out *x, struct digest d, struct why *why)
{
	char *piece = mem_alloc(BYTES_PIECE);
	FD(fd) = -1;
	bool last = false;
	enum err err = file_open(x->c->node->store, d, &fd, why);

	while (!err && !last) {
		size_t n = 0;
		ssize_t got = 1;

		while (n < BYTES_PIECE && got > 0) {
			got = read(fd, piece + n, BYTES_PIECE - n);
			n += got > 0 ? (size_t)got : 0;
		}
		if (got < 0)
			err = why_set(why, ERR_IO, "a file cannot be read: run hikeshi verify");
		last = got == 0;
		begin(x, "bytes");
		put_hex(x, "digest", d.b, sizeof(d.b));
		put_base64(x, "data", (str){piece, n});
		jo_kbool(&x->o, "last", last);
		if (!err)
			err = end(x, why);
	}
	mem_free(piece);
	return err;
}

static enum err put_file(void *ctx, const struct file_row *f, struct why *why)
{
	struct out *x = ctx;
	bool fresh = false;
	enum err err = ERR_OK;

	(void)map_put(&x->files, arena_str(x->a, digest_str(&f->digest)), &fresh);
	if (fresh)
		err = put_bytes(x, f->digest, why);
	if (err)
		return err;
	x->counts.files++;
	begin(x, "file");
	put_uuid(x, "uid", f->uid);
	jo_ki64(&x->o, "record", f->record);
	put_hex(x, "digest", f->digest.b, sizeof(f->digest.b));
	jo_ki64(&x->o, "bytes", f->bytes);
	jo_kstr(&x->o, "name", f->name);
	jo_kstr(&x->o, "media_type", f->media_type);
	jo_ki64(&x->o, "added", f->added_us);
	jo_ki64(&x->o, "added_by", f->added_by);
	return end(x, why);
}

/* ---- of nodes before this one, and what waits here ---- */

static enum err put_past(void *ctx, const struct moved_entry *e, struct uuid by_epoch,
			 int64_t by_seq, struct why *why)
{
	struct out *x = ctx;

	begin(x, "past");
	put_said(x, e);
	if (by_seq >= 0) {
		put_uuid(x, "by_epoch", by_epoch);
		jo_ki64(&x->o, "by_seq", by_seq);
	}
	return end(x, why);
}

static void put_cursors(struct out *x, const struct source_cursor *at, size_t n)
{
	jo_key(&x->o, "cursors");
	jo_array(&x->o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&x->o);
		jo_kstr(&x->o, "root", at[i].root);
		jo_kstr(&x->o, "collection", at[i].collection);
		jo_kstr(&x->o, "title", at[i].title);
		jo_ki64(&x->o, "after", at[i].after_us);
		jo_ki64(&x->o, "last", at[i].last_us);
		jo_kstr(&x->o, "next", at[i].next);
		jo_ki64(&x->o, "last_run", at[i].last_run_us);
		jo_kstr(&x->o, "error", at[i].error);
		jo_kstr(&x->o, "error_ja", at[i].error_ja);
		jo_ki64(&x->o, "read", at[i].read);
		jo_ki64(&x->o, "created", at[i].created);
		jo_ki64(&x->o, "updated", at[i].updated);
		jo_ki64(&x->o, "unchanged", at[i].unchanged);
		jo_ki64(&x->o, "rejected", at[i].rejected);
		jo_kstr(&x->o, "run", at[i].run);
		jo_end(&x->o);
	}
	jo_end(&x->o);
}

static enum err put_source(void *ctx, const struct source *s, const struct source_cursor *at,
			   size_t n, struct why *why)
{
	struct out *x = ctx;

	begin(x, "source");
	put_uuid(x, "uid", s->uid);
	jo_kstr(&x->o, "url", s->url);
	jo_kbool(&x->o, "internal", s->internal);
	jo_kstr(&x->o, "auth", s->auth);
	jo_kstr(&x->o, "user", s->user);
	jo_kstr(&x->o, "secret", s->secret);
	jo_kstr(&x->o, "collections", s->collections);
	jo_ki64(&x->o, "tlp", s->tlp);
	put_uuid(x, "circle", s->circle);
	jo_ki64(&x->o, "every", s->every_us);
	jo_ki64(&x->o, "next", s->next_us);
	jo_kbool(&x->o, "paused", s->paused);
	jo_kstr(&x->o, "certificate", s->certificate);
	jo_kstr(&x->o, "private_key", s->private_key);
	jo_kstr(&x->o, "pin", s->pin);
	jo_ki64(&x->o, "created", s->created_us);
	jo_ki64(&x->o, "created_by", s->created_by);
	jo_ki64(&x->o, "last_run", s->last_run_us);
	jo_kstr(&x->o, "last_error", s->last_error);
	jo_kstr(&x->o, "last_error_ja", s->last_error_ja);
	put_cursors(x, at, n);
	return end(x, why);
}

static enum err put_claimed(void *ctx, struct uuid origin, const struct uuid *ids, size_t n,
			    struct why *why)
{
	struct out *x = ctx;

	begin(x, "claimed");
	put_uuid(x, "origin", origin);
	put_base64(x, "ids", (str){(const char *)ids, n * sizeof(*ids)});
	return end(x, why);
}

/* An import that waits names a file that hangs on no record: its bytes go along first. */
static enum err put_job(void *ctx, const struct job *j, str dedupe, struct why *why)
{
	struct out *x = ctx;
	struct digest d;
	struct json v;
	ARENA(a, 0);
	enum err err = ERR_OK;

	if (json_parse(&a, j->payload, NULL, &v, NULL) == ERR_OK &&
	    hex_decode(json_get_str(&v, "file"), d.b, sizeof(d.b)) == ERR_OK)
		err = put_bytes(x, d, why);
	if (err == ERR_NOTFOUND) /* it was read to its end just now */
		return ERR_OK;
	if (err)
		return err;
	begin(x, "job");
	put_uuid(x, "uid", j->uid);
	jo_kstr(&x->o, "kind", j->kind);
	jo_kstr(&x->o, "payload", j->payload);
	jo_ki64(&x->o, "run_at", j->run_at_us);
	jo_ki64(&x->o, "created", j->created_us);
	jo_ki64(&x->o, "account", j->account);
	jo_kstr(&x->o, "dedupe", dedupe);
	return end(x, why);
}

/* ---- what is not the store's ---- */

static enum err put_head(struct out *x, const struct directory_team *t,
			 const struct ed25519_public *online, struct why *why)
{
	const struct node *n = x->c->node;
	struct why none = {0};
	str invite = STR_NULL;
	int64_t top = 0;
	enum err err = moving_accounts_top(n->store, &top, why);

	if (err)
		return err;
	/* a node without an address that others can use is linked by hand */
	if (link_invite(x->c, clock_now_us() + INVITE_US, false, &invite, &none))
		invite = STR("");
	begin(x, "head");
	jo_ki64(&x->o, "v", 1);
	put_uuid(x, "id", uuid_new());
	jo_ki64(&x->o, "at", clock_now_us());
	put_uuid(x, "team", t->uid);
	jo_kstr(&x->o, "name", t->name);
	put_uuid(x, "node", x->node.id);
	jo_kstr(&x->o, "node_name", str_c(n->config.name ? n->config.name : "hikeshi"));
	jo_kstr(&x->o, "url", str_c(n->config.url ? n->config.url : ""));
	jo_kstr(&x->o, "invite", invite);
	jo_ki64(&x->o, "accounts_top", top);
	put_hex(x, "online", online->b, sizeof(online->b));
	return end(x, why);
}

static enum err put_keys(struct out *x, int64_t team, struct why *why)
{
	struct team_key *k = NULL;
	size_t n = 0;
	enum err err = team_keys_list(x->c->node->store, x->a, team, &k, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		begin(x, "key");
		jo_ki64(&x->o, "n", k[i].n);
		put_hex(x, "root", k[i].root.b, sizeof(k[i].root.b));
		put_hex(x, "public", k[i].public.b, sizeof(k[i].public.b));
		jo_kstr(&x->o, "age_public", k[i].age_public);
		jo_kstr(&x->o, "age_secret", k[i].age_secret);
		jo_kstr(&x->o, "object", k[i].object);
		jo_ki64(&x->o, "created", k[i].created_us);
		jo_ki64(&x->o, "ends", k[i].ends_us);
		jo_ki64(&x->o, "revoked", k[i].revoked_us);
		err = end(x, why);
	}
	return err;
}

static enum err put_accounts(struct out *x, int64_t team, struct why *why)
{
	struct account *l = NULL;
	size_t n = 0;
	enum err err = account_list(x->c->node->store, x->a, team, &l, &n, why);

	for (size_t i = 0; i < n && !err; i++) {
		begin(x, "account");
		jo_ki64(&x->o, "key", l[i].key);
		jo_kstr(&x->o, "email", l[i].email);
		jo_kstr(&x->o, "name", l[i].name);
		jo_kstr(&x->o, "language", l[i].language);
		jo_kstr(&x->o, "role", l[i].role);
		put_who(x, "person", l[i].person);
		jo_kstr(&x->o, "password_hash", l[i].password_hash);
		jo_kstr(&x->o, "totp_secret", l[i].totp_secret);
		jo_kbool(&x->o, "disabled", l[i].disabled);
		jo_ki64(&x->o, "created", l[i].created_us);
		jo_ki64(&x->o, "last_sign_in", l[i].last_sign_in_us);
		x->counts.accounts++;
		err = end(x, why);
	}
	return err;
}

static enum err put_circles(struct out *x, int64_t team, struct why *why)
{
	const struct directory_view *d = x->c->dir;
	enum err err = ERR_OK;

	for (size_t i = 0; i < d->n_circles && !err; i++) {
		struct circle_kept k;
		struct why none = {0};

		if (d->circles[i].owner != team)
			continue;
		err = circle_kept_get(x->c->node->store, x->a, d->circles[i].key, &k, &none);
		if (err == ERR_NOTFOUND) {
			err = ERR_OK; /* never told to anybody */
			continue;
		}
		if (err)
			return why_set(why, err, "%s", none.text);
		begin(x, "circle");
		put_uuid(x, "circle", d->circles[i].uid);
		jo_ki64(&x->o, "roster", k.roster);
		jo_ki64(&x->o, "rev", k.rev);
		jo_kstr(&x->o, "object", k.object);
		err = end(x, why);
	}
	return err;
}

static enum err write_all(struct out *x, const struct directory_team *t, struct why *why)
{
	const struct moving_sink sink = {.ctx = x,
					 .tree = put_tree,
					 .tile = put_tile,
					 .entry = put_entry,
					 .leaf = put_leaf,
					 .counter = put_counter,
					 .signed_row = put_signed,
					 .sealed = put_sealed,
					 .token = put_token,
					 .file = put_file,
					 .past = put_past,
					 .source = put_source,
					 .claimed = put_claimed,
					 .job = put_job};
	struct own_team own;
	enum err err = own_team_leaving(x->c->node, x->a, t->key, &own, why);

	if (err)
		return err;
	err = put_head(x, t, &own.key.public, why);
	if (!err)
		err = put_keys(x, t->key, why);
	if (!err)
		err = put_accounts(x, t->key, why);
	if (!err)
		err = moving_read(x->c->node->store, t->key, t->outbox, &sink, why);
	if (!err)
		err = put_circles(x, t->key, why);
	if (!err)
		err = move_file_end(x->w, &own.key, why);
	ed25519_wipe(&own.key);
	return err;
}

/* ---- freezing ---- */

enum err move_is_frozen(struct node *n, struct arena *a, int64_t team, bool *ret, struct why *why)
{
	struct team_key *k = NULL;
	struct peer_team via = {0};
	struct why none = {0};
	size_t count = 0;
	enum err err = team_keys_list(n->store, a, team, &k, &count, why);

	if (err)
		return err;
	err = peer_team_get(n->store, a, team, &via, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	*ret = count > 0 && err == ERR_OK && via.peer == 0;
	return ERR_OK;
}

static str json_text(struct arena *a, const struct json *v)
{
	BUF(b);

	json_write(&b, v);
	return arena_str(a, buf_str(&b));
}

/* Nobody signs for the team at this moment, and nobody will. */
static enum err freeze(struct ctx *c, int64_t team, struct why *why)
{
	struct node *n = c->node;
	struct peer_team via = {.team = team};
	struct key_chain chain;
	struct json keys;
	enum err err = team_chain(n, c->arena, team, &chain, &keys, why);

	if (err)
		return err;
	memcpy(via.root.b, chain.root.b, sizeof(via.root.b));
	via.keys = json_text(c->arena, &keys);
	err = signing_begin(n->store, why);
	if (err)
		return err;
	err = moving_freeze(n->store, &via, c->actor->account, why);
	signing_end(n->store);
	if (!err)
		err = directory_refresh(n->directory, why);
	ctx_refresh(c);
	return err;
}

static enum err may_move(struct ctx *c, const struct directory_team *t, bool frozen,
			 struct why *why)
{
	if (!t)
		return why_set(why, ERR_NOTFOUND, "there is no such team");
	if (t->key == c->node->home_team)
		return why_field(why, ERR_CONFLICT, "home_team", NULL,
				 "that is the node's own team: move the whole node with 'hikeshi "
				 "backup' and 'hikeshi restore', or name another team of it first "
				 "with 'hikeshi team home'",
				 "このノード自身のチームです。「hikeshi backup」と「hikeshi "
				 "restore」でノードごと移すか、先に「hikeshi team "
				 "home」で別のチームをノードのチームにしてください");
	if (t->peer && !frozen)
		return why_field(why, ERR_CONFLICT, "team_moved", NULL,
				 "that team works on another node",
				 "このチームは別のノードで活動しています");
	return ERR_OK;
}

enum err move_out(struct ctx *c, int64_t team, int fd, struct move_counts *ret, struct why *why)
{
	struct out x = {.c = c, .a = c->arena};
	bool frozen = false;
	enum err err = move_is_frozen(c->node, c->arena, team, &frozen, why);

	if (!err)
		err = may_move(c, directory_team(c->dir, team), frozen, why);
	if (!err && !frozen)
		err = freeze(c, team, why);
	if (!err)
		err = own_node_get(c->node, c->arena, &x.node, why);
	if (err)
		return err;
	struct key_chain chain;

	u64map_init(&x.labels);
	map_init(&x.files);
	err = team_chain(c->node, c->arena, team, &chain, NULL, why);
	if (!err)
		err = move_file_create(fd, &chain.root, &x.w, why);
	if (!err)
		err = write_all(&x, directory_team(c->dir, team), why);
	move_writer_free(x.w);
	u64map_done(&x.labels);
	map_done(&x.files);
	if (x.line.p)
		secret_wipe(x.line.p, x.line.cap);
	buf_done(&x.line);
	ed25519_wipe(&x.node.key);
	if (!err)
		*ret = x.counts;
	return err;
}

enum err move_abort(struct ctx *c, int64_t team, const struct ed25519_secret *root, struct why *why)
{
	struct key_chain chain;
	enum err err = team_chain(c->node, c->arena, team, &chain, NULL, why);

	if (!err && root && !ed25519_eq(&chain.root, &root->public))
		err = why_field(why, ERR_DENIED, "wrong_root", NULL,
				"that is the root key of another team",
				"そのルート鍵は別のチームのものです");
	if (!err)
		err = moving_abort(c->node->store, team, c->actor->account, why);
	if (!err)
		err = directory_refresh(c->node->directory, why);
	ctx_refresh(c);
	/* a chain that goes on here is another than the one that the file's node would begin */
	return err || !root ? err : own_team_rotate(c, team, root, 0, why);
}
