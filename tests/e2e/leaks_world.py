# SPDX-License-Identifier: Apache-2.0
"""The world of leaks.py: an association of four teams, a circle, and secrets ("canaries") planted in every place
where one team, or one person, knows what another may not know."""
import json
import random
import re

import lib

CANARY = re.compile(rb"zq[a-z0-9]{3,24}qz", re.I)


def word(name):
    """A word that stands nowhere else; a text without it keeps the secret."""
    return f"zq{name}qz"


class World:
    """Accounts by a short name (a: Alpha ...; d: in the circle, left out; g: in no circle), records by name."""

    ROLES = {"ar": ("Alpha", "reader"), "aa": ("Alpha", "analyst"), "al": ("Alpha", "lead"), "am": ("Alpha", "manager"),
             "br": ("Beta", "reader"), "ba": ("Beta", "analyst"), "ba2": ("Beta", "analyst"), "bl": ("Beta", "lead"),
             "ga": ("Gamma", "analyst"), "gl": ("Gamma", "lead"), "da": ("Delta", "analyst"), "dl": ("Delta", "lead"),
             "sec": ("Assoc", "secretariat"), "off": ("Alpha", "analyst")}

    def __init__(self, args):
        self.args = args
        self.node = lib.Node(args)
        self.ids, self.paths, self.team, self.member = {}, {}, {}, {}
        self.secret = {}  # canary -> names of the accounts that may meet it
        self.who = {}
        self.uuids = {}
        self.mail = None

    # ---- people ----

    def people(self):
        n = self.node
        n.init("Assoc", "root@assoc.example")
        try:
            self.mail = lib.Mail()
            n.configure(f"mail.url = smtp://127.0.0.1:{self.mail.port}\nmail.from = node@assoc.example\n")
        except RuntimeError as why:
            lib.tap.skip("mails", str(why))
        for name, more in (("Alpha", []), ("Beta", ["--domain", "beta.example", "--cidr", "198.51.100.0/24"]),
                           ("Gamma", []), ("Delta", [])):
            self.team[name] = n.team(name, *more)
        self.team["Assoc"] = n.team_id("Assoc")
        for who, (team, role) in self.ROLES.items():
            n.user(f"{who}@{team.lower()}.example", role, team)
        n.start()
        for who, (team, _) in self.ROLES.items():
            self.who[who] = n.client(f"{who}@{team.lower()}.example")
        self.who["root"] = n.client("root@assoc.example")

    def of(self, *teams):
        return {w for w in self.who if w[0] in teams}

    def keep(self, name, readers):
        """A new secret that these accounts may meet."""
        text = word(name)
        self.secret[text] = set(readers)
        return text

    def put(self, name, who, plural, body):
        r = self.who[who].made(f"/api/v1/{plural}", body)
        self.ids[name], self.paths[name] = r["id"], f"/api/v1/{plural}/{r['id']}"
        return r

    # ---- what is known to whom ----

    def circles(self):
        a, b, d = (self.team[x] for x in ("Alpha", "Beta", "Delta"))
        sec = self.who["sec"]
        self.put("circle", "sec", "circles", {"title": "Finance"})
        for t in (a, b, d, self.team["Assoc"]):
            m = sec.made("/api/v1/memberships", {"circle": self.ids["circle"], "team": t})
            self.member[t] = m["id"]
        quiet = self.keep("quietcircle", self.of("a") | {"sec", "root"})
        self.put("quiet", "sec", "circles", {"title": quiet, "description": quiet})
        m = sec.made("/api/v1/memberships", {"circle": self.ids["quiet"], "team": a})
        self.ids["quietmember"], self.paths["quietmember"] = m["id"], f"/api/v1/memberships/{m['id']}"

    def holdings(self):
        """What Alpha has for itself, what one person of Alpha has, what Beta has."""
        own = self.of("a")
        k = lambda name, readers=own: self.keep(name, readers)
        self.put("report", "aa", "reports", {"title": k("reptitle"), "description": k("repdesc") + " 203.0.113.201",
                 "reporter": {"name": k("repname"), "email": "zqrepmailqz@x.example"}})
        self.secret["zqrepmailqz"] = set(own)
        self.put("incident", "aa", "incidents", {"title": k("inctitle"), "summary": k("incsum"), "notes": k("incnotes")})
        r = self.who["aa"].made(self.paths["incident"] + "/comments", {"text": k("comment")})
        self.ids["comment"], self.paths["comment"] = r["id"], f"/api/v1/comments/{r['id']}"
        form, kind = lib.multipart([], [("file", k("filename") + ".txt", k("filebody").encode())])
        r = self.who["aa"].call("POST", self.paths["incident"] + "/files", form, {"Content-Type": kind})
        self.file = r.json["items"][0]["id"]
        self.put("task", "aa", "tasks", {"title": k("task"), "incident": self.ids["incident"]})
        self.put("indicator", "aa", "indicators", {"value": "zqownindqz.example"})
        self.secret["zqownindqz"] = set(own)
        self.put("red", "aa", "incidents", {"title": k("redtitle", {"aa"}), "summary": k("redsum", {"aa"}) + " 203.0.113.202",
                 "tlp": "TLP:RED"})
        r = self.who["aa"].made(self.paths["red"] + "/comments", {"text": k("redcomment", {"aa"})})
        self.ids["redcomment"], self.paths["redcomment"] = r["id"], f"/api/v1/comments/{r['id']}"
        form, kind = lib.multipart([], [("file", k("redfile", {"aa"}) + ".txt", b"x")])
        r = self.who["aa"].call("POST", self.paths["red"] + "/files", form, {"Content-Type": kind})
        self.redfile = r.json["items"][0]["id"]
        # shared with the circle: what leaves may be read there, the rest not
        inside = self.of("a", "b", "d") | {"sec", "root"}
        self.put("shared", "aa", "incidents", {"title": k("shtitle", inside), "summary": k("shsum", inside),
                 "notes": k("shnotes") + " 203.0.113.203", "cause": k("shcause"), "lessons": "http://zqshurlqz.example/x",
                 "tlp": "TLP:AMBER", "circles": [self.ids["circle"]]})
        self.secret["zqshurlqz"] = set(own)
        form, kind = lib.multipart([], [("file", k("shfile") + ".txt", k("shfilebody").encode())])
        r = self.who["aa"].call("POST", self.paths["shared"] + "/files", form, {"Content-Type": kind})
        self.sharedfile = r.json["items"][0]["id"]
        self.put("quietind", "aa", "indicators", {"value": "zqquietindqz.example", "tlp": "TLP:GREEN",
                 "circles": [self.ids["quiet"]]})
        self.secret["zqquietindqz"] = set(self.of("a"))
        self.put("circleind", "aa", "indicators", {"value": "zqcircindqz.example", "tlp": "TLP:AMBER",
                 "circles": [self.ids["circle"]]})
        self.secret["zqcircindqz"] = set(inside)
        beta = self.of("b")
        self.put("breport", "ba", "reports", {"title": k("brep", beta), "description": k("brepd", beta) + " 203.0.113.7 198.51.100.77"})
        self.put("bincident", "ba", "incidents", {"title": k("binc", beta), "summary": "203.0.113.7"})

    def warning(self, name, who, lead, readers, **over):
        k = lambda part: self.keep(name + part, readers)
        who_c, lead_c = self.who[who], self.who[lead]
        text = f"203.0.113.7 {name}.example 203.0.113.{40 + len(name)}"
        pasted = who_c.made(self.paths["incident"] + "/indicators", {"text": text})
        body = {"title": k("title"), "summary": k("sum"), "class": "alert", "urgency": "high", "severity": "high",
                "tlp": "TLP:AMBER", "circles": [self.ids["circle"]], "language": "en", "incident": self.ids["incident"],
                "notes": self.keep(name + "notes", self.of("a")),
                "what": {"event_type": "compromise", "impact": k("impact"), "indicators": [i["indicator"] for i in pasted["items"]]},
                "when": {"known_at": lib.moment(-60), "valid_until": lib.moment(864000)},
                "why": {"rationale": k("why"), "confidence": "high", "basis": "own"},
                "how": {"mitigate": [{"text": "block", "kind": "temporary"}], "report_back": "answer"},
                "who": {"author": self.keep(name + "author", self.of("a")), "contact": "csirt@alpha.example"}, **over}
        w = self.put(name, who, "warnings", body)
        return w

    def issue(self, name, who="aa", lead="al"):
        p = self.paths[name]
        for c, step in ((self.who[who], "submit"), (self.who[lead], "approve"), (self.who[lead], "issue")):
            r = c.post(f"{p}/{step}", {})
            if r.status != 200:
                raise RuntimeError(f"{name}/{step}: {r}")

    def warnings(self):
        own = self.of("a")
        self.warning("draft", "aa", "al", own)
        inside = self.of("a", "b")
        # to the circle without Delta, and nobody is to learn who was left out
        self.warning("issued", "aa", "al", inside | {"sec", "root"}, whom={"except": [self.team["Delta"]],
                     "affected": "all"})
        self.issue("issued")
        self.person_b = self.who["ba"].me["person"]
        # edition 1 to Beta alone; edition 2 tells less to more
        w = self.warning("edited", "aa", "al", self.of("a", "b"), circles=[], whom={"teams": [self.team["Beta"]]})
        self.issue("edited")
        aa = self.who["aa"]
        aa.post(self.paths["edited"] + "/update", {})
        aa.patch(self.paths["edited"], {"title": "second", "summary": "second", "what": {"impact": "second", "indicators": []},
                 "why": {"rationale": "second"}, "whom": {"teams": [self.team["Beta"], self.team["Gamma"]]}},
                 aa.get(self.paths["edited"]).etag)
        self.issue("edited")
        # a correction in progress that would go to Gamma and Delta too
        self.warning("correction", "aa", "al", inside, circles=[], whom={"teams": [self.team["Beta"]]})
        self.issue("correction")
        aa.post(self.paths["correction"] + "/update", {})
        r = aa.patch(self.paths["correction"], {"summary": self.keep("corrnew", own), "whom": {"teams": [self.team["Beta"],
                     self.team["Gamma"]]}}, aa.get(self.paths["correction"]).etag)
        assert r.status == 200, str(r)
        # to one person of Beta
        self.warning("redwarn", "aa", "al", {"aa", "al", "am", "ba"}, circles=[], tlp="TLP:RED", whom={"people": [self.person_b]})
        self.issue("redwarn")
        self.answers = {}
        for name, who in (("issued", "ba"), ("redwarn", "ba"), ("edited", "ga")):
            readers = {"redwarn": {"aa", "al", "am", "ba"}, "issued": inside, "edited": self.of("a", "g")}[name]
            r = self.who[who].post(self.paths[name] + "/assessments", {"state": "affected", "count": 3,
                                   "comment": self.keep("ans" + name, readers)})
            if r.status != 201:
                raise RuntimeError(str(r))
            self.ids["answer" + name] = r.json["id"]
            self.paths["answer" + name] = f"/api/v1/assessments/{r.json['id']}"

    def build(self):
        self.people()
        self.circles()
        self.holdings()
        self.warnings()


    def readers(self):
        """Who may read which record at all."""
        own, inside = self.of("a"), self.of("a", "b", "d") | {"sec", "root"}
        red = {"aa", "al", "am", "ba"}
        rows = {name: own for name in ("report", "incident", "comment", "task", "indicator", "quietind", "draft")}
        rows |= {"red": {"aa"}, "redcomment": {"aa"}, "shared": inside, "circleind": inside, "circle": inside,
                 "quiet": own | {"sec", "root"}, "quietmember": own | {"sec", "root"}, "breport": self.of("b"),
                 "bincident": self.of("b"), "issued": self.of("a", "b") | {"sec", "root"}, "edited": self.of("a", "b", "g"),
                 "correction": self.of("a", "b"), "redwarn": red, "answerissued": self.of("a", "b"),
                 "answerredwarn": red, "answeredited": self.of("a", "g")}
        return rows


    def hidden(self):
        """uuid -> (name, readers) of each record that somebody may not read."""
        if not self.uuids:
            self.uuids = {self.ids[n].rpartition("--")[2].encode(): (n, who) for n, who in self.readers().items()}
        return self.uuids


def fresh_id(like):
    """An id of the same type that nothing has."""
    t = like.rpartition("--")[0]
    h = f"{random.getrandbits(128):032x}"
    return f"{t}--{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:]}"


def shape(reply, *ids):
    """An answer without what differs by nature: the ids asked for, times, the request's own id."""
    text = reply.text
    for i in ids:
        text = text.replace(i, "ID").replace(i.rpartition("--")[2], "UUID")
    try:
        doc = json.loads(text)
        if isinstance(doc, dict):
            doc.pop("instance", None)
        text = json.dumps(doc, sort_keys=True, ensure_ascii=False)
    except ValueError:
        pass
    names = sorted(k.lower() for k in reply.headers.keys())
    return reply.status, text, names
