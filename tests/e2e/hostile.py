# SPDX-License-Identifier: Apache-2.0
"""A node that somebody else wrote: it completes a real invitation, signs what it likes, and answers as it likes.

Made from docs/formats.md and docs/links.md with the independent code of tests/vectors/check_exchange.py and the Python
package cryptography; it knows nothing of our C. Used by links_bad.py.
"""
import base64
import copy
import http.client
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

from lib import ROOT, at_end, moment

sys.path.insert(0, str(ROOT / "tests/vectors"))
import check_exchange as ce  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402

MEDIA = "application/taxii+json;version=2.1"


def public(key):
    return key.public_key().public_bytes_raw().hex()


def salt():
    return os.urandom(16).hex()


class Team:
    """A team with a root key and an online key; node: who hosts it."""

    def __init__(self, node, name, uid=None):
        self.node, self.name, self.uid = node, name, uid or str(uuid.uuid4())
        self.root, self.online = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.keys, self.revs = [], {}
        self.add_key()

    def add_key(self, online=None, **more):
        n, now = len(self.keys) + 1, moment()
        online = online or self.online
        k = {"type": "x-hikeshi-key", "spec_version": "2.1", "id": ce.own_id("x-hikeshi-key", self.uid, n, public(self.root)),
             "created": now, "modified": now, "v": 1, "team": self.uid, "n": n,
             "prev": ce.key_hash(self.keys[-1]).hex() if self.keys else None, "root": public(self.root), "node": self.node.uid,
             "ed25519": public(online), "node_key": public(self.node.key), "tls_spki": self.node.spki,
             "age": ce.bech32("age", ce.x_public(os.urandom(32))), "ends": None, "revoked_at": None, **more}
        h = ce.key_hash(k)
        k["sig"] = self.root.sign(b"hikeshi/key/v1\n" + h).hex()
        k["proof"] = online.sign(b"hikeshi/key/v1\n" + h).hex()
        self.keys.append(k)

    def announced(self):
        return {"team": {"id": "x-hikeshi-team--" + self.uid, "name": self.name}, "root": public(self.root), "keys": self.keys}

    def sign(self, objects, to, tlp=2, rev=None, prev=None, claim=None, key=None, everyone=False, spread=None):
        """[object, signature, ...] of one batch; claim: the team in whose name; to: uuids of teams (or whole entries) it is
        opened for; spread: entries that are covered but opened for nobody."""
        claim = claim or self.uid
        key = key or self.online
        made = []
        for o in objects:
            salts, digests = {}, []
            for path, value in ce.leaves_of(o):
                s = salt()
                (salts.setdefault(path[0], {}) if len(path) == 2 else salts)[path[-1]] = s
                digests.append(ce.salted(b"hikeshi/leaf/v1\n", s, [path, value]))
            entries = [{"everyone": True}] if everyone else [t if isinstance(t, dict) else {"team": t} for t in to]
            opened = [{"entry": e, "salt": salt()} for e in entries]
            audience = [ce.salted(b"hikeshi/audience/v1\n", e["salt"], e["entry"]) for e in opened]
            audience += [ce.salted(b"hikeshi/audience/v1\n", salt(), e) for e in spread or ()]
            while not ce.power_of_two(len(audience)):
                audience.append(os.urandom(32).hex())
            last, last_hash = self.revs.get(o["id"], (0, None))
            n = rev or last + 1
            p = prev if prev is not None else last_hash
            if n == 1:
                p = None
            elif p is None:
                p = os.urandom(32).hex()
            m = {"v": 1, "role": "originator", "target": o["id"], "modified": o.get("modified"), "rev": n, "prev": p,
                 "label": {"tlp": tlp, "nbf": None, "exp": None, "pap": 0, "attribution": 0},
                 "audience": sorted(audience), "digests": sorted(digests)}
            if rev is None:
                self.revs[o["id"]] = (n, ce.sha(ce.jcs(m)).hex())
            made.append((m, {"salts": salts, "audience": opened}))
        leaves = [ce.sha(b"\x00", ce.sha(ce.jcs(m))) for m, _ in made]
        sig = key.sign(b"hikeshi/object/v1\n" + ce.root_of(leaves)).hex()
        out = []
        for i, (m, opened) in enumerate(made):
            now = moment()
            s = {"type": "x-hikeshi-signature", "spec_version": "2.1", "created": now, "modified": now,
                 "id": ce.own_id("x-hikeshi-signature", m["target"], claim, claim), "team": claim, "originator": claim, "manifest": m,
                 "key": public(key), "sig": sig, "index": i, "size": len(made), "path": [p.hex() for p in ce.path_of(i, leaves)],
                 "open": opened}
            out += [objects[i], s]
        return out


def indicator(name, **more):
    now = moment()
    return {"type": "indicator", "spec_version": "2.1", "id": "indicator--" + str(uuid.uuid4()), "created": now, "modified": now,
            "name": name, "pattern": f"[domain-name:value = '{name}.example.com']", "pattern_type": "stix",
            "valid_from": "2026-11-01T00:00:00Z", **more}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do(self):
        node = self.server.node
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n) if n else b""
        node.requests.append((self.command, self.path, body))
        answer = node.behave(self, body)
        if answer is None:
            self.close_connection = True
            return
        status, headers, text = answer
        text = text if isinstance(text, bytes) else json.dumps(text).encode()
        self.send_response(status)
        for k, v in {"Content-Type": MEDIA, "Content-Length": str(len(text)), **headers}.items():
            if v is not None:
                self.send_header(k, v)
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do


class Hostile:
    """The node itself. behave(handler, body) may be replaced: (status, headers, body), or None where the handler wrote."""

    def __init__(self, name):
        self.name, self.uid, self.spki = name, str(uuid.uuid4()), os.urandom(32).hex()
        self.key = Ed25519PrivateKey.generate()
        self.teams = [Team(self, name)]
        self.requests, self.epoch, self.feed = [], str(uuid.uuid4()), []
        self.behave = self.honest
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.node = True, self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        at_end(self.server.shutdown)

    @property
    def team(self):
        return self.teams[0]

    # ---- linking ----

    def statement(self, to, reply_to=None, token="t" * 43, root=None):
        hello = {"v": 1, "link": self.link, "node": self.uid, "name": self.name, "url": self.url, "node_key": public(self.key),
                 "tls_spki": self.spki, "to": to, "reply_to": reply_to, "root": root or f"/taxii2/links/{self.link}/", "token": token,
                 "teams": [t.announced() for t in self.teams]}
        return {"hello": hello, "sig": self.key.sign(b"hikeshi/hello/v1\n" + ce.jcs(hello)).hex()}

    def accept(self, link):
        parts = urllib.parse.urlsplit(link)
        query = urllib.parse.parse_qs(parts.query)
        self.link = str(uuid.uuid4())
        self.to = base64.urlsafe_b64decode(query["key"][0] + "==").hex()
        self.host, self.port = parts.hostname, parts.port
        said = dict(self.statement(self.to), secret=parts.fragment)
        status, _, text = self.call("POST", "/exchange/v1/hello", said, token=None)
        if status != 200:
            raise RuntimeError(f"hello: {status} {text}")
        self.answer = json.loads(text)["hello"]
        self.token, self.root = self.answer["token"], self.answer["root"]
        self.theirs = [t["team"]["id"].split("--")[1] for t in self.answer["teams"]]
        return self.answer

    def invitation(self, secret="s" * 43, pin=None):
        """A link as the program prints it, for somebody to accept; behave decides what he is answered."""
        key = base64.urlsafe_b64encode(bytes.fromhex(public(self.key))).decode().rstrip("=")
        more = "&pin=" + base64.urlsafe_b64encode(bytes.fromhex(pin)).decode().rstrip("=") if pin else ""
        scheme = "hikeshi" if pin else "hikeshi+http"
        return f"{scheme}://127.0.0.1:{self.server.server_port}/?v=1&key={key}{more}&until={int(time.time()) + 86400}#{secret}"

    def answers(self, body, key=None, signer=None, **lies):
        """The statement of an inviting node to the hello that came; what it says may be a lie, under whose key ever."""
        asked = json.loads(body)["hello"]
        self.link = asked["link"]
        s = self.statement(asked["node_key"], ce.sha(b"hikeshi/hello/v1\n", ce.jcs(asked)).hex())
        s["hello"].update({"node_key": public(key or self.key), **lies})
        s["sig"] = (signer or key or self.key).sign(b"hikeshi/hello/v1\n" + ce.jcs(s["hello"])).hex()
        return 200, {"Content-Type": "application/json"}, s

    def with_tls(self, folder):
        """Serves TLS with a certificate of its own; the digest of its public key."""
        cert, key = folder / "evil-cert.pem", folder / "evil-key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=evil", "-days", "2",
                        "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = self.url.replace("http:", "https:")
        der = x509.load_pem_x509_certificate(cert.read_bytes()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.spki = ce.sha(der).hex()
        return self.spki

    def announce(self, teams=None, key=None):
        s = self.statement(self.to, token="-", root="/")
        if teams is not None:
            s["hello"]["teams"] = teams
        s["sig"] = (key or self.key).sign(b"hikeshi/hello/v1\n" + ce.jcs(s["hello"])).hex()
        return self.call("POST", "/exchange/v1/teams", s)

    # ---- speaking ----

    def call(self, method, path, body=None, token="", headers=None, timeout=30):
        c = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        h = {"Accept": MEDIA, "Content-Type": MEDIA if path.startswith("/taxii2") else "application/json"}
        if token is not None:
            h["Authorization"] = f"Bearer {token or self.token}"
        h.update(headers or {})
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body, ensure_ascii=False).encode()
        try:
            c.request(method, path, body=data, headers=h)
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    @property
    def objects_path(self):
        return self.root + "collections/direct/objects/"

    def push(self, objects, **more):
        """The status resource, or (HTTP status, text) where there is none."""
        status, _, text = self.call("POST", self.objects_path, {"objects": objects, **more})
        return json.loads(text) if status == 202 else (status, text.decode("utf-8", "replace"))

    def read(self, query=""):
        status, _, text = self.call("GET", self.objects_path + query)
        return json.loads(text) if status == 200 else (status, text.decode("utf-8", "replace"))

    # ---- answering ----

    def honest(self, handler, body):
        """Takes everything, offers its feed."""
        if handler.path.startswith("/exchange/v1/"):
            return 200, {"Content-Type": "application/json"}, {"circles": []}
        if handler.command == "POST":
            objects = [o for o in json.loads(body).get("objects", ()) if o.get("type") != "x-hikeshi-signature"]
            return 202, {}, {"id": str(uuid.uuid4()), "status": "complete", "total_count": len(objects), "success_count": len(objects),
                             "failure_count": 0, "pending_count": 0, "x_epoch": self.epoch}
        envelope = {"x_epoch": self.epoch}
        if self.feed and "added_after" not in handler.path:
            envelope.update(objects=self.feed, x_added_last="2026-11-26T00:00:00.000000Z")
        return 200, {}, envelope

    def got(self):
        """Ids of what was sent here, signatures apart."""
        out = []
        for method, path, body in list(self.requests):
            if method == "POST" and "/objects/" in path:
                out += [o["id"] for o in json.loads(body)["objects"] if o["type"] != "x-hikeshi-signature"]
        return out


def changed(objects, i, *path, to=None):
    """A copy in which one member of the i-th is another."""
    out = copy.deepcopy(objects)
    at = out[i]
    for p in path[:-1]:
        at = at[p]
    at[path[-1]] = to
    return out
