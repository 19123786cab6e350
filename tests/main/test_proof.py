# SPDX-License-Identifier: Apache-2.0
"""`hikeshi journal verify` and the independent verifier of tests/vectors say the same of the same files; it needs no node."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HIKESHI = os.environ.get("HIKESHI", str(ROOT / "build/hikeshi"))
SCRIPT = ROOT / "tests/vectors/check_exchange.py"
VECTORS = json.loads((ROOT / "tests/vectors/exchange.json").read_text(encoding="utf-8"))["proof"]
HOSTILE = next(i for i, v in enumerate(VECTORS) if "\x1b" in (v["proof"].get("content") or ""))


def run(*command):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env=dict(os.environ, HIKESHI_DATA="/nonexistent"))
    return p.returncode, p.stdout, p.stderr


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_both_verifiers_agree(number, tmp_path):
    vector, path = VECTORS[number], tmp_path / "proof.json"
    path.write_text(json.dumps(vector["proof"]), encoding="utf-8")
    more = ["--root", vector["root"]]
    if "kept" in vector:
        (tmp_path / "kept").write_text(vector["kept"], encoding="utf-8")
        more += ["--kept", str(tmp_path / "kept")]
    want = 0 if vector["result"] == "ok" else 1
    status, out, err = run(HIKESHI, "journal", "verify", *more, str(path))
    assert status == want, out + err
    if want:
        assert err.startswith("hikeshi: journal: ") and err.count("\n") == 1 and not out
    else:
        assert "signed under the root key given" in out and not err
        assert ("goes on from the checkpoint kept" in out) == ("kept" in vector)
    status, out, err = run(sys.executable, str(SCRIPT), "--proof", str(path), *more)
    assert status == want, out + err


def test_words_where_no_root_is_given_and_json(tmp_path):
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(VECTORS[1]["proof"]), encoding="utf-8")
    status, out, err = run(HIKESHI, "journal", "verify", str(path))
    assert status == 0 and "ask the team whether its words are" in out and "it said: " in out, err
    # a proof that was saved before is a checkpoint too
    status, out, err = run(HIKESHI, "--json", "journal", "verify", "--kept", str(path), str(path))
    row = json.loads(out)
    assert status == 0 and row["verified"] and row["goes_on"] and row["opened"] and not row["root_known"], err
    assert row["seq"] == VECTORS[1]["proof"]["entry"]["seq"] and len(row["fingerprint"].replace(" - ", " ").split()) == 16


def test_what_it_said_moves_no_cursor(tmp_path):
    """A stranger's proof, right in every hash, of an entry that says what a terminal would obey."""
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(VECTORS[HOSTILE]["proof"]), encoding="utf-8")
    status, out, err = run(HIKESHI, "journal", "verify", str(path))
    assert status == 0 and "it said: .[2J..31m...火" in out and "up.date: " in out, out + err


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", "{\"objects\":[]}", "[" * 100, "\x00", "{\"type\":\"x-hikeshi-entry-proof\",\"v\":1}"])
def test_what_is_no_proof_is_one_line(content, tmp_path):
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    status, out, err = run(HIKESHI, "journal", "verify", str(path))
    assert status == 1 and not out and err.startswith("hikeshi: journal: ") and err.count("\n") == 1


@pytest.mark.parametrize("usage", [["verify"], ["verify", "a", "b"], ["verify", "--root", "12", "x"], ["verify", "--root"], ["verify", "--bogus", "x"],
                                   ["verify", "--epoch", "x", "y"]])
def test_wrong_usage_is_one_line(usage):
    status, out, err = run(HIKESHI, "journal", *usage)
    assert status == 2 and not out and err.count("\n") == 1 and "usage: hikeshi journal list" in err
