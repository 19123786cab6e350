// SPDX-License-Identifier: Apache-2.0
/* {"signature","object"}: what is read goes round; what verifies is refused once a byte of the root
 * differs; labels of what is read join without a crash, and joining with itself widens nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	struct json v, v2, w;
	struct signed_manifest s, again;
	struct signed_label parts[2], joined;
	struct why why = {.text = ""};
	BUF(text);

	if (json_parse(&a, (str){(const char *)data, size}, NULL, &v, NULL))
		return 0;
	if (signature_parse(&a, json_get_c(&v, "signature"), &s, &why)) {
		must(why.text[0] && why.code[0]);
		return 0;
	}
	w = signature_json(&a, &s);
	must(signature_parse(&a, &w, &again, NULL) == ERR_OK);
	must(digest_eq(s.hash, again.hash));
	signature_write(&text, &s);
	must(json_parse(&a, buf_str(&text), NULL, &v2, NULL) == ERR_OK && json_eq(&w, &v2));
	parts[0] = parts[1] =
	    (struct signed_label){s.manifest.label, s.open.audience, s.open.n_audience};
	must(labels_join(&a, parts, 2, NULL, NULL, &joined, NULL) == ERR_OK);
	must(joined.label.tlp == s.manifest.label.tlp);
	if (signature_verify(&a, NULL, &s, json_get_c(&v, "object"), NULL) == ERR_OK) {
		s.hash.b[0] ^= 1;
		must(signature_check(NULL, &s.signature, s.hash, NULL) == ERR_INVALID);
	}
	return 0;
}
