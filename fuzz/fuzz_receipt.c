// SPDX-License-Identifier: Apache-2.0
/* A receipt as a file: what is read is written the same; and any text as a checkpoint. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	str text = {(const char *)data, size};
	const struct ed25519_public key = {{1}};
	struct journal_checkpoint c;
	struct receipt r;
	struct receipt_proof p;
	struct why why = {.text = ""};
	struct json v, w;

	if (checkpoint_parse(text, &c, NULL) == ERR_OK)
		must(checkpoint_check(text, &key, &c, NULL) == ERR_INVALID);
	must(receipt_verify_text(&a, text, NULL, 0, &r, &p, &why) == ERR_OK || why.text[0]);
	if (json_parse(&a, text, NULL, &v, NULL) || receipt_parse(&a, &v, &r, NULL))
		return 0;
	w = receipt_json(&a, &r);
	must(json_eq(&v, &w));
	return 0;
}
