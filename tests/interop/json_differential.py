#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our JSON reader with Python's on generated and mutated documents.

usage: json_differential.py PATH/TO/json_tool [documents [seed]]

Both must take or refuse the same documents and read the same values. They may
differ only where we are stricter on purpose, and then this script must find
that very reason in the document:
  duplicate keys, lone surrogates, NaN and Infinity, a byte order mark,
  nesting beyond 64, input that is not UTF-8.
Numbers are compared exactly (as decimals), and the canonical form (RFC 8785)
with one made here independently.
"""
import decimal
import json
import os
import random
import subprocess
import sys
import tempfile

DEPTH = 64
decimal.getcontext().prec = 6000
decimal.getcontext().Emax = decimal.MAX_EMAX
decimal.getcontext().Emin = decimal.MIN_EMIN


class Strict(Exception):
    """A document that is JSON to Python but refused by us, with the reason."""


def no_duplicates(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise Strict("duplicate")
    return dict(pairs)


def constant(name):
    raise Strict("constant " + name)


def check(value, depth=0):
    """Python's value must hold no lone surrogate and not be too deep."""
    if isinstance(value, str):
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise Strict("surrogate")
    elif isinstance(value, (list, dict)):
        if depth + 1 > DEPTH:
            raise Strict("depth")
        for x in value if isinstance(value, list) else list(value) + list(value.values()):
            check(x, depth + 1)


class Number:
    """The text of a number; equal when the decimal value is."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        if not isinstance(other, Number):
            return False
        if self.text == other.text:
            return True
        return decimal.Decimal(self.text) == decimal.Decimal(other.text)

    __hash__ = None

    def __repr__(self):
        return self.text


def theirs(data):
    """(True, value) or (False, reason) as our rules have it, by Python's parser."""
    try:
        text = data.decode("utf-8")
        if text.startswith("\ufeff"):
            raise Strict("byte order mark")
        value = json.loads(text, object_pairs_hook=no_duplicates, parse_int=Number,
                           parse_float=Number, parse_constant=constant)
        check(value)
        return True, value
    except (ValueError, Strict, RecursionError) as e:
        return False, str(e)


def es6(d):
    """ECMAScript's Number::toString from the shortest digits that repr finds."""
    if d == 0:
        return "0"
    sign, digits, exponent = decimal.Decimal(repr(d)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + exponent
    k = len(text)
    if point > 21 or point <= -6:
        out = text[0] + ("." + text[1:] if k > 1 else "") + "e%+d" % (point - 1)
    elif point <= 0:
        out = "0." + "0" * -point + text
    elif k <= point:
        out = text + "0" * (point - k)
    else:
        out = text[:point] + "." + text[point:]
    return ("-" if sign else "") + out


class NotCanonical(Exception):
    pass


def canonical(v):
    if v is None or isinstance(v, bool):
        return json.dumps(v)
    if isinstance(v, Number):
        d, exact = float(v.text), decimal.Decimal(v.text)
        if d in (float("inf"), float("-inf")) or (d == 0 and exact != 0):
            raise NotCanonical
        out = es6(d)
        digits = len("".join(map(str, exact.as_tuple().digits)).strip("0"))
        whole = exact == 0 or exact.normalize().as_tuple().exponent >= 0
        if whole and decimal.Decimal(out) != exact or not whole and digits > 17:
            raise NotCanonical
        return out
    if isinstance(v, str):
        # ensure_ascii=False escapes as RFC 8785 does, but for 0x7f, which both leave alone
        return json.dumps(v, ensure_ascii=False)
    if isinstance(v, list):
        return "[" + ",".join(map(canonical, v)) + "]"
    keys = sorted(v, key=lambda k: k.encode("utf-16-be"))
    return "{" + ",".join(canonical(k) + ":" + canonical(v[k]) for k in keys) + "}"


ALPHABET = ["a", "b", "key", "火", "é", "\U0001f525", "\ue000", "\u2028", '"', "\\", "/", "\n",
            "\x01", "\x7f", "\x00", "longer text without anything special in it"]


def make_string(r):
    s = "".join(r.choice(ALPHABET) for _ in range(r.randrange(6)))
    text = json.dumps(s, ensure_ascii=r.random() < 0.3)
    return text.replace("/", r.choice(["/", "\\/"]))


def make_number(r):
    kind = r.randrange(6)
    if kind == 0:
        return str(r.randrange(-100, 100))
    if kind == 1:
        return str(r.randrange(-2 ** 70, 2 ** 70))
    if kind == 2:
        return repr(r.uniform(-1e6, 1e6))
    if kind == 3:
        return "%s%d.%se%d" % (r.choice(["", "-"]), r.randrange(10), r.randrange(10 ** 5),
                               r.randrange(-400, 400))
    if kind == 4:
        return r.choice(["0", "-0", "0.0", "1E5", "1e+5", "10e-1", "1e-400", "1e400"])
    return "%.17g" % (r.uniform(-1, 1) * 2.0 ** r.randrange(-300, 300)) \
        if r.random() < 0.5 else str(r.randrange(2 ** 53 - 5, 2 ** 53 + 5))


def make(r, depth):
    kind = r.randrange(8) if depth < 6 else r.randrange(5)
    gap = r.choice(["", "", " ", "\n", "\t", "\r\n" + " " * r.randrange(30)])
    if kind == 0:
        return gap + r.choice(["null", "true", "false"])
    if kind in (1, 2):
        return gap + make_string(r) + gap
    if kind in (3, 4):
        return gap + make_number(r) + gap
    n = r.randrange(5) if r.random() < 0.95 else r.randrange(40)
    if kind == 5:
        return gap + "[" + ",".join(make(r, depth + 1) for _ in range(n)) + gap + "]"
    names = [make_string(r) if r.random() < 0.5 else '"n%d"' % i for i in range(n)]
    return "{" + ",".join(gap + k + gap + ":" + make(r, depth + 1) for k in names) + gap + "}"


PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud83d", b"\\udd25", b"0", b"-",
          b"e", b".", b"1e5", b"null", b"NaN", b"Infinity", b"-Infinity", b"\xef\xbb\xbf", b"\xff",
          b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\x00", b" ", b"\x0b", b"\xc2\xa0", b"//",
          b"'", b"+", b"[" * 40, b"]" * 40, b"[" * 64 + b"]" * 64, b"[" * 65 + b"]" * 65]


def mutate(r, data):
    for _ in range(r.randrange(1, 4)):
        at = r.randrange(len(data) + 1)
        kind = r.randrange(4)
        if kind == 0:
            data = data[:at] + r.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + r.randrange(1, 4):]
        elif kind == 2:
            data = data[:at] + bytes([r.randrange(256)]) + data[at + 1:]
        else:
            data = data[:at]
    return data


def ours(tool, mode, names):
    done = subprocess.run([tool, mode, "-"], input="".join(n + "\n" for n in names).encode(),
                          stdout=subprocess.PIPE, check=False, timeout=600)
    lines = done.stdout.split(b"\n")[:-1]
    assert done.returncode in (0, 1), "json_tool died with %d" % done.returncode
    assert len(lines) == len(names), "json_tool answered %d of %d" % (len(lines), len(names))
    return lines


def compare(data, compact, canon):
    """None, or what is wrong."""
    ok, value = theirs(data)
    if compact.startswith(b"ok ") != ok:
        return "python says %s (%s), we say %r" % (ok, value if not ok else "", compact[:200])
    if not ok:
        return None
    again_ok, again = theirs(compact[3:])
    if not again_ok or again != value:
        return "read differently: %r" % compact[:200]
    try:
        want = b"ok " + canonical(value).encode()
    except NotCanonical:
        want = b"no invalid"
    if canon[:10] != want if want == b"no invalid" else canon != want:
        return "canonical: want %r, got %r" % (want[:200], canon[:200])
    return None


def documents(count, seed):
    r = random.Random(seed)
    for i in range(count):
        data = make(r, 0).encode()
        yield mutate(r, data) if i % 2 else data


def check_documents(tool, folder, count, seed):
    datas, names, bad, taken = list(documents(count, seed)), [], 0, 0
    for i, data in enumerate(datas):
        names.append(os.path.join(folder, str(i)))
        with open(names[-1], "wb") as f:
            f.write(data)
    for data, a, b in zip(datas, ours(tool, "compact", names), ours(tool, "canonical", names)):
        wrong = compare(data, a, b)
        taken += a.startswith(b"ok ")
        if wrong:
            bad += 1
            print("# %r: %s" % (data[:300], wrong))
    return bad, taken


def check_numbers(tool, folder, count, seed):
    r = random.Random(seed)
    bits = [r.getrandbits(64) for _ in range(count)]
    bits += [e << 52 for e in range(1, 2047)] + [(e << 52) - 1 for e in range(1, 2048)]
    bits = [b for b in bits if b >> 52 & 2047 != 2047]
    name = os.path.join(folder, "numbers")
    with open(name, "w", encoding="ascii") as f:
        f.write("\n".join("%016x" % b for b in bits))
    out = subprocess.run([tool, "number", name], stdout=subprocess.PIPE, check=True).stdout
    bad = 0
    for b, got in zip(bits, out.decode().split("\n")):
        want = es6(float_of(b))
        if got != want:
            bad += 1
            print("# %016x: want %s, got %s" % (b, want, got))
    return bad


def float_of(bits):
    import struct
    return struct.unpack(">d", struct.pack(">Q", bits))[0]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tool = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 8259
    sys.setrecursionlimit(20000)
    with tempfile.TemporaryDirectory() as folder:
        bad, taken = check_documents(tool, folder, count, seed)
        bad_numbers = check_numbers(tool, folder, count, seed)
    few = not count * 0.3 < taken < count * 0.95  # a run that takes all or nothing shows nothing
    print("1..2")
    print("%sok 1 - %d documents read as python does, %d of them taken" %
          ("not " if bad or few else "", count, taken))
    print("%sok 2 - numbers written as ECMAScript does" % ("not " if bad_numbers else ""))
    sys.exit(1 if bad or bad_numbers or few else 0)


if __name__ == "__main__":
    main()
