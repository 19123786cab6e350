// SPDX-License-Identifier: Apache-2.0
/* Formats that are a line for each value: CSV, rules of Suricata and Snort, Zeek intelligence, DNS
 * response policy zones, nftables sets, and values for Sigma pipelines. Only what is meant for
 * detection and not revoked goes into rules. */
#include "base/codec.h"
#include "formats/formats_internal.h"
#include "intel/value.h"

#include <arpa/inet.h>

/* Suricata reads a line of its rules into 8 KiB. */
#define RULE_BYTES 8000

struct line {
	enum value_kind kind;
	str value, id; /* id of the record */
	const struct face_values *from;
	const struct format_record *record;
};
struct flat {
	/* False when the format has no place for this kind. */
	bool (*line)(struct format_writer *w, const struct line *l);
	struct u64map seen; /* one line for one value */
	int64_t lines;
	struct buf kinds[VALUE_KINDS]; /* sigma, nft: values by kind */
};

static enum err flat_begin(struct format_writer *w,
			   bool (*line)(struct format_writer *, const struct line *))
{
	struct flat *f = arena_new(w->arena, struct flat);

	f->line = line;
	u64map_init(&f->seen);
	w->state = f;
	return ERR_OK;
}

static bool is_new(const struct format_writer *w, struct flat *f, const struct line *l)
{
	bool fresh = false;
	uint64_t h = siphash64(w->key.b, l->value.p, l->value.n) + (uint64_t)l->kind;

	(void)u64map_put(&f->seen, h, &fresh);
	return fresh;
}

static str record_id(struct format_writer *w, const struct format_record *r)
{
	char text[UUID_TEXT];

	uuid_text(r->uid, text);
	return arena_printf(&w->scratch, "%.*s--%.*s", STR_ARG(r->type), UUID_TEXT, text);
}

static enum err flat_record(struct format_writer *w, const struct format_record *r, bool rules,
			    struct why *why)
{
	struct flat *f = w->state;
	struct face_values v;
	enum err err = face_values(&w->scratch, r, &v, why);

	if (err)
		return err;
	if (rules && (r->revoked || (r->form != FORM_OWN && !v.to_ids))) {
		writer_loss(w, 1,
			    r->revoked ? "revoked records"
				       : "records that are not meant for detection");
		return ERR_OK;
	}
	if (!v.n)
		writer_loss(w, 1, "%.*s: no value that this format can hold", STR_ARG(r->type));
	for (size_t i = 0; i < v.n; i++) {
		struct line l = {(enum value_kind)v.p[i].kind, v.p[i].value, record_id(w, r), &v,
				 r};

		if (rules && !is_new(w, f, &l))
			continue;
		size_t before = w->out.n;
		bool fits = f->line(w, &l);

		if (fits && rules && w->out.n - before > RULE_BYTES) {
			w->out.n = before;
			writer_loss(w, 1, "values too long for a rule");
		} else if (fits)
			f->lines++;
		else
			writer_loss(w, 1, "values of kind %.*s", STR_ARG(value_kind_name(l.kind)));
	}
	return ERR_OK;
}

static enum err rules_record(struct format_writer *w, const struct format_record *r,
			     struct why *why)
{
	return flat_record(w, r, true, why);
}

static enum err values_record(struct format_writer *w, const struct format_record *r,
			      struct why *why)
{
	return flat_record(w, r, false, why);
}

static enum err flat_end(struct format_writer *w, struct why *why)
{
	struct flat *f = w->state;

	(void)why;
	u64map_done(&f->seen);
	for (size_t i = 0; i < VALUE_KINDS; i++)
		buf_done(&f->kinds[i]);
	return ERR_OK;
}

static bool is_net(enum value_kind k)
{
	return k == VALUE_IPV4 || k == VALUE_IPV6 || k == VALUE_CIDR4 || k == VALUE_CIDR6;
}

/* ---- CSV -------------------------------------------------------------------------- */

/* RFC 4180, and no cell that a spreadsheet would take for a formula: such a one begins with an
 * apostrophe. */
static void csv_cell(struct buf *out, str cell)
{
	bool formula = csv_guarded(cell);
	bool quote = false;

	for (size_t i = 0; i < cell.n && !quote; i++)
		quote = memchr(",\"\r\n", cell.p[i], 4) != NULL;
	if (quote)
		buf_add_char(out, '"');
	if (formula)
		buf_add_char(out, '\'');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, cell.p[i]);
	}
	if (quote)
		buf_add_char(out, '"');
}

/* "TLP:AMBER+STRICT": the label as FIRST writes it, in capitals. */
static str tlp_capitals(struct arena *a, enum tlp tlp)
{
	str tag = tlp_tag(tlp);
	char *p = arena_cstr(a, tag);

	for (size_t i = 0; i < tag.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 32);
	return (str){p, tag.n};
}

static bool csv_line(struct format_writer *w, const struct line *l)
{
	const str cells[] = {value_kind_name(l->kind),
			     l->value,
			     l->from->comment,
			     tlp_capitals(&w->scratch, l->record->tlp),
			     l->from->first_seen,
			     l->from->last_seen,
			     l->id};

	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		if (i)
			buf_add_char(&w->out, ',');
		csv_cell(&w->out, cells[i]);
	}
	buf_add(&w->out, STR("\r\n"));
	return true;
}

static enum err csv_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	buf_add(&w->out, STR("type,value,comment,tlp,first_seen,last_seen,id\r\n"));
	return flat_begin(w, csv_line);
}

/* ---- Suricata and Snort ------------------------------------------------------------- */

/* The text of content:"…": quotes, semicolons, bars, backslashes and what is not printable as
 * |hex|. */
static void rule_content(struct buf *out, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c > 0x7e || memchr("\";:|\\", c, 5))
			buf_printf(out, "|%02x|", c);
		else
			buf_add_char(out, (char)c);
	}
}

static void rule_message(struct buf *out, const struct line *l)
{
	buf_add(out, STR("(msg:\"hikeshi "));
	for (size_t i = 0; i < l->value.n && i < 120; i++) {
		unsigned char c = (unsigned char)l->value.p[i];

		buf_add_char(out, c < 0x20 || c > 0x7e || memchr("\";:|\\", c, 5) ? '.' : (char)c);
	}
	buf_add(out, STR("\"; "));
}

/* Local rules may use the numbers from 1,000,000 (Snort manual 3.4.4). */
#define FIRST_SID 1900001

static void rule_end(struct format_writer *w, const struct line *l)
{
	const struct flat *f = w->state;

	buf_printf(&w->out, "metadata:hikeshi_id %.*s; sid:%lld; rev:1;)\n", STR_ARG(l->id),
		   (long long)(FIRST_SID + f->lines));
}

static void rule_address(struct format_writer *w, const struct line *l)
{
	buf_printf(&w->out, "alert ip $HOME_NET any -> %s%.*s%s any ",
		   l->kind == VALUE_IPV6 || l->kind == VALUE_CIDR6 ? "[" : "", STR_ARG(l->value),
		   l->kind == VALUE_IPV6 || l->kind == VALUE_CIDR6 ? "]" : "");
	rule_message(&w->out, l);
}

/* Host and path with query of an http:// URL; false for the others, whose path nobody sees on the
 * wire. */
static bool http_parts(str url, str *host, str *path)
{
	if (!str_skip_prefix(&url, STR("http://")))
		return false;
	ptrdiff_t slash = str_find_char(url, '/');
	str authority = slash < 0 ? url : str_slice(url, 0, (size_t)slash);
	ptrdiff_t at = str_rfind_char(authority, '@'), colon;

	authority = at < 0 ? authority : str_from(authority, (size_t)at + 1);
	colon = str_rfind_char(authority, ':');
	*host = colon < 0 ? authority : str_slice(authority, 0, (size_t)colon);
	*path = slash < 0 ? STR("/") : str_from(url, (size_t)slash);
	return host->n > 0;
}

static bool suricata_line(struct format_writer *w, const struct line *l)
{
	str host, path;

	if (is_net(l->kind)) {
		rule_address(w, l);
	} else if (l->kind == VALUE_DOMAIN) {
		buf_add(&w->out, STR("alert dns $HOME_NET any -> any any "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("dns.query; dotprefix; content:\"."));
		rule_content(&w->out, l->value);
		buf_add(&w->out, STR("\"; nocase; endswith; "));
	} else if (l->kind == VALUE_URL && http_parts(l->value, &host, &path)) {
		buf_add(&w->out, STR("alert http $HOME_NET any -> any any "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("http.host; content:\""));
		rule_content(&w->out, host);
		buf_add(&w->out, STR("\"; startswith; endswith; http.uri.raw; content:\""));
		rule_content(&w->out, path);
		buf_add(&w->out, STR("\"; startswith; "));
	} else if (l->kind == VALUE_USER_AGENT) {
		buf_add(&w->out, STR("alert http $HOME_NET any -> any any "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("http.user_agent; content:\""));
		rule_content(&w->out, l->value);
		buf_add(&w->out, STR("\"; "));
	} else if (l->kind == VALUE_JA3) {
		buf_add(&w->out, STR("alert tls $HOME_NET any -> any any "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("ja3.hash; content:\""));
		rule_content(&w->out, l->value);
		buf_add(&w->out, STR("\"; "));
	} else {
		return false;
	}
	rule_end(w, l);
	return true;
}

/* A name as DNS sends it: each label behind its length (RFC 1035 3.1). */
static void rule_dns_name(struct buf *out, str name)
{
	str label;

	while (str_split(&name, '.', &label)) {
		buf_printf(out, "|%02zx|", label.n);
		rule_content(out, label);
	}
	buf_add(out, STR("|00|"));
}

static bool snort_line(struct format_writer *w, const struct line *l)
{
	str host, path;

	if (is_net(l->kind)) {
		rule_address(w, l);
	} else if (l->kind == VALUE_DOMAIN) {
		buf_add(&w->out, STR("alert udp $HOME_NET any -> any 53 "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("content:\""));
		rule_dns_name(&w->out, l->value);
		buf_add(&w->out, STR("\"; nocase; "));
	} else if (l->kind == VALUE_URL && http_parts(l->value, &host, &path)) {
		buf_add(&w->out, STR("alert tcp $HOME_NET any -> any any "));
		rule_message(&w->out, l);
		buf_add(&w->out, STR("flow:to_server,established; content:\""));
		rule_content(&w->out, host);
		buf_add(&w->out, STR("\"; nocase; content:\""));
		rule_content(&w->out, path);
		buf_add(&w->out, STR("\"; "));
	} else {
		return false;
	}
	rule_end(w, l);
	return true;
}

static enum err suricata_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	return flat_begin(w, suricata_line);
}

static enum err snort_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	return flat_begin(w, snort_line);
}

/* ---- Zeek ------------------------------------------------------------------------- */

static const struct {
	enum value_kind kind;
	const char *type;
} zeek_types[] = {
    {VALUE_IPV4, "Intel::ADDR"},          {VALUE_IPV6, "Intel::ADDR"},
    {VALUE_CIDR4, "Intel::SUBNET"},       {VALUE_CIDR6, "Intel::SUBNET"},
    {VALUE_DOMAIN, "Intel::DOMAIN"},      {VALUE_URL, "Intel::URL"},
    {VALUE_EMAIL, "Intel::EMAIL"},        {VALUE_MD5, "Intel::FILE_HASH"},
    {VALUE_SHA1, "Intel::FILE_HASH"},     {VALUE_SHA256, "Intel::FILE_HASH"},
    {VALUE_FILENAME, "Intel::FILE_NAME"}, {VALUE_USER_AGENT, "Intel::SOFTWARE"},
};

/* Tabs separate, "-" means unset, control characters are not for logs. */
static void zeek_cell(struct buf *out, str cell)
{
	if (!cell.n)
		buf_add_char(out, '-');
	for (size_t i = 0; i < cell.n; i++)
		buf_add_char(out, (unsigned char)cell.p[i] < ' ' ? ' ' : cell.p[i]);
}

static bool zeek_line(struct format_writer *w, const struct line *l)
{
	str value = l->value;

	for (size_t i = 0; i < ARRAY_LEN(zeek_types); i++) {
		if (zeek_types[i].kind != l->kind)
			continue;
		/* Zeek's URLs have no scheme. */
		ptrdiff_t scheme = l->kind == VALUE_URL ? str_find(value, STR("://")) : -1;

		zeek_cell(&w->out, scheme < 0 ? value : str_from(value, (size_t)scheme + 3));
		buf_printf(&w->out, "\t%s\thikeshi\t", zeek_types[i].type);
		zeek_cell(&w->out, l->id);
		buf_add_char(&w->out, '\n');
		return true;
	}
	return false;
}

static enum err zeek_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	buf_add(&w->out, STR("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n"));
	return flat_begin(w, zeek_line);
}

/* ---- response policy zones ---------------------------------------------------------- */

static bool dns_safe(str name)
{
	/* The zone's own name is appended: RFC 1035 allows 255 bytes in all. */
	if (!name.n || name.n > 200)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!ch_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' &&
		    name.p[i] != '.')
			return false;
	return true;
}

static void rpz_ipv4(struct buf *out, const uint8_t b[16], unsigned bits)
{
	buf_printf(out, "%u.%u.%u.%u.%u.rpz-ip CNAME .\n", bits, b[15], b[14], b[13], b[12]);
}

/* Words from the last to the first; the longest run of zeros is "zz". */
static void rpz_ipv6(struct buf *out, const uint8_t b[16], unsigned bits)
{
	unsigned word[8], from = 8, best = 1;

	for (unsigned i = 0; i < 8; i++)
		word[i] = (unsigned)b[i * 2] << 8 | b[i * 2 + 1];
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && !word[i + n])
			n++;
		if (n > best) {
			best = n;
			from = i;
		}
	}
	buf_printf(out, "%u.", bits);
	for (unsigned i = 8; i-- > 0;) {
		if (from < 8 && i == from + best - 1) {
			buf_add(out, STR("zz."));
			i = from;
			continue;
		}
		buf_printf(out, "%x.", word[i]);
	}
	buf_add(out, STR("rpz-ip CNAME .\n"));
}

static bool rpz_line(struct format_writer *w, const struct line *l)
{
	struct net n;

	if (l->kind == VALUE_DOMAIN && dns_safe(l->value)) {
		buf_printf(&w->out, "%.*s CNAME .\n*.%.*s CNAME .\n", STR_ARG(l->value),
			   STR_ARG(l->value));
		return true;
	}
	if (!is_net(l->kind) || net_parse(l->value, &n) != ERR_OK)
		return false;
	if (l->kind == VALUE_IPV4 || l->kind == VALUE_CIDR4)
		rpz_ipv4(&w->out, n.b, n.bits - 96);
	else
		rpz_ipv6(&w->out, n.b, n.bits);
	return true;
}

static enum err rpz_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	buf_add(&w->out, STR("$TTL 300\n@ SOA localhost. root.localhost. 1 3600 600 86400 300\n@ "
			     "NS localhost.\n"));
	return flat_begin(w, rpz_line);
}

/* ---- nftables --------------------------------------------------------------------- */

/* Elements wait for the end: nft 1.0 merges intervals within one command only. */
static bool nft_line(struct format_writer *w, const struct line *l)
{
	struct flat *f = w->state;
	bool six = l->kind == VALUE_IPV6 || l->kind == VALUE_CIDR6;

	if (!is_net(l->kind))
		return false;
	struct buf *out = &f->kinds[six ? VALUE_IPV6 : VALUE_IPV4];

	buf_printf(out, "%s\t%.*s", out->n ? ",\n" : "", STR_ARG(l->value));
	return true;
}

static enum err nft_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	buf_add(
	    &w->out,
	    STR("add table inet hikeshi\n"
		"add set inet hikeshi blocked4 { type ipv4_addr; flags interval; auto-merge; }\n"
		"add set inet hikeshi blocked6 { type ipv6_addr; flags interval; auto-merge; }\n"
		"flush set inet hikeshi blocked4\nflush set inet hikeshi blocked6\n"));
	return flat_begin(w, nft_line);
}

static enum err nft_end(struct format_writer *w, struct why *why)
{
	static const struct {
		enum value_kind kind;
		char family;
	} sets[] = {{VALUE_IPV4, '4'}, {VALUE_IPV6, '6'}};
	struct flat *f = w->state;

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if (!f->kinds[sets[i].kind].n)
			continue;
		buf_printf(&w->out, "add element inet hikeshi blocked%c {\n", sets[i].family);
		buf_add(&w->out, buf_str(&f->kinds[sets[i].kind]));
		buf_add(&w->out, STR("\n}\n"));
	}
	return flat_end(w, why);
}

/* ---- Sigma ------------------------------------------------------------------------ */

/* YAML 1.2 5.1: what may stand in a file as it is; line separators would be folded. */
static bool yaml_printable(uint32_t c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c != 0x2028 && c != 0x2029 && c != 0xfeff &&
					   c != 0xfffe && c != 0xffff);
}

/* A quote is doubled (7.3.2); what single quotes cannot hold is escaped in double ones (5.7). */
static void yaml_scalar(struct buf *out, str text)
{
	bool plain = true;
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < text.n && plain; i += n) {
		n = utf8_decode(str_from(text, i), &c);
		plain = n && yaml_printable(c);
	}
	buf_add_char(out, plain ? '\'' : '"');
	for (size_t i = 0; i < text.n; i += n) {
		n = utf8_decode(str_from(text, i), &c);
		if (!n) {
			buf_add(out, STR("\xef\xbf\xbd"));
			n = 1;
		} else if (plain && c == '\'') {
			buf_add(out, STR("''"));
		} else if (!plain && (!yaml_printable(c) || c == '"' || c == '\\')) {
			buf_printf(out, "\\U%08x", (unsigned)c);
		} else {
			buf_add(out, str_slice(text, i, n));
		}
	}
	buf_add_char(out, plain ? '\'' : '"');
}

static bool sigma_line(struct format_writer *w, const struct line *l)
{
	struct flat *f = w->state;
	struct buf *out = &f->kinds[l->kind];

	buf_add(out, STR("    - "));
	yaml_scalar(out, l->value);
	buf_add_char(out, '\n');
	return true;
}

static enum err sigma_begin(struct format_writer *w, struct why *why)
{
	(void)why;
	return flat_begin(w, sigma_line);
}

/* A pySigma processing pipeline: rules say |expand: '%domain-name%' and get the values. */
static enum err sigma_end(struct format_writer *w, struct why *why)
{
	struct flat *f = w->state;

	buf_add(&w->out, STR("name: hikeshi values\npriority: 10\ntransformations:\n- id: "
			     "hikeshi\n  type: value_placeholders\n"));
	buf_add(&w->out, f->lines ? STR("vars:\n") : STR("vars: {}\n"));
	for (size_t i = 0; i < VALUE_KINDS; i++) {
		if (!f->kinds[i].n)
			continue;
		buf_printf(&w->out, "  %.*s:\n", STR_ARG(value_kind_name((enum value_kind)i)));
		buf_add(&w->out, buf_str(&f->kinds[i]));
	}
	return flat_end(w, why);
}

const struct writer_ops csv_writer = {csv_begin, values_record, flat_end};
const struct writer_ops suricata_writer = {suricata_begin, rules_record, flat_end};
const struct writer_ops snort_writer = {snort_begin, rules_record, flat_end};
const struct writer_ops zeek_writer = {zeek_begin, rules_record, flat_end};
const struct writer_ops rpz_writer = {rpz_begin, rules_record, flat_end};
const struct writer_ops nft_writer = {nft_begin, rules_record, nft_end};
const struct writer_ops sigma_writer = {sigma_begin, rules_record, sigma_end};
