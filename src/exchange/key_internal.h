// SPDX-License-Identifier: Apache-2.0
/* key_internal: the words of fingerprints, for key.c and its test. */
#ifndef EXCHANGE_KEY_INTERNAL_H
#define EXCHANGE_KEY_INTERNAL_H

#include "exchange/key.h"
#include "exchange/wire_internal.h"

struct fingerprint_word {
	str word, kana;
};
extern const struct fingerprint_word fingerprint_words[256];

#endif
