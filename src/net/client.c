// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <stdatomic.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/vec.h"

#define URL_MAX 2048
#define HEADER_BYTES ((size_t)64 << 10)
#define SLOW_BYTES_S 100L /* slower than this for ... */
#define SLOW_S 30L        /* ... so long: the other end is not worth a thread */

struct client {
	CURL *curl;
	atomic_bool stopped;
	struct client *leader; /* stops with it; or NULL */
};

struct client *client_new(void)
{
	struct client *c = mem_alloc(sizeof(*c));

	c->curl = curl_easy_init();
	return c;
}

struct client *client_beside(struct client *leader)
{
	struct client *c = client_new();

	c->leader = leader;
	return c;
}

static bool is_stopped(struct client *c)
{
	return atomic_load(&c->stopped) || (c->leader && atomic_load(&c->leader->stopped));
}

void client_stop(struct client *c)
{
	atomic_store(&c->stopped, true);
}

/* Asked about once a second, and at every piece. */
static int go_on(void *ctx, curl_off_t a, curl_off_t b, curl_off_t x, curl_off_t y)
{
	struct client *c = ctx;

	(void)a;
	(void)b;
	(void)x;
	(void)y;
	return is_stopped(c);
}

void client_free(struct client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	mem_free(c);
}

/* ---- where to ---- */

static bool v4_allows(enum egress e, bool plain, uint32_t ip)
{
	static const struct {
		uint32_t net, mask;
		bool peer; /* allowed to peers */
	} rows[] = {
	    {0x7f000000, 0xff000000, true},  /* this machine */
	    {0x0a000000, 0xff000000, true},  /* private */
	    {0xac100000, 0xfff00000, true},  /* private */
	    {0xc0a80000, 0xffff0000, true},  /* private */
	    {0x64400000, 0xffc00000, true},  /* carrier-grade NAT */
	    {0xa9fe0000, 0xffff0000, false}, /* link-local: metadata of clouds */
	    {0x00000000, 0xff000000, false}, {0xc0000000, 0xffffff00, false},
	    {0xc6120000, 0xfffe0000, false}, {0xe0000000, 0xe0000000, false}, /* multicast and up */
	};
	bool loopback = (ip & 0xff000000) == 0x7f000000;

	if (plain && !(loopback && e == EGRESS_PEER))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((ip & rows[i].mask) == rows[i].net)
			return rows[i].peer && e == EGRESS_PEER;
	return true;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool v6_allows(enum egress e, bool plain, const uint8_t ip[16])
{
	static const uint8_t loopback[16] = {[15] = 1}, zero[16] = {0};
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(ip, mapped, 12) == 0 || memcmp(ip, nat64, 12) == 0)
		return v4_allows(e, plain, be32(ip + 12));
	if (memcmp(ip, loopback, 16) == 0)
		return e == EGRESS_PEER;
	if (plain || memcmp(ip, zero, 12) == 0)
		return false;
	if (ip[0] == 0x20 && ip[1] == 0x02) /* 6to4 carries an IPv4 address */
		return v4_allows(e, plain, be32(ip + 2));
	if ((ip[0] & 0xfe) == 0xfc) /* unique local */
		return e == EGRESS_PEER;
	return (ip[0] & 0xe0) == 0x20; /* global unicast; not link-local, not multicast */
}

bool egress_allows(enum egress e, bool plain, const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return v4_allows(e, plain, ntohl(four.s_addr));
	return inet_pton(AF_INET6, address, &six) == 1 && v6_allows(e, plain, six.s6_addr);
}

struct sending {
	const struct client_request *rq;
	struct arena *a;
	VEC(str) lines;
	struct buf body;
	size_t header_bytes, limit;
	bool plain, egress_refused, too_large;
	char address[INET6_ADDRSTRLEN];
};

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct sending *s = ctx;
	const void *ip = sa->family == AF_INET
			     ? (const void *)&((struct sockaddr_in *)(void *)&sa->addr)->sin_addr
			     : (const void *)&((struct sockaddr_in6 *)(void *)&sa->addr)->sin6_addr;

	(void)purpose;
	if (!inet_ntop(sa->family, ip, s->address, sizeof(s->address)) ||
	    !egress_allows(s->rq->egress, s->plain, s->address)) { /* gate */
		s->egress_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

/* ---- what comes back ---- */

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct sending *s = ctx;

	if (size * n > s->limit - s->body.n) {
		s->too_large = true;
		return 0;
	}
	buf_add_bytes(&s->body, p, size * n);
	return size * n;
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct sending *s = ctx;
	str line = str_trim((str){p, size * n});

	s->header_bytes += size * n;
	if (s->header_bytes > HEADER_BYTES) {
		s->too_large = true;
		return 0;
	}
	if (str_starts(line, STR("HTTP/")))
		s->lines.n = 0; /* of an interim answer */
	else if (line.n)
		vec_add(s->a, &s->lines, arena_str(s->a, line));
	return size * n;
}

static void headers_fill(struct sending *s, struct client_answer *x)
{
	x->headers = (str(*)[2])arena_alloc_array(s->a, sizeof(str[2]), s->lines.n + 1);
	for (size_t i = 0; i < s->lines.n; i++) {
		str rest = s->lines.p[i], name = STR_NULL;

		if (!str_split(&rest, ':', &name))
			continue;
		x->headers[x->n_headers][0] = name;
		x->headers[x->n_headers++][1] = str_trim(rest);
	}
	x->media_type = client_header(x, "Content-Type");
}

str client_header(const struct client_answer *x, const char *name)
{
	for (size_t i = 0; i < x->n_headers; i++)
		if (str_ieq(x->headers[i][0], str_c(name)))
			return x->headers[i][1];
	return STR_NULL;
}

/* ---- what goes out ---- */

static bool plain_text(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static enum err check(const struct client_request *rq, struct sending *s, struct why *why)
{
	bool tls = str_starts(rq->url, STR("https://"));

	s->plain = str_starts(rq->url, STR("http://"));
	if ((!tls && !s->plain) || rq->url.n > URL_MAX || !plain_text(rq->url) ||
	    str_find_char(rq->url, ' ') >= 0 || str_find_char(rq->url, '@') >= 0)
		return why_field(why, ERR_INVALID, "url", NULL,
				 "the address is not one of http or https that can be used",
				 "使用できるhttp・httpsのアドレスではありません");
	for (size_t i = 0; i < rq->n_headers; i++)
		if (!plain_text(rq->headers[i][0]) || !plain_text(rq->headers[i][1]))
			return why_set(why, ERR_INVALID,
				       "a header field holds a control character");
	return ERR_OK;
}

static void set_tls(CURL *c, struct arena *a, const struct client_request *rq)
{
	struct curl_blob cert = {(void *)(uintptr_t)rq->tls_cert.p, rq->tls_cert.n, CURL_BLOB_COPY},
			 key = {(void *)(uintptr_t)rq->tls_key.p, rq->tls_key.n, CURL_BLOB_COPY};

	curl_easy_setopt(c, CURLOPT_SSLVERSION,
			 (long)(rq->pinned ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (rq->pinned) {
		BUF(pin);

		base64_encode(&pin, rq->spki.b, sizeof(rq->spki.b));
		curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY,
				 arena_printf(a, "sha256//%.*s", STR_ARG(buf_str(&pin))).p);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (rq->tls_cert.n) {
		curl_easy_setopt(c, CURLOPT_SSLCERT_BLOB, &cert);
		curl_easy_setopt(c, CURLOPT_SSLKEY_BLOB, &key);
	}
}

static struct curl_slist *set_headers(CURL *c, struct arena *a, const struct client_request *rq)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; i < rq->n_headers && list; i++)
		list = curl_slist_append(list,
					 arena_printf(a, "%.*s: %.*s", STR_ARG(rq->headers[i][0]),
						      STR_ARG(rq->headers[i][1]))
					     .p);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	return list;
}

static void set_all(CURL *c, const struct client_request *rq, struct sending *s)
{
	curl_easy_reset(c); /* keeps connections */
	curl_easy_setopt(c, CURLOPT_URL, arena_cstr(s->a, rq->url));
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, rq->timeout_s ? (long)rq->timeout_s : 60L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT,
			 rq->connect_timeout_s ? (long)rq->connect_timeout_s : 10L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, rq->silence_s ? (long)rq->silence_s : SLOW_S);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, s);
	if (rq->body.n || strcmp(rq->method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body.n);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, rq->body.n ? rq->body.p : "");
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, rq->method);
	if (strcmp(rq->method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	set_tls(c, s->a, rq);
}

/* What went wrong on the way, as people say it. */
static const struct way {
	CURLcode rc;
	const char *en, *ja;
} ways[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "its name has no address just now",
     "名前からアドレスが得られません"},
    {CURLE_COULDNT_CONNECT, "nobody answers at its address: it is down, or the network to it is",
     "アドレスに応答がありません。停止しているか、途中のネットワークが切れています"},
    {CURLE_OPERATION_TIMEDOUT,
     "it does not answer in time: it stands still, or the network to it is cut or very slow",
     "時間内に応答がありません。相手が止まっているか、途中のネットワークが切れているか非常に遅い状"
     "態です"},
    {CURLE_GOT_NOTHING, "the connection was cut before an answer came",
     "応答の前に接続が切れました"},
    {CURLE_RECV_ERROR, "the connection was cut before the answer was complete",
     "応答の途中で接続が切れました"},
    {CURLE_PARTIAL_FILE, "the connection was cut before the answer was complete",
     "応答の途中で接続が切れました"},
    {CURLE_SEND_ERROR, "the connection was cut while something was sent",
     "送信の途中で接続が切れました"},
    {CURLE_SSL_CONNECT_ERROR, "no TLS connection comes about at its address",
     "TLSの接続ができません"},
    {CURLE_PEER_FAILED_VERIFICATION, "its TLS certificate is not valid for its name",
     "TLSの証明書が名前に合わないか無効です"},
    {CURLE_WEIRD_SERVER_REPLY, "what answers at its address speaks no HTTP",
     "アドレスで応答しているものはHTTPを話しません"},
};

static enum err not_reached(struct arena *a, CURLcode rc, const char *text, struct why *why)
{
	const char *en = text, *ja = text;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (ways[i].rc == rc) {
			en = ways[i].en;
			ja = ways[i].ja;
		}
	return why_field(why, ERR_BUSY, "not_reached", NULL,
			 arena_printf(a, "not reached: %s", en).p,
			 arena_printf(a, "接続できません：%s", ja).p);
}

static enum err outcome(const struct sending *s, CURLcode rc, const char *text, struct why *why)
{
	if (rc == CURLE_OK)
		return ERR_OK;
	if (s->egress_refused)
		return why_field(why, ERR_DENIED, "egress", NULL,
				 s->plain ? "without TLS only this machine may be reached"
					  : "that address may not be reached from here",
				 s->plain ? "TLSなしで接続できるのは同じマシンだけです"
					  : "そのアドレスには接続できません");
	if (s->too_large)
		return why_field(why, ERR_LIMIT, "too_large", NULL,
				 "the answer is larger than allowed", "応答が大きすぎます");
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return why_field(why, ERR_BUSY, "stopped", NULL, "this node is going down",
				 "このノードは停止するところです");
	if (rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return why_field(why, ERR_DENIED, "wrong_pin", NULL,
				 "the other end shows another TLS key than the one agreed on",
				 "相手のTLS鍵が、取り決めた鍵と異なります");
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)
		return why_set(why, ERR_INVALID, "bad address: %s", text);
	return not_reached(s->a, rc, text, why);
}

enum err client_send(struct client *c, struct arena *a, const struct client_request *rq,
		     struct client_answer *ret, struct why *why)
{
	struct sending s = {
	    .rq = rq, .a = a, .limit = rq->limit_bytes ? rq->limit_bytes : (size_t)16 << 20};
	struct client_answer x = {0};
	char text[CURL_ERROR_SIZE] = "";
	struct curl_slist *list;
	int64_t from = clock_mono_us();
	long status = 0;
	CURLcode rc;
	enum err err = check(rq, &s, why);

	if (err)
		return err;
	if (!c->curl)
		return why_set(why, ERR_BUSY, "cannot prepare a connection");
	if (is_stopped(c))
		return why_field(why, ERR_BUSY, "stopped", NULL, "this node is going down",
				 "このノードは停止するところです");
	set_all(c->curl, rq, &s);
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, go_on);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
	list = set_headers(c->curl, a, rq);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, text);
	rc = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(list);
	err = outcome(&s, rc, text[0] ? text : curl_easy_strerror(rc), why);
	if (!err) {
		x.status = (int)status;
		x.body = arena_str(a, buf_str(&s.body));
		headers_fill(&s, &x);
		x.took_us = clock_mono_us() - from;
		*ret = x;
	}
	buf_done(&s.body);
	return err;
}
