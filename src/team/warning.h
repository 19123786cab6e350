// SPDX-License-Identifier: Apache-2.0
/* warning: 5W1H early warnings (incident.md 6): who would get one, approval bound to the SHA-256 of
 * text and audience, issue, correction, withdrawal, deliveries, assessments, reminders at 50 and
 * 100 percent of the time and the telephone list at 150. */
#ifndef TEAM_WARNING_H
#define TEAM_WARNING_H

#include "team/import.h"
#include "team/outbox.h"
#include "team/record.h"

struct warning_recipient {
	const struct directory_team *team;
	size_t people;      /* accounts that get a notice */
	const char *reason; /* "circle" "named" "person" "sector" */
};
struct warning_exclusion {
	const struct directory_team *team;
	const char *code; /* "excepted" "tlp_red" "not_member" "own_team" ... */
	struct bilingual text;
};
struct warning_carried { /* an indicator of the warning */
	struct record record;
	str value;
	bool travels;
	struct bilingual text; /* why not */
};
struct warning_plan {
	struct label_spec label;
	struct warning_recipient *recipients;
	size_t n_recipients;
	struct warning_exclusion *excluded;
	size_t n_excluded;
	struct warning_carried *carried;
	size_t n_carried;
	bool open; /* meant for the public; label.everyone: and it may be */
	struct catalog_faults missing;
	struct digest hash; /* of JCS(text that leaves) and the canonical audience */
	struct json leaves; /* what recipients would read */
};
MUST_CHECK enum err warning_plan(struct ctx *c, const struct record *r, const struct json *body,
				 struct warning_plan *ret, struct why *why);

/* The resources of interface.md as JSON objects. */
MUST_CHECK enum err warning_preview(struct ctx *c, const struct record *r, struct json_out *o,
				    struct why *why);
MUST_CHECK enum err warning_deliveries(struct ctx *c, const struct record *r, struct json_out *o,
				       struct why *why);
MUST_CHECK enum err warning_assessments(struct ctx *c, const struct record *r, struct json_out *o,
					struct why *why);
MUST_CHECK enum err warning_receipts(struct ctx *c, const struct record *r, struct json_out *o,
				     struct why *why);
MUST_CHECK enum err warning_calls(struct ctx *c, const struct record *r, struct json_out *o,
				  struct why *why);
MUST_CHECK enum err warning_concerns(struct ctx *c, const struct record *r, struct json_out *o,
				     struct why *why);
MUST_CHECK enum err warning_changes(struct ctx *c, const struct record *r, int64_t from, int64_t to,
				    struct json_out *o, struct why *why);
/* Of the actor's team's issued warnings, the newest fifty: how many were asked, answered in time,
 * late, and how fast. */
MUST_CHECK enum err warning_figures(struct ctx *c, struct json_out *o, struct why *why);
/* POST …/assessments: answers for the actor's team; creates or renews its one assessment.
 * *ret_undo (nullable): the operation by which the actor may take it back (undo.h), zero: none. */
MUST_CHECK enum err warning_answer(struct ctx *c, const struct record *r,
				   const struct json *request, struct record *ret,
				   struct uuid *ret_undo, struct why *why);
/* The first sight by a person of a recipient team makes its delivery "opened". Quick when there is
 * nothing to do. */
void warning_opened(struct ctx *c, const struct record *r);

extern const struct record_rules warning_rules, assessment_rules, delivery_rules;

/* Jobs of this module: "warning.remind", "warning.expire" and "mail". Run by team/jobs.c. */
MUST_CHECK enum err warning_job_remind(struct node *n, struct arena *a, const struct job *j,
				       struct why *why);
MUST_CHECK enum err warning_job_expire(struct node *n, struct arena *a, const struct job *j,
				       struct why *why);
MUST_CHECK enum err warning_job_mail(struct node *n, struct arena *a, const struct job *j,
				     struct why *why);
/* What was held of a warning that comes from elsewhere. */
struct warning_before {
	int64_t edition; /* 0: nothing */
	const struct label *label;
	const struct json *body;
	bool stood; /* it was issued, and its readers know of no end of it */
};
/* A warning of a team that works elsewhere arrives with the write set w, under the label l; src:
 * its key or -1-index of its put. Adds the links of what it vouches for, notices to its readers
 * here and their reminders; who could read what stood and cannot read this is told that it was
 * withdrawn. */
void warning_arrived(struct ctx *c, struct write_set *w, int64_t src, const struct json *body,
		     const struct label *l, struct uuid uid, str state,
		     const struct warning_before *before);
/* What is held of one is taken back. */
void warning_taken_back(struct ctx *c, struct write_set *w, const struct record *r,
			const struct json *body);
/* A warning of a team hosted here that this node had lost in a restore has come back as it was
 * issued (exchange/heal.h): working copy, deliveries, reminders and what it vouches for, in the
 * write set that takes the issued copy (src: its key, or -1-index of its put) under label l. */
MUST_CHECK enum err warning_back(struct ctx *c, struct write_set *w, int64_t src,
				 const struct directory_team *own, struct uuid uid, str state,
				 const struct json *body, const struct label *l, struct why *why);
MUST_CHECK enum err warning_job_nudge(struct node *n, struct arena *a, const struct job *j,
				      struct why *why);
/* How far an issued warning got to a team that works elsewhere: "sent" (its peer has it),
 * "delivered" (its receipt came). Never moves back; nothing to do where there is no such delivery.
 */
MUST_CHECK enum err warning_reached(struct node *n, struct arena *a, int64_t issuer,
				    struct uuid warning, struct uuid recipient, const char *state,
				    struct why *why);
/* After a commit of a team's record with values (keyed hashes): tells its people when a warning
 * they received carries one of them, so that tomorrow's report lights up yesterday's warning
 * ("warnings.concerns"). Never fails the request. */
void warning_light_up(struct node *n, int64_t team, const uint64_t *hashes, size_t count);

#endif
