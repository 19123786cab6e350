// SPDX-License-Identifier: Apache-2.0
/* One collection of a TAXII server, page by page (TAXII 2.1 section 3.4, 3.5). The query begins at
 * added_after = after; `next` goes on in it; at its end after becomes the newest date_added that
 * was shown. The cursor is written when the page before it is durable. */
#include "exchange/taxii_pull.h"
#include "base/codec.h"
#include "team/import.h"

#define PAGE_OBJECTS 1000
#define PAGE_BYTES ((size_t)64 << 20)
#define EMPTY_MAX 1000  /* empty pages in a row that say there is more */
#define STALE_MAX 1000  /* pages in a row that bring nothing and do not move on */
#define PAGES_MAX 10000 /* of one reading; the next one goes on */
#define FORGOTTEN_MAX 3 /* times that a server may not know its own next any more */

struct page {
	bool more;
	str next;
	size_t objects;
	int64_t last_us; /* X-TAXII-Date-Added-Last; 0: not said */
};
struct walk {
	struct puller *p;
	struct source_cursor *cur;
	struct taxii_told *t;
	size_t limit; /* objects a page; smaller where they are large */
	int64_t empty, stale, forgotten;
	struct digest before; /* of the last page */
	bool any;
	bool gap; /* a page ended inside one microsecond, without next */
};

/* ---- one page ---- */

static str page_url(struct walk *w, struct arena *a)
{
	const struct source_cursor *c = w->cur;
	char time[TIME_TEXT];
	BUF(b);

	buf_printf(&b, "%.*scollections/%.*s/objects/?limit=%zu", STR_ARG(c->root),
		   STR_ARG(c->collection), w->limit);
	if (c->after_us) {
		time_text(c->after_us, time);
		buf_printf(&b, "&added_after=%.*s", TIME_TEXT, time);
	}
	if (c->next.n) {
		buf_add(&b, STR("&next="));
		percent_encode(&b, c->next);
	}
	return arena_str(a, buf_str(&b));
}

/* One member of an envelope; false: not as TAXII has it. */
static bool member(struct json_cursor *c, struct arena *a, str key, struct page *ret)
{
	struct json v;

	if (str_eq(key, STR("objects")) && json_cursor_peek(c) == JSON_ARRAY) {
		(void)json_cursor_enter_array(c);
		while (json_cursor_item(c)) {
			if (!json_cursor_skip(c))
				break;
			ret->objects++;
		}
		return !c->err;
	}
	if (!str_eq(key, STR("more")) && !str_eq(key, STR("next")) && !str_eq(key, STR("objects")))
		return json_cursor_skip(c);
	if (!json_cursor_value(c, a, &v))
		return false;
	if (str_eq(key, STR("more"))) {
		ret->more = json_bool(&v, false);
		return json_is(&v, JSON_TRUE) || json_is(&v, JSON_FALSE);
	}
	ret->next = json_str(&v);
	return str_eq(key, STR("next")) && json_is(&v, JSON_STRING) &&
	       ret->next.n <= TAXII_NEXT_MAX;
}

static enum err page_read(struct arena *a, const struct client_answer *x, struct page *ret,
			  struct why *why)
{
	const struct json_limits limits = {.depth = 100, .bytes = (size_t)1 << 31};
	struct json_cursor c;
	bool good;
	str key;

	*ret = (struct page){0};
	json_cursor_init(&c, x->body, &limits);
	good = json_cursor_peek(&c) == JSON_OBJECT && json_cursor_enter_object(&c);
	while (good && json_cursor_key(&c, a, &key))
		good = member(&c, a, key, ret);
	if (!good || c.err || str_trim(str_from(x->body, c.at)).n)
		return taxii_say(why, ERR_INVALID, "broken_page",
				 "the server sends what is no envelope of TAXII (%s)",
				 "サーバーの応答がTAXIIの封筒ではありません(%s)",
				 c.err ? str_c(c.why.text) : STR("its members are not as defined"));
	if (time_parse(client_header(x, "X-TAXII-Date-Added-Last"), &ret->last_us) ||
	    ret->last_us < 0)
		ret->last_us = 0;
	return ERR_OK;
}

/* ---- what is taken of it ---- */

static enum err claim(void *ctx, const struct uuid *ids, const bool *held, size_t n, bool *may,
		      struct why *why)
{
	struct walk *w = ctx;

	return source_claim(w->p->node->store, w->p->x->team, w->p->origin, ids, held, n, may, why);
}

static void count(struct walk *w, const struct import_result *r)
{
	struct taxii_told *t = w->t;
	struct source_cursor *c = w->cur;

	t->read += r->read;
	t->created += r->created;
	t->updated += r->updated;
	t->unchanged += r->unchanged;
	t->rejected += r->rejected;
	c->read += r->read;
	c->created += r->created;
	c->updated += r->updated;
	c->unchanged += r->unchanged;
	c->rejected += r->rejected;
	for (size_t i = 0; i < r->n_rejects && t->n_reasons < TAXII_REASONS; i++) {
		const struct import_reject *x = &r->rejects[i];

		t->reasons[t->n_reasons++] = taxii_clean(
		    w->p->a,
		    arena_printf(w->p->a, "%.*s: %.*s", STR_ARG(x->path), STR_ARG(x->reason)), 300);
	}
}

static enum err take(struct walk *w, struct arena *a, str body, struct import_result *r,
		     struct why *why)
{
	const struct source *x = w->p->x;
	char u[UUID_TEXT];
	struct actor actor = node_actor(w->p->node, x->team);
	struct ctx c;
	enum err err;

	uuid_text(x->uid, u);
	const struct import_options o = {.format = FORMAT_STIX,
					 .has_tlp = x->tlp >= 0,
					 .tlp = x->tlp >= 0 ? (enum tlp)x->tlp : TLP_CLEAR,
					 .circles = &x->circle,
					 .n_circles = uuid_is_zero(x->circle) ? 0 : 1,
					 .job = arena_printf(a, "taxii %.*s", UUID_TEXT, u),
					 .foreign = true,
					 .claim = claim,
					 .ctx = w};

	ctx_init(&c, w->p->node, a, &actor);
	err = import_text(&c, &o, w->cur->collection, body, r, why);
	ctx_done(&c);
	return err;
}

/* ---- how it goes on ---- */

/* Without next the query begins anew behind the last object. One microsecond less, so that those of
 * the same moment which did not fit are not left out; they are known then and cost nothing. */
static enum err without_next(struct walk *w, const struct page *g, struct why *why)
{
	struct source_cursor *c = w->cur;
	int64_t after = g->last_us - 1;

	if (!g->last_us)
		return taxii_say(why, ERR_INVALID, "no_next",
				 "the server says that there is more and not where%s",
				 "サーバーは続きがあると言いますが、どこからかを示しません%s",
				 STR_NULL);
	if (after <= c->after_us) {
		after = g->last_us;
		w->gap = true;
	}
	if (after <= c->after_us)
		return taxii_say(why, ERR_INVALID, "no_progress",
				 "the server says that there is more and does not move on%s",
				 "サーバーは続きがあると言いますが、先へ進みません%s", STR_NULL);
	c->after_us = after;
	c->next = STR_NULL;
	return ERR_OK;
}

/* Loops without end, and ways back. */
static enum err suspicious(struct walk *w, const struct page *g, struct digest body,
			   struct why *why)
{
	if (g->last_us && w->cur->last_us && g->last_us < w->cur->last_us)
		return taxii_say(
		    why, ERR_INVALID, "goes_back",
		    "the server goes back in time: what it shows is not in the order of "
		    "its arrival%s",
		    "サーバーの並びが時間をさかのぼっています。到着順になっていません%s", STR_NULL);
	if (g->more && g->next.n && g->objects && w->any && digest_eq(body, w->before))
		return taxii_say(
		    why, ERR_INVALID, "same_page",
		    "the server sends the same page again and says that there is more%s",
		    "サーバーは同じページを繰り返し、続きがあると言います%s", STR_NULL);
	if (g->more && w->empty > EMPTY_MAX)
		return taxii_say(why, ERR_INVALID, "empty_pages",
				 "the server sends empty pages without end%s",
				 "サーバーは空のページを送り続けます%s", STR_NULL);
	if (g->more && w->stale > STALE_MAX)
		return taxii_say(why, ERR_INVALID, "no_progress",
				 "the server says that there is more and does not move on%s",
				 "サーバーは続きがあると言いますが、先へ進みません%s", STR_NULL);
	return ERR_OK;
}

static enum err step(struct walk *w, const struct page *g, struct digest body, struct why *why)
{
	struct source_cursor *c = w->cur;
	enum err err = suspicious(w, g, body, why);

	if (err)
		return err;
	if (g->last_us > c->last_us)
		c->last_us = g->last_us;
	w->before = body;
	w->any = true;
	if (g->more && g->next.n) {
		memcpy(w->p->next, g->next.p, g->next.n);
		c->next = (str){w->p->next, g->next.n};
		return ERR_OK;
	}
	if (g->more)
		return without_next(w, g, why);
	if (c->last_us > c->after_us)
		c->after_us = c->last_us;
	c->last_us = 0;
	c->next = STR_NULL;
	return ERR_OK;
}

/* Asks for the page at the cursor: with fewer objects where it is too large, from the beginning of
 * the query where the server has forgotten its next. */
static enum err ask(struct walk *w, struct arena *a, struct client_answer *x, struct why *why)
{
	for (;;) {
		struct why inner = {0};
		int status = 0;
		enum err err = taxii_fetch(w->p, a, page_url(w, a), PAGE_BYTES, x, &status, &inner);

		if (err == ERR_LIMIT && w->limit > 1) {
			w->limit /= 10;
		} else if (err && w->cur->next.n && w->forgotten < FORGOTTEN_MAX &&
			   (status == 400 || status == 404 || status == 410)) {
			w->forgotten++;
			w->cur->next = STR_NULL;
			w->cur->last_us = 0;
			w->any = false;
		} else if (err) {
			return why_field(why, err, inner.code, NULL, inner.text, inner.text_ja);
		} else {
			return ERR_OK;
		}
		arena_reset(a);
	}
}

/* fault: of the server; the result is for the own store. */
static enum err one_page(struct walk *w, bool *ret_more, struct why *fault, struct why *why)
{
	struct client_answer x = {0};
	struct import_result r = {0};
	struct page g;
	ARENA(a, 0);
	enum err err = ask(w, &a, &x, fault);

	if (!err)
		err = page_read(&a, &x, &g, fault);
	if (err) {
		*ret_more = false;
		return ERR_OK;
	}
	if (g.objects)
		err = take(w, &a, x.body, &r, why);
	count(w, &r);
	if (err)
		return err;
	w->t->pages++;
	w->empty = g.objects ? 0 : w->empty + 1;
	w->stale = r.created + r.updated || g.last_us > w->cur->last_us ? 0 : w->stale + 1;
	*ret_more = step(w, &g, sha256(x.body), fault) == ERR_OK && g.more;
	if (fault->text[0]) { /* its next leads nowhere: the query begins anew the next time */
		w->cur->next = STR_NULL;
		w->cur->last_us = 0;
	}
	return source_cursor_put(w->p->node->store, w->cur, why);
}

/* What the reading has to say of itself, if the server did nothing wrong. */
static void end_said(struct walk *w, bool more, struct why *fault)
{
	enum err err = ERR_OK;

	if (fault->text[0])
		return;
	if (more && w->t->pages >= PAGES_MAX)
		err = taxii_say(fault, ERR_BUSY, "goes_on",
				"there is more: it is read the next time%s",
				"続きがあります。次回読み込みます%s", STR_NULL);
	else if (more)
		err = taxii_say(fault, ERR_BUSY, "stopped",
				"the reading was stopped: it goes on the next time%s",
				"読み込みを中断しました。次回続きから読み込みます%s", STR_NULL);
	else if (w->gap)
		err = taxii_say(
		    fault, ERR_INVALID, "gap",
		    "the server cuts what arrived at one moment in two and gives no 'next': "
		    "objects may be missing%s",
		    "サーバーは同じ時刻に届いたものを途中で区切り「next」を示さないため、欠けている"
		    "可能性があります%s",
		    STR_NULL);
	(void)err;
}

static str run_json(struct arena *a, const struct taxii_told *t)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_ki64(&o, "read", t->read);
	jo_ki64(&o, "new", t->created);
	jo_ki64(&o, "updated", t->updated);
	jo_ki64(&o, "unchanged", t->unchanged);
	jo_ki64(&o, "rejected", t->rejected);
	jo_key(&o, "reasons");
	jo_array(&o);
	for (size_t i = 0; i < t->n_reasons; i++)
		jo_str(&o, t->reasons[i]);
	jo_end(&o);
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}

enum err taxii_pull_collection(struct puller *p, struct source_cursor *cur, struct taxii_told *t,
			       struct why *why)
{
	struct walk w = {.p = p, .cur = cur, .t = t, .limit = PAGE_OBJECTS};
	struct why fault = {0};
	bool more = true;
	enum err err = ERR_OK;

	while (!err && more && t->pages < PAGES_MAX && !(p->stop && atomic_load(p->stop)))
		err = one_page(&w, &more, &fault, why);
	if (!err)
		end_said(&w, more, &fault);
	t->error = arena_str(p->a, str_c(err && why ? why->text : fault.text));
	t->error_ja = arena_str(p->a, str_c(err && why ? why->text_ja : fault.text_ja));
	cur->run = run_json(p->a, t);
	cur->error = t->error;
	cur->error_ja = t->error_ja;
	cur->last_run_us = clock_now_us();
	if (source_cursor_put(p->node->store, cur, NULL) && !err)
		err = why_set(why, ERR_IO, "how far it was read cannot be kept");
	return err;
}
