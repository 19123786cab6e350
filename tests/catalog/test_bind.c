// SPDX-License-Identifier: Apache-2.0
/* Binding needs nothing of a store but word_code, which stands here. */
#include "catalog/catalog_internal.h"
#include "tests/check.h"

static struct {
	char words[4096][64];
	int32_t n;
	int32_t fail_at;
} dictionary;

enum err word_code(struct store *s, str word, int32_t *ret, struct why *why)
{
	(void)s;
	for (int32_t i = 0; i < dictionary.n; i++)
		if (str_eq(str_c(dictionary.words[i]), word)) {
			*ret = i + 1;
			return ERR_OK;
		}
	if (dictionary.n == dictionary.fail_at)
		return why_set(why, ERR_IO, "no room");
	memcpy(dictionary.words[dictionary.n], word.p, word.n);
	*ret = ++dictionary.n;
	return ERR_OK;
}

static void finds_types_by_code(void)
{
	struct catalog *c = NULL;
	size_t n;
	const struct catalog_type *t;

	dictionary.fail_at = 4000;
	CHECK(catalog_load(NULL, &c, NULL) == ERR_OK);
	CHECK(catalog_bind(c, NULL, NULL) == ERR_OK);
	t = catalog_types(c, &n);
	for (size_t i = 0; i < n; i++)
		CHECK(t[i].code > 0 && catalog_code(c, t[i].code) == &t[i]);
	CHECK(!catalog_code(c, 0) && !catalog_code(c, -1) && !catalog_code(c, 1 << 30));
	catalog_free(c);
}

static void passes_failures_on(void)
{
	struct catalog *c = NULL;
	struct why why = {0};

	dictionary.n = 0;
	dictionary.fail_at = 5;
	CHECK(catalog_load(NULL, &c, NULL) == ERR_OK);
	CHECK(catalog_bind(c, NULL, &why) == ERR_IO && why.text[0]);
	catalog_free(c);
}

RUN_TESTS({"finds types by code", finds_types_by_code}, {"passes failures on", passes_failures_on})
