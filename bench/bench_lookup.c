// SPDX-License-Identifier: Apache-2.0
/* Looks up 10,000 values of which 10, 55 and 100 % are known, on a node that holds N attributes
 * made by bench_generate: through the index alone (which visible records, how many, the newest),
 * and all the way (each hit confirmed in its body, with first and last sighting), as the API
 * answers. usage: bench_lookup NODE N */
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "bench/bench.h"
#include "team/node.h"

#define ASKED 10000
#define ROUNDS 5

static str value_asked(struct arena *a, uint64_t i, uint64_t n, int percent)
{
	char text[BENCH_VALUE];

	if (i % 100 >= (uint64_t)percent)
		return arena_printf(a, "unknown%llx.example",
				    (unsigned long long)(i * 2654435761u));
	/* every hundredth is one of five values that stand everywhere: those are asked in life too,
	 * but count what their thousands of records cost, not what look-ups do */
	(void)bench_value(i * 7919 % n / 100 * 100 + i % 99, text);
	return arena_str(a, str_c(text));
}

static void measure(const struct intel *in, uint64_t n, int percent)
{
	const struct view all = {.all = true};
	struct arena a;
	char name[64];
	double index = 1e9, whole = 1e9;
	size_t hits = 0;
	struct why why = {0};

	for (int round = 0; round < ROUNDS; round++) {
		arena_init(&a, 0);
		str *asked = arena_array(&a, str, ASKED);
		uint64_t *hashes = arena_array(&a, uint64_t, ASKED);
		struct value_hit *hit = arena_array(&a, struct value_hit, ASKED);
		struct known *known = arena_array(&a, struct known, ASKED);

		for (uint64_t i = 0; i < ASKED; i++)
			asked[i] = value_asked(&a, i, n, percent);
		double start = bench_now();

		bench_ok(intel_lookup(in, &a, &all, asked, ASKED, known, &why), &why);
		double took = bench_now() - start;

		whole = took < whole ? took : whole;
		hits = 0;
		for (uint64_t i = 0; i < ASKED; i++) {
			hits += known[i].count > 0;
			hashes[i] = value_hash(store_value_key(in->store), known[i].kind,
					       known[i].canonical);
		}
		start = bench_now();
		bench_ok(
		    store_lookup(in->store, &a, &all, hashes, ASKED, 0, NULL, 0, 20, hit, &why),
		    &why);
		took = bench_now() - start;
		index = took < index ? took : index;
		arena_done(&a);
	}
	if (hits != (size_t)percent * ASKED / 100) {
		fprintf(stderr, "bench_lookup: %zu hits instead of %d\n", hits,
			percent * ASKED / 100);
		exit(1);
	}
	(void)snprintf(name, sizeof(name), "lookup_%d_index_ms", percent);
	bench_say(name, index * 1e3);
	(void)snprintf(name, sizeof(name), "lookup_%d_whole_ms", percent);
	bench_say(name, whole * 1e3);
}

int main(int argc, char **argv)
{
	struct node *n = NULL;
	struct why why = {0};

	if (argc < 3) {
		fprintf(stderr, "usage: bench_lookup NODE N\n");
		return 2;
	}
	bench_ok(node_open(argv[1], &n, &why), &why);
	for (int i = 0; i < 3; i++)
		measure(&n->intel, strtoull(argv[2], NULL, 10), (const int[]){10, 55, 100}[i]);
	node_close(n);
	return 0;
}
