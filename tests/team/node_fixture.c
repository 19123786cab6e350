// SPDX-License-Identifier: Apache-2.0
#include "tests/team/node_fixture.h"

#include <unistd.h>

#include "base/file.h"
#include "tests/store/pg.h"

static bool fine(enum err err, const struct why *why)
{
	if (err)
		printf("# fixture: %s: %s\n", err_name(err), why->text);
	CHECK(err == ERR_OK);
	return err == ERR_OK;
}

static enum err make_store(struct node_fixture *f, struct why *why)
{
	struct store_options o = {.data_dir = f->dir, .url = f->url[0] ? f->url : NULL};
	str config = f->url[0] ? arena_printf(&f->a, "language = ja\nstore = %s\n", f->url)
			       : STR("language = ja\n");
	str path = arena_printf(&f->a, "%s/config", f->dir);
	enum err err = store_create(&o, why);

	return err ? err : file_replace(path.p, config, 0600, why);
}

static enum err make_teams(struct node_fixture *f, struct ctx *c, struct why *why)
{
	static const struct {
		const char *name, *name_ja, *short_name, *domain, *cidr;
	} rows[2] = {{"Aoi CSIRT", "葵CSIRT", "aoi", "aoi.example", "192.0.2.0/24"},
		     {"Beni CSIRT", "紅CSIRT", "beni", "beni.example", "198.51.100.0/24"}};
	enum err err = ERR_OK;
	char u[UUID_TEXT];

	for (size_t i = 0; i < 2 && !err; i++) {
		str domain = str_c(rows[i].domain), cidr = str_c(rows[i].cidr);
		struct team_spec t = {.name = str_c(rows[i].name),
				      .name_ja = str_c(rows[i].name_ja),
				      .short_name = str_c(rows[i].short_name),
				      .country = STR("JP"),
				      .language = STR("ja"),
				      .domains = &domain,
				      .n_domains = 1,
				      .cidrs = &cidr,
				      .n_cidrs = 1};

		err = team_add(c, &t, &f->team_uid[i], &f->team[i], why);
	}
	if (err)
		return err;
	uuid_text(f->team_uid[0], u);
	return setting_set(f->node->store, STR("home_team"),
			   arena_printf(&f->a, "\"x-hikeshi-team--%.*s\"", UUID_TEXT, u), 0, why);
}

static enum err make_people(struct node_fixture *f, struct ctx *c, struct why *why)
{
	static const char *const hosts[2] = {"aoi.example", "beni.example"};
	enum err err = circle_add(c, STR("Harbour"), STR("Both teams"), TLP_AMBER, f->team_uid, 2,
				  &f->circle, why);

	for (size_t i = 0; i < 2 && !err; i++) {
		err = account_create(c, f->team[i], arena_printf(&f->a, "lead%zu@%s", i, hosts[i]),
				     STR("責任者"), STR("lead"), STR("ja"), STR_NULL, &f->lead[i],
				     why);
		if (!err)
			err = account_create(c, f->team[i],
					     arena_printf(&f->a, "analyst%zu@%s", i, hosts[i]),
					     STR("Analyst"), STR("analyst"), STR("en"), STR_NULL,
					     &f->analyst[i], why);
	}
	return err;
}

static enum err as_node(struct node_fixture *f,
			enum err (*make)(struct node_fixture *f, struct ctx *c, struct why *why),
			struct why *why)
{
	struct actor actor = node_actor(f->node, 0);
	struct ctx c;
	enum err err;

	ctx_init(&c, f->node, &f->a, &actor);
	err = make(f, &c, why);
	ctx_done(&c);
	return err;
}

bool node_fixture_open(struct node_fixture *f, bool postgres)
{
	struct why why = {0};

	memset(f, 0, sizeof(*f));
	arena_init(&f->a, 0);
	if (postgres && !pg_database(f->url, sizeof(f->url))) {
		CHECK_SKIP("PostgreSQL is not installed, or does not start");
		return false;
	}
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/hikeshi-test-XXXXXX");
	if (!mkdtemp(f->dir))
		abort();
	return fine(make_store(f, &why), &why) && fine(node_open(f->dir, &f->node, &why), &why) &&
	       fine(as_node(f, make_teams, &why), &why) && node_fixture_reopen(f) &&
	       fine(as_node(f, make_people, &why), &why);
}

bool node_fixture_reopen(struct node_fixture *f)
{
	struct why why = {0};

	node_close(f->node);
	f->node = NULL;
	return fine(node_open(f->dir, &f->node, &why), &why);
}

void node_fixture_close(struct node_fixture *f)
{
	char command[128];

	node_close(f->node);
	arena_done(&f->a);
	if (!f->dir[0])
		return;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	if (system(command) != 0)
		printf("# cannot remove %s\n", f->dir);
}

void node_fixture_ctx(struct node_fixture *f, int64_t account, struct actor *actor, struct ctx *c)
{
	struct why why = {0};

	*actor = node_actor(f->node, 0);
	if (account)
		(void)fine(node_account_actor(f->node, &f->a, account, actor, &why), &why);
	ctx_init(c, f->node, &f->a, actor);
}

struct json node_fixture_json(struct node_fixture *f, const char *text)
{
	char *t = arena_cstr(&f->a, str_c(text));
	struct why why = {0};
	struct json v = {0};

	for (char *p = t; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	(void)fine(json_parse(&f->a, str_c(t), NULL, &v, &why), &why);
	return v;
}

static const char *source_dir(void)
{
	const char *s = getenv("HIKESHI_SOURCE");

	return s ? s : ".";
}

const char *node_fixture_data(struct node_fixture *f, const char *name)
{
	return arena_printf(&f->a, "%s/tests/data/%s", source_dir(), name).p;
}

const char *node_fixture_corpus(struct node_fixture *f, const char *path)
{
	const char *env = getenv("HIKESHI_CORPUS");
	const char *p = env ? arena_printf(&f->a, "%s/%s", env, path).p
			    : arena_printf(&f->a, "%s/../shared/data/%s", source_dir(), path).p;

	return access(p, R_OK) == 0 ? p : NULL;
}
