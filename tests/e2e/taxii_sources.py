#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""taxii_sources: TAXII servers of others in the API, as the page of sources uses it: added, read now, paused, changed and
removed; per collection what happened at the last run; who may; what is noted; hostile input. And certificates: our client
shows one to a server of TLS that asks for it, and clients of others are let in by theirs.
"""
import http.server
import json
import ssl
import subprocess
import threading

from lib import Node, Reply, Tap, at_end, options, temp, wait_for
from taxii_client import MEDIA, ONE, TWO, Fake, indicator, rows_of, when

tap = Tap()


def pair(name, ca=None):
    """(certificate, key): self-signed, for loopback."""
    cert, key = temp() / f"{name}.pem", temp() / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, capture_output=True, timeout=60)
    return cert, key


def spki(cert):
    public = subprocess.run(["openssl", "x509", "-in", cert, "-pubkey", "-noout"], check=True, capture_output=True, timeout=60).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, check=True, capture_output=True, timeout=60).stdout
    import hashlib
    return hashlib.sha256(der).hexdigest()


def ran(c, source, before):
    """The source once it was read after `before`."""
    def look():
        x = c.read(f"/api/v1/sources/{source}")
        return x if x["last_run"] and x["last_run"] != before else None
    return wait_for(look, 120, 0.2)


def life(n, c):
    f = Fake(**{ONE: rows_of(1200, "api"), TWO: [(when(1), {"type": "x-hikeshi-warning", "id": "no", "title": "\x1b[31m<b>"})]})
    tap.equal(c.read("/api/v1/sources"), {"items": [], "next": None}, "none at first")
    made = c.post("/api/v1/sources", {"url": f.url, "tlp": "TLP:GREEN", "every_s": 0})
    tap.status(made, 201, "added")
    source = made.json["id"]
    tap.equal(made.headers["Location"], f"/api/v1/sources/{source}", "with its address")
    x = made.json
    tap.equal((x["every_s"], x["paused"], x["tlp"], x["last_run"], x["next_run"], x["read"], x["auth"], x["certificate"]),
              (0, False, "TLP:GREEN", None, None, [], "none", None), "as it was given")
    tap.status(c.post("/api/v1/sources", {"url": f.url}), 409, "one address once")
    run = c.post(f"/api/v1/sources/{source}/run", {})
    tap.status(run, 202, "read now")
    x = ran(c, source, None)
    rows = {r["collection"]: r for r in x["read"]}
    tap.equal((rows[ONE]["run"]["new"], rows[ONE]["objects"]["new"], rows[ONE]["error"]), (1200, 1200, None), "what came of a collection")
    tap.ok(rows[TWO]["run"]["rejected"] == 1 and rows[TWO]["run"]["reasons"], "and what was not taken, with the reason")
    tap.ok("\x1b" not in json.dumps(x), "without what terminals obey")
    f.collections[ONE].append((when(5000), indicator(3, "api", 7)))
    before = x["last_run"]
    c.post(f"/api/v1/sources/{source}/run", {})
    x = ran(c, source, before)
    rows = {r["collection"]: r for r in x["read"]}
    tap.equal((rows[ONE]["run"]["read"], rows[ONE]["run"]["updated"], rows[ONE]["objects"]["new"]), (1, 1, 1200),
              "the next run has figures of its own beside the sums")
    tap.equal(json.loads(n.must("taxii", "list", "--json").splitlines()[0])["read"], x["read"], "the command line says the same")
    paused = c.call("PATCH", f"/api/v1/sources/{source}", {"paused": True}, {"Content-Type": "application/merge-patch+json"})
    tap.equal((paused.status, paused.json["paused"]), (200, True), "paused")
    tap.equal((c.post(f"/api/v1/sources/{source}/run", {}).status), 409, "what is paused is not read")
    status, out, err = n.run("taxii", "pull")
    tap.equal((status, out), (0, ""), "nor by 'taxii pull' of all")
    n.must("taxii", "resume", source)
    tap.equal(c.read(f"/api/v1/sources/{source}")["paused"], False, "the command line resumes it")
    n.must("taxii", "pause", f.url)
    tap.equal(c.read(f"/api/v1/sources/{source}")["paused"], True, "and pauses it")
    changed = c.call("PATCH", f"/api/v1/sources/{source}", {"paused": False, "auth": "bearer", "secret": "very-secret", "every_s": 3600,
                                                            "collections": [ONE], "tlp": None}, {})
    tap.equal((changed.status, changed.json["auth"], changed.json["every_s"], changed.json["collections"], changed.json["tlp"]),
              (200, "bearer", 3600, [ONE], None), "changed")
    tap.ok(changed.json["next_run"] is not None, "and due by itself")
    tap.ok("very-secret" not in c.get("/api/v1/sources").text + n.must("taxii", "list", "--json"), "no secret comes out")
    before = changed.json["last_run"]
    c.post(f"/api/v1/sources/{source}/run", {})
    ran(c, source, before)
    tap.equal(f.seen[-1][2].get("Authorization"), "Bearer very-secret", "the new secret is used")
    tap.status(c.call("DELETE", f"/api/v1/sources/{source}"), 204, "removed")
    tap.status(c.get(f"/api/v1/sources/{source}"), 404, "gone")
    tap.equal(n.must("taxii", "list"), "", "for the command line too")
    return True


def by_whom(n, c):
    f = Fake(**{ONE: rows_of(1, "who")})
    source = c.made("/api/v1/sources", {"url": f.url, "every_s": 0})["id"]
    for who in ("reader@x.example", "analyst@x.example", "lead@x.example"):
        other = n.client(who)
        for method, path, body in (("GET", "", None), ("POST", "", {"url": "https://taxii.example/"}), ("GET", f"/{source}", None),
                                   ("PATCH", f"/{source}", {"paused": True}), ("POST", f"/{source}/run", {}), ("DELETE", f"/{source}", None)):
            r = other.call(method, f"/api/v1/sources{path}", body)
            tap.ok(r.status == 403 and r.headers["Content-Type"].startswith("application/problem+json"), f"{who}: {method}{path[:1]}", r)
    tap.equal(f.seen, [], "nobody was asked")
    tap.status(c.call("DELETE", f"/api/v1/sources/{source}"), 204, "the administrator may")
    return True


def hostile(n, c):
    good = {"url": "https://taxii.example/taxii2/", "every_s": 0}
    rows = [
        {"url": "http://taxii.example/"}, {"url": "ftp://x/"}, {"url": "https://u:p@x.example/"}, {"url": "https://x.example/?a"},
        {"url": 1}, {"url": None}, {}, {**good, "auth": "magic"}, {**good, "auth": "basic"}, {**good, "auth": "bearer"},
        {**good, "auth": "basic", "user": "a:b", "secret": "x"}, {**good, "auth": "bearer", "secret": "a\nb"}, {**good, "tlp": "pink"},
        {**good, "circle": "x-hikeshi-circle--00000000-0000-4000-8000-000000000000"}, {**good, "circle": 7}, {**good, "every_s": -1},
        {**good, "every_s": 1e300}, {**good, "every_s": "1h"}, {**good, "collections": "x"}, {**good, "collections": ["../x"]},
        {**good, "collections": ["a b"]}, {**good, "collections": ["x"] * 65}, {**good, "internal": 1}, {**good, "paused": "no"},
        {**good, "certificate": "x"}, {**good, "certificate": "x", "private_key": "-----BEGIN "}, {**good, "team": "x"},
        {**good, "pin": "abc"}, {**good, "pin": "z" * 64},
        {**good, "url": "https://x.example/" + "a" * 2000}, {**good, "secret": "x" * 100000},
    ]
    for body in rows:
        r = c.post("/api/v1/sources", body)
        ok = r.status == 422 and r.headers["Content-Type"].startswith("application/problem+json") and r.json.get("code")
        tap.ok(ok, f"refused: {json.dumps(body)[:90]}", r)
    tap.equal(c.read("/api/v1/sources")["items"], [], "nothing of that was kept")
    source = c.made("/api/v1/sources", good)["id"]
    for body in ({"url": "https://other.example/"}, {"every_s": None}, {"id": source}, {"private_key": "x"}, {"auth": "basic"}):
        tap.status(c.call("PATCH", f"/api/v1/sources/{source}", body), 422, f"not changed: {json.dumps(body)}")
    for path in ("x", "00000000-0000-4000-8000-000000000000", "%00", "https:%2F%2Fnowhere.example%2F"):
        tap.ok(c.get(f"/api/v1/sources/{path}").status in (400, 404), f"no such source: {path}")
    tap.status(c.call("DELETE", f"/api/v1/sources/{source}"), 204, "removed")
    return True


class Guarded(Fake):
    """The same behind TLS; it lets in who shows a certificate of `known`, and says which were shown."""

    def __init__(self, cert, key, known, **collections):
        super().__init__(**collections)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        context.load_verify_locations(known)
        context.verify_mode = ssl.CERT_REQUIRED
        self.https = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.http.RequestHandlerClass)
        self.https.daemon_threads = True
        self.https.handle_error = lambda *args: None
        self.https.socket = context.wrap_socket(self.https.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.https.serve_forever, daemon=True).start()
        at_end(self.https.shutdown)
        self.url = f"https://127.0.0.1:{self.https.server_port}/taxii2/"


def ours_shown(args, n, c):
    server, mine, other = pair("server"), pair("mine"), pair("other")
    f = Guarded(*server, mine[0], **{ONE: rows_of(3, "guarded")})
    m = Node(args, f"guarded-{n.store}")
    m.init("Guarded CSIRT", "admin@y.example")

    def tried(*more):
        source = m.must("taxii", "add", f.url, "--tlp", "green", "--pin", spki(server[0]), *more).strip()
        status, out, err = m.run("taxii", "pull", source, "--json")
        rows = [json.loads(line) for line in out.splitlines()]
        shown = json.loads(m.must("taxii", "list", "--json"))
        m.must("taxii", "remove", source)
        return status, rows[0], shown

    source = m.must("taxii", "add", f.url).strip()
    status, out, err = m.run("taxii", "pull", source, "--json")
    tap.ok(status == 1 and "certificate" in json.loads(out)["error"], "a server that no authority knows is not asked", out)
    m.must("taxii", "remove", source)
    source = m.must("taxii", "add", f.url, "--pin", spki(other[0])).strip()
    status, out, err = m.run("taxii", "pull", source, "--json")
    tap.ok(status == 1 and json.loads(out)["error"], "nor one with another key than the pinned one", out)
    m.must("taxii", "remove", source)
    tap.equal(f.seen, [], "nothing was sent to it")
    status, row, _ = tried()
    tap.ok(status == 1 and row["error"], "without a certificate it lets nobody in", row)
    status, row, _ = tried("--cert", other[0], "--key", other[1])
    tap.ok(status == 1 and row["error"], "nor with another one", row)
    status, row, shown = tried("--cert", mine[0], "--key", mine[1])
    tap.equal((status, row["new"], row["error"]), (0, 3, None), "with ours it is read")
    tap.equal(shown["certificate"], spki(mine[0]), "the list says which key")
    tap.ok("PRIVATE" not in json.dumps(shown), "and keeps the private one to itself")
    status, row, _ = tried("--cert", mine[0], "--key", other[1])
    tap.ok(status == 1 and row["error"], "a key of another certificate is a sentence", row)
    tap.equal(m.run("taxii", "add", f.url, "--cert", mine[0])[0], 2, "a certificate without its key: wrong usage")
    return True


def theirs_known(args, n):
    """Clients of others, let in by their certificate alone."""
    import http.client
    server, known, stranger = pair("node"), pair("known"), pair("stranger")
    m = Node(args, f"tls-{n.store}")
    m.init("TLS CSIRT", "admin@z.example")
    m.user("reader@z.example", "reader", "TLS CSIRT")
    m.must("circle", "create", "--title", "Secured", "--tlp", "green", "--member", "TLS CSIRT")
    said = m.must("token", "create", "--email", "admin@z.example", "--scope", "read", "--cert", known[0]).strip()
    tap.equal(said, spki(known[0]), "'token create --cert' prints the hash of the key")
    status, out, err = m.run("token", "create", "--email", "reader@z.example", "--cert", known[0])
    tap.ok(status == 1 and "already" in err, "one key, one account", err)
    tap.equal(m.run("token", "create", "--email", "reader@z.example", "--cert", known[1])[0], 1, "a private key is no certificate")
    m.start("--tls-cert", str(server[0]), "--tls-key", str(server[1]))

    def ask(method, path, cert=None, newest=ssl.TLSVersion.TLSv1_3, **headers):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(server[0])
        context.maximum_version = newest
        if cert:
            context.load_cert_chain(*cert)
        c = http.client.HTTPSConnection("127.0.0.1", m.port, context=context, timeout=60)
        try:
            c.request(method, path, b'{"objects":[]}' if method == "POST" else None, {"Accept": MEDIA, "Content-Type": MEDIA, **headers})
            r = c.getresponse()
            return Reply(r.status, dict(r.getheaders()), r.read())
        except (OSError, http.client.HTTPException):
            return Reply(0, {}, b"{}")
        finally:
            c.close()

    r = ask("GET", "/taxii2/", known)
    if not tap.status(r, 200, "who shows the certificate is let in"):
        return True
    root = r.json["default"]
    r = ask("GET", f"{root}collections/", known)
    rights = [(x["title"], x["can_read"], x["can_write"]) for x in r.json.get("collections", [])]
    tap.equal(rights, [("Secured", True, False)], "with the scopes it was given")
    tap.status(ask("POST", f"{root}collections/{r.json['collections'][0]['id']}/objects/", known), 403, "and no more")
    tap.status(ask("GET", "/taxii2/", stranger), 401, "another certificate is nobody's")
    tap.status(ask("GET", "/taxii2/"), 401, "none is none")
    tap.status(ask("GET", "/taxii2/", known, Authorization="Bearer nonsense"), 401, "a wrong token is not mended by a certificate")
    tap.ok(ask("GET", "/taxii2/", known, ssl.TLSVersion.TLSv1_2).status in (0, 401), "with TLS 1.2 it does not count")
    tap.status(ask("GET", "/api/v1/me", known), 401, "it is a key to TAXII alone")
    tap.status(ask("GET", "/taxii2/", None, Authorization=f"Bearer {said}"), 401, "its hash is no token")
    listed = [json.loads(line) for line in m.must("token", "list", "--json").splitlines()]
    key = next(str(x["id"]) for x in listed if x.get("account", x.get("email")) or True)
    m.must("token", "revoke", key, "--email", "admin@z.example")
    tap.status(ask("GET", "/taxii2/", known), 401, "revoked")
    m.stop()
    return True


def main():
    args = options(__doc__)
    n = Node(args, "sources")
    n.init("Reader CSIRT", "admin@x.example")
    for role in ("reader", "analyst", "lead"):
        n.user(f"{role}@x.example", role, "Reader CSIRT")
    n.start()
    c = n.client("admin@x.example")
    for part in (life, by_whom, hostile):
        tap.guard(part, n, c)
    tap.guard(ours_shown, args, n, c)
    tap.guard(theirs_known, args, n)
    n.stop()
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
