// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an age file (the key is that of the corpus) and as an x-hikeshi-sealed; nothing is
 * given out of what is not good to its end. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct age_identity id = {{0x01, 0x3f, 0x54, 0x40, 0x0c, 0x82, 0xda, 0x08,
					0x03, 0x77, 0x59, 0xad, 0xa9, 0x07, 0xa8, 0xb8,
					0x64, 0xe9, 0x7d, 0xe8, 0x1c, 0x08, 0x8a, 0x18,
					0x20, 0x62, 0xc4, 0xb5, 0x62, 0x2f, 0xd2, 0xab}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	str text = {(const char *)data, size};
	struct sealed s;
	struct json v, object;
	const struct json *signatures;
	BUF(plain);

	if (age_decrypt(&id, 1, text, &plain, NULL, NULL) && plain.n)
		abort();
	if (json_parse(&a, text, NULL, &v, NULL) || seal_parse(&a, &v, &s, NULL))
		return 0;
	if (seal_open(&a, &s, &id, 1, &object, &signatures, NULL) == ERR_OK &&
	    !json_is(&object, JSON_OBJECT))
		abort();
	return 0;
}
