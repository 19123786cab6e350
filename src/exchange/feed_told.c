// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed_told.h"

#include "base/buf.h"
#include "base/map.h"
#include "team/directory.h"

static bool reached(const struct feed_reader *who, int64_t team)
{
	for (size_t i = 0; i < who->n_teams; i++)
		if (who->teams[i] == team)
			return true;
	return false;
}

static str line_of(struct arena *a, const struct world_member *m)
{
	return arena_printf(a, "%lld %lld %lld", (long long)m->circle, (long long)m->team,
			    (long long)m->joined_roster);
}

/* The lines of what was kept. */
static void lines(struct map *ret, str text)
{
	while (text.n) {
		ptrdiff_t at = str_find_char(text, '\n');
		size_t n = at < 0 ? text.n : (size_t)at;

		map_put(ret, str_slice(text, 0, n), NULL);
		text = str_from(text, at < 0 ? n : n + 1);
	}
}

/* The members of one circle that are reached via the peer, from i on; where the next circle is. */
static size_t one_circle(const struct world *w, size_t i, const struct feed_reader *who,
			 struct map *kept, struct buf *text, struct arena *a, struct feed_told *ret)
{
	int64_t circle = w->members[i].circle;
	bool some = false, same = false;

	for (; i < w->n_members && w->members[i].circle == circle; i++) {
		str line;

		if (!reached(who, w->members[i].team))
			continue;
		line = line_of(a, &w->members[i]);
		buf_add(text, line);
		buf_add(text, STR("\n"));
		some = true;
		same = same || map_get(kept, line);
	}
	if (some && !same)
		ret->circles[ret->n++] = circle;
	return i;
}

enum err feed_told(struct node *n, struct arena *a, const struct peer *p,
		   const struct feed_reader *who, struct feed_told *ret, struct why *why)
{
	const struct directory_view *v;
	struct feed_told t = {0};
	struct map kept;
	str before;
	BUF(text);
	enum err err = peer_told_get(n->store, a, p->uid, &before, why);

	if (err)
		return err;
	map_init(&kept);
	lines(&kept, before);
	v = directory_get(n->directory);
	t.circles = arena_array(a, int64_t, v->n_circles + 1);
	for (size_t i = 0; i < v->world.n_members;)
		i = one_circle(&v->world, i, who, &kept, &text, a, &t);
	directory_put(n->directory, v);
	map_done(&kept);
	t.text = arena_str(a, buf_str(&text));
	t.changed = !str_eq(t.text, before);
	*ret = t;
	return ERR_OK;
}

enum err feed_told_keep(struct node *n, const struct peer *p, const struct feed_told *t,
			struct why *why)
{
	return peer_told_set(n->store, p->uid, t->text, why);
}
