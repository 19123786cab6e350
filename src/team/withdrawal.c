// SPDX-License-Identifier: Apache-2.0
#include "team/withdrawal.h"

#include <stdlib.h>

#include "store/signed.h"

#define NAMES_MAX 1000
#define WHY_MAX 8000
#define GROUPS_NEAR 16 /* of labels, looked through for the same two */
#define AUDIENCE_CHANGED "共有範囲の変更 / its audience has changed"

void taking_back_name(struct ctx *c, struct taking_back *t, str type, struct uuid uid)
{
	for (size_t i = t->names.n;
	     i-- > 0 && t->names.n - i <= 8;) /* the same one twice in a row */
		if (uuid_eq(t->names.p[i].uid, uid) && str_eq(t->names.p[i].type, type))
			return;
	vec_add(c->arena, &t->names, (struct taken_back){.type = type, .uid = uid});
}

void taking_back_team(struct ctx *c, struct taking_back *t, int64_t team)
{
	const struct directory_team *d = directory_team(c->dir, team);

	if (!d || !d->peer)
		return;
	for (size_t i = 0; i < t->lost.n; i++)
		if (t->lost.p[i] == d->key)
			return;
	vec_add(c->arena, &t->lost, d->key);
}

/* The audience that both name. */
static struct label audience_kept(struct ctx *c, const struct label *was, const struct label *now)
{
	struct label_circle *circles =
	    arena_array(c->arena, struct label_circle, now->n_circles + 1);
	int64_t *teams = arena_array(c->arena, int64_t, now->n_teams + 1);
	struct label l = *now;

	l.circles = circles;
	l.teams = teams;
	l.n_circles = l.n_teams = 0;
	l.everyone = was->everyone && now->everyone;
	for (size_t i = 0; i < now->n_circles; i++)
		for (size_t k = 0; k < was->n_circles; k++)
			if (now->circles[i].circle == was->circles[k].circle) {
				circles[l.n_circles++] = now->circles[i];
				break;
			}
	for (size_t i = 0; i < now->n_teams; i++)
		for (size_t k = 0; k < was->n_teams; k++)
			if (now->teams[i] == was->teams[k]) {
				teams[l.n_teams++] = now->teams[i];
				break;
			}
	return l;
}

/* Whoever sees it under both by other grounds may have lost those of now before it comes to him: he
 * would keep what he had. So the old text goes, and the new one is above it. */
static bool by_other_grounds(struct ctx *c, const struct label *was, const struct label *now,
			     const struct directory_team *d)
{
	const struct label kept = audience_kept(c, was, now);

	return !ctx_team_sees(c, d, &kept); /* no gate: asked whether something is taken back */
}

/* Does the record leave a circle that is open to who comes back to it, or stay in it for those
 * alone who are there now? He has an older text, which is his to see again on the day he is back.
 */
static bool leaves_circle(const struct label *was, const struct label *now)
{
	size_t stays = 0;

	if (was->tlp > TLP_GREEN || was->everyone)
		return false;
	for (size_t i = 0; i < was->n_circles; i++)
		for (size_t k = 0; k < now->n_circles; k++)
			stays += was->circles[i].circle == now->circles[k].circle;
	return was->n_circles && (now->tlp > TLP_GREEN || stays < was->n_circles);
}

static struct relabelled relabelled(struct ctx *c, const struct relabelling *x, int64_t from,
				    int64_t to)
{
	const struct label *was = label_get(c->node->store, from),
			   *now = label_get(c->node->store, to);
	struct relabelled ret = {
	    .from = from, .to = to, .back = {.team = x->team, .why = STR(AUDIENCE_CHANGED)}};
	struct taking_back *back = &ret.back;

	if (!was || !now)
		return ret;
	for (size_t i = 0; i < c->dir->n_teams && from != to; i++) {
		const struct directory_team *d = &c->dir->teams[i];

		if (d->peer && ctx_team_sees(c, d, was) &&
		    (!ctx_team_sees(c, d, now) || by_other_grounds(c, was, now, d)))
			taking_back_team(c, back, d->key);
	}
	for (size_t i = 0; i < x->n_had; i++)
		if (!ctx_team_sees(c, x->had[i], now))
			taking_back_team(c, back, x->had[i]->key);
	back->red = was->tlp == TLP_RED || now->tlp == TLP_RED;
	back->comes_back = leaves_circle(was, now);
	back->was = back->comes_back ? was : NULL;
	return ret;
}

void relabelling_add(struct ctx *c, struct relabelling *x, const struct record *r, int64_t to)
{
	struct relabelled *g = NULL;

	for (size_t i = x->groups.n; i-- > 0 && x->groups.n - i <= GROUPS_NEAR && !g;)
		if (x->groups.p[i].from == r->label && x->groups.p[i].to == to)
			g = &x->groups.p[i];
	if (!g) {
		const struct relabelled fresh = relabelled(c, x, r->label, to);

		vec_add(c->arena, &x->groups, fresh);
		g = &x->groups.p[x->groups.n - 1];
	}
	if (g->back.lost.n || g->back.comes_back)
		taking_back_name(c, &g->back, word_text(c->node->store, r->type), r->uid);
}

/* ---- writing ---- */

static str name_text(struct arena *a, const struct taken_back *n)
{
	char u[UUID_TEXT];

	uuid_text(n->uid, u);
	return arena_printf(a, "%.*s--%.*s", STR_ARG(n->type), UUID_TEXT, u);
}

static int by_name(const void *a, const void *b)
{
	const struct taken_back *x = a, *y = b;
	int types = str_cmp(x->type, y->type);

	return types ? types : memcmp(x->uid.b, y->uid.b, sizeof(x->uid.b));
}

/* Those that have left, with the rev that was signed last, sorted by name. */
static enum err signed_names(struct ctx *c, struct taking_back *t, struct why *why)
{
	size_t n = t->names.n, m = 0;
	struct uuid *uids = arena_array(c->arena, struct uuid, n + 1);
	int64_t *teams = arena_array(c->arena, int64_t, n + 1);
	struct record_signed *newest = arena_array(c->arena, struct record_signed, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		uids[i] = t->names.p[i].uid;
		teams[i] = t->team;
	}
	err = signed_newest(c->node->store, c->arena, uids, teams, n, newest, why);
	for (size_t i = 0; i < n && !err; i++) {
		t->names.p[m] = t->names.p[i];
		t->names.p[m].rev = newest[i].rev;
		m += newest[i].rev > 0;
	}
	if (err)
		return err;
	qsort(t->names.p, m, sizeof(*t->names.p), by_name);
	t->names.n = 0;
	for (size_t i = 0; i < m; i++)
		if (!i || by_name(&t->names.p[t->names.n - 1], &t->names.p[i]))
			t->names.p[t->names.n++] = t->names.p[i];
	return ERR_OK;
}

static void paths_text(struct json_out *o, const struct erase_paths *x)
{
	if (!x->n) {
		jo_kc(o, "paths", NULL);
		return;
	}
	jo_key(o, "paths");
	jo_array(o);
	for (size_t i = 0; i < x->n; i++) {
		jo_array(o);
		for (size_t k = 0; k < x->p[i].n; k++)
			jo_str(o, x->p[i].name[k]);
		jo_end(o);
	}
	jo_end(o);
}

static str body_text(struct ctx *c, const struct taking_back *t, const struct taken_back *names,
		     size_t n, struct uuid uid, struct uuid team)
{
	char at[TIME_TEXT], u[UUID_TEXT], own[UUID_TEXT];
	struct json_out o;
	BUF(b);

	time_text(c->now_us, at);
	uuid_text(uid, u);
	uuid_text(team, own);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "type", WITHDRAWAL_TYPE);
	jo_kc(&o, "spec_version", "2.1");
	jo_kstr(&o, "id", arena_printf(c->arena, WITHDRAWAL_TYPE "--%.*s", UUID_TEXT, u));
	jo_kstr(&o, "created", (str){at, TIME_TEXT});
	jo_kstr(&o, "modified", (str){at, TIME_TEXT});
	jo_ki64(&o, "v", 1);
	jo_kstr(&o, "team", (str){own, UUID_TEXT});
	if (t->why.n && t->why.n <= WHY_MAX && !t->red)
		jo_kstr(&o, "reason", t->why);
	jo_key(&o, "names");
	jo_array(&o);
	for (size_t i = 0; i < n; i++) {
		jo_object(&o);
		jo_kstr(&o, "target", name_text(c->arena, &names[i]));
		jo_ki64(&o, "rev", names[i].rev);
		paths_text(&o, &t->paths);
		jo_end(&o);
	}
	jo_end(&o);
	jo_kc(&o, "list", NULL);
	jo_end(&o);
	return arena_str(c->arena, buf_str(&b));
}

/* For the audience it had and for those who have left it; ids alone, so that TLP:RED is not needed
 * to say them. */
static enum err audience(struct ctx *c, const struct taking_back *t, int64_t *ret, struct why *why)
{
	struct label l = {.originator = t->team, .holder = t->team, .tlp = TLP_AMBER_STRICT};
	size_t had = t->was ? t->was->n_teams : 0;
	int64_t *teams = arena_array(c->arena, int64_t, had + t->lost.n + 1);

	if (t->was && t->was->tlp != TLP_RED) {
		l.tlp = t->was->tlp;
		l.everyone = t->was->everyone;
		l.circles = t->was->circles;
		l.n_circles = t->was->n_circles;
		for (size_t i = 0; i < had; i++)
			teams[l.n_teams++] = t->was->teams[i];
	}
	for (size_t i = 0; i < t->lost.n; i++) {
		bool named = false;

		for (size_t k = 0; k < l.n_teams && !named; k++)
			named = teams[k] == t->lost.p[i];
		if (!named)
			teams[l.n_teams++] = t->lost.p[i];
	}
	l.teams = teams;
	return label_intern(c->node->store, &l, 1, ret, why);
}

static bool heard_elsewhere(struct ctx *c, int64_t label)
{
	const struct label *l = label_get(c->node->store, label);

	for (size_t i = 0; l && i < c->dir->n_teams; i++)
		if (c->dir->teams[i].peer && ctx_team_sees(c, &c->dir->teams[i], l)) /* gate */
			return true;
	return false;
}

enum err withdrawal_write(struct ctx *c, struct write_set *w, struct taking_back *t,
			  struct why *why)
{
	struct uuid team;
	int64_t label = 0;
	enum err err = t->names.n ? signed_names(c, t, why) : ERR_OK;

	if (err || !t->names.n)
		return err;
	t->red = t->red || (t->was && t->was->tlp == TLP_RED);
	err = audience(c, t, &label, why);
	if (err || !(t->comes_back || heard_elsewhere(c, label)))
		return err;
	if (!principal_uuid(c->node->store, t->team, &team))
		return why_set(why, ERR_IO, "a team is missing: run hikeshi verify");
	for (size_t i = 0, n; i < t->names.n; i += n) {
		struct record_put *put = arena_new(c->arena, struct record_put);
		size_t at;

		n = t->names.n - i < NAMES_MAX ? t->names.n - i : NAMES_MAX;
		*put = (struct record_put){.uid = uuid_new(),
					   .type = STR(WITHDRAWAL_TYPE),
					   .form = FORM_STIX,
					   .team = t->team,
					   .label = label,
					   .kind = "take-back",
					   .source_modified_us = c->now_us,
					   .why = t->why};
		put->body = body_text(c, t, t->names.p + i, n, put->uid, team);
		at = write_put(w, put);
		for (size_t k = i; k < i + n; k++)
			write_link(w, -1 - (int64_t)at, STR("withdraws"), t->names.p[k].uid);
	}
	return ERR_OK;
}

bool relabelling_any(const struct relabelling *x)
{
	for (size_t i = 0; i < x->groups.n; i++)
		if (x->groups.p[i].back.names.n)
			return true;
	return false;
}

enum err relabelling_write(struct ctx *c, struct write_set *w, struct relabelling *x,
			   struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < x->groups.n && !err; i++)
		err = withdrawal_write(c, w, &x->groups.p[i].back, why);
	return err;
}
