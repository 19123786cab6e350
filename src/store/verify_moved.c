// SPDX-License-Identifier: Apache-2.0
/* verify_moved: what a team brought along from another node: its entries against the leaves of that
 * node's tree, the tree against the root that was signed there, imports against the hashes of their
 * leaves. */
#include "base/codec.h"
#include "base/merkle.h"
#include "base/vec.h"
#include "store/moved.h"
#include "store/service_internal.h"
#include "store/verify_internal.h"

#define TILE 256
#define PAST_PAGE 16 /* each may carry the hashes of an import */

struct tree_sum {
	uint64_t size;
	struct digest f[56];
};

static void sum_add(struct tree_sum *t, struct digest hash)
{
	unsigned k = 0;

	for (; t->size >> k & 1; k++)
		hash = merkle_node(&t->f[k], &hash);
	t->f[k] = hash;
	t->size++;
}

static struct digest sum_root(const struct tree_sum *t)
{
	struct digest root = sha256(STR_NULL);
	bool any = false;

	for (unsigned k = 0; k < ARRAY_LEN(t->f); k++) {
		if (!(t->size >> k & 1))
			continue;
		root = any ? merkle_node(&t->f[k], &root) : t->f[k];
		any = true;
	}
	return root;
}

static void sum_all(struct tree_sum *t, str hashes)
{
	for (size_t i = 0; i + SHA256_BYTES <= hashes.n; i += SHA256_BYTES) {
		struct digest d;

		memcpy(d.b, hashes.p + i, sizeof(d.b));
		sum_add(t, d);
	}
}

static str tree_name(struct verify *v, struct uuid epoch)
{
	char text[UUID_TEXT];

	uuid_text(epoch, text);
	return arena_printf(&v->page, "epoch %.*s of another node", UUID_TEXT, text);
}

static enum err tree_check(struct verify *v, const struct moved_tree *t, struct why *why)
{
	struct tree_sum *sum = mem_alloc(sizeof(*sum));
	struct db_rows *r;
	int64_t next = 0;
	bool whole = true;
	enum err err =
	    db_query(v->db, "SELECT idx, hashes FROM moved_tile WHERE epoch = ?1 ORDER BY idx",
		     DBARGS(DBU(t->epoch)), &r, why);

	if (!err) {
		while (db_next(r)) {
			str h = db_bytes(r, 1);

			whole = whole && db_int(r, 0) == next++ && h.n % SHA256_BYTES == 0 &&
				sum->size % TILE == 0;
			sum_all(sum, h);
		}
		err = db_end(r, why);
	}
	if (!err && (!whole || (int64_t)sum->size != t->size))
		verify_tell(v, "journal", tree_name(v, t->epoch),
			    "has %lld leaves, %llu came along", (long long)t->size,
			    (unsigned long long)sum->size);
	else if (!err && !digest_eq(sum_root(sum), t->root))
		verify_tell(v, "journal", tree_name(v, t->epoch),
			    "its root is not that of its leaves");
	mem_free(sum);
	arena_reset(&v->page);
	return err;
}

/* ---- entries ---- */

struct past {
	struct moved_entry e;
	int64_t entry;
	bool row; /* the one here that tells it is there */
};

static struct past past_row(struct db_rows *r, struct arena *a)
{
	return (struct past){
	    .e = moved_entry_row(r, a), .entry = db_int(r, 13), .row = !db_is_null(r, 14)};
}

static void slice_check(struct verify *v, const struct past *p, str name)
{
	struct tree_sum *sum = mem_alloc(sizeof(*sum));
	struct digest root;

	sum_all(sum, p->e.slice);
	root = sum_root(sum);
	if (!p->e.content.p || !hex_is(p->e.content, root))
		verify_tell(v, "journal", name, "its slice has another root");
	mem_free(sum);
}

static bool salted(const struct past *p)
{
	static const uint8_t none[16];

	return memcmp(p->e.salt2, none, sizeof(none)) != 0;
}

static enum err past_check(struct verify *v, const struct past *p, struct why *why)
{
	str name = arena_printf(&v->page, "entry %lld, %.*s", (long long)p->e.seq,
				STR_ARG(tree_name(v, p->e.epoch)));
	struct journal_entry content = {.content = p->e.content};
	struct uuid team = {{0}};
	struct digest leaf, held;
	struct why none = {0};
	enum err err;

	if (p->e.team && !principal_uuid(v->s, p->e.team, &team))
		verify_tell(v, "journal", name, "its team is unknown");
	if (p->entry && !p->row)
		verify_tell(v, "journal", name, "what tells it here is gone");
	memcpy(content.salt2, p->e.salt2, sizeof(content.salt2));
	if (p->e.content.p && salted(p) &&
	    !digest_eq(journal_content_digest(&content), p->e.digest))
		verify_tell(v, "journal", name, "its content does not match its digest");
	if (p->e.slice.p)
		slice_check(v, p, name);
	err = moved_hash(v->s, p->e.epoch, p->e.seq, &held, &none);
	if (err && err != ERR_NOTFOUND)
		return why_set(why, err, "%s", none.text);
	leaf = moved_leaf(&p->e, team);
	if (err || !digest_eq(leaf, held))
		verify_tell(v, "journal", name, "does not match its leaf in the tree");
	v->counts.entries++;
	return ERR_OK;
}

static enum err past_page(struct verify *v, struct uuid *epoch, int64_t *seq, size_t *ret_n,
			  struct why *why)
{
	struct past *list = arena_array(&v->page, struct past, PAST_PAGE);
	struct db_rows *r;
	size_t n = 0;
	enum err err = db_query(
	    v->db,
	    "SELECT " MOVED_ENTRY_COLUMNS ", m.entry, j.id FROM moved_entry m LEFT JOIN "
	    "journal j ON j.id = m.entry WHERE (m.epoch, m.seq) > (?1, ?2) ORDER BY m.epoch, m.seq "
	    "LIMIT ?3",
	    DBARGS(DBU(*epoch), DBI(*seq), DBI(PAST_PAGE)), &r, why);

	if (err)
		return err;
	while (db_next(r) && n < PAST_PAGE)
		list[n++] = past_row(r, &v->page);
	err = db_end(r, why);
	for (size_t i = 0; i < n && !err; i++) {
		*epoch = list[i].e.epoch;
		*seq = list[i].e.seq;
		err = past_check(v, &list[i], why);
	}
	arena_reset(&v->page);
	*ret_n = n;
	return err;
}

enum err verify_moved(struct verify *v, struct why *why)
{
	struct moved_tree *t = NULL;
	struct uuid epoch = {{0}};
	int64_t seq = -1;
	size_t n = 0, page = PAST_PAGE;
	ARENA(a, 0);
	enum err err = moved_trees(v->s, &a, &t, &n, why);

	for (size_t i = 0; i < n && !err; i++)
		err = tree_check(v, &t[i], why);
	while (!err && page == PAST_PAGE)
		err = past_page(v, &epoch, &seq, &page, why);
	return err;
}
