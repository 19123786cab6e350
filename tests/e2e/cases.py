#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Incidents that are one, and one that is two: merging points the duplicate to the kept one and copies nothing, so nobody
reads more than before; it is taken back; splitting takes chosen notes and reports to a new incident."""
from lib import Node, options, tap

API = "/api/v1/incidents"


def merge(n, c, lead, reader, outsider):
    tap.part("merged: the duplicate points to the kept one")
    kept = c.made(API, {"title": "kept", "tlp": "TLP:GREEN", "circles": [n.circle]})
    dup = c.made(API, {"title": "dup", "summary": "zqdup"})
    path = f"{API}/{dup['id']}"
    note = c.made(f"{path}/comments", {"text": "zqnote"})
    task = c.made("/api/v1/tasks", {"title": "isolate", "incident": dup["id"]})
    c.post(f"{path}/indicators", {"text": "203.0.113.77"})
    for bad, field in ((dup["id"], "/duplicate_of"), ("INC-1999-0001", "/duplicate_of"), (task["id"], "/duplicate_of")):
        r = c.step(path, "mark_duplicate", {"duplicate_of": bad})
        tap.ok(r.status == 422 and r.json.get("field") == field, f"into {bad[:24]} is refused at its field", r)
    theirs = outsider.made(API, {"title": "theirs", "tlp": "TLP:GREEN", "circles": [n.circle]})
    tap.status(c.step(path, "mark_duplicate", {"duplicate_of": theirs["id"]}), 422, "nor into another team's")
    tap.status(reader.step(path, "mark_duplicate", {"duplicate_of": kept["id"]}), 403, "a reader merges nothing")
    r = c.step(path, "mark_duplicate", {"duplicate_of": kept["number"], "reason": "same mail"})
    tap.ok(r.status == 200 and r.json["state"] == "duplicate" and r.json["duplicate_of"] == kept["id"] and r.json["undo"], "merged, by number", r)
    undo = f"/api/v1/operations/{r.json['undo']}:undo"
    tap.equal([x["id"] for x in c.items(f"{API}/{kept['id']}/merged")], [dup["id"]], "it stands at the kept one")
    tap.equal([x["id"] for x in reader.items(f"{API}/{kept['id']}/merged")], [dup["id"]], "for colleagues too")
    links = [(x["relation"], x["source"]) for x in c.items(f"{API}/{kept['id']}/links")]
    tap.ok(("duplicate-of", dup["id"]) in links, "linked from both ends", links)
    tap.equal([x["id"] for x in c.items(f"{path}/comments")], [note["id"]], "its notes are where they were")
    tap.ok([h["kind"] for h in c.items(f"{path}/history")][-1] == "mark_duplicate" and len(c.items(f"{API}/{kept['id']}/history")) == 1, "both histories stay")
    tap.equal([x["id"] for x in c.items(f"/api/v1/tasks?incident={dup['id']}")], [task["id"]], "and its tasks")
    tap.part("labels never widen")
    tap.status(outsider.get(f"{API}/{kept['id']}"), 200, "another team reads the kept one")
    tap.equal(outsider.items(f"{API}/{kept['id']}/merged"), [], "and nothing of what was merged into it")
    for below in ("links", "comments", "merged", "indicators"):
        tap.ok("zq" not in outsider.get(f"{API}/{kept['id']}/{below}").text and dup["id"] not in outsider.get(f"{API}/{kept['id']}/{below}").text, f"not by its {below}")
    tap.status(outsider.get(path), 404, "there is no such incident for it")
    tap.part("no circles, chains, and back")
    third = c.made(API, {"title": "third"})
    tap.status(c.step(f"{API}/{third['id']}", "mark_duplicate", {"duplicate_of": dup["id"]}), 200, "into one that points on")
    r = c.step(f"{API}/{kept['id']}", "mark_duplicate", {"duplicate_of": third["id"]})
    tap.ok(r.status == 422 and "cycle" in r.text, "not back into what points to it", r)
    tap.status(lead.post(undo), 404, "a colleague does not take it back")
    r = c.post(undo)
    tap.equal((r.status, r.json["ok"]), (200, 1), "who did it does")
    now = c.read(path)
    tap.equal((now["state"], now.get("duplicate_of")), ("new", None), "it is as before")
    tap.equal(c.items(f"{API}/{kept['id']}/merged"), [], "and stands nowhere else")
    left = [x for x in c.items(f"{API}/{kept['id']}/links") if x["relation"] == "duplicate-of"]
    tap.equal(left, [], "unlinked")
    c.step(path, "mark_duplicate", {"duplicate_of": kept["id"]})
    tap.status(c.step(path, "reopen", {"reason": "it was not"}), 200, "later it is reopened")
    tap.equal(c.items(f"{API}/{kept['id']}/merged"), [], "and stands on its own again")
    n.stop()
    n.start()
    tap.equal([x["id"] for x in c.items(f"{API}/{dup['id']}/merged")], [third["id"]], "what is merged stays so after a restart")


def split(n, c, reader, outsider):
    tap.part("split: chosen notes and reports to a new incident")
    report = c.made("/api/v1/reports", {"title": "a report"})
    whole = c.made(API, {"title": "whole", "tlp": "TLP:GREEN", "circles": [n.circle], "severity": "high"})
    path = f"{API}/{whole['id']}"
    notes = [c.made(f"{path}/comments", {"text": f"zqsplit {i}"}) for i in range(3)]
    other = c.made(f"{API}/{c.made(API, {'title': 'other'})['id']}/comments", {"text": "elsewhere"})
    for body, field in (({}, "/title"), ({"title": "x", "comments": [other["id"]]}, "/comments"), ({"title": "x", "comments": "all"}, "/comments"),
                        ({"title": "x", "report": [whole["id"]]}, "/report"), ({"title": "x", "tlp": "TLP:CLEAR"}, "/tlp")):
        r = c.post(f"{path}/split", body)
        tap.ok(r.status == 422 and r.json.get("field", "").startswith(field), f"{str(body)[:40]} is refused at {field}", r)
    theirs = outsider.made(f"{path}/comments", {"text": "of the other team", "tlp": "TLP:GREEN", "circles": [n.circle]})
    tap.equal([x["id"] for x in c.items(f"{path}/comments") if x["team"] != whole["team"]], [theirs["id"]], "another team's note is read here")
    tap.status(c.post(f"{path}/split", {"title": "x", "comments": [theirs["id"]]}), 422, "and not taken along: it is theirs")
    tap.status(reader.post(f"{path}/split", {"title": "x"}), 403, "a reader splits nothing")
    tap.status(outsider.post(f"{path}/split", {"title": "x"}), (403, 404), "nor does another team")
    r = c.post(f"{path}/split", {"title": "the other half", "comments": [notes[0]["id"], notes[2]["id"]], "report": [report["id"]]})
    tap.status(r, 201, "split")
    half = r.json["id"]
    tap.equal(sorted(x["text"] for x in c.items(f"{API}/{half}/comments")), ["zqsplit 0", "zqsplit 2"], "the chosen notes stand in it")
    tap.equal(len(c.items(f"{path}/comments")), 4, "and where they were")
    tap.equal((r.json["tlp"], r.json["circles"]), ("TLP:AMBER+STRICT", []), "it is for the team, however widely the other is read")
    tap.status(outsider.get(f"{API}/{half}"), 404, "who reads the other does not read it")
    for here, there in ((half, whole["id"]), (whole["id"], half)):
        rel = [x for x in c.items(f"{API}/{here}/links") if x["relation"] == "split-from"]
        tap.ok(len(rel) == 1 and there in (rel[0]["source"], rel[0]["target"]), "each links to the other", rel)
    tap.ok([x for x in c.items(f"{API}/{half}/links") if x["relation"] == "report"], "the report is linked")
    red = c.made(API, {"title": "red", "tlp": "TLP:RED"})
    r = c.post(f"{API}/{red['id']}/split", {"title": "red half"})
    tap.ok(r.status == 201 and r.json["tlp"] == "TLP:RED", "of a TLP:RED one it is for who was named in that", r)
    tap.status(reader.get(f"{API}/{r.json['id']}"), 404, "and nobody else")


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("Desk", "admin@d.example")
    for name in ("analyst", "lead", "reader"):
        n.user(f"{name}@d.example", name, "Desk")
    n.team("Outside")
    n.user("lead@o.example", "lead", "Outside")
    n.circle = n.must("circle", "create", "--title", "Both", "--member", "Desk", "--member", "Outside").strip()
    n.start()
    c, lead, reader, outsider = (n.client(a) for a in ("analyst@d.example", "lead@d.example", "reader@d.example", "lead@o.example"))
    tap.guard(merge, n, c, lead, reader, outsider)
    tap.guard(split, n, c, reader, outsider)
    log = n.log_tail(10 ** 7)
    tap.ok("level=error" not in log, "no server error was logged", [x for x in log.splitlines() if "level=error" in x][:5])
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
