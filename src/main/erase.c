// SPDX-License-Identifier: Apache-2.0
/* erase: fields of a record, for good (team/erase.h). */
#include "team/erase.h"

#include "main/cmd.h"

/* What the team itself holds under that id or number. */
static enum err erase_find(struct cmd *c, int64_t team, const char *name, struct record *ret,
			   struct why *why)
{
	const struct view all = {.all = true}; /* sees all: who works on the machine itself */
	struct uuid uid;
	str type;
	enum err err = ERR_OK;

	if (id_parse(str_c(name), &type, &uid) == ERR_OK)
		err = store_find_held(c->node->store, &c->arena, team, &uid, 1, true, ret, why);
	else
		err =
		    store_find_number(c->node->store, &c->arena, &all, team, str_c(name), ret, why);
	if (!err && !ret->key)
		err = why_set(why, ERR_NOTFOUND, "the team holds no record '%s'", name);
	return err;
}

static struct json erase_request(struct cmd *c, const char *reason)
{
	struct json request = json_object(), fields = json_array();

	for (int i = 1; i < c->argc; i++)
		json_add(&c->arena, &fields, json_string(str_c(c->argv[i])));
	json_set(&c->arena, &request, STR("fields"), fields);
	if (reason)
		json_set(&c->arena, &request, STR("reason"), json_string(str_c(reason)));
	return request;
}

int cmd_erase(struct cmd *c)
{
	const char *team = NULL, *reason = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL},
					     {"--reason", &reason, NULL, NULL}};
	struct record r = {0}, now = {0};
	struct why why = {0};
	struct actor actor;
	struct json request;
	struct ctx x;
	int64_t key;
	enum err err;
	bool known;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc < 2)
		return cmd_usage(c, "name a record and the fields to erase, like /what/impact");
	cmd_ctx(c, &x, &actor, 0);
	known = cmd_team(c, x.dir, team, &key);
	ctx_done(&x);
	if (!known)
		return EXIT_USAGE;
	cmd_ctx(c, &x, &actor, key);
	err = erase_find(c, key, c->argv[0], &r, &why);
	request = erase_request(c, reason);
	if (!err)
		err = record_erase(&x, &r, &request, &now, &why);
	ctx_done(&x);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}
