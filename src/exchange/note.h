// SPDX-License-Identifier: Apache-2.0
/* note: C2SP signed notes (signed-note v1.0.0, Ed25519) and the checkpoint of a journal as one
 * (tlog-checkpoint v1.0.0; docs/formats.md 5). Others may have signed beside: lines of keys that
 * are not asked for are left alone. Pure; texts live in the caller's arena or in the note. */
#ifndef EXCHANGE_NOTE_H
#define EXCHANGE_NOTE_H

#include "base/arena.h"
#include "base/id.h"
#include "exchange/ed25519.h"

#define NOTE_MAX (64 * 1024)
#define NOTE_LINES_MAX 64 /* signatures */

/* text (ending with a newline) with one signature under name (no blanks, no plus). */
str note_sign(struct arena *a, str text, str name, const struct ed25519_secret *key);
/* "name+hash+base64": how C2SP writes a key for verifiers. */
str note_vkey(struct arena *a, str name, const struct ed25519_public *key);
/* The text, where the note carries a good signature of that name and key. ERR_INVALID. */
MUST_CHECK enum err note_check(str note, str name, const struct ed25519_public *key, str *ret_text,
			       struct why *why);

struct journal_checkpoint {
	struct uuid node, epoch;
	int64_t size;
	struct digest root;
};
/* "hikeshi/<node>/<epoch>", size, root in base64, a line each; signed under its first line. */
str checkpoint_sign(struct arena *a, const struct journal_checkpoint *c,
		    const struct ed25519_secret *node_key);
/* What the note says, not whether it is signed. */
MUST_CHECK enum err checkpoint_parse(str note, struct journal_checkpoint *ret, struct why *why);
MUST_CHECK enum err checkpoint_check(str note, const struct ed25519_public *node_key,
				     struct journal_checkpoint *ret, struct why *why);

#endif
