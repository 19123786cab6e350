// SPDX-License-Identifier: Apache-2.0
/* verify_links: the table of links is what the journal's entries "links" make and take away. Sums
 * of keyed hashes per group of sources are compared; where a group differs, both are read once more
 * and its sources are told apart. */
#include "base/json.h"
#include "store/verify_internal.h"

#define GROUPS 65536u
#define ENTRIES_PAGE 16
#define SUSPECTS_MAX 65536u

/* One link as both sides know it. */
struct seen {
	struct uuid src, holder, dst, team;
	str relation;
	int64_t at_us, by;
	int32_t type; /* of the source, for its name; 0: not known */
};

struct suspect {
	uint64_t sum;
	struct uuid src;
	int32_t type;
};

struct replay {
	uint8_t key[16];
	uint64_t *sums; /* GROUPS of them */
	bool closer;    /* the second time: only sources of groups that differ */
	struct u64map at;
	VEC(struct suspect) suspects;
};

static uint64_t link_hash(const struct replay *r, const struct seen *l)
{
	struct {
		struct uuid src, holder, dst, team;
		int64_t at_us, by;
		uint64_t relation;
	} x = {l->src,
	       l->holder,
	       l->dst,
	       l->team,
	       l->at_us,
	       l->by,
	       siphash64(r->key, l->relation.p, l->relation.n)};

	return siphash64(r->key, &x, sizeof(x));
}

static void link_count(struct replay *r, const struct seen *l, bool there)
{
	const struct uuid ends[2] = {l->src, l->holder};
	uint64_t source = siphash64(r->key, ends, sizeof(ends)), h = link_hash(r, l);
	uint64_t *sum = &r->sums[source % GROUPS];
	union map_value *at;
	bool fresh = false;

	if (!r->closer) {
		*sum += there ? h : 0 - h;
		return;
	}
	if (!*sum || (r->suspects.n >= SUSPECTS_MAX && !u64map_get(&r->at, source)))
		return;
	at = u64map_put(&r->at, source, &fresh);
	if (fresh) {
		at->u = r->suspects.n;
		vec_add(NULL, &r->suspects, (struct suspect){.src = l->src});
	}
	struct suspect *s = &r->suspects.p[at->u];
	s->sum += there ? h : 0 - h;
	if (l->type)
		s->type = l->type;
}

/* ---- what the journal says ---- */

static struct uuid member_uuid(const struct json *v, const char *name)
{
	struct uuid u;

	return uuid_parse(json_get_str(v, name), &u) == ERR_OK ? u : (struct uuid){{0}};
}

static struct seen ends_of(const struct json *v)
{
	return (struct seen){.src = member_uuid(v, "src"),
			     .holder = member_uuid(v, "holder"),
			     .relation = json_get_str(v, "relation")};
}

static void entry_replay(struct verify *v, struct replay *r, const struct journal_entry *e)
{
	const struct json *made, *gone;
	struct json c;
	struct uuid team = {{0}};

	if (json_parse(&v->page, e->content, NULL, &c, NULL) != ERR_OK) {
		if (!r->closer)
			verify_tell(v, "journal",
				    arena_printf(&v->page, "entry %lld", (long long)e->seq),
				    "its links cannot be read");
		return;
	}
	made = json_get_c(&c, "links");
	gone = json_get_c(&c, "unlinks");
	if (!principal_uuid(v->s, e->team, &team))
		team = (struct uuid){{0}};
	for (size_t i = 0; i < json_count(made); i++) {
		const struct json *dst = json_get_c(json_at(made, i), "dst");
		struct seen l = ends_of(json_at(made, i));

		l.team = team;
		l.at_us = e->at_us;
		l.by = e->actor;
		for (size_t k = 0; k < json_count(dst); k++) {
			if (uuid_parse(json_str(json_at(dst, k)), &l.dst) != ERR_OK)
				l.dst = (struct uuid){{0}};
			link_count(r, &l, true);
		}
	}
	for (size_t i = 0; i < json_count(gone); i++) {
		const struct json *x = json_at(gone, i);
		struct seen l = ends_of(x);

		l.dst = member_uuid(x, "dst");
		l.team = member_uuid(x, "team");
		l.by = json_get_i64(x, "by", 0);
		if (time_parse(json_get_str(x, "at"), &l.at_us) != ERR_OK)
			l.at_us = 0;
		link_count(r, &l, false);
	}
}

static enum err journal_page(struct verify *v, struct replay *r, int64_t *cursor, size_t *ret_n,
			     struct why *why)
{
	struct journal_entry list[ENTRIES_PAGE];
	struct digest unused;
	struct db_rows *rows;
	size_t n = 0;
	enum err err = db_query(v->db,
				"SELECT " JOURNAL_COLUMNS " FROM journal WHERE kind = 'links' AND "
				"id > ?1 ORDER BY id LIMIT ?2",
				DBARGS(DBI(*cursor), DBI(ENTRIES_PAGE)), &rows, why);

	if (err)
		return err;
	while (db_next(rows) && n < ENTRIES_PAGE)
		(void)journal_row(rows, &v->page, &list[n++], &unused);
	err = db_end(rows, why);
	for (size_t i = 0; i < n && !err; i++) {
		*cursor = list[i].row;
		entry_replay(v, r, &list[i]);
	}
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

/* ---- what the table says ---- */

struct place_of {
	int64_t src, relation;
	struct uuid dst;
	bool any;
};

#define LINKS_FROM                                                                                 \
	"SELECT l.src, l.relation, l.dst, l.team, l.at, l.made_by, h.uid, h.team, h.type "         \
	"FROM link l LEFT JOIN holding h ON h.id = l.src "

static void row_count(struct verify *v, struct replay *r, struct db_rows *rows,
		      struct place_of *last)
{
	struct seen l = {.dst = db_uuid(rows, 2),
			 .at_us = db_int(rows, 4),
			 .by = db_int(rows, 5),
			 .type = (int32_t)db_int(rows, 8)};

	*last = (struct place_of){db_int(rows, 0), db_int(rows, 1), l.dst, true};
	if (db_is_null(rows, 6)) {
		if (!r->closer)
			verify_tell(v, "record",
				    arena_printf(&v->page, "record %lld", (long long)last->src),
				    "is not there, and a link begins at it");
		return;
	}
	l.src = db_uuid(rows, 6);
	if (!principal_uuid(v->s, db_int(rows, 7), &l.holder))
		l.holder = (struct uuid){{0}};
	if (!principal_uuid(v->s, db_int(rows, 3), &l.team)) /* nobody is 0, and only 0 */
		l.team = (struct uuid){{db_int(rows, 3) ? 0xff : 0}};
	if (last->relation > 0 && last->relation <= INT32_MAX)
		l.relation = word_text(v->s, (int32_t)last->relation);
	link_count(r, &l, false);
}

static enum err table_page(struct verify *v, struct replay *r, struct place_of *last, size_t *ret_n,
			   struct why *why)
{
	struct db_rows *rows;
	size_t n = 0;
	enum err err;

	if (last->any)
		err = db_query(
		    v->db,
		    LINKS_FROM "WHERE (l.src, l.relation, l.dst) > (?1, ?2, ?3) "
			       "ORDER BY l.src, l.relation, l.dst LIMIT ?4",
		    DBARGS(DBI(last->src), DBI(last->relation), DBU(last->dst), DBI(VERIFY_PAGE)),
		    &rows, why);
	else
		err = db_query(v->db, LINKS_FROM "ORDER BY l.src, l.relation, l.dst LIMIT ?1",
			       DBARGS(DBI(VERIFY_PAGE)), &rows, why);
	if (err)
		return err;
	while (db_next(rows) && n < VERIFY_PAGE) {
		row_count(v, r, rows, last);
		n++;
	}
	err = db_end(rows, why);
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

/* ---- both ---- */

static enum err replay_all(struct verify *v, struct replay *r, struct why *why)
{
	struct place_of last = {0};
	int64_t cursor = 0;
	size_t n = ENTRIES_PAGE;
	enum err err = ERR_OK;

	while (!err && n == ENTRIES_PAGE)
		err = journal_page(v, r, &cursor, &n, why);
	n = VERIFY_PAGE;
	while (!err && n == VERIFY_PAGE)
		err = table_page(v, r, &last, &n, why);
	return err;
}

static void suspects_tell(struct verify *v, const struct replay *r)
{
	for (size_t i = 0; i < r->suspects.n; i++) {
		const struct suspect *s = &r->suspects.p[i];
		char text[UUID_TEXT];

		if (!s->sum)
			continue;
		uuid_text(s->src, text);
		verify_tell(v, "record",
			    s->type ? verify_name(v, s->type, s->src)
				    : arena_printf(&v->page, "%.*s", UUID_TEXT, text),
			    "its links are not those that the journal says");
		arena_reset(&v->page);
	}
}

enum err verify_links(struct verify *v, struct why *why)
{
	struct replay r = {.sums = mem_alloc(GROUPS * sizeof(*r.sums))};
	bool differ = false;
	enum err err;

	random_bytes(r.key, sizeof(r.key));
	u64map_init(&r.at);
	err = replay_all(v, &r, why);
	for (size_t i = 0; i < GROUPS; i++)
		differ = differ || r.sums[i];
	if (!err && differ) {
		r.closer = true;
		err = replay_all(v, &r, why);
		if (!err)
			suspects_tell(v, &r);
	}
	u64map_done(&r.at);
	vec_done(&r.suspects);
	mem_free(r.sums);
	return err;
}
