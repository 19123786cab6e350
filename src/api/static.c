// SPDX-License-Identifier: Apache-2.0
/* The user interface: hashed assets for ever, one shell page for every address of the application.
 */
#include "api/api_internal.h"

static void send_asset(struct call *c, const struct asset *a, const char *media_type)
{
	struct asset_answer x = asset_negotiate(a, request_header(c->rq, "Accept-Encoding"),
						request_header(c->rq, "If-None-Match"));

	response_header(c->rq, "ETag", str_c(a->etag));
	response_header(c->rq, "Cache-Control", x.cache_control);
	response_header(c->rq, "Vary", STR("Accept-Encoding"));
	if (x.encoding.n)
		response_header(c->rq, "Content-Encoding", x.encoding);
	if (x.status == 304)
		response_empty(c->rq, 304);
	else
		response_bytes(c->rq, x.status, media_type, x.body);
}

static bool is_application_address(struct call *c, str path)
{
	static const char *const not [] = {"/api/",         "/assets/", "/taxii2/", "/misp/",
					   "/.well-known/", "/report/", "/public/"};
	str last = str_from(path, (size_t)(str_rfind_char(path, '/') + 1)),
	    accept = request_header(c->rq, "Accept");

	for (size_t i = 0; i < ARRAY_LEN(not ); i++)
		if (str_starts(path, str_c(not [i])))
			return false;
	return str_find_char(last, '.') < 0 &&
	       (str_find(accept, STR("text/html")) >= 0 || !accept.n || str_eq(accept, STR("*/*")));
}

bool static_serve(struct call *c)
{
	const struct api_options *o = &c->api->o;
	enum http_method m = request_method(c->rq);
	str path = request_path(c->rq);
	const struct asset *a;

	if ((m != HTTP_GET && m != HTTP_HEAD) || !o->n_assets)
		return false;
	a = asset_find(o->assets, o->n_assets, path);
	if (!a && is_application_address(c, path))
		a = asset_find(o->assets, o->n_assets, STR("/index.html"));
	if (!a)
		return false;
	send_asset(c, a, a->mime);
	return true;
}
