// SPDX-License-Identifier: Apache-2.0
/* mail: sends one message by SMTP (RFC 5321, libcurl); blocking, on a job's thread. Header values
 * are checked for CR and LF; subjects and names are encoded as RFC 2047, bodies as UTF-8 base64. */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include "base/arena.h"
#include "base/str.h"

struct mail_server {
	str url;            /* "smtp://host:25", "smtps://host:465" */
	str user, password; /* empty: none */
	bool starttls;      /* demand it */
	str from;           /* address; display name in from_name */
	str from_name;
	unsigned timeout_s; /* 0: 30 */
};
struct mail {
	str to;            /* one address */
	str subject, body; /* UTF-8 */
	str message_id;    /* without angle brackets; empty: made */
	str language;
	bool auto_submitted; /* RFC 3834: Auto-Submitted: auto-generated */
};
/* ERR_INVALID: address or header not acceptable (never retried); ERR_BUSY: try again later (4xx, no
 * connection); ERR_DENIED: refused for good (5xx). */
MUST_CHECK enum err mail_send(const struct mail_server *srv, const struct mail *m, struct why *why);
/* The message as it goes over the wire (for tests and previews). */
MUST_CHECK enum err mail_compose(struct arena *a, const struct mail_server *srv,
				 const struct mail *m, str *ret, struct why *why);

#endif
