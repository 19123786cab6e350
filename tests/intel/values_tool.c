// SPDX-License-Identifier: Apache-2.0
/* values_tool: what intel/ makes of texts, for the scripts that check it from outside.
 * values_tool extract FILE...: a line "kind TAB canonical TAB offset TAB length TAB defanged" per
 * value, files between lines "== FILE". values_tool canonical: lines "kind TAB text" in, the
 * canonical spelling or "-" out. values_tool guess: texts in, "kind TAB canonical" out. values_tool
 * pattern: STIX patterns in. values_tool bench FILE...: extraction speed. */
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "intel/extract.h"
#include "intel/value_internal.h"

static void print_str(str s)
{
	fwrite(s.p, 1, s.n, stdout);
}

static int extract_file(const char *path)
{
	ARENA(a, 0);
	BUF(text);
	struct extracted *v;
	size_t n;
	bool more;

	printf("== %s\n", path);
	if (file_read(path, 64 << 20, &text, NULL) != ERR_OK ||
	    extract_values(&a, buf_str(&text), false, 1000000, &v, &n, &more) != ERR_OK)
		return 1;
	for (size_t i = 0; i < n; i++) {
		print_str(value_kind_name(v[i].kind));
		putchar('\t');
		print_str(v[i].canonical);
		printf("\t%zu\t%zu\t%d\n", v[i].at, v[i].n, v[i].defanged);
	}
	return 0;
}

static int bench_file(const char *path)
{
	BUF(text);
	size_t n = 0, bytes = 0;
	int64_t from;

	if (file_read(path, 64 << 20, &text, NULL) != ERR_OK)
		return 1;
	from = clock_mono_us();
	while (clock_mono_us() - from < 500000) {
		ARENA(a, 0);
		struct extracted *v;
		bool more;

		if (extract_values(&a, buf_str(&text), false, 1000000, &v, &n, &more) != ERR_OK)
			return 1;
		bytes += text.n;
	}
	printf("%s: %zu values, %.1f MB/s\n", path, n,
	       (double)bytes / (double)(clock_mono_us() - from));
	return 0;
}

static void each_line(const char *mode, str line)
{
	ARENA(a, 0);
	str kind, out;

	if (strcmp(mode, "pattern") == 0) {
		struct pattern_value *v;
		size_t n;
		struct why why = {0};

		if (pattern_values(&a, line, &v, &n, &why) != ERR_OK) {
			printf("-\t%s\n", why.text);
			return;
		}
		for (size_t i = 0; i < n; i++) {
			str name = value_kind_name(v[i].kind);

			printf("%s%.*s:%.*s", i ? "\t" : "", STR_ARG(name),
			       STR_ARG(v[i].canonical));
		}
		putchar('\n');
	} else if (strcmp(mode, "guess") == 0) {
		enum value_kind k = value_guess_clean(&a, value_refang(&a, line), &out);
		str name = value_kind_name(k);

		printf("%.*s\t%.*s\n", STR_ARG(name), k ? (int)out.n : 0, k ? out.p : "");
	} else {
		(void)str_split(&line, '\t', &kind);
		if (value_canonical(&a, value_kind_parse(kind), line, &out, NULL) != ERR_OK)
			out = STR("-");
		print_str(out);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	int bad = 0;
	BUF(in);

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "extract") == 0 || strcmp(argv[1], "bench") == 0) {
		for (int i = 2; i < argc; i++)
			bad |= argv[1][0] == 'e' ? extract_file(argv[i]) : bench_file(argv[i]);
		return bad;
	}
	if (fd_read_all(0, 64 << 20, &in, NULL) != ERR_OK)
		return 1;
	for (str rest = buf_str(&in), line; rest.n && str_split(&rest, '\n', &line);)
		each_line(argv[1], line);
	return 0;
}
