// SPDX-License-Identifier: Apache-2.0
/* note: the example of Go's sumdb/note (whose format C2SP took over), and checkpoints. */
#include "exchange/note.h"

#include "base/codec.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

#define EXAMPLE                                                                                    \
	"If you think cryptography is the answer to your problem,\n"                               \
	"then you don't know what your problem is.\n"                                              \
	"\n"                                                                                       \
	"\xe2\x80\x94 PeterNeumann "                                                               \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ" \
	"nAM=\n"
#define EXAMPLE_KEY "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define EXAMPLE_VKEY "PeterNeumann+c74f20a3+" EXAMPLE_KEY

static void the_example_verifies(void)
{
	ARENA(a, 0);
	struct ed25519_public key;
	str name = STR("PeterNeumann"), text = STR_NULL;
	BUF(blob);

	must(base64_decode(&blob, STR(EXAMPLE_KEY)) == ERR_OK && blob.n == 33, "key");
	memcpy(key.b, blob.p + 1, sizeof(key.b));
	CHECK(note_check(STR(EXAMPLE), name, &key, &text, NULL) == ERR_OK);
	CHECK(str_starts(text, STR("If you")) && str_ends(text, STR("problem is.\n")));
	CHECK(str_eq(note_vkey(&a, name, &key), STR(EXAMPLE_VKEY)));
	key.b[0] ^= 1;
	CHECK(note_check(STR(EXAMPLE), name, &key, &text, NULL) == ERR_INVALID);
}

static struct journal_checkpoint point(void)
{
	return (struct journal_checkpoint){
	    .node = uuid_of(1), .epoch = uuid_of(2), .size = 20852163, .root = sha256(STR("root"))};
}

static void checkpoints_go_round(void)
{
	ARENA(a, 0);
	const struct ed25519_secret key = ed25519_new(), other = ed25519_new();
	struct journal_checkpoint c = point(), got;
	str note = checkpoint_sign(&a, &c, &key), both;

	CHECK(str_starts(note, STR("hikeshi/01010101-0101-0101-0101-010101010101/"
				   "02020202-0202-0202-0202-020202020202\n20852163\n")));
	CHECK(checkpoint_check(note, &key.public, &got, NULL) == ERR_OK);
	CHECK(got.size == c.size && digest_eq(got.root, c.root) && uuid_eq(got.node, c.node));
	CHECK(checkpoint_check(note, &other.public, &got, NULL) == ERR_INVALID);
	/* a witness has signed beside */
	both = arena_printf(&a, "%.*s\xe2\x80\x94 witness.example %s\n", STR_ARG(note),
			    "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAA");
	CHECK(checkpoint_check(both, &key.public, &got, NULL) == ERR_OK);
}

static void any_changed_byte_is_refused(void)
{
	ARENA(a, 0);
	const struct ed25519_secret key = ed25519_new();
	struct journal_checkpoint c = point(), got;
	str note = checkpoint_sign(&a, &c, &key);
	char *p = (char *)note.p;

	for (size_t i = 0; i < note.n; i++) {
		p[i] ^= 1;
		CHECK(checkpoint_check(note, &key.public, &got, NULL) == ERR_INVALID);
		p[i] ^= 1;
	}
	for (size_t n = 0; n < note.n; n++)
		CHECK(checkpoint_check(str_slice(note, 0, n), &key.public, &got, NULL) ==
		      ERR_INVALID);
}

static void other_spellings_are_refused(void)
{
	static const char *const bad[] = {
	    "hikeshi/01010101-0101-0101-0101-010101010101\n1\n",
	    "hikesh/01010101-0101-0101-0101-010101010101/02020202-0202-0202-0202-020202020202\n1\n",
	    "hikeshi/01010101-0101-0101-0101-010101010101/"
	    "02020202-0202-0202-0202-020202020202\n01\n",
	    "hikeshi/01010101-0101-0101-0101-010101010101/"
	    "02020202-0202-0202-0202-020202020202\n-1\n",
	};
	ARENA(a, 0);
	const struct ed25519_secret key = ed25519_new();
	struct journal_checkpoint got;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		str text =
		    arena_printf(&a, "%sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", bad[i]);
		str origin = str_slice(text, 0, (size_t)str_find_char(text, '\n'));

		CHECK(checkpoint_check(note_sign(&a, text, origin, &key), &key.public, &got,
				       NULL) == ERR_INVALID);
	}
}

RUN_TESTS({"the example verifies", the_example_verifies},
	  {"checkpoints go round", checkpoints_go_round},
	  {"any changed byte is refused", any_changed_byte_is_refused},
	  {"other spellings are refused", other_spellings_are_refused})
