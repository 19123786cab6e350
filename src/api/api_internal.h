// SPDX-License-Identifier: Apache-2.0
/* api_internal: what the files of api/ share. */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H

#include <stdatomic.h>

#include "api/api.h"
#include "net/router.h"
#include "team/account.h"
#include "team/import.h"
#include "team/record.h"
#include "team/warning.h"

enum route_flag {
	ROUTE_PUBLIC = 1,    /* no sign-in needed */
	ROUTE_BARE = 2,      /* not JSON of the API: no CSRF media type check (forms) */
	ROUTE_WRITE = 4,     /* scope write */
	ROUTE_IMPORT = 8,    /* scope import, large body */
	ROUTE_EXPORT = 16,   /* scope export */
	ROUTE_ADMIN = 32,    /* scope admin */
	ROUTE_READ = 64,     /* scope read although it is a POST */
	ROUTE_SESSION = 256, /* signing in and out: also where nothing else is written */
	ROUTE_SEEN = 512,    /* also while somebody looks as another role: ways out of it */
	ROUTE_ONCE = 128,    /* its answer holds a secret and is never kept for a repetition */
};
struct api_counts {
	atomic_ullong requests, client_errors, server_errors, sign_ins, imports;
};
struct api {
	struct api_options o;
	struct router *router;
	struct route *routes;
	size_t n_routes;
	struct buf openapi;
	char build[17]; /* of the assets and the program */
	atomic_bool draining;
	struct api_counts counts;
	int64_t started_us;
};

/* One request on its way: made by api_handle, given to handlers. */
struct call {
	struct api *api;
	struct request *rq;
	const struct route_match *m;
	struct ctx ctx; /* arena, actor, view */
	struct actor actor;
	struct why why;
	bool by_cookie;
	bool has_ctx;
	str session; /* the cookie's secret */
	int status;  /* what was answered, for a repetition of the request */
	str answer, location, etag;
};
typedef enum err call_fn(struct call *c);

/* What OpenAPI and the dispatcher know about a route. */
struct route_doc {
	call_fn *fn;
	const char *id;      /* operationId */
	const char *summary; /* one line */
	const char *body;    /* schema name of the request body, "none", "any", "form", "bytes" */
	const char *answer;  /* schema name of the 2xx answer */
	int status;          /* 200, 201, 202, 204 */
	const char *params;  /* blank separated query parameters that are allowed */
};

/* ---- answers ---- */
enum err reply_json(struct call *c, int status, struct buf *b); /* takes the text of b */
enum err reply_value(struct call *c, int status, const struct json *v);
/* A list made whole, {"items": [...], ...}: the page of it that ?limit=&cursor= ask for, all of it
 * without them. page.c */
enum err reply_page(struct call *c, struct buf *b);
void reply_location(struct call *c, str url);
void reply_etag(struct call *c, str etag);
void reply_problem(struct call *c, enum err err);
enum err reply_empty(struct call *c, int status);
/* ---- requests ---- */
/* The body as JSON object; an empty body is {} where allowed. */
MUST_CHECK enum err call_json(struct call *c, bool may_be_empty, struct json *ret);
/* If-Match: 0 none, -1 "*", else the version. ERR_STALE for a tag that is no version of ours. */
MUST_CHECK enum err call_if_match(struct call *c, int32_t *ret);
MUST_CHECK enum err call_limit(struct call *c, size_t fallback, size_t *ret);
/* Opaque keyset cursor <-> number, authenticated. */
str cursor_text(struct call *c, int64_t pos);
/* The end of a list {"items":[...],"next":...} whose items were written; next 0: there is no more.
 */
void page_end(struct call *c, struct json_out *o, int64_t next);
MUST_CHECK enum err call_cursor(struct call *c, int64_t *ret);
/* The same of bytes (at most 128), good for one purpose alone; empty where none was given. */
str cursor_sealed(struct call *c, str purpose, str bytes);
MUST_CHECK enum err call_cursor_sealed(struct call *c, str purpose, size_t least, size_t most,
				       str *ret);
/* Refuses query parameters that are not in the blank separated list. */
/* A page of full text as the reader may see it: candidates without the words in what is shown, or
 * that wanted (nullable) refuses, are passed over; *ret_next 0: there is nothing further. ret holds
 * q->limit. text_page.c */
typedef bool text_wanted(const void *ctx, const struct record *r);
MUST_CHECK enum err call_text_page(struct call *c, const struct text_query *q, text_wanted *wanted,
				   const void *ctx, struct record *ret, size_t *ret_n,
				   int64_t *ret_next);
MUST_CHECK enum err call_params(struct call *c, const char *allowed);
str call_param(struct call *c, const char *name);
/* The type that {plural} or {type} of the path names. */
MUST_CHECK enum err call_type(struct call *c, const struct catalog_type **ret);
/* The record that {id} names, of that type. */
MUST_CHECK enum err call_record(struct call *c, struct record *ret);
str call_var(struct call *c, const char *name);
/* The label a list shows of a record: of a warning that of its audience, not of its working copy.
 * search.c */
str call_tlp(struct call *c, const struct record *r);

/* What a list shows besides what the store sorts by: who is in charge, what is due, what
 * it belongs to. lists.c */
struct field_filter {
	bool any;
	bool nobody;           /* without an assignee */
	str person;            /* assignee's id */
	int64_t due_before_us; /* 0: any */
	str incident;          /* id of what it belongs to */
};
MUST_CHECK enum err call_field_filter(struct call *c, struct field_filter *ret);
bool field_filter_fits(struct call *c, const struct field_filter *f, const struct record *r);
/* As store_list, with what the filter refuses passed over: *ret_next may stand behind a page that
 * is not full, where much had to be passed over. */
MUST_CHECK enum err call_list_page(struct call *c, const struct list_query *q,
				   const struct field_filter *f, struct record *ret, size_t *ret_n,
				   int64_t *ret_next);
/* The same in the order of ?sort= (which is there); ?cursor= is of that order. sorting.c */
MUST_CHECK enum err call_sorted_page(struct call *c, const struct catalog_type *t,
				     const struct list_query *q, const struct field_filter *f,
				     struct record *ret, size_t *ret_n, str *ret_next);
/* Of a record only the members that ?fields= names, and id, type, version; all of it without. */
struct json call_fields(struct call *c, const struct json *v);
/* What is known about one value, as members of an open object. knowledge.c */
void known_json(struct call *c, const struct known *k, struct json_out *o);
/* Members of an open object: what names a record; the circles of labels that the reader is in. */
void brief_json(struct call *c, const struct record *r, struct json_out *o);
void circles_json(struct call *c, const int64_t *labels, size_t n_labels, struct json_out *o);
/* The value that ?value= and ?kind= name, and every record that shows it to the reader. values.c */
MUST_CHECK enum err value_ask(struct call *c, struct value_about *ret);
void value_head_json(const struct value_about *x, struct json_out *o);
/* A reason as the body of a problem, "problem": {...}, for answers that tell of many. reply.c */
void problem_json(struct call *c, enum err err, const struct why *why, struct json_out *o);

/* ---- authentication (session.c) ---- */
MUST_CHECK enum err call_authenticate(struct call *c, unsigned flags);
/* Around the handler of a POST that carries an Idempotency-Key; *ret_done: it was done before and
 * the same answer has been sent. idempotency.c */
MUST_CHECK enum err idempotent_begin(struct call *c, bool *ret_done);
void idempotent_end(struct call *c, enum err err);
enum err session_create(struct call *c), session_delete(struct call *c),
    session_confirm(struct call *c), see_as_begin(struct call *c), see_as_end(struct call *c),
    me_get(struct call *c), me_patch(struct call *c);
/* ERR_DENIED "step_up" for a browser whose password was shown too long ago. */
MUST_CHECK enum err call_confirmed(struct call *c);
/* ERR_DENIED for a token: what is a person's own, and every way in, is changed by people who are
 * signed in. */
MUST_CHECK enum err call_person(struct call *c);
/* ERR_UNPROCESSABLE for a member of the body that is not among the names (blank separated). */
MUST_CHECK enum err call_members(struct call *c, const struct json *body, const char *names);
enum err own_methods(struct call *c), own_password(struct call *c), own_totp_offer(struct call *c),
    own_totp_confirm(struct call *c), own_totp_stop(struct call *c), own_sessions(struct call *c),
    own_sessions_end(struct call *c); /* own.c */
enum err accounts_get_all(struct call *c), accounts_get(struct call *c),
    accounts_add(struct call *c), accounts_patch(struct call *c), accounts_link(struct call *c),
    accounts_totp_stop(struct call *c), accounts_sessions_end(struct call *c),
    settings_get(struct call *c); /* accounts.c */
enum err tokens_list(struct call *c), tokens_create(struct call *c), tokens_delete(struct call *c);

/* ---- handlers ---- */
enum err records_list(struct call *c), records_create(struct call *c), records_get(struct call *c),
    records_patch(struct call *c);
enum err records_count(struct call *c), records_step(struct call *c), records_erase(struct call *c),
    records_history(struct call *c), records_erasures(struct call *c);
enum err records_bulk(struct call *c), operations_undo(struct call *c);     /* bulk.c */
enum err incidents_merged(struct call *c), incidents_split(struct call *c); /* cases.c */
enum err changes_get(struct call *c);                                       /* changes.c */
enum err journal_entries(struct call *c), journal_entry_get(struct call *c),
    journal_proof(struct call *c), journal_checkpoint_get(struct call *c); /* journal.c */
enum err presence_post(struct call *c);                                    /* presence.c */
enum err extract_post(struct call *c);                                     /* extract.c */
enum err links_get(struct call *c), links_add(struct call *c), links_delete(struct call *c);
enum err comments_list(struct call *c), comments_add(struct call *c);
enum err files_list(struct call *c), files_add(struct call *c), files_get(struct call *c);
enum err indicators_list(struct call *c), indicators_add(struct call *c);
enum err warnings_preview(struct call *c), warnings_deliveries(struct call *c),
    warnings_assessments(struct call *c), warnings_answer(struct call *c),
    warnings_receipts(struct call *c), warnings_calls(struct call *c),
    warnings_concerns(struct call *c), warnings_changes(struct call *c),
    warnings_text(struct call *c), warnings_figures(struct call *c);
enum err figures_desk(struct call *c); /* figures.c */
enum err circle_members_get(struct call *c), circle_members_add(struct call *c),
    circle_members_remove(struct call *c); /* circles.c */
enum err lookup_post(struct call *c), search_get(struct call *c), import_post(struct call *c),
    export_get(struct call *c), job_get(struct call *c);
enum err values_get(struct call *c), values_records(struct call *c),
    values_sightings(struct call *c), values_graph(struct call *c), jobs_list(struct call *c);
enum err stream_get(struct call *c), catalog_get(struct call *c), openapi_get(struct call *c);
enum err sources_list(struct call *c), sources_get(struct call *c), sources_add(struct call *c),
    sources_patch(struct call *c), sources_delete(struct call *c), sources_run(struct call *c);
enum err peers_list(struct call *c), peers_get(struct call *c), peers_accept(struct call *c),
    peers_patch(struct call *c), peers_delete(struct call *c), peers_self(struct call *c),
    peers_items(struct call *c), peers_again(struct call *c), peers_invite(struct call *c),
    exchange_hello(struct call *c), exchange_teams(struct call *c),
    exchange_circles(struct call *c);
enum err healthz(struct call *c), readyz(struct call *c), metrics(struct call *c);
enum err report_form(struct call *c), report_post(struct call *c), report_status(struct call *c),
    security_txt(struct call *c), rfc2350_text(struct call *c), rfc2350_page(struct call *c);
enum err public_warnings(struct call *c), public_warning(struct call *c),
    public_feed(struct call *c);
/* Whole page for an address of the user interface; false when there is none. */
bool static_serve(struct call *c);
void common_headers(struct call *c);

/* ---- openapi ---- */
void openapi_write(struct api *a, struct buf *out);
const struct route *api_route_table(size_t *ret_n);

#endif
