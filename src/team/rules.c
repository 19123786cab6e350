// SPDX-License-Identifier: Apache-2.0
/* rules: the table of types with rules of their own; a row each. */
#include "team/rules.h"

#include "team/published.h"
#include "team/warning.h"

const struct record_rules *record_rules(str type)
{
	static const struct record_rules *const table[] = {
	    &team_rules,       &circle_rules,   &membership_rules, &person_rules,
	    &report_rules,     &incident_rules, &comment_rules,    &warning_rules,
	    &assessment_rules, &delivery_rules, &receipt_rules,    &withdrawal_rules,
	    &sealed_rules,     &handover_rules, &factsheet_rules,  &view_rules,
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(type, str_c(table[i]->type)))
			return table[i];
	return NULL;
}
