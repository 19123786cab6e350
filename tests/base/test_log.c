// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/check.h"

static int pipe_ends[2];

static void start(enum log_level least)
{
	CHECK(pipe(pipe_ends) == 0);
	log_to(pipe_ends[1], least);
}

/* What was logged since start, without "time=... " of its first line. */
static str stop(char *room, size_t cap)
{
	ssize_t n;

	log_to(STDERR_FILENO, LOG_INFO);
	(void)close(pipe_ends[1]);
	n = read(pipe_ends[0], room, cap);
	(void)close(pipe_ends[0]);
	if (n <= 0)
		return STR_NULL;
	str s = {room, (size_t)n};
	CHECK(str_starts(s, STR("time=2")) && str_eq(str_slice(s, 31, 2), STR("Z ")));
	return str_from(s, 33);
}

static void every_kind_of_argument_is_consumed(void)
{
	char room[4096];

	start(LOG_DEBUG);
	log_event(LOG_WARN, "request", "a", "%s", "x", "b", "%d", -5, "c", "%zu", (size_t)7, "d",
		  "%lld", (long long)INT64_MIN, "e", "%.*s", 2, "yes", "f", "%.2f", 0.5, "g",
		  "%5u|", 3u, "h", "%lu", 9ul, "i", "%c", 'z', "j", "100%%", "k", "%s", "end",
		  NULL);
	CHECK(str_eq(stop(room, sizeof(room)),
		     STR("level=warn event=request a=x b=-5 c=7 d=-9223372036854775808 e=ye f=0.50 "
			 "g=\"    3|\" h=9 i=z j=100% k=end\n")));
}

static void values_cannot_forge(void)
{
	char room[4096];

	start(LOG_DEBUG);
	log_event(LOG_INFO, "e", "a", "%s", "x\nlevel=error", "b", "%s", "", "c", "%s", "q\"\\",
		  "d", "%s", "火\x1b[2J\xff\xc2\x9b", NULL);
	CHECK(str_eq(stop(room, sizeof(room)),
		     STR("level=info event=e a=\"x\\nlevel=error\" b=\"\" c=\"q\\\"\\\\\" "
			 "d=\"火\\x1b[2J\\xff\\xc2\\x9b\"\n")));
}

static void levels_below_are_silent_and_long_values_cut(void)
{
	char room[16384];
	str got;

	start(LOG_WARN);
	log_event(LOG_INFO, "silent", NULL);
	log_msg(LOG_DEBUG, "silent", "x");
	log_msg(LOG_ERROR, "loud", "%010000d", 1);
	got = stop(room, sizeof(room));
	CHECK(str_starts(got, STR("level=error event=loud msg=\"000")));
	CHECK(str_ends(got, STR("0...\"\n")) && got.n < 5000);
}

static void *log_many(void *arg)
{
	for (int i = 0; i < 50; i++)
		log_event(LOG_INFO, "thread", "n", "%d", i + *(int *)arg, NULL);
	return NULL;
}

static void lines_of_threads_do_not_mix(void)
{
	char room[16384];
	pthread_t t[3];
	int base[3] = {0, 100, 200};
	str rest, line;
	int lines = 0;

	start(LOG_DEBUG);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&t[i], NULL, log_many, &base[i]) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	rest = stop(room, sizeof(room));
	while (str_split(&rest, '\n', &line) && line.n) {
		CHECK(str_find(line, STR("level=info event=thread n=")) >= 0);
		CHECK(line.n < 70);
		lines++;
	}
	CHECK(lines == 150);
}

RUN_TESTS({"every kind of argument is consumed", every_kind_of_argument_is_consumed},
	  {"values cannot forge", values_cannot_forge},
	  {"levels below are silent and long values cut",
	   levels_below_are_silent_and_long_values_cut},
	  {"lines of threads do not mix", lines_of_threads_do_not_mix})
