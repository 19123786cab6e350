// SPDX-License-Identifier: Apache-2.0
/* Every address of the API in one table; the dispatcher and the OpenAPI document read the same
 * rows. */
#include "api/api_internal.h"

static void dispatch(void *ctx, struct request *rq, const struct route_match *m)
{
	(void)ctx;
	(void)rq;
	(void)m; /* api_handle calls doc->fn itself, with a struct call */
}

#define LIST "limit cursor state severity team q parent box exercise revoked"
#define PAGE "limit cursor"
#define IMPORT "format tlp circle name"
#define R(METHOD, PATTERN, FLAGS, ...)                                                             \
	{                                                                                          \
		HTTP_##METHOD, PATTERN, dispatch, FLAGS, &(const struct route_doc)                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct route table[] = {
    R(POST, "/api/v1/session", ROUTE_BARE, session_create, "signIn", "sign in", "SignIn", "Me", 200,
      ""),
    R(DELETE, "/api/v1/session", ROUTE_PUBLIC, session_delete, "signOut", "sign out", "none",
      "none", 204, ""),
    R(GET, "/api/v1/me", 0, me_get, "getMe", "who am I and what may I do", "none", "Me", 200, ""),
    R(PATCH, "/api/v1/me", 0, me_patch, "patchMe", "change one's language or name", "MePatch", "Me",
      200, ""),
    R(GET, "/api/v1/tokens", 0, tokens_list, "listTokens", "API tokens of one's own", "none",
      "List", 200, PAGE),
    R(POST, "/api/v1/tokens", ROUTE_ONCE, tokens_create, "createToken",
      "make an API token; it is shown once", "TokenRequest", "Any", 201, ""),
    R(DELETE, "/api/v1/tokens/{id}", 0, tokens_delete, "deleteToken", "revoke an API token", "none",
      "none", 204, ""),
    R(GET, "/api/v1/catalog", 0, catalog_get, "getCatalog",
      "record types, fields, states and code lists with labels", "none", "Any", 200, ""),
    R(GET, "/api/openapi.json", ROUTE_BARE, openapi_get, "getOpenapi", "this document", "none",
      "Any", 200, ""),
    R(GET, "/api/v1/stream", 0, stream_get, "stream", "server-sent events: what changed", "none",
      "stream", 200, "topics"),
    R(GET, "/api/v1/search", 0, search_get, "search",
      "everything the caller may see, Japanese and English", "none", "List", 200, "q limit cursor"),
    R(POST, "/api/v1/lookup", ROUTE_READ, lookup_post, "lookup",
      "what is known about up to 10,000 values", "Lookup", "LookupAnswer", 200, ""),
    R(POST, "/api/v1/import", ROUTE_IMPORT, import_post, "import",
      "import a file; answers with a job", "bytes", "Any", 202, IMPORT),
    R(GET, "/api/v1/export", ROUTE_EXPORT, export_get, "export", "export what one may see", "none",
      "bytes", 200, "format type circle tlp since q"),
    R(GET, "/api/v1/jobs/{id}", 0, job_get, "getJob", "state and result of long work", "none",
      "Any", 200, ""),
    R(GET, "/api/v1/warnings/{id}/preview", 0, warnings_preview, "previewWarning",
      "who would get it, who not and why, and the hash an approval is bound to", "none", "Any", 200,
      ""),
    R(GET, "/api/v1/warnings/{id}/deliveries", 0, warnings_deliveries, "listDeliveries",
      "how it reached whom (issuer)", "none", "List", 200, PAGE),
    R(GET, "/api/v1/warnings/{id}/assessments", 0, warnings_assessments, "listAssessments",
      "who has answered how (issuer), or one's own answer", "none", "List", 200, PAGE),
    R(POST, "/api/v1/warnings/{id}/assessments", 0, warnings_answer, "answerWarning",
      "answer for one's team", "Assessment", "Record", 201, ""),
    R(GET, "/api/v1/warnings/{id}/receipts", 0, warnings_receipts, "listReceipts",
      "proofs of what was answered (issuer)", "none", "List", 200, PAGE),
    R(GET, "/api/v1/warnings/{id}/calls", 0, warnings_calls, "listCalls",
      "who is to be called by telephone (issuer)", "none", "List", 200, PAGE),
    R(GET, "/api/v1/warnings/{id}/concerns", 0, warnings_concerns, "listConcerns",
      "which of it concerns one's own team", "none", "List", 200, PAGE),
    R(GET, "/api/v1/warnings/{id}/changes", 0, warnings_changes, "listChanges",
      "what changed between two editions", "none", "Any", 200, "from to"),
    R(GET, "/api/v1/stix/{type}", 0, records_list, "listStix", "STIX objects of one type", "none",
      "List", 200, LIST),
    R(POST, "/api/v1/stix/{type}", 0, records_create, "createStix", "create a STIX object", "Stix",
      "Record", 201, ""),
    R(GET, "/api/v1/stix/{type}/{id}", 0, records_get, "getStix", "one STIX object", "none",
      "Record", 200, ""),
    R(PATCH, "/api/v1/stix/{type}/{id}", 0, records_patch, "patchStix",
      "change a STIX object (JSON Merge Patch, If-Match)", "Stix", "Record", 200, ""),
    R(GET, "/api/v1/stix/{type}/{id}/history", 0, records_history, "historyStix",
      "what happened to one's own copy", "none", "List", 200, PAGE),
    R(GET, "/api/v1/stix/{type}/{id}/links", 0, links_get, "linksStix", "links", "none", "List",
      200, PAGE),
    R(POST, "/api/v1/stix/{type}/{id}/links", 0, links_add, "addLinkStix", "link it to something",
      "Link", "Any", 201, ""),
    R(DELETE, "/api/v1/stix/{type}/{id}/links", 0, links_delete, "removeLinkStix", "remove a link",
      "Link", "none", 204, ""),
    R(GET, "/api/v1/stix/{type}/{id}/comments", 0, comments_list, "commentsStix", "comments",
      "none", "List", 200, PAGE),
    R(POST, "/api/v1/stix/{type}/{id}/comments", 0, comments_add, "addCommentStix", "comment on it",
      "Comment", "Record", 201, ""),
    R(GET, "/api/v1/stix/{type}/{id}/files", 0, files_list, "filesStix", "files", "none", "List",
      200, PAGE),
    R(POST, "/api/v1/stix/{type}/{id}/files", 0, files_add, "addFileStix", "attach a file", "form",
      "Any", 201, ""),
    R(GET, "/api/v1/stix/{type}/{id}/files/{file}", 0, files_get, "getFileStix", "download a file",
      "none", "bytes", 200, ""),
    R(GET, "/api/v1/stix/{type}/{id}/indicators", 0, indicators_list, "indicatorsStix",
      "its values and what is known about each", "none", "List", 200, PAGE),
    R(POST, "/api/v1/stix/{type}/{id}/indicators", ROUTE_WRITE, indicators_add, "addIndicatorsStix",
      "values from text or a file, joined to the record", "Paste", "Any", 200, IMPORT),
    R(GET, "/api/v1/{plural}", 0, records_list, "list", "records of one type, newest first", "none",
      "List", 200, LIST),
    R(POST, "/api/v1/{plural}", 0, records_create, "create", "create a record", "plural", "Record",
      201, ""),
    R(GET, "/api/v1/{plural}/count", 0, records_count, "count", "how many there are", "none", "Any",
      200, LIST),
    R(GET, "/api/v1/{plural}/{id}", 0, records_get, "get", "one record, by id or by number", "none",
      "Record", 200, ""),
    R(PATCH, "/api/v1/{plural}/{id}", 0, records_patch, "patch",
      "change a record (JSON Merge Patch, If-Match)", "plural", "Record", 200, ""),
    R(GET, "/api/v1/{plural}/{id}/history", 0, records_history, "history", "what happened to it",
      "none", "List", 200, PAGE),
    R(GET, "/api/v1/{plural}/{id}/links", 0, links_get, "links", "links", "none", "List", 200,
      PAGE),
    R(POST, "/api/v1/{plural}/{id}/links", 0, links_add, "addLink", "link it to something", "Link",
      "Any", 201, ""),
    R(DELETE, "/api/v1/{plural}/{id}/links", 0, links_delete, "removeLink", "remove a link", "Link",
      "none", 204, ""),
    R(GET, "/api/v1/{plural}/{id}/comments", 0, comments_list, "comments", "comments", "none",
      "List", 200, PAGE),
    R(POST, "/api/v1/{plural}/{id}/comments", 0, comments_add, "addComment", "comment on it",
      "Comment", "Record", 201, ""),
    R(GET, "/api/v1/{plural}/{id}/files", 0, files_list, "files", "files", "none", "List", 200,
      PAGE),
    R(POST, "/api/v1/{plural}/{id}/files", 0, files_add, "addFile", "attach a file", "form", "Any",
      201, ""),
    R(GET, "/api/v1/{plural}/{id}/files/{file}", 0, files_get, "getFile", "download a file", "none",
      "bytes", 200, ""),
    R(GET, "/api/v1/{plural}/{id}/indicators", 0, indicators_list, "indicators",
      "its values and what is known about each", "none", "List", 200, PAGE),
    R(POST, "/api/v1/{plural}/{id}/indicators", ROUTE_WRITE, indicators_add, "addIndicators",
      "values from text or a file, joined to the record", "Paste", "Any", 200, IMPORT),
    R(POST, "/api/v1/{plural}/{id}/{transition}", 0, records_step, "step",
      "a step of the state machine", "Step", "Record", 200, ""),
    R(GET, "/healthz", ROUTE_BARE, healthz, "healthz", "alive", "none", "Any", 200, ""),
    R(GET, "/readyz", ROUTE_BARE, readyz, "readyz", "ready", "none", "Any", 200, ""),
    R(GET, "/metrics", ROUTE_BARE, metrics, "metrics", "Prometheus text", "none", "bytes", 200, ""),
    R(GET, "/report", ROUTE_BARE, report_form, "reportForm", "the public report form", "none",
      "html", 200, "lang team"),
    R(POST, "/report", ROUTE_BARE, report_post, "report", "send a report", "form", "html", 201,
      "team"),
    R(GET, "/report/status", ROUTE_BARE, report_status, "reportStatus", "look up a report", "none",
      "html", 200, "lang number code"),
    R(POST, "/report/status", ROUTE_BARE, report_status, "reportStatusPost", "look up a report",
      "form", "html", 200, "lang"),
    R(GET, "/.well-known/security.txt", ROUTE_BARE, security_txt, "securityTxt", "RFC 9116", "none",
      "bytes", 200, ""),
};

const struct route *api_route_table(size_t *ret_n)
{
	*ret_n = ARRAY_LEN(table);
	return table;
}
