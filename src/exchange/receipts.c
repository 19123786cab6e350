// SPDX-License-Identifier: Apache-2.0
#include "exchange/receipts.h"

#include "exchange/prove.h"
#include "exchange/wire_internal.h"
#include "store/opened.h"
#include "store/signed.h"

#define PAGE 256

/* ---- entering ---- */

void receipts_note(struct ctx *c, struct write_set *w, enum receipt_kind kind,
		   const struct label *l, str target, struct digest manifest, int64_t rev)
{
	const struct receipt r = {.kind = kind, .target = target, .manifest = manifest, .rev = rev};
	str content = receipt_content(c->arena, &r), type;
	struct uuid uid;

	if (id_parse(target, &type, &uid))
		return;
	for (size_t i = 0; i < c->dir->n_teams; i++) {
		const struct directory_team *t = &c->dir->teams[i];

		if (!t->peer && ctx_team_sees(c, t, l))
			write_note_of(w, t->key, receipt_kind_name(kind).p, uid, content);
	}
}

/* The warning of elsewhere that an answer is about, as its newest signature here has it. */
static enum err answered_of(struct ctx *c, const struct record *r, struct receipt *ret,
			    bool *ret_there, struct why *why)
{
	/* sees all: an answer of one's own names its warning; of that only the hash is said */
	struct view all = {.all = true};
	struct record warning = {0};
	struct record_signed newest = {0};
	const struct directory_team *t;
	const struct label *l;
	struct json body;
	struct uuid uid;
	str type;
	enum err err = record_body(c, r, &body, why);

	*ret_there = false;
	if (err || id_parse(json_get_str(&body, "warning"), &type, &uid) ||
	    str_eq(word_text(c->node->store, r->state), STR("no_answer"))) /* taken back */
		return err;
	err = store_find(c->node->store, c->arena, &all, &uid, 1, false, &warning, why);
	l = err || !warning.key ? NULL : label_get(c->node->store, warning.label);
	t = l ? directory_team(c->dir, l->originator) : NULL;
	if (err || !t || !t->peer)
		return err;
	err = signed_newest(c->node->store, c->arena, &uid, &t->key, 1, &newest, why);
	if (err || !newest.rev)
		return err;
	*ret = (struct receipt){.kind = RECEIPT_ANSWERED,
				.target = json_get_str(&body, "warning"),
				.manifest = newest.hash,
				.rev = newest.rev,
				.has_assessment = true};
	*ret_there = true;
	return ERR_OK;
}

enum err receipts_answered(struct ctx *c, const struct record *const *r,
			   const struct digest *hashes, size_t n, struct why *why)
{
	struct write_set w;
	size_t noted = 0;
	enum err err = ERR_OK;

	write_init(&w, c->arena, 0, c->node->home_team);
	for (size_t i = 0; i < n && !err; i++) {
		struct receipt one;
		struct uuid uid;
		bool there = false;
		str type;

		err = answered_of(c, r[i], &one, &there, why);
		if (err || !there || id_parse(one.target, &type, &uid))
			continue;
		one.assessment = hashes[i];
		write_note_of(&w, r[i]->team, receipt_kind_name(RECEIPT_ANSWERED).p, uid,
			      receipt_content(c->arena, &one));
		noted++;
	}
	return err || !noted ? err : store_commit(c->node->store, &w, NULL, why);
}

/* ---- making ---- */

struct making {
	struct ctx *c;
	struct own_node node;
	const struct opened_entry *e;
	struct receipt r;
	struct record_signed about;
	const struct directory_team *team, *issuer;
	struct json object;
	size_t made;
};

/* What the entry says; false: nothing a receipt could be made of. */
static bool entry_read(struct making *m)
{
	static const enum receipt_kind kinds[] = {RECEIPT_RECEIVED, RECEIPT_ANSWERED,
						  RECEIPT_WITHDRAWAL_APPLIED};
	const struct opened_entry *e = m->e;
	const struct json *assessment;
	struct json v;
	struct receipt r = {.epoch = e->epoch_id, .seq = e->seq, .at_us = e->at_us};

	m->team = directory_team(m->c->dir, e->team);
	if (!m->team || m->team->peer || e->actor || !e->content.n ||
	    json_parse(m->c->arena, e->content, NULL, &v, NULL))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(e->kind, receipt_kind_name(kinds[i])))
			r.kind = kinds[i];
	r.team = m->team->uid;
	r.target = json_get_str(&v, "target");
	r.rev = json_get_i64(&v, "rev", 0);
	assessment = json_get_c(&v, "assessment");
	r.has_assessment = json_is(assessment, JSON_STRING);
	if (r.rev < 1 || wire_hex(&v, "manifest", r.manifest.b, SHA256_BYTES, NULL) ||
	    (r.has_assessment && wire_hex(&v, "assessment", r.assessment.b, SHA256_BYTES, NULL)))
		return false;
	memcpy(r.salt.b, e->salt, SALT_BYTES);
	memcpy(r.content_salt.b, e->content_salt, SALT_BYTES);
	m->r = r;
	return true;
}

static enum err prove(struct making *m, struct why *why)
{
	struct arena *a = m->c->arena;
	struct checkpoint cp = {0};
	struct journal_checkpoint said;
	struct digest *path = NULL;
	enum err err = opened_prove(m->c->node->store, a, m->e, &cp, &path, &m->r.n_path, why);

	if (!err)
		err = prove_keys(m->c->node, a, m->team->key, &m->r.keys, &m->r.n_keys, why);
	if (err)
		return err;
	m->r.path = path;
	m->r.created_us = clock_now_us();
	said = (struct journal_checkpoint){
	    .node = m->node.id, .epoch = cp.epoch, .size = cp.size, .root = cp.root};
	m->r.checkpoint = checkpoint_sign(a, &said, &m->node.key);
	m->object = receipt_json(a, &m->r);
	return ERR_OK;
}

/* Another one of the same entry, or of a later one. */
static bool newer_held(const struct making *m, const struct record *held)
{
	const struct json *entry;
	struct uuid epoch;
	struct json v;

	if (!held->key || json_parse(m->c->arena, held->body, NULL, &v, NULL))
		return false;
	entry = json_get_c(&v, "entry");
	return !uuid_parse(json_get_str(entry, "epoch"), &epoch) && uuid_eq(epoch, m->r.epoch) &&
	       json_get_i64(entry, "seq", -1) >= m->r.seq;
}

static enum err keep(struct making *m, struct why *why)
{
	struct ctx *c = m->c;
	struct label l = {.originator = m->team->key,
			  .holder = m->team->key,
			  .tlp = TLP_AMBER_STRICT,
			  .teams = &m->issuer->key,
			  .n_teams = 1};
	struct record_put p = {.type = STR(RECEIPT_TYPE),
			       .form = FORM_STIX,
			       .team = m->team->key,
			       .source_modified_us = m->r.created_us,
			       .kind = "receipt"};
	struct record held = {0};
	struct write_set w;
	struct why lost = {0};
	str type;
	BUF(text);
	enum err err = id_parse(json_get_str(&m->object, "id"), &type, &p.uid);

	if (!err)
		err = store_find_held(c->node->store, c->arena, m->team->key, &p.uid, 1, true,
				      &held, why);
	if (err || newer_held(m, &held))
		return err;
	json_write(&text, &m->object);
	p.body = arena_str(c->arena, buf_str(&text));
	p.key = held.key;
	p.expect_version = held.version;
	err = label_intern(c->node->store, &l, 1, &p.label, why);
	if (err)
		return err;
	write_init(&w, c->arena, 0, m->team->key);
	(void)write_put(&w, &p);
	err = store_commit(c->node->store, &w, NULL, &lost);
	m->made += !err;
	if (err == ERR_CONFLICT || err == ERR_STALE)
		return ERR_OK; /* another process made it */
	return err ? why_set(why, err, "%s", lost.text) : ERR_OK;
}

static enum err make_one(struct making *m, struct why *why)
{
	struct ctx *c = m->c;
	enum err err;

	if (!entry_read(m))
		return ERR_OK;
	err = signed_by_hash(c->node->store, c->arena, &m->e->subject, &m->r.manifest, 1, &m->about,
			     why);
	if (err || !m->about.rev)
		return err;
	m->issuer = directory_team(c->dir, m->about.team);
	if (!m->issuer || !m->issuer->peer) /* who works here needs no proof of its own node */
		return ERR_OK;
	err = prove(m, why);
	return err ? err : keep(m, why);
}

static enum err make_page(struct node *n, size_t *ret_n, size_t *made, struct why *why)
{
	ARENA(a, 0);
	struct actor actor = node_actor(n, 0);
	struct opened_entry *e = NULL;
	struct making m = {0};
	struct ctx c;
	size_t count = 0, i = 0;
	enum err err = opened_next(n->store, &a, PAGE, &e, &count, why);

	*ret_n = count;
	if (err || !count)
		return err;
	err = own_node_get(n, &a, &m.node, why);
	if (err)
		return err;
	ctx_init(&c, n, &a, &actor);
	m.c = &c;
	for (; i < count && !err; i++) {
		m.e = &e[i];
		err = make_one(&m, why);
	}
	ctx_done(&c);
	*made += m.made;
	ed25519_wipe(&m.node.key);
	return err ? err : opened_done(n->store, e[count - 1].epoch, e[count - 1].seq, why);
}

enum err receipts_make(struct node *n, size_t *ret_made, struct why *why)
{
	size_t count = PAGE;
	enum err err = ERR_OK;

	*ret_made = 0;
	while (count == PAGE && !err)
		err = make_page(n, &count, ret_made, why);
	return err;
}

/* ---- taking ---- */

enum err receipts_check(struct ctx *c, const struct json *object, struct uuid signer,
			const struct key_chain *chain, const struct json *keys,
			struct receipt_taken *ret, struct why *why)
{
	struct arena *a = c->arena;
	struct receipt_taken t = {0};
	const struct receipt_root root = {.team = signer, .root = chain->root};
	const struct json **more = arena_array(a, const struct json *, json_count(keys) + 1);
	const struct directory_team *issuer;
	struct receipt_proof proof;
	struct record_signed about = {0};
	str type;
	enum err err = receipt_parse(a, object, &t.receipt, why);

	for (size_t i = 0; i < json_count(keys); i++)
		more[i] = json_at(keys, i);
	if (!err && !uuid_eq(t.receipt.team, signer)) /* gate */
		err = why_field(why, ERR_DENIED, "not_yours", NULL,
				"it is a receipt of another team than the one that signed it",
				"署名したチームとは別のチームの受領証です");
	if (!err)
		err = receipt_verify(a, &t.receipt, &root, 1, more, json_count(keys), TIME_NONE,
				     &proof, why); /* gate */
	if (!err)
		err = id_parse(t.receipt.target, &type, &t.target);
	if (!err)
		err = signed_by_hash(c->node->store, a, &t.target, &t.receipt.manifest, 1, &about,
				     why);
	if (err)
		return err;
	issuer = directory_team(c->dir, about.team);
	if (about.rev && issuer && !issuer->peer) {
		if (about.rev != t.receipt.rev)
			return why_field(why, ERR_INVALID, "unknown_text", NULL,
					 "it gives the text that it is about another rev",
					 "対象の版番号が署名されたものと異なります");
		t.issuer = issuer->key;
	}
	*ret = t;
	return ERR_OK;
}
