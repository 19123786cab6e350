// SPDX-License-Identifier: Apache-2.0
/* backup_internal: names of a backup's members, for backup.c and restore.c. The head comes first,
 * the manifest last. Private to store/. */
#ifndef STORE_BACKUP_INTERNAL_H
#define STORE_BACKUP_INTERNAL_H

#include "store/db_internal.h"
#include "store/journal_internal.h"
#include "store/service_internal.h"
#include "store/store_internal.h"
#include "store/tar.h"

#define BACKUP_HEAD "backup.json"
#define BACKUP_SQLITE "node.db"
#define BACKUP_SEQUENCES "sequences"

#endif
