#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the files below some directories into one C file of byte arrays.

usage: embed_files.py --symbol NAME --header H --output OUT.c [--depfile OUT.d] [--suffix .json]... DIR|FILE...

The C file includes header H, which declares
    struct embedded_file { const char *name; const unsigned char *bytes; size_t n; };
    extern const struct embedded_file NAME[]; extern const size_t NAME_count;
Names are paths relative to the directory given, sorted, with '/' between parts. The depfile names
every file and directory, so that a new file causes a new run.
"""
import argparse
import os


def found(roots, suffixes):
    files, seen = {}, []
    for root in roots:
        if os.path.isfile(root):
            files[os.path.basename(root)] = root
            continue
        for folder, dirs, names in os.walk(root):
            dirs.sort()
            seen.append(folder)
            for name in sorted(names):
                if suffixes and not name.endswith(tuple(suffixes)):
                    continue
                path = os.path.join(folder, name)
                files[os.path.relpath(path, root).replace(os.sep, "/")] = path
    return sorted(files.items()), seen


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--symbol", required=True)
    ap.add_argument("--header", required=True)
    ap.add_argument("--output", required=True)
    ap.add_argument("--depfile")
    ap.add_argument("--suffix", action="append", default=[])
    ap.add_argument("roots", nargs="+")
    args = ap.parse_args()
    files, folders = found(args.roots, args.suffix)
    with open(args.output, "w", encoding="ascii") as out:
        out.write("/* made by scripts/embed_files.py; do not edit */\n")
        out.write(f'#include "{args.header}"\n\n')
        for i, (_, path) in enumerate(files):
            with open(path, "rb") as f:
                data = f.read()
            out.write(f"static const unsigned char file_{i}[] = {{\n")
            for at in range(0, len(data), 24):
                out.write("".join(f"{b}," for b in data[at:at + 24]) + "\n")
            out.write("0};\n")
        out.write(f"const struct embedded_file {args.symbol}[] = {{\n")
        for i, (name, _) in enumerate(files):
            safe = name.replace("\\", "\\\\").replace('"', '\\"')
            out.write(f'\t{{"{safe}", file_{i}, sizeof(file_{i}) - 1}},\n')
        out.write("};\n")
        out.write(f"const size_t {args.symbol}_count = {len(files)};\n")
    if args.depfile:
        with open(args.depfile, "w", encoding="utf-8") as dep:
            names = [p for _, p in files] + folders
            dep.write(args.output + ": " + " ".join(n.replace(" ", "\\ ") for n in names) + "\n")


if __name__ == "__main__":
    main()
