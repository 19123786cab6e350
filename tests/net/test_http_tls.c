// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/check.h"

#define BYTES 1000000

static void handle(void *ctx, struct request *rq)
{
	str path = request_path(rq);

	(void)ctx;
	if (str_eq(path, STR("/zero"))) {
		response_fd(rq, 200, "application/octet-stream",
			    open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), 0);
	} else if (str_eq(path, STR("/big"))) {
		char *p = arena_alloc(request_arena(rq), BYTES);

		memset(p, 'b', BYTES);
		response_bytes(rq, 200, "text/plain", (str){p, BYTES});
	} else if (str_eq(path, STR("/stream"))) {
		struct stream *st = response_stream(rq, "text/event-stream", NULL, NULL);

		(void)stream_push(st, STR("data: over tls\n\n"));
		stream_close(st);
		stream_release(st);
	} else {
		response_bytes(rq, 200, "text/plain",
			       arena_printf(request_arena(rq), "tls=%d n=%zu", request_is_tls(rq),
					    request_body(rq).n));
	}
}

static size_t take(char *p, size_t size, size_t n, void *ctx)
{
	buf_add_bytes(ctx, p, size * n);
	return size * n;
}

/* Status of one request, or 0 when there was no connection. */
static long fetch(unsigned port, const char *path, str body, long version, struct buf *in)
{
	CURL *c = curl_easy_init();
	char url[128];
	long status = 0;

	buf_clear(in);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", port, path);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	/* So that it is the server, not this client, that refuses what is old. */
	curl_easy_setopt(c, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
	curl_easy_setopt(c, CURLOPT_SSLVERSION, version);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, in);
	if (body.n) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	}
	if (curl_easy_perform(c) == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	return status;
}

static bool cert_make(const char *dir, const char *name)
{
	char cmd[512];

	snprintf(
	    cmd, sizeof(cmd),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
	    "-subj /CN=localhost -keyout %s/%s.key -out %s/%s.crt 2>/dev/null",
	    dir, name, dir, name);
	return system(cmd) == 0;
}

static void speaks_tls_1_2_and_newer_only(void)
{
	char dir[] = "/tmp/hikeshi-tls-XXXXXX", cert[64], key[64], other[64];
	struct http_options o = {.address = "127.0.0.1:0", .listen_fd = -1, .handle = handle};
	struct http_server *s = NULL;
	struct why why = {0};
	BUF(in);
	BUF(big);

	CHECK(mkdtemp(dir) != NULL);
	if (!cert_make(dir, "a") || !cert_make(dir, "b")) {
		CHECK_SKIP("no openssl command to make a certificate with");
		return;
	}
	snprintf(cert, sizeof(cert), "%s/a.crt", dir);
	snprintf(key, sizeof(key), "%s/a.key", dir);
	snprintf(other, sizeof(other), "%s/b.key", dir);
	o.tls_cert = cert;
	o.tls_key = other;
	CHECK(http_start(&o, &s, &why) == ERR_INVALID);
	o.tls_key = NULL;
	CHECK(http_start(&o, &s, NULL) == ERR_INVALID);
	o.tls_key = key;
	CHECK(http_start(&o, &s, NULL) == ERR_OK);
	if (!s)
		return;
	for (size_t i = 0; i < BYTES; i++)
		buf_add_char(&big, 'x');
	CHECK(fetch(http_port(s), "/", buf_str(&big), CURL_SSLVERSION_TLSv1_3, &in) == 200);
	CHECK(str_eq(buf_str(&in), STR("tls=1 n=1000000")));
	CHECK(fetch(http_port(s), "/big", STR(""), CURL_SSLVERSION_MAX_TLSv1_2, &in) == 200);
	CHECK(in.n == BYTES);
	CHECK(fetch(http_port(s), "/zero", STR(""), CURL_SSLVERSION_DEFAULT, &in) == 200);
	CHECK(fetch(http_port(s), "/stream", STR(""), CURL_SSLVERSION_DEFAULT, &in) == 200);
	CHECK(str_eq(buf_str(&in), STR("data: over tls\n\n")));
	CHECK(fetch(http_port(s), "/", STR(""),
		    (long)CURL_SSLVERSION_TLSv1_0 | (long)CURL_SSLVERSION_MAX_TLSv1_1, &in) == 0);
	http_stop(s, 1000);
	unlink(cert);
	unlink(key);
	unlink(other);
	snprintf(cert, sizeof(cert), "%s/b.crt", dir);
	unlink(cert);
	CHECK(rmdir(dir) == 0);
}

RUN_TESTS({"speaks TLS 1.2 and newer only", speaks_tls_1_2_and_newer_only})
