# SPDX-License-Identifier: Apache-2.0
"""What changes with time in the world of leaks_world.py, and what is told between the lines: records shared later and
no more, embargo and expiry, counts and cursors, what an answer repeats, what a body refers to, the machine's other users."""
import json
import os
import pwd
import subprocess
import time

import lib
from leaks_world import fresh_id, shape, word
from lib import tap

FORMATS = ("stix", "misp", "csv", "list")


def traces(world, who, full, *texts):
    """Where an account meets a record or what stands in it: everywhere somebody looks for it."""
    c, uuid, found = world.who[who], full.rpartition("--")[2], []
    plural = next(p.split("/")[3] for n, p in world.paths.items() if world.ids[n] == full)
    path = f"/api/v1/{plural}/{full}"
    for below in ("", "/history", "/links", "/comments", "/files", "/indicators"):
        r = c.get(path + below)
        if r.status != 404:
            found.append(f"{below or 'it'}: {r.status}")
    if c.call("GET", path, headers={"If-None-Match": "*"}).status != 404:
        found.append("If-None-Match: *")
    places = [f"/api/v1/{plural}?limit=200", "/api/v1/comments?limit=200", f"/api/v1/{plural}?team={world.team['Alpha']}"]
    places += [f"/api/v1/search?q={t}" for t in texts] + [f"/api/v1/{plural}?q={t}" for t in texts]
    places += [f"/api/v1/export?format={f}" for f in FORMATS] + [f"/api/v1/export?format=stix&type={plural}"]
    for p in places:
        body = c.get(p).text
        if uuid in body or any(t in body.replace(p, "") for t in texts if f'"q":"{t}"' not in body):
            found.append(p)
    for t in texts:
        n = c.get(f"/api/v1/{plural}/count?q={t}").json.get("count")
        if n:
            found.append(f"count?q={t}: {n}")
    known = c.lookup(*[t for t in texts if "." in t] or ["nowhere.example"])
    found += [f"lookup {i['value']}" for i in known if i["count"] or i["records"] or i["sightings"]["count"]]
    return found


def counted(world):
    """A count is what its list shows, whatever is asked and whoever asks."""
    wrong = []
    states = {"incidents": "new,open,closed", "warnings": "draft,issued,withdrawn", "tasks": "open"}
    for who, c in world.who.items():
        if who == "off":
            continue
        for plural in ("reports", "incidents", "tasks", "warnings", "deliveries", "assessments", "circles", "memberships", "comments",
                       "indicators", "observables", "sightings", "people", "teams"):
            asks = ["", f"team={world.team['Alpha']}", f"team={world.team['Beta']}", f"parent={world.ids['incident']}",
                    f"parent={world.ids['issued']}", f"parent={world.ids['red']}"]
            asks += [f"state={states[plural]}"] if plural in states else []
            for ask in asks:
                items, n = c.get(f"/api/v1/{plural}?limit=200&{ask}"), c.get(f"/api/v1/{plural}/count?{ask}")
                if (items.status == 200) != (n.status == 200):
                    wrong.append(f"{who} {plural}?{ask}: {items.status} {n.status}")
                elif n.status == 200 and n.json["count"] != len(items.json["items"]) and not items.json["next"]:
                    wrong.append(f"{who} {plural}?{ask}: {n.json} but {len(items.json['items'])} shown")
    tap.ok(not wrong, "counts are those of the lists", "\n".join(wrong[:10]))


def cursors(world):
    """A page of somebody else's is one's own page."""
    wrong = []
    for plural in ("incidents", "indicators", "comments", "warnings"):
        r = world.who["aa"].get(f"/api/v1/{plural}?limit=1").json
        if not r["next"]:
            continue
        for who in ("ga", "ba", "da"):
            seen = {i["id"] for i in world.who[who].items(f"/api/v1/{plural}")}
            got = world.who[who].get(f"/api/v1/{plural}?cursor={r['next']}")
            if got.status == 200 and not {i["id"] for i in got.json["items"]} <= seen:
                wrong.append(f"{who} {plural}: {got}")
    tap.ok(not wrong, "cursors of others open nothing", "\n".join(wrong))


def shared_later(world):
    """Of a record that is shared later, readers get what it says then, and afterwards nothing."""
    aa, ba, wrong = world.who["aa"], world.who["ba"], []
    early, now, value = word("early"), word("sharednow"), "early-value.example"
    r = world.put("later", "aa", "incidents", {"title": early, "summary": f"{early} {value}", "cause": early})
    path = world.paths["later"]
    aa.made(path + "/comments", {"text": early})
    aa.post(path + "/indicators", {"text": value})
    r = aa.patch(path, {"title": now, "summary": now}, aa.get(path).etag)
    last = aa.stream()
    wrong += [f"before: {t}" for t in traces(world, "ba", world.ids["later"], early, now, value)]
    ears = ba.stream()
    time.sleep(0.3)
    r = aa.patch(path, {"tlp": "TLP:AMBER", "circles": [world.ids["circle"]]}, aa.get(path).etag)
    if r.status != 200 or ba.get(path).status != 200 or now not in ba.get(path).text:
        wrong.append(f"it was not shared: {r}")
    for below in ("", "/history", "/links", "/comments", "/files", "/indicators"):
        text = ba.get(path + below).text
        if early in text or value in text:
            wrong.append(f"what was there before stands in {below or 'it'}: {text[:300]}")
    if ba.get(path + "/history").json["items"]:
        wrong.append("the history before it was shared")
    for p in (f"/api/v1/search?q={early}", f"/api/v1/incidents?q={early}", f"/api/v1/export?format=stix&type=incidents&q={early}"):
        if world.ids["later"].rpartition("--")[2] in ba.get(p).text:
            wrong.append(f"found by what it no longer says: {p}")
    if any(i["count"] for i in ba.lookup(value)):
        wrong.append("a value it no longer shows is known")
    r = aa.patch(path, {"tlp": "TLP:AMBER+STRICT", "circles": []}, aa.get(path).etag)
    if r.status != 200:
        wrong.append(f"it was not taken back: {r}")
    time.sleep(0.3)
    start = time.monotonic()
    aa.patch(path, {"summary": early}, aa.get(path).etag)
    aa.made("/api/v1/tasks", {"title": "after"})
    lib.wait_for(lambda: last.seen("tasks.create"), 5)
    time.sleep(0.3)
    if ears.seen(None, start, world.ids["later"]):
        wrong.append("its changes are still told")
    wrong += [f"after: {t}" for t in traces(world, "ba", world.ids["later"], early, now, value)]
    old = ba.stream(last_id=1)
    time.sleep(0.3)
    if old.seen(None, 0, world.ids["later"]):
        wrong.append("a stream tells again what was taken back")
    for s in (last, ears, old):
        s.close()
    tap.ok(not wrong, "sharing begins and ends when it is said", "\n".join(wrong))


def windows(world):
    """Before its time and after it a thing is its originator's alone."""
    aa, ba, wrong = world.who["aa"], world.who["ba"], []
    names = {n: word(n) for n in ("embargoed", "expiring")}
    ears = ba.stream()
    time.sleep(0.3)
    # time enough to look everywhere before, on a slow machine too: what is late is looked at again
    begin = time.time() + 8
    body = {"tlp": "TLP:AMBER", "circles": [world.ids["circle"]]}
    world.put("embargoed", "aa", "incidents", {**body, "title": names["embargoed"], "summary": "embargoed-value.example",
              "not_before": lib.moment(8)})
    before = traces(world, "ba", world.ids["embargoed"], names["embargoed"], "embargoed-value.example")
    if time.time() < begin:
        wrong += [f"before its time: {t}" for t in before]
        if ears.seen(None, 0, world.ids["embargoed"]):
            wrong.append("an event before its time")
    if aa.get(world.paths["embargoed"]).status != 200:
        wrong.append("its own team does not read it before its time")
    lib.wait_for(lambda: ba.get(world.paths["embargoed"]).status == 200, 30)
    if names["embargoed"] not in ba.get(world.paths["embargoed"]).text or "not_before" in ba.get(world.paths["embargoed"]).json:
        wrong.append(f"at its time: {ba.get(world.paths['embargoed'])}")
    world.put("expiring", "aa", "incidents", {**body, "title": names["expiring"], "summary": "expiring-value.example",
              "expires": lib.moment(3)})
    if not lib.wait_for(lambda: ba.get(world.paths["expiring"]).status == 404, 30):
        wrong.append("it does not expire")
    wrong += [f"after its time: {t}" for t in traces(world, "ba", world.ids["expiring"], names["expiring"], "expiring-value.example")]
    old = ba.stream(last_id=1)
    time.sleep(0.3)
    if old.seen(None, 0, world.ids["expiring"]):
        wrong.append("a stream tells again what has expired")
    if aa.get(world.paths["expiring"]).status != 200:
        wrong.append("its own team does not read it after its time")
    for s in (ears, old):
        s.close()
    tap.ok(not wrong, "embargo and expiry hold everywhere", "\n".join(wrong))


def left_out(world):
    """A recipient reads no other recipient, nobody who was left out, no circle he is not in."""
    wrong = []
    others = {"issued": ("Gamma", "Delta"), "edited": ("Gamma", "Delta"), "correction": ("Gamma", "Delta"), "redwarn": ("Gamma", "Delta")}
    for name, teams in others.items():
        for who in ("ba", "bl", "br"):
            for below in ("", "/assessments", "/links", "/comments", "/concerns", "/changes?from=1&to=2", "/history", "/indicators"):
                r = world.who[who].get(world.paths[name] + below)
                for t in teams:
                    if r.status == 200 and world.team[t].rpartition("--")[2] in r.text:
                        wrong.append(f"{who} {name}{below} names {t}: {r.text[:300]}")
    # a second circle that nobody here has asked about: what one wrote oneself is no secret
    silent = world.who["sec"].made("/api/v1/circles", {"title": "Silent"})["id"]
    world.who["sec"].made("/api/v1/memberships", {"circle": silent, "team": world.team["Alpha"]})
    world.put("both", "aa", "indicators", {"value": "both-circles.example", "tlp": "TLP:GREEN", "circles": [world.ids["circle"], silent]})
    silent = silent.rpartition("--")[2]
    for who in ("ba", "da"):
        c = world.who[who]
        pages = [c.get(world.paths["both"] + b) for b in ("", "/history", "/links")] + [c.get("/api/v1/indicators?limit=200")]
        pages += [c.get(f"/api/v1/export?format={f}") for f in FORMATS] + [c.post("/api/v1/lookup", {"values": ["both-circles.example"]})]
        if pages[0].status != 200:
            wrong.append(f"{who} does not read what both circles may: {pages[0]}")
        wrong += [f"{who} reads of a circle: {p.text[:300]}" for p in pages if silent in p.text]
    tap.ok(not wrong, "who else got it, and who not, is not told", "\n".join(wrong[:10]))


def rights_shown(world):
    """The rights an account is told are those of its role."""
    rights = {w: set(world.who[w].get("/api/v1/me").json["rights"]) for w in ("ar", "aa", "al", "sec")}
    wrong = [r for r in rights["ar"] - {"create:reports"} if r.startswith(("create:", "edit:", "admin:")) or r in ("approve:warnings", "issue:warnings", "submit:warnings")]
    wrong += [r for r in rights["aa"] if r.startswith("admin:") or r == "approve:warnings"]
    wrong += [r for r in ("create:incidents", "submit:warnings") if r not in rights["aa"]]
    wrong += [r for r in ("approve:warnings", "issue:warnings") if r not in rights["al"]]
    wrong += [r for r in ("admin:circles",) if r not in rights["sec"]]
    tap.ok(not wrong, "the rights shown are those of the role", f"{wrong} {rights['ar']}")


def repeated(world):
    """An answer that is repeated goes to who got it first; conditions tell nothing."""
    aa, wrong = world.who["aa"], []
    key, body = {"Idempotency-Key": "shared-key"}, {"title": word("repeated")}
    first = aa.post("/api/v1/incidents", body, key)
    world.secret[body["title"]] = world.of("a")
    for who in ("ba", "ga", "ar", "al", "sec"):
        r = world.who[who].post("/api/v1/incidents", body, key)
        if first.json["id"].rpartition("--")[2] in r.text or (r.status == 201 and r.json["id"] == first.json["id"]):
            wrong.append(f"{who} is told {r}")
    if aa.post("/api/v1/incidents", body, key).json["id"] != first.json["id"]:
        wrong.append("a repetition makes a second record")
    other = aa.post("/api/v1/incidents", {"title": "other"}, key)
    if other.status < 400:
        wrong.append(f"the key of another body: {other}")
    read = lib.Client(world.node, token=world.node.token("aa@alpha.example", "read"))
    if read.post("/api/v1/incidents", body, key).status != 403:
        wrong.append("a token without the scope repeats it")
    tag = aa.get(world.paths["red"]).etag
    for who in ("ar", "ba", "ga"):
        for head in ({"If-None-Match": tag}, {"If-None-Match": "*"}, {"If-Match": tag}, {"If-Match": "*"}):
            r = world.who[who].call("GET", world.paths["red"], None, head)
            if r.status != 404:
                wrong.append(f"{who} {head}: {r}")
    tap.ok(not wrong, "what is repeated is one's own", "\n".join(wrong))


def between_the_lines(world):
    """Wrong bodies, jobs, files, imports: what is there answers as what is not."""
    wrong = []
    form, kind = lib.multipart([], [("file", "x.txt", b"x")])
    bad = [("PATCH", "", b"{", {"Content-Type": "application/json"}), ("PATCH", "", {"nosuchfield": 1}, {}), ("PATCH", "", {"title": 5}, {}),
           ("PATCH", "", b"x", {"Content-Type": "text/plain"}), ("PATCH", "", {"title": "x" * 90000}, {"If-Match": "*"}),
           ("POST", "/files", form, {"Content-Type": kind}), ("POST", "/comments", b"[", {"Content-Type": "application/json"}),
           ("POST", "/assessments", {"state": "done"}, {}), ("POST", "/approve", {}, {}), ("POST", "/issue", {}, {}), ("POST", "/update", {}, {}),
           ("POST", "/ack", {}, {}), ("DELETE", "", None, {}), ("PUT", "", {}, {}), ("GET", "/files/" + fresh_id("x--y")[3:], None, {}),
           ("GET", "/history?limit=1", None, {}), ("GET", "/links?limit=x", None, {}), ("POST", "/links", {"target": "x", "relation": "has"}, {}),
           ("POST", "/links", {"relation": "answers", "target": world.team["Alpha"]}, {})]
    readers = world.readers()
    for who in ("ga", "ba", "ar", "sec"):
        c = world.who[who]
        for name, path in world.paths.items():
            if name not in readers or who in readers[name]:
                continue
            full, other = world.ids[name], fresh_id(world.ids[name])
            for method, below, body, head in bad:
                a, b = c.call(method, path + below, body, head), c.call(method, path.replace(full, other) + below, body, head)
                if shape(a, full) != shape(b, other):
                    wrong.append(f"{who} {method} {name}{below} {str(body)[:30]}: {a} / {b}")
        for plural, make in (("tasks", lambda i: {"title": "x", "incident": i}), ("warnings", lambda i: {"title": "x", "incident": i}),
                             ("warnings", lambda i: {"title": "x", "what": {"indicators": [i]}}), ("warnings", lambda i: {"title": "x", "whom": {"people": [i]}}),
                             ("incidents", lambda i: {"title": "x", "named": [i]}), ("incidents", lambda i: {"title": "x", "circles": [i]}),
                             ("assessments", lambda i: {"warning": i}), ("sightings", lambda i: {"value": "s.example", "of": i})):
            for name in ("incident", "red", "indicator", "quiet", "draft", "report"):
                if who in readers[name]:
                    continue
                full, other = world.ids[name], fresh_id(world.ids[name])
                a, b = c.post(f"/api/v1/{plural}", make(full)), c.post(f"/api/v1/{plural}", make(other))
                if a.status >= 300 or b.status >= 300:
                    if shape(a, full) != shape(b, other):
                        wrong.append(f"{who} {plural} about {name}: {a} / {b}")
        job = c.get(f"/api/v1/jobs/{world.job}")
        none = c.get(f"/api/v1/jobs/{fresh_id('x--y')[3:]}")
        if shape(job, world.job)[0] != 404 or json.loads(job.text)["code"] != json.loads(none.text)["code"]:
            wrong.append(f"{who} job: {job} / {none}")
        if who in ("ga", "ba"):  # a value that only Alpha knows imports as one that nobody knows
            told = []
            for value in ("zqownindqz.example", "nobody-knows-this.example"):
                j = c.call("POST", "/api/v1/import?format=list", value.encode()).json["job"]
                done = lib.wait_for(lambda: (x := c.get(f"/api/v1/jobs/{j}").json)["state"] in ("done", "failed") and x, 20)
                told.append(json.dumps({k: v for k, v in (done.get("result") or {}).items() if isinstance(v, (int, dict))}, sort_keys=True))
            if told[0] != told[1]:
                wrong.append(f"{who} import tells {told}")
    # the bytes of Alpha's file, attached by Beta
    path, c = world.paths["bincident"], world.who["ba"]
    got = []
    for data in (word("filebody").encode(), b"zq0filebody0qz"):
        form, kind = lib.multipart([], [("file", "same.txt", data)])
        r = c.call("POST", path + "/files", form, {"Content-Type": kind})
        got.append(sorted(r.json["items"][0]) + [r.status, r.json["items"][0]["name"]])
    if got[0] != got[1]:
        wrong.append(f"a file that another team has: {got}")
    tap.ok(not wrong, "no answer tells what is there", "\n".join(wrong[:8])[:1500])


def true_counts(world):
    """What is known about a value tells nothing of the records that one does not read."""
    aa, wrong, answers = world.who["aa"], [], {}
    shared = {"tlp": "TLP:AMBER", "circles": [world.ids["circle"]]}
    for value in ("counted-open.example", "counted-both.example"):
        aa.made("/api/v1/indicators", {"value": value, **shared})
        if "both" in value:
            aa.made("/api/v1/incidents", {"title": "x", "summary": value})
            aa.made("/api/v1/incidents", {"title": "x", "summary": value, "tlp": "TLP:RED"})
            aa.made("/api/v1/sightings", {"value": value})
        for who in ("ba", "da", "ga", "ar", "aa"):
            item = world.who[who].lookup(value)[0]
            answers.setdefault(who, []).append((item["count"], len(item["records"]), item["sightings"]["count"], item["circles"], sorted(item)))
    for who in ("ba", "da", "ga"):
        if answers[who][0] != answers[who][1]:
            wrong.append(f"{who}: {answers[who]}")
    if [answers[w][1][0] for w in ("ga", "ba", "ar", "aa")] != [0, 1, 2, 3]:
        wrong.append(f"counts: {answers}")
    tap.ok(not wrong, "counts of a value are those of what one reads", "\n".join(wrong))


def answers_of_others(world):
    """What one team links or writes beneath another's record is its own."""
    ba, wrong = world.who["ba"], []
    ba.made(world.paths["shared"] + "/comments", {"text": word("beneath")})
    ba.made(world.paths["bincident"] + "/links", {"target": world.ids["shared"], "relation": "related-to"})
    for who in ("aa", "da", "ga", "sec"):
        for below in ("/comments", "/links", "", "/history"):
            text = world.who[who].get(world.paths["shared"] + below).text
            if word("beneath") in text or world.ids["bincident"].rpartition("--")[2] in text:
                wrong.append(f"{who} {below}: {text[:300]}")
    if world.ids["bincident"] not in ba.get(world.paths["shared"] + "/links").text:
        wrong.append("who linked does not find it again")
    for target, relation in ((world.ids["shared"], "vouches"), (world.ids["shared"], "delivery")):
        if ba.post(world.paths["bincident"] + "/links", {"target": target, "relation": relation}).status < 400:
            wrong.append(f"a link that only the server makes: {relation}")
    # both ends are shared with the circle: that Beta drew a line to it is Beta's to tell, at its own end
    open_ = ba.made("/api/v1/incidents", {"title": "open", "tlp": "TLP:AMBER", "circles": [world.ids["circle"]]})["id"]
    ba.made(f"/api/v1/incidents/{open_}/links", {"target": world.ids["shared"], "relation": "related-to"})
    for who in ("aa", "da"):
        if open_ in world.who[who].get(world.paths["shared"] + "/links").text:
            wrong.append(f"{who} is told at the far end who linked")
    for who, name in (("ar", "incident"), ("br", "bincident"), ("ba", "shared"), ("da", "shared")):
        for method in ("POST", "DELETE"):
            r = world.who[who].call(method, world.paths[name] + "/links", {"target": world.team["Alpha"], "relation": "related-to"})
            if r.status != 403:
                wrong.append(f"{who} {method} a link of {name}: {r}")
    for who, head in (("aa", None), ("sec", None)):
        r = world.who[who].call("DELETE", world.paths["bincident"] + "/links", {"target": world.ids["shared"], "relation": "related-to"}, head)
        if r.status != 404:
            wrong.append(f"{who} takes the link of another away: {r}")
    tap.ok(not wrong, "links and comments of one team are its own", "\n".join(wrong))


def people_who_go(world):
    """Who is named does not take the name along to another team, and a disabled account hears no more."""
    n, wrong = world.node, []
    n.user("goer@beta.example", "analyst", "Beta")
    goer = n.client("goer@beta.example")
    person = goer.me["person"]
    body = {"title": word("forgoer"), "tlp": "TLP:RED"}
    own = world.who["aa"].made("/api/v1/incidents", body)
    for r in (world.who["aa"].post("/api/v1/incidents", {**body, "named": [person]}),
              world.who["aa"].patch(f"/api/v1/incidents/{own['id']}", {"named": [person]}, world.who["aa"].get(f"/api/v1/incidents/{own['id']}").etag)):
        if r.status != 422:
            wrong.append(f"who writes shuts himself out: {r}")
    world.put("forgoer", "aa", "incidents", {**body, "named": [person, world.who["aa"].me["person"]]})
    path = world.paths["forgoer"]
    if goer.get(path).status != 200 or world.who["bl"].get(path).status != 404:
        wrong.append(f"who is named: {goer.get(path)}")
    for who in ("goer", "gl", "bl", "sec"):
        c = goer if who == "goer" else world.who[who]
        at = f"/api/v1/people/{person}"
        r = c.patch(at, {"team": world.team["Gamma"]}, c.get(at).etag)
        if r.status < 400:
            wrong.append(f"{who} moves a person: {r}")
    if n.run("user", "add", "--email", "goer@beta.example", "--role", "analyst", "--team", "Gamma", "--password-file", n.password_file)[0] == 0:
        if goer.get(path).status == 200 or n.client("goer@beta.example").get(path).status == 200:
            wrong.append("who went to another team still reads it")
    n.must("user", "disable", "--email", "goer@beta.example")
    if goer.get(path).status != 401:
        wrong.append("a disabled account reads it")
    again = n.run("user", "add", "--email", "goer2@gamma.example", "--role", "analyst", "--team", "Gamma", "--name", "goer", "--password-file", n.password_file)
    if again[0] == 0 and n.client("goer2@gamma.example").get(path).status != 404:
        wrong.append("a namesake reads it")
    tap.ok(not wrong, "being named is for one person in one team", "\n".join(wrong))


def report_codes(world):
    """The page of a report's state does not tell a wrong code from a number that there is not."""
    nobody, told = lib.Client(world.node), []
    for number in ("RPT-2026-0001", "RPT-2026-7777"):
        body, kind = lib.form({"number": number, "code": "wrong-wrong-wrong"})
        r = nobody.call("POST", "/report/status", body, {"Content-Type": kind})
        told.append((r.status, r.text.replace(number, "N")))
    tap.ok(told[0] == told[1], "a report's number alone tells nothing", told)


def pasted(world):
    """What an answer to a paste knows, and what a new record lights up, is what one reads anyway."""
    wrong = []
    for who in ("ga", "ar"):
        c, told, ears = world.who[who], [], world.who[who].stream()
        time.sleep(0.3)
        if who == "ga":
            mine = c.made("/api/v1/incidents", {"title": "mine"})
            for value in ("203.0.113.201", "zqquietindqz.example", "203.0.113.99"):
                r = c.post(f"/api/v1/incidents/{mine['id']}/indicators", {"text": value}).json["items"][0]
                told.append((r["count"], len(r["records"]), r["sightings"]["count"], r["circles"]))
            if told[0] != told[2] or told[1] != told[2]:
                wrong.append(f"{who} is told of values: {told}")
        # a value of warnings that Gamma did not get, and one of Gamma's own made afterwards, so that all is told by then
        c.post("/api/v1/reports", {"title": "x", "description": "issued.example draft.example correction.example redwarn.example"})
        (world.who["ga"] if who == "ga" else world.who["aa"]).made("/api/v1/tasks", {"title": "after the paste"})
        lib.wait_for(lambda: ears.seen("tasks.create"), 5)
        time.sleep(0.5)
        for name in ("issued", "draft", "correction", "redwarn"):
            if who == "ga" and ears.seen(None, 0, world.ids[name]):
                wrong.append(f"{who} hears of {name}: {ears.text()}")
        ears.close()
    tap.ok(not wrong, "values and warnings of others stay dark", "\n".join(wrong))


def own_numbers(world):
    """Numbers count one's own: they tell nothing of what others write."""
    made = [world.who["gl"].made("/api/v1/incidents", {"title": "n"})["number"]]
    for who in ("aa", "ba"):
        for _ in range(3):
            world.who[who].made("/api/v1/incidents", {"title": "n"})
    made.append(world.who["gl"].made("/api/v1/incidents", {"title": "n"})["number"])
    step = int(made[1].rpartition("-")[2]) - int(made[0].rpartition("-")[2])
    tap.ok(step == 1, "numbers do not count what other teams write", made)


def other_users(world):
    """Another user of the machine reads neither the node nor its socket, and no command line bears a secret."""
    data = world.node.data
    open_ = [str(p) for p in [data, *data.rglob("*")] if p.lstat().st_mode & 0o077 and not p.is_symlink()]
    inside = [p for p in open_ if p != str(data)]
    closed = not data.stat().st_mode & 0o077
    tap.ok(closed or not inside, "nothing of the node is open to other users", open_[:8])
    if os.geteuid() != 0:
        tap.skip("another user runs the program", "needs root to become nobody")
        return
    nobody, wrong = pwd.getpwnam("nobody"), []

    def become():
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    for args in (("search", "zq"), ("export", "--format", "stix"), ("user", "list"), ("token", "create", "--email", "al@alpha.example"),
                 ("verify",), ("config",), ("backup", "/tmp/x"), ("user", "passwd", "--email", "al@alpha.example")):
        p = subprocess.run([world.node.binary, "--data", str(data), *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                           check=False, preexec_fn=become, cwd="/", stdin=subprocess.DEVNULL)
        if p.returncode == 0 or b"zq" in p.stdout.replace(b"'zq'", b"") or b"@alpha" in p.stdout:
            wrong.append(f"{args}: {p.returncode} {p.stdout[:200]}")
    tap.ok(not wrong, "another user of the machine gets nothing", "\n".join(wrong))
    line = open(f"/proc/{world.node.server.pid}/cmdline", "rb").read()
    tap.ok(lib.PASSWORD.encode() not in line and b"password" not in line, "the server's command line bears no secret", line)


PARTS = (rights_shown, counted, cursors, true_counts, left_out, answers_of_others, repeated, between_the_lines, pasted, own_numbers, people_who_go,
         report_codes, shared_later, windows, other_users)
