// SPDX-License-Identifier: Apache-2.0
/* import: files and streams become records of one team: detect, read element by element, label,
 * look up what is held, write in slices of 10,000. Counts are those of the importing team alone:
 * nothing in them depends on what others hold. Memory is bounded whatever the file's size. export:
 * the visible records as one file, through the gate for each label (ACT_EXPORT). */
#ifndef TEAM_IMPORT_H
#define TEAM_IMPORT_H

#include "formats/format.h"
#include "team/record.h"

/* What became of one element. */
struct import_told {
	bool ok;
	struct uuid uid; /* zero where it was not even an object with an id: at tells where it is */
	str type;
	int64_t modified_us; /* 0: none */
	size_t at;           /* byte in the source */
	str reason;          /* why not; lives during the call */
};
struct import_options {
	enum format_id format; /* FORMAT_AUTO */
	bool has_tlp;
	enum tlp tlp; /* for what carries no marking of its own; also joined with what does */
	const struct uuid *circles;
	size_t n_circles;
	struct uuid link_to; /* zero, or a record of the team: what is read gets linked from it with
				"has" */
	bool mapped; /* text is a read-only mapping of a file: pages that were read are given back
			on the way */
	str job;     /* name tying the slices together; empty: made */
	bool
	    foreign; /* from strangers: nothing of our own types, which only linked nodes may say */
	/* Nullable: it comes from a server that nobody here vouches for. What it brings is marked
	 * RECORD_UNVERIFIED; of what the team holds already (held[i]) it changes only what may[i]
	 * allows. Called for each batch, on a thread of the import. */
	enum err (*claim)(void *ctx, const struct uuid *ids, const bool *held, size_t n, bool *may,
			  struct why *why);
	size_t batch;  /* objects in one write; 0: as many as is cheapest. Fewer: the stages of a
			* source of that size work side by side */
	bool versions; /* each of several versions of one object in a source is kept, not the newest
			* alone (up to IMPORT_VERSIONS times in a source) */
	/* Nullable: told of every element once it is durable or refused, on the calling thread. */
	void (*told)(void *ctx, const struct import_told *t);
	void (*progress)(void *ctx, int64_t objects, int64_t bytes_done,
			 int64_t bytes_total); /* nullable */
	void *ctx;
};
struct import_result {
	int64_t files, read, created, updated, unchanged, rejected;
	struct import_reject {
		str file;
		int64_t position;
		str path, reason;
	} * rejects; /* at most 1,000 kept, all counted */
	size_t n_rejects;
	struct import_loss {
		str format, what;
		int64_t count;
	} * losses;
	size_t n_losses;
	int64_t failed_files; /* could not be read or hold nothing understood */
	struct uuid *
	    touched; /* ids of values read (indicators, observables), at most 10,000, for link_to */
	const str *touched_types;
	size_t n_touched;
};
/* Adds one source to *result (zero-initialised by the caller before the first). text must stay
 * mapped. A single unreadable file is counted in failed_files and explained in rejects; errors are
 * for the store and the gate only. */
MUST_CHECK enum err import_text(struct ctx *c, const struct import_options *o, str name, str text,
				struct import_result *result, struct why *why);
/* A path: file or directory (all below it, MISP feed manifests and hashes.csv skipped) relative to
 * dir_fd. */
MUST_CHECK enum err import_path(struct ctx *c, const struct import_options *o, int dir_fd,
				const char *path, struct import_result *result, struct why *why);
/* What fd gives, to its end and at most limit_bytes: put down in an unnamed file of the data
 * directory, so that a stream needs no more memory than a file. */
MUST_CHECK enum err import_stream(struct ctx *c, const struct import_options *o, int fd,
				  size_t limit_bytes, str name, struct import_result *result,
				  struct why *why);
/* Options as a request or a job has them: {"format","tlp","circles":[ids],"link_to":id}, all
 * optional; unknown members are refused. */
MUST_CHECK enum err import_options_read(struct arena *a, const struct json *v,
					struct import_options *ret, struct why *why);
/* Rejects that are counted and not listed. */
int64_t import_unlisted(const struct import_result *r);
/* {"files":…,"objects":{…},"rejected":[…],"losses":[…]} of interface.md; "rejected_unlisted" where
 * not all are listed. */
void import_result_json(struct json_out *o, const struct import_result *r);

struct export_filter {
	str types; /* blank separated plurals or type names; empty: all exchanged knowledge */
	str query; /* full text, or empty */
	struct uuid circle; /* only what is labelled to it; zero: any */
	bool has_max_tlp;
	enum tlp max_tlp;   /* nothing stricter */
	int64_t since_us;   /* changed after */
	struct uuid record; /* only this record and its parts and links */
	bool *ret_red;      /* nullable: set when something TLP:RED was written */
};
/* Writes to fd in pieces. losses in the arena. */
MUST_CHECK enum err export_to(struct ctx *c, enum format_id f, const struct export_filter *filter,
			      int fd, struct format_loss **losses, size_t *n, int64_t *ret_objects,
			      struct why *why);

#endif
