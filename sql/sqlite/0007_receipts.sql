-- SPDX-License-Identifier: Apache-2.0
-- Receipts: the entries they open, in the order of the journal, and how far receipts were made of them (docs/formats.md 3, 5).

CREATE INDEX journal_receipt ON journal(epoch, seq) WHERE kind IN ('received', 'answered', 'withdrawal-applied');

-- One row, or none yet: epoch (number) and seq of the last entry that a receipt was made of.
CREATE TABLE receipt_cursor(id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;
