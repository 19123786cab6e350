# SPDX-License-Identifier: Apache-2.0
"""What is right at the end of links_chaos.py, and the proof of it. Everything here is worked out from what was acknowledged,
from what teams signed and from docs/formats.md, with the code of tests/vectors/check_exchange.py, which knows nothing of our C:

- the newest text a team signed is the one that was acknowledged (its leaves are in the manifest), under the circle and TLP
  that were acknowledged; the policy replayed over that says who may see it;
- each team sees exactly that: live, taken back, or not at all;
- what others hold carries a signature of the team that said it, by a key under the root that the node has pinned;
- each journal gives its checkpoint, leaf by leaf; each object held has its entry in it;
- receipts of all who got, answered and took back a warning, each checked, each of the journal that it says.
"""
import base64
import json
import sqlite3
import subprocess
import sys
import time
import uuid

from lib import ROOT, tap, temp, wait_for

sys.path.insert(0, str(ROOT / "tests/vectors"))
import check_exchange as ce  # noqa: E402

TLP = {"TLP:GREEN": 1, "TLP:AMBER": 2, "TLP:AMBER+STRICT": 3}


def rows(node, sql):
    """Rows of a node's database as dictionaries; "hex(x)" in sql is what it is in SQLite."""
    if not node.database:
        db = sqlite3.connect(f"file:{node.data}/node.db?mode=ro", uri=True, timeout=60)
        db.row_factory = sqlite3.Row
        found = [dict(r) for r in db.execute(sql)]
        db.close()
        return found
    sql = f"SELECT row_to_json(t) FROM ({sql.replace('hex(', 'upper_hex(')}) t"
    make = "CREATE OR REPLACE FUNCTION pg_temp.upper_hex(bytea) RETURNS text AS $$ SELECT upper(encode($1, 'hex')) $$ LANGUAGE sql; "
    p = subprocess.run(["psql", "-d", node.database[1], "-qAt", "-c", make + "SET search_path = public, pg_temp; " + sql.replace("upper_hex", "pg_temp.upper_hex")],
                       capture_output=True, text=True, check=True, timeout=600)
    return [json.loads(line) for line in p.stdout.splitlines() if line]


def uid(text):
    return str(uuid.UUID(text))


def bodies(o, node):
    """Everything that the teams of a node may see, as they export it, without the markings that an export adds."""
    found = {}
    for team in (t for t, n in o.teams.items() if o.s.nodes[n] is node):
        out = temp() / "export.json"
        node.must("export", "--format", "stix", "--team", team, "--output", out, seconds=600)
        found.update((x["id"], {k: v for k, v in x.items() if k != "object_marking_refs"}) for x in json.loads(out.read_text())["objects"])
    return found


# ---- the oracle ----

class Oracle:
    """Who may see what in which state, from what the teams signed."""

    def __init__(self, s, teams, seed):
        self.s, self.teams, self.seed = s, teams, seed
        self.uid = {t: i.split("--")[1] for t, i in s.team_id.items()}
        self.name = {u: t for t, u in self.uid.items()}
        self.circle = {i.split("--")[1]: c for c, i in s.circles.items()}
        hub = s.nodes["hub"]
        self.since = {c: {self.name[m["id"].split("--")[1]]: m["since"] for m in map(json.loads, hub.must("circle", "members", i, "--json").splitlines())}
                      for c, i in s.circles.items()}
        self.newest, self.withdrawn = {}, {}
        for node in s.nodes.values():
            self.read(node)

    def read(self, node):
        """The newest signature of each lineage, and what was taken back: at the node of the team that signed."""
        here, shown = {self.uid[t] for t, n in self.teams.items() if self.s.nodes[n] is node}, bodies(self, node)
        for r in rows(node, "SELECT signature FROM signed"):
            sig = signature_of(r["signature"])
            m = sig["manifest"]
            if sig["originator"] not in here:
                continue
            if m["target"] not in self.newest or self.newest[m["target"]]["manifest"]["rev"] < m["rev"]:
                self.newest[m["target"]] = sig
            if m["target"].startswith("x-hikeshi-withdrawal--"):
                for n in shown[m["target"]]["names"]:
                    self.withdrawn[n["target"]] = max(n["rev"], self.withdrawn.get(n["target"], 0))

    def members(self, sig):
        """The policy: GREEN reaches the members of today, AMBER those who were members at issue and still are."""
        found = set()
        for e in sig["open"]["audience"]:
            c = self.circle.get(e["entry"].get("circle"))
            for team, since in (self.since[c] if c else {}).items():
                if sig["manifest"]["label"]["tlp"] <= 1 or since <= e["entry"]["roster"]:
                    found.add(team)
        return found

    def signed_as(self, ident, o):
        """What is wrong with the newest signature of an object that was acknowledged so; '' where nothing is."""
        sig = self.newest.get(ident)
        if sig is None:
            return "was never signed"
        m, salts = sig["manifest"], sig["open"]["salts"]

        def leaf(name, value):
            return name in salts and ce.salted(b"hikeshi/leaf/v1\n", salts[name], [[name], value]) in m["digests"]
        gone = self.withdrawn.get(ident, 0) >= m["rev"]
        if o["revoked"] and not (gone or leaf("revoked", True) or leaf("state", "withdrawn")):
            return "was taken back, and that was not signed"
        if not o["revoked"] and gone:
            return f"was taken back up to rev {self.withdrawn[ident]} by nobody"
        if gone:
            return ""
        if not leaf("title" if ident.startswith("x-") else "name", o["title"]):
            return f"the newest text signed is not '{o['title']}'"
        if m["label"]["tlp"] != TLP[o["tlp"]]:
            return "another TLP was signed"
        circles = [self.circle.get(e["entry"].get("circle")) for e in sig["open"]["audience"]]
        return "" if circles == [o["circle"]] else f"another audience was signed: {circles}"

    def may(self, team, ident, o):
        return team == o["team"] or team in self.members(self.newest[ident])

    def differs(self, team):
        """What this team does not see as it should."""
        client, bad = self.s.who[team, "analyst"], []
        live = {i["id"]: i["title"] for i in client.items("/api/v1/indicators?limit=1000")}
        gone = {i["id"]: i["title"] for i in client.items("/api/v1/indicators?limit=1000&revoked=true")}  # these too
        gone = {i: t for i, t in gone.items() if i not in live}
        for ident, o in self.s.objects.items():
            may = self.may(team, ident, o)
            if not may and ident in live:
                bad.append((ident, o, "is here and may not be"))
            elif may and not o["revoked"] and live.get(ident) != o["title"]:
                bad.append((ident, o, live.get(ident), "revoked here" if ident in gone else "not here"))
            elif may and o["revoked"] and ident not in gone:
                bad.append((ident, o, "live here" if ident in live else "not here"))
        bad += [(i, "was never shared") for i in {**live, **gone} if i not in self.s.objects]
        held = {i["id"]: i for i in client.items("/api/v1/warnings?limit=1000")}
        for ident, w in self.s.warnings.items():
            have, may = held.pop(ident, None), self.may(team, ident, w)
            state = "withdrawn" if w["revoked"] else "issued"
            if may != bool(have) or (have and (have["state"], have["title"]) != (state, w["title"])):
                bad.append((ident, w, have and (have["state"], have["title"])))
        return bad + [(i, "is no warning of anybody") for i in held]


def answers_differ(o):
    bad = []
    for ident, w in o.s.warnings.items():
        if w["answers"]:
            said = {o.name.get(a["team"].split("--")[1]): a["state"] for a in o.s.who[w["team"], "analyst"].items(f"/api/v1/warnings/{ident}/assessments")}
            bad += [(ident, t, a, said.get(t)) for t, a in w["answers"].items() if said.get(t) != a]
    return bad


# ---- proofs ----

class Journal:
    """A node's journal, computed again from its entries."""

    def __init__(self, node):
        self.leaves, self.entries = {}, []
        epochs = {e["number"]: uid(e["id"]) for e in rows(node, "SELECT number, hex(id) AS id FROM epoch")}
        team = {p["id"]: uid(p["uid"]) for p in rows(node, "SELECT id, hex(uid) AS uid FROM principal")}
        self.fault = ""
        for r in rows(node, "SELECT epoch, seq, at, actor, team, kind, hex(subject) AS subject, hex(salt) AS salt, hex(salt2) AS salt2, content, n, record "
                            "FROM journal WHERE seq IS NOT NULL ORDER BY epoch, seq"):
            content = ce.sha(b"hikeshi/content/v1\n", bytes.fromhex(r["salt2"]), r["content"].encode()).hex()
            entry = {"v": 1, "epoch": epochs[r["epoch"]], "seq": r["seq"], "at": moment_us(r["at"]), "actor": r["actor"],
                     "team": team[r["team"]] if r["team"] else None, "kind": r["kind"], "subject": uid(r["subject"]) if r["subject"] else None,
                     "content": content}
            leaves = self.leaves.setdefault(entry["epoch"], [])
            if len(leaves) != r["seq"]:
                self.fault = f"seq {r['seq']} stands at {len(leaves)}"
            leaves.append(ce.sha(b"\x00", ce.sha(b"hikeshi/entry/v1\n", bytes.fromhex(r["salt"]), ce.jcs(entry))))
            self.entries.append((entry, r))
        for c in rows(node, "SELECT epoch, size, hex(root) AS root FROM checkpoint"):
            have = self.leaves.get(epochs[c["epoch"]], [])
            if len(have) != c["size"] or (have and ce.root_of(have).hex() != c["root"].lower()):
                self.fault = self.fault or f"epoch {c['epoch']}: {len(have)} leaves do not give the checkpoint of {c['size']}"
        self.roots = {}

    def root(self, epoch, size):
        if (epoch, size) not in self.roots:
            leaves = self.leaves.get(epoch, [])
            self.roots[epoch, size] = ce.root_of(leaves[:size]) if 0 < size <= len(leaves) else None
        return self.roots[epoch, size]

    def subjects(self, node):
        """uuids of everything that has an entry of its own or a leaf in a slice (96 bytes: salt, id, ...)."""
        found = {e["subject"] for e, _ in self.entries}
        for s in rows(node, "SELECT hex(leaves) AS leaves FROM slice"):
            raw = bytes.fromhex(s["leaves"])
            found |= {str(uuid.UUID(bytes=raw[i + 16:i + 32])) for i in range(0, len(raw), 96)}
        return found


def moment_us(us):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(us // 10 ** 6)) + f".{us % 10 ** 6:06d}Z"


def signature_of(kept):
    """An x-hikeshi-signature as the database keeps it (src/exchange/signature_keep.c says how)."""
    kept = bytes.fromhex(kept[2:]) if isinstance(kept, str) else kept  # PostgreSQL says \x...
    at, plain = 0, lambda u: str(uuid.UUID(bytes=u))

    def take(n):
        nonlocal at
        at += n
        return kept[at - n:at]

    def number():
        v = shift = 0
        while True:
            c = take(1)[0]
            v |= (c & 127) << shift
            shift += 7
            if c < 128:
                return v

    def text():
        return take(number()).decode()

    def when(us=None):
        us = number() if us is None else us
        return moment_us(us) if us else None

    def entry():
        e, kind = {}, number()
        if kind == 0:
            e["everyone"] = True
        if kind == 1:
            e.update(circle=plain(take(16)), roster=number())
        if kind > 1:
            e["team"] = plain(take(16))
        if kind == 3:
            e["person"] = plain(take(16))
        return {"entry": e, "salt": take(16).hex()}

    def digests(n=32):
        return [take(n).hex() for _ in range(number())]
    if kept[:1] == b"{":
        return json.loads(kept)
    form, bits = number(), number()
    assert form == 1, form
    sig = {"type": "x-hikeshi-signature", "created": when(int.from_bytes(take(8), "big")), "modified": when(int.from_bytes(take(8), "big")), "team": plain(take(16))}
    sig["originator"] = plain(take(16)) if bits & 4 else sig["team"]
    m = sig["manifest"] = {"v": 1, "role": "forwarder" if bits & 2 else "originator", "target": text(), "modified": text() or None, "rev": number()}
    m["prev"] = take(32).hex() if bits & 1 else None
    m["label"] = {"tlp": number(), "pap": number(), "attribution": number(), "nbf": when(), "exp": when()}
    m.update(audience=digests(), digests=digests())
    sig.update(key=take(32).hex(), sig=take(64).hex(), index=number(), size=number(), path=digests())
    sig.update(spec_version="2.1", id=ce.own_id("x-hikeshi-signature", m["target"], sig["originator"], sig["team"]))  # it follows
    salts = {}
    for _ in range(number()):
        path = [text() for _ in range(number())]
        (salts.setdefault(path[0], {}) if len(path) == 2 else salts)[path[-1]] = take(16).hex()
    sig["open"] = {"salts": salts, "audience": [entry() for _ in range(number())]}
    for name in ("members", "listed"):
        if more := text():
            sig["open"][name] = json.loads(more)
    return sig


def signatures(o, node):
    """(how many were checked, what is wrong): what this node holds of others is signed by a key under the pinned root."""
    shown, chains, bad, n, known = bodies(o, node), {}, [], 0, {}
    for r in rows(node, "SELECT hex(p.uid) AS uid, hex(t.root) AS root, t.keys AS keys FROM peer_team t JOIN principal p ON p.id = t.team"):
        chains[uid(r["uid"])] = (r["root"].lower(), ce.check_keys(uid(r["uid"]), r["root"].lower(), json.loads(r["keys"])))
    for r in rows(node, "SELECT s.signature AS signature, s.object AS object FROM signed s JOIN holding h ON h.id = s.holding AND h.version = s.version"):
        sig = signature_of(r["signature"])
        target = sig["manifest"]["target"]
        if sig["originator"] not in chains:
            continue  # of a team of this node: what it signs is checked where it arrives
        body = json.loads(r["object"]) if r["object"] else shown.get(target)
        try:
            key = (sig["key"], sig["sig"])
            ce.need(sig["key"] in known.setdefault(sig["originator"], {k["ed25519"] for k in chains[sig["originator"]][1]}), "key")
            if body is not None and target in o.s.objects:
                ce.check_signature(sig, body)
            else:
                ce.signed(sig["key"], b"hikeshi/object/v1\n" + ce.inclusion(sig["index"], sig["size"], ce.sha(ce.jcs(sig["manifest"])), sig["path"]), sig["sig"])
            n += 1
        except ce.Refused as why:
            bad.append((target, str(why), key[0][:8]))
    return n, bad


def unproved(o, journals):
    """(receipts checked, what is missing or wrong) of every warning, from where its issuer sees it."""
    roots = {t: root_of(o, t) for t in o.teams}
    done, bad = 0, []
    for ident, w in o.s.warnings.items():
        report = o.s.who[w["team"], "analyst"].read(f"/api/v1/warnings/{ident}/receipts")
        bad += [(ident, "missing", m) for m in report["missing"]]
        have = {}
        for i in report["items"]:
            team = o.name[i["team"].split("--")[1]]
            have.setdefault(i["kind"], {})[team] = i
            if i.get("receipt"):
                fault = check(i["receipt"], roots[team], journals[o.teams[team]])
                done += 1
                bad += [(ident, team, i["kind"], fault)] if fault else []
        others = {t for t in o.since[w["circle"]] if t != w["team"]}
        # who is of the same node has it in the same database; what had not left before needed no withdrawal
        far = {t for t in others if o.teams[t] != o.teams[w["team"]]} if ident in o.withdrawn else set()
        wanted = {"received": others, "answered": set(w["answers"]), "withdrawal-applied": far}
        for kind, teams in wanted.items():
            lacks = {t for t in teams if t not in have.get(kind, {}) or (o.teams[t] != o.teams[w["team"]] and not have[kind][t].get("receipt"))}
            bad += [(ident, kind, t, "no receipt") for t in lacks]
    return done, bad


def root_of(o, team):
    node = o.s.nodes[o.teams[team]]
    found = rows(node, "SELECT hex(p.uid) AS uid, hex(k.root) AS root FROM team_key k JOIN principal p ON p.id = k.team")
    return next(r["root"].lower() for r in found if uid(r["uid"]) == o.uid[team])


def check(receipt, root, journal):
    """'' where a receipt holds by itself and its checkpoint is one of that node's journal."""
    try:
        ce.check_receipt(receipt, root)
    except ce.Refused as why:
        return str(why)
    epoch, size, top = receipt["checkpoint"].split("\n")[:3]
    mine = journal.root(epoch.split("/")[2], int(size))
    return "" if mine == base64.b64decode(top) else "its checkpoint is of no state of that journal"


# ---- all of it ----

def judge(s, teams, circles, seed):
    o = Oracle(s, teams, seed)

    def reread():
        o.__init__(s, teams, seed)
        known = {**s.objects, **{i: dict(w, tlp="TLP:AMBER") for i, w in s.warnings.items()}}
        bad[:] = [(i, x["team"], why) for i, x in known.items() for why in [o.signed_as(i, x)] if why]
        return not bad
    bad = [1]
    wait_for(reread, s.args.patience, 2)
    tap.ok(not bad, f"what was acknowledged is what was signed ({seed})", bad[:5])
    for c, who in circles.items():
        tap.equal(sorted(o.since[c]), sorted(who), f"the circle {c} has the members it was given")
    if bad:
        return
    for team in teams:
        def settled(team=team):
            wrong[:] = o.differs(team)
            return not wrong
        wrong = [1]
        wait_for(settled, s.args.patience, 1)
        tap.ok(not wrong, f"{team} sees exactly what the oracle says ({seed})", [len(wrong)] + wrong[:5])
    wait_for(lambda: not answers_differ(o), s.args.patience, 1)
    tap.equal(answers_differ(o)[:5], [], "every answer that was acknowledged is at its issuer")
    journals, proved = {}, [0, [1]]

    def receipts():
        journals.update((n, Journal(s.nodes[n])) for n in s.nodes)
        proved[:] = unproved(o, journals)
        return not proved[1]
    wait_for(receipts, s.args.patience, 3)
    tap.ok(not proved[1], f"every recipient's receipts are there, verify, and are of that node's journal ({seed})", [len(proved[1])] + proved[1][:5])
    total = 0
    for name, node in s.nodes.items():
        n, wrong = signatures(o, node)
        total += n
        tap.ok(n and not wrong, f"{name}: what it holds of others is signed under their pinned roots", [n] + wrong[:5])
    tap.note(f"{proved[0]} receipts and {total} signatures checked")
    for name, node in s.nodes.items():
        left = [1]
        wait_for(lambda node=node: left.__setitem__(slice(None), still_open(node)) or not left, s.args.patience, 1)
        tap.equal(left[:5], [], f"{name}: nothing is left open on the page of a link")
    for name, node in s.nodes.items():
        finish(s, name, node, [i for i, x in s.objects.items() if any(o.may(t, i, x) for t, n in teams.items() if n == name)])


def still_open(node):
    links = [json.loads(x)["id"] for x in node.must("peer", "list", "--json").splitlines()]
    return [x for p in links for x in node.must("peer", "items", p).splitlines()]


def finish(s, name, node, expected):
    tap.equal([x for x in node.log_tail(10 ** 8).splitlines() if "level=error" in x][:3], [], f"{name}: no server error")
    tap.equal(node.stop(), 0, f"{name} stops in order")
    j = Journal(node)
    tap.ok(not j.fault, f"{name}: the journal's {len(j.entries)} entries give its checkpoint", j.fault)
    lacking = {i.split("--")[1] for i in expected} - j.subjects(node)
    tap.ok(not lacking, f"{name}: each of {len(expected)} objects has its leaf in it", sorted(lacking)[:5])
    status, out, err = node.run("verify", seconds=600)
    tap.ok(status == 0, f"{name}: verify says intact", out[-300:] + err)
