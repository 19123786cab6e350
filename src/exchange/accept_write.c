// SPDX-License-Identifier: Apache-2.0
/* What was judged (accept.c) is kept, with all that goes along. */
#include "base/log.h"
#include "exchange/accept_internal.h"
#include "formats/format.h"
#include "team/warning.h"

#define SLICE_FROM 16 /* so many objects of knowledge of one team are one entry of the journal */

static const char *kind_of(const struct arrival *x)
{
	if (str_eq(x->read.type_name, STR("x-hikeshi-warning")))
		return str_eq(x->read.state, STR("withdrawn")) ? "withdraw"
		       : x->held.key                           ? "update"
							       : "issue";
	return x->receipt ? "receipt" : x->withdrawal ? "take-back" : "receive";
}

/* EW-2026-0041: only so is it a number, which search finds; what else a team calls one stays in its
 * text. */
static str number_of(const struct arrival *x)
{
	str number = json_get_str(&x->read.body, "number"), rest = number, prefix, year;
	bool good = x->read.form == FORM_OWN && number.n <= 32 && str_split(&rest, '-', &prefix) &&
		    prefix.n && prefix.n <= 8 && str_split(&rest, '-', &year) && year.n == 4 &&
		    rest.n && rest.n <= 9;

	for (size_t i = 0; good && i < prefix.n; i++)
		good = prefix.p[i] >= 'A' && prefix.p[i] <= 'Z';
	for (size_t i = 0; good && i < year.n; i++)
		good = year.p[i] >= '0' && year.p[i] <= '9';
	for (size_t i = 0; good && i < rest.n; i++)
		good = rest.p[i] >= '0' && rest.p[i] <= '9';
	return good ? number : STR_NULL;
}

enum err accept_put_make(struct accepting *s, struct arrival *x, struct why *why)
{
	struct arena *a = s->c.arena;
	const struct catalog_type *t = x->read.type;
	bool as_it_came = x->read.form == FORM_STIX;
	BUF(object);
	BUF(body);
	enum err err;

	json_squeeze(&object, x->text);
	if (!as_it_came)
		json_write(&body, &x->read.body);
	x->row =
	    (struct record_signed){.uid = x->read.uid,
				   .team = x->team,
				   .rev = x->m.manifest.rev,
				   .hash = x->m.hash,
				   .object = as_it_came ? STR("") : arena_str(a, buf_str(&object)),
				   .signature = signature_keep(a, &x->m)};
	x->put = (struct record_put){
	    .key = x->held.key,
	    .expect_version = x->held.version,
	    .uid = x->read.uid,
	    .type = x->read.type_name,
	    .form = x->read.form,
	    .team = x->holder,
	    .label = x->label,
	    .body = arena_str(a, buf_str(as_it_came ? &object : &body)),
	    .state = x->read.form == FORM_OWN ? x->read.state : STR_NULL,
	    .flags = RECORD_VERIFIED | (x->read.revoked ? RECORD_REVOKED : 0) |
		     (x->read.exercise ? RECORD_EXERCISE : 0),
	    .number = number_of(x),
	    .source_modified_us = x->read.modified_us,
	    .text = catalog_text(a, t, &x->read.body),
	    .signature = &x->row,
	    .kind = kind_of(x),
	};
	err = draft_values(&s->c, t, x->read.form, &x->read.body, &x->put, why);
	return err;
}

/* What is held of a warning already. */
static struct warning_before warning_held(struct accepting *s, const struct arrival *x)
{
	struct arena *a = s->c.arena;
	struct view all = {.all = true}; /* sees all: what is held is compared, not shown */
	struct warning_before ret = {0};
	struct json *body = arena_new(a, struct json);
	struct record r = {0};

	if (!x->held.key ||
	    store_read(s->c.node->store, a, &all, &x->held.key, 1, true, &r, NULL) ||
	    record_body(&s->c, &r, body, NULL))
		return ret;
	ret.edition = json_get_i64(json_get_c(body, "issued"), "edition", 1);
	ret.body = body;
	ret.label = label_get(s->c.node->store, r.label);
	ret.stood = ret.label && str_eq(word_text(s->c.node->store, r.state), STR("issued"));
	return ret;
}

/* Records that say something about another are joined to it, as on the node they come from. */
static enum err goes_along(struct accepting *s, struct write_set *w, size_t put,
			   const struct arrival *x, struct why *why)
{
	int64_t src = x->held.key ? x->held.key : -1 - (int64_t)put;
	const struct label *l = label_get(s->c.node->store, x->label);
	struct uuid uid;
	str type;

	if (str_eq(x->read.type_name, STR("x-hikeshi-assessment")) &&
	    id_parse(json_get_str(x->object, "warning"), &type, &uid) == ERR_OK)
		write_link(w, src, STR("answers"), uid);
	if (x->receipt)
		write_link(w, src, STR("receipt"), x->receipt->target);
	if (x->withdrawal && l) {
		receipts_note(&s->c, w, RECEIPT_WITHDRAWAL_APPLIED, l, x->result->id, x->m.hash,
			      x->m.manifest.rev);
		return withdrawal_apply(&s->c, w, src, x->withdrawal,
					directory_team(s->c.dir, x->team), why);
	}
	if (!str_eq(x->read.type_name, STR("x-hikeshi-warning")) || !l)
		return ERR_OK;
	const struct warning_before before = warning_held(s, x);

	warning_arrived(&s->c, w, src, &x->read.body, l, x->read.uid, x->read.state, &before);
	receipts_note(&s->c, w, RECEIPT_RECEIVED, l, x->result->id, x->m.hash, x->m.manifest.rev);
	return ERR_OK;
}

/* The warnings that the withdrawal names. */
static enum err applied_counts(struct accepting *s, const struct receipt_taken *t, struct why *why)
{
	struct record r = {0};
	struct json body;
	const struct json *names;
	struct uuid uid;
	str type;
	enum err err =
	    store_find_held(s->c.node->store, s->c.arena, t->issuer, &t->target, 1, true, &r, why);

	if (!err && r.key)
		err = record_body(&s->c, &r, &body, why);
	if (err || !r.key)
		return err;
	names = json_get_c(&body, "names");
	for (size_t i = 0; i < json_count(names) && !err; i++)
		if (!id_parse(json_get_str(json_at(names, i), "target"), &type, &uid) &&
		    str_eq(type, STR("x-hikeshi-warning")))
			err = warning_reached(s->c.node, s->c.arena, t->issuer, uid,
					      t->receipt.team, "delivered", why);
	return err;
}

/* The issuer's list of deliveries; the receipt itself is kept already, so a failure is told to the
 * log alone. */
static void receipt_counts(struct accepting *s, const struct arrival *x)
{
	const struct receipt_taken *t = x->receipt;
	struct why why = {0};
	enum err err = ERR_OK;

	if (!t || !t->issuer)
		return;
	if (t->receipt.kind == RECEIPT_WITHDRAWAL_APPLIED)
		err = applied_counts(s, t, &why);
	else
		err = warning_reached(s->c.node, s->c.arena, t->issuer, t->target, t->receipt.team,
				      "delivered", &why);
	if (err)
		log_event(LOG_WARN, "delivery_not_marked", "why", "%s", why.text, NULL);
}

static enum err commit(struct accepting *s, struct arrival **x, size_t n, bool slice,
		       struct why *why)
{
	struct write_set w;
	enum err err = ERR_OK;

	write_init(&w, s->c.arena, 0, x[0]->team);
	w.slice = slice;
	for (size_t i = 0; i < n && !err; i++) {
		x[i]->put.flags = (x[i]->put.flags & ~(uint32_t)RECORD_BULK) |
				  (slice ? (uint32_t)RECORD_BULK : 0);
		err = goes_along(s, &w, write_put(&w, &x[i]->put), x[i], why);
	}
	if (slice) /* words of so many are indexed afterwards, as of an import */
		write_job(&w, "text_backlog", STR("{}"), clock_now_us(), "text_backlog");
	if (!err)
		err = store_commit(s->c.node->store, &w, NULL, why);
	for (size_t i = 0; i < n && !err; i++)
		receipt_counts(s, x[i]);
	return err;
}

/* Knowledge, of which there may be very much. */
static bool in_bulk(const struct arrival *x)
{
	return x->read.form == FORM_STIX && !str_starts(x->read.type_name, STR("x-hikeshi-"));
}

static bool mends_itself(enum err err)
{
	return err == ERR_BUSY || err == ERR_FULL || err == ERR_STALE || err == ERR_CONFLICT ||
	       err == ERR_IO;
}

static void commit_failed(struct accepting *s, struct arrival *x, enum err err, const struct why *w)
{
	bool later = mends_itself(err);

	accept_refuse_why(s, x, later ? "later" : "malformed", w);
	x->result->state = later ? ACCEPT_LATER : ACCEPT_REFUSED;
	x->result->raced = err == ERR_STALE || err == ERR_CONFLICT;
}

/* False: one of them spoilt it, and each is to be tried alone. On a full disk none is: here and
 * there one would fit, and the others would wait in rows of their own instead of before the cursor.
 */
static bool write_bulk(struct accepting *s, struct arrival **x, size_t n)
{
	struct why w = {0};
	enum err err = commit(s, x, n, true, &w);

	if (err && !mends_itself(err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (err)
			commit_failed(s, x[i], err, &w);
		x[i]->written = !err;
	}
	return true;
}

void accept_write_all(struct accepting *s)
{
	struct arrival **bulk = arena_array(s->c.arena, struct arrival *, s->n + 1);
	bool apart = false;

	for (size_t i = 0; i < s->n; i++) {
		struct arrival *x = &s->v[i];
		struct why w = {0};
		enum err err;
		size_t m = 0;

		if (!accept_open(x))
			continue;
		for (size_t k = i; k < s->n && in_bulk(x) && !apart; k++)
			if (accept_open(&s->v[k]) && s->v[k].team == x->team && in_bulk(&s->v[k]))
				bulk[m++] = &s->v[k];
		if (in_bulk(x) && m >= SLICE_FROM) {
			if (write_bulk(s, bulk, m))
				continue;
			apart = true;
		}
		err = commit(s, &x, 1, false, &w);
		if (err)
			commit_failed(s, x, err, &w);
		x->written = !err;
	}
}
