// SPDX-License-Identifier: Apache-2.0
/* sqlite_rows: an array of argument rows as a table, so that a bulk insert is one statement whose
 * cursor stays where it is: INSERT INTO t(a,b) SELECT c0,c1 FROM hk_rows(?1), with ?1 bound to a
 * struct row_array by pointer. Half the price of a statement per row. One thread, as its
 * connection. */
#include "store/db_internal.h"

#define COLUMNS 24 /* c0 ... c23, then the hidden argument */

struct rows_cursor {
	sqlite3_vtab_cursor base;
	const struct row_array *rows;
	size_t at;
};

static int rows_connect(sqlite3 *sl, void *aux, int argc, const char *const *argv,
			sqlite3_vtab **ret, char **error)
{
	(void)aux, (void)argc, (void)argv, (void)error;
	BUF(b);
	buf_add(&b, STR("CREATE TABLE x("));
	for (int i = 0; i < COLUMNS; i++)
		buf_printf(&b, "c%d,", i);
	buf_add(&b, STR("rows HIDDEN)"));
	buf_add_char(&b, '\0');
	int rc = sqlite3_declare_vtab(sl, b.p);
	if (rc)
		return rc;
	*ret = sqlite3_malloc(sizeof **ret);
	if (!*ret)
		return SQLITE_NOMEM;
	memset(*ret, 0, sizeof **ret);
	return SQLITE_OK;
}

static int rows_disconnect(sqlite3_vtab *t)
{
	sqlite3_free(t);
	return SQLITE_OK;
}

/* There is one plan: the array is given. */
static int rows_best(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c = &info->aConstraint[i];
		if (c->iColumn != COLUMNS || !c->usable || c->op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		info->aConstraintUsage[i].argvIndex = 1;
		info->aConstraintUsage[i].omit = 1;
		info->estimatedCost = 1;
		return SQLITE_OK;
	}
	return SQLITE_CONSTRAINT;
}

static int rows_open(sqlite3_vtab *t, sqlite3_vtab_cursor **ret)
{
	(void)t;
	struct rows_cursor *c = sqlite3_malloc(sizeof *c);
	if (!c)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof *c);
	*ret = &c->base;
	return SQLITE_OK;
}

static int rows_close(sqlite3_vtab_cursor *c)
{
	sqlite3_free(c);
	return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *cur, int plan, const char *text, int argc,
		       sqlite3_value **argv)
{
	(void)plan, (void)text;
	struct rows_cursor *c = (struct rows_cursor *)cur;
	c->rows = argc == 1 ? sqlite3_value_pointer(argv[0], ROW_ARRAY) : NULL;
	c->at = 0;
	return c->rows ? SQLITE_OK : SQLITE_MISUSE;
}

static int rows_next(sqlite3_vtab_cursor *cur)
{
	((struct rows_cursor *)cur)->at++;
	return SQLITE_OK;
}

static int rows_eof(sqlite3_vtab_cursor *cur)
{
	const struct rows_cursor *c = (const struct rows_cursor *)cur;
	return c->at >= c->rows->count;
}

static int rows_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx, int i)
{
	const struct rows_cursor *c = (const struct rows_cursor *)cur;
	if ((size_t)i >= c->rows->width)
		return SQLITE_OK;
	const struct db_value *v = &c->rows->values[c->at * c->rows->width + (size_t)i];
	switch (v->kind) {
	case DB_NULL:
		break;
	case DB_INT:
		sqlite3_result_int64(ctx, v->i);
		break;
	case DB_REAL:
		sqlite3_result_double(ctx, v->d);
		break;
	case DB_TEXT:
		sqlite3_result_text64(ctx, v->s.n ? v->s.p : "", v->s.n, SQLITE_STATIC,
				      SQLITE_UTF8);
		break;
	case DB_BLOB:
		sqlite3_result_blob64(ctx, v->s.n ? v->s.p : "", v->s.n, SQLITE_STATIC);
		break;
	}
	return SQLITE_OK;
}

static int rows_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct rows_cursor *)cur)->at;
	return SQLITE_OK;
}

int sl_rows_register(sqlite3 *sl)
{
	/* without xCreate it exists by its name alone and cannot be made into a table */
	static const sqlite3_module module = {.xConnect = rows_connect,
					      .xBestIndex = rows_best,
					      .xDisconnect = rows_disconnect,
					      .xOpen = rows_open,
					      .xClose = rows_close,
					      .xFilter = rows_filter,
					      .xNext = rows_next,
					      .xEof = rows_eof,
					      .xColumn = rows_column,
					      .xRowid = rows_rowid};
	return sqlite3_create_module(sl, "hk_rows", &module, NULL);
}
