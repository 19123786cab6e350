// SPDX-License-Identifier: Apache-2.0
/* client: against the real server: what is pinned is demanded, a client's certificate arrives,
 * sizes and times are bounded, and addresses that may not be reached are not. */
#include "net/client.h"

#include <unistd.h>

#include "base/file.h"
#include "net/http.h"
#include "tests/check.h"

#define BIG 200000

struct world {
	struct arena a;
	char dir[64], cert[128], key[128];
	str cert_pem, key_pem;
	struct digest spki;
	struct http_server *http;
	unsigned port;
};

static void handle(void *ctx, struct request *rq)
{
	str path = request_path(rq);
	struct digest d;

	(void)ctx;
	if (str_eq(path, STR("/redirect"))) {
		response_header(rq, "Location", STR("/who"));
		response_empty(rq, 302);
	} else if (str_eq(path, STR("/big"))) {
		char *p = arena_alloc(request_arena(rq), BIG);

		memset(p, 'b', BIG);
		response_bytes(rq, 200, "text/plain", (str){p, BIG});
	} else if (str_eq(path, STR("/slow"))) {
		usleep(1500000);
		response_empty(rq, 204);
	} else if (str_eq(path, STR("/echo"))) {
		response_header(rq, "X-Asked", request_header(rq, "X-Ask"));
		response_bytes(rq, 201, "text/plain", request_body(rq));
	} else {
		bool there = request_peer_spki(rq, &d);

		response_bytes(rq, 200, "application/octet-stream",
			       there ? arena_str(request_arena(rq), digest_str(&d))
				     : STR("nobody"));
	}
}

static bool world_open(struct world *w, bool tls)
{
	struct http_options o = {.address = "127.0.0.1:0", .listen_fd = -1, .handle = handle};
	struct why why = {0};
	bool ok;

	memset(w, 0, sizeof(*w));
	arena_init(&w->a, 0);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/hikeshi-test-XXXXXX");
	if (!mkdtemp(w->dir))
		abort();
	(void)snprintf(w->cert, sizeof(w->cert), "%s/c.pem", w->dir);
	(void)snprintf(w->key, sizeof(w->key), "%s/k.pem", w->dir);
	ok = tls_make(&w->a, "node a", &w->key_pem, &w->cert_pem, &why) == ERR_OK &&
	     file_replace(w->cert, w->cert_pem, 0600, &why) == ERR_OK &&
	     file_replace(w->key, w->key_pem, 0600, &why) == ERR_OK &&
	     tls_spki_of_pem(w->cert_pem, &w->spki, &why) == ERR_OK;
	if (tls) {
		o.tls_cert = w->cert;
		o.tls_key = w->key;
		o.client_certs = true;
	}
	ok = ok && http_start(&o, &w->http, &why) == ERR_OK;
	if (!ok)
		printf("# %s\n", why.text);
	CHECK(ok);
	if (ok)
		w->port = http_port(w->http);
	return ok;
}

static void world_close(struct world *w)
{
	http_stop(w->http, 1000);
	(void)unlink(w->cert);
	(void)unlink(w->key);
	(void)rmdir(w->dir);
	arena_done(&w->a);
}

static struct client_request get(struct world *w, const char *scheme, const char *path)
{
	return (struct client_request){
	    .method = "GET",
	    .url = arena_printf(&w->a, "%s://127.0.0.1:%u%s", scheme, w->port, path),
	    .egress = EGRESS_PEER,
	    .pinned = strcmp(scheme, "https") == 0,
	    .spki = w->spki,
	    .timeout_s = 20};
}

static void pinned_both_ways(void)
{
	struct world w;
	struct client *c = client_new();
	struct client_answer x = {0};
	struct client_request rq;
	struct why why = {0};
	str key, cert;
	struct digest mine;

	if (!world_open(&w, true))
		return;
	rq = get(&w, "https", "/who");
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_OK);
	CHECK(x.status == 200 && str_eq(x.body, STR("nobody")));
	CHECK(tls_make(&w.a, "node b", &key, &cert, &why) == ERR_OK);
	CHECK(tls_spki_of_pem(cert, &mine, &why) == ERR_OK && !digest_eq(mine, w.spki));
	rq.tls_key = key;
	rq.tls_cert = cert;
	for (int i = 0; i < 3; i++) { /* again on the connection kept */
		CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_OK);
		CHECK(str_eq(x.body, digest_str(&mine)));
	}
	rq.spki.b[0] ^= 1;
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "wrong_pin") == 0);
	rq.pinned = false; /* self-signed: no authority vouches for it */
	CHECK(client_send(c, &w.a, &rq, &x, NULL) == ERR_BUSY);
	client_free(c);
	world_close(&w);
}

static void limits(void)
{
	struct world w;
	struct client *c = client_new();
	struct client_answer x = {0};
	struct client_request rq;
	const str headers[][2] = {{STR_INIT("X-Ask"), STR_INIT("me")}},
		  bad[][2] = {{STR_INIT("X-Ask"), STR_INIT("a\r\nX-Evil: 1")}};
	struct why why = {0};

	if (!world_open(&w, false))
		return;
	rq = get(&w, "http", "/echo");
	rq.method = "POST";
	rq.body = STR("what was sent");
	rq.headers = headers;
	rq.n_headers = 1;
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_OK);
	CHECK(x.status == 201 && str_eq(x.body, rq.body));
	CHECK(str_eq(client_header(&x, "x-asked"), STR("me")));
	CHECK(str_eq(x.media_type, STR("text/plain")));
	rq.headers = bad;
	CHECK(client_send(c, &w.a, &rq, &x, NULL) == ERR_INVALID);
	rq = get(&w, "http", "/redirect");
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_OK && x.status == 302);
	rq = get(&w, "http", "/big");
	rq.limit_bytes = BIG - 1;
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_LIMIT);
	rq.limit_bytes = BIG;
	CHECK(client_send(c, &w.a, &rq, &x, NULL) == ERR_OK && x.body.n == BIG);
	rq = get(&w, "http", "/slow");
	rq.timeout_s = 1;
	CHECK(client_send(c, &w.a, &rq, &x, NULL) == ERR_BUSY);
	rq = get(&w, "http", "/echo");
	rq.egress = EGRESS_PUBLIC;
	why = (struct why){0};
	CHECK(client_send(c, &w.a, &rq, &x, &why) == ERR_DENIED);
	CHECK(strcmp(why.code, "egress") == 0);
	client_free(c);
	world_close(&w);
}

static void addresses(void)
{
	static const struct {
		const char *ip;
		bool pub, peer, plain_peer;
	} rows[] = {
	    {"127.0.0.1", false, true, true},
	    {"127.9.9.9", false, true, true},
	    {"::1", false, true, true},
	    {"::ffff:127.0.0.1", false, true, true},
	    {"10.1.2.3", false, true, false},
	    {"172.31.0.1", false, true, false},
	    {"172.32.0.1", true, true, false},
	    {"192.168.1.1", false, true, false},
	    {"100.64.0.1", false, true, false},
	    {"169.254.169.254", false, false, false},
	    {"::ffff:169.254.169.254", false, false, false},
	    {"64:ff9b::a9fe:a9fe", false, false, false},
	    {"2002:a9fe:a9fe::1", false, false, false},
	    {"0.0.0.0", false, false, false},
	    {"255.255.255.255", false, false, false},
	    {"224.0.0.1", false, false, false},
	    {"::", false, false, false},
	    {"fe80::1", false, false, false},
	    {"ff02::1", false, false, false},
	    {"fd00::1", false, true, false},
	    {"::7f00:1", false, false, false},
	    {"8.8.8.8", true, true, false},
	    {"2001:4860:4860::8888", true, true, false},
	    {"no address", false, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool right = egress_allows(EGRESS_PUBLIC, false, rows[i].ip) == rows[i].pub &&
			     egress_allows(EGRESS_PEER, false, rows[i].ip) == rows[i].peer &&
			     egress_allows(EGRESS_PEER, true, rows[i].ip) == rows[i].plain_peer &&
			     !egress_allows(EGRESS_PUBLIC, true, rows[i].ip);

		if (!right)
			printf("# %s\n", rows[i].ip);
		CHECK(right);
	}
}

static void odd_urls(void)
{
	static const char *const bad[] = {
	    "file:///etc/passwd", "gopher://127.0.0.1/", "http//x", "",
	    "https://user@host/", "http://a b/",         "ftp://x/"};
	struct client *c = client_new();
	struct client_answer x = {0};
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct client_request rq = {
		    .method = "GET", .url = str_c(bad[i]), .egress = EGRESS_PEER};

		CHECK(client_send(c, &a, &rq, &x, NULL) == ERR_INVALID);
	}
	/* spellings of this machine and others that a resolver understands */
	struct client_request rq = {
	    .method = "GET", .url = STR("http://0x0a.1:9/"), .egress = EGRESS_PEER};
	CHECK(client_send(c, &a, &rq, &x, NULL) == ERR_DENIED);
	rq.url = STR("http://2852039166/"); /* 169.254.169.254 */
	CHECK(client_send(c, &a, &rq, &x, NULL) == ERR_DENIED);
	client_free(c);
}

RUN_TESTS({"pinned both ways", pinned_both_ways}, {"limits", limits}, {"addresses", addresses},
	  {"odd urls", odd_urls})
