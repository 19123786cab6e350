#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schemathesis [--examples 6] [--seconds 180]: drives every operation of /api/openapi.json by its schema with a bounded
number of generated requests, as a lead with a token, and finds no 5xx and no answer (status, content type, shape) that
the document does not declare. Each operation is one check. Needs schemathesis of .venv; says loudly when it is missing."""
import os
import random
import subprocess
import sys
import xml.etree.ElementTree

from lib import Node, ROOT, options, tap, temp

OWN_FAULT = "AST constructor recursion depth mismatch"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def program():
    for path in (str(ROOT / ".venv/bin/schemathesis"), os.path.join(os.path.dirname(sys.executable), "schemathesis")):
        if os.access(path, os.X_OK):
            return path
    return None


def main():
    args = options(__doc__, seed=(int, random.SystemRandom().randrange(1 << 30)), examples=(int, 6), seconds=(int, 180))
    found = program()
    if not found:
        tap.skip("schemathesis drives the API", "schemathesis is not installed: scripts/setup test")
        tap.end()
    tap.note(f"seed {args.seed}")
    n = Node(args)
    n.init("S", "admin@s.example")
    n.user("lead@s.example", "lead", "S")
    n.start()
    token = n.token("lead@s.example", "read", "write", "import", "export")
    c = n.client("lead@s.example")
    c.made("/api/v1/incidents", {"title": "something to find"})
    # this script has the name of the package: it must not be what the package imports

    report = temp() / "junit.xml"
    command = [found, "run", f"{n.url}/api/openapi.json", "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
               "--phases", "examples,coverage,fuzzing", "--max-examples", str(args.examples), "--max-time", str(args.seconds),
               "--workers", "2", "--seed", str(args.seed), "--no-color", "--warnings", "off", "--continue-on-failure", "--request-timeout", "30",
               "--generation-database", "none", "--exclude-path", "/api/v1/stream", "--no-shrink",
               "--suppress-health-check", "all", "--report-junit-path", str(report)]
    try:
        run = subprocess.run(command, cwd=temp(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=args.seconds + 120, check=False)
        text = run.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode("utf-8", "replace")
    if not tap.ok(report.exists(), "schemathesis ran to its end", text[-1500:]):
        tap.end()
    operations = 0
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        operations += 1
        wrong = [x for kind in ("failure", "error") for x in case.findall(kind)]
        # a fault of the tool under threads (CPython's compiler counts its depth wrongly): not one of ours
        if not case.findall("failure") and wrong and all(OWN_FAULT in (x.get("message") or "") + (x.text or "") for x in wrong):
            tap.skip(case.get("name"), f"schemathesis itself failed: {OWN_FAULT}")
            continue
        tap.ok(not wrong, case.get("name"), "\n".join((x.get("message") or "") + (x.text or "") for x in wrong)[:1500])
    document = c.read("/api/openapi.json")
    declared = sum(1 for path in document["paths"].values() for method in path if method in ("get", "post", "patch", "delete", "put"))
    tap.ok(operations >= declared * 0.9, f"{operations} of {declared} operations were driven")
    tap.note("\n".join(text.splitlines()[-12:]))
    log = n.log_tail(10 ** 8)
    tap.equal([x for x in log.splitlines() if "level=error" in x][:5], [], "no server error was logged")
    tap.ok(n.server.poll() is None, "the server is still up")
    tap.equal(n.stop(), 0, "and stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-600:] + err)
    tap.end()


if __name__ == "__main__":
    main()
