// SPDX-License-Identifier: Apache-2.0
/* Fuzzes what the TAXII server reads from strangers before it knows what they may: media types,
 * filters, the `next` token. The first byte chooses. */
#include <assert.h>
#include <stdlib.h>

#include "exchange/taxii_media.h"
#include "exchange/taxii_query.h"
#include "net/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t key[16] = {1, 2, 3};

static void fuzz_media(str in)
{
	(void)taxii_accepts(in);
	(void)taxii_is_resource(in);
}

/* Two queries that are read alike have one text; a token holds for the list it was made for. */
static void fuzz_query(str in)
{
	str(*params)[2] = NULL;
	struct taxii_query q;
	struct taxii_place p = {.pos_us = 7, .skip = 1}, back = {0};
	size_t n = 0;
	ARENA(a, 0);

	if (query_parse(&a, in, 64, &params, &n, NULL) ||
	    taxii_query_parse(&a, params, n, FILTER_ALL, false, &q, NULL))
		return;
	assert(!(q.all && (q.first || q.last || q.n_times)));
	assert(q.n_ids <= 500 && q.n_types <= 500 && q.n_times <= 500);
	str text = taxii_query_text(&a, &q), token = taxii_next_text(&a, key, text, p);

	assert(taxii_next_read(key, text, token, &back, NULL) == ERR_OK);
	assert(back.pos_us == p.pos_us && back.skip == p.skip);
	assert(taxii_next_read(key, STR("other"), token, &back, NULL) == ERR_INVALID);
}

/* Nobody guesses a token. */
static void fuzz_next(str in)
{
	struct taxii_place p;

	assert(taxii_next_read(key, STR("list"), in, &p, NULL) == ERR_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const targets[])(str in) = {fuzz_media, fuzz_query, fuzz_next};
	char *copy;

	if (n == 0 || n > 65536)
		return 0;
	/* An own allocation without a NUL, so that a read past the end is seen. */
	copy = malloc(n - 1 ? n - 1 : 1);
	memcpy(copy, data + 1, n - 1);
	targets[data[0] % ARRAY_LEN(targets)]((str){copy, n - 1});
	free(copy);
	return 0;
}
