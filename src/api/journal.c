// SPDX-License-Identifier: Apache-2.0
/* The journal as its readers see it (team/journal.h), and proofs of its entries. */
#include "team/journal.h"

#include "api/api_internal.h"
#include "base/vec.h"
#include "exchange/prove.h"

#define LIST_DEFAULT 50
#define LIST_MOST 200
#define EPOCH_SHIFT 44 /* of a cursor: below it the seq */

static enum err bad(struct call *c, const char *name, const char *en, const char *ja)
{
	return why_field(&c->why, ERR_UNPROCESSABLE, "format", name, en, ja);
}

static enum err time_param(struct call *c, const char *name, int64_t *ret)
{
	str v = call_param(c, name);

	if (v.n && time_parse(v, ret))
		return bad(c, name, "must be a time as 2026-11-23T09:30:00Z",
			   "時刻は 2026-11-23T09:30:00Z の形で指定してください");
	return ERR_OK;
}

static void kinds_param(struct call *c, struct journal_query *q)
{
	str v = call_param(c, "kind"), word;
	VEC(str) kinds = {0};

	while (v.n && kinds.n < 50 && str_split(&v, ',', &word))
		vec_add(c->ctx.arena, &kinds, str_trim(word));
	q->kinds = kinds.p;
	q->n_kinds = kinds.n;
}

/* A person's id, or "node" for what nobody did. */
static enum err actor_param(struct call *c, struct journal_query *q)
{
	str v = call_param(c, "actor"), type;
	const struct directory_person *p = NULL;
	struct uuid uid;

	q->actor = -1;
	if (!v.n)
		return ERR_OK;
	if (str_eq(v, STR("node"))) {
		q->actor = 0;
		return ERR_OK;
	}
	if (id_parse(v, &type, &uid) == ERR_OK)
		p = directory_person_uid(c->ctx.dir, uid);
	if (!p || !p->account)
		return bad(c, "actor", "is no person who works here, nor node",
			   "ここで作業する人の ID か node を指定してください");
	q->actor = p->account;
	return ERR_OK;
}

static enum err query(struct call *c, struct journal_query *q)
{
	str record = call_param(c, "record");
	int64_t cursor = 0;
	struct record r = {0};
	enum err err = call_limit(c, LIST_DEFAULT, &q->limit);

	if (!err)
		err = call_cursor(c, &cursor);
	if (!err)
		err = actor_param(c, q);
	if (!err)
		err = time_param(c, "since", &q->since_us);
	if (!err)
		err = time_param(c, "until", &q->until_us);
	if (!err && record.n)
		err = record_get(&c->ctx, NULL, record, &r, &c->why); /* asks the gate */
	if (err)
		return err;
	kinds_param(c, q);
	q->record = r.key;
	q->limit = q->limit < LIST_MOST ? q->limit : LIST_MOST;
	q->epoch = cursor >> EPOCH_SHIFT;
	q->seq = cursor & ((INT64_C(1) << EPOCH_SHIFT) - 1);
	return ERR_OK;
}

enum err journal_entries(struct call *c)
{
	struct journal_query q = {0};
	struct seen_entry *e = NULL;
	int64_t epoch = 0, seq = 0;
	struct json_out o;
	size_t n = 0;
	BUF(b);
	enum err err = query(c, &q);

	if (!err)
		err = journal_list(&c->ctx, &q, &e, &n, &epoch, &seq, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++)
		journal_json(&c->ctx, &e[i], false, &o);
	page_end(c, &o, epoch << EPOCH_SHIFT | seq);
	return reply_json(c, 200, &b);
}

static enum err epoch_param(struct call *c, struct uuid *ret)
{
	str v = call_param(c, "epoch");

	*ret = (struct uuid){{0}};
	if (v.n && uuid_parse(v, ret))
		return bad(c, "epoch", "must be the id of an epoch",
			   "エポックの ID を指定してください");
	return ERR_OK;
}

static enum err kept_param(struct call *c, int64_t *ret)
{
	str v = call_param(c, "kept");
	uint64_t size;

	*ret = -1;
	if (!v.n)
		return ERR_OK;
	if (str_u64(v, &size) || size > INT64_MAX)
		return bad(c, "kept", "must be the size of a checkpoint",
			   "チェックポイントの大きさを指定してください");
	*ret = (int64_t)size;
	return ERR_OK;
}

static enum err find(struct call *c, struct seen_entry *ret)
{
	struct uuid epoch;
	uint64_t seq;
	enum err err = epoch_param(c, &epoch);

	if (err)
		return err;
	if (str_u64(call_var(c, "seq"), &seq) || seq > INT64_MAX)
		seq = INT64_MAX; /* no entry has it */
	return journal_get(&c->ctx, epoch, (int64_t)seq, ret, &c->why);
}

enum err journal_entry_get(struct call *c)
{
	struct seen_entry e = {0};
	struct json_out o;
	BUF(b);
	enum err err = find(c, &e);

	if (err)
		return err;
	json_out_init(&o, &b);
	journal_json(&c->ctx, &e, true, &o);
	return reply_json(c, 200, &b);
}

enum err journal_proof(struct call *c)
{
	bool open = str_eq(call_param(c, "content"), STR("true"));
	struct seen_entry e = {0};
	struct json v;
	int64_t kept = -1;
	enum err err = find(c, &e);

	if (!err)
		err = kept_param(c, &kept);
	if (!err && open)
		err = journal_may_export(&c->ctx, &e, &c->why);
	if (!err && open)
		err = call_confirmed(c); /* as every export */
	if (!err)
		err = prove_entry(&c->ctx, &e.x, open, kept, &v, &c->why);
	return err ? err : reply_value(c, 200, &v);
}

enum err journal_checkpoint_get(struct call *c)
{
	struct uuid epoch;
	struct json v;
	int64_t kept = -1;
	enum err err = epoch_param(c, &epoch);

	if (!err)
		err = kept_param(c, &kept);
	if (!err)
		err = prove_checkpoint(&c->ctx, epoch, kept, &v, &c->why);
	return err ? err : reply_value(c, 200, &v);
}
