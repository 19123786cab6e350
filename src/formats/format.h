// SPDX-License-Identifier: Apache-2.0
/* format: bytes <-> elements, pure: no store, no policy, no clock. Readers stream over mapped text
 * with a cursor and hand out one element at a time, so memory is bounded by the largest element
 * (limits: 1 MiB an element, depth 64). A bad element is reported and skipped, every good one is
 * kept. Formats never include each other; one table (formats.c) has a row each. Add one: docs in
 * HACKING.md "add a format". */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "base/json.h"
#include "catalog/catalog.h"
#include "store/label.h"

enum format_id {
	FORMAT_AUTO,
	FORMAT_STIX,
	FORMAT_MISP,
	FORMAT_MISP_FEED,
	FORMAT_CSV,
	FORMAT_LIST,
	FORMAT_TEXT,
	FORMAT_IODEF,
	FORMAT_CSAF,
	FORMAT_JVNRSS,
	FORMAT_MAIL,
	FORMAT_JSON,  /* of no kind that is known: refused */
	FORMAT_STIX1, /* XML: refused */
	FORMAT_SURICATA,
	FORMAT_SNORT,
	FORMAT_ZEEK,
	FORMAT_RPZ,
	FORMAT_NFT,
	FORMAT_SIGMA_VALUES,
	FORMAT_COUNT
};

/* One thing read: becomes a record. */
struct format_element {
	enum record_form form;
	str type;        /* record type name ("indicator", "x-hikeshi-observable", "grouping",
			    "domain-name" ...) */
	struct uuid uid; /* zero: none in the source (CSV, lists, text): the importer makes one from
			    kind and value */
	/* Verbatim JSON of the element. FORM_STIX: the object. FORM_MISP: {"Attribute":{...}},
	 * {"Event":{...}} without its parts, {"Object":{...}} without its attributes or
	 * {"EventReport":{...}}. FORM_OWN: flat fields. */
	str body;
	int64_t modified_us; /* STIX modified, MISP timestamp; 0 none */
	int tlp; /* enum tlp from markings or tags joined with the container's; -1: none; an unknown
		    marking counts as RED */
	bool tlp_unknown; /* RED because of a marking we do not know */
	bool revoked;     /* STIX revoked, MISP deleted */
	int64_t parent; /* index (order of emission, from 0) of the containing element, -1: none */
	size_t at;      /* byte offset in the source */
	str path;       /* "objects[3]", "Event.Attribute[3]" */
	const struct json *tree; /* of body, or of its one member's value (FORM_MISP); NULL: not
				    parsed yet. Lives as long as the element */
};
struct format_sink {
	void *ctx;
	/* The element's memory is valid during the call only. An error stops the reading and is
	 * returned. */
	enum err (*element)(void *ctx, const struct format_element *e, struct why *why);
	void (*rejected)(void *ctx, size_t at, str path, const char *reason);
	void (*loss)(void *ctx, const char *what,
		     int64_t count); /* `what` is static or short-lived text: copy */
	/* Nullable. The text before `at` was looked at and is not needed just now; it may be read
	 * again. Told every few megabytes, for who wants to give back pages. */
	void (*passed)(void *ctx, size_t at);
};
/* By content (name only breaks ties): FORMAT_TEXT when nothing else fits; FORMAT_AUTO for empty or
 * binary input. */
enum format_id format_detect(str name, str text);
MUST_CHECK enum err
format_parse_name(str name, enum format_id *ret); /* "stix", "misp", "misp-feed", "csv" ... */
str format_name(enum format_id f);
bool format_can_read(enum format_id f);
bool format_can_write(enum format_id f);
/* ERR_INVALID when the text as a whole is not the format (nothing usable); single bad elements go
 * to rejected(). */
MUST_CHECK enum err format_read(enum format_id f, const struct catalog *c, str text,
				const struct format_sink *sink, struct why *why);

/* Writing: elements come as stored records. out is filled in pieces: flush is called with what is
 * ready (at least every 64 KiB), so a large export needs no large memory. */
struct format_record {
	enum record_form form;
	str type;
	struct uuid uid;
	str body;
	enum tlp tlp;
	bool revoked;
	struct uuid parent;   /* zero: none */
	str parent_form_body; /* unused by most */
	int64_t created_us, modified_us;
	const struct uuid *refs; /* of containers: parts the reader may see */
	const str *ref_types;
	size_t n_refs;
};
struct format_writer;
MUST_CHECK enum err format_write_begin(enum format_id f, const struct catalog *c, struct arena *a,
				       enum err (*flush)(void *ctx, str bytes, struct why *why),
				       void *ctx, struct format_writer **ret, struct why *why);
MUST_CHECK enum err format_write(struct format_writer *w, const struct format_record *r,
				 struct why *why);
struct format_loss {
	str what;
	int64_t count;
};
MUST_CHECK enum err format_write_end(struct format_writer *w, struct format_loss **losses,
				     size_t *n, struct why *why);

/* The STIX 2.1 face of a record (object JSON) as the API shows it under "object": FORM_STIX is its
 * body; FORM_MISP is mapped (attribute -> indicator or observable, event -> grouping or report,
 * object -> ... as the misp-stix mapping has it); FORM_OWN observables map to SCO, others to
 * x-hikeshi-*. tlp adds object_marking_refs where the body has no TLP marking of its own. */
MUST_CHECK enum err stix_face(struct arena *a, const struct catalog *c,
			      const struct format_record *r, struct json *ret, struct why *why);
/* Is this STIX object (its JSON) what a bundle of ours says of the record, TLP marking and what
 * STIX 2.1 requires added? Then reading it brings nothing new. */
bool stix_is_ours(struct arena *a, const struct format_record *r, str object);
/* Appends the text of a JSON value without the white space between its tokens; everything else byte
 * for byte. */
void json_squeeze(struct buf *out, str raw);
/* MISP type -> STIX pattern/SCO and back is one table: misp_map.h. */

#endif
