// SPDX-License-Identifier: Apache-2.0
/* convert FROM TO FILE...: writes what it read in another format to stdout, losses and rejections
 * to stderr. For the interoperability tests, which let other people's programs judge what we write.
 */
#include "tests/formats/convert.h"

static int fail(const char *what, const struct why *why)
{
	fprintf(stderr, "convert: %s: %s\n", what, why->text);
	return 1;
}

int main(int argc, char **argv)
{
	enum format_id from, to;
	struct collected c;
	struct format_loss *losses = NULL;
	size_t n = 0;
	struct why why = {0};
	BUF(out);

	if (argc < 4 || format_parse_name(str_c(argv[1]), &from) ||
	    format_parse_name(str_c(argv[2]), &to)) {
		fprintf(stderr, "usage: convert FROM TO FILE...\n");
		return 2;
	}
	collected_init(&c);
	c.print = true;
	for (int i = 3; i < argc; i++) {
		struct format_sink sink = collected_sink(&c);
		BUF(text);

		if (file_read(argv[i], (size_t)1 << 30, &text, &why) ||
		    format_read(from, NULL, buf_str(&text), &sink, &why))
			return fail(argv[i], &why);
	}
	if (convert_write(to, &c, &out, &losses, &n, &why))
		return fail("writing", &why);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "loss: %lld %.*s\n", (long long)losses[i].count,
			STR_ARG(losses[i].what));
	fwrite(out.p, 1, out.n, stdout);
	collected_done(&c);
	return 0;
}
