# SPDX-License-Identifier: Apache-2.0
"""`hikeshi receipt verify` and the independent verifier of tests/vectors say the same of the same files."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HIKESHI = os.environ.get("HIKESHI", str(ROOT / "build/hikeshi"))
SCRIPT = ROOT / "tests/vectors/check_exchange.py"
VECTORS = json.loads((ROOT / "tests/vectors/exchange.json").read_text(encoding="utf-8"))["receipt"]


def run(*command):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return p.returncode, p.stdout, p.stderr


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_both_verifiers_agree(number, tmp_path):
    vector, path = VECTORS[number], tmp_path / "receipt.json"
    path.write_text(json.dumps(vector["receipt"]), encoding="utf-8")
    want = 0 if vector["result"] == "ok" else 1
    status, out, err = run(HIKESHI, "receipt", "verify", "--root", vector["root"], str(path))
    assert status == want, out + err
    if want:
        assert err.startswith("hikeshi: receipt: ") and err.count("\n") == 1 and not out
    else:
        assert "signed under the root key given" in out and not err
    status, out, err = run(sys.executable, str(SCRIPT), "--receipt", str(path), "--root", vector["root"])
    assert status == want, out + err


def test_without_a_root_key_the_words_are_shown(tmp_path):
    path = tmp_path / "bundle.json"
    receipts = [v["receipt"] for v in VECTORS if v["result"] == "ok"]
    path.write_text(json.dumps({"objects": [{"type": "identity"}, *receipts]}), encoding="utf-8")
    status, out, err = run(HIKESHI, "receipt", "verify", str(path))
    assert status == 0 and out.count("ask the team whether its words are") == len(receipts), err
    status, out, err = run(HIKESHI, "--json", "receipt", "verify", str(path))
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and [r["root_known"] for r in rows] == [False] * len(receipts), err
    assert {r["kind"] for r in rows} == {"received", "answered", "withdrawal-applied"}
    assert all(len(r["fingerprint"].replace(" - ", " ").split()) == 16 for r in rows)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", "{\"objects\":[]}", "{\"objects\":[1]}", "[" * 100, "\x00"])
def test_what_is_no_receipt_is_one_line(content, tmp_path):
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    status, out, err = run(HIKESHI, "receipt", "verify", str(path))
    assert status == 1 and not out and err.startswith("hikeshi: receipt: ") and err.count("\n") == 1


@pytest.mark.parametrize("usage", [[], ["verify"], ["nonsense", "x"], ["verify", "a", "b"], ["verify", "--root", "12", "x"],
                                   ["verify", "--root"], ["verify", "--bogus", "x"]])
def test_wrong_usage_is_one_line(usage):
    status, out, err = run(HIKESHI, "receipt", *usage)
    assert status == 2 and not out and err.count("\n") == 1 and "usage: hikeshi receipt verify" in err
