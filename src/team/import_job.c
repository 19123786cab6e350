// SPDX-License-Identifier: Apache-2.0
/* The job "import": a stored upload, read as the account that sent it. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/file.h"
#include "policy/tlp.h"
#include "team/import.h"
#include "team/jobs_internal.h"

#define LEASE_US (60 * US_PER_S)
#define PROGRESS_US (US_PER_S / 2)

static enum err bad_option(str name, struct why *why)
{
	char pointer[96];

	name = str_slice(name, 0, 64);
	(void)snprintf(pointer, sizeof(pointer), "/%.*s", STR_ARG(name));
	return why_field(why, ERR_UNPROCESSABLE, "option", pointer,
			 "is not an option of an import, or not a value it can have",
			 "取り込みの指定として使えない項目か値です");
}

static enum err read_circles(struct arena *a, const struct json *v, struct import_options *o)
{
	size_t n = json_count(v);
	struct uuid *u = arena_array(a, struct uuid, n + 1);
	str type;

	if (!json_is(v, JSON_ARRAY) || n > 100)
		return ERR_INVALID;
	for (size_t i = 0; i < n; i++)
		if (id_parse(json_str(json_at(v, i)), &type, &u[i]))
			return ERR_INVALID;
	o->circles = u;
	o->n_circles = n;
	return ERR_OK;
}

enum err import_options_read(struct arena *a, const struct json *v, struct import_options *ret,
			     struct why *why)
{
	struct import_options o = {.format = FORMAT_AUTO};
	str type;

	for (size_t i = 0; json_is(v, JSON_OBJECT) && i < json_count(v); i++) {
		str key = v->members[i].key, text = json_str(&v->members[i].value);
		enum err err = ERR_INVALID;

		if (json_is(&v->members[i].value, JSON_NULL))
			continue;
		if (str_eq(key, STR("format")))
			err = format_parse_name(text, &o.format);
		else if (str_eq(key, STR("tlp")))
			err = tlp_parse(text, &o.tlp);
		else if (str_eq(key, STR("circles")))
			err = read_circles(a, &v->members[i].value, &o);
		else if (str_eq(key, STR("link_to")))
			err = id_parse(text, &type, &o.link_to);
		if (err)
			return bad_option(key, why);
		o.has_tlp = o.has_tlp || str_eq(key, STR("tlp"));
	}
	*ret = o;
	return ERR_OK;
}

/* ---- the job ---- */

struct progress {
	struct store *store;
	int64_t key, last_us;
};

static void tell(void *ctx, int64_t objects, int64_t done, int64_t total)
{
	struct progress *p = ctx;
	int64_t now = clock_mono_us();
	char text[128];
	int n;

	if (now - p->last_us < PROGRESS_US)
		return;
	p->last_us = now;
	n = snprintf(text, sizeof(text), "{\"objects\":%lld,\"bytes\":%lld,\"total\":%lld}",
		     (long long)objects, (long long)done, (long long)total);
	/* a lost lease is found out at the end; what was read is read */
	if (job_progress(p->store, p->key, (str){text, (size_t)n}, clock_now_us() + LEASE_US, NULL))
		return;
}

static enum err map_file(int fd, str *ret, struct why *why)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return why_set(why, ERR_IO, "the uploaded file cannot be read");
	*ret = STR("");
	if (st.st_size == 0)
		return ERR_OK;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return why_set(why, ERR_IO, "the uploaded file cannot be mapped");
	(void)madvise(p, (size_t)st.st_size, MADV_SEQUENTIAL);
	*ret = (str){p, (size_t)st.st_size};
	return ERR_OK;
}

static enum err run(struct node *n, struct arena *a, const struct job *j,
		    const struct json *payload, struct import_options *o, str text, str *ret,
		    struct why *why)
{
	struct import_result result = {0};
	struct actor actor;
	struct json_out out;
	struct ctx c;
	BUF(b);
	int64_t account = json_get_i64(payload, "account", j->account);
	enum err err = account ? node_account_actor(n, a, account, &actor, why) : ERR_OK;

	if (err)
		return err;
	if (!account)
		actor = node_actor(n, 0);
	ctx_init(&c, n, a, &actor);
	err = import_text(&c, o, json_get_str(payload, "name"), text, &result, why);
	ctx_done(&c);
	if (err)
		return err;
	json_out_init(&out, &b);
	import_result_json(&out, &result);
	*ret = arena_str(a, buf_str(&b));
	return ERR_OK;
}

enum err job_import(struct node *n, struct arena *a, const struct job *j, str *ret_result,
		    struct why *why)
{
	struct progress p = {.store = n->store, .key = j->key};
	struct import_options o;
	struct json payload;
	struct digest d;
	char uid[UUID_TEXT];
	str text;
	FD(fd) = -1;
	enum err err = json_parse(a, j->payload, NULL, &payload, why);

	if (!err && hex_decode(json_get_str(&payload, "file"), d.b, sizeof(d.b)))
		err = why_set(why, ERR_INVALID, "the job names no file");
	if (!err)
		err = import_options_read(a, json_get_c(&payload, "options"), &o, why);
	if (!err)
		err = file_open(n->store, d, &fd, why);
	if (!err)
		err = map_file(fd, &text, why);
	if (err)
		return err;
	uuid_text(j->uid, uid);
	o.job = arena_str(a, (str){uid, UUID_TEXT});
	o.progress = tell;
	o.mapped = true;
	o.ctx = &p;
	err = run(n, a, j, &payload, &o, text, ret_result, why);
	if (text.n)
		(void)munmap((void *)(uintptr_t)text.p, text.n);
	return err;
}
