// SPDX-License-Identifier: Apache-2.0
#include "policy/tlp.h"
#include "tests/check.h"

static void reads_every_label_it_writes(void)
{
	for (int i = TLP_CLEAR; i <= TLP_RED; i++) {
		enum tlp got = TLP_RED;

		CHECK(tlp_parse(tlp_label((enum tlp)i), &got) == ERR_OK);
		CHECK((int)got == i);
	}
}

static void accepts_bare_words_any_case_and_white(void)
{
	static const struct {
		str text;
		enum tlp want;
	} rows[] = {
	    {STR_INIT("amber+strict"), TLP_AMBER_STRICT},
	    {STR_INIT("tlp:Green"), TLP_GREEN},
	    {STR_INIT("TLP:WHITE"), TLP_CLEAR},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum tlp got = TLP_RED;

		CHECK(tlp_parse(rows[i].text, &got) == ERR_OK);
		CHECK(got == rows[i].want);
	}
}

static void refuses_the_rest_and_keeps_the_default(void)
{
	static const str bad[] = {
	    STR_INIT(""),
	    STR_INIT("TLP:"),
	    STR_INIT("TLP: RED"),
	    STR_INIT("TLP:TLP:RED"),
	    STR_INIT("AMBER-STRICT"),
	    STR_INIT("REDD"),
	    STR_INIT("RED\0"),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum tlp got = TLP_RED;

		CHECK(tlp_parse(bad[i], &got) == ERR_INVALID);
		CHECK(got == TLP_RED);
	}
}

static void stricter_labels_never_travel_farther(void)
{
	for (int l = TLP_GREEN; l <= TLP_RED; l++)
		for (int r = TLP_READER_RECIPIENT; r <= TLP_READER_PUBLIC; r++)
			if (tlp_allows((enum tlp)l, (enum tlp_reader)r))
				CHECK(tlp_allows((enum tlp)(l - 1), (enum tlp_reader)r));
	CHECK(!tlp_allows(TLP_AMBER_STRICT, TLP_READER_CLIENT));
	CHECK(tlp_allows(TLP_AMBER, TLP_READER_CLIENT));
}

RUN_TESTS({"reads every label it writes", reads_every_label_it_writes},
	  {"accepts bare words, any case, and WHITE", accepts_bare_words_any_case_and_white},
	  {"refuses the rest and keeps the default", refuses_the_rest_and_keeps_the_default},
	  {"stricter labels never travel farther", stricter_labels_never_travel_farther})
