// SPDX-License-Identifier: Apache-2.0
/* catalog_internal: shared by the files of src/catalog only. struct catalog is built by
 * load.c in its own arena and never changes afterwards, but for the word codes of bind.c. */
#ifndef CATALOG_CATALOG_INTERNAL_H
#define CATALOG_CATALOG_INTERNAL_H

#include "base/map.h"
#include "catalog/catalog.h"

/* Made by scripts/embed_files.py from catalog/: names like "types/report.json". */
struct embedded_file {
	const char *name;
	const unsigned char *bytes;
	size_t n;
};
extern const struct embedded_file catalog_files[];
extern const size_t catalog_files_count;

struct catalog_list {
	str name;
	struct json source;
	struct map items; /* code -> const struct json * */
};

struct catalog {
	struct arena arena;
	struct json common; /* catalog/common.json */
	struct catalog_type *types;
	size_t n_types;
	struct catalog_type generic;
	struct catalog_list *lists;
	size_t n_lists;
	struct map by_type, by_plural, by_list;
	struct u64map by_code;
	str document;
};

/* check_schema.c: is the file itself sound? Called once per type after all lists are known. */
MUST_CHECK enum err catalog_check_list(const struct catalog_list *l, struct why *why);
MUST_CHECK enum err catalog_check_type(const struct catalog *c, const struct catalog_type *t,
				       struct why *why);

/* pattern.c: the part of regular expressions that needs no backtracking. The whole text must match:
 *   pattern = ["^"] { ( char | "\d" | "." | "[" class "]" | "\" char ) [ "{" n [ "," [ m ] ] "}" |
 * "*" | "+" | "?" ] } ["$"] An item with a variable count must not share bytes with what may follow
 * it. */
bool pattern_valid(str pattern);
bool pattern_match(str pattern, str text);

/* format.c: named formats of the schema subset. */
bool format_known(str format);
bool format_match(str format, str text);

/* A dotted path in a body ("what.impact"); NULL when absent. */
const struct json *catalog_path(const struct json *body, str path);
/* The schema of a dotted path below an object schema; NULL when there is none. */
const struct json *catalog_path_schema(const struct json *schema, str path);
/* null, "", [] and {} count as absent. */
bool catalog_is_empty(const struct json *v);

#endif
