#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""see_as: a lead or an administrator looks as another role of the own team: what that role sees, made by the server, for
reading only, until it is ended; never more than one has.
"""
from lib import Client, Node, Tap, options, wait_for

tap = Tap()
AT = "/api/v1/session/see-as"


def world(args):
    n = Node(args)
    n.init("Alpha", "admin@a.example")
    n.team("Beta")
    for name, role, team in (("ann", "analyst", "Alpha"), ("rea", "reader", "Alpha"), ("lea", "lead", "Alpha"), ("man", "manager", "Alpha"),
                             ("sec", "secretariat", "Alpha"), ("eve", "lead", "Beta")):
        n.user(f"{name}@a.example", role, team, name=name)
    n.start()
    return n


def look(c, role):
    """As a browser does: keeps the cookie that comes with the answer."""
    r = c.post(AT, {"role": role})
    if r.status == 200:
        c.cookie = f"{c.plain}; {r.headers['Set-Cookie'].split(';')[0]}"
    return r


def signed_in(n, address):
    c = n.client(address)
    c.plain = c.cookie
    return c


def who(n):
    tap.part("who may look as whom")
    roles = ("reader", "analyst", "lead", "manager", "secretariat", "administrator")
    table = {"rea": "", "ann": "", "man": "", "lea": "reader analyst manager", "sec": "reader analyst lead manager",
             "admin": "reader analyst lead manager secretariat"}
    for name, may in table.items():
        c = signed_in(n, f"{name}@a.example")
        tap.equal(c.me["see_as"], c.read("/api/v1/me")["see_as"], "told when signing in")
        tap.equal(c.me["see_as"], [r for r in ("reader", "analyst", "lead", "manager", "secretariat") if r in may.split()], f"{name} is told whom")
        for role in roles:
            r = c.post(AT, {"role": role})
            tap.status(r, 200 if role in may.split() else 403, f"{name} as {role}")
    c = signed_in(n, "admin@a.example")
    for wrong in ({}, {"role": "god"}, {"role": 1}, {"role": None}, {"role": "reader", "team": "x"}, {"role": ["reader"]}):
        tap.status(c.post(AT, wrong), 422, f"refused: {wrong}")
    tap.status(Client(n).post(AT, {"role": "reader"}), 401, "nobody looks without a session")
    token = Client(n, token=n.token("admin@a.example", "read", "write", "admin"))
    r = token.post(AT, {"role": "reader"})
    tap.ok(r.status == 403 and r.code() == "token", "a token has no screens", r)
    tap.equal(token.read("/api/v1/me")["see_as"], [], "and is not told of it")
    tap.status(c.call("POST", AT, {"role": "reader"}, {"Sec-Fetch-Site": "cross-site"}), 403, "another site switches nothing")


def lens(n):
    tap.part("what is seen")
    admin, ann, eve = (signed_in(n, f"{x}@a.example") for x in ("admin", "ann", "eve"))
    inc = ann.made("/api/v1/incidents", {"title": "of the team"})
    red = admin.made("/api/v1/incidents", {"title": "canary for the administrator", "tlp": "TLP:RED"})
    tap.status(admin.get("/api/v1/peers"), 200, "an administrator reads the links")
    before = admin.stream()
    before.wait("hello")
    r = look(admin, "analyst")
    me = r.json
    tap.ok(r.status == 200 and me["role"] == "analyst" and me["own_role"] == "administrator" and me["person"] is None, "it is on, and me says both roles", r)
    cookie = r.headers["Set-Cookie"]
    tap.ok(all(x in cookie for x in ("__Host-see-as=analyst", "HttpOnly", "Secure", "SameSite=Strict", "Path=/")), "no script of the page sets it", cookie)
    tap.equal(set(me["rights"]), set(ann.read("/api/v1/me")["rights"]), "with the rights of that role to be shown")
    wait_for(lambda: before.closed)
    tap.ok(True, "streams of before are closed")
    for path in ("/api/v1/incidents", "/api/v1/incidents/count", "/api/v1/teams", "/api/v1/people", "/api/v1/reports", "/api/v1/warnings",
                 "/api/v1/figures/warnings", "/api/v1/search?q=canary", "/api/v1/export?format=stix", f"/api/v1/incidents/{inc['id']}/history"):
        a, b = admin.get(path), ann.get(path)
        tap.ok(a.status == b.status == 200 and "canary" not in a.text and sorted(x["id"] for x in (a.json or {}).get("items", []) if "id" in x) ==
               sorted(x["id"] for x in (b.json or {}).get("items", []) if "id" in x) if path[-4:] != "stix" else "canary" not in a.text, f"as an analyst sees it: {path}", a)
    for path in ("/api/v1/peers", "/api/v1/sources", "/api/v1/peers/self"):
        tap.equal(admin.get(path).status, ann.get(path).status, f"and not {path}")
    tap.status(admin.get(f"/api/v1/incidents/{red['id']}"), 404, "what names the administrator in person is not shown")
    tap.status(admin.get(f"/api/v1/incidents/{inc['id']}"), 200, "what the team has is")
    s = admin.stream()
    s.wait("hello")
    admin2 = signed_in(n, "admin@a.example")
    admin2.made("/api/v1/incidents", {"title": "canary two", "tlp": "TLP:RED"})
    last = ann.made("/api/v1/incidents", {"title": "after it"})
    s.wait("incidents.create", about=last["id"])
    tap.equal(len(s.seen("incidents.create")), 1, "the stream tells what that role is told")
    tap.equal(admin2.read("/api/v1/me")["own_role"], None, "another session of the same account is as it was")

    tap.part("nothing is changed")
    etag = admin.get(f"/api/v1/incidents/{inc['id']}").etag
    tries = [("PATCH", f"/api/v1/incidents/{inc['id']}", {"title": "x"}), ("POST", "/api/v1/incidents", {"title": "x"}), ("PATCH", "/api/v1/me", {"name": "x"}),
             ("POST", f"/api/v1/incidents/{inc['id']}/comments", {"text": "x"}), ("POST", "/api/v1/tokens", {"name": "x"}), ("POST", "/api/v1/import", "x"),
             ("POST", "/api/v1/session/confirm", {"password": "x"}), ("POST", "/api/v1/lookup", {"values": ["a.example"]}), ("POST", "/api/v1/peers", {}),
             ("POST", f"/api/v1/incidents/{inc['id']}/presence", {"state": "viewing"}), ("POST", "/api/v1/incidents:bulk", {}),
             ("DELETE", f"/api/v1/incidents/{inc['id']}/links", {}), ("DELETE", "/api/v1/tokens/1", None), ("DELETE", "/api/v1/peers/1", None), ("DELETE", "/api/v1/me/sessions", None)]
    for method, path, body in tries:
        r = admin.call(method, path, body, {"If-Match": etag} if method == "PATCH" else None)
        tap.ok(r.status == 403 and r.code() == "seeing_as", f"refused: {method} {path}", r)
    ja = Client(n, language="ja")
    ja.cookie = admin.cookie
    tap.ok("別の役割" in ja.post("/api/v1/incidents", {"title": "x"}).text, "and says why in Japanese")
    tap.equal(ann.read(f"/api/v1/incidents/{inc['id']}")["title"], "of the team", "nothing has happened")

    tap.part("a cookie gives nothing")
    for c, name in ((ann, "ann"), (eve, "eve")):
        for role in ("administrator", "secretariat", "lead", "god", ""):
            forged = Client(n)
            forged.cookie = f"{c.plain}; __Host-see-as={role}"
            tap.ok(forged.get("/api/v1/peers").status == 403 and "canary" not in forged.get("/api/v1/incidents").text, f"{name} with a forged {role or 'empty'} has no more")
            tap.ok(role == "" or forged.post("/api/v1/incidents", {"title": "forged"}).status == 403, "and writes nothing")
    lone = Client(n)
    lone.cookie = "__Host-see-as=administrator"
    tap.status(lone.get("/api/v1/incidents"), 401, "alone it is nobody")

    tap.part("the way out")
    tap.equal(look(admin, "reader").json["role"], "reader", "from one role to the next, by the role one has")
    r = admin.call("DELETE", AT)
    tap.ok(r.status == 204 and "Max-Age=0" in r.headers["Set-Cookie"], "one request ends it", r)
    admin.cookie = admin.plain
    tap.equal((admin.read("/api/v1/me")["role"], admin.read("/api/v1/me")["own_role"]), ("administrator", None), "and all is as it was")
    tap.status(admin.get(f"/api/v1/incidents/{red['id']}"), 200, "what names him too")
    tap.status(admin.call("DELETE", AT), 204, "ending what is not on is fine")
    look(admin, "reader")
    n.stop()
    n.start()
    tap.equal(admin.read("/api/v1/me")["role"], "reader", "it lasts over a restart")
    r = admin.call("DELETE", "/api/v1/session")
    tap.ok(r.status == 204 and any("__Host-see-as=;" in v for k, v in r.headers.items() if k.lower() == "set-cookie"), "signing out ends it too", r)


def opened(n):
    tap.part("looking opens nothing for the team")
    lea, eve = signed_in(n, "lea@a.example"), signed_in(n, "eve@a.example")
    beta = n.team_id("Beta")
    w = lea.made("/api/v1/warnings", {
        "title": "t", "summary": "s", "class": "alert", "urgency": "high", "severity": "high", "tlp": "TLP:GREEN", "whom": {"teams": [beta]},
        "what": {"event_type": "attack", "impact": "i"}, "when": {"known_at": "2026-01-01T00:00:00Z", "valid_until": "2036-01-01T00:00:00Z"},
        "why": {"rationale": "r", "confidence": "high", "basis": "vendor"}, "how": {"mitigate": [{"text": "m"}], "report_back": "b"}, "who": {"contact": "c"}})
    path = f"/api/v1/warnings/{w['id']}"
    for name, more in (("submit", {}), ("approve", {"reason": "alone"}), ("issue", {})):
        r = lea.step(path, name, more)
        if r.status != 200:
            raise RuntimeError(f"{name}: {r}")
    states = lambda: [d["state"] for d in lea.items(f"{path}/deliveries") if d["channel"] == "inbox"]
    look(eve, "reader")
    tap.status(eve.get(path), 200, "read by who looks as another role")
    tap.equal(states(), ["delivered"], "it is not opened for that")
    eve.cookie = eve.plain
    eve.read(path)
    tap.equal(states(), ["opened"], "it is when somebody reads it as himself")


def main():
    args = options(__doc__)
    n = world(args)
    tap.guard(who, n)
    tap.guard(lens, n)
    tap.guard(opened, n)
    n.stop()
    status, out, err = n.run("verify")
    tap.ok(status == 0, "the journal stands, with who looked as whom", out + err)
    tap.end()


if __name__ == "__main__":
    main()
