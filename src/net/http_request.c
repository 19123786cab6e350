// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "net/form.h"
#include "net/http_internal.h"

bool refuse(struct request *rq, int status, const char *text)
{
	rq->refuse_status = status;
	rq->refuse_text = text;
	return false;
}

static void deadline_in(struct request *rq, int64_t us)
{
	atomic_store_explicit(&rq->cn->deadline_us, us == INT64_MAX ? us : clock_mono_us() + us,
			      memory_order_relaxed);
}

/* ---- life ---- */

static void id_make(struct request *rq)
{
	static const char digits[] = "0123456789abcdef";
	/* splitmix64: distinct for distinct counters, not guessable in order, not a secret. */
	uint64_t z = rq->srv->id_seed +
		     atomic_fetch_add(&rq->srv->id_next, 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	memcpy(rq->id, "req-", 4);
	for (int i = 0; i < 16; i++)
		rq->id[4 + i] = digits[(z >> (60 - 4 * i)) & 15];
}

/* Called with the raw target as soon as the first line is complete. */
void *request_begin(void *srv, const char *target, struct MHD_Connection *mhd)
{
	struct http_server *s = srv;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct request *rq;

	if (!info || !info->socket_context)
		return NULL; /* request_step then ends the connection */
	rq = mem_alloc(sizeof(*rq));
	arena_init(&rq->arena, ARENA_BUDGET_BYTES);
	rq->srv = s;
	rq->mhd = mhd;
	rq->cn = info->socket_context;
	rq->cn->rq = rq;
	rq->spool_fd = -1;
	rq->started_us = clock_now_us();
	rq->raw_target = target;
	rq->target = str_c(target);
	if (rq->target.n <= s->o.limits.url_bytes)
		rq->target = arena_str(&rq->arena, rq->target);
	id_make(rq);
	atomic_fetch_add(&s->active, 1);
	atomic_fetch_add(&s->requests, 1);
	deadline_in(rq, (int64_t)s->o.limits.head_timeout_s * US_PER_S);
	return rq;
}

void request_end(void *srv, struct MHD_Connection *mhd, void **ctx,
		 enum MHD_RequestTerminationCode why)
{
	struct request *rq = *ctx;

	(void)srv;
	(void)mhd;
	(void)why;
	if (!rq)
		return;
	*ctx = NULL;
	rq->cn->rq = NULL;
	deadline_in(rq, IDLE_US);
	atomic_fetch_sub(&rq->srv->active, 1);
	if (rq->response)
		MHD_destroy_response(rq->response);
	if (rq->map)
		munmap(rq->map, (size_t)rq->body_bytes);
	fd_close(&rq->spool_fd);
	buf_done(&rq->body);
	arena_done(&rq->arena);
	mem_free(rq);
}

/* ---- the body ---- */

static int spool_open(void)
{
	const char *dir = getenv("TMPDIR");
	char path[] = "/tmp/hikeshi-body-XXXXXX";
	int fd;

	fd = open(dir && *dir ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* File systems without O_TMPFILE. */
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static bool body_store(struct request *rq, str part)
{
	enum err err = ERR_OK;

	if (rq->spool_fd < 0 && rq->body.n + part.n <= SPOOL_FROM_BYTES) {
		buf_add(&rq->body, part);
		return true;
	}
	if (rq->spool_fd < 0) {
		rq->spool_fd = spool_open();
		if (rq->spool_fd < 0)
			return refuse(rq, 507, "no room for the request body");
		err = fd_write_all(rq->spool_fd, buf_str(&rq->body), NULL);
		buf_done(&rq->body);
	}
	if (err == ERR_OK)
		err = fd_write_all(rq->spool_fd, part, NULL);
	return err == ERR_OK || refuse(rq, 507, "no room for the request body");
}

/* False: give up on this connection. */
static bool body_take(struct request *rq, str part)
{
	rq->body_bytes += part.n;
	atomic_store_explicit(&rq->cn->deadline_us,
			      rq->body_since_us + SLOW_GRACE_US +
				  (int64_t)(rq->body_bytes / SLOW_BYTES_PER_S) * US_PER_S,
			      memory_order_relaxed);
	if (!rq->refuse_status && rq->body_bytes > rq->body_limit)
		(void)refuse(rq, 413, "request body too large");
	if (rq->refuse_status)
		return rq->body_bytes <= rq->body_limit + SWALLOW_BYTES;
	(void)body_store(rq, part);
	return true;
}

str request_body(struct request *rq)
{
	if (rq->spool_fd < 0)
		return buf_str(&rq->body);
	if (!rq->map) {
		void *p =
		    mmap(NULL, (size_t)rq->body_bytes, PROT_READ, MAP_PRIVATE, rq->spool_fd, 0);

		if (p == MAP_FAILED)
			return STR_NULL;
		rq->map = p;
	}
	return (str){rq->map, (size_t)rq->body_bytes};
}

bool request_body_is_mapped(const struct request *rq)
{
	return rq->spool_fd >= 0;
}

/* ---- steps on the loop thread ---- */

static void answer_refusal(struct request *rq)
{
	atomic_fetch_add(&rq->srv->rejected, 1);
	rq->out = NULL;
	if (rq->refuse_status == 503)
		response_header(rq, "Retry-After", STR("1"));
	if (rq->srv->o.refused &&
	    rq->srv->o.refused(rq->srv->o.ctx, rq, rq->refuse_status, rq->refuse_text))
		return;
	response_bytes(
	    rq, rq->refuse_status, "application/problem+json",
	    arena_printf(&rq->arena,
			 "{\"type\":\"/problems/refused\",\"title\":\"%s\",\"status\":%d,"
			 "\"detail\":\"%s\",\"code\":\"refused\"}",
			 rq->refuse_text, rq->refuse_status, rq->refuse_text));
}

static enum MHD_Result send_answer(struct request *rq)
{
	enum MHD_Result ok;

	rq->phase = RQ_ANSWERED;
	/* A suspended connection would be reported as such; a connection that ends after this
	 * answer says so. */
	ok = MHD_queue_response(rq->mhd, rq->status, rq->response);
	if (rq->is_stream)
		deadline_in(rq, INT64_MAX);
	return ok;
}

static enum MHD_Result send_refusal(struct request *rq)
{
	answer_refusal(rq);
	deadline_in(rq, SLOW_GRACE_US);
	return send_answer(rq);
}

/* Suspended first: the worker may resume before worker_push has even returned. */
static enum MHD_Result dispatch(struct request *rq)
{
	struct http_server *s = rq->srv;

	rq->phase = RQ_WORKING;
	deadline_in(rq, INT64_MAX);
	MHD_suspend_connection(rq->mhd);
	if (!worker_push(s->workers, rq))
		request_refuse(s, rq);
	return MHD_YES;
}

enum MHD_Result request_step(void *srv, struct MHD_Connection *mhd, const char *url,
			     const char *method, const char *version, const char *data, size_t *n,
			     void **ctx)
{
	struct request *rq = *ctx;

	(void)srv;
	(void)mhd;
	(void)url;
	if (!rq)
		return MHD_NO;
	if (rq->phase == RQ_NEW) {
		rq->phase = RQ_BODY;
		rq->body_since_us = clock_mono_us();
		if (!head_check(rq, method, version))
			return send_refusal(rq); /* before the body: the connection ends */
		deadline_in(rq, SLOW_GRACE_US);
		return MHD_YES;
	}
	if (rq->phase == RQ_BODY && *n > 0) {
		bool go_on = body_take(rq, (str){data, *n});

		*n = 0;
		return go_on ? MHD_YES : MHD_NO;
	}
	if (rq->phase == RQ_BODY && rq->refuse_status)
		return send_refusal(rq);
	if (rq->phase == RQ_BODY)
		return dispatch(rq);
	if (rq->phase == RQ_ANSWERED)
		return send_answer(rq);
	return MHD_YES;
}

/* ---- on a worker ---- */

/* Gives the request back to its loop; it may be gone when this returns. */
static void hand_back(struct request *rq)
{
	struct MHD_Connection *mhd = rq->mhd;

	rq->phase = RQ_ANSWERED;
	MHD_resume_connection(mhd);
}

void request_run(void *srv, void *item)
{
	struct http_server *s = srv;
	struct request *rq = item;
	struct why why = {0};

	if (query_parse(&rq->arena, rq->query, PARAMS_MAX, &rq->params, &rq->params_n, &why) !=
	    ERR_OK)
		(void)refuse(rq, 400, "bad query string");
	else if (rq->spool_fd >= 0 && request_body(rq).p == NULL)
		(void)refuse(rq, 507, "no room for the request body");
	if (rq->refuse_status)
		answer_refusal(rq);
	else
		s->o.handle(s->o.ctx, rq);
	if (!rq->response)
		response_bytes(rq, 500, "text/plain; charset=utf-8", STR("no answer"));
	hand_back(rq);
}

void request_refuse(void *srv, void *item)
{
	struct request *rq = item;

	(void)srv;
	(void)refuse(rq, 503, "the server is busy, try again");
	answer_refusal(rq);
	hand_back(rq);
}

/* ---- reading ---- */

enum http_method request_method(const struct request *rq)
{
	return rq->method;
}
str request_method_text(const struct request *rq)
{
	return rq->method_text;
}
str request_path(const struct request *rq)
{
	return rq->path;
}
str request_query(const struct request *rq)
{
	return rq->query;
}
str request_peer(const struct request *rq)
{
	return str_c(rq->cn->peer);
}
bool request_is_tls(const struct request *rq)
{
	return rq->srv->o.tls_cert != NULL;
}
struct arena *request_arena(struct request *rq)
{
	return &rq->arena;
}
str request_id(const struct request *rq)
{
	return (str){rq->id, sizeof(rq->id)};
}
int64_t request_started_us(const struct request *rq)
{
	return rq->started_us;
}
void *request_get_user(const struct request *rq)
{
	return rq->user;
}
void request_set_user(struct request *rq, void *user)
{
	rq->user = user;
}

bool request_param_at(struct request *rq, const char *name, size_t index, str *ret)
{
	for (size_t i = 0; i < rq->params_n; i++)
		if (str_eq(rq->params[i][0], str_c(name)) && index-- == 0) {
			*ret = rq->params[i][1];
			return true;
		}
	return false;
}

bool request_param(struct request *rq, const char *name, str *ret)
{
	return request_param_at(rq, name, 0, ret);
}

size_t request_params(struct request *rq, str (**ret)[2])
{
	*ret = rq->params;
	return rq->params_n;
}

str request_header(struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->headers_n; i++)
		if (str_ieq(rq->headers[i].name, str_c(name)))
			return str_trim(rq->headers[i].value);
	return STR_NULL;
}

size_t request_header_count(struct request *rq, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < rq->headers_n; i++)
		n += str_ieq(rq->headers[i].name, str_c(name));
	return n;
}

str request_cookie(struct request *rq, const char *name)
{
	str value;

	for (size_t i = 0; i < rq->headers_n; i++)
		if (str_ieq(rq->headers[i].name, STR("cookie")) &&
		    cookie_find(rq->headers[i].value, str_c(name), &value))
			return value;
	return STR_NULL;
}

enum err request_form(struct request *rq, struct form_part **ret, size_t *ret_n, struct why *why)
{
	return form_parse(&rq->arena, request_header(rq, "content-type"), request_body(rq),
			  FORM_PARTS_MAX, ret, ret_n, why);
}

/* ---- answering ---- */

void response_header(struct request *rq, const char *name, str value)
{
	struct out_header *h = arena_new(&rq->arena, struct out_header);
	char *text = arena_cstr(&rq->arena, value);

	/* No value may end its line: a CR or LF from a file name would be the next field. */
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	h->name = arena_cstr(&rq->arena, str_c(name));
	h->value = text;
	h->next = rq->out;
	rq->out = h;
}

void answer_with(struct request *rq, int status, const char *media_type, struct MHD_Response *resp,
		 uint64_t bytes)
{
	struct out_header *first = NULL, *h = rq->out, *next;

	for (; h; h = next) { /* collected in reverse */
		next = h->next;
		h->next = first;
		first = h;
	}
	for (h = first; h; h = h->next)
		(void)MHD_add_response_header(resp, h->name, h->value);
	if (media_type)
		(void)MHD_add_response_header(resp, "Content-Type", media_type);
	(void)MHD_add_response_header(resp, "X-Request-Id", arena_cstr(&rq->arena, request_id(rq)));
	if (atomic_load(&rq->srv->draining))
		(void)MHD_add_response_header(resp, "Connection", "close");
	if (rq->response)
		MHD_destroy_response(rq->response); /* the last answer counts */
	rq->response = resp;
	rq->status = (unsigned)status;
	if (status >= 500)
		atomic_fetch_add(&rq->srv->responses_5xx, 1);
	else if (status >= 400)
		atomic_fetch_add(&rq->srv->responses_4xx, 1);
	deadline_in(rq, SLOW_GRACE_US + (int64_t)(bytes / SLOW_BYTES_PER_S) * US_PER_S);
}

void response_bytes(struct request *rq, int status, const char *media_type, str body)
{
	char *p = body.n ? (char *)(uintptr_t)body.p : (char *)(uintptr_t) "";

	answer_with(rq, status, media_type,
		    MHD_create_response_from_buffer(body.n, p, MHD_RESPMEM_PERSISTENT), body.n);
}

void response_empty(struct request *rq, int status)
{
	response_bytes(rq, status, NULL, STR(""));
}

void response_fd(struct request *rq, int status, const char *media_type, int fd, int64_t bytes)
{
	struct MHD_Response *r;

	if (bytes <= 0) { /* the library takes no empty file */
		fd_close(&fd);
		response_bytes(rq, status, media_type, STR(""));
		return;
	}
	r = MHD_create_response_from_fd64((uint64_t)bytes, fd);
	answer_with(rq, status, media_type, r, (uint64_t)bytes);
}
