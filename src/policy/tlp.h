// SPDX-License-Identifier: Apache-2.0
/* tlp: the Traffic Light Protocol 2.0 labels (FIRST, August 2022).
 *
 * A label answers one question: how far may the recipient carry this
 * information? Everything that leaves the server, whatever the protocol,
 * asks policy_decide(), which asks tlp_allows(), before it writes a byte. */
#ifndef POLICY_TLP_H
#define POLICY_TLP_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "store/label.h"

/* Who is about to read it, from nearest to farthest. */
enum tlp_reader {
	TLP_READER_RECIPIENT, /* the very people it was sent to */
	TLP_READER_ORG,       /* others in the recipient's organisation */
	TLP_READER_CLIENT,    /* customers the recipient protects */
	TLP_READER_COMMUNITY, /* peers: other teams, sharing groups */
	TLP_READER_PUBLIC,
};

/* Parses "TLP:AMBER+STRICT" or "amber+strict", in any case. TLP 1.0's
 * WHITE is read as CLEAR. On ERR_INVALID *ret is left alone: a caller that
 * ignores the error keeps its stricter default. */
MUST_CHECK enum err tlp_parse(str text, enum tlp *ret);

/* The canonical label, e.g. "TLP:AMBER+STRICT"; static storage. */
str tlp_label(enum tlp label);

bool tlp_allows(enum tlp label, enum tlp_reader reader);

#endif
