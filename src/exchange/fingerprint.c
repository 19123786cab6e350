// SPDX-License-Identifier: Apache-2.0
/* fingerprint: what two people read to each other. 16 words of 256 are 128 bits: enough that nobody
 * finds a second key with the same words; the hex has all 256. */
#include "base/codec.h"
#include "exchange/key_internal.h"

#define WORDS 16
#define GROUP 4

struct digest key_fingerprint(struct uuid team, const struct ed25519_public *root)
{
	return sha256_parts((const str[]){STR("hikeshi/fingerprint/v1\n"),
					  {(const char *)team.b, sizeof(team.b)},
					  {(const char *)root->b, sizeof(root->b)}},
			    3);
}

static str words_text(struct arena *a, struct digest d, bool kana)
{
	BUF(b);

	for (size_t i = 0; i < WORDS; i++) {
		const struct fingerprint_word *w = &fingerprint_words[d.b[i]];

		if (i)
			buf_add(&b, i % GROUP ? STR(" ") : STR(" - "));
		buf_add(&b, kana ? w->kana : w->word);
	}
	return arena_str(a, buf_str(&b));
}

str fingerprint_text(struct arena *a, struct digest d)
{
	return words_text(a, d, false);
}

str fingerprint_kana(struct arena *a, struct digest d)
{
	return words_text(a, d, true);
}

str fingerprint_hex(struct arena *a, struct digest d)
{
	BUF(b);

	for (size_t i = 0; i < SHA256_BYTES; i += 2) {
		if (i)
			buf_add_char(&b, ' ');
		hex_encode(&b, d.b + i, 2);
	}
	return arena_str(a, buf_str(&b));
}

bool fingerprint_matches(struct digest d, str typed)
{
	size_t at = 0, i = 0;

	while (at < typed.n) {
		size_t from = at;

		while (at < typed.n && ch_alpha((unsigned char)typed.p[at]))
			at++;
		if (at == from) {
			at++;
			continue;
		}
		if (i == WORDS ||
		    !str_ieq(str_slice(typed, from, at - from), fingerprint_words[d.b[i]].word))
			return false;
		i++;
	}
	return i == WORDS;
}
