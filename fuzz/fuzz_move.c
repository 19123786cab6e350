// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the file of a team that moves, and, sealed as they are, as its lines: nothing that
 * is not signed by a key of the root's chain is good. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "exchange/move.h"
#include "exchange/move_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ed25519_secret *root, int fd)
{
	ARENA(a, 0);
	struct move_head head;

	if (lseek(fd, 0, SEEK_SET) != 0 || move_check(&a, fd, root, &head, NULL) == ERR_OK)
		abort();
}

static void sealed(const struct ed25519_secret *root, str text)
{
	FD(fd) = memfd_create("fuzz", MFD_CLOEXEC);
	struct move_writer *w = NULL;
	str line;

	if (fd < 0 || move_file_create(fd, &root->public, &w, NULL))
		abort();
	while (str_split(&text, '\n', &line))
		if (move_file_line(w, line, NULL))
			abort();
	if (move_file_end(w, root, NULL))
		abort();
	move_writer_free(w);
	check(root, fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = {1, 2, 3};
	struct ed25519_secret root = ed25519_from_seed(seed);
	FD(fd) = memfd_create("fuzz", MFD_CLOEXEC);
	str text = {(const char *)data, size};

	if (fd < 0 || fd_write_all(fd, text, NULL))
		abort();
	check(&root, fd);
	sealed(&root, text);
	return 0;
}
