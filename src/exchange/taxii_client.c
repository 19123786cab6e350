// SPDX-License-Identifier: Apache-2.0
/* One reading of a TAXII server: its discovery or API root, the collections, each from its cursor.
 */
#include "exchange/taxii_client.h"

#include <pthread.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/vec.h"
#include "exchange/taxii_pull.h"

#define INFO_BYTES ((size_t)4 << 20)
#define ROOTS_MAX 32
#define COLLECTIONS_MAX 1000
#define ROOT_BYTES 1000
#define ID_BYTES 200
#define TITLE_BYTES 200
#define READERS 2
#define LOOK_S 5

struct reading {
	struct puller p;
	VEC(struct taxii_told) told;
	struct source_cursor *known;
	size_t n_known;
	uint64_t found; /* a bit for each of the first 64 collections asked for */
};

static struct taxii_told *tell(struct reading *r, str root, str collection, str title)
{
	struct taxii_told t = {.root = root,
			       .collection = collection,
			       .title = taxii_clean(r->p.a, title, TITLE_BYTES)};

	vec_add(r->p.a, &r->told, t);
	return &r->told.p[r->told.n - 1];
}

static void tell_fault(struct reading *r, str root, str collection, const struct why *fault)
{
	struct taxii_told *t = tell(r, root, collection, STR_NULL);

	t->error = arena_str(r->p.a, str_c(fault->text));
	t->error_ja = arena_str(r->p.a, str_c(fault->text_ja));
}

static void tell_text(struct reading *r, str root, str collection, const char *en, const char *ja,
		      str subject)
{
	struct why fault = {0};

	if (taxii_say(&fault, ERR_INVALID, NULL, en, ja, subject))
		tell_fault(r, root, collection, &fault);
}

/* ---- addresses ---- */

/* "https://host:port" of an address. */
static str site_of(str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	ptrdiff_t slash = at < 0 ? -1 : str_find_char(str_from(url, (size_t)at + 3), '/');

	return slash < 0 ? url : str_slice(url, 0, (size_t)(at + 3 + slash));
}

/* An API root as a discovery names it, on the same site; empty: elsewhere, or none. */
static str root_of(struct reading *r, str text)
{
	bool slash = str_ends(text, STR("/"));
	const char *end = slash ? "" : "/";

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f || strchr("?#\\\"<>", text.p[i]))
			return STR_NULL;
	if (!text.n || text.n > ROOT_BYTES || str_starts(text, STR("//")) ||
	    str_find(text, STR("/../")) >= 0)
		return STR_NULL;
	if (text.p[0] == '/')
		return arena_printf(r->p.a, "%.*s%.*s%s", STR_ARG(r->p.site), STR_ARG(text), end);
	return str_eq(site_of(text), r->p.site) && text.n > r->p.site.n
		   ? arena_printf(r->p.a, "%.*s%s", STR_ARG(text), end)
		   : STR_NULL;
}

static bool id_fit(str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!ch_alnum(id.p[i]) && id.p[i] != '-' && id.p[i] != '_' && id.p[i] != '.')
			return false;
	return id.n && id.n <= ID_BYTES && id.p[0] != '.';
}

static bool asked_for(struct reading *r, str id, str alias)
{
	str rest = r->p.x->collections, one;
	size_t i = 0;
	bool yes = !rest.n;

	for (; str_split(&rest, ' ', &one); i++) {
		if (!one.n || (!str_eq(one, id) && !(alias.n && str_eq(one, alias))))
			continue;
		yes = true;
		if (i < 64)
			r->found |= UINT64_C(1) << i;
	}
	return yes;
}

/* ---- one root ---- */

static enum err info(struct reading *r, struct arena *a, str url, struct json *ret,
		     struct why *fault)
{
	struct client_answer x = {0};
	struct why inner = {0};
	int status;
	enum err err = taxii_fetch(&r->p, a, url, INFO_BYTES, &x, &status, fault);

	if (!err && (json_parse(a, x.body, NULL, ret, &inner) || !json_is(ret, JSON_OBJECT)))
		err = taxii_say(fault, ERR_INVALID, "broken_page",
				"the server sends what is no JSON object of TAXII (%s)",
				"サーバーの応答がTAXIIのJSONオブジェクトではありません(%s)",
				str_c(inner.text));
	return err;
}

static enum err read_collection(struct reading *r, str root, const struct json *v, bool all,
				struct why *why)
{
	str id = json_get_str(v, "id"), title = json_get_str(v, "title");
	struct source_cursor cur = {.source = r->p.x->key};
	struct taxii_told t = {0};
	enum err err;

	if (!asked_for(r, id, json_get_str(v, "alias")))
		return ERR_OK;
	if (!id_fit(id)) {
		tell_text(r, root, taxii_clean(r->p.a, id, ID_BYTES),
			  "the server names a collection by what is no id%s",
			  "コレクションのIDが不正です%s", STR_NULL);
		return ERR_OK;
	}
	id = arena_str(r->p.a, id);
	if (!json_get_bool(v, "can_read", false)) {
		if (r->p.x->collections.n)
			tell_text(r, root, id, "the server does not let us read this collection%s",
				  "サーバーがこのコレクションの読み取りを許可しません%s", STR_NULL);
		return ERR_OK;
	}
	for (size_t i = 0; i < r->n_known; i++)
		if (str_eq(r->known[i].root, root) && str_eq(r->known[i].collection, id))
			cur = r->known[i];
	if (all) {
		cur.after_us = cur.last_us = 0;
		cur.next = STR_NULL;
	}
	t = (struct taxii_told){
	    .root = root, .collection = id, .title = taxii_clean(r->p.a, title, TITLE_BYTES)};
	cur.root = root;
	cur.collection = id;
	cur.title = t.title;
	err = taxii_pull_collection(&r->p, &cur, &t, why);
	vec_add(r->p.a, &r->told, t);
	return err;
}

static bool stopped(const struct reading *r)
{
	return r->p.stop && atomic_load(r->p.stop);
}

static enum err read_root(struct reading *r, str root, bool all, struct why *why)
{
	struct why fault = {0};
	const struct json *list;
	struct json v;
	ARENA(a, 0);
	enum err err = info(r, &a, arena_printf(&a, "%.*scollections/", STR_ARG(root)), &v, &fault);

	if (err) {
		tell_fault(r, root, STR_NULL, &fault);
		return ERR_OK;
	}
	list = json_get_c(&v, "collections");
	if (list && !json_is(list, JSON_ARRAY))
		tell_text(r, root, STR_NULL, "the server's list of collections is none%s",
			  "サーバーのコレクション一覧が不正です%s", STR_NULL);
	if (json_is(list, JSON_ARRAY) && json_count(list) > COLLECTIONS_MAX)
		tell_text(r, root, STR_NULL,
			  "the server has more than 1000 collections: only the first are read%s",
			  "コレクションが1000を超えるため、先頭だけを読み込みます%s", STR_NULL);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < json_count(list) &&
			   i < COLLECTIONS_MAX && !err && !stopped(r);
	     i++)
		err = read_collection(r, root, json_at(list, i), all, why);
	return err;
}

/* ---- all of it ---- */

static enum err read_all(struct reading *r, bool all, struct why *why)
{
	struct why fault = {0};
	const struct json *roots;
	struct json v;
	ARENA(a, 0);
	enum err err = info(r, &a, r->p.x->url, &v, &fault);

	if (err) {
		tell_fault(r, STR_NULL, STR_NULL, &fault);
		return ERR_OK;
	}
	roots = json_get_c(&v, "api_roots");
	if (!roots && json_is(json_get_c(&v, "versions"), JSON_ARRAY))
		return read_root(r, r->p.x->url, all, why);
	if (!json_is(roots, JSON_ARRAY) || !json_count(roots)) {
		tell_text(r, STR_NULL, STR_NULL,
			  "the server names no API root that we may read: name one as the source%s",
			  "サーバーが読み取れるAPIルートを示しません。APIルートを取得元として登録し"
			  "てください%s",
			  STR_NULL);
		return ERR_OK;
	}
	for (size_t i = 0; i < json_count(roots) && i < ROOTS_MAX && !err && !stopped(r); i++) {
		str root = root_of(r, json_str(json_at(roots, i)));

		if (root.n)
			err = read_root(r, root, all, why);
		else
			tell_text(r, STR_NULL, STR_NULL,
				  "the API root '%s' is on another server: add it as a source of "
				  "its own",
				  "APIルート「%"
				  "s」は別のサーバーにあります。別の取得元として登録してください",
				  json_str(json_at(roots, i)));
	}
	return err;
}

/* What was asked for by id and is nowhere. */
static void tell_missing(struct reading *r)
{
	str rest = r->p.x->collections, one;

	for (size_t i = 0; i < r->told.n; i++)
		if (!r->told.p[i].collection.n) /* not all was there to look at */
			return;
	for (size_t i = 0; i < 64 && str_split(&rest, ' ', &one); i++)
		if (one.n && !(r->found >> i & 1))
			tell_text(r, STR_NULL, one, "there is no collection '%s' for us",
				  "こちらが読めるコレクション「%s」はありません", one);
}

static void authorize(struct puller *p)
{
	const struct source *x = p->x;
	BUF(b);

	if (str_eq(x->auth, STR("bearer")))
		p->authorization = arena_printf(p->a, "Bearer %.*s", STR_ARG(x->secret));
	if (!str_eq(x->auth, STR("basic")))
		return;
	str pair = arena_printf(p->a, "%.*s:%.*s", STR_ARG(x->user), STR_ARG(x->secret));

	base64_encode(&b, pair.p, pair.n);
	p->authorization = arena_printf(p->a, "Basic %.*s", STR_ARG(buf_str(&b)));
}

/* The row of the source says the first thing that was wrong, with where. */
static enum err note_run(struct reading *r, struct why *why)
{
	str en = STR_NULL, ja = STR_NULL;

	for (size_t i = 0; i < r->told.n && !en.n; i++) {
		en = r->told.p[i].error;
		ja = r->told.p[i].error_ja;
	}
	return source_ran(r->p.node->store, r->p.x->key, clock_now_us(), en, ja, why);
}

enum err taxii_pull(struct node *n, struct arena *a, const struct source *x, bool all,
		    const atomic_bool *stop, struct taxii_told **ret, size_t *ret_n,
		    struct why *why)
{
	struct reading r = {
	    .p = {.node = n, .x = x, .a = a, .stop = stop, .site = site_of(x->url)}};
	struct uuid team = {{0}};
	enum err err = source_cursors(n->store, a, x->key, &r.known, &r.n_known, why);

	if (err)
		return err;
	(void)principal_uuid(n->store, x->team, &team);
	r.p.origin = uuid_v5(team, x->url);
	r.p.http = client_new();
	authorize(&r.p);
	err = read_all(&r, all, why);
	client_free(r.p.http);
	if (!err && !stopped(&r))
		tell_missing(&r);
	if (note_run(&r, err ? NULL : why) && !err)
		err = ERR_IO;
	*ret = r.told.p;
	*ret_n = r.told.n;
	return err;
}

/* ---- by itself ---- */

struct taxii_readers {
	struct node *node;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stop;
	pthread_t threads[READERS];
	unsigned n;
};

static void read_due(struct taxii_readers *r, const struct source *x)
{
	struct taxii_told *told = NULL;
	struct why why = {0};
	size_t n = 0;
	bool taken = false;
	ARENA(a, 0);

	if (source_take(r->node->store, x, clock_now_us(), &taken, &why) || !taken)
		return;
	if (taxii_pull(r->node, &a, x, false, &r->stop, &told, &n, &why))
		log_event(LOG_ERROR, "taxii_pull", "url", "%.*s", STR_ARG(x->url), "error", "%s",
			  why.text, NULL);
}

static void read_what_is_due(struct taxii_readers *r)
{
	struct source *x = NULL;
	struct why why = {0};
	size_t n = 0;
	int64_t now = clock_now_us();
	ARENA(a, 0);

	if (source_list(r->node->store, &a, &x, &n, &why))
		return;
	for (size_t i = 0; i < n && !atomic_load(&r->stop); i++)
		if (!x[i].paused && x[i].next_us && x[i].next_us <= now)
			read_due(r, &x[i]);
}

static void *reader_main(void *arg)
{
	struct taxii_readers *r = arg;

	while (!atomic_load(&r->stop)) {
		struct timespec at;

		read_what_is_due(r);
		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_sec += LOOK_S;
		pthread_mutex_lock(&r->lock);
		if (!atomic_load(&r->stop))
			(void)pthread_cond_timedwait(&r->wake, &r->lock, &at);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

struct taxii_readers *taxii_readers_start(struct node *n)
{
	struct taxii_readers *r = mem_alloc(sizeof(*r));

	*r = (struct taxii_readers){.node = n};
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	while (r->n < READERS && pthread_create(&r->threads[r->n], NULL, reader_main, r) == 0)
		r->n++;
	return r;
}

void taxii_readers_stop(struct taxii_readers *r)
{
	if (!r)
		return;
	atomic_store(&r->stop, true);
	pthread_mutex_lock(&r->lock);
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->n; i++)
		(void)pthread_join(r->threads[i], NULL);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
}
