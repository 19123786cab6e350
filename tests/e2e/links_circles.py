#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_circles: circles that span three nodes, a middle one and two edges that are linked to it alone. Members behind the
middle are known at the other edge; joining, leaving and coming back have the same roster numbers everywhere; who may not
see the members is shown its own teams alone; nobody but the owner changes a circle; forged envelopes are refused.
"""
import copy
import json
import sqlite3

from lib import Client, Node, Tap, options, wait_for

tap = Tap()


def rows(n, *command):
    return [json.loads(line) for line in n.must(*command, "--json").splitlines()]


def circle(n, title):
    return next((c for c in rows(n, "circle", "list") if c["title"] == title), None)


def memberships(n, cid):
    return {m["id"]: m["since"] for m in rows(n, "circle", "members", cid)}


def made(args, name, team):
    n = Node(args, name)
    n.admin = f"admin@{name}.example"
    n.init(team, n.admin)
    n.start("--tls")
    return n


def linked(args):
    m, a, b = made(args, "middle", "Association"), made(args, "edge-a", "Aoi CSIRT"), made(args, "edge-b", "Beni CSIRT")
    for edge in (a, b):
        edge.must("peer", "accept", m.must("peer", "invite").strip())
    return m, a, b


def spans(m, a, b):
    cid = m.must("circle", "create", "--title", "Harbour", "--tlp", "TLP:GREEN", "--member", "Association", "--member", "Aoi CSIRT",
                 "--member", "Beni CSIRT").strip()
    for n, other in ((a, "Beni CSIRT"), (b, "Aoi CSIRT")):
        c = circle(n, "Harbour")
        tap.ok(c and c["id"] == cid, "the circle is known at the edge by its id", c)
        teams = {t["name"]: t for t in rows(n, "team", "list")}
        tap.ok(other in teams and not teams[other]["hosted"], "and with it the member behind the middle", teams)
        tap.equal(memberships(n, cid), memberships(m, cid), "with the owner's roster numbers")
        r = n.client(n.admin).get(f"/api/v1/circles/{cid}")
        tap.equal(r.json.get("default_tlp"), "TLP:GREEN", "and its rules")
    return cid


def comes_and_goes(m, a, b, cid):
    beni = [t["id"] for t in rows(m, "team", "list") if t["name"] == "Beni CSIRT"][0]
    m.must("circle", "remove", cid, "Beni CSIRT")
    for n in (a, b):
        tap.ok(beni not in memberships(n, cid), "who has left is out at every node", memberships(n, cid))
    m.must("circle", "add", cid, "Beni CSIRT")
    tap.ok(memberships(m, cid)[beni] > 3, "coming back takes a new number")
    for n in (a, b):
        tap.equal(memberships(n, cid), memberships(m, cid), "coming back is a new membership everywhere")
    before = {n.data.name: memberships(n, cid) for n in (a, b)}
    m.must("team", "add", "--name", "Bystander")
    tap.equal({n.data.name: memberships(n, cid) for n in (a, b)}, before, "saying it again changes nothing")


def closed(m, a, b):
    admin = m.client(m.admin)
    cid = m.must("circle", "create", "--title", "Closed", "--member", "Association").strip()
    r = admin.get(f"/api/v1/circles/{cid}")
    tap.status(admin.patch(f"/api/v1/circles/{cid}", {"rules": {"invite": "owner", "see_members": "owner", "forward": "nobody"}}, r.etag),
               200, "a rule: only the owner sees the members")
    m.must("circle", "add", cid, "Aoi CSIRT")
    m.must("circle", "add", cid, "Beni CSIRT")
    names = {t["id"]: t["name"] for t in rows(m, "team", "list")}
    for n, own in ((a, "Aoi CSIRT"), (b, "Beni CSIRT")):
        seen = {names[t] for t in memberships(n, cid)}
        tap.equal(seen, {"Association", own}, "an edge is shown the owner and its own team alone")
    db = a.data / "node.db"
    if db.exists():
        text = sqlite3.connect(f"file:{db}?mode=ro", uri=True).execute("SELECT object FROM circle_object").fetchall()
        beni = next(t for t, name in names.items() if name == "Beni CSIRT").split("--")[1]
        mine = [x[0] for x in text if cid in x[0]]
        tap.ok(mine and beni not in mine[0], "the other's id is in no byte that it holds of that circle")


def by_itself(m, a, cid):
    """What is changed through the API, and what a peer missed, arrives without a command."""
    admin = m.client(m.admin)
    r = admin.get(f"/api/v1/circles/{cid}")
    tap.status(admin.patch(f"/api/v1/circles/{cid}", {"description": "said by API"}, r.etag), 200, "a circle changed by the API")
    tap.ok(wait_for(lambda: a.client(a.admin).get(f"/api/v1/circles/{cid}").json.get("description") == "said by API", seconds=100),
           "reaches the edge by itself")
    a.stop()
    m.must("team", "add", "--name", "Made meanwhile")
    a.start("--tls")
    tap.ok(wait_for(lambda: "Made meanwhile" in [t["name"] for t in rows(a, "team", "list")], seconds=100),
           "a peer that was away is told of new teams when it is back")


def only_the_owner(m, a, b, cid):
    status, _, err = a.run("circle", "remove", cid, "Beni CSIRT")
    tap.ok(status == 1 and "another node" in err, "an edge takes nobody out", err)
    admin = a.client(a.admin)
    r = admin.get(f"/api/v1/circles/{cid}")
    tap.status(admin.patch(f"/api/v1/circles/{cid}", {"title": "mine"}, r.etag), 403, "nor changes its rules")


def forged(m, a, b, cid):
    """What edge-a, which has a valid link to the middle, tries to say of circles."""
    db = a.data / "node.db"
    if not db.exists():
        return
    con = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    good = json.loads([x[0] for x in con.execute("SELECT object FROM circle_object") if cid in x[0]][0])
    token = con.execute("SELECT token_out FROM peer").fetchone()[0]
    from ssl import _create_unverified_context
    import http.client
    ctx = _create_unverified_context()
    ctx.load_cert_chain(a.data / "tls-cert.pem", a.data / "tls-key.pem")

    def say(envelope):
        c = http.client.HTTPSConnection("127.0.0.1", m.port, timeout=60, context=ctx)
        c.request("POST", "/exchange/v1/circles", json.dumps({"v": 1, "circles": [envelope]}),
                  {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        r = c.getresponse()
        return r.status, json.loads(r.read())

    status, answer = say(good)
    tap.ok(status == 200 and answer["circles"][0]["code"] == "not_yours", "the owner does not take its own circle back", answer)
    changed = copy.deepcopy(good)
    changed["object"]["title"] = "Everybody"
    status, answer = say(changed)
    tap.ok(status == 200 and answer["circles"][0]["code"] != "ok", "nor a changed one", answer)
    for broken in ({}, {"object": 1}, {**good, "signature": {}}, {**good, "members": [{"team": "x"}]}):
        status, answer = say(broken)
        tap.ok(status == 200 and answer["circles"][0]["code"] != "ok", "nor what is malformed", answer)
    tap.equal(circle(m, "Everybody"), None, "nothing of it is there")
    plain = Client(m)
    tap.status(plain.post("/exchange/v1/circles", {"v": 1, "circles": []}, headers={"Authorization": f"Bearer {token}"}), 403,
               "the token alone, without the TLS key, is refused")


def main():
    args = options(__doc__)
    nodes = tap.guard(linked, args)
    if nodes:
        m, a, b = nodes
        cid = tap.guard(spans, m, a, b)
        if cid:
            tap.guard(comes_and_goes, m, a, b, cid)
            tap.guard(only_the_owner, m, a, b, cid)
            tap.guard(closed, m, a, b)
            tap.guard(forged, m, a, b, cid)
            tap.guard(by_itself, m, a, cid)
        for n in nodes:
            status, out, err = n.run("verify")
            tap.ok(status == 0, "verify says intact", out[-400:] + err)
            tap.equal(n.stop(), 0, "and stops in order")
    tap.end()


if __name__ == "__main__":
    main()
