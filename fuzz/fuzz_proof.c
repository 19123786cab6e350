// SPDX-License-Identifier: Apache-2.0
/* A proof of an entry as a file: what is read is written the same; a checkpoint kept is any text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/proof.h"

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
	struct entry_proof p;
	struct receipt_proof v;
	struct why why = {.text = ""};
	struct json j, w;

	must(proof_verify_text(&a, text, STR_NULL, NULL, 0, &p, &v, &why) == ERR_OK || why.text[0]);
	if (json_parse(&a, text, NULL, &j, NULL) || proof_parse(&a, &j, &p, NULL))
		return 0;
	w = proof_json(&a, &p);
	must(json_eq(&j, &w));
	if (proof_verify(&a, &p, NULL, 0, &v, NULL) == ERR_OK) {
		must(proof_kept(&p, &v, p.checkpoint, NULL) == ERR_OK);
		must(proof_kept(&p, &v, text, NULL) == ERR_INVALID);
	}
	return 0;
}
