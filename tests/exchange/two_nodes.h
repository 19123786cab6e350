// SPDX-License-Identifier: Apache-2.0
/* two_nodes: two nodes in one process, each with the row of the other as its peer, on SQLite or
 * PostgreSQL; nothing is sent but what a test hands over. */
#ifndef TESTS_EXCHANGE_TWO_NODES_H
#define TESTS_EXCHANGE_TWO_NODES_H

#include "exchange/announce.h"
#include "exchange/link_internal.h"
#include "tests/team/node_fixture.h"

struct two {
	struct node_fixture f[2];
	struct actor actor[2];
	struct ctx c[2];
	struct peer peer[2]; /* how node i knows the other */
};

static inline struct digest node_key_of(struct node_fixture *f)
{
	struct own_node own = {0};
	struct digest d;

	OK(own_node_get(f->node, &f->a, &own, &why));
	memcpy(d.b, own.key.public.b, sizeof(d.b));
	return d;
}

static inline bool two_open(struct two *t, bool postgres)
{
	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < 2; i++) {
		if (!node_fixture_open(&t->f[i], postgres))
			return false;
		OK(own_keys_ensure(t->f[i].node, &t->f[i].a, NULL, &why));
		node_fixture_ctx(&t->f[i], 0, &t->actor[i], &t->c[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		t->peer[i] = (struct peer){.uid = uuid_new(),
					   .node = store_node_id(t->f[1 - i].node->store),
					   .url = STR("http://127.0.0.1:1"),
					   .name = STR("other"),
					   .node_key = node_key_of(&t->f[1 - i]),
					   .state = STR(LINK_ACTIVE),
					   .root = STR("/"),
					   .teams = STR("[]")};
		random_bytes(t->peer[i].token_in.b, sizeof(t->peer[i].token_in.b));
		OK(peer_put(t->f[i].node->store, &t->peer[i], 0, &t->peer[i].key, &why));
	}
	return true;
}

static inline void two_close(struct two *t)
{
	for (size_t i = 0; i < 2; i++) {
		if (t->c[i].dir)
			ctx_done(&t->c[i]);
		node_fixture_close(&t->f[i]);
	}
}

#define BOTH_TWO(name)                                                                             \
	static void name##_sqlite(void)                                                            \
	{                                                                                          \
		struct two t;                                                                      \
		if (two_open(&t, false))                                                           \
			name(&t);                                                                  \
		two_close(&t);                                                                     \
	}                                                                                          \
	static void name##_postgres(void)                                                          \
	{                                                                                          \
		struct two t;                                                                      \
		if (two_open(&t, true))                                                            \
			name(&t);                                                                  \
		two_close(&t);                                                                     \
	}

/* What `from` says of its teams, applied at the other; the error it gives. */
static inline enum err tell(struct two *t, size_t from, struct digest node_key, bool direct,
			    struct why *why)
{
	struct ctx *to = &t->c[1 - from];
	struct announced *teams = NULL;
	struct json said;
	size_t n = 0;

	OK(announce_own(t->f[from].node, to->arena, &said, &why));
	OK(announce_parse(to, &said, &teams, &n, &why));
	CHECK(n == 2);
	return announce_apply(to, t->peer[1 - from].key, node_key, direct, teams, n, why);
}

#endif
