// SPDX-License-Identifier: Apache-2.0
/* client: HTTP requests of this node to others (libcurl). Blocking; a client belongs to one thread
 * and keeps its connections. No redirects, no proxies, no cookies; only http and https, and http
 * only to this machine. Every address is judged after resolving, and that very address is used.
 * Answers live in the caller's arena. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/arena.h"
#include "base/hash.h"

struct client;
struct client *client_new(void);
/* Another one for another thread, which stops when leader is told to and ends before it. */
struct client *client_beside(struct client *leader);
void client_free(struct client *c); /* takes NULL */
/* From any thread: a request under way ends within a second, and every later one at once: ERR_BUSY,
 * code "stopped". */
void client_stop(struct client *c);

/* Where a request may go. */
enum egress {
	EGRESS_PUBLIC, /* addresses named by strangers or feeds: the public Internet alone */
	EGRESS_PEER,   /* named by an administrator: also private networks and this machine */
};
struct client_request {
	const char *method; /* "GET", "POST" ... */
	str url;
	const str (*headers)[2];
	size_t n_headers;
	str body; /* n 0: none */
	enum egress egress;
	bool pinned; /* trust this key and no authority; TLS 1.3. Else: the system's authorities */
	struct digest spki;         /* SHA-256 of the server's SubjectPublicKeyInfo */
	str tls_cert, tls_key;      /* PEM of a client certificate; empty: none */
	size_t limit_bytes;         /* of the answer's body; 0: 16 MiB */
	unsigned timeout_s;         /* for the whole; 0: 60 */
	unsigned connect_timeout_s; /* 0: 10 */
	unsigned silence_s;         /* of the other end; 0: 30 */
};
struct client_answer {
	int status;
	str body, media_type;
	str (*headers)[2]; /* names as sent */
	size_t n_headers;
	int64_t took_us;
};
/* ERR_OK whatever the status. ERR_INVALID: url or header not acceptable; ERR_DENIED: an address
 * that may not be reached ("egress") or another key than the pinned one ("wrong_pin"); ERR_LIMIT:
 * answer too large; ERR_BUSY: not reached, broken off or too slow. */
MUST_CHECK enum err client_send(struct client *c, struct arena *a, const struct client_request *rq,
				struct client_answer *ret, struct why *why);
/* First of that name (ASCII case ignored); empty when absent. */
str client_header(const struct client_answer *x, const char *name);
/* May this numeric address be reached? plain: without TLS. */
bool egress_allows(enum egress e, bool plain, const char *address);

/* Public keys in certificates (PEM, the first one): SHA-256 of the SubjectPublicKeyInfo. */
MUST_CHECK enum err tls_spki_of_pem(str pem, struct digest *ret, struct why *why);
bool tls_spki_of_der(str der, struct digest *ret);
/* A P-256 key and a self-signed certificate for a node, valid for 20 years: it is the key that is
 * pinned. name: shown in it. */
MUST_CHECK enum err tls_make(struct arena *a, const char *name, str *ret_key, str *ret_cert,
			     struct why *why);

#endif
