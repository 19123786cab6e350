// SPDX-License-Identifier: Apache-2.0
#include "team/window.h"

#include "base/codec.h"
#include "policy/tlp.h"
#include "team/account.h"
#include "team/record_internal.h"
#include "team/rules.h"

/* What a form may carry; the rest of a report is the team's. */
static const char *const form_fields[] = {"title",
					  "description",
					  "reporter",
					  "purpose",
					  "occurred",
					  "known",
					  "may_share",
					  "tlp",
					  "language",
					  "found_by",
					  "affected_systems",
					  "done",
					  "foreign_reference"};
/* Crockford's base32: no I, L, O, U. */
static const char code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void code_new(char ret[WINDOW_CODE])
{
	uint8_t b[16];
	size_t at = 0;

	random_bytes(b, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i && i % 4 == 0)
			ret[at++] = '-';
		ret[at++] = code_alphabet[b[i] & 31];
	}
	ret[at] = 0;
	secret_wipe(b, sizeof(b));
}

/* The sixteen characters of a code as a person types it: any case, blanks and hyphens passed over,
 * O as 0, I and L as 1. */
static bool code_read(str text, char ret[16])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];

		if (ch == '-' || ch_space(ch))
			continue;
		if (ch >= 'a' && ch <= 'z')
			ch = (char)(ch - 32);
		ch = ch == 'O' ? '0' : ch == 'I' || ch == 'L' ? '1' : ch;
		if (n == 16 || !ch || !strchr(code_alphabet, ch))
			return false;
		ret[n++] = ch;
	}
	return n == 16;
}

/* 80 random bits need no slow hash. */
static str code_hash(struct arena *a, const char code[16])
{
	struct digest d = sha256((str){code, 16});
	BUF(hex);

	hex_encode(&hex, d.b, sizeof(d.b));
	return arena_str(a, buf_str(&hex));
}

/* ---- receiving ---- */

static enum err take_reporter(struct ctx *c, const struct json *v, struct json *o, struct why *why)
{
	struct json kept = json_object();

	if (json_is(v, JSON_NULL))
		return ERR_OK;
	if (!json_is(v, JSON_OBJECT))
		return field_fault(c, why, "type", "/reporter", "must be an object",
				   "オブジェクトで指定してください");
	/* who wants to stay unknown is not written down */
	if (json_get_bool(v, "anonymous", false))
		json_set(c->arena, &kept, STR("anonymous"), json_from_bool(true));
	else
		kept = *v;
	json_set(c->arena, o, STR("reporter"), kept);
	return ERR_OK;
}

static enum err take_form(struct ctx *c, const struct json *request, struct json *o,
			  struct why *why)
{
	if (!json_is(request, JSON_OBJECT))
		return why_field(why, ERR_INVALID, "type", "", "the request must be a JSON object",
				 "JSONオブジェクトを送ってください");
	for (size_t i = 0; i < json_count(request); i++) {
		const struct json_member *m = &request->members[i];
		bool known = false;
		enum err err = ERR_OK;

		for (size_t k = 0; k < ARRAY_LEN(form_fields); k++)
			known = known || str_eq(m->key, str_c(form_fields[k]));
		if (!known)
			return field_fault(c, why, "unknown_field",
					   arena_printf(c->arena, "/%.*s", STR_ARG(m->key)).p,
					   "is not a field of the report form",
					   "報告フォームにない項目です");
		if (str_eq(m->key, STR("reporter")))
			err = take_reporter(c, &m->value, o, why);
		else
			json_set(c->arena, o, m->key, m->value);
		if (err)
			return err;
	}
	return ERR_OK;
}

/* An outsider names no people: TLP:RED is for those who answer for the team. */
static void name_leads(struct ctx *c, int64_t team, struct json *o)
{
	const struct uuid *people;
	struct json arr = json_array();
	char u[UUID_TEXT];
	enum tlp tlp;
	size_t n;

	if (tlp_parse(json_get_str(o, "tlp"), &tlp) || tlp != TLP_RED)
		return;
	account_leads(c->arena, c->dir, team, &people, &n);
	for (size_t i = 0; i < n; i++) {
		uuid_text(people[i], u);
		json_add(
		    c->arena, &arr,
		    json_string(arena_printf(c->arena, "x-hikeshi-person--%.*s", UUID_TEXT, u)));
	}
	json_set(c->arena, o, STR("named"), arr);
}

static enum err receive(struct ctx *c, int64_t team, const struct json *request,
			struct window_receipt *ret, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("reports"));
	struct json o = json_object(), follow = json_object();
	struct window_receipt receipt;
	char plain[16];
	struct record r = {0};
	enum err err = take_form(c, request, &o, why);

	if (err)
		return err;
	code_new(receipt.code);
	(void)code_read(str_c(receipt.code), plain);
	json_set(c->arena, &follow, STR("code_sha256"), json_string(code_hash(c->arena, plain)));
	json_set(c->arena, &o, STR("follow_up"), follow);
	json_set(c->arena, &o, STR("channel"), json_string(STR("form")));
	name_leads(c, team, &o);
	err = record_create(c, t, &o, team, &r, why);
	if (err)
		return err;
	receipt.number = r.number;
	receipt.uid = r.uid;
	*ret = receipt;
	return ERR_OK;
}

enum err window_receive(struct node *n, struct arena *a, int64_t team, const struct json *request,
			struct window_receipt *ret, struct catalog_faults *faults, struct why *why)
{
	struct actor actor = node_actor(n, team);
	struct ctx c;
	enum err err;

	ctx_init(&c, n, a, &actor);
	err = receive(&c, actor.team, request, ret, why);
	if (err == ERR_UNPROCESSABLE && faults)
		*faults = c.faults;
	ctx_done(&c);
	return err;
}

/* ---- following up ---- */

static void status_json(struct ctx *c, const struct record *r, const struct json *body,
			struct json *ret)
{
	const struct catalog_type *t = record_type(c, r);
	str state = word_text(c->node->store, r->state), answer = json_get_str(body, "answer");
	const struct catalog_state *s = catalog_state(t, state);
	char *received = arena_alloc(c->arena, TIME_TEXT),
	     *changed = arena_alloc(c->arena, TIME_TEXT);
	struct json label = json_object(), messages = json_array();

	time_text(r->created_us, received);
	time_text(r->modified_us, changed);
	*ret = json_object();
	json_set(c->arena, ret, STR("number"), json_string(r->number));
	json_set(c->arena, ret, STR("title"), json_string(json_get_str(body, "title")));
	json_set(c->arena, ret, STR("state"), json_string(state));
	if (s) {
		json_set(c->arena, &label, STR("ja"), json_string(s->label.ja));
		json_set(c->arena, &label, STR("en"), json_string(s->label.en));
		json_set(c->arena, ret, STR("label"), label);
	}
	json_set(c->arena, ret, STR("received"), json_string((str){received, TIME_TEXT}));
	json_set(c->arena, ret, STR("modified"), json_string((str){changed, TIME_TEXT}));
	if (answer.n) {
		struct json m = json_object();

		json_set(c->arena, &m, STR("text"), json_string(answer));
		json_add(c->arena, &messages, m);
	}
	json_set(c->arena, ret, STR("messages"), messages);
}

static bool report_matches(struct ctx *c, const struct record *r, str hash, struct json *body)
{
	str known;

	if (!r->key || !str_eq(word_text(c->node->store, r->type), STR("x-hikeshi-report")) ||
	    record_body(c, r, body, NULL) != ERR_OK)
		return false;
	known = json_get_str(json_get_c(body, "follow_up"), "code_sha256");
	return known.n == hash.n && secret_eq(known, hash);
}

/* Numbers count per team, so several reports may bear one; the code tells which is meant. */
static enum err status(struct ctx *c, str number, str hash, struct json *ret, struct why *why)
{
	/* sees all: the code below is the key */
	const struct view all = {.all = true};
	bool found = false;

	for (size_t i = 0; i < c->dir->n_teams; i++) {
		struct record r = {0};
		struct json body;
		enum err err = store_find_number(c->node->store, c->arena, &all,
						 c->dir->teams[i].key, number, &r, why);

		if (err && err != ERR_NOTFOUND)
			return err;
		if (!err && !found && report_matches(c, &r, hash, &body)) {
			status_json(c, &r, &body, ret);
			found = true;
		}
	}
	return found ? ERR_OK
		     : why_field(why, ERR_NOTFOUND, "not_found", NULL,
				 "there is no report with this number and code",
				 "この受付番号と確認コードの報告はありません");
}

enum err window_status(struct node *n, struct arena *a, str number, str code, struct json *ret,
		       struct why *why)
{
	struct actor actor = node_actor(n, 0);
	char plain[16] = {0};
	struct ctx c;
	enum err err;
	bool ok = code_read(str_slice(code, 0, 64), plain);
	str hash = code_hash(a, plain);

	ctx_init(&c, n, a, &actor);
	err = status(&c, str_slice(str_trim(number), 0, 64), ok ? hash : STR("-"), ret, why);
	ctx_done(&c);
	return err;
}

/* ---- rules of reports ---- */

/* The code's hash is set once, by the window. */
static enum err report_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	if (!c->actor->node && json_get_c(d->request, "follow_up"))
		return field_fault(c, why, "read_only", "/follow_up",
				   "is set by the server and cannot be changed",
				   "サーバーが設定する項目のため変更できません");
	return ERR_OK;
}

static enum err report_render(struct ctx *c, const struct record *r, struct json *out,
			      struct why *why)
{
	(void)c;
	(void)r;
	(void)why;
	json_del(out, STR("follow_up"));
	return ERR_OK;
}

const struct record_rules report_rules = {
    .type = "x-hikeshi-report", .prepare = report_prepare, .render = report_render};
