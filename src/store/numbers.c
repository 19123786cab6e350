// SPDX-License-Identifier: Apache-2.0
/* numbers: what people call a record, EW-2026-0041: counted per team, type and year, or kept where
 * it has one from elsewhere. */
#include "store/records_internal.h"

static enum err number_give(struct wtx *w, struct apply *x, size_t i, struct why *why)
{
	struct record_put *p = &x->w->ops->puts.p[i];
	struct civil c = time_civil(x->at_us);
	int64_t n = 0;
	enum err e =
	    db_get_int(w->db,
		       "INSERT INTO counter(team, prefix, year, next) VALUES(?1, ?2, ?3, 2) "
		       "ON CONFLICT(team, prefix, year) DO UPDATE SET next = counter.next + 1 "
		       "RETURNING next - 1",
		       DBARGS(DBI(p->team), DBT(p->number_prefix), DBI(c.year)), &n, why);
	if (!e)
		x->p[i].now.r.number =
		    arena_printf(x->w->arena, "%.*s-%04d-%04lld", STR_ARG(p->number_prefix), c.year,
				 (long long)n);
	return e;
}

/* "EW-2026-0041" is given again to who had it: the next one is above. */
static enum err number_keep(struct wtx *w, struct apply *x, size_t i, struct why *why)
{
	const struct record_put *p = &x->w->ops->puts.p[i];
	str rest = p->number, prefix, year;
	uint64_t y, n;

	x->p[i].now.r.number = p->number;
	if (!str_split(&rest, '-', &prefix) || !str_split(&rest, '-', &year) || str_u64(year, &y) ||
	    str_u64(rest, &n) || y > 9999 || n > 1000000000)
		return ERR_OK;
	return db_exec(w->db,
		       "INSERT INTO counter(team, prefix, year, next) VALUES(?1, ?2, ?3, ?4) "
		       "ON CONFLICT(team, prefix, year) DO UPDATE SET next = CASE WHEN "
		       "counter.next < excluded.next THEN excluded.next ELSE counter.next END",
		       DBARGS(DBI(p->team), DBT(prefix), DBI((int64_t)y), DBI((int64_t)n + 1)),
		       NULL, why);
}

enum err number_write(struct wtx *w, struct apply *x, size_t i, struct why *why)
{
	const struct record_put *p = &x->w->ops->puts.p[i];

	if (p->number.n)
		return number_keep(w, x, i, why);
	return p->number_prefix.n ? number_give(w, x, i, why) : ERR_OK;
}
