#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_net [--megabytes 1024]: real networks and a real limit of memory. Three nodes in network namespaces of their own, joined
by a bridge and linked over TLS: packets are dropped in one or both directions, lost, slowed to a kilobyte a second; a cable
is pulled again and again; a machine loses its power, so that nobody says goodbye. Then a node that a control group allows
256 MiB is sent gigabytes, slowly and fast. Afterwards everything is there, once; meanwhile others are served and the link's
page says what is wrong. Needs Linux namespaces (root, or unprivileged user namespaces), iproute2 and nft: says so and skips
where they are not. Prints TAP; ends with "N passed, N failed".
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid

from lib import Node, at_end, end_process, options, tap, wait_for
from links_days import bundle

NET = "10.99.0."
NAMES = ("hub", "kita", "minami")


def sh(command, check=True):
    p = subprocess.run(command if isinstance(command, list) else command.split(), capture_output=True, text=True, check=False)
    if check and p.returncode:
        raise RuntimeError(f"{command}: {p.stderr or p.stdout}")
    return p.returncode == 0


def inside():
    """Runs this script again in a network namespace of its own; why not, where that cannot be."""
    for tool in ("unshare", "nsenter", "ip", "nft"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if not sh([*own, "sh", "-c", "ip link set lo up && ip link add name bridge0 type bridge && ip link add name v1 type veth peer name v2 && "
               "nft add table inet t && nft add chain inet t c '{ type filter hook input priority 0; }' && "
               "nft add rule inet t c numgen random mod 100 '<' 20 drop"], False):
        return "this machine allows no network namespace with a bridge and nft"
    os.environ["HIKESHI_NETNS"] = "1"
    os.execvp(own[0], [*own, sys.executable, *sys.argv])
    return ""


class NetNode(Node):
    """A node in a network namespace of its own, at 10.99.0.N."""

    def __init__(self, args, name, number):
        super().__init__(args, name)
        self.host, self.port, self.name = f"{NET}{number}", 8443, name
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "86400"])
        at_end(lambda: end_process(self.holder))
        here = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != here, 20)
        sh(f"ip link add name v{number} type veth peer name eth0 netns {self.holder.pid}")
        sh(f"ip link set v{number} master bridge0 up")
        for line in ("ip link set lo up", f"ip addr add {self.host}/24 dev eth0", "ip link set eth0 up"):
            self.net(line)
        self.clear()
        self.link = f"v{number}"

    def net(self, command, check=True):
        more = command if isinstance(command, list) else command.split()
        return sh(["nsenter", "-t", str(self.holder.pid), "-n", *more], check)

    def start(self, *more, seconds=60):
        out = open(self.log, "ab")
        self.server = subprocess.Popen(["nsenter", "-t", str(self.holder.pid), "-n", self.binary, "--data", str(self.data), "serve", "--tls",
                                        "--listen", f"{self.host}:{self.port}", *more], stdout=subprocess.PIPE, stderr=out, env=self.env)
        out.close()
        at_end(self.stop)
        line = self.server.stdout.readline().decode()
        if "https://" not in line:
            raise RuntimeError(f"the server did not start: {line}{self.log_tail()}")
        self.url = f"https://{self.host}:{self.port}"
        return line

    # ---- the network around it ----

    def clear(self):
        self.net("nft flush ruleset")
        for line in ("add table inet bad", "add chain inet bad in { type filter hook input priority 0 ; }",
                     "add chain inet bad out { type filter hook output priority 0 ; }"):
            self.net(["nft", *line.split()])
        self.net("tc qdisc del dev eth0 root", False)

    def drop(self, others, chains=("in", "out"), percent=100):
        """Packets from and to other nodes are lost; people at the desk still reach it."""
        for o in others:
            for chain in chains:
                dice = [] if percent == 100 else ["numgen", "random", "mod", "100", "<", str(percent)]
                self.net(["nft", "add", "rule", "inet", "bad", chain, "ip", "saddr" if chain == "in" else "daddr", o.host, *dice, "drop"])


class Net:
    def __init__(self, args):
        self.args, self.nodes, self.who = args, [], {}
        sh("ip link set lo up")
        sh("ip link add name bridge0 type bridge")
        sh(f"ip addr add {NET}254/24 dev bridge0")
        sh("ip link set bridge0 up")
        for i, name in enumerate(NAMES, 1):
            n = NetNode(args, name, i)
            n.init(f"{name} CSIRT", f"admin@{name}.example")
            n.user(f"analyst@{name}.example", "analyst", f"{name} CSIRT")
            n.start()
            self.nodes.append(n)
        self.hub, self.kita, self.minami = self.nodes
        for n in self.nodes[1:]:
            n.must("peer", "accept", self.hub.must("peer", "invite").strip())
        self.circle = self.hub.must("circle", "create", "--title", "All", *[x for n in NAMES for x in ("--member", f"{n} CSIRT")]).strip()
        self.sign_in()
        for n in NAMES:
            wait_for(lambda n=n: self.who[n].items("/api/v1/circles"), 60)
        self.shared = 0

    def sign_in(self):
        self.who = {n.name: n.client(f"analyst@{n.name}.example") for n in self.nodes}

    def made(self, node, name):
        self.shared += 1
        return self.who[node.name].made("/api/v1/indicators", {"tlp": "TLP:GREEN", "circles": [self.circle], "object": {
            "type": "indicator", "spec_version": "2.1", "name": name, "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
            "pattern": f"[domain-name:value = '{name}.example.com']"}})["id"]

    def share(self, node, count, name):
        self.shared += count
        status, out, err = node.run("import", "--json", "--circle", self.circle, "--tlp", "GREEN", "-", stdin=bundle(name, count), seconds=300)
        if status:
            raise RuntimeError(err + out)

    def has(self, node, ident):
        return self.who[node.name].get(f"/api/v1/indicators/{ident}").status == 200

    def count(self, node):
        return self.who[node.name].read("/api/v1/indicators/count").get("count", -1)

    def page(self, node, other):
        return next(json.loads(x) for x in node.must("peer", "list", "--json").splitlines() if f'"{other.name} CSIRT"' in x)

    def said(self, node, other, name):
        """What the page of a link says is wrong, in both languages; waits until it does."""
        admin, found = node.client(f"admin@{node.name}.example"), []
        link = self.page(node, other)["id"]
        for admin.language in ("en", "ja"):
            found.append(wait_for(lambda: admin.read(f"/api/v1/peers/{link}")["last_error"], 180, 0.5) or "")
        tap.ok(re.fullmatch(r"[\x20-\x7e]{15,}", found[0]) and re.search("[ぁ-んァ-ン一-龥]{3}", found[1]), name, found)
        tap.note(" / ".join(found))

    def mended(self, name):
        for n in self.nodes:
            n.clear()
        for n in self.nodes:
            n.run("peer", "sync", seconds=300)
        for n in self.nodes:
            wait_for(lambda: self.count(n) >= self.shared, 300, 0.5)
            ids = [i["id"] for i in self.who[n.name].items("/api/v1/indicators?limit=1000")]
            tap.ok(len(ids) == len(set(ids)) == self.shared, f"{name}: {n.name} has everything, once", (len(ids), len(set(ids)), self.shared))


def part_apart(w):
    tap.part("no packet passes between two of three; the third is served as ever")
    w.kita.drop([w.hub])
    a, b = w.made(w.hub, "apart-hub"), w.made(w.kita, "apart-kita")
    tap.ok(wait_for(lambda: w.has(w.minami, a), 60, 0.2), "the other edge has it at once")
    tap.ok(not w.has(w.kita, a) and not w.has(w.hub, b), "what is cut off has not")
    w.said(w.hub, w.kita, "its link's page says in a sentence that it is not reached, in both languages")
    w.said(w.kita, w.hub, "at both ends")
    w.mended("put together again")
    tap.ok(wait_for(lambda: not w.page(w.hub, w.kita)["last_error"], 120, 0.5), "and the page says nothing any more", w.page(w.hub, w.kita))


def part_oneway(w):
    tap.part("packets pass in one direction alone: what is asked arrives, no answer does")
    w.kita.drop([w.hub], ("out",))
    a, b = w.made(w.hub, "oneway-hub"), w.made(w.kita, "oneway-kita")
    tap.ok(wait_for(lambda: w.has(w.minami, a), 60, 0.2), "nobody else waits for it")
    w.said(w.hub, w.kita, "the page says so")
    w.mended("with answers again")
    del b


def part_loss(w):
    tap.part("a fifth of all packets is lost in both directions")
    w.kita.drop([w.hub], percent=20)
    w.share(w.hub, 800, "loss")
    x = w.made(w.kita, "loss-back")
    tap.ok(wait_for(lambda: w.has(w.hub, x), 240, 0.5), "what is shared arrives all the same, slowly")
    tap.ok(wait_for(lambda: w.count(w.kita) >= w.shared, 240, 0.5), "a few hundred too", (w.count(w.kita), w.shared))
    w.mended("without loss")


def part_slow(w):
    tap.part("a line of four kilobytes a second")
    if not (shutil.which("tc") and w.kita.net("tc qdisc add dev eth0 root handle 1: htb default 1", False) and
            w.kita.net("tc class add dev eth0 parent 1: classid 1:1 htb rate 32kbit burst 2k", False)):
        tap.skip("a slow line", "this kernel has no htb")
    else:
        x = w.made(w.kita, "slow-one")
        w.share(w.kita, 150, "slow")
        y = w.made(w.hub, "slow-other")
        tap.ok(wait_for(lambda: w.has(w.minami, y), 60, 0.2), "the other edge does not wait for it")
        tap.ok(wait_for(lambda: w.has(w.hub, x), 300, 0.5), "and what is slow arrives")
    w.mended("at full speed")
    if not w.kita.net("tc qdisc add dev eth0 root netem delay 400ms 200ms loss 3%", False):
        tap.skip("delay and reordering", "this kernel has no netem")
        return
    x, y = w.made(w.kita, "netem-one"), w.made(w.hub, "netem-other")
    tap.ok(wait_for(lambda: w.has(w.hub, x) and w.has(w.kita, y), 240, 0.5), "with half a second of delay that varies, it arrives")
    w.mended("without delay")


def part_cable(w):
    tap.part("a cable that is pulled and put back, again and again, while 2,000 pass")
    w.share(w.hub, 2000, "cable")
    for i in range(12):
        sh(f"ip link set {w.kita.link} down")
        time.sleep(0.15 * (i % 4))
        sh(f"ip link set {w.kita.link} up")
        time.sleep(0.2)
    w.mended("with the cable in")


def part_power(w):
    tap.part("power goes off: nobody says goodbye, the connections stay half open")
    x = w.made(w.hub, "power-before")
    wait_for(lambda: w.has(w.kita, x), 60, 0.2)
    w.share(w.hub, 1500, "power")
    w.kita.drop([w.hub, w.minami])
    w.kita.kill()
    y = w.made(w.hub, "power-off")
    tap.ok(wait_for(lambda: w.has(w.minami, y), 60, 0.2), "nobody waits for it")
    w.said(w.hub, w.kita, "the page says that it is not reached")
    w.kita.clear()
    w.kita.start()
    w.sign_in()
    tap.ok(wait_for(lambda: w.has(w.kita, y), 180, 0.5), "it comes back and is sent what it lacks, without being asked")
    w.mended("with power")


def part_end(w):
    for n in w.nodes:
        left = [1]
        for o in (w.nodes[1:] if n is w.hub else [w.hub]):
            wait_for(lambda: left.__setitem__(slice(None), n.must("peer", "items", f"{o.name} CSIRT").splitlines()) or not left, 180, 1)
            tap.equal(left[:3], [], f"{n.name}: nothing is left open towards {o.name}")
    for n in w.nodes:
        tap.equal([x for x in n.log_tail(10 ** 8).splitlines() if "level=error" in x][:3], [], f"{n.name}: no server error")
        tap.equal(n.stop(), 0, f"{n.name} stops in order")
        status, out, err = n.run("verify", seconds=300)
        tap.ok(status == 0, f"{n.name}: verify says intact", out[-300:] + err)


# ---- memory ----

class Group:
    """A control group with a limit of memory, of the first or second kind; None where none can be made."""

    def __init__(self, limit):
        self.path = None
        for base, name, peak in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
                                 ("/sys/fs/cgroup", "memory.max", "memory.peak")):
            path = pathlib.Path(base) / f"hikeshi-test-{os.getpid()}"
            try:
                path.mkdir()
                (path / name).write_text(str(limit))
            except OSError:
                if path.is_dir():
                    path.rmdir()
                continue
            self.path, self.peak = path, path / peak
            at_end(path.rmdir)
            return

    def hold(self, pid):
        (self.path / "cgroup.procs").write_text(str(pid))


def part_memory(args):
    tap.part("a node that has 256 MiB of memory is sent gigabytes, fast and slowly")
    try:
        from hostile import MEDIA, Hostile, indicator
    except SystemExit:
        tap.skip("gigabytes against a limit of memory", "the Python package cryptography is absent: scripts/setup test")
        return
    group = Group(256 << 20)
    if not group.path:
        tap.skip("gigabytes against a limit of memory", "no control group can be made here")
        return
    n = Node(args, "small")
    n.init("Small CSIRT", "admin@small.example")
    n.user("analyst@small.example", "analyst", "Small CSIRT")
    n.start()
    group.hold(n.server.pid)
    evil = Hostile("Evil CSIRT")
    evil.accept(n.must("peer", "invite").strip())
    analyst = n.client("analyst@small.example")
    head = (f"POST {evil.objects_path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {evil.token}\r\nContent-Type: {MEDIA}\r\n"
            f"Accept: {MEDIA}\r\n")
    slow = []
    for i in range(120):  # each has announced much, sent a quarter of a megabyte, and then a byte a second
        s = socket.create_connection((evil.host, evil.port), 10)
        s.sendall((head + "Content-Length: 8000000\r\n\r\n").encode() + b'{"objects":["' + b"x" * 250000)
        slow.append(s)
    sent, left = [0], [args.megabytes << 20]
    block = b"100000\r\n" + b'{"objects":["'.ljust(1 << 20, b"x") + b"\r\n"

    def pour():
        while left[0] > 0:
            s = socket.create_connection((evil.host, evil.port), 10)
            try:
                s.settimeout(60)
                s.sendall((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
                while left[0] > 0:
                    s.sendall(block)
                    sent[0] += 1 << 20
                    left[0] -= 1 << 20
            except OSError:
                pass
            s.close()
    threads = [threading.Thread(target=pour, daemon=True) for _ in range(8)]
    for t in threads:
        t.start()
    answered = worst = 0
    while any(t.is_alive() for t in threads):
        for s in slow:
            try:
                s.sendall(b"x")
            except OSError:
                pass
        start = time.monotonic()
        answered += analyst.get("/api/v1/indicators?limit=1").status == 200
        worst = max(worst, time.monotonic() - start)
        time.sleep(0.3)
    many = {"objects": [{"type": "indicator", "id": f"indicator--{uuid.uuid4()}", "name": "y" * 2000} for _ in range(3900)]}
    text = json.dumps(many).encode()
    floods = [threading.Thread(target=lambda: evil.call("POST", evil.objects_path, text, timeout=300), daemon=True) for _ in range(12)]
    for t in floods:
        t.start()
    for t in floods:
        t.join()
    tap.note(f"{sent[0] >> 20} MiB were sent, 12 envelopes of {len(text) >> 20} MiB; peak of the group "
             f"{int(group.peak.read_text()) >> 20 if group.peak.exists() else '?'} MiB; {answered} answers meanwhile, the slowest after {worst:.1f} s")
    tap.ok(n.server.poll() is None and answered, "it lives, and has answered people meanwhile", (n.server.poll(), answered))
    good = indicator("after-the-flood")
    status = evil.push(evil.team.sign([good], [n.team_id("Small CSIRT").split("--")[1]]))
    tap.ok(isinstance(status, dict) and status["success_count"] == 1, "and takes what is good from the same peer", status)
    resident = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{n.server.pid}/status").read()).group(1)) >> 10
    tap.ok(resident <= 256, "its own memory never went beyond the limit", resident)
    for s in slow:
        s.close()
    tap.equal(n.stop(), 0, "it stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "and is intact", out[-300:] + err)


def main():
    args = options(__doc__, megabytes=(int, 1024))
    why = "" if os.environ.get("HIKESHI_NETNS") else inside()
    if not why and args.store == "postgresql" and open("/proc/self/uid_map").read().split()[2] == "1":
        why = "a PostgreSQL of another user cannot be started in a user namespace"
    if why:
        tap.skip("real networks between nodes", why)
        tap.end()
    w = tap.guard(Net, args)
    for part in (part_apart, part_oneway, part_loss, part_slow, part_cable, part_power, part_end) if w else ():
        start = time.monotonic()
        tap.guard(part, w)
        tap.note(f"{part.__name__}: {time.monotonic() - start:.1f} s")
    start = time.monotonic()
    tap.guard(part_memory, args)
    tap.note(f"part_memory: {time.monotonic() - start:.1f} s")
    tap.end()


if __name__ == "__main__":
    main()
