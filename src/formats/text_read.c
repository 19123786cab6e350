// SPDX-License-Identifier: Apache-2.0
/* Lists (a value a line, comments after #, hosts files) and any other text, which is searched for
 * values. */
#include "formats/formats_internal.h"
#include "intel/extract.h"
#include "intel/value.h"

#define TEXT_BYTES ((size_t)64 << 20)
#define TEXT_VALUES 200000

static bool emit_value(struct reading *r, size_t at, enum value_kind kind, str canonical,
		       str comment)
{
	struct format_element e = {.form = FORM_OWN,
				   .type = STR("x-hikeshi-observable"),
				   .tlp = -1,
				   .parent = -1,
				   .at = at};
	struct json_out o;

	buf_clear(&r->body);
	json_out_init(&o, &r->body);
	jo_object(&o);
	jo_kstr(&o, "kind", value_kind_name(kind));
	jo_kstr(&o, "value", canonical);
	if (comment.n)
		jo_kstr(&o, "comment", comment);
	jo_end(&o);
	e.body = buf_str(&r->body);
	return reading_emit(r, &e, NULL);
}

/* What of a line is the value: without a comment, the null address of hosts files, a count behind
 * it. */
static str line_value(str line, str *comment)
{
	static const str null_addresses[] = {STR_INIT("0.0.0.0"), STR_INIT("127.0.0.1"),
					     STR_INIT("::"), STR_INIT("::1")};
	size_t hash = 0, first = 0, second, end;

	*comment = STR_NULL;
	line = str_trim(line);
	/* A # inside a word is a URL's fragment. */
	while (hash < line.n && !(line.p[hash] == '#' && (hash == 0 || ch_space(line.p[hash - 1]))))
		hash++;
	if (hash < line.n) {
		*comment = str_trim(str_from(line, hash + 1));
		line = str_trim(str_slice(line, 0, hash));
	}
	if (line.n && line.p[0] == ';')
		return STR_NULL;
	while (first < line.n && !ch_space(line.p[first]))
		first++;
	for (second = first; second < line.n && ch_space(line.p[second]); second++)
		;
	for (end = second; end < line.n && !ch_space(line.p[end]); end++)
		;
	if (end < line.n || second >= line.n)
		return line;
	str head = str_slice(line, 0, first), tail = str_from(line, second);
	uint64_t count;

	for (size_t i = 0; i < ARRAY_LEN(null_addresses); i++)
		if (str_eq(null_addresses[i], head))
			return tail;
	return str_u64(tail, &count) == ERR_OK ? head : line;
}

bool list_detect(str text)
{
	str rest = str_slice(text, 0, 65536), line, comment, canonical;
	size_t values = 0, others = 0;
	const char *loss;
	ARENA(a, 0);

	for (int n = 0; n < 400 && str_split(&rest, '\n', &line); n++) {
		str v = line_value(line, &comment);

		if (!v.n)
			continue;
		/* The last line of the excerpt may be cut. */
		if (!rest.p && text.n > 65536)
			break;
		arena_reset(&a);
		if (loose_value(&a, v, &canonical, &loss) != VALUE_NONE)
			values++;
		else
			others++;
	}
	return values > 0 && values >= others * 4;
}

enum err list_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why)
{
	struct reading r;
	str rest = text, line, comment, canonical;
	size_t number = 0;

	(void)c;
	reading_init(&r, text, sink, why);
	while (!r.stop && str_split(&rest, '\n', &line)) {
		str v = line_value(line, &comment);
		enum value_kind k;
		const char *loss = NULL;

		number++;
		if (!v.n)
			continue;
		size_t at = (size_t)(v.p - text.p);

		reading_path(&r, "line %zu", number);
		arena_reset(&r.scratch);
		k = loose_value(&r.scratch, v, &canonical, &loss);
		if (k == VALUE_NONE)
			reading_refuse(&r, at, "not a value we know");
		else if (!emit_value(&r, at, k, canonical, comment))
			break;
		else if (loss)
			reading_loss(&r, loss, 1);
	}
	enum err err = reading_end(&r, "list");

	reading_done(&r);
	return err;
}

enum err text_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why)
{
	struct reading r;
	struct extracted *found = NULL;
	size_t n = 0;
	bool more = false;
	ARENA(a, (size_t)1 << 30);

	(void)c;
	if (text.n > TEXT_BYTES)
		return why_set(why, ERR_LIMIT, "a text of more than 64 MiB is not searched");
	reading_init(&r, text, sink, why);
	enum err err = extract_values(&a, text, false, TEXT_VALUES, &found, &n, &more);

	for (size_t i = 0; !err && i < n; i++) {
		reading_path(&r, "byte %zu", found[i].at);
		if (!emit_value(&r, found[i].at, found[i].kind, found[i].canonical, STR_NULL))
			break;
	}
	if (more)
		reading_loss(&r, "values after the first 200,000 of a text", 1);
	if (!err)
		err = reading_end(&r, "text");
	reading_done(&r);
	return err;
}
