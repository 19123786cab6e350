// SPDX-License-Identifier: Apache-2.0
#include "exchange/taxii_media.h"
#include "tests/check.h"

static const struct {
	const char *accept;
	bool ok;
} accepts[] = {
    {"application/taxii+json;version=2.1", true},
    {"application/taxii+json", true},
    {"APPLICATION/Taxii+JSON ; Version=\"2.1\"", true},
    {"application/taxii+json;version=2.1,application/stix+json;version=2.1", true},
    {"*/*", true},
    {"application/*;q=0.001", true},
    {"text/html;q=1, */*;q=0.1", true},
    {"application/taxii+json;version=2.0, application/taxii+json;version=2.1;q=0.3", true},
    {"", false},
    {"*/*;q=0", false},
    {"*/*;q=0.000", false},
    {"application/taxii+json;version=2.1;q=0, */*", false},
    {"application/taxii+json;q=0, application/taxii+json;version=2.1", true},
    {"application/taxii+json;version=2.0", false},
    {"application/taxii+json;version=2.1;version=2.1", false},
    {"application/taxii+json;charset=utf-8", false},
    {"application/stix+json;version=2.1", false},
    {"application/json, text/html", false},
    {"*/*;q=2", false},
    {"*/*;q=0.1234", false},
    {"*/*;q=", false},
    {"*/*;q=x", false},
    {"text/plain;a=\",*/*;\"", false},
    {"text/plain;a=\"\\\",*/*", false},
    {",,,", false},
    {";", false},
};

static void what_may_be_answered(void)
{
	for (size_t i = 0; i < ARRAY_LEN(accepts); i++) {
		bool ok = taxii_accepts(str_c(accepts[i].accept));

		if (ok != accepts[i].ok)
			printf("# '%s'\n", accepts[i].accept);
		CHECK(ok == accepts[i].ok);
	}
}

static void what_a_body_is(void)
{
	CHECK(taxii_is_resource(STR("application/taxii+json;version=2.1")));
	CHECK(taxii_is_resource(STR("application/taxii+json")));
	CHECK(taxii_is_resource(STR("application/taxii+json; version=\"2.1\"")));
	CHECK(!taxii_is_resource(STR("application/taxii+json;version=2.0")));
	CHECK(!taxii_is_resource(STR("application/json")));
	CHECK(!taxii_is_resource(STR("*/*")));
	CHECK(!taxii_is_resource(STR("")));
	CHECK(!taxii_is_resource(STR_NULL));
}

RUN_TESTS({"what may be answered", what_may_be_answered}, {"what a body is", what_a_body_is})
