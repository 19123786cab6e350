// SPDX-License-Identifier: Apache-2.0
/* An answer taken back: the team's one assessment says again what it said before, or that there is
 * no answer. That is a newer version of it: whoever has the answer already gets this one after it,
 * and is never left with what was taken back. */
#include "store/signed.h"
#include "team/undo.h"
#include "team/warning_internal.h"

static enum err answer_now(struct ctx *c, const struct undo_item *u, struct record *ret,
			   struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(ASSESSMENT_TYPE));
	enum err err = verdict_err(policy_type(c->actor, t, "edit"), why); /* gate */

	if (!err)
		err = store_read(c->node->store, c->arena, c->view, &u->key, 1, true, ret, why);
	if (!err && (!ret->key || ret->team != c->actor->team)) /* gate */
		err = why_field(why, ERR_NOTFOUND, "not_found", NULL,
				"there is nothing of that id that you may see",
				"そのIDのものはないか、閲覧できません");
	if (!err && ret->version != u->after)
		err = why_field(why, ERR_STALE, "stale", NULL,
				"your team has answered again since: that answer stays",
				"その後に回答し直されたため、取り消しません");
	return err;
}

/* What it says without the answer; the warning and its edition stay. */
static enum err body_before(struct ctx *c, const struct record *now, int32_t version,
			    struct json *ret, str *ret_state, struct why *why)
{
	struct record was = {0};
	struct json body;
	enum err err;

	if (version) {
		err = store_version(c->node->store, c->arena, now->key, version, &was, why);
		*ret_state = err ? STR_NULL : word_text(c->node->store, was.state);
		return err ? err : record_body(c, &was, ret, why);
	}
	err = record_body(c, now, &body, why);
	if (err)
		return err;
	*ret = json_object();
	*ret_state = STR("no_answer");
	set_text(c->arena, ret, "warning", json_get_str(&body, "warning"));
	set_i64(c->arena, ret, "warning_version", json_get_i64(&body, "warning_version", 1));
	set_time(c->arena, ret, "at", c->now_us);
	return ERR_OK;
}

/* Signed is what a link was given to carry. */
static enum err went_out(struct ctx *c, const struct record *now, bool *ret, struct why *why)
{
	struct record_signed s = {0};
	enum err err = signed_find(c->node->store, c->arena, &now->key, &now->version, 1, &s, why);

	*ret = s.rev != 0;
	return err;
}

static enum err issuer_of(struct ctx *c, const struct json *body, const struct directory_team **ret,
			  struct why *why)
{
	struct record w = {0};
	bool issued;
	enum err err = record_get(c, NULL, json_get_str(body, "warning"), &w, why);

	if (err == ERR_NOTFOUND) { /* it may have been taken out of sight since */
		*why = (struct why){0};
		*ret = NULL;
		return ERR_OK;
	}
	*ret = err ? NULL : warning_issuer(c, &w, &issued);
	return err;
}

static struct bilingual words(const struct directory_team *issuer, bool sent)
{
	if (issuer && !issuer->peer)
		return (struct bilingual){
		    .en =
			STR("taken back; the issuer is on this node: it may have read the answer, "
			    "and sees now that it was taken back"),
		    .ja = STR("取り消しました。発行元は同じノードにあり、回答をすでに"
			      "読んだ可能性があります。発行元には取り消しが表示されます")};
	if (sent)
		return (struct bilingual){
		    .en = STR("taken back; the answer had left for the issuer's node already, and "
			      "that it was taken back is sent after it"),
		    .ja = STR("取り消しました。回答はすでに発行元のノードへ送られています。"
			      "続けて取り消しを送ります")};
	return (struct bilingual){.en = STR("taken back before the answer left this node"),
				  .ja = STR("回答が外部に送られる前に取り消しました")};
}

enum err warning_unanswer(struct ctx *c, const struct undo_item *u, struct bilingual *said,
			  struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(ASSESSMENT_TYPE));
	const struct directory_team *issuer = NULL;
	struct record now = {0};
	struct record_put put = {.kind = "undo"};
	struct write_set w;
	struct json body;
	bool sent = false;
	enum err err = answer_now(c, u, &now, why);

	if (!err)
		err = body_before(c, &now, u->before, &body, &put.state, why);
	if (!err)
		err = issuer_of(c, &body, &issuer, why);
	if (!err)
		err = record_fill_put(c, t, &body, &put, why);
	if (err)
		return err;
	put.key = now.key;
	put.expect_version = now.version;
	put.label = now.label; /* never that of then: the warning may be narrower since */
	put.flags = now.flags;
	write_init(&w, c->arena, c->actor->account, c->actor->team);
	(void)write_put(&w, &put);
	err = record_commit(c, &w, NULL, why);
	if (err == ERR_STALE)
		return why_field(why, err, "stale", NULL,
				 "your team has answered again since: that answer stays",
				 "その後に回答し直されたため、取り消しません");
	/* asked after the commit: what is signed of that version now has gone, or goes, before this
	 */
	if (!err)
		err = went_out(c, &now, &sent, why);
	if (err)
		return err;
	*said = words(issuer, sent);
	ctx_refresh(c);
	return ERR_OK;
}
