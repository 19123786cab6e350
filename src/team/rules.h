// SPDX-License-Identifier: Apache-2.0
/* rules: the rules of the small types; larger ones have modules of their own. Read-only tables. */
#ifndef TEAM_RULES_H
#define TEAM_RULES_H

#include "team/record.h"

extern const struct record_rules team_rules, circle_rules, membership_rules,
    person_rules;                                               /* directory_rules.c */
extern const struct record_rules incident_rules, comment_rules; /* desk.c */
extern const struct record_rules report_rules;                  /* window.c */
extern const struct record_rules handover_rules;                /* handover.c */
extern const struct record_rules view_rules;                    /* saved_view.c */
extern const struct record_rules receipt_rules, withdrawal_rules, sealed_rules; /* wire_rules.c */

#endif
