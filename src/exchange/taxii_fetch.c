// SPDX-License-Identifier: Apache-2.0
/* One request to a TAXII server of somebody else, and what people are told when it fails. */
#include "base/codec.h"
#include "exchange/taxii_media.h"
#include "exchange/taxii_pull.h"

#define PAGE_S 120
#define SUBJECT_BYTES 200

str taxii_clean(struct arena *a, str text, size_t max)
{
	BUF(b);

	while (text.n && b.n < max) {
		uint32_t c = 0;
		size_t n = utf8_decode(text, &c);
		bool plain = n && c >= 0x20 && (c < 0x7f || c > 0x9f) && c != 0x2028 &&
			     c != 0x2029 && !(c >= 0x202a && c <= 0x202e) &&
			     !(c >= 0x2066 && c <= 0x2069);

		if (plain)
			buf_add(&b, str_slice(text, 0, n));
		else
			buf_add_char(&b, '?');
		text = str_from(text, n ? n : 1);
	}
	return arena_str(a, buf_str(&b));
}

/* text with its one %s replaced. */
static str put_in(struct arena *a, const char *text, str subject)
{
	str s = str_c(text);
	ptrdiff_t at = str_find(s, STR("%s"));

	if (at < 0)
		return s;
	return arena_printf(a, "%.*s%.*s%.*s", (int)at, s.p, STR_ARG(subject),
			    STR_ARG(str_from(s, (size_t)at + 2)));
}

#undef taxii_say
enum err taxii_say(struct why *why, enum err err, const char *code, const char *en, const char *ja,
		   str subject)
{
	ARENA(a, 0);
	str clean = taxii_clean(&a, subject, SUBJECT_BYTES);

	return why_field(why, err, code, NULL, arena_cstr(&a, put_in(&a, en, clean)),
			 arena_cstr(&a, put_in(&a, ja, clean)));
}

static enum err judge_status(const struct client_answer *x, str url, struct why *why)
{
	char number[16];
	int s = x->status;

	(void)snprintf(number, sizeof(number), "%d", s);
	if (s == 200)
		return ERR_OK;
	if (s >= 300 && s < 400)
		return taxii_say(why, ERR_NOTFOUND, "moved",
				 "the server has moved, to '%s': add that address instead",
				 "サーバーは「%s」に移りました。そのアドレスを登録してください",
				 client_header(x, "Location"));
	if (s == 401 || s == 403)
		return taxii_say(why, ERR_DENIED, "not_let_in",
				 "the server does not let us read '%s': see user and password, or "
				 "the token",
				 "サーバーが「%"
				 "s」の読み取りを許可しません。利用者とパスワード、またはトークンを"
				 "確かめてください",
				 url);
	if (s == 404 || s == 410)
		return taxii_say(why, ERR_NOTFOUND, "nothing_there",
				 "there is nothing at '%s' for us",
				 "「%s」には、こちらが読めるものがありません", url);
	if (s == 406 || s == 415)
		return taxii_say(why, ERR_INVALID, "not_taxii",
				 "what answers at '%s' does not speak TAXII 2.1",
				 "「%s」はTAXII 2.1に対応していません", url);
	if (s == 429 || s == 503)
		return taxii_say(why, ERR_BUSY, "server_busy",
				 "the server is busy (it answers %s); it is asked again later",
				 "サーバーが混み合っています(応答 %s)。後でもう一度読み込みます",
				 str_c(number));
	return taxii_say(why, ERR_IO, "server_status", "the server answers %s",
			 "サーバーの応答が %s です", str_c(number));
}

/* What net/client.h says, where it says it in one language only. */
static enum err not_reached(enum err err, const struct why *inner, struct why *why)
{
	if (inner->text_ja[0])
		return why_field(why, err, inner->code, NULL, inner->text, inner->text_ja);
	return taxii_say(why, err, "not_reached", "the server cannot be read: %s",
			 "サーバーから読み込めません: %s",
			 inner->text[0] ? str_c(inner->text) : str_c(err_name(err)));
}

enum err taxii_fetch(struct puller *p, struct arena *a, str url, size_t limit_bytes,
		     struct client_answer *ret, int *ret_status, struct why *why)
{
	const str headers[][2] = {{STR("Accept"), STR(TAXII_MEDIA)},
				  {STR("Authorization"), p->authorization}};
	bool pinned = p->x->pin.n > 0;
	struct digest pin = {{0}};

	if (pinned && hex_decode(p->x->pin, pin.b, sizeof(pin.b)))
		return why_set(why, ERR_IO, "a damaged pin");
	const struct client_request rq = {.method = "GET",
					  .url = url,
					  .headers = headers,
					  .n_headers = p->authorization.n ? 2 : 1,
					  .egress = p->x->internal ? EGRESS_PEER : EGRESS_PUBLIC,
					  .pinned = pinned,
					  .spki = pin,
					  .tls_cert = p->x->certificate,
					  .tls_key = p->x->private_key,
					  .limit_bytes = limit_bytes,
					  .timeout_s = PAGE_S,
					  .silence_s = PAGE_S};
	struct client_answer x = {0};
	struct why inner = {0};
	enum err err = client_send(p->http, a, &rq, &x, &inner);

	*ret_status = x.status;
	if (err)
		return not_reached(err, &inner, why);
	err = judge_status(&x, url, why);
	if (!err && !taxii_is_resource(x.media_type))
		err = taxii_say(why, ERR_INVALID, "not_taxii",
				"the server answers with '%s', which is not TAXII 2.1",
				"サーバーの応答は「%s」で、TAXII 2.1ではありません", x.media_type);
	if (!err)
		*ret = x;
	return err;
}
