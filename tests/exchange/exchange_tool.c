// SPDX-License-Identifier: Apache-2.0
/* exchange_tool: what our C says of tests/vectors/exchange.json, a line for each: section, index,
 * result as JSON; with --make what our C makes itself, as one document of the same sections.
 * tests/vectors/check_exchange.py compares and checks. */
#include "base/codec.h"
#include "base/file.h"
#include "exchange/circle.h"
#include "exchange/proof.h"
#include "exchange/seal.h"
#include "exchange/wire_internal.h"
#include "exchange/withdrawal.h"
#include "tests/exchange/world.h"

static struct json verdict(enum err err)
{
	return json_string(err ? STR("refused") : STR("ok"));
}

static struct json do_manifest_hash(struct arena *a, const struct json *v)
{
	struct manifest m = {0};
	struct digest d;

	if (manifest_parse(a, json_get_c(v, "manifest"), &m, NULL))
		return verdict(ERR_INVALID);
	d = manifest_hash(&m);
	return wire_json_hex(a, d.b, sizeof(d.b));
}

static struct json do_manifest(struct arena *a, const struct json *v)
{
	struct manifest m = {0};
	struct opened o = {0};
	enum err err = manifest_parse(a, json_get_c(v, "manifest"), &m, NULL);

	if (!err)
		err = open_parse(a, json_get_c(v, "open"), &o, NULL);
	return verdict(err ? err : manifest_check(a, &m, &o, json_get_c(v, "object"), NULL));
}

static struct json do_signature(struct arena *a, const struct json *v)
{
	struct signed_manifest s = {0};
	enum err err = signature_parse(a, json_get_c(v, "signature"), &s, NULL);

	return verdict(err ? err : signature_verify(a, NULL, &s, json_get_c(v, "object"), NULL));
}

static struct ed25519_public root_of(const struct json *v)
{
	struct ed25519_public root;

	must(wire_hex(v, "root", root.b, sizeof(root.b), NULL) == ERR_OK, "root");
	return root;
}

static struct uuid team_of(const struct json *v)
{
	struct uuid team;

	must(wire_uuid(v, "team", &team, NULL) == ERR_OK, "team");
	return team;
}

static struct json do_key(struct arena *a, const struct json *v)
{
	const struct json *keys = json_get_c(v, "keys");
	const struct json **p = arena_array(a, const struct json *, json_count(keys));
	struct ed25519_public root = root_of(v);
	struct key_chain c;

	for (size_t i = 0; i < json_count(keys); i++)
		p[i] = json_at(keys, i);
	return verdict(key_chain_build(a, team_of(v), &root, p, json_count(keys), &c, NULL));
}

static struct json do_fingerprint(struct arena *a, const struct json *v)
{
	struct ed25519_public root = root_of(v);
	struct digest d = key_fingerprint(team_of(v), &root);
	struct json o = json_object();

	wire_set(a, &o, "words", json_string(fingerprint_text(a, d)));
	wire_set(a, &o, "kana", json_string(fingerprint_kana(a, d)));
	wire_set(a, &o, "hex", json_string(fingerprint_hex(a, d)));
	return o;
}

static struct json do_receipt(struct arena *a, const struct json *v)
{
	const struct receipt_root root = {{{0}}, root_of(v)};
	struct receipt r = {0};
	struct receipt_proof p;
	enum err err = receipt_parse(a, json_get_c(v, "receipt"), &r, NULL);

	return verdict(err ? err : receipt_verify(a, &r, &root, 1, NULL, 0, TIME_NONE, &p, NULL));
}

static struct json do_proof(struct arena *a, const struct json *v)
{
	const struct receipt_root root = {{{0}}, root_of(v)};
	str kept = json_get_str(v, "kept");
	struct entry_proof p = {0};
	struct receipt_proof proof;
	enum err err = proof_parse(a, json_get_c(v, "proof"), &p, NULL);

	if (!err)
		err = proof_verify(a, &p, &root, 1, &proof, NULL);
	return verdict(err || !kept.n ? err : proof_kept(&p, &proof, kept, NULL));
}

static struct json do_sealed(struct arena *a, const struct json *v)
{
	struct age_identity id;
	struct sealed s = {0};
	struct json object = {0};
	const struct json *signatures = NULL;
	enum err err = seal_parse(a, json_get_c(v, "sealed"), &s, NULL);

	must(wire_hex(v, "identity", id.b, sizeof(id.b), NULL) == ERR_OK, "identity");
	if (!err)
		err = seal_open(a, &s, &id, 1, &object, &signatures, NULL);
	if (!err && (!json_eq(&object, json_get_c(v, "object")) ||
		     (int64_t)json_count(signatures) != json_get_i64(v, "signatures", 0)))
		err = ERR_INVALID;
	return verdict(err);
}

static struct json do_circle(struct arena *a, const struct json *v)
{
	struct circle_object c = {0};
	struct circle_member *m;
	size_t n;
	enum err err = circle_parse(a, json_get_c(v, "circle"), &c, NULL);

	return verdict(err ? err
			   : circle_members_parse(a, json_get_c(v, "members"), &c, &m, &n, NULL));
}

static struct json do_withdrawal(struct arena *a, const struct json *v)
{
	struct withdrawal w = {0};

	return verdict(withdrawal_parse(a, json_get_c(v, "withdrawal"), &w, NULL));
}

static const struct {
	const char *name;
	struct json (*fn)(struct arena *a, const struct json *v);
} sections[] = {
    {"manifest_hash", do_manifest_hash},
    {"manifest", do_manifest},
    {"signature", do_signature},
    {"key", do_key},
    {"fingerprint", do_fingerprint},
    {"receipt", do_receipt},
    {"proof", do_proof},
    {"sealed", do_sealed},
    {"circle", do_circle},
    {"withdrawal", do_withdrawal},
};

static void check_file(struct arena *a, const char *path)
{
	struct json v;
	BUF(text);
	BUF(line);

	must(file_read(path, 16 << 20, &text, NULL) == ERR_OK, path);
	must(json_parse(a, buf_str(&text), NULL, &v, NULL) == ERR_OK, path);
	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		const struct json *rows = json_get_c(&v, sections[s].name);

		for (size_t i = 0; i < json_count(rows); i++) {
			struct json r = sections[s].fn(a, json_at(rows, i));

			buf_clear(&line);
			json_write(&line, &r);
			printf("%s %zu %s\n", sections[s].name, i, buf_cstr(&line));
		}
	}
}

/* ---- making ---- */

static void add(struct arena *a, struct json *out, const char *section, struct json row)
{
	struct json list = json_array();

	if (json_get_c(out, section))
		list = *json_get_c(out, section);
	json_add(a, &list, row);
	wire_set(a, out, section, list);
}

static void make_signatures(struct arena *a, struct json *out)
{
	const struct audience_entry to[] = {to_team(7), to_circle(8, 3), to_person(9, 10),
					    to_everyone(), to_team(11)};
	struct json objects[2] = {parsed(a, WARNING), parsed(a, INDICATOR)};
	const struct ed25519_secret key = ed25519_new();
	struct digest h[3];
	struct signature sig[3];
	struct signed_manifest s[3];

	for (size_t i = 0; i < 3; i++) {
		s[i] = signed_by(a, 1, &objects[i % 2], to, i * 2);
		h[i] = s[i].hash;
	}
	signature_batch(a, &key, h, 3, sig);
	for (size_t i = 0; i < 3; i++) {
		struct json row = json_object();

		s[i].signature = sig[i];
		wire_set(a, &row, "signature", signature_json(a, &s[i]));
		wire_set(a, &row, "object", objects[i % 2]);
		add(a, out, "signature", row);
	}
}

static struct key_object make_key(struct arena *a, const struct ed25519_secret *root,
				  const struct ed25519_secret *node)
{
	const struct ed25519_secret online = ed25519_new();
	const struct age_identity age = age_identity_new();
	struct key_object k = {.team = uuid_of(1),
			       .node = uuid_of(2),
			       .n = 1,
			       .root = root->public,
			       .online = online.public,
			       .node_key = node->public,
			       .age = age_recipient_of(&age),
			       .ends_us = TIME_NONE,
			       .revoked_us = TIME_NONE};

	key_sign(a, &k, root, &online);
	return k;
}

static void make_receipt(struct arena *a, struct json *out)
{
	const struct ed25519_secret root = ed25519_new(), node = ed25519_new();
	struct key_object k = make_key(a, &root, &node);
	struct json key = key_json(a, &k), row = json_object(), keys = json_array();
	const struct json *p = &key;
	struct receipt r = {.team = k.team,
			    .kind = RECEIPT_RECEIVED,
			    .target = STR("indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"),
			    .rev = 9,
			    .epoch = uuid_of(4),
			    .keys = &p,
			    .n_keys = 1};
	struct journal_checkpoint c = {k.node, r.epoch, 1, {{0}}};

	random_bytes(&r.salt, sizeof(r.salt));
	random_bytes(&r.content_salt, sizeof(r.content_salt));
	c.root = receipt_leaf(a, &r); /* a tree of one */
	r.checkpoint = checkpoint_sign(a, &c, &node);
	wire_set(a, &row, "receipt", receipt_json(a, &r));
	wire_set(a, &row, "root", wire_json_hex(a, root.public.b, sizeof(root.public.b)));
	add(a, out, "receipt", row);
	json_add(a, &keys, key);
	row = json_object();
	wire_set(a, &row, "keys", keys);
	wire_set(a, &row, "team", wire_json_uuid(a, k.team));
	wire_set(a, &row, "root", wire_json_hex(a, root.public.b, sizeof(root.public.b)));
	add(a, out, "key", row);
}

static void make_proof(struct arena *a, struct json *out)
{
	const struct ed25519_secret root = ed25519_new(), node = ed25519_new();
	struct key_object k = make_key(a, &root, &node);
	struct json key = key_json(a, &k), row = json_object();
	const struct json *keys = &key;
	struct entry_proof p = {.team = k.team,
				.acting = k.team,
				.epoch = uuid_of(4),
				.actor = 3,
				.kind = STR("update"),
				.opened = true,
				.text = STR("{\"why\":\"\xe7\x81\xab\"}"),
				.keys = &keys,
				.n_keys = 1,
				.kept = -1};
	struct journal_checkpoint c = {k.node, p.epoch, 1, {{0}}};

	random_bytes(&p.salt, sizeof(p.salt));
	random_bytes(&p.text_salt, sizeof(p.text_salt));
	c.root = proof_leaf(a, &p); /* a tree of one */
	p.checkpoint = checkpoint_sign(a, &c, &node);
	wire_set(a, &row, "proof", proof_json(a, &p));
	wire_set(a, &row, "root", wire_json_hex(a, root.public.b, sizeof(root.public.b)));
	add(a, out, "proof", row);
}

static void make_sealed(struct arena *a, struct json *out)
{
	const struct age_identity id = age_identity_new();
	const struct age_recipient to = age_recipient_of(&id);
	struct json object = parsed(a, WARNING), sealed, row = json_object();

	must(seal_make(a, &object, NULL, 0, &to, 1, uuid_of(3), US_PER_S, &sealed, NULL) == ERR_OK,
	     "seal");
	wire_set(a, &row, "sealed", sealed);
	wire_set(a, &row, "identity", wire_json_hex(a, id.b, sizeof(id.b)));
	wire_set(a, &row, "object", object);
	wire_set(a, &row, "signatures", json_from_i64(a, 0));
	add(a, out, "sealed", row);
}

static void make_circle(struct arena *a, struct json *out)
{
	struct circle_member m[5] = {0};
	struct circle_object c = {.title = STR("C"),
				  .invite = STR("owner"),
				  .see_members = STR("owner"),
				  .forward = STR("ask")};
	struct json row = json_object();

	for (uint8_t i = 0; i < 5; i++)
		m[i].team = uuid_of(i);
	must(circle_set_members(a, &c, m, 5, NULL) == ERR_OK, "members");
	wire_set(a, &row, "circle", circle_json(a, &c));
	wire_set(a, &row, "members", circle_members_json(a, m, 5));
	add(a, out, "circle", row);
}

static void make_withdrawal(struct arena *a, struct json *out)
{
	struct withdrawal w = {.id = uuid_of(1), .team = uuid_of(2)};
	struct withdrawal_name names[11] = {{.target = STR_NULL}};
	struct json row = json_object();

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		names[i] = (struct withdrawal_name){
		    .target = arena_printf(a, "url--00000000-0000-4000-8000-%012u", 99 - i),
		    .rev = 1 + i};
	w.names = names;
	w.n_names = ARRAY_LEN(names);
	wire_set(a, &row, "withdrawal", withdrawal_json(a, &w));
	add(a, out, "withdrawal", row);
}

int main(int argc, char **argv)
{
	ARENA(a, 0);
	struct json out = json_object();
	BUF(text);

	if (argc != 2) {
		fprintf(stderr, "usage: exchange_tool FILE|--make\n");
		return 2;
	}
	if (strcmp(argv[1], "--make") != 0) {
		check_file(&a, argv[1]);
		return 0;
	}
	make_signatures(&a, &out);
	make_receipt(&a, &out);
	make_proof(&a, &out);
	make_sealed(&a, &out);
	make_circle(&a, &out);
	make_withdrawal(&a, &out);
	json_write(&text, &out);
	printf("%s\n", buf_cstr(&text));
	return 0;
}
