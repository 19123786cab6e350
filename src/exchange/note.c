// SPDX-License-Identifier: Apache-2.0
#include "exchange/note.h"

#include <assert.h>

#include "base/codec.h"
#include "exchange/wire_internal.h"

#define ALGORITHM 1 /* Ed25519 */
#define KEY_ID 4
#define DASH "\xe2\x80\x94 " /* U+2014 and a blank */
#define ORIGIN "hikeshi/"

/* SHA-256(name | LF | 0x01 | key), its first four bytes. */
static void key_id(str name, const struct ed25519_public *key, uint8_t ret[KEY_ID])
{
	struct digest d = sha256_parts(
	    (const str[]){name, STR("\n\1"), {(const char *)key->b, sizeof(key->b)}}, 3);

	memcpy(ret, d.b, KEY_ID);
}

str note_sign(struct arena *a, str text, str name, const struct ed25519_secret *key)
{
	struct ed25519_sig sig = ed25519_sign(key, STR_NULL, text);
	uint8_t blob[KEY_ID + ED25519_SIG_BYTES];
	BUF(b);

	assert(str_ends(text, STR("\n")) && name.n && str_find_char(name, ' ') < 0);
	key_id(name, &key->public, blob);
	memcpy(blob + KEY_ID, sig.b, sizeof(sig.b));
	buf_add(&b, text);
	buf_add(&b, STR("\n" DASH));
	buf_add(&b, name);
	buf_add_char(&b, ' ');
	base64_encode(&b, blob, sizeof(blob));
	buf_add_char(&b, '\n');
	return arena_str(a, buf_str(&b));
}

str note_vkey(struct arena *a, str name, const struct ed25519_public *key)
{
	uint8_t id[KEY_ID], blob[1 + ED25519_PUBLIC_BYTES] = {ALGORITHM};
	BUF(b);

	key_id(name, key, id);
	memcpy(blob + 1, key->b, sizeof(key->b));
	buf_add(&b, name);
	buf_add_char(&b, '+');
	hex_encode(&b, id, sizeof(id));
	buf_add_char(&b, '+');
	base64_encode(&b, blob, sizeof(blob));
	return arena_str(a, buf_str(&b));
}

static enum err broken(struct why *why, str what)
{
	return wire_refuse(why, ERR_INVALID, "malformed",
			   "not a signed note:", "署名付きノートではありません:", what);
}

/* The text ends at the last empty line. */
static bool split_note(str note, str *text, str *lines)
{
	for (size_t i = note.n; note.n <= NOTE_MAX && i >= 2; i--) {
		if (note.p[i - 1] != '\n' || note.p[i - 2] != '\n')
			continue;
		*text = str_slice(note, 0, i - 1);
		*lines = str_from(note, i);
		return lines->n > 0 && str_ends(*lines, STR("\n")) && utf8_valid(note);
	}
	return false;
}

/* "— name base64" of the key looked for; *good: its signature holds. */
static bool read_signature(str line, str text, str name, const struct ed25519_public *key,
			   bool *good)
{
	struct ed25519_sig sig;
	uint8_t id[KEY_ID];
	str word;
	BUF(blob);

	if (!str_skip_prefix(&line, STR(DASH)) || !str_split(&line, ' ', &word) || word.n == 0 ||
	    base64_decode(&blob, line) || blob.n <= KEY_ID)
		return false;
	key_id(name, key, id);
	if (!str_eq(word, name) || memcmp(blob.p, id, KEY_ID) != 0)
		return true;
	if (blob.n != KEY_ID + ED25519_SIG_BYTES)
		return false;
	memcpy(sig.b, blob.p + KEY_ID, sizeof(sig.b));
	*good |= ed25519_check(key, STR_NULL, text, &sig);
	return true;
}

enum err note_check(str note, str name, const struct ed25519_public *key, str *ret_text,
		    struct why *why)
{
	str text, lines, line;
	size_t n = 0;
	bool good = false;

	if (!split_note(note, &text, &lines))
		return broken(why, name);
	while (lines.n && str_split(&lines, '\n', &line))
		if (++n > NOTE_LINES_MAX || !read_signature(line, text, name, key, &good))
			return broken(why, name);
	if (!good)
		return wire_refuse(why, ERR_INVALID, "signature", "not signed by the key of",
				   "この鍵の署名がありません:", name);
	*ret_text = text;
	return ERR_OK;
}

/* ---- checkpoints ---- */

static str origin_of(struct arena *a, const struct journal_checkpoint *c)
{
	char node[UUID_TEXT], epoch[UUID_TEXT];

	uuid_text(c->node, node);
	uuid_text(c->epoch, epoch);
	return arena_printf(a, ORIGIN "%.*s/%.*s", UUID_TEXT, node, UUID_TEXT, epoch);
}

str checkpoint_sign(struct arena *a, const struct journal_checkpoint *c,
		    const struct ed25519_secret *node_key)
{
	str origin = origin_of(a, c);
	BUF(b);

	buf_add(&b, origin);
	buf_printf(&b, "\n%lld\n", (long long)c->size);
	base64_encode(&b, c->root.b, SHA256_BYTES);
	buf_add_char(&b, '\n');
	return note_sign(a, buf_str(&b), origin, node_key);
}

static bool read_origin(str origin, struct journal_checkpoint *c)
{
	str node;

	return str_skip_prefix(&origin, STR(ORIGIN)) && str_split(&origin, '/', &node) &&
	       wire_uuid_is(node, &c->node) && wire_uuid_is(origin, &c->epoch);
}

static bool read_size(str line, int64_t *ret)
{
	uint64_t size;

	if (str_u64(line, &size) || size > (uint64_t)WIRE_INT_MAX ||
	    (line.n > 1 && line.p[0] == '0'))
		return false;
	*ret = (int64_t)size;
	return true;
}

static bool read_text(str text, struct journal_checkpoint *ret, str *ret_origin)
{
	struct journal_checkpoint c = {0};
	str origin, size, root;
	BUF(d);

	/* extension lines are not written and not read */
	if (!str_split(&text, '\n', &origin) || !str_split(&text, '\n', &size) ||
	    !str_split(&text, '\n', &root) || text.n != 0 || !read_origin(origin, &c) ||
	    !read_size(size, &c.size) || base64_decode(&d, root) || d.n != SHA256_BYTES)
		return false;
	memcpy(c.root.b, d.p, SHA256_BYTES);
	*ret = c;
	*ret_origin = origin;
	return true;
}

enum err checkpoint_parse(str note, struct journal_checkpoint *ret, struct why *why)
{
	str text, lines, origin;

	if (!split_note(note, &text, &lines) || !read_text(text, ret, &origin))
		return broken(why, STR("checkpoint"));
	return ERR_OK;
}

enum err checkpoint_check(str note, const struct ed25519_public *node_key,
			  struct journal_checkpoint *ret, struct why *why)
{
	struct journal_checkpoint c;
	str text, lines, origin;
	enum err err;

	if (!split_note(note, &text, &lines) || !read_text(text, &c, &origin))
		return broken(why, STR("checkpoint"));
	err = note_check(note, origin, node_key, &text, why);
	if (!err)
		*ret = c;
	return err;
}
