// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "tests/check.h"

static bool digest_is(struct digest d, const char *hex)
{
	BUF(text);

	hex_encode(&text, d.b, sizeof(d.b));
	return str_eq(buf_str(&text), str_c(hex));
}

static void vectors_of_fips_180(void)
{
	CHECK(digest_is(sha256(STR_NULL),
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	CHECK(digest_is(sha256(STR("abc")),
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	CHECK(digest_is(sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
}

static void parts_and_steps_equal_the_whole(void)
{
	str whole = STR("the same bytes in any cut");

	for (size_t i = 0; i <= whole.n; i++) {
		const str parts[] = {str_slice(whole, 0, i), STR_NULL, str_from(whole, i)};
		struct sha256 *h = sha256_new();

		CHECK(digest_eq(sha256_parts(parts, 3), sha256(whole)));
		sha256_add(h, parts[0]);
		sha256_add(h, parts[2]);
		CHECK(digest_eq(sha256_final(h), sha256(whole)));
	}
	sha256_free(sha256_new());
	sha256_free(NULL);
	CHECK(!digest_eq(sha256(whole), sha256(STR("other"))));
}

/* Two at a time, of every length beside a longer and a shorter one, and an odd one left. */
static void many_are_what_each_is(void)
{
	uint8_t bytes[400];
	struct digest got[3];

	random_bytes(bytes, sizeof(bytes));
	for (size_t n = 0; n <= 300; n++) {
		const str texts[] = {{(char *)bytes, n},
				     {(char *)bytes + 7, (n * 37) % 300},
				     {(char *)bytes + 1, n}};

		sha256_each(texts, 3, got);
		for (size_t i = 0; i < 3; i++)
			CHECK(digest_eq(got[i], sha256(texts[i])));
	}
	sha256_each((const str[]){STR_NULL, STR("abc")}, 2, got);
	CHECK(
	    digest_is(got[0], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	CHECK(
	    digest_is(got[1], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	sha256_each(NULL, 0, NULL);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* No salt twice, whatever is drawn between; a child process draws others than its parent. */
static void salts_differ(void)
{
	static uint8_t salts[4000][16];
	uint8_t large[5000], mine[16], childs[16];
	int ends[2], status = 0;

	for (size_t i = 0; i < ARRAY_LEN(salts); i++)
		random_salt(salts[i], 16);
	random_salt(large, sizeof(large));
	qsort(salts, ARRAY_LEN(salts), 16, by_bytes);
	for (size_t i = 1; i < ARRAY_LEN(salts); i++)
		CHECK(memcmp(salts[i - 1], salts[i], 16) != 0);
	CHECK(memcmp(large, large + 16, 16) != 0);
	CHECK(pipe(ends) == 0);
	pid_t child = fork();

	if (child == 0) {
		random_salt(childs, 16);
		_exit(write(ends[1], childs, 16) == 16 ? 0 : 1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(read(ends[0], childs, 16) == 16);
	random_salt(mine, 16);
	CHECK(memcmp(mine, childs, 16) != 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void random_differs_and_fills(void)
{
	uint8_t seen[64] = {0};

	for (int round = 0; round < 20; round++) {
		uint8_t b[64];

		random_bytes(b, sizeof(b));
		for (size_t i = 0; i < sizeof(b); i++)
			seen[i] |= b[i];
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		CHECK(seen[i] != 0);
	CHECK(random_u64() != random_u64());
}

static void secrets(void)
{
	char key[] = "hunter2";

	CHECK(secret_eq(STR("abc"), STR("abc")) && secret_eq(STR_NULL, STR("")));
	CHECK(!secret_eq(STR("abc"), STR("abd")) && !secret_eq(STR("abc"), STR("ab")));
	secret_wipe(key, sizeof(key));
	for (size_t i = 0; i < sizeof(key); i++)
		CHECK(key[i] == 0);
	secret_wipe(NULL, 0);
}

static void *hash_in_thread(void *arg)
{
	bool *ok = arg;

	*ok = true;
	for (int i = 0; i < 500; i++)
		*ok &= digest_eq(sha256(STR("abc")), sha256(STR("abc"))) && random_u64();
	return NULL;
}

static void threads_may_start_at_once(void)
{
	pthread_t t[4];
	bool ok[4] = {false};

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, hash_in_thread, &ok[i]) == 0);
	for (int i = 0; i < 4; i++) {
		CHECK(pthread_join(t[i], NULL) == 0);
		CHECK(ok[i]);
	}
}

RUN_TESTS({"threads may start at once", threads_may_start_at_once},
	  {"vectors of FIPS 180", vectors_of_fips_180},
	  {"parts and steps equal the whole", parts_and_steps_equal_the_whole},
	  {"many are what each is", many_are_what_each_is}, {"salts differ", salts_differ},
	  {"random differs and fills", random_differs_and_fills}, {"secrets", secrets})
