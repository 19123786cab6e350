// SPDX-License-Identifier: Apache-2.0
/* Requests a second: CLIENTS connections that stay open, a thread each, the same GET again and
 * again; every answer must be 200. Prints the rate and the middle and 99th answer in milliseconds.
 * usage: bench_http PORT PATH SECONDS CLIENTS NAME [HEADER] */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"

#define MAX_CLIENTS 64
#define MAX_TIMES 100000
#define ROOM (1u << 20)

struct client {
	pthread_t thread;
	int fd;
	str request;
	double until, *times;
	size_t n;
	char *room;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench_http: %s\n", what);
	exit(1);
}

/* Bytes of the whole answer whose head is in text, 0 while the head is not complete. */
static size_t answer_bytes(str text)
{
	ptrdiff_t end = str_find(text, STR("\r\n\r\n")), at;
	int64_t length = 0;

	if (end < 0)
		return 0;
	if (!str_starts(text, STR("HTTP/1.1 200 ")))
		fail("an answer is not 200");
	at = str_find(str_slice(text, 0, (size_t)end), STR("Content-Length: "));
	if (at < 0)
		fail("an answer has no Content-Length");
	str digits = str_from(text, (size_t)at + 16);

	if (str_i64(str_slice(digits, 0, (size_t)str_find(digits, STR("\r"))), &length))
		fail("a Content-Length is no number");
	return (size_t)end + 4 + (size_t)length;
}

static void ask(struct client *c)
{
	size_t have = 0, want = 0;

	if (send(c->fd, c->request.p, c->request.n, MSG_NOSIGNAL) != (ssize_t)c->request.n)
		fail("cannot send");
	while (!want || have < want) {
		ssize_t n = recv(c->fd, c->room + have, ROOM - have, 0);

		if (n <= 0)
			fail("the server ended a connection, or an answer is too large");
		have += (size_t)n;
		want = want ? want : answer_bytes((str){c->room, have});
	}
}

static void *client_main(void *arg)
{
	struct client *c = arg;

	for (double start = bench_now(); start < c->until && c->n < MAX_TIMES; c->n++) {
		ask(c);
		double end = bench_now();

		c->times[c->n] = end - start;
		start = end;
	}
	return NULL;
}

static int connected(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		fail("cannot connect");
	return fd;
}

static void say(const char *name, const char *what, double value)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s_%s", name, what);
	bench_say(text, value);
}

int main(int argc, char **argv)
{
	static struct client c[MAX_CLIENTS];
	struct arena a;

	if (argc < 6) {
		fprintf(stderr, "usage: bench_http PORT PATH SECONDS CLIENTS NAME [HEADER]\n");
		return 2;
	}
	size_t n = strtoul(argv[4], NULL, 10), total = 0;

	arena_init(&a, 0);
	if (!n || n > MAX_CLIENTS)
		fail("1 to 64 clients");
	double *all = arena_array(&a, double, n *MAX_TIMES), start = bench_now();

	for (size_t i = 0; i < n; i++) {
		c[i] = (struct client){
		    .fd = connected(argv[1]),
		    .request = arena_printf(&a, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n%s%s\r\n",
					    argv[2], argv[1], argc > 6 ? argv[6] : "",
					    argc > 6 ? "\r\n" : ""),
		    .until = start + strtod(argv[3], NULL),
		    .times = arena_array(&a, double, MAX_TIMES),
		    .room = arena_array(&a, char, ROOM)};
		if (pthread_create(&c[i].thread, NULL, client_main, &c[i]))
			fail("cannot start a thread");
	}
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(c[i].thread, NULL);
		(void)close(c[i].fd);
		memcpy(all + total, c[i].times, c[i].n * sizeof(double));
		total += c[i].n;
	}
	say(argv[5], "per_s", (double)total / (bench_now() - start));
	say(argv[5], "p50_ms", bench_percentile(all, total, 0.5) * 1e3);
	say(argv[5], "p99_ms", bench_percentile(all, total, 0.99) * 1e3);
	arena_done(&a);
	return 0;
}
