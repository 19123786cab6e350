// SPDX-License-Identifier: Apache-2.0
#include "team/node.h"

#include <errno.h>

#include "base/file.h"
#include "store/peers.h"
#include "team/account.h"
#include "team/directory.h"
#include "team/hub.h"
#include "team/others.h"
#include "team/presence.h"
#include "team/throttle.h"

#define CONFIG_BYTES (64 * 1024)
#define HELLO_BURST 10                 /* attempts to use an invitation from one network ... */
#define HELLO_EVERY_US (30 * US_PER_S) /* ... and one more after so long */

/* ---- settings: "key = value" lines, '#' comments, "[section]" prefixes the key with "section."
 * ---- */

static void set_text(char **slot, str v)
{
	mem_free(*slot);
	*slot = mem_cstr(v);
}

static void set_str(str *slot, str v)
{
	mem_free((void *)(uintptr_t)slot->p);
	*slot = str_c(mem_cstr(v));
}

static enum err set_number(int64_t *slot, int64_t unit, str v, str key, struct why *why)
{
	uint64_t n;

	if (str_u64(v, &n) || n > INT32_MAX)
		return why_set(why, ERR_INVALID, "setting '%.*s' is not a number: '%.*s'",
			       STR_ARG(key), STR_ARG(v));
	*slot = (int64_t)n * unit;
	return ERR_OK;
}

static enum err config_line(struct node_config *c, str key, str v, struct why *why)
{
	const struct {
		str key;
		char **text;
		str *s;
	} texts[] = {
	    {STR_INIT("url"), &c->url, NULL},
	    {STR_INIT("name"), &c->name, NULL},
	    {STR_INIT("language"), &c->language, NULL},
	    {STR_INIT("warninglists"), &c->warninglists, NULL},
	    {STR_INIT("mail.url"), NULL, &c->mail.url},
	    {STR_INIT("mail.user"), NULL, &c->mail.user},
	    {STR_INIT("mail.password"), NULL, &c->mail.password},
	    {STR_INIT("mail.from"), NULL, &c->mail.from},
	    {STR_INIT("mail.from_name"), NULL, &c->mail.from_name},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (!str_eq(key, texts[i].key))
			continue;
		if (texts[i].text)
			set_text(texts[i].text, v);
		else
			set_str(texts[i].s, v);
		return ERR_OK;
	}
	if (str_eq(key, STR("mail.starttls"))) {
		c->mail.starttls = str_ieq(v, STR("yes")) || str_ieq(v, STR("true"));
		return ERR_OK;
	}
	if (str_eq(key, STR("tls"))) {
		c->tls_own = str_eq(v, STR("own"));
		return c->tls_own || str_eq(v, STR("no"))
			   ? ERR_OK
			   : why_set(why, ERR_INVALID, "setting 'tls' is 'own' or 'no': '%.*s'",
				     STR_ARG(v));
	}
	if (str_eq(key, STR("session.idle_minutes")))
		return set_number(&c->session_idle_us, 60 * US_PER_S, v, key, why);
	if (str_eq(key, STR("session.max_hours")))
		return set_number(&c->session_max_us, 3600 * US_PER_S, v, key, why);
	if (str_eq(key, STR("session.confirm_seconds")))
		return set_number(&c->confirm_us, US_PER_S, v, key, why);
	if (str_eq(key, STR("upload_mib")))
		return set_number(&c->upload_bytes, 1024 * 1024, v, key, why);
	if (str_eq(key, STR("store")))
		return ERR_OK; /* read by the store */
	return why_set(why, ERR_INVALID, "unknown setting '%.*s': see docs/settings.md",
		       STR_ARG(key));
}

struct node_config node_config_default(void)
{
	return (struct node_config){
	    .session_idle_us = 30 * 60 * US_PER_S,
	    .session_max_us = INT64_C(12) * 3600 * US_PER_S,
	    .confirm_us = INT64_C(1800) * US_PER_S, /* as long as a session may be idle */
	    .upload_bytes = INT64_C(2) << 30,
	};
}

void node_config_done(struct node_config *c)
{
	mem_free(c->url);
	mem_free(c->name);
	mem_free(c->language);
	mem_free(c->warninglists);
	str *const strs[] = {&c->mail.url, &c->mail.user, &c->mail.password, &c->mail.from,
			     &c->mail.from_name};

	for (size_t i = 0; i < ARRAY_LEN(strs); i++)
		mem_free((void *)(uintptr_t)strs[i]->p);
	*c = (struct node_config){0};
}

static enum err config_parse(struct node_config *c, str text, struct why *why)
{
	str line, section = STR_NULL;
	ARENA(a, 0);

	while (str_split(&text, '\n', &line)) {
		str key, value;
		enum err err;

		line = str_trim(line);
		if (!line.n || line.p[0] == '#' || line.p[0] == ';')
			continue;
		if (line.p[0] == '[' && line.p[line.n - 1] == ']') {
			section = str_slice(line, 1, line.n - 2);
			continue;
		}
		value = line;
		if (!str_split(&value, '=', &key) || !value.p)
			return why_set(why, ERR_INVALID,
				       "line '%.*s' of the configuration is not 'key = value'",
				       STR_ARG(line));
		key = str_trim(key);
		if (section.n)
			key = arena_printf(&a, "%.*s.%.*s", STR_ARG(section), STR_ARG(key));
		err = config_line(c, key, str_trim(value), why);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* Reads into a fresh struct and puts it over *ret only when all is well. */
static enum err config_replace(const char *data_dir, struct node_config *ret, struct why *why)
{
	struct node_config c = node_config_default();
	char path[4096];
	BUF(text);
	enum err err;

	c.language = mem_cstr(STR("ja"));
	(void)snprintf(path, sizeof(path), "%s/config", data_dir);
	err = file_read(path, CONFIG_BYTES, &text, why);
	if (!err)
		err = config_parse(&c, buf_str(&text), why);
	if (err) {
		node_config_done(&c);
		return err;
	}
	node_config_done(ret);
	*ret = c;
	return ERR_OK;
}

enum err node_config_read(const char *data_dir, struct node_config *ret, struct why *why)
{
	*ret = (struct node_config){0};
	return config_replace(data_dir, ret, why);
}

/* ---- the node ---- */

static void on_change(void *ctx, const struct change *changes, size_t n)
{
	struct node *node = ctx;

	hub_publish(node->hub, changes, n);
}

static enum err home_team(struct node *n, struct why *why)
{
	ARENA(a, 0);
	str json;
	struct uuid uid;
	struct json v;
	str type;
	struct why none = {0};
	enum err err = setting_get(n->store, &a, STR("home_team"), &json, &none);

	if (err == ERR_NOTFOUND)
		return ERR_OK; /* being made right now */
	if (err)
		return why_set(why, err, "%s", none.text);
	err = json_parse(&a, json, NULL, &v, why);
	if (!err && id_parse(json_str(&v), &type, &uid) == ERR_OK)
		n->home_team = principal_find(n->store, PRINCIPAL_TEAM, uid);
	return err;
}

static enum err node_parts(struct node *n, const char *data_dir, struct why *why)
{
	struct store_options o = {.data_dir = data_dir};
	size_t skipped = 0;
	enum err err = config_replace(data_dir, &n->config, why);

	if (err == ERR_NOTFOUND)
		return why_field(why, ERR_NOTFOUND, "no_node", NULL,
				 "there is no node in the data directory: make one with 'hikeshi "
				 "init' or name another with --data",
				 NULL);
	if (!err)
		err = store_open(&o, &n->store, why);
	if (!err)
		err = catalog_load(NULL, &n->catalog, why);
	if (!err)
		err = catalog_bind(n->catalog, n->store, why);
	if (!err)
		err = wellknown_load(catalog_list(n->catalog, STR("wellknown")),
				     n->config.warninglists, &n->wellknown, &skipped, why);
	if (err)
		return err;
	n->policy = policy_new(n->store);
	n->accounts = accounts_new();
	n->strangers = throttle_new(HELLO_BURST, HELLO_EVERY_US, 4096);
	n->intel =
	    (struct intel){.store = n->store, .catalog = n->catalog, .wellknown = n->wellknown};
	err = directory_new(n, &n->directory, why);
	if (!err)
		err = home_team(n, why);
	if (!err)
		err = node_sort_fill(n, why);
	if (!err)
		n->hub = hub_new(n);
	n->presence = presence_new();
	return err;
}

enum err node_open(const char *data_dir, struct node **ret, struct why *why)
{
	struct node *n = mem_alloc(sizeof(*n));
	enum err err;

	err = node_parts(n, data_dir, why);

	if (err) {
		node_close(n);
		return err;
	}
	store_on_change(n->store, on_change, n);
	others_listen(n);
	*ret = n;
	return ERR_OK;
}

void node_close(struct node *n)
{
	if (!n)
		return;
	/* first: its threads tell the hub what changed */
	store_close(n->store);
	hub_free(n->hub);
	presence_free(n->presence);
	accounts_free(n->accounts);
	throttle_free(n->strangers);
	mem_free(n->tls.cert);
	if (n->tls.key)
		secret_wipe(n->tls.key, strlen(n->tls.key));
	mem_free(n->tls.key);
	directory_free(n->directory);
	policy_free(n->policy);
	wellknown_free(n->wellknown);
	catalog_free(n->catalog);
	node_config_done(&n->config);
	mem_free(n);
}

enum err node_reload(struct node *n, struct why *why)
{
	/* the address it listens on stays where the configuration names none */
	char *url = n->config.url ? mem_cstr(str_c(n->config.url)) : NULL;
	enum err err = config_replace(store_data_dir(n->store), &n->config, why);

	if (!err && !n->config.url)
		n->config.url = url;
	else
		mem_free(url);
	return err;
}

struct actor node_actor(const struct node *n, int64_t team)
{
	return (struct actor){.team = team ? team : n->home_team,
			      .role = ROLE_ADMINISTRATOR,
			      .node = true,
			      .scopes = SCOPE_ALL,
			      .language = str_c(n->config.language)};
}

/* The people of a team that has moved away, or is about to, are told where to go. */
static enum err works_here(struct node *n, struct arena *a, int64_t team, struct why *why)
{
	const struct directory_view *v = directory_get(n->directory);
	const struct directory_team *t = directory_team(v, team);
	int64_t via = t ? t->peer : 0;
	struct peer p;

	directory_put(n->directory, v);
	if (!via)
		return ERR_OK;
	if (via > 0 && peer_get(n->store, a, via, &p, NULL) == ERR_OK)
		return why_field(
		    why, ERR_UNAUTHENTICATED, "team_moved", NULL,
		    arena_printf(a, "your team has moved: sign in at %.*s", STR_ARG(p.url)).p,
		    arena_printf(a, "チームは移転しました。%.*s でサインインしてください",
				 STR_ARG(p.url))
			.p);
	return why_field(
	    why, ERR_UNAUTHENTICATED, "team_moved", NULL,
	    "your team is moving to another node: its people say from when on you sign in there",
	    "チームは別のノードへ移転中です。新しいノードでのサインイン開始は、"
	    "チームの担当者に確認してください");
}

enum err node_account_actor(struct node *n, struct arena *a, int64_t account, struct actor *ret,
			    struct why *why)
{
	struct account acc = {0};
	enum err err = account_get(n->store, a, &account, 1, &acc, why);

	if (err && err != ERR_NOTFOUND)
		return err;
	if (err || !acc.key || acc.disabled)
		return why_field(why, ERR_UNAUTHENTICATED, "no_account", NULL,
				 "this account is not active", "このアカウントは無効です");
	err = works_here(n, a, acc.team, why);
	if (err)
		return err;
	*ret = (struct actor){.account = acc.key,
			      .person = acc.person,
			      .team = acc.team,
			      .home = acc.team == n->home_team,
			      .role = role_parse(acc.role),
			      .scopes = SCOPE_ALL,
			      .language = acc.language,
			      .email = acc.email,
			      .name = acc.name};
	return ERR_OK;
}
