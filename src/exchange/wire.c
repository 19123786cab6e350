// SPDX-License-Identifier: Apache-2.0
#include "exchange/wire_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"

/* ---- saying no ---- */

enum err(wire_refuse)(struct why *why, enum err err, const char *code, const char *en,
		      const char *ja, str subject)
{
	char text[512], text_ja[512];
	str s = str_slice(subject, 0, 160);

	while (s.n && s.n < subject.n && ((unsigned char)s.p[s.n - 1] & 0x80))
		s.n--; /* no half of a character at the cut */
	(void)snprintf(text, sizeof(text), "%s '%.*s'", en, STR_ARG(s));
	(void)snprintf(text_ja, sizeof(text_ja), "%s「%.*s」", ja, STR_ARG(s));
	return why_field(why, err, code, NULL, text, text_ja);
}

static enum err bad_member(struct why *why, const char *name)
{
	return wire_refuse(why, ERR_INVALID, "malformed", "missing or wrong member",
			   "欠けているか誤った項目", str_c(name));
}

/* ---- reading ---- */

enum err wire_object(const struct json *o, const char *what, const char *const *names,
		     struct why *why)
{
	if (!json_is(o, JSON_OBJECT))
		return wire_refuse(why, ERR_INVALID, "malformed", "not an object",
				   "オブジェクトではありません", str_c(what));
	for (uint32_t i = 0; i < o->n; i++) {
		const char *const *name = names;
		str key = o->members[i].key;

		/* the first letter spares most of the comparing */
		while (*name && (!key.n || **name != key.p[0] || !str_eq(key, str_c(*name))))
			name++;
		if (!*name)
			return wire_refuse(why, ERR_INVALID, "malformed", "unknown member",
					   "未知の項目", o->members[i].key);
	}
	return ERR_OK;
}

enum err wire_version(const struct json *o, const char *what, struct why *why)
{
	int64_t v;

	if (json_i64(json_get_c(o, "v"), &v) || v != 1)
		return wire_refuse(why, ERR_INVALID, "unknown_version", "unknown v of",
				   "未知の v:", str_c(what));
	return ERR_OK;
}

enum err wire_text(const struct json *o, const char *name, size_t max_bytes, str *ret,
		   struct why *why)
{
	const struct json *v = json_get_c(o, name);

	if (!json_is(v, JSON_STRING) || v->n == 0 || v->n > max_bytes)
		return bad_member(why, name);
	*ret = json_str(v);
	return ERR_OK;
}

bool wire_hex_is(str text, uint8_t *ret, size_t n)
{
	return hex_decode_lower(text, ret, n) == ERR_OK;
}

enum err wire_hex(const struct json *o, const char *name, uint8_t *ret, size_t n, struct why *why)
{
	return wire_hex_is(json_get_str(o, name), ret, n) ? ERR_OK : bad_member(why, name);
}

bool wire_uuid_is(str text, struct uuid *ret)
{
	char again[UUID_TEXT];
	struct uuid u;

	if (uuid_parse(text, &u))
		return false;
	uuid_text(u, again);
	if (!str_eq(text, (str){again, UUID_TEXT}))
		return false;
	*ret = u;
	return true;
}

enum err wire_uuid(const struct json *o, const char *name, struct uuid *ret, struct why *why)
{
	return wire_uuid_is(json_get_str(o, name), ret) ? ERR_OK : bad_member(why, name);
}

enum err wire_int(const struct json *o, const char *name, int64_t min, int64_t max, int64_t *ret,
		  struct why *why)
{
	const struct json *v = json_get_c(o, name);
	int64_t x;

	/* digits only: 1.0 and 1e3 are other spellings of the same number */
	if (!json_is(v, JSON_NUMBER) || str_i64((str){v->text, v->n}, &x) || x < min || x > max ||
	    (v->n > 1 && v->text[0] == '-' && x == 0))
		return bad_member(why, name);
	*ret = x;
	return ERR_OK;
}

enum err wire_time(const struct json *o, const char *name, bool nullable, int64_t *ret,
		   struct why *why)
{
	const struct json *v = json_get_c(o, name);
	char again[TIME_TEXT];
	int64_t us;

	if (nullable && json_is(v, JSON_NULL)) {
		*ret = TIME_NONE;
		return ERR_OK;
	}
	if (!json_is(v, JSON_STRING) || time_parse(json_str(v), &us))
		return bad_member(why, name);
	time_text(us, again);
	if (!str_eq(json_str(v), (str){again, TIME_TEXT}))
		return bad_member(why, name);
	*ret = us;
	return ERR_OK;
}

enum err wire_digests(struct arena *a, const struct json *o, const char *name, size_t max,
		      struct digest **ret, size_t *ret_n, struct why *why)
{
	const struct json *v = json_get_c(o, name);
	size_t n = json_count(v);
	struct digest *d;

	if (!json_is(v, JSON_ARRAY))
		return bad_member(why, name);
	if (n > max)
		return wire_refuse(why, ERR_LIMIT, "too_large", "too many elements of",
				   "要素が多すぎます:", str_c(name));
	d = arena_array(a, struct digest, n);
	for (size_t i = 0; i < n; i++)
		if (!wire_hex_is(json_str(json_at(v, i)), d[i].b, SHA256_BYTES))
			return bad_member(why, name);
	*ret = d;
	*ret_n = n;
	return ERR_OK;
}

/* ---- writing ---- */

struct json wire_json_hex(struct arena *a, const void *p, size_t n)
{
	BUF(b);

	hex_encode(&b, p, n);
	return json_string(arena_str(a, buf_str(&b)));
}

struct json wire_json_uuid(struct arena *a, struct uuid u)
{
	char text[UUID_TEXT];

	uuid_text(u, text);
	return json_string(arena_str(a, (str){text, UUID_TEXT}));
}

struct json wire_json_time(struct arena *a, int64_t us)
{
	char text[TIME_TEXT];

	if (us == TIME_NONE)
		return json_null();
	time_text(us, text);
	return json_string(arena_str(a, (str){text, TIME_TEXT}));
}

struct json wire_json_digests(struct arena *a, const struct digest *d, size_t n)
{
	struct json v = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(a, &v, wire_json_hex(a, d[i].b, SHA256_BYTES));
	return v;
}

void wire_set(struct arena *a, struct json *o, const char *name, struct json v)
{
	json_set(a, o, str_c(name), v);
}

/* ---- the head of a STIX-shaped object ---- */

struct json wire_head_json(struct arena *a, const char *type, const struct wire_head *h)
{
	struct json o = json_object();
	char id[UUID_TEXT];

	uuid_text(h->id, id);
	wire_set(a, &o, "type", json_string(str_c(type)));
	wire_set(a, &o, "spec_version", json_string(STR("2.1")));
	wire_set(a, &o, "id", json_string(arena_printf(a, "%s--%.*s", type, UUID_TEXT, id)));
	wire_set(a, &o, "created", wire_json_time(a, h->created_us));
	wire_set(a, &o, "modified", wire_json_time(a, h->modified_us));
	return o;
}

enum err wire_head_read(const struct json *o, const char *type, struct wire_head *ret,
			struct why *why)
{
	struct wire_head h = {0};
	str id = json_get_str(o, "id");
	enum err err;

	if (!str_eq(json_get_str(o, "type"), str_c(type)))
		return bad_member(why, "type");
	if (!str_eq(json_get_str(o, "spec_version"), STR("2.1")))
		return bad_member(why, "spec_version");
	if (!str_skip_prefix(&id, str_c(type)) || !str_skip_prefix(&id, STR("--")) ||
	    !wire_uuid_is(id, &h.id))
		return bad_member(why, "id");
	err = wire_time(o, "created", false, &h.created_us, why);
	if (!err)
		err = wire_time(o, "modified", false, &h.modified_us, why);
	if (!err)
		*ret = h;
	return err;
}

struct uuid wire_id_of(str canonical)
{
	/* a1e4b6c2-5d0f-4f7b-9c38-2f6d1b7e9a54, drawn once for this */
	static const struct uuid space = {{0xa1, 0xe4, 0xb6, 0xc2, 0x5d, 0x0f, 0x4f, 0x7b, 0x9c,
					   0x38, 0x2f, 0x6d, 0x1b, 0x7e, 0x9a, 0x54}};

	return uuid_v5(space, canonical);
}

struct uuid wire_id(struct arena *a, const struct json *names)
{
	BUF(b);

	/* names are texts and numbers of our own making; their texts are UTF-8 as parsed */
	if (json_canonical(a, &b, names))
		abort();
	return wire_id_of(buf_str(&b));
}

/* ---- hashing ---- */

enum err wire_canonical(struct arena *a, const struct json *v, const char *what, struct buf *out,
			struct why *why)
{
	if (json_canonical(a, out, v))
		return wire_refuse(why, ERR_INVALID, "malformed", "cannot be signed exactly",
				   "正確に署名できない内容", str_c(what));
	return ERR_OK;
}

struct digest wire_salted(str tag, const uint8_t salt[16], str text)
{
	return sha256_parts((const str[]){tag, {(const char *)salt, 16}, text}, 3);
}

int wire_digest_order(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

/* Digests are random: the first eight bytes decide but for one in 2^64. */
static uint64_t front(const struct digest *d)
{
	uint64_t x;

	memcpy(&x, d->b, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

static bool before(const struct digest *a, const struct digest *b)
{
	uint64_t x = front(a), y = front(b);

	return x != y ? x < y : wire_digest_order(a, b) < 0;
}

#define FEW 32 /* so many are sorted by putting each in its place */

void wire_digests_sort(struct digest *d, size_t n)
{
	if (n > FEW) {
		qsort(d, n, sizeof(*d), wire_digest_order);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct digest x = d[i];
		size_t k = i;

		for (; k > 0 && before(&x, &d[k - 1]); k--)
			d[k] = d[k - 1];
		d[k] = x;
	}
}

bool wire_digests_sorted(const struct digest *d, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(d[i - 1].b, d[i].b, SHA256_BYTES) >= 0)
			return false;
	return true;
}

bool wire_digests_have(const struct digest *sorted, size_t n, struct digest d)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (before(&sorted[middle], &d))
			from = middle + 1;
		else
			to = middle;
	}
	return from < n && digest_eq(sorted[from], d);
}
