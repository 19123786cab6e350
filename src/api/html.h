// SPDX-License-Identifier: Apache-2.0
/* html: the frame of the pages that need neither an account nor JavaScript: the report form, the
 * public warnings, the fact sheet. Whatever anybody typed goes through html_text. */
#ifndef API_HTML_H
#define API_HTML_H

#include "api/api_internal.h"

/* Text for HTML and XML alike, in content and in quoted attributes: markup escaped; what neither
 * may hold (controls, noncharacters, broken UTF-8) becomes U+FFFD. */
void html_text(struct buf *b, str s);
bool call_is_ja(struct call *c);
/* "ja" or "en" given in the address or a form; anything else changes nothing. */
void call_choose_language(struct call *c, str given);
struct html_page {
	str title; /* of the window and the headline */
	str lang;  /* of the headline where it is not the page's; or empty */
	str more;  /* "key=value" that the links to the other language keep, escaped here; or empty
		    */
	bool tlp_clear; /* marked so, on paper on every page */
	bool feed;      /* has a link to the Atom feed */
};
/* Up to and with the headline and whose page it is. */
void html_open(struct call *c, struct buf *b, const struct html_page *p);
/* Links to the other public pages and, unless it answers a form, to the other language. */
void html_links(struct call *c, struct buf *b, const struct html_page *p, bool languages);
/* Ends the page and answers with it; cached: may be kept for some minutes by anybody. */
enum err html_close(struct call *c, int status, struct buf *b, bool cached);
/* Whether a person at a browser asked for one of these pages, and gets a page also when it fails.
 */
bool html_wanted(struct call *c);
/* Answers with a page that says what failed, under that headline (English in small letters), and
 * where to go on. */
void html_problem(struct call *c, enum err err, const char *en, const char *ja);

#endif
