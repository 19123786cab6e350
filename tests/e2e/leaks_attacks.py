# SPDX-License-Identifier: Apache-2.0
"""What a hostile member, page or client tries against the world of leaks_world.py."""
import base64
import http.client
import json
import re
import socket
import time

import lib
from leaks_world import fresh_id, shape
from lib import tap

HEADERS = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
           "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp",
           "cross-origin-resource-policy": "same-origin", "permissions-policy": "camera=()"}
XSS = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\u202e"


def refused(reply, *codes):
    return reply.status in (codes or (400, 403, 404, 409, 412, 413, 415, 422, 428))


def mass_assignment(world):
    """What the server sets cannot be sent along."""
    aa, wrong = world.who["aa"], []
    other = world.team["Beta"]
    for name in ("handling", "issued", "follow_up", "number", "team", "state", "created_by", "version", "id", "type", "created",
                 "modified", "modified_by", "revoked", "nosuchfield"):
        value = {"handling": {"approved_hash": "x"}, "issued": {"edition": 9}, "follow_up": {"code_sha256": "0" * 64},
                 "team": other, "version": 99, "revoked": True}.get(name, "approved")
        for plural, like, more in (("warnings", "draft", {"title": "x"}), ("incidents", "incident", {"title": "x"}),
                                   ("reports", "report", {"title": "x", "description": "x"})):
            r = aa.post(f"/api/v1/{plural}", {**more, name: value})
            if not refused(r, 400, 422):
                wrong.append(f"POST {plural} {name}: {r}")
            r = aa.patch(world.paths[like], {name: value}, aa.get(world.paths[like]).etag)
            if not refused(r, 400, 422):
                wrong.append(f"PATCH {like} {name}: {r}")
        r = aa.post(world.paths["draft"] + "/submit", {name: value})
        if not refused(r, 400, 422):
            wrong.append(f"submit {name}: {r}")
        r = aa.post(world.paths["incident"] + "/comments", {"text": "x", name: value})
        if not refused(r, 400, 422):
            wrong.append(f"comment {name}: {r}")
    for plural, body in (("deliveries", {"warning": world.ids["issued"], "recipient": other, "channel": "inbox"}),
                         ("assessments", {"warning": world.ids["issued"], "count": 1})):
        r = world.who["ba"].post(f"/api/v1/{plural}", body)
        if not refused(r):
            wrong.append(f"POST {plural}: {r}")
    for d in aa.items("/api/v1/deliveries")[:1]:
        path = "/api/v1/deliveries/" + d["id"]
        r = aa.patch(path, {"recipient": world.team["Gamma"]}, aa.get(path).etag)
        if not refused(r):
            wrong.append(f"PATCH delivery: {r}")
    tap.ok(not wrong, "what the server sets is refused in every body", "\n".join(wrong))


def four_eyes(world):
    """Steps are for their roles; who writes does not approve."""
    w, wrong = world.who, []
    p = world.paths["draft"]
    for who, step in (("ar", "submit"), ("aa", "approve"), ("ba", "submit"), ("bl", "approve"), ("bl", "issue"), ("sec", "approve"),
                      ("bl", "withdraw")):
        r = w[who].post(f"{p}/{step}", {"reason": "x"} if step == "withdraw" else {})
        if not refused(r, 403, 404, 409):
            wrong.append(f"{who} {step}: {r}")
    for who, step in (("bl", "withdraw"), ("bl", "update"), ("ar", "withdraw"), ("aa", "withdraw")):
        r = w[who].post(f"{world.paths['issued']}/{step}", {"reason": "x"} if step == "withdraw" else {})
        if not refused(r, 403):
            wrong.append(f"{who} {step} issued: {r}")
    for who, verb, path, body in (("ar", "POST", "/api/v1/incidents", {"title": "x"}), ("aa", "POST", "/api/v1/circles", {"title": "x"}),
                                  ("al", "POST", "/api/v1/circles", {"title": "x"}), ("aa", "POST", "/api/v1/teams", {"name": "x"}),
                                  ("aa", "POST", "/api/v1/people", {"name": "x"}), ("ar", "POST", "/api/v1/import", b"x.example"),
                                  ("ar", "POST", world.paths["issued"] + "/assessments", {"state": "done"}),
                                  ("br", "POST", world.paths["issued"] + "/assessments", {"state": "done"}),
                                  ("ar", "POST", world.paths["incident"] + "/indicators", {"text": "x.example"})):
        r = w[who].call(verb, path, body)
        if not refused(r, 403, 409):
            wrong.append(f"{who} {verb} {path}: {r}")
    for who, path, body in (("al", f"/api/v1/teams/{world.team['Beta']}", {"description": "x"}), ("am", world.paths["circle"], {"description": "x"}),
                            ("bl", f"/api/v1/people/{w['aa'].me['person']}", {"name": "x"})):
        r = w[who].patch(path, body, w[who].get(path).etag)
        if r.status != 403:
            wrong.append(f"{who} changes the directory of another: {path}: {r}")
    # values pasted into a record that is another team's, or a lead's to change
    for who, path in (("ba", world.paths["shared"]), ("aa", "/api/v1/people/" + w["aa"].me["person"])):
        r = w[who].post(path + "/indicators", {"text": "pasted-by-force.example"})
        if r.status != 403 or w[who].lookup("pasted-by-force.example")[0]["count"]:
            wrong.append(f"{who} pastes into {path}: {r}")
    form, kind = lib.multipart([], [("file", "x.txt", b"x")])
    if w["ar"].call("POST", world.paths["incident"] + "/files", form, {"Content-Type": kind}).status != 403:
        wrong.append("a reader attaches a file")
    tap.ok(not wrong, "each role does only its own", "\n".join(wrong))


def rosters(world):
    """A circle's history cannot be rewritten, and nobody makes himself a client or a member."""
    sec, gl, al, wrong = world.who["sec"], world.who["gl"], world.who["al"], []
    path = "/api/v1/memberships/" + world.member[world.team["Delta"]]
    for body in ({"joined_roster": 0}, {"left_roster": 1}, {"team": world.team["Gamma"]}, {"circle": world.ids["quiet"]}):
        r = sec.patch(path, body, sec.get(path).etag)
        if not refused(r):
            wrong.append(f"PATCH membership {body}: {r}")
    r = sec.post("/api/v1/memberships", {"circle": world.ids["circle"], "team": world.team["Gamma"], "joined_roster": 1})
    if not refused(r):
        wrong.append(f"POST membership with a roster: {r}")
    # a client of Beta would read what AMBER lets Beta's clients read
    team = f"/api/v1/teams/{world.team['Gamma']}"
    r = gl.patch(team, {"client_of": [world.team["Beta"]]}, gl.get(team).etag)
    if not refused(r):
        wrong.append(f"Gamma makes itself a client: {r.status}")
    if gl.get(world.paths["issued"]).status != 404 or gl.get(world.paths["correction"]).status != 404:
        wrong.append("a client by its own word reads warnings")
    bundle = {"type": "bundle", "id": fresh_id("bundle--x"), "objects": [
        {"type": "x-hikeshi-membership", "spec_version": "2.1", "id": fresh_id("x-hikeshi-membership--x"), "circle": world.ids["circle"],
         "team": world.team["Gamma"], "joined_roster": 1, "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z"},
        {"type": "x-hikeshi-team", "spec_version": "2.1", "id": world.team["Alpha"], "name": "Alpha", "client_of": [world.team["Gamma"]],
         "created": "2030-01-01T00:00:00.000Z", "modified": "2030-01-01T00:00:00.000Z"}]}
    world.who["ga"].call("POST", "/api/v1/import?format=stix", json.dumps(bundle))
    time.sleep(1)
    if gl.get(world.paths["circleind"]).status != 404 or world.ids["circle"] in gl.get("/api/v1/circles").text:
        wrong.append("an imported membership counts")
    r = world.who["ga"].post("/api/v1/stix/x-hikeshi-membership", {"object": bundle["objects"][0]})
    if not refused(r):
        wrong.append(f"a membership as STIX: {r}")
    # a later joiner, then one who left
    sec.made("/api/v1/memberships", {"circle": world.ids["circle"], "team": world.team["Gamma"]})
    if gl.get(world.paths["circleind"]).status != 404 or gl.get(world.paths["shared"]).status != 404:
        wrong.append("a later joiner reads what was labelled before")
    world.who["aa"].patch(world.paths["shared"], {"summary": "changed"}, world.who["aa"].get(world.paths["shared"]).etag)
    if gl.get(world.paths["shared"]).status != 404:
        wrong.append("a change of the text lets a later joiner in")
    world.put("after", "aa", "indicators", {"value": "after.example", "tlp": "TLP:AMBER", "circles": [world.ids["circle"]]})
    if gl.get(world.paths["after"]).status != 200:
        wrong.append("a member does not read what came after joining")
    sec.patch(path, {"left_at": lib.moment()}, sec.get(path).etag)
    for name in ("after", "circleind", "shared", "circle"):
        if world.who["dl"].get(world.paths[name]).status != 404:
            wrong.append(f"who left the circle reads {name}")
    r = sec.patch(path, {"left_at": None}, sec.get(path).etag)
    if not refused(r) or world.who["dl"].get(world.paths["circleind"]).status != 404:
        wrong.append(f"leaving is undone: {r.status}")
    again = sec.post("/api/v1/memberships", {"circle": world.ids["circle"], "team": world.team["Delta"]})
    if again.status != 201 or world.who["dl"].get(world.paths["circleind"]).status != 404:
        wrong.append(f"who comes back reads what was before: {again.status}")
    tap.ok(not wrong, "rosters hold", "\n".join(wrong))


def laundering(world):
    """What came with a label keeps it: one's own copy is not passed on more widely than the originator allowed."""
    ba, bl, aa, wrong = world.who["ba"], world.who["bl"], world.who["aa"], []
    p = world.paths["circleind"]
    r = world.who["br"].patch(p, {"object": {"description": "by a reader"}}, world.who["br"].get(p).etag)
    if r.status != 403:
        wrong.append(f"a reader makes a copy: {r.status}")
    r = ba.patch(p, {"object": {"description": "seen here"}}, ba.get(p).etag)
    if r.status != 200:
        wrong.append(f"a copy of one's own: {r}")
    for body in ({"tlp": "TLP:CLEAR"}, {"tlp": "TLP:GREEN"}, {"circles": [world.ids["circle"]]}, {"tlp": "TLP:GREEN", "circles": [world.ids["circle"]]},
                 {"named": [world.who["ga"].me["person"]]}, {"expires": "2099-01-01T00:00:00Z", "tlp": "TLP:AMBER", "circles": [world.ids["circle"]]}):
        r = ba.patch(p, body, ba.get(p).etag)
        if not refused(r, 403):
            wrong.append(f"relabelled {body}: {r.status} {r.json.get('tlp')} {r.json.get('circles')}")
    r = ba.patch(p, {"tlp": "TLP:RED"}, ba.get(p).etag)
    if r.status != 200:
        wrong.append(f"stricter for oneself: {r}")
    # the same through a warning of one's own
    q = world.who["ba"].made("/api/v1/warnings", {"title": "x", "summary": "x", "class": "alert", "urgency": "low", "severity": "low", "tlp": "TLP:GREEN",
        "whom": {"teams": [world.team["Gamma"]]}, "what": {"event_type": "compromise", "impact": "x", "indicators": [world.ids["circleind"]]},
        "when": {"known_at": lib.moment(), "valid_until": lib.moment(9999)}, "why": {"rationale": "x", "confidence": "low", "basis": "own"},
        "how": {"mitigate": [{"text": "x", "kind": "temporary"}], "report_back": "x"}, "who": {"contact": "x@beta.example"}})
    if ba.post(f"/api/v1/warnings/{q['id']}/submit", {}).status != 422:
        wrong.append("another team's indicator goes along with a warning of TLP:GREEN")
    # a copy under an embargo is for the originator until then; the answer to setting it does not show it either
    r = ba.patch(p, {"not_before": "2099-01-01T00:00:00Z"}, ba.get(p).etag)
    if "zqcircindqz" in r.text:
        wrong.append(f"an embargo's own answer: {r}")
    if aa.get(p).json["tlp"] != "TLP:AMBER" or "seen here" in aa.get(p).text:
        wrong.append("the originator's own changed")
    if any(world.who["ga"].get(x).status != 404 for x in (p,)):
        wrong.append("Gamma reads it")
    tap.ok(not wrong, "labels hold", "\n".join(wrong))


def same_id(world):
    """Creating what another team holds under that id answers as if nobody did."""
    ga, wrong = world.who["ga"], []
    for name, like in (("indicator", "incident"), ("quietind", "report")):
        obj = {"type": "indicator", "spec_version": "2.1", "id": world.ids[name], "created": "2020-01-01T00:00:00.000Z",
               "modified": "2020-01-01T00:00:00.000Z", "pattern": "[domain-name:value = 'g.example']", "pattern_type": "stix",
               "valid_from": "2020-01-01T00:00:00Z"}
        free = {**obj, "id": fresh_id(obj["id"])}
        a, b = ga.post("/api/v1/indicators", {"object": obj}), ga.post("/api/v1/indicators", {"object": free})
        sa, sb = shape(a, obj["id"]), shape(b, free["id"])
        strip = lambda s: re.sub(r'"(created|modified)": "[^"]*"', "", s[1])
        if (sa[0], strip(sa), sa[2]) != (sb[0], strip(sb), sb[2]) or a.status != 201:
            wrong.append(f"{a} / {b}")
        if ga.get(f"/api/v1/indicators/{obj['id']}/history").json["items"][0]["kind"] != "create":
            wrong.append("history")
        if world.who["aa"].get(world.paths[name]).text.find("g.example") >= 0:
            wrong.append("Alpha's was overwritten")
        free2 = {**obj, "id": fresh_id(obj["id"])}
        counts = []
        for o in ("indicator--" + world.ids[like].rpartition("--")[2], free2["id"]):
            bundle = {"type": "bundle", "id": fresh_id("bundle--x"), "objects": [{**obj, "id": o}]}
            job = ga.call("POST", "/api/v1/import?format=stix", json.dumps(bundle)).json["job"]
            done = lib.wait_for(lambda: (j := ga.get(f"/api/v1/jobs/{job}").json)["state"] in ("done", "failed") and j, 10)
            counts.append(json.dumps((done["result"] or done)["objects"] if done and done["result"] else done))
        if counts[0] != counts[1]:
            wrong.append(f"import counts {counts}")
    tap.ok(not wrong, "an id of another team's is a free id", "\n".join(wrong))


def numbers(world):
    """Forged answers and links do not lift the cover from small numbers."""
    ba, wrong = world.who["ba"], []
    for relation in ("answers", "delivery", "vouches", "comment"):
        r = ba.post(world.paths["breport"] + "/links", {"target": world.ids["issued"], "relation": relation})
        if not refused(r):
            wrong.append(f"link {relation}: {r.status}")
    r = ba.get(world.paths["issued"] + "/assessments").json
    if r["counts"]["answered"] is not None or r["counts"]["recipients"] is not None or len(r["items"]) != 1:
        wrong.append(f"{r}")
    for below in ("/deliveries", "/receipts", "/calls", "/preview"):
        if ba.get(world.paths["issued"] + below).status != 403:
            wrong.append(below)
    tap.ok(not wrong, "small numbers stay covered", "\n".join(wrong))


def files(world):
    """Files stay with the team that holds the record, and with the record they belong to."""
    w, wrong = world.who, []
    for who, name, file, code in (("aa", "shared", world.sharedfile, 200), ("ar", "shared", world.sharedfile, 200), ("ba", "shared", world.sharedfile, 404),
                                  ("da", "shared", world.sharedfile, 404), ("ga", "shared", world.sharedfile, 404), ("aa", "incident", world.file, 200),
                                  ("aa", "red", world.redfile, 200), ("ar", "red", world.redfile, 404), ("ar", "incident", world.redfile, 404),
                                  ("aa", "report", world.file, 404), ("ba", "bincident", world.file, 404), ("ba", "bincident", world.sharedfile, 404)):
        r = w[who].get(f"{world.paths[name]}/files/{file}")
        if r.status != code or (code != 200 and b"zq" in r.body):
            wrong.append(f"{who} {name} {file}: {r}")
    if "zqsh" in w["ba"].get(world.paths["shared"] + "/files").text:
        wrong.append("the list of files")
    form, kind = lib.multipart([], [("file", "x.txt", b"x")])
    for who, code in (("ba", (403, 404)), ("br", (403, 404)), ("ar", (403,))):
        r = w[who].call("POST", world.paths["shared"] + "/files", form, {"Content-Type": kind})
        if r.status not in code:
            wrong.append(f"{who} attaches: {r}")
    # Alpha and Beta hold the same id, each for itself: that Alpha does is not told by a link of what it shares
    both = {"type": "indicator", "spec_version": "2.1", "id": fresh_id("indicator--x"), "created": "2020-01-01T00:00:00.000Z",
            "modified": "2020-01-01T00:00:00.000Z", "pattern": "[domain-name:value = 'both.example']", "pattern_type": "stix",
            "valid_from": "2020-01-01T00:00:00Z"}
    for who in ("aa", "ba"):
        w[who].made("/api/v1/indicators", {"object": both})
    w["aa"].made(world.paths["shared"] + "/links", {"target": both["id"], "relation": "has"})
    if both["id"] in w["ba"].get(world.paths["shared"] + "/links").text or both["id"] not in w["aa"].get(world.paths["shared"] + "/links").text:
        wrong.append("a link tells what Alpha holds for itself")
    tap.ok(not wrong, "files stay with their team and record", "\n".join(wrong))


def reminders(world):
    """Nobody is reminded of what he may not read."""
    if not world.mail or not world.mail.port:
        tap.skip("reminders", "no mail server")
        return
    al, aa = world.who["al"], world.who["aa"]
    w = world.warning("soon", "aa", "al", {"aa", "al", "am", "ba"}, circles=[], tlp="TLP:RED", whom={"people": [world.person_b]},
                      when={"known_at": lib.moment(-60), "valid_until": lib.moment(864000), "ack_by": lib.moment(4)})
    world.issue("soon")
    link = w["id"].rpartition("--")[2]
    told = lambda: [m for m in world.mail.all() if link in lib.mail_text(m)]
    lib.wait_for(lambda: len(told()) >= 3, 20)
    time.sleep(1)
    to = {str(m["X-Rcpt-To"]) for m in told()}
    tap.ok(len(told()) >= 2 and all("ba@beta" in t for t in to), "only the one who is named is reminded", f"{len(told())} {to}")
    del al, aa


def browsers(world):
    """Other sites' pages, cookies, sessions, sign-in links."""
    n, wrong = world.node, []
    al = world.who["al"]
    cookie = lib.Client(n, email_address="al@alpha.example")
    raw = cookie.call("POST", "/api/v1/session", {"email": "al@alpha.example", "password": lib.PASSWORD}, {"Cookie": "__Host-sid=fixed"})
    sets = raw.headers.get("Set-Cookie") or ""
    for word_ in ("__Host-sid=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        if word_ not in sets:
            wrong.append(f"cookie without {word_}: {sets}")
    if "fixed" in sets or "Domain" in sets:
        wrong.append("the session was given from outside")
    host = f"127.0.0.1:{n.port}"
    for site, origin, good in ((None, None, False), ("cross-site", None, False), ("same-site", None, False), ("none", None, False),
                               ("cross-site", f"http://{host}", False), (None, "http://evil.example", False), (None, "null", False),
                               (None, f"http://{host}.evil.example", False), (None, f"http://{host}", True), ("same-origin", None, True)):
        for method, path, body in (("POST", "/api/v1/tasks", {"title": "x"}), ("PATCH", "/api/v1/me", {"language": "en"}),
                                   ("POST", "/api/v1/tokens", {"name": "x"}), ("DELETE", world.paths["incident"] + "/links", {}),
                                   ("POST", "/api/v1/lookup", {"values": []})):
            r = cookie.call(method, path, body, {"Sec-Fetch-Site": site, "Origin": origin})
            if good == (r.status == 403):
                wrong.append(f"{site} {origin} {method} {path}: {r.status}")
        r = lib.Client(n).call("POST", "/api/v1/session", {"email": "al@alpha.example", "password": lib.PASSWORD},
                               {"Sec-Fetch-Site": site, "Origin": origin})
        if (r.status == 200) != (good or site == "none" or (site is None and origin is None)):
            wrong.append(f"sign in from {site} {origin}: {r.status}")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        r = cookie.call("POST", "/api/v1/tasks", b'{"title":"x"}', {"Content-Type": kind})
        if not refused(r, 400, 415):
            wrong.append(f"content type {kind}: {r.status}")
    both = lib.Client(n, token=n.token("al@alpha.example"))
    both.cookie = cookie.cookie
    if both.get("/api/v1/me").status != 400:
        wrong.append("a token and a session together")
    for auth in ("Basic " + base64.b64encode(b"al@alpha.example:x").decode(), "Bearer ", "Bearer x", "bearer " + "A" * 5000):
        if lib.Client(n).get("/api/v1/me", Authorization=auth).status not in (401, 431):
            wrong.append(f"Authorization {auth[:20]}")
    for method in ("PUT", "TRACE", "OPTIONS", "CONNECT", "PROPFIND"):
        try:
            if cookie.call(method, world.paths["incident"], {"title": "x"}).status < 400 and method != "OPTIONS":
                wrong.append(method)
        except (OSError, http.client.HTTPException):
            pass
    r = cookie.call("POST", world.paths["incident"], {"title": "zz"}, {"X-HTTP-Method-Override": "PATCH"})
    if r.status < 400:
        wrong.append("method override")
    old = cookie.cookie
    cookie.call("DELETE", "/api/v1/session")
    cookie.cookie = old
    if cookie.get("/api/v1/me").status != 401:
        wrong.append("a session lives after signing out")
    for who in ("aa", "ba"):
        r = world.who[who].call("POST", "/api/v1/tasks", {"title": who}, {"Idempotency-Key": "one-key"})
        if r.status != 201 or r.json["title"] != who:
            wrong.append(f"Idempotency-Key of another: {r}")
    tok = al.post("/api/v1/tokens", {"name": "mine"}).json
    for who in ("aa", "ba", "root"):
        if world.who[who].call("DELETE", f"/api/v1/tokens/{tok['id']}").status != 404 or tok["token"] in world.who[who].get("/api/v1/tokens").text:
            wrong.append(f"{who} reaches a token of another")
    if tok["token"] in al.get("/api/v1/tokens").text:
        wrong.append("a token is shown twice")
    tap.ok(not wrong, "no page, cookie or method gets around signing in", "\n".join(wrong))


def sign_in_links(world):
    """A link for signing in works once."""
    n = world.node
    out = n.run("user", "add", "--email", "new@alpha.example", "--role", "reader", "--team", "Alpha")
    found = re.search(r"token=([A-Za-z0-9_-]+)|#([A-Za-z0-9_-]{20,})|/sign-in/([A-Za-z0-9_-]{20,})", out[1] + out[2])
    if not found:
        tap.ok(False, "a new account gets a link", out)
        return
    secret = next(g for g in found.groups() if g)
    first = lib.Client(n).post("/api/v1/session", {"token": secret})
    again = lib.Client(n).post("/api/v1/session", {"token": secret})
    tap.ok(first.status == 200 and again.status in (401, 403), "a sign-in link works once", f"{first} {again}")
    tap.ok(lib.Client(n, token=secret).get("/api/v1/me").status == 401, "and is no API token")


def hostile_text(world):
    """Scripts in every field come back as JSON or escaped; headers stand on every answer; cells are no formulas."""
    n, aa, wrong = world.node, world.who["aa"], []
    nobody = lib.Client(n)
    fields = {k: XSS for k in ("title", "description", "name", "email", "organization", "occurred", "purpose")}
    for extra in ({}, {"team": XSS}, {"language": XSS}, {"may_share": XSS}, {"tlp": XSS}):
        body, kind = lib.form({**fields, **extra})
        r = nobody.call("POST", "/report", body, {"Content-Type": kind})
        if "<script" in r.text or "<img" in r.text or r.status >= 500:
            wrong.append(f"/report {extra}: {r}")
    for path in ("/report?team=", "/report?lang=", "/report/status?number=", "/report/status?code=x&number=", "/", "/x"):
        r = nobody.get(path + "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        if "<script>alert" in r.text:
            wrong.append(f"{path}: {r.text[:200]}")
    made = [aa.made("/api/v1/incidents", {"title": XSS, "summary": XSS, "notes": XSS}),
            aa.made("/api/v1/indicators", {"value": "xss.example", "object": {"name": XSS, "description": "=cmd|' /C calc'!A0"}})]
    form, kind = lib.multipart([], [("file", "x.html", b"<script>alert(1)</script>")])
    files = aa.call("POST", f"/api/v1/incidents/{made[0]['id']}/files", form, {"Content-Type": kind}).json["items"]
    paths = ["/", "/report", "/report/status", "/healthz", "/metrics", "/readyz", "/api/openapi.json", "/api/v1/nothing", "/api/v1/me", "/nothing.html",
             "/.well-known/security.txt", "/assets/none.js", "/api/v1/catalog", "/api/v1/search?q=alert", f"/api/v1/incidents/{made[0]['id']}",
             f"/api/v1/incidents/{made[0]['id']}/files/{files[0]['id']}", "/api/v1/export?format=csv", "/api/v1/warnings?cursor=%3Cscript%3E",
             "/api/v1/incidents?%3Cscript%3E=1", "/api/v1/%3Cscript%3E", "/api/v1/reports/%3Cscript%3E"]
    for who, c in (("nobody", nobody), ("aa", aa)):
        for path in paths:
            for method in ("GET", "POST") if path.startswith("/api/v1/n") else ("GET",):
                r = c.call(method, path)
                got = {k.lower(): v for k, v in r.headers.items()}
                for k, v in HEADERS.items():
                    csp_file = k == "content-security-policy" and "/files/" in path
                    if v not in got.get(k, "") and not (csp_file and "sandbox" in got.get(k, "")):
                        wrong.append(f"{who} {path}: no {k} ({r.status})")
                if r.status >= 500 or ("text/html" in got.get("content-type", "") and "<script>alert" in r.text):
                    wrong.append(f"{who} {path}: {r}")
    r = aa.get(f"/api/v1/incidents/{made[0]['id']}/files/{files[0]['id']}")
    if r.headers.get("Content-Type") != "application/octet-stream" or not r.headers.get("Content-Disposition", "").startswith("attachment"):
        wrong.append(f"file: {r.headers}")
    aa.made("/api/v1/indicators", {"object": {"type": "indicator", "name": "=1+1", "description": "@SUM(A1)", "pattern_type": "stix",
            "pattern": "[file:name = '=cmd']", "valid_from": "2020-01-01T00:00:00Z"}})
    for line in aa.get("/api/v1/export?format=csv").text.splitlines():
        for cell in re.findall(r'(?:^|,)("?)([^",]*)', line):
            if cell[1][:1] in "=+@\t\uff1d\uff0b\uff20" and cell[1]:
                wrong.append(f"a formula: {line[:200]}")
    tap.ok(not wrong, "hostile text does nothing", "\n".join(wrong[:12]))


def raw_request(world, data, seconds=5):
    with socket.create_connection(("127.0.0.1", world.node.port), timeout=seconds) as s:
        s.sendall(data)
        try:
            return s.recv(65536)
        except OSError:
            return b""


def sizes(world):
    """Odd paths and sizes are refused and leave the server standing."""
    aa, wrong = world.who["aa"], []
    token = world.node.token("aa@alpha.example")
    for path in ("/..%2f..%2fetc%2fpasswd", "/assets/../../etc/passwd", "/assets/..%2f..%2fconfig", "/%00", "/api/v1/incidents/%00", "/api/v1/incidents/%ff",
                 "/api/v1//incidents", "/api/v1/incidents/" + "A" * 4000, "/api/v1/incidents?q=" + "A" * 6000, "/api/v1/files/..%2f", "//etc/passwd",
                 "/api/v1/incidents/..%2fwarnings", "/api/v1/incidents?limit=0", "/api/v1/incidents?limit=99999999999999999999", "/api/v1/search?q=%ff%fe",
                 "/api/v1/incidents?cursor=AAAAAAAAAAAAAAAAAAAAAA", "/api/v1/incidents?state=" + ",".join("ab") * 300, "/api/v1/stix/..", "/config", "/hikeshi.db"):
        got = raw_request(world, f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode())
        status = int(got.split(b" ")[1]) if got.startswith(b"HTTP/") else 0
        if status >= 500 or b"root:" in got or b"SQLite" in got:
            wrong.append(f"{path[:60]}: {got[:120]}")
    deep = b'{"title":' + b"[" * 100000 + b"]" * 100000 + b"}"
    for body in (deep, b'{"title":"' + b"A" * 9_000_000 + b'"}', b'{"title":"x","title":"y"}', b'{"title":"\xff"}', b"[]", b"null", b'{"title":1e999}', b"{",
                 json.dumps({"title": "x" * 100000}).encode(), json.dumps({f"k{i}": 1 for i in range(50000)}).encode(),
                 json.dumps({"title": "x", "circles": [world.ids["circle"]] * 5000}).encode()):
        r = aa.call("POST", "/api/v1/incidents", body, {"Content-Type": "application/json"})
        if not refused(r, 400, 413, 422):
            wrong.append(f"{body[:30]}: {r.status}")
    r = aa.post("/api/v1/lookup", {"values": ["x"] * 10001})
    if not refused(r, 413, 422):
        wrong.append(f"lookup: {r.status}")
    for head in ({"Idempotency-Key": "k" * 300}, {"If-Match": '"r' + "9" * 400 + '"'}, {"Accept-Language": "x" * 3000}):
        r = aa.call("POST", "/api/v1/tasks", {"title": "x"}, head)
        if r.status >= 500:
            wrong.append(f"{head}: {r.status}")
    if aa.get("/readyz").status != 200:
        wrong.append("the server is not ready")
    tap.ok(not wrong, "odd paths and sizes are refused", "\n".join(wrong))


def withdrawn(world):
    """A withdrawal while a correction is being written reaches those who had it, and tells nobody else."""
    al, wrong = world.who["al"], []
    r = al.post(world.paths["correction"] + "/withdraw", {"reason": "mistake"})
    if r.status != 200:
        tap.ok(r.status == 409, "a warning being corrected is not withdrawn", r)
        return
    teams = {d["team"] for d in al.get(world.paths["correction"] + "/deliveries").json["items"]}
    if teams != {world.team["Beta"]}:
        wrong.append(f"delivered to {teams}")
    if world.who["ga"].get(world.paths["correction"]).status != 404:
        wrong.append("Gamma reads it")
    text = world.who["ba"].get(world.paths["correction"]).text
    if "corrnew" in text:
        wrong.append("the withdrawn copy holds the correction")
    tap.ok(not wrong, "a withdrawal goes by what was issued", "\n".join(wrong))


PARTS = (mass_assignment, four_eyes, files, reminders, numbers, same_id, rosters, laundering, withdrawn, browsers, sign_in_links, hostile_text, sizes)
