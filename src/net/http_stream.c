// SPDX-License-Identifier: Apache-2.0
/* A stream is shared by its holder (any thread) and the library (the connection's loop thread).
 * While nothing waits in its queue the connection is suspended; a push, a ping or the end resumes
 * it. Suspended connections are not watched by the library, so the timer thread asks poll() every
 * second whether their clients are still there. */
#include <poll.h>

#include "base/vec.h"
#include "net/http_internal.h"

static void unref(struct stream *st)
{
	if (atomic_fetch_sub(&st->refs, 1) > 1)
		return;
	pthread_mutex_destroy(&st->lock);
	pthread_mutex_destroy(&st->close_lock);
	buf_done(&st->queue);
	mem_free(st);
}

/* With st->lock held. */
static void wake(struct stream *st)
{
	if (!st->conn || !st->suspended)
		return;
	st->suspended = false;
	MHD_resume_connection(st->conn);
}

/* The library asks for bytes; with none to give, the connection sleeps. */
static ssize_t stream_read(void *ctx, uint64_t pos, char *out, size_t max)
{
	struct stream *st = ctx;
	ssize_t got = 0;

	(void)pos;
	pthread_mutex_lock(&st->lock);
	if (st->vanished) {
		got = MHD_CONTENT_READER_END_WITH_ERROR;
	} else if (st->queue.n > st->sent) {
		size_t n = st->queue.n - st->sent;

		n = n < max ? n : max;
		memcpy(out, st->queue.p + st->sent, n);
		st->sent += n;
		if (st->sent == st->queue.n) {
			buf_clear(&st->queue);
			st->sent = 0;
		}
		got = (ssize_t)n;
	} else if (st->closed || atomic_load(&st->srv->draining)) {
		got = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		st->suspended = true;
		MHD_suspend_connection(st->conn);
	}
	pthread_mutex_unlock(&st->lock);
	return got;
}

/* The library has let go of the connection. */
static void stream_detached(void *ctx)
{
	struct stream *st = ctx;
	struct http_server *s = st->srv;

	pthread_mutex_lock(&s->stream_lock);
	if (st->prev)
		st->prev->next = st->next;
	else
		s->streams = st->next;
	if (st->next)
		st->next->prev = st->prev;
	pthread_mutex_unlock(&s->stream_lock);

	pthread_mutex_lock(&st->lock);
	st->conn = NULL;
	st->srv = NULL;
	st->closed = true;
	pthread_mutex_unlock(&st->lock);

	pthread_mutex_lock(&st->close_lock);
	if (!st->released && st->on_close)
		st->on_close(st->ctx);
	pthread_mutex_unlock(&st->close_lock);
	unref(st);
	atomic_fetch_sub(&s->streams_n, 1);
}

static struct stream *stream_new(struct request *rq, void (*on_close)(void *ctx), void *ctx)
{
	struct stream *st = mem_alloc(sizeof(*st));
	pthread_mutexattr_t attr;

	/* Recursive, because on_close will often release the stream it is told about. */
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&st->close_lock, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_mutex_init(&st->lock, NULL);
	atomic_store(&st->refs, 2);
	st->srv = rq->srv;
	st->conn = rq->mhd;
	st->fd = rq->cn->fd;
	st->ping_at_us = clock_mono_us() + STREAM_PING_US;
	st->on_close = on_close;
	st->ctx = ctx;
	return st;
}

struct stream *response_stream(struct request *rq, const char *media_type,
			       void (*on_close)(void *ctx), void *ctx)
{
	struct http_server *s = rq->srv;
	struct stream *st = stream_new(rq, on_close, ctx);

	atomic_fetch_add(&s->streams_n, 1);
	pthread_mutex_lock(&s->stream_lock);
	st->next = s->streams;
	if (st->next)
		st->next->prev = st;
	s->streams = st;
	pthread_mutex_unlock(&s->stream_lock);
	rq->is_stream = true;
	answer_with(rq, 200, media_type,
		    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 8192, stream_read, st,
						      stream_detached),
		    0);
	return st;
}

bool stream_push(struct stream *st, str bytes)
{
	bool ok;

	pthread_mutex_lock(&st->lock);
	ok = !st->closed && st->queue.n - st->sent + bytes.n <= STREAM_QUEUE_BYTES;
	if (ok) {
		if (st->sent > STREAM_QUEUE_BYTES) { /* keep what was sent from piling up */
			memmove(st->queue.p, st->queue.p + st->sent, st->queue.n - st->sent);
			st->queue.n -= st->sent;
			st->sent = 0;
		}
		buf_add(&st->queue, bytes);
	} else {
		st->closed = true;
	}
	wake(st);
	pthread_mutex_unlock(&st->lock);
	return ok;
}

void stream_close(struct stream *st)
{
	pthread_mutex_lock(&st->lock);
	st->closed = true;
	wake(st);
	pthread_mutex_unlock(&st->lock);
}

void stream_release(struct stream *st)
{
	pthread_mutex_lock(&st->close_lock);
	st->released = true;
	pthread_mutex_unlock(&st->close_lock);
	stream_close(st);
	unref(st);
}

/* Pings what is due; collects the descriptors of the sleeping ones. */
static size_t ping_due(struct http_server *s, int64_t now_us, struct pollfd *fds, size_t max)
{
	size_t n = 0;

	for (struct stream *st = s->streams; st; st = st->next) {
		pthread_mutex_lock(&st->lock);
		if (st->suspended && now_us >= st->ping_at_us) {
			st->ping_at_us = now_us + STREAM_PING_US;
			buf_add(&st->queue, STR(": ping\n\n"));
			wake(st);
		} else if (st->suspended && n < max) {
			fds[n++] = (struct pollfd){.fd = st->fd, .events = POLLRDHUP};
		}
		pthread_mutex_unlock(&st->lock);
	}
	return n;
}

static void end_vanished(struct http_server *s, const struct pollfd *fds, size_t n)
{
	size_t i = 0;

	/* Same order as they were collected; a stream woken meanwhile is merely skipped. */
	for (struct stream *st = s->streams; st && i < n; st = st->next) {
		if (st->fd != fds[i].fd)
			continue;
		pthread_mutex_lock(&st->lock);
		if (fds[i++].revents != 0) {
			st->vanished = true;
			wake(st);
		}
		pthread_mutex_unlock(&st->lock);
	}
}

void streams_tick(struct http_server *s, int64_t now_us)
{
	size_t max = atomic_load(&s->streams_n), n;
	struct pollfd *fds;

	if (max == 0)
		return;
	fds = mem_alloc(max * sizeof(*fds));
	/* Held throughout: a descriptor is not closed before its stream has left the list. */
	pthread_mutex_lock(&s->stream_lock);
	n = ping_due(s, now_us, fds, max);
	if (n > 0 && poll(fds, n, 0) > 0)
		end_vanished(s, fds, n);
	pthread_mutex_unlock(&s->stream_lock);
	mem_free(fds);
}

void streams_end(struct http_server *s)
{
	pthread_mutex_lock(&s->stream_lock);
	for (struct stream *st = s->streams; st; st = st->next)
		stream_close(st);
	pthread_mutex_unlock(&s->stream_lock);
}
