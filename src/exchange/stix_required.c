// SPDX-License-Identifier: Apache-2.0
/* stix_required: what STIX 2.1 requires of each type of object (sections 4 to 7) and so no
 * forwarder may drop. */
#include "exchange/manifest_internal.h"

#define REQUIRED_MAX 5

static const struct {
	const char *type;
	bool observable; /* 3.2: only type and id are common */
	const char *names[REQUIRED_MAX];
} rows[] = {
    {"attack-pattern", false, {"name"}},
    {"campaign", false, {"name"}},
    {"course-of-action", false, {"name"}},
    {"grouping", false, {"context", "object_refs"}},
    {"identity", false, {"name"}},
    {"incident", false, {"name"}},
    {"indicator", false, {"pattern", "pattern_type", "valid_from"}},
    {"infrastructure", false, {"name"}},
    {"intrusion-set", false, {"name"}},
    {"malware", false, {"is_family"}},
    {"malware-analysis", false, {"product"}},
    {"note", false, {"content", "object_refs"}},
    {"observed-data", false, {"first_observed", "last_observed", "number_observed"}},
    {"opinion", false, {"opinion", "object_refs"}},
    {"report", false, {"name", "published", "object_refs"}},
    {"threat-actor", false, {"name"}},
    {"tool", false, {"name"}},
    {"vulnerability", false, {"name"}},
    {"relationship", false, {"relationship_type", "source_ref", "target_ref"}},
    {"sighting", false, {"sighting_of_ref"}},
    {"language-content", false, {"object_ref", "contents"}},
    {"extension-definition",
     false,
     {"created_by_ref", "name", "schema", "version", "extension_types"}},
    {"artifact", true, {NULL}},
    {"autonomous-system", true, {"number"}},
    {"directory", true, {"path"}},
    {"domain-name", true, {"value"}},
    {"email-addr", true, {"value"}},
    {"email-message", true, {"is_multipart"}},
    {"file", true, {NULL}},
    {"ipv4-addr", true, {"value"}},
    {"ipv6-addr", true, {"value"}},
    {"mac-addr", true, {"value"}},
    {"mutex", true, {"name"}},
    {"network-traffic", true, {"protocols"}},
    {"process", true, {NULL}},
    {"software", true, {"name"}},
    {"url", true, {"value"}},
    {"user-account", true, {NULL}},
    {"windows-registry-key", true, {NULL}},
    {"x509-certificate", true, {NULL}},
};

static const char *first_missing(const struct json *object, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && names[i]; i++)
		if (!json_get_c(object, names[i]))
			return names[i];
	return NULL;
}

const char *stix_missing(const struct json *object)
{
	static const char *const common[] = {"type", "id", "spec_version", "created", "modified"};
	str type = json_get_str(object, "type");
	const char *missing;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!str_eq(type, str_c(rows[i].type)))
			continue;
		missing = first_missing(object, rows[i].names, REQUIRED_MAX);
		if (missing)
			return missing;
		return first_missing(object, common, rows[i].observable ? 2 : ARRAY_LEN(common));
	}
	/* a marking has no modified (7.2); what nobody knows may be of any kind */
	if (str_eq(type, STR("marking-definition")))
		return first_missing(object, common, ARRAY_LEN(common) - 1);
	return first_missing(object, common, type_is_ours(type) ? ARRAY_LEN(common) : 2);
}
