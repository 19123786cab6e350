#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Vectors of docs/formats.md, made and checked without any of our C.

    check_vectors.py --write          makes journal.json anew (same input, same bytes)
    check_vectors.py                  recomputes every value in journal.json
    check_vectors.py --tool PROGRAM   also compares what our C computes (tests/store/vector_tool)
"""
import hashlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FILE = HERE / "journal.json"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def jcs(value):
    """RFC 8785 for what the vectors hold: ASCII names, integers, short decimals, any text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def time_text(us):
    import datetime
    t = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + "%06dZ" % t.microsecond


# RFC 6962 2.1, as it is written
def root_of(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01", root_of(leaves[:k]), root_of(leaves[k:]))


def path_of(m, leaves):
    if len(leaves) <= 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return path_of(m, leaves[:k]) + [root_of(leaves[k:])]
    return path_of(m - k, leaves[k:]) + [root_of(leaves[:k])]


def leaf(v):
    return sha(b"hikeshi/leaf/v1\n", bytes.fromhex(v["salt"]), jcs([v["path"], v["value"]])).hex()


def audience(v):
    return sha(b"hikeshi/audience/v1\n", bytes.fromhex(v["salt"]), jcs(v["entry"])).hex()


def label_canonical(v):
    t = lambda us: time_text(us) if us else None
    return jcs({
        "attribution": v["attribution"],
        "circles": sorted(v["circles"], key=jcs),
        "everyone": v["everyone"],
        "expires": t(v["expires_us"]),
        "holder": v["holder"],
        "not_before": t(v["not_before_us"]),
        "originator": v["originator"],
        "pap": v["pap"],
        "people": sorted(v["people"], key=jcs),
        "teams": sorted(v["teams"]),
        "tlp": v["tlp"],
    }).decode()


def record_content(v):
    return jcs({
        "digest": hashlib.sha256(v["body"].encode()).hexdigest(),
        "label": hashlib.sha256(v["label"].encode()).hexdigest(),
        "holding": v["holding"], "patch": v["patch"], "version": v["version"], "why": v["why"],
    }).decode()


def content(v):
    return sha(b"hikeshi/content/v1\n", bytes.fromhex(v["salt2"]), v["content"].encode()).hex()


def entry_canonical(v):
    return jcs({
        "v": 1, "epoch": v["epoch"], "seq": v["seq"], "at": time_text(v["at_us"]), "actor": v["actor"],
        "team": v["team"], "kind": v["kind"], "subject": v["subject"], "content": content(v),
    })


def entry(v):
    return sha(b"\x00", sha(b"hikeshi/entry/v1\n", bytes.fromhex(v["salt"]), entry_canonical(v))).hex()


def be(n, value):
    return value.to_bytes(n, "big")


def counted(text):
    return be(4, len(text.encode())) + text.encode()


def holding(v):
    return sha(b"hikeshi/holding/v1\n", be(4, v["version"]), be(4, v["form"]), be(4, v["flags"]),
               be(8, v["created_us"]), be(8, v["created_by"]), be(8, v["source_modified_us"]), be(8, v["parent"]),
               uuid_bytes(v["team"]), counted(v["type"]), counted(v["severity"]), counted(v["state"]),
               counted(v["number"]))[:16].hex()


def slice_leaf(v):
    return sha(b"\x00", sha(b"hikeshi/slice/v1\n", bytes.fromhex(v["salt"]), uuid_bytes(v["id"]),
                            bytes.fromhex(v["digest"]), bytes.fromhex(v["label"]), bytes.fromhex(v["holding"]))).hex()


def tree(v):
    return root_of([sha(b"\x00", bytes.fromhex(x)) for x in v["data"]]).hex()


def inclusion(v):
    return " ".join(x.hex() for x in path_of(v["index"], [sha(b"\x00", bytes.fromhex(x)) for x in v["data"]]))


SECTIONS = {"leaf": leaf, "audience": audience, "label": label_canonical, "record_content": record_content,
            "content": content, "entry": entry, "holding": holding, "slice": slice_leaf, "tree": tree, "inclusion": inclusion}


def salt(n):
    return hashlib.sha256(b"salt %d" % n).digest()[:16].hex()


def uuid(n):
    h = hashlib.sha256(b"uuid %d" % n).hexdigest()
    return "%s-%s-4%s-8%s-%s" % (h[:8], h[8:12], h[13:16], h[17:20], h[20:32])


def make():
    texts = ["", "plain", "日本語の本文", "\"\\/\b\f\n\r\t\u0001\u007f", "\U0001f525 hikeshi"]
    v = {name: [] for name in SECTIONS}
    for i, value in enumerate(texts + [0, -1, 42, 9007199254740991, 1.5, 0.1, True, False, None, [], {},
                                       [1, "a", {"b": [None]}], {"b": 1, "a": {"z": 0, "y": [2]}}]):
        v["leaf"].append({"salt": salt(i), "path": ["what", "name"] if i % 2 else ["title"], "value": value})
    for i, e in enumerate([{"circle": uuid(1), "roster": 3}, {"team": uuid(2)}, {"team": uuid(2), "person": uuid(3)}]):
        v["audience"].append({"salt": salt(100 + i), "entry": e})
    base = {"originator": uuid(1), "holder": uuid(2), "tlp": 2, "everyone": False, "circles": [], "teams": [],
            "people": [], "not_before_us": 0, "expires_us": 0, "pap": 0, "attribution": 0}
    for change in [{}, {"tlp": 0, "everyone": True}, {"circles": [{"circle": uuid(9 - i), "roster": i} for i in range(4)]},
                   {"teams": [uuid(i) for i in range(5)], "tlp": 3}, {"not_before_us": 1700000000000001},
                   {"people": [{"team": uuid(1), "person": uuid(i)} for i in range(3)], "tlp": 4},
                   {"expires_us": 4102444800000000, "pap": 3, "attribution": 2}]:
        v["label"].append(dict(base, **change))
    for i, t in enumerate(texts):
        v["record_content"].append({"version": i + 1, "body": t, "label": label_canonical(v["label"][i]), "patch": t,
                                    "holding": {"state": t, "flags": i, "number": "INC-2026-%04d" % i}, "why": t})
        v["content"].append({"salt2": salt(200 + i), "content": t})
    for i in range(6):
        v["entry"].append({"epoch": uuid(50), "seq": i * 1000003, "at_us": 1700000000000000 + i * 999999, "actor": i * 7,
                           "team": uuid(2) if i % 3 else None, "kind": ["create", "update", "import"][i % 3],
                           "subject": uuid(60 + i) if i % 2 else None, "salt": salt(300 + i), "salt2": salt(400 + i),
                           "content": record_content(v["record_content"][i % 5])})
        v["holding"].append({"version": i + 1, "form": i % 3, "flags": i * 3 & 23, "created_us": 1700000000000000 + i,
                             "created_by": i * 11, "source_modified_us": 1600000000000000 * (i % 2), "parent": i * 1000003,
                             "team": uuid(2), "type": ["indicator", "x-hikeshi-report"][i % 2],
                             "severity": ["", "high"][i % 2], "state": ["open", ""][i % 2],
                             "number": ["", "INC-2026-0001", "日本-2026-0002"][i % 3]})
        v["slice"].append({"salt": salt(500 + i), "id": uuid(70 + i), "digest": hashlib.sha256(b"b%d" % i).hexdigest(),
                           "label": hashlib.sha256(label_canonical(v["label"][i]).encode()).hexdigest(),
                           "holding": holding(v["holding"][i])})
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 257]:
        v["tree"].append({"data": ["%04x" % i for i in range(n)]})
    for n, m in [(1, 0), (2, 1), (3, 2), (7, 3), (8, 0), (33, 32), (257, 200)]:
        v["inclusion"].append({"data": ["%04x" % i for i in range(n)], "index": m})
    for name, fn in SECTIONS.items():
        for x in v[name]:
            x["result"] = fn(x)
    return v


def compare(what, vectors, results):
    bad = 0
    for name in SECTIONS:
        for i, x in enumerate(vectors[name]):
            got = results.get((name, i))
            if got != x["result"]:
                bad += 1
                print("%s: %s %d: want %s, got %s" % (what, name, i, x["result"], got))
    return bad


def tool_results(tool):
    out = subprocess.run([tool, str(FILE)], check=True, stdout=subprocess.PIPE).stdout.decode()
    results = {}
    for line in out.splitlines():
        name, i, value = (line + " ").split(" ", 2)
        results[name, int(i)] = json.loads(value)
    return results


def main(args):
    if args == ["--write"]:
        FILE.write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n")
        return 0
    vectors = json.loads(FILE.read_text())
    own = {(name, i): fn(x) for name, fn in SECTIONS.items() for i, x in enumerate(vectors[name])}
    bad = compare("python", vectors, own)
    if len(args) == 2 and args[0] == "--tool":
        bad += compare("C", vectors, tool_results(args[1]))
    n = sum(len(vectors[name]) for name in SECTIONS)
    print("%d vectors, %d differ" % (n, bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
