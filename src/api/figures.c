// SPDX-License-Identifier: Apache-2.0
/* Figures of the desk: reports and incidents by week and category. */
#include "api/api_internal.h"
#include "team/desk_figures.h"

#define WEEKS 26
#define OFFSET_MOST (14 * 60)

static enum err weeks_param(struct call *c, size_t *ret)
{
	str v = call_param(c, "weeks");
	uint64_t n = WEEKS;

	if (v.p && (str_u64(v, &n) || n < 1 || n > FIGURE_WEEKS_MOST))
		return why_field(&c->why, ERR_UNPROCESSABLE, "range", "weeks",
				 "must be a number of weeks from 1 to 53",
				 "週の数は1から53で指定してください");
	*ret = (size_t)n;
	return ERR_OK;
}

/* Minutes east of UTC: where the reader's Monday begins. */
static enum err offset_param(struct call *c, int *ret)
{
	str v = call_param(c, "offset");
	bool west = v.n && v.p[0] == '-';
	uint64_t n = 0;

	if (v.p && (str_u64(west ? str_from(v, 1) : v, &n) || n > OFFSET_MOST))
		return why_field(&c->why, ERR_UNPROCESSABLE, "range", "offset",
				 "must be minutes from UTC, from -840 to 840",
				 "UTCからの分を-840から840で指定してください");
	*ret = west ? -(int)n : (int)n;
	return ERR_OK;
}

enum err figures_desk(struct call *c)
{
	struct json_out o;
	size_t weeks = WEEKS;
	int offset = 0;
	BUF(b);
	enum err err = weeks_param(c, &weeks);

	if (!err)
		err = offset_param(c, &offset);
	if (err)
		return err;
	json_out_init(&o, &b);
	err = desk_figures(&c->ctx, weeks, offset, &o, &c->why);
	return err ? err : reply_json(c, 200, &b);
}
