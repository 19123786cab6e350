#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_move: a hosted team moves to a node of its own. An association hosts three teams, a fourth works at a foreign edge. One
of the three moves out: its numbers, ids, histories, accounts, files, links and open warnings go on, proved, on the new node;
nothing of another team goes along; whatever breaks off goes on, or is taken back, and never two nodes sign for the team.
"""
import base64
import hashlib
import importlib.util
import json
import pathlib
import re
import sqlite3
import subprocess
import time

from lib import PASSWORD, Client, Mail, Node, Tap, mail_text, moment, multipart, options, store_url, temp, wait_for

tap = Tap()
ROOT = pathlib.Path(__file__).resolve().parents[2]
CANARY = ["ocelot-canary-incident", "ocelot-canary.example.net", "ocelot-canary-file", "ocelot-canary-person", "ocelot-canary-report"]
HOSTS = [f"host{i}.aoba.example.net" for i in range(40)]


class World:
    def __init__(self, args):
        self.args, self.id, self.who = args, {}, {}
        self.old, self.east = Node(args, "old"), Node(args, "east")
        self.old.init("Kumiai", "admin@kumiai.example")
        self.east.init("Higashi", "admin@higashi.example")
        for team in ("Aoba", "Bara"):
            self.old.team(team, "--short-name", team)
        for node, team in ((self.old, "Kumiai"), (self.old, "Aoba"), (self.old, "Bara"), (self.east, "Higashi")):
            for role in ("analyst", "lead"):
                name = CANARY[3] if (team, role) == ("Bara", "analyst") else role
                node.user(f"{role}@{team.lower()}.example", role, team, name=name)
            self.id[team] = node.team_id(team)
        for node in (self.old, self.east):
            node.start()
        for node, team in ((self.old, "Kumiai"), (self.old, "Aoba"), (self.old, "Bara"), (self.east, "Higashi")):
            for role in ("analyst", "lead"):
                self.who[f"{team}.{role}"] = node.client(f"{role}@{team.lower()}.example")
        self.east.must("peer", "accept", self.old.must("peer", "invite").strip())
        self.circle = self.old.must("circle", "create", "--title", "Ring", "--member", "Aoba", "--member", "Bara", "--member", "Higashi").strip()
        assert wait_for(lambda: self.circle in {c["id"] for c in self.who["Higashi.analyst"].items("/api/v1/circles")}, 60)
        self.file = temp() / "aoba.move"
        self.roots = {t: next(p for p in n.data.glob("root-key-*.txt") if self.id[t].split("--")[1] in p.read_text())
                      for n, t in ((self.old, "Kumiai"), (self.old, "Aoba"), (self.old, "Bara"))}

    def root(self, team="Aoba"):
        return self.roots[team]


def warning(w, team, title, **more):
    analyst, lead = w.who[f"{team}.analyst"], w.who[f"{team}.lead"]
    made = analyst.made("/api/v1/warnings", {
        "title": title, "summary": "S", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER",
        "circles": [w.circle], "what": {"event_type": "compromise", "impact": "Loss", "indicators": []},
        "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 30), "ack_by": moment(86400)},
        "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
        "how": {"mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer"}, "who": {"contact": "c@x.example"}, **more})
    path = f"/api/v1/warnings/{made['id']}"
    issue(analyst, lead, path)
    return path


def issue(analyst, lead, path):
    for who, step in ((analyst, "submit"), (lead, "approve"), (analyst, "issue")):
        body = {"hash": lead.read(f"{path}/preview")["hash"]} if step == "approve" else {}
        r = who.step(path, step, body)
        if r.status != 200:
            raise RuntimeError(f"{step}: {r}")


def attach(who, path, name, data):
    body, kind = multipart([], [("file", name, data)])
    r = who.call("POST", f"{path}/files", body, {"Content-Type": kind})
    if r.status not in (200, 201):
        raise RuntimeError(f"file: {r}")
    return r.json


def desk(w, team, title, value, text, file_name):
    """What a team keeps for itself: an incident with a history, a report, a link, a comment, a file."""
    who = w.who[f"{team}.analyst"]
    incident = who.made("/api/v1/incidents", {"title": title, "summary": text, "severity": "high", "category": "malicious_code"})
    path = f"/api/v1/incidents/{incident['id']}"
    for words in ("Second words", f"Third words of {title}"):
        who.patch(path, {"summary": words}, who.get(path).etag)
    indicator = who.made("/api/v1/indicators", {"object": {
        "type": "indicator", "spec_version": "2.1", "name": value, "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
        "pattern": f"[domain-name:value = '{value}']"}})
    who.made(f"{path}/links", {"target": indicator["id"], "relation": "has"})
    who.made(f"{path}/comments", {"text": f"A comment on {title}"})
    attach(who, path, file_name, (file_name * 1000).encode())
    return path


def snapshot(who, path):
    """All that a reader sees of a record."""
    r = who.read(path)
    return {"record": r, "history": who.items(f"{path}/history"), "links": who.items(f"{path}/links"),
            "comments": who.items(f"{path}/comments"), "files": who.items(f"{path}/files")}


def part_before(w):
    tap.part("three teams at work, and a foreign one")
    a = w.who["Aoba.analyst"]
    w.incident = desk(w, "Aoba", "Beacon", "beacon.aoba.example.net", "First words", "notes.txt")
    w.private = desk(w, "Bara", CANARY[0], CANARY[1], CANARY[4], CANARY[2])
    for team, hosts in (("Aoba", HOSTS), ("Bara", [f"{i}.{CANARY[1]}" for i in range(40)])):
        status, found = w.old.imported("-", "--team", team, stdin="\n".join(hosts).encode())
        tap.equal((status, found["objects"]["new"]), (0, 40), f"{team}: an import of 40")
    w.issued = warning(w, "Aoba", "From Aoba, before")
    w.open = warning(w, "Higashi", "From Higashi, open")
    w.local = warning(w, "Bara", "From Bara, open")
    w.token = w.old.token("lead@aoba.example", "read")
    got = wait_for(lambda: a.get(w.open).status == 200 and w.who["Higashi.analyst"].get(w.issued).status == 200, 60)
    tap.ok(got, "warnings have crossed", w.old.must("peer", "items", "Higashi"))
    got = wait_for(lambda: "Aoba" in received(w, "Higashi", w.open), 60)
    tap.ok(got, "the foreign issuer has a receipt of the team", w.who["Higashi.analyst"].get(f"{w.open}/receipts"))
    w.owned = w.who["Aoba.lead"].post("/api/v1/circles", {"title": "Of Aoba"})
    w.old.must("taxii", "add", "http://127.0.0.1:9/taxii2/", "--team", "Aoba", "--internal")
    w.old.must("taxii", "pause", "http://127.0.0.1:9/taxii2/")
    w.before = {p: snapshot(a, p) for p in (w.incident,)}
    w.number = a.read(w.incident)["number"]
    w.list = {i["id"] for i in a.items("/api/v1/indicators")}
    w.warned = a.read(w.issued)


def received(w, team, path, kind="received"):
    names = {v: k for k, v in w.id.items()}
    return {names[i["team"]]: i for i in w.who[f"{team}.analyst"].read(f"{path}/receipts")["items"] if i["kind"] == kind and i["team"] in names}


def sign_in(node, address, language=None):
    return Client(node, language=language).post("/api/v1/session", {"email": address, "password": PASSWORD})


def unlink(w, name):
    """What a node that was refused has left: a link without teams."""
    for row in map(json.loads, w.old.must("peer", "list", "--json").splitlines()):
        if not row["teams"] or row["teams"][0]["name"] == name:
            w.old.must("peer", "remove", row["id"])


def part_frozen(w):
    tap.part("moved out: frozen, and a file that only the team's root key opens")
    tap.equal(w.old.run("team", "move-out", "--team", "Aoba")[0], 2, "without --to it says what is wrong")
    status, _, err = w.old.run("team", "move-out", "--team", "Kumiai", "--to", temp() / "k.move")
    tap.ok(status == 1 and "own team" in err and not (temp() / "k.move").exists(), "the node's own team does not move out", err)
    status, _, err = w.old.run("team", "move-out", "--team", "Higashi", "--to", temp() / "h.move")
    tap.ok(status == 1 and "another node" in err, "nor one that works elsewhere", err)
    out = json.loads(w.old.must("team", "move-out", "--team", "Aoba", "--to", w.file, "--json"))
    tap.ok(out["team"] == w.id["Aoba"] and out["records"] > 45 and out["files"] == 1 and out["accounts"] == 2, "what went along is counted", out)
    tap.equal((w.file.stat().st_mode & 0o777, w.file.read_bytes()[:21]), (0o600, b"age-encryption.org/v1"), "it is an age file, for its owner alone")
    status, _, err = w.old.run("team", "move-out", "--team", "Aoba", "--to", w.file)
    tap.ok(status == 1 and "exists" in err, "a file that is there is not written over", err)
    tap.status(w.who["Aoba.analyst"].get("/api/v1/me"), 401, "who was signed in is not any more")
    r = sign_in(w.old, "analyst@aoba.example")
    tap.ok(r.status == 401 and r.code() == "team_moved" and "moving" in r.text, "signing in says that the team is moving", r)
    tap.ok("移転" in sign_in(w.old, "analyst@aoba.example", "ja").text, "in Japanese as well")
    tap.status(Client(w.old, token=w.token).get("/api/v1/me"), 401, "a token is refused")
    wrong = Client(w.old).post("/api/v1/session", {"email": "analyst@aoba.example", "password": "not the password"})
    tap.ok(wrong.status == 401 and wrong.code() != "team_moved", "who has not the password is told nothing of it", wrong)
    tap.status(w.who["Bara.analyst"].get(w.private), 200, "the other teams go on")
    w.during = warning(w, "Bara", "From Bara, while it moves")
    status, _, err = w.old.run("user", "add", "--email", "x@aoba.example", "--role", "reader", "--team", "Aoba")
    tap.ok(status == 1, "no account is added to it", err)


def plain(w, file):
    """What is in the file, read by an implementation that is not ours."""
    spec = importlib.util.spec_from_file_location("check_exchange", ROOT / "tests/vectors/check_exchange.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    seed = bytes.fromhex(w.root().read_text().rsplit(":", 1)[1].strip())
    secret = bytearray(hashlib.sha512(seed).digest()[:32])
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    identity = temp() / "identity"
    identity.write_text(check.bech32("age-secret-key-", bytes(secret)).upper() + "\n")
    p = subprocess.run(["age", "-d", "-i", identity, file], capture_output=True, check=False)
    identity.unlink()
    if p.returncode:
        raise RuntimeError(p.stderr.decode())
    return p.stdout


def part_file(w):
    tap.part("what is in the file")
    try:
        text = plain(w, w.file)
    except (ImportError, FileNotFoundError, SystemExit) as why:
        tap.skip("the file read by the age program", str(why))
        return
    lines = [json.loads(x) for x in text.splitlines()]
    tap.ok(lines[0]["k"] == "head" and lines[-1]["k"] == "end" and lines[-1]["lines"] == len(lines) - 1, "the age program reads lines of JSON", lines[0])
    tap.equal(lines[-1]["sha256"], hashlib.sha256(text[:text.rindex(b'{"k":"end"')]).hexdigest(), "the last one hashes the others")
    tap.ok(b"beacon.aoba.example.net" in text and b"Third words of Beacon" in text, "what is the team's is in it")
    tap.equal([c for c in CANARY if c.encode() in text], [], "nothing of another team is")
    data = b"".join(base64.b64decode(x["data"]) for x in lines if x["k"] == "bytes")
    tap.equal(data, b"notes.txt" * 1000, "nor in the bytes of files")
    held = {x["record"]["team"] for x in lines if x["k"] in ("entry", "leaf") and "record" in x}
    tap.ok(len(held) == 2 and w.id["Aoba"].split("--")[1] in held, "records are held by the team and its outbox alone", held)
    tap.ok(not any(x["k"] == "key" and "seed" in x for x in lines), "the key that signs stays behind")


def part_abort(w):
    tap.part("taken back: the team goes on where it was")
    tap.equal(w.old.run("team", "move-abort", "--team", "Bara")[0], 1, "a team that is not being moved has nothing to take back")
    w.old.must("team", "move-abort", "--team", "Aoba")
    for role in ("analyst", "lead"):
        w.who[f"Aoba.{role}"] = w.old.client(f"{role}@aoba.example")
    a = w.who["Aoba.analyst"]
    tap.status(a.patch(w.incident, {"summary": "After all here"}, a.get(w.incident).etag), 200, "its people work on")
    again = warning(w, "Aoba", "After the abort")
    tap.ok(wait_for(lambda: w.who["Higashi.analyst"].get(again).status == 200, 60), "what it issues is signed and arrives",
           w.old.must("peer", "items", "Higashi"))
    dead = Node(w.args, "dead")
    status, _, err = dead.run("init", "--from", w.file, "--root-file", w.root(), "--admin", "lead@aoba.example", *store_url(w.args.store))
    tap.equal(status, 0, f"a node made of the old file knows nothing of that: {err}")
    dead.start()
    link = w.old.must("peer", "invite").strip()
    status, _, err = dead.run("peer", "accept", link)
    tap.ok(status == 1, "but the old node does not take it for the team's", err)
    tap.ok(sign_in(w.old, "lead@aoba.example").status == 200, "the team is where it was")
    dead.stop()
    unlink(w, "Aoba")
    w.file.unlink()
    w.before[w.incident] = snapshot(a, w.incident)
    out = w.old.must("team", "move-out", "--team", "Aoba", "--to", w.file, "--json")
    w.out = json.loads(out)


def make(w, node, *more):
    return node.run("init", "--from", w.file, "--root-file", w.root(), "--json", *w.store, *more, seconds=300)


def part_arrives(w):
    tap.part("the new node: a wrong key, a damaged file, killed in the middle, and then there")
    new = w.new = Node(w.args, "new")
    w.store = store_url(w.args.store)
    status, _, err = new.run("init", "--from", w.file, "--root-file", w.root("Bara"), "--admin", "lead@aoba.example", *w.store)
    tap.ok(status == 1 and "another team" in err, "another team's root key opens nothing", err)
    bad = temp() / "bad.move"
    data = bytearray(w.file.read_bytes())
    for name, spoilt in (("a changed byte", bytes(data[:-3000]) + bytes([data[-3000] ^ 1]) + bytes(data[-2999:])), ("an end cut off", bytes(data[:-20000]))):
        bad.write_bytes(spoilt)
        status, _, err = new.run("init", "--from", bad, "--root-file", w.root(), "--admin", "lead@aoba.example", *w.store)
        tap.ok(status == 1 and "changed" in err and not (new.data / "config").exists(), f"{name}: nothing is made of it", err)
    status, _, err = make(w, new)
    tap.ok(status == 1 and "--admin" in err, "an administrator is needed", err)
    killed, wait = 0, 0.02
    while killed < 25:
        p = subprocess.Popen([new.binary, "--data", new.data, "init", "--from", w.file, "--root-file", w.root(), "--admin", "lead@aoba.example",
                              "--json", *w.store], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=new.env)
        try:
            out, err = p.communicate(timeout=wait)
            break
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            killed += 1
            wait *= 1.3
    else:
        status, out, err = make(w, new, "--admin", "lead@aoba.example")
    found = json.loads(out) if out else {}
    told = re.search(r"holds a node already: .*'hikeshi peer accept (\S+)'", (err or b"").decode() if isinstance(err, bytes) else err)
    if killed and told:  # the one that was killed had come to its end, and not to say so
        found = {"name": "Aoba", "invite": told[1]}
    tap.ok(killed > 0 and found.get("name") == "Aoba", f"killed {killed} times, it is there in the end", err)
    w.invite = found.get("invite")
    tap.ok(w.invite, "with the invitation of the node it comes from", found)
    status, _, err = make(w, new, "--admin", "lead@aoba.example")
    tap.ok(status == 1 and f"holds a node already: if it was made of this file, start it and link it with 'hikeshi peer accept {w.invite}'" in err,
           "once it is there it is not made again, and it is said how to go on", err)
    status, out, err = new.run("verify")
    tap.ok(status == 0, "verify: intact", out[-800:] + err)
    proofs(w)


def proofs(w):
    if w.args.store != "sqlite":
        return
    db = sqlite3.connect(w.new.data / "node.db")
    told = dict(db.execute("SELECT kind, sum(content IS NULL) = count(*) FROM moved_entry WHERE slice IS NULL GROUP BY kind").fetchall())
    tap.ok(told.get("create") and told.get("update") and told.get("links") and told.get("issue"), "every entry tells here what it told there, word for word", told)
    old = sqlite3.connect(w.old.data / "node.db")
    leaves = {(e, s): d for e, s, d in old.execute("SELECT e.id, j.seq, j.salt FROM journal j JOIN epoch e ON e.number = j.epoch").fetchall()}
    rows = db.execute("SELECT epoch, seq, salt FROM moved_entry").fetchall()
    tap.ok(rows and all(leaves[(e, s)] == d for e, s, d in rows), f"{len(rows)} entries of the old journal, with their salts")
    for table in ("holding", "account", "principal"):
        tap.note(f"{table}: {db.execute(f'SELECT count(*) FROM {table}').fetchone()[0]} of {old.execute(f'SELECT count(*) FROM {table}').fetchone()[0]}")
    shutil_byte(db, w)


def shutil_byte(db, w):
    """One changed byte of what came along is told."""
    for column, table in (("salt", "moved_entry"), ("hashes", "moved_tile"), ("root", "moved_tree")):
        row, old = db.execute(f"SELECT rowid, {column} FROM {table} LIMIT 1").fetchone()
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes([old[0] ^ 1]) + old[1:], row))
        db.commit()
        tap.equal(w.new.run("verify")[0], 1, f"one byte of {table}.{column} is missed by verify")
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (old, row))
        db.commit()
    db.close()


def part_there(w):
    tap.part("the same people, ids, numbers, histories")
    try:
        w.mail = Mail()
        w.new.configure(f"[mail]\nurl = smtp://127.0.0.1:{w.mail.port}\nfrom = csirt@aoba.example\n")
    except RuntimeError as why:
        w.mail = None
        tap.note(why)
    w.new.start()
    for role in ("analyst", "lead"):
        w.who[f"Aoba.{role}"] = w.new.client(f"{role}@aoba.example")
    a = w.who["Aoba.analyst"]
    tap.equal(a.me.get("role"), "analyst", "people sign in with their passwords")
    tap.equal(Client(w.new, token=w.token).get("/api/v1/me").status, 200, "a token goes on")
    now = snapshot(a, w.incident)
    tap.equal((now["record"]["number"], now["record"]["version"], now["record"]["summary"]), (w.number, 4, "After all here"), "the incident")
    was = w.before[w.incident]
    without_places(now, was)
    for part in ("record", "history", "links", "comments", "files"):
        tap.equal(now[part], was[part], f"its {part}: as they were")
    f = now["files"][0]
    r = a.get(f"{w.incident}/files/{f['id']}")
    tap.equal(r.body, b"notes.txt" * 1000, "the file's bytes")
    made = a.made("/api/v1/incidents", {"title": "The next", "severity": "low", "category": "malicious_code"})
    tap.equal(made["number"], w.number[:-4] + f"{int(w.number[-4:]) + 1:04d}", "the next number is the next")
    tap.ok(w.list <= {i["id"] for i in a.items("/api/v1/indicators")}, "its indicators, the imported ones too")
    tap.equal(a.lookup("beacon.aoba.example.net", HOSTS[7])[0]["count"] and a.lookup(HOSTS[7])[0]["count"], 1, "values are found")
    tap.ok(any(x["id"].endswith(w.incident.rpartition("--")[2]) for x in a.items("/api/v1/search?q=Beacon")), "words are found")
    tap.equal(a.read(w.issued)["number"], w.warned["number"], "its warning")
    before = {c for c in CANARY if c in a.get("/api/v1/search?q=ocelot").text}
    _, found, _ = w.new.run("export", "--format", "stix")
    tap.equal((before, [c for c in CANARY if c in found]), (set(), []), "nothing of another team")
    raw = b"".join(p.read_bytes() for p in w.new.data.rglob("*") if p.is_file())
    tap.equal([c for c in CANARY if c.encode() in raw], [], "in no byte of the new node")
    account = w.new.run("user", "add", "--email", "fresh@aoba.example", "--role", "reader", "--password-file", w.new.password_file)
    tap.equal(account[0], 0, "new accounts are made")


def part_linked(w):
    tap.part("linked: the old node hears it from the new one")
    status, out, err = w.new.run("peer", "accept", w.invite)
    tap.ok(status == 0, "the invitation of the file is accepted", out + err)
    got = wait_for(lambda: any(json.loads(x)["name"] == "Aoba" and not json.loads(x)["hosted"] for x in w.old.must("team", "list", "--json").splitlines()), 30)
    tap.ok(got, "the team is one of elsewhere there")
    r = sign_in(w.old, "analyst@aoba.example")
    tap.ok(r.status == 401 and r.code() == "team_moved" and w.new.url in r.text, "who signs in at the old node is told where to go", r)
    tap.ok(w.new.url in sign_in(w.old, "analyst@aoba.example", "ja").text, "in Japanese as well")
    status, _, err = w.old.run("team", "move-abort", "--team", "Aoba")
    tap.ok(status == 1, "there is nothing to take back any more", err)
    status, _, err = w.old.run("team", "key", "rotate", "--team", "Aoba", "--root-file", w.root())
    tap.ok(status == 1, "nor does the old node make keys for it", err)
    a = w.who["Aoba.analyst"]
    ring = wait_for(lambda: w.circle in {c["id"] for c in a.items("/api/v1/circles")}, 200)  # told again after a minute where the first word was lost
    tap.ok(ring, "its circle is there", w.new.must("peer", "list"))
    for path, name in ((w.open, "the open warning of the foreign team"), (w.local, "that of a team of the old node"), (w.during, "and one issued while it moved")):
        tap.ok(wait_for(lambda p=path: a.get(p).status == 200, 200), f"{name} is in its inbox", w.old.must("peer", "items", "Aoba"))
    tap.status(a.post(f"{w.open}/assessments", {"state": "affected", "count": 2}), 201, "it answers from the new node")
    got = wait_for(lambda: received(w, "Higashi", w.open, "answered").get("Aoba"), 200)
    tap.ok(got, "the receipt of the answer is at the foreign edge", "\n".join(
        [w.new.must("peer", "items", "Kumiai"), w.old.must("peer", "items", "Higashi"), w.who["Higashi.analyst"].get(f"{w.open}/receipts").text]))
    if got:
        file = temp() / "receipt.json"
        file.write_text(json.dumps(got["receipt"]))
        status, out, err = w.east.run("receipt", "verify", file, data=False)
        tap.ok(status == 0, "it verifies with public keys alone", out + err)
    answers = wait_for(lambda: [x for x in w.who["Higashi.analyst"].items(f"{w.open}/assessments") if x["team"] == w.id["Aoba"]], 200)
    tap.ok(answers and answers[0]["state"] == "affected", "and the answer", answers)
    tap.status(a.post(f"{w.local}/assessments", {"state": "not_affected"}), 201, "it answers a team of the old node")
    got = wait_for(lambda: [x for x in w.who["Bara.analyst"].items(f"{w.local}/assessments") if x["team"] == w.id["Aoba"]], 200)
    tap.ok(got, "which has it", w.new.must("peer", "items", "Kumiai"))
    got = wait_for(lambda: "Aoba" in received(w, "Bara", w.local) and "Aoba" in received(w, "Bara", w.local, "answered"), 200)
    tap.ok(got, "with receipts", w.who["Bara.analyst"].get(f"{w.local}/receipts"))
    old = w.before_receipt if hasattr(w, "before_receipt") else received(w, "Higashi", w.open).get("Aoba")
    tap.ok(old, "the receipt from before is still there")


def part_goes_on(w):
    tap.part("under the same ids")
    a, lead = w.who["Aoba.analyst"], w.who["Aoba.lead"]
    r = a.step(w.issued, "update")
    tap.status(r, 200, "a warning issued before is corrected")
    a.patch(w.issued, {"summary": "Corrected on the new node"}, a.get(w.issued).etag)
    issue(a, lead, w.issued)
    for who in ("Higashi.analyst", "Bara.analyst"):
        got = wait_for(lambda x=who: w.who[x].read(w.issued).get("summary") == "Corrected on the new node", 200)
        tap.ok(got, f"{who} reads the correction", w.who[who].get(w.issued).text + w.new.must("peer", "items", "Kumiai") + w.old.must("peer", "items", "Higashi"))
    path = warning(w, "Aoba", "From the new node")
    number = a.read(path)["number"]
    tap.ok(int(number[-4:]) == int(w.warned["number"][-4:]) + 2, "numbers of warnings go on", number)
    for who in ("Higashi.analyst", "Bara.analyst"):
        tap.ok(wait_for(lambda x=who: w.who[x].get(path).status == 200, 200), f"a new one reaches {who}", w.new.must("peer", "items", "Kumiai"))
    private = w.who["Bara.analyst"].get(w.incident)
    tap.status(private, 404, "its incident was and is nobody else's")
    w.again = warning(w, "Higashi", "After the move")
    tap.ok(wait_for(lambda: a.get(w.again).status == 200, 200), "what is issued now reaches it")
    tap.ok(wait_for(lambda: "Aoba" in received(w, "Higashi", w.again), 200), "its receipt comes back")
    if not w.mail:
        tap.skip("mails", "no mail server")
        return
    told = wait_for(lambda: any(w.again.rpartition("--")[2] in mail_text(m) for m in w.mail.to("analyst@aoba.example")), 200)
    tap.ok(told, "its people are told of what is new by mail", [m["Subject"] for m in w.mail.all()])
    tap.equal([m["Subject"] for m in w.mail.all() for p in (w.open, w.local) if p.rpartition("--")[2] in mail_text(m)], [],
              "and not of what they were told before it moved")


def part_erased(w):
    tap.part("what the team held for itself is erased where it was")
    tap.equal(w.old.run("team", "move-erase", "--team", "Bara")[0], 1, "of a team that has not moved away nothing is")
    before = w.who["Bara.analyst"].read(w.issued)
    found = json.loads(w.old.must("team", "move-erase", "--team", "Aoba", "--json"))
    tap.ok(found["erased"] > 40, "its private records are", found)
    tap.equal(json.loads(w.old.must("team", "move-erase", "--team", "Aoba", "--json")), {"erased": 0}, "said again there is nothing left")
    _, out, _ = w.old.run("export", "--format", "stix", "--team", "Aoba")
    raw = b"".join(p.read_bytes() for p in (w.old.data / "files").rglob("*") if p.is_file())
    tap.ok(b"notes.txt" not in raw and CANARY[2].encode() in raw, "the bytes of its files are gone, those of others are not")
    tap.ok("beacon.aoba.example.net" not in out and HOSTS[3] not in out, "no export has them")
    tap.equal(w.who["Bara.analyst"].read(w.issued), before, "what it had issued stays")
    tap.status(w.who["Bara.analyst"].get(w.private), 200, "the other teams' records stay")
    r = sign_in(w.old, "analyst@aoba.example")
    tap.ok(r.status == 401 and r.code() != "team_moved", "its passwords are not known any more", r)
    tap.equal(snapshot(w.who["Aoba.analyst"], w.incident)["record"]["summary"], "After all here", "on the new node everything is there")


def part_two(w):
    tap.part("never two")
    twin = Node(w.args, "twin")
    status, _, err = twin.run("init", "--from", w.file, "--root-file", w.root(), "--admin", "lead@aoba.example", *store_url(w.args.store))
    tap.equal(status, 0, f"a second node of the same file {err}")
    twin.start()
    status, _, err = twin.run("peer", "accept", w.old.must("peer", "invite").strip())
    tap.ok(status == 1, "is refused: two keys of one number", err)
    twin.stop()
    tap.ok(w.new.url in sign_in(w.old, "lead@aoba.example").text, "the team is where it was said first")


def without_places(*found):
    """Each node has a journal of its own: at which place of it an entry stands is not the same."""
    for h in (h for x in found for h in x["history"]):
        h.pop("seq", None)
        h.pop("epoch", None)


def sources(node):
    return [json.loads(x)["url"] for x in node.must("taxii", "list", "--json").splitlines()]


def part_second(w):
    tap.part("and on to a third node")
    a, file = w.who["Aoba.analyst"], temp() / "second.move"
    before, first = snapshot(a, w.incident), received(w, "Higashi", w.open)["Aoba"]
    tap.equal((sources(w.old), sources(w.new)), ([], ["http://127.0.0.1:9/taxii2/"]), "the server that is read for it came along the first time")
    w.new.team("Chiba")
    status, _, err = w.new.run("team", "move-out", "--team", "Aoba", "--to", file)
    tap.ok(status == 1 and "team home" in err, "as the node's own team it stays", err)
    w.new.must("team", "home", "--team", "Chiba")
    w.new.must("team", "move-out", "--team", "Aoba", "--to", file)
    w.third = Node(w.args, "third")
    status, out, err = w.third.run("init", "--from", file, "--root-file", w.root(), "--admin", "lead@aoba.example", "--json", *store_url(w.args.store), seconds=300)
    tap.equal(status, 0, f"a third node is made of it {err}")
    w.third.start()
    for role in ("analyst", "lead"):
        w.who[f"Aoba.{role}"] = w.third.client(f"{role}@aoba.example")
    now = snapshot(w.who["Aoba.analyst"], w.incident)
    without_places(now, before)
    tap.equal(now, before, "the incident with history, links, comments and files as it was")
    tap.equal(sources(w.third), ["http://127.0.0.1:9/taxii2/"], "and the server that is read for it")
    if w.args.store == "sqlite":
        found = sqlite3.connect(w.third.data / "node.db").execute(
            "SELECT count(DISTINCT t.node), count(DISTINCT t.node) - count(DISTINCT CASE t.fresh WHEN 0 THEN t.node END), count(*) > 50 "
            "FROM moved_entry e JOIN moved_tree t ON t.epoch = e.epoch").fetchone()
        tap.equal(found, (2, 1, 1), "entries of both journals came along, with what proves them")
    status, out, err = w.third.run("peer", "accept", json.loads(out)["invite"])
    tap.ok(status == 0, "it is linked with the second", out + err)
    tap.ok(wait_for(lambda: w.circle in {c["id"] for c in w.who["Aoba.analyst"].items("/api/v1/circles")}, 200), "its circle is there", w.third.must("peer", "list"))
    path = warning(w, "Aoba", "From the third node")
    tap.ok(wait_for(lambda: w.who["Bara.analyst"].get(path).status == 200, 200), "what it issues reaches a team of the first",
           w.third.must("peer", "list", "--json") + w.new.must("peer", "list", "--json"))
    receipt = temp() / "first.json"
    receipt.write_text(json.dumps(first["receipt"]))
    status, out, err = w.east.run("receipt", "verify", receipt, data=False)
    tap.ok(status == 0, "a receipt of its first node verifies as ever", out + err)


def part_end(w):
    tap.part("every node is intact")
    for n in (w.old, w.new, w.third, w.east):
        log = n.log_tail(10 ** 8)
        tap.equal([x for x in log.splitlines() if "level=error" in x][:5], [], f"{n.data.name}: no server error was logged")
        tap.equal(n.stop(), 0, f"{n.data.name} stops in order")
        status, out, err = n.run("verify")
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-800:] + err)
    if w.args.store == "sqlite":
        raw = b"".join(p.read_bytes() for p in w.new.data.rglob("*") if p.is_file())
        tap.equal([c for c in CANARY if c.encode() in raw], [], "no canary in a byte of the new node at the end")


def main():
    start = time.monotonic()
    w = World(options(__doc__))
    for part in (part_before, part_frozen, part_file, part_abort, part_arrives, part_there, part_linked, part_goes_on, part_two, part_erased, part_second, part_end):
        tap.guard(part, w)
    tap.note(f"{time.monotonic() - start:.0f} s")
    tap.end()


if __name__ == "__main__":
    main()
