// SPDX-License-Identifier: Apache-2.0
/* Liveness, readiness, figures, the catalogue, the description of the API, and the live stream. */
#include "api/api_internal.h"

#include "team/hub.h"

enum err healthz(struct call *c)
{
	response_header(c->rq, "Cache-Control", STR("no-store"));
	response_bytes(c->rq, 200, "application/json", STR("{\"status\":\"ok\"}"));
	return ERR_OK;
}

enum err readyz(struct call *c)
{
	struct checkpoint cp;
	struct why why = {0};
	bool draining = atomic_load(&c->api->draining);

	response_header(c->rq, "Cache-Control", STR("no-store"));
	if (draining || journal_checkpoint(c->api->o.node->store, &cp, &why)) {
		response_bytes(c->rq, 503, "application/json",
			       draining ? STR("{\"status\":\"draining\"}")
					: STR("{\"status\":\"store unavailable\"}"));
		return ERR_OK;
	}
	response_bytes(c->rq, 200, "application/json", STR("{\"status\":\"ready\"}"));
	return ERR_OK;
}

static void metric(struct buf *b, const char *name, const char *type, const char *help,
		   unsigned long long v)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name, v);
}

enum err metrics(struct call *c)
{
	struct api_counts *n = &c->api->counts;
	BUF(b);

	metric(&b, "hikeshi_requests_total", "counter", "requests answered",
	       atomic_load(&n->requests));
	metric(&b, "hikeshi_client_errors_total", "counter", "answers 4xx",
	       atomic_load(&n->client_errors));
	metric(&b, "hikeshi_server_errors_total", "counter", "answers 5xx",
	       atomic_load(&n->server_errors));
	metric(&b, "hikeshi_sign_ins_total", "counter", "successful sign-ins",
	       atomic_load(&n->sign_ins));
	metric(&b, "hikeshi_imports_total", "counter", "imports accepted",
	       atomic_load(&n->imports));
	metric(&b, "hikeshi_journal_seq", "gauge", "entries of the journal",
	       (unsigned long long)store_last_seq(c->api->o.node->store));
	metric(&b, "hikeshi_labels", "gauge", "interned labels",
	       (unsigned long long)label_max(c->api->o.node->store));
	metric(&b, "hikeshi_uptime_seconds", "gauge", "since start",
	       (unsigned long long)((clock_now_us() - c->api->started_us) / US_PER_S));
	response_header(c->rq, "Cache-Control", STR("no-store"));
	response_bytes(c->rq, 200, "text/plain; version=0.0.4",
		       arena_str(request_arena(c->rq), buf_str(&b)));
	return ERR_OK;
}

enum err catalog_get(struct call *c)
{
	response_header(c->rq, "Cache-Control", STR("private, no-cache"));
	response_bytes(c->rq, 200, "application/json", catalog_document(c->api->o.node->catalog));
	return ERR_OK;
}

enum err openapi_get(struct call *c)
{
	response_header(c->rq, "Cache-Control", STR("no-cache"));
	response_bytes(c->rq, 200, "application/json", api_openapi(c->api));
	return ERR_OK;
}

enum err stream_get(struct call *c)
{
	str last = request_header(c->rq, "Last-Event-ID");
	uint64_t id = 0;
	struct stream *st;

	if (last.n && str_u64(last, &id))
		id = 0;
	response_header(c->rq, "Cache-Control", STR("no-store"));
	response_header(c->rq, "X-Accel-Buffering", STR("no"));
	st = response_stream(c->rq, "text/event-stream", NULL, NULL);
	hub_join(c->api->o.node->hub, st, &c->actor, (int64_t)id, c->api->build);
	return ERR_OK;
}
