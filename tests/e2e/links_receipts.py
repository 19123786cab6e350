#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""links_receipts: what comes back from the nodes that a warning reached. Three nodes, the middle one between two edges: each
team that takes it, answers it and applies its withdrawal is proved to the issuer by a receipt that a third machine checks
with public keys alone; who has not confirmed is named. Who left the audience hears of a withdrawal or of a narrower label,
and an older text revives nothing.
"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import time

from lib import Client, Mail, Node, mail_text, moment, options, store_url, tap, temp, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
INDICATORS = ["receipts-one.example.net", "receipts-two.example.net"]


class World:
    def __init__(self, args):
        self.args, self.id, self.who, self.mail = args, {}, {}, Mail()
        self.east, self.middle, self.west = (Node(args, n) for n in ("east", "middle", "west"))
        for node, team in ((self.east, "Higashi"), (self.middle, "Kumiai"), (self.west, "Nishi")):
            node.init(team, f"admin@{team.lower()}.example")
        self.middle.team("Aoba")
        for node, team in ((self.east, "Higashi"), (self.middle, "Kumiai"), (self.middle, "Aoba"), (self.west, "Nishi")):
            for role in ("analyst", "lead"):
                node.user(f"{role}@{team.lower()}.example", role, team)
            self.id[team] = node.team_id(team)
        for node in self.nodes():
            node.configure(f"[mail]\nurl = smtp://127.0.0.1:{self.mail.port}\nfrom = node@kumiai.example\n")
            node.start()
        for node, team in ((self.east, "Higashi"), (self.middle, "Kumiai"), (self.middle, "Aoba"), (self.west, "Nishi")):
            for role in ("analyst", "lead"):
                self.who[f"{team}.{role}"] = node.client(f"{role}@{team.lower()}.example")
        self.east.user("reader@higashi.example", "reader", "Higashi")
        self.who["Higashi.reader"] = self.east.client("reader@higashi.example")
        for edge in (self.east, self.west):
            edge.must("peer", "accept", self.middle.must("peer", "invite").strip())
        self.circle = self.middle.must("circle", "create", "--title", "Ring", "--member", "Aoba", "--member", "Higashi", "--member", "Nishi").strip()
        self.analyst, self.lead = self.who["Higashi.analyst"], self.who["Higashi.lead"]
        assert wait_for(lambda: self.circle in {c["id"] for c in self.analyst.items("/api/v1/circles")}
                        and "Nishi" in {t["title"] for t in self.analyst.items("/api/v1/teams")}, 20)

    def nodes(self):
        return (self.east, self.middle, self.west)


def indicator(w, value, **more):
    return w.analyst.made("/api/v1/indicators", {"object": {
        "type": "indicator", "spec_version": "2.1", "name": value, "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
        "pattern": f"[domain-name:value = '{value}']"}, **more})["id"]


def warning(w, title, indicators=(), **more):
    made = w.analyst.made("/api/v1/warnings", {
        "title": title, "summary": "S", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER",
        "circles": [w.circle], "what": {"event_type": "compromise", "impact": "Loss", "indicators": list(indicators)},
        "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 30), "ack_by": moment(86400)},
        "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
        "how": {"mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer"}, "who": {"contact": "c@higashi.example"}, **more})
    path = f"/api/v1/warnings/{made['id']}"
    issue(w, path)
    return made["id"], path


def issue(w, path):
    for who, step in ((w.analyst, "submit"), (w.lead, "approve"), (w.analyst, "issue")):
        body = {"hash": w.lead.read(f"{path}/preview")["hash"]} if step == "approve" else {}
        r = who.step(path, step, body)
        if r.status != 200:
            raise RuntimeError(f"{step}: {r}")


def report(w, path):
    return w.analyst.read(f"{path}/receipts")


def items(w, path, kind):
    names = {v: k for k, v in w.id.items()}
    return {names[i["team"]]: i for i in report(w, path)["items"] if i["kind"] == kind}


def root_of(node, team):
    file = next(p for p in node.data.glob("root-key-*.txt") if team.split("--")[1] in p.read_text())
    return file


def check(w, receipt, name):
    """On a machine that knows neither node: an empty directory, our program and an independent one."""
    file = temp() / "receipt.json"
    file.write_text(json.dumps(receipt))
    status, out, err = w.east.run("receipt", "verify", file, data=False)
    tap.ok(status == 0 and receipt["target"] in out, f"hikeshi receipt verify: {name}", out + err)
    p = subprocess.run([sys.executable, ROOT / "tests/vectors/check_exchange.py", "--receipt", file], capture_output=True, text=True, check=False)
    tap.ok(p.returncode == 0, f"the independent verifier: {name}", p.stdout + p.stderr)
    forged = dict(receipt, rev=receipt["rev"] + 1)
    file.write_text(json.dumps(forged))
    tap.ok(w.east.run("receipt", "verify", file, data=False)[0] == 1, f"one changed number is noticed: {name}")


def back_again(w):
    """The node in the west starts, and its people sign in."""
    w.west.start()
    for role in ("analyst", "lead"):
        w.who[f"Nishi.{role}"] = w.west.client(f"{role}@nishi.example")


def part_received(w):
    tap.part("received: each team that has it is proved")
    w.indicators = [indicator(w, v) for v in INDICATORS]
    start = time.monotonic()
    w.warning, w.path = warning(w, "Receipts", w.indicators)
    got = wait_for(lambda: set(items(w, w.path, "received")) >= {"Aoba", "Nishi"}, 30)
    tap.ok(got, "the issuer has a receipt of the team in the middle and of the one behind it", report(w, w.path))
    tap.note(f"issued -> receipts of both {(time.monotonic() - start) * 1000:.0f} ms")
    for team, item in sorted(items(w, w.path, "received").items()):
        r = item.get("receipt", {})
        tap.ok(r.get("type") == "x-hikeshi-receipt" and r["kind"] == "received" and r["target"] == w.warning and r["team"] == w.id[team].split("--")[1],
               f"{team}: it names team and warning", item)
        check(w, r, f"received by {team}")
    tap.equal(report(w, w.path)["missing"], [], "nobody is missing")
    number = w.analyst.read(w.path)["number"]
    for who in ("Aoba.analyst", "Nishi.analyst"):
        found = w.who[who].items(f"/api/v1/search?q={number}")
        tap.ok([f for f in found if f["id"] == w.warning and "number" in f["matched"]], f"{who} finds it by its number", found)
    states = wait_for(lambda: {d["state"] for d in w.analyst.read(f"{w.path}/deliveries")["items"] if d["channel"] == "inbox"} == {"delivered"}, 20)
    tap.ok(states, "the deliveries say so too", w.analyst.read(f"{w.path}/deliveries"))
    tree = {b["name"]: {t["team"] for t in b["teams"]} for b in report(w, w.path)["tree"]}
    tap.ok(list(tree.values()) == [{w.id["Aoba"], w.id["Nishi"]}], "the tree has them under the peer they are reached through", tree)
    tap.status(w.who["Nishi.analyst"].get(f"{w.path}/receipts"), 403, "a recipient does not see the receipts of others")
    for who in ("Aoba.analyst", "Kumiai.lead"):
        seen = w.who[who].get("/api/v1/stix/x-hikeshi-receipt").text
        tap.ok(w.id["Nishi"].split("--")[1] not in seen, f"{who}, on the way, sees no receipt of the team behind", seen[:600])


def part_answered(w):
    tap.part("answered: with the hash of the answer")
    tap.status(w.who["Nishi.analyst"].post(f"{w.path}/assessments", {"state": "affected", "count": 1}), 201, "a team answers")
    got = wait_for(lambda: items(w, w.path, "answered").get("Nishi"), 30)
    tap.ok(got and got["receipt"]["assessment"], "a receipt of the answer", report(w, w.path))
    if got:
        check(w, got["receipt"], "answered")
        answer = w.analyst.items(f"{w.path}/assessments")
        tap.ok(any(a["team"] == w.id["Nishi"] and a["state"] == "affected" for a in answer), "beside the answer itself", answer)
    tap.status(w.who["Nishi.analyst"].post(f"{w.path}/assessments", {"state": "not_affected"}), 201, "it answers anew")
    again = wait_for(lambda: (lambda i: i and i["receipt"]["assessment"] != got["receipt"]["assessment"] and i)(items(w, w.path, "answered").get("Nishi")), 30)
    tap.ok(again, "the receipt is of the newer answer", again)
    mistake = w.who["Nishi.analyst"].post(f"{w.path}/assessments", {"state": "compromised"})
    tap.ok(wait_for(lambda: [a for a in w.analyst.items(f"{w.path}/assessments") if a["team"] == w.id["Nishi"] and a["state"] == "compromised"], 30), "a mistake got through")
    back = w.who["Nishi.analyst"].post(f"/api/v1/operations/{mistake.json['undo']}:undo")
    tap.ok(back.status == 200 and back.json["ok"] == 1 and "sent after it" in back.json["said"], "it is taken back, and said that it had left", back)
    tap.ok(wait_for(lambda: [a for a in w.analyst.items(f"{w.path}/assessments") if a["team"] == w.id["Nishi"] and a["state"] == "not_affected"], 30),
           "the issuer's node takes that it was taken back", w.analyst.get(f"{w.path}/assessments"))


def part_correction(w):
    tap.part("a correction asks for receipts of its own")
    w.analyst.step(w.path, "update")
    w.analyst.patch(w.path, {"summary": "Corrected."}, w.analyst.get(w.path).etag)
    before = items(w, w.path, "received")["Nishi"]["rev"]
    w.west.stop()
    issue(w, w.path)
    named = wait_for(lambda: [m for m in report(w, w.path)["missing"] if m["team"] == w.id["Nishi"]]
                     and not [m for m in report(w, w.path)["missing"] if m["team"] == w.id["Aoba"]], 20)
    tap.ok(named, "who is away is named, and nobody else", report(w, w.path)["missing"])
    m = report(w, w.path)["missing"]
    tap.ok(m and m[0]["kind"] == "received" and m[0]["since"] and m[0]["via"] and m[0]["peer"], "with the peer it is reached through, and since when", m)
    w.west.start()
    w.who["Nishi.analyst"] = w.west.client("analyst@nishi.example")
    tap.ok(wait_for(lambda: items(w, w.path, "received")["Nishi"]["rev"] > before and not report(w, w.path)["missing"], 60, 0.2),
           "when it is back its receipt comes", report(w, w.path)["missing"])


def part_withdrawal(w):
    tap.part("a withdrawal: applied where it arrives, and proved")
    for who in ("Aoba.analyst", "Nishi.analyst"):
        tap.equal([x["count"] for x in w.who[who].lookup(*INDICATORS)], [1, 1], f"{who} finds the indicators")
    tap.status(w.lead.step(w.path, "withdraw", {"reason": "a false alarm"}), 200, "the issuer withdraws")
    got = wait_for(lambda: set(items(w, w.path, "withdrawal-applied")) >= {"Aoba", "Nishi"}, 30)
    tap.ok(got, "both teams have applied it", report(w, w.path))
    for team, item in sorted(items(w, w.path, "withdrawal-applied").items()):
        tap.ok(item["receipt"]["target"].startswith("x-hikeshi-withdrawal--"), f"{team}: the receipt names the withdrawal", item["receipt"]["target"])
        check(w, item["receipt"], f"applied by {team}")
    for who in ("Aoba.analyst", "Nishi.analyst"):
        seen = wait_for(lambda: w.who[who].read(w.path)["state"] == "withdrawn", 20)
        tap.ok(seen and [x["count"] for x in w.who[who].lookup(*INDICATORS)] == [0, 0], f"{who}: withdrawn, and its indicators are in no look-up")
    clear = wait_for(lambda: not report(w, w.path)["missing"], 20)
    tap.ok(clear and all(t["withdrawal_applied"] for b in report(w, w.path)["tree"] for t in b["teams"]), "nobody is missing in the tree", report(w, w.path))


def part_left(w):
    tap.part("who has left the audience hears of the withdrawal too")
    one = indicator(w, "left-behind.example.net")
    w.left, path = warning(w, "Left behind", [one])
    tap.ok(wait_for(lambda: set(items(w, path, "received")) >= {"Aoba", "Nishi"}, 30), "both have it")
    if w.args.store == "sqlite":  # for part_replay
        w.first_text = direct(w.east, w.analyst, w.middle, "GET", f"?match[id]={w.left}").json["objects"]
    w.middle.must("circle", "remove", w.circle, "Nishi")
    tap.ok(wait_for(lambda: w.who["Nishi.analyst"].get(path).status == 404, 20), "one leaves the circle and sees it no longer")
    w.west.stop()
    tap.status(w.lead.step(path, "withdraw", {"reason": "wrong"}), 200, "the issuer withdraws")
    named = wait_for(lambda: (lambda m: m if [x["kind"] for x in m] == ["withdrawal-applied"] and m[0]["team"] == w.id["Nishi"] else None)(
        report(w, path)["missing"]), 20)
    tap.ok(named and named[0]["via"] and named[0]["since"], "exactly who has not confirmed is named", report(w, path)["missing"])
    tree = [t for b in report(w, path)["tree"] for t in b["teams"] if not t["withdrawal_applied"]]
    tap.equal([t["team"] for t in tree], [w.id["Nishi"]], "in the tree as well")
    back_again(w)
    tap.ok(wait_for(lambda: not report(w, path)["missing"], 60, 0.2), "it comes back and confirms", report(w, path)["missing"])
    got = items(w, path, "withdrawal-applied").get("Nishi")
    tap.ok(got, "with a receipt", report(w, path))
    if got:
        check(w, got["receipt"], "applied by who had left")
    w.middle.must("circle", "add", w.circle, "Nishi")


def part_narrow(w):
    tap.part("a narrower label takes it back from who may not see it any more")
    small = w.circle2 = w.middle.must("circle", "create", "--title", "Small", "--member", "Aoba", "--member", "Higashi").strip()
    tap.ok(wait_for(lambda: small in {c["id"] for c in w.analyst.items("/api/v1/circles")}, 20), "a smaller circle")
    ring = wait_for(lambda: w.id["Nishi"] in {t["id"] for t in w.analyst.items("/api/v1/teams")}, 20)
    one = indicator(w, "narrowed.example.net", tlp="TLP:GREEN", circles=[w.circle])
    count = lambda who: w.who[who].lookup("narrowed.example.net")[0]["count"]
    tap.ok(ring and wait_for(lambda: count("Nishi.analyst") == 1 and count("Aoba.analyst") == 1, 30), "an indicator is at both")
    path = f"/api/v1/indicators/{one}"
    tap.status(w.analyst.patch(path, {"circles": [small]}, w.analyst.get(path).etag), 200, "its team narrows the audience")
    tap.ok(wait_for(lambda: count("Nishi.analyst") == 0, 30), "who may not see it any more finds it no longer")
    tap.equal(count("Aoba.analyst"), 1, "who may, does")
    tap.status(w.analyst.patch(path, {"circles": [w.circle]}, w.analyst.get(path).etag), 200, "its team widens it again")
    tap.ok(wait_for(lambda: count("Nishi.analyst") == 1, 30), "and it is there again: a newer rev is not what was taken back")


def part_comes_back(w):
    tap.part("who joins a circle later, or comes back to it, has what it shares today")
    circle = w.middle.must("circle", "create", "--title", "Comes and goes", "--member", "Higashi", "--member", "Nishi").strip()
    tap.ok(wait_for(lambda: circle in {c["id"] for c in w.analyst.items("/api/v1/circles")}, 20), "a circle of both edges")
    label = {"tlp": "TLP:GREEN", "circles": [circle]}
    there = {n: indicator(w, f"{n}.comes-back.example.net", **label) for n in ("stays", "changes", "goes", "stricter")}
    nishi, seen = w.who["Nishi.analyst"], {}

    def at_nishi():
        seen.update((n, (nishi.get(f"/api/v1/indicators/{i}"), nishi.lookup(f"{n}.comes-back.example.net")[0]["count"])) for n, i in there.items())
        return {n: r.json["title"] for n, (r, count) in seen.items() if r.status == 200 and count == 1}
    tap.ok(wait_for(lambda: len(at_nishi()) == 4, 30), "four indicators are there", seen)
    w.middle.must("circle", "remove", circle, "Nishi")
    tap.ok(wait_for(lambda: not at_nishi(), 30), "it leaves, and sees them no longer", seen)
    away = lambda: "Nishi" not in {m["name"] for m in map(json.loads, w.east.must("circle", "members", circle, "--json").splitlines())}
    tap.ok(wait_for(away, 30, 0.2), "their team knows of it")
    path = f"/api/v1/indicators/{there['changes']}"
    tap.status(w.analyst.patch(path, {"object": {"name": "changed meanwhile"}}, w.analyst.get(path).etag), 200, "one is changed meanwhile")
    path = f"/api/v1/indicators/{there['goes']}"
    tap.status(w.analyst.patch(path, {"circles": [w.circle2]}, w.analyst.get(path).etag), 200, "one goes to another circle")
    path = f"/api/v1/indicators/{there['stricter']}"
    tap.status(w.analyst.patch(path, {"tlp": "TLP:AMBER", "circles": [circle]}, w.analyst.get(path).etag), 200, "one stays for those alone who are in it now")
    there["new"] = indicator(w, "new.comes-back.example.net", **label)
    w.middle.must("circle", "add", circle, "Nishi")
    right = {"stays": "stays.comes-back.example.net", "changes": "changed meanwhile", "new": "new.comes-back.example.net"}
    tap.ok(wait_for(lambda: at_nishi() == right, 60, 0.2), "it comes back: what was changed and what is new is there, what went is not", at_nishi())


def direct(node, who, peer_node, method, rest="", body=None):
    """What the peer of a node would ask of it, asked by hand with the peer's token."""
    rows = sqlite3.connect(peer_node.data / "node.db").execute("SELECT url, root, token_out FROM peer").fetchall()
    root, token = next((r[1], r[2]) for r in rows if r[0].rstrip("/") == node.url)
    media = "application/taxii+json;version=2.1"
    return who.call(method, f"{root}collections/direct/objects/{rest}", body, {
        "Authorization": f"Bearer {token}", "Content-Type": media, "Accept": media, "Cookie": None})


def post(node, who, peer_node, objects):
    return direct(node, who, peer_node, "POST", body=json.dumps({"objects": objects}))


def part_replay(w):
    tap.part("an older text revives nothing")
    if w.args.store != "sqlite":
        tap.skip("a replayed object", "the database of the sender is read as a file")
        return
    uid = bytes.fromhex(w.left.split("--")[1].replace("-", ""))
    revs = sqlite3.connect(w.east.data / "node.db").execute("SELECT rev FROM signed WHERE uid = ? ORDER BY rev", (uid,)).fetchall()
    tap.ok(len(revs) >= 2 and len(w.first_text) == 2 and w.first_text[1]["manifest"]["rev"] == 1, "the sender has signed several texts", revs)
    old = w.first_text
    before = w.who["Aoba.analyst"].get(f"/api/v1/warnings/{w.left}").text
    r = post(w.middle, w.who["Aoba.analyst"], w.east, old)
    tap.ok(r.status == 202 and r.json["failure_count"] == 0, "where a newer one is held it is passed over", r)
    tap.equal(w.who["Aoba.analyst"].get(f"/api/v1/warnings/{w.left}").text, before, "and changes nothing")
    # a node that has nothing but the withdrawal: what it knows of the warning's texts is taken out of its database
    w.west.stop()
    db = sqlite3.connect(w.west.data / "node.db")
    state = lambda: sqlite3.connect(w.west.data / "node.db").execute(
        "SELECT word.text FROM holding JOIN word ON word.id = holding.state WHERE uid = ?", (uid,)).fetchall()
    held = state()
    db.execute("DELETE FROM signed WHERE uid = ?", (uid,))
    db.commit()
    db.close()
    w.west.start()
    r = post(w.west, w.west.client("analyst@nishi.example"), w.middle, old)
    tap.ok(r.status == 202 and r.json["failure_count"] == 0, "where only the withdrawal is known as well", r)
    tap.equal((held, state()), ([("withdrawn",)], [("withdrawn",)]), "it stays withdrawn")


CANARY = ("wolverine-canary-title", "wolverine-canary-summary", "wolverine-canary.example.net", "wolverine-canary-answer",
          "wolverine-canary-reason")


ERASED = "okapi-erased-person"


def part_erased(w):
    tap.part("a field is erased at everybody who was sent it, and nothing else")
    one = indicator(w, "erased.example.net")
    w.kept, path = warning(w, "Erase a field", [one], how={"attack": f"{ERASED} opened it", "mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer"})
    tap.ok(wait_for(lambda: set(items(w, path, "received")) >= {"Aoba", "Nishi"}, 30), "both have it")
    readers = ("Aoba.analyst", "Nishi.analyst")
    tap.ok(all(ERASED in w.who[r].get(path).text for r in readers), "with the field")
    tap.status(w.analyst.post(f"{path}/erase", {"fields": ["/how/attack"]}), 403, "an analyst does not erase")
    for fields, why in ((["/how/attac"], "a misspelt field"), (["/title"], "what it cannot be without"), (["/issued/edition"], "what the server set"),
                        (["/how/mitigate/0"], "what is deeper than a field"), ([], "no field"), ("/how", "no list")):
        tap.status(w.lead.post(f"{path}/erase", {"fields": fields}), 422, f"not {why}")
    tap.status(w.who["Nishi.lead"].post(f"{path}/erase", {"fields": ["/how/attack"]}), (403, 404), "another team erases nothing of it")
    w.west.stop()
    r = w.lead.post(f"{path}/erase", {"fields": ["/how/attack"], "reason": "asked for"})
    tap.status(r, 200, "a lead erases it")
    tap.ok(r.json["how"].get("report_back") == "Answer" and "attack" not in r.json["how"] and r.json["state"] == "issued", "the rest stands", r)
    got = wait_for(lambda: "Aoba" in items(w, path, "withdrawal-applied"), 30)
    tap.ok(got, "who is there has applied it", report(w, path))
    check(w, items(w, path, "withdrawal-applied")["Aoba"]["receipt"], "erased by Aoba")
    tap.equal({(m["team"], m["kind"]) for m in report(w, path)["missing"] if m["kind"] == "withdrawal-applied"}, {(w.id["Nishi"], "withdrawal-applied")},
              "who is away is named")
    names = {v: k for k, v in w.id.items()}
    said = lambda p: [(e["fields"], e["reason"], {names[t["team"]]: t["applied"] for t in e["teams"]}) for e in w.analyst.items(f"{p}/erasures")]
    tap.equal(said(path), [(["/how/attack"], "asked for", {"Aoba": True, "Nishi": False})], "which fields, why, and who has confirmed")
    proofs = [t["receipt"] for e in w.analyst.items(f"{path}/erasures") for t in e["teams"] if t["applied"] and t["name"] == "Aoba"]
    tap.ok(len(proofs) == 1 and proofs[0]["kind"] == "withdrawal-applied", "with the receipt", proofs)
    tap.status(w.who["Aoba.analyst"].get(f"{path}/erasures"), 403, "not of another team's record")
    back_again(w)
    tap.ok(wait_for(lambda: "Nishi" in items(w, path, "withdrawal-applied") and not report(w, path)["missing"], 60), "and applies it when it is back", report(w, path))
    tap.ok(wait_for(lambda: all(all(teams.values()) for _, _, teams in said(path))), "then all have confirmed", said(path))
    tap.status(w.who["Nishi.lead"].get(f"{path}/erasures"), 403, "a recipient does not see who else was sent it")
    for who in readers:
        r = w.who[who].get(path)
        tap.ok(r.json["state"] == "issued" and r.json["how"]["report_back"] == "Answer" and ERASED not in r.text, f"{who}: the field is gone, the warning stands", r)
        changes = w.who[who].get(f"{path}/changes?from=1&to=1").text
        tap.ok(ERASED not in changes, f"{who}: nor is it in an earlier edition", changes)
        tap.equal(w.who[who].lookup("erased.example.net")[0]["count"], 1, f"{who}: its indicator stands")
    history = w.lead.get(f"{path}/history")
    tap.ok(ERASED not in history.text and any(h["kind"] == "erase" for h in history.json["items"]) and any(h.get("erased") for h in history.json["items"]),
           "the history says that something was erased, and not what", history)
    tap.status(w.who["Nishi.analyst"].post(f"{path}/assessments", {"state": "done"}), 201, "it is answered")
    tap.ok(wait_for(lambda: items(w, path, "answered").get("Nishi"), 30), "and the answer comes back", report(w, path))
    text = indicator(w, "erased-text.example.net", circles=[w.circle], tlp="TLP:GREEN")
    p = f"/api/v1/indicators/{text}"
    w.analyst.patch(p, {"object": {"description": ERASED}}, w.analyst.get(p).etag)
    tap.ok(wait_for(lambda: all(ERASED in w.who[r].get(p).text for r in readers), 30), "an indicator's description")
    tap.ok(w.east.run("erase", text, "/pattern")[0] == 1 and w.east.run("erase", text)[0] == 2, "the command refuses what STIX requires, and no field")
    status, out, err = w.east.run("erase", "--reason", "asked for", text, "/description")
    tap.ok(status == 0, "is erased by the command line", out + err)
    tap.ok(wait_for(lambda: not any(ERASED in w.who[r].get(p).text for r in readers), 30), "at both", w.east.must("peer", "items", "Kumiai"))
    tap.equal([w.who[r].lookup("erased-text.example.net")[0]["count"] for r in readers], [1, 1], "and is found as before")
    tap.ok(wait_for(lambda: said(p) and said(p)[0][0] == ["/description"] and all(said(p)[0][2].values())), "who has confirmed it is said of an indicator too", said(p))
    tap.equal(said(f"/api/v1/indicators/{one}"), [], "of what nothing was erased of, nothing")
    if w.args.store == "sqlite":
        said = crosses(w.east, w.middle) + crosses(w.middle, w.west)
        tap.ok(ERASED not in said and w.kept in said, "no byte of it crosses any more")
        for n in w.nodes():
            db = sqlite3.connect(n.data / "node.db")
            found = [t for t, c in (("signed", "object"), ("signed", "signature"), ("journal", "content"))
                     if db.execute(f"SELECT count(*) FROM {t} WHERE {c} LIKE '%{ERASED}%'").fetchone()[0]]
            tap.equal(found, [], f"{n.data.name}: it is in no row of journal and signatures")


def bytes_of(node):
    """All that a node has in files: its database with what is not yet in it, its log, its files."""
    paths = [p for p in node.data.rglob("*") if p.is_file()] + [node.log]
    return b"".join(p.read_bytes() for p in paths)


def crosses(node, reader):
    """All that a node has for its peer reader, as the peer reads it. Bodies in a database are compressed, these are not."""
    rows = sqlite3.connect(reader.data / "node.db").execute("SELECT url, root, token_out FROM peer").fetchall()
    root, token = next((r[1], r[2]) for r in rows if r[0].rstrip("/") == node.url)
    media, after, text = "application/taxii+json;version=2.1", "", ""
    while True:
        r = Client(node).call("GET", f"{root}collections/direct/objects/?limit=1000{after}", None, {"Authorization": f"Bearer {token}", "Accept": media})
        if r.status != 200:
            raise RuntimeError(str(r))
        text += r.text
        if not r.json.get("more"):
            return text
        after = f"&added_after={r.json['x_added_last']}"


def part_red(w):
    tap.part("TLP:RED for a named person: sealed to the node where his team works")
    person = next(p["id"] for p in w.who["Nishi.lead"].items("/api/v1/people") if p["name"] == "analyst")
    unnamed = next(p["id"] for p in w.who["Nishi.lead"].items("/api/v1/people") if p["name"] == "lead")
    status, out, err = w.east.run("team", "contact", "--team", "Nishi", "--name", "Analyst of Nishi", "--id", person)
    tap.ok(status == 0, "the issuer enters whom it may name", out + err)
    tap.ok(w.east.run("team", "contact", "--team", "Higashi", "--name", "X", "--id", unnamed)[0] == 2, "not in a team of its own node")
    one = indicator(w, CANARY[2])
    w.west.stop()
    made, path = warning(w, CANARY[0], [one], summary=CANARY[1], tlp="TLP:RED", circles=[], whom={"people": [person]})
    tap.equal([(m["team"], m["kind"]) for m in report(w, path)["missing"]], [(w.id["Nishi"], "received")], "who is named and has not confirmed is missing")
    back_again(w)
    named = w.who["Nishi.analyst"]
    got = wait_for(lambda: named.get(path).status == 200, 30)
    tap.ok(got, "the named person reads it", w.east.must("peer", "items", "Kumiai") + w.middle.log_tail(500))
    r = named.get(path)
    tap.ok(r.status == 200 and r.json["title"] == CANARY[0] and r.json["tlp"] == "TLP:RED" and r.json["team"] == w.id["Higashi"], "as its issuer's", r)
    tap.ok(wait_for(lambda: named.lookup(CANARY[2])[0]["count"] == 1, 20), "with the indicator")
    tap.status(w.who["Nishi.lead"].get(path), 404, "a colleague who is not named does not")
    for who in ("Kumiai.lead", "Aoba.analyst"):
        tap.status(w.who[who].get(path), 404, f"{who}, on the way, does not")
    back = wait_for(lambda: "Nishi" in items(w, path, "received"), 30)
    tap.ok(back, "a receipt comes back", report(w, path))
    if back:
        check(w, items(w, path, "received")["Nishi"]["receipt"], "received under TLP:RED")
    w.red_path = path
    if w.args.store != "sqlite":
        tap.skip("no canary in any file of the middle", "its database is not in files of its own")
        return
    tap.ok(all(c.encode() in bytes_of(w.west) for c in CANARY[:3]), "the canaries are found where they are to be")
    tap.equal([c for c in CANARY if c.encode() in bytes_of(w.middle)], [], "no canary is in any file of the node in the middle")
    said = crosses(w.east, w.middle) + crosses(w.middle, w.west)
    tap.ok("x-hikeshi-sealed" in said and INDICATORS[0] in said, "what crosses the two links is read")
    tap.equal([c for c in CANARY if c in said], [], "no canary is in a byte of it")
    uid = bytes.fromhex(made.split("--")[1].replace("-", ""))
    db = sqlite3.connect(w.middle.data / "node.db")
    tap.equal((db.execute("SELECT count(*) FROM holding WHERE uid = ?", (uid,)).fetchone()[0],
               db.execute("SELECT count(*) FROM signed WHERE uid = ?", (uid,)).fetchone()[0]), (0, 0), "nor a record of it")
    sealed = db.execute("SELECT count(*) FROM holding h JOIN word w ON w.id = h.type WHERE w.text = 'x-hikeshi-sealed'").fetchone()[0]
    tap.ok(sealed >= 2, "but what is sealed", sealed)


def part_red_answered(w):
    tap.part("the answer to a TLP:RED comes back, to those who wrote it")
    if not getattr(w, "red_path", None):
        tap.skip("an answer to a TLP:RED", "see above")
        return
    path, mine = w.red_path, lambda who: [a for a in w.who[who].items(f"{path}/assessments") if a["team"] == w.id["Nishi"] and a["state"] == "affected"]
    r = w.who["Nishi.analyst"].post(f"{path}/assessments", {"state": "affected", "count": 2, "comment": CANARY[3]})
    tap.status(r, 201, "the named person answers")
    got = wait_for(lambda: mine("Higashi.analyst"), 30)
    tap.ok(got and got[0]["comment"] == CANARY[3] and got[0]["count"] == 2, "the issuer has the answer", w.analyst.get(f"{path}/assessments"))
    tap.ok(mine("Higashi.lead"), "and who approved it", w.lead.get(f"{path}/assessments"))
    answer = f"/api/v1/assessments/{got[0]['id'] if got else r.json['id']}"
    tap.equal([w.who[who].get(answer).status for who in ("Higashi.analyst", "Higashi.reader", "Nishi.lead", "Kumiai.lead", "Aoba.analyst")],
              [200, 404, 404, 404, 404], "nobody else reads it, at no node")
    back = wait_for(lambda: items(w, path, "answered").get("Nishi"), 30)
    tap.ok(back, "a receipt of the answer comes back", report(w, path))
    if back:
        check(w, back["receipt"], "answered under TLP:RED")
    tap.status(w.who["Nishi.analyst"].post(f"{path}/assessments", {"state": "done"}), 201, "an answer that changes")
    tap.ok(wait_for(lambda: [a for a in w.analyst.items(f"{path}/assessments") if a["state"] == "done"], 30), "comes too", w.analyst.get(f"{path}/assessments"))
    if w.args.store == "sqlite":
        tap.equal([c for c in CANARY if c.encode() in bytes_of(w.middle)], [], "no canary is in any file of the node in the middle")
        said = crosses(w.east, w.middle) + crosses(w.middle, w.west) + crosses(w.west, w.middle) + crosses(w.middle, w.east)
        tap.equal([c for c in CANARY if c in said], [], "nor in a byte that crosses, in either direction")


def part_red_withdrawn(w):
    tap.part("and its withdrawal")
    if not getattr(w, "red_path", None):
        tap.skip("a withdrawal of a TLP:RED", "see above")
        return
    tap.status(w.lead.step(w.red_path, "withdraw", {"reason": CANARY[4]}), 200, "the issuer withdraws")
    tap.ok(wait_for(lambda: "Nishi" in items(w, w.red_path, "withdrawal-applied"), 30), "it is applied and proved", report(w, w.red_path))
    tap.equal(w.who["Nishi.analyst"].read(w.red_path)["state"], "withdrawn", "and the named person sees that")
    if w.args.store != "sqlite":
        return
    tap.equal([c for c in CANARY if c.encode() in bytes_of(w.middle)], [], "still no canary in the middle")
    said = crosses(w.east, w.middle) + crosses(w.middle, w.west)
    tap.equal([c for c in CANARY if c in said], [], "nor in what crosses: not even the reason")


def reminded(w, address):
    return [m for m in w.mail.to(address) if "[Reminder]" in mail_text(m) or "回答のお願い" in mail_text(m)]


def part_reminded(w):
    tap.part("who has not answered is reminded by his own node, of TLP:RED the named alone")
    person = next(p["id"] for p in w.who["Nishi.lead"].items("/api/v1/people") if p["name"] == "analyst")
    soon = lambda: {"known_at": moment(-60), "valid_until": moment(86400 * 30), "ack_by": moment(4)}
    before = len(reminded(w, "analyst@nishi.example"))
    tap.equal(before, 0, "nobody was reminded of what has time")
    _, path = warning(w, "Answer soon", when=soon())
    r = lambda: w.who["Aoba.analyst"].post(f"{path}/assessments", {"state": "done"}).status
    answered = wait_for(lambda: r() == 201, 30)
    got = wait_for(lambda: len(reminded(w, "analyst@nishi.example")) >= 2 and reminded(w, "lead@nishi.example"), 60)
    tap.ok(got, "twice, at half of the time and at its end", [mail_text(m)[:80] for m in w.mail.all()])
    tap.ok(got and "Higashi EW-" in got[0]["Subject"] and path.removeprefix("/api/v1") in mail_text(got[0]), "with the number of its team and a link to its page here", mail_text(got[0]) if got else "")
    tap.ok(answered and len(reminded(w, "analyst@aoba.example")) <= 1, "who has answered is not asked again", len(reminded(w, "analyst@aoba.example")))
    lead, analyst = len(reminded(w, "lead@nishi.example")), len(reminded(w, "analyst@nishi.example"))
    _, path = warning(w, CANARY[0], summary=CANARY[1], tlp="TLP:RED", circles=[], whom={"people": [person]}, when=soon())
    got = wait_for(lambda: len(reminded(w, "analyst@nishi.example")) >= analyst + 2, 60)
    tap.ok(got, "the person named in a TLP:RED too", [mail_text(m)[:80] for m in w.mail.all()])
    tap.equal(len(reminded(w, "lead@nishi.example")), lead, "his colleague is not")
    tap.ok(not [m for m in w.mail.all() if any(c in m.as_string() for c in CANARY)], "nothing of it is in a mail")


def part_restored(w):
    tap.part("the issuer's node is restored from a backup: what went over two hops comes back from the node in the middle")
    file = temp() / "yesterday.tar"
    w.east.must("backup", str(file))
    teams = {"teams": [w.id["Nishi"], w.id["Aoba"]]}
    one = indicator(w, "after-backup.example.net")
    made, path = warning(w, "Lost and found", [one], circles=[], whom=teams)
    tap.ok(wait_for(lambda: set(items(w, path, "received")) >= {"Aoba", "Nishi"}, 30), "a warning issued after it reaches both")
    tap.status(w.who["Nishi.analyst"].post(f"{path}/assessments", {"state": "affected", "count": 7}), 201, "and is answered")
    tap.ok(wait_for(lambda: items(w, path, "answered").get("Nishi"), 30), "with a receipt")
    number, port = w.analyst.read(path)["number"], w.east.port
    w.east.stop()
    old, w.east = w.east, Node(w.args, "east-restored")
    w.east.must("restore", str(file), *store_url(w.args.store))
    w.east.port = port
    w.east.start()
    for name, role in (("analyst", "analyst"), ("lead", "lead")):
        w.who[f"Higashi.{role}"] = w.east.client(f"{role}@higashi.example")
    w.analyst, w.lead = w.who["Higashi.analyst"], w.who["Higashi.lead"]
    r = wait_for(lambda: (lambda r: r if r.status == 200 else None)(w.analyst.get(path)), 90, 0.3)
    tap.ok(r and r.json["number"] == number and r.json["state"] == "issued", "it comes back", (r, w.east.log_tail(600)))
    tap.ok(wait_for(lambda: w.analyst.lookup("after-backup.example.net")[0]["count"] == 1, 60, 0.3), "with its indicator", w.analyst.lookup("after-backup.example.net"))
    w.middle.run("peer", "sync")
    got = wait_for(lambda: set(items(w, path, "received")) >= {"Aoba", "Nishi"} and "Nishi" in items(w, path, "answered"), 120, 0.5)
    tap.ok(got, "and the receipts of both, over two hops", (report(w, path), w.middle.must("peer", "items", "Higashi")))
    tap.ok(wait_for(lambda: [a for a in w.analyst.items(f"{path}/assessments") if a["team"] == w.id["Nishi"] and a["count"] == 7], 60, 0.3),
           "and the answer", w.analyst.get(f"{path}/assessments"))
    tap.status(w.lead.step(path, "withdraw", {"reason": "all clear"}), 200, "it can be withdrawn")
    tap.ok(wait_for(lambda: set(items(w, path, "withdrawal-applied")) >= {"Aoba", "Nishi"}, 60), "and that is applied by both", report(w, path))


def part_end(w):
    tap.part("every node is intact")
    for n in w.nodes():
        log = n.log_tail(10 ** 8)
        tap.equal([x for x in log.splitlines() if "level=error" in x][:5], [], f"{n.data.name}: no server error was logged")
        tap.equal(n.stop(), 0, f"{n.data.name} stops in order")
        status, out, err = n.run("verify")
        tap.ok(status == 0, f"{n.data.name}: verify says intact", out[-600:] + err)
        if w.args.store == "sqlite":
            # the write-ahead log is there as long as this script's own readers of the database are
            found = [p.name for p in [*n.data.rglob("*"), n.log] if p.is_file() and p.name != "node.db-wal" and ERASED.encode() in p.read_bytes()]
            tap.equal(found, [], f"{n.data.name}: what was erased is in no byte of its files")


def main():
    w = World(options(__doc__))
    for part in (part_received, part_answered, part_correction, part_withdrawal, part_left, part_narrow, part_comes_back, part_erased, part_red, part_red_answered, part_red_withdrawn,
                 part_reminded, part_restored, part_replay, part_end):
        tap.guard(part, w)
    tap.end()


if __name__ == "__main__":
    main()
