// SPDX-License-Identifier: Apache-2.0
#include "net/mail.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "tests/check.h"

static const struct mail_server server = {.from = STR_INIT("desk@csirt.example"),
					  .from_name = STR_INIT("受付 Desk")};

static str compose(struct arena *a, struct mail m)
{
	str text = STR("");

	if (m.to.n == 0)
		m.to = STR("user@example.org");
	CHECK(mail_compose(a, &server, &m, &text, NULL) == ERR_OK);
	return text;
}

/* The unfolded value of a field, or empty. */
static str field(struct arena *a, str message, const char *name)
{
	str head = str_slice(message, 0, (size_t)str_find(message, STR("\r\n\r\n")) + 2), line;
	BUF(out);
	bool in = false;

	while (str_split(&head, '\n', &line)) {
		if (line.n && line.p[0] == ' ') {
			if (in)
				buf_add(&out, str_trim(line));
			continue;
		}
		in = str_skip_iprefix(&line, str_c(name)) && str_skip_prefix(&line, STR(": "));
		if (in)
			buf_add(&out, str_trim(line));
	}
	return arena_str(a, buf_str(&out));
}

/* RFC 2047 read back: the encoded words side by side. */
static str words_decode(struct arena *a, str s)
{
	BUF(out);

	while (str_skip_prefix(&s, STR("=?UTF-8?B?"))) {
		ptrdiff_t end = str_find(s, STR("?="));
		BUF(word);

		CHECK(end > 0 && end + 12 <= 75);
		CHECK(base64_decode(&word, str_slice(s, 0, (size_t)end)) == ERR_OK);
		CHECK(utf8_valid(buf_str(&word)));
		buf_add(&out, buf_str(&word));
		s = str_from(s, (size_t)end + 2);
	}
	return s.n ? arena_str(a, s) : arena_str(a, buf_str(&out));
}

static str body_decode(struct arena *a, str message)
{
	str rest = str_from(message, (size_t)str_find(message, STR("\r\n\r\n")) + 4), line;
	BUF(text);
	BUF(out);

	while (str_split(&rest, '\n', &line))
		buf_add(&text, str_trim(line));
	CHECK(base64_decode(&out, buf_str(&text)) == ERR_OK);
	return arena_str(a, buf_str(&out));
}

/* Every subject is read back, every line is short ASCII, whatever the text. */
static void carries_subjects_of_every_length_and_script(void)
{
	static const char *const pieces[] = {"a", "é", "漏えい", "🔥", "=?", " "};
	ARENA(a, 0);

	for (size_t n = 0; n < 120; n++) {
		BUF(subject);
		str text, rest, line;

		for (size_t i = 0; i < n && subject.n < 490; i++)
			buf_add(&subject, str_c(pieces[(i * 7 + n) % ARRAY_LEN(pieces)]));
		text = compose(&a, (struct mail){.subject = buf_str(&subject), .body = STR("x")});
		rest = text;
		while (str_split(&rest, '\n', &line))
			CHECK(line.n <= 79);
		for (size_t i = 0; i < text.n; i++)
			CHECK((unsigned char)text.p[i] < 0x7f);
		CHECK(str_eq(str_trim(words_decode(&a, field(&a, text, "Subject"))),
			     str_trim(buf_str(&subject))));
	}
}

static void writes_the_fields(void)
{
	ARENA(a, 0);
	str text = compose(&a, (struct mail){.subject = STR("Warning"),
					     .body = STR("一行目\nsecond\r\nthird"),
					     .language = STR("ja"),
					     .auto_submitted = true});
	struct mail_server plain = {.from = STR("a@b.example"), .from_name = STR("O\"Brien")};
	struct mail m = {.to = STR("u@x.example"), .message_id = STR("inc-1.2@csirt.example")};

	CHECK(str_eq(field(&a, text, "To"), STR("<user@example.org>")));
	CHECK(str_ends(field(&a, text, "From"), STR("<desk@csirt.example>")));
	CHECK(str_eq(field(&a, text, "Auto-Submitted"), STR("auto-generated")));
	CHECK(str_eq(field(&a, text, "Content-Language"), STR("ja")));
	CHECK(str_ends(field(&a, text, "Message-ID"), STR("@csirt.example>")));
	CHECK(str_ends(field(&a, text, "Date"), STR(" +0000")) && field(&a, text, "Date").n == 31);
	CHECK(str_eq(body_decode(&a, text), STR("一行目\r\nsecond\r\nthird")));
	CHECK(mail_compose(&a, &plain, &m, &text, NULL) == ERR_OK);
	CHECK(str_eq(field(&a, text, "From"), STR("\"O\\\"Brien\" <a@b.example>")));
	CHECK(str_eq(field(&a, text, "Message-ID"), STR("<inc-1.2@csirt.example>")));
	CHECK(field(&a, text, "Auto-Submitted").n == 0);
}

static void refuses_what_could_add_a_field_or_a_recipient(void)
{
	static const struct mail bad[] = {
	    {.to = STR_INIT("a@b.example\r\nBcc: c@d.example")},
	    {.to = STR_INIT("a@b.example, c@d.example")},
	    {.to = STR_INIT("a@b.example> SIZE=1")},
	    {.to = STR_INIT("<a@b.example>")},
	    {.to = STR_INIT("a b@c.example")},
	    {.to = STR_INIT("@b.example")},
	    {.to = STR_INIT("a@")},
	    {.to = STR_INIT("a")},
	    {.to = STR_INIT("")},
	    {.to = STR_INIT("-oQ/tmp@b.example")},
	    {.to = STR_INIT("a@b..example")},
	    {.to = STR_INIT("a\0@b.example")},
	    {.to = STR_INIT("a@b.example"), .subject = STR_INIT("x\nBcc: c@d.example")},
	    {.to = STR_INIT("a@b.example"), .subject = STR_INIT("x\rBcc: c@d.example")},
	    {.to = STR_INIT("a@b.example"), .subject = STR_INIT("\xff")},
	    {.to = STR_INIT("a@b.example"), .message_id = STR_INIT("x>\r\nBcc: c@d.example")},
	    {.to = STR_INIT("a@b.example"), .language = STR_INIT("ja\r\nBcc: c")},
	    {.to = STR_INIT("a@b.example"), .body = STR_INIT("\xc0\xaf")},
	};
	struct mail_server srv = server;
	struct mail good = {.to = STR("a@b.example")};
	str text = STR("kept");
	ARENA(a, 0);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(mail_compose(&a, &server, &bad[i], &text, NULL) == ERR_INVALID);
	srv.from_name = STR("x\r\nBcc: c@d.example");
	CHECK(mail_compose(&a, &srv, &good, &text, NULL) == ERR_INVALID);
	srv = server;
	srv.from = STR("no address");
	CHECK(mail_compose(&a, &srv, &good, &text, NULL) == ERR_INVALID);
	CHECK(str_eq(text, STR("kept")));
}

/* tests/net/smtp_server.py as a child; its port, or 0 when it cannot run here. */
static unsigned smtp_start(const char *dir, pid_t *ret)
{
	const char *source = getenv("HIKESHI_SOURCE"), *python = getenv("HIKESHI_PYTHON");
	char script[512], text[32] = "";
	int out[2];
	size_t used = 0;
	ssize_t n;

	snprintf(script, sizeof(script), "%s/tests/net/smtp_server.py", source ? source : ".");
	if (pipe(out) != 0)
		return 0;
	*ret = fork();
	if (*ret == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execlp(python ? python : "python3", python ? python : "python3", script, "--port",
		       "0", "--dir", dir, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	/* the whole line: an unbuffered Python writes its end apart, and to a closed pipe it would
	 * die of that */
	while (used < sizeof(text) - 1 && !strchr(text, '\n')) {
		n = read(out[0], text + used, sizeof(text) - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	close(out[0]);
	return used ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static void arrives_at_a_real_server(void)
{
	char dir[] = "/tmp/hikeshi-mail-XXXXXX", url[64], path[128];
	struct mail_server srv = server;
	struct mail m = {.to = STR("user@example.org"),
			 .subject = STR("警戒情報 2026-11 第3号: VPN 装置の脆弱性を狙う攻撃"),
			 .body = STR("本文\n.\n..dots\n")};
	struct why why = {0};
	pid_t pid = 0;
	unsigned port;
	int status;
	ARENA(a, 0);
	BUF(stored);

	CHECK(mkdtemp(dir) != NULL);
	port = smtp_start(dir, &pid);
	if (port == 0) {
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) &&
		      (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127));
		CHECK_SKIP("python3 has no aiosmtpd (pip install aiosmtpd, or set HIKESHI_PYTHON)");
		return;
	}
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", port);
	srv.url = str_c(url);
	CHECK(mail_send(&srv, &m, &why) == ERR_OK);
	snprintf(path, sizeof(path), "%s/0001.eml", dir);
	CHECK(file_read(path, 1 << 20, &stored, NULL) == ERR_OK);
	CHECK(str_eq(field(&a, buf_str(&stored), "X-Mail-From"), STR("desk@csirt.example")));
	CHECK(str_eq(field(&a, buf_str(&stored), "X-Rcpt-To"), STR("user@example.org")));
	CHECK(str_eq(words_decode(&a, field(&a, buf_str(&stored), "Subject")), m.subject));
	CHECK(str_eq(body_decode(&a, buf_str(&stored)), STR("本文\r\n.\r\n..dots\r\n")));
	m.to = STR("busy@example.org");
	CHECK(mail_send(&srv, &m, NULL) == ERR_BUSY);
	m.to = STR("refused@example.org");
	CHECK(mail_send(&srv, &m, NULL) == ERR_DENIED);
	/* The server offers no TLS: a mail that demands it is not sent in clear. */
	m.to = STR("user@example.org");
	srv.starttls = true;
	CHECK(mail_send(&srv, &m, NULL) != ERR_OK);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	unlink(path);
	CHECK(rmdir(dir) == 0); /* nothing else was stored */
	srv.starttls = false;
	srv.timeout_s = 2;
	CHECK(mail_send(&srv, &m, &why) == ERR_BUSY);
	srv.url = STR("file:///etc/passwd");
	CHECK(mail_send(&srv, &m, NULL) == ERR_INVALID);
}

RUN_TESTS({"carries subjects of every length and script",
	   carries_subjects_of_every_length_and_script},
	  {"writes the fields", writes_the_fields},
	  {"refuses what could add a field or a recipient",
	   refuses_what_could_add_a_field_or_a_recipient},
	  {"arrives at a real server", arrives_at_a_real_server})
