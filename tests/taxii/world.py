# SPDX-License-Identifier: Apache-2.0
"""A node with three teams and two circles, and who asks it by TAXII: what tests/taxii/ stands on."""
import argparse
import base64
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
import lib  # noqa: E402

MEDIA = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
UPLOAD = 16 * 1024 * 1024
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def strict_json(data):
    """I-JSON: UTF-8, no name twice, whole numbers that a double can say."""
    def pairs(items):
        names = [k for k, _ in items]
        assert len(names) == len(set(names)), f"a name twice: {names}"
        return dict(items)

    def whole(text):
        assert abs(int(text)) < 2 ** 53, text
        return int(text)
    return json.loads(data.decode("utf-8", "strict"), object_pairs_hook=pairs, parse_int=whole)


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


class Who:
    """One asker; every answer is held against what all answers of TAXII have in common."""

    def __init__(self, world, authorization):
        self.world, self.authorization = world, authorization
        self.http = lib.Client(world.node)

    def ask(self, method, path, body=None, **headers):
        h = {"Accept": MEDIA, "Authorization": self.authorization}
        if method == "POST":
            h["Content-Type"] = MEDIA
        h.update({k.replace("_", "-"): v for k, v in headers.items()})
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False)
        r = self.http.call(method, path, body, h)
        r.data = strict_json(r.body)
        assert r.headers["Content-Type"] == MEDIA, (path, r.headers["Content-Type"], r.text[:300])
        empty = [k for k, v in r.data.items() if v == []]
        assert not empty, f"empty lists {empty} in {path}"
        if r.status >= 400:
            assert r.data["title"], r.text
            assert r.data.get("http_status", str(r.status)) == str(r.status), r.text
        return r

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def read(self, path):
        r = self.get(path)
        assert r.status == 200, f"{path}: {r}"
        return r.data

    def post(self, collection, objects):
        return self.ask("POST", collection + "objects/", {"objects": objects})

    def send(self, collection, objects):
        """Posts; the status of what must have been taken whole."""
        r = self.post(collection, objects)
        assert r.status == 202 and r.data["failure_count"] == 0, r
        return r.data

    def root(self):
        return self.read("/taxii2/")["default"]

    def collection(self, title):
        """The address of the collection with that title."""
        root = self.root()
        for c in self.read(root + "collections/").get("collections", []):
            if c["title"] == title:
                return f"{root}collections/{c['id']}/"
        return None

    def pages(self, address, limit, by_time=False):
        """All objects of a list, page by page: with next, or as a client that has no next."""
        found, more, sep = [], "", "&" if "?" in address else "?"
        for _ in range(500):
            r = self.get(f"{address}{sep}limit={limit}{more}")
            assert r.status == 200, r
            here = r.data.get("objects", r.data.get("versions", []))
            assert len(here) <= limit
            found.append(here)
            if not r.data.get("more"):
                return found
            last = r.headers["X-TAXII-Date-Added-Last"]
            more = f"&added_after={last}" if by_time else f"&next={r.data['next']}"
        raise AssertionError("pages without end")


class World:
    def __init__(self, store, **serve):
        self.args = argparse.Namespace(binary=os.environ.get("HIKESHI") or str(ROOT / "build/hikeshi"), store=store)
        self.node = n = lib.Node(self.args, name=f"taxii-{store}-{len(lib._ends)}")
        n.init("Aoi CSIRT 青", "admin@aoi.example")
        n.configure(f"upload_mib = {UPLOAD >> 20}\n")
        for name in ("Beni CSIRT", "Chiku CSIRT", "Dai CSIRT"):
            n.team(name)
            n.user(f"lead@{name.split()[0].lower()}.example", "lead", name)
        n.user("reader@aoi.example", "reader", "Aoi CSIRT 青")
        self.finance = n.must("circle", "create", "--title", "Finance 金融", "--member", "Aoi CSIRT 青", "--member",
                              "Beni CSIRT", "--tlp", "TLP:GREEN").strip()
        self.sector = n.must("circle", "create", "--title", "Sector", "--member", "Aoi CSIRT 青", "--member",
                             "Chiku CSIRT", "--tlp", "TLP:AMBER").strip()
        n.start(*serve.get("more", ()))
        self.serial = 0
        self.aoi, self.beni = self.who("admin@aoi.example"), self.who("lead@beni.example")
        self.chiku, self.dai = self.who("lead@chiku.example"), self.who("lead@dai.example")
        self.reader = self.who("reader@aoi.example")
        self.nobody = Who(self, None)

    def who(self, address, *scopes):
        return Who(self, "Bearer " + self.node.token(address, *scopes))

    @property
    def col(self):
        return self.aoi.collection("Finance 金融")

    def uuid(self):
        self.serial += 1
        return f"{self.serial:08x}-5eed-4000-8000-{os.getpid():012x}"

    def indicator(self, ident=None, modified="2026-01-02T03:04:05.678Z", **more):
        ident = ident or f"indicator--{self.uuid()}"
        return {"type": "indicator", "spec_version": "2.1", "id": ident, "created": "2026-01-01T00:00:00.000Z",
                "modified": modified, "pattern": f"[domain-name:value = 'x{ident[11:19]}.example']",
                "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z", **more}

    def versions_of_three(self, who=None, col=None):
        """An indicator in three versions, one sent after the other; its id and the versions."""
        who, col = who or self.aoi, col or self.col
        first = self.indicator(modified="2026-02-01T00:00:00.000Z")
        times = [f"2026-02-0{k}T00:00:00.000Z" for k in (1, 2, 3)]
        for k, t in enumerate(times):
            who.send(col, [{**first, "modified": t, "name": f"version {k + 1}"}])
        return first["id"], times


def certificate(folder):
    """A self-signed pair for loopback: (certificate, key)."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True, timeout=60)
    return cert, key
