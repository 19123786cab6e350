// SPDX-License-Identifier: Apache-2.0
/* What was sealed to this node is opened, and what is inside is judged and taken as any object; a
 * sealed object for another node is kept and passed on unread. */
#include "exchange/accept_internal.h"
#include "exchange/seal.h"

static enum err open_it(struct accepting *s, const struct sealed *sealed, struct json *ret_envelope,
			struct why *why)
{
	struct arena *a = s->c.arena;
	struct age_identity *ids = NULL;
	const struct json *signatures = NULL;
	struct json object, all = json_array();
	size_t n = 0;
	enum err err = own_age_identities(s->c.node, a, &ids, &n, why);

	if (!err)
		err = seal_open(a, sealed, ids, n, &object, &signatures, why);
	for (size_t i = 0; i < n; i++)
		age_identity_wipe(&ids[i]);
	if (err)
		return err;
	json_add(a, &all, object);
	for (size_t i = 0; i < json_count(signatures); i++)
		json_add(a, &all, *json_at(signatures, i));
	*ret_envelope = all;
	return ERR_OK;
}

/* What became of what was inside is what becomes of the seal. */
static enum err take_inside(struct accepting *s, struct arrival *x, const struct json *envelope,
			    struct why *why)
{
	struct accept_result *r = NULL;
	size_t n = 0;
	enum err err =
	    accept_judged(s->c.node, s->c.arena, s->peer, s->epoch, true,
			  envelope_of(s->c.arena, json_at(envelope, 0), json_count(envelope)),
			  json_count(envelope), &r, &n, why);

	if (err)
		return err;
	if (n != 1) {
		accept_refuse(x, "malformed", STR("there is not one object inside the seal"),
			      STR("封の中身が一つの情報ではありません"));
	} else if (r[0].state == ACCEPT_REFUSED || r[0].state == ACCEPT_LATER) {
		accept_refuse(x, r[0].code, r[0].en, r[0].ja);
		x->result->state = r[0].state;
	}
	return ERR_OK;
}

enum err accept_unseal(struct accepting *s, struct arrival *x, struct why *why)
{
	struct sealed sealed;
	struct json envelope;
	struct why w = {0};

	if (s->sealed) {
		accept_refuse(x, "malformed", STR("a seal inside a seal"),
			      STR("封の中にさらに封があります"));
		return ERR_OK;
	}
	if (seal_parse(s->c.arena, x->object, &sealed, &w)) {
		accept_refuse_why(s, x, "malformed", &w);
		return ERR_OK;
	}
	if (!uuid_eq(sealed.to, store_node_id(s->c.node->store)))
		return ERR_OK;
	if (open_it(s, &sealed, &envelope, &w)) {
		accept_refuse(x, "cannot_open",
			      STR("it is sealed to a key that no team of this node has"),
			      STR("このノードのどのチームの鍵でも開封できません"));
		return ERR_OK;
	}
	return take_inside(s, x, &envelope, why);
}
