// SPDX-License-Identifier: Apache-2.0
/* file: descriptors that close themselves, whole files in and out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/* FD(name) = open(...): closed when the scope ends; -1 is ignored. */
#define FD(name) __attribute__((cleanup(fd_close))) int name
void fd_close(int *fd);
/* Retries on EINTR, short counts are continued. */
MUST_CHECK enum err fd_write_all(int fd, str data, struct why *why);
/* Reads to the end, at most limit_bytes (beyond: ERR_LIMIT). */
MUST_CHECK enum err fd_read_all(int fd, size_t limit_bytes, struct buf *out, struct why *why);
MUST_CHECK enum err file_read(const char *path, size_t limit_bytes, struct buf *out,
			      struct why *why);
/* Writes beside the target, fsyncs, renames over it, fsyncs the directory. ERR_FULL on ENOSPC. */
MUST_CHECK enum err file_replace(const char *path, str data, unsigned mode, struct why *why);
/* mkdir -p with mode 0700. */
MUST_CHECK enum err dir_make(const char *path, struct why *why);
/* errno to err: ENOENT NOTFOUND, EACCES/EPERM DENIED, ENOSPC/EDQUOT FULL, else IO. */
enum err err_from_errno(int e);

#endif
