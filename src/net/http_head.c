// SPDX-License-Identifier: Apache-2.0
/* What libmicrohttpd 0.9.75 lets pass and RFC 9112 does not: it drops folded continuations, cuts
 * values at NUL, takes blanks before a colon, takes the first of several Content-Length fields and
 * any Transfer-Encoding. Each of these is a way to smuggle a request past a proxy, so the head is
 * checked here against where it stands in the library's buffer. */
#include "net/form.h"
#include "net/http_internal.h"

static const struct {
	str text;
	enum http_method method;
} methods[] = {
    {STR_INIT("GET"), HTTP_GET},         {STR_INIT("HEAD"), HTTP_HEAD},
    {STR_INIT("POST"), HTTP_POST},       {STR_INIT("PUT"), HTTP_PUT},
    {STR_INIT("PATCH"), HTTP_PATCH},     {STR_INIT("DELETE"), HTTP_DELETE},
    {STR_INIT("OPTIONS"), HTTP_OPTIONS},
};

struct collect {
	struct request *rq;
	size_t bytes;
	bool too_many;
};

static enum MHD_Result collect_header(void *ctx, enum MHD_ValueKind kind, const char *name,
				      size_t name_n, const char *value, size_t value_n)
{
	struct collect *c = ctx;
	struct request *rq = c->rq;

	(void)kind;
	if (rq->headers_n == HEADERS_MAX) {
		c->too_many = true;
		return MHD_NO;
	}
	rq->headers[rq->headers_n++] = (struct rq_header){{name, name_n}, {value, value_n}};
	c->bytes += name_n + value_n + 4;
	return MHD_YES;
}

static bool headers_collect(struct request *rq)
{
	struct collect c = {.rq = rq};

	rq->headers = arena_array(&rq->arena, struct rq_header, HEADERS_MAX);
	MHD_get_connection_values_n(rq->mhd, MHD_HEADER_KIND, collect_header, &c);
	if (c.too_many || c.bytes > rq->srv->o.limits.header_bytes)
		return refuse(rq, 431, "request header fields too large");
	return true;
}

/* The library parses in place: a line's CR LF or LF became NULs and nothing else may lie between
 * two fields. The first field stands behind the version, the empty line ends the head. */
static bool headers_contiguous(const struct request *rq, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(rq->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	const char *at = version + strlen(version), *end;

	if (!info || version != rq->raw_target + rq->target.n + 1)
		return false;
	end = method + info->header_size;
	for (size_t i = 0; i < rq->headers_n; i++) {
		str name = rq->headers[i].name, value = rq->headers[i].value;
		const char *p = name.p + name.n + 1;

		if ((name.p != at + 1 && name.p != at + 2) || value.p < p || value.p >= end)
			return false;
		for (; p < value.p; p++)
			if (*p != ' ' && *p != '\t')
				return false;
		at = value.p + value.n;
	}
	if (end - at < 2 || end - at > 4)
		return false;
	for (; at < end; at++)
		if (*at != '\0')
			return false;
	return true;
}

static bool value_plain(str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < ' ' && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return true;
}

/* RFC 9112 6.1, 6.3: the length of the body must be known in one way only. */
static bool framing_check(struct request *rq, const char *version)
{
	size_t lengths = request_header_count(rq, "content-length");
	size_t codings = request_header_count(rq, "transfer-encoding");
	uint64_t n = 0;

	if (lengths + codings > 1)
		return refuse(rq, 400, "more than one Content-Length or Transfer-Encoding");
	if (codings && !str_ieq(request_header(rq, "transfer-encoding"), STR("chunked")))
		return refuse(rq, 501, "transfer encoding not supported");
	if (codings && strcmp(version, "HTTP/1.1") != 0)
		return refuse(rq, 400, "Transfer-Encoding needs HTTP/1.1");
	if (lengths && str_u64(request_header(rq, "content-length"), &n) != ERR_OK)
		return refuse(rq, 400, "bad Content-Length");
	if (n > rq->body_limit) {
		rq->refuse_status = 413;
		rq->refuse_text = "request body too large";
		/* A little too large: read it, so that the client reads the answer. */
		return n <= rq->body_limit + SWALLOW_BYTES;
	}
	return true;
}

static bool host_check(struct request *rq, const char *version)
{
	size_t hosts = request_header_count(rq, "host");

	if (hosts > 1 || (hosts == 0 && strcmp(version, "HTTP/1.1") == 0))
		return refuse(rq, 400, "exactly one Host field is needed");
	return true;
}

static bool target_check(struct request *rq, const char *method)
{
	rq->method_text = str_c(method);
	rq->method = HTTP_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (str_eq(rq->method_text, methods[i].text))
			rq->method = methods[i].method;
	if (rq->target.n > rq->srv->o.limits.url_bytes)
		return refuse(rq, 414, "address too long");
	if (!token_valid(rq->method_text))
		return refuse(rq, 400, "bad method");
	if (target_parse(&rq->arena, rq->target, &rq->path, &rq->query) != ERR_OK)
		return refuse(rq, 400, "bad request target");
	return true;
}

bool head_check(struct request *rq, const char *method, const char *version)
{
	const struct http_options *o = &rq->srv->o;

	if (!target_check(rq, method) || !headers_collect(rq))
		return false;
	if (!headers_contiguous(rq, method, version))
		return refuse(rq, 400, "malformed header");
	for (size_t i = 0; i < rq->headers_n; i++)
		if (!token_valid(rq->headers[i].name) || !value_plain(rq->headers[i].value))
			return refuse(rq, 400, "malformed header field");
	if (!host_check(rq, version))
		return false;
	rq->body_limit = o->body_limit ? o->body_limit(o->ctx, rq->method, rq->path) : 0;
	if (rq->body_limit == 0)
		rq->body_limit = o->limits.body_bytes;
	return framing_check(rq, version);
}
