// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include "tests/check.h"
#include "tests/net/http_client.h"

#define H "Host: x\r\n"
#define C "Connection: close\r\n"

static void handle(void *ctx, struct request *rq)
{
	(void)ctx;
	response_bytes(rq, 200, "text/plain", request_path(rq));
}

static struct http_server *start(struct http_limits limits)
{
	struct http_options o = {
	    .address = "127.0.0.1:0", .listen_fd = -1, .limits = limits, .handle = handle};
	struct http_server *s = NULL;

	if (http_start(&o, &s, NULL) != ERR_OK)
		exit(1);
	return s;
}

/* What two programs could read in two ways is refused, whichever is right. */
static void refuses_what_a_proxy_could_read_otherwise(void)
{
	static const struct {
		int status;
		str request;
	} rows[] = {
	    {200, STR_INIT("GET /a HTTP/1.1\r\n" H C "\r\n")},
	    {200, STR_INIT("GET /a HTTP/1.1\n"
			   "Host: x\n"
			   "Connection: close\n\n")},
	    {200, STR_INIT("GET http://h/a HTTP/1.1\r\n" H C "\r\n")},
	    {200, STR_INIT("GET /a HTTP/1.0\r\n\r\n")},
	    {200, STR_INIT("PROPFIND /a HTTP/1.1\r\n" H C "\r\n")},
	    {200, STR_INIT("GET /a HTTP/1.1\r\n" H C "Empty:\r\nTab:\t a \t\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" C "\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H H C "\r\n")},
	    {400, STR_INIT("POST /a HTTP/1.1\r\n" H C
			   "Content-Length: 1\r\nContent-Length: 1\r\n\r\na")},
	    {400, STR_INIT("POST /a HTTP/1.1\r\n" H C
			   "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
			   "0\r\n\r\n")},
	    {400, STR_INIT("POST /a HTTP/1.1\r\n" H C "Content-Length: +1\r\n\r\na")},
	    {400, STR_INIT("POST /a HTTP/1.1\r\n" H C "Content-Length: 1, 1\r\n\r\na")},
	    {501, STR_INIT("POST /a HTTP/1.1\r\n" H C
			   "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
	    {400,
	     STR_INIT("POST /a HTTP/1.0\r\n" H C "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
	    {400,
	     STR_INIT("POST /a HTTP/1.1\r\n" H C "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Foo: a\r\n b\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Foo: a\r\n\tb\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n Foo: a\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Foo : a\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Foo: a\0b\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Foo: a\rb\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "Fo\0o: a\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "F(o: a\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C ": a\r\n\r\n")},
	    {400, STR_INIT("GET /a HTTP/1.1\r\n" H C "no colon\r\n\r\n")},
	    {400, STR_INIT("GET /a\0b HTTP/1.1\r\n" H C "\r\n")},
	    /* the library ends the connection without a word */
	    {0, STR_INIT("GET /a b HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a%zz HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a%2 HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a%00 HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a%2fb HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a/../b HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a/%2e%2E/b HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /%ff HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET a HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("CONNECT h:1 HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a?q=%z HTTP/1.1\r\n" H C "\r\n")},
	    {400, STR_INIT("GET /a?q=%ff HTTP/1.1\r\n" H C "\r\n")},
	};
	struct http_server *s = start((struct http_limits){0});

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(in);
		int got = client_once(http_port(s), rows[i].request, &in);

		if (got != rows[i].status)
			printf("# row %zu: %d instead of %d: %.60s\n", i, got, rows[i].status,
			       rows[i].request.p);
		CHECK(got == rows[i].status);
	}
	http_stop(s, 1000);
}

/* Requests that the library answers before we see their head end like all others. */
static void forgets_what_the_library_refuses(void)
{
	static const str rows[] = {
	    STR_INIT("GET /a HTTP/1.6\r\nHost: x\r\n\r\n"),
	    STR_INIT("GET /a HTTP/2.0\r\nHost: x\r\n\r\n"),
	    STR_INIT("GET +a?b=c HTTP/1.6\r\nCookie: sid=\"\r\n\r\n"),
	    STR_INIT("GET /a HTTP/1.1\r\nCookie: sid=\"\r\n\r\n"),
	};
	struct http_server *s = start((struct http_limits){0});

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		BUF(in);

		(void)client_once(http_port(s), rows[i], &in);
	}
	http_stop(s, 1000); /* which waits for all; leaks are the sanitizer's to see */
}

/* The second request of a connection is looked at as closely as the first. */
static void refuses_on_kept_connections_too(void)
{
	struct http_server *s = start((struct http_limits){0});
	int fd = client_connect(http_port(s));
	BUF(in);

	CHECK(client_send(fd, STR("POST /a HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nab"
				  "GET /b HTTP/1.1\r\n" H "X: 1\r\n\r\n"
				  "GET /c HTTP/1.1\r\n" H "X: 1\r\n 2\r\n\r\n"
				  "GET /never HTTP/1.1\r\n" H "\r\n")));
	CHECK(client_read_all(fd, &in));
	CHECK(str_find(buf_str(&in), STR("/b")) > 0);
	CHECK(str_find(buf_str(&in), STR("HTTP/1.1 400 ")) > 0);
	CHECK(str_find(buf_str(&in), STR("/never")) < 0);
	close(fd);
	http_stop(s, 1000);
}

static int status_of_sizes(unsigned port, size_t url, size_t field, unsigned fields)
{
	BUF(rq);
	BUF(in);

	buf_add(&rq, STR("GET /"));
	for (size_t i = 1; i < url; i++)
		buf_add_char(&rq, 'u');
	buf_add(&rq, STR(" HTTP/1.1\r\n" H C));
	for (unsigned k = 0; k < fields; k++) {
		buf_add(&rq, STR("X-Long: "));
		for (size_t i = 0; i < field; i++)
			buf_add_char(&rq, 'v');
		buf_add(&rq, STR("\r\n"));
	}
	buf_add(&rq, STR("\r\n"));
	return client_once(port, buf_str(&rq), &in);
}

static void limits_address_and_fields(void)
{
	struct http_server *s = start((struct http_limits){0});
	unsigned port = http_port(s);

	CHECK(status_of_sizes(port, 8192, 0, 0) == 200);
	CHECK(status_of_sizes(port, 8193, 0, 0) == 414);
	CHECK(status_of_sizes(port, 200000, 0, 0) == 414);
	CHECK(status_of_sizes(port, 1, 32000, 1) == 200);
	CHECK(status_of_sizes(port, 1, 33000, 1) == 431);
	CHECK(status_of_sizes(port, 1, 300000, 1) == 431);
	CHECK(status_of_sizes(port, 1, 5, 98) == 200);
	CHECK(status_of_sizes(port, 1, 5, 99) == 431);
	http_stop(s, 1000);
}

RUN_TESTS({"forgets what the library refuses", forgets_what_the_library_refuses},
	  {"refuses what a proxy could read otherwise", refuses_what_a_proxy_could_read_otherwise},
	  {"refuses on kept connections too", refuses_on_kept_connections_too},
	  {"limits address and fields", limits_address_and_fields})
