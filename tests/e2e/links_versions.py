#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_versions [--old COMMIT]: a node of this version and one of an older commit of this repository, built here, are linked both
ways round: warnings, answers, corrections, withdrawals, receipts, indicators. What the older one does not know is told and holds
up nothing. Then the older node's data is taken over by this version, and the link goes on. Where the history has no such
commit (a shallow clone) it says so and skips. Prints TAP; ends with "N passed, N failed". tests/run versions.
"""
import json
import os
import pathlib
import subprocess
import sys

import links_receipts as story
from lib import ROOT, Node, options, tap, wait_for

OLD = "9e9686b"    # the first whose signatures say which fields must stay
BEFORE = "f470122"  # signed without that, and was never released: refused in words
story.tap = tap  # one count


def old_binary(commit):
    """The program of that commit, built once into build/old-COMMIT; (path, '') or (None, why not)."""
    if subprocess.run(["git", "-C", ROOT, "cat-file", "-e", commit + "^{commit}"], capture_output=True, check=False).returncode:
        return None, f"the history of this clone has no commit {commit} (git fetch --unshallow)"
    at = pathlib.Path(os.environ.get("HIKESHI_BUILD") or ROOT / "build") / f"old-{commit}"
    made = at / "build" / "hikeshi"
    if not made.exists():
        at.mkdir(parents=True, exist_ok=True)
        tree = subprocess.run(["git", "-C", ROOT, "archive", commit], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", at], input=tree, check=True)
        for command in (["meson", "setup", at / "build", at], ["ninja", "-C", at / "build", "hikeshi"]):
            p = subprocess.run(command, capture_output=True, text=True, check=False)
            if p.returncode:
                raise RuntimeError(f"{command}: {p.stdout[-2000:]}{p.stderr[-1000:]}")
    return str(made), ""


class Pair(story.World):
    """East issues; west, of another version, is linked to it directly. The names are those of links_receipts.py."""

    def __init__(self, args, east, west, invites, mark):
        self.args, self.id, self.who, self.binary = args, {}, {}, {"Higashi": east, "Nishi": west}
        made = []
        for name, binary in (("east", east), ("west", west)):
            args.binary = binary
            made.append(Node(args, f"{name}-{mark}"))
        self.east, self.west = made
        for node, team in ((self.east, "Higashi"), (self.west, "Nishi")):
            node.init(team, f"admin@{team.lower()}.example")
            for role in ("analyst", "lead"):
                node.user(f"{role}@{team.lower()}.example", role, team)
            node.start()
            self.id[team] = node.team_id(team)
            for role in ("analyst", "lead"):
                self.who[f"{team}.{role}"] = node.client(f"{role}@{team.lower()}.example")
        first, other = (self.east, self.west) if invites == "east" else (self.west, self.east)
        other.must("peer", "accept", first.must("peer", "invite").strip())
        self.circle = first.must("circle", "create", "--title", "Both", "--member", "Higashi", "--member", "Nishi").strip()
        self.analyst, self.lead = self.who["Higashi.analyst"], self.who["Higashi.lead"]
        known = wait_for(lambda: all(self.circle in {c["id"] for c in self.who[f"{t}.analyst"].items("/api/v1/circles")} for t in self.id), 60)
        tap.ok(known, "linked, with a circle that both know")

    def nodes(self):
        return self.east, self.west


def issued(w, title, says):
    """A warning with an indicator: seen, answered, corrected, withdrawn, with a receipt of each that a third machine checks."""
    nishi = w.who["Nishi.analyst"]
    value = f"{title.lower().replace(' ', '-')}.example.net"
    one = story.indicator(w, value)
    _, path = story.warning(w, title, [one])
    got = wait_for(lambda: story.items(w, path, "received").get("Nishi"), 60)
    if tap.ok(got, f"{says}: a warning arrives, and a receipt comes back",
              w.east.must("peer", "items", "Nishi") + w.west.must("peer", "items", "Higashi") or story.report(w, path)):
        story.check(w, got["receipt"], f"{says}: received")
    tap.equal([x["count"] for x in nishi.lookup(value)], [1], f"{says}: its indicator is found")
    tap.status(nishi.post(f"{path}/assessments", {"state": "affected", "count": 1}), 201, f"{says}: it is answered")
    got = wait_for(lambda: story.items(w, path, "answered").get("Nishi"), 60)
    tap.ok(got and any(a["state"] == "affected" for a in w.analyst.items(f"{path}/assessments")), f"{says}: the answer comes back, proved")
    w.analyst.step(path, "update")
    w.analyst.patch(path, {"summary": "Corrected."}, w.analyst.get(path).etag)
    story.issue(w, path)
    tap.ok(wait_for(lambda: nishi.read(path)["summary"] == "Corrected.", 60), f"{says}: a correction arrives")
    tap.status(w.lead.step(path, "withdraw", {"reason": "wrong"}), 200, f"{says}: it is withdrawn")
    got = wait_for(lambda: story.items(w, path, "withdrawal-applied").get("Nishi"), 60)
    if tap.ok(got, f"{says}: that is applied and proved", story.report(w, path)):
        story.check(w, got["receipt"], f"{says}: withdrawn")
    tap.ok(nishi.read(path)["state"] == "withdrawn" and [x["count"] for x in nishi.lookup(value)] == [0], f"{says}: it is in no look-up any more")


def knowledge(w, says):
    """Indicators both ways; one changed, one revoked, one narrowed."""
    label = {"tlp": "TLP:GREEN", "circles": [w.circle]}
    nishi, ids = w.who["Nishi.analyst"], {n: story.indicator(w, f"{n}.{says.split()[0]}.example.org", **label) for n in ("a", "b")}
    back = nishi.made("/api/v1/indicators", {"object": {"type": "indicator", "spec_version": "2.1", "name": "back", "pattern_type": "stix",
                                                        "valid_from": "2026-11-01T00:00:00Z", "pattern": "[domain-name:value = 'back.example.org']"}, **label})
    tap.ok(wait_for(lambda: all(nishi.get(f"/api/v1/indicators/{i}").status == 200 for i in ids.values()), 60), f"{says}: indicators arrive")
    tap.ok(wait_for(lambda: w.analyst.get(f"/api/v1/indicators/{back['id']}").status == 200, 60), f"{says}: and go the other way")
    path = f"/api/v1/indicators/{ids['a']}"
    w.analyst.patch(path, {"object": {"name": "changed"}}, w.analyst.get(path).etag)
    path = f"/api/v1/indicators/{ids['b']}"
    w.analyst.patch(path, {"object": {"revoked": True}}, w.analyst.get(path).etag)
    tap.ok(wait_for(lambda: nishi.read(f"/api/v1/indicators/{ids['a']}")["object"]["name"] == "changed", 60), f"{says}: a change arrives")
    tap.ok(wait_for(lambda: nishi.read(f"/api/v1/indicators/{ids['b']}").get("revoked"), 60), f"{says}: what is revoked is revoked there")


def quiet(w, says, refused=()):
    """Both stand as they should: every row left on a page is one that was expected, nothing was logged as an error."""
    for n, other in ((w.east, "Nishi"), (w.west, "Higashi")):
        n.run("peer", "sync")
        row = next(json.loads(x) for x in n.must("peer", "list", "--json").splitlines())
        tap.ok(row["state"] == "active" and not row["last_error"], f"{says}: the link is well at {n.data.name}", row)
        left = [x for x in n.must("peer", "items", other).splitlines() if not any(r in x for r in refused)]
        tap.equal(left, [], f"{says}: nothing is left open at {n.data.name}")
        tap.equal([x for x in n.log_tail(10 ** 8).splitlines() if "level=error" in x][:3], [], f"{says}: no server error at {n.data.name}")


def part_issues(args, new, old):
    tap.part("this version issues, the older one receives; the older one has invited")
    w = Pair(args, new, old, "west", "out")
    issued(w, "Of the newer", "newer to older")
    knowledge(w, "newer to older")
    quiet(w, "newer to older")
    return w


def part_receives(args, new, old):
    tap.part("the older version issues, this one receives; this one has invited")
    w = Pair(args, old, new, "west", "in")
    issued(w, "Of the older", "older to newer")
    knowledge(w, "older to newer")
    quiet(w, "older to newer")
    return w


def part_unknown(w):
    tap.part("what the older one does not know is told, and holds up nothing")
    value = "erased.example.net"
    one = story.indicator(w, value, tlp="TLP:GREEN", circles=[w.circle])
    nishi = w.who["Nishi.analyst"]
    tap.ok(wait_for(lambda: nishi.get(f"/api/v1/indicators/{one}").status == 200, 60), "an indicator is there")
    path = f"/api/v1/indicators/{one}"
    r = w.lead.post(f"{path}/erase", {"fields": ["/name"], "reason": "a name of a person"}, {"If-Match": w.lead.get(path).etag})
    tap.status(r, (200, 201, 204), "a field of it is erased here")
    refused = lambda: [x for x in w.east.must("peer", "items", "Nishi").splitlines() if "x-hikeshi-withdrawal" in x]
    erased = lambda: nishi.read(path)["object"].get("name") != value
    tap.ok(wait_for(lambda: erased() or refused(), 60, 0.3), "the older one does so too, or says on the page why not", (refused(), nishi.get(path)))
    after = story.indicator(w, "after.example.net", tlp="TLP:GREEN", circles=[w.circle])
    tap.ok(wait_for(lambda: nishi.get(f"/api/v1/indicators/{after}").status == 200, 60), "what comes behind it arrives")


def part_upgrade(w, new):
    tap.part("the older node's data is taken over by this version while the other waits")
    missed = []
    w.west.stop()
    missed.append(story.indicator(w, "while-it-was-away.example.net", tlp="TLP:GREEN", circles=[w.circle]))
    w.west.binary = new
    w.west.start()
    for role in ("analyst", "lead"):
        w.who[f"Nishi.{role}"] = w.west.client(f"{role}@nishi.example")
    nishi = w.who["Nishi.analyst"]
    tap.ok(wait_for(lambda: nishi.get(f"/api/v1/indicators/{missed[0]}").status == 200, 90, 0.3), "what it had missed arrives")
    issued(w, "After the change", "after the change of version")
    for n in w.nodes():
        tap.equal(n.stop(), 0, f"{n.data.name} stops in order")
        status, out, err = n.run("verify")
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-400:] + err)


def part_before(args, new):
    tap.part(f"a commit before that, {BEFORE}: what it signs is refused in words, and does no harm")
    old, why = old_binary(BEFORE)
    if not old:
        tap.skip("what was signed before", why)
        return
    made = []
    for name, binary in (("first", old), ("now", new)):
        args.binary = binary
        n = Node(args, name)
        n.init(name, f"admin@{name}.example")
        n.user(f"analyst@{name}.example", "analyst", name)
        n.start()
        made.append(n)
    first, now = made
    first.must("peer", "accept", now.must("peer", "invite").strip())
    circle = now.must("circle", "create", "--title", "Both", "--member", "first", "--member", "now").strip()
    analyst, here = first.client("analyst@first.example"), now.client("analyst@now.example")
    tap.ok(wait_for(lambda: circle in {c["id"] for c in analyst.items("/api/v1/circles")}, 60), "they link, and it knows the circle")
    sent = analyst.made("/api/v1/indicators", {"tlp": "TLP:GREEN", "circles": [circle], "object": {
        "type": "indicator", "spec_version": "2.1", "name": "x", "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
        "pattern": "[domain-name:value = 'first.example.org']"}})["id"]
    for n, other in ((now, "first"), (first, "now")):
        row = wait_for(lambda: [x for x in n.must("peer", "items", other).splitlines() if sent in x], 60, 0.3)
        tap.ok(row and "stripped: " in row[0] and len(row[0]) > 80, f"{n.data.name}: the page of the link says why it was not taken", row)
    tap.status(here.get(f"/api/v1/indicators/{sent}"), 404, "and it is not")
    for n in made:
        tap.equal([x for x in n.log_tail(10 ** 8).splitlines() if "level=error" in x][:3], [], f"{n.data.name}: no server error")
        tap.equal(n.stop(), 0, f"{n.data.name} stops in order")


def main():
    args = options(__doc__, old=(str, OLD))
    new = args.binary
    old, why = old_binary(args.old)
    if not old:
        tap.skip("two versions", why)
        tap.end()
    versions = [subprocess.run([b, "version"], capture_output=True, text=True, check=True).stdout.strip() for b in (old, new)]
    tap.note(f"older: commit {args.old}, says {versions[0]}; this: says {versions[1]}")
    tap.guard(part_before, args, new)
    w = tap.guard(part_receives, args, new, old)
    if w:
        for n in w.nodes():
            n.stop()
    w = tap.guard(part_issues, args, new, old)
    if w:
        tap.guard(part_unknown, w)
        tap.guard(part_upgrade, w, new)
    tap.end()


if __name__ == "__main__":
    sys.exit(main())
