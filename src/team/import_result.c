// SPDX-License-Identifier: Apache-2.0
/* What an import tells: counts, the first rejects, losses by kind. */
#include "base/codec.h"
#include "team/import_internal.h"

#define LOSSES_MAX 500
#define REASON_MAX 300

/* What a hostile file says of itself goes to terminals and logs: one line, no control characters,
 * no broken UTF-8, at most REASON_MAX bytes. */
static str one_line(struct arena *a, str s)
{
	uint32_t c;
	BUF(out);

	for (size_t i = 0, n; i < s.n && out.n < REASON_MAX; i += n) {
		n = utf8_decode(str_from(s, i), &c);
		if (!n || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069)) {
			n = n ? n : 1;
			buf_add_char(&out, '?');
		} else {
			buf_add(&out, str_slice(s, i, n));
		}
	}
	return arena_str(a, buf_str(&out));
}

/* The arrays have their final room from the first entry on. */

void result_reject(struct arena *a, struct import_result *r, str file, int64_t position, str path,
		   str reason)
{
	if (r->n_rejects == IMPORT_REJECTS)
		return;
	if (!r->n_rejects)
		r->rejects = arena_array(a, struct import_reject, IMPORT_REJECTS);
	r->rejects[r->n_rejects++] = (struct import_reject){.file = arena_str(a, file),
							    .position = position,
							    .path = one_line(a, path),
							    .reason = one_line(a, reason)};
}

void result_loss(struct arena *a, struct import_result *r, str format, str what, int64_t count)
{
	for (size_t i = 0; i < r->n_losses; i++)
		if (str_eq(r->losses[i].what, what) && str_eq(r->losses[i].format, format)) {
			r->losses[i].count += count;
			return;
		}
	if (r->n_losses == LOSSES_MAX) { /* the last stands for all further kinds */
		r->losses[LOSSES_MAX - 1].what = STR("of further kinds");
		r->losses[LOSSES_MAX - 1].count += count;
		return;
	}
	if (!r->n_losses)
		r->losses = arena_array(a, struct import_loss, LOSSES_MAX);
	r->losses[r->n_losses++] =
	    (struct import_loss){.format = format, .what = one_line(a, what), .count = count};
}

void result_touch(struct arena *a, struct import_result *r, struct uuid uid, str type)
{
	str *types = (str *)(uintptr_t)r->touched_types;
	size_t n = r->n_touched;

	if (n == IMPORT_TOUCHED)
		return;
	if (!n) {
		r->touched = arena_array(a, struct uuid, IMPORT_TOUCHED);
		types = arena_array(a, str, IMPORT_TOUCHED);
	}
	r->touched[n] = uid;
	types[n] = arena_str(a, type);
	r->touched_types = types;
	r->n_touched = n + 1;
}

int64_t import_unlisted(const struct import_result *r)
{
	return r->rejected + r->failed_files - (int64_t)r->n_rejects;
}

static void objects_json(struct json_out *o, const struct import_result *r)
{
	jo_key(o, "objects");
	jo_object(o);
	jo_ki64(o, "read", r->read);
	jo_ki64(o, "new", r->created);
	jo_ki64(o, "updated", r->updated);
	jo_ki64(o, "unchanged", r->unchanged);
	jo_ki64(o, "rejected", r->rejected);
	jo_end(o);
}

void import_result_json(struct json_out *o, const struct import_result *r)
{
	jo_object(o);
	jo_ki64(o, "files", r->files);
	objects_json(o, r);
	jo_key(o, "rejected");
	jo_array(o);
	for (size_t i = 0; i < r->n_rejects; i++) {
		jo_object(o);
		jo_kstr(o, "file", r->rejects[i].file);
		jo_ki64(o, "position", r->rejects[i].position);
		jo_kstr(o, "path", r->rejects[i].path);
		jo_kstr(o, "reason", r->rejects[i].reason);
		jo_end(o);
	}
	jo_end(o);
	if (import_unlisted(r))
		jo_ki64(o, "rejected_unlisted", import_unlisted(r));
	jo_key(o, "losses");
	jo_array(o);
	for (size_t i = 0; i < r->n_losses; i++) {
		jo_object(o);
		jo_kstr(o, "format", r->losses[i].format);
		jo_kstr(o, "what", r->losses[i].what);
		jo_ki64(o, "count", r->losses[i].count);
		jo_end(o);
	}
	jo_end(o);
	jo_end(o);
}
