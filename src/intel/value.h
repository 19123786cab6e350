// SPDX-License-Identifier: Apache-2.0
/* value: observable values: what kind, the one canonical spelling, and defanged
 * forms undone. A wrong canonical form is a silent miss, so docs/formats.md 1
 * holds the rules and tests/vectors/values.json the vectors. Pure functions. */
#ifndef INTEL_VALUE_H
#define INTEL_VALUE_H

#include "base/arena.h"
#include "base/err.h"

enum value_kind {
	VALUE_NONE,
	VALUE_IPV4,
	VALUE_IPV6,
	VALUE_CIDR4,
	VALUE_CIDR6,
	VALUE_DOMAIN,
	VALUE_URL,
	VALUE_EMAIL,
	VALUE_MD5,
	VALUE_SHA1,
	VALUE_SHA256,
	VALUE_SHA512,
	VALUE_SSDEEP,
	VALUE_FILENAME,
	VALUE_CVE,
	VALUE_ASN,
	VALUE_MAC,
	VALUE_REGKEY,
	VALUE_MUTEX,
	VALUE_USER_AGENT,
	VALUE_BTC,
	VALUE_JA3,
	VALUE_ATTACK /* T1059.001 */,
	VALUE_OTHER,
	VALUE_KINDS
};
/* "ipv4-addr" "ipv6-addr" "ipv4-net" "ipv6-net" "domain-name" "url" "email-addr" "md5" "sha1"
 * "sha256" ...: names used by the API. */
str value_kind_name(enum value_kind k);
enum value_kind value_kind_parse(
    str name); /* VALUE_NONE when unknown; also STIX SCO and MISP attribute type names */

/* hxxp[s]://, [.] (.) {.} [dot] (dot) 。．, [:] [://] [@] [at], full-width ASCII, zero-width and
 * soft hyphens removed. The result is in a, or the input itself where nothing had to change. */
str value_refang(struct arena *a, str text);
/* For people: example[.]com, hxxp://..., never alters hashes. */
str value_defang(struct arena *a, enum value_kind k, str canonical);
/* What a lone value is (refanged first): the narrowest kind that fits, VALUE_NONE if nothing does.
 */
enum value_kind value_guess(str text);
/* The canonical spelling of text as kind k (refanged first). ERR_INVALID when it is not one. */
MUST_CHECK enum err value_canonical(struct arena *a, enum value_kind k, str text, str *ret,
				    struct why *why);
/* Keyed hash of "kind:canonical" for the store's index. key: store_value_key(). */
uint64_t value_hash(const uint8_t key[16], enum value_kind k, str canonical);

/* Addresses and networks as 16 bytes (IPv4 mapped) plus prefix length in bits of 128. */
struct net {
	uint8_t b[16];
	unsigned bits;
};
MUST_CHECK enum err
net_parse(str text, struct net *ret); /* address or CIDR, host bits must be zero for CIDR */
bool net_contains(const struct net *outer, const struct net *inner);
/* The host of a URL or e-mail address; the domain itself; empty otherwise. Canonical input. */
str value_host(enum value_kind k, str canonical);
/* True if domain equals zone or lies below it (label boundary). Canonical input. */
bool domain_within(str domain, str zone);

#endif
