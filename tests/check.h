// SPDX-License-Identifier: Apache-2.0
/* check: the whole test harness. A test is a function that calls CHECK;
 * a file is a table of tests; the output is TAP, which Meson reads.
 * check_skip_all() ends the program with a loud TAP skip (absent corpus). */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool check_failed;
static const char *check_skipped __attribute__((unused));

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			check_failed = true;                                                       \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                        \
		}                                                                                  \
	} while (0)

/* Marks the running test as skipped: say what is missing. Then return. */
#define CHECK_SKIP(reason) (check_skipped = (reason))

#define RUN_TESTS(...)                                                                             \
	int main(void)                                                                             \
	{                                                                                          \
		static const struct {                                                              \
			const char *name;                                                          \
			void (*fn)(void);                                                          \
		} tests[] = {__VA_ARGS__};                                                         \
		int n = (int)(sizeof(tests) / sizeof(tests[0])), bad = 0;                          \
		printf("1..%d\n", n);                                                              \
		for (int i = 0; i < n; i++) {                                                      \
			check_failed = false;                                                      \
			check_skipped = NULL;                                                      \
			tests[i].fn();                                                             \
			bad += check_failed;                                                       \
			printf("%sok %d - %s%s%s\n", check_failed ? "not " : "", i + 1,            \
			       tests[i].name, check_skipped ? " # SKIP " : "",                     \
			       check_skipped ? check_skipped : "");                                \
			fflush(stdout);                                                            \
			if (check_failed && getenv("CHECK_FIRST_FAILURE"))                         \
				break;                                                             \
		}                                                                                  \
		return bad != 0;                                                                   \
	}

#endif
