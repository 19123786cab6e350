#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_invite: two real nodes link over HTTP on this machine and over TLS. What an invitation is good for, once; what
each side then knows of the other; wrong secret, expired, used twice, wrong pin, another node in between, changed key,
a team that claims another's place; keys that are replaced and revoked; the end of a link.
"""
import base64
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess

from lib import Client, Node, Tap, form, moment, options, temp, wait_for

tap = Tap()


def pair(args, name, tls):
    nodes = []
    for side in ("aoi", "beni"):
        n = Node(args, f"{name}-{side}")
        n.init(f"{side} CSIRT {name}", f"admin@{side}.example")
        n.start(*(["--tls"] if tls else []))
        nodes.append(n)
    return nodes


def peers(n):
    return [json.loads(line) for line in n.must("peer", "list", "--json").splitlines()]


def teams(n):
    return [json.loads(line) for line in n.must("team", "list", "--json").splitlines()]


def words(err, who):
    return re.findall(rf"{who}:? +[^:]+: ([a-z]+(?: [a-z -]+)+)", err)


def accepted(args, tls):
    scheme = "TLS" if tls else "HTTP"
    a, b = pair(args, "tls" if tls else "http", tls)
    link = a.must("peer", "invite").strip()
    tap.ok(re.fullmatch(r"hikeshi(\+http)?://127\.0\.0\.1:\d+/\?\S+#\S+", link), f"{scheme}: the link alone on one line", link)
    tap.equal("pin=" in link, tls, f"{scheme}: the link has a pin where there is TLS")
    status, out, err = b.run("peer", "accept", link)
    if not tap.equal(status, 0, f"{scheme}: accepted"):
        tap.note(err + out)
        return a, b
    theirs, ours = words(err, "theirs"), words(err, "ours")
    tap.ok(len(theirs) == 1 and len(ours) == 1 and len(theirs[0].replace("- ", "").split()) == 16,
           f"{scheme}: accept shows sixteen words of each side", err)
    seen = {}
    for n, other in ((a, b), (b, a)):
        rows = peers(n)
        tap.equal([r["state"] for r in rows], ["active"], f"{scheme}: active on both sides")
        seen[n.data.name] = rows[0]["fingerprint"]
        tap.equal(rows[0]["url"], other.url, f"{scheme}: with the other's address")
        away = [t for t in teams(n) if not t["hosted"]]
        tap.equal([t["name"] for t in away], [t["name"] for t in teams(other) if t["hosted"]],
                  f"{scheme}: the other's team is known")
    tap.ok(theirs and ours and seen[b.data.name] == theirs[0] and seen[a.data.name] == ours[0],
           f"{scheme}: both sides see the same words", (seen, theirs, ours))
    own = json.loads(a.must("team", "list", "--json").splitlines()[0])
    tap.ok(own["hosted"], f"{scheme}: one's own team stays one's own")

    # once
    c = Node(args, f"{a.data.name}-third")
    c.init("third CSIRT", "admin@third.example")
    c.start()
    status, out, err = c.run("peer", "accept", link)
    tap.ok(status == 1 and "used already" in err, f"{scheme}: used twice is refused", err)
    tap.equal(peers(c), [], f"{scheme}: and leaves nothing")
    c.stop()
    status, out, err = b.run("peer", "accept", link)
    tap.equal(status, 0, f"{scheme}: the same node may repeat itself, where the answer was lost")
    tap.equal((len(peers(a)), len(peers(b))), (1, 1), f"{scheme}: which makes no second link")
    return a, b


def refused(a, b):
    good = a.must("peer", "invite").strip()
    head, secret = good.split("#")
    flipped = ("A" if secret[0] != "A" else "B") + secret[1:]
    rows = [("wrong secret", f"{head}#{flipped}", "used already"),
            ("not a link", "https://127.0.0.1/", "no invitation"),
            ("cut off", good[:-30], "no invitation"),
            ("expired", re.sub(r"until=\d+", "until=1000", good), "expired"),
            ("another node's key", re.sub(r"key=[^&]+", "key=" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="), good),
             "another node")]
    if "pin=" in good:
        rows.append(("wrong pin", re.sub(r"pin=[^&#]+", "pin=" + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="), good),
                     "another TLS key"))
        rows.append(("TLS taken away", re.sub(r"&pin=[^&#]+", "", good).replace("hikeshi://", "hikeshi+http://"), "reached"))
        rows.append(("pin taken away", re.sub(r"&pin=[^&#]+", "", good), "no invitation"))
    fresh = Node(b_args, f"{a.data.name}-fresh")
    fresh.init("fresh CSIRT", "admin@fresh.example")
    fresh.start(*(["--tls"] if "pin=" in good else []))
    for name, link, sentence in rows:
        status, out, err = fresh.run("peer", "accept", link)
        tap.ok(status == 1 and sentence in err, f"{name}: refused with a reason", err + out)
    tap.equal(peers(fresh), [], "and nothing is left of it")
    status, out, err = a.run("peer", "accept", good)
    tap.ok(status == 1 and "itself" in err, "one's own invitation is refused", err)
    status, out, err = a.run("peer", "invite", "--expires", "2020-01-01T00:00:00Z")
    tap.equal(status, 1, "an invitation that has expired is not made")

    # asked first
    link = a.must("peer", "invite", "--confirm").strip()
    fresh.must("peer", "accept", link)
    waiting = [p for p in peers(a) if p["state"] == "confirm"]
    tap.equal(len(waiting), 1, "an invitation with --confirm waits for a person")
    tap.ok("fresh CSIRT" not in [t["name"] for t in teams(a)], "meanwhile its team is not known here")
    tap.equal(waiting and waiting[0]["teams"][0]["name"], "fresh CSIRT", "but shown, with its words")
    a.must("peer", "confirm", waiting[0]["id"])
    tap.ok("fresh CSIRT" in [t["name"] for t in teams(a)], "confirmed: known")
    a.must("peer", "remove", waiting[0]["id"])
    return fresh


def over_api(a, b):
    admin = a.client("admin@aoi.example")
    rows = admin.get("/api/v1/peers")
    tap.status(rows, 200, "GET peers")
    tap.ok({"team", "url", "fingerprint", "state", "last_contact", "last_error"} <= set(rows.json["items"][0]),
           "with the fields of the interface", rows)
    peer = rows.json["items"][0]
    tap.status(admin.get("/api/v1/peers/self"), 200, "GET self")
    tap.status(admin.patch(f"/api/v1/peers/{peer['id']}", {"state": "stopped"}), 200, "PATCH stops it")
    status, out, err = b.run("team", "add", "--name", "late while stopped")
    tap.ok(status == 0 and "not told yet" in err, "a stopped link refuses the other side", err)
    tap.status(admin.patch(f"/api/v1/peers/{peer['id']}", {"state": "active"}), 200, "PATCH resumes it")
    tap.status(admin.patch(f"/api/v1/peers/{peer['id']}", {"state": "key_changed"}), 422, "PATCH knows two states")
    tap.status(admin.post("/api/v1/peers", {"link": "x"}), 400, "POST of no link")
    made = admin.post("/api/v1/peers/invitations", {"expires": moment(3600)})
    tap.status(made, 201, "POST invitations")
    tap.ok(made.json["link"].startswith("hikeshi"), "gives the link", made)
    a.user("analyst@aoi.example", "analyst", teams(a)[0]["name"])
    analyst = a.client("analyst@aoi.example")
    for path in ("/api/v1/peers", f"/api/v1/peers/{peer['id']}", "/api/v1/peers/self"):
        tap.status(analyst.get(path), 403, f"an analyst does not see {path.split('/')[-1][:6]}")
    tap.status(analyst.post("/api/v1/peers/invitations", {}), 403, "an analyst does not invite")
    remote = [t for t in teams(a) if not t["hosted"]][0]
    r = admin.get(f"/api/v1/teams/{remote['id']}")
    tap.status(r, 200, "a remote team is a record that members of the node see")
    tap.status(admin.patch(f"/api/v1/teams/{remote['id']}", {"name": "mine now"}, r.etag), 403, "which nobody changes here")
    status, out, err = a.run("user", "add", "--email", "x@x.example", "--role", "lead", "--team", remote["name"], "--password-file",
                             a.password_file)
    tap.ok(status == 1 and "another node" in err, "and has no accounts here", err)
    stranger = Client(a)
    for token in ("", "x" * 43, made.json["link"].split("#")[1]):
        tap.status(stranger.post("/exchange/v1/teams", {"hello": {}}, headers={"Authorization": f"Bearer {token}"}), 401,
                   "teams are taken from linked nodes only")
    tap.status(stranger.post("/exchange/v1/hello", {"hello": {}, "sig": "", "secret": "x"}), 400, "a hello that is none")


def later(a, b):
    """What changes after the link was made reaches the other side."""
    b.must("team", "add", "--name", "Late CSIRT", "--short-name", "late")
    tap.ok("Late CSIRT" in [t["name"] for t in teams(a)], "a team added later is known at the peer")
    key = [t for t in teams(b) if t["name"] == "Late CSIRT"][0]
    circle = a.must("circle", "create", "--title", "Both nodes", "--member", teams(a)[0]["name"], "--member", "Late CSIRT").strip()
    tap.ok(circle.startswith("x-hikeshi-circle--"), "a circle may have a team of another node", circle)
    mine = teams(a)[0]
    b.must("team", "add", "--name", mine["name"])
    tap.equal(len([t for t in teams(a) if t["name"] == mine["name"]]), 2, "another node may call a team like one of ours")
    status, out, err = a.run("circle", "add", circle, mine["name"])
    tap.ok(status == 1 and "member" in err, "the name still means ours, which is a member already", err)
    root = [f for f in os.listdir(b.data) if f.startswith("root-key-late")]
    tap.equal(len(root), 1, "the root key lies in a file to take away")
    tap.equal(os.stat(b.data / root[0]).st_mode & 0o777, 0o600, "that only the node's owner reads")
    away = temp() / "locked-up.txt"
    os.rename(b.data / root[0], away)
    status, out, err = b.run("team", "key", "rotate", "--team", "late")
    tap.ok(status == 1 and "--root-file" in err, "without the root file no key is replaced", err)
    other = [f for f in os.listdir(b.data) if f.startswith("root-key-") and f != root[0]][0]
    status, out, err = b.run("team", "key", "rotate", "--team", "late", "--root-file", str(b.data / other))
    tap.ok(status == 1 and "another team" in err, "nor with that of another team", err)
    b.must("team", "key", "rotate", "--team", "late", "--root-file", str(away))
    rows = [json.loads(x) for x in b.must("team", "key", "list", "--team", "late", "--json").splitlines()]
    tap.equal([r["n"] for r in rows], [1, 2, 3], "rotated: the old key ends, a new one is there")
    tap.ok(rows[1]["ends"] and rows[1]["ed25519"] == rows[0]["ed25519"] and rows[2]["ed25519"] != rows[0]["ed25519"],
           "signed by the root, in order", rows)
    b.must("team", "key", "revoke", "3", "--team", "late", "--root-file", str(away))
    rows = [json.loads(x) for x in b.must("team", "key", "list", "--team", "late", "--json").splitlines()]
    tap.ok(len(rows) == 5 and rows[3]["revoked_at"] and rows[4]["ed25519"] not in {r["ed25519"] for r in rows[:4]},
           "revoked: another takes its place", rows)
    db = a.data / "node.db"
    if db.exists():
        held = sqlite3.connect(f"file:{db}?mode=ro", uri=True).execute("SELECT keys FROM peer_team").fetchall()
        lists = [json.loads(x[0]) for x in held]
        tap.ok([5] == [len(x) for x in lists if x[0]["team"] == key["id"].split("--")[1]], "the peer has them all",
               [len(x) for x in lists])
    text = "".join(p.read_text(errors="replace") for p in b.data.iterdir() if p.suffix == ".txt")
    tap.ok("持ち出し" in text and "Take this file away" in text, "the file says so in both languages")


def synced(a, b):
    status, out, err = a.run("peer", "sync", "--json")
    tap.ok(status == 0 and json.loads(out)["read_refused"] == 0, "peer sync", out + err)
    row = peers(a)[0]
    a.must("peer", "stop", row["id"])
    status, out, err = a.run("peer", "sync", row["id"])
    tap.ok(status == 1 and "not active" in err, "a stopped link is not synced, and that is said", err)
    a.must("peer", "resume", row["id"])


def kept_by_reload(a, b):
    a.server.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in a.log_tail())
    status, out, err = a.run("peer", "invite")
    tap.ok(status == 0, "after SIGHUP the node still knows its address", err)
    remote = [t for t in teams(a) if not t["hosted"]][0]
    data, kind = form({"title": "seen at the window", "description": "x", "team": remote["name"], "language": "en"})
    r = Client(a).post("/report", data, headers={"Content-Type": kind})
    tap.status(r, 201, "a report for a team of another node")
    found = a.client("admin@aoi.example").items("/api/v1/reports?limit=10")
    tap.ok([x["team"] for x in found] == [teams(a)[0]["id"]], "goes to the node's own window", found)


def changed_key(a, b):
    """A node that shows another TLS key than the pinned one is stopped and shown."""
    b.stop()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=other", "-keyout", str(temp() / "k.pem"), "-out", str(temp() / "c.pem")], check=True,
                   stderr=subprocess.DEVNULL)
    b.start("--tls-cert", str(temp() / "c.pem"), "--tls-key", str(temp() / "k.pem"))
    status, out, err = a.run("team", "add", "--name", "news of a")
    row = [p for p in peers(a)][0]
    tap.equal(row["state"], "key_changed", "the link is stopped where the server shows another key")
    tap.ok("TLS key" in (row["last_error"] or ""), "and says why", row)
    status, out, err = a.run("peer", "resume", row["id"])
    tap.ok(status == 1 and "new invitation" in err, "only a new invitation helps", err)
    # the other way round: b as client with its other key
    link = a.must("peer", "invite").strip()
    b.must("peer", "accept", link)
    tap.equal(peers(a)[0]["state"], "active", "the new invitation pins the new key")
    b.stop()
    b.start("--tls")
    status, out, err = b.run("team", "add", "--name", "news of b")
    tap.ok("not told yet" in err, "a client with another key is refused", err)
    tap.equal(peers(a)[0]["state"], "key_changed", "and its link stopped")


def on_the_wire(n):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        ctx = ssl._create_unverified_context()
        ctx.minimum_version = ctx.maximum_version = version
        with socket.create_connection(("127.0.0.1", n.port), 20) as s, ctx.wrap_socket(s) as t:
            t.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            tap.ok(t.recv(100).startswith(b"HTTP/1.1 200"), f"{t.version()} is served")


def secrets_stay(n):
    db = n.data / "node.db"
    if not db.exists():
        return
    seeds = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    rows = seeds.execute("SELECT token_out FROM peer").fetchall()
    journal = " ".join(str(x[0]) for x in seeds.execute("SELECT content FROM journal WHERE content IS NOT NULL"))
    tap.ok(all(r[0] not in journal for r in rows), "no token is in the journal")
    for name in ("tls-key.pem", "tls-cert.pem"):
        tap.equal(os.stat(n.data / name).st_mode & 0o777, 0o600, f"{name} is read by the owner alone")


def main():
    global b_args
    args = b_args = options(__doc__)
    for tls in (False, True):
        nodes = tap.guard(accepted, args, tls)
        if not nodes:
            continue
        a, b = nodes
        fresh = tap.guard(refused, a, b)
        if fresh:
            fresh.stop()
        tap.guard(later, a, b)
        tap.guard(over_api, a, b)
        tap.guard(kept_by_reload, a, b)
        tap.guard(synced, a, b)
        if tls:
            tap.guard(changed_key, a, b)
            tap.guard(on_the_wire, a)
        tap.guard(secrets_stay, a)
        row = peers(a)[0]
        a.must("peer", "remove", row["id"])
        tap.equal(peers(a), [], "a link ends")
        for n in (a, b):
            status, out, err = n.run("verify")
            tap.ok(status == 0, "verify says intact", out[-400:] + err)
            tap.equal(n.stop(), 0, "and stops in order")
    tap.end()


if __name__ == "__main__":
    main()
