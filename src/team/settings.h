// SPDX-License-Identifier: Apache-2.0
/* settings: what is set at this node, as who operates it may read it: each key of docs/settings.md
 * with its value in force and its default. Secrets are told as set or not. The file itself is
 * changed on the machine. Any thread; the texts are the configuration's own. */
#ifndef TEAM_SETTINGS_H
#define TEAM_SETTINGS_H

#include "team/record.h"

/* An array of {"key","value","default","changed","secret"} into o. ERR_DENIED. */
MUST_CHECK enum err node_settings_json(struct ctx *c, struct json_out *o, struct why *why);

#endif
