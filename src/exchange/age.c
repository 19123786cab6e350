// SPDX-License-Identifier: Apache-2.0
/* age: the grammar read here (C2SP age, "X25519 recipient stanza", "Payload"):
 *   age-encryption.org/v1 LF
 *   ( "-> " argument *( SP argument ) LF *( 64 base64 LF ) 0..63 base64 LF )+
 *   "--- " 43 base64 LF
 *   16 bytes nonce, then chunks of 64 KiB ChaCha20-Poly1305, the last one marked. */
#include "exchange/age_internal.h"

#include <assert.h>
#include <sodium.h>

#include "base/codec.h"

#define LINE1 "age-encryption.org/v1\n"
#define INFO_X25519 STR("age-encryption.org/v1/X25519")
#define FILE_KEY 16
#define NONCE 16
#define CHUNK AGE_CHUNK
#define TAG AGE_TAG
#define MAC 32
#define BODY_LINE 64
#define PUBLIC_HRP STR("age")
#define SECRET_HRP STR("AGE-SECRET-KEY-")

/* ---- keys ---- */

struct age_identity age_identity_new(void)
{
	struct age_identity id;

	random_bytes(id.b, sizeof(id.b));
	return id;
}

struct age_recipient age_recipient_of(const struct age_identity *id)
{
	struct age_recipient r;
	int rc = crypto_scalarmult_base(r.b, id->b);

	assert(rc == 0);
	return r;
}

void age_identity_wipe(struct age_identity *id)
{
	secret_wipe(id, sizeof(*id));
}

str age_recipient_text(struct arena *a, const struct age_recipient *r)
{
	BUF(b);

	bech32_encode(&b, PUBLIC_HRP, r->b);
	return arena_str(a, buf_str(&b));
}

str age_identity_text(struct arena *a, const struct age_identity *id)
{
	str text;
	BUF(b);

	bech32_encode(&b, STR("age-secret-key-"), id->b); /* the checksum is of lower case */
	for (size_t i = 0; i < b.n; i++)
		b.p[i] = (char)(ch_alpha((unsigned char)b.p[i]) ? b.p[i] & ~32 : b.p[i]);
	text = arena_str(a, buf_str(&b));
	secret_wipe(b.p, b.n);
	return text;
}

enum err age_recipient_parse(str text, struct age_recipient *ret, struct why *why)
{
	if (!bech32_decode(text, PUBLIC_HRP, ret->b))
		return why_set(why, ERR_INVALID, "not an age recipient: '%.*s'",
			       STR_ARG(str_slice(text, 0, 100)));
	return ERR_OK;
}

enum err age_identity_parse(str text, struct age_identity *ret, struct why *why)
{
	char lower[128];
	bool ok = text.n <= sizeof(lower) && str_starts(text, SECRET_HRP);

	for (size_t i = 0; ok && i < text.n; i++) {
		ok = text.p[i] < 'a' || text.p[i] > 'z'; /* mixed case is an error */
		lower[i] = ch_lower(text.p[i]);
	}
	ok = ok && bech32_decode((str){lower, text.n}, STR("age-secret-key-"), ret->b);
	secret_wipe(lower, sizeof(lower));
	return ok ? ERR_OK : why_set(why, ERR_INVALID, "not an age identity");
}

/* ---- primitives ---- */

static void hmac(const uint8_t *key, size_t n, const str *parts, size_t n_parts, uint8_t ret[MAC])
{
	crypto_auth_hmacsha256_state s;

	(void)crypto_auth_hmacsha256_init(&s, key, n);
	for (size_t i = 0; i < n_parts; i++)
		(void)crypto_auth_hmacsha256_update(&s, (const uint8_t *)parts[i].p, parts[i].n);
	(void)crypto_auth_hmacsha256_final(&s, ret);
	secret_wipe(&s, sizeof(s));
}

/* HKDF-SHA-256 (RFC 5869) for 32 bytes, which is one block. */
static void hkdf(str salt, str ikm, str info, uint8_t ret[32])
{
	uint8_t prk[MAC];

	hmac((const uint8_t *)salt.p, salt.n, &ikm, 1, prk);
	hmac(prk, sizeof(prk), (const str[]){info, STR("\1")}, 2, ret);
	secret_wipe(prk, sizeof(prk));
}

static str bytes(const void *p, size_t n)
{
	return (str){p, n};
}

/* The key that wraps a file key for a recipient; false for points of small order. */
static bool wrap_key(const uint8_t secret[32], const uint8_t other[32], const uint8_t share[32],
		     const uint8_t recipient[32], uint8_t ret[32])
{
	uint8_t shared[32];
	char salt[64];

	if (crypto_scalarmult(shared, secret, other))
		return false;
	memcpy(salt, share, 32);
	memcpy(salt + 32, recipient, 32);
	hkdf(bytes(salt, sizeof(salt)), bytes(shared, sizeof(shared)), INFO_X25519, ret);
	secret_wipe(shared, sizeof(shared));
	return true;
}

static void header_mac(const uint8_t file_key[FILE_KEY], str header, uint8_t ret[MAC])
{
	uint8_t key[32];

	hkdf(STR(""), bytes(file_key, FILE_KEY), STR("header"), key);
	hmac(key, sizeof(key), &header, 1, ret);
	secret_wipe(key, sizeof(key));
}

/* Base64 without padding, one spelling only. */
static void b64_add(struct buf *out, const void *p, size_t n)
{
	base64_encode(out, p, n);
	while (out->n && out->p[out->n - 1] == '=')
		out->n--;
}

static bool b64_read(str text, struct buf *out)
{
	size_t from = out->n;
	BUF(whole);
	BUF(again);

	if (text.n % 4 == 1 || str_find_char(text, '=') >= 0)
		return false;
	buf_add(&whole, text);
	while (whole.n % 4)
		buf_add_char(&whole, '=');
	if (base64_decode(out, buf_str(&whole)))
		return false;
	b64_add(&again, out->p + from, out->n - from);
	return str_eq(buf_str(&again), text);
}

/* ---- the payload: STREAM ---- */

static void chunk_nonce(uint64_t counter, bool last, uint8_t ret[12])
{
	memset(ret, 0, 12);
	for (unsigned i = 0; i < 8; i++)
		ret[10 - i] = (uint8_t)(counter >> 8 * i);
	ret[11] = last;
}

void age_chunk_seal(struct age_stream *s, str plain, bool last, struct buf *out)
{
	uint8_t nonce[12];

	chunk_nonce(s->counter++, last, nonce);
	(void)crypto_aead_chacha20poly1305_ietf_encrypt(
	    (uint8_t *)buf_room(out, plain.n + TAG), NULL,
	    (const uint8_t *)(plain.n ? plain.p : ""), plain.n, NULL, 0, NULL, nonce, s->key);
	buf_added(out, plain.n + TAG);
}

static void seal_payload(struct age_stream *s, str plain, struct buf *out)
{
	size_t at = 0;

	do {
		size_t n = plain.n - at < CHUNK ? plain.n - at : CHUNK;

		age_chunk_seal(s, n ? str_slice(plain, at, n) : STR(""), at + n == plain.n, out);
		at += n;
	} while (at < plain.n);
}

bool age_chunk_open(struct age_stream *s, str chunk, bool last, struct buf *out)
{
	uint8_t nonce[12];

	/* an empty one stands alone or nowhere */
	if (chunk.n < TAG || chunk.n > CHUNK + TAG || (chunk.n == TAG && s->counter > 0))
		return false;
	chunk_nonce(s->counter++, last, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt((uint8_t *)buf_room(out, chunk.n), NULL, NULL,
						      (const uint8_t *)chunk.p, chunk.n, NULL, 0,
						      nonce, s->key))
		return false;
	buf_added(out, chunk.n - TAG);
	return true;
}

/* Every chunk is checked before it is given out. */
static bool open_payload(struct age_stream *s, str file, struct buf *out)
{
	for (;;) {
		size_t n = file.n < CHUNK + TAG ? file.n : CHUNK + TAG;
		bool last = n == file.n;

		if (!age_chunk_open(s, str_slice(file, 0, n), last, out))
			return false;
		file = str_from(file, n);
		if (last)
			return true;
	}
}

/* ---- encrypting ---- */

static bool add_stanza(struct buf *out, const struct age_recipient *to,
		       const uint8_t file_key[FILE_KEY])
{
	static const uint8_t zero[12];
	struct age_identity ephemeral = age_identity_new();
	struct age_recipient share = age_recipient_of(&ephemeral);
	uint8_t key[32], body[FILE_KEY + TAG];
	bool ok = wrap_key(ephemeral.b, to->b, share.b, to->b, key);

	age_identity_wipe(&ephemeral);
	if (!ok)
		return false;
	(void)crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file_key, FILE_KEY, NULL, 0,
							NULL, zero, key);
	secret_wipe(key, sizeof(key));
	buf_add(out, STR("-> X25519 "));
	b64_add(out, share.b, sizeof(share.b));
	buf_add_char(out, '\n');
	b64_add(out, body, sizeof(body));
	buf_add_char(out, '\n');
	return true;
}

enum err age_begin(const struct age_recipient *to, size_t n, struct buf *out,
		   struct age_stream *ret, struct why *why)
{
	uint8_t file_key[FILE_KEY], mac[MAC], nonce[NONCE];
	bool ok = true;
	BUF(header);

	assert(n > 0 && n <= AGE_RECIPIENTS_MAX);
	random_bytes(file_key, sizeof(file_key));
	random_bytes(nonce, sizeof(nonce));
	buf_add(&header, STR(LINE1));
	for (size_t i = 0; i < n && ok; i++)
		ok = add_stanza(&header, &to[i], file_key);
	if (ok) {
		buf_add(&header, STR("---"));
		header_mac(file_key, buf_str(&header), mac);
		buf_add(out, buf_str(&header));
		buf_add_char(out, ' ');
		b64_add(out, mac, sizeof(mac));
		buf_add_char(out, '\n');
		buf_add_bytes(out, nonce, sizeof(nonce));
		ret->counter = 0;
		hkdf(bytes(nonce, sizeof(nonce)), bytes(file_key, sizeof(file_key)), STR("payload"),
		     ret->key);
	}
	secret_wipe(file_key, sizeof(file_key));
	return ok ? ERR_OK : why_set(why, ERR_INVALID, "an age recipient is no usable key");
}

enum err age_encrypt(const struct age_recipient *to, size_t n, str plain, struct buf *out,
		     struct why *why)
{
	struct age_stream s;
	enum err err = plain.n > AGE_TEXT_MAX ? why_set(why, ERR_LIMIT, "too large to be sealed")
					      : age_begin(to, n, out, &s, why);

	if (err)
		return err;
	seal_payload(&s, plain, out);
	secret_wipe(&s, sizeof(s));
	return ERR_OK;
}

/* ---- decrypting ---- */

struct header {
	str rest;    /* what is not read yet */
	str signed_; /* up to and with "---" */
	uint8_t mac[MAC];
	bool found; /* a stanza that opened */
	uint8_t file_key[FILE_KEY];
};

static bool read_line(struct header *h, str *line)
{
	ptrdiff_t end = str_find_char(h->rest, '\n');

	if (end < 0)
		return false;
	*line = str_slice(h->rest, 0, (size_t)end);
	h->rest = str_from(h->rest, (size_t)end + 1);
	return true;
}

static bool visible(str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < 33 || word.p[i] > 126)
			return false;
	return word.n > 0;
}

/* The lines of a stanza's body: full ones, then a shorter one that may be empty. */
static bool read_body(struct header *h, struct buf *out)
{
	str line;

	do {
		if (!read_line(h, &line) || line.n > BODY_LINE || !b64_read(line, out))
			return false;
	} while (line.n == BODY_LINE);
	return true;
}

static void try_stanza(struct header *h, const uint8_t share[32], str body,
		       const struct age_identity *ids, size_t n, bool *bad)
{
	static const uint8_t zero[12];

	for (size_t i = 0; i < n && !h->found && !*bad; i++) {
		struct age_recipient me = age_recipient_of(&ids[i]);
		uint8_t key[32];

		if (!wrap_key(ids[i].b, share, share, me.b, key)) {
			*bad = true; /* a share of small order */
			return;
		}
		h->found = crypto_aead_chacha20poly1305_ietf_decrypt(
			       h->file_key, NULL, NULL, (const uint8_t *)body.p, body.n, NULL, 0,
			       zero, key) == 0;
		secret_wipe(key, sizeof(key));
	}
}

/* "-> type arguments", its line already read. False: the header is broken. */
static bool read_stanza(struct header *h, str args, const struct age_identity *ids, size_t n)
{
	str type = STR_NULL, share = STR_NULL, word;
	size_t words = 0;
	bool bad = false;
	BUF(body);
	BUF(point);

	while (str_split(&args, ' ', &word)) {
		if (!visible(word))
			return false;
		if (words == 0)
			type = word;
		else if (words == 1)
			share = word;
		words++;
	}
	if (!words || !read_body(h, &body))
		return false;
	if (!str_eq(type, STR("X25519")))
		return true; /* of a kind we do not know: for others, or to keep readers tolerant */
	if (words != 2 || !b64_read(share, &point) || point.n != 32 || body.n != FILE_KEY + TAG)
		return false;
	try_stanza(h, (const uint8_t *)point.p, buf_str(&body), ids, n, &bad);
	return !bad;
}

static bool read_mac(struct header *h, str line, str file)
{
	BUF(mac);

	h->signed_ = str_slice(file, 0, (size_t)(line.p - file.p) + 3);
	if (!str_skip_prefix(&line, STR("--- ")) || !b64_read(line, &mac) || mac.n != MAC)
		return false;
	memcpy(h->mac, mac.p, MAC);
	return true;
}

static bool read_header(struct header *h, str file, const struct age_identity *ids, size_t n)
{
	size_t stanzas = 0;
	str line;

	if (!str_skip_prefix(&h->rest, STR(LINE1)))
		return false;
	for (; read_line(h, &line); stanzas++) {
		if (str_starts(line, STR("---")))
			return stanzas > 0 && read_mac(h, line, file);
		if (stanzas >= AGE_RECIPIENTS_MAX || line.p + line.n - file.p > AGE_HEADER_MAX ||
		    !str_skip_prefix(&line, STR("-> ")) || !read_stanza(h, line, ids, n))
			return false;
	}
	return false;
}

static enum age_fault open_header(struct header *h, const struct age_identity *ids, size_t n,
				  str file, struct age_stream *ret)
{
	uint8_t mac[MAC];

	if (!read_header(h, file, ids, n))
		return AGE_HEADER;
	if (!h->found)
		return AGE_NO_MATCH;
	header_mac(h->file_key, h->signed_, mac);
	if (!secret_eq(bytes(mac, MAC), bytes(h->mac, MAC)))
		return AGE_MAC;
	/* less than a nonce: C2SP counts it to the header */
	if (h->rest.n < NONCE)
		return AGE_HEADER;
	ret->counter = 0;
	hkdf(str_slice(h->rest, 0, NONCE), bytes(h->file_key, FILE_KEY), STR("payload"), ret->key);
	h->rest = str_from(h->rest, NONCE);
	return AGE_OK;
}

static enum age_fault decrypt(struct header *h, const struct age_identity *ids, size_t n, str file,
			      struct buf *out)
{
	struct age_stream s;
	enum age_fault fault = open_header(h, ids, n, file, &s);
	bool ok = fault == AGE_OK && open_payload(&s, h->rest, out);

	secret_wipe(&s, sizeof(s));
	return fault ? fault : ok ? AGE_OK : AGE_PAYLOAD;
}

static const char *const fault_words[] = {
    [AGE_HEADER] = "the header of an age file is broken",
    [AGE_NO_MATCH] = "an age file is sealed to another key",
    [AGE_MAC] = "the header of an age file was changed",
    [AGE_PAYLOAD] = "the content of an age file was changed or cut off",
};

enum err age_open(const struct age_identity *ids, size_t n, str start, struct age_stream *ret,
		  size_t *ret_used, struct why *why)
{
	struct header h = {.rest = start};
	enum age_fault fault = open_header(&h, ids, n, start, ret);

	*ret_used = start.n - h.rest.n;
	secret_wipe(&h, sizeof(h));
	return fault == AGE_OK ? ERR_OK
			       : why_set(why, fault == AGE_NO_MATCH ? ERR_NOTFOUND : ERR_INVALID,
					 "%s", fault_words[fault]);
}

enum err age_decrypt(const struct age_identity *ids, size_t n, str file, struct buf *out,
		     enum age_fault *ret_fault, struct why *why)
{
	struct header h = {.rest = file};
	size_t from = out->n;
	enum age_fault fault;

	if (file.n > AGE_TEXT_MAX + AGE_TEXT_MAX / 1024 + AGE_HEADER_MAX)
		return why_set(why, ERR_LIMIT, "an age file is too large");
	fault = decrypt(&h, ids, n, file, out);
	secret_wipe(&h, sizeof(h));
	if (ret_fault)
		*ret_fault = fault;
	if (fault == AGE_OK)
		return ERR_OK;
	if (out->n > from) /* nothing of what broke off is given out */
		secret_wipe(out->p + from, out->n - from);
	out->n = from;
	return why_set(why, fault == AGE_NO_MATCH ? ERR_NOTFOUND : ERR_INVALID, "%s",
		       fault_words[fault]);
}
