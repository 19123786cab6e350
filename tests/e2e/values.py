#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One value in full (GET /api/v1/values…): who has it, when it was seen, its records page by page, what is around it;
true under each reader's view, and silent about what a reader may not see: of a value that only others have, every answer
is the one about a value that nobody has. Then one's own imports, which stay readable.
usage: values.py [--store sqlite|postgresql] [--binary FILE]
"""
import json
import re
import urllib.parse

from lib import Node, Tap, options, wait_for

tap = Tap()
CANARY = re.compile(r"zq[a-z0-9]+qz")
VALUE = "shared-value.example"


def ask(c, value, below="", **more):
    return c.get(f"/api/v1/values{below}?" + urllib.parse.urlencode({"value": value, **more}))


class World:
    def __init__(self, args):
        n = self.node = Node(args)
        n.init("Alpha", "a@alpha.example")
        for name in ("Beta", "Gamma"):
            n.team(name, *(["--domain", "beta.example", "--cidr", "198.51.100.0/24"] if name == "Beta" else []))
            n.user(f"x@{name.lower()}.example", "analyst", name)
        self.circle = n.must("circle", "create", "--title", "Two", "--member", "Alpha", "--member", "Beta").strip()
        n.start()
        self.a, self.b, self.c = n.client("a@alpha.example"), n.client("x@beta.example"), n.client("x@gamma.example")
        self.alpha, self.beta = n.team_id("Alpha"), n.team_id("Beta")
        self.share = {"tlp": "TLP:AMBER", "circles": [self.circle]}
        self.fill()

    def fill(self):
        a, b, c = self.a, self.b, self.c
        stix = {"type": "indicator", "name": "zqnameqz", "pattern": f"[domain-name:value = '{VALUE}']", "pattern_type": "stix",
                "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z", "confidence": 70,
                "indicator_types": ["malicious-activity"]}
        self.indicator = a.made("/api/v1/indicators", {"object": stix, **self.share})["id"]
        self.own = a.made("/api/v1/incidents", {"title": "zqownqz", "summary": f"{VALUE} 203.0.113.99"})["id"]
        r = a.post(f"/api/v1/incidents/{self.own}/links", {"target": self.indicator, "relation": "has"})
        tap.status(r, 201, "linked")
        # shared, but what names the value does not leave
        self.noted = a.made("/api/v1/incidents", {"title": "noted", "summary": "s", "notes": f"{VALUE} noted-value.example", **self.share})["id"]
        self.told = a.made("/api/v1/incidents", {"title": "told", "summary": f"{VALUE} told-value.example", "notes": "hidden-value.example", **self.share})["id"]
        # what another team links to it is that team's affair
        self.linked = b.made("/api/v1/incidents", {"title": "beta links", **self.share})["id"]
        tap.status(b.post(f"/api/v1/incidents/{self.linked}/links", {"target": self.indicator, "relation": "has"}), 201, "linked by another team")
        for who, first, last, n in ((b, "2026-03-01T00:00:00Z", "2026-03-01T16:00:00Z", 5), (b, "2026-03-03T00:00:00Z", "2026-03-03T01:00:00Z", 1)):
            who.made("/api/v1/sightings", {"object": {"type": "sighting", "sighting_of_ref": self.indicator, "first_seen": first,
                                                       "last_seen": last, "count": n}, **self.share})
        a.made("/api/v1/sightings", {"object": {"type": "sighting", "sighting_of_ref": self.indicator, "first_seen": "2026-02-01T00:00:00Z",
                                                 "description": "zqsightqz"}})
        self.secret = c.made("/api/v1/indicators", {"value": VALUE, "name": "zqgammaqz"})["id"]
        c.made("/api/v1/sightings", {"object": {"type": "sighting", "sighting_of_ref": self.secret, "first_seen": "2020-02-01T00:00:00Z"}})


def who_and_when(w):
    """What each reader is told"""
    a, b, c = (ask(x, "Shared-Value[.]example").json for x in (w.a, w.b, w.c))
    tap.equal((a["kind"], a["canonical"], a["count"], a["exact"]), ("domain-name", VALUE, 4, True), "the holder: everything of its own")
    tap.equal((b["count"], b["sightings"]["count"]), (2, 2), "the circle: what is shared, without what stands in notes")
    tap.equal((c["count"], c["sightings"]["count"]), (1, 1), "outside: one's own")
    types = {x["type"]: x["count"] for x in a["types"]}
    tap.equal(types, {"indicator": 1, "x-hikeshi-incident": 3}, "counted by type")
    teams = {x["team"]: (x["records"], x["sightings"]) for x in a["teams"]}
    tap.equal(teams, {w.alpha: (4, 1), w.beta: (0, 2)}, "counted by team")
    beta = next(x for x in a["teams"] if x["team"] == w.beta)
    tap.equal((beta["first"][:16], beta["last"][:16]), ("2026-03-01T00:00", "2026-03-03T01:00"), "with when it was seen")
    tap.equal((a["sightings"]["first"][:10], a["sightings"]["last"][:10]), ("2026-02-01", "2026-03-03"), "over all teams")
    tap.equal((a["circles"], c["circles"]), ([w.circle], []), "circles are their members'")
    v = a["verdicts"]
    tap.ok(len(v) == 1 and v[0]["confidence"] == 70 and v[0]["valid_until"].startswith("2027") and v[0]["team"] == w.alpha, "what its indicator says of it", v)
    tap.equal([ask(w.b, x).json["own"] for x in ("198.51.100.7", "http://www.beta.example/x", VALUE)], ["range", "domain", None], "one's own networks and domains")
    tap.ok(ask(w.a, "8.8.8.8").json["warninglists"], "well-known values say so")


def told_nothing(w):
    """Nothing of others in any answer"""
    routes = (("", {}), ("/records", {}), ("/sightings", {}), ("/graph", {}), ("/graph", {"depth": 2}), ("/records", {"type": "indicator"}),
              ("/records", {"team": w.alpha}), ("/sightings", {"by": "day"}))
    may = {"a": {"zqnameqz", "zqownqz", "zqsightqz"}, "b": {"zqnameqz"}, "c": {"zqgammaqz"}}
    ids = {"a": [w.secret], "b": [w.secret, w.own, w.noted], "c": [w.indicator, w.own, w.noted, w.told]}
    for name, c in (("a", w.a), ("b", w.b), ("c", w.c)):
        wrong = []
        for below, more in routes:
            text = ask(c, VALUE, below, **more).text
            wrong += [f"{below} {more}: {x}" for x in set(CANARY.findall(text)) - may[name]]
            wrong += [f"{below} {more}: {x}" for x in ids[name] if x.rpartition("--")[2] in text]
        tap.ok(not wrong, f"{name}: no name, no id, no word of others", wrong)
    # a value that only others have is a value that nobody has
    wrong = []
    for reader, values in ((w.c, ("told-value.example", "noted-value.example", "hidden-value.example", "203.0.113.99")),
                           (w.b, ("noted-value.example", "hidden-value.example", "203.0.113.99"))):
        for value in values:
            nothing = "203.0.113.98" if value[0] == "2" else "nothing-of-it.example"
            for below, more in routes:
                x, y = ask(reader, value, below, **more), ask(reader, nothing, below, **more)
                if x.status != 200 or x.text.replace(value, "V") != y.text.replace(nothing, "V"):
                    wrong.append(f"{value} {below} {more}: {x.text[:200]} / {y.text[:200]}")
    tap.ok(not wrong, "a value of others alone answers as one that nobody has", "\n".join(wrong))
    tap.equal([ask(w.a, v).json["count"] for v in ("noted-value.example", "hidden-value.example")], [1, 1], "though its holder knows it")
    w.a.confirms = False
    for below, _ in routes[:4]:
        tap.status(type(w.a)(w.node).get(f"/api/v1/values{below}?value=x.example"), 401, f"nobody signed in: values{below}")


def around(w):
    """The graph"""
    a, b = ask(w.a, VALUE, "/graph").json, ask(w.b, VALUE, "/graph").json
    tap.equal({n["id"] for n in a["nodes"]}, {w.indicator, w.own, w.noted, w.told}, "one's own and shared records")
    tap.equal({n["id"] for n in b["nodes"]}, {w.indicator, w.told}, "of another team's what it shares and shows")
    tap.equal(a["edges"], [{"from": w.own, "to": w.indicator, "relation": "has"}], "links among them")
    tap.equal(b["edges"], [], "whose links are others' are not told")
    tap.equal((a["further"], b["further"]), (4, 2), "one step further is counted under the reader's view")
    deep = ask(w.a, VALUE, "/graph", depth=2).json
    tap.equal({n["title"] for n in deep["nodes"] if n["ring"] == 2},
              {"203.0.113.99", "noted-value.example", "told-value.example", "hidden-value.example"}, "and shown: other values of the same records")
    tap.ok(all(e["from"] in {n["id"] for n in deep["nodes"]} and e["to"] in {n["id"] for n in deep["nodes"]} for e in deep["edges"]), "no edge without its nodes", deep)
    deep = ask(w.b, VALUE, "/graph", depth=2).json
    tap.equal({n["title"] for n in deep["nodes"] if n["ring"] == 2}, {"told-value.example", "beta links"}, "to others only what leaves, and their own links")
    tap.equal(len(ask(w.a, VALUE, "/graph", limit=1).json["nodes"]), 1, "as many as asked for")


def over_time(w):
    """By day, week and month of a zone"""
    x = ask(w.b, VALUE, "/sightings", by="day", zone="+00:00").json
    days = {i["from"][:10]: (i["sightings"], i["seen"]) for i in x["items"] if i["sightings"]}
    tap.equal(days, {"2026-03-01": (1, 5), "2026-03-03": (1, 1)}, "days of UTC")
    x = ask(w.b, VALUE, "/sightings", by="day", zone="+09:00").json
    days = {i["from"]: i["sightings"] for i in x["items"] if i["sightings"]}
    tap.equal((x["zone"], days), ("+09:00", {"2026-03-01T15:00:00.000000Z": 1, "2026-03-02T15:00:00.000000Z": 1}), "days of Japan")
    tap.equal(sum(i["records"] for i in x["items"]), 2, "and the records that name it")
    x = ask(w.b, VALUE, "/sightings").json
    tap.ok(x["by"] in ("week", "month") and sum(i["sightings"] for i in x["items"]) == 2, "the unit that fits", x["by"])
    tap.equal(ask(w.b, "nobody.example", "/sightings").json["items"], [], "nothing seen: nothing drawn")


def pages(w):
    """Page by page"""
    for i in range(13):
        w.a.made("/api/v1/incidents", {"title": f"p{i}", "summary": "paged-value.example", **(w.share if i % 2 else {})})
    w.b.made("/api/v1/reports", {"title": "r", "description": "paged-value.example", **w.share})
    path = "/api/v1/values/records?value=paged-value.example"
    found = [x["id"] for x in w.a.items(path + "&limit=4")]
    tap.ok(len(found) == 14 == len(set(found)), "each once", len(found))
    tap.equal([x["type"] for x in w.a.items(path + "&type=reports")], ["x-hikeshi-report"], "of one type")
    r = w.a.read(path + f"&team={w.alpha}&limit=3")
    tap.equal((r["matching"], r["count"], len(r["items"])), (13, 14, 3), "of one team, with how many there are")
    tap.equal(len(w.b.items(path + "&limit=2")), 7, "the circle walks what it shares")
    other = w.a.read(path + "&limit=2")["next"]
    tap.status(w.b.get(path + f"&cursor={other}"), 200, "a cursor of others is a place, no key")
    tap.ok({x["id"] for x in w.b.read(path + f"&cursor={other}")["items"]} <= {x["id"] for x in w.b.items(path)}, "and opens nothing")
    for more, code in (("kind=nonsense", "enum"), ("zone=9", "unknown_parameter"), ("cursor=AAAA", "cursor"), ("limit=0", "range"), ("team=x", "format")):
        r = w.a.get(f"{path}&{more}")
        tap.ok(r.status == 422 and r.code() == code, f"refused: {more}", r)
    for p, code in (("/api/v1/values", "required"), ("/api/v1/values/sightings?value=x.example&zone=9", "format"), ("/api/v1/values/sightings?value=x.example&by=year", "enum"),
                    ("/api/v1/values/graph?value=x.example&depth=3", "range"), ("/api/v1/values?value=" + "x" * 5000, "length")):
        r = w.a.get(p)
        tap.ok(r.status == 422 and r.code() == code, f"refused: {p[:60]}", r)


def imports(w):
    """One's own imports"""
    bundle = {"type": "bundle", "id": "bundle--0b1c8a54-1111-4111-8111-111111111111", "objects": [
        {"type": "indicator", "spec_version": "2.1", "id": "indicator--0b1c8a54-2222-4111-8111-111111111111", "created": "2026-01-01T00:00:00.000Z",
         "modified": "2026-01-01T00:00:00.000Z", "pattern": "[domain-name:value = 'imported-value.example']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"},
        {"type": "indicator", "id": "not an id"}]}
    r = w.b.call("POST", "/api/v1/import?name=zqbetaimportqz.json", json.dumps(bundle).encode(), {"Content-Type": "application/json"})
    tap.status(r, 202, "sent")
    job = r.json["job"]
    done = wait_for(lambda: w.b.read(f"/api/v1/jobs/{job}")["state"] == "done", 60)
    tap.ok(done, "done")
    w.node.stop()
    w.node.start()
    mine = w.b.read("/api/v1/jobs?kind=import")["items"]
    tap.ok(len(mine) == 1 and mine[0]["id"] == job and mine[0]["name"] == "zqbetaimportqz.json" and mine[0]["objects"]["new"] == 1, "listed, also after a restart", mine)
    tap.ok(len(w.b.read(f"/api/v1/jobs/{job}")["result"]["rejected"]) == 1, "with what was refused and why")
    tap.equal([x.read("/api/v1/jobs")["items"] for x in (w.a, w.c)], [[], []], "others have none of it")
    tap.status(w.a.get(f"/api/v1/jobs/{job}"), 404, "nor the job itself")
    for i in range(3):
        w.b.call("POST", f"/api/v1/import?name=n{i}", b"imported-value.example\n")
    tap.equal([len(w.b.items("/api/v1/jobs?kind=import&limit=1")), len(w.b.items("/api/v1/jobs?kind=nothing"))], [4, 0], "page by page, of one kind")


def main():
    w = World(options(__doc__))
    for part in (who_and_when, told_nothing, around, over_time, pages, imports):
        tap.part(part.__doc__)
        tap.guard(part, w)
    tap.end()


if __name__ == "__main__":
    main()
