#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_chaos [--seed N] [--objects 1000] [--patience 300]: five nodes share, correct, narrow, revoke, warn and withdraw while links are cut
and nodes are killed in the middle of what they do. Four edges around one in the middle, which hosts two teams; two of the
edges are linked to each other too, so that everything reaches them on two ways. In the end every node has exactly what the
oracle says (links_oracle.py): what was acknowledged, and the policy replayed over the signed objects; with proofs.

The seed is printed; the same seed asks the same things in the same order, with the same troubles between the same two.
tests/run chaos: 10,000 objects on both stores. Prints TAP; ends with "N passed, N failed".
"""
import http.client
import json
import random
import threading
import time
import uuid

import links_oracle as oracle
from lib import Node, moment, options, tap, wait_for
from links_days import Proxy

NODES = ("hub", "edge0", "edge1", "edge2", "edge3")
TEAMS = {"hub": "hub", "guest": "hub", **{n: n for n in NODES[1:]}}  # team -> its node
# "pair" passes through the middle and is for nobody there; "moving" is joined and left by edge1
CIRCLES = {"all": list(TEAMS), "some": ["hub", "edge0", "edge1"], "pair": ["edge2", "edge3"], "moving": ["guest", "edge1", "edge3"]}
TLP = ("TLP:GREEN", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT")


class Star:
    def __init__(self, args, seed):
        self.args, self.rng, self.world = args, random.Random(seed), random.Random(seed + 1)
        self.nodes, self.proxy, self.who, self.team_id = {}, {}, {}, {}
        self.objects, self.warnings, self.step, self.told, self.mending = {}, {}, 0, {}, []
        self.restart = None
        for name in NODES:
            n = self.nodes[name] = Node(args, name)
            n.init(name, f"admin@{name}.example")
            self.proxy[name] = Proxy()
            n.configure(f"url = http://127.0.0.1:{self.proxy[name].port}\n")
        self.nodes["hub"].team("guest")
        for name in NODES:
            self.start(name)
        for team, node in TEAMS.items():
            for role in ("analyst", "lead"):
                self.nodes[node].user(f"{role}@{team}.example", role, team)
                self.who[team, role] = self.nodes[node].client(f"{role}@{team}.example")
            self.team_id[team] = self.nodes[node].team_id(team)
        hub = self.nodes["hub"]
        for name in NODES[1:]:
            self.nodes[name].must("peer", "accept", hub.must("peer", "invite").strip())
        self.nodes["edge1"].must("peer", "accept", self.nodes["edge0"].must("peer", "invite").strip())
        self.circles = {c: hub.must("circle", "create", "--title", c, *[x for m in who for x in ("--member", m)]).strip()
                        for c, who in CIRCLES.items()}
        for c, who in CIRCLES.items():
            for team in who:
                known = wait_for(lambda: self.circles[c] in [x["id"] for x in self.who[team, "analyst"].items("/api/v1/circles")], 120, 0.2)
                tap.ok(known, f"the circle {c} is known to {team}")

    def start(self, name):
        self.nodes[name].start()
        self.proxy[name].target = self.nodes[name].port

    # ---- asking a node that may die of it ----

    def ask(self, team, method, path, body=None, etag=None, role="analyst", done=lambda: None):
        """What a person does who tries again when the node does not answer: it happens once. done: what it made, where the
        node died before it could say so."""
        client, key = self.who[team, role], f"chaos-{uuid.uuid4()}"
        headers = {"If-Match": etag} if etag else {}
        if method == "POST":
            headers["Idempotency-Key"] = key
        for attempt in range(3000):
            try:
                r = client.call(method, path, body, headers)
                made = attempt and r.code() == "running" and done()  # begun when the node died, and perhaps done
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if attempt and r.status == 412:  # it had happened
                return client.get(path)
            if made:
                return client.get(made)
            if attempt and r.code() == "running":
                headers["Idempotency-Key"] += "x"
                continue
            if r.status not in (200, 201):
                raise RuntimeError(f"step {self.step}: {team} {method} {path}: {r}")
            return r
        raise RuntimeError(f"step {self.step}: {team}'s node does not come back")

    def command(self, node, *args, stdin=None, done=""):
        """The same on the command line; done: what it says where it had happened."""
        for _ in range(600):
            status, out, err = self.nodes[node].run(*args, stdin=stdin, seconds=300)
            if status == 0 or (done and done in err):
                return out
            time.sleep(0.1)
        raise RuntimeError(f"step {self.step}: {node}: {args}: {err}{out}")

    # ---- what people do ----

    def newest(self, team, plural, title):
        found = [i["id"] for i in self.who[team, "analyst"].read(f"/api/v1/{plural}?limit=300")["items"] if i["title"] == title]
        return f"/api/v1/{plural}/{found[0]}" if found else None

    def stix(self, name, value):
        t = f"2026-11-01T00:00:{self.step % 60:02d}.{self.rng.randrange(1000):03d}Z"
        return {"type": "indicator", "spec_version": "2.1", "name": name, "pattern": f"[domain-name:value = '{value}.example']",
                "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z", "created": t, "modified": t,
                "id": f"indicator--{uuid.UUID(int=self.rng.getrandbits(128), version=4)}"}

    def own(self, team, **like):
        return [i for i, o in self.objects.items() if o["team"] == team and not o["revoked"] and all(o[k] == v for k, v in like.items())]

    def circle_of(self, team, among=("all", "some", "pair", "moving")):
        mine = [c for c in among if team in CIRCLES[c] and (team, c) != ("edge1", "moving")]
        return self.rng.choice(mine)

    def create(self, team):
        c, tlp, name = self.circle_of(team), self.rng.choice(TLP), f"first {self.step}"
        o = self.stix(name, f"c{self.step}")
        for k in ("id", "created", "modified"):
            o.pop(k)
        r = self.ask(team, "POST", "/api/v1/indicators", {"tlp": tlp, "circles": [self.circles[c]], "object": o},
                     done=lambda: self.newest(team, "indicators", name)).json
        self.objects[r["id"]] = {"team": team, "circle": c, "tlp": tlp, "title": name, "revoked": False, "warning": None}

    def imported(self, team):
        c, tlp = self.circle_of(team), self.rng.choice(TLP)
        many = [self.stix(f"bulk {self.step}.{i}", f"b{self.step}x{i}") for i in range(self.rng.randrange(2, 150))]
        self.command(TEAMS[team], "import", "--json", "--circle", self.circles[c], "--tlp", tlp[4:], "--team", team, "-",
                     stdin=json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": many}).encode())
        for o in many:
            self.objects[o["id"]] = {"team": team, "circle": c, "tlp": tlp, "title": o["name"], "revoked": False, "warning": None}

    def patch(self, team, path, body, role="analyst"):
        etag = self.ask(team, "GET", path, role=role).etag
        return self.ask(team, "PATCH", path, body, etag, role)

    def change(self, team):
        ids = self.own(team, warning=None)
        if ids:
            ident, name = self.rng.choice(ids), f"changed {self.step}"
            self.patch(team, f"/api/v1/indicators/{ident}", {"object": {"name": name}})
            self.objects[ident]["title"] = name

    def revoke(self, team):
        ids = self.own(team, warning=None)
        if ids:
            ident = self.rng.choice(ids)
            self.patch(team, f"/api/v1/indicators/{ident}", {"object": {"revoked": True}})
            self.objects[ident]["revoked"] = True

    def relabel(self, team):
        ids = self.own(team, warning=None)
        c, tlp = self.circle_of(team), self.rng.choice(TLP)
        if ids:
            ident = self.rng.choice(ids)
            self.patch(team, f"/api/v1/indicators/{ident}", {"circles": [self.circles[c]], "tlp": tlp})
            self.objects[ident].update(circle=c, tlp=tlp)

    def warn(self, team):
        c, title, found = self.circle_of(team, ("all", "some", "pair") if team != "guest" else ("all",)), f"warning {self.step}", []
        for i in range(self.rng.randrange(1, 4)):
            o = self.stix(f"of {title}.{i}", f"w{self.step}x{i}")
            for k in ("id", "created", "modified"):
                o.pop(k)
            found.append(self.ask(team, "POST", "/api/v1/indicators", {"object": o},
                                  done=lambda name=o["name"]: self.newest(team, "indicators", name)).json["id"])
        ident = self.ask(team, "POST", "/api/v1/warnings", {
            "title": title, "summary": "S", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER",
            "circles": [self.circles[c]], "what": {"event_type": "compromise", "impact": "Loss", "indicators": found},
            "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 30), "ack_by": moment(86400)},
            "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
            "how": {"mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer"},
            "who": {"contact": f"c@{team}.example"}}, done=lambda: self.newest(team, "warnings", title)).json["id"]
        self.issue(team, ident)
        self.warnings[ident] = {"team": team, "circle": c, "title": title, "revoked": False, "answers": {}, "issues": 1}
        for i, x in enumerate(found):
            self.objects[x] = {"team": team, "circle": c, "tlp": "TLP:AMBER", "title": f"of {title}.{i}", "revoked": False, "warning": ident}

    def take(self, team, ident, name, body=None, role="analyst"):
        """A step of a warning, taken once."""
        path = f"/api/v1/warnings/{ident}"
        etag = self.ask(team, "GET", path, role=role).etag
        gone_on = lambda: path if self.who[team, role].get(path).etag != etag else None
        return self.ask(team, "POST", f"{path}/{name}", body or {}, etag, role, gone_on)

    def issue(self, team, ident):
        self.take(team, ident, "submit")
        shown = self.ask(team, "GET", f"/api/v1/warnings/{ident}/preview", role="lead").json["hash"]
        self.take(team, ident, "approve", {"hash": shown}, "lead")
        self.take(team, ident, "issue")

    def issued(self, team):
        live = [i for i, w in self.warnings.items() if w["team"] == team and not w["revoked"]]
        return self.rng.choice(live) if live else None

    def correct(self, team):
        ident = self.issued(team)
        if ident:
            title = f"corrected {self.step}"
            self.take(team, ident, "update")
            self.patch(team, f"/api/v1/warnings/{ident}", {"title": title})
            self.issue(team, ident)
            self.warnings[ident].update(title=title, issues=self.warnings[ident]["issues"] + 1)

    def withdraw(self, team):
        ident = self.issued(team)
        if ident:
            self.take(team, ident, "withdraw", {"reason": f"wrong {self.step}"}, "lead")
            self.warnings[ident]["revoked"] = True
            for o in self.objects.values():
                o["revoked"] = o["revoked"] or o["warning"] == ident

    def answer(self, team):
        seen = [i for i, w in self.warnings.items() if w["team"] != team and team in CIRCLES[w["circle"]] and not w["revoked"]]
        if not seen:
            return
        ident, state = self.rng.choice(seen), self.rng.choice(("affected", "not_affected", "assessing"))
        try:
            r = self.who[team, "analyst"].post(f"/api/v1/warnings/{ident}/assessments", {"state": state},
                                               {"Idempotency-Key": f"chaos-{uuid.uuid4()}"})
        except (OSError, http.client.HTTPException):
            return  # whether it counts is not known: nothing is asked of it
        if r.status in (200, 201):
            self.warnings[ident]["answers"][team] = state
        elif r.status != 404:  # it has not arrived yet
            raise RuntimeError(f"step {self.step}: answer: {r}")

    def move(self, _team):
        """edge1 leaves a circle or comes back: who may see what it names follows."""
        inside = "edge1" in CIRCLES["moving"]
        if inside:
            self.command("hub", "circle", "remove", self.circles["moving"], "edge1", done="member")
            CIRCLES["moving"].remove("edge1")
        else:
            self.command("hub", "circle", "add", self.circles["moving"], "edge1", done="member")
            CIRCLES["moving"].append("edge1")

    # ---- what the world does ----

    def trouble(self):
        """Before a step: what ends, and perhaps what begins."""
        for at, names in [m for m in self.mending if m[0] <= self.step]:
            self.mending.remove((at, names))
            for name in names:
                self.proxy[name].turn("pass")
        if self.world.random() > 0.025:
            return
        what = self.world.choice(("cut", "refuse", "stall", "apart", "kill", "kill"))
        names = self.world.sample(NODES, self.world.randrange(1, 4))
        lasts, pause = self.world.randrange(10, 120), self.world.random() * 0.05
        self.told[what] = self.told.get(what, 0) + 1
        if what == "kill":
            self.kill(names[0], pause)
            return
        for name in names if what != "apart" else NODES[:1] + ("edge1",):
            self.proxy[name].turn("refuse" if what == "apart" else what)
        self.mending.append((self.step + lasts, names if what != "apart" else NODES[:1] + ("edge1",)))

    def kill(self, name, pause):
        """In the middle of the steps that follow, whatever they are; it comes back at once."""
        if self.restart:
            self.restart.join()

        def die():
            time.sleep(pause)
            self.nodes[name].kill()
            time.sleep(pause * 4)
            for _ in range(600):
                try:
                    return self.start(name)
                except RuntimeError as why:  # a command that found no server has the directory just now
                    if "another hikeshi process" not in str(why):
                        raise
                time.sleep(0.1)
            raise RuntimeError(f"{name} does not start again")
        self.restart = threading.Thread(target=die, daemon=True)
        self.restart.start()

    def work(self, objects):
        table = [(self.create, 45), (self.change, 18), (self.revoke, 6), (self.relabel, 8), (self.imported, 4), (self.warn, 3),
                 (self.correct, 2), (self.withdraw, 2), (self.answer, 10), (self.move, 0.5)]
        while len(self.objects) < objects:
            self.step += 1
            self.trouble()
            team = self.rng.choice(list(TEAMS))
            self.rng.choices([t for t, _ in table], [w for _, w in table])[0](team)

    def calm(self):
        if self.restart:
            self.restart.join()
        for p in self.proxy.values():
            p.turn("pass")
        for _ in range(2):
            for n in self.nodes.values():
                n.run("peer", "sync", seconds=600)


def main():
    args = options(__doc__, seed=(int, 0), objects=(int, 1000), patience=(int, 300))
    seed = args.seed or random.SystemRandom().randrange(1, 2 ** 31)
    tap.note(f"seed {seed}, {args.objects} objects, {args.store}")
    s = Star(args, seed)
    start = time.monotonic()
    tap.guard(s.work, args.objects)
    tap.note(f"{s.step} steps in {time.monotonic() - start:.0f} s: {len(s.objects)} objects, {sum(o['revoked'] for o in s.objects.values())} taken back; "
             f"{len(s.warnings)} warnings, {sum(w['issues'] - 1 for w in s.warnings.values())} corrections, "
             f"{sum(len(w['answers']) for w in s.warnings.values())} answers; troubles: {s.told}")
    s.calm()
    tap.guard(oracle.judge, s, TEAMS, CIRCLES, f"seed {seed}")
    tap.note(f"{time.monotonic() - start:.0f} s")
    tap.end()


if __name__ == "__main__":
    main()
