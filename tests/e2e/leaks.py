#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks a running node: nobody sees, counts, completes or exports what they may not.

Every route is asked by every account about everything planted in leaks_world.py; no byte of a secret may come back,
and what one may not see must answer exactly as what does not exist. Then what a hostile member, page or client tries.
usage: leaks.py [--store sqlite|postgresql] [--binary FILE] [--keep] [--accounts aa,ba,...]
"""
import json
import time
import urllib.parse

import leaks_attacks
import leaks_time
import lib
from leaks_world import CANARY, World, fresh_id, shape, word
from lib import tap

OWN = ("reports", "incidents", "tasks", "warnings", "deliveries", "assessments", "teams", "people", "circles",
       "memberships", "comments", "factsheets", "indicators", "observables", "sightings")
STIX = ("identity", "grouping", "report", "note", "domain-name", "relationship", "incident")
BELOW = ("", "/history", "/links", "/comments", "/files", "/indicators")
WARNING = ("/preview", "/deliveries", "/assessments", "/receipts", "/calls", "/concerns", "/changes?from=1&to=2",
           "/changes?from=1&to=1")
VALUE = ("?", "/records?", "/sightings?", "/graph?", "/graph?depth=2&")
FORMATS = ("stix", "misp", "csv", "list")


class Ears:
    """What one account heard: the secrets in it that are not for that account, and where."""

    def __init__(self, world, who):
        self.world, self.who, self.wrong, self.heard = world, who, {}, 0

    def hear(self, where, reply):
        self.heard += 1
        head = "\n".join(f"{k}: {v}" for k, v in reply.headers.items()).encode()
        for text in set(m.group(0).lower().decode() for m in CANARY.finditer(head + b"\n" + reply.body)):
            if text.encode() in where.lower().encode():
                continue  # what was asked for is said back
            if self.who not in self.world.secret.get(text, ()):
                self.wrong.setdefault(text, where)
        for uuid, (name, readers) in self.world.hidden().items():
            if uuid in reply.body and self.who not in readers and uuid.decode() not in where:
                self.wrong.setdefault(f"the id of {name}", where)
        if reply.status >= 500:
            self.wrong.setdefault(f"status {reply.status}", where)
        return reply


def sweep(world, who):
    """Everything that can be read."""
    c, ears = world.who[who], Ears(world, who)
    get = lambda path: ears.hear(path, c.get(path))
    for plural in OWN + tuple("stix/" + t for t in STIX):
        for more in ("", "?exercise=true", "?revoked=true"):
            get(f"/api/v1/{plural}{more}")
        if not plural.startswith("stix/"):
            get(f"/api/v1/{plural}/count")
    for box in ("inbox", "outbox", "drafts"):
        get(f"/api/v1/warnings?box={box}")
    for team in world.team.values():
        for plural in OWN:
            get(f"/api/v1/{plural}?team={team}")
        get(f"/api/v1/teams/{team}")
        get(f"/api/v1/teams/{team}/links")
    for name, path in world.paths.items():
        for below in BELOW + (WARNING if "/warnings/" in path else ()):
            get(path + below)
    for number in ("RPT-2026-0001", "INC-2026-0001", "INC-2026-0002", "EW-2026-0001", "EW-2026-0002"):
        for plural in ("reports", "incidents", "warnings"):
            get(f"/api/v1/{plural}/{number}")
    for form in FORMATS:
        get(f"/api/v1/export?format={form}")
        for plural in OWN:
            get(f"/api/v1/export?format={form}&type={plural}")
    for path in ("/api/v1/me", "/api/v1/tokens", "/api/v1/figures/warnings", "/api/v1/catalog", "/metrics", "/readyz", "/api/openapi.json",
                 f"/api/v1/jobs/{world.job}"):
        get(path)
    for words in ("Alpha", "zq", "zqinc", "CSIRT", "203.0.113.7"):
        get("/api/v1/search?q=" + words)
        get("/api/v1/search?limit=1&q=" + words)
    for value in ("203.0.113.7", "203.0.113.201", "203.0.113.203", "198.51.100.77", "zqownindqz.example", "zqcircindqz.example", "issued.example"):
        for below in VALUE:
            get(f"/api/v1/values{below}value={value}")
    tap.ok(not ears.wrong, f"{who}: {ears.heard} answers without a secret of others",
           "\n".join(f"{k}: {v}" for k, v in ears.wrong.items()))


def as_nothing(world, who):
    """What one may not see answers as what does not exist, whatever is tried."""
    c, readers, wrong = world.who[who], world.readers(), []
    tries = [("GET", b, None, {}) for b in BELOW]
    tries += [("PATCH", "", {"title": "x"}, {}), ("PATCH", "", {"title": "x"}, {"If-Match": '"r1"'}),
              ("PATCH", "", {"title": "x"}, {"If-Match": '"r99"'}), ("GET", "", None, {"If-None-Match": '"r1"'}),
              ("POST", "/comments", {"text": "x"}, {}), ("POST", "/links", {"target": world.team["Alpha"], "relation": "has"}, {}),
              ("DELETE", "/links", {"target": world.team["Alpha"], "relation": "has"}, {}),
              ("POST", "/indicators", {"text": "203.0.113.250"}, {}), ("POST", "/submit", {}, {}), ("POST", "/close", {}, {}),
              ("POST", "/withdraw", {"reason": "x"}, {}), ("POST", "/nosuchstep", {}, {})]
    for name, path in world.paths.items():
        if who in readers[name]:
            r = c.get(path)
            if r.status != 200:
                wrong.append(f"{name} should be read: {r.status}")
            continue
        full = world.ids[name]
        for method, below, body, headers in tries + ([("GET", b, None, {}) for b in WARNING] if "/warnings/" in path else []):
            other = fresh_id(full)
            a = c.call(method, path + below, body, headers)
            b = c.call(method, path.replace(full, other) + below, body, headers)
            if shape(a, full) != shape(b, other) or a.status < 400:
                wrong.append(f"{method} {name}{below}: {a.status} {a.text[:200]} / {b.status} {b.text[:200]}")
        for path2, make in ((f"/api/v1/incidents?parent={full}", None), ("/api/v1/comments", {"target": full, "text": "x"}),
                            ("/api/v1/incidents", {"title": "x", "report": [full]}),
                            (f"/api/v1/export?circle={full}", None), (f"/api/v1/import?circle={full}&format=list", b"x.example"),
                            ("/api/v1/indicators", {"value": "t.example", "circles": [full]}),
                            ("/api/v1/sightings", {"object": {"type": "sighting", "sighting_of_ref": full}}),
                            ("/api/v1/warnings", {"title": "x", "circles": [full]}),
                            ("/api/v1/memberships", {"circle": full, "team": world.team["Alpha"]})):
            other = fresh_id(full)
            again = lambda v: json.loads(json.dumps(v).replace(full, other)) if isinstance(v, dict) else v
            a = c.get(path2) if make is None else c.post(path2, make)
            b = c.get(path2.replace(full, other)) if make is None else c.post(path2.replace(full, other), again(make))
            if a.status in (201, 202) and b.status == a.status:
                continue  # both were taken: the id is only a word there
            if shape(a, full) != shape(b, other):
                wrong.append(f"{path2} about {name}: {a.status} {a.text[:200]} / {b.status} {b.text[:200]}")
    tap.ok(not wrong, f"{who}: what is not theirs is as what is not there", "\n".join(wrong[:10]))


def words_tell_nothing(world, who):
    """A word or value that stands only in what one may not read finds what a word finds that stands nowhere."""
    c, wrong = world.who[who], []
    places = ["/api/v1/search?q={}", "/api/v1/search?limit=1&q={}", "/api/v1/export?format=stix&q={}",
              "/api/v1/export?format=stix&type=incidents&q={}"]
    places += [f"/api/v1/{p}?limit=1&q={{}}" for p in OWN] + [f"/api/v1/{p}/count?q={{}}" for p in ("incidents", "warnings")]
    nowhere = word("nowhere")
    empty = {p: shape(c.get(p.format(nowhere)), nowhere)[:2] for p in places}
    stable = {p: shape(c.get(p.format(nowhere)), nowhere)[:2] == empty[p] for p in places}
    for text, readers in world.secret.items():
        if who in readers:
            continue
        for p in places:
            r = c.get(p.format(text))
            if stable[p] and shape(r, text)[:2] != empty[p]:
                wrong.append(f"{p.format(text)}: {r.status} {r.text[:200]}")
    values = {"203.0.113.201": world.of("a"), "203.0.113.202": {"aa"}, "203.0.113.203": world.of("a"),
              "http://zqshurlqz.example/x": world.of("a"), "zqownindqz.example": world.of("a"),
              "zqquietindqz.example": world.of("a"), "198.51.100.77": world.of("b"), "zqcircindqz.example": world.of("a", "b", "d") | {"sec", "root"}}
    for item in c.lookup(*values):
        seen = bool(item["count"] or item["records"] or item["sightings"]["count"] or item["circles"])
        if seen and who not in values[item["value"]]:
            wrong.append(f"lookup {item}")
        if not seen and who in values[item["value"]]:
            wrong.append(f"lookup does not know {item}")
    for value, readers in values.items():
        nothing = "http://zqnowhereqz.example/x" if value[0] == "h" else "zqnowhereqz.example" if value[0] == "z" else "203.0.113.222"
        for below in VALUE:
            path = f"/api/v1/values{below}value="
            a, b = c.get(path + urllib.parse.quote(value)), c.get(path + urllib.parse.quote(nothing))
            if who not in readers and a.text.replace(value, "V") != b.text.replace(nothing, "V"):
                wrong.append(f"{path}{value}: {a} / {b}")
            if who in readers and not a.json["count"]:
                wrong.append(f"{path}{value} does not know it: {a}")
    tap.ok(not wrong, f"{who}: words and values of others find nothing", "\n".join(wrong[:10]))


def public(world):
    """Nobody signed in; a disabled account; an expired token; a token that may only read."""
    nobody, ears = lib.Client(world.node), Ears(world, "nobody")
    for path in [*world.paths.values(), "/api/v1/warnings", "/api/v1/search?q=zq", "/api/v1/stream", "/api/v1/me",
                 f"/api/v1/jobs/{world.job}", "/api/v1/export"]:
        r = ears.hear(path, nobody.get(path))
        if r.status != 401:
            ears.wrong[path] = r.status
    for path in ("/report", "/report?team=Alpha", "/report?lang=ja", "/report/status", "/.well-known/security.txt", "/public/warnings",
                 "/public/warnings.atom", "/rfc2350", "/rfc2350.txt",
                 "/metrics", "/healthz", "/readyz", "/api/openapi.json", "/", "/nothing"):
        ears.hear(path, nobody.get(path))
    tap.ok(not ears.wrong, "who is not signed in reads nothing", ears.wrong)
    n = world.node
    off, token = world.who["off"], n.token("off@alpha.example")
    stream = off.stream()
    short = n.token("aa@alpha.example", expires=lib.moment(2))
    tap.status(lib.Client(n, token=short).get("/api/v1/me"), 200, "a token works before it expires")
    n.must("user", "disable", "--email", "off@alpha.example")
    tap.status(off.get("/api/v1/me"), 401, "a disabled account's session is over")
    tap.status(lib.Client(n, token=token).get("/api/v1/me"), 401, "a disabled account's token is over")
    wrong = nobody.post("/api/v1/session", {"email": "off@alpha.example", "password": lib.PASSWORD})
    none = nobody.post("/api/v1/session", {"email": "zz@alpha.example", "password": lib.PASSWORD})
    tap.equal(shape(wrong), shape(none), "signing in does not tell a disabled account from none")
    start = time.monotonic()
    world.who["aa"].made("/api/v1/tasks", {"title": "after"})
    time.sleep(0.5)
    tap.ok(not stream.seen("tasks.create", start), "a disabled account's stream is over", stream.text())
    time.sleep(1.8)
    tap.status(lib.Client(n, token=short).get("/api/v1/me"), 401, "an expired token is over")
    read = lib.Client(n, token=n.token("al@alpha.example", "read"))
    wrong = {}
    for method, path, body in (("POST", "/api/v1/incidents", {"title": "x"}), ("PATCH", world.paths["incident"], {"title": "x"}),
                               ("POST", world.paths["draft"] + "/submit", {}), ("POST", "/api/v1/import", b"x"),
                               ("GET", "/api/v1/export", None), ("POST", "/api/v1/tokens", {}), ("PATCH", "/api/v1/me", {"language": "ja"}),
                               ("POST", world.paths["incident"] + "/indicators", {"text": "x.example"}),
                               ("POST", world.paths["incident"] + "/files", b"x"), ("DELETE", world.paths["incident"] + "/links", {})):
        r = read.call(method, path, body)
        if r.status != 403:
            wrong[path] = str(r)
    tap.ok(not wrong, "a token that may only read does nothing else", wrong)
    tap.status(read.get(world.paths["incident"]), 200, "and it reads")
    export = lib.Client(n, token=n.token("al@alpha.example", "export"))
    tap.status(export.get("/api/v1/export?format=stix&type=incidents"), 403, "a token that may only export does not read incidents by it")


def streams(world):
    """Events go to those who may see what changed."""
    ears = {w: world.who[w].stream() for w in ("aa", "ar", "ba", "ba2", "ga", "da", "sec")}
    time.sleep(0.3)
    aa = world.who["aa"]
    aa.patch(world.paths["red"], {"summary": "changed"}, aa.get(world.paths["red"]).etag)
    aa.patch(world.paths["draft"], {"summary": "changed"}, aa.get(world.paths["draft"]).etag)
    aa.patch(world.paths["quietind"], {"object": {"description": "x"}}, aa.get(world.paths["quietind"]).etag)
    world.who["ba"].post(world.paths["issued"] + "/assessments", {"state": "done"})
    aa.made("/api/v1/tasks", {"title": "last"})
    lib.wait_for(lambda: ears["aa"].seen("tasks.create"), 5)
    time.sleep(0.3)
    readers, wrong = world.readers(), []
    for w, s in ears.items():
        for name, full in world.ids.items():
            if w not in readers[name] and full.rpartition("--")[2] in s.text():
                wrong.append(f"{w} heard of {name}: {s.text()}")
        if CANARY.search(s.text().encode()):
            wrong.append(f"{w} heard {s.text()}")
    # Beta gets a report with a value that the indicator of another circle's warning carries too
    tap.ok(not wrong, "events reach only those who may see what changed", "\n".join(wrong)[:1500])
    old = world.who["ga"].stream(last_id=1)
    time.sleep(0.3)
    tap.ok(not any(world.ids[n].rpartition("--")[2] in old.text() for n in ("draft", "red", "issued", "quietind")),
           "what a stream missed is told under the same rule", old.text())
    for s in [*ears.values(), old]:
        s.close()


def written_down(world):
    """Logs and mails."""
    log = world.node.log_tail(10_000_000).encode()
    tap.ok(not CANARY.search(log.replace(b"zqnowhereqz", b"")), "no secret in the log", CANARY.findall(log)[:5])
    if not world.mail or not world.mail.port:
        return
    lib.wait_for(lambda: len(world.mail.to("ba@beta.example")) >= 4, 20)
    mails = world.mail.all()
    texts = [(m["X-Rcpt-To"], lib.mail_text(m)) for m in mails]
    heads = [(t[0], "\n".join(f"{k}: {v}" for k, v in m.items())) for t, m in zip(texts, mails)]
    tap.ok(not [t for t in texts + heads if CANARY.search(t[1].encode())], "no secret in a mail or its head", texts[:3])
    link = {n: world.ids[n].rpartition("--")[2] for n in ("issued", "redwarn", "correction", "draft")}
    wrong = [t for t in texts if link["redwarn"] in t[1] and "ba@beta.example" not in t[0]]
    tap.ok(not wrong, "of a TLP:RED warning only the one who is named gets a mail", wrong[:3])
    wrong = [t for t in texts if ("delta" in t[0] and link["issued"] in t[1]) or ("gamma" in t[0] and link["correction"] in t[1]) or
             link["draft"] in t[1]]
    tap.ok(not wrong, "who is left out, or not yet in, gets no mail", wrong[:3])


def main():
    args = lib.options(__doc__, accounts=(str, ""))
    world = World(args)
    world.build()
    r = world.who["aa"].call("POST", "/api/v1/import?format=list&name=" + world.keep("importname", world.of("a")),
                             b"zqimportqz.example\n")
    world.secret["zqimportqz"] = world.of("a")
    world.job = r.json["job"]
    lib.wait_for(lambda: world.who["aa"].get(f"/api/v1/jobs/{world.job}").json["state"] == "done", 10)
    accounts = args.accounts.split(",") if args.accounts else [w for w in world.who if w != "off"]
    for part in (sweep, as_nothing, words_tell_nothing):
        tap.part(part.__doc__)
        for who in accounts:
            tap.guard(part, world, who)
    for part in (streams, public):
        tap.part(part.__doc__)
        tap.guard(part, world)
    for part in leaks_time.PARTS + leaks_attacks.PARTS:
        tap.part(part.__doc__)
        tap.guard(part, world)
    tap.part(written_down.__doc__)
    tap.guard(written_down, world)
    tap.end()


if __name__ == "__main__":
    main()
