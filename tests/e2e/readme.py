#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of README.md and README.ja.md, all of them after "make build", in order and as they stand there: only the
place of the node, the program and the port are others. Each must succeed, and no answer may be a problem."""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess

from lib import ROOT, options, store_url, tap, temp


def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    return port


def script(text, args, port):
    """The blocks after the first (which are make run and make test) as one script that stops at the first failure."""
    body = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S)[1:])
    for old, new in (("make build\n", ""), ("~/hikeshi", "node"), ("$PWD/build", os.path.dirname(args.binary)), ("127.0.0.1:8119/", f"127.0.0.1:{port}/"),
                     ("--admin admin@example.org", shlex.join(["--admin", "admin@example.org", *store_url(args.store)])), ("hikeshi serve &", f"hikeshi serve --listen 127.0.0.1:{port} > ready &"), ("api -N $BASE/stream", "api -N -m 2 $BASE/stream | grep -m1 hello")):
        if old not in body:
            raise RuntimeError(f"'{old}' is not in it")
        body = body.replace(old, new)
    ready = "server=$!; trap 'kill $server; wait $server' EXIT; until grep -q ready ready; do kill -0 $server; sleep 0.1; done"
    return "set -eu\n" + re.sub(r"(> ready &.*)\n", lambda m: f"{m.group(1)}\n{ready}\n", body)


def told(args, name):
    tap.part(name)
    place = temp() / name
    place.mkdir()
    shutil.copytree(ROOT / "tests" / "data", place / "tests" / "data")
    (place / "run.sh").write_text(script((ROOT / name).read_text(), args, free_port()))
    p = subprocess.run(["bash", "run.sh"], cwd=place, capture_output=True, timeout=300, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    out = p.stdout.decode()
    tap.equal(p.returncode, 0, f"{name}: every command succeeds")
    answers = [json.loads(x) for x in out.splitlines() if x.startswith("{")]
    tap.ok(len(answers) >= 9, f"{name}: with their answers", out[-1500:] + p.stderr.decode()[-1500:])
    tap.equal([a for a in answers if str(a.get("type", "")).startswith("/problems/")], [], f"{name}: none of which is a problem")
    tap.ok(any(a.get("state") == "issued" for a in answers) and any(i.get("state") == "affected" for a in answers for i in a.get("items", ())),
           f"{name}: the warning is issued and answered", answers[-1])
    tap.ok("intact" in out and (place / "node.tar").stat().st_size and "alert" in (place / "our.rules").read_text(), f"{name}: backup, rules, verify")


def main():
    args = options(__doc__)
    for name in ("README.md", "README.ja.md"):
        tap.guard(told, args, name)
    tap.end()


if __name__ == "__main__":
    main()
