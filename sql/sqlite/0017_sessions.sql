-- SPDX-License-Identifier: Apache-2.0
-- Sessions: what the browser calls itself and where it came from, so that one knows one's own.

ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN peer TEXT NOT NULL DEFAULT '';
