#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""circles: who is in a circle, by its own rules: who sees the members, who adds, who takes out, who leaves; the same for
their records, also when the rule changes; in the journal by whoever did it.
"""
from lib import Client, Node, Tap, options

tap = Tap()
PEOPLE = (("sec", "secretariat", "Alpha"), ("ann", "analyst", "Alpha"), ("lea", "lead", "Alpha"), ("bea", "lead", "Beta"), ("bob", "analyst", "Beta"),
          ("gus", "lead", "Gamma"), ("del", "secretariat", "Delta"), ("dan", "lead", "Delta"))


def world(args):
    n = Node(args)
    n.init("Alpha", "admin@a.example")
    n.ids = {"Alpha": n.team_id("Alpha"), **{t: n.team(t) for t in ("Beta", "Gamma", "Delta")}}
    for name, role, team in PEOPLE:
        n.user(f"{name}@a.example", role, team, name=name)
    n.start()
    n.people = {name: n.client(f"{name}@a.example") for name, _, _ in PEOPLE}
    return n


class Circle:
    def __init__(self, n, title, rules, *members):
        self.n = n
        body = {"title": title, "default_tlp": "TLP:AMBER", "rules": rules}
        self.id = n.people["sec"].made("/api/v1/circles", body)["id"]
        self.at = f"/api/v1/circles/{self.id}/members"
        for m in members:
            self.add("sec", m)

    def add(self, who, team):
        return self.n.people[who].post(self.at, {"team": self.n.ids.get(team, team)})

    def remove(self, who, team):
        return self.n.people[who].call("DELETE", f"{self.at}/{self.n.ids.get(team, team)}")

    def seen(self, who):
        r = self.n.people[who].get(self.at)
        return r.status if r.status != 200 else {x["name"] for x in r.json["items"]}

    def records(self, who):
        """How many of the records of those who are in it somebody sees: they say nothing to others but that they are there."""
        here = {m["id"] for m in self.n.people["sec"].items("/api/v1/memberships") if m["circle"] == self.id and not m.get("left_at")}
        return len(here & {m["id"] for m in self.n.people[who].items("/api/v1/memberships")})

    def rule(self, **rules):
        c = self.n.people["sec"]
        r = c.get(f"/api/v1/circles/{self.id}")
        return c.patch(f"/api/v1/circles/{self.id}", {"rules": rules}, r.etag)


def open_circle(n):
    tap.part("members see each other, the owner adds")
    c = Circle(n, "Open", {"invite": "owner", "see_members": "members", "forward": "ask"}, "Alpha", "Beta", "Gamma")
    for who in ("sec", "ann", "bea", "bob", "gus"):
        tap.equal(c.seen(who), {"Alpha", "Beta", "Gamma"}, f"{who} sees all")
        tap.equal(c.records(who), 3, f"{who} sees their records")
    for who in ("del", "dan"):
        tap.equal(c.seen(who), 404, f"{who} of no member does not see that the circle is there")
        tap.equal(c.records(who), 0, "nor who is in it")
        tap.status(c.add(who, "Delta"), 404, f"{who} cannot let himself in")
        tap.status(c.remove(who, "Beta"), 404, f"{who} takes nobody out")
    rights = lambda who: n.people[who].read(c.at)["rights"]
    tap.equal(rights("sec"), {"invite": True, "remove": True, "leave": True}, "what the secretariat of the owner may do")
    tap.equal(rights("ann"), {"invite": False, "remove": False, "leave": False}, "an analyst of the owner nothing")
    tap.equal(rights("bea"), {"invite": False, "remove": False, "leave": True}, "a lead of a member may leave")
    tap.equal(rights("bob"), {"invite": False, "remove": False, "leave": False}, "an analyst of a member not")
    me = n.people["bea"].read(c.at)
    tap.ok([x["own"] for x in me["items"] if x["name"] == "Beta"] == [True] and [x["owner"] for x in me["items"] if x["name"] == "Alpha"] == [True]
           and me["complete"] and me["count"] == 3 and me["kept_here"], "which is one's own, which the owner's", me)
    for who in ("ann", "lea", "bea", "bob"):
        tap.ok(c.add(who, "Delta").status == 403 and c.remove(who, "Gamma").status == 403, f"{who} neither adds nor takes out")
    for bad, status in (({}, 422), ({"team": ""}, 422), ({"team": "nobody"}, 422), ({"team": 1}, 422), ({"team": n.ids["Delta"], "x": 1}, 422), ([], (400, 422))):
        tap.status(n.people["sec"].post(c.at, bad), status, f"refused: {bad}")
    tap.status(c.add("sec", "Beta"), 409, "a member already")
    tap.status(c.remove("sec", "Delta"), 404, "no member")
    tap.status(c.remove("sec", "nobody"), 404, "no team")
    tap.status(Client(n).get(c.at), 401, "nobody reads it without signing in")
    token = Client(n, token=n.token("sec@a.example", "read"))
    tap.status(token.post(c.at, {"team": n.ids["Delta"]}), 403, "a token that reads adds nobody")
    r = c.add("sec", "Delta")
    tap.ok(r.status == 201 and {x["name"] for x in r.json["items"]} == {"Alpha", "Beta", "Gamma", "Delta"}, "the secretariat of the owner adds, and is told who is in now", r)
    tap.equal(c.seen("dan"), {"Alpha", "Beta", "Gamma", "Delta"}, "who was added sees it")
    tap.status(c.remove("sec", "Delta"), 204, "and takes out")
    tap.equal(c.seen("dan"), 404, "who is out sees nothing")
    tap.status(c.remove("bob", "Beta"), 403, "an analyst does not take his team out")
    tap.status(c.remove("bea", "Beta"), 204, "its lead does")
    tap.equal((c.seen("bea"), c.seen("gus")), (404, {"Alpha", "Gamma"}), "and it is out")
    left = [m for m in n.people["sec"].items("/api/v1/memberships") if m["circle"] == c.id and m.get("left_at")]
    by = {m["modified_by"] for m in left}
    tap.ok(len(left) == 2 and n.people["bea"].me["person"] in by and n.people["sec"].me["person"] in by, "the journal says who did it", (left, by))
    return c


def members_invite(n):
    tap.part("members add")
    c = Circle(n, "Grows", {"invite": "members", "see_members": "members"}, "Beta")
    tap.status(c.add("bob", "Gamma"), 403, "an analyst of a member not")
    tap.status(c.add("lea", "Gamma"), 403, "a lead of the owner, that is no member, not")
    r = c.add("bea", "Gamma")
    tap.equal((r.status, c.seen("gus")), (201, {"Beta", "Gamma"}), "a lead of a member does")
    tap.status(c.remove("bea", "Gamma"), 403, "and takes nobody out")
    tap.status(c.add("gus", "Delta"), 201, "whoever came in adds in turn")
    tap.status(c.rule(invite="owner", see_members="members"), 200, "the rule changes")
    tap.status(c.remove("dan", "Delta"), 204, "a team leaves")
    tap.status(c.add("gus", "Delta"), 403, "members add no more")
    made = n.people["gus"].post("/api/v1/memberships", {"circle": c.id, "team": n.ids["Delta"]})
    tap.status(made, (403, 422), "nor by the record")


def closed_circle(n):
    tap.part("only the owner sees the members")
    c = Circle(n, "Closed", {"invite": "members", "see_members": "owner"}, "Alpha", "Beta", "Gamma")
    tap.equal((c.seen("sec"), c.seen("ann")), ({"Alpha", "Beta", "Gamma"},) * 2, "the owner sees all")
    tap.equal(c.seen("bea"), {"Alpha", "Beta"}, "a member the owner and itself")
    page = n.people["gus"].read(c.at)
    tap.ok(not page["complete"] and page["count"] is None and {x["name"] for x in page["items"]} == {"Alpha", "Gamma"}, "not even how many", page)
    tap.equal((c.records("sec"), c.records("bea"), c.records("gus")), (3, 1, 1), "and the records are its own")
    for who, other in (("bea", "Gamma"), ("gus", "Beta")):
        text = n.people[who].get("/api/v1/search?q=Closed").text + n.people[who].get("/api/v1/changes?since=2020-01-01T00:00:00Z").text
        tap.ok(n.ids[other] not in text, "no other way leads there either")
        tap.equal([r.status for r in (c.remove(who, other), c.remove(who, "Delta"), c.remove(who, "nobody"))], [403] * 3, "the answer to taking out is the same for who is in it and who not")
    tap.status(c.rule(invite="members", see_members="members"), 200, "it is opened")
    tap.equal((c.seen("bea"), c.records("gus")), ({"Alpha", "Beta", "Gamma"}, 3), "members see each other from now on")
    tap.status(c.rule(invite="members", see_members="nobody"), 200, "and closed")
    tap.equal((c.seen("bea"), c.records("gus"), c.records("sec")), ({"Alpha", "Beta"}, 1, 3), "and no more")


def main():
    args = options(__doc__)
    n = world(args)
    tap.guard(open_circle, n)
    tap.guard(members_invite, n)
    tap.guard(closed_circle, n)
    n.stop()
    status, out, err = n.run("verify")
    tap.ok(status == 0, "all of it is in the journal", out + err)
    tap.end()


if __name__ == "__main__":
    main()
