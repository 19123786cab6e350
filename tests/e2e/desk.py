#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the desk needs of the API: values of a text before anything is stored, lists by who is in charge and what is
due, one change for many records and its undoing, what changed since a time, the hand-over note, saved views."""
from lib import Node, moment, options, tap


def extract(c, outsider):
    tap.part("values of a text, nothing stored")
    known = c.made("/api/v1/incidents", {"title": "known", "summary": "seen evil-desk.example"})
    before = {p: c.read(f"/api/v1/{p}/count")["count"] for p in ("indicators", "observables", "reports", "incidents")}
    text = "From: a@b.example\n接続先 hxxps://evil-desk[.]example/in と 203.0.113[.]9、CVE-2026-12345。DNSは 8.8.8.8"
    r = c.post("/api/v1/extract", {"text": text})
    tap.status(r, 200, "a text with values")
    items = {x["canonical"]: x for x in r.json["items"]}
    tap.ok({"203.0.113.9", "CVE-2026-12345", "8.8.8.8", "a@b.example"} <= set(items), "every value is named", list(items))
    raw = text.encode()
    x = items["203.0.113.9"]
    tap.equal(raw[x["at"]:x["at"] + x["length"]].decode(), "203.0.113[.]9", "with its place in the text")
    tap.ok(x["defanged"] and x["count"] == 0 and x["propose"], "and what is known", x)
    r = c.post("/api/v1/extract", {"text": "evil-desk.example"})
    tap.ok(r.json["items"][0]["count"] == 1 and r.json["items"][0]["records"][0]["id"] == known["id"], "one that is known says where", r.json)
    tap.equal(outsider.post("/api/v1/extract", {"text": "evil-desk.example"}).json["items"][0]["count"], 0, "to who may see it alone")
    tap.ok(items["8.8.8.8"]["warninglists"] and not items["8.8.8.8"]["propose"], "a well-known one is told and not proposed", items["8.8.8.8"])
    tap.equal({p: c.read(f"/api/v1/{p}/count")["count"] for p in before}, before, "nothing was stored")
    for body, status in (({}, 422), ({"text": 5}, 422), ({"text": "x", "y": 1}, 422), ({"text": "x" * 1000001}, 413)):
        tap.status(c.post("/api/v1/extract", body), status, f"{str(body)[:40]} is refused")
    many = " ".join(f"host{i}.evil-desk.example" for i in range(600))
    r = c.post("/api/v1/extract", {"text": many})
    tap.ok(len(r.json["items"]) == 500 and r.json["more"], "at most 500, and it is said that there are more", (len(r.json["items"]), r.json.get("more")))


def lists(c, lead):
    tap.part("lists by who is in charge and what is due")
    me, boss = c.me["person"], lead.me["person"]
    ids = {}
    for name, body in (("mine", {"assignee": me, "next_step_by": "2026-01-01T00:00:00Z"}), ("late", {"assignee": me, "next_step_by": "2099-01-01T00:00:00Z"}),
                       ("hers", {"assignee": boss}), ("nobody", {})):
        ids[name] = c.made("/api/v1/incidents", {"title": f"desk {name}", "severity": "high", **body})["id"]

    def names(query):
        got = {x["id"] for x in c.items(f"/api/v1/incidents?{query}")}
        return sorted(n for n, i in ids.items() if i in got)
    tap.equal(names("assignee=me"), ["late", "mine"], "mine")
    tap.equal(names(f"assignee={boss}"), ["hers"], "somebody's")
    tap.equal(names("assignee=none"), ["nobody"], "nobody's")
    tap.equal(names("assignee=me&due_before=2027-01-01T00:00:00Z"), ["mine"], "mine and due")
    tap.equal(names("assignee=me&q=desk&limit=1"), ["late", "mine"], "with words, page by page")
    tap.equal(names("assignee=me&severity=low"), [], "and a severity")
    tap.equal(c.read("/api/v1/incidents/count?assignee=me"), {"count": 2, "exact": True}, "counted")
    task = c.made("/api/v1/tasks", {"title": "isolate", "incident": ids["mine"]})["id"]
    tap.equal([x["id"] for x in c.items(f"/api/v1/tasks?incident={ids['mine']}")], [task], "tasks of one incident")
    tap.equal(c.items(f"/api/v1/tasks?incident={ids['late']}"), [], "and of another none")
    tap.equal([sorted(x) for x in c.items("/api/v1/incidents?assignee=me&limit=1&fields=title,severity,nonsense")], [["id", "severity", "title", "type", "version"]] * 2, "only the fields that are asked for")
    link = c.post(f"/api/v1/incidents/{ids['mine']}/links", {"target": ids["late"], "relation": "related-to"})
    tap.ok(link.status == 201 and c.items(f"/api/v1/incidents/{ids['mine']}/links")[0]["at"] > "2026", "a link says since when", link)
    tap.status(c.get("/api/v1/incidents?due_before=tomorrow"), 422, "a time that is none")
    tap.equal(lead.read("/api/v1/incidents/count?assignee=me")["count"], 1, "me is whoever asks")


def foreign_fields(n, c, outsider):
    tap.part("who is in charge is a team's own affair")
    c.made("/api/v1/incidents", {"title": "shared", "tlp": "TLP:GREEN", "circles": [n.circle], "assignee": c.me["person"], "severity": "low"})
    tap.equal([x["title"] for x in outsider.items("/api/v1/incidents")], ["shared"], "a shared incident is read by the other team")
    tap.equal(outsider.items(f"/api/v1/incidents?assignee={c.me['person']}"), [], "and not found by who handles it")
    tap.equal(outsider.items("/api/v1/incidents?assignee=none"), [], "nor by that nobody does")


def bulk(c, lead, outsider, reader):
    tap.part("one change for many")
    ids = [c.made("/api/v1/incidents", {"title": f"bulk {i}"})["id"] for i in range(3)]
    path = "/api/v1/incidents:bulk"
    r = c.post(path, {"select": {"ids": ids}, "set": {"severity": "critical"}, "if": {"rev": {ids[0]: 1, ids[1]: 9}}})
    tap.status(r, 200, "a change of three")
    tap.ok(r.json["ok"] == 2 and [x["id"] for x in r.json["failed"]] == [ids[1]] and r.json["undo"], "two are done, one was changed meanwhile", r.json)
    p = r.json["failed"][0]["problem"]
    tap.ok(p["status"] == 412 and p["code"] == "stale" and p["detail"] and p["title"], "with a problem as it would have been alone", p)
    undo = f"/api/v1/operations/{r.json['undo']}:undo"
    for who, name in ((lead, "a colleague"), (outsider, "another team")):
        tap.status(who.post(undo), 404, f"{name} has made no such change")
    tap.status(c.post("/api/v1/operations/nonsense:undo"), 404, "nor is there one without an id")
    r = c.post(undo)
    tap.equal((r.status, r.json), (200, {"ok": 2, "failed": [], "undo": None}), "taken back")
    tap.equal([c.read(f"/api/v1/incidents/{i}").get("severity") for i in ids], [None] * 3, "nothing of it is left")
    kinds = [h["kind"] for h in c.items(f"/api/v1/incidents/{ids[0]}/history")]
    tap.equal(kinds, ["create", "update", "undo"], "history tells both")
    r = c.post(undo)
    tap.ok(r.status == 409 and r.code() == "undone", "once only", r)
    r = c.post(path, {"select": {"ids": ids}, "step": "start"}, {"Idempotency-Key": "bulk-1"})
    tap.ok(r.status == 200 and r.json["ok"] in (0, 3), "a step for all", r)
    tap.equal(c.post(path, {"select": {"ids": ids}, "step": "start"}, {"Idempotency-Key": "bulk-1"}).json, r.json, "a repetition gets the same answer")
    r = reader.post(path, {"select": {"ids": ids}, "set": {"severity": "low"}})
    tap.ok(r.json["ok"] == 0 and {x["problem"]["status"] for x in r.json["failed"]} == {403}, "a reader changes nothing", r.json)
    r = outsider.post(path, {"select": {"ids": ids}, "set": {"severity": "low"}})
    tap.ok(r.json["ok"] == 0 and {x["problem"]["status"] for x in r.json["failed"]} == {404}, "to another team there are none", r.json)
    bad = (({}, "/select/ids"), ({"select": {"ids": []}, "set": {"severity": "low"}}, "/select/ids"), ({"select": {"ids": ids}}, "/set"),
           ({"select": {"ids": [ids[0], ids[0]]}, "set": {"severity": "low"}}, "/select/ids"), ({"select": {"ids": [5]}, "set": {"severity": "low"}}, "/select/ids"),
           ({"select": {"ids": ids}, "set": 5}, "/set"), ({"select": {"ids": ids, "x": 1}, "set": {"severity": "low"}}, "/select/x"),
           ({"select": {"ids": ids}, "set": {"severity": "low"}, "if": {"rev": {ids[0]: "x"}}}, "/if/rev"), ({"select": {"ids": ids}, "sets": {}}, "/sets"),
           ({"select": [[ids], "", [5]], "set": {"severity": "low"}}, "/select"), ({"select": {"ids": ids}, "if": ["x"], "set": {"severity": "low"}}, "/if"),
           ({"select": {"ids": ids}, "set": [["severity"]]}, "/set"))
    for body, field in bad:
        r = c.post(path, body)
        tap.ok(r.status == 422 and r.json.get("field") == field, f"{str(body)[:50]} is refused at {field}", r)
    tap.status(c.post(path, {"select": {"ids": [f"x{i}" for i in range(501)]}, "set": {"severity": "low"}}), 413, "more than 500")
    tap.status(c.post("/api/v1/warnings:bulk", {"select": {"ids": ids}, "set": {"title": "x"}}), 422, "warnings go one by one")
    tap.status(c.post("/api/v1/nonsense:bulk", {"select": {"ids": ids}, "set": {"title": "x"}}), 404, "a type that is none")


def changes(n, c, lead, outsider):
    tap.part("what changed since a time")
    since = moment()
    a = lead.made("/api/v1/incidents", {"title": "news a"})
    b = c.made("/api/v1/reports", {"title": "news b"})
    lead.patch(f"/api/v1/incidents/{a['id']}", {"severity": "high", "summary": "x"}, '"r1"')
    lead.made(f"/api/v1/incidents/{a['id']}/comments", {"text": "news c"})
    items = c.items(f"/api/v1/changes?since={since}&limit=2")
    tap.equal([x["title"] for x in items], ["news c", "news a", "news b"], "newest first, page by page")
    tap.ok(items[1]["kind"] == "update" and sorted(items[1]["fields"]) == ["severity", "summary"] and not items[1]["mine"], "with what was done", items[1])
    tap.ok(items[2]["mine"] and items[2]["kind"] == "create", "one's own is marked", items[2])
    tap.equal([x["title"] for x in c.items(f"/api/v1/changes?since={since}&others=true&limit=1")], ["news c", "news a"], "or only what others did")
    tap.ok(items[0]["about"] and items[0]["about"]["id"] == a["id"], "a comment says what it is about", items[0])
    tap.equal(outsider.items(f"/api/v1/changes?since={since}"), [], "another team sees none of it")
    s = c.made("/api/v1/incidents", {"title": "news shared", "tlp": "TLP:GREEN", "circles": [n.circle]})
    c.patch(f"/api/v1/incidents/{s['id']}", {"notes": "secret field"}, '"r1"')
    items = outsider.items(f"/api/v1/changes?since={since}")
    tap.ok([x["title"] for x in items] == ["news shared"] and not items[0].get("fields") and items[0].get("modified_by") is None, "and of what is shared not who did what", items)
    c.made(f"/api/v1/incidents/{s['id']}/comments", {"text": "for both", "tlp": "TLP:GREEN", "circles": [n.circle]})
    c.made(f"/api/v1/incidents/{s['id']}/comments", {"text": "for us"})
    items = outsider.items(f"/api/v1/changes?since={since}")
    tap.ok([x["title"] for x in items] == ["for both", "news shared"] and items[0]["about"]["id"] == s["id"], "a comment for both is told with what it is about, one for the team is not", items)
    tap.equal(c.items(f"/api/v1/changes?since={moment()}"), [], "nothing since now")
    for query in ("", "?since=yesterday", "?since="):
        tap.status(c.get(f"/api/v1/changes{query}"), 422, f"'{query}' is no time")


def handover(c, lead):
    tap.part("the hand-over note")
    note = c.made("/api/v1/handovers", {"text": "夜間は静か", "pinned": [c.items("/api/v1/incidents")[0]["id"]]})
    tap.equal((note["state"], note["duty"], note["tlp"]), ("writing", c.me["person"], "TLP:AMBER+STRICT"), "begun by the duty officer, for the team alone")
    r = lead.post("/api/v1/handovers", {"text": "another"})
    tap.ok(r.status == 409 and r.code() == "handover_open", "one at a time", r)
    path = f"/api/v1/handovers/{note['id']}"
    tap.equal(c.step(path, "hand_over", {"text": "朝まで"}).json["state"], "handed_over", "handed over")
    tap.status(c.step(path, "take_over"), 409, "not to oneself")
    done = lead.step(path, "take_over").json
    tap.equal((done["state"], done["taken_by"]), ("taken_over", lead.me["person"]), "taken over by whoever read it")
    tap.equal(lead.made("/api/v1/handovers", {"text": "日勤"})["after"], note["id"], "the next one follows it")


def views(n, c, lead, outsider, reader):
    tap.part("saved views: one's own and the team's")
    search = "cols=assignee%2Cmodified&severity=high&sort=-modified&state=open"
    own = c.made("/api/v1/views", {"name": "夜間", "list": "incidents", "search": search})
    team = c.made("/api/v1/views", {"name": "朝会", "list": "incidents", "search": search, "shared": True})
    tap.equal((own["state"], own["search"], own["tlp"]), ("kept", search, "TLP:RED"), "one's own is kept as it was said, for its maker")
    tap.equal((team["shared"], team["tlp"], team["circles"]), (True, "TLP:AMBER+STRICT", []), "the team's is for the team")
    for who, seen, name in ((c, {own["id"], team["id"]}, "its maker"), (lead, {team["id"]}, "a colleague"), (reader, {team["id"]}, "a reader"), (outsider, set(), "another team")):
        tap.equal({v["id"] for v in who.items("/api/v1/views?state=kept")}, seen, f"{name} has what is his")
    for who, v, name in ((lead, own, "a colleague"), (outsider, team, "another team"), (reader, own, "a reader")):
        tap.status(who.get(f"/api/v1/views/{v['id']}"), 404, f"to {name} there is no such view")
        tap.status(who.patch(f"/api/v1/views/{v['id']}", {"name": "x"}, '"r1"'), (403, 404), f"nor does {name} change it")
    tap.status(reader.post("/api/v1/views", {"name": "x", "list": "incidents"}), 403, "who may write nothing keeps none here")
    for body, field in (({"name": "x", "list": "incidents", "tlp": "TLP:GREEN"}, "/tlp"), ({"name": "x", "list": "incidents", "tlp": "TLP:CLEAR", "circles": [n.circle]}, "/tlp"),
                        ({"name": "", "list": "incidents"}, "/name"), ({"list": "incidents"}, "/name"), ({"name": "x", "list": "../x"}, "/list"), ({"name": "x", "list": "incidents", "search": "x" * 2001}, "/search")):
        r = c.post("/api/v1/views", body)
        tap.ok(r.status == 422 and r.json.get("field") == field, f"{str(body)[:60]} is refused at {field}", r)
    r = c.patch(f"/api/v1/views/{own['id']}", {"shared": True}, '"r1"')
    tap.ok(r.status == 422 and r.json.get("field") == "/shared", "what is one's own is not made the team's unseen", r)
    tap.status(c.patch(f"/api/v1/views/{team['id']}", {"circles": [n.circle]}, '"r1"'), 422, "nor the team's anybody else's")
    r = lead.patch(f"/api/v1/views/{team['id']}", {"name": "朝会2"}, '"r1"')
    tap.ok(r.status == 200 and r.json["name"] == "朝会2", "a colleague renames the team's", r)
    tap.equal(lead.step(f"/api/v1/views/{team['id']}", "remove").json["state"], "removed", "takes it away")
    tap.equal({v["id"] for v in c.items("/api/v1/views?state=kept")}, {own["id"]}, "it is gone for all")
    tap.equal(c.step(f"/api/v1/views/{team['id']}", "restore").json["state"], "kept", "and put back")
    tap.equal([h["kind"] for h in c.items(f"/api/v1/views/{team['id']}/history")][-2:], ["remove", "restore"], "history tells who did what")
    for i in range(49):
        c.made("/api/v1/views", {"name": f"v{i}", "list": "tasks"})
    tap.status(c.post("/api/v1/views", {"name": "one too many", "list": "tasks"}), 413, "fifty of one's own")
    tap.status(lead.post("/api/v1/views", {"name": "mine", "list": "tasks"}), 201, "counted for each by himself")
    n.stop()
    n.start()
    tap.equal({v["id"] for v in lead.items("/api/v1/views?state=kept") if v["list"] == "incidents"}, {team["id"]}, "they are there after a restart")


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
    for part, more in ((extract, (c, outsider)), (lists, (c, lead)), (foreign_fields, (n, c, outsider)), (bulk, (c, lead, outsider, reader)),
                       (changes, (n, c, lead, outsider)), (handover, (c, lead)), (views, (n, c, lead, outsider, reader))):
        tap.guard(part, *more)
    log = n.log_tail(10 ** 7)
    tap.ok("level=error" not in log, "no server error was logged", [x for x in log.splitlines() if "level=error" in x][:5])
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
