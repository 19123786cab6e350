// SPDX-License-Identifier: Apache-2.0
#include "exchange/seal.h"

#include "base/codec.h"
#include "exchange/wire_internal.h"

#define TYPE "x-hikeshi-sealed"
#define STEP ((size_t)4096)
#define SIGNATURES_MAX 16

size_t seal_padded(size_t n)
{
	size_t step = STEP;

	if (n > 8 * STEP)
		step = (size_t)1 << (60 - __builtin_clzll((unsigned long long)n));
	return n ? (n + step - 1) / step * step : STEP;
}

enum err seal_make(struct arena *a, const struct json *object, const struct json *const *signatures,
		   size_t n, const struct age_recipient *to, size_t n_to, struct uuid node,
		   int64_t created_us, struct json *ret, struct why *why)
{
	const struct wire_head h = {uuid_new(), created_us, created_us};
	struct json o;
	struct json_out w;
	enum err err;
	size_t size;
	BUF(plain);
	BUF(age);
	BUF(text);

	json_out_init(&w, &plain);
	jo_object(&w);
	jo_ki64(&w, "v", 1);
	jo_key(&w, "object");
	jo_json(&w, object);
	jo_key(&w, "signatures");
	jo_array(&w);
	for (size_t i = 0; i < n; i++)
		jo_json(&w, signatures[i]);
	jo_end(&w);
	jo_end(&w);
	size = seal_padded(plain.n);
	memset(buf_room(&plain, size - plain.n), ' ', size - plain.n);
	buf_added(&plain, size - plain.n);
	err = age_encrypt(to, n_to, buf_str(&plain), &age, why);
	secret_wipe(plain.p, plain.n);
	if (err)
		return err;
	base64_encode(&text, age.p, age.n);
	o = wire_head_json(a, TYPE, &h);
	wire_set(a, &o, "to", wire_json_uuid(a, node));
	wire_set(a, &o, "age", json_string(arena_str(a, buf_str(&text))));
	*ret = o;
	return ERR_OK;
}

enum err seal_parse(struct arena *a, const struct json *v, struct sealed *ret, struct why *why)
{
	struct sealed s = {0};
	struct wire_head h = {0};
	str text = STR_NULL;
	enum err err = wire_head_read(v, TYPE, &h, why);
	BUF(age);

	if (!err)
		err = wire_uuid(v, "to", &s.to, why);
	if (!err)
		err = wire_text(v, "age", AGE_TEXT_MAX / 3 * 4, &text, why);
	if (!err && base64_decode(&age, text))
		err = wire_refuse(why, ERR_INVALID, "malformed", "not base64",
				  "base64 ではありません:", STR("age"));
	if (err)
		return err;
	s.id = h.id;
	s.created_us = h.created_us;
	s.age = arena_str(a, buf_str(&age));
	*ret = s;
	return ERR_OK;
}

static enum err read_inside(struct arena *a, str text, struct json *ret_object,
			    const struct json **ret_signatures, struct why *why)
{
	static const char *const names[] = {"v", "object", "signatures", NULL};
	const struct json *object, *signatures;
	struct json v;
	enum err err = json_parse(a, text, NULL, &v, why);

	if (!err)
		err = wire_version(&v, "sealed object", why);
	if (!err)
		err = wire_object(&v, "sealed object", names, why);
	if (err)
		return err;
	object = json_get_c(&v, "object");
	signatures = json_get_c(&v, "signatures");
	if (!json_is(object, JSON_OBJECT) || !json_is(signatures, JSON_ARRAY) ||
	    json_count(signatures) > SIGNATURES_MAX)
		return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
				   "欠けているか誤った項目", STR("object"));
	*ret_object = *object;
	*ret_signatures = signatures;
	return ERR_OK;
}

enum err seal_open(struct arena *a, const struct sealed *s, const struct age_identity *ids,
		   size_t n_ids, struct json *ret_object, const struct json **ret_signatures,
		   struct why *why)
{
	enum err err;
	BUF(plain);

	err = age_decrypt(ids, n_ids, s->age, &plain, NULL, why);
	if (!err)
		err =
		    read_inside(a, arena_str(a, buf_str(&plain)), ret_object, ret_signatures, why);
	if (plain.n)
		secret_wipe(plain.p, plain.n);
	return err;
}
