#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes the vectors of values.json by other means (ipaddress, encodings.idna, regular expressions) and checks the
program's answers for random addresses. usage: check_values.py [--tool PATH/values_tool]"""
import ipaddress
import json
import random
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HASH = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "ja3": 32}


def refang(s):
    s = re.sub(r"[\u200b-\u200d\ufeff\u2060\u00ad]", "", s)
    s = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in s).replace("\u3002", ".")
    s = re.sub(r"\s*[\[({［（｛【〔]\s*(?:\.|．|。|dot|ドット)\s*[\])}］）｝】〕]\s*", ".", s, flags=re.I)
    s = re.sub(r"(?<=[0-9A-Za-z])ドット(?=[0-9A-Za-z])", ".", s)
    return re.sub(r"\[(?=\.)", "", s).replace("[:]", ":").strip()


def address(s, version):
    s = s.split("%")[0].strip("[]")
    m = re.fullmatch(r"(.*)/(32|128)", s)
    if m and int(m[2]) == (32 if version == 4 else 128):
        s = m[1]
    try:
        a = ipaddress.ip_address(s)
    except ValueError:
        return None
    mapped = getattr(a, "ipv4_mapped", None)
    if version == 4:
        return str(mapped or a) if mapped or a.version == 4 else None
    if a.version != 6:
        return None
    return "::ffff:%s" % mapped if mapped else str(a)


def network(s, version):
    if not re.fullmatch(r"[^/]+/(0|[1-9][0-9]*)", s):
        return None
    try:
        n = ipaddress.ip_network(s)
    except ValueError:
        return None
    return str(n) if n.version == version else None


def domain(s):
    s = s[:-1] if s.endswith(".") else s
    labels = []
    for label in s.split("."):
        if any(ord(c) > 127 for c in label):
            label = "xn--" + label.lower().encode("punycode").decode()  # IDNA 2008: no mapping beyond case here
        if not re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", label.lower()):
            return None
        labels.append(label.lower())
    name = ".".join(labels)
    ok = len(labels) > 1 and len(name) <= 253 and re.search("[a-z]", labels[-1]) and labels[-1][0] != "_"
    ok = ok and not re.fullmatch("0x[0-9a-f]*", labels[-1])  # an address, to browsers
    return name if ok else None


def expect(kind, s):
    s = refang(s)
    if kind in HASH:
        return s.lower() if re.fullmatch("[0-9a-fA-F]{%d}" % HASH[kind], s) else None
    return {"ipv4-addr": lambda: address(s, 4), "ipv6-addr": lambda: address(s, 6), "ipv4-net": lambda: network(s, 4),
            "ipv6-net": lambda: network(s, 6), "domain-name": lambda: domain(s),
            "cve": lambda: s.upper() if re.fullmatch(r"CVE-[12]\d{3}-\d{4,19}", s, re.I) else None}[kind]()


def main():
    rows = json.loads((HERE / "values.json").read_text("utf-8"))["canonical"]
    judged = bad = 0
    for row in rows:
        try:
            want = expect(row["kind"], row["input"])
        except KeyError:
            continue
        judged += 1
        if want != row["canonical"]:
            bad += 1
            print("%(kind)s %(input)r: vector %(canonical)r" % row, "but", repr(want))
    if "--tool" in sys.argv:
        tool = sys.argv[sys.argv.index("--tool") + 1]
        rng = random.Random(1)
        inputs = []
        for _ in range(5000):
            groups = ["%x" % (rng.getrandbits(16) if rng.random() < 0.5 else 0) for _ in range(8)]
            inputs.append(("ipv6-addr", ":".join(groups)))
            inputs.append(("ipv4-addr", ".".join(str(rng.randrange(0, 300)) for _ in range(4))))
        answers = subprocess.run([tool, "canonical"], input="\n".join("%s\t%s" % i for i in inputs).encode(),
                                 capture_output=True, check=True, timeout=60).stdout.decode().split("\n")
        for (kind, text), got in zip(inputs, answers):
            judged += 1
            if got != (expect(kind, text) or "-"):
                bad += 1
                print(kind, text, "program:", got, "here:", expect(kind, text))
    print("%d checked, %d differ" % (judged, bad))
    return bad != 0 or judged < 100


sys.exit(main())
