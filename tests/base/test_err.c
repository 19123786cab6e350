// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <string.h>

#include "tests/check.h"

static void every_error_has_a_name_of_its_own_and_a_status(void)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		int status = err_http_status((enum err)i);

		CHECK(err_name((enum err)i)[0] != '\0');
		CHECK(i == ERR_OK ? status == 200 : status >= 400 && status < 600);
		for (int j = 0; j < i; j++)
			CHECK(strcmp(err_name((enum err)i), err_name((enum err)j)) != 0);
	}
	CHECK(err_http_status(ERR_STALE) == 412);
	CHECK(err_http_status(ERR_NEED_MATCH) == 428);
	CHECK(err_http_status(ERR_FULL) == 507);
}

static void the_first_writer_wins(void)
{
	struct why why = {.text = ""};

	CHECK(why_set(&why, ERR_INVALID, "bad id '%s'", "x") == ERR_INVALID);
	CHECK(why_set(&why, ERR_IO, "later") == ERR_IO);
	CHECK(why_field(&why, ERR_LIMIT, "c", "/f", "later", "ato") == ERR_LIMIT);
	CHECK(strcmp(why.text, "bad id 'x'") == 0);
	CHECK(!why.code[0] && !why.field[0] && !why.text_ja[0]);
}

static void fields_are_kept_and_null_is_taken(void)
{
	struct why why = {.text = ""};

	CHECK(why_set(NULL, ERR_IO, "nobody reads") == ERR_IO);
	CHECK(why_field(NULL, ERR_IO, NULL, NULL, NULL, NULL) == ERR_IO);
	CHECK(why_field(&why, ERR_UNPROCESSABLE, "required", "/what/name", "name is missing",
			"名前がありません") == ERR_UNPROCESSABLE);
	CHECK(strcmp(why.text, "name is missing") == 0);
	CHECK(strcmp(why.text_ja, "名前がありません") == 0);
	CHECK(strcmp(why.code, "required") == 0);
	CHECK(strcmp(why.field, "/what/name") == 0);
}

static void a_cut_leaves_whole_characters(void)
{
	char longer[1024] = "";

	/* three bytes each, from every phase */
	for (size_t pad = 0; pad < 3; pad++) {
		struct why why = {.text = ""};
		size_t n = pad;

		memset(longer, 'a', pad);
		for (; n + 3 < sizeof(longer); n += 3)
			memcpy(longer + n, "火", 3);
		longer[n] = '\0';
		CHECK(why_set(&why, ERR_IO, "%s", longer) == ERR_IO);
		CHECK(strlen(why.text) < sizeof(why.text));
		CHECK(strlen(why.text) > sizeof(why.text) - 5);
		CHECK((strlen(why.text) - pad) % 3 == 0);
		why = (struct why){.text = ""};
		CHECK(why_field(&why, ERR_IO, longer, longer, longer, longer) == ERR_IO);
		CHECK((strlen(why.code) - pad) % 3 == 0 && strlen(why.code) > 43);
	}
}

RUN_TESTS({"every error has a name of its own and a status",
	   every_error_has_a_name_of_its_own_and_a_status},
	  {"the first writer wins", the_first_writer_wins},
	  {"fields are kept and NULL is taken", fields_are_kept_and_null_is_taken},
	  {"a cut leaves whole characters", a_cut_leaves_whole_characters})
