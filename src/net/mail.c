// SPDX-License-Identifier: Apache-2.0
#include "net/mail.h"

#include <curl/curl.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/id.h"

#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3 */
#define HEADER_MAX 500  /* bytes of a subject or name */

/* ---- addresses and header values ---- */

static bool header_plain(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return s.n <= HEADER_MAX && utf8_valid(s);
}

/* addr-spec = dot-atom "@" domain (RFC 5321 4.1.2 without quoted local parts). Non-ASCII would need
 * SMTPUTF8, which few hosts have: domains are to be given in their ASCII form. */
static bool address_valid(str s)
{
	ptrdiff_t at = str_rfind_char(s, '@');
	str local, domain;

	if (at <= 0 || at > 64 || s.n > ADDRESS_MAX)
		return false;
	local = str_slice(s, 0, (size_t)at);
	domain = str_from(s, (size_t)at + 1);
	for (size_t i = 0; i < local.n; i++)
		if (!ch_alnum((unsigned char)local.p[i]) &&
		    (local.p[i] == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~.", local.p[i])))
			return false;
	for (size_t i = 0; i < domain.n; i++)
		if (!ch_alnum((unsigned char)domain.p[i]) && domain.p[i] != '-' &&
		    domain.p[i] != '.' &&
		    !((domain.p[0] == '[') &&
		      (domain.p[i] == '[' || domain.p[i] == ']' || domain.p[i] == ':')))
			return false;
	return local.p[0] != '-' && domain.n > 0 && domain.p[0] != '.' &&
	       str_find(s, STR("..")) < 0;
}

/* message-id without its brackets: printable ASCII with one "@" inside. */
static bool message_id_valid(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return s.n <= 240 && str_find_char(s, '@') > 0 && s.p[s.n - 1] != '@';
}

static bool language_valid(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ch_alnum((unsigned char)s.p[i]) && s.p[i] != '-')
			return false;
	return s.n <= 35;
}

static enum err fields_check(const struct mail_server *srv, const struct mail *m, struct why *why)
{
	if (!address_valid(m->to))
		return why_set(why, ERR_INVALID, "recipient is not a mail address");
	if (!address_valid(srv->from))
		return why_set(why, ERR_INVALID, "sender '%.*s' is not a mail address",
			       srv->from.n > 80 ? 80 : (int)srv->from.n,
			       srv->from.n ? srv->from.p : "");
	if (!header_plain(m->subject) || !header_plain(srv->from_name))
		return why_set(
		    why, ERR_INVALID,
		    "subject or sender's name has a line break, is too long or not UTF-8");
	if (m->message_id.n && !message_id_valid(m->message_id))
		return why_set(why, ERR_INVALID, "bad message id");
	if (!language_valid(m->language))
		return why_set(why, ERR_INVALID, "bad language tag");
	if (!utf8_valid(m->body))
		return why_set(why, ERR_INVALID, "body is not UTF-8");
	return ERR_OK;
}

/* ---- composing ---- */

static bool ascii_plain(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x7f || (unsigned char)s.p[i] < ' ')
			return false;
	return str_find(s, STR("=?")) < 0 && s.n <= 60;
}

/* encoded-word = "=?" charset "?" encoding "?" text "?=", at most 75 characters each, never cutting
 * a character in two (RFC 2047 2, 5). 42 bytes make 56 of base64: 68 with the frame. */
static void words_add(struct buf *out, str s)
{
	bool first = true;

	while (s.n > 0) {
		size_t n = s.n < 42 ? s.n : 42;

		while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
			n--;
		buf_add(out, first ? STR("=?UTF-8?B?") : STR("\r\n =?UTF-8?B?"));
		base64_encode(out, s.p, n);
		buf_add(out, STR("?="));
		s = str_from(s, n);
		first = false;
	}
}

static void subject_add(struct buf *out, str s)
{
	buf_add(out, STR("Subject: "));
	if (ascii_plain(s))
		buf_add(out, s);
	else
		words_add(out, s);
	buf_add(out, STR("\r\n"));
}

/* name-addr: a phrase is quoted when it is ASCII (RFC 5322 3.2.5). */
static void from_add(struct buf *out, str name, str address)
{
	buf_add(out, STR("From: "));
	if (name.n && ascii_plain(name)) {
		buf_add_char(out, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, name.p[i]);
		}
		buf_add(out, STR("\" "));
	} else if (name.n) {
		words_add(out, name);
		buf_add(out, STR("\r\n "));
	}
	buf_printf(out, "<%.*s>\r\n", STR_ARG(address));
}

/* date-time of RFC 5322 3.3, in UTC and in English whatever the locale. */
static void date_add(struct buf *out, int64_t us)
{
	static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c = time_civil(us);

	buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
		   days[(us / (86400 * US_PER_S)) % 7], c.day, months[c.month - 1], c.year, c.hour,
		   c.minute, c.second);
}

static void message_id_add(struct buf *out, str given, str from)
{
	char id[UUID_TEXT];

	if (given.n) {
		buf_printf(out, "Message-ID: <%.*s>\r\n", STR_ARG(given));
		return;
	}
	uuid_text(uuid_new(), id);
	buf_printf(out, "Message-ID: <%.*s@%.*s>\r\n", UUID_TEXT, id,
		   STR_ARG(str_from(from, (size_t)str_rfind_char(from, '@') + 1)));
}

/* Lines end with CR LF in the encoded text too (RFC 2049 4), 76 characters a line of base64. */
static void body_add(struct buf *out, str body)
{
	BUF(text);
	BUF(coded);

	for (size_t i = 0; i < body.n; i++) {
		if (body.p[i] == '\n' && (i == 0 || body.p[i - 1] != '\r'))
			buf_add_char(&text, '\r');
		buf_add_char(&text, body.p[i]);
	}
	base64_encode(&coded, text.p, text.n);
	for (size_t i = 0; i < coded.n; i += 76) {
		buf_add(out, str_slice(buf_str(&coded), i, 76));
		buf_add(out, STR("\r\n"));
	}
}

enum err mail_compose(struct arena *a, const struct mail_server *srv, const struct mail *m,
		      str *ret, struct why *why)
{
	enum err err = fields_check(srv, m, why);

	BUF(out);
	if (err != ERR_OK)
		return err;
	date_add(&out, clock_now_us());
	from_add(&out, srv->from_name, srv->from);
	buf_printf(&out, "To: <%.*s>\r\n", STR_ARG(m->to));
	subject_add(&out, m->subject);
	message_id_add(&out, m->message_id, srv->from);
	buf_add(&out, STR("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
			  "Content-Transfer-Encoding: base64\r\n"));
	if (m->language.n)
		buf_printf(&out, "Content-Language: %.*s\r\n", STR_ARG(m->language));
	if (m->auto_submitted)
		buf_add(&out, STR("Auto-Submitted: auto-generated\r\n"));
	buf_add(&out, STR("\r\n"));
	body_add(&out, m->body);
	*ret = arena_str(a, buf_str(&out));
	return ERR_OK;
}

/* ---- sending ---- */

static size_t give(char *to, size_t size, size_t n, void *ctx)
{
	str *rest = ctx;
	size_t len = size * n < rest->n ? size * n : rest->n;

	if (len)
		memcpy(to, rest->p, len);
	*rest = str_from(*rest, len);
	return len;
}

/* What a code of the library or of the other host means for a queue of mails. */
static enum err outcome(CURL *c, CURLcode rc, const char *text, struct why *why)
{
	long reply = 0;

	if (rc == CURLE_OK)
		return ERR_OK;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply);
	if (reply >= 500 && reply < 600)
		return why_set(why, ERR_DENIED, "mail server refused with %ld: %s", reply, text);
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)
		return why_set(why, ERR_INVALID, "bad address of the mail server: %s", text);
	if (rc == CURLE_LOGIN_DENIED)
		return why_set(why, ERR_DENIED, "mail server refused the sign-in: %s", text);
	return why_set(why, ERR_BUSY, "mail server not reached or busy: %s", text);
}

static CURLcode options_set(CURL *c, struct arena *a, const struct mail_server *srv, const char *to,
			    struct curl_slist **rcpt)
{
	long timeout = srv->timeout_s ? (long)srv->timeout_s : 30;
	CURLcode rc;

	/* Verified like every TLS peer; smtps:// is TLS from the start, starttls demands the
	 * upgrade. */
	rc = curl_easy_setopt(c, CURLOPT_URL, arena_cstr(a, srv->url));
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, timeout);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, timeout < 10 ? timeout : 10L);
	curl_easy_setopt(c, CURLOPT_USE_SSL,
			 (long)(srv->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (srv->user.n) {
		curl_easy_setopt(c, CURLOPT_USERNAME, arena_cstr(a, srv->user));
		curl_easy_setopt(c, CURLOPT_PASSWORD, arena_cstr(a, srv->password));
	}
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, arena_printf(a, "<%.*s>", STR_ARG(srv->from)).p);
	*rcpt = curl_slist_append(NULL, to);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, *rcpt);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	return rc;
}

enum err mail_send(const struct mail_server *srv, const struct mail *m, struct why *why)
{
	char text[CURL_ERROR_SIZE] = "";
	struct curl_slist *rcpt = NULL;
	str message;
	CURL *c;
	CURLcode rc;
	enum err err;

	ARENA(a, 0);
	err = mail_compose(&a, srv, m, &message, why);
	if (err != ERR_OK)
		return err;
	c = curl_easy_init();
	if (!c)
		return why_set(why, ERR_BUSY, "cannot prepare a mail connection");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, text);
	rc = options_set(c, &a, srv, arena_printf(&a, "<%.*s>", STR_ARG(m->to)).p, &rcpt);
	curl_easy_setopt(c, CURLOPT_READDATA, &message);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(c);
	err = outcome(c, rc, text[0] ? text : curl_easy_strerror(rc), why);
	curl_slist_free_all(rcpt);
	curl_easy_cleanup(c);
	return err;
}
