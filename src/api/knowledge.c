// SPDX-License-Identifier: Apache-2.0
/* What the node knows: look-up, import, export, and the values of one record. */
#include "api/api_internal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/map.h"

#define LOOKUP_MAX 10000
#define PASTE_VALUES 2000
#define IMPORT_INLINE (1024 * 1024) /* smaller imports are done at once even as jobs go */

/* ---- look-up ---- */

void brief_json(struct call *c, const struct record *r, struct json_out *o)
{
	const struct directory_team *t = directory_team(c->ctx.dir, r->team);

	jo_kstr(o, "id", record_id(&c->ctx, r));
	jo_kstr(o, "type", word_text(c->api->o.node->store, r->type));
	jo_key(o, "number");
	if (r->number.n)
		jo_str(o, r->number);
	else
		jo_null(o);
	jo_kstr(o, "title", record_title(&c->ctx, r));
	jo_key(o, "team");
	if (t)
		jo_str(o, record_id(&c->ctx, &t->record));
	else
		jo_null(o);
	jo_kstr(o, "tlp", call_tlp(c, r));
}

void circles_json(struct call *c, const int64_t *labels, size_t n_labels, struct json_out *o)
{
	struct map seen;

	map_init(&seen);
	jo_key(o, "circles");
	jo_array(o);
	for (size_t i = 0; i < n_labels; i++) {
		const struct label *l = label_get(c->api->o.node->store, labels[i]);

		for (size_t n = 0; l && n < l->n_circles; n++) {
			const struct directory_circle *ci =
			    directory_circle(c->ctx.dir, l->circles[n].circle);
			int64_t joined;
			bool fresh = false;
			char u[UUID_TEXT];

			if (!ci || (ci->owner != c->actor.team &&
				    !world_is_member(&c->ctx.dir->world, ci->key, c->actor.team,
						     &joined))) /* gate */
				continue;
			uuid_text(ci->uid, u);
			str id = arena_printf(c->ctx.arena, "x-hikeshi-circle--%.*s", UUID_TEXT, u);

			(void)map_put(&seen, id, &fresh);
			if (fresh)
				jo_str(o, id);
		}
	}
	jo_end(o);
	map_done(&seen);
}

void known_json(struct call *c, const struct known *k, struct json_out *o)
{
	int64_t *labels = arena_array(c->ctx.arena, int64_t, k->n_records);

	jo_kstr(o, "value", k->asked);
	jo_key(o, "kind");
	if (k->kind != VALUE_NONE)
		jo_str(o, value_kind_name(k->kind));
	else
		jo_null(o);
	jo_key(o, "canonical");
	if (k->kind != VALUE_NONE)
		jo_str(o, k->canonical);
	else
		jo_null(o);
	jo_ki64(o, "count", k->count);
	jo_key(o, "records");
	jo_array(o);
	for (size_t i = 0; i < k->n_records; i++) {
		labels[i] = k->records[i].label;
		jo_object(o);
		brief_json(c, &k->records[i], o);
		jo_end(o);
	}
	jo_end(o);
	circles_json(c, labels, k->n_records, o);
	jo_key(o, "sightings");
	jo_object(o);
	jo_ki64(o, "count", k->sightings);
	jo_ktime(o, "first", k->first_us ? k->first_us : TIME_NONE);
	jo_ktime(o, "last", k->last_us ? k->last_us : TIME_NONE);
	jo_end(o);
	jo_key(o, "warninglists");
	jo_array(o);
	for (size_t i = 0; i < k->n_lists; i++)
		jo_str(o, k->lists[i]);
	jo_end(o);
}

static enum err lookup_values(struct call *c, str **ret, size_t *ret_n)
{
	struct json body;
	const struct json *list;
	enum err err = call_json(c, false, &body);

	if (err)
		return err;
	list = json_get_c(&body, "values");
	if (!json_is(list, JSON_ARRAY) || json_count(&body) != 1)
		return why_field(&c->why, ERR_UNPROCESSABLE, "type", "/values",
				 "send {\"values\": [\"...\"]} and nothing else",
				 "{\"values\": [\"...\"]} の形で送ってください");
	if (json_count(list) > LOOKUP_MAX)
		return why_field(&c->why, ERR_LIMIT, "items", "/values",
				 "at most 10,000 values in one request",
				 "一度に照会できるのは10,000件までです");
	*ret = arena_array(c->ctx.arena, str, json_count(list) + 1);
	*ret_n = json_count(list);
	for (size_t i = 0; i < *ret_n; i++) {
		if (!json_is(json_at(list, i), JSON_STRING))
			return why_field(&c->why, ERR_UNPROCESSABLE, "type", "/values",
					 "every value must be a string",
					 "値は文字列で指定してください");
		(*ret)[i] = json_str(json_at(list, i));
	}
	return ERR_OK;
}

enum err lookup_post(struct call *c)
{
	str *values = NULL;
	size_t n = 0;
	struct known *k;
	struct json_out o;
	BUF(b);
	enum err err = lookup_values(c, &values, &n);

	if (err)
		return err;
	k = arena_array(c->ctx.arena, struct known, n + 1);
	err =
	    intel_lookup(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, values, n, k, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		known_json(c, &k[i], &o);
		jo_end(&o);
	}
	jo_end(&o);
	jo_end(&o);
	return reply_json(c, 200, &b);
}

/* ---- import and export ---- */

static enum err import_params(struct call *c, struct import_options *o)
{
	str format = call_param(c, "format"), tlp = call_param(c, "tlp"),
	    circle = call_param(c, "circle");
	struct uuid *u = arena_new(c->ctx.arena, struct uuid);
	str type;

	if (format.n && format_parse_name(format, &o->format))
		return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "format",
				 "is not a format: auto, stix, misp, csv, list, text",
				 "形式は auto、stix、misp、csv、list、text です");
	if (tlp.n) {
		if (tlp_parse(tlp, &o->tlp))
			return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "tlp",
					 "is not a TLP label", "TLPラベルではありません");
		o->has_tlp = true;
	}
	if (circle.n) {
		if (id_parse(circle, &type, u))
			return why_field(&c->why, ERR_UNPROCESSABLE, "format", "circle",
					 "is not an id", "IDではありません");
		o->circles = u;
		o->n_circles = 1;
	}
	return ERR_OK;
}

/* The uploaded bytes: the body itself, or the first file of a form. */
static enum err upload(struct call *c, str *ret_name, str *ret_text)
{
	struct form_part *p = NULL;
	size_t n = 0;
	enum err err;

	*ret_name = call_param(c, "name");
	*ret_text = request_body(c->rq);
	if (str_starts(request_header(c->rq, "Content-Type"), STR("multipart/form-data"))) {
		err = request_form(c->rq, &p, &n, &c->why);
		if (err)
			return err;
		*ret_text = STR_NULL;
		for (size_t i = 0; i < n; i++)
			if (p[i].filename.n || str_eq(p[i].name, STR("file"))) {
				*ret_name = p[i].filename;
				*ret_text = p[i].data;
				break;
			}
	}
	if (!ret_text->n)
		return why_field(&c->why, ERR_INVALID, "empty", NULL,
				 "nothing was sent: the body or a form's file holds what to import",
				 "取り込む内容がありません");
	if (!ret_name->n)
		*ret_name = STR("upload");
	return ERR_OK;
}

static str job_payload(struct call *c, struct digest d, str name)
{
	struct json_out o;
	BUF(hex);
	BUF(b);

	hex_encode(&hex, d.b, sizeof(d.b));
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "file", buf_str(&hex));
	jo_kstr(&o, "name", name);
	jo_ki64(&o, "account", c->actor.account);
	jo_key(&o, "options");
	jo_object(&o);
	if (call_param(c, "format").n)
		jo_kstr(&o, "format", call_param(c, "format"));
	if (call_param(c, "tlp").n)
		jo_kstr(&o, "tlp", call_param(c, "tlp"));
	if (call_param(c, "circle").n) {
		jo_key(&o, "circles");
		jo_array(&o);
		jo_str(&o, call_param(c, "circle"));
		jo_end(&o);
	}
	jo_end(&o);
	jo_end(&o);
	return arena_str(c->ctx.arena, buf_str(&b));
}

static enum err store_upload(struct call *c, str text, struct digest *ret, int64_t *ret_bytes)
{
	struct file_writer *w = NULL;
	enum err err =
	    file_begin(c->api->o.node->store, c->api->o.node->config.upload_bytes, &w, &c->why);

	if (!err)
		err = file_write(w, text, &c->why);
	if (err) {
		file_abort(w);
		return err;
	}
	return file_commit(w, ret, ret_bytes, &c->why);
}

enum err import_post(struct call *c)
{
	struct import_options options = {0};
	struct job j = {.kind = STR("import"), .account = c->actor.account};
	struct digest d;
	struct uuid uid;
	int64_t bytes;
	char u[UUID_TEXT];
	str name, text;
	struct json_out o;
	BUF(b);
	const struct catalog_type *t = catalog_plural(c->api->o.node->catalog, STR("indicators"));
	/* the route asked for the scope to import; what is left to ask is the role */
	struct actor importer = c->actor;
	importer.scopes |= SCOPE_WRITE;
	struct verdict v = policy_type(&importer, t, "create"); /* gate */
	enum err err =
	    v.ok ? ERR_OK
		 : why_field(&c->why, ERR_DENIED, v.code, NULL, "your role does not import",
			     "この役割では取り込みできません");

	if (!err)
		err = import_params(c, &options);
	if (!err)
		err = upload(c, &name, &text);
	if (!err)
		err = store_upload(c, text, &d, &bytes);
	if (err)
		return err;
	j.payload = job_payload(c, d, name);
	err = job_add(c->api->o.node->store, &j, NULL, &uid, &c->why);
	if (err)
		return err;
	if (c->api->o.jobs)
		jobs_wake(c->api->o.jobs);
	atomic_fetch_add(&c->api->counts.imports, 1);
	uuid_text(uid, u);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "job", (str){u, UUID_TEXT});
	jo_kc(&o, "state", "waiting");
	jo_end(&o);
	reply_location(c, arena_printf(c->ctx.arena, "/api/v1/jobs/%.*s", UUID_TEXT, u));
	return reply_json(c, 202, &b);
}

static const char *media_type(enum format_id f)
{
	if (f == FORMAT_STIX)
		return "application/stix+json;version=2.1";
	if (f == FORMAT_MISP)
		return "application/json";
	return f == FORMAT_CSV ? "text/csv; charset=utf-8" : "text/plain; charset=utf-8";
}

/* An unlinked file, so that a large export needs no memory. */
static enum err temp_file(struct call *c, int *ret)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = open(store_data_dir(c->api->o.node->store), O_TMPFILE | O_RDWR | O_CLOEXEC,
			  0600);
	if (fd < 0)
		return why_set(&c->why, ERR_IO, "no temporary file can be made");
	*ret = fd;
	return ERR_OK;
}

static enum err export_params(struct call *c, enum format_id *f, struct export_filter *x)
{
	str format = call_param(c, "format"), circle = call_param(c, "circle"),
	    tlp = call_param(c, "tlp"), since = call_param(c, "since"), type;

	*f = FORMAT_STIX;
	if (format.n && (format_parse_name(format, f) || !format_can_write(*f)))
		return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "format",
				 "is not a format that can be exported", "書き出せない形式です");
	if (circle.n && id_parse(circle, &type, &x->circle))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "circle", "is not an id",
				 "IDではありません");
	if (tlp.n) {
		if (tlp_parse(tlp, &x->max_tlp))
			return why_field(&c->why, ERR_UNPROCESSABLE, "enum", "tlp",
					 "is not a TLP label", "TLPラベルではありません");
		x->has_max_tlp = true;
	}
	if (since.n && time_parse(since, &x->since_us))
		return why_field(&c->why, ERR_UNPROCESSABLE, "format", "since",
				 "must be a time as 2026-11-23T09:30:00Z",
				 "時刻は 2026-11-23T09:30:00Z の形で指定してください");
	str types = call_param(c, "type");
	char *blank = arena_cstr(c->ctx.arena, types);

	for (size_t i = 0; i < types.n; i++)
		if (blank[i] == ',')
			blank[i] = ' ';
	x->types = (str){blank, types.n};
	x->query = call_param(c, "q");
	return ERR_OK;
}

enum err export_get(struct call *c)
{
	enum format_id f;
	struct export_filter x = {0};
	struct format_loss *losses = NULL;
	size_t n = 0;
	int64_t objects = 0;
	struct stat st;
	int fd = -1;
	bool red = false;
	BUF(lost);
	enum err err = export_params(c, &f, &x);

	x.ret_red = &red;
	if (!err)
		err = temp_file(c, &fd);
	if (!err)
		err = export_to(&c->ctx, f, &x, fd, &losses, &n, &objects, &c->why);
	if (!err && red)
		err = call_confirmed(c);
	if (!err && (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) < 0))
		err = why_set(&c->why, ERR_IO, "the export cannot be read back");
	if (err) {
		fd_close(&fd);
		return err;
	}
	for (size_t i = 0; i < n && i < 20; i++)
		buf_printf(&lost, "%s%.*s=%lld", i ? "; " : "", STR_ARG(losses[i].what),
			   (long long)losses[i].count);
	response_header(c->rq, "X-Hikeshi-Objects",
			arena_printf(c->ctx.arena, "%lld", (long long)objects));
	if (lost.n) {
		BUF(safe);

		percent_encode(&safe, buf_str(&lost));
		response_header(c->rq, "X-Hikeshi-Losses", arena_str(c->ctx.arena, buf_str(&safe)));
	}
	response_header(c->rq, "Cache-Control", STR("private, no-store"));
	response_header(c->rq, "Content-Disposition",
			STR("attachment; filename=\"hikeshi-export\""));
	response_fd(c->rq, 200, media_type(f), fd, st.st_size);
	return ERR_OK;
}

/* ---- the values of a record ---- */

static enum err reply_known(struct call *c, const str *values, const struct record *records,
			    size_t n, const struct import_result *imported)
{
	struct known *k = arena_array(c->ctx.arena, struct known, n + 1);
	struct json_out o;
	BUF(b);
	enum err err =
	    intel_lookup(&c->api->o.node->intel, c->ctx.arena, c->ctx.view, values, n, k, &c->why);

	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_key(&o, "indicator");
		if (records[i].key)
			jo_str(&o, record_id(&c->ctx, &records[i]));
		else
			jo_null(&o);
		known_json(c, &k[i], &o);
		jo_end(&o);
	}
	jo_end(&o);
	jo_key(&o, "import");
	if (imported)
		import_result_json(&o, imported);
	else
		jo_null(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return imported ? reply_json(c, 200, &b) : reply_page(c, &b);
}

/* What a record of several values is shown by: a hash, say, before the name of the file. */
static str first_value(struct call *c, const struct record *r)
{
	struct record_value *v = NULL;
	size_t n = 0;

	if (intel_record_values(c->ctx.arena, c->api->o.node->catalog,
				store_value_key(c->api->o.node->store), r, &v, &n, NULL) ||
	    !n)
		return record_title(&c->ctx, r);
	for (size_t i = 0; i < n; i++)
		if (v[i].kind != VALUE_FILENAME)
			return v[i].canonical;
	return v[0].canonical;
}

/* Values of a warning: those its text names; a recipient has no links of its own to it. */
static enum err named_values(struct call *c, const struct record *r, str **values,
			     struct record **records, size_t *ret_n)
{
	struct json body;
	const struct json *ids;
	struct uuid *u;
	size_t n = 0, m = 0;
	enum err err = record_body(&c->ctx, r, &body, &c->why);

	if (err)
		return err;
	ids = json_path(&body, "what", "indicators", NULL);
	u = arena_array(c->ctx.arena, struct uuid, json_count(ids) + 1);
	for (size_t i = 0; i < json_count(ids) && n < LOOKUP_MAX; i++) {
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &u[n]) == ERR_OK)
			n++;
	}
	*values = arena_array(c->ctx.arena, str, n + 1);
	*records = arena_array(c->ctx.arena, struct record, n + 1);
	err = store_find(c->api->o.node->store, c->ctx.arena, c->ctx.view, u, n, true, *records,
			 &c->why);
	for (size_t i = 0; i < n && !err; i++) {
		if (!(*records)[i].key)
			continue;
		(*records)[m] = (*records)[i];
		(*values)[m] = first_value(c, &(*records)[m]);
		m++;
	}
	*ret_n = m;
	return err;
}

static enum err linked_values(struct call *c, const struct record *r, str **values,
			      struct record **records, size_t *ret_n)
{
	struct record_link *l = NULL;
	size_t n = 0, m = 0;
	enum err err = record_links(&c->ctx, r, &l, &n, &c->why);

	if (err)
		return err;
	*values = arena_array(c->ctx.arena, str, n + 1);
	*records = arena_array(c->ctx.arena, struct record, n + 1);
	for (size_t i = 0; i < n && m < LOOKUP_MAX; i++) {
		str type = word_text(c->api->o.node->store, l[i].to.type);

		if (!str_eq(l[i].relation, STR("has")) || !uuid_eq(l[i].from.uid, r->uid) ||
		    (!str_eq(type, STR("indicator")) && !str_eq(type, STR("x-hikeshi-observable"))))
			continue;
		(*values)[m] = first_value(c, &l[i].to);
		(*records)[m++] = l[i].to;
	}
	*ret_n = m;
	return ERR_OK;
}

enum err indicators_list(struct call *c)
{
	struct record r, *records = NULL;
	str *values = NULL;
	size_t n = 0;
	enum err err = call_record(c, &r);

	if (!err)
		err = str_eq(call_var(c, "plural"), STR("warnings"))
			  ? named_values(c, &r, &values, &records, &n)
			  : linked_values(c, &r, &values, &records, &n);
	return err ? err : reply_known(c, values, records, n, NULL);
}

/* Text or a file: its values become indicators of the team, linked to the record, and the answer
 * says what is known about each. Both ways are imports, so that the same value pasted twice is one
 * indicator. */
static enum err paste_source(struct call *c, str *ret_name, str *ret_text, enum format_id *f)
{
	struct json body;
	enum err err;

	*f = FORMAT_AUTO;
	if (!str_starts(request_header(c->rq, "Content-Type"), STR("application/json")))
		return upload(c, ret_name, ret_text);
	err = json_parse(c->ctx.arena, request_body(c->rq), NULL, &body, &c->why);
	if (err)
		return err;
	if (json_is(json_get_c(&body, "text"), JSON_STRING) && json_count(&body) == 1) {
		*ret_name = STR("text");
		*ret_text = json_get_str(&body, "text");
		*f = FORMAT_TEXT;
		if (str_trim(*ret_text).n)
			return ERR_OK;
		return why_field(&c->why, ERR_UNPROCESSABLE, "required", "/text",
				 "paste the text to search for values",
				 "値を含む文章を貼り付けてください");
	}
	if (!json_get_str(&body, "type").n && !json_get_c(&body, "Event") &&
	    !json_get_c(&body, "response"))
		return why_field(
		    &c->why, ERR_UNPROCESSABLE, "required", "/text",
		    "send {\"text\": \"...\"}, a STIX bundle, or a MISP event",
		    "{\"text\": \"...\"}、STIXバンドル、MISPイベントのいずれかを送ってください");
	*ret_name = STR("upload.json");
	*ret_text = request_body(c->rq);
	return ERR_OK;
}

enum err indicators_add(struct call *c)
{
	struct import_options o = {0};
	struct import_result result = {0};
	struct record r, *records = NULL;
	str name, text, *values = NULL;
	size_t n = 0;
	const struct catalog_type *t;
	struct verdict v;
	enum err err = call_record(c, &r);

	if (err)
		return err;
	t = catalog_code(c->api->o.node->catalog, r.type);
	v = policy_type(&c->actor, t ? t : catalog_generic(c->api->o.node->catalog),
			"edit");              /* gate */
	if (!v.ok || r.team != c->actor.team) /* gate */
		return why_field(&c->why, ERR_DENIED, v.ok ? "not_holder" : v.code, NULL,
				 "you may not change this record", "この記録は変更できません");
	err = import_params(c, &o);
	enum format_id asked = o.format;

	if (!err)
		err = paste_source(c, &name, &text, &o.format);
	if (asked != FORMAT_AUTO)
		o.format = asked;
	if (err)
		return err;
	o.link_to = r.uid;
	err = import_text(&c->ctx, &o, name, text, &result, &c->why);
	if (err)
		return err;
	ctx_refresh(&c->ctx);
	err = linked_values(c, &r, &values, &records, &n);
	return err ? err : reply_known(c, values, records, n, &result);
}
