#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_days [--objects N]: bad days of two honest nodes: the network cut in the middle of everything, a node that
stands still, kill -9 of either in the middle of a long sync, a full disk at the receiver, clocks that differ, a node
restored from a backup. At the end of each both have exactly what was shared, once. Prints TAP; ends with "N passed, N failed".
"""
import glob
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
import uuid

import lib
from lib import Node, at_end, moment, options, tap, temp, wait_for


class Proxy:
    """A network that can be cut: TCP to one port. mode: pass, refuse, stall, or cut after so many bytes of a connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.target, self.mode, self.cuts = self.listener.getsockname()[1], 0, "pass", 0
        self.open = set()
        threading.Thread(target=self.run, daemon=True).start()

    def turn(self, mode):
        """Another mode; what is refused from now on ends what is open, too."""
        self.mode = mode
        for s in list(self.open) if mode == "refuse" else ():
            try:
                s.shutdown(2)
            except OSError:
                pass

    def run(self):
        while True:
            s, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        if self.mode == "refuse":
            s.close()
            return
        try:
            t = socket.create_connection(("127.0.0.1", self.target), 10)
        except OSError:
            s.close()
            return
        left = [random.randrange(200, 400000)]
        self.open |= {s, t}
        for a, b in ((s, t), (t, s)):
            threading.Thread(target=self.pump, args=(a, b, left), daemon=True).start()

    def pump(self, a, b, left):
        try:
            while True:
                data = a.recv(65536)
                while self.mode == "stall":
                    time.sleep(0.1)
                if self.mode == "cut":
                    left[0] -= len(data)
                    if left[0] <= 0:
                        self.cuts += 1
                        b.sendall(data[:len(data) // 2])
                        break
                if not data:
                    break
                b.sendall(data)
        except OSError:
            pass
        self.open -= {a, b}
        for s in (a, b):
            try:
                s.shutdown(2)
            except OSError:
                pass


def bundle(name, count):
    return json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": [
        {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}", "created": "2026-01-01T00:00:00.000Z",
         "modified": "2026-01-01T00:00:00.000Z", "name": name, "pattern": f"[domain-name:value = '{name}{k}.example']", "pattern_type": "stix",
         "valid_from": "2026-01-01T00:00:00Z"} for k in range(count)]}).encode()


class Days:
    def __init__(self, args, disk=None):
        self.args, self.shared = args, 0
        self.proxy = {}
        Days.made_so_far = getattr(Days, "made_so_far", 0) + 1
        self.a, self.b = Node(args, f"asa{Days.made_so_far}"), Node(args, f"yoru{Days.made_so_far}", data=disk)
        for n, team, short in ((self.a, "Asa CSIRT", "asa"), (self.b, "Yoru CSIRT", "yoru")):
            n.init(team, f"admin@{short}.example")
            for role in ("analyst", "lead"):
                n.user(f"{role}@{short}.example", role, team)
            self.proxy[n] = Proxy()
            n.configure(f"url = http://127.0.0.1:{self.proxy[n].port}\n")
            self.start(n)
        self.b.must("peer", "accept", self.a.must("peer", "invite").strip())
        self.circle = self.a.must("circle", "create", "--title", "Both", "--member", "Asa CSIRT", "--member", "Yoru CSIRT").strip()
        self.sign_in()
        tap.ok(wait_for(lambda: self.bc.items("/api/v1/circles"), 20), "a circle of both")

    def start(self, n):
        n.start()
        self.proxy[n].target = n.port

    def sign_in(self):
        self.ac, self.bc = self.a.client("analyst@asa.example"), self.b.client("analyst@yoru.example")
        self.lead = self.a.client("lead@asa.example")

    def share(self, count, name="x"):
        status, out, err = self.a.run("import", "--json", "--circle", self.circle, "--tlp", "GREEN", "-", stdin=bundle(name, count), seconds=300)
        if status:
            raise RuntimeError(err + out)
        self.shared += count

    def made(self, client, name, **more):
        return client.made("/api/v1/indicators", {"tlp": "TLP:GREEN", "circles": [self.circle], "object": {
            "type": "indicator", "spec_version": "2.1", "name": name, "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
            "pattern": f"[domain-name:value = '{name}.example.com']", **more}})

    def count(self):
        return self.bc.read("/api/v1/indicators/count").get("count", -1)

    def here(self, seconds=90):
        return wait_for(lambda: self.count() >= self.shared, seconds, 0.3)

    def peer(self, n, language="en"):
        return [json.loads(x) for x in n.must("peer", "list", "--json").splitlines()][0]


def equal(d, name):
    d.here()
    ids = [i["id"] for i in d.bc.items("/api/v1/indicators?limit=1000")] if d.shared < 5000 else [d.count()]
    if d.shared < 5000:
        tap.ok(len(ids) == d.shared and len(set(ids)) == d.shared, f"{name}: everything is there, once", (len(ids), len(set(ids)), d.shared))
    else:
        tap.equal(ids[0], d.shared, f"{name}: everything is there, once")


def day_network(args):
    tap.part("the network is cut in the middle of everything")
    d = Days(args)
    for p in d.proxy.values():
        p.mode = "cut"
    d.share(3000, "cut")
    wait_for(lambda: sum(p.cuts for p in d.proxy.values()) >= 5 or d.count() >= d.shared, 15, 0.2)
    tap.note(f"{sum(p.cuts for p in d.proxy.values())} connections were cut; {d.count()} of {d.shared} there")
    for p in d.proxy.values():
        p.mode = "pass"
    d.a.run("peer", "sync")
    equal(d, "cut")
    tap.part("it is refused, and stands still")
    d.proxy[d.b].mode = "refuse"
    x = d.made(d.ac, "refused")
    d.shared += 1
    row = wait_for(lambda: d.peer(d.a)["last_error"], 90, 0.3)
    tap.ok(row and len(row) > 15, "the list of links says that it cannot be reached", row)
    d.proxy[d.b].mode = "stall"
    os.kill(d.b.server.pid, signal.SIGSTOP)
    d.made(d.ac, "stopped")
    d.shared += 1
    start = time.monotonic()
    d.ac.read("/api/v1/indicators?limit=5")
    tap.ok(time.monotonic() - start < 2, "nobody here waits for it", time.monotonic() - start)
    os.kill(d.b.server.pid, signal.SIGCONT)
    d.proxy[d.b].mode = "pass"
    status, out, err = d.a.run("peer", "sync")
    equal(d, "afterwards")
    return d


def day_kill(d, objects):
    tap.part(f"kill -9 of either node in the middle of a sync of {objects} indicators")
    for n in (d.b, d.a, d.b):
        before = d.count()
        if n is d.b and d.shared < objects // 2:
            d.share(objects, "kill")
        wait_for(lambda: d.count() > before + 500, 30, 0.02)
        at = d.count()
        n.kill()
        d.start(n)
        d.sign_in()
        tap.note(f"{n.data.name} killed with {at} of {d.shared} there")
    status, out, err = d.a.run("peer", "sync")
    equal(d, "after three kills")
    rows = d.a.must("peer", "items", d.peer(d.a)["name"])
    tap.equal(rows, "", "nothing is left open")
    for n in (d.a, d.b):
        status, out, err = n.run("verify", seconds=300)
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-400:] + err)


def issue(d, path):
    for who, step in ((d.ac, "submit"), (d.lead, "approve"), (d.ac, "issue")):
        body = {"hash": d.lead.read(f"{path}/preview")["hash"]} if step == "approve" else {}
        r = who.step(path, step, body)
        if r.status != 200:
            raise RuntimeError(f"{step}: {r}")


def warning(d, title, *indicators):
    made = d.ac.made("/api/v1/warnings", {
        "title": title, "summary": "S", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER", "circles": [d.circle],
        "what": {"event_type": "compromise", "impact": "Loss", "indicators": list(indicators)},
        "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 30), "ack_by": moment(86400)},
        "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
        "how": {"mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer"}, "who": {"contact": "c@asa.example"}})
    issue(d, f"/api/v1/warnings/{made['id']}")
    return f"/api/v1/warnings/{made['id']}"


def day_restore(d):
    tap.part("a node restored from yesterday's backup is noticed, named, and goes on")
    x = d.made(d.ac, "restored-x")
    tap.ok(wait_for(lambda: d.bc.get(f"/api/v1/indicators/{x['id']}").status == 200, 20), "before the backup: shared")
    d.shared += 1
    file = temp() / "yesterday.tar"
    d.a.must("backup", str(file), seconds=300)
    for i in range(3):  # what the backup does not know
        r = d.ac.get(f"/api/v1/indicators/{x['id']}")
        d.ac.patch(f"/api/v1/indicators/{x['id']}", {"object": {"name": f"lost {i}"}}, r.etag)
    tap.ok(wait_for(lambda: d.bc.read(f"/api/v1/indicators/{x['id']}")["object"]["name"] == "lost 2", 20), "changed after it: three more revs")
    lost = d.made(d.ac, "lost-whole", description="made after the backup")
    d.shared += 1
    private = d.ac.made("/api/v1/indicators", {"object": {
        "type": "indicator", "spec_version": "2.1", "name": "never-left", "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
        "pattern": "[domain-name:value = 'never-left.example.com']"}})
    withdrawn, gone = warning(d, "Withdrawn after the backup"), warning(d, "Issued after the backup", lost["id"])
    number = d.ac.read(gone)["number"]
    tap.ok(wait_for(lambda: all(d.bc.get(p).status == 200 for p in (withdrawn, gone)), 30), "two warnings were issued after it")
    tap.status(d.bc.post(f"{gone}/assessments", {"state": "affected", "count": 3}), 201, "one was answered")
    tap.ok(wait_for(lambda: [a for a in d.ac.items(f"{gone}/assessments") if a["state"] == "affected"], 30), "and the answer had come")
    tap.status(d.lead.step(withdrawn, "withdraw", {"reason": "wrong"}), 200, "the other was withdrawn")
    tap.ok(wait_for(lambda: d.bc.read(withdrawn)["state"] == "withdrawn", 30), "everywhere")
    y = d.made(d.bc, "from-the-other")
    d.shared += 1
    tap.ok(wait_for(lambda: d.ac.get(f"/api/v1/indicators/{y['id']}").status == 200, 70), "and something came in")
    port = d.a.port
    d.a.stop()
    new = Node(d.args, "asa-restored")
    new.must("restore", str(file), *lib.store_url(d.args.store), seconds=300)
    if not (new.data / "config").exists():
        new.configure(f"url = http://127.0.0.1:{d.proxy[d.a].port}\n")
    d.proxy[new] = d.proxy[d.a]
    old, d.a = d.a, new
    new.port = port
    d.start(new)
    d.sign_in()
    got = wait_for(lambda: d.ac.read(f"/api/v1/indicators/{x['id']}")["object"]["name"] == "lost 2", 70, 0.2)
    tap.ok(got, "what it had changed since comes back from its peer", (d.ac.get(f"/api/v1/indicators/{x['id']}"), d.a.log_tail(800)))
    r = wait_for(lambda: (lambda r: r if r.status == 200 else None)(d.ac.get(f"/api/v1/indicators/{lost['id']}")), 70, 0.2)
    tap.ok(r and r.json["object"]["description"] == "made after the backup" and r.json["team"] == d.a.team_id("Asa CSIRT") and not r.json.get("readonly"),
           "what it had made comes back, as its own", r)
    tap.equal(d.ac.get(f"/api/v1/indicators/{private['id']}").status, 404, "what had never left does not")
    said = wait_for(lambda: [json.loads(r) for r in d.a.must("peer", "items", d.peer(d.a)["name"], "--json").splitlines() if "healed" in r], 70, 0.3)
    tap.ok(said and ("never left" in said[0]["reason"] or "一度も外に出ていない" in said[0]["reason"]), "and the link's page says so", said)
    for path, state in ((gone, "issued"), (withdrawn, "withdrawn")):
        r = wait_for(lambda: (lambda r: r if r.status == 200 and r.json["state"] == state else None)(d.ac.get(path)), 70, 0.2)
        tap.ok(r, f"a warning comes back: {state}", d.ac.get(path))
    tap.equal(d.ac.read(gone)["number"], number, "with its number")
    d.b.run("peer", "sync")
    tap.ok(wait_for(lambda: [a for a in d.ac.items(f"{gone}/assessments") if a["state"] == "affected" and a["count"] == 3], 70, 0.3),
           "with the answer", d.ac.get(f"{gone}/assessments"))
    tap.ok(wait_for(lambda: {"received", "answered"} <= {i["kind"] for i in d.ac.read(f"{gone}/receipts")["items"]}, 90, 0.3), "and the receipts",
           (d.ac.get(f"{gone}/receipts"), d.b.must("peer", "items", d.peer(d.b)["name"])))
    tap.status(d.ac.step(gone, "update"), 200, "it can be corrected")
    d.ac.patch(gone, {"summary": "Corrected after the restore"}, d.ac.get(gone).etag)
    issue(d, gone)
    tap.ok(wait_for(lambda: d.bc.read(gone)["summary"] == "Corrected after the restore", 70, 0.3), "and the correction arrives", d.bc.get(gone))
    after = warning(d, "Issued after the restore")
    tap.ok(d.ac.read(after)["number"] not in (number, d.ac.read(withdrawn)["number"]), "numbers go on above", d.ac.read(after)["number"])
    name = d.peer(d.b)["name"]
    row = wait_for(lambda: [json.loads(r) for r in d.b.must("peer", "items", name, "--json").splitlines() if "restored" in r], 70, 0.5)
    tap.ok(row and "backup" in row[0]["reason"], "the peer's page says that it was restored", row)
    tap.ok(wait_for(lambda: d.ac.get(f"/api/v1/indicators/{y['id']}").status == 200, 70, 0.3), "what had come in since comes again")
    r = d.ac.get(f"/api/v1/indicators/{x['id']}")
    d.ac.patch(f"/api/v1/indicators/{x['id']}", {"object": {"name": "after the restore"}}, r.etag)
    d.a.run("peer", "sync")
    got = wait_for(lambda: d.bc.read(f"/api/v1/indicators/{x['id']}")["object"]["name"] == "after the restore", 70, 0.3)
    tap.ok(got, "a change made now arrives, above the revs that were lost", (d.bc.get(f"/api/v1/indicators/{x['id']}"), d.a.must("peer", "items", d.peer(d.a)["name"]),
                                                                            d.peer(d.b)))
    z = d.made(d.ac, "new-after-restore")
    d.shared += 1
    tap.ok(wait_for(lambda: d.bc.get(f"/api/v1/indicators/{z['id']}").status == 200, 70, 0.3), "and so does what is new")
    tap.equal(d.peer(d.b)["state"], "active", "the link was not stopped for it")
    equal(d, "restored")
    for n in (d.a, d.b):
        tap.equal(n.stop(), 0, "stops in order")
        status, out, err = n.run("verify", seconds=300)
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-400:] + err)


def day_disk(args):
    tap.part("a full disk at the receiver")
    if args.store != "sqlite":
        tap.skip("a full disk at the receiver", "the private PostgreSQL is not on a disk of its own")
        return
    disk = temp() / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", str(disk)], stderr=subprocess.DEVNULL, check=False).returncode:
        tap.skip("a full disk at the receiver", "no file system can be mounted here")
        return
    at_end(lambda: subprocess.run(["umount", "-l", str(disk)], check=False))
    d = Days(args, disk=disk / "node")
    d.share(200, "room")
    equal(d, "while there is room")
    ballast = open(disk / "ballast", "wb", buffering=0)
    try:
        while True:
            ballast.write(b"\0" * 65536)
    except OSError:
        pass
    d.share(3000, "full")
    told = wait_for(lambda: d.peer(d.a)["last_error"] or d.a.must("peer", "items", d.peer(d.a)["name"]), 20, 0.3)
    tap.ok(told, "the sender's list of links says that the other cannot take it", told)
    tap.note(told and told.splitlines()[0][:200])
    tap.ok(d.bc.get("/api/v1/indicators?limit=1").status == 200, "the receiver still answers readers")
    ballast.truncate(0)
    ballast.close()
    d.a.run("peer", "sync")
    equal(d, "when there is room again")
    d.a.stop()
    tap.equal(d.b.stop(), 0, "the receiver stops in order")
    status, out, err = d.b.run("verify")
    tap.ok(status == 0, "and is intact", out[-400:] + err)


def day_clock(args):
    tap.part("clocks ten minutes apart, and one that jumps")
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        tap.skip("clocks ten minutes apart", "libfaketime is not installed (apt-get install faketime)")
        return
    stamp = temp() / "clock"
    stamp.write_text("-600\n")
    d = Days(args)
    d.b.stop()
    d.b.env.update(LD_PRELOAD=found[0], FAKETIME_TIMESTAMP_FILE=str(stamp), FAKETIME_NO_CACHE="1", DONT_FAKE_MONOTONIC="1")
    for offset in ("-600", "+600", "-600"):
        stamp.write_text(offset + "\n")
        if not d.b.server:
            d.start(d.b)
            d.sign_in()
        x, y = d.made(d.ac, f"clock{offset[1:]}{offset[0] == '+'}a"), d.made(d.bc, f"clock{offset[1:]}{offset[0] == '+'}b")
        d.shared += 2
        tap.ok(wait_for(lambda: d.bc.get(f"/api/v1/indicators/{x['id']}").status == 200, 70, 0.2), f"{offset} s: what the other shares arrives")
        tap.ok(wait_for(lambda: d.ac.get(f"/api/v1/indicators/{y['id']}").status == 200, 70, 0.2), f"{offset} s: and what it shares itself")
        r = d.bc.get(f"/api/v1/indicators/{y['id']}")
        d.bc.patch(f"/api/v1/indicators/{y['id']}", {"object": {"name": f"changed at {offset}"}}, r.etag)
        tap.ok(wait_for(lambda: d.ac.read(f"/api/v1/indicators/{y['id']}")["object"]["name"] == f"changed at {offset}", 70, 0.2),
               f"{offset} s: and its changes")
    equal(d, "clocks")
    for n in (d.a, d.b):
        n.stop()


def main():
    args = options(__doc__, objects=(int, 0))
    args.objects = args.objects or (20000 if args.store == "sqlite" else 6000)
    for part in (day_clock, day_disk):
        start = time.monotonic()
        tap.guard(part, args)
        tap.note(f"{part.__name__}: {time.monotonic() - start:.1f} s")
    start = time.monotonic()
    d = tap.guard(day_network, args)
    tap.note(f"day_network: {time.monotonic() - start:.1f} s")
    if d:
        for part, more in ((day_kill, (args.objects,)), (day_restore, ())):
            start = time.monotonic()
            tap.guard(part, d, *more)
            tap.note(f"{part.__name__}: {time.monotonic() - start:.1f} s")
    tap.end()


if __name__ == "__main__":
    main()
