// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "main/cmd.h"

#define DEMO_FILE                                                                                  \
	"demo.txt" /* how to sign in, kept beside the node so that it can be served again */

static void say_ready(struct cmd *c, const char *url)
{
	char path[4096];
	BUF(text);

	(void)snprintf(path, sizeof(path), "%s/" DEMO_FILE, c->data);
	cmd_print(c, "hikeshi is ready at %s\n\n", url);
	if (file_read(path, 64 * 1024, &text, NULL) == ERR_OK)
		cmd_out(c, buf_str(&text));
	cmd_print(
	    c, "\nOpen the URL and sign in with one of these. Ctrl-C stops it; the data is in %s\n",
	    c->data);
}

static enum err build(struct cmd *c, struct why *why)
{
	struct init_options o = {.team = "あかつき情報共有協議会 事務局",
				 .country = "JP",
				 .language = "ja",
				 .admin = "admin@akatsuki.example",
				 .name = "あかつき情報共有協議会（デモ）",
				 .password = STR("akatsuki-demo-2026")};
	struct node *n = NULL;
	char path[4096], link[64];
	BUF(credentials);
	enum err err;

	cmd_note(c, "making a demo association in %s ...\n", c->data);
	err = init_node(c, &o, link, why);
	if (!err)
		err = node_open(c->data, &n, why);
	if (err)
		return err;
	err = demo_build(c, n, &credentials, why);
	node_close(n);
	(void)snprintf(path, sizeof(path), "%s/" DEMO_FILE, c->data);
	return err ? err : file_replace(path, buf_str(&credentials), 0600, why);
}

int cmd_demo(struct cmd *c)
{
	struct serve_options o = {.listen = "127.0.0.1:8119", .ready = say_ready};
	const struct cmd_option options[] = {{"--listen", &o.listen, NULL, NULL}};
	char dir[] = "/tmp/hikeshi-demo-XXXXXX", path[4096];
	const char *chosen = getenv("HIKESHI_DATA");
	struct why why = {0};
	struct node *n = NULL;
	sigset_t set;
	int status;
	enum err err = ERR_OK;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* a fresh node each time, unless a place for it was named */
	if (!c->data_given && !(chosen && chosen[0])) {
		if (!mkdtemp(dir))
			return cmd_fail(c, ERR_IO, &why);
		c->data = dir;
	}
	(void)snprintf(path, sizeof(path), "%s/" DEMO_FILE, c->data);
	if (access(path, R_OK) != 0)
		err = build(c, &why);
	if (!err)
		err = node_open(c->data, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	status = serve_node(c, n, &o);
	node_close(n);
	return status;
}
