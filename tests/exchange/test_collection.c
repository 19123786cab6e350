// SPDX-License-Identifier: Apache-2.0
/* What a circle's collection holds for its reader: of what the team may see, what the role may read
 * and the token is good for. */
#include "exchange/collection.h"

#include "tests/team/node_fixture.h"

static struct record shared(struct node_fixture *f, struct ctx *c, const char *title)
{
	char u[UUID_TEXT];
	struct json request;
	struct record r = {0};

	uuid_text(f->circle, u);
	request = node_fixture_json(f, arena_printf(&f->a,
						    "{'title':'%s','tlp':'GREEN','circles':['"
						    "x-hikeshi-circle--%.*s']}",
						    title, UUID_TEXT, u)
					   .p);
	OK(record_create(c, catalog_plural(f->node->catalog, STR("incidents")), &request, 0, &r,
			 &why));
	return r;
}

/* How many records of its first collection somebody with these scopes reads. */
static size_t read_by(struct node_fixture *f, int64_t account, unsigned scopes)
{
	struct placed rows[8];
	struct placed_query q = {.limit = 8, .budget = 100, .bytes = 1 << 20};
	struct collection *x = NULL;
	struct actor a;
	struct ctx c;
	size_t n = 0, got = 0;
	int64_t at = 0;
	bool end = false;

	node_fixture_ctx(f, account, &a, &c);
	a.scopes = scopes;
	ctx_refresh(&c);
	collection_list(&c, false, &x, &n);
	CHECK(n == 1);
	if (n)
		OK(collection_read(&c, x, &q, rows, &got, &at, &end, &why));
	ctx_done(&c);
	return got;
}

/* Types are data: one that only leads read is in no page of anybody else, by whatever token. */
static void by_role_and_scope(struct node_fixture *f)
{
	struct catalog_type *t =
	    (struct catalog_type *)(uintptr_t)catalog_plural(f->node->catalog, STR("incidents"));
	const unsigned scopes[] = {SCOPE_READ, SCOPE_EXPORT, SCOPE_READ | SCOPE_EXPORT};
	enum role was = t->read;
	struct actor a;
	struct ctx c;

	node_fixture_ctx(f, f->analyst[0], &a, &c);
	(void)shared(f, &c, "one");
	ctx_done(&c);
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		CHECK(read_by(f, f->analyst[1], scopes[i]) == 1);
		t->read = ROLE_LEAD;
		CHECK(read_by(f, f->analyst[1], scopes[i]) == 0);
		CHECK(read_by(f, f->lead[1], scopes[i]) == 1);
		t->read = was;
	}
}
BOTH(by_role_and_scope)

RUN_TESTS(BOTH_ROWS(by_role_and_scope))
