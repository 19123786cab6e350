// SPDX-License-Identifier: Apache-2.0
/* The files of JSONTestSuite: y_ must be read, n_ refused, i_ may go either
 * way but must be survived; the cursor must agree. The suite is not part of
 * the repository: it lies in <HIKESHI_CORPUS>/json-torture/test_parsing. */
#include <dirent.h>

#include "base/file.h"
#include "base/json.h"
#include "tests/check.h"

static DIR *open_suite(struct buf *folder)
{
	const char *corpus = getenv("HIKESHI_CORPUS"), *source = getenv("HIKESHI_SOURCE");

	buf_printf(folder, "%s%s/json-torture/test_parsing",
		   corpus   ? corpus
		   : source ? source
			    : ".",
		   corpus ? "" : "/../shared/data");
	return opendir(buf_cstr(folder));
}

static bool take(str text, bool *ret_cursor)
{
	ARENA(a, 0);
	ARENA(b, 0);
	struct json v, w;
	struct json_cursor c;
	enum err err = json_parse(&a, text, NULL, &v, NULL);

	if (!err) {
		BUF(out);

		json_write(&out, &v);
		CHECK(json_parse(&b, buf_str(&out), NULL, &w, NULL) == ERR_OK && json_eq(&v, &w));
	}
	json_cursor_init(&c, text, NULL);
	*ret_cursor = json_cursor_skip(&c);
	return err == ERR_OK;
}

static void every_file_of_the_suite(void)
{
	/* names may repeat by RFC 8259 4, only we refuse it */
	static const str duplicates = STR_INIT("y_object_duplicated_key");
	BUF(folder);
	DIR *d = open_suite(&folder);
	int met = 0;

	if (!d) {
		CHECK_SKIP("JSONTestSuite is not here (HIKESHI_CORPUS)");
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		bool ours = str_starts(str_c(e->d_name), duplicates), ok, cursor_ok;
		BUF(path);
		BUF(text);

		if (e->d_name[0] == '.')
			continue;
		buf_printf(&path, "%s/%s", folder.p, e->d_name);
		CHECK(file_read(buf_cstr(&path), 1 << 20, &text, NULL) == ERR_OK);
		ok = take(buf_str(&text), &cursor_ok);
		if ((e->d_name[0] == 'y' && ok == ours) || (e->d_name[0] == 'n' && ok) ||
		    (!ours && cursor_ok != ok)) {
			printf("# %s\n", e->d_name);
			CHECK(false && "the verdict of the suite");
		}
		met++;
	}
	(void)closedir(d);
	CHECK(met > 100);
}

RUN_TESTS({"every file of the suite", every_file_of_the_suite})
