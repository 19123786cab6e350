#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""figures: how a team's warnings got through (GET /api/v1/figures/warnings): who was asked, who answered in time, how fast;
of one's own alone. The log of telephone calls, which no other team reads. An answer that is taken back.
"""
from lib import Node, Tap, moment, options

tap = Tap()


def issued(c, circle, title, ack_by):
    w = c.made("/api/v1/warnings", {
        "title": title, "summary": "s", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:AMBER", "circles": [circle],
        "what": {"event_type": "attack", "impact": "i"}, "when": {"known_at": moment(-3600), "valid_until": moment(86400 * 9), "ack_by": ack_by},
        "why": {"rationale": "r", "confidence": "high", "basis": "vendor"}, "how": {"mitigate": [{"text": "m"}], "report_back": "b"}, "who": {"contact": "c"}})
    path = f"/api/v1/warnings/{w['id']}"
    for name, more in (("submit", {}), ("approve", {"reason": "alone"}), ("issue", {})):
        r = c.step(path, name, more)
        if r.status != 200:
            raise RuntimeError(f"{name}: {r}")
    return w["id"]


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("Alpha", "a@alpha.example")
    names = ["Beta", "Gamma", "Delta"]
    for name in names:
        n.team(name)
        n.user(f"l@{name.lower()}.example", "lead", name)
    circle = n.must("circle", "create", "--title", "All", *[x for name in ["Alpha", *names] for x in ("--member", name)]).strip()
    n.start()
    a = n.client("a@alpha.example")
    b, c, d = (n.client(f"l@{name.lower()}.example") for name in names)
    empty = a.read("/api/v1/figures/warnings")
    tap.ok(empty["items"] == [] and empty["hours"] == sorted(empty["hours"]), "nothing was issued: no figures", empty)
    a.made("/api/v1/warnings", {"title": "a draft"})
    first, overdue = issued(a, circle, "first", moment(3600)), issued(a, circle, "overdue", moment(-60))
    for who, w, state in ((b, first, "affected"), (c, first, "not_affected"), (b, overdue, "done")):
        r = who.post(f"/api/v1/warnings/{w}/assessments", {"state": state})
        tap.status(r, 201, "answered")
    items = {x["id"]: x for x in a.read("/api/v1/figures/warnings")["items"]}
    tap.equal(set(items), {first, overdue}, "those that were issued, no draft")
    f = items[first]
    tap.equal((f["recipients"], f["answered"], f["in_time"], f["affected"], f["median_minutes"]), (3, 2, 2, 1, 0), "asked, answered, in time, affected, median")
    tap.equal(f["within"], [2] * 8, "both within the first hour")
    tap.equal((items[overdue]["answered"], items[overdue]["in_time"]), (1, 0), "an answer after the deadline is late")
    a.step(f"/api/v1/warnings/{first}", "update")
    a.patch(f"/api/v1/warnings/{first}", {"summary": "corrected"}, a.get(f"/api/v1/warnings/{first}").etag)
    tap.equal(len(a.read("/api/v1/figures/warnings")["items"]), 2, "a correction being written changes nothing")
    tap.equal(b.read("/api/v1/figures/warnings")["items"], [], "a recipient learns nothing of it")
    tap.equal(d.read("/api/v1/figures/warnings")["items"], [], "nor does who has not answered")
    beta = n.team_id("Beta")
    r = a.post(f"/api/v1/warnings/{first}/comments", {"text": "zqtoldqz", "called": beta, "call_result": "reached"})
    tap.status(r, 201, "a call is logged")
    mine = [x for x in a.items(f"/api/v1/warnings/{first}/comments") if x.get("called") == beta]
    tap.ok(len(mine) == 1 and mine[0]["call_result"] == "reached", "with whom and how it ended", mine)
    tap.ok(all("zqtoldqz" not in x.get(f"/api/v1/warnings/{first}/comments").text for x in (b, c, d)), "no other team reads it")
    tap.status(a.post(f"/api/v1/warnings/{first}/comments", {"text": "x", "called": "nobody"}), 422, "a call is to a team")
    tap.guard(taken_back, n, a, b, d, circle)
    tap.end()


def taken_back(n, a, b, d, circle):
    tap.part("an answer is taken back")
    w = issued(a, circle, "third", moment(3600))
    path, delta = f"/api/v1/warnings/{w}/assessments", n.team_id("Delta")

    def issuer_sees():
        return next(x for x in a.items(path) if x["team"] == delta)
    r = d.post(path, {"state": "affected", "count": 7, "comment": "zqmistake"})
    tap.ok(r.status == 201 and r.json["undo"], "an answer says how to take it back", r)
    undo = f"/api/v1/operations/{r.json['undo']}:undo"
    for who, name in ((b, "another team"), (a, "the issuer")):
        tap.status(who.post(undo), 404, f"{name} cannot")
    d.language = "ja"
    back = d.post(undo)
    tap.ok(back.status == 200 and back.json["ok"] == 1 and "取り消し" in back.json["said"], "taken back, and said what the issuer has", back)
    seen = issuer_sees()
    tap.equal((seen["state"], seen["count"], seen["comment"]), ("no_answer", None, ""), "the issuer sees no answer, nor what it said")
    tap.equal(d.read(f"/api/v1/warnings/{w}").get("answer", {}).get("state", "no_answer"), "no_answer", "nor does the team")
    f = next(x for x in a.read("/api/v1/figures/warnings")["items"] if x["id"] == w)
    tap.equal((f["answered"], f["affected"]), (0, 0), "it is counted nowhere")
    tap.ok(not any(x["kind"] == "answered" and x["team"] == delta for x in a.read(f"/api/v1/warnings/{w}/receipts")["items"]), "and no proof of an answer is shown")
    kinds = [h["kind"] for h in d.items(f"/api/v1/assessments/{r.json['id']}/history")]
    tap.equal(kinds, ["answer", "undo"], "history tells both")
    tap.ok(d.post(undo).code() == "undone", "once only")
    d.language = None
    first = d.post(path, {"state": "acknowledged"})
    second = d.post(path, {"state": "not_affected"})
    tap.equal(d.post(f"/api/v1/operations/{first.json['undo']}:undo").json["failed"][0]["problem"]["status"], 412, "an answer that was replaced is not taken back")
    tap.equal(d.post(f"/api/v1/operations/{second.json['undo']}:undo").json["ok"], 1, "the newer one is")
    tap.equal(issuer_sees()["state"], "acknowledged", "what was answered before stands again")
    n.stop()
    n.start()
    tap.equal(issuer_sees()["state"], "acknowledged", "also after a restart")


main()
