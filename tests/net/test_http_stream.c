// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tests/check.h"
#include "tests/net/http_client.h"

#define GET "GET /s HTTP/1.1\r\nHost: x\r\n\r\n"

/* What one stream's holder keeps. */
struct app {
	struct stream *_Atomic st;
	_Atomic int closed;
	bool release_in_close;
};

static void closed(void *ctx)
{
	struct app *app = ctx;

	atomic_fetch_add(&app->closed, 1);
	if (app->release_in_close)
		stream_release(atomic_exchange(&app->st, NULL));
}

static void handle(void *ctx, struct request *rq)
{
	struct app *app = ctx;
	struct stream *st;

	response_header(rq, "Cache-Control", STR("no-store"));
	st = response_stream(rq, "text/event-stream", closed, app);
	(void)stream_push(st, STR("event: hello\n\n"));
	atomic_store(&app->st, st);
}

static struct http_server *start(struct app *app)
{
	struct http_options o = {
	    .address = "127.0.0.1:0", .listen_fd = -1, .handle = handle, .ctx = app};
	struct http_server *s = NULL;

	if (http_start(&o, &s, NULL) != ERR_OK)
		exit(1);
	return s;
}

static bool has_stream(void *ctx)
{
	return atomic_load(&((struct app *)ctx)->st) != NULL;
}
static bool is_closed(void *ctx)
{
	return atomic_load(&((struct app *)ctx)->closed) > 0;
}
static bool no_streams(void *ctx)
{
	return http_counts(ctx).streams == 0;
}

static int open_stream(struct http_server *s, struct app *app, struct buf *in)
{
	int fd = client_connect(http_port(s));

	CHECK(client_send(fd, STR(GET)));
	CHECK(client_read_until(fd, in, STR("event: hello\n\n")));
	CHECK(wait_until(has_stream, app, 5000));
	return fd;
}

static void brings_events_at_once_and_in_order(void)
{
	struct app app = {0};
	struct http_server *s = start(&app);
	BUF(in);
	int fd = open_stream(s, &app, &in);
	int64_t slowest = 0;

	CHECK(answer_status(buf_str(&in)) == 200);
	CHECK(str_eq(answer_field(buf_str(&in), "content-type"), STR("text/event-stream")));
	CHECK(answer_field(buf_str(&in), "x-request-id").n == 20);
	for (int i = 0; i < 300; i++) {
		int64_t t0 = clock_mono_us();
		BUF(ev);

		buf_printf(&ev, "id: %d\ndata: %.*s\n\n", i, 100, "0123456789");
		buf_clear(&in);
		CHECK(stream_push(app.st, buf_str(&ev)));
		CHECK(client_read_until(fd, &in, buf_str(&ev)));
		if (clock_mono_us() - t0 > slowest)
			slowest = clock_mono_us() - t0;
	}
	CHECK(slowest < US_PER_S);
	CHECK(http_counts(s).streams == 1 && http_counts(s).in_flight == 0);
	stream_close(app.st);
	CHECK(client_read_until(fd, &in, STR("\r\n0\r\n\r\n")));
	CHECK(wait_until(is_closed, &app, 5000));
	CHECK(!stream_push(app.st, STR("late")));
	CHECK(app.closed == 1);
	/* The connection is as good as new. */
	stream_release(app.st);
	app.st = NULL;
	buf_clear(&in);
	CHECK(client_send(fd, STR(GET)));
	CHECK(client_read_until(fd, &in, STR("event: hello\n\n")));
	CHECK(wait_until(has_stream, &app, 5000));
	stream_release(app.st);
	CHECK(wait_until(no_streams, s, 5000));
	CHECK(app.closed == 1);
	close(fd);
	http_stop(s, 1000);
}

static void notices_a_client_that_left(void)
{
	struct app app = {.release_in_close = true};
	struct http_server *s = start(&app);
	BUF(in);
	int fd = open_stream(s, &app, &in);

	close(fd);
	CHECK(wait_until(is_closed, &app, 5000));
	CHECK(wait_until(no_streams, s, 5000));
	http_stop(s, 1000);
	CHECK(app.closed == 1 && !app.st);
}

static void closes_a_stream_that_is_not_read(void)
{
	struct app app = {0};
	struct http_server *s = start(&app);
	BUF(in);
	int fd = open_stream(s, &app, &in);
	static char event[1024];
	int pushed = 0;

	memset(event, 'e', sizeof(event));
	/* 64 KiB of ours and what the kernel holds for the socket. */
	while (pushed < 100000 && stream_push(app.st, (str){event, sizeof(event)}))
		pushed++;
	CHECK(pushed >= 64 && pushed < 100000);
	CHECK(!stream_push(app.st, STR("x")));
	close(fd);
	CHECK(wait_until(is_closed, &app, 5000));
	stream_release(app.st);
	http_stop(s, 1000);
}

static void ends_streams_when_stopped(void)
{
	struct app app[20] = {0};
	struct http_server *s;
	int fd[20];
	struct app one = {0};
	BUF(in);

	s = start(&one);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		buf_clear(&in);
		fd[i] = open_stream(s, &one, &in);
		app[i].st = atomic_exchange(&one.st, NULL);
	}
	CHECK(http_counts(s).streams == 20);
	http_stop(s, 2000);
	CHECK(one.closed == 20);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		buf_clear(&in);
		CHECK(client_read_all(fd[i], &in));
		CHECK(str_ends(buf_str(&in), STR("0\r\n\r\n")));
		CHECK(!stream_push(app[i].st, STR("late")));
		stream_release(app[i].st);
		close(fd[i]);
	}
}

static void *push_many(void *arg)
{
	struct app *app = arg;

	for (int i = 0; i < 2000; i++) {
		(void)stream_push(app->st, STR("data: 1\n\n"));
		if (i % 16 == 0)
			usleep(100);
	}
	return NULL;
}

/* Pushes from several threads while the loop sends, sleeps and wakes: nothing is lost or torn. */
static void takes_pushes_from_several_threads(void)
{
	struct app app = {0};
	struct http_server *s = start(&app);
	BUF(in);
	int fd = open_stream(s, &app, &in);
	pthread_t t[4];
	size_t events = 0;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CHECK(pthread_create(&t[i], NULL, push_many, &app) == 0);
	while (events < 8000) {
		str rest;
		ptrdiff_t at;

		buf_clear(&in);
		if (!client_read_until(fd, &in, STR("\n")))
			break;
		rest = buf_str(&in);
		/* A chunk may cut an event; its letter "d" is counted once anyway. */
		while ((at = str_find_char(rest, '1')) >= 0) {
			events += at > 0 && rest.p[at - 1] == ' ';
			rest = str_from(rest, (size_t)at + 1);
		}
		if (events > 7900)
			break;
	}
	CHECK(events > 7900);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_join(t[i], NULL);
	stream_release(app.st);
	close(fd);
	http_stop(s, 1000);
}

static void pings_every_15_seconds(void)
{
	struct app app = {0};
	struct http_server *s = start(&app);
	BUF(in);
	int64_t t0 = clock_mono_us();
	int fd = open_stream(s, &app, &in);
	struct timeval tv = {.tv_sec = 20};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	CHECK(client_read_until(fd, &in, STR(": ping\n\n")));
	CHECK(clock_mono_us() - t0 > 14 * US_PER_S);
	stream_release(app.st);
	close(fd);
	http_stop(s, 1000);
}

RUN_TESTS({"brings events at once and in order", brings_events_at_once_and_in_order},
	  {"notices a client that left", notices_a_client_that_left},
	  {"closes a stream that is not read", closes_a_stream_that_is_not_read},
	  {"ends streams when stopped", ends_streams_when_stopped},
	  {"takes pushes from several threads", takes_pushes_from_several_threads},
	  {"pings every 15 seconds", pings_every_15_seconds})
