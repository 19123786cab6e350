// SPDX-License-Identifier: Apache-2.0
#include "store/words.h"

#include "base/codec.h"
#include "store/store_internal.h"

void store_on_word(struct store *s, store_word_fn *fn, void *ctx)
{
	pthread_mutex_lock(&s->subs_lock);
	s->on_word = fn;
	s->on_word_ctx = ctx;
	pthread_mutex_unlock(&s->subs_lock);
}

/* "<sender> <word>" */
void store_word(struct store *s, str word)
{
	struct why ignored = {0};
	struct db_rows *rows;
	struct db *db;
	char text[STORE_WORD_MAX + 32];
	int n = snprintf(text, sizeof(text), "%016llx %.*s", (unsigned long long)s->word_tag,
			 STR_ARG(word));

	if (!s->postgres || word.n > STORE_WORD_MAX || n < 0)
		return;
	db = store_writer_get(s);
	if (!db)
		return;
	if (db_query(db, "SELECT pg_notify('" STORE_WORDS "', ?1)",
		     DBARGS(DBT(((str){text, (size_t)n}))), &rows, &ignored) == ERR_OK) {
		while (db_next(rows))
			;
		if (db_end(rows, &ignored))
			ignored.text[0] = 0; /* nobody hears it */
	}
	store_writer_put(s, db);
}

void store_word_heard(struct store *s, str text)
{
	char own[17];
	str sender;

	(void)snprintf(own, sizeof(own), "%016llx", (unsigned long long)s->word_tag);
	if (!str_split(&text, ' ', &sender) || str_eq(sender, str_c(own)) || !text.n ||
	    text.n > STORE_WORD_MAX)
		return;
	pthread_mutex_lock(&s->subs_lock); /* so that nobody is called who has just left */
	if (s->on_word)
		s->on_word(s->on_word_ctx, text);
	pthread_mutex_unlock(&s->subs_lock);
}
