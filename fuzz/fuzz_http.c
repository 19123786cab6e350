// SPDX-License-Identifier: Apache-2.0
/* Fuzzes what net reads from strangers. The first byte chooses: the small parsers (with their
 * promises checked), or a whole request over a Unix socket to a real server. */
#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/codec.h"
#include "net/asset.h"
#include "net/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fuzz_query(str in)
{
	str(*pairs)[2] = NULL;
	size_t n = 0;
	ARENA(a, 0);

	if (query_parse(&a, in, 16, &pairs, &n, NULL) != ERR_OK)
		return;
	assert(n <= 16);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < 2; k++)
			assert(utf8_valid(pairs[i][k]) && str_find_char(pairs[i][k], '\0') < 0);
}

static void fuzz_target(str in)
{
	str path, query;
	ARENA(a, 0);

	if (target_parse(&a, in, &path, &query) != ERR_OK)
		return;
	assert(path.n > 0 && (path.p[0] == '/' || str_eq(path, STR("*"))));
	assert(utf8_valid(path) && str_find(path, STR("/../")) < 0 && !str_ends(path, STR("/..")));
	assert(str_find_char(path, '\0') < 0 && str_find_char(path, '\\') < 0);
}

static void fuzz_cookie(str in)
{
	str v, name = STR("sid");

	if (cookie_find(in, name, &v))
		assert(v.n == 0 || (v.p >= in.p && v.p + v.n <= in.p + in.n));
}

/* The first line is the Content-Type, the rest the body. */
static void fuzz_form(str in)
{
	struct form_part *p = NULL;
	size_t n = 0;
	str type;
	ARENA(a, 0);

	if (!str_split(&in, '\n', &type) || form_parse(&a, type, in, 16, &p, &n, NULL) != ERR_OK)
		return;
	assert(n <= 16);
	for (size_t i = 0; i < n; i++)
		assert(utf8_valid(p[i].name) && p[i].data.n <= in.n);
}

static void fuzz_accept(str in)
{
	for (unsigned available = 1; available < 16; available += 2)
		assert(available >> asset_choose(in, available) & 1);
	(void)etag_listed(in, STR("W/\"a\""));
}

/* ---- a real server ---- */

static void handle(void *ctx, struct request *rq)
{
	struct form_part *p;
	size_t n;

	(void)ctx;
	assert(utf8_valid(request_path(rq)) && str_find_char(request_header(rq, "a"), '\0') < 0);
	(void)request_cookie(rq, "sid");
	if (request_form(rq, &p, &n, NULL) == ERR_OK && n > 0)
		response_header(rq, "X-Form", p[0].name);
	response_bytes(rq, 200, "text/plain", request_body(rq));
}

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct http_server *server;

static void server_end(void)
{
	http_stop(server, 1000);
	unlink(address.sun_path);
}

static void server_begin(void)
{
	struct http_options o = {.handle = handle,
				 .limits = {.loops = 1, .workers = 1, .body_bytes = 4096}};

	signal(SIGPIPE, SIG_IGN);
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/hikeshi-fuzz-%d.sock",
		 (int)getpid());
	unlink(address.sun_path); /* of a process of that number that was killed */
	o.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(o.listen_fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(o.listen_fd, 16) != 0 || http_start(&o, &server, NULL) != ERR_OK)
		abort();
	atexit(server_end);
}

/* A half-closed head that is not complete is cut by a time limit only: not waited for here. What
 * must hold for every input is that the server lives on and, in server_end, that it can be stopped.
 */
static void fuzz_request(str in)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char out[4096];
	ssize_t n = 1;

	if (!server)
		server_begin();
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send(fd, in.p, in.n, MSG_NOSIGNAL) >= 0) {
		shutdown(fd, SHUT_WR);
		while (n > 0) {
			if (poll(&p, 1, 20) != 1)
				break;
			n = read(fd, out, sizeof(out));
		}
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const targets[])(str in) = {fuzz_query, fuzz_target, fuzz_cookie,
						  fuzz_form,  fuzz_accept, fuzz_request};
	str in;
	char *copy;

	if (n == 0 || n > 65536)
		return 0;
	/* An own allocation without a NUL, so that a read past the end is seen. */
	copy = malloc(n - 1 ? n - 1 : 1);
	memcpy(copy, data + 1, n - 1);
	in = (str){copy, n - 1};
	targets[data[0] % ARRAY_LEN(targets)](in);
	free(copy);
	return 0;
}
