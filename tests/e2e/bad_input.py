#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input: JSON that is malformed, truncated, gigantic, deeply nested, wrongly encoded; STIX with wrong ids; MISP
events with broken attributes and the broken file of the corpus; wrong usage of each command; an address in use; a data
directory that is missing, not ours, newer, or on a full disk. Good objects are kept, bad ones reported with file,
position and reason; a person gets one sentence, never a trace; the server stays up."""
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import threading

from lib import Client, Node, corpus, multipart, options, store_url, tap, temp, wait_for

U = "0b8f7c1e-0000-4000-8000-%012x"


def one_line(status, err, wanted, name):
    """A command ended as a person can read it: one line on stderr that begins with the program's name."""
    lines = err.strip().splitlines()
    return tap.ok(status == wanted and len(lines) == 1 and lines[0].startswith("hikeshi: ") and
                  not re.search(r"\.c:\d+|assert|Sanitizer|core dumped", err), name, f"exit {status}: {err}")


# ---- usage ----

USAGE = (
    ["nonsense"], ["init"], ["init", "--team", "T"], ["init", "--team", "T", "--admin", "a@t.example", "extra"],
    ["init", "--team", "T", "--admin", "a@t.example", "--language", "de"], ["init", "--bogus"], ["serve", "extra"],
    ["serve", "--tls-cert", "/x"], ["serve", "--bogus"], ["serve", "--listen"], ["demo", "--bogus"], ["demo", "extra"],
    ["import"], ["import", "--format", "nonsense", "x"], ["import", "--tlp", "TLP:PURPLE", "x"], ["import", "--bogus", "x"],
    ["export", "--format", "nonsense"], ["export", "--tlp", "purple"], ["export", "--since", "yesterday"], ["export", "--bogus"],
    ["search"], ["search", "--limit", "0", "x"], ["search", "--limit", "many", "x"], ["user"], ["user", "nonsense"],
    ["user", "add"], ["user", "add", "--email", "x@t.example"], ["user", "add", "--email", "x@t.example", "--role", "king"],
    ["user", "disable"], ["user", "passwd"], ["user", "totp"], ["user", "list", "--bogus"], ["team"], ["team", "nonsense"],
    ["team", "add"], ["team", "add", "--name"], ["token"], ["token", "create"], ["token", "list", "--bogus"],
    ["token", "create", "--email", "admin@t.example", "--expires", "soon"], ["token", "revoke", "--email", "admin@t.example"],
    ["token", "nonsense", "--email", "admin@t.example"], ["circle"], ["circle", "nonsense"], ["circle", "create"],
    ["circle", "create", "--title", "x", "--tlp", "purple"], ["circle", "add"], ["circle", "add", "not-an-id", "T"],
    ["circle", "remove", "x-hikeshi-circle--00000000-0000-4000-8000-000000000001"], ["backup"], ["backup", "a", "b"],
    ["restore"], ["restore", "a", "b"], ["erase"], ["erase", "INC-2026-0001"], ["verify", "extra"], ["verify", "--bogus"], ["receipt"], ["receipt", "verify"], ["config"], ["config", "nonsense"],
    ["version", "--data"], ["version", "extra"], ["version", "--bogus"], ["search", ""], ["search", "-x"], ["backup", "-x"], ["restore", "-x"],
    ["import", "-x"], ["export", "-x"], ["export", "a", "b"], ["team", "list", "extra"], ["circle", "list", "extra"], ["token", "list", "extra"],
    ["token", "create", "--email", "admin@t.example", "--expires", "2020-01-01T00:00:00Z"], ["token", "create", "--email", "admin@t.example", "--scope", ""],
)
# understood, but cannot be done: exit 1
FAILS = (
    ["import", "/nowhere/file.json"], ["import", "--team", "Nobody", "x"], ["import", "--circle", "None", "x"],
    ["import", "https://feed.example/x"], ["export", "--output", "/nowhere/x"], ["backup", "/nowhere/x"],
    ["user", "disable", "--email", "nobody@t.example"], ["user", "add", "--email", "not-an-address", "--role", "reader"],
    ["token", "create", "--email", "nobody@t.example"], ["token", "create", "--email", "admin@t.example", "--scope", "everything"],
    ["user", "add", "--email", "new@t.example", "--role", "reader", "--password-file", "/nowhere"],
    ["user", "add", "--email", "new@t.example", "--role", "reader", "--password-file", "/dev/null"],
    ["team", "add", "--name", "X", "--cidr", "300.0.0.0/8"], ["team", "add", "--name", "X", "--domain", "no domain"],
    ["circle", "create", "--title", "x", "--member", "Nobody"],
)


def usage(n):
    tap.part("wrong usage of each command: one line that says what to do, exit 2")
    for args in USAGE:
        status, out, err = n.run(*args)
        one_line(status, err, 2, f"hikeshi {' '.join(args)}")
    for args in FAILS:
        status, out, err = n.run(*args)
        lines = err.strip().splitlines()
        tap.ok(status in (1, 2) and len(lines) == 1 and lines[0].startswith("hikeshi: "), f"hikeshi {' '.join(args)}: a sentence", f"exit {status}: {err}{out}")
    status, out, err = n.run()
    tap.ok(status == 2 and "hikeshi" in out + err, "hikeshi alone tells the commands, exit 2", f"{status} {err}")
    for command in ("init", "serve", "demo", "import", "export", "search", "user", "team", "token", "circle", "backup", "restore", "erase", "verify", "receipt", "config", "version"):
        status, out, err = n.run(command, "--help")
        tap.ok(status == 0 and f"usage: hikeshi {command}" in out and not err, f"hikeshi {command} --help", f"{status} {out}{err}")


PRINTS = (  # every command that prints data, and what its first line holds with --json
    (["team", "add", "--name", "Json"], {"id"}), (["team", "list"], {"id", "name"}), (["user", "add", "--email", "json@t.example", "--role", "reader"], {"email", "sign_in"}),
    (["user", "list"], {"email", "role", "team"}), (["user", "passwd", "--email", "json@t.example"], {"email", "sign_in"}), (["user", "totp", "--email", "json@t.example"], {"email", "otpauth"}),
    (["token", "create", "--email", "json@t.example"], {"id", "token"}), (["token", "list"], {"id", "email", "scopes", "expires"}),
    (["circle", "create", "--title", "Json", "--member", "Json"], {"id"}), (["circle", "list"], {"id", "title", "members"}), (["search", "json.example"], {"id", "type", "number", "title", "state", "tlp", "team", "modified", "matched"}),
    (["verify"], {"records", "faults"}), (["config", "check"], {"name", "language", "mail"}), (["version"], {"name", "version"}),
)


def machine_readable(args, n):
    tap.part("--json where data is printed; --data before and after the command")
    n.must("import", "-", stdin=b"json.example\n")
    for command, keys in PRINTS:
        status, out, err = n.run(*command, "--json")
        lines = [json.loads(x) for x in out.splitlines()]
        tap.ok(status == 0 and lines and keys <= set(lines[0]), f"hikeshi {' '.join(command)} --json", f"{status} {out}{err}")
    for command in (["circle", "add", "Json", "T"], ["circle", "remove", "Json", "T"]):
        tap.equal(n.run(*command)[0], 0, f"{' '.join(command)}: a circle by its title")
    status, out, err = n.run("search", "nothing-like-it")
    tap.ok(status == 0 and not out, "a search that finds nothing has not failed", f"{status} {out}{err}")
    for command in (["--data", n.data, "version"], ["version", "--data", n.data], ["team", "--data", n.data, "list"], ["team", "list", f"--data={n.data}"]):
        tap.equal(n.run(*command, data=False)[0], 0, " ".join(str(x) for x in command).replace(str(n.data), "DIR"))
    place = Node(args, "second-try")
    short = temp() / "short"
    short.write_text("short\n")
    store = store_url(args.store)
    for wrong in (["--domain", "no domain"], ["--cidr", "300.0.0.0/8"], ["--country", "Japan"], ["--password-file", short]):
        status, _, err = place.run("init", "--team", "T", "--admin", "a@t.example", *wrong, *store)
        one_line(status, err, 1, f"init {wrong[0]} with something wrong")
        tap.ok(not place.data.exists(), "leaves nothing behind")
    status, out, err = place.run("init", "--team", "T", "--admin", "a@t.example", "--json", *store)
    tap.ok(status == 0 and json.loads(out)["sign_in"].startswith("http"), "and the right one then makes the node, also in a database server", f"{status} {out}{err}")


# ---- places ----

def places(args, n):
    tap.part("places that cannot be served: a sentence, exit 1")
    status, _, err = n.run("serve", "--listen", f"127.0.0.1:{n.port}")
    one_line(status, err, 1, "the node is served already")
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    other = Node(args, "other")
    other.init("Other", "admin@o.example")
    status, _, err = other.run("serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    one_line(status, err, 1, "an address already in use")
    tap.ok(str(taken.getsockname()[1]) in err, "names the address", err)
    taken.close()
    for listen in ("nonsense", "127.0.0.1", "127.0.0.1:99999", "192.0.2.1:8119", "host.invalid:1"):
        status, _, err = other.run("serve", "--listen", listen, seconds=30)
        tap.ok(status in (1, 2) and len(err.strip().splitlines()) == 1, f"--listen {listen}", f"{status} {err}")
    for cert in ("/nowhere", str(other.data / "config")):
        status, _, err = other.run("serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", cert, seconds=30)
        one_line(status, err, 1, f"a certificate that is none: {os.path.basename(cert)}")

    for name, make in (("missing", lambda p: None), ("empty", lambda p: p.mkdir()),
                       ("not ours", lambda p: (p.mkdir(), (p / "photo.jpg").write_bytes(b"x"))),
                       ("a file", lambda p: p.write_text("x"))):
        place = Node(args, data=temp() / f"place-{name.replace(' ', '-')}", name=f"place-{name.replace(' ', '-')}")
        make(place.data)
        for command in (["serve", "--listen", "127.0.0.1:0"], ["verify"], ["import", "x"]):
            status, _, err = place.run(*command, seconds=30)
            one_line(status, err, 1, f"a data directory that is {name}: {command[0]}")
        tap.ok(name != "missing" or not place.data.exists(), f"{name}: nothing is left behind")
    status, _, err = Node(args, data=temp() / "place-a-file").run("init", "--team", "T", "--admin", "a@t.example")
    one_line(status, err, 1, "nor over a file")
    status, _, err = Node(args, data="/proc/nowhere").run("init", "--team", "T", "--admin", "a@t.example")
    one_line(status, err, 1, "nor where it may not write")
    status, _, err = Node(args, data=temp() / "place-new").run("init", "--team", "T", "--admin", "a@t.example", "--store", "postgresql:///x?host=/nowhere")
    one_line(status, err, 1, "nor on a database that does not answer")
    tap.ok(not (temp() / "place-new" / "config").exists(), "of which nothing is left behind", list((temp() / "place-new").glob("*")) if (temp() / "place-new").exists() else "")

    if args.store == "sqlite":
        newer(args, other)
    broken_config(other)
    full_disk(args)


def database_of(n):
    """The SQLite file of a node."""
    for path in n.data.iterdir():
        if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3":
            return path
    raise RuntimeError("no database in the data directory")


def newer(args, n):
    copy = Node(args, "newer")
    shutil.copytree(n.data, copy.data, ignore=lambda d, names: [x for x in names if x.endswith(".sock") or x == "socket"])
    db = sqlite3.connect(database_of(copy))
    db.execute("INSERT INTO schema_version(version, name, applied) VALUES (9999, 'future', 0)")
    db.commit()
    db.close()
    before = database_of(copy).read_bytes()
    status, _, err = copy.run("serve", "--listen", "127.0.0.1:0", seconds=30)
    one_line(status, err, 1, "a database of a newer program")
    tap.ok("9999" in err and "newer" in err, "says so", err)
    tap.equal(database_of(copy).read_bytes(), before, "and leaves it as it is")
    for name, damage in (("not a database", lambda p: p.write_bytes(b"x" * 8192)), ("empty", lambda p: p.write_bytes(b"")),
                         ("cut off", lambda p: p.write_bytes(p.read_bytes()[:5000]))):
        bad = Node(args, f"bad-{name.replace(' ', '-')}")
        shutil.copytree(n.data, bad.data, ignore=lambda d, names: [x for x in names if x.endswith((".sock", "-wal", "-shm"))])
        damage(database_of(bad))
        status, _, err = bad.run("serve", "--listen", "127.0.0.1:0", seconds=30)
        tap.ok(status == 1 and len([x for x in err.strip().splitlines() if x.startswith("hikeshi: ")]) == 1, f"a database file that is {name}", f"{status} {err}")


def broken_config(n):
    config = (n.data / "config").read_text()
    for text in ("no equals sign\n", "unknown = 1\n", "[session]\nidle_minutes = soon\n", "\xff\xfe = \x00\n"):
        (n.data / "config").write_text(config + text, encoding="latin-1")
        status, _, err = n.run("config", "check")
        one_line(status, err, 1, f"config check: {text.strip()!r}")
        status, _, err = n.run("serve", "--listen", "127.0.0.1:0", seconds=30)
        one_line(status, err, 1, "and serve says the same")
    (n.data / "config").write_text(config)


def full_disk(args):
    tap.part("a full disk")
    mount = temp() / "small"
    mount.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount], check=False, stderr=subprocess.DEVNULL).returncode:
        tap.skip("a data directory on a full disk", "a small file system can be mounted by root only")
        return
    try:
        full_disk_on(args, mount)
    finally:
        subprocess.run(["umount", "-l", mount], check=False)


def full_disk_on(args, mount):
    n = Node(args, data=mount / "node")
    n.store = "sqlite"  # a database server has a disk of its own
    n.init("Small", "admin@s.example")
    n.start()
    c = n.client("admin@s.example")
    kept = []
    text = os.urandom(90000).hex()
    for i in range(200):
        r = c.post("/api/v1/incidents", {"title": f"i{i}", "summary": text[i:] if i % 2 else text[: -i or None]})
        if r.status != 201:
            break
        kept.append(r.json["id"])
    tap.ok(r.status in (503, 507) and r.headers["Content-Type"].startswith("application/problem+json"), "a write on a full disk is refused with a sentence", f"{len(kept)} kept, then {r}")
    tap.ok("disk" in r.text or "ディスク" in r.text, "that names the disk", r)
    tap.ok(all(c.get(f"/api/v1/incidents/{i}").status == 200 for i in kept[:20] + kept[-5:]), "everything acknowledged is there and can be read")
    tap.status(Client(n).get("/healthz"), 200, "the server stays up")
    status, _, err = n.run("import", "--json", "-", stdin=json.dumps({"type": "bundle", "id": "bundle--" + U % 1, "objects": [
        {"type": "note", "spec_version": "2.1", "id": "note--" + U % 2, "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z",
         "content": text * 8, "object_refs": ["note--" + U % 3]}]}).encode(), seconds=60)
    one_line(status, err, 1, "an import into a full disk")
    status = n.stop()
    tap.equal(status, 0, "it stops in order")
    subprocess.run(["mount", "-o", "remount,size=60m", str(mount)], check=True)
    n.port = 0
    n.start()
    c = n.client("admin@s.example")
    tap.status(c.post("/api/v1/incidents", {"title": "again"}), 201, "with room again it goes on")
    tap.ok(all(c.get(f"/api/v1/incidents/{i}").status == 200 for i in kept), f"all {len(kept)} acknowledged incidents are there")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "and verify says intact", out[-400:] + err)
    n.stop()
    small = Node(args, data=mount / "second")
    small.store = "sqlite"
    fill = mount / "fill"
    fd = os.open(fill, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(fd, b"x" * 65536):
            pass
    except OSError:
        pass
    os.close(fd)
    status, _, err = small.run("init", "--team", "T", "--admin", "a@t.example", seconds=60)
    one_line(status, err, 1, "init on a full disk")


# ---- JSON ----

def hostile_bodies():
    yield "empty", b"", 400
    yield "not JSON", b"hello", 400
    yield "truncated", b'{"title":"x","summary":"y', 400
    yield "cut in a character", '{"title":"あ'.encode()[:-1], 400
    yield "two values", b'{"title":"x"}{"title":"y"}', 400
    yield "duplicate keys", b'{"title":"x","title":"y"}', 400
    yield "trailing comma", b'{"title":"x",}', 400
    yield "single quotes", b"{'title':'x'}", 400
    yield "NaN", b'{"title":NaN}', 400
    yield "a comment", b'{"title":"x"/*c*/}', 400
    yield "a control character", b'{"title":"a\x01b"}', 400
    yield "invalid UTF-8", b'{"title":"\xff\xfe"}', 400
    yield "overlong UTF-8", b'{"title":"\xc0\xaf"}', 400
    yield "a surrogate in UTF-8", b'{"title":"\xed\xa0\x80"}', 400
    yield "a lone surrogate", b'{"title":"\\ud800"}', 400
    yield "UTF-16", '{"title":"x"}'.encode("utf-16"), 400
    yield "Shift_JIS", '{"title":"火消し"}'.encode("shift_jis"), 400
    yield "an array", b'[{"title":"x"}]', 400
    yield "a string", b'"title"', 400
    yield "null", b"null", 400
    yield "nested 100,000 deep", b'{"title":' + b"[" * 100000 + b"]" * 100000 + b"}", (400, 413, 422)
    yield "objects nested 10,000 deep", b'{"a":' * 10000 + b"1" + b"}" * 10000, (400, 413, 422)
    yield "an endless number", b'{"title":1' + b"0" * 1000000 + b"}", (400, 413, 422)
    yield "an exponent", b'{"title":"x","severity":1e999999999}', (400, 422)
    yield "a million keys", b"{" + b",".join(b'"k%d":1' % i for i in range(1000000)) + b"}", (400, 413, 422)
    yield "a long key", b'{"' + b"k" * 1000000 + b'":1}', (400, 413, 422)
    yield "a title of a megabyte", b'{"title":"' + b"x" * 1000000 + b'"}', 422
    yield "nine megabytes", b'{"title":"' + b"x" * 9000000 + b'"}', 413


def json_bodies(n, c):
    tap.part("JSON at the API")
    before = c.read("/api/v1/incidents/count")["count"]
    for name, body, wanted in hostile_bodies():
        try:
            r = c.call("POST", "/api/v1/incidents", body, {"Content-Type": "application/json"})
        except OSError as why:  # the server may refuse the rest of what is too large and close
            tap.ok(wanted == 413 or isinstance(wanted, tuple) and 413 in wanted, f"{name}: closed: {why}")
            continue
        tap.status(r, wanted, name)
        tap.ok(r.headers.get("Content-Type", "").startswith("application/problem+json") and r.json.get("code") and r.json.get("detail"), f"{name}: with a sentence", r)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/xml"):
        r = c.call("POST", "/api/v1/incidents", b'{"title":"x"}', {"Content-Type": kind})
        tap.status(r, (400, 415), f"Content-Type {kind or 'empty'}")
    tap.equal(c.read("/api/v1/incidents/count")["count"], before, "nothing of it became an incident")
    # U+0000 may stand in JSON; a database may not hold it in a text
    for path, body in (("/api/v1/incidents", {"title": "a\0b", "summary": "c\0d"}), ("/api/v1/reports", {"title": "x", "description": "\0"}),
                       ("/api/v1/lookup", {"values": ["\0", "a\0b.example"]}), ("/api/v1/observables", {"kind": "domain-name", "value": "a\0b.example"}),
                       ("/api/v1/indicators", {"object": {"type": "indicator", "pattern": "[domain-name:value = 'a\0b']", "pattern_type": "stix",
                                                          "valid_from": "2026-01-01T00:00:00Z", "name": "a\0b"}}), ("/api/v1/tokens", {"name": "a\0b"}),
                       ("/api/v1/session", {"email": "a\0b@t.example", "password": "\0"})):
        r = c.post(path, body, {"Idempotency-Key": f"nul {path}"})
        tap.ok(r.status < 500, f"{path}: U+0000 in a text: {r.status}", r)
    tap.ok(c.get("/api/v1/search?q=a%00b").status < 500, "and in a search")
    for kind in ("incidents", "reports", "warnings"):
        made = c.made(f"/api/v1/{kind}", {"title": "to be linked"})
        for link in ({"target": "\0", "relation": "has"}, {"target": "INC-2026-\0", "relation": "has"}, {"target": made["id"], "relation": "\0"}):
            for method in ("POST", "DELETE"):
                r = c.call(method, f"/api/v1/{kind}/{made['id']}/links", json.dumps(link).encode(), {"Content-Type": "application/json"})
                tap.ok(400 <= r.status < 500, f"{method} {kind} links {link['target']!a} {link['relation']!a}: {r.status}", r)
    for path in ("/api/v1/lookup", "/api/v1/session", "/api/v1/reports", "/api/v1/indicators", "/api/v1/tokens"):
        for body in (b"", b"{", b"[]", b'{"values":{}}', b'{"values":[1]}', b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", b"\xff"):
            r = c.call("POST", path, body, {"Content-Type": "application/json"})
            tap.ok(400 <= r.status < 500 or (path.endswith("tokens") and r.status == 201), f"{path} {body[:20]!r}: {r.status}", r)
    r = c.post("/api/v1/lookup", {"values": ["x"] * 10001})
    tap.status(r, (413, 422), "more than 10,000 values to look up")
    for q in ("/api/v1/incidents?limit=0", "/api/v1/incidents?limit=-1", "/api/v1/incidents?limit=1001", "/api/v1/incidents?limit=x",
              "/api/v1/incidents?cursor=AAAA", "/api/v1/incidents?cursor=%00", "/api/v1/incidents?nonsense=1", "/api/v1/search", "/api/v1/search?q=",
              "/api/v1/search?q=" + "x" * 2000, "/api/v1/export?format=nonsense", "/api/v1/export?since=yesterday", "/api/v1/export?tlp=x",
              "/api/v1/incidents?team=nobody", "/api/v1/warnings?box=x", "/api/v1/export?circle=x"):
        r = c.get(q)
        tap.ok(r.status in (400, 404, 422), f"{q[:60]}: {r.status}", r)
    for p in ("/api/v1/incidents/%00", "/api/v1/incidents/..%2f..%2fetc", "/api/v1/%ff", "/api/v1/incidents/x-hikeshi-incident--zz", "/api/v1/stix/../x",
              "/api/v1/jobs/x", "/assets/../config", "/..%2f..%2fetc/passwd"):
        r = c.get(p)
        tap.ok(r.status in (400, 404), f"{p}: {r.status}", r)


# ---- imports ----

def stix_bundle():
    def indicator(i, **more):
        o = {"type": "indicator", "spec_version": "2.1", "id": "indicator--" + U % i, "created": "2026-01-01T00:00:00.000Z",
             "modified": "2026-01-01T00:00:00.000Z", "pattern": f"[domain-name:value = 'bad{i}.example']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"}
        o.update(more)
        return {k: v for k, v in o.items() if v is not None}
    bad = [indicator(11, id="indicator--not-a-uuid"), indicator(12, id="malware--" + U % 12), indicator(13, id=None), indicator(14, type=None),
           indicator(15, pattern=None), indicator(16, created="yesterday"), indicator(17, id=42), "a string", None, 7, {}, indicator(18, id="indicator--" + U % 18 + "x")]
    good = [indicator(1), indicator(2), indicator(3)]
    return [good[0], *bad[:6], good[1], *bad[6:], good[2]], good, bad


def imports(n, c):
    tap.part("files: what is good is kept, what is bad is reported with file, position and reason")
    objects, good, bad = stix_bundle()
    path = temp() / "wrong-ids.json"
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--" + U % 99, "objects": objects}, indent=1))
    status, result = n.imported(path)
    told = result.get("rejected", [])
    tap.ok(status == 0 and result["objects"]["rejected"] == len(bad) == len(told), "STIX with wrong ids: each bad object is counted", result)
    tap.ok(all(str(path) in r["file"] or r["file"].endswith(path.name) for r in told) and all(isinstance(r["position"], int) and r["reason"] for r in told), "with file, position and reason", told[:3])
    text = path.read_text()
    tap.ok(all(text[r["position"]:].lstrip()[:1] in '{"n7[' for r in told) and len({r["position"] for r in told}) == len(bad), "the position is where it stands in the file", [(r["position"], text[r["position"]:r["position"] + 20]) for r in told])
    tap.ok(all(c.get(f"/api/v1/indicators/{o['id']}").status == 200 for o in good), "the good ones between them are kept")
    tap.equal(n.imported(path)[1]["objects"]["unchanged"], 3, "a second import finds them unchanged")

    attributes = [{"uuid": U % (0x100 + i), "type": "domain", "category": "Network activity", "to_ids": True, "value": f"misp{i}.example", "timestamp": "1764000000"} for i in range(4)]
    broken = [{**attributes[0], "uuid": "nope"}, {**attributes[0], "uuid": U % 0x201, "type": None}, {**attributes[0], "uuid": U % 0x202, "value": None},
              {**attributes[0], "uuid": U % 0x203, "value": 12}, {"type": "domain"}, "text", 5, {**attributes[0], "uuid": U % 0x204, "timestamp": "soon"}]
    event = {"Event": {"uuid": U % 0x300, "info": "broken attributes", "date": "2026-01-01", "timestamp": "1764000000", "Attribute": [attributes[0], *broken[:4], attributes[1], *broken[4:], attributes[2]],
                       "Object": [{"uuid": "nope", "name": "file", "Attribute": [attributes[3]]}, "text"], "Tag": "none", "Galaxy": 7}}
    path = temp() / "broken-attributes.json"
    path.write_text(json.dumps(event))
    status, result = n.imported(path)
    known = c.lookup("misp0.example", "misp1.example", "misp2.example")
    tap.ok(status == 0 and all(k["count"] >= 1 for k in known), "a MISP event with broken attributes: the good ones are kept", (status, result))
    told = result.get("rejected", [])
    tap.ok(len(told) >= 6 and all(r["file"] and r["reason"] and "position" in r for r in told) and any("Attribute[" in r["path"] for r in told), "and each bad one is told with its place", told[:4])

    real = corpus("misp-events", "eset", "pypi_backdoor", "malicious_pypi_packages.misp-event.json")
    if real:
        status, result = n.imported(real)
        told = result.get("rejected", [])
        tap.ok(result.get("objects", {}).get("new", 0) > 1000, "the broken file of the corpus: what stands before the fault is kept", (status, result.get("objects")))
        tap.ok(any(r["file"].endswith(real.name) and r["position"] >= 1532000 and r["reason"] for r in told), "and the fault is told with file, position and reason", told[-2:])
    else:
        tap.skip("the broken file of the corpus", "HIKESHI_CORPUS is not there")

    whole = json.dumps({"type": "bundle", "id": "bundle--" + U % 98, "objects": [
        {**good[0], "id": "indicator--" + U % (0x400 + i), "pattern": f"[domain-name:value = 'cut{i}.example']"} for i in range(200)]}).encode()
    for name, data, kept in (("truncated", whole[:-3000], 100), ("with a byte that is no UTF-8", whole[:40000] + b"\xff" + whole[40001:], 0), ("followed by rubbish", whole + b"}}}", 200)):
        path = temp() / f"{name.replace(' ', '-')}.json"
        path.write_bytes(data)
        status, result = n.imported(path)
        counts = result.get("objects", {})
        tap.ok(counts.get("new", 0) + counts.get("unchanged", 0) >= kept and (result.get("rejected") or result.get("stderr")), f"a bundle {name}: what can be read is kept, the rest told", (status, counts, result.get("rejected"), result.get("stderr")))
    for name, data in (("nothing", b""), ("blanks", b" \n\n"), ("binary", os.urandom(20000)), ("UTF-16", whole.decode().encode("utf-16")), ("an opened bracket", b"[" * 1000000),
                       ("deep objects", b'{"objects":' * 50000), ("an endless string", b'{"type":"bundle","objects":["' + b"x" * 30000000), ("NULs", b"\0" * 100000)):
        path = temp() / f"{name.replace(' ', '-')}.bad"
        path.write_bytes(data)
        status, out, err = n.run("import", "--json", path, seconds=120)
        tap.ok(status in (0, 1) and len(err.strip().splitlines()) <= 1, f"a file of {name}: exit {status}, no trace", f"{out[:300]} {err[:300]}")
        tap.ok(status == 1 or json.loads(out)["objects"]["rejected"] or json.loads(out)["rejected"] or name in ("binary", "UTF-16"), f"{name}: and a word about it", out[:300])
    many = temp() / "many"
    many.mkdir()
    (many / "1-good.json").write_text(json.dumps({"type": "bundle", "id": "bundle--" + U % 97, "objects": [{**good[0], "id": "indicator--" + U % 0x500}]}))
    (many / "2-bad.json").write_text("{")
    (many / "3-good.csv").write_text("type,value\ndomain,third.example\n")
    (many / "4-loop").symlink_to(many)
    (many / "5-unreadable.json").write_text("{}")
    status, result = n.imported(many)
    tap.ok(c.get(f"/api/v1/indicators/indicator--{U % 0x500}").status == 200 and c.lookup("third.example")[0]["count"] >= 1, "a bad file among good ones stops nothing", (status, result))
    tap.ok("2-bad.json" in json.dumps(result), "and is named", result)
    # the same by the API: a job with a result
    body, kind = multipart([], [("file", "wrong-ids.json", (temp() / "wrong-ids.json").read_bytes())])
    r = c.call("POST", "/api/v1/import?format=stix", body, {"Content-Type": kind})
    tap.status(r, 202, "an import by the API answers with a job")
    job = wait_for(lambda: (lambda j: j if j["state"] not in ("waiting", "running") else None)(c.read(r.headers["Location"])), 60)
    tap.ok(job and job["state"] == "done" and job["result"]["objects"]["rejected"] == len(bad) and job["result"]["rejected"][0]["file"] == "wrong-ids.json", "whose result says the same", job)
    for name, data in (("nothing", b""), ("rubbish", b"\xff" * 100), ("truncated", whole[:500])):
        r = c.call("POST", "/api/v1/import", data, {"Content-Type": "application/octet-stream"})
        if r.status == 202:
            job = wait_for(lambda: (lambda j: j if j["state"] not in ("waiting", "running") else None)(c.read(r.headers["Location"])), 60)
            tap.ok(job and (job["state"] == "failed" or job["result"].get("rejected") or job["result"]["objects"]["new"] == 0), f"an import of {name} by the API ends with a word", job)
        else:
            tap.status(r, (400, 422), f"an import of {name} by the API")


class Feed(http.server.BaseHTTPRequestHandler):
    """An address to import from."""

    def do_GET(self):
        if self.path == "/list.csv":
            self.answer(200, b"type,value\ndomain,fetched.example\n")
        elif self.path == "/moved":
            self.answer(302, b"", Location="/list.csv")
        elif self.path in ("/loop", "/file"):
            self.answer(302, b"", Location="/loop" if self.path == "/loop" else "file:///etc/passwd")
        else:
            self.answer(404, b"not here")

    def answer(self, status, body, **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def addresses(n, c):
    tap.part("import from an address")
    feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=feed.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{feed.server_port}"
    status, result = n.imported(f"{base}/list.csv")
    tap.ok(status == 0 and result["objects"]["new"] == 1 and c.lookup("fetched.example")[0]["count"] == 1, "is read as a file is", (status, result))
    status, _, err = n.run("import", f"{base}/moved")
    tap.ok(status == 1 and "/list.csv" in err, "one that has moved says where to", err)
    for place in (f"{base}/nothing", f"{base}/loop", f"{base}/file", "http://127.0.0.1:1/x", "http://", "http://192.0.2.1/x", "https://host.invalid/x"):
        status, _, err = n.run("import", place)
        one_line(status, err, 1, f"{place.replace(base, '')}: a sentence")
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        status, out, err = n.run("import", place)
        tap.ok(status == 1 and "root:" not in out, f"{place} is no address to fetch", f"{status} {out}{err}")
    feed.shutdown()


def raw_http(n):
    tap.part("HTTP that is none")
    for name, data in (("rubbish", b"\x00\x01\x02\x03\r\n\r\n"), ("a long line", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"),
                       ("many headers", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(20000)) + b"\r\n"),
                       ("a negative length", b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
                       ("two lengths", b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
                       ("length and chunks", b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                       ("a huge length", b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"),
                       ("half a request", b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")):
        s = socket.create_connection(("127.0.0.1", n.port), 20)
        s.settimeout(5)
        answer = b""
        try:
            s.sendall(data)
            if name == "half a request":
                s.shutdown(socket.SHUT_WR)
            answer = s.recv(65536)
        except OSError:
            pass
        s.close()
        tap.ok(not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), f"{name}: refused or closed", answer[:200])
    tap.status(Client(n).get("/healthz"), 200, "the server stays up")


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("T", "admin@t.example")
    n.user("analyst@t.example", "analyst", "T")
    n.start()
    c = n.client("analyst@t.example")
    for part, more in ((usage, (n,)), (machine_readable, (args, n)), (json_bodies, (n, c)), (imports, (n, c)), (addresses, (n, c)), (raw_http, (n,)), (places, (args, n))):
        tap.guard(part, *more)
    log = n.log_tail(10 ** 7)
    wrong = [x for x in log.splitlines() if "level=error" in x and "err=full" not in x]
    tap.equal(wrong[:5], [], "no server error was logged but the full disk")
    tap.ok(n.server is not None and n.server.poll() is None, "the server is still the one that was started")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.equal(n.stop(), 0, "and stops in order")
    tap.end()


if __name__ == "__main__":
    main()
