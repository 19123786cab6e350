#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""taxii_client: this node reads TAXII servers of others. Medallion as it comes from PyPI, another node of ours, and a
server made here that behaves, breaks off, forgets, loops, lies and talks nonsense: whatever it does ends with a sentence,
what came before is kept, and nothing that is not the server's is changed.
"""
import base64
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

import opentaxii_server
from lib import ROOT, Node, Tap, at_end, end_process, options, temp, wait_for

tap = Tap()
MEDIA = "application/taxii+json;version=2.1"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def when(n):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1700000000 + n // 1000)) + f".{n % 1000 * 1000:06d}Z"


def indicator(n, name="x", version=0, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}/{n}')}",
            "created": "2024-01-01T00:00:00.000Z", "modified": f"2024-01-01T00:00:{version:02d}.000Z", "name": f"{name} {n}",
            "pattern": f"[domain-name:value = '{name}{n}.example']", "pattern_type": "stix",
            "valid_from": "2024-01-01T00:00:00Z", **more}


class Fake:
    """A TAXII server: collections are lists of (date_added, object); odd(path, query) may answer instead."""

    def __init__(self, **collections):
        self.collections, self.odd, self.seen, self.tokens = collections, None, [], True
        self.let_in = None
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fake.answer(self)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *args: None  # whoever has seen enough hangs up
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}/taxii2/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        at_end(self.http.shutdown)

    def answer(self, h):
        where = urllib.parse.urlsplit(h.path)
        query = dict(urllib.parse.parse_qsl(where.query))
        self.seen.append((where.path, query, dict(h.headers)))
        status, headers, body = 200, {}, None
        if self.let_in and h.headers.get("Authorization") != self.let_in:
            status, body = 401, {"title": "no"}
        elif self.odd:
            found = self.odd(where.path, query)
            if found is not None:
                status, headers, body = found
        if body is None:
            status, headers, body = self.page(where.path, query)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            h.send_response(status)
            for k, v in {"Content-Type": MEDIA, "Content-Length": str(len(data)), **headers}.items():
                h.send_header(k, v)
            h.end_headers()
            h.wfile.write(data)
        except OSError:
            pass

    def page(self, path, query):
        parts = path.strip("/").split("/")
        if path == "/taxii2/":
            return 200, {}, {"title": "fake", "api_roots": ["/root/"]}
        if path == "/root/collections/":
            return 200, {}, {"collections": [{"id": c, "title": f"title of {c[:4]}", "can_read": True, "can_write": False}
                                             for c in self.collections]}
        if len(parts) != 4 or parts[3] != "objects" or parts[2] not in self.collections:
            return 404, {}, {"title": "no"}
        rows = [r for r in self.collections[parts[2]] if r[0] > query.get("added_after", "")]
        start, limit = int(query.get("next", "0")), int(query.get("limit", "10"))
        return self.rows(rows[start:start + limit], start + limit < len(rows) and start + limit)

    def rows(self, rows, more=False):
        body = {"objects": [o for _, o in rows]} if rows else {}
        headers = {"X-TAXII-Date-Added-First": rows[0][0], "X-TAXII-Date-Added-Last": rows[-1][0]} if rows else {}
        if more:
            body["more"] = True
            if self.tokens:
                body["next"] = str(more)
        return 200, headers, body


def rows_of(n, name="x", start=0):
    return [(when(start + i), indicator(start + i, name)) for i in range(n)]


def pull(n, *more):
    """(exit status, {collection or '': row})"""
    status, out, err = n.run("taxii", "pull", *more, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    if err:
        tap.note(err)
    return status, {r["collection"]: r for r in rows}


def add(n, url, *more):
    return n.must("taxii", "add", url, *more).strip()


def held(n, what):
    out = n.must("export", "--format", "stix")
    return [o for o in json.loads(out)["objects"] if o["type"] == "indicator" and o["name"].startswith(what)]


def count(n, name):
    return len(held(n, name + " "))


# ---- a server that behaves ----

def honest(n):
    f = Fake(**{ONE: rows_of(2500, "honest"), TWO: rows_of(3, "second")})
    source = add(n, f.url, "--tlp", "green")
    tap.equal(f.seen, [], "adding a source asks nobody")
    status, rows = pull(n)
    tap.equal((status, rows[ONE]["new"], rows[ONE]["pages"], rows[TWO]["new"]), (0, 2500, 3, 3),
              "all collections are read, in pages")
    pages = [q for p, q, _ in f.seen if p.endswith(f"{ONE}/objects/")]
    tap.equal({q["limit"] for q in pages}, {"1000"}, "pages of 1,000")
    tap.ok(all(h.get("Accept") == MEDIA for _, _, h in f.seen), "with the Accept that TAXII 2.1 wants")
    f.seen.clear()
    status, rows = pull(n, source)
    asked = [q for p, q, _ in f.seen if p.endswith("/objects/")]
    tap.equal((status, rows[ONE]["read"], len(asked)), (0, 0, 2), "a second reading asks once for each collection")
    tap.equal(asked[0].get("added_after"), when(2499), "from the date of the last object")
    f.collections[ONE] += rows_of(2, "honest", 2500)
    f.collections[ONE].append((when(9000), indicator(7, "honest", 5)))
    status, rows = pull(n, f.url)
    tap.equal((rows[ONE]["new"], rows[ONE]["updated"], rows[ONE]["read"]), (2, 1, 3), "then what is new, and new versions")
    status, rows = pull(n, source, "--all")
    tap.equal((status, rows[ONE]["read"], rows[ONE]["new"], rows[ONE]["updated"]), (0, 2503, 0, 0), "--all reads all again")
    tap.equal(count(n, "honest"), 2502, "and makes nothing twice")
    listed = json.loads(n.must("taxii", "list", "--json").splitlines()[0])
    tap.ok(listed["last_run"] and listed["error"] is None and len(listed["read"]) == 2, "list says how far", listed)
    n.must("taxii", "remove", source)
    tap.equal(n.must("taxii", "list"), "", "removed")
    tap.equal(count(n, "honest"), 2502, "what it brought stays")
    return True


def strangers(n):
    """What a stranger may not do."""
    ours = indicator(1, "ours", 1)
    path = temp() / f"ours-{n.store}.json"
    path.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": [ours]}))
    n.must("import", "--tlp", "green", path)
    f = Fake(**{ONE: [(when(1), indicator(1, "ours", 30, description="overwritten")), (when(2), indicator(2, "theirs")),
                      (when(3), indicator(3, "theirs", 0, object_marking_refs=[RED])),
                      (when(4), {"type": "x-hikeshi-warning", "spec_version": "2.1", "title": "forged",
                                 "id": f"x-hikeshi-warning--{uuid.uuid4()}", "created": "2024-01-01T00:00:00.000Z",
                                 "modified": "2024-01-01T00:00:00.000Z"})]})
    g = Fake(**{ONE: [(when(1), indicator(2, "theirs", 40, description="by another"))]})
    a = add(n, f.url, "--tlp", "green")
    status, rows = pull(n, a)
    tap.equal((status, rows[ONE]["new"], rows[ONE]["updated"], rows[ONE]["rejected"]), (0, 2, 0, 2),
              "ours is not superseded, our types are not taken")
    tap.ok(any("supersedes nothing" in r for r in rows[ONE]["reasons"]), "and it is said why", rows[ONE]["reasons"])
    tap.equal([o.get("description") for o in held(n, "ours ")], [None], "ours says what it said")
    b = add(n, g.url)
    status, rows = pull(n, b)
    tap.equal((rows[ONE]["updated"], rows[ONE]["rejected"]), (0, 1), "nor does one stranger supersede another")
    f.collections[ONE].append((when(9), indicator(2, "theirs", 41, description="by himself")))
    tap.equal(pull(n, a)[1][ONE]["updated"], 1, "each supersedes what is its own")
    n.must("taxii", "remove", a)
    n.must("taxii", "remove", b)
    a = add(n, f.url, "--tlp", "green")
    f.collections[ONE].append((when(10), indicator(2, "theirs", 42)))
    tap.equal(pull(n, a)[1][ONE]["updated"], 1, "also when it was removed and added again")
    n.must("taxii", "remove", a)
    return True


def labels(n):
    who = n.client("analyst@x.example")
    found = {r["title"]: r for r in who.items("/api/v1/indicators?limit=200&q=theirs")}
    tap.equal(found.get("theirs 2", {}).get("tlp"), "TLP:GREEN", "what carries no marking gets the one of the source")
    tap.ok(found.get("theirs 2", {}).get("unverified") is True, "it is shown as unverified", found.get("theirs 2"))
    lead = n.client("lead@x.example")
    found = {r["title"]: r for r in lead.items("/api/v1/indicators?limit=200&q=theirs")}
    tap.equal(found.get("theirs 3", {}).get("tlp"), "TLP:RED", "a stricter marking stays")
    own = {r["title"]: r for r in who.items("/api/v1/indicators?limit=200&q=ours")}
    tap.ok("unverified" not in own.get("ours 1", {"unverified": 1}), "ours is not shown so", own)
    return True


# ---- breaks ----

def broken_off(n):
    f = Fake(**{ONE: rows_of(3500, "broken")})
    source = add(n, f.url, "--tlp", "green")
    f.odd = lambda path, q: (500, {}, {"title": "no"}) if q.get("next") == "2000" else None
    status, rows = pull(n)
    tap.equal((status, rows[ONE]["new"]), (1, 2000), "a server that breaks off: what came is kept")
    tap.ok("500" in (rows[ONE]["error"] or ""), "and it is said", rows[ONE]["error"])
    f.odd = None
    f.seen.clear()
    status, rows = pull(n)
    asked = [q for p, q, _ in f.seen if p.endswith("/objects/")]
    tap.equal((status, rows[ONE]["new"], asked[0].get("next")), (0, 1500, "2000"), "it goes on where it was")
    n.must("taxii", "remove", source)

    f = Fake(**{ONE: rows_of(2500, "forgot")})
    source = add(n, f.url, "--tlp", "green")
    f.odd = lambda path, q: (500, {}, {"title": "no"}) if q.get("next") == "1000" else None
    pull(n)
    f.odd = lambda path, q: (400, {}, {"title": "what next?"}) if q.get("next") == "1000" and len(f.seen) < 9 else None
    f.seen.clear()
    status, rows = pull(n)
    tap.equal((status, count(n, "forgot")), (0, 2500), "a server that has forgotten its next is asked from the beginning")
    n.must("taxii", "remove", source)

    f = Fake(**{ONE: rows_of(2500, "killed")})
    source = add(n, f.url, "--tlp", "green")
    held_up, go = threading.Event(), threading.Event()

    def slow(path, q):
        if q.get("next") == "1000":
            held_up.set()
            go.wait(60)
        return None
    f.odd = slow
    p = subprocess.Popen([n.binary, "--data", str(n.data), "taxii", "pull"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, env=n.env)
    held_up.wait(60)
    p.kill()
    p.wait()
    f.odd = None
    go.set()
    status, rows = pull(n)
    tap.equal((status, rows[ONE]["new"], count(n, "killed")), (0, 1500, 2500), "killed in the middle: the page before is kept")
    n.must("taxii", "remove", source)
    return True


def without_next(n):
    f = Fake(**{ONE: rows_of(2500, "plain")})
    f.tokens = False
    source = add(n, f.url, "--tlp", "green")
    status, rows = pull(n)
    tap.equal((status, count(n, "plain")), (0, 2500), "without next it goes by dates")
    n.must("taxii", "remove", source)
    f = Fake(**{ONE: [(when(i // 700), indicator(i, "same")) for i in range(2100)]})
    f.tokens = False
    source = add(n, f.url, "--tlp", "green")
    status, rows = pull(n)
    tap.equal((status, count(n, "same")), (0, 2100), "also where pages end among objects of one moment")
    n.must("taxii", "remove", source)
    f = Fake(**{ONE: [(when(i // 1500), indicator(i, "gap")) for i in range(3000)]})
    f.tokens = False
    source = add(n, f.url, "--tlp", "green")
    status, rows = pull(n)
    tap.ok(status == 1 and "may be missing" in (rows[ONE]["error"] or ""), "what cannot be read so is said", rows)
    n.must("taxii", "remove", source)
    return True


# ---- hostile ----

def hostile(n):
    good = rows_of(20, "hostile")
    loop = {"objects": [o for _, o in good], "more": True, "next": "1"}
    dates = {"X-TAXII-Date-Added-First": when(0), "X-TAXII-Date-Added-Last": when(19)}
    rise = iter(range(10 ** 9))
    back = iter(range(10 ** 9))

    def page(**more):
        return lambda q: (200, dates, {"objects": [o for _, o in good], **more})

    def backwards(q):
        i = next(back)
        rows = [(when(1000 - i), indicator(1000 - i, "back"))]
        return 200, {"X-TAXII-Date-Added-Last": rows[0][0]}, {"objects": [rows[0][1]], "more": True, "next": str(i)}

    deep = b'{"objects":[' + b"[" * 100000 + b"]" * 100000 + b"]}"
    table = [
        ("the same page without end", lambda q: (200, dates, loop), "same page"),
        ("the same page without next", lambda q: (200, dates, {k: loop[k] for k in ("objects", "more")}), "same page|move on"),
        ("empty pages without end", lambda q: (200, {}, {"more": True, "next": str(next(rise))}), "empty pages"),
        ("more and no way on", lambda q: (200, {}, {"objects": loop["objects"], "more": True}), "not where"),
        ("back in time", backwards, "back in time"),
        ("a web page", lambda q: (200, {"Content-Type": "text/html"}, b"<html>"), "text/html"),
        ("no type", lambda q: (200, {"Content-Type": ""}, {"objects": []}), "not TAXII"),
        ("TAXII 2.0", lambda q: (200, {"Content-Type": "application/vnd.oasis.taxii+json; version=2.0"}, {}), "not TAXII"),
        ("moved", lambda q: (302, {"Location": "http://127.0.0.1:1/\x1b[31m"}, {}), "moved"),
        ("broken JSON", lambda q: (200, {}, b'{"objects":[{"type":"indicator",'), "no envelope"),
        ("cut off in the middle", lambda q: (200, {"Content-Length": "5000", "Connection": "close"}, b'{"objects":['), "cut before the answer was complete|cannot be read|no envelope"),
        ("an array", lambda q: (200, {}, b"[]"), "no envelope"),
        ("two documents", lambda q: (200, {}, b"{}{}"), "no envelope"),
        ("more is no truth value", page(more="true"), "no envelope"),
        ("objects is no list", lambda q: (200, {}, {"objects": {}}), "no envelope"),
        ("next without end", page(more=True, next="x" * 100000), "no envelope"),
        ("deep", lambda q: (200, {}, deep), "no envelope"),
        ("not UTF-8", lambda q: (200, {}, b'{"objects":[{"name":"\xff"}]}'), "no envelope|"),
        ("huge", lambda q: (200, {}, b" " * (65 << 20)), "larger than allowed"),
        ("headers without end", lambda q: (200, {"X-A": "a" * 60000, "X-B": "b" * 60000}, {}), "cannot be read|larger"),
        ("busy", lambda q: (429, {}, {"title": "x"}), "busy"),
        ("not ours", lambda q: (403, {}, {"title": "x"}), "let us read"),
    ]
    for name, reply, sentence in table:
        # a good collection beside it is read all the same
        f = Fake(**{ONE: [], TWO: rows_of(5, f"good-{name.replace(' ', '-')}")})
        f.odd = lambda path, q, reply=reply: reply(q) if ONE in path else None
        source = add(n, f.url, "--tlp", "green")
        status, rows = pull(n)
        error = rows.get(ONE, {}).get("error") or ""
        tap.ok(status == (1 if error else 0) and any(s in error for s in sentence.split("|")), f"hostile: {name}", (status, rows))
        tap.ok("\x1b" not in json.dumps(rows) and len(error) < 500, f"hostile: {name}: a sentence", error)
        tap.equal(rows.get(TWO, {}).get("new"), 5, f"hostile: {name}: the collection beside it is read")
        f.odd = None
        f.collections[ONE] = rows_of(30, f"after-{name.replace(' ', '-')}", 5000)
        status, rows = pull(n)
        tap.equal((status, rows.get(ONE, {}).get("new")), (0, 30), f"hostile: {name}: once it behaves, all of it comes")
        n.must("taxii", "remove", source)
    return True


def discoveries(n):
    other = Fake(**{ONE: rows_of(3, "elsewhere")})
    rows = [
        ("a root on another server", {"title": "x", "api_roots": [f"http://127.0.0.1:{other.port}/root/"]}, "another server"),
        ("a root of two slashes", {"title": "x", "api_roots": ["//evil.example/root/"]}, "another server"),
        ("a root that climbs", {"title": "x", "api_roots": ["/a/../../root/"]}, "another server"),
        ("no root", {"title": "x"}, "no API root"),
        ("roots that are none", {"title": "x", "api_roots": [1, None, {}]}, "another server"),
        ("a list", [], "no JSON object"),
    ]
    for name, body, sentence in rows:
        f = Fake(**{ONE: []})
        f.odd = lambda path, q, body=body: (200, {}, body) if path == "/taxii2/" else None
        secret = temp() / "secret"
        secret.write_text("very-secret-token-of-the-source\n")
        source = add(n, f.url, "--token-file", secret)
        status, found = pull(n)
        tap.ok(status == 1 and sentence in (found[""]["error"] or ""), f"discovery: {name}", found)
        n.must("taxii", "remove", source)
    tap.equal(other.seen, [], "credentials go to no other server")
    f = Fake(**{ONE: []})
    f.odd = lambda path, q: (200, {}, {"collections": [{"id": "../../x?y", "title": "\x1b[2J", "can_read": True},
                                                       {"id": ONE, "title": "a\x00b", "can_read": True}]}) \
        if path == "/root/collections/" else None
    f.collections[ONE] = rows_of(2, "odd-titles")
    source = add(n, f.url)
    status, found = pull(n)
    tap.ok(found[ONE]["new"] == 2 and "\x00" not in found[ONE]["title"], "odd titles and ids harm nobody", found)
    tap.ok(not any("x?y" in p for p, _, _ in f.seen), "and are no part of an address", f.seen)
    n.must("taxii", "remove", source)
    f = Fake(**{ONE: rows_of(2, "chosen"), TWO: rows_of(2, "unchosen")})
    source = add(n, f.url, "--collection", ONE, "--collection", "nowhere")
    status, found = pull(n)
    tap.ok(set(found) == {ONE, "nowhere"} and "no collection" in found["nowhere"]["error"], "chosen collections only", found)
    n.must("taxii", "remove", source)
    source = add(n, f.url.replace("/taxii2/", "/root/"))
    f.odd = lambda path, q: (200, {}, {"title": "r", "versions": [MEDIA], "max_content_length": 1000}) if path == "/root/" else None
    status, found = pull(n)
    tap.equal((status, found[TWO]["new"]), (0, 2), "an API root is a source too")
    n.must("taxii", "remove", source)
    return True


def secrets(n):
    f = Fake(**{ONE: rows_of(2, "secret")})
    f.let_in = "Basic " + base64.b64encode("user:süß:pass".encode()).decode()
    word = temp() / "word"
    word.write_text("süß:pass\n")
    source = add(n, f.url, "--user", "user", "--password-file", word)
    tap.equal(pull(n)[0], 0, "Basic")
    word.write_text("süß:wrong\n")
    n.must("taxii", "remove", source)
    source = add(n, f.url, "--user", "user", "--password-file", word)
    status, rows = pull(n)
    tap.ok(status == 1 and "let us read" in rows[""]["error"], "a wrong password is said", rows)
    n.must("taxii", "remove", source)
    f.let_in = "Bearer token-0123"
    word.write_text("token-0123\n")
    source = add(n, f.url, "--token-file", word)
    tap.equal(pull(n)[0], 0, "Bearer")
    told = n.must("taxii", "list", "--json") + n.must("taxii", "list")
    tap.ok("token-0123" not in told and "wrong" not in told, "no list says a secret")
    n.must("taxii", "remove", source)
    for args, sentence in ((("add", "http://taxii.example/taxii2/"), "https"), (("add", "ftp://x/"), "address"),
                           (("add", "https://u:p@x.example/"), "address"), (("add", "https://x.example/?a"), "address"),
                           (("remove", "nobody"), "no such source"), (("pull", "nobody"), "no such source")):
        status, out, err = n.run("taxii", *args)
        tap.ok(status == 1 and sentence in err, f"taxii {' '.join(args)}: refused with a sentence", err)
    for args in ((), ("add",), ("add", "https://a.example/", "--tlp", "pink"), ("add", "https://a.example/", "--user", "u"),
                 ("add", "https://a.example/", "--every", "soon"), ("list", "x"), ("pull", "a", "b")):
        tap.equal(n.run("taxii", *args)[0], 2, f"taxii {' '.join(args)}: wrong usage")
    source = add(n, "https://10.255.255.1/taxii2/")
    status, rows = pull(n)
    tap.ok(status == 1 and "may not be reached" in rows[""]["error"], "private networks are read only where one says so", rows)
    status, out, err = n.run("taxii", "add", "https://10.255.255.1/taxii2/")
    tap.ok(status == 1 and "already" in err, "one address once", err)
    n.must("taxii", "remove", source)
    return True


# ---- servers of others ----

def medallion(n):
    program = shutil.which("medallion", path=f"{os.path.dirname(sys.executable)}:{ROOT}/.venv/bin:{os.environ.get('PATH', '')}")
    if not program:
        tap.skip("medallion is read", "not installed: pip install -r tests/requirements.txt")
        return True
    folder, port = temp() / f"medallion-{n.store}", 21000 + os.getpid() % 20000
    folder.mkdir()
    root = f"http://127.0.0.1:{port}/api1/"
    objects = [indicator(i, "medallion") for i in range(700)]
    manifest = [{"id": o["id"], "date_added": when(i), "version": o["modified"], "media_type": "application/stix+json;version=2.1"}
                for i, o in enumerate(objects)]
    (folder / "data.json").write_text(json.dumps({
        "/discovery": {"title": "medallion", "default": root, "api_roots": [root]},
        "api1": {"information": {"title": "one", "versions": [MEDIA], "max_content_length": 1 << 30}, "status": [],
                 "collections": [{"id": ONE, "title": "of medallion", "can_read": True, "can_write": True,
                                  "media_types": ["application/stix+json;version=2.1"], "objects": objects,
                                  "manifest": manifest}]}}))
    (folder / "config.json").write_text(json.dumps({
        "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                    "filename": str(folder / "data.json")}, "users": {"user": "word"}, "taxii": {"max_page_size": 200}}))
    with open(folder / "log", "wb") as log:
        p = subprocess.Popen([program, "--port", str(port), str(folder / "config.json")], stdout=log, stderr=log)
    at_end(lambda: end_process(p))
    word = folder / "word"
    word.write_text("word\n")
    source = add(n, f"http://127.0.0.1:{port}/taxii2/", "--user", "user", "--password-file", word, "--tlp", "green")
    rows = {}

    def up():
        rows.update(pull(n)[1])
        return ONE in rows
    if not tap.ok(wait_for(up, 60, 0.5), "medallion answers", (folder / "log").read_text()[-400:]):
        return True
    tap.equal((rows[ONE]["error"], count(n, "medallion")), (None, 700), "medallion: all pages")
    status, found = pull(n)
    tap.equal((status, found[ONE]["new"], found[ONE]["updated"]), (0, 0, 0), "medallion: nothing new the second time")
    tap.note(f"medallion: first reading {rows[ONE]}, second {found[ONE]}")
    n.must("taxii", "remove", source)
    end_process(p)
    return True


def opentaxii(n):
    programs = opentaxii_server.folder_of_programs()
    if not programs:
        tap.skip("OpenTAXII is read", "not installed: see tests/e2e/opentaxii_server.py")
        return True
    server = opentaxii_server.OpenTaxii(programs, temp() / f"opentaxii-{n.store}")
    for start in range(0, 1300, 500):
        objects = [indicator(i, "opentaxii") for i in range(start, min(start + 500, 1300))]
        told = server.ask(f"{server.root}collections/{server.collection}/objects/", json.dumps({"objects": objects}).encode())
        tap.ok(told and told["failure_count"] == 0, "OpenTAXII was given objects", told)
    word = temp() / "opentaxii-word"
    word.write_text(opentaxii_server.WORD + "\n")
    source = add(n, server.url, "--user", opentaxii_server.USER, "--password-file", word, "--tlp", "green")
    status, rows = pull(n, source)
    row = rows.get(server.collection, {})
    tap.equal((status, row.get("error"), row.get("new"), count(n, "opentaxii")), (0, None, 1300, 1300), "OpenTAXII: all pages")
    server.ask(f"{server.root}collections/{server.collection}/objects/",
               json.dumps({"objects": [indicator(7, "opentaxii", 5), indicator(2000, "opentaxii")]}).encode())
    status, found = pull(n, source)
    row = found.get(server.collection, {})
    tap.equal((status, row.get("new"), row.get("updated")), (0, 1, 1), "OpenTAXII: then what is new, and new versions")
    tap.note(f"OpenTAXII: first reading {rows}, second {found}")
    n.must("taxii", "remove", source)
    server.stop()
    return True


def another_node(args, n):
    m = Node(args, "other")
    m.init("Other CSIRT", "admin@other.example")
    m.user("lead@other.example", "lead", "Other CSIRT")
    m.must("circle", "create", "--title", "Outer", "--tlp", "green", "--member", "Other CSIRT")
    path = temp() / f"outer-{n.store}.json"
    path.write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}",
                                "objects": [indicator(i, "outer") for i in range(3100)]}))
    m.must("import", "--circle", "Outer", "--tlp", "green", path)
    m.start()
    word = temp() / "outer-token"
    word.write_text(m.token("lead@other.example", "read", "export") + "\n")
    source = add(n, f"{m.url}/taxii2/", "--token-file", word)
    began = time.monotonic()
    status, rows = pull(n)
    tap.ok(status == 0 and sum(r["new"] for r in rows.values()) >= 3100, "another node of ours is read", rows)
    tap.note(f"{sum(r['read'] for r in rows.values())} objects in {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    status, rows = pull(n)
    tap.equal((status, sum(r["read"] for r in rows.values())), (0, 0), "and the second reading finds nothing new")
    tap.note(f"idle: {time.monotonic() - began:.3f} s with the process")
    n.must("taxii", "remove", source)
    m.stop()
    return True


def by_itself(n):
    f = Fake(**{ONE: rows_of(1200, "hourly")})
    n.start()
    source = add(n, f.url, "--tlp", "green", "--every", "1h")
    tap.ok(wait_for(lambda: n.must("taxii", "list", "--json") and json.loads(n.must("taxii", "list", "--json"))["last_run"], 60, 0.5),
           "the server reads a source by itself")
    tap.equal(count(n, "hourly"), 1200, "all of it")
    f.seen.clear()
    f.collections[ONE] += rows_of(5, "hourly", 1200)
    status, rows = pull(n, source)
    tap.equal((status, rows[ONE]["new"]), (0, 5), "pull works beside the running server")
    n.must("taxii", "remove", source)
    never = Fake(**{ONE: rows_of(1, "never")})
    add(n, never.url, "--every", "0")
    labels(n)
    tap.equal(n.stop(), 0, "it stops in order")
    tap.equal(never.seen, [], "with --every 0 only when somebody asks")
    return True


def main():
    args = options(__doc__)
    n = Node(args, "reader")
    n.init("Reader CSIRT", "admin@x.example")
    n.user("analyst@x.example", "analyst", "Reader CSIRT")
    n.user("lead@x.example", "lead", "Reader CSIRT")
    for part in (honest, strangers, broken_off, without_next, discoveries, secrets, medallion, opentaxii):
        tap.guard(part, n)
    tap.guard(another_node, args, n)
    tap.guard(by_itself, n)
    tap.guard(hostile, n)
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
