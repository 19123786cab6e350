// SPDX-License-Identifier: Apache-2.0
/* What several commands need: teams, circles and accounts by name, rows of output. */
#include "main/cmd.h"
#include "team/account.h"

bool cmd_verb(struct cmd *c, const char *word)
{
	if (!c->argc || strcmp(c->argv[0], word) != 0)
		return false;
	c->argc--;
	c->argv++;
	return true;
}

void cmd_row(struct cmd *c, struct buf *b)
{
	buf_add_char(b, '\n');
	cmd_out(c, buf_str(b));
}

void cmd_id(struct cmd *c, str id)
{
	if (c->json)
		cmd_print(c, "{\"id\":\"%.*s\"}\n", STR_ARG(id));
	else
		cmd_print(c, "%.*s\n", STR_ARG(id));
}

bool cmd_team(struct cmd *c, const struct directory_view *dir, const char *text, int64_t *ret)
{
	const struct directory_team *t;

	*ret = c->node->home_team;
	if (!text)
		return true;
	t = directory_team_named(dir, str_c(text));
	if (!t) {
		cmd_note(c, "hikeshi: %s: there is no team '%s': see 'hikeshi team list'\n",
			 c->name, text);
		return false;
	}
	*ret = t->key;
	return true;
}

int cmd_with_ctx(struct cmd *c, int (*fn)(struct cmd *c, struct ctx *x))
{
	struct actor actor;
	struct ctx x;
	int status;

	cmd_ctx(c, &x, &actor, 0);
	status = fn(c, &x);
	ctx_done(&x);
	return status;
}

enum err cmd_account(struct cmd *c, const char *email, struct account *ret, struct why *why)
{
	str text;
	enum err err = account_email(&c->arena, str_c(email), &text, why);

	if (!err)
		err = account_by_email(c->node->store, &c->arena, text, ret, why);
	if (err == ERR_NOTFOUND) {
		*why = (struct why){0};
		return why_set(why, ERR_NOTFOUND,
			       "there is no account '%s': see 'hikeshi user list'", email);
	}
	return err;
}

bool cmd_circle_named(struct cmd *c, const char *text, const struct directory_view *dir,
		      struct uuid *ret)
{
	const struct directory_circle *found = NULL;
	str type;

	if (id_parse(str_c(text), &type, ret) == ERR_OK)
		return true;
	for (size_t i = 0; i < dir->n_circles; i++)
		if (str_eq(dir->circles[i].title, str_c(text)))
			found = &dir->circles[i];
	if (!found) {
		cmd_note(c, "hikeshi: %s: there is no circle '%s': see 'hikeshi circle list'\n",
			 c->name, text);
		return false;
	}
	*ret = found->uid;
	return true;
}
