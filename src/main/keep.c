// SPDX-License-Identifier: Apache-2.0
/* backup, restore, verify, config, version. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "main/cmd.h"

int cmd_version(struct cmd *c)
{
	if (!cmd_options(c, NULL, 0))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (c->json)
		cmd_print(c, "{\"name\":\"hikeshi\",\"version\":\"%s\"}\n", hikeshi_version);
	else
		cmd_print(c, "hikeshi %s\n", hikeshi_version);
	return EXIT_OK;
}

int cmd_backup(struct cmd *c)
{
	struct why why = {0};
	FD(fd) = -1;
	bool pipe;
	enum err err;

	if (!cmd_options(c, NULL, 0))
		return EXIT_USAGE;
	if (c->argc != 1)
		return cmd_usage(c, "name the file to write, or -");
	pipe = strcmp(c->argv[0], "-") == 0;
	fd = pipe ? dup(c->out)
		  : openat(c->cwd, c->argv[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		cmd_note(c, "hikeshi: backup: '%s' %s\n", c->argv[0],
			 errno == EEXIST ? "exists: name a new file"
					 : "cannot be written: name another file");
		return EXIT_FAILED;
	}
	err = store_backup(c->node->store, fd, &why);
	if (!err && !pipe && fsync(fd))
		err = why_set(&why, err_from_errno(errno), "'%s' cannot be written to the disk",
			      c->argv[0]);
	if (err && !pipe && unlinkat(c->cwd, c->argv[0], 0))
		cmd_note(c, "hikeshi: backup: '%s' is incomplete: remove it\n", c->argv[0]);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

int cmd_restore(struct cmd *c)
{
	const char *url = NULL;
	const struct cmd_option options[] = {{"--store", &url, NULL, NULL}};
	struct store_options o = {.data_dir = c->data};
	struct why why = {0};
	FD(fd) = -1;
	enum err err;

	if (!cmd_options(c, options, ARRAY_LEN(options)))
		return EXIT_USAGE;
	if (c->argc != 1)
		return cmd_usage(c, "name the backup, or -");
	o.url = url;
	fd = strcmp(c->argv[0], "-") == 0 ? dup(c->in)
					  : openat(c->cwd, c->argv[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		cmd_note(c,
			 "hikeshi: restore: '%s' cannot be read: name a file that 'hikeshi backup' "
			 "wrote\n",
			 c->argv[0]);
		return EXIT_FAILED;
	}
	err = store_restore(&o, fd, &why);
	return err ? cmd_fail(c, err, &why) : EXIT_OK;
}

/* ---- verify ---- */

static void say_fault(void *ctx, const struct verify_fault *f)
{
	struct cmd *c = ctx;
	struct json_out o;
	BUF(b);

	if (!c->json) {
		cmd_print(c, "%.*s: %.*s: %.*s\n", STR_ARG(f->what), STR_ARG(f->subject),
			  STR_ARG(f->detail));
		return;
	}
	json_out_init(&o, &b);
	jo_object(&o);
	jo_kstr(&o, "what", f->what);
	jo_kstr(&o, "subject", f->subject);
	jo_kstr(&o, "detail", f->detail);
	jo_end(&o);
	buf_add_char(&b, '\n');
	cmd_out(c, buf_str(&b));
}

static size_t values_of(void *ctx, struct arena *a, const struct record *r, const uint64_t **ret)
{
	struct cmd *c = ctx;
	struct record_value *v = NULL;
	size_t n = 0;
	uint64_t *h;

	if (intel_record_values(a, c->node->catalog, store_value_key(c->node->store), r, &v, &n,
				NULL))
		return 0;
	h = arena_array(a, uint64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		h[i] = v[i].hash;
	*ret = h;
	return n;
}

int cmd_verify(struct cmd *c)
{
	struct verify_counts n = {0};
	struct why why = {0};
	enum err err;

	if (!cmd_options(c, NULL, 0))
		return EXIT_USAGE;
	if (c->argc)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	err = store_verify(c->node->store, values_of, say_fault, c, &n, &why);
	if (err)
		return cmd_fail(c, err, &why);
	if (c->json)
		cmd_print(c,
			  "{\"records\":%lld,\"versions\":%lld,\"labels\":%lld,\"mentions\":%lld,"
			  "\"entries\":%lld,\"files\":%lld,\"faults\":%lld}\n",
			  (long long)n.records, (long long)n.versions, (long long)n.labels,
			  (long long)n.mentions, (long long)n.entries, (long long)n.files,
			  (long long)n.faults);
	else
		cmd_print(c,
			  "%lld records, %lld versions, %lld labels, %lld mentions, %lld entries, "
			  "%lld files: %s\n",
			  (long long)n.records, (long long)n.versions, (long long)n.labels,
			  (long long)n.mentions, (long long)n.entries, (long long)n.files,
			  n.faults ? "NOT intact" : "intact");
	return n.faults ? EXIT_FAILED : EXIT_OK;
}

int cmd_config(struct cmd *c)
{
	struct node_config config;
	struct why why = {0};
	enum err err;

	if (!cmd_options(c, NULL, 0))
		return EXIT_USAGE;
	if (c->argc != 1 || strcmp(c->argv[0], "check") != 0)
		return cmd_usage(c, "say check");
	err = node_config_read(c->data, &config, &why);
	if (err)
		return cmd_fail(c, err, &why);
	if (c->json) {
		struct json_out o;
		BUF(b);

		json_out_init(&o, &b);
		jo_object(&o);
		jo_kc(&o, "name", config.name);
		jo_kc(&o, "language", config.language);
		jo_kbool(&o, "mail", config.mail.url.n > 0);
		jo_end(&o);
		cmd_row(c, &b);
	} else {
		cmd_print(c, "configuration is good: name '%s', language %s, mail %s\n",
			  config.name ? config.name : "", config.language,
			  config.mail.url.n ? "by SMTP" : "off");
	}
	node_config_done(&config);
	return EXIT_OK;
}
