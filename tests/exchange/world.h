// SPDX-License-Identifier: Apache-2.0
/* world: objects, audiences and keys that the tests of exchange/ share. Failures abort: what a test
 * builds on must hold. */
#ifndef TESTS_EXCHANGE_WORLD_H
#define TESTS_EXCHANGE_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "exchange/signature.h"

#define WARNING                                                                                    \
	"{\"type\":\"x-hikeshi-warning\",\"spec_version\":\"2.1\","                                \
	"\"id\":\"x-hikeshi-warning--3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f\","                      \
	"\"created\":\"2026-11-23T09:30:00.000Z\",\"modified\":\"2026-11-23T10:00:00.000Z\","      \
	"\"title\":\"\\u8b66\\u6212 of \\\"things\\\"\",\"severity\":\"high\","                    \
	"\"labels\":[\"a\",\"b\",{\"deep\":[1,2.5,null]}],\"what\":{\"impact\":\"loss\","          \
	"\"cve\":[\"CVE-2026-0001\"],\"inner\":{\"x\":1}},\"how\":{\"mitigate\":\"patch\"},"       \
	"\"when\":{},\"who\":\"nobody\",\"count\":42}"

#define INDICATOR                                                                                  \
	"{\"type\":\"indicator\",\"spec_version\":\"2.1\","                                        \
	"\"id\":\"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\","                              \
	"\"created\":\"2016-04-06T20:03:48.000Z\",\"modified\":\"2016-04-06T20:03:48.000Z\","      \
	"\"name\":\"bad\",\"pattern\":\"[ipv4-addr:value = '198.51.100.1']\","                     \
	"\"pattern_type\":\"stix\",\"valid_from\":\"2016-01-01T00:00:00Z\",\"what\":{\"a\":1}}"

static inline void must(bool ok, const char *what)
{
	if (!ok) {
		printf("# cannot build: %s\n", what);
		abort();
	}
}

static inline struct json parsed(struct arena *a, const char *text)
{
	struct json v;

	must(json_parse(a, str_c(text), NULL, &v, NULL) == ERR_OK, text);
	return v;
}

static inline struct uuid uuid_of(uint8_t n)
{
	struct uuid u = {{0}};

	memset(u.b, n, sizeof(u.b));
	return u;
}

static inline struct audience_entry to_team(uint8_t n)
{
	return (struct audience_entry){.kind = AUDIENCE_TEAM, .team = uuid_of(n)};
}

static inline struct audience_entry to_circle(uint8_t n, int64_t roster)
{
	return (struct audience_entry){
	    .kind = AUDIENCE_CIRCLE, .circle = uuid_of(n), .roster = roster};
}

static inline struct audience_entry to_person(uint8_t team, uint8_t person)
{
	return (struct audience_entry){
	    .kind = AUDIENCE_PERSON, .team = uuid_of(team), .person = uuid_of(person)};
}

static inline struct audience_entry to_everyone(void)
{
	return (struct audience_entry){.kind = AUDIENCE_EVERYONE};
}

/* An originator's signed manifest of rev 1, AMBER, by the key of seed byte `who`. */
static inline struct signed_manifest signed_by(struct arena *a, uint8_t who,
					       const struct json *object,
					       const struct audience_entry *to, size_t n)
{
	uint8_t seed[32];
	struct ed25519_secret key;
	struct signed_manifest s = {.created_us = US_PER_S, .modified_us = US_PER_S};
	struct why why = {0};

	memset(seed, who, sizeof(seed));
	key = ed25519_from_seed(seed);
	s.team = s.originator = uuid_of(who);
	s.manifest.rev = 1;
	s.manifest.label.tlp = TLP_AMBER;
	must(manifest_make(a, &s.manifest, object, to, n, &s.open, &why) == ERR_OK, why.text);
	s.hash = manifest_hash(&s.manifest);
	signature_batch(a, &key, &s.hash, 1, &s.signature);
	return s;
}

#endif
