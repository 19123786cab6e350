// SPDX-License-Identifier: Apache-2.0
/* values: what a body says about values, by its form: fields of ours are texts, STIX has patterns
 * and observables, MISP has a type per attribute. Tables say where values stand; a value that
 * breaks the rules of its stated kind is kept as what it looks like, or as plain text, so that
 * nothing is lost silently. */
#include "base/map.h"
#include "base/vec.h"
#include "intel/intel.h"
#include "intel/value_internal.h"

#define VALUES_MOST 10000
#define LINEAR_MOST 16 /* up to here distinctness is a loop */
#define TEXT_DEPTH 8

struct collect {
	struct arena *arena;
	const uint8_t *key;
	VEC(struct record_value) out;
	struct u64map seen;
};

static bool is_new(struct collect *c, uint64_t hash)
{
	bool fresh;

	if (c->out.n < LINEAR_MOST) {
		for (size_t i = 0; i < c->out.n; i++) {
			if (c->out.p[i].hash == hash)
				return false;
		}
		return true;
	}
	if (c->out.n == LINEAR_MOST) {
		for (size_t i = 0; i < c->out.n; i++)
			(void)u64map_put(&c->seen, c->out.p[i].hash, &fresh);
	}
	(void)u64map_put(&c->seen, hash, &fresh);
	return fresh;
}

static void add(struct collect *c, enum value_kind k, str canonical)
{
	uint64_t hash = value_hash(c->key, k, canonical);

	if (c->out.n < VALUES_MOST && is_new(c, hash))
		vec_add(c->arena, &c->out, (struct record_value){k, canonical, hash});
}

/* As kind k; failing that as what it looks like; failing that as plain text where keep is set. */
static void add_as(struct collect *c, enum value_kind k, str text, bool keep)
{
	str canonical;

	text = str_trim(text);
	if (text.n == 0)
		return;
	if (k != VALUE_NONE && value_canonical(c->arena, k, text, &canonical, NULL) == ERR_OK) {
		uint8_t b[16];

		/* an IPv4-mapped address is looked up as the IPv4 address it is */
		if (k == VALUE_IPV6 && ipv6_parse(canonical, b) && ipv6_is_mapped(b) &&
		    value_canonical_clean(c->arena, VALUE_IPV4, canonical, &canonical))
			k = VALUE_IPV4;
		add(c, k, canonical);
		return;
	}
	k = text.n > URL_BYTES
		? VALUE_NONE
		: value_guess_clean(c->arena, value_refang(c->arena, text), &canonical);
	if (k != VALUE_NONE)
		add(c, k, canonical);
	else if (keep && value_canonical(c->arena, VALUE_OTHER, text, &canonical, NULL) == ERR_OK)
		add(c, VALUE_OTHER, canonical);
}

static void add_text(struct collect *c, str text, bool with_hosts)
{
	struct extracted *v;
	size_t n;
	bool more;

	if (text.n < 4 ||
	    extract_values(c->arena, text, with_hosts, VALUES_MOST, &v, &n, &more) != ERR_OK)
		return;
	for (size_t i = 0; i < n; i++)
		add(c, v[i].kind, v[i].canonical);
}

/* ---- types of ours ------------------------------------------------------------------- */

/* All texts below v. Hosts of URLs count too: who reports a URL has met its host. */
static void add_texts(struct collect *c, const struct json *v, int depth)
{
	if (json_is(v, JSON_STRING)) {
		add_text(c, json_str(v), true);
	} else if (depth < TEXT_DEPTH && json_is(v, JSON_ARRAY)) {
		for (size_t i = 0; i < v->n; i++)
			add_texts(c, &v->items[i], depth + 1);
	} else if (depth < TEXT_DEPTH && json_is(v, JSON_OBJECT)) {
		for (size_t i = 0; i < v->n; i++)
			add_texts(c, &v->members[i].value, depth + 1);
	}
}

static bool is_value_field(const struct catalog_type *t, str name)
{
	const struct json *names = json_get_c(t->source, "values");
	const struct catalog_field *f = catalog_field(t, name);

	for (size_t i = 0; i < json_count(names); i++) {
		str s = json_str(json_at(names, i));
		ptrdiff_t dot = str_find_char(s, '.');

		if (str_eq(dot < 0 ? s : str_slice(s, 0, (size_t)dot), name))
			return true;
	}
	return f && f->searchable;
}

static void own_values(struct collect *c, const struct catalog_type *t, const struct json *body)
{
	const struct json *value = json_get_c(body, "value");

	if (!json_is(body, JSON_OBJECT))
		return;
	if (json_is(value, JSON_STRING) && json_get_c(body, "kind"))
		add_as(c, value_kind_parse(json_get_str(body, "kind")), json_str(value), true);
	for (size_t i = 0; i < body->n; i++) {
		const struct json_member *m = &body->members[i];

		if (!t || is_value_field(t, m->key))
			add_texts(c, &m->value, 0);
	}
}

/* ---- STIX ----------------------------------------------------------------------------- */

static const struct {
	str type, property;
	enum value_kind kind; /* VALUE_NONE: what it looks like */
} properties[] = {
    {STR_INIT("ipv4-addr"), STR_INIT("value"), VALUE_IPV4},
    {STR_INIT("ipv6-addr"), STR_INIT("value"), VALUE_IPV6},
    {STR_INIT("domain-name"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("hostname"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("x-opencti-hostname"), STR_INIT("value"), VALUE_DOMAIN},
    {STR_INIT("url"), STR_INIT("value"), VALUE_URL},
    {STR_INIT("email-addr"), STR_INIT("value"), VALUE_EMAIL},
    {STR_INIT("mac-addr"), STR_INIT("value"), VALUE_MAC},
    {STR_INIT("file"), STR_INIT("name"), VALUE_FILENAME},
    {STR_INIT("process"), STR_INIT("name"), VALUE_FILENAME},
    {STR_INIT("artifact"), STR_INIT("url"), VALUE_URL},
    {STR_INIT("windows-registry-key"), STR_INIT("key"), VALUE_REGKEY},
    {STR_INIT("mutex"), STR_INIT("name"), VALUE_MUTEX},
    {STR_INIT("cryptocurrency-wallet"), STR_INIT("value"), VALUE_BTC},
    {STR_INIT("user-agent"), STR_INIT("value"), VALUE_USER_AGENT},
    {STR_INIT("vulnerability"), STR_INIT("name"), VALUE_CVE},
};

static const struct {
	str name;
	enum value_kind kind;
} hash_names[] = {
    {STR_INIT("MD5"), VALUE_MD5},       {STR_INIT("SHA-1"), VALUE_SHA1},
    {STR_INIT("SHA1"), VALUE_SHA1},     {STR_INIT("SHA-256"), VALUE_SHA256},
    {STR_INIT("SHA256"), VALUE_SHA256}, {STR_INIT("SHA-512"), VALUE_SHA512},
    {STR_INIT("SHA512"), VALUE_SHA512}, {STR_INIT("SSDEEP"), VALUE_SSDEEP},
};

static void add_hashes(struct collect *c, const struct json *hashes)
{
	for (size_t i = 0; json_is(hashes, JSON_OBJECT) && i < hashes->n; i++) {
		enum value_kind k = VALUE_NONE;

		for (size_t j = 0; j < ARRAY_LEN(hash_names); j++) {
			if (str_ieq(hashes->members[i].key, hash_names[j].name))
				k = hash_names[j].kind;
		}
		add_as(c, k, json_str(&hashes->members[i].value), true);
	}
}

/* CVE numbers and ATT&CK ids stand among the external references. */
static void add_references(struct collect *c, const struct json *refs)
{
	for (size_t i = 0; i < json_count(refs); i++) {
		const struct json *r = json_at(refs, i);
		str source = json_get_str(r, "source_name"), id = json_get_str(r, "external_id"),
		    canonical;
		enum value_kind k = VALUE_NONE;

		if (str_ieq(source, STR("cve")))
			k = VALUE_CVE;
		else if (str_starts(source, STR("mitre")))
			k = VALUE_ATTACK;
		if (k != VALUE_NONE && value_canonical(c->arena, k, id, &canonical, NULL) == ERR_OK)
			add(c, k, canonical);
	}
}

static void add_pattern(struct collect *c, const struct json *o)
{
	str kind = json_get_str(o, "pattern_type"), pattern = json_get_str(o, "pattern");
	struct pattern_value *v;
	size_t n;

	if (kind.n && !str_eq(kind, STR("stix"))) {
		add_text(c, pattern, false);
		return;
	}
	if (pattern_values(c->arena, pattern, &v, &n, NULL) != ERR_OK) {
		add_text(c, pattern, false);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add(c, v[i].kind, v[i].canonical);
}

/* What only one type has. */
static void add_special(struct collect *c, str type, const struct json *o)
{
	int64_t number = json_get_i64(o, "number", 0);
	const struct json *agent =
	    json_path(o, "extensions", "http-request-ext", "request_header", "User-Agent", NULL);

	if (str_eq(type, STR("autonomous-system")) && number > 0)
		add_as(c, VALUE_ASN, arena_printf(c->arena, "%lld", (long long)number), false);
	if (json_is(agent, JSON_ARRAY))
		agent = json_at(agent, 0);
	if (agent)
		add_as(c, VALUE_USER_AGENT, json_str(agent), false);
}

uint64_t intel_ref_hash(const uint8_t key[16], struct uuid of)
{
	uint8_t text[4 + sizeof(of.b)] = "ref:";

	memcpy(text + 4, of.b, sizeof(of.b));
	return siphash64(key, text, sizeof(text));
}

/* A sighting names no value but the record that does: that reference is what it is found by. */
static void add_sighted(struct collect *c, const struct json *o)
{
	str ref = json_get_str(o, "sighting_of_ref"), type;
	struct uuid of;

	if (id_parse(ref, &type, &of) == ERR_OK)
		vec_add(c->arena, &c->out,
			(struct record_value){VALUE_NONE, ref, intel_ref_hash(c->key, of)});
}

static void stix_values(struct collect *c, const struct json *o, int depth)
{
	str type = json_get_str(o, "type");
	const struct json *inner = json_get_c(o, "objects");
	bool known = false;

	if (str_eq(type, STR("indicator"))) {
		add_pattern(c, o);
		return;
	}
	if (str_eq(type, STR("sighting"))) {
		add_sighted(c, o);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
		if (!str_eq(type, properties[i].type))
			continue;
		known = true;
		add_as(c, properties[i].kind, json_get_str(o, properties[i].property.p),
		       properties[i].kind != VALUE_CVE);
	}
	if (!known)
		add_as(c, VALUE_NONE, json_get_str(o, "value"), false);
	add_hashes(c, json_get_c(o, "hashes"));
	add_references(c, json_get_c(o, "external_references"));
	add_special(c, type, o);
	/* STIX 2.0 keeps what was observed inside, under keys of its own */
	if (depth == 0 && str_eq(type, STR("observed-data")) && json_is(inner, JSON_OBJECT)) {
		for (size_t i = 0; i < inner->n; i++)
			stix_values(c, &inner->members[i].value, 1);
	}
}

/* ---- MISP ------------------------------------------------------------------------------- */

enum misp_how {
	HOW_KIND,  /* one value of the kind */
	HOW_PAIR,  /* "a|b": kinds a and b; VALUE_NONE: not a value (a port) */
	HOW_LOOKS, /* what it looks like, else plain text */
	HOW_TEXT,  /* free text */
	HOW_NOT,   /* no value */
};

/* Types of MISP attributes, sorted by name; those absent count as what they look like, or not at
 * all. */
static const struct misp_type {
	const char *name;
	enum misp_how how;
	enum value_kind a, b;
} misp_types[] = {
    {"AS", HOW_KIND, VALUE_ASN, 0},
    {"attachment", HOW_KIND, VALUE_FILENAME, 0},
    {"authentihash", HOW_LOOKS, 0, 0},
    {"boolean", HOW_NOT, 0, 0},
    {"btc", HOW_KIND, VALUE_BTC, 0},
    {"cdhash", HOW_LOOKS, 0, 0},
    {"comment", HOW_TEXT, 0, 0},
    {"counter", HOW_NOT, 0, 0},
    {"datetime", HOW_NOT, 0, 0},
    {"dns-soa-email", HOW_KIND, VALUE_EMAIL, 0},
    {"domain", HOW_KIND, VALUE_DOMAIN, 0},
    {"domain|ip", HOW_PAIR, VALUE_DOMAIN, VALUE_IPV4},
    {"email", HOW_KIND, VALUE_EMAIL, 0},
    {"email-attachment", HOW_KIND, VALUE_FILENAME, 0},
    {"email-body", HOW_TEXT, 0, 0},
    {"email-dst", HOW_KIND, VALUE_EMAIL, 0},
    {"email-header", HOW_TEXT, 0, 0},
    {"email-reply-to", HOW_KIND, VALUE_EMAIL, 0},
    {"email-src", HOW_KIND, VALUE_EMAIL, 0},
    {"email-subject", HOW_LOOKS, 0, 0},
    {"eppn", HOW_KIND, VALUE_EMAIL, 0},
    {"filename", HOW_KIND, VALUE_FILENAME, 0},
    {"filename|authentihash", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|impfuzzy", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|imphash", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|md5", HOW_PAIR, VALUE_FILENAME, VALUE_MD5},
    {"filename|pehash", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|sha1", HOW_PAIR, VALUE_FILENAME, VALUE_SHA1},
    {"filename|sha224", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|sha256", HOW_PAIR, VALUE_FILENAME, VALUE_SHA256},
    {"filename|sha384", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|sha512", HOW_PAIR, VALUE_FILENAME, VALUE_SHA512},
    {"filename|ssdeep", HOW_PAIR, VALUE_FILENAME, VALUE_SSDEEP},
    {"filename|tlsh", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"filename|vhash", HOW_PAIR, VALUE_FILENAME, VALUE_OTHER},
    {"float", HOW_NOT, 0, 0},
    {"hostname", HOW_KIND, VALUE_DOMAIN, 0},
    {"hostname|port", HOW_PAIR, VALUE_DOMAIN, VALUE_NONE},
    {"iban", HOW_LOOKS, 0, 0},
    {"impfuzzy", HOW_LOOKS, 0, 0},
    {"imphash", HOW_LOOKS, 0, 0},
    {"ip-dst", HOW_KIND, VALUE_IPV4, 0},
    {"ip-dst|port", HOW_PAIR, VALUE_IPV4, VALUE_NONE},
    {"ip-src", HOW_KIND, VALUE_IPV4, 0},
    {"ip-src|port", HOW_PAIR, VALUE_IPV4, VALUE_NONE},
    {"ja3-fingerprint-md5", HOW_KIND, VALUE_JA3, 0},
    {"jabber-id", HOW_KIND, VALUE_EMAIL, 0},
    {"jarm-fingerprint", HOW_LOOKS, 0, 0},
    {"link", HOW_KIND, VALUE_URL, 0},
    {"mac-address", HOW_KIND, VALUE_MAC, 0},
    {"malware-sample", HOW_PAIR, VALUE_FILENAME, VALUE_MD5},
    {"md5", HOW_KIND, VALUE_MD5, 0},
    {"mime-type", HOW_NOT, 0, 0},
    {"mutex", HOW_KIND, VALUE_MUTEX, 0},
    {"named pipe", HOW_LOOKS, 0, 0},
    {"other", HOW_TEXT, 0, 0},
    {"pattern-in-file", HOW_LOOKS, 0, 0},
    {"pdb", HOW_LOOKS, 0, 0},
    {"pehash", HOW_LOOKS, 0, 0},
    {"phone-number", HOW_LOOKS, 0, 0},
    {"port", HOW_NOT, 0, 0},
    {"regkey", HOW_KIND, VALUE_REGKEY, 0},
    {"regkey|value", HOW_PAIR, VALUE_REGKEY, VALUE_NONE},
    {"sha1", HOW_KIND, VALUE_SHA1, 0},
    {"sha224", HOW_LOOKS, 0, 0},
    {"sha256", HOW_KIND, VALUE_SHA256, 0},
    {"sha384", HOW_LOOKS, 0, 0},
    {"sha512", HOW_KIND, VALUE_SHA512, 0},
    {"sigma", HOW_TEXT, 0, 0},
    {"size-in-bytes", HOW_NOT, 0, 0},
    {"snort", HOW_TEXT, 0, 0},
    {"ssdeep", HOW_KIND, VALUE_SSDEEP, 0},
    {"stix2-pattern", HOW_TEXT, 0, 0},
    {"telfhash", HOW_LOOKS, 0, 0},
    {"text", HOW_TEXT, 0, 0},
    {"threat-actor", HOW_NOT, 0, 0},
    {"tlsh", HOW_LOOKS, 0, 0},
    {"uri", HOW_LOOKS, 0, 0},
    {"url", HOW_KIND, VALUE_URL, 0},
    {"user-agent", HOW_KIND, VALUE_USER_AGENT, 0},
    {"vhash", HOW_LOOKS, 0, 0},
    {"vulnerability", HOW_KIND, VALUE_CVE, 0},
    {"whois-registrant-email", HOW_KIND, VALUE_EMAIL, 0},
    {"windows-scheduled-task", HOW_LOOKS, 0, 0},
    {"windows-service-name", HOW_LOOKS, 0, 0},
    {"x509-fingerprint-md5", HOW_KIND, VALUE_MD5, 0},
    {"x509-fingerprint-sha1", HOW_KIND, VALUE_SHA1, 0},
    {"x509-fingerprint-sha256", HOW_KIND, VALUE_SHA256, 0},
    {"xmr", HOW_LOOKS, 0, 0},
    {"yara", HOW_TEXT, 0, 0},
};

static const struct misp_type *misp_type(str name)
{
	size_t lo = 0, hi = ARRAY_LEN(misp_types);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(str_c(misp_types[mid].name), name);

		if (c == 0)
			return &misp_types[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* A file name may hold '|', what follows it does not; otherwise the first '|' counts. MISP also
 * takes "a:port". */
static void add_pair(struct collect *c, const struct misp_type *t, str value)
{
	ptrdiff_t bar =
	    t->a == VALUE_FILENAME ? str_rfind_char(value, '|') : str_find_char(value, '|');

	if (bar < 0 && t->b == VALUE_NONE && t->a != VALUE_REGKEY)
		bar = str_rfind_char(value, ':');
	if (bar < 0) {
		add_as(c, t->a, value, true);
		return;
	}
	add_as(c, t->a, str_slice(value, 0, (size_t)bar), true);
	if (t->b == VALUE_OTHER)
		add_as(c, VALUE_NONE, str_from(value, (size_t)bar + 1), true);
	else if (t->b != VALUE_NONE)
		add_as(c, t->b, str_from(value, (size_t)bar + 1), true);
}

static void misp_values(struct collect *c, const struct json *body)
{
	str type = json_get_str(body, "type"), value = json_get_str(body, "value");
	const struct misp_type *t = misp_type(type);

	if (value.n == 0) { /* an event, a report, an object: their texts */
		add_text(c, json_get_str(body, "info"), false);
		add_text(c, json_get_str(body, "content"), false);
		return;
	}
	if (!t) {
		add_as(c, VALUE_NONE, value, false);
		return;
	}
	switch (t->how) {
	case HOW_KIND:
		add_as(c, t->a, value, true);
		break;
	case HOW_PAIR:
		add_pair(c, t, value);
		break;
	case HOW_LOOKS:
		add_as(c, VALUE_NONE, value, true);
		break;
	case HOW_TEXT:
		add_text(c, value, false);
		break;
	case HOW_NOT:
		break;
	}
}

/* A MISP element comes alone or under its name: {"Attribute": {...}}. */
static const struct json *misp_element(const struct json *body)
{
	static const char *const wraps[] = {"Attribute", "Event", "EventReport", "Object"};

	if (json_is(body, JSON_OBJECT) && body->n == 1) {
		for (size_t i = 0; i < ARRAY_LEN(wraps); i++) {
			const struct json *inner = json_get_c(body, wraps[i]);

			if (json_is(inner, JSON_OBJECT))
				return inner;
		}
	}
	return body;
}

enum err intel_values(struct arena *a, const struct catalog *cat, const uint8_t key[16],
		      const struct catalog_type *t, enum record_form form, const struct json *body,
		      struct record_value **ret, size_t *ret_n, struct why *why)
{
	struct collect c = {.arena = a, .key = key};

	(void)cat;
	u64map_init(&c.seen);
	switch (form) {
	case FORM_OWN:
		own_values(&c, t, body);
		break;
	case FORM_STIX:
		stix_values(&c, body, 0);
		break;
	case FORM_MISP:
		misp_values(&c, misp_element(body));
		break;
	}
	u64map_done(&c.seen);
	if (arena_over(a))
		return why_set(why, ERR_LIMIT, "too many values in one record");
	*ret = c.out.p;
	*ret_n = c.out.n;
	return ERR_OK;
}

enum err intel_record_values(struct arena *a, const struct catalog *c, const uint8_t key[16],
			     const struct record *r, struct record_value **ret, size_t *ret_n,
			     struct why *why)
{
	struct json body;
	enum err err = json_parse(a, r->body, NULL, &body, why);

	if (err != ERR_OK)
		return err;
	return intel_values(a, c, key, catalog_code(c, r->type), r->form, &body, ret, ret_n, why);
}
