// SPDX-License-Identifier: Apache-2.0
/* team contact: a person of a team that works on another node, so that a TLP:RED can name him. */
#include "main/cmd.h"

static enum err contact_put(struct cmd *c, struct ctx *x, const struct directory_team *t,
			    struct uuid uid, const char *name, struct why *why)
{
	const struct catalog_type *type = catalog_type(c->node->catalog, STR("x-hikeshi-person"));
	struct label l = {
	    .originator = t->key, .holder = t->key, .tlp = TLP_GREEN, .everyone = true};
	struct record_put p = {.uid = uid, .team = t->key, .kind = "contact"};
	struct json body = json_object();
	struct record_result result;
	struct record held = {0};
	struct write_set w;
	int64_t person;
	enum err err =
	    store_find_held(c->node->store, x->arena, t->key, &uid, 1, false, &held, why);

	json_set(x->arena, &body, STR("name"), json_string(str_c(name)));
	if (!err)
		err = catalog_validate(x->arena, c->node->catalog, type, &body, false, &x->faults,
				       why);
	if (!err)
		err = principal_intern(c->node->store, PRINCIPAL_PERSON, &uid, 1, &person, why);
	if (!err)
		err = label_intern(c->node->store, &l, 1, &p.label, why);
	if (!err)
		err = record_fill_put(x, type, &body, &p, why);
	if (err)
		return err;
	p.key = held.key;
	p.expect_version = held.version;
	write_init(&w, x->arena, x->actor->account, x->actor->team);
	(void)write_put(&w, &p);
	err = record_commit(x, &w, &result, why);
	return err ? err : directory_refresh(c->node->directory, why);
}

int cmd_team_contact(struct cmd *c, struct ctx *x)
{
	const char *team = NULL, *name = NULL, *id = NULL;
	const struct cmd_option options[] = {{"--team", &team, NULL, NULL},
					     {"--name", &name, NULL, NULL},
					     {"--id", &id, NULL, NULL}};
	const struct directory_team *t;
	struct why why = {0};
	struct uuid uid;
	str type;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc || !team || !name || !id)
		return cmd_usage(c, "--team, --name and --id are needed");
	if (id_parse(str_c(id), &type, &uid) || !str_eq(type, STR("x-hikeshi-person")))
		return cmd_usage(c, "'%s' is no id of a person", id);
	t = directory_team_named(x->dir, str_c(team));
	if (!t || !t->peer)
		return cmd_usage(c, "'%s' is no team on another node", team);
	if (directory_person_uid(x->dir, uid) && directory_person_uid(x->dir, uid)->team != t->key)
		err = why_set(&why, ERR_CONFLICT, "that person is of another team here");
	else
		err = contact_put(c, x, t, uid, name, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}
