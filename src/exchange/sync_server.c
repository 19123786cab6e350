// SPDX-License-Identifier: Apache-2.0
/* The API root of a link, for that peer alone: one collection, whose objects are the feed of the
 * peer and into which it sends its own (docs/links.md). The same resources as any TAXII root; what
 * is said beyond the standard has names with x_. */
#include "exchange/feed.h"
#include "exchange/link.h"
#include "exchange/sync_internal.h"
#include "exchange/taxii_internal.h"

#define PAGE_BYTES ((size_t)16 << 20)
#define NAMED_MOST 100

/* Who calls, by the token and, over TLS, by the key of its certificate. */
static enum err caller(struct taxii_call *c, struct peer *ret)
{
	struct link_caller who = {.from = request_peer(c->rq), .tls = request_is_tls(c->rq)};
	struct uuid uid;
	str auth = request_header(c->rq, "Authorization");
	enum err err;

	if (request_header_count(c->rq, "Authorization") == 1 &&
	    str_skip_iprefix(&auth, STR("Bearer ")))
		who.token = str_trim(auth);
	who.has_spki = request_peer_spki(c->rq, &who.spki);
	err = link_authenticate(c->x->o.node, request_arena(c->rq), &who, ret, &c->why);
	if (!err && (uuid_parse(taxii_var(c, 0), &uid) || !uuid_eq(uid, ret->uid)))
		return why_set(&c->why, ERR_UNAUTHENTICATED, "this token is not of this link");
	if (!err)
		links_heard(atomic_load(&c->x->links), ret->key);
	return err;
}

static void collection_json(struct json_out *o, const struct peer *p)
{
	char u[UUID_TEXT];

	uuid_text(p->uid, u);
	jo_object(o);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kc(o, "alias", LINK_COLLECTION);
	jo_kc(o, "title", "direct");
	jo_kc(o, "description", "what the two nodes of this link have for each other");
	jo_kbool(o, "can_read", true);
	jo_kbool(o, "can_write", true);
	jo_end(o);
}

static enum err collection_named(struct taxii_call *c, const struct peer *p)
{
	str name = taxii_var(c, 1);
	struct uuid uid;

	if (str_eq(name, STR(LINK_COLLECTION)) ||
	    (uuid_parse(name, &uid) == ERR_OK && uuid_eq(uid, p->uid)))
		return ERR_OK;
	return taxii_fail(c, 404, "there is no such collection for you");
}

enum err taxii_link_root(struct taxii_call *c)
{
	struct json_out o;
	struct peer p;
	BUF(b);
	enum err err = caller(c, &p);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "title", "a link between two nodes of hikeshi");
	jo_key(&o, "versions");
	jo_array(&o);
	jo_str(&o, STR(TAXII_MEDIA));
	jo_end(&o);
	jo_ki64(&o, "max_content_length", taxii_max_bytes(c->x));
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

enum err taxii_link_collections(struct taxii_call *c)
{
	struct json_out o;
	struct peer p;
	BUF(b);
	enum err err = caller(c, &p);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "collections");
	jo_array(&o);
	collection_json(&o, &p);
	jo_end(&o);
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

enum err taxii_link_collection(struct taxii_call *c)
{
	struct json_out o;
	struct peer p;
	BUF(b);
	enum err err = caller(c, &p);

	if (!err)
		err = collection_named(c, &p);
	if (err)
		return err;
	json_out_init(&o, &b);
	collection_json(&o, &p);
	return taxii_reply(c, 200, &b);
}

/* ---- reading ---- */

static enum err envelope_fill(struct taxii_call *c, const struct feed_item *x, size_t n,
			      int64_t next, bool more, struct buf *b)
{
	char epoch[UUID_TEXT];
	size_t m = 0;
	int64_t first = 0;
	enum err err = link_own_epoch(c->x->o.node, epoch, &c->why);

	if (err)
		return err;

	buf_add(b, STR("{"));
	for (size_t i = 0; i < n; i++) {
		if (x[i].code)
			continue;
		if (b->n > PAGE_BYTES && m) {
			more = true;
			next = x[i].pos - 1;
			break;
		}
		buf_add(b, m++ ? STR(",") : STR("\"objects\":["));
		first = first ? first : x[i].pos;
		buf_add(b, x[i].object);
		buf_add(b, STR(","));
		buf_add(b, x[i].signature);
	}
	buf_add(b, m ? STR("],") : STR(""));
	buf_add(b, more ? STR("\"more\":true,") : STR(""));
	buf_printf(b, "\"x_epoch\":\"%.*s\"", UUID_TEXT, epoch);
	if (next)
		buf_printf(b, ",\"x_added_last\":\"%.*s\"",
			   STR_ARG(taxii_time(request_arena(c->rq), next)));
	buf_add(b, STR("}"));
	if (m) {
		response_header(c->rq, "X-TAXII-Date-Added-First",
				taxii_time(request_arena(c->rq), first));
		response_header(c->rq, "X-TAXII-Date-Added-Last",
				taxii_time(request_arena(c->rq), next));
	}
	return taxii_reply(c, 200, b);
}

/* Objects that the peer asks for by their ids: they do not move where it goes on reading. */
static enum err envelope_named(struct taxii_call *c, const struct feed_reader *who,
			       const struct taxii_query *q, struct buf *b)
{
	struct arena *a = request_arena(c->rq);
	size_t most = q->n_ids < NAMED_MOST ? q->n_ids : NAMED_MOST, n = 0, m = 0;
	struct uuid *ids = arena_array(a, struct uuid, most);
	struct feed_item *items = NULL;
	str type;
	enum err err;

	for (size_t i = 0; i < most; i++)
		n += id_parse(q->ids[i], &type, &ids[n]) == ERR_OK;
	err = feed_named(c->x->o.node, a, who, ids, n, &items, &m, &c->why);
	return err ? err : envelope_fill(c, items, m, 0, false, b);
}

enum err taxii_link_get(struct taxii_call *c)
{
	struct arena *a = request_arena(c->rq);
	struct feed_reader who;
	struct feed_item *items = NULL;
	struct taxii_query q;
	struct peer p;
	int64_t next;
	size_t n = 0;
	bool more = false;
	BUF(b);
	enum err err = caller(c, &p);

	if (!err)
		err = collection_named(c, &p);
	if (!err)
		err = taxii_filters(c, FILTER_ADDED_AFTER | FILTER_LIMIT | FILTER_ID | FILTER_OWN,
				    true, &q);
	if (!err)
		err = q.own ? feed_reader_own(c->x->o.node, a, p.key, &who, &c->why)
			    : feed_reader_of(c->x->o.node, a, p.key, &who, &c->why);
	if (err)
		return err;
	if (q.n_ids)
		return envelope_named(c, &who, &q, &b);
	next = q.added_after_us;
	err = feed_read(c->x->o.node, a, &who, q.added_after_us,
			q.limit && q.limit < FEED_PAGE ? q.limit : FEED_PAGE, &items, &n, &next,
			&more, &c->why);
	return err ? err : envelope_fill(c, items, n, next, more, &b);
}

/* ---- what stands there, without the objects; and one of them ---- */

static str version_of(struct arena *a, str object)
{
	struct json v;
	str version;

	if (json_parse(a, object, NULL, &v, NULL))
		return TAXII_NO_VERSION;
	version = json_get_str(&v, "modified");
	version = version.n ? version : json_get_str(&v, "created");
	return version.n ? arena_str(a, version) : TAXII_NO_VERSION;
}

static void manifest_row(struct json_out *o, struct arena *a, str object, int64_t pos)
{
	struct json v;

	if (json_parse(a, object, NULL, &v, NULL))
		return;
	jo_object(o);
	jo_kstr(o, "id", json_get_str(&v, "id"));
	jo_ktime(o, "date_added", pos);
	jo_kstr(o, "version", version_of(a, object));
	jo_kc(o, "media_type", STIX_MEDIA);
	jo_end(o);
}

enum err taxii_link_manifest(struct taxii_call *c)
{
	struct arena *a = request_arena(c->rq);
	struct feed_reader who;
	struct feed_item *x = NULL;
	struct taxii_query q;
	struct json_out o;
	struct peer p;
	int64_t next = 0, first = 0, last = 0;
	size_t n = 0;
	bool more = false;
	BUF(b);
	enum err err = caller(c, &p);

	if (!err)
		err = collection_named(c, &p);
	if (!err)
		err = taxii_filters(c, FILTER_ADDED_AFTER | FILTER_LIMIT, true, &q);
	if (!err)
		err = feed_reader_of(c->x->o.node, a, p.key, &who, &c->why);
	if (!err)
		err = feed_read(c->x->o.node, a, &who, q.added_after_us,
				q.limit && q.limit < FEED_PAGE ? q.limit : FEED_PAGE, &x, &n, &next,
				&more, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	if (more)
		jo_kbool(&o, "more", true);
	for (size_t i = 0; i < n; i++) {
		if (x[i].code)
			continue;
		if (!last) {
			jo_key(&o, "objects");
			jo_array(&o);
			first = x[i].pos;
		}
		last = x[i].pos;
		manifest_row(&o, a, x[i].object, x[i].pos);
		manifest_row(&o, a, x[i].signature, x[i].pos);
	}
	if (last) {
		jo_end(&o);
		response_header(c->rq, "X-TAXII-Date-Added-First", taxii_time(a, first));
		response_header(c->rq, "X-TAXII-Date-Added-Last", taxii_time(a, next));
	}
	if (next)
		jo_kstr(&o, "x_added_last", taxii_time(a, next));
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

/* The one object of the address, as it would be sent; what the peer may not have is not there. */
static enum err link_named(struct taxii_call *c, struct feed_item *ret)
{
	struct arena *a = request_arena(c->rq);
	struct feed_reader who;
	struct feed_item *x = NULL;
	struct taxii_query q;
	struct uuid id;
	struct peer p;
	str type;
	size_t n = 0;
	enum err err = caller(c, &p);

	if (!err)
		err = collection_named(c, &p);
	if (!err)
		err = taxii_filters(c, 0, true, &q);
	if (!err)
		err = feed_reader_of(c->x->o.node, a, p.key, &who, &c->why);
	if (!err && id_parse(taxii_var(c, 2), &type, &id) == ERR_OK)
		err = feed_named(c->x->o.node, a, &who, &id, 1, &x, &n, &c->why);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (!x[i].code && str_eq(x[i].id, taxii_var(c, 2))) {
			*ret = x[i];
			return ERR_OK;
		}
	return taxii_fail(c, 404, "there is no such object for you");
}

enum err taxii_link_object(struct taxii_call *c)
{
	struct feed_item x = {0};
	enum err err = link_named(c, &x);
	BUF(b);

	return err ? err : envelope_fill(c, &x, 1, 0, false, &b);
}

enum err taxii_link_versions(struct taxii_call *c)
{
	struct feed_item x = {0};
	struct json_out o;
	enum err err = link_named(c, &x);
	BUF(b);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "versions");
	jo_array(&o);
	jo_str(&o, version_of(request_arena(c->rq), x.object));
	jo_end(&o);
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

/* ---- taking ---- */

static void status_json(struct json_out *o, const struct accept_result *x, size_t n,
			const char *epoch)
{
	size_t bad = 0;
	char u[UUID_TEXT];

	uuid_text(uuid_new(), u);
	for (size_t i = 0; i < n; i++)
		bad += x[i].state == ACCEPT_REFUSED || x[i].state == ACCEPT_LATER;
	jo_object(o);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kc(o, "status", "complete");
	jo_ki64(o, "total_count", (int64_t)n);
	jo_ki64(o, "success_count", (int64_t)(n - bad));
	jo_ki64(o, "failure_count", (int64_t)bad);
	jo_ki64(o, "pending_count", 0);
	if (bad) {
		jo_key(o, "failures");
		jo_array(o);
	}
	for (size_t i = 0; i < n; i++) {
		if (x[i].state != ACCEPT_REFUSED && x[i].state != ACCEPT_LATER)
			continue;
		jo_object(o);
		jo_kstr(o, "id", x[i].id);
		jo_kstr(o, "version", STR("0"));
		jo_kstr(o, "message", x[i].en);
		jo_kstr(o, "x_message_ja", x[i].ja);
		jo_kc(o, "x_code", x[i].code);
		jo_kbool(o, "x_retry", x[i].state == ACCEPT_LATER || x[i].early);
		jo_end(o);
	}
	if (bad)
		jo_end(o);
	jo_key(o, "x_held");
	jo_array(o);
	for (size_t i = 0; i < n; i++)
		if (x[i].held.n)
			jo_raw(o, x[i].held);
	jo_end(o);
	jo_kc(o, "x_epoch", epoch);
	jo_end(o);
}

static enum err results_keep(struct taxii_call *c, const struct peer *p,
			     const struct accept_result *x, size_t n)
{
	struct arena *a = request_arena(c->rq);
	struct link_item *items = arena_array(a, struct link_item, n + 1);
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (x[i].state != ACCEPT_KNOWN)
			items[m++] = link_item_of(p->key, a, &x[i]);
	return link_items_put(c->x->o.node->store, items, m, &c->why);
}

static int64_t time_said(const struct json *envelope, const char *name)
{
	int64_t us;

	return time_parse(json_get_str(envelope, name), &us) == ERR_OK ? us : 0;
}

enum err taxii_link_post(struct taxii_call *c)
{
	struct arena *a = request_arena(c->rq);
	struct accept_result *results = NULL;
	struct envelope envelope = {0};
	struct json_out o;
	struct peer p;
	char epoch[UUID_TEXT + 1] = {0};
	size_t n = 0;
	BUF(b);
	enum err err = caller(c, &p);

	if (!err)
		err = collection_named(c, &p);
	if (err)
		return err;
	err = envelope_read(a, request_body(c->rq), &envelope, &c->why);
	if (err == ERR_INVALID)
		return taxii_fail(c, 400, "the body is no envelope");
	if (!err && !envelope.n)
		return taxii_fail(c, 422, "the envelope holds no objects");
	if (!err)
		err = accept_objects(c->x->o.node, a, p.key, link_epoch(&envelope.rest),
				     envelope.objects, envelope.n, &results, &n, &c->why);
	if (!err)
		err = results_keep(c, &p, results, n);
	if (!err)
		err = links_pushed(atomic_load(&c->x->links), c->x->o.node, p.key,
				   link_epoch(&envelope.rest),
				   time_said(&envelope.rest, "x_added_after"),
				   time_said(&envelope.rest, "x_added_last"), &c->why);
	if (!err)
		err = link_own_epoch(c->x->o.node, epoch, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	status_json(&o, results, n, epoch);
	return taxii_reply(c, 202, &b);
}
