// SPDX-License-Identifier: Apache-2.0
/* desk: what incidents and comments do beyond being records: an incident opened from reports is
 * linked to them; a comment is linked to what it is about and is seen by its writer's team, and by
 * nobody who cannot see that. */
#include "team/case.h"
#include "team/record_internal.h"
#include "team/rules.h"

static enum err own_report(struct ctx *c, str id, struct record *ret, struct why *why)
{
	const struct catalog_type *t = catalog_plural(c->node->catalog, STR("reports"));
	enum err err = record_get(c, t, id, ret, NULL);

	if (err == ERR_NOTFOUND || (!err && ret->team != c->actor->team)) /* gate */
		return field_fault(c, why, "unknown_report", "/report",
				   "is not a report of your team", "自チームの報告ではありません");
	return err ? why_set(why, err, "report '%.*s' cannot be read", STR_ARG(id)) : ERR_OK;
}

static enum err incident_committing(struct ctx *c, struct record_draft *d, struct why *why)
{
	const struct json *reports = json_get_c(&d->body, "report");

	for (size_t i = 0; i < json_count(reports); i++) {
		struct record r;
		enum err err = own_report(c, json_str(json_at(reports, i)), &r, why);

		if (err)
			return err;
		write_link(d->write, d->old ? d->old->key : -1 - (int64_t)d->put, STR("report"),
			   r.uid);
	}
	return case_merged_write(c, d, why);
}

const struct record_rules incident_rules = {
    .type = "x-hikeshi-incident", .prepare = case_merging, .committing = incident_committing};

static enum err comment_prepare(struct ctx *c, struct record_draft *d, struct why *why)
{
	struct record target;
	enum err err;

	if (d->old)
		return ERR_OK;
	err = record_get(c, NULL, json_get_str(&d->body, "target"), &target, NULL);
	if (err)
		return field_fault(c, why, "unknown_record", "/target",
				   "there is nothing of that id that you may see",
				   "そのIDのものはないか、閲覧できません");
	red_label(c, &target, &d->label);
	return ERR_OK;
}

static enum err comment_committing(struct ctx *c, struct record_draft *d, struct why *why)
{
	struct uuid uid;
	str type;

	(void)c;
	if (d->old)
		return ERR_OK;
	if (id_parse(json_get_str(&d->body, "target"), &type, &uid)) {
		struct record r;
		enum err err = record_get(c, NULL, json_get_str(&d->body, "target"), &r, why);

		if (err)
			return err;
		uid = r.uid;
	}
	write_link(d->write, -1 - (int64_t)d->put, STR("comment"), uid);
	return ERR_OK;
}

const struct record_rules comment_rules = {
    .type = "x-hikeshi-comment", .prepare = comment_prepare, .committing = comment_committing};
