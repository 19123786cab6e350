#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes away one gate at a time and asks whether a test notices.

A gate is a place in src/ where the program asks policy before it shows or changes something. The line
that ends the question carries the comment  /* gate */  at its end:

	if (!policy_decide(w, a, ACT_SEE, l, now).ok) /* gate */
	if (!view_has(v, key)) /* gate */
	verdict = policy_forward(w, from, to,
				 l, now); /* gate */
	return policy_type(a, t, "edit"); /* gate */

Each gate becomes one mutant: in a copy of the tree the question is answered with yes, once and for all.
 - A call of a known question (the table ANSWERS below) inside the statement that ends on the marked line
   is replaced by its permissive answer; if several stand there, all of them are.
 - Otherwise `err = EXPR;` becomes `err = ERR_OK;` (and `r = EXPR;`, a reason inside policy.c, `r = 0;`).
 - Otherwise `if (COND)` becomes `if (0 && (COND))`: the marked condition is one that refuses.
 - Otherwise `return EXPR;` becomes `return ERR_OK;` for gates written as functions of enum err.
 - Anything else is reported as "not understood" and counts as a failure of the marking.

usage: mutate.py [--jobs 1|2] [--only TEXT]... [--list] [--scratch DIR] [--target NINJA_TARGET]...
                 [--timeout SECONDS] TEST_COMMAND

TEST_COMMAND is run by the shell in the root of the copy, with the build directory in $BUILD (and
HIKESHI_BUILD, HIKESHI_SOURCE set); exit 0 means that the tests passed. It is first run on the unchanged
copy, where it must pass. Example:

    tests/policy/mutate.py --only src/policy --target tests/policy/test_policy_policy \\
        '$BUILD/tests/policy/test_policy_policy'

Exit 0: every mutant was killed (by a failing test, a hang or a broken build, which is said); 1: some
survived, they are listed; 2: the command fails without a mutant, or a gate was not understood.
"""
import argparse
import concurrent.futures
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VERDICT = '((struct verdict){.ok = true, .code = "ok"})'
# question -> the answer that lets everything through
ANSWERS = {
    "policy_decide": VERDICT,
    "policy_forward": VERDICT,
    "policy_type": VERDICT,
    "policy_node": VERDICT,
    "policy_reader": "true",
    "policy_widens": "false",
    "view_has": "true",
    "tlp_allows": "true",
    "role_covers": "true",
    "has_person": "true",
    "world_is_member": "true",
}
MARK = re.compile(r"/\* gate \*/\s*$")
CALL = re.compile(r"\b(" + "|".join(ANSWERS) + r")\s*\(")
SKIP = {".git", "node_modules", "dist", "__pycache__", ".venv"}


def gates(root):
    """(path, line number) of every marked line below src/."""
    found = []
    for folder, dirs, names in os.walk(os.path.join(root, "src")):
        dirs.sort()
        for name in sorted(names):
            if not name.endswith((".c", ".h")):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as f:
                for no, line in enumerate(f, 1):
                    if MARK.search(line):
                        found.append((os.path.relpath(path, root), no))
    return found


def closing(text, at):
    """Offset behind the parenthesis that closes the one at `at`; strings and characters are skipped."""
    depth, i = 0, at
    while i < len(text):
        c = text[i]
        if c in "\"'":
            i += 1
            while text[i] != c:
                i += 2 if text[i] == "\\" else 1
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    raise ValueError("unbalanced parentheses")


def statement(lines, no):
    """First line (0-based) of the statement that ends on line no (1-based)."""
    start = no - 1
    while start > 0:
        before = re.sub(r"/\*.*?\*/|//.*", "", lines[start - 1]).rstrip()
        if not before or before.endswith((";", "{", "}", ":")) or before.lstrip().startswith(("#", "*", "else")):
            break
        start -= 1
    return start


def mutate(text, no):
    """The text with the gate on line no answered with yes; None when it is not understood."""
    lines = text.splitlines(keepends=True)
    start = statement(lines, no)
    body = "".join(lines[start:no])
    changed, at, done = body, 0, False
    while True:
        m = CALL.search(changed, at)
        if not m:
            break
        end = closing(changed, m.end() - 1)
        answer = ANSWERS[m.group(1)]
        changed = changed[:m.start()] + answer + changed[end:]
        at, done = m.start() + len(answer), True
    if not done:
        m = re.search(r"\b(err|r)\s*=[^=][^;]*;", changed)
        if m:
            zero = "ERR_OK" if m.group(1) == "err" else "0"
            changed = changed[:m.start()] + f"{m.group(1)} = {zero};" + changed[m.end():]
            done = True
            m = None
        else:
            m = re.search(r"\bif\s*\(", changed)
        if m:
            end = closing(changed, m.end() - 1)
            changed = changed[:m.end()] + "0 && (" + changed[m.end():end - 1] + ")" + changed[end - 1:]
            done = True
        elif not done and re.search(r"\breturn\b[^;]*;", changed):
            changed = re.sub(r"\breturn\b[^;]*;", "return ERR_OK;", changed, count=1)
            done = True
    if not done or changed == body:
        return None
    return "".join(lines[:start]) + changed + "".join(lines[no:])


def copy_tree(to):
    def skip(folder, names):
        return [n for n in names if n in SKIP or (folder == ROOT and n.startswith("build"))]
    shutil.copytree(ROOT, to, ignore=skip, symlinks=True)


def run(command, cwd, env, timeout, shell=False):
    """Exit status, or None when it took too long; then its whole process group is ended."""
    p = subprocess.Popen(command, cwd=cwd, env=env, shell=shell, start_new_session=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        out, _ = p.communicate(timeout=timeout)
        return p.returncode, out.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        return None, "took too long"


class Bench:
    """One copy of the tree with its build directory."""

    def __init__(self, scratch, name, args):
        self.args = args
        self.root = os.path.join(scratch, name)
        self.build = os.path.join(self.root, "build-mutant")
        copy_tree(self.root)
        self.env = dict(os.environ, BUILD=self.build, HIKESHI_BUILD=self.build, HIKESHI_SOURCE=self.root)
        corpus = os.path.join(os.path.dirname(ROOT), "shared", "data")
        if os.path.isdir(corpus):
            self.env.setdefault("HIKESHI_CORPUS", corpus)
        code, out = run(["meson", "setup", self.build, "-Dwerror=false"], self.root, self.env, 300)
        if code != 0:
            raise SystemExit("mutate.py: meson setup failed:\n" + out[-2000:])

    def verdict(self):
        code, out = run(["ninja", "-C", self.build, "-j1"] + self.args.target, self.root, self.env, 1800)
        if code != 0:
            return "broken", out
        code, out = run(self.args.command, self.root, self.env, self.args.timeout, shell=True)
        return ("passed" if code == 0 else "hung" if code is None else "failed"), out

    def try_gate(self, gate):
        path = os.path.join(self.root, gate[0])
        with open(path, encoding="utf-8") as f:
            text = f.read()
        try:
            changed = mutate(text, gate[1])
        except (ValueError, IndexError):
            changed = None
        if changed is None:
            return "not understood"
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(changed)
            return self.verdict()[0]
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--jobs", type=int, choices=(1, 2), default=1)
    ap.add_argument("--only", action="append", default=[], help="path:line contains this text")
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--scratch")
    ap.add_argument("--target", action="append", default=[])
    ap.add_argument("--timeout", type=float, default=600)
    ap.add_argument("command", nargs="?")
    args = ap.parse_args()
    todo = [g for g in gates(ROOT) if not args.only or any(o in f"{g[0]}:{g[1]}" for o in args.only)]
    if args.list or not args.command:
        for path, no in todo:
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                print(f"{path}:{no}: {f.readlines()[no - 1].strip()}")
        return 0 if args.list else 2
    scratch = args.scratch or tempfile.mkdtemp(prefix="mutate-")
    os.makedirs(scratch, exist_ok=True)
    try:
        return judge(todo, scratch, args)
    finally:
        if not args.scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def judge(todo, scratch, args):
    benches = queue.Queue()
    for i in range(min(args.jobs, max(1, len(todo)))):
        shutil.rmtree(os.path.join(scratch, f"tree{i}"), ignore_errors=True)
        benches.put(Bench(scratch, f"tree{i}", args))
    first = benches.get()
    state, out = first.verdict()
    benches.put(first)
    if state != "passed":
        print(f"mutate.py: without any mutant the command {state}:\n{out[-3000:]}", file=sys.stderr)
        return 2

    def one(gate):
        bench = benches.get()
        try:
            return gate, bench.try_gate(gate)
        finally:
            benches.put(bench)

    survived, unclear = [], []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for gate, state in pool.map(one, todo):
            word = {"passed": "SURVIVED", "failed": "killed", "hung": "killed (hung)",
                    "broken": "does not build"}.get(state, state)
            print(f"{word}: {gate[0]}:{gate[1]}", flush=True)
            if state == "passed":
                survived.append(gate)
            elif state in ("broken", "not understood"):
                unclear.append(gate)
    print(f"{len(todo)} gates, {len(todo) - len(survived) - len(unclear)} killed, {len(survived)} survived, "
          f"{len(unclear)} not tried")
    return 2 if unclear else 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
