-- SPDX-License-Identifier: Apache-2.0
-- Signatures are kept short (src/exchange/signature_keep.c; what begins with "{" is from before and not).
ALTER TABLE signed ALTER COLUMN signature TYPE bytea USING convert_to(signature, 'UTF8');
