// SPDX-License-Identifier: Apache-2.0
/* path: dotted paths of the catalogue ("what.impact") in bodies and schemas. */
#include "catalog/catalog_internal.h"

const struct json *catalog_path(const struct json *body, str path)
{
	str part;

	while (body && str_split(&path, '.', &part))
		body = json_get(body, part);
	return body;
}

const struct json *catalog_path_schema(const struct json *schema, str path)
{
	str part;

	while (schema && str_split(&path, '.', &part))
		schema = json_get(json_get_c(schema, "properties"), part);
	return schema;
}

bool catalog_is_empty(const struct json *v)
{
	if (!v || json_is(v, JSON_NULL))
		return true;
	if (json_is(v, JSON_STRING))
		return str_trim(json_str(v)).n == 0;
	return (json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT)) && json_count(v) == 0;
}
