-- SPDX-License-Identifier: Apache-2.0
-- The journal of one team, newest first.
CREATE INDEX journal_team ON journal(team, epoch, seq);
