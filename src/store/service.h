// SPDX-License-Identifier: Apache-2.0
/* service: what a node keeps besides records: accounts, sessions, tokens, jobs,
 * settings, idempotency keys, files. All calls block on the database; any thread. */
#ifndef STORE_SERVICE_H
#define STORE_SERVICE_H

#include "store/store.h"

/* ---- accounts (secrets are hashes only) ---- */
struct account {
	int64_t key;
	str email; /* lower case, unique */
	str name;
	str language;         /* "ja" or "en" */
	str role;             /* reader analyst lead manager secretariat administrator */
	int64_t team, person; /* principals */
	str password_hash;    /* Argon2id (libsodium str form) or empty */
	str totp_secret;      /* base32 or empty */
	bool disabled;
	int64_t created_us, last_sign_in_us;
};
MUST_CHECK enum err account_add(struct store *s, const struct account *a, int64_t actor,
				int64_t *ret_key, struct why *why); /* ERR_CONFLICT: email taken */
/* The members that a change is about: the others keep what they have, so that nothing that somebody
 * else changes meanwhile is written back. */
enum account_member {
	ACCOUNT_EMAIL = 1,
	ACCOUNT_NAME = 2,
	ACCOUNT_LANGUAGE = 4,
	ACCOUNT_ROLE = 8,
	ACCOUNT_TEAM = 16,
	ACCOUNT_PERSON = 32,
	ACCOUNT_PASSWORD = 64,
	ACCOUNT_TOTP = 128,
	ACCOUNT_DISABLED = 256,
	ACCOUNT_ALL = 511
};
struct account_change {
	unsigned members;
	bool keep_administrator; /* ERR_CONFLICT "last_administrator": the team would have none */
	bool end_sessions, end_tokens; /* in the same transaction */
	const struct digest *but;      /* nullable: the session that goes on */
};
MUST_CHECK enum err account_update(struct store *s, const struct account *a,
				   const struct account_change *change, int64_t actor,
				   struct why *why);
/* Sets last_sign_in_us alone: nothing that somebody else changes meanwhile is written back. */
MUST_CHECK enum err account_signed_in(struct store *s, int64_t key, int64_t at_us, struct why *why);
MUST_CHECK enum err account_by_email(struct store *s, struct arena *a, str email,
				     struct account *ret, struct why *why);
MUST_CHECK enum err account_by_person(struct store *s, struct arena *a, int64_t person,
				      struct account *ret, struct why *why);
MUST_CHECK enum err account_get(struct store *s, struct arena *a, const int64_t *keys, size_t n,
				struct account *ret, struct why *why);
/* All of one team (0: of the node), by email. */
MUST_CHECK enum err account_list(struct store *s, struct arena *a, int64_t team,
				 struct account **ret, size_t *ret_n, struct why *why);

/* ---- sessions and tokens: only SHA-256 of the secret is stored ---- */
struct session {
	struct digest id;
	int64_t account, created_us, seen_us, step_up_us, expires_us;
	str agent, peer; /* what the browser calls itself, where it came from; of session_list */
};
MUST_CHECK enum err session_add(struct store *s, const struct session *x, struct why *why);
MUST_CHECK enum err session_find(struct store *s, struct digest id, struct session *ret,
				 struct why *why);
MUST_CHECK enum err session_touch(struct store *s, struct digest id, int64_t seen_us,
				  int64_t step_up_us, struct why *why);
MUST_CHECK enum err session_del(struct store *s, struct digest id, struct why *why);
MUST_CHECK enum err session_del_account(struct store *s, int64_t account, struct why *why);
/* Those of an account that have not ended, the one last seen first. */
MUST_CHECK enum err session_list(struct store *s, struct arena *a, int64_t account,
				 struct session **ret, size_t *ret_n, struct why *why);
/* Ends sessions of an account: one, or (id NULL) all but one (nullable); a note tells of it where
 * there were any. *ret_n (nullable): how many. */
MUST_CHECK enum err session_end(struct store *s, const struct account *of, const struct digest *id,
				const struct digest *but, int64_t actor, size_t *ret_n,
				struct why *why);

struct token {
	int64_t key;
	struct digest id;
	int64_t account;
	str name;
	str scopes; /* blank separated: read write import export admin; empty: all of the account */
	int64_t created_us, expires_us, used_us; /* 0: never */
	str purpose;                             /* "api", or "sign-in" for one-time links */
};
MUST_CHECK enum err token_add(struct store *s, const struct token *t, int64_t actor,
			      int64_t *ret_key, struct why *why);
MUST_CHECK enum err token_find(struct store *s, struct arena *a, struct digest id,
			       struct token *ret, struct why *why);
MUST_CHECK enum err token_list(struct store *s, struct arena *a, int64_t account,
			       struct token **ret, size_t *ret_n, struct why *why);
MUST_CHECK enum err token_del(struct store *s, int64_t key, int64_t actor, struct why *why);
/* Revokes those of an account with that purpose (empty: all). */
MUST_CHECK enum err token_del_all(struct store *s, int64_t account, str purpose, int64_t actor,
				  struct why *why);
/* Takes a one-time token: found, deleted and returned in one transaction. */
MUST_CHECK enum err token_take(struct store *s, struct arena *a, struct digest id,
			       struct token *ret, struct why *why);

/* ---- jobs: rows, so that they survive a crash and are shared between processes ---- */
struct job {
	int64_t key;
	str kind, payload; /* JSON */
	str state;         /* waiting running done failed */
	int64_t run_at_us, created_us, account;
	int32_t attempts;
	str progress;    /* JSON or empty */
	str result;      /* JSON or empty */
	struct uuid uid; /* what the API shows */
};
MUST_CHECK enum err job_add(struct store *s, const struct job *j, const char *dedupe,
			    struct uuid *ret_uid, struct why *why);
/* Leases the next due job (lease_us); a crashed worker's lease runs out and it is taken again.
 * ERR_NOTFOUND: none. */
MUST_CHECK enum err job_take(struct store *s, struct arena *a, int64_t now_us, int64_t lease_us,
			     struct job *ret, struct why *why);
/* Makes jobs that an earlier process of this data directory left running due now. Nobody may run
 * any yet. */
MUST_CHECK enum err job_release(struct store *s, int64_t now_us, struct why *why);
/* When the next waiting job is due (INT64_MAX: none). */
MUST_CHECK enum err job_next_due(struct store *s, int64_t *ret_us, struct why *why);
MUST_CHECK enum err job_progress(struct store *s, int64_t key, str progress_json,
				 int64_t lease_until_us, struct why *why);
MUST_CHECK enum err job_done(struct store *s, int64_t key, bool ok, str result_json,
			     struct why *why);
MUST_CHECK enum err job_retry(struct store *s, int64_t key, int64_t run_at_us, str reason,
			      struct why *why);
/* How long to wait before attempt number `attempts` + 1: 10 s, doubled each time, an hour at most.
 */
int64_t job_backoff_us(int32_t attempts);
MUST_CHECK enum err job_find(struct store *s, struct arena *a, struct uuid uid, struct job *ret,
			     struct why *why);
/* Of one account (not 0), newest first, of one kind or (empty) any; before_key 0: from the newest.
 */
MUST_CHECK enum err job_list(struct store *s, struct arena *a, int64_t account, str kind,
			     int64_t before_key, size_t limit, struct job *ret, size_t *ret_n,
			     struct why *why);

/* ---- settings of the node (key, JSON value), in the journal ---- */
MUST_CHECK enum err setting_get(struct store *s, struct arena *a, str key, str *ret_json,
				struct why *why); /* NOTFOUND */
MUST_CHECK enum err setting_set(struct store *s, str key, str json, int64_t actor, struct why *why);

/* ---- idempotency keys: (account, key) -> digest of the request and the stored answer, 24 h ----
 */
MUST_CHECK enum err idempotency_begin(struct store *s, struct arena *a, int64_t account, str key,
				      struct digest request, bool *ret_done, int *ret_status,
				      str *ret_answer, struct why *why);
/* ERR_CONFLICT: same key, other request; ERR_BUSY: still running (it may begin anew when its
 * process has ended, or after ten minutes). end with status 0 forgets the key, so that the request
 * may be sent again. */
MUST_CHECK enum err idempotency_end(struct store *s, int64_t account, str key, int status,
				    str answer, struct why *why);

/* ---- operations: changes of many records at once, kept for a day (team/bulk.h) ---- */
struct operation {
	struct uuid uid;
	int64_t account, at_us, undone_us; /* undone_us 0: it stands */
	str body;                          /* JSON */
};
/* Also removes those that are older. */
MUST_CHECK enum err operation_add(struct store *s, const struct operation *o, struct why *why);
MUST_CHECK enum err operation_find(struct store *s, struct arena *a, struct uuid uid,
				   struct operation *ret, struct why *why); /* NOTFOUND */
/* Marks it as taken back, once: ERR_CONFLICT for who comes second. */
MUST_CHECK enum err operation_take(struct store *s, struct uuid uid, int64_t at_us,
				   struct why *why);

/* ---- what became of objects sent here by TAXII: kept for two days ---- */
struct sent_status {
	struct uuid uid;
	int64_t account, team, created_us;
	str body; /* JSON */
};
/* Also removes those that are older. */
MUST_CHECK enum err sent_status_add(struct store *s, const struct sent_status *x, struct why *why);
MUST_CHECK enum err sent_status_find(struct store *s, struct arena *a, struct uuid uid,
				     struct sent_status *ret, struct why *why); /* NOTFOUND */

/* ---- files: content-addressed by SHA-256 below data_dir/files, never under a client's name ----
 */
struct file_writer;
MUST_CHECK enum err file_begin(struct store *s, int64_t limit_bytes, struct file_writer **ret,
			       struct why *why);
MUST_CHECK enum err file_write(struct file_writer *w, str data,
			       struct why *why); /* ERR_LIMIT, ERR_FULL */
/* Durable (fsync of file and directory) before it returns. Frees w. */
MUST_CHECK enum err file_commit(struct file_writer *w, struct digest *ret, int64_t *ret_bytes,
				struct why *why);
void file_abort(struct file_writer *w); /* takes NULL */
/* What a file is to a record: name and media type are metadata only. */
struct file_row {
	int64_t key, record, bytes, added_us, added_by;
	struct uuid uid;
	struct digest digest;
	str name, media_type;
};
MUST_CHECK enum err file_attach(struct store *s, const struct file_row *f, struct uuid *ret_uid,
				struct why *why);
MUST_CHECK enum err file_list(struct store *s, struct arena *a, int64_t record,
			      struct file_row **ret, size_t *ret_n, struct why *why);
MUST_CHECK enum err file_find(struct store *s, struct arena *a, struct uuid uid,
			      struct file_row *ret, struct why *why);
MUST_CHECK enum err file_open(struct store *s, struct digest d, int *ret_fd, struct why *why);
/* Whether the bytes of an open file are those of the digest; reads it to the end and rewinds. */
MUST_CHECK enum err file_check(int fd, struct digest d, bool *ret, struct why *why);
/* The bytes, where no record names them (any more). */
MUST_CHECK enum err file_remove(struct store *s, struct digest d, struct why *why);
/* Removes what broken uploads left and files that no record has named for older_us. */
MUST_CHECK enum err file_sweep(struct store *s, int64_t older_us, int64_t *ret_removed,
			       struct why *why);

/* ---- full text of imports ---- */
/* Indexes up to budget documents that an import put off (job "text_backlog"); *ret_done below
 * budget: none left. */
MUST_CHECK enum err store_text_backlog(struct store *s, size_t budget, size_t *ret_done,
				       struct why *why);
/* Text as the index sees it (NFKC, case, small kana, trailing long vowel marks, "[.]" read as a
 * dot), for checking a phrase in the text of a candidate: fold both. Cut at 256 KiB. */
str text_fold(struct arena *a, str text);
/* Takes the words of up to budget replaced documents out of the index (job "text_sweep"); reads the
 * whole index once on SQLite. */
MUST_CHECK enum err store_text_sweep(struct store *s, size_t budget, size_t *ret_done,
				     struct why *why);

/* ---- proof, copy ---- */
struct verify_fault {
	str what;    /* record version holding label mention placement journal file */
	str subject; /* id of the object, label or entry */
	str detail;
};
typedef void verify_fault_fn(void *ctx, const struct verify_fault *f);
struct verify_counts {
	int64_t records, versions, labels, mentions, entries, files, faults;
};
/* Recomputes everything; memory bounded. values_of extracts the keyed value hashes of a body the
 * way the writer did (the store knows no formats). ERR_OK also with faults: look at the counts. */
typedef size_t verify_values_fn(void *ctx, struct arena *a, const struct record *r,
				const uint64_t **ret);
MUST_CHECK enum err store_verify(struct store *s, verify_values_fn *values_of,
				 verify_fault_fn *fault, void *ctx, struct verify_counts *ret,
				 struct why *why);
/* A consistent online copy of database and files as one tar file (fd). restore unpacks into an
 * empty directory (or an empty PostgreSQL database) and starts a new epoch. */
MUST_CHECK enum err store_backup(struct store *s, int out_fd, struct why *why);
MUST_CHECK enum err store_restore(const struct store_options *o, int in_fd, struct why *why);

/* ---- the tree (RFC 6962, C2SP tiles), for receipts ---- */
struct checkpoint {
	struct uuid epoch;
	int64_t size;
	struct digest root;
};
MUST_CHECK enum err journal_checkpoint(struct store *s, struct checkpoint *ret, struct why *why);
MUST_CHECK enum err journal_inclusion(struct store *s, struct arena *a, int64_t seq, int64_t size,
				      struct digest **ret_path, size_t *ret_n, struct why *why);

#endif
