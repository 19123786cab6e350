// SPDX-License-Identifier: Apache-2.0
#include "team/hub.h"

#include <pthread.h>

#include "base/vec.h"
#include "net/http.h"

#define HUB_KEPT 4096 /* events for Last-Event-ID */
#define HUB_STREAMS 4096

struct event {
	int64_t id;     /* seq of the change, or the last seq for notices */
	int64_t label;  /* 0: the whole team */
	int64_t team;   /* 0: whoever the label lets; both: those of the team whom it lets */
	char text[256]; /* the whole event as it goes out */
	size_t n;
};
struct joined {
	struct stream *stream;
	struct actor actor;
};
struct hub {
	struct node *node;
	pthread_mutex_t lock;
	struct event *ring; /* HUB_KEPT, oldest overwritten */
	size_t next;
	int64_t lost_before; /* events up to this id are gone */
	struct joined *streams;
	size_t n, cap;
};

struct hub *hub_new(struct node *n)
{
	struct hub *h = mem_alloc(sizeof(*h));

	h->node = n;
	h->ring = mem_alloc(sizeof(*h->ring) * HUB_KEPT);
	h->lost_before = store_last_seq(n->store);
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

static void leave(struct hub *h, size_t i)
{
	stream_close(h->streams[i].stream);
	stream_release(h->streams[i].stream);
	h->streams[i] = h->streams[--h->n];
}

void hub_free(struct hub *h)
{
	if (!h)
		return;
	while (h->n)
		leave(h, h->n - 1);
	pthread_mutex_destroy(&h->lock);
	mem_free(h->streams);
	mem_free(h->ring);
	mem_free(h);
}

/* The gate, per event and reader. */
static bool may_hear(struct hub *h, const struct actor *a, const struct event *e)
{
	const struct label *l;
	const struct world *w;
	bool ok;

	if (e->team && (e->team != a->team || !e->label))
		return e->team == a->team;
	l = label_get(h->node->store, e->label);
	if (!l)
		return false;
	w = policy_world_get(h->node->policy);
	ok = policy_decide(w, a, ACT_SEE, l, clock_now_us()).ok; /* gate */
	policy_world_put(h->node->policy, w);
	return ok;
}

static void send_all(struct hub *h, const struct event *e)
{
	h->ring[h->next % HUB_KEPT] = *e;
	if (++h->next > HUB_KEPT)
		h->lost_before = h->ring[h->next % HUB_KEPT].id;
	for (size_t i = 0; i < h->n;) {
		if (may_hear(h, &h->streams[i].actor, e) &&
		    !stream_push(h->streams[i].stream, (str){e->text, e->n}))
			leave(h, i);
		else
			i++;
	}
}

static void event_text(struct hub *h, struct event *e, str name, struct uuid uid, str type,
		       int32_t version)
{
	char u[UUID_TEXT];
	int n;

	(void)h;
	uuid_text(uid, u);
	n = snprintf(e->text, sizeof(e->text),
		     "id: %lld\nevent: %.*s\ndata: "
		     "{\"id\":\"%.*s--%.*s\",\"version\":%d,\"type\":\"%.*s\"}\n\n",
		     (long long)e->id, STR_ARG(name), STR_ARG(type), UUID_TEXT, u, version,
		     STR_ARG(type));
	e->n = n > 0 && (size_t)n < sizeof(e->text) ? (size_t)n : 0;
}

void hub_publish(struct hub *h, const struct change *changes, size_t n)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];
		const struct catalog_type *t = catalog_code(h->node->catalog, c->type);
		str type = word_text(h->node->store, c->type);
		struct event e = {.id = c->seq, .label = c->label};
		char name[128];
		int len = snprintf(name, sizeof(name), "%.*s.%s", STR_ARG(t ? t->plural : type),
				   c->kind ? c->kind : "update");

		if (!type.n || !c->label)
			continue;
		event_text(h, &e,
			   (str){name, len > 0 && (size_t)len < sizeof(name) ? (size_t)len : 0},
			   c->uid, type, c->version);
		if (e.n)
			send_all(h, &e);
	}
	pthread_mutex_unlock(&h->lock);
}

void hub_notify_team(struct hub *h, int64_t team, const char *event, struct uuid uid, str type)
{
	struct event e = {.team = team};

	if (!h || !team)
		return;
	pthread_mutex_lock(&h->lock);
	e.id = store_last_seq(h->node->store);
	event_text(h, &e, str_c(event), uid, type, 0);
	if (e.n)
		send_all(h, &e);
	pthread_mutex_unlock(&h->lock);
}

void hub_present(struct hub *h, int64_t team, int64_t label, struct uuid uid, str type)
{
	struct event e = {.team = team, .label = label};
	char u[UUID_TEXT];
	int n;

	if (!h || !team || !label)
		return;
	uuid_text(uid, u);
	/* without an id: what is over when it is heard is not told again */
	n = snprintf(e.text, sizeof(e.text), "event: presence\ndata: {\"id\":\"%.*s--%.*s\"}\n\n",
		     STR_ARG(type), UUID_TEXT, u);
	e.n = n > 0 && (size_t)n < sizeof(e.text) ? (size_t)n : 0;
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; e.n && i < h->n;) {
		if (may_hear(h, &h->streams[i].actor, &e) &&
		    !stream_push(h->streams[i].stream, (str){e.text, e.n}))
			leave(h, i);
		else
			i++;
	}
	pthread_mutex_unlock(&h->lock);
}

/* What was missed: false when it is no longer known. */
static bool replay(struct hub *h, struct joined *j, int64_t last_id)
{
	size_t first = h->next > HUB_KEPT ? h->next - HUB_KEPT : 0;

	if (last_id < h->lost_before)
		return false;
	for (size_t i = first; i < h->next; i++) {
		const struct event *e = &h->ring[i % HUB_KEPT];

		if (e->id > last_id && may_hear(h, &j->actor, e))
			(void)stream_push(j->stream, (str){e->text, e->n});
	}
	return true;
}

void hub_join(struct hub *h, struct stream *st, const struct actor *a, int64_t last_id,
	      const char *build)
{
	char hello[256];
	int n = snprintf(hello, sizeof(hello),
			 "retry: 3000\nid: %lld\nevent: hello\ndata: {\"build\":\"%s\"}\n\n",
			 (long long)store_last_seq(h->node->store), build);
	struct joined *j;

	pthread_mutex_lock(&h->lock);
	if (h->n >= HUB_STREAMS) {
		pthread_mutex_unlock(&h->lock);
		stream_close(st);
		stream_release(st);
		return;
	}
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 16;

		h->streams =
		    mem_grow(h->streams, h->cap * sizeof(*h->streams), cap * sizeof(*h->streams));
		h->cap = cap;
	}
	j = &h->streams[h->n++];
	*j = (struct joined){.stream = st, .actor = *a};
	j->actor.email = j->actor.name = j->actor.language = STR_NULL; /* borrowed: not kept */
	(void)stream_push(st, (str){hello, n > 0 && (size_t)n < sizeof(hello) ? (size_t)n : 0});
	if (last_id > 0 && !replay(h, j, last_id))
		(void)stream_push(st, STR("event: reset\ndata: {}\n\n"));
	pthread_mutex_unlock(&h->lock);
}

void hub_drop_account(struct hub *h, int64_t account)
{
	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n;) {
		if (h->streams[i].actor.account == account)
			leave(h, i);
		else
			i++;
	}
	pthread_mutex_unlock(&h->lock);
}
