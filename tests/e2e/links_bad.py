#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_bad: a real node linked to a peer that somebody else wrote and that does what it likes (hostile.py), beside an
honest one. It forges, strips, replays, reorders, forks, widens, claims others' names, floods, sends too much or too
slowly, lies about time, answers nonsense. After each: nothing lost, widened or duplicated, no server error, and the link's
page says what happened in words. Prints TAP; ends with "N passed, N failed".
"""
import copy
import json
import os
import re
import socket
import threading
import time
import uuid

from lib import Node, moment, options, tap, temp, wait_for

try:
    from hostile import MEDIA, Hostile, Team, changed, indicator, public
except SystemExit:  # check_exchange says that the package cryptography is absent
    tap.skip("hostile peers", "the Python package cryptography is absent: scripts/setup test")
    tap.end()

JA = re.compile("[ぁ-んァ-ン一-龥]")
UNKNOWN = "x-hikeshi-future--" + str(uuid.uuid4())


class World:
    def __init__(self, args):
        self.args = args
        self.a, self.b = Node(args, "alpha"), Node(args, "beta")
        self.evil = Hostile("Evil CSIRT")

    def sync(self, *more):
        """One round of alpha with the hostile peer, now: (exit, text)."""
        status, out, err = self.a.run("peer", "sync", self.evil.name, *more)
        return status, out + err

    def peer(self, name=None):
        rows = [json.loads(x) for x in self.a.must("peer", "list", "--json").splitlines() if x]
        return [p for p in rows if p["name"] == (name or self.evil.name)][0]

    def items(self, language="en"):
        self.admin.language = language
        return self.admin.items(f"/api/v1/peers/{self.link}/items?limit=1000")

    def page(self):
        """What the link's page says is wrong with it: [in English, in Japanese]."""
        said = []
        for language in ("en", "ja"):
            self.admin.language = language
            said.append(self.admin.read(f"/api/v1/peers/{self.link}")["last_error"])
        return said

    def item(self, ident, direction="in"):
        return next((i for i in self.items() if i["id"] == ident and i["direction"] == direction), None)

    def seen(self, ident, who=None):
        return (who or self.analyst).get(f"/api/v1/indicators/{ident}").status == 200

    def memory(self, what="VmRSS"):
        text = open(f"/proc/{self.a.server.pid}/status").read()
        return int(re.search(rf"{what}:\s+(\d+)", text).group(1)) // 1024

    def errors(self):
        return [x for x in self.a.log_tail(10 ** 8).splitlines() if "level=error" in x or " status=5" in x]


def part_link(w):
    tap.part("a hostile peer completes an invitation like any other")
    a, b = w.a, w.b
    a.init("Alpha CSIRT", "admin@alpha.example")
    b.init("Beta CSIRT", "admin@beta.example")
    a.team("Omega CSIRT")
    for n, team, short in ((a, "Alpha CSIRT", "alpha"), (a, "Omega CSIRT", "omega"), (b, "Beta CSIRT", "beta")):
        n.user(f"analyst@{short}.example", "analyst", team)
    for n in (a, b):
        n.start()
    b.must("peer", "accept", a.must("peer", "invite").strip())
    w.admin, w.analyst = a.client("admin@alpha.example"), a.client("analyst@alpha.example")
    w.omega, w.beta_analyst = a.client("analyst@omega.example"), b.client("analyst@beta.example")
    w.alpha, w.beta = a.team_id("Alpha CSIRT").split("--")[1], b.team_id("Beta CSIRT").split("--")[1]
    w.omega_id = a.team_id("Omega CSIRT").split("--")[1]
    w.evil.accept(a.must("peer", "invite").strip())
    w.link = w.peer()["id"]
    tap.equal(w.peer()["state"], "active", "the link is active")
    w.circle = a.must("circle", "create", "--title", "All", "--member", "Alpha CSIRT", "--member", "Beta CSIRT", "--member", w.evil.name).strip()
    tap.ok(wait_for(lambda: [c for c in w.beta_analyst.items("/api/v1/circles") if c["id"] == w.circle], 20), "a circle of all three")
    w.closed = a.must("circle", "create", "--title", "Ours alone", "--member", "Alpha CSIRT", "--member", "Omega CSIRT").strip()
    good = indicator("good")
    status = w.evil.push(w.evil.team.sign([good], [w.alpha]))
    tap.ok(status["success_count"] == 1 and w.seen(good["id"]), "what it signs itself, for a team here, is taken", status)
    tap.ok(not w.seen(good["id"], w.omega), "and seen by nobody else here")
    w.good = good
    ours = w.analyst.made("/api/v1/indicators", {"object": indicator("ours"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    w.ours = ours["id"]
    beta = w.beta_analyst.made("/api/v1/indicators", {"object": indicator("betas"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    w.betas = beta["id"]
    tap.ok(wait_for(lambda: w.seen(w.betas), 20), "the honest peer's indicator is here")


def part_told(w):
    tap.part("what a peer is told names nobody whom it need not know")
    e, ours = w.evil, w.closed.split("--")[1]
    x = w.analyst.made("/api/v1/indicators", {"object": indicator("two-circles"), "tlp": "TLP:GREEN", "circles": [w.circle, w.closed]})["id"]
    tap.ok(wait_for(lambda: x in e.got(), 20), "an indicator for a circle that it is in, and for one that it is not, is sent")
    path = f"/api/v1/indicators/{x}"
    tap.status(w.analyst.patch(path, {"circles": [w.closed]}, w.analyst.get(path).etag), 200, "it is narrowed to the other")
    tap.ok(wait_for(lambda: [i for i in e.got() if i.startswith("x-hikeshi-withdrawal")], 20), "and taken back from who had it")
    _, _, answer = e.call("POST", "/exchange/v1/circles", {"v": 1, "circles": []})
    told = [body for _, _, body in e.requests] + [answer]
    opened = [a["entry"] for b in told for o in (json.loads(b or b"{}").get("objects") or ()) if o["type"] == "x-hikeshi-signature" for a in o["open"]["audience"]]
    tap.equal({a["circle"] for a in opened if "circle" in a} - {w.circle.split("--")[1]}, set(), "no signature is opened for a circle it is not in")
    tap.equal({a["team"] for a in opened if "team" in a} - {e.team.uid}, set(), "nor for a team that is not reached there")
    tap.ok(not [b for b in told if b"Ours alone" in b or ours.encode() in b], "that circle is in no byte that goes there")


def refused(w, name, objects, code, ident=None):
    """One bad object: told in the status, on the page in both languages, and nothing of it is kept."""
    ident = ident or objects[0]["id"]
    status = w.evil.push(objects)
    if not tap.ok(isinstance(status, dict) and status["failure_count"] == 1, f"{name}: told in the status", status):
        return
    row = w.item(ident)
    early = code.startswith(("unknown_key", "unknown_team"))  # told beside what is sent, and perhaps on its way: who sends it tries again
    tap.equal(status["failures"][0]["x_retry"], early, f"{name}: to be tried again: {early}")
    tap.ok(row and row["state"] == "refused" and row["code"] in code.split() and len(row["reason"]) > 15,
           f"{name}: on the link's page as {code}", (row, status))
    ja = [i for i in w.items("ja") if i["id"] == ident and i["direction"] == "in"]
    tap.ok(ja and JA.search(ja[0]["reason"]), f"{name}: in Japanese too", ja)


def left_out(objects, name):
    """As a forwarder drops a field: with its salt."""
    o, s = json.loads(json.dumps(objects))
    del o[name], s["open"]["salts"][name]
    return [o, s]


def part_forged(w):
    tap.part("signatures stripped, forged, moved; fields changed and added; another's name")
    e, t = w.evil, w.evil.team
    new = lambda name: t.sign([indicator(name)], [w.alpha])
    rows = [("the signature stripped", new("s1")[:1], "unsigned"),
            ("the signature of another object", [indicator("s2"), new("s3")[1]], "unsigned"),
            ("a bit of the signature flipped", changed(new("s4"), 1, "sig", to="00" * 64), "signature"),
            ("a field changed", changed(new("s5"), 0, "name", to="nicer"), "signature malformed"),
            ("a field added", changed(new("s6"), 0, "confidence", to=99), "signature malformed"),
            ("its TLP widened", changed(new("s7"), 1, "manifest", "label", "tlp", to=0), "signature"),
            ("a field that must stay left out", left_out(t.sign([dict(indicator("s23"), revoked=True)], [w.alpha]), "revoked"), "stripped"),
            ("and when it expires", left_out(t.sign([dict(indicator("s24"), valid_until=moment(60))], [w.alpha]), "valid_until"), "stripped"),
            ("an audience that was not signed", changed(new("s8"), 1, "open", "audience", to=[
                {"entry": {"team": w.omega_id}, "salt": os.urandom(16).hex()}]), "widened"),
            ("everybody as audience, not signed", changed(new("s9"), 1, "open", "audience", to=[
                {"entry": {"everyone": True}, "salt": os.urandom(16).hex()}]), "widened"),
            ("a circle of ours that it is no member of", t.sign([indicator("s22")], [{"circle": w.closed.split("--")[1], "roster": 2}]), "not_member"),
            ("an audience opened for nobody here", t.sign([indicator("s10")], [str(uuid.uuid4())]), "not_for_us"),
            ("a key of nobody", t.sign([indicator("s11")], [w.alpha], key=Team(e, "x").online), "unknown_key"),
            ("the name of a team that is hosted here", t.sign([indicator("s12")], [w.alpha], claim=w.omega_id), "not_yours"),
            ("the name of a team behind another peer", t.sign([indicator("s13")], [w.alpha], claim=w.beta), "unknown_key not_yours"),
            ("the name of a team nobody knows", t.sign([indicator("s14")], [w.alpha], claim=str(uuid.uuid4())), "unknown_team"),
            ("an unknown v", changed(new("s15"), 1, "manifest", "v", to=2), "unknown_version"),
            ("a member in what is signed that is none", changed(new("s16"), 1, "manifest", "more", to=1), "signature malformed"),
            ("TLP:RED in the clear", t.sign([indicator("s17")], [w.alpha], tlp=4), "red_unsealed"),
            ("a type of a newer version", t.sign([dict(indicator("s18"), type="x-hikeshi-future", id=UNKNOWN)], [w.alpha]), "malformed"),
            ("a record that never crosses links", t.sign([{**indicator("s19"), "type": "x-hikeshi-incident", "title": "x",
                                                          "id": "x-hikeshi-incident--" + str(uuid.uuid4())}], [w.alpha]), "malformed"),
            ("a time a year ahead", t.sign([dict(indicator("s20"), modified=moment(86400 * 365))], [w.alpha]), "clock"),
            ("a time that is none", t.sign([dict(indicator("s21"), modified="yesterday")], [w.alpha]), "malformed signature")]
    for name, objects, code in rows:
        refused(w, name, objects, code)
        tap.ok(not w.seen(objects[0]["id"]) and not w.seen(objects[0]["id"], w.omega), f"{name}: nobody sees it")
    closed = w.a.must("circle", "create", "--title", "Closed", "--member", "Alpha CSIRT", "--member", "Omega CSIRT").strip()
    entry = {"circle": closed.split("--")[1], "roster": 1}
    refused(w, "a circle of which it is no member", t.sign([indicator("s22")], [entry]), "not_member")
    x = t.sign([indicator("s23")], [{"circle": str(uuid.uuid4()), "roster": 1}])
    status = e.push(x)
    tap.ok(status["failures"][0]["x_code"] == "unknown_circle" and status["failures"][0]["x_retry"] and not w.seen(x[0]["id"]),
           "a circle that nobody knows waits", status)
    odd = [dict(indicator("odd"), id="no id at all"), {"type": "indicator"}, 7, None, "x", [], {}]
    status = e.push(odd)
    tap.ok(isinstance(status, dict) and status["failure_count"] == len(odd), "objects that are none are refused one by one", status)
    tap.equal(len([i for i in w.items() if i["id"].startswith("unknown--")]), 1, "and share one row")
    warning = {"type": "x-hikeshi-warning", "spec_version": "2.1", "id": "x-hikeshi-warning--" + str(uuid.uuid4()), "created": moment(),
               "modified": moment(), "state": "issued", "title": "T", "nonsense": {"deep": [1]}}
    status = e.push(t.sign([warning], [w.alpha]))
    tap.ok(isinstance(status, dict), "a type of ours with unknown members is decided on", status)
    tap.equal(len(w.errors()), 0, "no server error", )


def part_lineage(w):
    tap.part("replays, reordered revs, another's id")
    e, t = w.evil, w.evil.team
    base = indicator("lineage")
    revs = [t.sign([dict(base, name=f"lineage {n}", modified=moment(-100 + n))], [w.alpha]) for n in (1, 2, 3)]
    for n in (2, 0, 1, 2, 0, 2):
        status = e.push(revs[n])
        tap.ok(isinstance(status, dict) and status["failure_count"] == 0, f"rev {n + 1} in any order is no failure", status)
    tap.equal(w.analyst.read(f"/api/v1/indicators/{base['id']}")["object"]["name"], "lineage 3", "the newest holds")
    found = [i for i in w.analyst.items("/api/v1/indicators") if i["id"] == base["id"]]
    tap.equal(len(found), 1, "once")
    both = e.push(revs[2] + revs[2])
    tap.ok(isinstance(both, dict), "the same twice in one envelope is decided on", both)
    # not its own
    before = w.analyst.read(f"/api/v1/indicators/{w.ours}")
    status = e.push(t.sign([dict(before["object"], name="taken over", revoked=True, modified=moment())], [w.alpha]))
    now = w.analyst.read(f"/api/v1/indicators/{w.ours}")
    tap.ok(now["object"] == before["object"] and now["team"] == before["team"], "revoking ours under its own name changes nothing of it",
           (status, now))
    # a lineage of its own under that id: beside the other, never in its place
    count = w.analyst.lookup("betas.example.com")[0]["count"]
    before = w.analyst.read(f"/api/v1/indicators/{w.betas}")
    status = e.push(t.sign([dict(before["object"], name="taken over", revoked=True, modified=moment())], [w.alpha]))
    tap.ok(w.analyst.lookup("betas.example.com")[0]["count"] == count == 1 and "betas.example.com" in w.analyst.get("/api/v1/export?format=csv").text,
           "revoking the honest peer's under its own name leaves that in look-ups and exports", status)
    tap.equal(w.beta_analyst.read(f"/api/v1/indicators/{w.betas}")["object"]["name"], "betas", "and at its node what it was")
    now = w.analyst.read(f"/api/v1/indicators/{w.betas}")
    tap.ok(now["object"]["name"] == "betas" and now["team"] == before["team"], "in the page of that id stands who signed it first, not who is newest", now)
    withdrawal = {"type": "x-hikeshi-withdrawal", "spec_version": "2.1", "id": "x-hikeshi-withdrawal--" + str(uuid.uuid4()),
                  "created": moment(), "modified": moment(), "v": 1, "team": t.uid, "reason": "mine now", "list": None,
                  "names": [{"target": w.betas, "rev": 9, "paths": None}]}
    status = e.push(t.sign([withdrawal], [w.alpha]))
    tap.ok(isinstance(status, dict) and w.seen(w.betas), "nor does a withdrawal of another's", status)
    for path in (e.objects_path + w.ours + "/", e.objects_path):
        tap.ok(e.call("DELETE", path)[0] in (404, 405), "a link has nothing to delete", path)
    other = [json.loads(x)["id"] for x in w.a.must("peer", "list", "--json").splitlines() if w.link not in x][0]
    tap.ok(e.call("GET", e.root.replace(w.link, other) + "collections/direct/objects/")[0] in (401, 403, 404), "nor is another link's root for it")
    whole_carrier(w, e)


def whole_carrier(w, e):
    """The collection of a link has a manifest, single objects and versions, of what the peer may have and nothing else."""
    def ask(path):
        status, headers, body = e.call("GET", path)
        return status, json.loads(body), headers
    status, objects, headers = ask(e.objects_path)
    tap.ok(status == 200 and objects.get("objects"), "the feed has something for it", objects)
    manifest_path = e.objects_path.replace("/objects/", "/manifest/")
    status, manifest, told = ask(manifest_path)
    tap.equal((status, [m["id"] for m in manifest.get("objects", [])]), (200, [o["id"] for o in objects["objects"]]),
              "the manifest names what the feed holds, in its order")
    tap.equal([m["version"] for m in manifest["objects"]], [o.get("modified") or o.get("created") or "1970-01-01T00:00:00.000Z"
                                                          for o in objects["objects"]], "with the versions")
    tap.equal(told["X-TAXII-Date-Added-Last"], headers["X-TAXII-Date-Added-Last"], "and the same dates")
    first = objects["objects"][0]
    added = manifest["objects"][0]["date_added"]
    status, rest, _ = ask(f"{manifest_path}?added_after={added}")
    tap.ok(status == 200 and first["id"] not in [m["id"] for m in rest.get("objects", [])], "behind a date, what came later", rest)
    status, page, _ = ask(f"{manifest_path}?limit=1")
    tap.equal((status, page["objects"][0]["id"]), (200, first["id"]), "a page of one")
    status, one, _ = ask(f"{e.objects_path}{first['id']}/")
    tap.ok(status == 200 and one["objects"][0] == first and one["objects"][1]["type"] == "x-hikeshi-signature",
           "one object, with its signature", one)
    status, versions, _ = ask(f"{e.objects_path}{first['id']}/versions/")
    tap.equal((status, versions), (200, {"versions": [manifest["objects"][0]["version"]]}), "and its version")
    held = {o["id"] for o in objects["objects"]}
    hidden = [i["id"] for i in w.analyst.items("/api/v1/indicators?limit=200") if i["id"] not in held]
    for ident in [*hidden[:3], "indicator--00000000-0000-4000-8000-000000000000", "x", f"tool--{first['id'][-36:]}"]:
        tap.equal([ask(f"{e.objects_path}{ident}/{more}")[0] for more in ("", "versions/")], [404, 404], f"not for it: {ident[:20]}")
    for path in (manifest_path, f"{e.objects_path}{first['id']}/", f"{e.objects_path}{first['id']}/versions/"):
        tap.equal(e.call("GET", path, token="nonsense")[0], 401, "not without its token")
        tap.equal(ask(path + "?match[version]=x&match[version]=y")[0], 400, "filters that a link has not are refused")


def part_fork(w):
    tap.part("two texts of one rev stop the link")
    e, t = w.evil, w.evil.team
    base = indicator("fork")
    first = t.sign([base], [w.alpha])
    e.push(first)
    second = t.sign([dict(base, name="another")], [w.alpha], rev=1)
    status = e.push(second)
    tap.ok(isinstance(status, dict) and status["failures"][0]["x_code"] == "forked", "it is refused", status)
    tap.equal(w.analyst.read(f"/api/v1/indicators/{base['id']}")["object"]["name"], "fork", "the first stays")
    row = w.peer()
    tap.ok(row["state"] == "stopped" and "rev" in (row["last_error"] or ""), "the link is stopped and says why", row)
    tap.ok((w.item(base["id"]) or {}).get("code") == "forked", "and which object")
    tap.equal(e.push(first)[0], 403, "meanwhile nothing is taken")
    w.a.must("peer", "resume", w.link)
    tap.ok(isinstance(e.push(first), dict), "a person resumes it")
    wrong = t.sign([dict(base, name="third")], [w.alpha], rev=2, prev="ab" * 32)
    status = e.push(wrong)
    tap.ok(isinstance(status, dict) and status["failures"][0]["x_code"] == "forked", "a rev that follows on another history is a fork too", status)
    w.a.must("peer", "resume", w.link)


def part_malformed(w):
    tap.part("what is no envelope")
    e, t = w.evil, w.evil.team
    good = t.sign([indicator("m")], [w.alpha])
    text = json.dumps({"objects": good})
    rows = [("bad UTF-8", text.replace('"m"', '"\udcff"').encode("utf-8", "surrogateescape")),
            ("deep JSON", b'{"objects":[' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}"),
            ("a hundred thousand arrays", b"[" * 100000),
            ("duplicate keys", text.replace('"type": "indicator"', '"type": "indicator", "type": "malware"').encode()),
            ("no JSON", b"<html>"), ("nothing", b""), ("an array", b"[]"), ("no objects", b"{}"), ("objects is a number", b'{"objects":1}'),
            ("an empty list", b'{"objects":[]}'), ("cut in the middle", text.encode()[:-40]), ("a NUL", text.replace('"m"', '"\\u0000"').encode()),
            ("a lone surrogate", text.replace('"m"', '"\\ud800"').encode()), ("huge numbers", text.replace('"m"', "1e999").encode()),
            ("5,000 objects in one envelope", json.dumps({"objects": [{"type": "indicator", "id": f"indicator--{uuid.uuid4()}"}] * 5000}).encode())]
    for name, body in rows:
        status, _, text_ = e.call("POST", e.objects_path, body)
        bad = status == 202 and json.loads(text_)["success_count"]
        tap.ok(status in (202, 400, 413, 422) and not bad, f"{name}: refused", (status, text_[:300]))
    for name, path in (("circles", "/exchange/v1/circles"), ("teams", "/exchange/v1/teams")):
        for body in (b"{", b'{"v":1,"circles":[{}]}', b'{"v":2,"circles":[]}', b'{"hello":{"v":9}}', b'{"v":1,"circles":[7,null,{"object":{}}]}'):
            status, _, text_ = e.call("POST", path, body)
            tap.ok(status < 500, f"{name}: {body.decode()[:30]}", (status, text_[:300]))
    for q in ("?limit=0", "?limit=99999999999999999999", "?added_after=yesterday", "?match[id]=x", "?match[id]=" + ",".join(
            f"indicator--{uuid.uuid4()}" for _ in range(90)), "?next=x", "?%00"):
        status, _, text_ = e.call("GET", e.objects_path + q)
        tap.ok(status < 500, f"asked for {q[:30]}", (status, text_[:200]))
    tap.ok(not w.errors(), "no server error", w.errors()[:3])


def raw(w, head):
    s = socket.create_connection((w.evil.host, w.evil.port), 10)
    s.sendall((f"POST {w.evil.objects_path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {w.evil.token}\r\nContent-Type: {MEDIA}\r\n"
               f"Accept: {MEDIA}\r\n" + head + "\r\n").encode())
    return s


def part_size(w):
    tap.part("10 GB, announced and not; a byte a second; many at once")
    before = w.memory("VmHWM")
    s = raw(w, "Content-Length: 10737418240\r\n")
    s.settimeout(10)
    tap.ok(b" 413 " in s.recv(4096).split(b"\r\n")[0] + b" ", "10 GB announced: refused before the first byte")
    s.close()
    s = raw(w, "Transfer-Encoding: chunked\r\n")
    sent, block = 0, b"100000\r\n" + b'{"objects":["'.ljust(1 << 20, b"x") + b"\r\n"
    try:
        while sent < 10 << 30:
            s.sendall(block)
            sent += 1 << 20
    except OSError:
        pass
    s.close()
    tap.ok(sent < 400 << 20, "10 GB in pieces: cut", f"{sent >> 20} MiB were taken")
    tap.note(f"taken of 10 GB: {sent >> 20} MiB; peak memory {before} -> {w.memory('VmHWM')} MiB")
    tap.ok(w.memory("VmHWM") - before < 300, "memory stays bounded", w.memory("VmHWM"))
    slow = [raw(w, "Content-Length: 100000\r\n") for _ in range(30)]
    worst, t = 0.0, w.evil.team
    for second in range(6):
        for s in slow:
            try:
                s.sendall(b"{")
            except OSError:
                pass
        start = time.monotonic()
        w.analyst.read("/api/v1/indicators?limit=1")
        worst = max(worst, time.monotonic() - start)
        time.sleep(0.5)
    tap.ok(worst < 3, "thirty that send a byte now and then keep nobody waiting", worst)
    for s in slow:
        s.close()
    # a flood
    start, n = time.monotonic(), 0
    for _ in range(4):
        body = [{"type": "indicator", "id": f"indicator--{uuid.uuid4()}"} for _ in range(4000)]
        status = w.evil.push(body)
        n += status["failure_count"] if isinstance(status, dict) else 0
    tap.note(f"{n} objects of a flood refused in {time.monotonic() - start:.1f} s")
    tap.ok(n == 16000, "a flood is refused object by object", n)
    rows = w.items()
    tap.ok(9000 < len(rows) <= 10000 + 100, "and the page keeps the newest ten thousand rows", len(rows))
    tap.ok(len({(r["direction"], r["id"]) for r in rows}) == len(rows), "page after page without repetition")
    tap.ok(w.memory("VmRSS") < 700, "memory is bounded", w.memory())


def part_answers(w):
    tap.part("a peer that answers nonsense loses nothing of ours")
    e = w.evil
    made = w.analyst.made("/api/v1/indicators", {"object": indicator("outgoing"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    tap.ok(wait_for(lambda: made["id"] in e.got(), 20), "an honest answer: it is sent")
    wrong = {"id": str(uuid.uuid4()), "status": "complete", "total_count": 77, "success_count": 77, "failure_count": 0, "pending_count": 0}
    huge = b"x" * (1 << 20)

    def endless(h, _):
        h.send_response(200)
        h.send_header("Content-Type", MEDIA)
        h.end_headers()
        try:
            for _ in range(200):
                h.wfile.write(huge)
        except OSError:
            pass

    def cut(h, _):
        h.send_response(202)
        h.send_header("Content-Length", "100000")
        h.end_headers()
        h.wfile.write(b'{"id":')

    modes = [("HTML", lambda h, b: (200, {"Content-Type": "text/html"}, b"<html>login</html>")),
             ("an error page", lambda h, b: (502, {"Content-Type": "text/html"}, b"<html>" + b"x" * 5000)),
             ("garbage", lambda h, b: (202, {}, os.urandom(200))),
             ("an empty body", lambda h, b: (202, {}, b"")),
             ("a redirect", lambda h, b: (302, {"Location": f"http://127.0.0.1:{w.b.port}/"}, b"")),
             ("wrong counts", lambda h, b: (202, {}, wrong)),
             ("negative counts", lambda h, b: (202, {}, dict(wrong, total_count=-1))),
             ("deep JSON", lambda h, b: (202, {}, b"[" * 100000)),
             ("200 MB", endless), ("a broken answer", cut),
             ("401", lambda h, b: (401, {}, {"title": "who?"})), ("410", lambda h, b: (410, {}, {"title": "gone", "description": "x" * 9999}))]
    missing = []
    for name, behave in modes:
        x = w.analyst.made("/api/v1/indicators", {"object": indicator("while-" + name.replace(" ", "-")), "tlp": "TLP:GREEN", "circles": [w.circle]})
        missing.append(x["id"])
        e.behave = behave
        status, text = w.sync()
        last = text.strip().splitlines()[-1] if text.strip() else ""
        tap.ok(status == 1 and 20 < len(last) < 600 and "<html" not in last, f"{name}: told in a sentence", (status, text[:700]))
        said = wait_for(lambda: (lambda p: p if all(p) else None)(w.page()), 20)
        tap.ok(said and len(said[0]) > 15 and not JA.search(said[0]) and JA.search(said[1]), f"{name}: on the link's page, in both languages",
               (said, w.page()))
    e.behave = e.honest
    status, text = w.sync()
    tap.ok(status == 0, "when it answers as it should again", text)
    tap.ok(wait_for(lambda: set(missing) <= set(e.got()), 10), "everything arrives", set(missing) - set(e.got()))
    tap.ok(wait_for(lambda: not w.peer()["last_error"], 70, 1), "and the link is well", w.peer())
    def no_circle(h, body):
        if not h.path.endswith("/circles"):
            return e.honest(h, body)
        said = [{"id": c["object"]["id"], "code": "not_yours", "reason": "that circle\nis <b>not</b> yours" + "x" * 5000, "reason_ja": "だめです" * 2000}
                for c in json.loads(body)["circles"]]
        return 200, {"Content-Type": "application/json"}, {"circles": said + [1, None, {}]}
    e.behave = no_circle
    w.a.must("circle", "create", "--title", "回覧", "--member", "Alpha CSIRT", "--member", e.name)
    for _ in range(2):
        said = wait_for(lambda: (lambda p: p if all("circle" in (x or "") or "サークル" in (x or "") for x in p) else None)(w.page()), 20)
        tap.ok(said and "that circle" in said[0] and "not yours" not in said[0] and "だめです" in said[1] and not JA.search(said[0].replace("回覧", "")) and
               all(len(x) < 1500 for x in said), "a circle it does not take: told on the link's page in the reader's language", (said, w.page()))
        w.sync()
        x = w.analyst.made("/api/v1/indicators", {"object": indicator(f"meanwhile-{_}"), "tlp": "TLP:GREEN", "circles": [w.circle]})
        tap.ok(wait_for(lambda: x["id"] in e.got(), 20), "it holds nothing up, and is told on")
    e.behave = e.honest
    w.a.must("team", "add", "--name", "One more")
    tap.ok(wait_for(lambda: not w.peer()["last_error"], 150, 1), "taken at last, it is told no more", w.peer())

    # refusals
    def strange(h, body):
        if h.command == "GET":
            return e.honest(h, body)
        objects = [o["id"] for o in json.loads(body)["objects"] if o["type"] != "x-hikeshi-signature"]
        many = [{"id": i, "message": "m" * 100000, "x_message_ja": "だめ" * 50000, "x_code": "<script>" * 100, "x_retry": retry} for i in
                objects * 3 + ["x"] * 10] + [1, None, {}]
        return 202, {}, {"id": "x", "status": "complete", "total_count": len(objects), "success_count": 0, "failure_count": len(objects),
                         "pending_count": 0, "failures": many, "x_held": [1, {}, None] + w.old}
    w.old = [o for o in w.evil.team.sign([indicator("h")], [w.alpha])]
    for retry in (False, True):
        e.behave = strange
        x = w.analyst.made("/api/v1/indicators", {"object": indicator(f"refused-there-{retry}"), "tlp": "TLP:GREEN", "circles": [w.circle]})
        row = wait_for(lambda: w.item(x["id"], "out"), 20)
        tap.ok((row and row["code"] == "refused" and 1 < len(row["reason"]) <= 500) or retry,
               "what it refuses with a novel is a row with the beginning of it", row)
        e.behave = e.honest
        if not row:
            continue
        e.requests.clear()
        r = w.admin.post(f"/api/v1/peers/{w.link}/items/{x['id']}/again")
        tap.status(r, 204, "send again")
        tap.ok(wait_for(lambda: x["id"] in e.got(), 20), "sends it again, at once")
        tap.ok(wait_for(lambda: not w.item(x["id"], "out"), 20), "and the row is gone when it was taken")
    tap.status(w.admin.post(f"/api/v1/peers/{w.link}/items/indicator--{uuid.uuid4()}/again"), 404, "of what is not there: not found")
    tap.status(w.analyst.post(f"/api/v1/peers/{w.link}/items/{x['id']}/again"), 403, "an analyst does not")
    tap.status(w.analyst.get(f"/api/v1/peers/{w.link}/items"), 403, "nor see the list")
    out = w.a.must("peer", "items", w.evil.name)
    tap.ok(len(out.splitlines()) > 100 and "  in   " in out, "peer items prints it", out[:200])
    # it shows a history of ours that never was
    x = w.analyst.made("/api/v1/indicators", {"object": indicator("history"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    sent = lambda: [s for m, p, b in list(e.requests) if m == "POST" and "/objects/" in p for s in json.loads(b)["objects"]
                    if s["type"] == "x-hikeshi-signature" and s["manifest"]["target"] == x["id"]]
    ours = (wait_for(sent, 20) or [None])[0]
    tap.ok(ours and ours["manifest"]["rev"] == 1, "rev 1 goes out", ours)
    if ours:
        o = w.analyst.read(f"/api/v1/indicators/{x['id']}")["object"]
        theirs = w.evil.team.sign([o], [w.alpha], rev=50, claim=ours["team"])[1]
        for name, shown in (("signed by another key", theirs), ("not signed at all", dict(theirs, key=ours["key"], sig="00" * 64))):
            def lies(h, body):
                status, headers, answer = e.honest(h, body)
                return status, headers, dict(answer, x_held=[dict(shown, open={"salts": {}, "audience": []})]) if h.command == "POST" else answer
            e.behave = lies
            w.sync("--all")
            e.behave = e.honest
            e.requests.clear()
            w.sync("--all")
            tap.equal([s["manifest"]["rev"] for s in sent()], [1], f"a history {name} makes nothing of ours be signed anew")
    # it says yes and stores nothing
    e.requests.clear()
    status, text = w.sync("--all")
    tap.ok(status == 0 and w.ours in e.got() and set(missing) <= set(e.got()), "what it lost though it said yes is sent by peer sync --all", text)


def part_feed(w):
    tap.part("a feed that lies")
    e, t = w.evil, w.evil.team
    x, y, z = indicator("feed-x"), indicator("feed-y"), indicator("feed-z")
    e.feed = t.sign([x], [w.alpha]) + t.sign([y], [w.alpha], claim=w.omega_id) + [z]
    status, text = w.sync("--all")
    tap.ok(status == 0 and w.seen(x["id"]) and not w.seen(y["id"]) and not w.seen(z["id"]), "what is good in it is taken, the rest is not", text)
    tap.ok((w.item(y["id"]) or {}).get("code") == "not_yours" and (w.item(z["id"]) or {}).get("code") == "unsigned", "and has its rows")
    def named(h, body):
        if h.command == "GET" and "match" in h.path:
            return 200, {}, {"objects": t.sign([z], [w.alpha])}
        return e.honest(h, body)
    e.behave = named
    tap.status(w.admin.post(f"/api/v1/peers/{w.link}/items/{z['id']}/again"), 204, "send again, of what came in")
    tap.ok(wait_for(lambda: w.seen(z["id"]), 20), "asks the peer for it")
    tap.ok(wait_for(lambda: not w.item(z["id"]), 20), "and its row is gone")
    n = [0]
    def without_end(h, body):
        if h.command == "GET" and "/objects/" in h.path:
            n[0] += 1
            return 200, {}, {"more": True, "x_added_last": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1e9 + n[0])) + ".000000Z"}
        return e.honest(h, body)
    e.behave = without_end
    status, text = w.sync()
    tap.ok(n[0] < 5000, "a feed without an end is left", n)
    for last in ("x" * 1000, "9999-99-99", "2026-01-01T00:00:00Z&limit=1", "\r\nX: y"):
        e.behave = lambda h, b: (200, {}, {"more": True, "x_added_last": last}) if h.command == "GET" else e.honest(h, b)
        status, text = w.sync()
        tap.ok(status == 1 and "list goes on" in text, f"a place that is none is refused ({last[:10]!r})", text)
    e.behave = e.honest
    e.feed = []


def part_epochs(w):
    tap.part("a peer whose epoch changes all the time is asked no more often for it")
    e = w.evil
    w.sync()
    def flapping(h, body):
        e.epoch = str(uuid.uuid4())
        return e.honest(h, body)
    e.behave = flapping
    e.requests.clear()
    w.analyst.made("/api/v1/indicators", {"object": indicator("flapping"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    time.sleep(4)
    tap.ok(len(e.requests) < 20, "requests stay few", len(e.requests))
    row = [i for i in w.items() if i["code"] == "restored"]
    tap.ok(row and "backup" in row[0]["reason"], "its page says that it was restored", row)
    e.behave = e.honest
    status, text = w.sync()
    status, text = w.sync()
    tap.ok(status == 0, "and goes on when it settles", text)


def part_keys(w):
    tap.part("another key, another's team")
    e = w.evil
    status, _, text = e.announce(key=Team(e, "x").online)
    tap.ok(status in (400, 403), "a statement that another key signed is refused", (status, text))
    impostor = Team(e, "Impostor", w.omega_id)
    status, _, text = e.announce([e.team.announced(), impostor.announced()])
    tap.ok(status == 403 and b"team of this node" in text, "a team hosted here is not taken over", (status, text))
    impostor = Team(e, "Impostor", w.beta)
    status, _, text = e.announce([e.team.announced(), impostor.announced()])
    tap.ok(status == 403, "nor one of another peer", (status, text))
    again = Team(e, e.team.name, e.team.uid)
    status, _, text = e.announce([again.announced()])
    tap.ok(status == 403 and b"root key" in text, "nor does its own team get another root key", (status, text))
    forked = copy.deepcopy(e.team.keys)
    other = Team(e, e.team.name, e.team.uid)
    other.root = e.team.root
    other.keys = []
    other.add_key(other.online)
    status, _, text = e.announce([{**e.team.announced(), "keys": forked + other.keys}])
    tap.ok(status in (400, 403, 409, 422), "two key objects of one number are refused", (status, text))
    many = [Team(e, f"t{i}").announced() for i in range(40)]
    status, _, text = e.announce([e.team.announced()] + many)
    tap.ok(status < 500, "many teams are decided on", (status, text))
    rows = [json.loads(x) for x in w.a.must("team", "list", "--json").splitlines()]
    tap.equal([r["name"] for r in rows if r["id"].endswith(w.beta)], ["Beta CSIRT"], "the honest peer's team is the one it was")
    tap.equal(w.peer()["state"], "active", "the link goes on")


def part_lying_inviter(w):
    tap.part("a node that invites and lies in its answer gets no link")
    other = Hostile("Liar CSIRT")
    stranger = Team(other, "x").online
    zero = "00" * 32

    def accepted(name, says, pin=None):
        other.behave = lambda h, body: other.answers(body, **says) if h.path == "/exchange/v1/hello" else other.honest(h, body)
        status, out, err = w.b.run("peer", "accept", other.invitation(pin=pin))
        rows = [json.loads(x) for x in w.b.must("peer", "list", "--json").splitlines()]
        there = [r for r in rows if r["name"] == other.name]
        if says or pin == zero:
            tap.ok(status == 1 and not there and 20 < len(err) < 600, f"{name}: refused in a sentence, and no link is left", (status, out, err, there))
        else:
            tap.ok(status == 0 and there, name, (status, out, err))
            w.b.must("peer", "remove", there[0]["id"])
    for name, says in (("another key than the invitation names", {"key": stranger}), ("a signature of another key", {"signer": stranger}),
                       ("an answer to another hello", {"reply_to": zero}), ("an answer to nobody's hello", {"reply_to": None}),
                       ("an answer to another node", {"to": public(stranger)}), ("an answer about another link", {"link": str(uuid.uuid4())}),
                       ("an address that is none", {"url": "gopher://127.0.0.1/"}), ("no token", {"token": ""}), ("an unknown v", {"v": 2}),
                       ("a member that is none", {"more": 1})):
        accepted(name, says)
    pin = other.with_tls(temp())
    accepted("over TLS, another TLS key than the one it shows", {"tls_spki": zero}, pin)
    accepted("over TLS, a pin of another key", {}, zero)
    accepted("what is no lie makes a link", {}, pin)


def part_end(w):
    tap.part("nobody else noticed")
    x = w.analyst.made("/api/v1/indicators", {"object": indicator("at-the-end"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    tap.ok(wait_for(lambda: w.beta_analyst.get(f"/api/v1/indicators/{x['id']}").status == 200, 20), "the honest peer is served as ever")
    e = w.evil
    hang = threading.Event()
    e.behave = lambda h, b: (hang.wait(120), (500, {}, b""))[1]
    w.analyst.made("/api/v1/indicators", {"object": indicator("hanging"), "tlp": "TLP:GREEN", "circles": [w.circle]})
    time.sleep(0.5)
    tap.ok(not w.errors(), "no server error was logged", w.errors()[:5])
    start = time.monotonic()
    tap.equal(w.a.stop(), 0, "the node stops in order while a peer does not answer")
    tap.ok(time.monotonic() - start < 15, "and soon", time.monotonic() - start)
    hang.set()
    status, out, err = w.a.run("verify")
    tap.ok(status == 0, "verify says intact", out[-600:] + err)
    w.b.stop()


def main():
    w = World(options(__doc__))
    for part in (part_link, part_told, part_forged, part_lineage, part_fork, part_malformed, part_size, part_answers, part_feed, part_epochs, part_keys, part_lying_inviter,
                 part_end):
        start = time.monotonic()
        tap.guard(part, w)
        tap.note(f"{part.__name__}: {time.monotonic() - start:.1f} s")
    tap.end()


if __name__ == "__main__":
    main()
