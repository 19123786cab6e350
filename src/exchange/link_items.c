// SPDX-License-Identifier: Apache-2.0
/* What a link could not carry, for people: the list of a link's page, and "send again". */
#include "exchange/link.h"
#include "exchange/link_internal.h"
#include "store/signed.h"

static const char *state_word(enum link_state s)
{
	return s == LINK_REFUSED ? "refused" : s == LINK_WAITS ? "waits" : "again";
}

/* The sentence in the reader's language; rows of before there were two have one. */
static str sentence(struct ctx *c, const struct link_item *x)
{
	struct json v;
	str text = STR_NULL;

	if (x->reason.n && json_parse(c->arena, x->reason, NULL, &v, NULL) == ERR_OK) {
		text = json_get_str(&v, strcmp(c->lang, "ja") == 0 ? "ja" : "en");
		text = text.n ? text : json_get_str(&v, "en");
	}
	if (text.n)
		return text;
	return strcmp(c->lang, "ja") == 0 ? STR("相手は理由を示していません")
					  : STR("the other side gives no reason");
}

static void item_json(struct ctx *c, const struct link_item *x, struct json_out *o)
{
	jo_object(o);
	jo_kstr(o, "id", x->id);
	jo_kc(o, "direction", x->direction == LINK_OUT ? "out" : "in");
	jo_kc(o, "state", state_word(x->state));
	jo_kstr(o, "code", x->code);
	jo_kstr(o, "reason", sentence(c, x));
	jo_ki64(o, "rev", x->rev);
	jo_ktime(o, "at", x->at_us);
	jo_end(o);
}

enum err link_items_json(struct ctx *c, const struct peer *p, int64_t before_us, size_t limit,
			 struct json_out *o, int64_t *ret_next, struct why *why)
{
	struct link_item *v[2];
	size_t n[2] = {0}, at[2] = {0}, total = 0;
	int64_t last = 0;
	enum err err = ERR_OK;

	for (int d = 0; d < 2 && !err; d++) {
		v[d] = arena_array(c->arena, struct link_item, limit + 1);
		err = link_items_open(c->node->store, c->arena, p->key, (enum link_direction)d,
				      before_us, limit + 1, v[d], &n[d], why);
	}
	if (err)
		return err;
	while (total < limit && (at[0] < n[0] || at[1] < n[1])) {
		int d = at[0] >= n[0] || (at[1] < n[1] && v[1][at[1]].at_us > v[0][at[0]].at_us);

		last = v[d][at[d]].at_us;
		item_json(c, &v[d][at[d]++], o);
		total++;
	}
	*ret_next = at[0] < n[0] || at[1] < n[1] ? last : 0;
	return ERR_OK;
}

enum err link_again(struct ctx *c, const struct peer *p, str id, struct why *why)
{
	int64_t n = 0;
	enum err err = link_items_again(c->node->store, p->key, id, c->actor->account, &n, why);

	if (!err && !n)
		err =
		    link_refuse(why, ERR_NOTFOUND, "no_item", "nothing of that object is open here",
				"この対象について未処理のものはありません");
	return err;
}
