// SPDX-License-Identifier: Apache-2.0
/* Reads what the fuzzer made as STIX, and writes whatever was understood in every format. */
#include "tests/formats/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct collected c;
	struct why why = {0};

	collected_init(&c);
	struct format_sink sink = collected_sink(&c);

	(void)format_detect(STR_NULL, (str){(const char *)data, n});
	if (format_read(FORMAT_STIX, NULL, (str){(const char *)data, n}, &sink, &why) == ERR_OK) {
		for (unsigned f = 0; f < FORMAT_COUNT; f++) {
			BUF(out);

			/* What was accepted can be written; that is the property. */
			if (format_can_write((enum format_id)f) &&
			    convert_write((enum format_id)f, &c, &out, NULL, NULL, &why) != ERR_OK)
				abort();
		}
	}
	collected_done(&c);
	return 0;
}
