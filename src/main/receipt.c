// SPDX-License-Identifier: Apache-2.0
/* receipt verify: checks receipts with public keys alone; needs no node. */
#include "exchange/receipt.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "main/cmd.h"

#define FILE_MAX (16 * 1024 * 1024)

struct wanted {
	struct receipt_root *roots;
	size_t n;
};

static bool read_roots(struct cmd *c, const struct cmd_list *list, struct wanted *w)
{
	w->roots = arena_array(&c->arena, struct receipt_root, list->n);
	for (w->n = 0; w->n < list->n; w->n++) {
		if (hex_decode(list->v[w->n], w->roots[w->n].root.b, ED25519_PUBLIC_BYTES)) {
			(void)cmd_usage(c, "'%.*s' is no root key: give its 64 hexadecimal digits",
					STR_ARG(str_slice(list->v[w->n], 0, 80)));
			return false;
		}
	}
	return true;
}

static void say_json(struct cmd *c, const struct receipt *r, const struct receipt_proof *p)
{
	char team[UUID_TEXT];
	struct json_out o;
	BUF(root);
	BUF(b);

	uuid_text(r->team, team);
	hex_encode(&root, p->root.b, ED25519_PUBLIC_BYTES);
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kbool(&o, "verified", true);
	jo_kbool(&o, "root_known", p->pinned);
	jo_kstr(&o, "kind", receipt_kind_name(r->kind));
	jo_kstr(&o, "team", (str){team, UUID_TEXT});
	jo_kstr(&o, "target", r->target);
	jo_ki64(&o, "rev", r->rev);
	jo_ktime(&o, "at", r->at_us);
	jo_kstr(&o, "root", buf_str(&root));
	jo_kstr(&o, "fingerprint", fingerprint_text(&c->arena, p->fingerprint));
	jo_end(&o);
	buf_add_char(&b, '\n');
	cmd_out(c, buf_str(&b));
}

static void say_text(struct cmd *c, const struct receipt *r, const struct receipt_proof *p)
{
	char team[UUID_TEXT], node[UUID_TEXT], at[TIME_TEXT];
	BUF(manifest);

	uuid_text(r->team, team);
	uuid_text(p->checkpoint.node, node);
	time_text(r->at_us, at);
	hex_encode(&manifest, r->manifest.b, SHA256_BYTES);
	cmd_print(c, "%.*s: team %.*s, %.*s rev %lld (manifest %.*s), %.*s\n",
		  STR_ARG(receipt_kind_name(r->kind)), UUID_TEXT, team, STR_ARG(r->target),
		  (long long)r->rev, STR_ARG(buf_str(&manifest)), TIME_TEXT, at);
	cmd_print(c, "  entry %lld of %lld in the journal of node %.*s\n", (long long)r->seq,
		  (long long)p->checkpoint.size, UUID_TEXT, node);
	if (p->pinned) {
		cmd_print(c, "  signed under the root key given\n");
		return;
	}
	cmd_print(c,
		  "  signed under a root key that was not given; ask the team whether its words "
		  "are\n    %.*s\n    %.*s\n",
		  STR_ARG(fingerprint_text(&c->arena, p->fingerprint)),
		  STR_ARG(fingerprint_kana(&c->arena, p->fingerprint)));
}

static enum err verify_one(struct cmd *c, const struct wanted *w, const struct json *v,
			   struct why *why)
{
	struct receipt r = {0};
	struct receipt_proof p = {0};
	enum err err = receipt_parse(&c->arena, v, &r, why);

	if (!err)
		err = receipt_verify(&c->arena, &r, w->roots, w->n, NULL, 0, TIME_NONE, &p, why);
	if (err)
		return err;
	if (c->json)
		say_json(c, &r, &p);
	else
		say_text(c, &r, &p);
	return ERR_OK;
}

/* A receipt, or a bundle or TAXII envelope that holds some; other objects of it are passed over. */
static enum err verify_all(struct cmd *c, const struct wanted *w, const struct json *v,
			   struct why *why)
{
	const struct json *objects = json_get_c(v, "objects");
	size_t seen = 0;

	if (!json_is(objects, JSON_ARRAY))
		return verify_one(c, w, v, why);
	for (size_t i = 0; i < json_count(objects); i++) {
		const struct json *o = json_at(objects, i);
		enum err err;

		if (!str_eq(json_get_str(o, "type"), STR("x-hikeshi-receipt")))
			continue;
		err = verify_one(c, w, o, why);
		if (err)
			return err;
		seen++;
	}
	return seen ? ERR_OK : why_set(why, ERR_INVALID, "no receipt in the file");
}

int cmd_receipt(struct cmd *c)
{
	struct cmd_list roots = {0};
	const struct cmd_option options[] = {{"--root", NULL, NULL, &roots}};
	struct wanted w = {0};
	struct json v;
	struct why why = {0};
	FD(fd) = -1;
	enum err err;
	BUF(text);

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc != 2 || strcmp(c->argv[0], "verify") != 0)
		return cmd_usage(c, "say verify and name the file, or -");
	if (!read_roots(c, &roots, &w))
		return EXIT_USAGE;
	fd = strcmp(c->argv[1], "-") == 0 ? dup(c->in)
					  : openat(c->cwd, c->argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		cmd_note(
		    c, "hikeshi: receipt: '%s' cannot be read: name a file that holds a receipt\n",
		    c->argv[1]);
		return EXIT_FAILED;
	}
	err = fd_read_all(fd, FILE_MAX, &text, &why);
	if (!err)
		err = json_parse(&c->arena, buf_str(&text), NULL, &v, &why);
	if (!err)
		err = verify_all(c, &w, &v, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}
