#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py [--jobs 1|2] [--only TEXT]... [--list] [--scratch DIR] [--tests TEXT]...: takes away one gate at a time
and asks whether a test notices. What a gate is: gates.py.

One copy of the tree is built once, with a switch at each gate (gate_off.h): GATE_OFF=n answers gate n with yes. Each
test runs once with no gate off; it must pass, and tells which gates it reaches and how long it takes. Then each gate is
taken away in turn and the tests that reach it run, the quickest first, until one turns red. Prints TAP, a check per
gate, and a check that every question to the policy in src/ is a gate.

--only: gates whose path:line contains TEXT; --tests: only tests whose name contains TEXT; --scratch keeps the build for
the next run. Exit 0: every gate was noticed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import gates

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIP = {".git", "node_modules", "__pycache__", ".venv", ".cache"}
FOLDERS = ("policy", "store", "intel", "net", "exchange", "team", "main")  # of unit tests that may reach a gate
LONG = ("test_store_flips", "test_store_backup", "test_store_verify")  # of those, what looks for damage only
# the scripts that look for what is let through; three accounts are those of each kind: own team, recipient, stranger
SCRIPTS = (("tests/e2e/leaks.py", "--accounts", "ar,ba,ga"), ("tests/first-light",), ("tests/e2e/api_contract.py",),
           ("tests/taxii/by_hand.py",), ("tests/e2e/links_invite.py",), ("tests/e2e/links_circles.py",),
           ("tests/e2e/desk.py",), ("tests/e2e/links_receipts.py",), ("tests/e2e/links_bad.py",), ("tests/links",),
           ("tests/e2e/colleagues.py",), ("tests/e2e/public.py",), ("tests/e2e/figures.py",), ("tests/e2e/links_move.py",),
           ("tests/e2e/taxii_sources.py",), ("tests/e2e/values.py",), ("tests/e2e/journal.py",), ("tests/e2e/accounts.py",),
           ("tests/e2e/see_as.py",), ("tests/e2e/circles.py",), ("tests/e2e/directory.py",))
FIRST = "leaks.py"  # notices most: it runs right after what takes no time


def copy_tree(to):
    """The tree in its present state; files that did not change keep their time, so that little is built again."""
    to.mkdir(parents=True, exist_ok=True)
    for folder, dirs, names in os.walk(ROOT):
        at = pathlib.Path(folder)
        dirs[:] = [d for d in dirs if d not in SKIP and not (at == ROOT and d.startswith("build"))]
        (to / at.relative_to(ROOT)).mkdir(exist_ok=True)
        for name in names:
            old, new = at / name, to / at.relative_to(ROOT) / name
            if old.is_file() and not (new.exists() and new.read_bytes() == old.read_bytes()):
                shutil.copy2(old, new, follow_symlinks=True)


def put_switches(root, all_gates):
    """Writes the switches into the copy; the gates that were not understood."""
    unclear, marked = [], {}
    for number, (path, line) in enumerate(all_gates, 1):
        marked.setdefault(path, []).append((line, number))
    for path, rows in marked.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        new, bad = gates.switched(text, rows)
        unclear += [(path, line) for line in bad]
        new = '#include "../../tests/policy/gate_off.h"\n#line 1\n' + new
        if (root / path).read_text(encoding="utf-8") != new:
            (root / path).write_text(new, encoding="utf-8")
    return unclear


def run(command, env, seconds):
    """Exit status and output; None when it took too long. Its whole process group ends with it."""
    p = subprocess.Popen(command, cwd=env["HIKESHI_SOURCE"], env=env, start_new_session=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    try:
        out, _ = p.communicate(timeout=seconds)
        return p.returncode, out.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        return None, "took too long"


class Copy:
    """The copy of the tree, its build, its tests."""

    def __init__(self, scratch, wanted):
        self.root, self.scratch = pathlib.Path(scratch) / "tree", pathlib.Path(scratch)
        self.build = self.root / "build"
        self.wanted = wanted
        python = ROOT / ".venv/bin/python"
        self.python = str(python) if python.exists() else sys.executable
        corpus = ROOT.parent / "shared" / "data"
        self.env = dict(os.environ, HIKESHI_BUILD=str(self.build), HIKESHI_SOURCE=str(self.root), HIKESHI_PYTHON=self.python,
                        HIKESHI=str(self.build / "hikeshi"), PYTHONDONTWRITEBYTECODE="1", CHECK_FIRST_FAILURE="1",
                        CHECK_SQLITE_ALONE="1")
        if corpus.is_dir():
            self.env.setdefault("HIKESHI_CORPUS", str(corpus))

    def make(self, all_gates):
        copy_tree(self.root)
        unclear = put_switches(self.root, all_gates)
        steps = [["ninja", "-C", str(self.build)]]
        if not (self.build / "build.ninja").exists():
            steps.insert(0, ["meson", "setup", str(self.build), "-Dwerror=false", "-Doptimization=1", "-Ddebug=false"])
        for step in steps:
            code, out = run(step, self.env, 3600)
            if code != 0:
                sys.exit("mutate.py: the copy does not build:\n" + out[-3000:])
        return unclear

    def tests(self):
        """[(name, command)]"""
        found = []
        for folder in FOLDERS:
            found += [(f"{folder}/{p.name}", [str(p)]) for p in sorted((self.build / "tests" / folder).glob("test_*"))
                      if p.is_file() and os.access(p, os.X_OK) and p.name not in LONG]
        for path, *more in SCRIPTS:
            found.append((pathlib.Path(path).name, [self.python, str(self.root / path), "--binary", str(self.build / "hikeshi"), *more]))
        return [t for t in found if not self.wanted or any(w in t[0] for w in self.wanted)]

    def reach(self, test):
        """(seconds, numbers of the gates reached, problem) of a test with every gate in place."""
        name, command = test
        log = self.scratch / ("reach-" + name.replace("/", "-"))
        log.unlink(missing_ok=True)
        for _ in range(2):  # a busy machine may make a script stumble once
            start = time.monotonic()
            code, out = run(command, dict(self.env, GATE_LOG=str(log)), 1800)
            if code == 0:
                break
        numbers = {int(n) for n in log.read_text().split()} if log.exists() else set()
        return time.monotonic() - start, numbers, "" if code == 0 else out[-1500:]

    def notices(self, number, test, seconds):
        """What is said where the test turns red without the gate, else ''."""
        for _ in range(2):  # a script that ends without a red check has noticed nothing yet: it may have stumbled
            code, out = run(test[1], dict(self.env, GATE_OFF=str(number)), 60 + 10 * seconds)
            red = [line for line in out.splitlines() if line.startswith("not ok")]
            if code == 0:
                return ""
            if red or code is None:
                break
        last = "".join(out.splitlines()[-1:])
        return red[0][7:100] if red else "hangs" if code is None else f"ends with {code}: {last[:100]}"


def try_gate(copy, number, reaching):
    for seconds, test in reaching:
        said = copy.notices(number, test, seconds)
        if said:
            return f"{test[0]}:{said}"
    return ""


def measure(copy, pool):
    """[(seconds, test, gates reached)], the quickest first."""
    tests = copy.tests()
    rows = []
    for test, (seconds, numbers, problem) in zip(tests, pool.map(copy.reach, tests)):
        if problem:
            sys.exit(f"mutate.py: {test[0]} fails with every gate in place:\n{problem}")
        print(f"# {seconds:6.1f} s  {len(numbers):3d} gates  {test[0]}", flush=True)
        rows.append((seconds, test, numbers))
    return sorted(rows, key=lambda r: 3 if r[1][0] == FIRST else r[0])


def judge(copy, all_gates, todo, jobs):
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        rows = measure(copy, pool)
        numbers = [n for n, (path, line) in enumerate(all_gates, 1) if (path, line) in todo]

        def one(number):
            return try_gate(copy, number, [(s, t) for s, t, reached in rows if number in reached])

        for at, (number, said) in enumerate(zip(numbers, pool.map(one, numbers)), 2):
            path, line = all_gates[number - 1]
            reached = any(number in r for _, _, r in rows)
            failed += not said
            why = f"noticed by {said}" if said else "SURVIVED" if reached else "SURVIVED: no test reaches it"
            print(f"{'ok' if said else 'not ok'} {at} - gate {path}:{line} {why.replace('#', '')}", flush=True)
    return failed


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--jobs", type=int, choices=(1, 2), default=2)
    ap.add_argument("--only", action="append", default=[])
    ap.add_argument("--tests", action="append", default=[])
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--scratch")
    args = ap.parse_args()
    all_gates = gates.gates(ROOT)
    todo = {g for g in all_gates if not args.only or any(o in f"{g[0]}:{g[1]}" for o in args.only)}
    if args.list:
        for path, line in all_gates:
            print(f"{path}:{line}: {(ROOT / path).read_text(encoding='utf-8').splitlines()[line - 1].strip()}")
        return 0
    missing = gates.missing_marks(ROOT)
    print(f"1..{len(todo) + 1}\n{'not ok' if missing else 'ok'} 1 - every question to the policy is a gate")
    for fault in missing:
        print("# " + fault)
    scratch = args.scratch or tempfile.mkdtemp(prefix="mutate-")
    os.chmod(scratch, 0o755) if os.path.isdir(scratch) else os.makedirs(scratch)
    start = time.monotonic()
    try:
        copy = Copy(scratch, args.tests)
        unclear = copy.make(all_gates)
        for path, line in unclear:
            print(f"# not understood: {path}:{line}")
        survived = judge(copy, all_gates, todo, args.jobs) + len([g for g in unclear if g in todo])
    finally:
        if not args.scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    print(f"# {len(todo)} gates in {(time.monotonic() - start) / 60:.0f} minutes")
    return 1 if survived or missing else 0


if __name__ == "__main__":
    sys.exit(main())
