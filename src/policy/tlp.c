// SPDX-License-Identifier: Apache-2.0
#include "policy/tlp.h"

#include <assert.h>

/* One row per enum tlp, in its order. */
static const struct {
	str label;
	enum tlp_reader farthest;
} labels[] = {
    [TLP_CLEAR] = {STR_INIT("TLP:CLEAR"), TLP_READER_PUBLIC},
    [TLP_GREEN] = {STR_INIT("TLP:GREEN"), TLP_READER_COMMUNITY},
    [TLP_AMBER] = {STR_INIT("TLP:AMBER"), TLP_READER_CLIENT},
    [TLP_AMBER_STRICT] = {STR_INIT("TLP:AMBER+STRICT"), TLP_READER_ORG},
    [TLP_RED] = {STR_INIT("TLP:RED"), TLP_READER_RECIPIENT},
};

enum err tlp_parse(str text, enum tlp *ret)
{
	const str prefix = STR("TLP:");

	(void)str_skip_iprefix(&text, prefix);
	for (unsigned i = 0; i < ARRAY_LEN(labels); i++) {
		str word = labels[i].label;

		(void)str_skip_iprefix(&word, prefix);
		if (str_ieq(text, word)) {
			*ret = (enum tlp)i;
			return ERR_OK;
		}
	}
	if (str_ieq(text, STR("WHITE"))) {
		*ret = TLP_CLEAR;
		return ERR_OK;
	}
	return ERR_INVALID;
}

str tlp_label(enum tlp label)
{
	assert((unsigned)label < ARRAY_LEN(labels));
	return labels[label].label;
}

bool tlp_allows(enum tlp label, enum tlp_reader reader)
{
	assert((unsigned)label < ARRAY_LEN(labels));
	return reader <= labels[label].farthest;
}
