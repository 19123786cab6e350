// SPDX-License-Identifier: Apache-2.0
/* move_file: the file in which a team moves to another node (docs/links.md): lines of JSON inside
 * an age file that is sealed to the team's root key, so that only who has that key can read it; the
 * last line counts and hashes those before it and is signed by the key with which the team signed
 * on the node it leaves. Memory for one line. One thread; descriptors stay the caller's. */
#ifndef EXCHANGE_MOVE_FILE_H
#define EXCHANGE_MOVE_FILE_H

#include "base/json.h"
#include "exchange/ed25519.h"

#define MOVE_LINE_MAX ((size_t)48 << 20)

struct move_writer;
MUST_CHECK enum err move_file_create(int fd, const struct ed25519_public *root,
				     struct move_writer **ret, struct why *why);
/* One line; text is JSON without a line break. ERR_LIMIT: too long. */
MUST_CHECK enum err move_file_line(struct move_writer *w, str text, struct why *why);
/* The last line, and everything is handed to the kernel. Nothing may follow. */
MUST_CHECK enum err move_file_end(struct move_writer *w, const struct ed25519_secret *online,
				  struct why *why);
void move_writer_free(struct move_writer *w); /* takes NULL */

struct move_reader;
/* ERR_NOTFOUND: sealed to another team's root; ERR_INVALID: no such file. */
MUST_CHECK enum err move_file_open(int fd, const struct ed25519_secret *root,
				   struct move_reader **ret, struct why *why);
/* The next line, good until the next call; *ret_more false: the last line was read and fits what
 * came before it. ERR_INVALID where the file was cut off or changed. */
MUST_CHECK enum err move_file_next(struct move_reader *r, str *ret, bool *ret_more,
				   struct why *why);
/* Behind the last line: is it signed by that key? */
bool move_file_signed(const struct move_reader *r, const struct ed25519_public *online);
/* From the beginning again. */
MUST_CHECK enum err move_file_rewind(struct move_reader *r, struct why *why);
void move_reader_free(struct move_reader *r); /* takes NULL */

#endif
