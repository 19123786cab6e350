// SPDX-License-Identifier: Apache-2.0
#include "net/worker.h"

#include <pthread.h>
#include <signal.h>

#include "base/arena.h"

struct worker_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	void **ring;
	unsigned head, n, cap;
	bool ending;
	void (*run)(void *ctx, void *item);
	void *ctx;
	unsigned threads_n;
	pthread_t threads[];
};

/* The next item, or NULL when the pool ends. */
static void *take(struct worker_pool *p)
{
	void *item = NULL;

	pthread_mutex_lock(&p->lock);
	while (p->n == 0 && !p->ending)
		pthread_cond_wait(&p->more, &p->lock);
	if (!p->ending) {
		item = p->ring[p->head];
		p->head = (p->head + 1) % p->cap;
		p->n--;
	}
	pthread_mutex_unlock(&p->lock);
	return item;
}

static void *work(void *arg)
{
	struct worker_pool *p = arg;
	void *item;

	pthread_setname_np(pthread_self(), "worker");
	while ((item = take(p)) != NULL)
		p->run(p->ctx, item);
	return NULL;
}

struct worker_pool *worker_pool_new(unsigned n, unsigned queue_max,
				    void (*run)(void *ctx, void *item), void *ctx)
{
	struct worker_pool *p = mem_alloc(sizeof(*p) + n * sizeof(p->threads[0]));
	sigset_t all, before;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	p->cap = queue_max ? queue_max : 1;
	p->ring = mem_alloc(p->cap * sizeof(p->ring[0]));
	p->run = run;
	p->ctx = ctx;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->threads_n < n && pthread_create(&p->threads[p->threads_n], NULL, work, p) == 0)
		p->threads_n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (p->threads_n == n)
		return p;
	worker_pool_free(p);
	return NULL;
}

bool worker_push(struct worker_pool *p, void *item)
{
	bool taken;

	pthread_mutex_lock(&p->lock);
	taken = p->n < p->cap && !p->ending;
	if (taken) {
		p->ring[(p->head + p->n) % p->cap] = item;
		p->n++;
	}
	pthread_mutex_unlock(&p->lock);
	/* Not before: the woken thread would only run into the lock. */
	if (taken)
		pthread_cond_signal(&p->more);
	return taken;
}

void worker_pool_end(struct worker_pool *p, void (*refuse)(void *ctx, void *item))
{
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (; p->threads_n > 0; p->threads_n--)
		pthread_join(p->threads[p->threads_n - 1], NULL);
	/* Nobody adds or takes any more. */
	for (; p->n > 0; p->n--, p->head = (p->head + 1) % p->cap)
		if (refuse)
			refuse(p->ctx, p->ring[p->head]);
}

void worker_pool_free(struct worker_pool *p)
{
	if (!p)
		return;
	worker_pool_end(p, NULL);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->ring);
	mem_free(p);
}
