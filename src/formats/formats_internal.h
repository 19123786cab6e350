// SPDX-License-Identifier: Apache-2.0
/* What readers and writers of this folder share: the state of one reading (scratch memory that is
 * reset for every element, the path of the element for reports, recovery after a broken one) and of
 * one writing. Both live for one call of format_read or from format_write_begin to
 * format_write_end; one thread. */
#ifndef FORMATS_INTERNAL_H
#define FORMATS_INTERNAL_H

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "formats/format.h"
#include "intel/value.h"

#define ELEMENT_BYTES ((size_t)1 << 20)
#define ELEMENT_DEPTH 64

/* Ids as keys of maps: hashed whole (old MISP ids share their halves) under a key that no input can
 * know. */
struct id_key {
	uint8_t b[16];
};
static inline struct id_key id_key_new(void)
{
	struct id_key k;
	struct uuid u = uuid_new();

	memcpy(k.b, u.b, sizeof(k.b));
	return k;
}
static inline uint64_t id_hash(const struct id_key *k, struct uuid u)
{
	return siphash64(k->b, u.b, sizeof(u.b));
}

/* ---- reading ------------------------------------------------------------------- */

struct reading {
	const struct format_sink *sink;
	struct why *why;
	str text;
	struct arena scratch; /* one element */
	struct buf body;      /* one element's body as handed out */
	char path[256];       /* of the element at hand */
	int64_t emitted, refused;
	size_t passed;   /* see reading_passed */
	enum err stop;   /* what the sink said; ends the reading */
	bool fault_told; /* the place where the text breaks off has been reported */
};
void reading_init(struct reading *r, str text, const struct format_sink *sink, struct why *why);
void reading_done(struct reading *r);
/* Hands out one element (counts it); false when the sink wants no more. *ret_index: its number. */
bool reading_emit(struct reading *r, struct format_element *e, int64_t *ret_index);
void reading_refuse(struct reading *r, size_t at, const char *reason);
void reading_loss(struct reading *r, const char *what, int64_t count);
void reading_path(struct reading *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void reading_path_is(struct reading *r, const char *path);
/* "path[7]"; a path that is too long is cut. room_bytes at least 32. */
void path_item(char *room, size_t room_bytes, const char *path, size_t i);
/* ERR_OK, the sink's error, or ERR_INVALID when nothing at all was usable. */
MUST_CHECK enum err reading_end(struct reading *r, const char *format);

enum json_step { STEP_OK, STEP_SKIPPED, STEP_END };
/* The next value of the cursor, parsed into r->scratch (reset first), and its text. A broken, too
 * large or too deep one is reported under r->path and stepped over (STEP_SKIPPED); where the text
 * is cut off, STEP_END. */
enum json_step reading_value(struct reading *r, struct json_cursor *c, struct json *ret,
			     str *ret_raw, size_t *ret_at);
/* Tells the sink now and then how far the reading has come. */
void reading_passed(struct reading *r, size_t at);
/* Reports where the cursor stopped for good, unless that was done or the sink stopped it. */
void reading_fault(struct reading *r, const struct json_cursor *c);
/* After a fault inside an array or object that began at `before`: reports it and goes on behind its
 * closing bracket. False where the sink stopped the reading or the text ends before the bracket. */
bool reading_recover(struct reading *r, struct json_cursor *c, const struct json_cursor *before,
		     const char *path);
void reading_cursor(struct json_cursor *c, str text);
size_t skip_blank(str text, size_t at);
/* The end of the JSON value that begins at `at`, by brackets and quotes alone; 0 where the text
 * ends first. r (nullable) is told of long ones on the way. */
size_t value_end(struct reading *r, str text, size_t at);
/* "2026-…" or seconds ("1603642920", 1603642920) as microseconds; 0 when absent or malformed. */
int64_t seconds_us(const struct json *v);

enum err stix_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why);
enum err misp_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why);
enum err csv_read(const struct catalog *c, str text, const struct format_sink *sink,
		  struct why *why);
enum err list_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why);
enum err text_read(const struct catalog *c, str text, const struct format_sink *sink,
		   struct why *why);
typedef enum err format_reader(const struct catalog *c, str text, const struct format_sink *sink,
			       struct why *why);
/* True if the first line is a JSON document and another follows on the next (lines_read.c). */
bool json_lines_detect(str text);
MUST_CHECK enum err json_lines_read(format_reader *read, const struct catalog *c, str text,
				    const struct format_sink *sink, struct why *why);
/* Says of JSON that is none of our formats what it is, or where it breaks. Never ERR_OK. */
MUST_CHECK enum err json_refuse(str text, const struct format_sink *sink, struct why *why);
/* True if the first line of text is a header that csv_read understands. */
bool csv_detect(str text);
/* The value that a cell or line means, and its kind: what value_guess finds, else an address with a
 * port, a URL without a scheme, a name behind a wildcard; then *ret_loss says what was left out. */
enum value_kind loose_value(struct arena *a, str text, str *ret, const char **ret_loss);
/* True if a spreadsheet could take the cell for a formula (OWASP's list, full-width signs too): our
 * CSV puts an apostrophe in front, and takes it away again. */
bool csv_guarded(str cell);
/* True if the lines of text are lone values (lists, hosts files). */
bool list_detect(str text);

/* ---- TLP ------------------------------------------------------------------------ */

/* "tlp:amber+strict" in any case, TLP 1's white too; -1: not a TLP word at all, -2: a TLP word we
 * do not know. */
int tlp_word(str word);
/* The level of a well-known marking-definition (TLP 1 and 2), -1: not one of them. */
int tlp_marking(struct uuid id);
str tlp_marking_id(enum tlp t);         /* "marking-definition--…" of TLP 2.0 */
str tlp_marking_definition(enum tlp t); /* the object, JSON */
str tlp_tag(enum tlp t);                /* "tlp:amber+strict" */

/* ---- writing -------------------------------------------------------------------- */

struct writer_ops {
	enum err (*begin)(struct format_writer *w, struct why *why);
	enum err (*record)(struct format_writer *w, const struct format_record *r, struct why *why);
	enum err (*end)(struct format_writer *w, struct why *why);
};
struct format_writer {
	const struct writer_ops *ops;
	const struct catalog *catalog;
	struct arena *arena;  /* the caller's: life of the writer */
	struct arena scratch; /* one record */
	struct id_key key;
	struct buf out;
	enum err (*flush)(void *ctx, str bytes, struct why *why);
	void *ctx;
	VEC(struct format_loss) losses;
	void *state;
	enum err err; /* sticky */
};
void writer_loss(struct format_writer *w, int64_t count, const char *fmt, ...) PRINTF_LIKE(3, 4);

extern const struct writer_ops stix_writer, misp_writer, csv_writer, suricata_writer, snort_writer,
    zeek_writer, rpz_writer, nft_writer, sigma_writer;

/* ---- values of a record ----------------------------------------------------------- */

struct face_value {
	int kind;  /* enum value_kind */
	str value; /* canonical where it can be, else as it came */
};
struct face_values {
	struct face_value *p;
	size_t n;
	bool to_ids; /* meant for detection (indicator, MISP to_ids) */
	str comment, first_seen, last_seen;
};
/* What a record says about values, for the flat formats. n 0: nothing. */
MUST_CHECK enum err face_values(struct arena *a, const struct format_record *r,
				struct face_values *ret, struct why *why);

#endif
