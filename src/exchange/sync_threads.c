// SPDX-License-Identifier: Apache-2.0
/* The threads behind sync.h: one for each active peer. */
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "exchange/link_internal.h"
#include "exchange/sync.h"
#include "exchange/sync_internal.h"
#include "net/client.h"
#include "store/signed.h"

#define PULL_US (60 * US_PER_S)  /* what a peer could not push is read as often */
#define AGAIN_US (10 * US_PER_S) /* what a peer could not take is tried again as soon */
#define LOOK_US US_PER_S /* rows that another process or a command changed are noticed as soon */
#define LEASE_US (30 * US_PER_S) /* of a process that died */
#define PAUSE_MIN_US (US_PER_S / 2)
#define PAUSE_MAX_US (60 * US_PER_S)
#define THREADS_MAX 512
#define AHEAD 64
#define WAKE_MOST 16

struct links;
struct link_thread {
	struct links *links;
	int64_t peer;
	pthread_t thread;
	struct client *http;
	bool gone;          /* its peer is not active any more: to be joined */
	bool heard;         /* the peer has spoken while we kept a pause: it is there again */
	atomic_bool pushed; /* the peer sends by itself: it need not be read */
	bool asked;         /* somebody said "send again": no pause is kept */
	bool due;           /* something was committed that may go there */
	bool waits;         /* something is to be sent again in a while */
	pthread_cond_t wake;
	int64_t leased_us;       /* monotonic; 0: not yet */
	int64_t told_generation; /* of the directory, when the peer was last told of teams and
				    circles */
	size_t told_keys;        /* how many key objects there were then */
	bool circle_refused;     /* what the row of the peer says until it was told again */
	int64_t tell_again_us;   /* monotonic; not before, where it did not take them */
};
/* A piece of a peer's feed that came before the one it follows on. */
struct ahead {
	int64_t peer, after, last;
};
struct links {
	struct node *node;
	struct uuid owner; /* of leases */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, look;
	int64_t generation; /* of the directory, as the keeper saw it last */
	struct link_thread *threads[THREADS_MAX];
	size_t n;
	pthread_t keeper;
	bool keeping;
	pthread_mutex_t cursors; /* of peers as we read them; taken before lock, never after it */
	struct ahead ahead[AHEAD];
	size_t n_ahead;
};

static int64_t monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* ---- one peer ---- */

/* Until woken, told to stop, or until_us (monotonic). */
static void wait_for_work(struct link_thread *t, int64_t until_us)
{
	struct links *l = t->links;
	const struct timespec at = {.tv_sec = (time_t)(until_us / US_PER_S),
				    .tv_nsec = (long)(until_us % US_PER_S) * 1000};

	pthread_mutex_lock(&l->lock);
	while (!l->stop && !t->gone && !t->asked && !t->due)
		if (pthread_cond_timedwait(&t->wake, &l->lock, &at) != 0)
			break;
	t->due = false;
	pthread_mutex_unlock(&l->lock);
}

/* Is there a reason not to wait longer? */
static bool wanted(struct link_thread *t)
{
	bool found;

	pthread_mutex_lock(&t->links->lock);
	found = t->asked || t->heard;
	pthread_mutex_unlock(&t->links->lock);
	return found;
}

static bool asked(struct link_thread *t)
{
	bool found;

	pthread_mutex_lock(&t->links->lock);
	found = t->asked;
	t->asked = false;
	pthread_mutex_unlock(&t->links->lock);
	return found;
}

static void pause_begins(struct link_thread *t)
{
	pthread_mutex_lock(&t->links->lock);
	t->heard = false;
	pthread_mutex_unlock(&t->links->lock);
}

static bool ended(struct link_thread *t)
{
	bool gone;

	pthread_mutex_lock(&t->links->lock);
	gone = t->gone || t->links->stop;
	pthread_mutex_unlock(&t->links->lock);
	return gone;
}

/* Says it at the first failure and when it is over, not at every try. */
static void tell(struct link_thread *t, const struct peer *p, enum err err, const struct why *why)
{
	bool failed = p->last_error.n > 0;

	if (err && !failed)
		log_event(LOG_WARN, "link_failed", "peer", "%.*s", STR_ARG(p->name), "why", "%s",
			  why->text, NULL);
	if (!err && failed)
		log_event(LOG_INFO, "link_back", "peer", "%.*s", STR_ARG(p->name), NULL);
	if (err || !t->circle_refused) /* else the row says that, and the round has gone well */
		link_round_said(t->links->node, p, err, why);
}

/* Teams, keys and circles, where they are others than it was told last. What it does not take of
 * that is said in its row and does not hold up the rest. */
static void announce(struct link_thread *t, struct client *http, struct arena *a,
		     const struct peer *p)
{
	struct node *n = t->links->node;
	const struct directory_view *v = directory_get(n->directory);
	int64_t generation = v->world.generation, now = monotonic_us();
	struct team_key *keys = NULL;
	struct why why = {0};
	size_t n_keys = 0;

	directory_put(n->directory, v);
	if (now < t->tell_again_us || team_keys_list(n->store, a, 0, &keys, &n_keys, &why) ||
	    (generation == t->told_generation && n_keys == t->told_keys))
		return;
	if (link_announce(n, http, a, p, &why)) {
		t->circle_refused = strcmp(why.code, LINK_CIRCLE_REFUSED) == 0;
		t->tell_again_us = now + PULL_US;
		return;
	}
	t->circle_refused = false;
	t->told_generation = generation;
	t->told_keys = n_keys;
}

/* Renewed long before it ends, and not for every round. */
static enum err leased(struct link_thread *t)
{
	int64_t now = clock_now_us(), mono = monotonic_us();
	struct why why = {0};
	enum err err = ERR_OK;

	if (t->leased_us && mono - t->leased_us < LEASE_US / 3)
		return ERR_OK;
	err =
	    link_lease(t->links->node->store, t->peer, t->links->owner, now, now + LEASE_US, &why);
	t->leased_us = err ? 0 : mono;
	return err;
}

static enum err one_round(struct link_thread *t, struct client *http, bool do_pull)
{
	struct node *n = t->links->node;
	struct link_counts counts = {0};
	struct why why = {0};
	struct peer p;
	ARENA(a, 0);
	enum err err = leased(t);

	if (err) /* another process has it */
		return ERR_CONFLICT;
	err = peer_get(n->store, &a, t->peer, &p, &why);
	if (err || !str_eq(p.state, STR("active")))
		return ERR_OK;
	announce(t, http, &a, &p);
	err = link_round_with(n, http, &p, do_pull, false, &t->pushed, &counts, &why);
	t->waits = counts.waits;
	if (!ended(t))
		tell(t, &p, err, &why);
	return err;
}

static void *peer_main(void *arg)
{
	struct link_thread *t = arg;
	struct client *http = t->http;
	int64_t pause = PAUSE_MIN_US, pulled = 0;

	pthread_setname_np(pthread_self(), "peer");
	while (!ended(t)) {
		int64_t now = monotonic_us();

		if (atomic_exchange(&t->pushed, false) && pulled)
			pulled = now;
		bool do_pull = asked(t) || !pulled || now - pulled >= PULL_US;
		enum err err = one_round(t, http, do_pull);

		if (!err && do_pull)
			pulled = now;
		if (err) {
			struct timespec nap = {0, 0};
			bool others = err == ERR_CONFLICT; /* one that died keeps it for a while */
			int64_t until = monotonic_us() + (others ? US_PER_S : pause);

			pause_begins(t);
			/* what is committed meanwhile does not shorten the pause of a dead peer */
			while (!ended(t) && !wanted(t) && monotonic_us() < until) {
				nap.tv_nsec = 50 * 1000 * 1000;
				nanosleep(&nap, NULL);
			}
			pause = others                     ? pause
				: pause * 2 < PAUSE_MAX_US ? pause * 2
							   : PAUSE_MAX_US;
			continue;
		}
		pause = PAUSE_MIN_US;
		wait_for_work(t, monotonic_us() + (t->waits ? AGAIN_US : PULL_US));
	}
	link_release(t->links->node->store, t->peer, t->links->owner);
	return NULL;
}

/* ---- all of them ---- */

static void thread_due(struct link_thread *t)
{
	t->due = true;
	pthread_cond_signal(&t->wake);
}

static void monotonic_cond(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

static struct link_thread *thread_of(struct links *l, int64_t peer)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->threads[i]->peer == peer)
			return l->threads[i];
	return NULL;
}

static void thread_start(struct links *l, int64_t peer)
{
	struct link_thread *t = mem_alloc(sizeof(*t));

	*t = (struct link_thread){.links = l, .peer = peer, .http = client_new(), .due = true};
	monotonic_cond(&t->wake);
	if (l->n < THREADS_MAX && pthread_create(&t->thread, NULL, peer_main, t) == 0) {
		pthread_mutex_lock(&l->lock);
		l->threads[l->n++] = t;
		pthread_mutex_unlock(&l->lock);
		return;
	}
	log_event(LOG_ERROR, "link_no_thread", NULL);
	client_free(t->http);
	pthread_cond_destroy(&t->wake);
	mem_free(t);
}

static void thread_end(struct links *l, size_t i)
{
	struct link_thread *t = l->threads[i];

	pthread_mutex_lock(&l->lock);
	t->gone = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&l->lock);
	client_stop(t->http);
	pthread_join(t->thread, NULL);
	client_free(t->http);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_lock(&l->lock);
	l->threads[i] = l->threads[--l->n];
	pthread_mutex_unlock(&l->lock);
	mem_free(t);
}

/* Threads for the peers that are active now, and for no others. */
static void look(struct links *l)
{
	struct peer *p = NULL;
	size_t n = 0;
	struct why why = {0};
	ARENA(a, 0);

	if (peer_list(l->node->store, &a, &p, &n, &why))
		return;
	for (size_t i = 0; i < l->n;) {
		bool active = false;

		for (size_t k = 0; k < n && !active; k++)
			active =
			    p[k].key == l->threads[i]->peer && str_eq(p[k].state, STR("active"));
		if (active)
			i++;
		else
			thread_end(l, i);
	}
	for (size_t k = 0; k < n; k++)
		if (str_eq(p[k].state, STR("active")) && p[k].url.n && !thread_of(l, p[k].key))
			thread_start(l, p[k].key);
}

/* The directory is read anew after the commit that wakes the threads: they look once more then. */
static void look_at_directory(struct links *l)
{
	const struct directory_view *v = directory_get(l->node->directory);
	int64_t generation = v->world.generation;

	directory_put(l->node->directory, v);
	pthread_mutex_lock(&l->lock);
	if (generation != l->generation) {
		l->generation = generation;
		for (size_t i = 0; i < l->n; i++)
			thread_due(l->threads[i]);
	}
	pthread_mutex_unlock(&l->lock);
}

/* Rows that somebody wants sent again, by this process or another. */
static void look_asked(struct links *l)
{
	int64_t peers[THREADS_MAX];
	struct why why = {0};
	size_t n = 0;

	if (link_items_asked(l->node->store, peers, THREADS_MAX, &n, &why) || !n)
		return;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < l->n; k++)
			if (l->threads[k]->peer == peers[i]) {
				l->threads[k]->asked = true;
				pthread_cond_signal(&l->threads[k]->wake);
			}
	pthread_mutex_unlock(&l->lock);
}

static void *keeper_main(void *arg)
{
	struct links *l = arg;
	bool stop = false;

	while (!stop) {
		int64_t until = monotonic_us() + LOOK_US;
		const struct timespec at = {.tv_sec = (time_t)(until / US_PER_S),
					    .tv_nsec = (long)(until % US_PER_S) * 1000};

		look(l);
		look_at_directory(l);
		look_asked(l);
		pthread_mutex_lock(&l->lock);
		while (!l->stop && !l->look)
			if (pthread_cond_timedwait(&l->wake, &l->lock, &at) != 0)
				break;
		l->look = false;
		stop = l->stop;
		pthread_mutex_unlock(&l->lock);
	}
	return NULL;
}

/* Whom a commit concerns. */
struct waking {
	bool all;
	int64_t peers[WAKE_MOST];
	size_t n;
};

static void wake_team(const struct directory_view *v, int64_t team, struct waking *w)
{
	const struct directory_team *t = directory_team(v, team);

	for (size_t i = 0; t && i < w->n; i++)
		if (w->peers[i] == t->peer)
			return;
	if (!t || (t->peer > 0 && w->n == WAKE_MOST))
		w->all = true; /* made a moment ago, or very many */
	else if (t->peer > 0)
		w->peers[w->n++] = t->peer;
}

static void wake_label(const struct directory_view *v, const struct label *l, struct waking *w)
{
	w->all = w->all || !l || l->n_circles || l->everyone;
	if (!w->all) /* who hears that it was taken */
		wake_team(v, l->originator, w);
	for (size_t i = 0; !w->all && i < l->n_teams; i++)
		wake_team(v, l->teams[i], w);
	for (size_t i = 0; !w->all && i < l->n_people; i++)
		wake_team(v, l->people[i].team, w);
}

/* Most of what is committed is for nobody outside its team: that wakes nobody. An answer or a
 * receipt wakes one of a hundred. */
static void on_change(void *ctx, const struct change *changes, size_t n)
{
	struct links *l = ctx;
	const struct directory_view *v = directory_get(l->node->directory);
	struct waking w = {0};
	int64_t last = -1;

	for (size_t i = 0; i < n && !w.all; i++) {
		if (changes[i].label != last)
			wake_label(v,
				   changes[i].label ? label_get(l->node->store, changes[i].label)
						    : NULL,
				   &w);
		last = changes[i].label;
	}
	directory_put(l->node->directory, v);
	if (!w.all && !w.n)
		return;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->n; i++) {
		bool due = w.all;

		for (size_t k = 0; k < w.n && !due; k++)
			due = w.peers[k] == l->threads[i]->peer;
		if (due)
			thread_due(l->threads[i]);
	}
	pthread_mutex_unlock(&l->lock);
}

struct links *links_start(struct node *n)
{
	struct links *l = mem_alloc(sizeof(*l));

	*l = (struct links){.node = n, .owner = uuid_new()};
	pthread_mutex_init(&l->lock, NULL);
	pthread_mutex_init(&l->cursors, NULL);
	monotonic_cond(&l->wake);
	if (!store_is_postgres(n->store)) /* nobody else can have this store: he who did is dead */
		link_release_all(n->store);
	store_on_change(n->store, on_change, l);
	l->keeping = pthread_create(&l->keeper, NULL, keeper_main, l) == 0;
	return l;
}

void links_heard(struct links *l, int64_t peer)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->n; i++)
		if (l->threads[i]->peer == peer)
			l->threads[i]->heard = true;
	pthread_mutex_unlock(&l->lock);
}

static void set_pushed(struct links *l, int64_t peer)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->n; i++)
		if (l->threads[i]->peer == peer)
			atomic_store(&l->threads[i]->pushed, true);
	pthread_mutex_unlock(&l->lock);
}

/* How far it goes without a gap. What is ahead of one is remembered; of very many the oldest is
 * not, and is read once more. */
static int64_t follow(struct links *l, int64_t peer, int64_t here, struct ahead piece)
{
	if (piece.after > here && l)
		l->ahead[l->n_ahead++ % AHEAD] = piece;
	if (piece.after <= here && piece.last > here)
		here = piece.last;
	for (size_t i = 0; l && i < AHEAD; i++) {
		const struct ahead *x = &l->ahead[i];

		if (x->peer == peer && x->after <= here && x->last > here) {
			here = x->last;
			i = SIZE_MAX; /* from the beginning */
		}
	}
	return here;
}

static enum err cursor_goes_along(struct links *l, struct node *n, struct ahead piece,
				  struct uuid epoch, struct why *why)
{
	ARENA(a, 0);
	char text[TIME_TEXT];
	struct peer p;
	int64_t here, to;
	enum err err = peer_get(n->store, &a, piece.peer, &p, why);

	if (err || (!uuid_is_zero(p.epoch_in) && !uuid_eq(p.epoch_in, epoch)))
		return err;
	if (time_parse(p.cursor_in, &here))
		here = 0;
	to = follow(l, piece.peer, here, piece);
	if (to == here)
		return ERR_OK;
	if (l)
		set_pushed(l, piece.peer);
	time_text(to, text);
	return peer_cursor_in(n->store, piece.peer, (str){text, TIME_TEXT}, epoch, why);
}

enum err links_pushed(struct links *l, struct node *n, int64_t peer, struct uuid epoch,
		      int64_t after, int64_t last, struct why *why)
{
	const struct ahead piece = {peer, after, last};
	enum err err;

	if (!last)
		return ERR_OK;
	if (l)
		pthread_mutex_lock(&l->cursors);
	err = cursor_goes_along(l, n, piece, epoch, why);
	if (l)
		pthread_mutex_unlock(&l->cursors);
	return err;
}

void links_look(struct links *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->look = true;
	pthread_cond_broadcast(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

void links_stop(struct links *l)
{
	if (!l)
		return;
	store_off_change(l->node->store, on_change, l);
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->wake);
	for (size_t i = 0; i < l->n; i++)
		pthread_cond_signal(&l->threads[i]->wake);
	pthread_mutex_unlock(&l->lock);
	if (l->keeping)
		pthread_join(l->keeper, NULL);
	for (size_t i = 0; i < l->n; i++) /* all at once, not one after the other */
		client_stop(l->threads[i]->http);
	while (l->n)
		thread_end(l, l->n - 1);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->cursors);
	mem_free(l);
}
