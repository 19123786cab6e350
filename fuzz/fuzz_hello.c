// SPDX-License-Identifier: Apache-2.0
/* A hello or a statement of teams, as a peer sends it before anybody knows him: as it came, and its
 * members once more under a signature that fits, so that what lies behind the check is reached. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/link_internal.h"
#include "exchange/wire_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void used(const struct statement *s)
{
	(void)link_url_ok(s->url);
	must(s->name.n <= 200 && s->token.n <= 100);
	must(json_is(&s->teams, JSON_ARRAY) || json_count(&s->teams) == 0);
}

/* The same members with our key and our signature. */
static void signed_again(struct arena *a, const struct json *v)
{
	const struct json *given = json_get_c(v, "hello");
	struct ed25519_secret key = ed25519_from_seed((const uint8_t[32]){7});
	struct ed25519_sig sig;
	struct statement s;
	struct json h, o = json_object();
	BUF(text);
	BUF(out);

	if (!json_is(given, JSON_OBJECT))
		return;
	h = json_copy(a, given);
	json_set(a, &h, STR("node_key"), wire_json_hex(a, key.public.b, sizeof(key.public.b)));
	if (wire_canonical(a, &h, "hello", &text, NULL))
		return;
	sig = ed25519_sign(&key, LINK_TAG, buf_str(&text));
	json_set(a, &o, STR("hello"), h);
	json_set(a, &o, STR("sig"), wire_json_hex(a, sig.b, sizeof(sig.b)));
	json_write(&out, &o);
	if (!statement_read(a, arena_str(a, buf_str(&out)), &s, NULL, NULL))
		used(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	str text = {(const char *)data, size};
	struct statement s;
	str secret = STR_NULL;
	struct json v;

	if (!statement_read(&a, text, &s, &secret, NULL))
		used(&s);
	if (!json_parse(&a, text, NULL, &v, NULL) && json_is(&v, JSON_OBJECT))
		signed_again(&a, &v);
	return 0;
}
