// SPDX-License-Identifier: Apache-2.0
/* wellknown: lists of values that point at nobody. Texts are in one hash table, each with the lists
 * it is on and how; a name is looked up with each of its parents. Networks are sorted with a link
 * to the one around each, so that a look-up is one binary search and a walk outwards. */
#include "intel/wellknown.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "intel/value_internal.h"

#define LIST_FILE_BYTES ((size_t)64 << 20)
#define DIR_DEPTH 3

enum match { MATCH_EXACT, MATCH_ZONE };

struct list {
	str name;
	uint64_t kinds; /* a bit per enum value_kind */
	bool false_positive;
};

/* One list a text is on. */
struct entry {
	uint32_t list;
	enum match match;
	struct entry *next;
};

struct range {
	struct net net;
	uint32_t list;
	int64_t parent; /* index of the narrowest range around it, -1: none */
};

struct wellknown {
	struct arena arena;
	VEC(struct list) lists;
	struct map texts; /* -> struct entry */
	VEC(struct range) ranges;
};

/* ---- loading ------------------------------------------------------------------------ */

#define BIT(k) (UINT64_C(1) << (k))
#define ADDRESSES (BIT(VALUE_IPV4) | BIT(VALUE_IPV6) | BIT(VALUE_CIDR4) | BIT(VALUE_CIDR6))
#define ALL_KINDS (~UINT64_C(0))

/* "ip-dst|port", "x509-fingerprint-sha1", "whois-registrant-email" */
static uint64_t attribute_kinds(str attribute)
{
	uint64_t kinds = 0;
	str part;

	while (str_split(&attribute, '|', &part)) {
		(void)str_skip_prefix(&part, STR("x509-fingerprint-"));
		enum value_kind k =
		    str_ends(part, STR("email")) ? VALUE_EMAIL : value_kind_parse(part);

		if (k == VALUE_IPV4 || k == VALUE_IPV6)
			kinds |= ADDRESSES;
		else if (k != VALUE_NONE)
			kinds |= BIT(k);
	}
	return kinds;
}

static uint64_t list_kinds(const struct json *v)
{
	const struct json *attributes = json_get_c(v, "matching_attributes");
	uint64_t kinds = 0;

	for (size_t i = 0; i < json_count(attributes); i++)
		kinds |= attribute_kinds(json_str(json_at(attributes, i)));
	return kinds ? kinds : ALL_KINDS;
}

static void add_text(struct wellknown *w, uint32_t list, str text, enum match match)
{
	bool fresh;
	struct entry *e = arena_new(&w->arena, struct entry);
	char *p;

	(void)str_skip_prefix(&text, STR("*"));
	if (match == MATCH_ZONE) {
		(void)str_skip_prefix(&text, STR("@"));
		(void)str_skip_prefix(&text, STR("."));
	}
	if (text.n == 0 || text.n > URL_BYTES)
		return;
	p = arena_alloc(&w->arena, text.n);
	for (size_t i = 0; i < text.n; i++)
		p[i] = ch_lower(text.p[i]);
	union map_value *at = map_put(&w->texts, (str){p, text.n}, &fresh);

	*e = (struct entry){list, match, at->ptr};
	at->ptr = e;
}

static void add_range(struct wellknown *w, uint32_t list, str text)
{
	struct net n;

	if (net_parse(text, &n) == ERR_OK)
		vec_add(NULL, &w->ranges, (struct range){n, list, -1});
}

/* One list in the shape of MISP: {"name" or "code", "type", "matching_attributes", "category",
 * "list"}. */
static bool add_list(struct wellknown *w, const struct json *v)
{
	const struct json *items = json_get_c(v, "list");
	str type = json_get_str(v, "type"), name = json_get_str(v, "code");
	uint32_t id = (uint32_t)w->lists.n;
	bool cidr = str_eq(type, STR("cidr"));
	enum match match = str_eq(type, STR("string")) ? MATCH_EXACT : MATCH_ZONE;

	if (name.n == 0)
		name = json_get_str(v, "name");
	if (name.n == 0 || !json_is(items, JSON_ARRAY))
		return false;
	if (str_eq(type, STR("regex")))
		return true;
	vec_add(NULL, &w->lists,
		(struct list){arena_str(&w->arena, name), list_kinds(v),
			      !str_ieq(json_get_str(v, "category"), STR("Known identifier"))});
	for (size_t i = 0; i < json_count(items); i++) {
		str text = json_str(json_at(items, i));

		if (cidr)
			add_range(w, id, text);
		else
			add_text(w, id, text, match);
	}
	return true;
}

static bool load_file(struct wellknown *w, const char *path)
{
	ARENA(a, 0);
	BUF(text);
	struct json v;

	return file_read(path, LIST_FILE_BYTES, &text, NULL) == ERR_OK &&
	       json_parse(&a, buf_str(&text), NULL, &v, NULL) == ERR_OK && add_list(w, &v);
}

static void load_dir(struct wellknown *w, const char *path, int depth, size_t *skipped)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir)) != NULL) {
		ARENA(a, 0);

		if (e->d_name[0] == '.')
			continue;
		str full = arena_printf(&a, "%s/%s", path, e->d_name);

		if (str_ends(full, STR(".json")))
			*skipped += !load_file(w, full.p);
		else if (depth < DIR_DEPTH)
			load_dir(w, full.p, depth + 1, skipped);
	}
	closedir(dir);
}

static int compare_nets(const struct net *a, const struct net *b)
{
	int c = memcmp(a->b, b->b, sizeof(a->b));

	return c ? c : (a->bits > b->bits) - (a->bits < b->bits);
}

static int compare_ranges(const void *a, const void *b)
{
	return compare_nets(&((const struct range *)a)->net, &((const struct range *)b)->net);
}

/* In this order a network stands behind every one that holds it. */
static void link_ranges(struct wellknown *w)
{
	if (w->ranges.n)
		qsort(w->ranges.p, w->ranges.n, sizeof(*w->ranges.p), compare_ranges);
	for (size_t i = 1; i < w->ranges.n; i++) {
		int64_t p = (int64_t)i - 1;

		while (p >= 0 && !net_contains(&w->ranges.p[p].net, &w->ranges.p[i].net))
			p = w->ranges.p[p].parent;
		w->ranges.p[i].parent = p;
	}
}

enum err wellknown_load(const struct json *builtin, const char *dir, struct wellknown **ret,
			size_t *ret_skipped, struct why *why)
{
	struct wellknown *w = mem_alloc(sizeof(*w));
	const struct json *items = json_get_c(builtin, "items");
	size_t skipped = 0;

	arena_init(&w->arena, 0);
	map_init(&w->texts);
	for (size_t i = 0; i < json_count(items); i++) {
		if (!add_list(w, json_at(items, i))) {
			wellknown_free(w);
			return why_set(why, ERR_INVALID,
				       "list %zu of the well-known values is broken", i);
		}
	}
	if (dir)
		load_dir(w, dir, 0, &skipped);
	link_ranges(w);
	*ret = w;
	*ret_skipped = skipped;
	return ERR_OK;
}

void wellknown_free(struct wellknown *w)
{
	if (!w)
		return;
	map_done(&w->texts);
	vec_done(&w->ranges);
	vec_done(&w->lists);
	arena_done(&w->arena);
	mem_free(w);
}

/* ---- looking up ------------------------------------------------------------------------- */

struct found {
	const struct wellknown *w;
	str *names;
	size_t n, cap;
	bool false_positive;
};

static void add_found(struct found *f, uint32_t list, enum value_kind k)
{
	const struct list *l = &f->w->lists.p[list];

	if (!(l->kinds >> k & 1))
		return;
	f->false_positive |= l->false_positive;
	for (size_t i = 0; i < f->n; i++) {
		if (str_eq(f->names[i], l->name))
			return;
	}
	if (f->n < f->cap)
		f->names[f->n++] = l->name;
}

static void find_text(struct found *f, enum value_kind k, str text, enum match match)
{
	const union map_value *at = map_get(&f->w->texts, text);

	for (const struct entry *e = at ? at->ptr : NULL; e; e = e->next) {
		if (match == MATCH_EXACT || e->match == MATCH_ZONE)
			add_found(f, e->list, k);
	}
}

/* The zones above a name: only lists that stand for whole zones. */
static void find_zones(struct found *f, enum value_kind k, str host)
{
	ptrdiff_t dot;

	while ((dot = str_find_char(host, '.')) >= 0) {
		host = str_from(host, (size_t)dot + 1);
		find_text(f, k, host, MATCH_ZONE);
	}
}

static void find_net(struct found *f, enum value_kind k, const struct net *n)
{
	size_t lo = 0, hi = f->w->ranges.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (compare_nets(&f->w->ranges.p[mid].net, n) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (int64_t i = (int64_t)lo - 1; i >= 0; i = f->w->ranges.p[i].parent) {
		if (net_contains(&f->w->ranges.p[i].net, n))
			add_found(f, f->w->ranges.p[i].list, k);
	}
}

/* "http://google.com/" says no more than its host does; "http://google.com/x" does. */
static bool is_root(str url)
{
	size_t slashes = 0;

	for (size_t i = 0; i < url.n; i++)
		slashes += url.p[i] == '/';
	return slashes == 3 && url.p[url.n - 1] == '/';
}

static void find_all(struct found *f, enum value_kind k, str canonical)
{
	struct net n;
	str host = value_host(k, canonical);

	if (net_parse(canonical, &n) == ERR_OK) {
		find_net(f, k, &n);
		return;
	}
	find_text(f, k, canonical, MATCH_EXACT);
	if (host.n == 0)
		return;
	if (k == VALUE_URL && is_root(canonical)) {
		if (net_parse(host, &n) == ERR_OK)
			find_net(f, VALUE_IPV4, &n);
		find_text(f, k, host, MATCH_EXACT);
	} else {
		find_text(f, k, host, MATCH_ZONE);
	}
	find_zones(f, k, host);
}

size_t wellknown_lists(const struct wellknown *w, enum value_kind k, str canonical, str *ret,
		       size_t cap)
{
	struct found f = {.w = w, .names = ret, .cap = cap};

	find_all(&f, k, canonical);
	return f.n;
}

bool wellknown_is(const struct wellknown *w, enum value_kind k, str canonical)
{
	struct found f = {.w = w};

	find_all(&f, k, canonical);
	return f.false_positive;
}
