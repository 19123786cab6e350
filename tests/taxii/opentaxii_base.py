# SPDX-License-Identifier: Apache-2.0
"""Takes the place of conftest.py in a copy of OpenTAXII's own tests: `client` and `authenticated_client` speak to a hikeshi
server that was given their roots, collections, objects and jobs. Their tests put functions of Python in the place of a
store; what they patch is here an object that nobody calls, but for "was it stored, was it deleted": that is called with
what the server gives back afterwards. Put for theirs are our ids, dates, `next` (opaque to clients) and size limit; left
away the marking of the collection that we write on everything, and `next` of manifests and versions, which OpenTAXII does
not give. Of an error the status is compared, and which parameter it names: OpenTAXII's errors ("code", "name") are not
those of TAXII ("title"), so its words are given. With OPENTAXII_AS_21=1 its objects of STIX 2.0 are said to be 2.1.
"""
import base64
import datetime
import json
import os
import re
import sqlite3
import sys
import types
import uuid
from urllib.parse import parse_qsl, unquote

import pytest
from opentaxii.server import ServerMapping
from werkzeug.exceptions import default_exceptions

sys.path.insert(0, os.environ["HIKESHI_TAXII_TESTS"])
import world  # noqa: E402
from tests.taxii2 import utils  # noqa: E402
from world import lib  # noqa: E402

ROOTS, COLLECTIONS = utils.API_ROOTS[:2], utils.COLLECTIONS
SCOPES = {("read",): ("read",), ("write",): ("import",), (): ("admin",)}  # both: all of them
FAULTS = {"added_after": "Not a valid datetime.", "limit": "Not a valid integer.", "next": "Not a valid value."}
ADDRESS = ["one@opentaxii.example", "two@opentaxii.example"]
PATH = re.compile(r"^/taxii2/([^/]+)/(?:collections/([^/]+)/)?")


if os.environ.get("OPENTAXII_AS_21"):
    for of_20 in utils.STIX_OBJECTS:
        of_20.spec_version = "2.1"


def text_of(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stored(o):
    return {"id": o.id, "type": o.type, "spec_version": o.spec_version, **o.serialized_data}


class Loaded:
    """A node that holds their data."""

    def __init__(self):
        self.world = w = world.World("sqlite")
        self.dates, self.ids, self.dirty = [], {}, False
        for root, address in zip(ROOTS, ADDRESS):
            w.node.must("team", "add", "--name", root.title, "--domain", address.split("@")[0] + ".opentaxii.example")
            w.node.user(address, "lead", root.title)
        for c in COLLECTIONS:
            w.node.must("circle", "create", "--title", c.title, *(["--description", c.description] if c.description else []),
                        "--member", ROOTS[0].title, "--tlp", "TLP:CLEAR")
        self.full = [w.who(a) for a in ADDRESS]
        for root, who in zip(ROOTS, self.full):
            self.ids[str(root.id)] = who.root().split("/")[2]
        for c in COLLECTIONS:
            self.ids[str(c.id)] = lib.wait_for(lambda c=c: self.full[0].collection(c.title)).split("/")[-2]
        self.some = {rights: w.who(ADDRESS[0], *scopes) for rights, scopes in SCOPES.items()}
        for o in sorted(utils.STIX_OBJECTS, key=lambda o: o.date_added):
            self.put(o)
        self.jobs()

    def put(self, o):
        col = f"{self.full[0].root()}collections/{self.ids[str(o.collection_id)]}/"
        if self.full[0].post(col, [stored(o)]).data["failure_count"]:
            return
        for m in self.full[0].read(f"{col}manifest/?match[id]={o.id}&match[version]=all").get("objects", []):
            if m["version"] == o.serialized_data["modified"]:
                self.dates.append((text_of(o.date_added), m["date_added"]))

    def jobs(self):
        """Their jobs as status resources of whoever may ask for them."""
        db = sqlite3.connect(f"{self.world.node.data}/node.db", timeout=60)
        for job in utils.JOBS:
            n = next((i for i, r in enumerate(ROOTS) if r.id == job.api_root_id), None)
            if n is None:
                continue
            account, team = db.execute("SELECT id, team FROM account WHERE email = ?", (ADDRESS[n],)).fetchone()
            body = {"id": str(job.id), "status": job.status, "request_timestamp": text_of(job.request_timestamp)}
            for kind, key in (("success", "successes"), ("failure", "failures"), ("pending", "pendings")):
                items = [{"id": d.stix_id, "version": text_of(d.version), **({"message": d.message} if d.message else {})}
                         for d in getattr(job.details, kind)]
                body[f"{kind}_count"] = getattr(job, f"{kind}_count")
                body.update({key: items} if items else {})
            body["total_count"] = job.total_count
            db.execute("INSERT INTO taxii_status(uid, account, team, created, body) VALUES(?, ?, ?, ?, ?)",
                       (job.id.bytes, account, team, int(datetime.datetime.now().timestamp() * 1e6), json.dumps(body)))
        db.commit()
        db.close()

    def ours(self, text):
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def theirs(self, text):
        for theirs, ours in [*self.ids.items(), *self.dates]:
            text = text.replace(ours, theirs)
        return text

    def date(self, m):
        """The last of ours that is not later by their dates."""
        before = [ours for theirs, ours in self.dates if theirs <= m.group(2)]
        return m.group(1) + (max(before) if before else "1970-01-01T00:00:00Z")


class Reply:
    def __init__(self, node, r, path, config):
        self.status_code, self.headers = r.status, {k: node.theirs(v) for k, v in r.headers.items()}
        body = json.loads(node.theirs(r.text))
        if r.status >= 400:
            body = fault(r.status, body.get("description", ""))
        rows = body.get("objects", [])
        for o in rows:
            o.pop("object_marking_refs", None)
        if body.pop("next", None) and "manifest" not in path and "versions" not in path:
            body["next"] = utils.GET_NEXT_PARAM({"id": rows[-1]["id"], "date_added": datetime.datetime.strptime(
                self.headers["X-TAXII-Date-Added-Last"], "%Y-%m-%dT%H:%M:%S.%f%z")})
        if "max_content_length" in body:
            assert body["max_content_length"] == world.UPLOAD
            body["max_content_length"] = config["max_content_length"]
        self.data = json.dumps(body).encode()


def fault(status, text):
    e = default_exceptions[status]
    named = next((k for k in FAULTS if text.startswith(f"'{k}'")), None)
    if status == 400 and named:
        return {"code": 400, "name": "validation error", "description": {named: [FAULTS[named]]}}
    return {"code": status, "name": e().name, "description": e.description}


loaded = None


def node():
    global loaded
    if loaded and loaded.dirty:
        loaded.world.node.stop()
        loaded = None
    loaded = loaded or Loaded()
    return loaded


class Client:
    def __init__(self, signed_in):
        self.node, self.signed_in = node(), signed_in
        nothing = {k: None for k in ("get_api_root", "get_api_roots", "get_collection", "get_collections", "get_manifest", "get_objects",
                                     "get_object", "get_versions", "get_job_and_details", "add_objects", "delete_object")}
        self.api = types.SimpleNamespace(**nothing)
        taxii2 = types.SimpleNamespace(persistence=types.SimpleNamespace(api=self.api),
                                       config={"max_content_length": 1024, "public_discovery": False})
        self.application = types.SimpleNamespace(taxii_server=types.SimpleNamespace(servers=ServerMapping(taxii1=None, taxii2=taxii2)))
        self.account = types.SimpleNamespace(permissions={})

    def ask(self, method, path, headers, body=None):
        path, mark, query = path.partition("?")
        m = PATH.match(path)
        root, collection = m.groups() if m else (None, None)
        who = self.node.full[1] if root == str(ROOTS[1].id) else self.who(collection)
        sent = re.sub(r"(added_after=)(\d{4}-\d\d-\d\dT[^&]*Z)", self.node.date, unquote(query))
        h = {"Accept": None, "Content-Type": None, "Authorization": who.authorization if self.signed_in else None,
             **{k: str(v) for k, v in headers.items()}}
        sent = re.sub(r"(?<=next=)([^&]+)", lambda n: self.token(who, self.node.ours(path), sent, n.group(1)), sent)
        r = who.http.call(method, self.node.ours(path) + mark + sent, body, h)
        self.node.dirty = self.node.dirty or (method != "GET" and r.status < 300)
        config = self.application.taxii_server.servers.taxii2.config
        return Reply(self.node, r, path, config), who, root, collection, dict(parse_qsl(query))

    def who(self, collection):
        rights = tuple(self.account.permissions.get(collection, ())) if collection and self.account.permissions else ("read", "write")
        return self.node.some.get(rights, self.node.full[0])

    def token(self, who, path, query, theirs):
        """Our `next` behind the object that theirs names, as our own pages of one give it."""
        try:
            date = base64.b64decode(theirs, validate=True).decode().partition("|")[0]
            date = datetime.datetime.fromisoformat(date).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        except ValueError:
            return theirs
        rest = "&".join(p for p in query.split("&") if not p.startswith(("next=", "limit=")))
        more = ""
        while True:
            r = who.get(f"{path}?limit=1&{rest}{more}")
            if r.status != 200 or not r.data.get("more"):
                return theirs
            if self.node.theirs(r.headers["X-TAXII-Date-Added-Last"]) == date:
                return r.data["next"]
            more = f"&next={r.data['next']}"

    def get(self, path, headers=()):
        return self.ask("GET", path, dict(headers))[0]

    def post(self, path, headers=(), json=None):  # noqa: A002: the name that Flask gave it
        import json as text
        reply, who, root, collection, _ = self.ask("POST", path, dict(headers), text.dumps(json).encode())
        if reply.status_code == 202:
            kept = []
            for o in json["objects"]:
                got = who.read(self.node.ours(f"/taxii2/{root}/collections/{collection}/objects/{o['id']}/"))["objects"][-1]
                got.pop("object_marking_refs", None)
                kept.append(got)
            self.api.add_objects(api_root_id=uuid.UUID(root), collection_id=uuid.UUID(collection), objects=kept)
        return reply

    def delete(self, path, headers=()):
        reply, who, root, collection, query = self.ask("DELETE", path, dict(headers))
        if reply.status_code == 200:
            ident = path.partition("?")[0].split("/")[-2]
            left = who.get(self.node.ours(f"/taxii2/{root}/collections/{collection}/objects/{ident}/versions/"))
            times, spec = query.get("match[version]"), query.get("match[spec_version]")
            assert left.status == 404 or times not in (None, *left.data["versions"])
            when = [datetime.datetime.strptime(times, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)] if times else None
            self.api.delete_object(collection_id=uuid.UUID(collection), object_id=ident, match_version=when,
                                   match_spec_version=[spec] if spec else None)
            reply.data = b""  # ours says {}: taxii2-client wants JSON
        return reply


@pytest.fixture
def client():
    return Client(False)


@pytest.fixture
def authenticated_client():
    return Client(True)
