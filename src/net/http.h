// SPDX-License-Identifier: Apache-2.0
/* http: the server side of HTTP/1.1 (RFC 9110, 9112) on libmicrohttpd, which nothing above this
 * header knows. Event-loop threads only parse and send. A request is handed to the worker pool once
 * its head and body are here (bodies over 256 KiB are spooled to an unlinked file); the connection
 * is suspended meanwhile and resumed when the worker has answered. A request owns an arena that
 * dies with it. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER
};

struct http_server;
struct request;

struct http_limits {          /* each 0: the default named here */
	size_t body_bytes;    /* 64 MiB; handlers may allow more per route (imports: 2 GiB) */
	size_t header_bytes;  /* 32 KiB */
	size_t url_bytes;     /* 8 KiB */
	unsigned connections; /* 4096 */
	unsigned per_address; /* 512 */
	unsigned queue; /* requests waiting for a worker: 1024, beyond: 503 with Retry-After */
	unsigned head_timeout_s; /* 15 */
	unsigned workers;        /* 4 */
	unsigned loops;          /* 2 */
};
struct http_options {
	const char *address; /* "127.0.0.1:8119", "[::1]:0" (port 0: any free) */
	int listen_fd; /* -1, or an already bound and listening socket (socket activation, Unix
			  socket): the server's to close */
	const char *tls_cert, *tls_key; /* PEM files or NULL */
	bool client_certs; /* with TLS: ask clients for a certificate; who has none is served too */
	struct http_limits limits;
	/* Called on a worker thread, once per request. Must answer before it returns, or call
	 * request_stream. */
	void (*handle)(void *ctx, struct request *rq);
	/* Called on the loop thread when the head is complete: largest body this request may have;
	 * 0: the default. */
	size_t (*body_limit)(void *ctx, enum http_method m, str path);
	/* Nullable: answers, on a loop or worker thread, what the server itself refuses (too large,
	 * malformed, busy), for addresses whose errors have a form of their own. False: not its
	 * matter. The path may be empty. */
	bool (*refused)(void *ctx, struct request *rq, int status, const char *reason);
	void *ctx;
};
/* ERR_BUSY when the address is in use, ERR_DENIED for a privileged port; the sentence says what to
 * do. */
MUST_CHECK enum err http_start(const struct http_options *o, struct http_server **ret,
			       struct why *why);
/* The port actually bound. */
unsigned http_port(struct http_server *s);
/* Stops accepting, closes streams, lets requests in flight finish for at most drain_ms, answers 503
 * to those that still wait for a worker, joins the workers (a handler that runs is always waited
 * for), frees. Takes NULL. */
void http_stop(struct http_server *s, unsigned drain_ms);
struct http_counts {
	uint64_t requests, responses_4xx, responses_5xx, rejected;
	unsigned in_flight, streams;
};
struct http_counts http_counts(struct http_server *s);

/* ---- reading a request (on its worker) ---- */
enum http_method request_method(const struct request *rq);
str request_method_text(const struct request *rq);
str request_path(
    const struct request *rq); /* percent-decoded, checked: UTF-8, no NUL, no dot segments */
str request_query(const struct request *rq); /* raw */
/* Value of a query parameter, decoded, in the request's arena; false when absent. The n-th of
 * repeated ones by index. */
bool request_param(struct request *rq, const char *name, str *ret);
bool request_param_at(struct request *rq, const char *name, size_t index, str *ret);
/* All parameters in order, for strict checking. */
size_t request_params(struct request *rq, str (**ret)[2]);
str request_header(struct request *rq, const char *name); /* empty when absent */
size_t request_header_count(struct request *rq, const char *name);
str request_cookie(struct request *rq, const char *name);
/* The whole body (mapped if it was spooled). */
str request_body(struct request *rq);
/* True if the body is a private mapping of a file: pages that were read may be given back. */
bool request_body_is_mapped(const struct request *rq);
str request_peer(const struct request *rq); /* numeric address */
bool request_is_tls(const struct request *rq);
/* SHA-256 of the SubjectPublicKeyInfo of the certificate that the client has proved to own, over
 * TLS 1.3; false when there is none. Who may use it is the handler's to know: no authority is
 * asked. */
bool request_peer_spki(const struct request *rq, struct digest *ret);
struct arena *request_arena(struct request *rq);
str request_id(
    const struct request *rq); /* "req-" and 16 hex digits; in the answer and every log line */
int64_t request_started_us(const struct request *rq);
void *request_get_user(const struct request *rq);
void request_set_user(struct request *rq, void *user); /* lives in the arena */

/* ---- answering (exactly one of the last four) ---- */
void response_header(struct request *rq, const char *name, str value);
void response_bytes(struct request *rq, int status, const char *media_type,
		    str body); /* body in the request's arena or static */
/* From a descriptor (a regular file at offset 0; closed afterwards). */
void response_fd(struct request *rq, int status, const char *media_type, int fd, int64_t bytes);
void response_empty(struct request *rq, int status);
/* A stream (server-sent events): stays open after the handler returns. Events are pushed from any
 * thread with stream_push, which never blocks: false when the stream is gone or its 64 KiB are full
 * (then it is closed and the client reconnects). A ping comment goes out every 15 s; a client that
 * left is noticed within a second or so. The stream must be released exactly once with
 * stream_release by whoever holds it, after which on_close is not called. on_close runs on a loop
 * or timer thread, once; it may release the stream. stream_release waits for a running on_close:
 * call it without a lock that on_close takes. When stream_push fails, leave the stream alone:
 * on_close follows. */
struct stream;
struct stream *response_stream(struct request *rq, const char *media_type,
			       void (*on_close)(void *ctx), void *ctx);
bool stream_push(struct stream *st, str bytes);
void stream_close(struct stream *st);
void stream_release(struct stream *st);

/* multipart/form-data (RFC 7578) and urlencoded bodies, parts as slices of the body. ERR_INVALID,
 * ERR_LIMIT (64 parts). */
struct form_part {
	str name, filename, media_type, data;
};
MUST_CHECK enum err request_form(struct request *rq, struct form_part **ret, size_t *ret_n,
				 struct why *why);
/* First part of that name; empty str when absent. */
str form_value(const struct form_part *parts, size_t n, const char *name);

#endif
