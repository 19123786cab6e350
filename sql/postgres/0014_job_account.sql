-- SPDX-License-Identifier: Apache-2.0
-- Somebody's own jobs, newest first.
CREATE INDEX job_account ON job(account, id) WHERE account > 0;
