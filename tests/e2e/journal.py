#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""journal: who sees which entry of the journal, and proofs of entries. Own team's records by their label, of then and of now;
what is about no record for leads and the administrator; nothing of another team. Proofs hold on a machine that knows no node,
for our program and for an independent one, go on from a checkpoint that was kept, tell nothing of their neighbours, and
outlive what was erased, a restart and a restore.
"""
import hashlib
import json
import pathlib
import subprocess
import sys

from lib import Client, Node, moment, multipart, options, tap, temp, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
RED, GONE, PLAIN = "zqredcanaryqz", "zqerasedcanaryqz", "zqplaincanaryqz"
JOURNAL = "/api/v1/journal"


class World:
    def __init__(self, args):
        self.args, self.who = args, {}
        self.node = n = Node(args)
        n.init("Alpha", "admin@alpha.example")
        n.team("Beta")
        for team in ("Alpha", "Beta"):
            for role in ("lead", "analyst", "reader"):
                n.user(f"{role}@{team.lower()}.example", role, team)
        n.user("second@alpha.example", "analyst", "Alpha")
        n.start()
        self.sign_in()
        self.circle = n.must("circle", "create", "--title", "Both", "--member", "Alpha", "--member", "Beta").strip()
        self.analyst, self.lead, self.admin = self.who["analyst@alpha"], self.who["lead@alpha"], self.who["admin@alpha"]

    def sign_in(self):
        for name in ("admin@alpha", "lead@alpha", "analyst@alpha", "second@alpha", "reader@alpha", "lead@beta", "analyst@beta"):
            self.who[name] = self.node.client(f"{name}.example")
        self.analyst, self.lead, self.admin = self.who["analyst@alpha"], self.who["lead@alpha"], self.who["admin@alpha"]


def incident(c, title, **more):
    return c.made("/api/v1/incidents", {"title": title, "summary": title, "severity": "low", **more})


def entries(c, query=""):
    return c.items(f"{JOURNAL}?limit=200{query}")


def of(c, ident):
    return entries(c, f"&record={ident}")


def at(e, what=""):
    return f"{JOURNAL}/{e['seq']}{what}?epoch={e['epoch']}"


def check(w, proof, name, kept=None, holds=True):
    """On a machine that knows no node: our program with nothing but the file, and the independent one."""
    folder = temp()
    (folder / "proof.json").write_text(json.dumps(proof))
    more = []
    if kept is not None:
        (folder / "kept.txt").write_text(kept)
        more = ["--kept", folder / "kept.txt"]
    status, out, err = w.node.run("--data", folder / "nothing", "journal", "verify", *more, folder / "proof.json", data=False)
    tap.ok((status == 0) == holds, f"hikeshi journal verify {'accepts' if holds else 'refuses'}: {name}", out + err)
    p = subprocess.run([sys.executable, ROOT / "tests/vectors/check_exchange.py", "--proof", folder / "proof.json", *more],
                       capture_output=True, text=True, check=False)
    tap.ok((p.returncode == 0) == holds, f"so does the independent one: {name}", p.stdout + p.stderr)
    return out


def part_records(w):
    tap.part("records: for the people of the team, as far as they see them")
    w.inc = incident(w.analyst, f"{PLAIN} one")
    path = f"/api/v1/incidents/{w.inc['id']}"
    w.analyst.patch(path, {"severity": "high"}, w.analyst.get(path).etag)
    found = of(w.who["reader@alpha"], w.inc["id"])
    tap.equal([(e["kind"], e["version"], e["actor"], e["fields"]) for e in found],
              [("update", 2, "analyst", ["severity"]), ("create", 1, "analyst", [])], "a reader of the team sees who did what")
    tap.ok(found and found[0]["record"]["id"] == w.inc["id"] and found[0]["record"]["number"] == w.inc["number"] and found[0]["opens"] and
           found[0]["team"] == w.node.team_id("Alpha"), "and to which record", found)
    e = w.analyst.read(at(found[0]))
    tap.ok(e["patch"] == {"severity": "high"} and e["kind"] == "update", "an entry has what was changed", e)
    history = w.analyst.items(f"{path}/history")
    tap.equal([(h["epoch"], h["seq"]) for h in history], [(e["epoch"], e["seq"]) for e in reversed(found)], "the history names the same entries")
    for who in ("lead@beta", "analyst@beta"):
        tap.equal([e for e in entries(w.who[who]) if e["team"] != w.node.team_id("Beta")], [], f"{who} sees no entry of another team")
        for what in ("", "/proof"):
            tap.status(w.who[who].get(at(found[0], what)), 404, f"{who}: not by its number{what}")
    for what in ("", f"/{found[0]['seq']}", f"/{found[0]['seq']}/proof", "/checkpoint"):
        tap.status(Client(w.node).get(JOURNAL + what), 401, f"nobody without an account: {what}")


def part_filters(w):
    tap.part("filters and pages")
    me = w.analyst.read("/api/v1/me")["person"]
    mine = entries(w.lead, f"&actor={me}")
    tap.ok(mine and {e["person"] for e in mine} == {me}, "of one person", mine[:2])
    tap.ok({e["kind"] for e in entries(w.lead, "&kind=create,update")} == {"create", "update"}, "of two kinds")
    tap.ok(all(e["account"] == 0 for e in entries(w.admin, "&actor=node")) and entries(w.admin, "&actor=node"), "of the node itself")
    whole = entries(w.lead)
    middle = whole[len(whole) // 2]["at"]
    tap.ok(all(e["at"] >= middle for e in entries(w.lead, f"&since={middle}")) and all(e["at"] < middle for e in entries(w.lead, f"&until={middle}")), "of a time")
    tap.equal(len(entries(w.lead, f"&since={middle}")) + len(entries(w.lead, f"&until={middle}")), len(whole), "which divide all of it")
    tap.equal([e["seq"] for e in w.lead.items(f"{JOURNAL}?limit=3")], [e["seq"] for e in whole], "pages of three are the same")
    tap.ok([e["seq"] for e in whole] == sorted((e["seq"] for e in whole), reverse=True), "newest first")
    for bad in ("actor=x", "since=yesterday", "until=1", "cursor=abc", "limit=0", "limit=x", "other=1", f"actor={w.inc['id']}"):
        tap.status(w.lead.get(f"{JOURNAL}?{bad}"), (400, 422), f"not with {bad}")
    tap.status(w.lead.get(f"{JOURNAL}?record=incident--{'0' * 8}-0000-4000-8000-{'0' * 12}"), (404, 422), "nor of a record that is not there")
    for bad in ("x", "-1", "99999999", "18446744073709551616"):
        tap.status(w.lead.get(f"{JOURNAL}/{bad}"), 404, f"no entry {bad}")
    tap.status(w.lead.get(f"{JOURNAL}/0?epoch=x"), 422, "no epoch x")
    tap.status(w.lead.get(f"{JOURNAL}/0?epoch=00000000-0000-4000-8000-000000000000"), 404, "no such epoch")
    tap.status(w.lead.get(f"{JOURNAL}/checkpoint?kept=x"), 422, "no size x")


def part_notes(w):
    tap.part("what is about no record: leads of the team, the administrator for the node")
    kinds = {who: {e["kind"] for e in entries(w.who[who]) if not e["record"]} for who in w.who}
    tap.ok("account-add" in kinds["lead@alpha"] and not kinds["lead@alpha"] & {"setting", "node-key"}, "a lead sees accounts of the team, nothing of the node", kinds["lead@alpha"])
    tap.ok({"setting", "node-key", "account-add"} <= kinds["admin@alpha"], "the administrator sees the node's", kinds["admin@alpha"])
    tap.equal((kinds["analyst@alpha"], kinds["reader@alpha"]), (set(), set()), "others see none")
    mails = {who: json.dumps([w.who[who].read(at(e)) for e in entries(w.who[who], "&kind=account-add")]) for who in ("lead@alpha", "lead@beta", "admin@alpha")}
    tap.ok("analyst@alpha.example" in mails["lead@alpha"] and "beta.example" not in mails["lead@alpha"], "a lead's are of the team", mails["lead@alpha"])
    tap.ok("analyst@beta.example" in mails["lead@beta"] and "alpha.example" not in mails["lead@beta"], "so are the other lead's", mails["lead@beta"])
    tap.ok("analyst@alpha.example" in mails["admin@alpha"] and "analyst@beta.example" in mails["admin@alpha"], "the administrator's of all", mails["admin@alpha"])
    note = entries(w.admin, "&kind=setting")[0]
    for who in ("lead@alpha", "analyst@alpha", "lead@beta"):
        tap.status(w.who[who].get(at(note)), 404, f"{who}: not by its number either")
    read = Client(w.node, token=w.node.token("lead@alpha.example", "read"))
    tap.equal({e["kind"] for e in entries(read) if not e["record"]}, set(), "a token that may read only sees none")
    check(w, w.admin.read(at(note, "/proof")), "an entry about no record")


def part_red(w):
    tap.part("TLP:RED: those who are named, and nobody else of the team")
    red = incident(w.analyst, f"{RED} title", tlp="TLP:RED")
    path = f"/api/v1/incidents/{red['id']}"
    w.analyst.patch(path, {"summary": f"{RED} changed"}, w.analyst.get(path).etag)
    tap.status(w.analyst.post(f"{path}/links", {"target": w.inc["id"], "relation": "related"}), 201, "it is linked with one that all see")
    seen = of(w.analyst, red["id"])
    tap.equal([e["kind"] for e in seen], ["update", "create"], "who is named sees its entries")
    linked = [e for e in entries(w.analyst, "&kind=links") if e["record"] and e["record"]["id"] == red["id"]]
    tap.ok(linked and w.analyst.read(at(linked[0]))["links"][0]["target"]["id"] == w.inc["id"], "and the link's", linked)
    w.red = [*seen, *linked]
    w.red_id = red["id"]
    for who in ("lead@alpha", "second@alpha", "reader@alpha", "admin@alpha", "lead@beta"):
        c = w.who[who]
        text = json.dumps(entries(c))
        tap.ok(RED not in text and red["id"] not in text, f"{who}: not in the list")
        tap.equal({c.get(at(e, what)).status for e in w.red for what in ("", "/proof")}, {404}, f"{who}: nor by number")
        tap.status(c.get(f"{JOURNAL}?record={red['id']}"), 404, f"{who}: nor by asking for the record")
    # a link from what all see to what they do not
    tap.status(w.analyst.post(f"/api/v1/incidents/{w.inc['id']}/links", {"target": red["id"], "relation": "related"}), 201, "and the other way round")
    entry = next(e for e in entries(w.lead, "&kind=links") if e["record"]["id"] == w.inc["id"])
    e = w.lead.get(at(entry))
    tap.ok(red["id"].split("--")[1] not in e.text and e.json["links"] == [] and not e.json["opens"], "who sees one end sees that something was linked, not what", e)
    tap.status(w.lead.get(at(entry, "/proof") + "&content=true"), 403, "and opens no proof of it")
    p = w.lead.get(at(entry, "/proof"))
    tap.ok(p.status == 200 and p.json["content"] is None and red["id"].split("--")[1] not in p.text, "a proof without what it said, he has", p)
    check(w, p.json, "a link of which one end is seen")
    tap.ok(red["id"].split("--")[1] in w.analyst.get(at(entry, "/proof") + "&content=true").text, "who sees both ends opens it")


def part_labels(w):
    tap.part("the label of then, and the label of now")
    a = incident(w.analyst, "zqwasopenqz", tlp="TLP:AMBER")
    first = of(w.lead, a["id"])[0]
    path = f"/api/v1/incidents/{a['id']}"
    tap.status(w.analyst.patch(path, {"tlp": "TLP:RED"}, w.analyst.get(path).etag), 200, "an open one becomes TLP:RED")
    tap.status(w.lead.get(at(first)), 404, "what was open then is closed now")
    b = incident(w.analyst, "zqwasredqz", tlp="TLP:RED")
    then = of(w.analyst, b["id"])[0]
    path = f"/api/v1/incidents/{b['id']}"
    r = w.analyst.patch(path, {"tlp": "TLP:AMBER"}, w.analyst.get(path).etag)
    tap.status(r, 200, "one that was TLP:RED is opened")
    tap.equal([e["version"] for e in of(w.lead, b["id"])], [2], "what was done since is seen, not what was done when it was TLP:RED")
    tap.status(w.lead.get(at(then, "/proof")), 404, "nor a proof of that")


def part_proof(w):
    tap.part("proofs, on a machine that knows no node")
    found = of(w.analyst, w.inc["id"])
    p = w.analyst.read(at(found[0], "/proof"))
    tap.ok(p["content"] is None and p["content_salt"] is None and PLAIN not in json.dumps(p), "without being asked it does not say what it said", p)
    out = check(w, p, "an update")
    tap.ok("update" in out and w.inc["id"].split("--")[1] in out, "the program says what is proved", out)
    for change in ({"seq": p["entry"]["seq"] + 1}, {"actor": 99}, {"kind": "create"}, {"at": "2026-01-01T00:00:00.000000Z"}):
        check(w, dict(p, entry=dict(p["entry"], **change)), f"with another {list(change)[0]}", holds=False)
    full = w.analyst.get(at(found[0], "/proof") + "&content=true")
    tap.ok(full.status == 200 and json.loads(json.loads(full.json["content"])["patch"]) == {"severity": "high"}, "asked to, it says it", full)
    check(w, full.json, "with what it said")
    check(w, dict(full.json, content=full.json["content"].replace("high", "low")), "with another text", holds=False)
    tokens = {s: Client(w.node, token=w.node.token("analyst@alpha.example", *s.split())) for s in ("read", "read export")}
    tap.status(tokens["read"].get(at(found[0], "/proof")), 200, "a token that reads proves")
    tap.status(tokens["read"].get(at(found[0], "/proof") + "&content=true"), 403, "but takes nothing out")
    tap.status(tokens["read export"].get(at(found[0], "/proof") + "&content=true"), 200, "one that exports does")
    file, root = temp() / "root.json", p["keys"][0]["root"]
    file.write_text(json.dumps(p))
    for key, wanted in ((root, 0), ("0" * 63 + "1", 1)):
        status, out, err = w.node.run("journal", "verify", "--root", key, file, data=False)
        tap.ok(status == wanted and ("under the root key given" in out) == (not wanted), "under the root key of the team alone", out + err)


def part_kept(w):
    tap.part("a checkpoint that was kept")
    kept = w.analyst.read(f"{JOURNAL}/checkpoint")
    for i in range(7):
        incident(w.analyst, f"later {i}")
    now = w.analyst.read(f"{JOURNAL}/checkpoint?kept={kept['size']}")
    tap.ok(now["size"] >= kept["size"] + 7 and now["consistency"]["size"] == kept["size"] and now["consistency"]["path"], "the next one goes on from it", now)
    e = of(w.analyst, w.inc["id"])[0]
    check(w, w.analyst.read(at(e, "/proof") + f"&kept={kept['size']}"), "a proof from there", kept["checkpoint"])
    check(w, w.analyst.read(at(e, "/proof")), "one that does not lead there", kept["checkpoint"], holds=False)
    forged = kept["checkpoint"].replace(f"\n{kept['size']}\n", f"\n{kept['size'] - 1}\n")
    check(w, w.analyst.read(at(e, "/proof") + f"&kept={kept['size'] - 1}"), "a checkpoint that nobody signed", forged, holds=False)
    r = w.analyst.get(f"{JOURNAL}/checkpoint?kept={now['size'] + 1000}")
    tap.ok(r.status == 409 and r.code() == "shrunk", "a journal that has become shorter is said", r)
    w.kept = kept


def unsalted(e):
    """What a neighbour's leaf would be if there were no salt: everything else of the entry is guessed right."""
    return hashlib.sha256(b"\x00" + hashlib.sha256(b"hikeshi/entry/v1\n" + json.dumps(e, sort_keys=True, separators=(",", ":")).encode()).digest()).hexdigest()


def part_neighbours(w):
    tap.part("a proof says nothing of its neighbours")
    beside = []
    for i in range(8):  # theirs between ours, so that each is a sibling of some
        incident(w.analyst, f"{RED} beside {i}", tlp="TLP:RED")
        beside.append(incident(w.who["second@alpha"], f"ours {i}"))
    seqs = {e["seq"]: e for e in entries(w.analyst)}
    texts, siblings = "", set()
    for mine in beside:
        p = w.who["second@alpha"].read(at(of(w.who["second@alpha"], mine["id"])[0], "/proof"))
        texts += json.dumps(p)
        siblings |= set(p["path"])
    hidden = [e for e in seqs.values() if e["record"] and RED in e["record"]["title"]]
    ids = [e["record"]["id"].split("--")[1] for e in hidden]
    tap.ok(len(hidden) >= 8 and RED not in texts and not any(i in texts for i in ids), "no word and no id of theirs is in ours")
    leaves = set()
    for e in hidden:
        full = w.analyst.get(at(e, "/proof") + "&content=true").json
        leaves.add(unsalted(full["entry"]))
        # the leaf itself is a sibling (else this proves nothing), and cannot be made without its salt
        data = json.dumps(full["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        real = hashlib.sha256(b"\x00" + hashlib.sha256(b"hikeshi/entry/v1\n" + bytes.fromhex(full["salt"]) + data).digest()).hexdigest()
        leaves.add("real" if real in siblings else "")
        tap.ok(full["salt"] not in texts and full["content_salt"] not in texts, f"nor is a salt of entry {e['seq']}")
    tap.ok("real" in leaves, "some of theirs are siblings of ours")
    tap.ok(not leaves & siblings, "and who guesses everything about one finds it in no path")


def part_import(w):
    tap.part("imports: one entry for many objects")
    text = "type,value\n" + "".join(f"domain,import{i}.example.net\n" for i in range(40))
    status, result = w.node.imported("-", "--tlp", "GREEN", "--team", "Alpha", stdin=text.encode())
    tap.ok(status == 0 and result["objects"]["new"] == 40, "40 values", result)
    found = [e for e in entries(w.who["reader@alpha"], "&kind=import") if e["objects"] == 40]
    tap.ok(len(found) == 1 and not found[0]["record"], "are one entry, for all who see them", found)
    check(w, w.who["reader@alpha"].read(at(found[0], "/proof")), "an import")
    one = w.analyst.items("/api/v1/indicators?limit=1000")
    mine = next(i for i in one if "import7.example.net" in json.dumps(i))
    h = w.analyst.items(f"/api/v1/indicators/{mine['id']}/history")
    tap.equal([(x["epoch"], x["seq"]) for x in h], [(found[0]["epoch"], found[0]["seq"])], "the history of each leads to it")
    tap.equal([e["seq"] for e in of(w.analyst, mine["id"])], [found[0]["seq"]], "so does the filter")
    body, media = multipart([], [("file", "red.csv", b"type,value\ndomain,red1.example.net\ndomain,red2.example.net\n")])
    r = w.analyst.call("POST", "/api/v1/import?tlp=TLP:RED", body, {"Content-Type": media})
    tap.status(r, 202, "an import for oneself alone")
    job = wait_for(lambda: (lambda j: j if j["state"] in ("done", "failed") else None)(w.analyst.read(f"/api/v1/jobs/{r.json['job']}")), 60)
    tap.ok(job and job["state"] == "done", "is done", job)
    own = [e for e in entries(w.analyst, "&kind=import") if e["objects"] == 2]
    tap.equal(len(own), 1, "and seen by who made it")
    tap.ok(not [e for e in entries(w.lead, "&kind=import") if e["objects"] == 2], "by nobody else")
    tap.status(w.lead.get(at(own[0])), 404, "nor by its number")
    tap.equal([e for e in entries(w.who["lead@beta"], "&kind=import")], [], "another team sees no import")


def part_warning(w):
    tap.part("a warning: what the issuer did is the issuer's")
    made = w.analyst.made("/api/v1/warnings", {
        "title": "zqwarningqz", "summary": "S", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER", "circles": [w.circle],
        "what": {"event_type": "compromise", "impact": "Loss", "indicators": []}, "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 30)},
        "why": {"rationale": "Seen here", "confidence": "high", "basis": "own_observation"},
        "how": {"mitigate": [{"text": "Block", "kind": "temporary"}], "report_back": "Answer", "attack": GONE}, "who": {"contact": "c@alpha.example"}})
    w.warning = path = f"/api/v1/warnings/{made['id']}"
    for who, step in ((w.analyst, "submit"), (w.lead, "approve"), (w.analyst, "issue")):
        body = {"hash": w.lead.read(f"{path}/preview")["hash"]} if step == "approve" else {}
        tap.status(who.step(path, step, body), 200, step)
    beta = w.who["analyst@beta"]
    tap.status(beta.get(path), 200, "the recipient reads it")
    tap.equal([e["kind"] for e in of(beta, made["id"])], [], "and sees no entry of how it was made")
    tap.ok({"issue", "approve", "submit", "create"} <= {e["kind"] for e in entries(w.lead, f"&record={made['id']}")}, "the issuer does")


def part_erased(w):
    tap.part("what was erased stays provable, and says so")
    r = w.lead.post(f"{w.warning}/erase", {"fields": ["/how/attack"], "reason": "asked for"})
    tap.status(r, 200, "a field is erased")
    found = of(w.lead, w.warning.rpartition("/")[2])
    gone = [e for e in found if e["erased"]]
    tap.ok(gone and not any(e["opens"] for e in gone) and any(e["kind"] == "erase" for e in found), "its entries are there, marked", found)
    text = json.dumps([w.lead.read(at(e)) for e in found])
    for e in gone:
        tap.ok(w.lead.read(at(e))["patch"] is None and w.lead.read(at(e))["why"] == "", f"entry {e['seq']} says nothing of what it said")
        p = w.lead.get(at(e, "/proof") + "&content=true")
        text += p.text
        tap.ok(p.status == 200 and p.json["erased"] and p.json["content"] is None, "not even opened", p)
        out = check(w, p.json, f"entry {e['seq']}, erased")
        tap.ok("was erased" in out, "and the program says so", out)
    tap.ok(GONE not in text, "the text is in none of it")


def part_command(w):
    tap.part("by the command line")
    rows = [json.loads(x) for x in w.node.must("journal", "list", "--json", "--record", w.inc["id"]).splitlines()]
    tap.equal([r["kind"] for r in rows], ["update", "create"], "list", )
    out = w.node.must("journal", "list", "--limit", "5")
    tap.equal(out.count("\n"), 5, "as lines")
    shown = json.loads(w.node.must("journal", "show", rows[0]["seq"]))
    tap.ok(shown["patch"] == {"severity": "high"}, "show", shown)
    file, note = temp() / "cli.json", temp() / "cli.txt"
    w.node.must("journal", "checkpoint", "--output", note)
    incident(w.analyst, "between")
    w.node.must("journal", "proof", rows[0]["seq"], "--content", "--kept", note, "--output", file)
    check(w, json.loads(file.read_text()), "proof", note.read_text())
    for bad in (("proof",), ("show", "1", "2"), ("list", "x"), ("list", "--since", "x"), ("list", "--limit", "0"), ("nonsense",), ()):
        status, out, err = w.node.run("journal", *bad)
        tap.ok(status == 2 and not out and err.count("\n") == 1, f"wrong usage is one line: {bad}", out + err)
    status, out, err = w.node.run("journal", "show", "99999999")
    tap.ok(status == 1 and not out and err.count("\n") == 1, "so is an entry that is not there", out + err)


def part_restart(w):
    tap.part("a restart, and a restore")
    e = of(w.analyst, w.inc["id"])[0]
    before = w.analyst.read(at(e, "/proof"))
    w.node.stop()
    check(w, before, "what was saved before, with no server anywhere")
    w.node.start()
    w.sign_in()
    check(w, w.analyst.read(at(e, "/proof") + f"&kept={w.kept['size']}"), "after a restart it still goes on from what was kept", w.kept["checkpoint"])
    w.node.must("backup", temp() / "backup.tar")
    other = Node(w.args, "restored")
    from lib import store_url
    status, out, err = other.run("restore", temp() / "backup.tar", *store_url(w.args.store))
    tap.ok(status == 0, "a backup is restored", out + err)
    other.start()
    c = other.client("analyst@alpha.example")
    found = of(c, w.inc["id"])
    tap.equal([(x["epoch"], x["seq"]) for x in found], [(x["epoch"], x["seq"]) for x in of(w.analyst, w.inc["id"])], "the entries of before are there")
    now = c.read(f"{JOURNAL}/checkpoint")
    tap.ok(now["epoch"] != e["epoch"] and now["size"] >= 1, "a new epoch has begun", now)
    check(w, c.read(at(e, "/proof") + f"&kept={w.kept['size']}"), "an entry of the old one is proved in the old one", w.kept["checkpoint"])
    incident(c, "after the restore")
    newest = entries(c)[0]
    tap.ok(newest["epoch"] == now["epoch"] and entries(c)[-1]["epoch"] == e["epoch"], "the list goes through both", newest)
    check(w, c.read(at(newest, "/proof")), "one of the new epoch")
    check(w, c.read(at(newest, "/proof")), "which is not what was kept", w.kept["checkpoint"], holds=False)
    seen = json.dumps(entries(other.client("lead@alpha.example")))
    tap.ok(RED not in seen and w.red_id not in seen, "and what was hidden stays hidden")
    other.stop()


def main():
    w = World(options(__doc__))
    for part in (part_records, part_filters, part_notes, part_red, part_labels, part_proof, part_kept, part_neighbours, part_import, part_warning,
                 part_erased, part_command, part_restart):
        tap.guard(part, w)
    tap.end()


if __name__ == "__main__":
    main()
