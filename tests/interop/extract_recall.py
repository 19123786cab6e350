#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recall and precision of extraction against real lists: texts of ESET beside their MISP events, tables of Volexity,
lists of Prodaft. What counts as present is decided here, by other means than the program's.

usage: extract_recall.py [-v]   (HIKESHI_BUILD: build directory, HIKESHI_CORPUS: real files)
Exit 0, or 1 below the floors, or 77 (skipped) where the corpus is absent."""
import csv
import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ.get("HIKESHI_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("HIKESHI_BUILD", SOURCE / "build"))
CORPUS = Path(os.environ.get("HIKESHI_CORPUS", SOURCE.parent / "shared" / "data"))
FLOOR_RECALL, FLOOR_PRECISION = 0.98, 0.97
HASH = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
VERBOSE = "-v" in sys.argv


def extract(paths):
    out = subprocess.run([BUILD / "tests/intel/values_tool", "extract", *paths], capture_output=True, check=True,
                         timeout=300).stdout.decode("utf-8", "replace")
    found, name = {}, None
    for line in out.split("\n"):
        if line.startswith("== "):
            name = line[3:]
            found[name] = set()
        elif line:
            kind, value = line.split("\t")[:2]
            found[name].add((kind, value))
    return found


def plain(text):
    text = re.sub(r"[\[({]\s*(?:\.|dot)\s*[\])}]", ".", text)
    text = re.sub(r"\bhxxp", "http", text.replace("[:]", ":").replace("[@]", "@"), flags=re.I)
    return text.lower()


def normal(kind, value):
    """The value as the program should give it, or None where this script does not judge."""
    value = plain(value.strip().strip("'\""))
    if kind in HASH:
        return (kind, value) if re.fullmatch(r"[0-9a-f]{%d}" % HASH[kind], value) else None
    if kind in ("ip", "ip-src", "ip-dst", "ipv4", "ipaddress", "ipv4-addr"):
        try:
            ip = ipaddress.ip_address(value)
        except ValueError:
            return None
        return ("ipv%d-addr" % ip.version, str(ip))
    if kind in ("domain", "hostname", "domain-name", "fqdn"):
        return ("domain-name", value) if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", value) else None
    if kind in ("email", "email-src", "email-dst", "emailaddress"):
        return ("email-addr", value) if re.fullmatch(r"[^@\s]+@[a-z0-9.-]+", value) else None
    return None


def walk(node):
    if isinstance(node, dict):
        if isinstance(node.get("value"), str) and isinstance(node.get("type"), str):
            kinds, values = node["type"].split("|"), node["value"].split("|")
            yield from zip(kinds, values)
        for v in node.values():
            yield from walk(v)
    elif isinstance(node, list):
        for v in node:
            yield from walk(v)


def stands(value, text):
    return re.search(r"(?<![a-z0-9._-])" + re.escape(value) + r"(?![a-z0-9_-])(?!\.[a-z0-9])", text)


def eset(found):
    """Values of MISP events that stand in the texts of the same family (as a host of a URL: not counted)."""
    want = hit = 0
    for family in sorted((CORPUS / "misp-events/eset").iterdir()):
        texts = [p for p in found if "/eset-adoc/%s/" % family.name in p]
        if not texts or not family.is_dir():
            continue
        text = "\n".join(plain(Path(p).read_text("utf-8", "replace")) for p in texts)
        text = re.sub(r"[a-z]+://\S+", " ", text)
        have = {(k, v.lower()) for p in texts for k, v in found[p]}
        for event in family.rglob("*.json"):
            try:
                pairs = set(filter(None, (normal(*p) for p in walk(json.loads(event.read_text())))))
            except ValueError:
                continue
            for pair in pairs:
                if stands(pair[1], text):
                    want += 1
                    hit += pair in have
                    if pair not in have and VERBOSE:
                        print("missed (eset)", family.name, pair)
    return want, hit


def volexity(found):
    """Typed tables: every value of the first column, and nothing else but what the other columns say."""
    want = hit = extra = total = 0
    for path in found:
        if "/volexity/" not in path or not path.endswith(".csv"):
            continue
        have = {(k, v.lower()) for k, v in found[path]}
        with open(path, encoding="utf-8", errors="replace", newline="") as f:
            rows = list(csv.DictReader(f))
        if not rows or "value" not in rows[0]:
            continue
        known = set()
        for row in rows:
            kind = (row.get("entity_type") or row.get("type") or row.get("indicator_type") or "").lower()
            value = (row["value"] or "")
            pair = normal(kind, value)
            known.add(plain(value))
            if pair:
                want += 1
                hit += pair in have
                if pair not in have and VERBOSE:
                    print("missed (volexity)", Path(path).parent.name, pair)
        for kind, value in have:
            if kind in ("domain-name", "ipv4-addr", "md5", "sha1", "sha256"):
                total += 1
                bad = not any(value in k for k in known)
                extra += bad
                if bad and VERBOSE:
                    print("extra (volexity)", Path(path).parent.name, kind, value)
    return want, hit, total, extra


def shapes(found):
    """Hashes and addresses by regular expression in every text: none missed, none invented."""
    want = hit = total = extra = 0
    for path, values in found.items():
        text = plain(Path(path).read_text("utf-8", "replace"))
        expect = set()
        for name, ln in (("md5", 32), ("sha1", 40), ("sha256", 64)):
            for m in re.findall(r"(?<![0-9a-z._\-/=+%&\\?])[0-9a-f]{%d}(?![0-9a-z_@-])(?!\.[a-z0-9])".replace("%d", str(ln)), text):
                if re.search("[a-f]", m) and re.search("[0-9]", m):
                    expect.add((name, m))
        have = {(k, v) for k, v in values if k in ("md5", "sha1", "sha256")}
        want += len(expect)
        hit += len(expect & have)
        total += len(have)
        bad = {v for v in have if v[1] not in text}
        extra += len(bad)
        if VERBOSE:
            for v in expect - have:
                print("missed (shape)", path[-60:], v)
    return want, hit, total, extra


def lists(found):
    """Lists of one value a line in code fences (Prodaft)."""
    want = hit = 0
    for path in found:
        if "/prodaft/" not in path:
            continue
        have = {v.lower() for _, v in found[path]}
        for line in Path(path).read_text("utf-8", "replace").split("\n"):
            value = plain(line.strip())
            if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|net|org|xyz|cn|ru|onion|top|info|site|su)", value) or (
                    re.fullmatch(r"\d+(\.\d+){3}", value) and normal("ip", value)):
                want += 1
                hit += value in have
                if value not in have and VERBOSE:
                    print("missed (prodaft)", path[-40:], value)
    return want, hit


def main():
    texts = sorted(str(p) for p in (CORPUS / "ioc-text").rglob("*")
                   if p.is_file() and "LICENSE" not in p.name) if (CORPUS / "ioc-text").is_dir() else []
    if not texts:
        print("SKIP: no corpus at %s" % CORPUS)
        return 77
    found = extract(texts)
    e, v, s, p = eset(found), volexity(found), shapes(found), lists(found)
    want, hit = e[0] + v[0] + s[0] + p[0], e[1] + v[1] + s[1] + p[1]
    total, extra = v[2] + s[2], v[3] + s[3]
    for name, row in (("eset", e), ("volexity", v), ("shapes", s), ("prodaft", p)):
        print("%-9s recall %.4f (%d of %d)" % (name, row[1] / max(row[0], 1), row[1], row[0]))
    recall, precision = hit / max(want, 1), 1 - extra / max(total, 1)
    print("recall %.4f of %d, precision %.4f of %d" % (recall, want, precision, total))
    return 0 if recall >= FLOOR_RECALL and precision >= FLOOR_PRECISION and want > 5000 else 1


sys.exit(main())
