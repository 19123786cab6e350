// SPDX-License-Identifier: Apache-2.0
/* What our reader takes, our writer must give back the same; canonical form
 * must be its own canonical form; the cursor must take what the parser takes
 * and, duplicate keys and memory apart, refuse what it refuses. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void writing_keeps(const struct json *v)
{
	ARENA(a, 0);
	BUF(out);
	BUF(again);
	struct json w;

	json_write(&out, v);
	must(json_parse(&a, buf_str(&out), NULL, &w, NULL) == ERR_OK);
	must(json_eq(v, &w));
	json_write(&again, &w);
	must(str_eq(buf_str(&out), buf_str(&again)));
	w = json_copy(&a, v);
	must(json_eq(v, &w));
}

static void canonical_is_stable(const struct json *v)
{
	ARENA(a, 0);
	BUF(out);
	BUF(again);
	struct json w;

	if (json_canonical(&a, &out, v))
		return;
	must(json_parse(&a, buf_str(&out), NULL, &w, NULL) == ERR_OK);
	must(json_canonical(&a, &again, &w) == ERR_OK);
	must(str_eq(buf_str(&out), buf_str(&again)));
}

static bool walk(struct json_cursor *c, struct arena *a, struct json *ret)
{
	enum json_type type = json_cursor_peek(c);
	struct json v;
	str key;

	if (type == JSON_OBJECT) {
		*ret = json_object();
		if (!json_cursor_enter_object(c))
			return false;
		while (json_cursor_key(c, a, &key)) {
			if (!walk(c, a, &v))
				return false;
			json_set(a, ret, key, v);
		}
		return !c->err;
	}
	if (type == JSON_ARRAY) {
		*ret = json_array();
		if (!json_cursor_enter_array(c))
			return false;
		while (json_cursor_item(c)) {
			if (!walk(c, a, &v))
				return false;
			json_add(a, ret, v);
		}
		return !c->err;
	}
	return json_cursor_value(c, a, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = {(const char *)data, size};
	struct why why = {.text = ""};
	struct json_cursor c;
	struct json v, w;
	bool ok, walked, skipped, duplicate;
	ARENA(a, 0);

	ok = json_parse(&a, text, NULL, &v, &why) == ERR_OK;
	must(ok || why.text[0]);
	/* neither walking nor skipping remembers the keys it has seen */
	duplicate = !ok && str_starts(str_c(why.text), STR("duplicate key"));
	json_cursor_init(&c, text, NULL);
	walked = walk(&c, &a, &w);
	must(walked == !c.err);
	json_cursor_init(&c, text, NULL);
	skipped = json_cursor_skip(&c);
	must(skipped == walked);
	must(walked == ok || duplicate);
	if (!ok)
		return 0;
	must(json_eq(&v, &w));
	writing_keeps(&v);
	canonical_is_stable(&v);
	return 0;
}
