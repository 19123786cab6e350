// SPDX-License-Identifier: Apache-2.0
#include "catalog/fault.h"

#include "base/vec.h"

#define QUOTE_BYTES 60

bool fault_full(const struct checker *k)
{
	return k->faults->n >= FAULTS_MAX;
}

str fault_quote(struct arena *a, str text)
{
	bool cut = text.n > QUOTE_BYTES;
	str out;

	if (cut) {
		text.n = QUOTE_BYTES;
		while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	out = arena_printf(a, "%.*s%s", STR_ARG(text), cut ? "…" : "");
	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] < ' ' || out.p[i] == 0x7f)
			((char *)(uintptr_t)out.p)[i] = ' ';
	return out;
}

/* RFC 6901: ~ is ~0 and / is ~1 */
static void add_token(struct buf *b, str key)
{
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~')
			buf_add(b, STR("~0"));
		else if (key.p[i] == '/')
			buf_add(b, STR("~1"));
		else
			buf_add_char(b, key.p[i]);
	}
}

static void write_path(struct buf *pointer, struct buf *dotted, const struct frame *f)
{
	if (!f)
		return;
	write_path(pointer, dotted, f->up);
	buf_add_char(pointer, '/');
	if (f->key.p) {
		add_token(pointer, f->key);
		if (dotted->n)
			buf_add_char(dotted, '.');
		buf_add(dotted, f->key);
	} else {
		buf_printf(pointer, "%zu", f->index);
		buf_printf(dotted, "[%zu]", f->index);
	}
}

void fault_add(struct checker *k, const struct frame *at, const struct json *schema,
	       const char *code, str en, str ja)
{
	const struct json *label = json_get_c(schema, "label");
	str label_en = json_get_str(label, "en"), label_ja = json_get_str(label, "ja");
	struct arena *a = k->arena;
	struct catalog_fault *f;
	BUF(pointer);
	BUF(dotted);
	str path;

	if (fault_full(k))
		return;
	write_path(&pointer, &dotted, at);
	f = vec_push(a, k->faults);
	f->pointer = arena_printf(a, "%.*s", STR_ARG(buf_str(&pointer)));
	f->code = str_c(code);
	path = fault_quote(a, buf_str(&dotted));
	f->en = label_en.n
		    ? arena_printf(a, "%.*s ('%s') %.*s", STR_ARG(label_en), path.p, STR_ARG(en))
		    : arena_printf(a, "'%s' %.*s", path.p, STR_ARG(en));
	f->ja = label_ja.n
		    ? arena_printf(a, "「%.*s」(%s)%.*s", STR_ARG(label_ja), path.p, STR_ARG(ja))
		    : arena_printf(a, "「%s」%.*s", path.p, STR_ARG(ja));
}

enum err fault_result(const struct catalog_faults *faults, struct why *why)
{
	const struct catalog_fault *f = faults->p;

	if (faults->n == 0)
		return ERR_OK;
	return why_field(why, ERR_UNPROCESSABLE, f->code.p, f->pointer.p, f->en.p, f->ja.p);
}
