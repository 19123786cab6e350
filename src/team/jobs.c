// SPDX-License-Identifier: Apache-2.0
#include "team/jobs.h"

#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "team/jobs_internal.h"
#include "team/published.h"
#include "team/warning.h"

#define LEASE_US (300 * US_PER_S)
#define TRIES 8
#define SLEEP_MAX_US                                                                               \
	(30 * US_PER_S) /* other processes' jobs and the clock are looked at as often */
#define TEXT_BUDGET 2000

struct jobs {
	struct node *node;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	unsigned woken; /* rises with every wake, so that none is lost */
	pthread_t *threads;
	unsigned n;
};

/* ---- the table ---- */

static enum err run_remind(struct node *n, struct arena *a, const struct job *j, str *ret,
			   struct why *why)
{
	(void)ret;
	return warning_job_remind(n, a, j, why);
}

static enum err run_expire(struct node *n, struct arena *a, const struct job *j, str *ret,
			   struct why *why)
{
	(void)ret;
	return warning_job_expire(n, a, j, why);
}

static enum err run_nudge(struct node *n, struct arena *a, const struct job *j, str *ret,
			  struct why *why)
{
	(void)ret;
	return warning_job_nudge(n, a, j, why);
}

static enum err run_factsheet(struct node *n, struct arena *a, const struct job *j, str *ret,
			      struct why *why)
{
	(void)ret;
	return factsheet_job(n, a, j, why);
}

static enum err run_mail(struct node *n, struct arena *a, const struct job *j, str *ret,
			 struct why *why)
{
	(void)ret;
	return warning_job_mail(n, a, j, why);
}

/* Goes on until less is done than was allowed; the lease is renewed on the way. */
static enum err run_text(struct node *n, const struct job *j,
			 enum err (*step)(struct store *s, size_t budget, size_t *ret_done,
					  struct why *why),
			 struct why *why)
{
	size_t done = 0;
	enum err err;

	do {
		err = step(n->store, TEXT_BUDGET, &done, why);
		if (!err)
			err = job_progress(n->store, j->key, STR_NULL, clock_now_us() + LEASE_US,
					   why);
	} while (!err && done >= TEXT_BUDGET);
	return err;
}

static enum err run_text_backlog(struct node *n, struct arena *a, const struct job *j, str *ret,
				 struct why *why)
{
	(void)a;
	(void)ret;
	return run_text(n, j, store_text_backlog, why);
}

static enum err run_text_sweep(struct node *n, struct arena *a, const struct job *j, str *ret,
			       struct why *why)
{
	(void)a;
	(void)ret;
	return run_text(n, j, store_text_sweep, why);
}

static const struct {
	str kind;
	enum err (*run)(struct node *n, struct arena *a, const struct job *j, str *ret_result,
			struct why *why);
} kinds[] = {
    {STR_INIT("warning.remind"), run_remind},
    {STR_INIT("warning.expire"), run_expire},
    {STR_INIT("warning.nudge"), run_nudge},
    {STR_INIT("mail"), run_mail},
    {STR_INIT("import"), job_import},
    {STR_INIT("text_backlog"), run_text_backlog},
    {STR_INIT("text_sweep"), run_text_sweep},
    {STR_INIT("clock"), job_clock},
    {STR_INIT("factsheet.expires"), run_factsheet},
};

/* ---- one job ---- */

/* Trying again would only end the same way. */
static bool is_final(enum err err)
{
	return err != ERR_IO && err != ERR_BUSY && err != ERR_FULL && err != ERR_STALE &&
	       err != ERR_CONFLICT && err != ERR_RATE;
}

static str error_json(struct arena *a, enum err err, const struct why *why)
{
	struct json_out o;
	BUF(b);

	json_out_init(&o, &b);
	jo_object(&o);
	jo_kc(&o, "error", why->text[0] ? why->text : err_name(err));
	if (why->text_ja[0])
		jo_kc(&o, "error_ja", why->text_ja);
	jo_kc(&o, "code", why->code[0] ? why->code : err_name(err));
	jo_end(&o);
	return arena_str(a, buf_str(&b));
}

static enum err run_one(struct node *n, struct arena *a, const struct job *j, struct why *why)
{
	str result = STR_NULL;
	struct why cause = {0};
	enum err err = ERR_NOTFOUND;
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].kind, j->kind)) {
			known = true;
			err = kinds[i].run(n, a, j, &result, &cause);
		}
	if (!known)
		err = why_set(&cause, ERR_NOTFOUND, "this program knows no job '%.*s'",
			      STR_ARG(j->kind));
	if (!err)
		err = job_done(n->store, j->key, true, result, why);
	else if (is_final(err) || j->attempts >= TRIES)
		err = job_done(n->store, j->key, false, error_json(a, err, &cause), why);
	else
		err = job_retry(n->store, j->key, clock_now_us() + job_backoff_us(j->attempts),
				str_c(cause.text[0] ? cause.text : err_name(err)), why);
	/* the lease ran out and somebody else has it now */
	return err == ERR_CONFLICT ? ERR_OK : err;
}

/* Takes and runs one due job. ERR_NOTFOUND: none is due. */
static enum err take_one(struct node *n, struct why *why)
{
	ARENA(a, 0);
	struct job j;
	enum err err = job_take(n->store, &a, clock_now_us(), LEASE_US, &j, why);

	return err ? err : run_one(n, &a, &j, why);
}

enum err jobs_run_due(struct node *n, struct why *why)
{
	enum err err = clock_tick(n, why);

	while (!err)
		err = take_one(n, why);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* ---- threads ---- */

static int64_t sleep_us(struct node *n)
{
	struct why why = {0};
	int64_t due = INT64_MAX, now = clock_now_us();

	if (job_next_due(n->store, &due, &why))
		return SLEEP_MAX_US;
	if (due <= now)
		return US_PER_S /
		       10; /* somebody else is taking it, or the database is in trouble */
	return due - now < SLEEP_MAX_US ? due - now : SLEEP_MAX_US;
}

static void wait_for_work(struct jobs *j, unsigned seen, int64_t us)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(us / US_PER_S);
	t.tv_nsec += (long)(us % US_PER_S * 1000);
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&j->lock);
	while (!j->stop && j->woken == seen)
		if (pthread_cond_timedwait(&j->wake, &j->lock, &t) != 0)
			break;
	pthread_mutex_unlock(&j->lock);
}

static bool going_on(struct jobs *j, unsigned *seen)
{
	bool on;

	pthread_mutex_lock(&j->lock);
	on = !j->stop;
	*seen = j->woken;
	pthread_mutex_unlock(&j->lock);
	return on;
}

static void *worker_main(void *arg)
{
	struct jobs *j = arg;
	unsigned seen;

	pthread_setname_np(pthread_self(), "jobs");
	while (going_on(j, &seen)) {
		struct why why = {0};
		enum err err = clock_tick(j->node, &why);

		if (!err)
			err = take_one(j->node, &why);
		/* a failure here is the database's: it is asked again, not hammered */
		if (err == ERR_NOTFOUND)
			wait_for_work(j, seen, sleep_us(j->node));
		else if (err)
			wait_for_work(j, seen, US_PER_S);
	}
	return NULL;
}

static void on_job(void *ctx)
{
	jobs_wake(ctx);
}

struct jobs *jobs_start(struct node *n, unsigned workers)
{
	struct jobs *j = mem_alloc(sizeof(*j));
	pthread_condattr_t attr;
	struct why why = {0};

	if (job_release(n->store, clock_now_us(), &why))
		log_event(LOG_WARN, "jobs", "why", "%s", why.text, NULL); /* their leases end */

	j->node = n;
	j->threads = mem_alloc((workers ? workers : 1) * sizeof(*j->threads));
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
	store_on_job(n->store, on_job, j);
	for (unsigned i = 0; i < (workers ? workers : 1); i++)
		if (pthread_create(&j->threads[j->n], NULL, worker_main, j) == 0)
			j->n++;
	if (j->n)
		return j;
	jobs_stop(j);
	return NULL;
}

void jobs_wake(struct jobs *j)
{
	pthread_mutex_lock(&j->lock);
	j->woken++;
	pthread_cond_broadcast(&j->wake);
	pthread_mutex_unlock(&j->lock);
}

void jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	store_on_job(j->node->store, NULL, NULL);
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_broadcast(&j->wake);
	pthread_mutex_unlock(&j->lock);
	for (unsigned i = 0; i < j->n; i++)
		pthread_join(j->threads[i], NULL);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	mem_free(j->threads);
	mem_free(j);
}
