// SPDX-License-Identifier: Apache-2.0
/* pg: a private PostgreSQL for tests: its own directory below /tmp, a Unix socket only, no fsync,
 * gone when the program ends. As root it runs as user postgres. */
#ifndef TESTS_STORE_PG_H
#define TESTS_STORE_PG_H

#include <stdbool.h>
#include <stddef.h>

/* The address of a new empty database. False: no PostgreSQL here, or it would not start. The server
 * starts with the first call. */
bool pg_database(char *ret_url, size_t cap);

#endif
