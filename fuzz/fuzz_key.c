// SPDX-License-Identifier: Apache-2.0
/* {"keys":[...],"team","root"}: chains from a peer; what is read is written the same; and any text
 * as an age recipient or a typed fingerprint. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void chain(struct arena *a, const struct json *keys)
{
	const struct json **p = arena_array(a, const struct json *, json_count(keys));
	struct key_object k, found;
	struct key_chain c;

	for (size_t i = 0; i < json_count(keys); i++)
		p[i] = json_at(keys, i);
	if (json_count(keys) == 0 || key_parse(a, p[0], &k, NULL))
		return;
	struct json again = key_json(a, &k);

	must(json_eq(p[0], &again));
	if (key_chain_build(a, k.team, &k.root, p, json_count(keys), &c, NULL))
		return;
	must(c.n > 0 && key_chain_find(&c, &k.online, &found));
	(void)key_chain_current(&c, 0, &found);
	must(key_judge(&c, &k.online, TIME_NONE, TIME_NONE) != KEY_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	str text = {(const char *)data, size};
	struct age_recipient r;
	struct digest d = sha256(STR("x"));
	struct json v;

	if (age_recipient_parse(text, &r, NULL) == ERR_OK)
		must(str_eq(age_recipient_text(&a, &r), text));
	(void)fingerprint_matches(d, text);
	if (json_parse(&a, text, NULL, &v, NULL) == ERR_OK &&
	    json_is(json_get_c(&v, "keys"), JSON_ARRAY))
		chain(&a, json_get_c(&v, "keys"));
	return 0;
}
