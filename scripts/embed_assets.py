#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed_assets.py --dist web/dist --output OUT.c --depfile OUT.d: the user interface as one C file.

dist/manifest.txt has a line per address, "url mime immutable(0/1) path"; beside a path may lie path.gz, .br and
.zst. The C file includes net/asset.h and defines, sorted by url (byte order, what asset_find needs),
    const struct asset hikeshi_assets[]; const size_t hikeshi_n_assets;
The bytes are taken in by the assembler (.incbin), which is quick and keeps the C file small. Without a manifest the
table is empty. The depfile names what was read, or the folder where it would appear.
"""
import argparse
import hashlib
import os
import sys

CODINGS = (("ASSET_IDENTITY", ""), ("ASSET_GZIP", ".gz"), ("ASSET_BR", ".br"), ("ASSET_ZSTD", ".zst"))

HEAD = """// SPDX-License-Identifier: Apache-2.0
/* made by scripts/embed_assets.py from web/dist; do not edit */
#include "net/asset.h"

extern const struct asset hikeshi_assets[];
extern const size_t hikeshi_n_assets;

#define TAKE_IN(symbol, path) \\
	__asm__(".pushsection .rodata\\n\\t.hidden " symbol "\\n\\t.global " symbol "\\n" symbol ":\\n\\t" \\
		".incbin \\"" path "\\"\\n\\t.byte 0\\n\\t.popsection")

"""


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_manifest(dist):
    """Rows (url, mime, immutable, path), sorted by url; None when nothing was built."""
    try:
        with open(os.path.join(dist, "manifest.txt"), encoding="utf-8") as f:
            lines = f.read().splitlines()
    except FileNotFoundError:
        return None
    rows = []
    for n, line in enumerate(lines, 1):
        parts = line.split(" ")
        if len(parts) != 4 or parts[2] not in ("0", "1"):
            sys.exit(f"manifest.txt:{n}: not 'url mime immutable path'")
        rows.append((parts[0], parts[1], parts[2] == "1", os.path.join(dist, parts[3])))
    return sorted(rows, key=lambda r: r[0].encode())


def write_asset(out, number, row):
    """Writes the bytes of one asset and returns its row of the table and the files read."""
    url, mime, immutable, path = row
    bodies, files = [], []
    for coding, suffix in CODINGS:
        if not os.path.exists(path + suffix):
            continue
        symbol = f"asset_{number}_{coding[6:].lower()}"
        files.append(path + suffix)
        out.append(f"extern const unsigned char {symbol}[] __attribute__((visibility(\"hidden\")));")
        out.append(f"TAKE_IN(\"{symbol}\", {c_text(os.path.abspath(path + suffix))});")
        bodies.append(f"[{coding}] = {{{symbol}, {os.path.getsize(path + suffix)}}}")
    with open(path, "rb") as f:
        tag = hashlib.sha256(f.read()).hexdigest()[:16]
    fields = [c_text(url), c_text(mime), c_text(f'W/"{tag}"'), str(immutable).lower(), "{" + ", ".join(bodies) + "}"]
    return "\t{" + ", ".join(fields) + "},", files


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--dist", required=True)
    ap.add_argument("--output", required=True)
    ap.add_argument("--depfile", required=True)
    args = ap.parse_args()
    rows = read_manifest(args.dist)
    out, table, files = [], [], []
    for number, row in enumerate(rows or []):
        line, read = write_asset(out, number, row)
        table.append(line)
        files += read
    if rows is None:
        files = [args.dist if os.path.isdir(args.dist) else os.path.dirname(os.path.abspath(args.dist))]
    else:
        files.append(os.path.join(args.dist, "manifest.txt"))
    with open(args.output, "w", encoding="utf-8") as f:
        f.write(HEAD + "\n".join(out) + "\n")
        f.write("const struct asset hikeshi_assets[] = {\n" + ("\n".join(table) or "\t{0},") + "\n};\n")
        f.write(f"const size_t hikeshi_n_assets = {len(table)};\n")
    with open(args.depfile, "w", encoding="utf-8") as f:
        f.write(args.output + ": " + " ".join(os.path.abspath(p).replace(" ", "\\ ") for p in files) + "\n")


if __name__ == "__main__":
    main()
