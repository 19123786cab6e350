// SPDX-License-Identifier: Apache-2.0
/* http_internal: what http.c (server, connections, timer), http_head.c (checks of a head),
 * http_request.c (a request's life) and http_stream.c share. A connection belongs to its loop
 * thread, a request to its loop thread until it is handed to a worker and again once it is resumed;
 * only the fields marked atomic are read elsewhere. Locks: http_server.conn_lock,
 * http_server.stream_lock, then stream.lock. */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/http.h"
#include "net/worker.h"

#define SPOOL_FROM_BYTES ((size_t)256 << 10) /* larger bodies go to a file */
#define SWALLOW_BYTES ((uint64_t)4 << 20)    /* of a body too large, read so that its 413 arrives */
#define STREAM_QUEUE_BYTES ((size_t)64 << 10)
#define STREAM_PING_US (15 * US_PER_S)
#define IDLE_US (60 * US_PER_S)       /* keep-alive without a request */
#define SLOW_GRACE_US (30 * US_PER_S) /* a body or answer may take this long ... */
#define SLOW_BYTES_PER_S 1024         /* ... and a second more per this many bytes */
#define HEADERS_MAX 100
#define PARAMS_MAX 256
#define FORM_PARTS_MAX 64
#define ARENA_BUDGET_BYTES ((size_t)256 << 20)

struct conn {
	struct conn *prev, *next;
	int fd;
	_Atomic int64_t
	    deadline_us; /* clock_mono_us at which the timer cuts it; INT64_MAX: never */
	char peer[64];
	struct request *rq; /* the one that is on its way; the loop thread's */
};

struct rq_header {
	str name, value;
};
struct out_header {
	struct out_header *next;
	const char *name, *value;
};

/* NEW: head not yet looked at; BODY: receiving; WORKING: with a worker, suspended; ANSWERED. */
enum rq_phase { RQ_NEW, RQ_BODY, RQ_WORKING, RQ_ANSWERED };

struct request {
	struct http_server *srv;
	struct conn *cn;
	struct MHD_Connection *mhd;
	struct arena arena;
	enum rq_phase phase;
	enum http_method method;
	str method_text, target, path, query;
	const char *raw_target; /* where the target stood in the library's buffer */
	struct rq_header *headers;
	size_t headers_n;
	str (*params)[2];
	size_t params_n;
	char id[20];
	int64_t started_us;
	void *user;
	/* body */
	size_t body_limit;
	uint64_t body_bytes;
	int64_t body_since_us;
	struct buf body;
	int spool_fd;
	void *map;
	/* a refusal found before a worker saw the request */
	int refuse_status;
	const char *refuse_text;
	/* answer */
	struct out_header *out;
	struct MHD_Response *response;
	unsigned status;
	bool is_stream;
};

struct stream {
	struct stream *prev, *next; /* in the server's list while attached */
	_Atomic int refs;           /* the holder, the library */
	pthread_mutex_t lock;       /* all below */
	struct http_server *srv;    /* valid while conn is */
	struct MHD_Connection *conn;
	int fd;
	struct buf queue;
	size_t sent; /* bytes of queue already handed over */
	int64_t ping_at_us;
	bool suspended, closed, vanished;
	pthread_mutex_t close_lock; /* recursive: held around on_close */
	bool released;
	void (*on_close)(void *ctx);
	void *ctx;
};

struct http_server {
	struct http_options o; /* limits filled in */
	struct MHD_Daemon *mhd;
	struct worker_pool *workers;
	int listen_fd;
	unsigned port;
	uint64_t id_seed;
	_Atomic uint64_t id_next;
	_Atomic bool draining; /* http_stop has begun: no new work, streams end */
	pthread_mutex_t conn_lock;
	struct conn *conns;
	pthread_mutex_t stream_lock;
	struct stream *streams;
	pthread_t timer;
	pthread_mutex_t timer_lock;
	pthread_cond_t timer_wake;
	bool timer_end, timer_runs;
	_Atomic uint64_t requests, responses_4xx, responses_5xx, rejected;
	_Atomic unsigned active, streams_n; /* active counts streams too */
};

/* http_head.c, on the loop thread: true, or the refusal is in *rq. */
bool head_check(struct request *rq, const char *method, const char *version);

/* http_request.c: the library's callbacks and the worker's. */
void *request_begin(void *srv, const char *target, struct MHD_Connection *mhd);
enum MHD_Result request_step(void *srv, struct MHD_Connection *mhd, const char *url,
			     const char *method, const char *version, const char *data, size_t *n,
			     void **ctx);
void request_end(void *srv, struct MHD_Connection *mhd, void **ctx,
		 enum MHD_RequestTerminationCode why);
void request_run(void *srv, void *rq);
void request_refuse(void *srv, void *rq);
/* Notes a refusal; returns false so that checks can end with it. The text is static. */
bool refuse(struct request *rq, int status, const char *text);
/* Takes over the response with the headers collected so far. */
void answer_with(struct request *rq, int status, const char *media_type, struct MHD_Response *resp,
		 uint64_t bytes);

/* http_stream.c, for the timer thread and http_stop. */
void streams_tick(struct http_server *s, int64_t now_us);
void streams_end(struct http_server *s);

#endif
