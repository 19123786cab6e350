// SPDX-License-Identifier: Apache-2.0
/* asset: static files that were compressed at build time, chosen by Accept-Encoding (RFC
 * 9110 12.5.3) and If-None-Match (13.1.2). Pure; the table is generated, sorted by url, and lives
 * as long as the process. */
#ifndef NET_ASSET_H
#define NET_ASSET_H

#include "base/str.h"

enum asset_coding { ASSET_IDENTITY, ASSET_GZIP, ASSET_BR, ASSET_ZSTD, ASSET_CODINGS };

struct asset_body {
	const unsigned char *ptr; /* NULL: not made in this coding (identity always is) */
	size_t len;
};
struct asset {
	const char *url;  /* "/assets/main-1A2B3C4D.js" */
	const char *mime; /* "text/javascript; charset=utf-8" */
	const char *etag; /* with quotes: W/"..." */
	bool immutable;
	struct asset_body body[ASSET_CODINGS]; /* by enum asset_coding */
};

/* Status 200 or 304 and the fields to send with it; encoding is empty for identity. */
struct asset_answer {
	int status;
	str body, encoding, cache_control;
};

/* The asset at exactly this path, or NULL. The table must be sorted by url (byte order). */
const struct asset *asset_find(const struct asset *table, size_t n, str path);
/* Best coding of those in available (bit 1 << coding) that the client takes: br > zstd > gzip >
 * identity, q=0 refuses one. Identity when nothing else is left, even if refused: an answer beats a
 * 406. */
enum asset_coding asset_choose(str accept_encoding, unsigned available);
/* True when the field lists the tag (weak comparison, RFC 9110 8.8.3.2) or is "*". */
bool etag_listed(str if_none_match, str etag);
struct asset_answer asset_negotiate(const struct asset *a, str accept_encoding, str if_none_match);

#endif
