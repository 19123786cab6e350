// SPDX-License-Identifier: Apache-2.0
/* What a peer answers, read as what a stranger wrote: every text has a limit, nothing it says costs
 * more than reading it. */
#include "base/log.h"
#include "base/map.h"
#include "exchange/feed.h"
#include "exchange/link_internal.h"
#include "exchange/own_keys.h"
#include "exchange/sync_internal.h"

#define SENTENCE_BYTES 500
#define CODE_BYTES 40
#define RESTORED_US (INT64_C(86400) * US_PER_S) /* so long its second history is no fork */

/* ---- sentences ---- */

/* The first n bytes, whole characters. */
static str cut(str s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_slice(s, 0, n);
}

str link_reason(struct arena *a, str en, str ja)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "en", cut(en, SENTENCE_BYTES));
	jo_kstr(&o, "ja", cut(ja, SENTENCE_BYTES));
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}

static bool is_code(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_')
			return false;
	return s.n && s.n <= CODE_BYTES;
}

/* What a TAXII error says of itself; empty where it is none. */
static str said(struct arena *a, str body)
{
	struct json v;
	str text;

	if (!body.n || json_parse(a, body, NULL, &v, NULL) || !json_is(&v, JSON_OBJECT))
		return STR_NULL;
	text = json_get_str(&v, "description");
	return cut(text.n ? text : json_get_str(&v, "title"), 200);
}

enum err link_answer_bad(struct arena *a, const struct link_answer *x, struct why *why)
{
	bool later = x->status == 429 || x->status >= 500;
	str text = said(a, x->body);
	const char *en, *ja;

	if (x->status / 100 == 3) {
		en = "the peer answers that it is elsewhere; nothing follows it there: make a new "
		     "invitation";
		ja = "相手が別の場所を案内していますが、自動では移動しません。新しい招待を作成して"
		     "くだ"
		     "さい";
	} else if (x->status == 401 || x->status == 403) {
		en = "the peer does not let this node in: ask its people whether the link is "
		     "stopped";
		ja = "相手がこのノードを受け付けません。リンクが停止されていないか相手に確認してく"
		     "ださ"
		     "い";
	} else if (later) {
		en = "the peer is not able to answer just now";
		ja = "相手は今応答できません";
	} else {
		en = "the peer answers what a node does not answer";
		ja = "相手の応答がノードのものではありません";
	}
	return link_refuse(
	    why, later ? ERR_BUSY : ERR_IO, "peer_answer",
	    arena_printf(a, "%s (%d%s%.*s)", en, x->status, text.n ? ": " : "", STR_ARG(text)).p,
	    arena_printf(a, "%s（%d%s%.*s）", ja, x->status, text.n ? ": " : "", STR_ARG(text)).p);
}

/* ---- what was not taken ---- */

static void by_id(struct map *at, struct link_item *items, size_t n)
{
	map_init(at);
	for (size_t k = 0; k < n; k++)
		map_put(at, items[k].id, NULL)->ptr = &items[k];
}

void link_failures(struct arena *a, const struct json *status, struct link_item *items, size_t n,
		   struct link_counts *counts)
{
	const struct json *f = json_get_c(status, "failures");
	struct map at;

	by_id(&at, items, n);
	for (size_t i = 0; i < json_count(f); i++) {
		const struct json *one = json_at(f, i);
		union map_value *found = map_get(&at, json_get_str(one, "id"));
		struct link_item *x = found ? found->ptr : NULL;
		str code = json_get_str(one, "x_code");

		if (!x || x->state != LINK_DONE)
			continue;
		x->state = json_get_bool(one, "x_retry", false) ? LINK_WAITS : LINK_REFUSED;
		x->code = is_code(code) ? code : STR("refused");
		x->reason =
		    link_reason(a, json_get_str(one, "message"), json_get_str(one, "x_message_ja"));
		counts->sent_refused++;
	}
	map_done(&at);
}

/* ---- histories ---- */

/* Is it really ours, and not known here any more? */
static bool lost_ours(struct node *n, struct arena *a, struct ctx *c, const struct json *shown,
		      struct signed_manifest *ret, struct uuid *ret_id)
{
	const struct directory_team *t;
	struct key_chain chain;
	struct digest known;
	enum key_verdict v;
	str type;

	if (signature_parse(a, shown, ret, NULL) || ret->manifest.role != ROLE_ORIGINATOR ||
	    id_parse(ret->manifest.target, &type, ret_id))
		return false;
	if (signature_check(NULL, &ret->signature, ret->hash, NULL)) /* gate */
		return false;
	t = directory_team_uid(c->dir, ret->team);
	if (!t || t->peer || team_chain(n, a, t->key, &chain, NULL, NULL))
		return false;
	v = key_judge(&chain, &ret->signature.key, ret->modified_us, TIME_NONE);
	if (key_verdict_err(v, NULL)) /* gate */
		return false;
	return signed_hash(n->store, *ret_id, t->key, ret->manifest.rev, &known, NULL) ||
	       !digest_eq(known, ret->hash);
}

static void told_behind(struct arena *a, struct link_item *x)
{
	x->state = LINK_REFUSED;
	x->code = STR("behind");
	x->reason = link_reason(a,
				STR("this node was restored from a backup and the peer holds a "
				    "newer state of it: change "
				    "it here once more, and that will go out"),
				STR("このノードはバックアップから復元され、相手はより新しい状態を持"
				    "っています。ここで改めて"
				    "変更すると、それが送られます"));
}

enum err link_held(struct node *n, struct arena *a, const struct peer *p, const struct json *status,
		   struct link_item *items, size_t n_items, struct why *why)
{
	const struct json *held = json_get_c(status, "x_held");
	struct feed_reader who;
	struct actor actor;
	struct ctx c;
	struct map at;
	enum err err = ERR_OK;

	if (!json_count(held))
		return ERR_OK;
	link_ctx(n, a, &actor, &c);
	by_id(&at, items, n_items);
	err = feed_reader_of(n, a, p->key, &who, why);
	for (size_t i = 0; i < json_count(held) && i < n_items && !err; i++) {
		struct signed_manifest m;
		struct uuid id;
		union map_value *found;
		struct why none = {0};

		if (!lost_ours(n, a, &c, json_at(held, i), &m, &id))
			continue;
		found = map_get(&at, m.manifest.target);
		if (!found)
			continue;
		err = feed_resign(n, a, &who, id, &m, &none);
		if (err == ERR_CONFLICT)
			told_behind(a, found->ptr);
		else if (!err)
			*(struct link_item *)found->ptr = (struct link_item){
			    .peer = p->key,
			    .direction = LINK_OUT,
			    .id = m.manifest.target,
			    .rev = m.manifest.rev,
			    .state = LINK_AGAIN,
			    .code = STR("history"),
			    .reason =
				link_reason(a, STR("signed anew above what the peer holds"),
					    STR("相手の持つ版より新しい番号で署名し直しました")),
			    .at_us = clock_now_us()};
		err = ERR_OK;
	}
	map_done(&at);
	ctx_done(&c);
	return err;
}

/* ---- epochs ---- */

struct uuid link_epoch(const struct json *v)
{
	struct uuid epoch = {{0}};

	return uuid_parse(json_get_str(v, "x_epoch"), &epoch) == ERR_OK ? epoch
									: (struct uuid){{0}};
}

enum err link_own_epoch(struct node *n, char ret[UUID_TEXT], struct why *why)
{
	struct uuid epoch;
	enum err err = store_epoch(n->store, &epoch, why);

	if (!err)
		uuid_text(epoch, ret);
	return err;
}

static str node_item(struct arena *a, const struct peer *p)
{
	char u[UUID_TEXT];

	uuid_text(p->node, u);
	return arena_printf(a, "x-hikeshi-node--%.*s", UUID_TEXT, u);
}

bool link_is_restored(struct node *n, struct arena *a, const struct peer *p)
{
	struct link_item x;

	return link_item_get(n->store, a, p->key, LINK_IN, node_item(a, p), &x, NULL) == ERR_OK &&
	       x.at_us > clock_now_us() - RESTORED_US;
}

static enum err restored(struct node *n, struct arena *a, const struct peer *p, struct uuid epoch,
			 struct why *why)
{
	const str en = STR("the peer was restored from a backup: everything is sent and read once "
			   "more, what is there already is skipped");
	const str ja =
	    STR("相手ノードがバックアップから復元されました。すべてをもう一度送受信し、届いてい"
		"るものは飛ばします");
	struct link_item x = {.peer = p->key,
			      .direction = LINK_IN,
			      .id = node_item(a, p),
			      .state = LINK_REFUSED,
			      .code = STR("restored"),
			      .reason = link_reason(a, en, ja),
			      .at_us = clock_now_us()};
	enum err err = link_items_put(n->store, &x, 1, why);

	if (!err)
		err = peer_cursor_out(n->store, p->key, 0, why);
	if (!err)
		err = peer_cursor_in(n->store, p->key, STR(""), epoch, why);
	if (err)
		return err;
	log_event(LOG_WARN, "link_restored", "peer", "%.*s", STR_ARG(p->name), NULL);
	return link_refuse(why, ERR_BUSY, "restored", arena_cstr(a, en), arena_cstr(a, ja));
}

enum err link_epoch_seen(struct node *n, struct arena *a, const struct peer *p, struct uuid epoch,
			 struct why *why)
{
	if (uuid_is_zero(epoch) || uuid_eq(epoch, p->epoch_in))
		return ERR_OK;
	if (!uuid_is_zero(p->epoch_in))
		return restored(n, a, p, epoch, why);
	return peer_cursor_in(n->store, p->key, p->cursor_in, epoch, why);
}
