// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"

#include <stdarg.h>
#include <stdio.h>

#define FLUSH_BYTES ((size_t)64 << 10)

/* One row per enum format_id. */
static const struct {
	str name;
	format_reader *read;
	const struct writer_ops *writer;
	const char *why_not; /* what to do instead of reading it */
} formats[FORMAT_COUNT] = {
    [FORMAT_AUTO] = {STR_INIT("auto"), NULL, NULL, "the input is empty or not text"},
    [FORMAT_STIX] = {STR_INIT("stix"), stix_read, &stix_writer, NULL},
    [FORMAT_MISP] = {STR_INIT("misp"), misp_read, &misp_writer, NULL},
    [FORMAT_MISP_FEED] = {STR_INIT("misp-feed"), misp_read, &misp_writer, NULL},
    [FORMAT_CSV] = {STR_INIT("csv"), csv_read, &csv_writer, NULL},
    [FORMAT_LIST] = {STR_INIT("list"), list_read, NULL, NULL},
    [FORMAT_TEXT] = {STR_INIT("text"), text_read, NULL, NULL},
    [FORMAT_IODEF] = {STR_INIT("iodef"), NULL, NULL,
		      "IODEF is recognised but not read; convert it to STIX or MISP first"},
    [FORMAT_CSAF] = {STR_INIT("csaf"), NULL, NULL,
		     "CSAF is recognised but not read; import its text or list of CVE numbers"},
    [FORMAT_JVNRSS] = {STR_INIT("jvnrss"), NULL, NULL,
		       "JVNRSS is recognised but not read; import its text or list of CVE numbers"},
    [FORMAT_MAIL] = {STR_INIT("mail"), NULL, NULL,
		     "a mail is not read as indicators; import the text of its body"},
    [FORMAT_JSON] = {STR_INIT("json"), NULL, NULL, "JSON, but neither STIX nor MISP"},
    [FORMAT_STIX1] = {STR_INIT("stix1"), NULL, NULL,
		      "STIX 1 (XML) is recognised but not read; convert it to STIX 2.1 first"},
    [FORMAT_SURICATA] = {STR_INIT("suricata"), NULL, &suricata_writer,
			 "detection rules are written, not read"},
    [FORMAT_SNORT] = {STR_INIT("snort"), NULL, &snort_writer,
		      "detection rules are written, not read"},
    [FORMAT_ZEEK] = {STR_INIT("zeek"), NULL, &zeek_writer,
		     "Zeek intelligence files are written, not read"},
    [FORMAT_RPZ] = {STR_INIT("rpz"), NULL, &rpz_writer,
		    "response policy zones are written, not read"},
    [FORMAT_NFT] = {STR_INIT("nft"), NULL, &nft_writer, "nftables rules are written, not read"},
    [FORMAT_SIGMA_VALUES] = {STR_INIT("sigma-values"), NULL, &sigma_writer,
			     "Sigma values are written, not read"},
};

enum err format_parse_name(str name, enum format_id *ret)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		if (!str_ieq(formats[i].name, name))
			continue;
		*ret = (enum format_id)i;
		return ERR_OK;
	}
	return ERR_INVALID;
}

str format_name(enum format_id f)
{
	return f < FORMAT_COUNT ? formats[f].name : STR_NULL;
}

bool format_can_read(enum format_id f)
{
	return f < FORMAT_COUNT && formats[f].read;
}

bool format_can_write(enum format_id f)
{
	return f < FORMAT_COUNT && formats[f].writer;
}

static str without_mark(str text)
{
	(void)str_skip_prefix(&text, STR("\xef\xbb\xbf"));
	return text;
}

enum err format_read(enum format_id f, const struct catalog *c, str text,
		     const struct format_sink *sink, struct why *why)
{
	str body = without_mark(text);

	if (f == FORMAT_AUTO)
		f = format_detect(STR_NULL, body);
	if (f == FORMAT_JSON)
		return json_refuse(body, sink, why);
	if (!format_can_read(f))
		return why_set(why, ERR_INVALID, "%s",
			       f < FORMAT_COUNT ? formats[f].why_not : "no such format");
	if ((formats[f].read == stix_read || formats[f].read == misp_read) &&
	    json_lines_detect(body))
		return json_lines_read(formats[f].read, c, body, sink, why);
	return formats[f].read(c, body, sink, why);
}

/* ---- detection -------------------------------------------------------------------- */

static const struct {
	str key;
	enum format_id format;
} json_keys[] = {
    {STR_INIT("spec_version"), FORMAT_STIX},    {STR_INIT("objects"), FORMAT_STIX},
    {STR_INIT("pattern"), FORMAT_STIX},         {STR_INIT("Event"), FORMAT_MISP},
    {STR_INIT("response"), FORMAT_MISP},        {STR_INIT("Attribute"), FORMAT_MISP},
    {STR_INIT("Object"), FORMAT_MISP},          {STR_INIT("Orgc"), FORMAT_MISP},
    {STR_INIT("threat_level_id"), FORMAT_MISP}, {STR_INIT("orgc_id"), FORMAT_MISP},
    {STR_INIT("EventReport"), FORMAT_MISP},     {STR_INIT("to_ids"), FORMAT_MISP},
};

/* The object at the cursor, by its first keys; FORMAT_TEXT when they say nothing. */
static enum format_id detect_object(struct json_cursor *c, struct arena *a)
{
	str key, type;
	struct json v;
	struct uuid uid;

	if (!json_cursor_enter_object(c))
		return FORMAT_TEXT;
	for (int n = 0; n < 64 && json_cursor_key(c, a, &key); n++) {
		for (size_t i = 0; i < ARRAY_LEN(json_keys); i++)
			if (str_eq(json_keys[i].key, key))
				return json_keys[i].format;
		bool known = str_eq(key, STR("id")) || str_eq(key, STR("type")) ||
			     str_eq(key, STR("document"));

		if (!known || json_cursor_peek(c) == JSON_ARRAY) {
			if (!json_cursor_skip(c))
				return FORMAT_TEXT;
			continue;
		}
		if (!json_cursor_value(c, a, &v))
			return FORMAT_TEXT;
		if (str_eq(key, STR("type")) && str_eq(json_str(&v), STR("bundle")))
			return FORMAT_STIX;
		if (str_eq(key, STR("id")) && id_parse(json_str(&v), &type, &uid) == ERR_OK)
			return FORMAT_STIX;
		if (str_eq(key, STR("document")) && json_get_c(&v, "csaf_version"))
			return FORMAT_CSAF;
	}
	return FORMAT_TEXT;
}

static enum format_id detect_json(str text)
{
	struct json_cursor c;
	ARENA(a, (size_t)8 << 20);

	reading_cursor(&c, text);
	for (int depth = 0; depth < 3 && json_cursor_peek(&c) == JSON_ARRAY; depth++)
		if (!json_cursor_enter_array(&c) || !json_cursor_item(&c))
			return FORMAT_TEXT;
	return detect_object(&c, &a);
}

/* A document of objects from end to end, or a file that calls itself one. Taken for text, a list of
 * well-known sites would become indicators. Lists of words are no such document: ["evil.example"].
 */
static bool is_other_json(str name, str text)
{
	struct json_cursor c;

	if (str_iends(name, STR(".json")))
		return true;
	reading_cursor(&c, text);
	enum json_type first = json_cursor_peek(&c);

	if (first == JSON_ARRAY && json_cursor_enter_array(&c) && json_cursor_item(&c))
		first = json_cursor_peek(&c);
	reading_cursor(&c, text);
	return first == JSON_OBJECT && json_cursor_skip(&c);
}

static bool is_binary(str text)
{
	str head = str_slice(text, 0, 4096);
	size_t odd = 0;

	for (size_t i = 0; i < head.n; i++) {
		unsigned char ch = (unsigned char)head.p[i];

		if (ch == 0)
			return true;
		odd += ch < ' ' && !ch_space(ch) && ch != 0x1b;
	}
	return odd * 20 > head.n;
}

/* RFC 5322 2.2: does the text begin with header fields, two of the usual ones among them? */
static bool is_mail(str text)
{
	static const str usual[] = {STR_INIT("Received:"),     STR_INIT("Return-Path:"),
				    STR_INIT("From:"),         STR_INIT("To:"),
				    STR_INIT("Subject:"),      STR_INIT("Date:"),
				    STR_INIT("Message-ID:"),   STR_INIT("MIME-Version:"),
				    STR_INIT("Delivered-To:"), STR_INIT("DKIM-Signature:"),
				    STR_INIT("Content-Type:")};
	str rest = str_slice(text, 0, 8192), line;
	int hits = 0;

	for (int n = 0; n < 60 && str_split(&rest, '\n', &line); n++) {
		ptrdiff_t colon = str_find_char(line, ':');

		if (!str_trim(line).n)
			break;
		if (ch_space(line.p[0]) || (n == 0 && str_starts(line, STR("From "))))
			continue;
		if (colon <= 0 || str_find_char(str_slice(line, 0, (size_t)colon), ' ') >= 0)
			return false;
		for (size_t i = 0; i < ARRAY_LEN(usual); i++)
			hits += str_starts(line, usual[i]);
	}
	return hits >= 2;
}

static enum format_id detect_xml(str text)
{
	str head = str_slice(text, 0, 4096);

	if (str_find(head, STR("IODEF-Document")) >= 0)
		return FORMAT_IODEF;
	if (str_find(head, STR("STIX_Package")) >= 0)
		return FORMAT_STIX1;
	if (str_find(head, STR("jvn.jp")) >= 0 && str_find(head, STR("rdf:RDF")) >= 0)
		return FORMAT_JVNRSS;
	return FORMAT_TEXT;
}

enum format_id format_detect(str name, str text)
{
	str body = without_mark(text);
	size_t at = skip_blank(body, 0);

	if (at >= body.n || is_binary(body))
		return FORMAT_AUTO;
	if (body.p[at] == '{' || body.p[at] == '[') {
		enum format_id f = detect_json(body);

		if (f == FORMAT_TEXT && is_other_json(name, body))
			f = FORMAT_JSON;
		if (f != FORMAT_TEXT)
			return f;
	}
	if (body.p[at] == '<')
		return detect_xml(body);
	if (is_mail(body))
		return FORMAT_MAIL;
	if (csv_detect(body))
		return FORMAT_CSV;
	if (str_iends(name, STR(".md")) || str_iends(name, STR(".adoc")))
		return FORMAT_TEXT;
	return list_detect(body) ? FORMAT_LIST : FORMAT_TEXT;
}

/* ---- writing ---------------------------------------------------------------------- */

void writer_loss(struct format_writer *w, int64_t count, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	str what = {text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1};

	for (size_t i = 0; i < w->losses.n; i++) {
		if (str_eq(w->losses.p[i].what, what)) {
			w->losses.p[i].count += count;
			return;
		}
	}
	/* Hostile type names must not make a list without end. */
	if (w->losses.n >= 200)
		what = STR("of further kinds");
	if (w->losses.n > 200) {
		w->losses.p[200].count += count;
		return;
	}
	vec_add(w->arena, &w->losses, (struct format_loss){arena_str(w->arena, what), count});
}

enum err format_write_begin(enum format_id f, const struct catalog *c, struct arena *a,
			    enum err (*flush)(void *ctx, str bytes, struct why *why), void *ctx,
			    struct format_writer **ret, struct why *why)
{
	if (!format_can_write(f))
		return why_set(why, ERR_INVALID, "'%.*s' cannot be written",
			       STR_ARG(format_name(f)));
	struct format_writer *w = arena_new(a, struct format_writer);

	w->ops = formats[f].writer;
	w->catalog = c;
	w->arena = a;
	w->flush = flush;
	w->ctx = ctx;
	w->key = id_key_new();
	arena_init(&w->scratch, 0);
	enum err err = w->ops->begin(w, why);

	if (err) {
		arena_done(&w->scratch);
		buf_done(&w->out);
		return err;
	}
	*ret = w;
	return ERR_OK;
}

enum err format_write(struct format_writer *w, const struct format_record *r, struct why *why)
{
	if (w->err)
		return w->err;
	arena_reset(&w->scratch);
	w->err = w->ops->record(w, r, why);
	if (!w->err && w->out.n >= FLUSH_BYTES) {
		w->err = w->flush(w->ctx, buf_str(&w->out), why);
		buf_clear(&w->out);
	}
	return w->err;
}

enum err format_write_end(struct format_writer *w, struct format_loss **losses, size_t *n,
			  struct why *why)
{
	arena_reset(&w->scratch);
	enum err err = w->ops->end(w, why);

	err = w->err ? w->err : err;
	if (!err && w->out.n)
		err = w->flush(w->ctx, buf_str(&w->out), why);
	buf_done(&w->out);
	arena_done(&w->scratch);
	if (err)
		return err;
	*losses = w->losses.p;
	*n = w->losses.n;
	return ERR_OK;
}
