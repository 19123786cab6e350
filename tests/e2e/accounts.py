#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""accounts: who may keep whose account, by role and by team; links that set a password once; one-time codes begun and
confirmed; sessions ended one by one; what a token may not; what ends when somebody is disabled; what is in the journal
and what is in no log, answer or journal. Both stores."""
import base64
import hashlib
import hmac
import json
import re
import struct
import subprocess
import threading
import time

from lib import PASSWORD, ROOT, Client, Node, options, tap, wait_for

NEW = "twelve blue boats ahead"
ROLES = ("reader", "analyst", "lead", "manager", "secretariat", "administrator")


def code_of(secret, step=0):
    """RFC 6238, as any generator has it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + step), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 10 ** 6:06d}"


def account(c, email, team=None):
    return next(a for a in c.items("/api/v1/accounts" + (f"?team={team}" if team else "")) if a["email"] == email)


def by_link(n, link, password=None, **more):
    """Opens a one-time link as a browser does: a client that is signed in, or the refusal."""
    c = Client(n)
    r = c.post("/api/v1/session", {"token": link.partition("#")[2], **({"password": password} if password else {}), **more},
               {"Sec-Fetch-Site": "same-origin"})
    if r.status == 200:
        c.cookie, c.me = r.headers["Set-Cookie"].split(";")[0], r.json
    return c, r


def journal(n):
    """The notes of the journal, oldest first, as the store has them: (kind, content)."""
    if n.store == "sqlite":
        import sqlite3
        db = sqlite3.connect(f"file:{next(n.data.glob('*.db'))}?mode=ro", uri=True)
        rows = db.execute("SELECT kind, content FROM journal WHERE content IS NOT NULL ORDER BY id").fetchall()
        db.close()
    else:
        out = subprocess.run(["psql", n.database[1], "-AtqF", "\t", "-c",
                              "SELECT kind, content FROM journal WHERE content IS NOT NULL ORDER BY id"],
                             stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        rows = [line.split("\t", 1) for line in out.splitlines() if "\t" in line]
    return [(kind, content) for kind, content in rows]


# ---- the matrix ----

def matrix(n, people):
    """Who reads the accounts of which team, and whom he may change, by role and by team."""
    tap.part("by role and by team")
    keeps = {"lead", "secretariat", "administrator"}
    mine, theirs = n.team_id("Alpha"), n.team_id("Beta")
    covers = {"lead": {"reader", "analyst", "lead"},
              "secretariat": {"reader", "analyst", "lead", "manager", "secretariat"}, "administrator": set(ROLES)}
    for team, other, home in (("alpha", theirs, True), ("beta", mine, False)):
        for role in ROLES:
            c = people[team, role]
            r = c.get("/api/v1/accounts")
            tap.status(r, 200 if role in keeps else 403, f"{team} {role} reads his team's accounts")
            r = c.get(f"/api/v1/accounts?team={other}")
            tap.status(r, 200 if home and role in ("secretariat", "administrator") else 403, f"{team} {role} reads the other team's")
            own = account(people[team, "administrator"], f"spare-{team}@x.example")
            far = account(people["alpha", "administrator"], f"spare-{'beta' if home else 'alpha'}@x.example", other if home else mine)
            for to in ROLES:
                r = c.patch(f"/api/v1/accounts/{own['id']}", {"role": to})
                tap.status(r, 200 if to in covers.get(role, ()) else 403, f"{team} {role} makes a reader {to}")
                if r.status == 200:
                    people[team, "administrator"].patch(f"/api/v1/accounts/{own['id']}", {"role": "reader"})
            far_path = f"/api/v1/accounts/{far['id']}"
            may = home and role in ("secretariat", "administrator")
            seen = 200 if may else 404 if role in keeps else 403
            tap.status(c.get(far_path), seen, f"{team} {role} reads one of the other team")
            tap.status(c.patch(far_path, {"name": "Spare"}), seen, f"{team} {role} changes one of the other team")
            tap.status(c.patch(far_path, {"disabled": False}), seen, f"{team} {role} switches on one of the other team")
            tap.status(c.post(far_path + "/link"), 201 if may else seen, f"{team} {role} makes a link for one of the other team")
            tap.status(c.call("DELETE", far_path + "/sessions"), 204 if may else seen, f"{team} {role} ends sessions of one of the other team")
            tap.status(c.call("DELETE", far_path + "/totp"), 204 if may else seen, f"{team} {role} removes codes of one of the other team")
            r = c.post("/api/v1/accounts", {"email": f"new-{team}-{role}@x.example", "role": "reader", "team": other})
            tap.status(r, 201 if may else 403, f"{team} {role} adds somebody to the other team")
            r = c.get("/api/v1/settings")
            tap.status(r, 200 if home and role == "administrator" else 403, f"{team} {role} reads the node's settings")
            tap.status(c.get("/api/v1/peers"), 200 if home and role == "administrator" else 403, f"{team} {role} reads the node's links")
            keeper = home and role in ("secretariat", "administrator")
            tap.status(c.post("/api/v1/teams", {"name": f"New of {team} {role}"}), 201 if keeper else 403, f"{team} {role} adds a team")
            sheet = c.get(f"/api/v1/teams/{other}")
            tap.status(c.patch(f"/api/v1/teams/{other}", {"sector": "finance"}, sheet.etag), 200 if keeper else 403, f"{team} {role} changes the other team's sheet")
            circle = people["alpha", "administrator"].made("/api/v1/circles", {"title": f"Of alpha, {team} {role}"})["id"]
            people["alpha", "administrator"].made(f"/api/v1/circles/{circle}/members", {"team": theirs})
            r = c.patch(f"/api/v1/circles/{circle}", {"description": "x"}, c.get(f"/api/v1/circles/{circle}").etag)
            tap.equal(r.status == 200, keeper, f"{team} {role} changes a circle of alpha")
    boss = people["alpha", "administrator"]
    tap.equal(sorted(boss.read("/api/v1/accounts")["roles"]), sorted(ROLES), "an administrator gives every role")
    tap.equal(sorted(people["alpha", "lead"].read("/api/v1/accounts")["roles"]), ["analyst", "lead", "reader"], "a lead gives those up to his own")
    above = account(boss, "administrator-alpha@x.example")
    for what in ({"role": "reader"}, {"disabled": True}, {"name": "x"}):
        tap.status(people["alpha", "lead"].patch(f"/api/v1/accounts/{above['id']}", what), 403, f"a lead does not do {what} to an administrator")
    tap.status(people["alpha", "lead"].post(f"/api/v1/accounts/{above['id']}/link"), 403, "nor makes a link for one")
    tap.status(Client(n).get("/api/v1/accounts"), 401, "nobody reads them without signing in")


# ---- ways in ----

def links(n, boss):
    tap.part("links")
    made = boss.made("/api/v1/accounts", {"email": "Mika@X.example", "name": "三上 美香", "role": "analyst", "language": "ja"})
    tap.equal((made["email"], made["role"], made["password"], made["disabled"]), ("mika@x.example", "analyst", False, False), "somebody is added")
    tap.ok(made["sign_in"].startswith(f"{n.url}/sign-in#") and made["expires"] > made["created"], "with a link", made["sign_in"][:40])
    r = boss.post("/api/v1/accounts", {"email": "mika@x.example", "role": "reader"})
    tap.ok(r.status == 409 and r.code() == "email_taken", "once", r)
    for wrong, field in (({"email": "nobody", "role": "reader"}, "/email"), ({"email": "a@x.example", "role": "king"}, "/role"),
                         ({"email": "a@x.example", "role": "reader", "team": "x"}, "/team"), ({"email": "a@x.example", "role": "reader", "admin": True}, "/admin")):
        r = boss.post("/api/v1/accounts", wrong)
        tap.ok(r.status == 422 and field in r.text, f"{field} is told", r)
    path = f"/api/v1/accounts/{made['id']}"
    _, r = by_link(n, made["sign_in"], "short")
    tap.ok(r.status == 422 and "/password" in r.text, "a password that is too short uses nothing up", r)
    mika, r = by_link(n, made["sign_in"], NEW)
    tap.status(r, 200, "the link sets the password and signs in")
    _, r = by_link(n, made["sign_in"], NEW)
    tap.ok(r.status == 401 and r.code() == "link", "once", r)
    tap.ok(boss.read(path)["password"] and boss.read(path)["last_sign_in"], "which the administrator sees")
    first = boss.post(path + "/link").json["sign_in"]
    second = boss.post(path + "/link").json["sign_in"]
    tap.status(by_link(n, first, "another of them")[1], 401, "a new link makes the older one void")
    tap.status(mika.get("/api/v1/me"), 200, "a link that nobody opened ends no session")
    again, r = by_link(n, second, NEW + "!")
    tap.equal((r.status, mika.get("/api/v1/me").status), (200, 401), "one that was opened does")
    r = boss.post(f"/api/v1/accounts/{account(boss, 'administrator-alpha@x.example')['id']}/link")
    tap.ok(r.status == 403 and r.code() == "own_link", "a link is made for somebody else", r)
    third = boss.post(path + "/link").json["sign_in"]
    boss.patch(path, {"disabled": True})
    boss.patch(path, {"disabled": False})
    tap.equal((by_link(n, third, NEW)[1].status, again.get("/api/v1/me").status), (401, 401), "neither a link nor a session outlives being disabled")


def passwords(n, address):
    tap.part("one's own password")
    c = n.client(address, password=NEW + "!")
    other = n.client(address, password=NEW + "!")
    r = c.post("/api/v1/me/password", {"old": "not it at all", "password": PASSWORD})
    tap.ok(r.status == 422 and r.code() == "old_password" and "/old" in r.text, "the old one is asked for", r)
    r = c.post("/api/v1/me/password", {"old": NEW + "!", "password": "short"})
    tap.ok(r.status == 422 and "/password" in r.text, "a new one has ten characters", r)
    tap.status(c.post("/api/v1/me/password", {"old": NEW + "!", "password": PASSWORD}), 204, "it is changed")
    tap.equal((c.get("/api/v1/me").status, other.get("/api/v1/me").status), (200, 401), "this session goes on, the others end")
    tries = [c.post("/api/v1/me/password", {"old": f"wrong {i}", "password": NEW}).status for i in range(14)]
    tap.ok(tries[0] == 422 and tries[-1] == 429 and 500 not in tries, "guessing is slowed as signing in is", tries)


def sessions(n, address):
    tap.part("sessions")
    a, b, c = (Client(n) for _ in range(3))
    for x, name in ((a, "Alpha/1"), (b, "Beta/2"), (c, "x" * 500)):
        r = x.post("/api/v1/session", {"email": address, "password": PASSWORD}, {"User-Agent": name})
        x.cookie = r.headers["Set-Cookie"].split(";")[0]
    rows = [s for s in a.items("/api/v1/me/sessions") if s["agent"]]
    tap.equal(sorted((s["agent"][:8], s["this"]) for s in rows), [("Alpha/1", True), ("Beta/2", False), ("xxxxxxxx", False)], "three, and which is this one")
    tap.ok(all(s["from"].startswith("127.0.0.1") and len(s["agent"]) <= 200 for s in rows), "with where they came from", rows)
    tap.ok(not any(x.cookie.partition("=")[2] in json.dumps(rows) for x in (a, b, c)), "no secret among them")
    page = a.read("/api/v1/me/sessions?limit=2")
    tap.equal((len(page["items"]), bool(page["next"])), (2, True), "page by page")
    live = b.stream()
    tap.ok(live.wait("hello"), "a live stream")
    beta = next(s["id"] for s in rows if s["agent"] == "Beta/2")
    tap.status(n.client("reader-alpha@x.example").call("DELETE", f"/api/v1/me/sessions/{beta}"), 404, "another's session is not there")
    tap.status(a.call("DELETE", f"/api/v1/me/sessions/{beta}"), 204, "one is ended")
    tap.status(b.get("/api/v1/me"), 401, "at once")
    tap.ok(wait_for(lambda: live.closed), "its live stream too")
    tap.status(a.call("DELETE", f"/api/v1/me/sessions/{beta}"), 404, "once")
    tap.status(a.call("DELETE", "/api/v1/me/sessions"), 204, "all others are ended")
    tap.equal((a.get("/api/v1/me").status, c.get("/api/v1/me").status), (200, 401), "and this one goes on")
    a.call("DELETE", "/api/v1/session")


def codes(n, boss, address):
    tap.part("one-time codes")
    c = n.client(address)
    tap.equal(c.read("/api/v1/me/methods")["totp"], False, "none yet")
    offer = c.post("/api/v1/me/totp").json
    tap.ok(re.fullmatch(r"otpauth://totp/[^?]+:[^?]+\?secret=[A-Z2-7]{32}&issuer=.+", offer["uri"]) and offer["secret"] in offer["uri"], "an address for generators", offer)
    tap.status(Client(n, email_address=address).get("/api/v1/me"), 200, "nothing counts before it is confirmed")
    r = c.post("/api/v1/me/totp/confirm", {"enrolment": offer["enrolment"], "code": "000000"})
    tap.ok(r.status == 422 and r.code() == "code", "a wrong code", r)
    r = boss.post("/api/v1/me/totp/confirm", {"enrolment": offer["enrolment"], "code": code_of(offer["secret"])})
    tap.ok(r.status == 422, "an enrolment is one person's", r)
    n.stop()
    n.start()  # what was begun is not lost with the process
    tap.status(c.post("/api/v1/me/totp/confirm", {"enrolment": offer["enrolment"], "code": code_of(offer["secret"])}), 204, "confirmed with its first code, after a restart")
    tap.status(c.post("/api/v1/me/totp"), 409, "it is on")
    sign = {"email": address, "password": PASSWORD}
    tap.status(Client(n).post("/api/v1/session", sign), 401, "from then on the password alone is not enough")
    tap.status(Client(n).post("/api/v1/session", {**sign, "otp": code_of(offer["secret"], 1)}), 200, "with a code it is")
    who = account(boss, address)
    tap.ok(who["totp"], "the administrator sees that, not the secret")
    link = boss.post(f"/api/v1/accounts/{who['id']}/link").json["sign_in"]
    _, r = by_link(n, link, NEW)
    tap.ok(r.status == 401 and r.code() == "otp", "a link asks for the code too", r)
    tap.status(boss.call("DELETE", f"/api/v1/accounts/{who['id']}/totp"), 204, "the administrator removes them where the device is lost")
    tap.status(by_link(n, link, PASSWORD)[1], 200, "then the link is enough")
    c = n.client(address)
    offer = c.post("/api/v1/me/totp").json
    c.post("/api/v1/me/totp/confirm", {"enrolment": offer["enrolment"], "code": code_of(offer["secret"])})
    tap.status(c.call("DELETE", "/api/v1/me/totp"), 204, "one removes one's own")
    tap.equal(c.read("/api/v1/me/methods")["totp"], False, "and they are gone")
    return offer["secret"]


def steps_up(n):
    tap.part("the password once more")
    n.configure("session.confirm_seconds = 0\n")
    n.stop()
    n.start()
    boss = n.client("administrator-alpha@x.example")
    who = account(boss, "spare-alpha@x.example")
    boss.confirms = False
    path = f"/api/v1/accounts/{who['id']}"
    for method, where, body in (("PATCH", path, {"role": "analyst"}), ("PATCH", path, {"disabled": True}), ("POST", path + "/link", {}),
                                ("DELETE", path + "/totp", None), ("POST", "/api/v1/accounts", {"email": "z@x.example", "role": "reader"}),
                                ("POST", "/api/v1/tokens", {"name": "x"}), ("POST", "/api/v1/me/totp", {}), ("DELETE", "/api/v1/me/totp", None)):
        r = boss.call(method, where, body)
        tap.ok(r.status == 403 and r.code() == "step_up", f"{method} {where.replace(who['id'], 'ID')} asks for it", r)
    tap.equal(boss.read(path)["role"], who["role"], "and nothing was done")
    n.configure("session.confirm_seconds = 1800\n")
    n.stop()
    n.start()


def tokens(n, boss):
    tap.part("what a token may not")
    who = account(boss, "spare-alpha@x.example")
    path = f"/api/v1/accounts/{who['id']}"
    whole = Client(n, token=n.token("administrator-alpha@x.example", "read", "write", "import", "export", "admin"))
    less = Client(n, token=n.token("administrator-alpha@x.example", "read", "write"))
    for method, where, body in (("POST", "/api/v1/me/password", {"old": PASSWORD, "password": NEW}), ("POST", "/api/v1/me/totp", {}),
                                ("DELETE", "/api/v1/me/totp", None), ("GET", "/api/v1/me/sessions", None), ("DELETE", "/api/v1/me/sessions", None),
                                ("POST", "/api/v1/tokens", {"name": "more"}), ("POST", path + "/link", {}), ("PATCH", path, {"role": "administrator"}),
                                ("PATCH", path, {"disabled": False}), ("DELETE", path + "/totp", None),
                                ("POST", "/api/v1/accounts", {"email": "t@x.example", "role": "reader"})):
        r = whole.call(method, where, body)
        tap.ok(r.status == 403 and r.code() == "token", f"with every scope: {method} {where.replace(who['id'], 'ID')}", r)
    tap.status(less.get("/api/v1/accounts"), 403, "without admin it does not even read them")
    tap.status(whole.get("/api/v1/accounts"), 200, "with it, it does")
    tap.status(whole.patch(path, {"disabled": True}), 200, "and switches off who has left")
    boss.patch(path, {"disabled": False})
    made = boss.made("/api/v1/tokens", {"name": "夜間バッチ", "scopes": ["read"], "expires": "2099-01-01T00:00:00Z"})
    row = next(t for t in boss.items("/api/v1/tokens") if t["id"] == made["id"])
    tap.equal((row["name"], row["scopes"], row["purpose"]), ("夜間バッチ", "read", "api"), "one's own tokens are listed")
    tap.ok(made["token"] not in boss.get("/api/v1/tokens").text, "without their secrets")
    cross = boss.call("PATCH", path, {"role": "lead"}, {"Sec-Fetch-Site": "cross-site"})
    tap.ok(cross.status == 403 and cross.code() == "cross_site", "another site's page changes nothing", cross)
    return made["token"]


def leaving(n, boss):
    tap.part("who is disabled is out at once")
    n.user("gone@x.example", "analyst", "Alpha")
    gone = n.client("gone@x.example")
    token = Client(n, token=gone.made("/api/v1/tokens", {"name": "x"})["token"])
    live = gone.stream()
    tap.ok(live.wait("hello"), "somebody is there")
    path = f"/api/v1/accounts/{account(boss, 'gone@x.example')['id']}"
    tap.equal(boss.patch(path, {"disabled": True}).json["disabled"], True, "and is disabled")
    tap.equal((gone.get("/api/v1/me").status, token.get("/api/v1/me").status), (401, 401), "no session, no token")
    tap.ok(wait_for(lambda: live.closed), "no live stream")
    tap.status(Client(n).post("/api/v1/session", {"email": "gone@x.example", "password": PASSWORD}), 401, "no way in")
    tap.equal(boss.patch(path, {"disabled": False}).json["disabled"], False, "on again")
    tap.status(gone.get("/api/v1/me"), 401, "the old session stays ended")
    tap.status(token.get("/api/v1/me"), 401, "the token does not come back")
    tap.status(n.client("gone@x.example").get("/api/v1/me"), 200, "the password is the old one")
    back = n.client("gone@x.example")
    back.stream().wait("hello")
    boss.patch(path, {"role": "reader"})
    tap.equal(back.read("/api/v1/me")["role"], "reader", "another role counts at once")


def last(n, people):
    tap.part("the last administrator")
    boss = people["beta", "administrator"]
    me = account(boss, "administrator-beta@x.example")
    for what in ({"role": "lead"}, {"disabled": True}):
        r = boss.patch(f"/api/v1/accounts/{me['id']}", what)
        tap.ok(r.status == 403 and r.code() == "own_account", f"nobody does {what} to himself", r)
    other = account(boss, "spare-beta@x.example")
    boss.patch(f"/api/v1/accounts/{other['id']}", {"role": "administrator"})
    link = boss.post(f"/api/v1/accounts/{other['id']}/link").json["sign_in"]
    second, _ = by_link(n, link, PASSWORD)
    done = []  # both take the other's role at the same moment: one of them is late
    both = [threading.Thread(target=lambda a=a, b=b: done.append(a.patch(f"/api/v1/accounts/{b['id']}", {"role": "lead"}).status))
            for a, b in ((boss, other), (second, me))]
    for t in both:
        t.start()
    for t in both:
        t.join()
    left = [a for a in people["alpha", "administrator"].items(f"/api/v1/accounts?team={n.team_id('Beta')}") if a["role"] == "administrator" and not a["disabled"]]
    tap.ok(len(left) == 1 and sorted(done)[0] == 200 and sorted(done)[1] in (403, 409), "one is left, whoever was faster", (done, left))
    operator = people["alpha", "administrator"]
    tap.status(operator.patch(f"/api/v1/accounts/{left[0]['id']}", {"disabled": True}), 200, "who operates the node may close a team")
    tap.equal(operator.patch(f"/api/v1/accounts/{me['id']}", {"role": "administrator", "disabled": False}).json["role"], "administrator", "and open it again")


def node_settings(boss):
    tap.part("settings")
    rows = {s["key"]: s for s in boss.items("/api/v1/settings")}
    documented = set(re.findall(r"`([a-z_.]+)`", "".join(line.split("|")[1] for line in open(ROOT / "docs/settings.md", encoding="utf-8")
                                                      if line.startswith("| `"))))
    tap.equal(set(rows), documented, "each setting of docs/settings.md, and no other")
    tap.equal(rows["session.idle_minutes"]["value"], 30, "with its value")
    tap.ok(rows["mail.password"]["secret"] and rows["mail.password"]["value"] is None and rows["mail.password"]["changed"], "secrets are set, not shown")
    tap.equal(rows["mail.url"]["value"], "smtp://mail.x.example:25", "nor inside an address")


def command_line(n):
    tap.part("the same on the command line")
    n.must("user", "role", "--email", "spare-alpha@x.example", "--role", "analyst")
    tap.ok('"role":"analyst"' in next(x for x in n.must("user", "list", "--json").splitlines() if "spare-alpha" in x), "role")
    tap.equal(n.run("user", "role", "--email", "spare-alpha@x.example")[0], 2, "which needs --role")
    tap.equal(n.run("user", "role", "--email", "spare-alpha@x.example", "--role", "king")[0], 2, "one that there is")
    n.must("user", "disable", "--email", "spare-alpha@x.example")
    n.must("user", "enable", "--email", "spare-alpha@x.example")
    tap.ok('"disabled":false' in next(x for x in n.must("user", "list", "--json").splitlines() if "spare-alpha" in x), "enable")
    tap.ok(n.must("user", "totp", "--email", "spare-alpha@x.example").startswith("otpauth://totp/"), "codes on")
    n.must("user", "totp", "--email", "spare-alpha@x.example", "--remove")
    link = re.search(r"\S+#\S+", n.must("user", "passwd", "--email", "spare-alpha@x.example")).group(0)
    tap.status(by_link(n, link, PASSWORD)[1], 200, "and off; a link of the command line sets a password too")


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("Alpha", "administrator-alpha@x.example")
    n.configure("mail.url = smtp://user:hunter2secret@mail.x.example:25\nmail.password = hunter3secret\n")
    n.team("Beta")
    people = {}
    for team in ("alpha", "beta"):
        for role in ROLES:
            if (team, role) != ("alpha", "administrator"):
                n.user(f"{role}-{team}@x.example", role, team.title())
        n.user(f"spare-{team}@x.example", "reader", team.title())
    n.start()
    for team in ("alpha", "beta"):
        for role in ROLES:
            people[team, role] = n.client(f"{role}-{team}@x.example")
    boss = people["alpha", "administrator"]
    secrets = [NEW, PASSWORD, "hunter2secret", "hunter3secret"]
    tap.guard(matrix, n, people)
    tap.guard(links, n, boss)
    tap.guard(passwords, n, "mika@x.example")
    tap.guard(sessions, n, "lead-beta@x.example")
    secrets.append(tap.guard(codes, n, boss, "analyst-beta@x.example".replace("beta", "alpha")))
    tap.guard(steps_up, n)
    secrets.append(tap.guard(tokens, n, boss))
    tap.guard(leaving, n, boss)
    tap.guard(last, n, people)
    tap.guard(node_settings, boss)
    tap.guard(command_line, n)
    tap.part("journal and logs")
    notes = journal(n)
    kinds = {kind for kind, _ in notes}
    tap.ok({"account-add", "account-update", "token-add", "token-delete", "account-sessions"} <= kinds, "every change is in the journal", kinds)
    changed = {w for k, text in notes if k == "account-update" for w in json.loads(text)["changed"]}
    tap.ok({"role", "disabled", "password", "totp", "name"} <= changed, "and what changed", changed)
    hosted = n.client("administrator-beta@x.example")
    teams = {e["team"] for k in ("account-add", "account-update") for e in hosted.items(f"/api/v1/journal?kind={k}")}
    tap.equal(teams, {n.team_id("Beta")}, "a hosted team's administrator reads the notes of its accounts, and of no other team's")
    tap.ok(n.team_id("Alpha") in {e["team"] for e in boss.items("/api/v1/journal?kind=account-add")}, "who operates the node reads them")
    text, log = json.dumps(notes, ensure_ascii=False), n.log_tail(10 ** 7)
    tap.ok(not any(s and s in text for s in secrets), "no secret in the journal")
    tap.ok(not any(s and s in log for s in secrets), "none in the log")
    tap.ok("level=error" not in log, "no server error was logged", [x for x in log.splitlines() if "level=error" in x][:5])
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
