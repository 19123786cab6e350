// SPDX-License-Identifier: Apache-2.0
#include "team/others.h"

#include <stdarg.h>

#include "base/clock.h"
#include "store/words.h"
#include "team/account_internal.h"
#include "team/hub.h"

/* ---- as words ---- */

static bool number(str *rest, int64_t *ret)
{
	str word;

	return str_split(rest, ' ', &word) && str_i64(word, ret) == ERR_OK;
}

static bool id(str *rest, struct uuid *ret)
{
	str word;

	return str_split(rest, ' ', &word) && uuid_parse(word, ret) == ERR_OK;
}

static str uuid_str(char text[UUID_TEXT], struct uuid u)
{
	uuid_text(u, text);
	return (str){text, UUID_TEXT};
}

static void say(struct node *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct node *n, const char *fmt, ...)
{
	char text[STORE_WORD_MAX + 1];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len > 0 && (size_t)len < sizeof(text))
		store_word(n->store, (str){text, (size_t)len});
}

/* ---- presence ---- */

static void present_here(struct node *n, const struct present *x, int64_t label, struct uuid uid,
			 int32_t type)
{
	if (presence_set(n->presence, x))
		hub_present(n->hub, x->team, label, uid, word_text(n->store, type));
}

void others_present(struct node *n, const struct present *x, int64_t label, struct uuid uid,
		    int32_t type)
{
	char text[UUID_TEXT];

	present_here(n, x, label, uid, type);
	say(n, "present %lld %lld %lld %d %lld %d %.*s", (long long)x->record, (long long)x->team,
	    (long long)x->account, (int)x->state, (long long)label, (int)type,
	    STR_ARG(uuid_str(text, uid)));
}

/* By this machine's clock: two of one node may differ. */
static void hear_present(struct node *n, str rest)
{
	struct present x = {.seen_us = clock_now_us()};
	int64_t state, label, type;
	struct uuid uid;

	if (!number(&rest, &x.record) || !number(&rest, &x.team) || !number(&rest, &x.account) ||
	    !number(&rest, &state) || !number(&rest, &label) || !number(&rest, &type) ||
	    !id(&rest, &uid) || state < PRESENCE_GONE || state > PRESENCE_WRITING || type < 0 ||
	    type > INT32_MAX)
		return;
	x.state = (enum presence_state)state;
	present_here(n, &x, label, uid, (int32_t)type);
}

/* ---- streams ---- */

void others_drop_account(struct node *n, int64_t account)
{
	if (n->hub)
		hub_drop_account(n->hub, account);
	say(n, "drop %lld", (long long)account);
}

static void hear_drop(struct node *n, str rest)
{
	int64_t account;

	if (number(&rest, &account))
		hub_drop_account(n->hub, account);
}

void others_notify_team(struct node *n, int64_t team, const char *event, struct uuid uid, str type)
{
	char text[UUID_TEXT];

	hub_notify_team(n->hub, team, event, uid, type);
	say(n, "notify %lld %.*s %s %.*s", (long long)team, STR_ARG(uuid_str(text, uid)), event,
	    STR_ARG(type));
}

static void hear_notify(struct node *n, str rest)
{
	struct uuid uid;
	int64_t team;
	str event;
	char name[64];

	if (!number(&rest, &team) || !id(&rest, &uid) || !str_split(&rest, ' ', &event) ||
	    !event.n || event.n >= sizeof(name) || !rest.n)
		return;
	memcpy(name, event.p, event.n);
	name[event.n] = 0;
	hub_notify_team(n->hub, team, name, uid, rest);
}

/* ---- attempts to sign in ---- */

void others_tried(struct node *n, unsigned i, uint64_t hash, bool given)
{
	say(n, "%s %u %lld", given ? "right" : "tried", i, (long long)(hash >> 1));
}

static void hear_tried(struct node *n, str rest, bool given)
{
	int64_t i, hash;

	if (number(&rest, &i) && number(&rest, &hash) && i >= 0 && hash >= 0)
		account_hear(n->accounts, (unsigned)(i & 0xff), (uint64_t)hash << 1, given);
}

/* ---- hearing ---- */

static void hear(void *ctx, str word)
{
	struct node *n = ctx;
	str kind;

	if (!str_split(&word, ' ', &kind))
		return;
	if (str_eq(kind, STR("present")))
		hear_present(n, word);
	else if (str_eq(kind, STR("drop")))
		hear_drop(n, word);
	else if (str_eq(kind, STR("notify")))
		hear_notify(n, word);
	else if (str_eq(kind, STR("tried")))
		hear_tried(n, word, false);
	else if (str_eq(kind, STR("right")))
		hear_tried(n, word, true);
}

void others_listen(struct node *n)
{
	store_on_word(n->store, hear, n);
}
