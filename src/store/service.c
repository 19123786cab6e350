// SPDX-License-Identifier: Apache-2.0
/* service: what accounts, tokens and settings share. */
#include "store/service_internal.h"

#include "store/journal_internal.h"

enum err service_note(struct db *tx, int64_t actor, int64_t team, const char *kind, struct arena *a,
		      const struct json *content, struct why *why)
{
	struct journal_entry e = {.seq = -1,
				  .at_us = clock_now_us(),
				  .actor = actor,
				  .team = team,
				  .kind = str_c(kind),
				  .n = 1};
	BUF(text);
	enum err err = json_canonical(a, &text, content);

	if (err)
		return why_set(why, err, "a note about '%s' cannot be written", kind);
	e.content = buf_str(&text);
	return journal_insert(tx, &e, 1, why);
}

struct statement {
	const char *sql;
	const struct db_value *args;
	size_t n;
	int64_t changed;
};

static enum err run_statement(struct db *tx, void *ctx, struct why *why)
{
	struct statement *x = ctx;

	return db_exec(tx, x->sql, x->args, x->n, &x->changed, why);
}

enum err service_exec(struct store *s, const char *sql, const struct db_value *args, size_t n,
		      int64_t *changed, struct why *why)
{
	struct statement x = {sql, args, n, 0};
	enum err err = store_tx(s, run_statement, &x, why);

	if (!err && changed)
		*changed = x.changed;
	return err;
}
