// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/un.h>

#include "base/clock.h"
#include "tests/check.h"
#include "tests/net/http_client.h"

#define CLOSE "Host: x\r\nConnection: close\r\n"

struct app {
	_Atomic int slow_running, slow_done;
};

/* Says back what it was asked, so that tests see what a handler sees. */
static void echo(struct request *rq)
{
	struct arena *a = request_arena(rq);
	str v = STR(""), second = STR("");

	(void)request_param(rq, "q", &v);
	(void)request_param_at(rq, "q", 1, &second);
	response_header(rq, "ETag", STR("\"r41\""));
	response_bytes(rq, 200, "text/plain",
		       arena_printf(a, "%.*s %.*s q=%.*s,%.*s x=%.*s c=%.*s peer=%.*s n=%zu",
				    STR_ARG(request_method_text(rq)), STR_ARG(request_path(rq)),
				    STR_ARG(v), STR_ARG(second),
				    STR_ARG(request_header(rq, "x-test")),
				    STR_ARG(request_cookie(rq, "sid")), STR_ARG(request_peer(rq)),
				    request_body(rq).n));
}

/* A checksum that depends on the place of every byte. */
static uint64_t sum_of(str s)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h;
}

static void handle(void *ctx, struct request *rq)
{
	struct app *app = ctx;
	str path = request_path(rq);

	if (str_eq(path, STR("/sum"))) {
		response_bytes(rq, 200, "text/plain",
			       arena_printf(request_arena(rq), "%llu",
					    (unsigned long long)sum_of(request_body(rq))));
	} else if (str_eq(path, STR("/slow"))) {
		atomic_fetch_add(&app->slow_running, 1);
		usleep(300000);
		atomic_fetch_add(&app->slow_done, 1);
		response_bytes(rq, 200, "text/plain", STR("slow"));
	} else if (str_eq(path, STR("/file"))) {
		int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

		response_fd(rq, 200, "application/octet-stream", fd, 100000);
	} else if (str_eq(path, STR("/inject"))) {
		response_header(rq, "X-Name", STR("a\r\nSet-Cookie: evil=1"));
		response_empty(rq, 204);
	} else if (!str_eq(path, STR("/nothing"))) {
		echo(rq);
	}
}

static size_t small_body(void *ctx, enum http_method m, str path)
{
	(void)ctx;
	(void)m;
	return str_eq(path, STR("/tiny")) ? 10 : 0;
}

static struct http_server *start(struct app *app, struct http_limits limits)
{
	struct http_options o = {.address = "127.0.0.1:0",
				 .listen_fd = -1,
				 .limits = limits,
				 .handle = handle,
				 .body_limit = small_body,
				 .ctx = app};
	struct http_server *s = NULL;
	struct why why = {0};

	if (http_start(&o, &s, &why) != ERR_OK) {
		printf("# %s\n", why.text);
		exit(1);
	}
	return s;
}

static void hands_over_what_was_asked(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0});
	BUF(in);

	CHECK(client_once(http_port(s),
			  STR("GET /a%20b/%E3%81%82?q=1+2&q=%26 HTTP/1.1\r\n" CLOSE
			      "X-Test:  yes \r\nCookie: a=b; sid=s3\r\n\r\n"),
			  &in) == 200);
	CHECK(str_eq(answer_body(buf_str(&in)),
		     STR("GET /a b/あ q=1 2,& x=yes c=s3 peer=127.0.0.1 n=0")));
	CHECK(str_eq(answer_field(buf_str(&in), "etag"), STR("\"r41\"")));
	CHECK(str_starts(answer_field(buf_str(&in), "x-request-id"), STR("req-")));
	CHECK(answer_field(buf_str(&in), "x-request-id").n == 20);
	CHECK(str_ends(answer_field(buf_str(&in), "date"), STR(" GMT")));
	CHECK(client_once(http_port(s), STR("HEAD /x HTTP/1.1\r\n" CLOSE "\r\n"), &in) == 200);
	CHECK(answer_body(buf_str(&in)).n == 0);
	CHECK(answer_field(buf_str(&in), "content-length").n > 0);
	CHECK(client_once(http_port(s), STR("GET /nothing HTTP/1.1\r\n" CLOSE "\r\n"), &in) == 500);
	CHECK(client_once(http_port(s), STR("GET /inject HTTP/1.1\r\n" CLOSE "\r\n"), &in) == 204);
	CHECK(answer_field(buf_str(&in), "set-cookie").n == 0);
	CHECK(client_once(http_port(s), STR("GET /file HTTP/1.1\r\n" CLOSE "\r\n"), &in) == 200);
	CHECK(answer_body(buf_str(&in)).n == 100000);
	CHECK(str_starts(answer_body(buf_str(&in)), STR("\177ELF")));
	CHECK(http_counts(s).requests == 5);
	CHECK(http_counts(s).responses_5xx == 1);
	http_stop(s, 1000);
}

static void keeps_connections_and_answers_pipelines_in_order(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0});
	int fd = client_connect(http_port(s));
	BUF(in);
	BUF(body);
	BUF(all);

	for (int i = 0; i < 50; i++)
		buf_printf(&all, "POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%.*s",
			   i, i % 7, i % 7, "abcdefg");
	CHECK(client_send(fd, buf_str(&all)));
	for (int i = 0; i < 50; i++) {
		BUF(want);

		buf_printf(&want, "POST /%d q=, x= c= peer=127.0.0.1 n=%d", i, i % 7);
		CHECK(client_answer(fd, &in, &body) == 200);
		CHECK(str_eq(buf_str(&body), buf_str(&want)));
	}
	/* HTTP/1.0 works too, and keeps the connection only on request. */
	CHECK(client_send(fd, STR("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")));
	CHECK(client_answer(fd, &in, &body) == 200);
	CHECK(client_send(fd, STR("GET /old HTTP/1.0\r\n\r\n")));
	CHECK(client_answer(fd, &in, &body) == 200);
	CHECK(client_read_all(fd, &in));
	close(fd);
	http_stop(s, 1000);
}

/* Both ways of framing, below and above the size that is spooled to a file. */
static void takes_bodies_of_every_size_whole(void)
{
	static const size_t sizes[] = {1, 1000, 256 << 10, (256 << 10) + 1, 5 << 20};
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0});

	for (size_t i = 0; i < ARRAY_LEN(sizes) * 2; i++) {
		size_t n = sizes[i / 2];
		int fd = client_connect(http_port(s));
		BUF(data);
		BUF(in);
		BUF(body);
		BUF(want);

		for (size_t k = 0; k < n; k++)
			buf_add_char(&data, (char)(k * 31 + k / 251));
		if (i % 2 == 0) {
			BUF(head);

			buf_printf(&head,
				   "POST /sum HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
				   "Content-Length: %zu\r\n\r\n",
				   n);
			CHECK(client_send(fd, buf_str(&head)));
			CHECK(client_read_until(fd, &in, STR("\r\n\r\n")));
			CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 100 ")));
			buf_clear(&in);
			CHECK(client_send(fd, buf_str(&data)));
		} else {
			CHECK(client_send(fd, STR("POST /sum HTTP/1.1\r\nHost: x\r\n"
						  "Transfer-Encoding: chunked\r\n\r\n")));
			for (size_t at = 0; at < n; at += 70001) {
				str part = str_slice(buf_str(&data), at, 70001);
				BUF(chunk);

				buf_printf(&chunk, "%zx\r\n", part.n);
				buf_add(&chunk, part);
				buf_add(&chunk, STR("\r\n"));
				CHECK(client_send(fd, buf_str(&chunk)));
			}
			CHECK(client_send(fd, STR("0\r\n\r\n")));
		}
		buf_printf(&want, "%llu", (unsigned long long)sum_of(buf_str(&data)));
		CHECK(client_answer(fd, &in, &body) == 200);
		CHECK(str_eq(buf_str(&body), buf_str(&want)));
		close(fd);
	}
	http_stop(s, 1000);
}

static void limits_bodies_by_route(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){.body_bytes = 1000});
	unsigned port = http_port(s);
	BUF(in);

	CHECK(client_once(
		  port, STR("POST /tiny HTTP/1.1\r\n" CLOSE "Content-Length: 10\r\n\r\n0123456789"),
		  &in) == 200);
	CHECK(client_once(
		  port,
		  STR("POST /tiny HTTP/1.1\r\n" CLOSE "Content-Length: 11\r\n\r\n0123456789a"),
		  &in) == 413);
	/* Refused before anything is sent, so that no client uploads in vain. */
	CHECK(client_once(port,
			  STR("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
			      "Content-Length: 99999999999\r\n\r\n"),
			  &in) == 413);
	CHECK(client_once(port,
			  STR("POST /tiny HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
			      "6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n"),
			  &in) == 413);
	CHECK(http_counts(s).rejected == 3);
	http_stop(s, 1000);
}

struct client {
	unsigned port;
	_Atomic int *good;
};

static void *client_run(void *arg)
{
	struct client *c = arg;
	int fd = client_connect(c->port);
	BUF(in);
	BUF(body);

	for (int i = 0; i < 10; i++) {
		BUF(rq);
		BUF(want);

		buf_printf(&rq, "GET /c?q=%d HTTP/1.1\r\nHost: x\r\n\r\n", i);
		buf_printf(&want, "GET /c q=%d, x= c= peer=127.0.0.1 n=0", i);
		if (!client_send(fd, buf_str(&rq)) || client_answer(fd, &in, &body) != 200 ||
		    !str_eq(buf_str(&body), buf_str(&want)))
			break;
		atomic_fetch_add(c->good, 1);
	}
	close(fd);
	return NULL;
}

static void serves_200_clients_at_once(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0});
	_Atomic int good = 0;
	struct client c = {http_port(s), &good};
	pthread_t t[200];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CHECK(pthread_create(&t[i], NULL, client_run, &c) == 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_join(t[i], NULL);
	CHECK(good == 2000);
	http_stop(s, 1000);
}

static void answers_503_when_the_queue_is_full(void)
{
	struct app app = {0};
	struct http_server *s =
	    start(&app, (struct http_limits){.workers = 1, .queue = 1, .loops = 1});
	int fd[6], busy = 0, ok = 0;

	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = client_connect(http_port(s));
		CHECK(client_send(fd[i], STR("GET /slow HTTP/1.1\r\n" CLOSE "\r\n")));
	}
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		BUF(in);

		CHECK(client_read_all(fd[i], &in));
		ok += answer_status(buf_str(&in)) == 200;
		if (answer_status(buf_str(&in)) == 503) {
			busy++;
			CHECK(str_eq(answer_field(buf_str(&in), "retry-after"), STR("1")));
		}
		close(fd[i]);
	}
	CHECK(ok >= 1 && busy >= 3 && ok + busy == 6);
	http_stop(s, 1000);
}

/* A byte now and then must not hold a connection: the limit is on the whole head. */
static void cuts_a_client_that_drips_its_head(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){.head_timeout_s = 1});
	int fd = client_connect(http_port(s));
	int64_t t0 = clock_mono_us();
	bool open = client_send(fd, STR("GET /slowloris HTTP/1.1\r\n"));
	BUF(in);

	while (open && clock_mono_us() - t0 < 8 * US_PER_S) {
		char c;

		open = client_send(fd, STR("X")) && recv(fd, &c, 1, MSG_DONTWAIT) != 0;
		usleep(100000);
	}
	CHECK(clock_mono_us() - t0 >= US_PER_S);
	CHECK(!open); /* cut off, not waited for until the loop ended */
	close(fd);
	http_stop(s, 1000);
}

static void limits_connections_of_one_address(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){.per_address = 3});
	int fd[4], served = 0;

	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		BUF(in);
		BUF(body);

		fd[i] = client_connect(http_port(s));
		(void)client_send(fd[i], STR("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"));
		served += client_answer(fd[i], &in, &body) == 200;
	}
	CHECK(served == 3);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
	http_stop(s, 1000);
}

static bool slow_runs(void *ctx)
{
	return atomic_load(&((struct app *)ctx)->slow_running) > 0;
}

static void finishes_what_runs_when_stopped(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0});
	unsigned port = http_port(s);
	int fd = client_connect(port);
	BUF(in);

	CHECK(client_send(fd, STR("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")));
	CHECK(wait_until(slow_runs, &app, 5000));
	http_stop(s, 5000);
	CHECK(app.slow_done == 1);
	CHECK(client_read_all(fd, &in));
	CHECK(answer_status(buf_str(&in)) == 200);
	CHECK(str_ieq(answer_field(buf_str(&in), "connection"), STR("close")));
	close(fd);
	CHECK(client_connect(port) < 0);
}

static void refuses_what_waits_when_the_time_is_over(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){.workers = 1});
	int fd[4], ok = 0, busy = 0;

	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = client_connect(http_port(s));
		CHECK(client_send(fd[i], STR("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")));
	}
	while (http_counts(s).in_flight < 4)
		usleep(1000);
	usleep(50000);
	http_stop(s, 0);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		BUF(in);

		(void)client_read_all(fd[i], &in);
		ok += answer_status(buf_str(&in)) == 200;
		busy += answer_status(buf_str(&in)) == 503;
		close(fd[i]);
	}
	CHECK(ok >= 1 && ok + busy == 4);
}

static void says_why_it_cannot_listen(void)
{
	struct app app = {0};
	struct http_server *s = start(&app, (struct http_limits){0}), *t = NULL;
	struct why why = {0};
	char address[64];
	struct http_options o = {.address = address, .listen_fd = -1, .handle = handle};

	snprintf(address, sizeof(address), "127.0.0.1:%u", http_port(s));
	CHECK(http_start(&o, &t, &why) == ERR_BUSY);
	CHECK(str_find(str_c(why.text), STR("another program")) >= 0);
	o.address = "localhost";
	CHECK(http_start(&o, &t, NULL) == ERR_INVALID);
	o.address = "127.0.0.1:70000";
	CHECK(http_start(&o, &t, NULL) == ERR_INVALID);
	o.address = "127.0.0.1:0";
	o.tls_cert = o.tls_key = "/dev/null";
	CHECK(http_start(&o, &t, NULL) == ERR_INVALID);
	CHECK(t == NULL);
	http_stop(s, 1000);
}

static void serves_a_unix_socket_it_is_given(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct app app = {0};
	struct http_options o = {.handle = handle, .ctx = &app};
	struct http_server *s = NULL;
	int fd;
	BUF(in);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "/tmp/hikeshi-test-%d.sock", (int)getpid());
	o.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(o.listen_fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	CHECK(listen(o.listen_fd, 16) == 0);
	CHECK(http_start(&o, &s, NULL) == ERR_OK);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	CHECK(client_send(fd, STR("GET /u HTTP/1.1\r\n" CLOSE "\r\n")));
	CHECK(client_read_all(fd, &in));
	CHECK(str_eq(answer_body(buf_str(&in)), STR("GET /u q=, x= c= peer=unix n=0")));
	close(fd);
	http_stop(s, 1000);
	unlink(sa.sun_path);
}

RUN_TESTS({"hands over what was asked", hands_over_what_was_asked},
	  {"keeps connections and answers pipelines in order",
	   keeps_connections_and_answers_pipelines_in_order},
	  {"takes bodies of every size whole", takes_bodies_of_every_size_whole},
	  {"limits bodies by route", limits_bodies_by_route},
	  {"serves 200 clients at once", serves_200_clients_at_once},
	  {"answers 503 when the queue is full", answers_503_when_the_queue_is_full},
	  {"cuts a client that drips its head", cuts_a_client_that_drips_its_head},
	  {"limits the connections of one address", limits_connections_of_one_address},
	  {"finishes what runs when stopped", finishes_what_runs_when_stopped},
	  {"refuses what waits when the time is over", refuses_what_waits_when_the_time_is_over},
	  {"says why it cannot listen", says_why_it_cannot_listen},
	  {"serves a Unix socket it is given", serves_a_unix_socket_it_is_given})
