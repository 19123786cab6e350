// SPDX-License-Identifier: Apache-2.0
/* Texts from anywhere through extraction, the pattern reader and guessing: positions lie inside the
 * text, every value is canonical, and its canonical spelling is its own. */
#include <assert.h>

#include "intel/extract.h"

static void check_value(struct arena *a, enum value_kind k, str canonical)
{
	str again;

	assert(value_canonical(a, k, canonical, &again, NULL) == ERR_OK);
	assert(str_eq(again, canonical));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	str text = {(const char *)data, size}, canonical;
	struct extracted *v;
	struct pattern_value *p;
	size_t n;
	bool more;

	assert(extract_values(&a, text, true, 100, &v, &n, &more) == ERR_OK);
	for (size_t i = 0; i < n; i++) {
		assert(v[i].at <= size && v[i].n <= size - v[i].at && v[i].n > 0);
		check_value(&a, v[i].kind, v[i].canonical);
		(void)value_defang(&a, v[i].kind, v[i].canonical);
		(void)pattern_of(&a, v[i].kind, v[i].canonical);
	}
	if (pattern_values(&a, text, &p, &n, NULL) == ERR_OK) {
		for (size_t i = 0; i < n; i++)
			check_value(&a, p[i].kind, p[i].canonical);
	}
	enum value_kind k = value_guess(text);

	if (k != VALUE_NONE) {
		assert(value_canonical(&a, k, text, &canonical, NULL) == ERR_OK);
		check_value(&a, k, canonical);
	}
	for (int i = VALUE_NONE + 1; i < VALUE_KINDS; i++) {
		if (value_canonical(&a, (enum value_kind)i, text, &canonical, NULL) == ERR_OK)
			check_value(&a, (enum value_kind)i, canonical);
	}
	return 0;
}
