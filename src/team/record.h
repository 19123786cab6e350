// SPDX-License-Identifier: Apache-2.0
/* record: the one way in and out for records of every type: decode the common fields, validate by
 * the catalogue, ask the gate, build the write set (body, label, values, text, journal), commit,
 * and render for a reader. Types with rules of their own add a row to the table in rules.c.
 * Everything lives in the caller's arena. */
#ifndef TEAM_RECORD_H
#define TEAM_RECORD_H

#include "base/json.h"
#include "store/sorted.h"
#include "team/directory.h"
#include "team/node.h"

/* One request's context; all functions here take it. */
struct ctx {
	struct node *node;
	struct arena *arena;
	const struct actor *actor;
	const struct directory_view *dir;
	const struct view *view; /* what the actor may see (ACT_SEE) */
	int64_t now_us;
	struct catalog_faults faults; /* filled on ERR_UNPROCESSABLE */
	const char *lang;             /* "ja" or "en" for sentences */
};
/* Takes directory and view; ctx_done gives them back. */
void ctx_init(struct ctx *c, struct node *n, struct arena *a, const struct actor *actor);
void ctx_done(struct ctx *c);
/* Views and directory again after a write of this request changed them. */
void ctx_refresh(struct ctx *c);
/* May somebody of a team see what carries l now? A TLP:RED one those named alone. */
bool ctx_team_sees(struct ctx *c, const struct directory_team *t, const struct label *l);

/* What the label of a new or changed record is to be, from the request. */
struct label_spec {
	bool has_tlp;
	enum tlp tlp;
	const struct uuid *circles, *teams; /* ids */
	size_t n_circles, n_teams;
	const struct uuid *people;
	size_t n_people;
	int64_t not_before_us, expires_us;
	int32_t pap, attribution;
	bool everyone;
};
/* Resolves ids to principals with rosters, interns, checks that the actor's team is in each circle.
 * TLP:RED without people names the actor. No TLP: the strictest default of the circles, else
 * AMBER+STRICT. */
MUST_CHECK enum err record_label(struct ctx *c, const struct label_spec *s, int64_t holder,
				 int64_t *ret_label, struct why *why);

/* Reads {id} of a URL: a full id, or a number of the actor's own team. ERR_NOTFOUND for what is
 * absent or not visible. t NULL: any type. */
MUST_CHECK enum err record_get(struct ctx *c, const struct catalog_type *t, str id,
			       struct record *ret, struct why *why);
/* Creates from a request's JSON (common fields and own ones side by side; STIX types: "object" with
 * common fields). team 0: the actor's own. The committed record comes back with body. */
MUST_CHECK enum err record_create(struct ctx *c, const struct catalog_type *t,
				  const struct json *request, int64_t team, struct record *ret,
				  struct why *why);
/* RFC 7396 merge patch. if_version 0: no precondition was given (ERR_NEED_MATCH), -1: any. */
MUST_CHECK enum err record_update(struct ctx *c, const struct record *r, const struct json *patch,
				  int32_t if_version, struct record *ret, struct why *why);
/* A step of the state machine; request carries its fields and "reason". */
MUST_CHECK enum err record_step(struct ctx *c, const struct record *r, str transition,
				const struct json *request, int32_t if_version, struct record *ret,
				struct why *why);
/* The body as JSON (parsed into the arena); ERR_IO when it cannot be parsed. */
MUST_CHECK enum err record_body(struct ctx *c, const struct record *r, struct json *ret,
				struct why *why);
/* What the actor may see of a record, as the API has it: the common fields and the type's own
 * (other teams': only those that leave; circles only those the reader knows), or "object".
 * ERR_NOTFOUND when the gate says no. */
MUST_CHECK enum err record_render(struct ctx *c, const struct record *r, struct json *ret,
				  struct why *why);
/* "type--uuid" of a record. */
str record_id(struct ctx *c, const struct record *r);
str record_title(struct ctx *c, const struct record *r);
/* ETag text: "r<version>" of the holding, with quotes. */
str record_etag(struct ctx *c, const struct record *r);
/* Links a record of the actor's team to something it can see; and the links of a record that the
 * actor may see both ends of. */
MUST_CHECK enum err record_link(struct ctx *c, const struct record *r, str relation, str target_id,
				struct why *why);
MUST_CHECK enum err record_unlink(struct ctx *c, const struct record *r, str relation,
				  str target_id, struct why *why);
struct record_link {
	struct record from, to;
	str relation;
	int64_t at_us;
};
MUST_CHECK enum err record_links(struct ctx *c, const struct record *r, struct record_link **ret,
				 size_t *ret_n, struct why *why);

/* What several records are linked with, both ends visible to the actor, as columns without body: at
 * most 2,000 links of each are looked at. Links the program itself keeps (answers, deliveries ...)
 * are left out. */
struct record_near {
	size_t of; /* index of the record asked for */
	struct record other;
	str relation;
	bool out; /* from the record asked for */
};
MUST_CHECK enum err record_near(struct ctx *c, const struct record *r, size_t n,
				struct record_near **ret, size_t *ret_n, struct why *why);

/* Records that link to an id by one relation ("delivery", "answers", "comment"), visible to the
 * actor, with bodies. */
MUST_CHECK enum err record_linked(struct ctx *c, struct uuid uid, const char *relation,
				  struct record **ret, size_t *ret_n, struct why *why);

/* For modules with rules of their own: fills a put for a record of ours from its body: validation
 * is the caller's. */
MUST_CHECK enum err record_fill_put(struct ctx *c, const struct catalog_type *t,
				    const struct json *body, struct record_put *put,
				    struct why *why);
/* What its lists are sorted by besides what every record has. */
struct record_sort draft_sort(const struct catalog_type *t, const struct json *body);
/* The values of a body alone, and what lists are sorted by. */
MUST_CHECK enum err draft_values(struct ctx *c, const struct catalog_type *t, enum record_form form,
				 const struct json *body, struct record_put *put, struct why *why);
/* Commits and refreshes the directory when a directory type was touched. */
MUST_CHECK enum err record_commit(struct ctx *c, struct write_set *w, struct record_result *results,
				  struct why *why);

/* Rules of a type: any of them may be NULL. body is the whole own body before it is
 * validated/committed. */
struct record_draft {
	const struct catalog_type *type;
	const struct record *old; /* NULL: new */
	struct json body;
	struct label_spec label;
	bool label_given;
	int64_t label_key; /* set by rules: used as it is, label is not asked */
	int64_t team;
	str state;               /* state it will have */
	struct write_set *write; /* to add puts, links, jobs */
	struct uuid uid;
	size_t put; /* index of this record's put in write (valid in `committing`) */
	const struct catalog_transition *step; /* NULL: create or update */
	const struct json *request;
	str why;
};
struct record_rules {
	const char *type;
	/* May change body and label, refuse (four-eyes ...). Before validation. */
	enum err (*prepare)(struct ctx *c, struct record_draft *d, struct why *why);
	/* The put is in the write set: add what goes with it. */
	enum err (*committing)(struct ctx *c, struct record_draft *d, struct why *why);
	/* After the commit, outside the transaction; must not fail the request. */
	void (*committed)(struct ctx *c, const struct record_draft *d, const struct record *now);
	/* Adds to what a reader sees (computed members). */
	enum err (*render)(struct ctx *c, const struct record *r, struct json *out,
			   struct why *why);
};
const struct record_rules *record_rules(str type); /* the table in rules.c; NULL: none */

#endif
