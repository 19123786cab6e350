// SPDX-License-Identifier: Apache-2.0
/* Files of a record: kept by content, given out only as downloads that no browser runs. */
#include "api/api_internal.h"

#include "base/codec.h"

#define FILES_MAX_BYTES (INT64_C(512) << 20)

static void file_json(struct call *c, const struct file_row *f, struct json_out *o)
{
	char u[UUID_TEXT];
	BUF(hex);

	(void)c;
	uuid_text(f->uid, u);
	hex_encode(&hex, f->digest.b, sizeof(f->digest.b));
	jo_object(o);
	jo_kstr(o, "id", (str){u, UUID_TEXT});
	jo_kstr(o, "name", f->name);
	jo_kstr(o, "media_type", f->media_type);
	jo_ki64(o, "bytes", f->bytes);
	jo_kstr(o, "sha256", buf_str(&hex));
	jo_ktime(o, "added", f->added_us);
	jo_end(o);
}

/* Files stay with the team that holds the record: they never leave with a warning or a circle. */
static enum err own_record(struct call *c, struct record *ret)
{
	enum err err = call_record(c, ret);

	if (!err && ret->team != c->actor.team) /* gate */
		err = why_field(&c->why, ERR_NOTFOUND, "not_found", NULL,
				"there are no files that you may see",
				"閲覧できるファイルはありません");
	return err;
}

enum err files_list(struct call *c)
{
	struct record r;
	struct file_row *f = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);
	enum err err = call_record(c, &r);

	if (!err && r.team == c->actor.team) /* gate */
		err = file_list(c->api->o.node->store, c->ctx.arena, r.key, &f, &n, &c->why);
	if (err)
		return err;
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n; i++)
		file_json(c, &f[i], &o);
	jo_end(&o);
	jo_kc(&o, "next", NULL);
	jo_end(&o);
	return reply_page(c, &b);
}

static enum err keep(struct call *c, const struct record *r, str name, str type, str data,
		     struct file_row *ret)
{
	struct file_writer *w = NULL;
	enum err err = file_begin(c->api->o.node->store, FILES_MAX_BYTES, &w, &c->why);

	if (err)
		return err;
	err = file_write(w, data, &c->why);
	if (err) {
		file_abort(w);
		return err;
	}
	*ret = (struct file_row){.record = r->key,
				 .name = str_slice(name, 0, 255),
				 .media_type = str_slice(type, 0, 100),
				 .added_us = clock_now_us(),
				 .added_by = c->actor.account};
	err = file_commit(w, &ret->digest, &ret->bytes, &c->why);
	if (!err)
		err = file_attach(c->api->o.node->store, ret, &ret->uid, &c->why);
	return err;
}

enum err files_add(struct call *c)
{
	struct record r;
	struct form_part *p = NULL;
	size_t n = 0, kept = 0;
	struct file_row row;
	struct uuid first = {0};
	char u[UUID_TEXT];
	struct json_out o;
	struct verdict v;
	BUF(b);
	enum err err = own_record(c, &r);
	const struct catalog_type *t = err ? NULL : catalog_code(c->api->o.node->catalog, r.type);

	if (err)
		return err;
	v = policy_type(&c->actor, t ? t : catalog_generic(c->api->o.node->catalog),
			"edit"); /* gate */
	if (!v.ok)
		return why_field(&c->why, ERR_DENIED, v.code, NULL,
				 "your role may not change this record",
				 "この記録は変更できません");
	err = request_form(c->rq, &p, &n, &c->why);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_key(&o, "items");
	jo_array(&o);
	for (size_t i = 0; i < n && !err; i++) {
		if (!p[i].filename.n)
			continue;
		if (!utf8_valid(p[i].filename))
			err = why_field(&c->why, ERR_INVALID, "encoding", "/file",
					"the file's name is not UTF-8",
					"ファイル名がUTF-8ではありません");
		else
			err = keep(c, &r, p[i].filename, p[i].media_type, p[i].data, &row);
		if (!err) {
			file_json(c, &row, &o);
			if (!kept++)
				first = row.uid;
		}
	}
	if (!err && !kept)
		err = why_field(&c->why, ERR_INVALID, "empty", NULL,
				"send the file as multipart/form-data",
				"multipart/form-data でファイルを送ってください");
	if (err)
		return err;
	jo_end(&o);
	jo_end(&o);
	uuid_text(first, u);
	reply_location(
	    c, arena_printf(c->ctx.arena, "%.*s/%.*s", STR_ARG(request_path(c->rq)), UUID_TEXT, u));
	return reply_json(c, 201, &b);
}

enum err files_get(struct call *c)
{
	struct record r;
	struct uuid uid;
	struct file_row f = {0};
	int fd = -1;
	BUF(name);
	enum err err = own_record(c, &r);

	if (!err)
		err = uuid_parse(call_var(c, "file"), &uid) ? ERR_NOTFOUND : ERR_OK;
	if (!err)
		err = file_find(c->api->o.node->store, c->ctx.arena, uid, &f, &c->why);
	if (!err && f.record != r.key) /* gate */
		err = ERR_NOTFOUND;
	if (err == ERR_NOTFOUND) {
		c->why = (struct why){0};
		return why_field(&c->why, ERR_NOTFOUND, "not_found", NULL, "there is no such file",
				 "そのファイルはありません");
	}
	if (!err)
		err = file_open(c->api->o.node->store, f.digest, &fd, &c->why);
	if (err)
		return err;
	percent_encode(&name, f.name);
	response_header(c->rq, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
	response_header(c->rq, "Content-Disposition",
			arena_printf(c->ctx.arena, "attachment; filename*=UTF-8''%.*s",
				     STR_ARG(buf_str(&name))));
	response_header(c->rq, "Cache-Control", STR("private, no-store"));
	response_fd(c->rq, 200, "application/octet-stream", fd, f.bytes);
	return ERR_OK;
}
