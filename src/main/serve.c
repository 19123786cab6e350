// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/file.h"
#include "base/log.h"
#include "exchange/exchange.h"
#include "exchange/own_keys.h"
#include "exchange/sync.h"
#include "exchange/taxii_client.h"
#include "main/cmd.h"
#include "main/local.h"
#include "net/client.h"
#include "team/jobs.h"

#define DRAIN_MS 10000
#define PEM_BYTES (1024 * 1024)

extern const struct asset hikeshi_assets[];
extern const size_t hikeshi_n_assets;
local_run_fn *main_local_run(void);

struct serving {
	struct node *node;
	struct jobs *jobs;
	struct api *api;
	struct exchange *exchange;
	struct links *links;
	struct taxii_readers *readers;
	struct http_server *http;
	struct local_server *local;
};

static void serving_stop(struct serving *s)
{
	if (s->api)
		api_drain(s->api);
	local_stop(s->local);
	taxii_readers_stop(s->readers);
	if (s->http)
		http_stop(s->http, DRAIN_MS);
	links_stop(s->links); /* requests of peers tell it that they are there */
	if (s->jobs)
		jobs_stop(s->jobs);
	api_free(s->api);
	exchange_free(s->exchange);
}

/* ---- which face an address belongs to ---- */

static void handle(void *ctx, struct request *rq)
{
	struct serving *s = ctx;

	if (exchange_owns(request_path(rq)))
		exchange_handle(s->exchange, rq);
	else
		api_handle(s->api, rq);
}

static size_t body_limit(void *ctx, enum http_method m, str path)
{
	struct serving *s = ctx;

	return exchange_owns(path) ? exchange_body_limit(s->exchange)
				   : api_body_limit(s->api, m, path);
}

static bool refused(void *ctx, struct request *rq, int status, const char *reason)
{
	(void)ctx;
	if (!exchange_owns(request_path(rq)))
		return false;
	exchange_refused(rq, status, reason);
	return true;
}

/* The node's keys, and the certificate to serve with: the one named, or the node's own. */
static enum err serving_tls(struct cmd *c, struct serving *s, const struct serve_options *o,
			    struct http_options *h, struct why *why)
{
	struct node_tls *t = &s->node->tls;
	bool own = o->tls || (s->node->config.tls_own && !o->tls_cert);
	str files = STR_NULL;
	BUF(cert);
	BUF(key);
	enum err err = ERR_OK;

	if (!o->read_only || own)
		err = own_keys_ensure(s->node, &c->arena, &files, why);
	if (err)
		return err;
	say_root_files(c, files);
	if (own) {
		h->tls_cert = arena_printf(&c->arena, "%s/tls-cert.pem", c->data).p;
		h->tls_key = arena_printf(&c->arena, "%s/tls-key.pem", c->data).p;
	}
	if (!h->tls_cert)
		return ERR_OK;
	h->client_certs = true;
	err = file_read(h->tls_cert, PEM_BYTES, &cert, why);
	if (!err)
		err = file_read(h->tls_key, PEM_BYTES, &key, why);
	if (!err)
		err = tls_spki_of_pem(buf_str(&cert), &t->spki, why);
	if (!err) {
		t->cert = mem_cstr(buf_str(&cert));
		t->key = mem_cstr(buf_str(&key));
	}
	if (key.p)
		secret_wipe(key.p, key.cap);
	return err;
}

static enum err serving_start(struct cmd *c, struct serving *s, const struct serve_options *o,
			      char url[256], struct why *why)
{
	struct api_options a = {.node = s->node,
				.assets = hikeshi_assets,
				.n_assets = hikeshi_n_assets,
				.version = hikeshi_version,
				.read_only = o->read_only};
	struct http_options h = {.address = o->listen,
				 .listen_fd = -1,
				 .tls_cert = o->tls_cert,
				 .tls_key = o->tls_key,
				 .handle = handle,
				 .body_limit = body_limit,
				 .refused = refused,
				 .ctx = s};
	str host = str_c(o->listen);
	ptrdiff_t colon = str_rfind_char(host, ':');
	enum err err = serving_tls(c, s, o, &h, why);

	if (err)
		return err;
	s->jobs = o->read_only ? NULL : jobs_start(s->node, 2);
	a.jobs = s->jobs;
	s->api = api_new(&a);
	s->exchange = exchange_new(&(struct exchange_options){
	    .node = s->node, .jobs = s->jobs, .read_only = o->read_only});
	h.limits.workers = 6;
	err = http_start(&h, &s->http, why);
	if (err)
		return err;
	(void)snprintf(url, 256, "%s://%.*s:%u", h.tls_cert ? "https" : "http",
		       (int)(colon > 0 ? colon : 0), host.p, http_port(s->http));
	if (!s->node->config.url)
		s->node->config.url = mem_cstr(str_c(url));
	s->links = o->read_only ? NULL : links_start(s->node);
	exchange_tells(s->exchange, s->links);
	s->readers = o->read_only ? NULL : taxii_readers_start(s->node);
	return local_start(c->data, s->node, s->jobs, main_local_run(), &s->local, why);
}

/* Waits for SIGTERM or SIGINT; SIGHUP reads the configuration again. */
static void wait_for_end(struct cmd *c, struct serving *s, const sigset_t *set)
{
	int sig = 0;

	while (sigwait(set, &sig) == 0) {
		struct why why = {0};

		if (sig != SIGHUP)
			return;
		if (node_reload(s->node, &why))
			cmd_note(c, "hikeshi: serve: %s\n", why.text);
		else
			log_event(LOG_INFO, "reloaded", NULL);
	}
}

int serve_node(struct cmd *c, struct node *n, const struct serve_options *o)
{
	struct serving s = {.node = n};
	struct why why = {0};
	char url[256];
	sigset_t set;
	enum err err;

	if (!o->tls_cert != !o->tls_key)
		return cmd_usage(c, "--tls-cert and --tls-key go together");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread starts */
	log_to(2, LOG_INFO);
	err = serving_start(c, &s, o, url, &why);
	if (err) {
		serving_stop(&s);
		return cmd_fail(c, err, &why);
	}
	o->ready(c, url);
	wait_for_end(c, &s, &set);
	log_event(LOG_INFO, "stopping", NULL);
	serving_stop(&s);
	return EXIT_OK;
}

static void say_ready(struct cmd *c, const char *url)
{
	cmd_print(c, "hikeshi is ready at %s\n", url);
}

int cmd_serve(struct cmd *c)
{
	struct serve_options o = {.listen = "127.0.0.1:8119", .ready = say_ready};
	const struct cmd_option options[] = {
	    {"--listen", &o.listen, NULL, NULL},       {"--tls-cert", &o.tls_cert, NULL, NULL},
	    {"--tls-key", &o.tls_key, NULL, NULL},     {"--tls", NULL, &o.tls, NULL},
	    {"--read-only", NULL, &o.read_only, NULL},
	};
	struct why why = {0};
	struct node *n = NULL;
	sigset_t set;
	int status;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (!o.tls_cert != !o.tls_key)
		return cmd_usage(c, "--tls-cert and --tls-key go together");
	if (o.tls && o.tls_cert)
		return cmd_usage(c, "--tls serves with the node's own certificate: leave out "
				    "--tls-cert");
	/* blocked before the store starts its threads */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	err = node_open(c->data, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	status = serve_node(c, n, &o);
	node_close(n);
	return status;
}
