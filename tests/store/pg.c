// SPDX-License-Identifier: Apache-2.0
#include "tests/store/pg.h"

#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], bin[256];
static pid_t server;
static bool tried;
static unsigned n_databases;

static bool find_bin(void)
{
	glob_t g;

	if (getenv("CHECK_SQLITE_ALONE")) /* tests/policy/mutate.py: a gate is the same on both */
		return false;
	bool found = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0 && g.gl_pathc > 0;

	if (found)
		snprintf(bin, sizeof(bin), "%.*s",
			 (int)(strlen(g.gl_pathv[g.gl_pathc - 1]) - strlen("/initdb")),
			 g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	return found;
}

static void become_postgres(void)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam("postgres") : NULL;

	if (pw && (setgroups(0, NULL) || setgid(pw->pw_gid) || setuid(pw->pw_uid)))
		_exit(126);
	if (chdir("/"))
		_exit(126);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(126);
}

static bool run_initdb(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		char path[300], data[80];

		snprintf(path, sizeof(path), "%s/initdb", bin);
		snprintf(data, sizeof(data), "%s/data", dir);
		become_postgres();
		execl(path, "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
		      "--locale=C", "--no-sync", (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static void stop(void)
{
	char command[128];

	if (server > 0) {
		kill(server, SIGINT);
		waitpid(server, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (dir[0] && system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", dir);
}

static bool run_server(void)
{
	char dsn[128];

	server = fork();
	if (server == 0) {
		char path[300], data[80];

		snprintf(path, sizeof(path), "%s/postgres", bin);
		snprintf(data, sizeof(data), "%s/data", dir);
		become_postgres();
		prctl(PR_SET_PDEATHSIG, SIGINT);
		execl(path, "postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c",
		      "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=40",
		      (char *)NULL);
		_exit(127);
	}
	snprintf(dsn, sizeof(dsn), "host=%s user=postgres dbname=postgres", dir);
	for (int i = 0; i < 300; i++) {
		if (PQping(dsn) == PQPING_OK)
			return true;
		if (waitpid(server, NULL, WNOHANG) == server) {
			server = 0;
			return false;
		}
		usleep(100000);
	}
	return false;
}

static bool start(void)
{
	const struct passwd *pw;

	if (!find_bin())
		return false;
	snprintf(dir, sizeof(dir), "/tmp/hikeshi-pg-XXXXXX");
	if (!mkdtemp(dir))
		return false;
	atexit(stop);
	pw = geteuid() == 0 ? getpwnam("postgres") : NULL;
	if (pw && chown(dir, pw->pw_uid, pw->pw_gid))
		return false;
	return run_initdb() && run_server();
}

bool pg_database(char *ret_url, size_t cap)
{
	char text[160];
	PGconn *pg;
	PGresult *res;
	bool ok;

	if (!tried) {
		tried = true;
		if (!start() && server > 0) {
			kill(server, SIGINT);
			waitpid(server, NULL, 0);
			server = 0;
		}
	}
	if (server <= 0)
		return false;
	snprintf(text, sizeof(text), "host=%s user=postgres dbname=postgres", dir);
	pg = PQconnectdb(text);
	snprintf(text, sizeof(text), "CREATE DATABASE t%u", ++n_databases);
	res = PQexec(pg, text);
	ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	PQclear(res);
	PQfinish(pg);
	snprintf(ret_url, cap, "postgresql:///t%u?host=%s&user=postgres", n_databases, dir);
	return ok;
}
