// SPDX-License-Identifier: Apache-2.0
/* gate_off: what mutate.py puts before the first line of a source file in its copy of the tree.
 * Gate n answers yes where the environment says GATE_OFF=n; each gate that is reached is written to
 * the file GATE_LOG once. Needs no header, as it stands before them. */
#ifndef GATE_OFF_H
#define GATE_OFF_H

extern char *getenv(const char *name);
extern int open(const char *path, int flags, ...);
extern long write(int fd, const void *data, unsigned long n);
extern int close(int fd);

static void gate_reached(int n)
{
	const char *path = getenv("GATE_LOG");
	char line[12];
	int at = (int)sizeof line;
	int fd = path ? open(path, 02101, 0666) : -1; /* O_WRONLY | O_CREAT | O_APPEND */

	if (fd < 0)
		return;
	line[--at] = '\n';
	for (; n; n /= 10)
		line[--at] = (char)('0' + n % 10);
	(void)!write(fd, line + at, (unsigned long)((int)sizeof line - at));
	close(fd);
}

static inline _Bool gate_off(int n)
{
	static _Bool seen[1024];
	static int off = -1;

	if (off < 0) {
		int k = 0;

		for (const char *t = getenv("GATE_OFF"); t && *t >= '0' && *t <= '9'; t++)
			k = k * 10 + (*t - '0');
		off = k;
	}
	if (!seen[n]) {
		seen[n] = 1;
		gate_reached(n);
	}
	return n == off;
}

#endif
