// SPDX-License-Identifier: Apache-2.0
/* warning_text: a warning as people read it, without the face: number, title and the six questions
 * in their order, each field under its label in one language. Only what leaves a team is in it, and
 * of its indicators those that the reader may see. Everything lives in the caller's arena. */
#ifndef TEAM_WARNING_TEXT_H
#define TEAM_WARNING_TEXT_H

#include "team/record.h"

struct reading_row {
	str label; /* empty: belongs to the row before */
	str text;  /* may have several lines */
	bool link; /* text is the address of a public source, http or https */
};
struct reading_part {
	str heading;
	const struct reading_row *rows;
	size_t n;
};
struct reading {
	str id, tlp, number, title, team, summary, language;
	str kind;   /* class and urgency in words */
	str state;  /* "issued" "withdrawn" ...; empty: not issued */
	str mark;   /* what stands before the title: drill, withdrawn, no longer valid; or empty */
	str reason; /* of a withdrawal */
	int64_t issued_us, changed_us; /* 0: not issued */
	int64_t edition;
	bool exercise;
	const struct reading_part *parts; /* none once it is withdrawn */
	size_t n_parts;
};
/* What record_render gave of a warning, in Japanese or English. */
MUST_CHECK enum err warning_reading(struct ctx *c, const struct record *r, bool ja,
				    struct reading *ret, struct why *why);
/* As the text of a mail: TLP first and last, lines of any length. */
void warning_reading_text(const struct reading *r, bool ja, struct buf *out);
/* A moment as people of that language read it, with its zone: Japan's or UTC. */
str moment_text(struct arena *a, int64_t us, bool ja);

#endif
