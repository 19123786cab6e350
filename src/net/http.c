// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "net/http_internal.h"

#define PEM_MAX_BYTES ((size_t)1 << 20)

static void limits_fill(struct http_limits *l)
{
	const struct http_limits def = {
	    .body_bytes = (size_t)64 << 20,
	    .header_bytes = 32 << 10,
	    .url_bytes = 8 << 10,
	    .connections = 4096,
	    .per_address = 512,
	    .queue = 1024,
	    .head_timeout_s = 15,
	    .workers = 4,
	    .loops = 2,
	};

#define FILL(f) (l->f = l->f ? l->f : def.f)
	FILL(body_bytes);
	FILL(header_bytes);
	FILL(url_bytes);
	FILL(connections);
	FILL(per_address);
	FILL(queue);
	FILL(head_timeout_s);
	FILL(workers);
	FILL(loops);
#undef FILL
}

/* ---- the listening socket ---- */

static enum err bind_failed(struct why *why, const char *address)
{
	switch (errno) {
	case EADDRINUSE:
		return why_set(why, ERR_BUSY,
			       "cannot listen on '%s': another program uses it; stop that or "
			       "choose another port",
			       address);
	case EACCES:
		return why_set(why, ERR_DENIED,
			       "cannot listen on '%s': not permitted; choose a port above 1023 or "
			       "let a proxy or systemd open it",
			       address);
	case EADDRNOTAVAIL:
		return why_set(why, ERR_NOTFOUND,
			       "cannot listen on '%s': this machine has no such address", address);
	default:
		return why_set(why, ERR_IO, "cannot listen on '%s': %s", address, strerror(errno));
	}
}

/* "host:port" or "[host]:port". */
static enum err address_split(struct arena *a, const char *address, const char **host,
			      const char **port, struct why *why)
{
	str s = str_c(address), h;
	ptrdiff_t colon = str_rfind_char(s, ':');
	uint64_t n;

	if (colon <= 0 || str_u64(str_from(s, (size_t)colon + 1), &n) != ERR_OK || n > 65535)
		return why_set(why, ERR_INVALID, "bad address '%s': wanted host:port", address);
	h = str_slice(s, 0, (size_t)colon);
	if (h.n > 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = str_slice(h, 1, h.n - 2);
	*host = arena_cstr(a, h);
	*port = arena_cstr(a, str_from(s, (size_t)colon + 1));
	return ERR_OK;
}

static enum err listen_open(const char *address, int *ret, struct why *why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
			*ai = NULL;
	const char *host, *port;
	enum err err = ERR_OK;
	int on = 1, fd;

	ARENA(a, 0);
	err = address_split(&a, address, &host, &port, why);
	if (err != ERR_OK)
		return err;
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		return why_set(why, ERR_INVALID, "cannot listen on '%s': unknown host", address);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, 1024) != 0) {
		err = bind_failed(why, address);
		fd_close(&fd);
	}
	freeaddrinfo(ai);
	if (err == ERR_OK)
		*ret = fd;
	return err;
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return 0;
}

/* ---- connections ---- */

static void peer_text(const struct sockaddr *sa, char ret[64])
{
	const char *mapped = "::ffff:";

	ret[0] = '\0';
	if (sa && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, ret, 64);
	else if (sa && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, ret, 64);
	else
		snprintf(ret, 64, "unix");
	if (strncmp(ret, mapped, strlen(mapped)) == 0 && strchr(ret, '.'))
		memmove(ret, ret + strlen(mapped), strlen(ret) - strlen(mapped) + 1);
}

static void conn_begin(struct http_server *s, struct MHD_Connection *mhd, void **ctx)
{
	const union MHD_ConnectionInfo *fd =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *peer;
	struct conn *cn = mem_alloc(sizeof(*cn));

	cn->fd = fd ? fd->connect_fd : -1;
	peer = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	peer_text(peer ? peer->client_addr : NULL, cn->peer);
	atomic_store(&cn->deadline_us,
		     clock_mono_us() + (int64_t)s->o.limits.head_timeout_s * US_PER_S);
	pthread_mutex_lock(&s->conn_lock);
	cn->next = s->conns;
	if (cn->next)
		cn->next->prev = cn;
	s->conns = cn;
	pthread_mutex_unlock(&s->conn_lock);
	*ctx = cn;
}

static void conn_end(struct http_server *s, struct MHD_Connection *mhd, void **ctx)
{
	struct conn *cn = *ctx;
	void *rq;

	if (!cn)
		return;
	*ctx = NULL;
	/* The library forgets a request that it refuses itself before we saw its head. */
	rq = cn->rq;
	request_end(s, mhd, &rq, MHD_REQUEST_TERMINATED_WITH_ERROR);
	pthread_mutex_lock(&s->conn_lock);
	if (cn->prev)
		cn->prev->next = cn->next;
	else
		s->conns = cn->next;
	if (cn->next)
		cn->next->prev = cn->prev;
	pthread_mutex_unlock(&s->conn_lock);
	mem_free(cn);
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_ctx,
			  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		conn_begin(ctx, mhd, socket_ctx);
	else
		conn_end(ctx, mhd, socket_ctx);
}

/* The library only knows a limit between two bytes; these are limits on the whole of a head, body
 * or answer. */
static void conns_tick(struct http_server *s, int64_t now_us)
{
	pthread_mutex_lock(&s->conn_lock);
	for (struct conn *cn = s->conns; cn; cn = cn->next)
		if (atomic_load_explicit(&cn->deadline_us, memory_order_relaxed) < now_us)
			(void)shutdown(cn->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->conn_lock);
}

static void *timer_run(void *arg)
{
	struct http_server *s = arg;

	pthread_mutex_lock(&s->timer_lock);
	while (!s->timer_end) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&s->timer_wake, &s->timer_lock, &until);
		pthread_mutex_unlock(&s->timer_lock);
		conns_tick(s, clock_mono_us());
		streams_tick(s, clock_mono_us());
		pthread_mutex_lock(&s->timer_lock);
	}
	pthread_mutex_unlock(&s->timer_lock);
	return NULL;
}

/* ---- start ---- */

/* Targets are decoded by form.c, which refuses what is malformed; the library must leave them
 * alone. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *mhd, char *text)
{
	(void)ctx;
	(void)mhd;
	return strlen(text);
}

static enum err tls_read(const struct http_options *o, struct buf *cert, struct buf *key,
			 struct why *why)
{
	enum err err;

	if (!o->tls_cert && !o->tls_key)
		return ERR_OK;
	if (!o->tls_cert || !o->tls_key)
		return why_set(why, ERR_INVALID, "TLS needs both a certificate and a key file");
	err = file_read(o->tls_cert, PEM_MAX_BYTES, cert, why);
	if (err == ERR_OK)
		err = file_read(o->tls_key, PEM_MAX_BYTES, key, why);
	return err;
}

static struct MHD_Daemon *daemon_start(struct http_server *s, struct buf *cert, struct buf *key)
{
	const struct http_limits *l = &s->o.limits;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem opts[20];
	unsigned n = 0;

#define OPT(o, v, p) (opts[n++] = (struct MHD_OptionItem){(o), (intptr_t)(v), (p)})
	if (s->o.tls_cert) {
		flags |= MHD_USE_TLS;
		OPT(MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)buf_cstr(cert));
		OPT(MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)buf_cstr(key));
		if (s->o.client_certs) /* whose issuers to name: none but our own, so that browsers
					  do not ask people for a certificate */
			OPT(MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)(uintptr_t)buf_cstr(cert));
		OPT(MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-MAC-ALL:"
					"+AEAD");
	}
	OPT(MHD_OPTION_LISTEN_SOCKET, s->listen_fd, NULL);
	if (l->loops > 1)
		OPT(MHD_OPTION_THREAD_POOL_SIZE, l->loops, NULL);
	OPT(MHD_OPTION_CONNECTION_LIMIT, l->connections, NULL);
	OPT(MHD_OPTION_PER_IP_CONNECTION_LIMIT, l->per_address, NULL);
	OPT(MHD_OPTION_CONNECTION_TIMEOUT, IDLE_US / US_PER_S + 15, NULL);
	/* Room beyond our own limits, so that it is we who refuse, and for the answer's head. */
	OPT(MHD_OPTION_CONNECTION_MEMORY_LIMIT, l->header_bytes + l->url_bytes + (16 << 10), NULL);
	OPT(MHD_OPTION_CONNECTION_MEMORY_INCREMENT, 8 << 10, NULL);
	OPT(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	OPT(MHD_OPTION_URI_LOG_CALLBACK, request_begin, s);
	OPT(MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, s);
	OPT(MHD_OPTION_NOTIFY_COMPLETED, request_end, s);
	OPT(MHD_OPTION_NOTIFY_CONNECTION, on_connection, s);
	OPT(MHD_OPTION_END, 0, NULL);
#undef OPT
	return MHD_start_daemon(flags, 0, NULL, NULL, request_step, s, MHD_OPTION_ARRAY, opts,
				MHD_OPTION_END);
}

/* Everything that has threads. On failure what was started is left in *s for server_free. */
static enum err server_run(struct http_server *s, struct buf *cert, struct buf *key,
			   struct why *why)
{
	sigset_t all, before;
	int rc;

	s->workers = worker_pool_new(s->o.limits.workers, s->o.limits.queue, request_run, s);
	if (!s->workers)
		return why_set(why, ERR_IO, "cannot start %u worker threads", s->o.limits.workers);
	/* Signals belong to the program's own thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->timer, NULL, timer_run, s);
	s->timer_runs = rc == 0;
	if (rc == 0)
		s->mhd = daemon_start(s, cert, key);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (s->mhd)
		return ERR_OK;
	if (s->o.tls_cert)
		return why_set(
		    why, ERR_INVALID,
		    "cannot use certificate '%s' with key '%s': wanted PEM that belongs together",
		    s->o.tls_cert, s->o.tls_key);
	return why_set(why, ERR_IO, "cannot start the HTTP server");
}

static void timer_stop(struct http_server *s)
{
	if (!s->timer_runs)
		return;
	pthread_mutex_lock(&s->timer_lock);
	s->timer_end = true;
	pthread_cond_signal(&s->timer_wake);
	pthread_mutex_unlock(&s->timer_lock);
	pthread_join(s->timer, NULL);
	s->timer_runs = false;
}

static void server_free(struct http_server *s)
{
	timer_stop(s);
	worker_pool_free(s->workers);
	fd_close(&s->listen_fd);
	pthread_cond_destroy(&s->timer_wake);
	pthread_mutex_destroy(&s->timer_lock);
	pthread_mutex_destroy(&s->conn_lock);
	pthread_mutex_destroy(&s->stream_lock);
	mem_free((void *)(uintptr_t)s->o.tls_cert);
	mem_free((void *)(uintptr_t)s->o.tls_key);
	mem_free(s);
}

static struct http_server *server_new(const struct http_options *o, int fd)
{
	struct http_server *s = mem_alloc(sizeof(*s));

	s->o = *o;
	s->o.address = NULL;
	s->o.tls_cert = o->tls_cert ? mem_cstr(str_c(o->tls_cert)) : NULL;
	s->o.tls_key = o->tls_key ? mem_cstr(str_c(o->tls_key)) : NULL;
	limits_fill(&s->o.limits);
	s->listen_fd = fd;
	s->port = port_of(fd);
	s->id_seed = random_u64();
	pthread_mutex_init(&s->conn_lock, NULL);
	pthread_mutex_init(&s->stream_lock, NULL);
	pthread_mutex_init(&s->timer_lock, NULL);
	pthread_cond_init(&s->timer_wake, NULL);
	return s;
}

enum err http_start(const struct http_options *o, struct http_server **ret, struct why *why)
{
	struct http_server *s;
	int fd = o->listen_fd;
	enum err err;

	BUF(cert);
	BUF(key);
	err = tls_read(o, &cert, &key, why);
	if (err == ERR_OK && fd < 0)
		err = listen_open(o->address, &fd, why);
	if (err == ERR_OK) {
		s = server_new(o, fd);
		err = server_run(s, &cert, &key, why);
		if (err == ERR_OK) {
			*ret = s;
		} else {
			if (o->listen_fd >= 0)
				s->listen_fd = -1; /* still the caller's */
			server_free(s);
		}
	}
	if (key.p)
		secret_wipe(key.p, key.cap);
	return err;
}

unsigned http_port(struct http_server *s)
{
	return s->port;
}

struct http_counts http_counts(struct http_server *s)
{
	unsigned streams = atomic_load(&s->streams_n), active = atomic_load(&s->active);

	return (struct http_counts){
	    .requests = atomic_load(&s->requests),
	    .responses_4xx = atomic_load(&s->responses_4xx),
	    .responses_5xx = atomic_load(&s->responses_5xx),
	    .rejected = atomic_load(&s->rejected),
	    .in_flight = active > streams ? active - streams : 0,
	    .streams = streams,
	};
}

/* ---- stop ---- */

/* Until nothing is active or the time is over. */
static void settle(struct http_server *s, unsigned ms)
{
	int64_t until = clock_mono_us() + (int64_t)ms * 1000;

	while (atomic_load(&s->active) > 0 && clock_mono_us() < until)
		(void)poll(NULL, 0, 5);
}

void http_stop(struct http_server *s, unsigned drain_ms)
{
	if (!s)
		return;
	atomic_store(&s->draining, true);
	(void)MHD_quiesce_daemon(s->mhd);
	fd_close(&s->listen_fd);
	streams_end(s);
	settle(s, drain_ms);
	/* The library must not be stopped while a connection is suspended: every worker hands back
	 * what it has, what still waits is refused, and streams made meanwhile end too. */
	worker_pool_end(s->workers, request_refuse);
	timer_stop(s);
	streams_end(s);
	settle(s, 500);
	MHD_stop_daemon(s->mhd);
	server_free(s);
}
