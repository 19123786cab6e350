// SPDX-License-Identifier: Apache-2.0
/* json_tool: lets a script ask our reader about a document.
 *   json_tool compact|canonical|number|time FILE...
 * For every file one line: "ok <text>" or "no <why>". compact and canonical
 * print the document; number reads lines of 16 hex digits (the bits of a
 * double) and prints each as RFC 8785 does; time parses and prints MB/s.
 * "-" is standard input holding one file name per line. Exit status 1 when
 * any document was refused. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_number.h"

#define FILE_LIMIT ((size_t)64 << 20)

static bool say(const char *mode, str text)
{
	ARENA(a, 0);
	BUF(out);
	struct why why = {.text = ""};
	struct json v;
	int64_t start_us = clock_mono_us(), us;
	enum err err = json_parse(&a, text, NULL, &v, &why);

	us = clock_mono_us() - start_us;
	if (!err && mode[0] == 't') {
		printf("ok %.0f MB/s, %zu bytes of arena\n", (double)text.n / (double)(us ? us : 1),
		       a.used_bytes);
		return true;
	}
	if (!err && str_eq(str_c(mode), STR("canonical")))
		err = json_canonical(&a, &out, &v);
	else if (!err)
		json_write(&out, &v);
	if (err)
		printf("no %s %s\n", err_name(err), why.text);
	else
		printf("ok %.*s\n", STR_ARG(buf_str(&out)));
	return err == ERR_OK;
}

static void say_numbers(str text)
{
	BUF(out);
	str line;

	while (str_split(&text, '\n', &line)) {
		uint64_t bits = 0;
		double d;

		for (size_t i = 0; i < line.n; i++)
			bits = bits << 4 |
			       (ch_digit(line.p[i]) ? (uint64_t)(line.p[i] - '0')
						    : (uint64_t)((line.p[i] | 32) - 'a' + 10));
		memcpy(&d, &bits, sizeof(d));
		if (line.n)
			json_number_es6(&out, d);
		buf_add_char(&out, '\n');
	}
	(void)fwrite(out.p, 1, out.n, stdout);
}

static bool say_file(const char *mode, const char *path)
{
	struct why why = {.text = ""};
	BUF(text);

	if (file_read(path, FILE_LIMIT, &text, &why)) {
		printf("no %s\n", why.text);
		return false;
	}
	if (str_eq(str_c(mode), STR("number"))) {
		say_numbers(buf_str(&text));
		return true;
	}
	return say(mode, buf_str(&text));
}

int main(int argc, char **argv)
{
	bool all = true;
	char line[4096];

	if (argc < 3) {
		fprintf(stderr, "usage: json_tool compact|canonical|number|time FILE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (!str_eq(str_c(argv[i]), STR("-"))) {
			all &= say_file(argv[1], argv[i]);
			continue;
		}
		while (fgets(line, sizeof(line), stdin)) {
			line[strcspn(line, "\n")] = '\0';
			all &= say_file(argv[1], line);
			(void)fflush(stdout);
		}
	}
	return all ? 0 : 1;
}
