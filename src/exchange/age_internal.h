// SPDX-License-Identifier: Apache-2.0
/* age_internal: Bech32 for age's keys. hrp as written: upper case for secrets. */
#ifndef EXCHANGE_AGE_INTERNAL_H
#define EXCHANGE_AGE_INTERNAL_H

#include "base/hash.h"
#include "exchange/age.h"

void bech32_encode(struct buf *out, str hrp, const uint8_t key[32]);
bool bech32_decode(str text, str hrp, uint8_t ret[32]);

#endif
