// SPDX-License-Identifier: Apache-2.0
/* receipt: verifies with public keys alone; nothing in it can be another; what it opens is the
 * entry that the journal wrote. */
#include "exchange/receipt.h"

#include "base/merkle.h"
#include "exchange/wire_internal.h"
#include "store/journal_internal.h"
#include "tests/check.h"
#include "tests/exchange/world.h"

#define T0 INT64_C(1700000000000000)
#define TARGET "x-hikeshi-warning--3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"

struct made {
	struct ed25519_secret root, online, node;
	struct key_object key;
	struct json key_json;
	const struct json *keys[1];
	struct receipt r;
};

static void remake(struct arena *a, struct made *m)
{
	struct digest leaves[9], *path;

	for (size_t i = 0; i < 9; i++)
		leaves[i] = merkle_leaf(arena_printf(a, "other entry %zu", i));
	leaves[5] = receipt_leaf(a, &m->r);
	const struct journal_checkpoint c = {m->key.node, m->r.epoch, 9, merkle_root(leaves, 9)};

	merkle_path(a, leaves, 9, 5, &path, &m->r.n_path);
	m->r.path = path;
	m->r.checkpoint = checkpoint_sign(a, &c, &m->node);
}

static void make(struct arena *a, struct made *m)
{
	const struct age_identity age = {{7}};

	memset(m, 0, sizeof(*m));
	m->root = ed25519_new(), m->online = ed25519_new(), m->node = ed25519_new();
	m->key = (struct key_object){.created_us = T0,
				     .team = uuid_of(1),
				     .node = uuid_of(2),
				     .n = 1,
				     .root = m->root.public,
				     .online = m->online.public,
				     .node_key = m->node.public,
				     .age = age_recipient_of(&age),
				     .ends_us = TIME_NONE,
				     .revoked_us = TIME_NONE};
	key_sign(a, &m->key, &m->root, &m->online);
	m->key_json = key_json(a, &m->key);
	m->keys[0] = &m->key_json;
	m->r = (struct receipt){.created_us = T0 + 2,
				.team = uuid_of(1),
				.kind = RECEIPT_ANSWERED,
				.target = STR(TARGET),
				.manifest = sha256(STR("manifest")),
				.rev = 3,
				.has_assessment = true,
				.assessment = sha256(STR("assessment")),
				.epoch = uuid_of(3),
				.seq = 5,
				.at_us = T0 + 1,
				.keys = m->keys,
				.n_keys = 1};
	random_bytes(&m->r.salt, sizeof(m->r.salt));
	random_bytes(&m->r.content_salt, sizeof(m->r.content_salt));
	remake(a, m);
}

static str text_of(struct arena *a, const struct receipt *r)
{
	struct json v = receipt_json(a, r);
	BUF(b);

	json_write(&b, &v);
	return arena_str(a, buf_str(&b));
}

static enum err verify(struct arena *a, const struct made *m, const struct receipt_root *roots,
		       size_t n, struct receipt_proof *p, struct why *why)
{
	struct receipt r;

	return receipt_verify_text(a, text_of(a, &m->r), roots, n, &r, p, why);
}

static void verifies_on_a_third_machine(void)
{
	ARENA(a, 0);
	struct made m;
	struct receipt_proof p;
	struct why why = {0};

	make(&a, &m);
	const struct receipt_root pinned = {uuid_of(1), m.root.public},
				  any = {{{0}}, m.root.public},
				  other = {uuid_of(1), m.online.public},
				  elsewhere = {uuid_of(9), m.online.public};
	CHECK(verify(&a, &m, NULL, 0, &p, &why) == ERR_OK && !p.pinned);
	CHECK(verify(&a, &m, &pinned, 1, &p, NULL) == ERR_OK && p.pinned);
	CHECK(p.checkpoint.size == 9 && uuid_eq(p.checkpoint.node, uuid_of(2)));
	CHECK(digest_eq(p.fingerprint, key_fingerprint(uuid_of(1), &m.root.public)));
	CHECK(verify(&a, &m, &any, 1, &p, NULL) == ERR_OK && p.pinned);
	CHECK(verify(&a, &m, &elsewhere, 1, &p, NULL) == ERR_OK && !p.pinned);
	CHECK(verify(&a, &m, &other, 1, &p, &why) == ERR_DENIED);
	CHECK(str_eq(str_c(why.code), STR("unknown_key")));
}

static void any_changed_byte_is_refused(void)
{
	ARENA(a, 0);
	struct made m;
	struct receipt r;
	struct receipt_proof p;
	size_t tried = 0;

	make(&a, &m);
	const struct receipt_root pinned = {uuid_of(1), m.root.public};
	str text = text_of(&a, &m.r);
	char *at = (char *)text.p;
	struct json v;

	for (size_t i = 0; i < text.n; i += 2) {
		ARENA(b, 0);

		at[i] ^= 1;
		if (!json_parse(&b, text, NULL, &v, NULL)) {
			tried++;
			if (!receipt_verify_text(&b, text, &pinned, 1, &r, &p, NULL)) {
				/* only when it was made is not proved by anything */
				CHECK(r.created_us != m.r.created_us);
			}
		}
		at[i] ^= 1;
	}
	CHECK(tried > 1000);
}

/* The node wrote something else, and signed that. */
static void what_the_journal_does_not_hold_is_refused(void)
{
	ARENA(a, 0);
	struct made m;
	struct receipt_proof p;
	struct why why = {0};

	make(&a, &m);
	m.r.rev = 4;
	CHECK(verify(&a, &m, NULL, 0, &p, &why) == ERR_INVALID);
	CHECK(str_starts(str_c(why.text), STR("the journal at this checkpoint")));
	make(&a, &m);
	m.node = ed25519_new();
	remake(&a, &m);
	CHECK(verify(&a, &m, NULL, 0, &p, NULL) == ERR_INVALID);
	make(&a, &m);
	m.r.epoch = uuid_of(4);
	CHECK(verify(&a, &m, NULL, 0, &p, NULL) == ERR_INVALID);
}

static void keys_that_ended_or_were_revoked(void)
{
	ARENA(a, 0);
	struct made m;
	struct receipt_proof p;
	struct key_object end;
	struct json v;
	const struct json *more = &v;
	struct why why = {0};

	make(&a, &m);
	end = m.key;
	end.n = 2, end.has_prev = true, end.prev = key_hash(&a, &m.key);
	end.ends_us = T0 + 1;
	key_sign(&a, &end, &m.root, NULL);
	v = key_json(&a, &end);
	CHECK(receipt_verify(&a, &m.r, NULL, 0, &more, 1, TIME_NONE, &p, NULL) == ERR_OK);
	m.r.at_us = T0 + 2; /* entered after the end */
	remake(&a, &m);
	CHECK(receipt_verify(&a, &m.r, NULL, 0, &more, 1, TIME_NONE, &p, NULL) == ERR_DENIED);
	end.ends_us = TIME_NONE, end.revoked_us = T0 + 100;
	key_sign(&a, &end, &m.root, NULL);
	v = key_json(&a, &end);
	CHECK(receipt_verify(&a, &m.r, NULL, 0, &more, 1, TIME_NONE, &p, &why) == ERR_DENIED);
	CHECK(str_eq(str_c(why.code), STR("revoked_key")));
	CHECK(receipt_verify(&a, &m.r, NULL, 0, &more, 1, T0 + 99, &p, NULL) == ERR_OK);
	CHECK(receipt_verify(&a, &m.r, NULL, 0, &more, 1, T0 + 100, &p, NULL) == ERR_DENIED);
}

/* The leaf that the store writes for such an entry is the leaf that the receipt opens. */
static void the_entry_is_the_journals(void)
{
	ARENA(a, 0);
	struct made m;
	struct uuid subject;
	str type;

	make(&a, &m);
	for (int k = RECEIPT_RECEIVED; k <= RECEIPT_WITHDRAWAL_APPLIED; k++) {
		m.r.kind = (enum receipt_kind)k;
		m.r.has_assessment = k == RECEIPT_ANSWERED;
		must(id_parse(m.r.target, &type, &subject) == ERR_OK, "id");
		struct journal_entry e = {.seq = m.r.seq,
					  .at_us = m.r.at_us,
					  .kind = receipt_kind_name(m.r.kind),
					  .subject = subject,
					  .content = receipt_content(&a, &m.r),
					  .n = 1};

		memcpy(e.salt, &m.r.salt, 16);
		memcpy(e.salt2, &m.r.content_salt, 16);
		CHECK(digest_eq(journal_leaf(&e, m.r.epoch, m.r.team), receipt_leaf(&a, &m.r)));
	}
}

static void an_unknown_v_is_refused(void)
{
	ARENA(a, 0);
	struct made m;
	struct json v;
	struct receipt r;
	struct why why = {0};

	make(&a, &m);
	v = receipt_json(&a, &m.r);
	wire_set(&a, &v, "v", json_from_i64(&a, 2));
	CHECK(receipt_parse(&a, &v, &r, &why) == ERR_INVALID);
	CHECK(str_eq(str_c(why.text), STR("unknown v of 'x-hikeshi-receipt'")));
}

RUN_TESTS({"verifies on a third machine", verifies_on_a_third_machine},
	  {"any changed byte is refused", any_changed_byte_is_refused},
	  {"what the journal does not hold is refused", what_the_journal_does_not_hold_is_refused},
	  {"keys that ended or were revoked", keys_that_ended_or_were_revoked},
	  {"the entry is the journal's", the_entry_is_the_journals},
	  {"an unknown v is refused", an_unknown_v_is_refused})
