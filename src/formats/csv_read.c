// SPDX-License-Identifier: Apache-2.0
/* CSV by RFC 4180 with a header. Columns are found by name: value and type as we and others call
 * them; or columns that are themselves named after a kind of value ("md5,sha1,sha256"). Other
 * columns are a loss, counted by name. */
#include "formats/formats_internal.h"
#include "intel/value.h"

#include <stdio.h>

#define COLUMNS 64
enum column {
	COLUMN_UNKNOWN,
	COLUMN_VALUE,
	COLUMN_TYPE,
	COLUMN_COMMENT,
	COLUMN_TLP,
	COLUMN_FIRST,
	COLUMN_LAST,
	COLUMN_ID,
	COLUMN_KIND
};

static const struct {
	str name;
	enum column column;
} names[] = {
    {STR_INIT("value"), COLUMN_VALUE},
    {STR_INIT("indicator"), COLUMN_VALUE},
    {STR_INIT("ioc"), COLUMN_VALUE},
    {STR_INIT("type"), COLUMN_TYPE},
    {STR_INIT("entity_type"), COLUMN_TYPE},
    {STR_INIT("indicator_type"), COLUMN_TYPE},
    {STR_INIT("kind"), COLUMN_TYPE},
    {STR_INIT("comment"), COLUMN_COMMENT},
    {STR_INIT("notes"), COLUMN_COMMENT},
    {STR_INIT("note"), COLUMN_COMMENT},
    {STR_INIT("description"), COLUMN_COMMENT},
    {STR_INIT("tlp"), COLUMN_TLP},
    {STR_INIT("first_seen"), COLUMN_FIRST},
    {STR_INIT("last_seen"), COLUMN_LAST},
    {STR_INIT("id"), COLUMN_ID},
    {STR_INIT("値"), COLUMN_VALUE},
    {STR_INIT("種別"), COLUMN_TYPE},
    {STR_INIT("備考"), COLUMN_COMMENT},
};
/* Names of kinds that others use; "file" and "hash" are told by their look. */
static const struct {
	str name;
	enum value_kind kind; /* VALUE_NONE: guess */
} aliases[] = {
    {STR_INIT("hostname"), VALUE_DOMAIN}, {STR_INIT("domain"), VALUE_DOMAIN},
    {STR_INIT("ipaddress"), VALUE_NONE},  {STR_INIT("ip"), VALUE_NONE},
    {STR_INIT("ip-dst"), VALUE_NONE},     {STR_INIT("ip-src"), VALUE_NONE},
    {STR_INIT("file"), VALUE_NONE},       {STR_INIT("hash"), VALUE_NONE},
    {STR_INIT("filehash"), VALUE_NONE},   {STR_INIT("email"), VALUE_EMAIL},
    {STR_INIT("uri"), VALUE_URL},         {STR_INIT(""), VALUE_NONE},
    {STR_INIT("cidr"), VALUE_NONE},       {STR_INIT("ipv4-addr"), VALUE_NONE},
    {STR_INIT("ipv6-addr"), VALUE_NONE},
};

struct csv {
	struct reading r;
	size_t at;
	enum column columns[COLUMNS];
	enum value_kind kinds[COLUMNS]; /* of COLUMN_KIND */
	size_t n_columns;
	str cells[COLUMNS];
	size_t n_cells;
};

/* True if a name stands for a kind of value; *ret VALUE_NONE: by its look. */
static bool kind_parse(str name, enum value_kind *ret)
{
	char lower[64];
	str low = {lower, 0};

	for (; low.n < name.n && low.n < sizeof(lower); low.n++)
		lower[low.n] = ch_lower(name.p[low.n]);
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (!str_eq(aliases[i].name, low))
			continue;
		*ret = aliases[i].kind;
		return true;
	}
	*ret = value_kind_parse(low);
	return *ret != VALUE_NONE;
}

/* One cell (RFC 4180 section 2): escaped = DQUOTE *(TEXTDATA / COMMA / CR / LF / 2DQUOTE) DQUOTE.
 * Returns what ended it. */
static char next_cell(str text, size_t *at, struct arena *a, str *ret)
{
	size_t i = *at, n = 0;

	if (i < text.n && text.p[i] == '"') {
		size_t from = ++i;

		while (i < text.n && (text.p[i] != '"' || (i + 1 < text.n && text.p[i + 1] == '"')))
			i += text.p[i] == '"' ? 2 : 1;
		char *to = arena_alloc(a, i - from + 1);

		for (size_t k = from; k < i; k++) {
			to[n++] = text.p[k];
			if (text.p[k] == '"')
				k++;
		}
		*ret = (str){to, n};
		if (i < text.n)
			i++;
		/* Whatever stands between the quote and the comma is nobody's. */
		while (i < text.n && text.p[i] != ',' && text.p[i] != '\n')
			i++;
	} else {
		size_t from = i;

		while (i < text.n && text.p[i] != ',' && text.p[i] != '\n')
			i++;
		*ret = str_trim(str_slice(text, from, i - from));
	}
	char end = i < text.n ? text.p[i] : '\n';

	*at = i < text.n ? i + 1 : i;
	return end;
}

static bool next_row(str text, size_t *at, struct arena *a, str cells[COLUMNS], size_t *ret_n)
{
	size_t n = 0;
	str extra;

	if (*at >= text.n)
		return false;
	for (;;) {
		char end = next_cell(text, at, a, n < COLUMNS ? &cells[n] : &extra);

		n += n < COLUMNS;
		if (end == '\n')
			break;
		if (*at >= text.n) {
			if (n < COLUMNS)
				cells[n++] = STR_NULL;
			break;
		}
	}
	*ret_n = n;
	return true;
}

/* Maps a header; false when it has no column with values. */
static bool read_header(struct csv *c, struct arena *a)
{
	bool value = false, kind = false;

	if (!next_row(c->r.text, &c->at, a, c->cells, &c->n_columns))
		return false;
	for (size_t i = 0; i < c->n_columns; i++) {
		c->columns[i] = COLUMN_UNKNOWN;
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (str_ieq(names[k].name, c->cells[i]))
				c->columns[i] = names[k].column;
		value |= c->columns[i] == COLUMN_VALUE;
	}
	for (size_t i = 0; i < c->n_columns && !value; i++) {
		if (c->columns[i] == COLUMN_UNKNOWN && c->cells[i].n &&
		    kind_parse(c->cells[i], &c->kinds[i])) {
			c->columns[i] = COLUMN_KIND;
			kind = true;
		}
	}
	return value || kind;
}

bool csv_detect(str text)
{
	struct csv c = {.r = {.text = str_slice(text, 0, 4096)}};
	ARENA(a, 0);

	return read_header(&c, &a) && (c.n_columns > 1 || str_ieq(c.cells[0], STR("value")));
}

static str cell_of(const struct csv *c, enum column column)
{
	for (size_t i = 0; i < c->n_columns && i < c->n_cells; i++)
		if (c->columns[i] == column)
			return c->cells[i];
	return STR_NULL;
}

bool csv_guarded(str cell)
{
	static const str wide[] = {STR_INIT("\xef\xbc\x9d"), STR_INIT("\xef\xbc\x8b"),
				   STR_INIT("\xef\xbc\x8d"), STR_INIT("\xef\xbc\xa0")};

	/* an apostrophe of the cell's own is told from ours by a second one */
	while (cell.n > 1 && cell.p[0] == '\'')
		cell = str_from(cell, 1);
	for (size_t i = 0; i < ARRAY_LEN(wide);
	     i++) /* ＝＋－＠, as Japanese spreadsheets read them */
		if (str_starts(cell, wide[i]))
			return true;
	return cell.n && memchr("=+-@\t\r\n", cell.p[0], 7);
}

/* Our own export puts an apostrophe before what a spreadsheet would take for a formula. */
static str without_guard(str cell)
{
	return cell.n > 1 && cell.p[0] == '\'' && csv_guarded(cell) ? str_from(cell, 1) : cell;
}

/* The value of a cell: of the kind its row names; where it is none, what hosts, URLs and values of
 * any kind look like in the wild. */
static enum value_kind cell_value(struct csv *c, enum value_kind kind, str text, str *ret,
				  const char **ret_loss, struct why *why)
{
	bool loose = kind == VALUE_NONE || kind == VALUE_IPV4;

	*ret_loss = NULL;
	if (!loose && value_canonical(&c->r.scratch, kind, text, ret, why) == ERR_OK)
		return kind;
	if (!loose && kind != VALUE_URL && kind != VALUE_DOMAIN && kind != VALUE_IPV6)
		return VALUE_NONE;
	return loose_value(&c->r.scratch, text, ret, ret_loss);
}

static bool row_emit(struct csv *c, size_t at, enum value_kind kind, str text)
{
	static const struct {
		enum column column;
		const char *name;
	} fields[] = {
	    {COLUMN_COMMENT, "comment"}, {COLUMN_FIRST, "first_seen"}, {COLUMN_LAST, "last_seen"}};
	struct format_element e = {.form = FORM_OWN,
				   .type = STR("x-hikeshi-observable"),
				   .tlp = -1,
				   .parent = -1,
				   .at = at};
	struct why why = {0};
	struct json_out o;
	str canonical, tlp = cell_of(c, COLUMN_TLP), type;
	struct uuid uid;
	const char *loss;
	enum value_kind guess = cell_value(c, kind, text, &canonical, &loss, &why);

	if (guess == VALUE_NONE) {
		reading_refuse(&c->r, at,
			       why.text[0] ? why.text : "the value is of no kind we know");
		return true;
	}
	buf_clear(&c->r.body);
	json_out_init(&o, &c->r.body);
	jo_object(&o);
	jo_kstr(&o, "kind", value_kind_name(guess));
	jo_kstr(&o, "value", canonical);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		str v = without_guard(cell_of(c, fields[i].column));
		int64_t us;

		if (fields[i].column == COLUMN_COMMENT && v.n)
			jo_kstr(&o, fields[i].name, v);
		else if (time_parse(v, &us) == ERR_OK)
			jo_ktime(&o, fields[i].name, us);
		else if (v.n)
			reading_loss(&c->r, "times that are not RFC 3339", 1);
	}
	jo_end(&o);
	e.body = buf_str(&c->r.body);
	if (tlp.n) {
		e.tlp = tlp_word(str_starts(tlp, STR("TLP:")) || str_starts(tlp, STR("tlp:"))
				     ? tlp
				     : arena_printf(&c->r.scratch, "tlp:%.*s", STR_ARG(tlp)));
		e.tlp_unknown = e.tlp < 0;
		e.tlp = e.tlp < 0 ? TLP_RED : e.tlp;
	}
	if (loss)
		reading_loss(&c->r, loss, 1);
	if (id_parse(cell_of(c, COLUMN_ID), &type, &uid) == ERR_OK && str_eq(type, e.type))
		e.uid = uid;
	return reading_emit(&c->r, &e, NULL);
}

/* A cell may hold several digests of one file: "sha256,sha1,md5". */
static bool cell_emit(struct csv *c, size_t at, enum value_kind kind, str cell)
{
	str rest = without_guard(cell), part;

	if (kind != VALUE_NONE || str_find_char(rest, ',') < 0)
		return row_emit(c, at, kind, rest);
	while (str_split(&rest, ',', &part))
		if (str_trim(part).n && !row_emit(c, at, VALUE_NONE, str_trim(part)))
			return false;
	return true;
}

static bool read_row(struct csv *c, size_t at)
{
	enum value_kind kind = VALUE_NONE;
	str type = cell_of(c, COLUMN_TYPE), value = cell_of(c, COLUMN_VALUE);
	bool blank = true;

	for (size_t i = 0; i < c->n_cells; i++)
		blank = blank && !c->cells[i].n;
	if (blank)
		return true;
	for (size_t i = 0; i < c->n_columns && i < c->n_cells; i++)
		if (c->columns[i] == COLUMN_KIND && c->cells[i].n &&
		    !cell_emit(c, at, c->kinds[i], c->cells[i]))
			return false;
	for (size_t i = 0; i < c->n_columns; i++)
		if (c->columns[i] == COLUMN_KIND)
			return true;
	if (!value.n) {
		reading_refuse(&c->r, at, "no value");
		return true;
	}
	/* A type we do not know is not believed; the value may still speak for itself. */
	if (!kind_parse(type, &kind))
		reading_loss(&c->r, "types we do not know, told by the look of the value", 1);
	return cell_emit(c, at, kind, value);
}

static void count_unknown_columns(struct csv *c, const str *header, int64_t rows)
{
	for (size_t i = 0; i < c->n_columns; i++) {
		char what[160];

		if (c->columns[i] != COLUMN_UNKNOWN || !rows)
			continue;
		(void)snprintf(what, sizeof(what), "column '%.*s'",
			       (int)(header[i].n > 100 ? 100 : header[i].n),
			       header[i].n ? header[i].p : "");
		reading_loss(&c->r, what, rows);
	}
}

enum err csv_read(const struct catalog *catalog, str text, const struct format_sink *sink,
		  struct why *why)
{
	struct csv c = {.at = 0};
	str header[COLUMNS];
	int64_t rows = 0;
	ARENA(a, 0);

	(void)catalog;
	reading_init(&c.r, text, sink, why);
	bool known = read_header(&c, &a);

	memcpy(header, c.cells, sizeof(header));
	while (known && !c.r.stop) {
		size_t at = c.at;

		arena_reset(&c.r.scratch);
		if (!next_row(text, &c.at, &c.r.scratch, c.cells, &c.n_cells))
			break;
		reading_path(&c.r, "row %lld", (long long)++rows);
		if (!read_row(&c, at))
			break;
	}
	count_unknown_columns(&c, header, rows);
	enum err err = known ? reading_end(&c.r, "CSV")
			     : why_set(why, ERR_INVALID, "the header names no column of values");

	reading_done(&c.r);
	return err;
}
