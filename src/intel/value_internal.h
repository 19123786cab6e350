// SPDX-License-Identifier: Apache-2.0
/* value_internal: parts that the files of intel/ share. Texts come in refanged
 * unless said otherwise; nothing here allocates but what takes an arena. */
#ifndef INTEL_VALUE_INTERNAL_H
#define INTEL_VALUE_INTERNAL_H

#include "intel/value.h"

#define DOMAIN_BYTES 253 /* RFC 1035 2.3.4, without the last dot */
#define URL_BYTES 8192
#define IPV6_TEXT 45

/* True for a name of the root zone, .example, .test and .onion; any case. */
bool tld_known(str label);

/* Strict dotted decimal without leading zeros (RFC 6943 3.1.1). */
bool ipv4_parse(str text, uint8_t ret[4]);
/* RFC 4291 2.2, a zone index is not accepted. */
bool ipv6_parse(str text, uint8_t ret[16]);
/* RFC 5952; returns the length, at most IPV6_TEXT. */
size_t ipv6_text(const uint8_t b[16], char *ret);
static inline bool ipv6_is_mapped(const uint8_t b[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(b, mapped, sizeof(mapped)) == 0;
}

/* Lower-case A-labels without the last dot; labels at least min_labels. False when text is not a
 * host name. */
bool domain_canonical(struct arena *a, str text, size_t min_labels, str *ret);
/* formats.md 1. False when text is not an absolute URL with a host. */
bool url_canonical(struct arena *a, str text, str *ret);
/* As value_canonical for a text that is refanged already. */
bool value_canonical_clean(struct arena *a, enum value_kind k, str text, str *ret);
/* value_guess that also gives the canonical spelling. text is refanged. */
enum value_kind value_guess_clean(struct arena *a, str text, str *ret);
/* Base58Check or Bech32/Bech32m with a right check sum (BIP 13, 173, 350). */
bool btc_canonical(struct arena *a, str text, str *ret);

/* How a file name ends. */
enum ext_class {
	EXT_NONE,      /* no ending we know */
	EXT_FILE,      /* only ever a file */
	EXT_AMBIGUOUS, /* also a top-level domain, more often a file: zip, py */
};
enum ext_class ext_class(str name);

/* Undoing of defanged spellings with a map back to the text as it was. */
struct refang_step {
	size_t clean_at; /* from this offset of the clean text on ... */
	size_t text_at;  /* ... the bytes come from here */
	bool defanged;   /* something disguised was undone just before */
};
struct refanged {
	str clean;
	struct refang_step *steps; /* ascending */
	size_t n_steps;
};
/* clean is text itself, without steps, where nothing had to change. */
void refang_text(struct arena *a, str text, struct refanged *ret);

#endif
