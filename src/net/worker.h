// SPDX-License-Identifier: Apache-2.0
/* worker: a fixed number of threads that take items from one bounded queue, in order. Lives as long
 * as the server; worker_push may be called from any thread, the callbacks run on the pool's threads
 * (refuse on the thread that ends it). The lock is never held during a callback. */
#ifndef NET_WORKER_H
#define NET_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct worker_pool;

/* Starts n threads (all signals blocked) over a queue of at most queue_max items. NULL when the
 * system has no threads to give. */
struct worker_pool *worker_pool_new(unsigned n, unsigned queue_max,
				    void (*run)(void *ctx, void *item), void *ctx);
/* False when the queue is full or the pool is ending: the item stays the caller's. */
bool worker_push(struct worker_pool *p, void *item);
/* Ends: what runs is waited for, what still waits goes to refuse (nullable). worker_push may still
 * be called by other threads, and gives false. */
void worker_pool_end(struct worker_pool *p, void (*refuse)(void *ctx, void *item));
/* Ends if need be and frees; nobody may push any more. Takes NULL. */
void worker_pool_free(struct worker_pool *p);

#endif
