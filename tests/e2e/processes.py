#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""processes: two processes of one PostgreSQL node, and what people would notice of it: who looks at a record is seen on
both; other teams, and who may not see it, hear nothing on either; whoever signs out or is disabled hears nothing more on the
other; attempts to sign in are counted together; one that dies takes nothing along.
"""
import shutil
import time

from lib import PASSWORD, Client, Node, options, tap, wait_for


class World:
    def __init__(self, args):
        self.a = n = Node(args, "one")
        n.init("Alpha", "admin@alpha.example")
        n.team("Beta")
        for who, role, team in (("lead", "lead", "Alpha"), ("first", "analyst", "Alpha"), ("second", "analyst", "Alpha"), ("third", "analyst", "Alpha"),
                                ("other", "analyst", "Beta")):
            n.user(f"{who}@{team.lower()}.example", role, team)
        self.b = Node(args, "two")  # the same database; a data directory of its own, for files
        shutil.copytree(n.data, self.b.data)
        n.start()
        self.b.start()
        self.on = {side: {who: node.client(f"{who}@{'beta' if who == 'other' else 'alpha'}.example") for who in ("lead", "first", "second", "third", "other")}
                   for side, node in (("a", n), ("b", self.b))}

    def incident(self, title, **more):
        return self.on["a"]["first"].made("/api/v1/incidents", {"title": title, "summary": "x", "severity": "low", **more})


def present(c, path, state):
    r = c.post(f"{path}/presence", {"state": state}, {"Idempotency-Key": None})
    if r.status != 200:
        raise RuntimeError(str(r))
    return {i["name"]: i["state"] for i in r.json["items"]}


def part_presence(w):
    tap.part("who looks at a record, on both")
    path = f"/api/v1/incidents/{w.incident('Watched')['id']}"
    tap.ok(wait_for(lambda: w.on["b"]["second"].get(path).status == 200), "a record of the one is there on the other")
    streams = {who: w.on["b"][who].stream() for who in ("second", "other")}
    tap.ok(all(s.wait("hello") for s in streams.values()), "two listen on the other")
    start = time.monotonic()
    tap.equal(present(w.on["a"]["first"], path, "viewing"), {}, "somebody comes, on the one")
    tap.ok(streams["second"].wait("presence", since=start, about=path), "the other hears of it")
    tap.note(f"came on the one -> heard on the other: {(streams['second'].seen('presence')[0][0] - start) * 1000:.1f} ms")
    tap.ok(wait_for(lambda: present(w.on["b"]["second"], path, "viewing") == {"first": "viewing"}), "and lists him")
    tap.equal(present(w.on["a"]["third"], path, "gone"), {"first": "viewing", "second": "viewing"}, "the one lists both")
    present(w.on["b"]["second"], path, "writing")
    tap.ok(wait_for(lambda: present(w.on["a"]["first"], path, "viewing") == {"second": "writing"}), "who writes on the other, writes on the one")
    present(w.on["b"]["second"], path, "gone")
    tap.ok(wait_for(lambda: present(w.on["a"]["first"], path, "viewing") == {}), "and who goes is gone")
    heard = len(streams["second"].seen("presence"))
    for _ in range(3):
        present(w.on["a"]["first"], path, "viewing")
    w.incident("Behind it")  # what is said afterwards has come: the silence before it is one
    tap.ok(streams["second"].wait("incidents.create", since=start), "later news come")
    tap.equal(len(streams["second"].seen("presence")), heard, "saying the same again is no news")
    tap.equal(streams["other"].seen("presence"), [], "another team hears nothing on the other either")
    red = w.incident("Nobody's business", tlp="TLP:RED")
    start = time.monotonic()
    present(w.on["a"]["first"], f"/api/v1/incidents/{red['id']}", "viewing")
    present(w.on["a"]["third"], path, "viewing")
    tap.ok(streams["second"].wait("presence", since=start, about=path), "what may be seen is told")
    tap.ok(red["id"] not in streams["second"].text(), "what may not be seen is not")
    present(w.on["a"]["third"], path, "gone")


def part_streams(w):
    tap.part("who has signed out hears nothing more, wherever he listens")
    elsewhere = w.b.client("second@alpha.example")
    s = elsewhere.stream()
    s.wait("hello")
    third = w.on["b"]["third"].stream()
    third.wait("hello")
    tap.status(w.on["a"]["second"].call("DELETE", "/api/v1/session", None), 204, "one signs out on the one")
    tap.ok(wait_for(lambda: s.closed), "his stream on the other ends")
    tap.ok(w.a.run("user", "disable", "--email", "third@alpha.example")[0] == 0, "another is disabled there")
    tap.ok(wait_for(lambda: third.closed), "and his stream ends on the other as well")
    tap.status(w.on["b"]["third"].get("/api/v1/me"), 401, "nor is he let in")


def part_attempts(w):
    tap.part("attempts to sign in are counted together")
    def wrong(node):
        return Client(node).post("/api/v1/session", {"email": "lead@alpha.example", "password": "not that one at all"}).status
    seen = []
    for i in range(40):
        seen.append(wrong((w.a, w.b)[i % 2]))
        if seen[-1] == 429:
            break
    tap.ok(429 in seen and len(seen) <= 16, "who guesses on both in turn is stopped as if there were one", seen)
    tap.ok(wait_for(lambda: {wrong(w.a), wrong(w.b)} == {429}), "on both")
    tap.status(w.on["b"]["first"].get("/api/v1/me"), 200, "who is signed in goes on")
    tap.status(Client(w.b).post("/api/v1/session", {"email": "first@alpha.example", "password": PASSWORD}), 200, "and another address is its own affair")


def part_death(w):
    tap.part("one that dies takes nothing along")
    path = f"/api/v1/incidents/{w.incident('Stays')['id']}"
    present(w.on["a"]["first"], path, "viewing")
    tap.ok(wait_for(lambda: present(w.on["b"]["lead"], path, "viewing") == {"first": "viewing"}), "somebody is seen")
    w.a.kill()
    tap.status(w.on["b"]["lead"].get(path), 200, "the other answers")
    s = w.on["b"]["lead"].stream()
    s.wait("hello")
    made = w.on["b"]["lead"].made("/api/v1/incidents", {"title": "After", "summary": "x", "severity": "low"})
    tap.ok(s.wait("incidents.create", about=made["id"]), "and tells what happens")
    w.a.start()
    tap.ok(wait_for(lambda: w.on["a"]["first"].get(path).status == 200), "it comes back, and its sessions hold")
    tap.ok(wait_for(lambda: (present(w.on["b"]["lead"], path, "viewing"), present(w.on["a"]["first"], path, "viewing"))[1] == {"lead": "viewing"}),
           "and hears the other again")


def main():
    args = options(__doc__)
    if args.store != "postgresql":
        tap.skip("two processes of one node", "SQLite belongs to one process")
        tap.end()
    w = World(args)
    for part in (part_presence, part_streams, part_attempts, part_death):
        tap.guard(part, w)
    tap.end()


if __name__ == "__main__":
    main()
