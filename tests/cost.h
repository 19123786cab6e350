// SPDX-License-Identifier: Apache-2.0
/* cost: whether work grows in proportion, as a ratio of CPU time of this thread and not as a limit
 * of seconds: eight times the input may cost up to 32 times as much (what compares all pairs costs
 * 64 times). */
#ifndef TESTS_COST_H
#define TESTS_COST_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef void cost_fn(size_t n, const void *ctx);

/* The best of three, in µs, so that other work on the machine does not count. */
static inline int64_t cost_us(cost_fn *fn, size_t n, const void *ctx)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		struct timespec from, to;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		fn(n, ctx);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		int64_t us =
		    (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
		best = us < best ? us : best;
	}
	return best + 1;
}

#define CHECK_PROPORTIONAL(fn, n, ctx)                                                             \
	do {                                                                                       \
		int64_t few_ = cost_us(fn, n, ctx), many_ = cost_us(fn, 8 * (n), ctx);             \
		if (many_ > 32 * few_)                                                             \
			printf("# %lld us, for eight times as much %lld us\n", (long long)few_,    \
			       (long long)many_);                                                  \
		CHECK(many_ <= 32 * few_);                                                         \
	} while (0)

#endif
