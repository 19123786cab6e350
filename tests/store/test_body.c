// SPDX-License-Identifier: Apache-2.0
/* Bodies as stored: what was compressed yesterday must be read tomorrow, so the dictionary is
 * pinned; and every body comes back as it was put, small, large, alike or unlike. */
#include "base/codec.h"
#include "store/records_internal.h"
#include "tests/store/fixture.h"

static void the_dictionary_never_changes(void)
{
	struct digest d = sha256(body_dictionary());
	BUF(hex);

	hex_encode(&hex, d.b, sizeof(d.b));
	CHECK(str_eq(buf_str(&hex),
		     STR("1fed4874e0e7d2aad808db33a2c7934f99ef4fb8610f754d58d2f7112e28a16a")));
}

static str noise(struct arena *a, size_t n, uint64_t seed)
{
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		p[i] = (char)(' ' + seed % 90);
	}
	return (str){p, n};
}

static void every_body_comes_back(struct fixture *f)
{
	static const size_t sizes[] = {1,    99,   100,  101,   150,    1023,
				       1024, 1025, 5000, 70000, 1000000};
	struct view all = fixture_all();

	for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
		size_t n = sizes[i / 2];
		/* noise, which does not shrink; and the dictionary again and again, which does */
		str body = noise(&f->a, n, i);

		for (size_t k = 0; i % 2 && k < n; k++)
			((char *)(uintptr_t)body.p)[k] =
			    body_dictionary().p[k % body_dictionary().n];
		int64_t key =
		    fixture_put(f, uuid_new(), "indicator", f->open_label, body, STR_NULL);
		struct record r = {0};

		OK(store_read(f->s, &f->a, &all, &key, 1, true, &r, &why));
		CHECK(str_eq(r.body, body));
	}
}
BOTH(every_body_comes_back)

RUN_TESTS({"the dictionary never changes", the_dictionary_never_changes},
	  BOTH_ROWS(every_body_comes_back))
