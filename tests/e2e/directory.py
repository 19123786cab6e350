#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""directory: who works here and who elsewhere, and when a team last confirmed what stands of it; reports and incidents of
one's own team by week and category, of what one may see.
"""
import datetime

from lib import Client, Node, Tap, options, wait_for

tap = Tap()
AT = "/api/v1/figures/desk"


def world(args):
    n, other = Node(args, "here"), Node(args, "there")
    n.init("Alpha", "admin@a.example")
    other.init("Faraway", "admin@far.example")
    n.team("Beta")
    for name, role, team in (("ann", "analyst", "Alpha"), ("rea", "reader", "Alpha"), ("lea", "lead", "Alpha"), ("man", "manager", "Alpha"), ("bea", "lead", "Beta"),
                             ("sec", "secretariat", "Alpha")):
        n.user(f"{name}@a.example", role, team, name=name)
    n.start()
    other.start()
    n.people = {x: n.client(f"{x}@a.example") for x in ("ann", "rea", "lea", "man", "bea", "sec")}
    return n, other


def where(n, other):
    tap.part("who works where")
    teams = lambda who="rea": {t["name"]: t for t in n.people[who].items("/api/v1/teams")}
    tap.equal([(t["hosted"], t.get("node"), t.get("moved")) for t in teams().values()], [(True, None, None)] * 2, "all work here")
    n.must("peer", "accept", other.must("peer", "invite").strip())
    far = wait_for(lambda: teams().get("Faraway"), 20)
    tap.equal((far["hosted"], far.get("node"), far.get("moved")), (False, "Faraway", None), "a team of a linked node works there")
    tap.status(n.people["sec"].patch(f"/api/v1/teams/{far['id']}", {"hosted": True}, '"r1"'), (403, 422), "which nobody says but the node")
    own = n.people["lea"].me["team"]["id"]
    tap.status(n.people["lea"].patch(f"/api/v1/teams/{own}", {"hosted": False}, n.people["lea"].get(f"/api/v1/teams/{own}").etag), 422, "nor of his own team")


def confirmed(n):
    tap.part("last confirmed")
    lea, bea, rea = n.people["lea"], n.people["bea"], n.people["rea"]
    at = f"/api/v1/teams/{lea.me['team']['id']}"
    tap.ok("confirmed_at" not in rea.read(at), "at first never")
    r = lea.patch(at, {"confirmed_at": "2031-01-01T00:00:00Z"}, lea.get(at).etag)
    tap.ok(r.status == 200 and abs(age(r.json["confirmed_at"])) < 300, "a lead confirms; the time is the server's", r)
    tap.equal(bea.read(at)["confirmed_at"], r.json["confirmed_at"], "other teams see when")
    kept = lea.patch(at, {"sector": "finance"}, lea.get(at).etag)
    tap.equal(kept.json["confirmed_at"], r.json["confirmed_at"], "another change confirms nothing")
    for who in ("ann", "rea", "man", "bea"):
        tap.status(n.people[who].patch(at, {"confirmed_at": "2030-01-01T00:00:00Z"}, lea.get(at).etag), 403, f"{who} confirms nothing")
    r = lea.patch(at, {"name_kana": "あるふぁ"}, lea.get(at).etag)
    tap.equal(bea.read(at)["name_kana"], "あるふぁ", "its reading is there for all")


def age(text):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds()


def counts(c, plural, query=""):
    r = c.read(AT + query)
    t = next(x for x in r["types"] if x["type"] == plural)
    return t["total"], {x["category"]: x["counts"] for x in t["categories"]}, r


def figures(n):
    tap.part("by week and category")
    ann, rea, man, bea, lea = (n.people[x] for x in ("ann", "rea", "man", "bea", "lea"))
    total, rows, r = counts(ann, "incidents")
    tap.ok(total == [0] * 26 and rows == {} and len(r["weeks"]) == 26 and r["exact"], "nothing yet", r)
    for category, many in (("malicious-code", 3), ("fraud:phishing", 1), (None, 2)):
        for i in range(many):
            ann.made("/api/v1/incidents", {"title": f"{category} {i}", **({"category": category} if category else {})})
    ann.made("/api/v1/reports", {"title": "r", "description": "d", "category": "fraud:phishing"})
    ann.made("/api/v1/incidents", {"title": "of ann alone", "category": "sabotage-canary", "tlp": "TLP:RED"})
    circle = n.people["sec"].made("/api/v1/circles", {"title": "Both"})["id"]
    for t in ("Alpha", "Beta"):
        n.people["sec"].made(f"/api/v1/circles/{circle}/members", {"team": t})
    bea.made("/api/v1/incidents", {"title": "shared", "category": "beta-canary", "tlp": "TLP:AMBER", "circles": [circle]})
    total, rows, _ = counts(ann, "incidents")
    tap.equal((sum(total), total[-1], {k: sum(v) for k, v in rows.items()}), (7, 7, {"malicious-code": 3, "fraud:phishing": 1, "": 2, "sabotage-canary": 1}), "the present week is the last")
    for c, name in ((rea, "a reader"), (man, "a manager"), (lea, "a lead")):
        text = c.get(AT).text
        total, rows, _ = counts(c, "incidents")
        tap.ok(sum(total) == 6 and "canary" not in text and sum(counts(c, "reports")[0]) == 1, f"{name} counts what he may see: no TLP:RED of another, nothing of other teams", text)
    total, rows, _ = counts(bea, "incidents")
    tap.equal((sum(total), {k: sum(v) for k, v in rows.items()}), (1, {"beta-canary": 1}), "another team its own")
    token = Client(n, token=n.token("ann@a.example", "write"))
    tap.status(token.get(AT), 403, "a token that may not read counts nothing")
    tap.status(Client(n).get(AT), 401, "nor does nobody")
    for query in ("?weeks=0", "?weeks=54", "?weeks=x", "?weeks=", "?offset=841", "?offset=-841", "?offset=+9", "?offset=-", "?x=1"):
        tap.status(ann.get(AT + query), (400, 422), f"refused: {query}")
    for offset in (0, 540, -480, 840, -840, 345):
        _, _, r = counts(ann, "incidents", f"?weeks=3&offset={offset}")
        zone = datetime.timezone(datetime.timedelta(minutes=offset))
        days = [datetime.datetime.fromisoformat(w.replace("Z", "+00:00")).astimezone(zone) for w in r["weeks"]]
        tap.ok(len(days) == 3 and all((d.weekday(), d.hour, d.minute, d.second) == (0, 0, 0, 0) for d in days) and
               datetime.timedelta(0) <= datetime.datetime.now(zone) - days[-1] < datetime.timedelta(7), f"weeks begin on Monday at midnight, {offset} minutes from UTC", r["weeks"])
    for i in range(80):
        ann.made("/api/v1/reports", {"title": "r", "description": "d", "category": f"kind {i}"})
    total, rows, r = counts(ann, "reports")
    tap.ok(sum(total) == 81 and len(rows) == 61 and sum(rows["other"]) == 81 - 60 and r["exact"], "what is more than sixty categories is other", len(rows))


def main():
    args = options(__doc__)
    n, other = world(args)
    tap.guard(where, n, other)
    tap.guard(confirmed, n)
    tap.guard(figures, n)
    n.stop()
    other.stop()
    tap.end()


if __name__ == "__main__":
    main()
