// SPDX-License-Identifier: Apache-2.0
/* warning_internal: what the files of warning.h share. Private to team/. A warning's working copy
 * keeps in "handling" what is decided about it:
 * {"tlp","circles","edition","authors","approved_hash","approved_by","approved_at","approved_alone","issued_at"};
 * the issued copy in the outbox keeps
 * {"number","issued":{"edition","issued_at","ack_by","withdrawn_at","withdrawn_reason"}}. */
#ifndef TEAM_WARNING_INTERNAL_H
#define TEAM_WARNING_INTERNAL_H

#include "team/record_internal.h"
#include "team/warning.h"

#define WARNING_TYPE "x-hikeshi-warning"
#define DELIVERY_TYPE "x-hikeshi-delivery"
#define ASSESSMENT_TYPE "x-hikeshi-assessment"

struct json *json_slot(struct arena *a, struct json *obj,
		       const char *key); /* member object, made when absent */
void set_text(struct arena *a, struct json *obj, const char *key, str v);
void set_i64(struct arena *a, struct json *obj, const char *key, int64_t v);
void set_time(struct arena *a, struct json *obj, const char *key, int64_t us);
str hex_text(struct arena *a, struct digest d);
/* Is the record an issued copy (held by an outbox)? Then its team. */
const struct directory_team *warning_issuer(struct ctx *c, const struct record *r,
					    bool *ret_issued_copy);
/* The issued copy of a warning for its own team; key 0 when never issued. */
MUST_CHECK enum err warning_issued_copy(struct ctx *c, const struct directory_team *team,
					struct uuid uid, struct record *ret, struct why *why);
/* End of the time to answer: when.ack_by, else by urgency from the issue (24 h, 72 h, 14 d, 30 d).
 */
int64_t warning_ack_by(const struct json *body, int64_t issued_us);
/* Everything that goes with issuing (again): issued copy, vouched indicators, deliveries, mails,
 * reminders. */
MUST_CHECK enum err warning_issue(struct ctx *c, struct record_draft *d, struct why *why);
MUST_CHECK enum err warning_withdraw(struct ctx *c, struct record_draft *d, struct why *why);
MUST_CHECK enum err warning_end(struct ctx *c, struct record_draft *d, struct why *why);
/* Reminders and the end of its time, as jobs of d->write. */
void warning_schedule(struct ctx *c, struct record_draft *d);
/* The audience as labels: expands circles where somebody is left out. */
MUST_CHECK enum err warning_audience(struct ctx *c, const struct record *r, const struct json *body,
				     struct warning_plan *p, struct why *why);
MUST_CHECK enum err warning_carried(struct ctx *c, const struct record *r, const struct json *body,
				    struct warning_plan *p, struct why *why);
/* Teams the issuer has an inbox delivery for, each once for a delivery; edition: of that one alone,
 * 0: of any. */
MUST_CHECK enum err warning_delivered(struct ctx *c, struct uuid warning, int64_t issuer,
				      int64_t edition, const struct directory_team ***ret,
				      size_t *ret_n, struct why *why);
/* ERR_DENIED for everybody but the issuing team. */
MUST_CHECK enum err warning_issuer_only(struct ctx *c, const struct record *r, struct why *why);
/* The answer of one team among what is linked with "answers"; NULL without one. */
const struct record *warning_answer_of(struct ctx *c, const struct record *answers, size_t n,
				       int64_t team);
/* Has the team answered this edition or a later one? answers: linked with "answers". */
bool warning_has_answered(struct ctx *c, const struct record *answers, size_t n, int64_t team,
			  int64_t edition);
/* A notice goes to who may read what it is about: nobody hears of a TLP:RED he is not named in. */
bool warning_may_be_told(struct ctx *c, const struct directory_person *p, const struct label *l);
/* An answer goes back to what it was before (undo.h); *said: what the issuer has or gets. */
struct undo_item;
MUST_CHECK enum err warning_unanswer(struct ctx *c, const struct undo_item *u,
				     struct bilingual *said, struct why *why);
/* The label without the public: whom it addresses. */
struct label warning_addressed(const struct label *l);
/* Id of the delivery of a warning to a team ("inbox") or a person ("mail"). */
struct uuid warning_delivery_uid(struct uuid warning, const char *channel, struct uuid recipient);
/* Mail job for one person; what: "issued" "updated" "withdrawn" "reminder". */
void warning_mail(struct ctx *c, struct write_set *w, const struct directory_person *p, str number,
		  const struct json *body, enum tlp tlp, int64_t ack_by, struct uuid warning,
		  struct uuid delivery, const char *what);

#endif
