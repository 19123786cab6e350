// SPDX-License-Identifier: Apache-2.0
/* http_client: raw bytes over a real socket, for tests of the server. Everything has a time-out of
 * ten seconds, so that a test fails instead of hanging. Each function is static; a test uses what
 * it needs. */
#ifndef TESTS_NET_HTTP_CLIENT_H
#define TESTS_NET_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/http.h"

#define UNUSED_OK __attribute__((unused))

static int client_connect(unsigned port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval tv = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

UNUSED_OK static bool client_send(int fd, str s)
{
	while (s.n > 0) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

/* Reads until text appears (true), the other side closes or the time is over. */
UNUSED_OK static bool client_read_until(int fd, struct buf *in, str text)
{
	while (str_find(buf_str(in), text) < 0) {
		char part[16384];
		ssize_t n = recv(fd, part, sizeof(part), 0);

		if (n <= 0)
			return false;
		buf_add_bytes(in, part, (size_t)n);
	}
	return true;
}

/* Reads until the other side closes; false on a time-out or reset. */
UNUSED_OK static bool client_read_all(int fd, struct buf *in)
{
	char part[16384];
	ssize_t n;

	while ((n = recv(fd, part, sizeof(part), 0)) > 0)
		buf_add_bytes(in, part, (size_t)n);
	return n == 0;
}

/* Status of the answer at the start of text, 0 when there is none. */
UNUSED_OK static int answer_status(str text)
{
	uint64_t v;

	if (!str_starts(text, STR("HTTP/1.")) || str_u64(str_slice(text, 9, 3), &v) != ERR_OK)
		return 0;
	return (int)v;
}

/* Value of a field of the first answer in text; empty when absent. */
UNUSED_OK static str answer_field(str text, const char *name)
{
	str line;

	while (str_split(&text, '\n', &line)) {
		line = str_trim(line);
		if (line.n == 0)
			break;
		if (str_skip_iprefix(&line, str_c(name)) && line.n && line.p[0] == ':')
			return str_trim(str_from(line, 1));
	}
	return STR_NULL;
}

UNUSED_OK static str answer_body(str text)
{
	ptrdiff_t at = str_find(text, STR("\r\n\r\n"));

	return at < 0 ? STR_NULL : str_from(text, (size_t)at + 4);
}

/* One answer with Content-Length from a connection that stays open, cut off the front of *in. */
UNUSED_OK static int client_answer(int fd, struct buf *in, struct buf *ret_body)
{
	uint64_t n = 0;
	size_t head;
	int status;

	if (!client_read_until(fd, in, STR("\r\n\r\n")))
		return 0;
	head = (size_t)str_find(buf_str(in), STR("\r\n\r\n")) + 4;
	status = answer_status(buf_str(in));
	if (str_u64(answer_field(buf_str(in), "content-length"), &n) != ERR_OK)
		n = 0;
	while (in->n < head + n) {
		char part[16384];
		ssize_t got = recv(fd, part, sizeof(part), 0);

		if (got <= 0)
			return 0;
		buf_add_bytes(in, part, (size_t)got);
	}
	buf_clear(ret_body);
	buf_add(ret_body, str_slice(buf_str(in), head, (size_t)n));
	memmove(in->p, in->p + head + n, in->n - head - n);
	in->n -= head + n;
	return status;
}

/* Sends one request on a new connection and reads to its end (ask for Connection: close). */
UNUSED_OK static int client_once(unsigned port, str request, struct buf *in)
{
	int fd = client_connect(port);

	buf_clear(in);
	if (fd < 0)
		return 0;
	(void)client_send(fd, request);
	(void)client_read_all(fd, in);
	close(fd);
	return answer_status(buf_str(in));
}

UNUSED_OK static bool wait_until(bool (*cond)(void *ctx), void *ctx, unsigned ms)
{
	for (unsigned i = 0; i < ms / 10; i++) {
		if (cond(ctx))
			return true;
		usleep(10000);
	}
	return cond(ctx);
}

#endif
