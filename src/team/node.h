// SPDX-License-Identifier: Apache-2.0
/* node: everything a running node has, put together once at start by main and handed to whoever
 * works: store, catalogue, gate, directory, well-known values, settings, the hub that tells streams
 * what changed. Process lifetime; the members are safe to use from any thread. */
#ifndef TEAM_NODE_H
#define TEAM_NODE_H

#include <pthread.h>

#include "catalog/catalog.h"
#include "intel/intel.h"
#include "net/mail.h"
#include "policy/policy.h"
#include "store/service.h"

struct accounts;
struct throttle;
struct directory;
struct hub;
struct presence;

struct node_config { /* data_dir/config, INI-like; every value has a default (docs/settings.md) */
	char *url;   /* public base URL for links in mails, e.g. "https://csirt.example" */
	char *name;  /* shown name of the node */
	struct mail_server mail; /* url empty: no mail is sent */
	char *language;          /* of the node: "ja" or "en" */
	int64_t session_idle_us, session_max_us, confirm_us;
	int64_t upload_bytes;
	char *warninglists; /* directory of MISP warninglists or NULL */
	bool tls_own;       /* tls = own: serve with the node's own certificate */
};

/* Reads data_dir/config. *ret is freed with node_config_done. ERR_INVALID names the line. */
MUST_CHECK enum err node_config_read(const char *data_dir, struct node_config *ret,
				     struct why *why);
void node_config_done(struct node_config *c);
/* The numbers that hold where the file says nothing. */
struct node_config node_config_default(void);

/* The TLS identity that this process serves with, and shows to peers. Set once before threads
 * start. */
struct node_tls {
	char *cert, *key; /* PEM; NULL: it serves without TLS */
	struct digest spki;
};

struct node {
	struct store *store;
	struct catalog *catalog;
	struct policy *policy;
	struct wellknown *wellknown;
	struct intel intel;
	struct directory *directory;
	struct hub *hub;
	struct presence *presence;
	struct accounts *accounts;  /* attempts to sign in, see team/account.h */
	struct throttle *strangers; /* attempts to use an invitation, by network prefix */
	struct node_config config;
	struct node_tls tls;
	_Atomic int64_t home_team; /* principal of the node's own team: the one that `init` made, or
				    * another that was named since */
};

/* Opens the store of a data directory, loads catalogue and lists, builds the directory. url NULL:
 * as the directory's config says. */
MUST_CHECK enum err node_open(const char *data_dir, struct node **ret, struct why *why);
void node_close(struct node *n);
/* Rows that lists are sorted by where records have none; part of opening. */
MUST_CHECK enum err node_sort_fill(struct node *n, struct why *why);
/* Reads data_dir/config again (SIGHUP). */
MUST_CHECK enum err node_reload(struct node *n, struct why *why);
/* Actor that is the node itself, acting for a team (0: the home team): commands on the machine,
 * jobs. */
struct actor node_actor(const struct node *n, int64_t team);
/* The actor of an account. ERR_UNAUTHENTICATED when disabled or gone. Texts live in the arena. */
MUST_CHECK enum err node_account_actor(struct node *n, struct arena *a, int64_t account,
				       struct actor *ret, struct why *why);

#endif
