// SPDX-License-Identifier: Apache-2.0
/* age: vectors of C2SP (CCTV), round trips of every size, and the `age` program of Debian both
 * ways. */
#include "exchange/age.h"

#include <dirent.h>
#include <stdarg.h>
#include <unistd.h>
#include <zlib.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/hash.h"
#include "tests/check.h"

static void round_trips(void)
{
	static const size_t sizes[] = {0, 1, 100, 65535, 65536, 65537, 131072, 200001};
	struct age_identity me = age_identity_new(), other = age_identity_new();
	struct age_recipient to[2] = {age_recipient_of(&other), age_recipient_of(&me)};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *plain = mem_alloc(sizes[i] + 1);
		str text = {plain, sizes[i]};
		enum age_fault fault;
		BUF(file);
		BUF(got);

		random_bytes(plain, sizes[i]);
		CHECK(age_encrypt(to, 2, text, &file, NULL) == ERR_OK);
		CHECK(age_decrypt(&me, 1, buf_str(&file), &got, NULL, NULL) == ERR_OK);
		CHECK(str_eq(buf_str(&got), text));
		buf_clear(&got);
		file.p[file.n / 2] ^= 1; /* in the payload, or in the header of the small ones */
		CHECK(age_decrypt(&me, 1, buf_str(&file), &got, &fault, NULL) != ERR_OK);
		file.p[file.n / 2] ^= 1;
		buf_clear(&got);
		CHECK(age_decrypt(&me, 1, str_slice(buf_str(&file), 0, file.n - 1), &got, &fault,
				  NULL) != ERR_OK);
		mem_free(plain);
	}
}

static void not_for_us(void)
{
	struct age_identity me = age_identity_new(), other = age_identity_new();
	struct age_recipient to = age_recipient_of(&other), zero = {{0}};
	BUF(file);
	BUF(got);

	CHECK(age_encrypt(&to, 1, STR("x"), &file, NULL) == ERR_OK);
	CHECK(age_decrypt(&me, 1, buf_str(&file), &got, NULL, NULL) == ERR_NOTFOUND);
	CHECK(age_encrypt(&zero, 1, STR("x"), &file, NULL) == ERR_INVALID);
}

static void keys_as_text(void)
{
	ARENA(a, 0);

	for (int i = 0; i < 50; i++) {
		struct age_identity id = age_identity_new(), id2;
		struct age_recipient r = age_recipient_of(&id), r2;
		str text = age_recipient_text(&a, &r), secret = age_identity_text(&a, &id);

		CHECK(age_recipient_parse(text, &r2, NULL) == ERR_OK);
		CHECK(memcmp(&r, &r2, sizeof(r)) == 0);
		CHECK(age_identity_parse(secret, &id2, NULL) == ERR_OK);
		CHECK(memcmp(&id, &id2, sizeof(id)) == 0);
		((char *)text.p)[10] = text.p[10] == 'q' ? 'p' : 'q';
		CHECK(age_recipient_parse(text, &r2, NULL) == ERR_INVALID);
	}
}

/* ---- vectors ---- */

struct vector {
	str expect, payload, identity, compressed;
	bool foreign; /* armour, pass phrases: not ours to read */
	str file;
};

static struct vector vector_of(str text)
{
	struct vector v = {0};
	str line, name;

	while (str_split(&text, '\n', &line) && line.n) {
		if (!str_split(&line, ':', &name))
			break;
		line = str_trim(line);
		if (str_eq(name, STR("expect")))
			v.expect = line;
		else if (str_eq(name, STR("payload")))
			v.payload = line;
		else if (str_eq(name, STR("identity")))
			v.identity = line;
		else if (str_eq(name, STR("compressed")))
			v.compressed = line;
		else if (str_eq(name, STR("armored")) || str_eq(name, STR("passphrase")))
			v.foreign = true;
	}
	v.file = text;
	return v;
}

static const struct {
	str expect;
	enum age_fault fault;
} faults[] = {
    {STR_INIT("success"), AGE_OK},
    {STR_INIT("header failure"), AGE_HEADER},
    {STR_INIT("no match"), AGE_NO_MATCH},
    {STR_INIT("HMAC failure"), AGE_MAC},
    {STR_INIT("payload failure"), AGE_PAYLOAD},
};

static bool holds(const struct vector *v, str file)
{
	struct age_identity id;
	enum age_fault fault = AGE_OK;
	uint8_t want[SHA256_BYTES];
	struct digest d;
	enum err err;
	BUF(plain);

	id = age_identity_new(); /* one vector has none */
	if (v->identity.n && age_identity_parse(v->identity, &id, NULL))
		return false;
	err = age_decrypt(&id, 1, file, &plain, &fault, NULL);
	if ((err == ERR_OK) != (fault == AGE_OK))
		return false;
	if (fault == AGE_OK) {
		d = sha256(buf_str(&plain));
		if (hex_decode(v->payload, want, sizeof(want)) ||
		    memcmp(want, d.b, sizeof(want)) != 0)
			return false;
	}
	if (fault != AGE_OK && plain.n)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (str_eq(faults[i].expect, v->expect))
			return faults[i].fault == fault;
	return false;
}

static bool inflated(str packed, struct buf *out)
{
	uLongf n = 32 << 20;
	int rc = uncompress((Bytef *)buf_room(out, n), &n, (const Bytef *)packed.p, packed.n);

	buf_added(out, rc == Z_OK ? n : 0);
	return rc == Z_OK;
}

static void vectors(void)
{
	char dir[400], path[700];
	const char *c = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");
	size_t n = 0, foreign = 0;
	DIR *d;

	if (c)
		snprintf(dir, sizeof(dir), "%s/vectors/age", c);
	else
		snprintf(dir, sizeof(dir), "%s/../shared/data/vectors/age", source ? source : ".");
	d = opendir(dir);
	if (!d) {
		CHECK_SKIP("the corpus is absent");
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		struct vector v;
		BUF(text);
		BUF(file);

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		CHECK(file_read(path, 64 << 20, &text, NULL) == ERR_OK);
		v = vector_of(buf_str(&text));
		if (v.foreign || str_starts(v.identity, STR("AGE-SECRET-KEY-PQ-"))) {
			foreign++;
			continue;
		}
		n++;
		if (v.compressed.n)
			CHECK(inflated(v.file, &file));
		else
			buf_add(&file, v.file);
		if (!holds(&v, buf_str(&file))) {
			CHECK(false);
			printf("# %s: not as expected (%.*s)\n", e->d_name, STR_ARG(v.expect));
		}
	}
	closedir(d);
	printf("# %zu vectors, %zu of armour, pass phrases and other key types not read\n", n,
	       foreign);
	CHECK(n >= 50);
}

/* ---- the age program ---- */

static bool run(const char *fmt, ...) PRINTF_LIKE(1, 2);
static bool run(const char *fmt, ...)
{
	char line[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return system(line) == 0;
}

static void with_the_age_program(void)
{
	ARENA(a, 0);
	char dir[] = "/tmp/hikeshi-age-XXXXXX", path[64];
	struct age_identity me = age_identity_new();
	struct age_recipient to = age_recipient_of(&me);
	const char *recipient = arena_cstr(&a, age_recipient_text(&a, &to));
	BUF(file);
	BUF(got);

	if (system("age --version >/dev/null 2>&1") != 0) {
		CHECK_SKIP("the package age is not installed");
		return;
	}
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/key", dir);
	CHECK(file_replace(path, age_identity_text(&a, &me), 0600, NULL) == ERR_OK);
	/* theirs to us */
	CHECK(run("head -c 100000 /dev/urandom >%s/plain", dir));
	CHECK(run("age -r %s -o %s/sealed %s/plain", recipient, dir, dir));
	snprintf(path, sizeof(path), "%s/sealed", dir);
	CHECK(file_read(path, 1 << 20, &file, NULL) == ERR_OK);
	CHECK(age_decrypt(&me, 1, buf_str(&file), &got, NULL, NULL) == ERR_OK);
	CHECK(got.n == 100000);
	/* ours to them */
	buf_clear(&file);
	CHECK(age_encrypt(&to, 1, buf_str(&got), &file, NULL) == ERR_OK);
	CHECK(file_replace(path, buf_str(&file), 0600, NULL) == ERR_OK);
	CHECK(run("age -d -i %s/key %s/sealed | cmp -s - %s/plain", dir, dir, dir));
	CHECK(run("rm -r %s", dir));
}

RUN_TESTS({"round trips", round_trips}, {"not for us", not_for_us}, {"keys as text", keys_as_text},
	  {"vectors of C2SP", vectors}, {"with the age program", with_the_age_program})
