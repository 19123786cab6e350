// SPDX-License-Identifier: Apache-2.0
/* banned: functions that have cost others too much; force-included last by
 * the build in every file of src/. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* glibc has it as a macro, which cannot be poisoned */
#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol strncpy strncat alloca     \
    localtime gmtime srand
/* not poisoned by name: OpenSSL's headers call parameters so */
extern int rand(void) __attribute__((deprecated("banned: use random_bytes")));
#endif
