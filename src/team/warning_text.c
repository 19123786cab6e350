// SPDX-License-Identifier: Apache-2.0
#include "team/warning_text.h"

#include "base/vec.h"
#include "team/warning_internal.h"

struct writer {
	struct ctx *c;
	const struct json *view;
	bool ja;
	VEC(struct reading_row) rows;
};

str moment_text(struct arena *a, int64_t us, bool ja)
{
	char t[TIME_TEXT];

	time_text(ja ? us + 9 * 3600 * US_PER_S : us, t);
	if (ja)
		return arena_printf(a, "%.4s/%.2s/%.2s %.5s JST", t, t + 5, t + 8, t + 11);
	return arena_printf(a, "%.10s %.5s UTC", t, t + 11);
}

static str said(const struct json *label, bool ja)
{
	str own = json_get_str(label, ja ? "ja" : "en");

	return own.n ? own : json_get_str(label, ja ? "en" : "ja");
}

/* A code in words; other words stay as they are. */
static str coded(struct writer *w, const struct json *schema, str v)
{
	str ref = json_get_str(schema, "ref");
	const struct json *item;

	if (!ref.n)
		ref = json_get_str(schema, "suggest");
	if (!str_skip_prefix(&ref, STR("list:")))
		return v;
	item = catalog_code_item(w->c->node->catalog, ref, v);
	return item ? said(json_get_c(item, "label"), w->ja) : v;
}

static str text_of(struct writer *w, const struct json *schema, const struct json *v)
{
	int64_t us;

	if (!json_is(v, JSON_STRING))
		return STR_NULL;
	if (str_eq(json_get_str(schema, "format"), STR("date-time")) &&
	    time_parse(json_str(v), &us) == ERR_OK)
		return moment_text(w->c->arena, us, w->ja);
	return coded(w, schema, str_trim(json_str(v)));
}

static void add_row(struct writer *w, str label, str text)
{
	if (text.n)
		vec_add(w->c->arena, &w->rows, (struct reading_row){label, text});
}

/* The values of its indicators, defanged: those that the reader sees, whoever else may. */
static enum err indicator_rows(struct writer *w, str label, const struct json *ids, struct why *why)
{
	struct ctx *c = w->c;
	size_t n = json_count(ids), m = 0;
	struct uuid *u = arena_array(c->arena, struct uuid, n + 1);
	struct record *found = arena_array(c->arena, struct record, n + 1);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		str type;

		if (id_parse(json_str(json_at(ids, i)), &type, &u[m]) == ERR_OK)
			m++;
	}
	err = store_find(c->node->store, c->arena, c->view, u, m, true, found, why);
	for (size_t i = 0; i < m && !err; i++) {
		struct record_value *v = NULL;
		size_t k = 0;

		if (!found[i].key ||
		    intel_record_values(c->arena, c->node->catalog, store_value_key(c->node->store),
					&found[i], &v, &k, NULL))
			continue;
		for (size_t j = 0; j < k; j++, label = STR_NULL)
			add_row(w, label, value_defang(c->arena, v[j].kind, v[j].canonical));
	}
	return err;
}

/* {"text","kind"} as "text (kind)". */
static str measure(struct writer *w, const struct json *schema, const struct json *v)
{
	const struct json *of = json_path(schema, "items", "properties", NULL);
	str text = str_trim(json_get_str(v, "text")),
	    kind = text_of(w, json_get_c(of, "kind"), json_get_c(v, "kind"));

	if (!text.n || !kind.n)
		return text;
	return arena_printf(w->c->arena, w->ja ? "%.*s（%.*s）" : "%.*s (%.*s)", STR_ARG(text),
			    STR_ARG(kind));
}

static bool is_web(str url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ')
			return false;
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

static enum err field_rows(struct writer *w, str name, const struct json *schema,
			   const struct json *v, struct why *why)
{
	str label = said(json_get_c(schema, "label"), w->ja);

	if (!v || !json_get_bool(schema, "leaves", false)) /* gate */
		return ERR_OK;
	if (str_eq(name, STR("indicators")))
		return indicator_rows(w, label, v, why);
	if (!json_is(v, JSON_ARRAY)) {
		add_row(w, label, text_of(w, schema, v));
		return ERR_OK;
	}
	for (size_t i = 0; i < json_count(v); i++) {
		const struct json *one = json_at(v, i);
		size_t before = w->rows.n;

		add_row(w, label,
			json_is(one, JSON_OBJECT) ? measure(w, schema, one)
						  : text_of(w, json_get_c(schema, "items"), one));
		if (w->rows.n == before)
			continue;
		label = STR_NULL;
		if (str_eq(name, STR("references")))
			w->rows.p[before].link = is_web(w->rows.p[before].text);
	}
	return ERR_OK;
}

static enum err part_of(struct writer *w, const struct json *props, const struct json *v,
			struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < json_count(props) && !err; i++)
		err = field_rows(w, props->members[i].key, &props->members[i].value,
				 json_get(v, props->members[i].key), why);
	return err;
}

static enum err read_parts(struct writer *w, const struct catalog_type *t, struct reading *ret,
			   struct why *why)
{
	/* in this order a message is read: incident.md 6.2 */
	static const char *const order[] = {"what", "whom", "when", "why", "how", "who"};
	static const char *const rest[] = {"management_text", "pap", "references"};
	struct reading_part *parts =
	    arena_array(w->c->arena, struct reading_part, ARRAY_LEN(order) + 1);
	const struct json *props = json_get_c(t->schema, "properties");
	enum err err = ERR_OK;

	ret->parts = parts;
	for (size_t i = 0; i < ARRAY_LEN(order) + 1 && !err; i++) {
		const struct json *schema =
		    i < ARRAY_LEN(order) ? json_get_c(props, order[i]) : NULL;

		w->rows.p = NULL;
		w->rows.n = w->rows.cap = 0;
		if (schema)
			err = part_of(w, json_get_c(schema, "properties"),
				      json_get_c(w->view, order[i]), why);
		for (size_t k = 0; !schema && k < ARRAY_LEN(rest) && !err; k++)
			err = field_rows(w, str_c(rest[k]), json_get_c(props, rest[k]),
					 json_get_c(w->view, rest[k]), why);
		if (!err && w->rows.n)
			parts[ret->n_parts++] =
			    (struct reading_part){schema ? said(json_get_c(schema, "label"), w->ja)
							 : (w->ja ? STR("参考") : STR("Further")),
						  w->rows.p, w->rows.n};
	}
	return err;
}

static str mark_of(const struct reading *r, const struct json *view, bool ja)
{
	if (r->exercise || str_eq(json_get_str(view, "class"), STR("drill")))
		return ja ? STR("【訓練】") : STR("[Drill] ");
	if (str_eq(r->state, STR("withdrawn")))
		return ja ? STR("【撤回】") : STR("[Withdrawn] ");
	if (str_eq(r->state, STR("expired")) || str_eq(r->state, STR("closed")))
		return ja ? STR("【終了】") : STR("[No longer valid] ");
	if (r->edition > 1)
		return ja ? STR("【訂正】") : STR("[Correction] ");
	return STR_NULL;
}

static int64_t time_of(const struct json *view, const char *key)
{
	int64_t us;

	return time_parse(json_get_str(view, key), &us) == ERR_OK ? us : 0;
}

static void read_head(struct writer *w, const struct record *r, const struct catalog_type *t,
		      struct reading *ret)
{
	const struct json *view = w->view, *props = json_get_c(t->schema, "properties");
	const struct directory_team *team = directory_team(w->c->dir, r->team);
	str kind = text_of(w, json_get_c(props, "class"), json_get_c(view, "class")),
	    urgency = text_of(w, json_get_c(props, "urgency"), json_get_c(view, "urgency"));
	int64_t withdrawn = time_of(view, "withdrawn_at");

	*ret = (struct reading){.id = json_get_str(view, "id"),
				.tlp = json_get_str(view, "tlp"),
				.number = json_get_str(view, "number"),
				.title = json_get_str(view, "title"),
				.summary = json_get_str(view, "summary"),
				.language = json_get_str(view, "language"),
				.state = json_get_str(view, "state"),
				.issued_us = time_of(view, "issued_at"),
				.edition = json_get_i64(view, "edition", 0),
				.exercise = json_get_bool(view, "exercise", false)};
	ret->changed_us = withdrawn ? withdrawn : ret->issued_us;
	if (team)
		ret->team = w->ja && team->name_ja.n ? team->name_ja : team->name;
	ret->kind = arena_printf(w->c->arena, "%.*s%s%.*s", STR_ARG(kind),
				 !urgency.n ? ""
				 : w->ja    ? "・緊急度 "
					    : ", urgency: ",
				 STR_ARG(urgency));
	ret->mark = mark_of(ret, view, w->ja);
}

enum err warning_reading(struct ctx *c, const struct record *r, bool ja, struct reading *ret,
			 struct why *why)
{
	const struct catalog_type *t = catalog_type(c->node->catalog, STR(WARNING_TYPE));
	struct json view;
	struct writer w = {.c = c, .view = &view, .ja = ja};
	enum err err = record_render(c, r, &view, why);

	if (err)
		return err;
	read_head(&w, r, t, ret);
	if (str_eq(ret->state, STR("withdrawn"))) { /* what was wrong is not told again */
		ret->reason = json_get_str(&view, "withdrawn_reason");
		ret->summary = STR_NULL;
		return ERR_OK;
	}
	return read_parts(&w, t, ret, why);
}

void warning_reading_text(const struct reading *r, bool ja, struct buf *out)
{
	buf_printf(out, "%.*s\n\n%.*s%.*s %.*s\n", STR_ARG(r->tlp), STR_ARG(r->mark),
		   STR_ARG(r->number), STR_ARG(r->title));
	buf_printf(out, "%.*s  %.*s\n", STR_ARG(r->team), STR_ARG(r->kind));
	if (r->issued_us) {
		ARENA(a, 0);

		buf_printf(out, ja ? "発行 %.*s" : "Issued %.*s",
			   STR_ARG(moment_text(&a, r->issued_us, ja)));
		if (r->edition > 1)
			buf_printf(out, ja ? "（第%lld版）" : " (version %lld)",
				   (long long)r->edition);
		buf_add_char(out, '\n');
	}
	if (r->reason.n)
		buf_printf(out, ja ? "\n撤回の理由\n%.*s\n" : "\nWhy it was withdrawn\n%.*s\n",
			   STR_ARG(r->reason));
	if (r->summary.n)
		buf_printf(out, "\n%.*s\n", STR_ARG(r->summary));
	for (size_t i = 0; i < r->n_parts; i++) {
		buf_printf(out, ja ? "\n■ %.*s\n" : "\n== %.*s ==\n", STR_ARG(r->parts[i].heading));
		for (size_t k = 0; k < r->parts[i].n; k++) {
			const struct reading_row *row = &r->parts[i].rows[k];

			if (row->label.n)
				buf_printf(out, "%.*s%s", STR_ARG(row->label), ja ? "：" : ": ");
			else
				buf_add(out, ja ? STR("　　") : STR("  - "));
			if (row->label.n && str_find_char(row->text, '\n') >= 0)
				buf_add_char(out, '\n');
			buf_printf(out, "%.*s\n", STR_ARG(row->text));
		}
	}
	buf_printf(out, "\n%.*s\n", STR_ARG(r->tlp));
}
