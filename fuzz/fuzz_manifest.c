// SPDX-License-Identifier: Apache-2.0
/* {"manifest","open","object"} as a peer could send them. What was read is written and read again
 * with the same hash; the hash is the one of the canonical text; a circle or a withdrawal goes
 * round too. */
#include <stdint.h>
#include <stdlib.h>

#include "exchange/circle.h"
#include "exchange/withdrawal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void manifest(struct arena *a, const struct json *v, const struct opened *o,
		     const struct json *object)
{
	struct manifest m, again;
	struct why why = {.text = ""};
	struct json w;
	struct digest h;
	BUF(canonical);

	if (manifest_parse(a, v, &m, &why)) {
		must(why.text[0] && why.code[0]);
		return;
	}
	h = manifest_hash(&m);
	w = manifest_json(a, &m);
	must(json_eq(v, &w));
	must(manifest_parse(a, &w, &again, NULL) == ERR_OK);
	must(json_canonical(a, &canonical, v) == ERR_OK);
	must(digest_eq(h, sha256(buf_str(&canonical))));
	must(digest_eq(h, manifest_hash(&again)));
	must(lineage_step(&m, h, &again, h) == LINEAGE_SAME);
	if (manifest_check(a, &m, o, object, NULL) == ERR_OK) {
		struct opened less = open_for(a, o, object, NULL, NULL);

		must(manifest_check(a, &m, &less, object, NULL) == ERR_OK);
	}
}

static void circle(struct arena *a, const struct json *v, const struct opened *o)
{
	struct circle_object c, again;
	struct circle_member *m;
	struct json w;
	size_t n;

	if (circle_parse(a, v, &c, NULL))
		return;
	w = circle_json(a, &c);
	must(circle_parse(a, &w, &again, NULL) == ERR_OK);
	if (circle_members_parse(a, o->members, &c, &m, &n, NULL) == ERR_OK)
		must(n <= c.n_members);
}

static void withdrawal(struct arena *a, const struct json *v)
{
	struct withdrawal w, again;
	struct json x;

	if (withdrawal_parse(a, v, &w, NULL))
		return;
	x = withdrawal_json(a, &w);
	must(withdrawal_parse(a, &x, &again, NULL) == ERR_OK);
	for (size_t i = 0; i < w.n_names; i++)
		must(withdrawal_covers(&w, w.names[i].target, w.names[i].rev) == &w.names[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a, 0);
	struct json v, w;
	struct opened o = {0}, again;
	const struct json *object;

	if (json_parse(&a, (str){(const char *)data, size}, NULL, &v, NULL))
		return 0;
	object = json_get_c(&v, "object");
	if (open_parse(&a, json_get_c(&v, "open"), &o, NULL) == ERR_OK) {
		w = open_json(&a, &o);
		must(open_parse(&a, &w, &again, NULL) == ERR_OK);
		must(o.n_leaves == again.n_leaves && o.n_audience == again.n_audience);
	}
	manifest(&a, json_get_c(&v, "manifest"), &o, object);
	circle(&a, object, &o);
	withdrawal(&a, object);
	return 0;
}
