// SPDX-License-Identifier: Apache-2.0
#include "team/settings.h"

#include "team/record_internal.h"

enum kind { TEXT, NUMBER, FLAG, SECRET };
struct setting {
	str key;
	enum kind kind;
	str text, text_default;
	int64_t number, number_default;
	bool flag;
};

/* An address without a user and a password before its host. */
static str bare_url(struct ctx *c, str url)
{
	ptrdiff_t scheme = str_find(url, STR("://")), at = str_rfind_char(url, '@');

	if (scheme < 0 || at < scheme)
		return url;
	return arena_printf(c->arena, "%.*s://%.*s", (int)scheme, url.p,
			    STR_ARG(str_from(url, (size_t)at + 1)));
}

static void setting_json(const struct setting *s, struct json_out *o)
{
	bool changed = false;

	jo_object(o);
	jo_kstr(o, "key", s->key);
	jo_kbool(o, "secret", s->kind == SECRET);
	switch (s->kind) {
	case TEXT:
		changed = !str_eq(s->text, s->text_default);
		jo_kstr(o, "value", s->text);
		jo_kstr(o, "default", s->text_default);
		break;
	case NUMBER:
		changed = s->number != s->number_default;
		jo_ki64(o, "value", s->number);
		jo_ki64(o, "default", s->number_default);
		break;
	case FLAG:
		changed = s->flag;
		jo_kbool(o, "value", s->flag);
		jo_kbool(o, "default", false);
		break;
	case SECRET: /* only whether there is one */
		changed = s->text.n > 0;
		jo_kc(o, "value", NULL);
		jo_kc(o, "default", NULL);
		break;
	}
	jo_kbool(o, "changed", changed);
	jo_end(o);
}

enum err node_settings_json(struct ctx *c, struct json_out *o, struct why *why)
{
	const struct node_config *g = &c->node->config;
	const struct node_config d = node_config_default();
	const int64_t minute = 60 * US_PER_S, hour = 60 * minute, mib = 1024 * 1024;
	enum err err = verdict_err(policy_node(c->actor, "settings"), why); /* gate */
	const struct setting rows[] = {
	    {.key = STR("name"), .text = str_c(g->name)},
	    {.key = STR("url"), .text = str_c(g->url)},
	    {.key = STR("tls"),
	     .text = g->tls_own ? STR("own") : STR("no"),
	     .text_default = STR("no")},
	    {.key = STR("language"), .text = str_c(g->language), .text_default = STR("ja")},
	    {.key = STR("store"),
	     .text = store_is_postgres(c->node->store) ? STR("postgresql") : STR("sqlite"),
	     .text_default = STR("sqlite")},
	    {.key = STR("mail.url"), .text = bare_url(c, g->mail.url)},
	    {.key = STR("mail.user"), .text = g->mail.user},
	    {.key = STR("mail.password"), .kind = SECRET, .text = g->mail.password},
	    {.key = STR("mail.from"), .text = g->mail.from},
	    {.key = STR("mail.from_name"), .text = g->mail.from_name},
	    {.key = STR("mail.starttls"), .kind = FLAG, .flag = g->mail.starttls},
	    {.key = STR("session.idle_minutes"),
	     .kind = NUMBER,
	     .number = g->session_idle_us / minute,
	     .number_default = d.session_idle_us / minute},
	    {.key = STR("session.max_hours"),
	     .kind = NUMBER,
	     .number = g->session_max_us / hour,
	     .number_default = d.session_max_us / hour},
	    {.key = STR("session.confirm_seconds"),
	     .kind = NUMBER,
	     .number = g->confirm_us / US_PER_S,
	     .number_default = d.confirm_us / US_PER_S},
	    {.key = STR("upload_mib"),
	     .kind = NUMBER,
	     .number = g->upload_bytes / mib,
	     .number_default = d.upload_bytes / mib},
	    {.key = STR("warninglists"), .text = str_c(g->warninglists)},
	};

	if (err)
		return err;
	jo_array(o);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		setting_json(&rows[i], o);
	jo_end(o);
	return ERR_OK;
}
