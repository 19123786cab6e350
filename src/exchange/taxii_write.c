// SPDX-License-Identifier: Apache-2.0
/* Objects sent here and taken out again (TAXII 2.1 section 5.5, 5.7). What is sent becomes the
 * caller's team's, through the same import as a file, with the label of the collection; what is
 * taken out is the caller's team's own. */
#include "base/vec.h"
#include "exchange/taxii_internal.h"
#include "team/import.h"

#define LISTED 10000 /* objects named in a status; beyond, it has counts alone */
#define ID_MAX 300
#define BATCH 2500
#define TIME_MAX 64
#define UNNAMED "unknown--00000000-0000-4000-8000-000000000000"

/* ---- what became of each ---- */

struct sending {
	struct taxii_call *c;
	str body;
	struct buf good, bad; /* items, separated by commas */
	int64_t n_good, n_bad, unread;
	char first_reason[200];
};

/* id, modified and created of the object at a byte of the body. */
static void head_of(struct arena *a, str body, size_t at, str *id, str *version)
{
	struct json_cursor cur;
	str key, created = STR_NULL;
	struct json v;

	*id = STR(UNNAMED);
	*version = STR_NULL;
	json_cursor_init(&cur, str_from(body, at), NULL);
	if (at >= body.n || body.p[at] != '{' || !json_cursor_enter_object(&cur))
		return;
	while (json_cursor_key(&cur, a, &key)) {
		bool is_id = str_eq(key, STR("id")), is_mod = str_eq(key, STR("modified")),
		     is_cre = str_eq(key, STR("created"));

		if (!(is_id || is_mod || is_cre ? json_cursor_value(&cur, a, &v)
						: json_cursor_skip(&cur)))
			break;
		if (is_id && json_str(&v).n && json_str(&v).n <= ID_MAX)
			*id = json_str(&v);
		if (is_mod && json_str(&v).n <= TIME_MAX)
			*version = json_str(&v);
		if (is_cre && json_str(&v).n <= TIME_MAX)
			created = json_str(&v);
	}
	if (!version->n)
		*version = created.n ? created : TAXII_NO_VERSION;
}

static void told(void *ctx, const struct import_told *t)
{
	struct sending *s = ctx;
	struct buf *out = t->ok ? &s->good : &s->bad;
	int64_t *n = t->ok ? &s->n_good : &s->n_bad;
	struct json_out o;
	str id, version;
	ARENA(a, 0);

	s->unread += !t->ok && uuid_is_zero(t->uid);
	if (!t->ok && !s->first_reason[0])
		(void)snprintf(s->first_reason, sizeof(s->first_reason), "%.*s",
			       STR_ARG(str_slice(t->reason, 0, 190)));
	if ((*n)++ >= LISTED)
		return;
	head_of(&a, s->body, t->at, &id, &version);
	if (out->n)
		buf_add_char(out, ',');
	json_out_init(&o, out);
	jo_object(&o);
	jo_kstr(&o, "id", id);
	jo_kstr(&o, "version", version);
	if (!t->ok)
		jo_kstr(&o, "message", t->reason);
	jo_end(&o);
}

static void items(struct json_out *o, const char *key, int64_t n, const struct buf *list)
{
	if (n == 0 || n > LISTED)
		return;
	jo_key(o, key);
	jo_array(o);
	jo_raw(o, buf_str(list));
	jo_end(o);
}

static void status_json(struct sending *s, struct uuid id, int64_t now_us, struct buf *out)
{
	char text[UUID_TEXT];
	struct json_out o;

	uuid_text(id, text);
	json_out_init(&o, out);
	jo_object(&o);
	jo_kstr(&o, "id", (str){text, UUID_TEXT});
	jo_kc(&o, "status", "complete");
	jo_ktime(&o, "request_timestamp", now_us);
	jo_ki64(&o, "total_count", s->n_good + s->n_bad);
	jo_ki64(&o, "success_count", s->n_good);
	items(&o, "successes", s->n_good, &s->good);
	jo_ki64(&o, "failure_count", s->n_bad);
	items(&o, "failures", s->n_bad, &s->bad);
	jo_ki64(&o, "pending_count", 0);
	jo_end(&o);
}

/* ---- sending ---- */

/* The whole text is well formed and an envelope, before anything of it is kept. */
static enum err envelope_check(struct taxii_call *c, str body)
{
	const struct json_limits limits = {.depth = 100, .nodes = 0, .bytes = (size_t)1 << 31};
	struct json_cursor cur;
	bool objects = false;
	str key;
	ARENA(a, 0);

	json_cursor_init(&cur, body, &limits);
	if (json_cursor_peek(&cur) != JSON_OBJECT || !json_cursor_enter_object(&cur))
		return taxii_fail(c, 400, "the body is not a JSON object");
	while (json_cursor_key(&cur, &a, &key)) {
		bool is_objects = str_eq(key, STR("objects"));

		if (str_eq(key, STR("type")) || str_eq(key, STR("spec_version")))
			return taxii_fail(
			    c, 422,
			    "send an envelope, {\"objects\":[...]}, not a bundle or an object");
		if (is_objects && json_cursor_peek(&cur) != JSON_ARRAY)
			return taxii_fail(c, 422, "'objects' is not an array");
		objects = objects || is_objects;
		if (!json_cursor_skip(&cur))
			break;
		arena_reset(&a);
	}
	if (cur.err || str_trim(str_from(body, cur.at)).n)
		return taxii_fail(c, 400, "the body is not well-formed JSON");
	return objects ? ERR_OK : taxii_fail(c, 422, "the envelope holds no objects");
}

static enum err receive(struct taxii_call *c, const struct collection *x, struct sending *s)
{
	struct import_result result = {0};
	struct import_options o = {.format = FORMAT_STIX,
				   .has_tlp = true,
				   .tlp = x->default_tlp,
				   .circles = &x->circle_uid,
				   .n_circles = 1,
				   .mapped = request_body_is_mapped(c->rq),
				   .foreign = true,
				   .batch = BATCH,
				   .versions = true,
				   .told = told,
				   .ctx = s};
	enum err err = import_text(&c->ctx, &o, STR("taxii"), s->body, &result, &c->why);

	if (err)
		return err;
	if (result.failed_files && !result.read)
		return taxii_fail(c, 422, "the envelope holds no STIX objects");
	if (s->n_bad && s->unread == s->n_good + s->n_bad)
		return taxii_fail(c, 422, s->first_reason);
	return ERR_OK;
}

static enum err post(struct taxii_call *c, const struct collection *x, struct sending *s)
{
	struct sent_status kept = {.uid = uuid_new(),
				   .account = c->actor.account,
				   .team = c->actor.team,
				   .created_us = clock_now_us()};
	enum err err = envelope_check(c, s->body);
	BUF(b);

	if (!err)
		err = receive(c, x, s);
	if (err)
		return err;
	status_json(s, kept.uid, c->ctx.now_us, &b);
	kept.body = buf_str(&b);
	err = sent_status_add(c->x->o.node->store, &kept, &c->why);
	return err ? err : taxii_reply(c, 202, &b);
}

enum err taxii_objects_post(struct taxii_call *c)
{
	struct collection x;
	struct sending s = {.c = c, .body = request_body(c->rq)};
	enum err err = taxii_collection(c, &x);

	/* no gate: because the import asks too; here before the body is looked at */
	if (!err && !x.can_write)
		err = taxii_fail(c, 403, "you may not write to this collection");
	if (!err)
		err = post(c, &x, &s);
	buf_done(&s.good);
	buf_done(&s.bad);
	return err;
}

/* ---- taking out ---- */

/* The holding without the circle: its team keeps it, the circle no longer has it. */
static enum err leave_circle(struct taxii_call *c, const struct collection *x,
			     const struct record *r)
{
	struct arena *a = c->ctx.arena;
	const struct label *l = label_get(c->x->o.node->store, r->label);
	struct json patch = json_object(), circles = json_array();
	struct record now;

	for (size_t i = 0; l && i < l->n_circles; i++) {
		const struct directory_circle *ci =
		    directory_circle(c->ctx.dir, l->circles[i].circle);
		char u[UUID_TEXT];

		if (!ci || ci->key == x->circle)
			continue;
		uuid_text(ci->uid, u);
		json_add(a, &circles,
			 json_string(arena_printf(a, "x-hikeshi-circle--%.*s", UUID_TEXT, u)));
	}
	json_set(a, &patch, STR("circles"), circles);
	return record_update(&c->ctx, r, &patch, r->version, &now, &c->why);
}

static enum err joined_label(struct taxii_call *c, const struct record *a, const struct record *b,
			     int64_t *ret)
{
	struct store *s = c->x->o.node->store;
	const struct label *x = label_get(s, a->label), *y = label_get(s, b->label);
	struct label out;
	enum err err = x && y ? policy_join(c->ctx.arena, x, y, &out) : ERR_IO;

	if (!err && out.key)
		*ret = out.key;
	else if (!err)
		err = label_intern(s, &out, 1, ret, &c->why);
	return err ? why_set(&c->why, err, "the two versions' labels do not go together") : ERR_OK;
}

/* The newest version is taken out and older ones stay: the newest of those is the team's again,
 * under the stricter of both labels. */
static enum err put_back(struct taxii_call *c, const struct record *now, const struct record *old)
{
	struct node *n = c->x->o.node;
	const struct catalog_type *t = catalog_code(n->catalog, now->type);
	struct record_put put = {.key = now->key,
				 .expect_version = now->version,
				 .body = old->body,
				 .flags = now->flags,
				 .source_modified_us = old->source_modified_us,
				 .kind = "update",
				 .why = STR("a version was deleted by TAXII")};
	struct record_value *v = NULL;
	struct json body;
	struct write_set w;
	uint64_t *hashes;
	size_t k = 0;
	enum err err = joined_label(c, now, old, &put.label);

	if (!err)
		err = json_parse(c->ctx.arena, old->body, NULL, &body, &c->why);
	t = t ? t : catalog_generic(n->catalog);
	if (!err)
		err = intel_values(c->ctx.arena, n->catalog, store_value_key(n->store), t,
				   now->form, &body, &v, &k, &c->why);
	if (err)
		return err;
	hashes = arena_array(c->ctx.arena, uint64_t, k + 1);
	for (size_t i = 0; i < k; i++)
		hashes[i] = v[i].hash;
	put.values = hashes;
	put.n_values = k;
	put.text = catalog_text(c->ctx.arena, t, &body);
	write_init(&w, c->ctx.arena, c->actor.account, c->actor.team);
	(void)write_put(&w, &put);
	return store_commit(n->store, &w, NULL, &c->why);
}

/* Which of the versions a DELETE is about. */
static bool chosen(struct taxii_call *c, const struct collection *x, const struct taxii_query *q,
		   const struct placed *all, size_t n, size_t i, enum err *err)
{
	struct taxii_sent o[TAXII_SENT];
	size_t m = 0;

	if (q->has_spec && !q->spec_21)
		return false;
	if (!q->has_version || q->all || (q->first && &all[i] == taxii_first(all, n)) ||
	    (q->last && i + 1 == n))
		return true;
	if (!*err)
		*err = taxii_compose(c, x, &all[i].r, true, o, &m);
	for (size_t k = 0; k < q->n_times && m; k++)
		if (q->times[k] == o[0].version_us)
			return true;
	return false;
}

static enum err delete_some(struct taxii_call *c, const struct collection *x,
			    const struct placed *all, size_t n, const bool *out)
{
	int64_t *added = arena_array(c->ctx.arena, int64_t, n);
	const struct placed *now = &all[n - 1], *left = NULL;
	size_t m = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n; i++) {
		if (out[i])
			added[m++] = all[i].added;
		else if (!left || i + 1 == n ||
			 all[i].r.source_modified_us > left->r.source_modified_us)
			left = &all[i];
	}
	if (!left) /* and none of them comes back with the next that is sent */
		err = leave_circle(c, x, &now->r);
	else if (out[n - 1])
		err = put_back(c, &now->r, &left->r);
	return err ? err
		   : store_placed_forget(c->x->o.node->store, x->circle, now->r.key, added, m,
					 &c->why);
}

static enum err delete_versions(struct taxii_call *c, const struct collection *x,
				const struct taxii_query *q, const struct placed *all, size_t n)
{
	const struct label *l = label_get(c->x->o.node->store, all[n - 1].r.label);
	bool *out = arena_array(c->ctx.arena, bool, n);
	size_t m = 0;
	enum err err = ERR_OK;

	if (!l || !policy_decide(&c->ctx.dir->world, &c->actor, ACT_RELABEL, l, c->ctx.now_us)
		       .ok) /* gate */
		return taxii_fail(c, 403, "only the team that sent an object takes it out again");
	for (size_t i = 0; i < n && !err; i++) {
		out[i] = chosen(c, x, q, all, n, i, &err);
		m += out[i];
	}
	if (!err && !m)
		err = taxii_fail(c, 404, "there is no such version");
	return err ? err : delete_some(c, x, all, n, out);
}

enum err taxii_object_delete(struct taxii_call *c)
{
	struct collection x;
	struct taxii_query q = {0};
	struct placed *all = NULL;
	struct uuid id;
	str type;
	size_t n = 0;
	enum err err = taxii_collection(c, &x);

	/* TAXII 2.1 section 5.7: neither right: it does not exist; one of them: not permitted */
	if (!err && !x.can_read && !x.can_write) /* gate */
		err = taxii_fail(c, 404, "there is no such collection for you");
	if (!err && !(x.can_read && x.can_write)) /* gate */
		err = taxii_fail(c, 403, "deleting needs the right to read and to write");
	if (!err)
		err = taxii_filters(c, FILTER_VERSION | FILTER_SPEC, true, &q);
	if (!err && id_parse(taxii_var(c, 2), &type, &id))
		err = taxii_fail(c, 404, "there is no such object for you");
	if (!err)
		err = collection_versions(&c->ctx, &x, id, &all, &n, &c->why);
	if (!err && !n)
		err = taxii_fail(c, 404, "there is no such object for you");
	if (!err)
		err = delete_versions(c, &x, &q, all, n);
	if (err)
		return err;
	BUF(b);
	buf_add(&b, STR("{}"));
	return taxii_reply(c, 200, &b);
}
