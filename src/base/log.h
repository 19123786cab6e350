// SPDX-License-Identifier: Apache-2.0
/* log: logfmt lines on stderr (or a descriptor set once at start). Only api,
 * exchange and main log. The sink is the one global of the program and is
 * safe to use from any thread. No personal data, no indicator above TLP:GREEN. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_to(int fd, enum log_level least);
/* log_event(LOG_INFO, "request", "id", "%s", id, "status", "%d", 200, NULL);
 * after the event name: pairs of key, printf format, and the format's ONE argument
 * (%s, %d, %zu, %lld or %.*s with two), closed by NULL. Values are quoted as needed. */
void log_event(enum log_level level, const char *event, ...);
/* One preformatted text as msg=. */
void log_msg(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
