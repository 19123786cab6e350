#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_several: a node restored from a backup gets back what it had sent since from several peers at once, each of which has
another part of it: an object that one alone was sent, a text that reached one alone, an object whose circles each of them knows
but one of. What was changed anew before the last of them was there again goes on above all of it, everywhere, and no link stops.
"""
import json
import time

import lib
from lib import Node, options, tap, temp, wait_for

OTHERS = ("Yoru", "Hiru")


class World:
    def __init__(self, args):
        self.args, self.who, self.circle = args, {}, {}
        self.asa = Node(args, "asa")
        self.other = {t: Node(args, t.lower()) for t in OTHERS}
        for team, n in (("Asa", self.asa), *self.other.items()):
            n.init(team, f"admin@{team.lower()}.example")
            n.user(f"analyst@{team.lower()}.example", "analyst", team)
            n.start()
            n.configure(f"url = {n.url}\n")
            n.stop()
            n.start()
        for team, n in self.other.items():
            n.must("peer", "accept", self.asa.must("peer", "invite").strip())
            self.circle[team] = self.asa.must("circle", "create", "--title", f"With {team}", "--member", "Asa", "--member", team).strip()
        self.sign_in()
        for team in OTHERS:
            tap.ok(wait_for(lambda: self.circle[team] in [c["id"] for c in self.who[team].items("/api/v1/circles")], 60), f"{team} knows its circle")

    def sign_in(self):
        self.who = {t: n.client(f"analyst@{t.lower()}.example") for t, n in (("Asa", self.asa), *self.other.items())}

    def make(self, name, *teams):
        return self.who["Asa"].made("/api/v1/indicators", {"tlp": "TLP:AMBER", "circles": [self.circle[t] for t in teams], "object": {
            "type": "indicator", "spec_version": "2.1", "name": name, "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
            "pattern": f"[domain-name:value = '{name.replace(' ', '-')}.example']"}})["id"]

    def rename(self, ident, name):
        path = f"/api/v1/indicators/{ident}"
        r = self.who["Asa"].patch(path, {"object": {"name": name}}, self.who["Asa"].get(path).etag)
        tap.status(r, 200, f"renamed to '{name}'")

    def name(self, team, ident):
        r = self.who[team].get(f"/api/v1/indicators/{ident}")
        return r.json["object"]["name"] if r.status == 200 else r.status

    def reads(self, team, ident, name, what):
        tap.ok(wait_for(lambda: self.name(team, ident) == name, 120, 0.2), what, (self.name(team, ident), self.asa.must("peer", "items", OTHERS[0]),
                                                                                 self.asa.must("peer", "items", OTHERS[1])))

    def away(self, team):
        self.other[team].stop()

    def back(self, team):
        self.other[team].start()
        self.who[team] = self.other[team].client(f"analyst@{team.lower()}.example")


def circles(record):
    return sorted(c if isinstance(c, str) else c["id"] for c in record["circles"])


def part_before(w):
    tap.part("after yesterday's backup each peer is sent another part")
    w.each = {t: w.make(f"known to {t}", t) for t in OTHERS}
    w.both, w.newest, w.fork = w.make("both", *OTHERS), w.make("newest", *OTHERS), w.make("fork", *OTHERS)
    for ident, name in ((w.both, "both"), (w.newest, "newest"), (w.fork, "fork")):
        for t in OTHERS:
            w.reads(t, ident, name, f"{t} has '{name}'")
    w.file = temp() / "yesterday.tar"
    w.asa.must("backup", str(w.file), seconds=300)
    w.made = {t: w.make(f"made for {t}", t) for t in OTHERS}
    w.rename(w.both, "both since")
    for t in OTHERS:
        w.reads(t, w.made[t], f"made for {t}", f"{t} has what was made for it")
        w.reads(t, w.both, "both since", f"{t} has the new text")
    w.away("Hiru")
    w.rename(w.newest, "only Yoru has it")
    w.reads("Yoru", w.newest, "only Yoru has it", "a text that reaches Yoru alone")
    w.back("Hiru")
    w.reads("Hiru", w.newest, "only Yoru has it", "and Hiru later")
    w.away("Yoru")
    w.rename(w.newest, "only Hiru has it")
    w.rename(w.fork, "a text that Hiru alone has")
    w.reads("Hiru", w.newest, "only Hiru has it", "one that reaches Hiru alone")
    w.reads("Hiru", w.fork, "a text that Hiru alone has", "and another")


def restore(w):
    port = w.asa.port
    w.asa.stop()
    new = Node(w.args, "asa-restored")
    new.must("restore", str(w.file), *lib.store_url(w.args.store), seconds=300)
    if not (new.data / "config").exists():
        new.configure(f"url = http://127.0.0.1:{port}\n")
    new.port, w.asa = port, new
    new.start()
    w.who["Asa"] = new.client("analyst@asa.example")


def part_restored(w):
    tap.part("restored: one peer is there, the other comes later")
    w.away("Hiru")
    restore(w)
    w.back("Yoru")
    w.reads("Asa", w.made["Yoru"], "made for Yoru", "what Yoru alone was sent comes back")
    w.reads("Asa", w.both, "both since", "and what both were sent")
    w.reads("Asa", w.newest, "only Yoru has it", "in the newest text that Yoru has")
    tap.equal(w.name("Asa", w.made["Hiru"]), 404, "what Hiru alone was sent is not there yet")
    w.rename(w.fork, "changed anew")
    w.reads("Yoru", w.fork, "changed anew", "what is changed now goes out, as Yoru knows nothing above it")
    w.back("Hiru")
    w.reads("Asa", w.made["Hiru"], "made for Hiru", "what Hiru alone was sent comes back when it is there")
    w.reads("Asa", w.newest, "only Hiru has it", "and the text that only Hiru had")


def part_after(w):
    tap.part("everything is the same everywhere")
    # Hiru's signature opens Hiru's part of the audience, and nobody can know whom the rest was for
    path, asa = f"/api/v1/indicators/{w.newest}", w.who["Asa"]
    tap.equal(circles(asa.read(path)), [w.circle["Hiru"]], "a text that came back from Hiru alone is for Hiru's circle alone")
    r = asa.patch(path, {"circles": sorted(w.circle.values())}, asa.get(path).etag)
    tap.status(r, 200, "its team gives it its old label again")
    w.reads("Yoru", w.newest, "only Hiru has it", "and it goes to Yoru")
    for t in OTHERS:
        w.reads(t, w.fork, "changed anew", f"{t} has what was changed anew, above what it had")
    for ident, name in ((w.both, "both"), (w.fork, "fork")):
        tap.equal(circles(w.who["Asa"].read(f"/api/v1/indicators/{ident}")), sorted(w.circle.values()), f"'{name}' is for both circles again, each peer knew but its own")
    w.rename(w.both, "after it all")
    for t in OTHERS:
        w.reads(t, w.both, "after it all", f"a change reaches {t}")
        tap.equal(w.name(t, w.made[OTHERS[t == OTHERS[0]]]), 404, f"{t} has nothing that was made for the other")
    ids = [i["id"] for i in w.who["Asa"].items("/api/v1/indicators?limit=100")]
    tap.equal(sorted(ids), sorted([*w.each.values(), *w.made.values(), w.both, w.newest, w.fork]), "each is there once")
    for row in map(json.loads, w.asa.must("peer", "list", "--json").splitlines()):
        tap.equal(row["state"], "active", f"the link with {row['name']} is active")
    for t, n in w.other.items():
        tap.equal([json.loads(x)["state"] for x in n.must("peer", "list", "--json").splitlines()], ["active"], f"at {t} as well")


def part_end(w):
    for n in (w.asa, *w.other.values()):
        tap.equal([x for x in n.log_tail(10 ** 8).splitlines() if "level=error" in x][:5], [], f"{n.data.name}: no server error was logged")
        tap.equal(n.stop(), 0, f"{n.data.name} stops in order")
        status, out, err = n.run("verify", seconds=300)
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-400:] + err)


def main():
    start = time.monotonic()
    w = World(options(__doc__))
    for part in (part_before, part_restored, part_after, part_end):
        tap.guard(part, w)
    tap.note(f"{time.monotonic() - start:.0f} s")
    tap.end()


if __name__ == "__main__":
    main()
