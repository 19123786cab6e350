# SPDX-License-Identifier: Apache-2.0
"""Takes the place of base_test.py in a copy of medallion's own tests: `client` speaks to a hikeshi server that was given
their data. Their names of roots and collections, and the dates on which their data says it was added, are put for ours.
"""
import json
import os
import pathlib
import re
import sqlite3
import sys
import time
import uuid

sys.path.insert(0, os.environ["HIKESHI_TAXII_TESTS"])
import world  # noqa: E402
from world import lib  # noqa: E402

DATA = json.loads((pathlib.Path(__file__).parent / "data" / "default_data.json").read_text(encoding="utf-8"))
ROOT = DATA["trustgroup1"]
SCOPES = {(True, True): (), (True, False): ("read",), (False, True): ("import",), (False, False): ("admin",)}


def micro(t):
    whole, _, part = t[:-1].partition(".")
    return f"{whole}.{part:0<6}"


class Reply:
    def __init__(self, client, r):
        self.status_code, self.content_type = r.status, r.headers["Content-Type"]
        self.data = client.theirs(r.text).encode()
        self.headers = {k: client.theirs(v) for k, v in r.headers.items()}

    @property
    def json(self):
        return json.loads(self.data)


class Client:
    def __init__(self):
        self.world = w = world.World("sqlite")
        node = w.node
        node.must("team", "add", "--name", ROOT["information"]["title"], "--domain", "medallion.example")
        node.user("m@medallion.example", "lead", ROOT["information"]["title"])
        for c in ROOT["collections"]:
            node.must("circle", "create", "--title", c["id"], "--member", ROOT["information"]["title"], "--tlp", "TLP:CLEAR")
        self.full = w.who("m@medallion.example")
        self.root = lib.wait_for(lambda: self.full.read("/taxii2/").get("default"))
        self.who, self.ours, self.dates = {}, {}, []
        for c in ROOT["collections"]:
            self.ours[c["id"]] = lib.wait_for(lambda c=c: self.full.collection(c["id"])).split("/")[-2]
            self.who[c["id"]] = w.who("m@medallion.example", *SCOPES[c["can_read"], c["can_write"]])
            self.fill(c)
        self.statuses()

    def statuses(self):
        """Their status resources, as those of whoever may ask for them."""
        db = sqlite3.connect(f"{self.world.node.data}/node.db", timeout=60)
        account, team = db.execute("SELECT id, team FROM account WHERE email = ?", ("m@medallion.example",)).fetchone()
        for s in ROOT["status"]:
            db.execute("INSERT INTO taxii_status(uid, account, team, created, body) VALUES(?, ?, ?, ?, ?)",
                       (uuid.UUID(s["id"]).bytes, account, team, int(time.time() * 1e6), json.dumps(s)))
        db.commit()
        db.close()

    def fill(self, c):
        added = {(m["id"], m["version"]): m["date_added"] for m in c.get("manifest", ())}
        key = lambda o: (o["id"], o.get("modified") or o.get("created"))  # noqa: E731
        col = f"{self.root}collections/{self.ours[c['id']]}/"
        for o in sorted((o for o in c["objects"] if o.get("spec_version") == "2.1"), key=lambda o: added[key(o)]):
            self.full.send(col, [o])
            ident, version = key(o)
            rows = self.full.read(f"{col}manifest/?match[id]={ident}&match[version]=last")["objects"]
            self.dates.append((added[ident, version], rows[0]["date_added"]))

    def theirs(self, text):
        for theirs, ours in self.ours.items():
            text = text.replace(ours, theirs)
        for theirs, ours in self.dates:
            text = text.replace(ours, theirs)
        return text.replace(self.root, "/trustgroup1/")

    def date(self, m):
        """The last of ours that is not later by their dates."""
        if m.group(2) > "2025":
            return m.group(0)
        before = [ours for theirs, ours in self.dates if micro(theirs) <= micro(m.group(2))]
        return m.group(1) + (max(before) if before else "1970-01-01T00:00:00Z")

    def ask(self, method, path, headers=None, data=None, follow_redirects=False):
        path, mark, query = path.partition("?")
        who = next((self.who[c] for c in self.who if c in path), self.full)
        for theirs, ours in self.ours.items():
            path = path.replace(theirs, ours)
        path = re.sub("^/trustgroup1/", self.root, path)
        query = re.sub(r"(added_after=)(\d{4}-\d\d-\d\dT[^&]*Z)", self.date, query)
        h = {k: None for k in ("Accept", "Content-Type", "Authorization")}
        h.update(headers or {})
        if h["Authorization"] == TaxiiTest.AUTHORIZATION:
            h["Authorization"] = who.authorization
        r = who.http.call(method, path + mark + query, data, h)
        if r.status == 308 and follow_redirects:
            r = who.http.call(method, r.headers["Location"], data, h)
        return Reply(self, r)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, **more):
        return self.ask("POST", path, **more)

    def delete(self, path, **more):
        return self.ask("DELETE", path, **more)


class TaxiiTest:
    type = None
    AUTHORIZATION = "Basic YWRtaW46UGFzc3dvcmQw"
    TEST_OBJECT = {"objects": [{
        "type": "course-of-action", "spec_version": "2.1", "id": "course-of-action--68794cd5-28db-429d-ab1e-1256704ef906",
        "created": "2017-01-27T13:49:53.935Z", "modified": "2017-01-27T13:49:53.935Z", "name": "Test object"}]}

    def setUp(self, start_threads=True):
        self.client = Client()
        self.headers = {"Accept": world.MEDIA, "Authorization": self.AUTHORIZATION}
        self.post_headers = dict(self.headers, **{"Content-Type": world.MEDIA})

    def tearDown(self):
        self.client.world.node.stop()
