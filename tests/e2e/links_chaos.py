#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_chaos [--seed N] [--seconds 25]: five nodes around one in the middle share, correct and revoke while links are cut
and nodes are killed and restarted. In the end every node has exactly what the oracle says: what was acknowledged, in its
last state, where the circle's members are, and nowhere else. The seed is printed; the same seed asks the same things in
the same order. Prints TAP; ends with "N passed, N failed".
"""
import json
import random
import threading
import time

from lib import Node, options, tap, wait_for
from links_days import Proxy

EDGES = 4


class Star:
    def __init__(self, args, rng):
        self.rng, self.args = rng, args
        self.names = ["hub"] + [f"edge{i}" for i in range(EDGES)]
        self.nodes, self.proxy, self.clients, self.lock = {}, {}, {}, {}
        for name in self.names:
            n = self.nodes[name] = Node(args, name)
            n.init(f"{name} CSIRT", f"admin@{name}.example")
            n.user(f"analyst@{name}.example", "analyst", f"{name} CSIRT")
            self.proxy[name] = Proxy()
            self.lock[name] = threading.Lock()
            n.configure(f"url = http://127.0.0.1:{self.proxy[name].port}\n")
            self.start(name)
            self.clients[name] = n.client(f"analyst@{name}.example")
        hub = self.nodes["hub"]
        for name in self.names[1:]:
            self.nodes[name].must("peer", "accept", hub.must("peer", "invite").strip())
        # one circle of all, one of the hub and two edges: who may see what
        self.members = {"all": self.names, "some": self.names[:3]}
        self.circles = {c: hub.must("circle", "create", "--title", c, *[x for m in who for x in ("--member", f"{m} CSIRT")]).strip()
                        for c, who in self.members.items()}
        self.oracle = {}  # id -> (circle, name, revoked, owner)
        for c, who in self.members.items():
            for name in who:
                seen = wait_for(lambda: self.circles[c] in [x["id"] for x in self.clients[name].items("/api/v1/circles")], 70, 0.2)
                tap.ok(seen, f"the circle {c} is known at {name}")

    def start(self, name):
        self.nodes[name].start()
        self.proxy[name].target = self.nodes[name].port

    # ---- what people do ----

    def create(self, name, k):
        c = self.rng.choice([c for c, who in self.members.items() if name in who])
        r = self.clients[name].made("/api/v1/indicators", {"tlp": "TLP:GREEN", "circles": [self.circles[c]], "object": {
            "type": "indicator", "spec_version": "2.1", "name": f"first {k}", "pattern": f"[domain-name:value = 'c{k}.example']",
            "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z"}})
        self.oracle[r["id"]] = (c, f"first {k}", False, name)

    def change(self, name, k, revoke):
        own = [i for i, (_, _, gone, owner) in self.oracle.items() if owner == name and not gone]
        if not own:
            return
        ident = self.rng.choice(own)
        r = self.clients[name].get(f"/api/v1/indicators/{ident}")
        patch = {"revoked": True} if revoke else {"name": f"changed {k}"}
        r = self.clients[name].patch(f"/api/v1/indicators/{ident}", {"object": patch}, r.etag)
        if r.status != 200:
            raise RuntimeError(f"PATCH: {r}")
        c, title, gone, owner = self.oracle[ident]
        self.oracle[ident] = (c, title if revoke else f"changed {k}", revoke, owner)

    def work(self, until):
        k = 0
        while time.monotonic() < until:
            k += 1
            name, what = self.rng.choice(self.names), self.rng.random()
            with self.lock[name]:
                if what < 0.55:
                    self.create(name, k)
                else:
                    self.change(name, k, what > 0.9)
        return k

    # ---- what the world does ----

    def trouble(self, until, seed):
        rng, self.told = random.Random(seed), {"cut": 0, "refuse": 0, "stall": 0, "kill": 0}
        while time.monotonic() < until:
            name, what = rng.choice(self.names), rng.choice(list(self.told))
            self.told[what] += 1
            if what == "kill":
                with self.lock[name]:
                    self.nodes[name].kill()
                    time.sleep(rng.random())
                    self.start(name)
            else:
                self.proxy[name].mode = what
                time.sleep(rng.random() * 2)
                self.proxy[name].mode = "pass"
            time.sleep(rng.random() / 2)

    # ---- what is right ----

    def held(self, name):
        found = {}
        c = self.clients[name]
        for query in ("?limit=1000", "?limit=1000&revoked=true"):
            r = c.get("/api/v1/indicators" + query)
            if r.status != 200:
                continue
            for i in c.items("/api/v1/indicators" + query):
                found[i["id"]] = i
        return found

    def differs(self, name):
        """What is not at this node as the oracle says: a few of them."""
        bad, held = [], self.held(name)
        for ident, (c, title, gone, owner) in self.oracle.items():
            may = name in self.members[c]
            have = held.get(ident)
            if not may and have:
                bad.append((ident, "is here and may not be"))
            if may and not gone and (not have or have["title"] != title):
                bad.append((ident, title, have and have["title"]))
            if may and gone:
                r = self.clients[name].get(f"/api/v1/indicators/{ident}")
                if r.status != 200 or not (r.json.get("revoked") or r.json["object"].get("revoked")):
                    bad.append((ident, "is not revoked here"))
        bad += [(i, "was never shared") for i in held if i not in self.oracle]
        return bad


def main():
    args = options(__doc__, seed=(int, 0), seconds=(float, 25.0))
    seed = args.seed or random.SystemRandom().randrange(1, 2 ** 31)
    tap.note(f"seed {seed}")
    s = Star(args, random.Random(seed))
    until = time.monotonic() + args.seconds
    world = threading.Thread(target=s.trouble, args=(until, seed + 1), daemon=True)
    world.start()
    steps = tap.guard(s.work, until)
    world.join(60)
    for p in s.proxy.values():
        p.mode = "pass"
    tap.note(f"{steps} steps, {len(s.oracle)} objects, {sum(o[2] for o in s.oracle.values())} revoked; troubles: {s.told}")
    for name in s.names + s.names:
        s.nodes[name].run("peer", "sync")
    for name in s.names:
        bad = [1]

        def settled():
            bad[:] = s.differs(name)
            return not bad
        wait_for(settled, 90, 0.5)
        tap.ok(not bad, f"{name} has exactly what the oracle says (seed {seed})", bad[:5])
    for name in s.names:
        n = s.nodes[name]
        links = [json.loads(x)["id"] for x in n.must("peer", "list", "--json").splitlines()]
        tap.equal([x for p in links for x in n.must("peer", "items", p).splitlines()][:5], [], f"{name}: nothing is left open")
        tap.equal([x for x in n.log_tail(10 ** 8).splitlines() if "level=error" in x][:3], [], f"{name}: no server error")
        tap.equal(n.stop(), 0, f"{name} stops in order")
        status, out, err = n.run("verify")
        tap.ok(status == 0, f"{name}: verify says intact", out[-300:] + err)
    tap.end()


if __name__ == "__main__":
    main()
