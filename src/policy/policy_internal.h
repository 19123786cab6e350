// SPDX-License-Identifier: Apache-2.0
/* policy_internal: what tests of the view cache need besides the clock. */
#ifndef POLICY_POLICY_INTERNAL_H
#define POLICY_POLICY_INTERNAL_H

#include "policy/policy.h"

/* policy_view_get at a time of the caller's choosing. */
const struct view *policy_view_at(struct policy *p, const struct actor *a, enum action act,
				  int64_t now_us);

#endif
