// SPDX-License-Identifier: Apache-2.0
/* window: the public report form's other side: a report from outside becomes a record of a team,
 * the reporter gets a number and a secret code to look it up with. The code is stored hashed. */
#ifndef TEAM_WINDOW_H
#define TEAM_WINDOW_H

#include "team/record.h"

#define WINDOW_CODE 20 /* XXXX-XXXX-XXXX-XXXX without the zero */
struct window_receipt {
	str number;
	char code[WINDOW_CODE];
	struct uuid uid;
};
/* request: the fields of a report (interface.md "Report"). team 0: the home team. */
MUST_CHECK enum err window_receive(struct node *n, struct arena *a, int64_t team,
				   const struct json *request, struct window_receipt *ret,
				   struct catalog_faults *faults, struct why *why);
/* State and messages for the reporter. ERR_NOTFOUND for a wrong number or code alike. */
MUST_CHECK enum err window_status(struct node *n, struct arena *a, str number, str code,
				  struct json *ret, struct why *why);

#endif
