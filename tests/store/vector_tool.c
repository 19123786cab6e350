// SPDX-License-Identifier: Apache-2.0
/* vector_tool: what our C makes of tests/vectors/journal.json, a line for each: section, index,
 * result as JSON. tests/vectors/check_vectors.py compares. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/json.h"
#include "store/journal_internal.h"
#include "tests/store/fixture.h"

struct tool {
	struct store *s; /* labels need one */
	struct arena *a;
};

static void need(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "vector_tool: %s\n", what);
		exit(1);
	}
}

static str jcs(struct tool *t, const struct json *v)
{
	BUF(b);

	need(json_canonical(t->a, &b, v) == ERR_OK, "no canonical form");
	return arena_str(t->a, buf_str(&b));
}

static str hex(struct tool *t, const struct digest *d)
{
	BUF(b);

	hex_encode(&b, d->b, sizeof(d->b));
	return arena_str(t->a, buf_str(&b));
}

static str member_bytes(struct tool *t, const struct json *v, const char *name)
{
	str text = json_get_str(v, name);
	uint8_t *p = arena_alloc(t->a, text.n / 2 + 1);

	need(hex_decode(text, p, text.n / 2) == ERR_OK, name);
	return (str){(const char *)p, text.n / 2};
}

static struct uuid member_uuid(const struct json *v, const char *name)
{
	struct uuid u = {{0}};

	if (json_is(json_get_c(v, name), JSON_STRING))
		need(uuid_parse(json_get_str(v, name), &u) == ERR_OK, name);
	return u;
}

static str salted(struct tool *t, str tag, const struct json *v, const struct json *what)
{
	struct digest d =
	    sha256_parts((const str[]){tag, member_bytes(t, v, "salt"), jcs(t, what)}, 3);

	return hex(t, &d);
}

static str do_leaf(struct tool *t, const struct json *v)
{
	struct json pair = json_array();

	json_add(t->a, &pair, *json_get_c(v, "path"));
	json_add(t->a, &pair, *json_get_c(v, "value"));
	return salted(t, STR("hikeshi/leaf/v1\n"), v, &pair);
}

static str do_audience(struct tool *t, const struct json *v)
{
	return salted(t, STR("hikeshi/audience/v1\n"), v, json_get_c(v, "entry"));
}

static int64_t principal(struct tool *t, enum principal_kind kind, struct uuid u)
{
	int64_t key = 0;

	need(principal_intern(t->s, kind, &u, 1, &key, NULL) == ERR_OK, "principal");
	return key;
}

static int64_t member_principal(struct tool *t, enum principal_kind kind, const struct json *v,
				const char *name)
{
	return principal(t, kind, member_uuid(v, name));
}

static str do_label(struct tool *t, const struct json *v)
{
	const struct json *circles = json_get_c(v, "circles"), *teams = json_get_c(v, "teams"),
			  *people = json_get_c(v, "people");
	struct label_circle *c = arena_array(t->a, struct label_circle, json_count(circles));
	struct label_person *p = arena_array(t->a, struct label_person, json_count(people));
	int64_t *team = arena_array(t->a, int64_t, json_count(teams)), key;
	str text;

	for (size_t i = 0; i < json_count(circles); i++)
		c[i] = (struct label_circle){
		    member_principal(t, PRINCIPAL_CIRCLE, json_at(circles, i), "circle"),
		    json_get_i64(json_at(circles, i), "roster", 0)};
	for (size_t i = 0; i < json_count(people); i++)
		p[i] = (struct label_person){
		    member_principal(t, PRINCIPAL_TEAM, json_at(people, i), "team"),
		    member_principal(t, PRINCIPAL_PERSON, json_at(people, i), "person")};
	for (size_t i = 0; i < json_count(teams); i++) {
		struct uuid u;

		need(uuid_parse(json_str(json_at(teams, i)), &u) == ERR_OK, "team");
		team[i] = principal(t, PRINCIPAL_TEAM, u);
	}
	const struct label l = {
	    .originator = member_principal(t, PRINCIPAL_TEAM, v, "originator"),
	    .holder = member_principal(t, PRINCIPAL_TEAM, v, "holder"),
	    .tlp = (enum tlp)json_get_i64(v, "tlp", 0),
	    .everyone = json_get_bool(v, "everyone", false),
	    .circles = c,
	    .n_circles = json_count(circles),
	    .teams = team,
	    .n_teams = json_count(teams),
	    .people = p,
	    .n_people = json_count(people),
	    .not_before_us = json_get_i64(v, "not_before_us", 0),
	    .expires_us = json_get_i64(v, "expires_us", 0),
	    .pap = (int32_t)json_get_i64(v, "pap", 0),
	    .attribution = (int32_t)json_get_i64(v, "attribution", 0),
	};
	need(label_intern(t->s, &l, 1, &key, NULL) == ERR_OK, "label");
	need(label_canonical(t->s, t->a, label_get(t->s, key), &text) == ERR_OK, "canonical label");
	return text;
}

static str do_record_content(struct tool *t, const struct json *v)
{
	return journal_record_content(t->a, (int32_t)json_get_i64(v, "version", 0),
				      sha256(json_get_str(v, "body")), json_get_str(v, "label"),
				      jcs(t, json_get_c(v, "holding")), json_get_str(v, "patch"),
				      json_get_str(v, "why"));
}

static struct journal_entry entry_of(struct tool *t, const struct json *v)
{
	struct journal_entry e = {
	    .seq = json_get_i64(v, "seq", 0),
	    .at_us = json_get_i64(v, "at_us", 0),
	    .actor = json_get_i64(v, "actor", 0),
	    .kind = json_get_str(v, "kind"),
	    .subject = member_uuid(v, "subject"),
	    .content = json_get_str(v, "content"),
	    .n = 1,
	};

	memcpy(e.salt2, member_bytes(t, v, "salt2").p, 16);
	if (json_get_c(v, "salt"))
		memcpy(e.salt, member_bytes(t, v, "salt").p, 16);
	return e;
}

static str do_content(struct tool *t, const struct json *v)
{
	struct journal_entry e = entry_of(t, v);
	struct digest d = journal_content_digest(&e);

	return hex(t, &d);
}

static str do_entry(struct tool *t, const struct json *v)
{
	struct journal_entry e = entry_of(t, v);
	struct digest d = journal_leaf(&e, member_uuid(v, "epoch"), member_uuid(v, "team"));

	return hex(t, &d);
}

static int32_t member_word(struct tool *t, const struct json *v, const char *name)
{
	int32_t code = 0;
	str text = json_get_str(v, name);

	if (text.n)
		need(word_code(t->s, text, &code, NULL) == ERR_OK, name);
	return code;
}

static str do_holding(struct tool *t, const struct json *v)
{
	const struct record r = {
	    .version = (int32_t)json_get_i64(v, "version", 0),
	    .form = (enum record_form)json_get_i64(v, "form", 0),
	    .flags = (uint32_t)json_get_i64(v, "flags", 0) | RECORD_SHARED,
	    .created_us = json_get_i64(v, "created_us", 0),
	    .created_by = json_get_i64(v, "created_by", 0),
	    .source_modified_us = json_get_i64(v, "source_modified_us", 0),
	    .parent = json_get_i64(v, "parent", 0),
	    .team = member_principal(t, PRINCIPAL_TEAM, v, "team"),
	    .type = member_word(t, v, "type"),
	    .severity = member_word(t, v, "severity"),
	    .state = member_word(t, v, "state"),
	    .number = json_get_str(v, "number"),
	};
	struct holding_hash h = {0};
	BUF(b);

	hex_encode(&b, journal_holding(&h, t->s, &r), 16);
	journal_holding_done(&h);
	return arena_str(t->a, buf_str(&b));
}

static str do_slice(struct tool *t, const struct json *v)
{
	struct slice_leaf l = {.uid = member_uuid(v, "id")};
	struct digest label, d;

	memcpy(l.salt, member_bytes(t, v, "salt").p, 16);
	memcpy(l.digest.b, member_bytes(t, v, "digest").p, 32);
	memcpy(label.b, member_bytes(t, v, "label").p, 32);
	memcpy(l.holding, member_bytes(t, v, "holding").p, 16);
	d = journal_slice_hash(&l, &label);
	return hex(t, &d);
}

static struct digest *leaves_of(struct tool *t, const struct json *v, size_t *ret_n)
{
	const struct json *data = json_get_c(v, "data");
	struct digest *d = arena_array(t->a, struct digest, json_count(data));

	for (size_t i = 0; i < json_count(data); i++) {
		uint8_t b[2];

		need(hex_decode(json_str(json_at(data, i)), b, sizeof(b)) == ERR_OK, "data");
		d[i] = merkle_leaf((str){(const char *)b, sizeof(b)});
	}
	*ret_n = json_count(data);
	return d;
}

static str do_tree(struct tool *t, const struct json *v)
{
	size_t n;
	const struct digest *d = leaves_of(t, v, &n);
	struct digest root = merkle_root(d, n);

	return hex(t, &root);
}

static str do_inclusion(struct tool *t, const struct json *v)
{
	size_t n, len;
	struct digest *d = leaves_of(t, v, &n), *path;
	BUF(b);

	merkle_path(t->a, d, n, (size_t)json_get_i64(v, "index", 0), &path, &len);
	for (size_t i = 0; i < len; i++) {
		if (i)
			buf_add_char(&b, ' ');
		hex_encode(&b, path[i].b, sizeof(path[i].b));
	}
	return arena_str(t->a, buf_str(&b));
}

static const struct {
	const char *name;
	str (*fn)(struct tool *t, const struct json *v);
} sections[] = {
    {"leaf", do_leaf},       {"audience", do_audience},
    {"label", do_label},     {"record_content", do_record_content},
    {"content", do_content}, {"entry", do_entry},
    {"holding", do_holding}, {"slice", do_slice},
    {"tree", do_tree},       {"inclusion", do_inclusion},
};

int main(int argc, char **argv)
{
	struct fixture f;
	struct json all;
	BUF(text);
	BUF(out);

	need(argc == 2, "usage: vector_tool FILE");
	need(fixture_open(&f, false), "no store");
	need(file_read(argv[1], 8 << 20, &text, NULL) == ERR_OK, "cannot read the vectors");
	need(json_parse(&f.a, buf_str(&text), NULL, &all, NULL) == ERR_OK, "vectors are no JSON");
	struct tool t = {f.s, &f.a};
	for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
		const struct json *list = json_get_c(&all, sections[s].name);

		for (size_t i = 0; i < json_count(list); i++) {
			buf_printf(&out, "%s %zu ", sections[s].name, i);
			json_write_str(&out, sections[s].fn(&t, json_at(list, i)));
			buf_add_char(&out, '\n');
		}
	}
	fixture_close(&f);
	return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 1;
}
