#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""colleagues: who of a team looks at the same record (nobody else hears of it), and what matters asks a browser for the
password once more: issuing a warning, exporting TLP:RED; tokens are not asked.
"""
import signal

from lib import PASSWORD, Client, Node, Tap, moment, options, wait_for

tap = Tap()


def world(args):
    n = Node(args)
    n.init("Alpha", "admin@a.example")
    n.team("Beta")
    for name, role, team in (("ann", "analyst", "Alpha"), ("bob", "analyst", "Alpha"), ("lea", "lead", "Alpha"), ("eve", "lead", "Beta")):
        n.user(f"{name}@a.example", role, team, name=name)
    n.start()
    return n


def presence(n):
    tap.part("presence")
    ann, bob, eve = (n.client(f"{x}@a.example") for x in ("ann", "bob", "eve"))
    inc = ann.made("/api/v1/incidents", {"title": "looked at"})
    at = f"/api/v1/incidents/{inc['id']}/presence"
    streams = {x: c.stream() for x, c in (("ann", ann), ("bob", bob), ("eve", eve))}
    for s in streams.values():
        s.wait("hello")
    say = lambda c, state="viewing": c.post(at, {"state": state})
    who = lambda r: [(x["name"], x["state"]) for x in r.json["items"]]
    r = say(ann)
    tap.ok(r.status == 200 and who(r) == [], "alone at first, and not told of oneself", r)
    streams["bob"].wait("presence", about=inc["id"])
    tap.ok(True, "a colleague's stream says that something changed")
    tap.ok(all(set(e[2]) == {"id"} for e in streams["bob"].seen("presence")), "and only at which record: no name", streams["bob"].text())
    tap.equal(who(say(bob)), [("ann", "viewing")], "who asks sees the colleague by name")
    tap.equal(who(say(ann, "writing")), [("bob", "viewing")], "and is seen")
    tap.equal(who(say(bob)), [("ann", "writing")], "one who writes is told apart")
    before = len(streams["bob"].seen("presence"))
    tap.equal(who(say(ann, "writing")), [("bob", "viewing")], "the same again")
    tap.status(say(eve), 404, "another team may not see the record, and learns not even that it is there")
    tap.equal(who(say(bob, "gone")), [("ann", "writing")], "whoever leaves may look back once")
    wait_for(lambda: len(streams["ann"].seen("presence")) >= 1)
    tap.equal(who(say(ann)), [], "and is gone")
    wait_for(lambda: len(streams["bob"].seen("presence")) > before)
    tap.equal(streams["eve"].seen("presence"), [], "another team's stream said nothing of all this")
    for bad in ({}, {"state": "asleep"}, {"state": 1}, {"state": "viewing", "name": "x"}, {"record": "x"}):
        tap.status(ann.post(at, bad), 422, f"refused: {bad}")
    tap.status(Client(n).post(at, {"state": "viewing"}), 401, "nobody is present without signing in")
    red = ann.made("/api/v1/incidents", {"title": "for one", "tlp": "TLP:RED"})
    mark = len(streams["bob"].seen("presence", about=red["id"]))
    there = bob.get(f"/api/v1/incidents/{red['id']}").status
    ann.post(f"/api/v1/incidents/{red['id']}/presence", {"state": "viewing"})
    say(ann, "writing")
    wait_for(lambda: streams["bob"].seen("presence", about=inc["id"])[-1:])
    if there == 404:
        tap.equal(len(streams["bob"].seen("presence", about=red["id"])), mark, "who may not see a TLP:RED of the team hears nothing of who reads it")
    else:
        tap.ok(True, "a TLP:RED of the team's own is seen by the team")


def approved(ann, lea):
    w = ann.made("/api/v1/warnings", {
        "title": "Stolen credentials", "summary": "Block it.", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:GREEN",
        "whom": {"teams": [t["id"] for t in ann.items("/api/v1/teams") if t["name"] == "Beta"]},
        "what": {"event_type": "compromise", "impact": "Stolen credentials"}, "when": {"known_at": moment(-3600), "valid_until": moment(864000), "ack_by": moment(86400)},
        "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
        "how": {"mitigate": [{"text": "Block the address", "kind": "temporary"}], "report_back": "Answer in the inbox"}, "who": {"contact": "c@a.example"}})
    path = f"/api/v1/warnings/{w['id']}"
    ann.step(path, "submit")
    r = lea.step(path, "approve", {"hash": lea.read(f"{path}/preview")["hash"]})
    if r.status != 200:
        raise RuntimeError(f"not approved: {r}")
    return path


def confirm(n):
    tap.part("the password once more")
    ann, lea = n.client("ann@a.example"), n.client("lea@a.example")
    ann.confirms = lea.confirms = False
    path, second = approved(ann, lea), approved(ann, lea)
    red = ann.made("/api/v1/indicators", {"value": "red.example", "tlp": "TLP:RED"})
    n.configure("session.confirm_seconds = 2\n")
    n.server.send_signal(signal.SIGHUP)
    tap.status(ann.get(f"/api/v1/indicators/{red['id']}"), 200, "something TLP:RED of one's own")
    late = wait_for(lambda: (lambda r: r if r.status == 403 else None)(ann.get("/api/v1/export?format=stix")))
    tap.ok(late.code() == "step_up" and "red.example" not in late.text, "an export with TLP:RED in it asks for the password, and carries nothing of it", late)
    tap.status(ann.get("/api/v1/export?format=stix&tlp=TLP:AMBER"), 200, "one without is not asked for it")
    r = ann.step(path, "issue")
    tap.ok(r.status == 403 and r.code() == "step_up", "issuing asks for the password when the last time was a while ago", r)
    tap.equal(ann.read(path)["state"], "approved", "and nothing has happened")
    tap.status(ann.step(path, "submit"), (403, 409, 422), "other steps are refused for their own reasons")
    for wrong in ({"password": "wrong"}, {"password": ""}, {}, {"password": PASSWORD, "email": "lea@a.example"}, {"password": ["x"]}):
        tap.status(ann.post("/api/v1/session/confirm", wrong), (400, 422), f"not with {wrong}")
    tap.status(ann.get("/api/v1/me"), 200, "a wrong password ends nothing")
    issued = wait_for(lambda: ann.confirm().status == 204 and (lambda r: r if r.status == 200 else None)(ann.step(path, "issue")))
    tap.equal(issued.json["state"], "issued", "with the right one it goes out")
    token = Client(n, token=n.token("ann@a.example", "read", "write"))
    tap.status(token.confirm(), 403, "a token has no password to show")
    tap.status(token.step(second, "issue"), 200, "and is not asked for one")
    tap.status(Client(n).confirm(), 401, "nobody confirms without a session")
    r = ann.call("POST", "/api/v1/session/confirm", {"password": PASSWORD}, {"Sec-Fetch-Site": "cross-site"})
    tap.status(r, 403, "another site confirms nothing")
    codes = [ann.post("/api/v1/session/confirm", {"password": f"guess {i}"}).status for i in range(15)]
    tap.ok(429 in codes and codes[0] == 422, "guesses are counted as those of signing in are", codes)


def main():
    args = options(__doc__)
    n = world(args)
    tap.guard(presence, n)
    tap.guard(confirm, n)
    n.stop()
    tap.end()


if __name__ == "__main__":
    main()
