// SPDX-License-Identifier: Apache-2.0
/* tar: just enough of the POSIX ustar format (sizes above 8 GiB in base 256, as GNU has it) to
 * write a backup as a stream and read it back, with SHA-256 of every member and of the whole in a
 * last member "manifest". Regular files only. One thread. Private to store/. */
#ifndef STORE_TAR_H
#define STORE_TAR_H

#include "base/buf.h"
#include "base/hash.h"

#define TAR_NAME 100
#define TAR_MANIFEST "manifest"

struct tar_out {
	int fd;
	int64_t size, left;
	struct sha256 *hash, *all;
	struct buf manifest;
	char name[TAR_NAME + 1];
};
void tar_out_init(struct tar_out *t, int fd);
void tar_out_done(struct tar_out *t);
/* One member: begin with its exact size, write that many bytes, end. */
MUST_CHECK enum err tar_begin(struct tar_out *t, const char *name, int64_t size, struct why *why);
MUST_CHECK enum err tar_write(struct tar_out *t, str data, struct why *why);
MUST_CHECK enum err tar_end(struct tar_out *t, struct why *why);
MUST_CHECK enum err tar_member(struct tar_out *t, const char *name, str data, struct why *why);
/* The manifest and the end of the archive. */
MUST_CHECK enum err tar_finish(struct tar_out *t, struct why *why);

struct tar_in {
	int fd;
	int64_t size, left;
	struct sha256 *hash, *all;
	struct digest digest; /* of the last member, once read to its end */
	struct buf manifest;  /* what the manifest must say */
	char name[TAR_NAME + 1];
};
void tar_in_init(struct tar_in *t, int fd);
void tar_in_done(struct tar_in *t);
/* Goes to the next member, past what was not read of this one. The manifest is checked here and not
 * shown: *ret_more false means it was there and right. ERR_INVALID: damaged or cut off. */
MUST_CHECK enum err tar_next(struct tar_in *t, bool *ret_more, struct why *why);
/* Up to cap bytes of the member; 0 at its end (then t->digest is set). */
MUST_CHECK enum err tar_read(struct tar_in *t, char *p, size_t cap, size_t *ret_n, struct why *why);

#endif
