// SPDX-License-Identifier: Apache-2.0
#include "main/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

#define LOCAL_FDS 4
#define LOCAL_BYTES 65536 /* arguments together */
#define LOCAL_ARGS 512
#define LOCAL_AT_ONCE 32

struct local_server {
	int fd, stop[2];
	struct node *node;
	struct jobs *jobs;
	local_run_fn *run;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *data;
	pthread_t thread;
	atomic_int running;
};
struct local_call {
	struct local_server *server;
	int fd;
};

static bool address(const char *data_dir, struct sockaddr_un *a)
{
	int n;

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(a->sun_path, sizeof(a->sun_path), "%s/socket", data_dir);
	return n > 0 && (size_t)n < sizeof(a->sun_path);
}

/* ---- server ---- */

static ssize_t receive(int fd, char *text, size_t cap, int fds[LOCAL_FDS])
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * LOCAL_FDS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {text, cap};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	if (!h || h->cmsg_type != SCM_RIGHTS || h->cmsg_len != CMSG_LEN(sizeof(int) * LOCAL_FDS))
		return -1;
	memcpy(fds, CMSG_DATA(h), sizeof(int) * LOCAL_FDS);
	return n;
}

static int run_call(struct local_server *s, char *text, size_t n, const int fds[LOCAL_FDS])
{
	char *argv[LOCAL_ARGS + 1];
	int argc = 0;
	struct cmd c = {.in = fds[0],
			.out = fds[1],
			.err = fds[2],
			.cwd = fds[3],
			.node = s->node,
			.jobs = s->jobs,
			.data = s->data};

	for (size_t at = 0; at < n && argc < LOCAL_ARGS; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	return s->run(&c, argc, argv);
}

static void *serve_call(void *arg)
{
	struct local_call *call = arg;
	char *text = mem_alloc(LOCAL_BYTES + 1);
	int fds[LOCAL_FDS] = {-1, -1, -1, -1};
	ssize_t n = receive(call->fd, text, LOCAL_BYTES, fds);
	unsigned char status = EXIT_FAILED;

	if (n > 0)
		status = (unsigned char)run_call(call->server, text, (size_t)n, fds);
	for (size_t i = 0; i < LOCAL_FDS; i++)
		fd_close(&fds[i]);
	if (send(call->fd, &status, 1, MSG_NOSIGNAL) != 1)
		status = EXIT_FAILED; /* the client went away; the work is done */
	fd_close(&call->fd);
	atomic_fetch_sub(&call->server->running, 1);
	mem_free(text);
	mem_free(call);
	return NULL;
}

static bool same_user(int fd)
{
	struct ucred u;
	socklen_t n = sizeof(u);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n) == 0 &&
	       (u.uid == geteuid() || u.uid == 0);
}

static void accept_one(struct local_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	struct local_call *call;
	pthread_t t;

	if (fd < 0)
		return;
	if (!same_user(fd) || atomic_fetch_add(&s->running, 1) >= LOCAL_AT_ONCE) {
		fd_close(&fd);
		return;
	}
	call = mem_alloc(sizeof(*call));
	*call = (struct local_call){s, fd};
	if (pthread_create(&t, NULL, serve_call, call)) {
		atomic_fetch_sub(&s->running, 1);
		fd_close(&fd);
		mem_free(call);
		return;
	}
	(void)pthread_detach(t);
}

static void *accept_loop(void *arg)
{
	struct local_server *s = arg;
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN},
			      {.fd = s->stop[0], .events = POLLIN}};

	while (poll(p, 2, -1) >= 0 || errno == EINTR) {
		if (p[1].revents)
			break;
		if (p[0].revents & POLLIN)
			accept_one(s);
	}
	return NULL;
}

enum err local_start(const char *data_dir, struct node *n, struct jobs *jobs, local_run_fn *run,
		     struct local_server **ret, struct why *why)
{
	struct sockaddr_un a;
	struct local_server *s;
	mode_t old;
	int fd;

	if (!address(data_dir, &a))
		return why_set(
		    why, ERR_INVALID,
		    "the data directory's path '%s' is too long for a socket: use a shorter one",
		    data_dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	(void)unlink(a.sun_path); /* the lock is ours: a socket that is there belongs to nobody */
	old = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64)) {
		(void)umask(old);
		fd_close(&fd);
		return why_set(why, ERR_IO, "the socket '%s' cannot be made", a.sun_path);
	}
	(void)umask(old);
	s = mem_alloc(sizeof(*s));
	*s = (struct local_server){
	    .fd = fd, .node = n, .jobs = jobs, .run = run, .data = mem_cstr(str_c(data_dir))};
	memcpy(s->path, a.sun_path, sizeof(s->path));
	if (pipe2(s->stop, O_CLOEXEC) || pthread_create(&s->thread, NULL, accept_loop, s)) {
		fd_close(&s->fd);
		mem_free(s->data);
		mem_free(s);
		return why_set(why, ERR_IO, "no thread can be started");
	}
	*ret = s;
	return ERR_OK;
}

void local_stop(struct local_server *s)
{
	if (!s)
		return;
	(void)unlink(s->path);
	fd_close(&s->stop[1]);
	(void)pthread_join(s->thread, NULL);
	while (atomic_load(&s->running) > 0)
		(void)usleep(10000);
	fd_close(&s->stop[0]);
	fd_close(&s->fd);
	mem_free(s->data);
	mem_free(s);
}

/* ---- client ---- */

static bool send_call(int fd, int argc, char **argv)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * LOCAL_FDS)];
		struct cmsghdr align;
	} control = {0};
	int fds[LOCAL_FDS] = {0, 1, 2, open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	BUF(text);
	bool ok;

	for (int i = 0; i < argc; i++)
		buf_add_bytes(&text, argv[i], strlen(argv[i]) + 1);
	struct iovec iov = {text.p, text.n};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(h), fds, sizeof(fds));
	ok = fds[3] >= 0 && text.n <= LOCAL_BYTES &&
	     sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)text.n;
	fd_close(&fds[3]);
	return ok;
}

bool local_forward(const char *data_dir, int argc, char **argv, int *ret_status)
{
	struct sockaddr_un a;
	unsigned char status = EXIT_FAILED;
	FD(fd) = -1;

	if (!address(data_dir, &a))
		return false;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return false;
	if (!send_call(fd, argc, argv)) {
		(void)fprintf(
		    stderr,
		    "hikeshi: the running server does not take the command: too many arguments\n");
		*ret_status = EXIT_FAILED;
		return true;
	}
	if (recv(fd, &status, 1, 0) != 1) {
		(void)fprintf(stderr, "hikeshi: the running server stopped before the command was "
				      "done: run it again\n");
		status = EXIT_FAILED;
	}
	*ret_status = status;
	return true;
}
