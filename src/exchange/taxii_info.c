// SPDX-License-Identifier: Apache-2.0
/* Discovery, API roots, collections and status resources (TAXII 2.1 sections 4 and 5.1, 5.2). */
#include "exchange/taxii_internal.h"

static str own_root(struct taxii_call *c)
{
	char text[UUID_TEXT];
	struct uuid own;

	if (!c->actor.team || !principal_uuid(c->x->o.node->store, c->actor.team, &own))
		return STR_NULL;
	uuid_text(own, text);
	return arena_printf(c->ctx.arena, "/taxii2/%.*s/", UUID_TEXT, text);
}

static const char *node_name(const struct taxii_call *c)
{
	const char *name = c->x->o.node->config.name;

	return name && name[0] ? name : "hikeshi";
}

enum err taxii_discovery(struct taxii_call *c)
{
	const struct directory_team *t = directory_team(c->ctx.dir, c->actor.team);
	str root = own_root(c);
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "title", node_name(c));
	jo_kc(&o, "description",
	      "a node of hikeshi: one API root per team, one collection per circle of the team");
	if (t && t->email.n)
		jo_kstr(&o, "contact", t->email);
	if (root.n) {
		jo_kstr(&o, "default", root);
		jo_key(&o, "api_roots");
		jo_array(&o);
		jo_str(&o, root);
		jo_end(&o);
	}
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

enum err taxii_root(struct taxii_call *c)
{
	const struct directory_team *t = directory_team(c->ctx.dir, c->actor.team);
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	if (t && t->name.n)
		jo_kstr(&o, "title", t->name);
	else
		jo_kc(&o, "title", node_name(c));
	jo_key(&o, "versions");
	jo_array(&o);
	jo_c(&o, TAXII_MEDIA);
	jo_end(&o);
	jo_ki64(&o, "max_content_length", taxii_max_bytes(c->x));
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

/* ---- collections ---- */

static void collection_json(struct json_out *o, const struct collection *x)
{
	char id[UUID_TEXT];

	uuid_text(x->id, id);
	jo_object(o);
	jo_kstr(o, "id", (str){id, UUID_TEXT});
	jo_kstr(o, "title", x->title);
	if (x->description.n)
		jo_kstr(o, "description", x->description);
	jo_kbool(o, "can_read", x->can_read);
	jo_kbool(o, "can_write", x->can_write);
	jo_key(o, "media_types");
	jo_array(o);
	jo_c(o, STIX_MEDIA);
	jo_end(o);
	jo_end(o);
}

enum err taxii_collections(struct taxii_call *c)
{
	struct collection *all = NULL;
	size_t n = 0;
	struct json_out o;
	BUF(b);

	collection_list(&c->ctx, c->x->o.read_only, &all, &n);
	json_out_init(&o, &b);
	jo_object(&o);
	if (n) {
		jo_key(&o, "collections");
		jo_array(&o);
		for (size_t i = 0; i < n; i++)
			collection_json(&o, &all[i]);
		jo_end(&o);
	}
	jo_end(&o);
	return taxii_reply(c, 200, &b);
}

enum err taxii_collection_get(struct taxii_call *c)
{
	struct collection x;
	struct json_out o;
	enum err err = taxii_collection(c, &x);
	BUF(b);

	if (err)
		return err;
	json_out_init(&o, &b);
	collection_json(&o, &x);
	return taxii_reply(c, 200, &b);
}

/* ---- status ---- */

/* For whoever sent the objects, and that account alone. */
enum err taxii_status_get(struct taxii_call *c)
{
	struct sent_status s;
	struct uuid id;
	enum err err = uuid_parse(taxii_var(c, 1), &id) ? ERR_NOTFOUND : ERR_OK;
	BUF(b);

	if (!err)
		err = sent_status_find(c->x->o.node->store, c->ctx.arena, id, &s, NULL);
	if (!err && s.account != c->actor.account) /* gate */
		err = ERR_NOTFOUND;
	if (err == ERR_NOTFOUND)
		return taxii_fail(c, 404, "there is no such status, or no longer");
	if (err)
		return why_set(&c->why, err, "the status cannot be read");
	buf_add(&b, s.body);
	return taxii_reply(c, 200, &b);
}
