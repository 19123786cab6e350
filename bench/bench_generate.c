// SPDX-License-Identifier: Apache-2.0
/* Writes a MISP event of N attributes to standard output: half domains, a quarter addresses, a
 * quarter SHA-256 sums, ids and values by a formula (bench.h), every hundredth value one of five.
 * usage: bench_generate N */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"

int main(int argc, char **argv)
{
	unsigned long long n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	char id[UUID_TEXT], value[BENCH_VALUE];

	if (!n) {
		fprintf(stderr, "usage: bench_generate N\n");
		return 2;
	}
	uuid_text(bench_uuid(UINT64_C(9) << 40 | n), id);
	printf("{\"Event\":{\"uuid\":\"%.*s\",\"info\":\"Generated\",\"date\":\"2026-11-02\","
	       "\"timestamp\":\"1793610000\",\"published\":true,\"Orgc\":{\"name\":\"Generator\","
	       "\"uuid\":\"%.*s\"},\"Attribute\":[",
	       UUID_TEXT, id, UUID_TEXT, id);
	for (unsigned long long i = 0; i < n; i++) {
		uuid_text(bench_uuid(i), id);
		const char *type = bench_value(i, value);

		printf(
		    "%s{\"id\":\"%llu\",\"uuid\":\"%.*s\",\"event_id\":\"1\",\"object_id\":\"0\","
		    "\"type\":\"%s\",\"category\":\"%s\",\"value\":\"%s\",\"to_ids\":true,"
		    "\"timestamp\":\"%llu\",\"distribution\":\"5\",\"sharing_group_id\":\"0\","
		    "\"comment\":\"Seen by sensor %llu\",\"deleted\":false,"
		    "\"disable_correlation\":false}",
		    i ? ",\n" : "", i + 1, UUID_TEXT, id, type,
		    type[0] == 's' ? "Payload delivery" : "Network activity", value,
		    1793610000 + i / 100, i % 40);
	}
	printf("]}}\n");
	return ferror(stdout) != 0;
}
