#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What nodes send each other (docs/formats.md 3 to 5), made and checked without any of our C.

    check_exchange.py --write             makes exchange.json anew (same input, same bytes)
    check_exchange.py                     checks every vector of exchange.json
    check_exchange.py --tool PROGRAM      also compares what our C says of them, and checks what it makes
                                          (tests/exchange/exchange_tool)
    check_exchange.py --receipt FILE [--root HEX]
                                          verifies a receipt: exit 0 and one line where it holds
    check_exchange.py --proof FILE [--root HEX] [--kept FILE]
                                          the same for a proof of an entry of a journal; --kept: a checkpoint it must go on from
"""
import base64
import copy
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import uuid

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
except ImportError:
    print("1..0 # SKIP the Python package cryptography is absent: scripts/setup test")
    sys.exit(77)

FILE = pathlib.Path(__file__).resolve().parent / "exchange.json"
SPACE = uuid.UUID("a1e4b6c2-5d0f-4f7b-9c38-2f6d1b7e9a54")
OPENS_UP = ("what", "whom", "when", "why", "how", "who")


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def jcs(value):
    """RFC 8785 for what the vectors hold: ASCII names, integers, any text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def salted(tag, salt, value):
    return sha(tag, bytes.fromhex(salt), jcs(value)).hex()


def own_id(kind, *names):
    return "%s--%s" % (kind, uuid.uuid5(SPACE, jcs([kind, *names]).decode()))


def signed(key, message, sig):
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(sig), message)
    except (InvalidSignature, ValueError):
        raise Refused("signature") from None


# ---- RFC 6962 ----

def node(left, right):
    return sha(b"\x01", left, right)


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def path_of(m, leaves):
    if len(leaves) <= 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return path_of(m, leaves[:k]) + [root_of(leaves[k:])]
    return path_of(m - k, leaves[k:]) + [root_of(leaves[:k])]


def root_from(index, size, leaf, path):
    """From the root down: which half holds the leaf, as RFC 6962 2.1.1 splits."""
    if size == 1:
        need(not path, "path too long")
        return leaf
    need(path, "path too short")
    k = 1
    while k * 2 < size:
        k *= 2
    if index < k:
        return node(root_from(index, k, leaf, path[:-1]), path[-1])
    return node(path[-1], root_from(index - k, size - k, leaf, path[:-1]))


def inclusion(index, size, data, path):
    need(0 <= index < size, "index")
    return root_from(index, size, sha(b"\x00", data), [bytes.fromhex(p) for p in path])


# ---- objects, manifests, signatures ----

def leaves_of(o):
    for name, value in o.items():
        if o["type"].startswith("x-hikeshi-") and name in OPENS_UP and isinstance(value, dict) and value:
            for inner, v in value.items():
                yield [name, inner], v
        else:
            yield [name], value
    # which of the fields that must stay there are not
    if o["type"].startswith("x-hikeshi-"):
        when = o.get("when")
        absent = [n for n in ("exercise", "state") if n not in o]
        absent += [] if isinstance(when, dict) and "valid_until" in when else ["when/valid_until"]
    else:
        absent = [n for n in ("revoked", "valid_until") if n not in o]
    yield [""], absent


def salt_of(salts, path):
    for name in path:
        need(isinstance(salts, dict) and name in salts, "no salt of " + "/".join(path))
        salts = salts[name]
    need(isinstance(salts, str), "no salt of " + "/".join(path))
    return salts


def power_of_two(n):
    return n > 0 and n & (n - 1) == 0


def check_manifest(m, opened, o):
    need(m["v"] == 1, "unknown v")
    need(set(m) == {"v", "role", "target", "modified", "rev", "prev", "label", "audience", "digests"}, "members")
    need(m["audience"] == sorted(set(m["audience"])) and power_of_two(len(m["audience"])), "audience")
    need(m["digests"] == sorted(set(m["digests"])), "digests")
    need(m["target"] == o["id"] and m["modified"] == o.get("modified"), "target")
    need((m["prev"] is None) == (m["rev"] == 1 and m["role"] == "originator"), "prev")
    for name in ("type", "id", "spec_version", "created", "modified"):
        need(name in o, "required " + name)
    for path, value in leaves_of(o):
        digest = salted(b"hikeshi/leaf/v1\n", salt_of(opened["salts"], path), [path, value])
        need(digest in m["digests"], "/".join(path))
    for e in opened["audience"]:
        need(salted(b"hikeshi/audience/v1\n", e["salt"], e["entry"]) in m["audience"], "audience")


def check_signature(s, o):
    """One x-hikeshi-signature and the object it is of; not whether the key is the team's."""
    m = s["manifest"]
    need(s["id"] == own_id("x-hikeshi-signature", m["target"], s["originator"], s["team"]), "id")
    need((s["team"] == s["originator"]) == (m["role"] == "originator"), "role")
    need(1 <= s["size"] <= 1024, "size")
    root = inclusion(s["index"], s["size"], sha(jcs(m)), s["path"])
    signed(s["key"], b"hikeshi/object/v1\n" + root, s["sig"])
    check_manifest(m, s["open"], o)


# ---- keys ----

def key_hash(k):
    return sha(b"hikeshi/key/v1\n", jcs({n: v for n, v in k.items() if n not in ("sig", "proof")}))


def check_keys(team, root, keys):
    """The chain of one team under its pinned root, newest last."""
    chain = {}
    for k in keys:
        need(k["v"] == 1, "unknown v")
        need(k["team"] == team and k["root"] == root, "another team or root")
        need(k["id"] == own_id("x-hikeshi-key", team, k["n"], root), "id")
        need((k["prev"] is None) == (k["n"] == 1), "prev")
        signed(root, b"hikeshi/key/v1\n" + key_hash(k), k["sig"])
        if k["proof"] is None:
            need(k["ends"] or k["revoked_at"], "no proof")
        else:
            signed(k["ed25519"], b"hikeshi/key/v1\n" + key_hash(k), k["proof"])
        need(chain.setdefault(k["n"], k) == k, "fork")
    for n, k in chain.items():
        need(n - 1 not in chain or k["prev"] == key_hash(chain[n - 1]).hex(), "fork")
    return [chain[n] for n in sorted(chain)]


def state(chain, key, member="ed25519"):
    """The last said of a key, with the earliest end and revocation."""
    found = None
    for k in chain:
        if k[member] == key:
            ends = [x["ends"] for x in chain if x["ed25519"] == k["ed25519"] and x["ends"]]
            revoked = [x["revoked_at"] for x in chain if x["ed25519"] == k["ed25519"] and x["revoked_at"]]
            now = dict(k, ends=min(ends, default=None), revoked_at=min(revoked, default=None))
            if member == "ed25519" or found is None or not (now["ends"] or now["revoked_at"]):
                found = now
    return found


def fingerprint(v, words):
    d = sha(b"hikeshi/fingerprint/v1\n", uuid.UUID(v["team"]).bytes, bytes.fromhex(v["root"]))
    groups = lambda i: " - ".join(" ".join(words[b][i] for b in d[g:g + 4]) for g in range(0, 16, 4))
    return {"words": groups(0), "kana": groups(1), "hex": " ".join(d.hex()[i:i + 4] for i in range(0, 64, 4))}


# ---- notes and receipts ----

def note_id(name, key):
    return sha(name.encode(), b"\n\x01", bytes.fromhex(key))[:4]


def check_note(note, name, key):
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    for line in lines.splitlines():
        dash, who, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if dash == "\u2014" and who == name and blob[:4] == note_id(name, key):
            signed(key, text.encode(), blob[4:].hex())
            return text
    raise Refused("not signed by " + name)


def check_receipt(r, root=None):
    need(r["v"] == 1 and r["type"] == "x-hikeshi-receipt", "unknown v")
    need(r["kind"] in ("received", "answered", "withdrawal-applied"), "kind")
    need((r["assessment"] is not None) == (r["kind"] == "answered"), "assessment")
    need(r["id"] == own_id("x-hikeshi-receipt", r["team"], r["kind"], r["manifest"]), "id")
    e = r["entry"]
    content = sha(b"hikeshi/content/v1\n", bytes.fromhex(r["content_salt"]),
                  jcs({n: r[n] for n in ("assessment", "manifest", "rev", "target")})).hex()
    need(e == {"v": 1, "epoch": e["epoch"], "seq": e["seq"], "at": e["at"], "actor": 0, "team": r["team"], "kind": r["kind"],
               "subject": r["target"].partition("--")[2], "content": content}, "entry")
    check_place(r, root)


def check_place(r, root):
    """From the entry over path and checkpoint to a node key that the root key names; (size, root hash, note's name, key)."""
    e = r["entry"]
    if root is not None:
        need(r["keys"][0]["root"] == root, "another root key")
    chain = check_keys(r["team"], r["keys"][0]["root"], r["keys"])
    origin, size, top = r["checkpoint"].split("\n")[:3]
    name, node_id, epoch = origin.split("/")
    need(name == "hikeshi" and epoch == e["epoch"], "origin")
    for k in reversed(chain):
        try:
            text = check_note(r["checkpoint"], origin, k["node_key"])
        except Refused:
            continue
        need(k["node"] == node_id and text == "%s\n%s\n%s\n" % (origin, size, top), "checkpoint")
        now = state(chain, k["node_key"], "node_key")
        need(not now["revoked_at"], "revoked")
        need(not now["ends"] or e["at"] <= now["ends"], "ended")
        break
    else:
        raise Refused("no node key signed the checkpoint")
    data = sha(b"hikeshi/entry/v1\n", bytes.fromhex(r["salt"]), jcs(e))
    top = base64.b64decode(top)
    need(inclusion(e["seq"], int(size), data, r["path"]) == top, "inclusion")
    return int(size), top, origin, k["node_key"]


def consistent(m, n, old, new, path, whole=True):
    """RFC 6962 2.1.2 read backwards: takes the hashes of SUBPROOF(m, D[n], whole) from the path and rebuilds both roots."""
    def walk(m, n, whole):
        if m == n:
            h = old if whole else bytes.fromhex(path.pop(0))
            return h, h
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            a, b = walk(m, k, whole)
            return a, node(b, bytes.fromhex(path.pop(0)))
        a, b = walk(m - k, n - k, False)
        left = bytes.fromhex(path.pop(0))
        return node(left, a), node(left, b)

    path = list(path)
    need(0 < m <= n, "sizes")
    need(walk(m, n, whole) == (old, new) and not path, "not the same journal")


def check_proof(p, root=None, kept=None):
    need(p["v"] == 1 and p["type"] == "x-hikeshi-entry-proof" and p["entry"]["v"] == 1, "unknown v")
    need(set(p) == set("type spec_version id created modified v team entry salt content content_salt erased consistency path "
                       "checkpoint keys".split()), "members")
    e = p["entry"]
    need(set(e) == set("v epoch seq at actor team kind subject content".split()), "members of the entry")
    need(p["id"] == own_id("x-hikeshi-entry-proof", p["team"], e["epoch"], e["seq"]), "id")
    need(p["created"] == p["modified"] and isinstance(p["erased"], bool), "members")
    need((p["content"] is None) == (p["content_salt"] is None) and not (p["erased"] and p["content"] is not None), "content")
    if p["content"] is not None:
        need(sha(b"hikeshi/content/v1\n", bytes.fromhex(p["content_salt"]), p["content"].encode()).hex() == e["content"], "content")
    size, top, origin, key = check_place(p, root)
    if kept is None:
        return
    name, old_size, old_top = check_note(kept, origin, key).split("\n")[:3]
    need(name == origin, "another journal")
    if int(old_size) == size:
        need(base64.b64decode(old_top) == top, "not the same journal")
        return
    need(p["consistency"] and p["consistency"]["size"] == int(old_size), "no path from the checkpoint kept")
    consistent(int(old_size), size, base64.b64decode(old_top), top, p["consistency"]["path"])


# ---- age ----

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32(hrp, data):
    bits = "".join("{:08b}".format(b) for b in data) + "0000"
    values = [int(bits[i:i + 5], 2) for i in range(0, 260, 5)]

    def polymod(vs):
        c = 1
        for v in vs:
            top, c = c >> 25, (c & 0x1ffffff) << 5 ^ v
            for i, g in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
                c ^= g if top >> i & 1 else 0
        return c

    head = [ord(x) >> 5 for x in hrp] + [0] + [ord(x) & 31 for x in hrp]
    c = polymod(head + values + [0] * 6) ^ 1
    return hrp + "1" + "".join(BECH32[v] for v in values + [c >> 5 * (5 - i) & 31 for i in range(6)])


def hkdf(salt, ikm, info):
    prk = hmac.digest(salt or bytes(32), ikm, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")


def b64(data):
    return base64.b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


def x_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def chunks(key, data, run, step):
    out, n = b"", 0
    while True:
        part, data = data[:step], data[step:]
        out += getattr(ChaCha20Poly1305(key), run)(n.to_bytes(11, "big") + bytes([not data]), part, None)
        n += 1
        if not data:
            return out


def age_seal(recipient, plain, ephemeral, file_key, nonce):
    share = x_public(ephemeral)
    shared = X25519PrivateKey.from_private_bytes(ephemeral).exchange(X25519PublicKey.from_public_bytes(recipient))
    wrap = hkdf(share + recipient, shared, b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    head = "age-encryption.org/v1\n-> X25519 %s\n%s\n---" % (b64(share), b64(body))
    mac = hmac.digest(hkdf(b"", file_key, b"header"), head.encode(), "sha256")
    return ("%s %s\n" % (head, b64(mac))).encode() + nonce + chunks(hkdf(nonce, file_key, b"payload"), plain, "encrypt", 65536)


def age_open(secret, data):
    lines = data.split(b"\n", 4)
    need(lines[0] == b"age-encryption.org/v1" and lines[1].startswith(b"-> X25519 "), "header")
    share = unb64(lines[1].split()[2].decode())
    shared = X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(share))
    wrap = hkdf(share + x_public(secret), shared, b"age-encryption.org/v1/X25519")
    file_key = ChaCha20Poly1305(wrap).decrypt(bytes(12), unb64(lines[2].decode()), None)
    mac = hmac.digest(hkdf(b"", file_key, b"header"), b"\n".join(lines[:3]) + b"\n---", "sha256")
    need(lines[3] == b"--- " + b64(mac).encode(), "mac")
    return chunks(hkdf(lines[4][:16], file_key, b"payload"), lines[4][16:], "decrypt", 65552)


def check_sealed(v):
    plain = age_open(bytes.fromhex(v["identity"]), base64.b64decode(v["sealed"]["age"], validate=True))
    need(len(plain) % 4096 == 0 and len(plain) - len(plain.rstrip(b" ")) >= 0, "padding")
    inside = json.loads(plain)
    need(inside["v"] == 1 and inside["object"] == v["object"] and len(inside["signatures"]) == v["signatures"], "inside")


# ---- circles, withdrawals ----

def check_circle(v):
    c = v["circle"]
    need(c["v"] == 1 and c["members"] == sorted(set(c["members"])) and power_of_two(len(c["members"])), "members")
    for m in v["members"]:
        entry = {n: m[n] for n in ("since", "team")}
        need(salted(b"hikeshi/member/v1\n", m["salt"], entry) in c["members"], "member")


def check_withdrawal(v):
    w = v["withdrawal"]
    need(w["v"] == 1 and w["list"] is None and w["names"], "names")
    need([n["target"] for n in w["names"]] == sorted({n["target"] for n in w["names"]}), "order")


def verdict(check, *args):
    """ "ok" or "refused": why differs in words between programs."""
    try:
        check(*args)
        return "ok"
    except (Refused, KeyError, TypeError, ValueError, IndexError):
        return "refused"


def sections(vectors):
    words = vectors["words"]
    return {
        "manifest_hash": lambda v: sha(jcs(v["manifest"])).hex(),
        "manifest": lambda v: verdict(check_manifest, v["manifest"], v["open"], v["object"]),
        "signature": lambda v: verdict(check_signature, v["signature"], v["object"]),
        "key": lambda v: verdict(check_keys, v["team"], v["root"], v["keys"]),
        "fingerprint": lambda v: fingerprint(v, words),
        "receipt": lambda v: verdict(check_receipt, v["receipt"], v["root"]),
        "proof": lambda v: verdict(check_proof, v["proof"], v["root"], v.get("kept")),
        "sealed": lambda v: verdict(check_sealed, v),
        "circle": lambda v: verdict(check_circle, v),
        "withdrawal": lambda v: verdict(check_withdrawal, v),
    }


# ---- making vectors ----

def seed(name):
    return sha(name.encode())


def private(name):
    return Ed25519PrivateKey.from_private_bytes(seed(name))


def public(name):
    return private(name).public_key().public_bytes_raw().hex()


def salt(name):
    return seed("salt " + name)[:16].hex()


def uid(name):
    h = seed("uuid " + name).hex()
    return "%s-%s-4%s-8%s-%s" % (h[:8], h[8:12], h[13:16], h[17:20], h[20:32])


def at(second):
    return "2026-11-23T09:%02d:%02d.000000Z" % (second // 60, second % 60)


def head(kind, ident, second=0):
    return {"type": kind, "spec_version": "2.1", "id": ident, "created": at(second), "modified": at(second)}


def make_objects():
    warning = dict(head("x-hikeshi-warning", "x-hikeshi-warning--" + uid("w")), title="警戒 \"x\" \U0001f525\u007f\n",
                   severity="high", labels=["a", {"deep": [1, None, True]}], what={"impact": "loss", "cve": []}, when={},
                   who="nobody", count=9007199254740991)
    indicator = {"type": "indicator", "spec_version": "2.1", "id": "indicator--" + uid("i"), "created": "2016-04-06T20:03:48.000Z",
                 "modified": "2016-04-06T20:03:48.000Z", "name": "bad", "pattern": "[ipv4-addr:value = '198.51.100.1']",
                 "pattern_type": "stix", "valid_from": "2016-01-01T00:00:00Z", "what": {"not": "ours"}}
    return [warning, indicator]


def make_manifest(name, o, role="originator", rev=1, prev=None, tlp=2):
    salts, digests = {}, []
    for path, value in leaves_of(o):
        s = salt(name + "/".join(path))
        inner = salts.setdefault(path[0], {}) if len(path) == 2 else salts
        inner[path[-1]] = s
        digests.append(salted(b"hikeshi/leaf/v1\n", s, [path, value]))
    entries = [{"circle": uid("c"), "roster": 3}, {"team": uid("t2")}, {"team": uid("t2"), "person": uid("p")}, {"everyone": True}]
    entries = entries[:3] if tlp > 1 else entries
    opened = [{"entry": e, "salt": salt(name + str(i))} for i, e in enumerate(entries)]
    audience = [salted(b"hikeshi/audience/v1\n", e["salt"], e["entry"]) for e in opened]
    while not power_of_two(len(audience)):
        audience.append(seed(name + "pad" + str(len(audience))).hex())
    label = {"tlp": tlp, "nbf": None, "exp": at(1000) if rev > 1 else None, "pap": 0, "attribution": 0}
    m = {"v": 1, "role": role, "target": o["id"], "modified": o["modified"], "rev": rev, "prev": prev, "label": label,
         "audience": sorted(audience), "digests": sorted(digests)}
    return m, {"salts": salts, "audience": opened}


def make_signatures(key, made):
    """made: [(manifest, open)]: one batch."""
    hashes = [sha(jcs(m)) for m, _ in made]
    leaves = [sha(b"\x00", h) for h in hashes]
    sig = private(key).sign(b"hikeshi/object/v1\n" + root_of(leaves)).hex()
    out = []
    for i, (m, opened) in enumerate(made):
        s = head("x-hikeshi-signature", own_id("x-hikeshi-signature", m["target"], uid("t1"), uid("t1")))
        s.update(team=uid("t1"), originator=uid("t1"), manifest=m, key=public(key), sig=sig, index=i, size=len(made),
                 path=[p.hex() for p in path_of(i, leaves)], open=opened)
        out.append(s)
    return out


def make_key(n, online, prev=None, ends=None, revoked=None, proof=True):
    k = head("x-hikeshi-key", own_id("x-hikeshi-key", uid("t1"), n, public("root")), n)
    k.update(v=1, team=uid("t1"), n=n, prev=prev, root=public("root"), node=uid("node"), ed25519=public(online),
             node_key=public("node"), tls_spki=seed("spki").hex(), age=bech32("age", x_public(seed("age"))), ends=ends,
             revoked_at=revoked)
    h = key_hash(k)
    k["sig"] = private("root").sign(b"hikeshi/key/v1\n" + h).hex()
    k["proof"] = private(online).sign(b"hikeshi/key/v1\n" + h).hex() if proof else None
    return k


def make_receipt(kind, keys, rev=3):
    target = "x-hikeshi-warning--" + uid("w")
    r = head("x-hikeshi-receipt", own_id("x-hikeshi-receipt", uid("t1"), kind, seed("manifest").hex()), 30)
    r.update(v=1, team=uid("t1"), kind=kind, target=target, manifest=seed("manifest").hex(), rev=rev,
             assessment=seed("answer").hex() if kind == "answered" else None, salt=salt("entry"), content_salt=salt("content"))
    content = sha(b"hikeshi/content/v1\n", bytes.fromhex(r["content_salt"]),
                  jcs({n: r[n] for n in ("assessment", "manifest", "rev", "target")})).hex()
    r["entry"] = {"v": 1, "epoch": uid("epoch"), "seq": 2, "at": at(20), "actor": 0, "team": uid("t1"), "kind": kind,
                  "subject": uid("w"), "content": content}
    data = sha(b"hikeshi/entry/v1\n", bytes.fromhex(r["salt"]), jcs(r["entry"]))
    leaves = [sha(b"\x00", data if i == 2 else b"other %d" % i) for i in range(7)]
    r["path"] = [p.hex() for p in path_of(2, leaves)]
    origin = "hikeshi/%s/%s" % (uid("node"), uid("epoch"))
    text = "%s\n7\n%s\n" % (origin, base64.b64encode(root_of(leaves)).decode())
    blob = note_id(origin, public("node")) + private("node").sign(text.encode())
    r["checkpoint"] = "%s\n\u2014 %s %s\n" % (text, origin, base64.b64encode(blob).decode())
    r["keys"] = keys
    return r


def make_note(leaves, key="node"):
    origin = "hikeshi/%s/%s" % (uid("node"), uid("epoch"))
    text = "%s\n%d\n%s\n" % (origin, len(leaves), base64.b64encode(root_of(leaves)).decode())
    blob = note_id(origin, public(key)) + private(key).sign(text.encode())
    return "%s\n\u2014 %s %s\n" % (text, origin, base64.b64encode(blob).decode())


def subproof(m, leaves, whole=True):
    """RFC 6962 2.1.2 as it is written."""
    n = len(leaves)
    if m == n:
        return [] if whole else [root_of(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root_of(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root_of(leaves[:k])]


def make_proof(keys, size=11, seq=4, kept=None, opened=True, text='{"patch":"{\\"title\\":\\"\u706b\\"}","why":""}', **more):
    entry = {"v": 1, "epoch": uid("epoch"), "seq": seq, "at": at(20), "actor": 7, "team": uid("t1"), "kind": "update", "subject": uid("w"),
             "content": sha(b"hikeshi/content/v1\n", bytes.fromhex(salt("content")), text.encode()).hex(), **more}
    p = head("x-hikeshi-entry-proof", own_id("x-hikeshi-entry-proof", uid("t1"), uid("epoch"), seq), 30)
    data = sha(b"hikeshi/entry/v1\n", bytes.fromhex(salt("entry")), jcs(entry))
    leaves = [sha(b"\x00", data if i == seq else b"other %d" % i) for i in range(size)]
    p.update(v=1, team=uid("t1"), entry=entry, salt=salt("entry"), content=text if opened else None,
             content_salt=salt("content") if opened else None, erased=False, path=[h.hex() for h in path_of(seq, leaves)],
             checkpoint=make_note(leaves), keys=keys, consistency=None)
    if kept:
        p["consistency"] = {"size": kept, "path": [h.hex() for h in subproof(kept, leaves)]}
    return p, make_note(leaves[:kept or size])


def make_proofs(first, second):
    plain, same = make_proof([first], opened=False)
    full, _ = make_proof([first, second])
    row = lambda p, kept=None, root="root": dict({"proof": p, "root": public(root)}, **({"kept": kept} if kept else {}))
    rows = [row(plain), row(full), row(plain, same), row(plain, root="other"), row(dict(plain, erased=True)), row(dict(full, erased=True)),
            row(make_proof([first], team=None, subject=None, kind="setting")[0]),
            row(make_proof([first], text="\x1b[2J\u009b31m\u202e\u706b", kind="up\x7fdate")[0])]
    for size in (2, 3, 7, 8, 33):
        for kept in sorted({1, size - 1, size // 2 + 1} - {size}):
            p, note = make_proof([first], size=size, seq=size - 1, kept=kept)
            rows += [row(p, note)]
            if p["consistency"]["path"]:
                rows.append(row(changed(p, "consistency", "path", 0, to=seed("x").hex()), note))
    p, note = make_proof([first], kept=6)
    _, other = make_proof([first], kept=6, at=at(21))
    rows += [row(p, other), row(plain, note), row(make_proof([first], size=6)[0], same), row(changed(p, "consistency", "size", to=7), note),
             row(p, note.replace("\n6\n", "\n5\n")), row(changed(p, "consistency", "path", drop=True), note)]
    for change in ({"content": "x"}, {"content": None}, {"content_salt": salt("x")}, {"salt": salt("x")}, {"v": 2}, {"team": uid("t2")},
                   {"path": full["path"][::-1]}, {"path": full["path"][:-1]}, {"more": 1}, {"id": "x-hikeshi-entry-proof--" + uid("x")},
                   {"checkpoint": full["checkpoint"].replace("\n11\n", "\n12\n")}, {"erased": None}, {"keys": []}):
        rows.append(row(dict(full, **change)))
    for name, to in (("seq", 5), ("actor", 8), ("kind", "create"), ("subject", None), ("team", None), ("at", at(21)), ("content", seed("x").hex()),
                     ("epoch", uid("x"))):
        rows.append(row(changed(full, "entry", name, to=to)))
    return rows


def changed(value, *path, to=None, drop=False):
    out = copy.deepcopy(value)
    at_ = out
    for p in path[:-1]:
        at_ = at_[p]
    if drop:
        del at_[path[-1]]
    else:
        at_[path[-1]] = to
    return out


def make_circle():
    c = head("x-hikeshi-circle", "x-hikeshi-circle--" + uid("c"))
    members = [{"since": i, "team": uid("m%d" % i), "salt": salt("m%d" % i)} for i in range(3)]
    digests = [salted(b"hikeshi/member/v1\n", m["salt"], {n: m[n] for n in ("since", "team")}) for m in members]
    c.update(v=1, owner=uid("t1"), title="サークル", rules={"invite": "owner", "see_members": "members", "forward": "ask",
             "default_tlp": 2, "retention_days": 0}, roster=7, members=sorted(digests + [seed("pad").hex()]))
    return c, members


def make_withdrawals():
    w = head("x-hikeshi-withdrawal", "x-hikeshi-withdrawal--" + uid("wd"))
    w.update(v=1, team=uid("t1"), reason="mistaken", names=[], list=None)
    names = sorted([{"target": "indicator--" + uid("x%d" % i), "rev": i + 1, "paths": [["what", "impact"], ["title"]] if i else None}
                    for i in range(3)], key=lambda n: n["target"])
    return [{"withdrawal": dict(w, names=names)}, {"withdrawal": dict(w, list={"root": seed("wd").hex(), "size": 3})},
            {"withdrawal": dict(w, names=names, list={"root": seed("wd").hex(), "size": 3})}, {"withdrawal": w},
            {"withdrawal": dict(w, names=names[::-1])}, {"withdrawal": dict(w, names=names, v=2)}]


def make(words):
    v = {"words": words}
    objects = make_objects()
    made = [make_manifest("a", objects[0]), make_manifest("b", objects[1], tlp=1),
            make_manifest("c", objects[0], rev=2, prev=seed("before").hex(), tlp=4)]
    v["manifest_hash"] = [{"manifest": m} for m, _ in made]
    (m, o), w = made[0], objects[0]
    v["manifest"] = [{"manifest": m, "open": o, "object": w}, {"manifest": made[1][0], "open": made[1][1], "object": objects[1]}]
    for change in [changed(w, "title", drop=True), changed(w, "what", "impact", drop=True), changed(w, "title", to="x"),
                   changed(w, "what", "impact", to="none"), changed(w, "what", "more", to=1), changed(w, "extra", to=None),
                   changed(w, "spec_version", drop=True), changed(w, "labels", to=["a"]), changed(w, "modified", to=at(5)),
                   changed(w, "count", to=42), changed(w, "when", to={"x": 1}), changed(w, "what", drop=True)]:
        v["manifest"].append({"manifest": m, "open": o, "object": change})
    for change in [changed(m, "v", to=2), changed(m, "rev", to=2), changed(m, "audience", to=m["audience"][:3]),
                   changed(m, "digests", to=m["digests"][::-1]), changed(m, "role", to="forwarder")]:
        v["manifest"].append({"manifest": change, "open": o, "object": w})
    v["manifest"].append({"manifest": m, "open": changed(o, "audience", 0, "entry", "roster", to=4), "object": w})
    # what must stay: left out, with its salt or without, or put where it was not
    real, drill = dict(objects[1], revoked=True), dict(w, exercise=True, state="withdrawn", when={"valid_until": at(9)})
    for x, name in ((real, ["revoked"]), (drill, ["exercise"]), (drill, ["state"]), (drill, ["when", "valid_until"]), (drill, ["when"])):
        mm, oo = make_manifest("must stay", x)
        v["manifest"] += [{"manifest": mm, "open": oo, "object": x}, {"manifest": mm, "open": oo, "object": changed(x, *name, drop=True)},
                          {"manifest": mm, "open": changed(oo, "salts", *name, drop=True), "object": changed(x, *name, drop=True)}]
    v["manifest"] += [{"manifest": m, "open": changed(o, "salts", "", drop=True), "object": w},
                      {"manifest": m, "open": o, "object": dict(w, exercise=True)}]
    v["signature"] = [{"signature": s, "object": x} for s, x in
                      zip(make_signatures("online", [made[0], made[1], made[2]]), (w, objects[1], w))]
    s = v["signature"][0]["signature"]
    for change in [changed(s, "index", to=1), changed(s, "sig", to="00" * 64), changed(s, "key", to=public("other")),
                   changed(s, "path", to=s["path"][:1]), changed(s, "team", to=uid("t2")), changed(s, "size", to=2000),
                   changed(s, "manifest", "label", "tlp", to=1), changed(s, "id", to="x-hikeshi-signature--" + uid("mine"))]:
        v["signature"].append({"signature": change, "object": w})
    first = make_key(1, "online")
    second = make_key(2, "online2", key_hash(first).hex())
    end = make_key(3, "online", key_hash(second).hex(), ends=at(40), proof=False)
    chain = {"team": uid("t1"), "root": public("root")}
    v["key"] = [dict(chain, keys=k) for k in (
        [first], [end, first, second], [first, first], [second], [changed(first, "node", to=uid("other"))],
        [changed(first, "proof", to=None)], [first, make_key(2, "online2", seed("x").hex())],
        [first, second, make_key(2, "online3", key_hash(first).hex())], [changed(first, "v", to=2)])]
    v["key"].append(dict(chain, root=public("other"), keys=[first]))
    v["fingerprint"] = [dict(chain), dict(chain, team=uid("t2"))]
    r = make_receipt("received", [first])
    v["receipt"] = [{"receipt": x, "root": public("root")} for x in (
        r, make_receipt("answered", [first, second]), make_receipt("withdrawal-applied", [second]), changed(r, "rev", to=4),
        changed(r, "kind", to="answered"), changed(r, "entry", "at", to=at(21)), changed(r, "path", to=r["path"][::-1]),
        changed(r, "checkpoint", to=r["checkpoint"].replace("\n7\n", "\n8\n")), changed(r, "v", to=2), changed(r, "salt", to=salt("x")),
        make_receipt("received", [first, second, make_key(3, "online", key_hash(second).hex(), revoked=at(40), proof=False),
                                  ]), changed(r, "entry", "actor", to=7))]
    v["receipt"] += [{"receipt": r, "root": public("other")}, {"receipt": make_receipt("received", [
        first, make_key(2, "online", key_hash(first).hex(), revoked=at(40), proof=False)]), "root": public("root")}]
    v["proof"] = make_proofs(first, second)
    inside = json.dumps({"v": 1, "object": w, "signatures": [s]}, ensure_ascii=False).encode()
    sealed = head("x-hikeshi-sealed", "x-hikeshi-sealed--" + uid("s"))
    sealed.update(to=uid("node"), age=base64.b64encode(age_seal(x_public(seed("age")), inside.ljust(4096 * (len(inside) // 4096 + 1)),
                  seed("eph"), seed("fk")[:16], seed("nonce")[:16])).decode())
    v["sealed"] = [{"sealed": sealed, "identity": seed("age").hex(), "object": w, "signatures": 1}]
    c, members = make_circle()
    v["circle"] = [{"circle": c, "members": members}, {"circle": c, "members": members[1:]},
                   {"circle": c, "members": [dict(members[0], since=1)]}, {"circle": changed(c, "v", to=2), "members": []},
                   {"circle": changed(c, "members", to=c["members"][:3]), "members": []}]
    v["withdrawal"] = make_withdrawals()
    for name, fn in sections(v).items():
        for x in v[name]:
            x["result"] = fn(x)
    return v


# ---- comparing ----

def compare(what, vectors, results):
    bad = 0
    for name in sections(vectors):
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
        name, i, value = line.split(" ", 2)
        results[name, int(i)] = json.loads(value)
    return results


def check_made(tool):
    """What our C makes, with its own random salts and keys, holds here."""
    made = json.loads(subprocess.run([tool, "--make"], check=True, stdout=subprocess.PIPE).stdout)
    bad = 0
    fns = sections({"words": json.loads(FILE.read_text())["words"]})
    for name, list_ in made.items():
        for i, x in enumerate(list_):
            got = fns[name](x)
            if got != "ok":
                bad += 1
                print("made by C: %s %d: %s" % (name, i, got))
    return bad, sum(map(len, made.values()))


def verify_file(args):
    root = args[args.index("--root") + 1] if "--root" in args else None
    receipt = json.loads(pathlib.Path(args[1]).read_text())
    try:
        check_receipt(receipt, root)
    except (Refused, KeyError, TypeError, ValueError, IndexError) as why:
        print("does not hold: %s" % why)
        return 1
    print("%s: team %s, %s rev %d, root key %s" % (receipt["kind"], receipt["team"], receipt["target"], receipt["rev"],
                                                   "as given" if root else "not known: " + receipt["keys"][0]["root"]))
    return 0


def verify_proof(args):
    option = lambda name: args[args.index(name) + 1] if name in args else None
    proof = json.loads(pathlib.Path(args[1]).read_text())
    try:
        check_proof(proof, option("--root"), pathlib.Path(option("--kept")).read_text() if option("--kept") else None)
    except (Refused, KeyError, TypeError, ValueError, IndexError) as why:
        print("does not hold: %s" % why)
        return 1
    e = proof["entry"]
    print("%s: entry %d, %s, account %d, %s" % (e["kind"], e["seq"], e["subject"], e["actor"], e["at"]))
    return 0


def main(args):
    if args and args[0] == "--receipt":
        return verify_file(args)
    if args and args[0] == "--proof":
        return verify_proof(args)
    if args == ["--write"]:
        words = json.loads(FILE.read_text())["words"] if FILE.exists() else []
        FILE.write_text(json.dumps(make(words), indent=1, ensure_ascii=False) + "\n")
        return 0
    vectors = json.loads(FILE.read_text())
    own = {(name, i): fn(x) for name, fn in sections(vectors).items() for i, x in enumerate(vectors[name])}
    bad, more = compare("python", vectors, own), 0
    if len(args) == 2 and args[0] == "--tool":
        bad += compare("C", vectors, tool_results(args[1]))
        wrong, more = check_made(args[1])
        bad += wrong
    n = sum(len(vectors[name]) for name in sections(vectors))
    print("%d vectors, %d made by C, %d differ" % (n, more, bad))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
