#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The statements of the checklist of test_statements.py that are about filters and results (42 to 72)."""
import json

import lib
from world import RED, ROOT, TIME

TYPES = """attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set
location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability relationship sighting
artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex
network-traffic process software url user-account windows-registry-key x509-certificate marking-definition
language-content extension-definition bundle""".split()
NOTHING = "objects/?match[id]=indicator--00000000-0000-4000-8000-000000000000"


# ---- filters ----

def test_s42_malformed_parameters(w):  # 3.4
    for bad in ("limit=x", "added_after=yesterday", "added_after=2026-01-01", "added_after=", "match[version]=x",
                "match[version]=", "match[type]=", "match[id]=a,,b", "match[spec_version]=two", "next=x", "next=",
                "limit=1&limit=2", "match[type]=a&match[type]=b"):
        assert w.aoi.get(f"{w.col}objects/?{bad}").status == 400, bad


def test_s43_added_after_is_strict(w):  # 3.4
    for _ in range(3):
        w.aoi.send(w.col, [w.indicator()])
    rows = w.aoi.read(w.col + "manifest/")["objects"]
    after = w.aoi.read(f"{w.col}manifest/?added_after={rows[-2]['date_added']}")["objects"]
    assert [m["id"] for m in after] == [rows[-1]["id"]]
    assert w.aoi.read(f"{w.col}objects/?added_after={rows[-1]['date_added']}") == {}
    t = rows[-1]["date_added"]
    assert w.aoi.get(f"{w.col}objects/?added_after={t}&added_after={t}").status == 400


def test_s44_oldest_first(w):  # 3.4
    a, b = w.indicator(), w.indicator()
    w.aoi.send(w.col, [a])
    w.aoi.send(w.col, [b])
    ids = [o["id"] for o in w.aoi.read(w.col + "objects/")["objects"]]
    assert ids.index(a["id"]) < ids.index(b["id"])


def test_s45_limit(w):  # 3.4
    for bad in ("0", "-1", "1.5", "", "x", "+1", "00"):
        assert w.aoi.get(f"{w.col}objects/?limit={bad}").status == 400, bad
    w.aoi.send(w.col, [w.indicator() for _ in range(5)])
    for n in (1, 2, 3):
        assert len(w.aoi.read(f"{w.col}objects/?limit={n}")["objects"]) == n
    assert w.aoi.get(f"{w.col}objects/?limit=99999999999999999999").status == 200


def test_s46_all_that_fit(w):  # 3.4
    everything = [o for page in w.aoi.pages(w.col + "objects/", 2) for o in page]
    r = w.aoi.read(f"{w.col}objects/?limit={len(everything)}")
    assert len(r["objects"]) == len(everything) and r.get("more", False) is False


def test_s47_more(w):  # 3.4, 3.5
    n = sum(len(p) for p in w.aoi.pages(w.col + "objects/", 100))
    r = w.aoi.read(f"{w.col}objects/?limit={n - 1}")
    assert r["more"] is True and r["next"]
    assert w.aoi.read(f"{w.col}objects/?limit={n}").get("more", False) is False


def test_s48_next_is_not_trusted(w):  # 3.4, appendix B
    w.aoi.send(w.col, [w.indicator(), w.indicator()])
    token = w.aoi.read(f"{w.col}objects/?limit=1")["next"]
    other = "B" if token[6] == "A" else "A"
    assert w.aoi.get(f"{w.col}objects/?limit=1&next={token}").status == 200
    for changed in (f"objects/?next={token}&match[type]=indicator", f"objects/?next={token}&added_after=2020-01-01T00:00:00Z",
                    f"manifest/?next={token}", f"objects/?next={token[:-2]}AA", f"objects/?next={token[:6]}{other}{token[7:]}"):
        assert w.aoi.get(w.col + changed).status == 400, changed
    assert w.aoi.get(f"{w.aoi.collection('Sector')}objects/?next={token}").status == 400
    assert w.beni.get(f"{w.beni.collection('Finance 金融')}objects/?next={token}").status == 400


def test_s48_next_is_held_against_rights_of_now(w):
    col = w.beni.collection("Finance 金融")
    w.aoi.send(w.col, [w.indicator(), w.indicator()])
    token = w.beni.read(f"{col}objects/?limit=1")["next"]
    w.node.must("circle", "remove", w.finance, "Beni CSIRT")
    try:
        assert lib.wait_for(lambda: w.beni.get(f"{col}objects/?limit=1&next={token}").status == 404)
    finally:
        w.node.must("circle", "add", w.finance, "Beni CSIRT")
    fresh = lib.wait_for(lambda: w.beni.collection("Finance 金融"))
    assert fresh != col, "a team that joins again finds a new collection"


def test_s49_every_row_has_a_microsecond_of_its_own(w):  # 3.5
    w.aoi.send(w.col, [w.indicator() for _ in range(23)])
    times = [m["date_added"] for page in w.aoi.pages(w.col + "manifest/", 7) for m in page]
    assert len(times) == len(set(times)) and times == sorted(times)
    by_next = [o["id"] for p in w.aoi.pages(w.col + "objects/", 7) for o in p]
    by_time = [o["id"] for p in w.aoi.pages(w.col + "objects/", 7, by_time=True) for o in p]
    assert by_next == by_time


def test_s50_a_page_may_be_empty(w):  # 3.5
    o = w.indicator()
    w.aoi.send(w.col, [o])
    last = w.aoi.get(w.col + "objects/").headers["X-TAXII-Date-Added-Last"]
    r = w.aoi.get(f"{w.col}objects/?added_after={last}")
    assert r.status == 200 and r.data == {} and "X-TAXII-Date-Added-Last" not in r.headers


def test_s51_match(w):  # 3.4, 3.4.1
    a, b = w.indicator(), w.indicator()
    m = {"type": "malware", "spec_version": "2.1", "id": f"malware--{w.uuid()}", "created": "2026-01-01T00:00:00.000Z",
         "modified": "2026-01-01T00:00:00.000Z", "is_family": False, "name": "m"}
    w.aoi.send(w.col, [a, b, m])
    get = lambda q: sorted(o["id"] for p in w.aoi.pages(f"{w.col}objects/?{q}", 50) for o in p)  # noqa: E731
    assert get(f"match[id]={a['id']},{m['id']}") == sorted([a["id"], m["id"]])
    assert get(f"match[id]={a['id']},{m['id']}&match[type]=malware") == [m["id"]]
    assert m["id"] in get("match[type]=malware,tool") and a["id"] not in get("match[type]=malware,tool")
    assert get(f"match[id]={a['id']}&match[version]=last&match[spec_version]=2.1,2.0") == [a["id"]]
    assert get(f"match[id]={a['id']}&match[colour]=red") == [a["id"]]


def test_s52_every_type_of_stix(w):  # 3.4.1
    for t in TYPES:
        assert w.aoi.get(f"{w.col}objects/?match[type]={t}").status == 200, t
    assert w.aoi.get(f"{w.col}objects/?match[type]={','.join(TYPES)}").status == 200


def test_s53_versions(w):  # 3.4.1
    ident, times = w.versions_of_three()

    def get(version, what="objects"):
        q = f"&match[version]={version}" if version else ""
        r = w.aoi.read(f"{w.col}{what}/?match[id]={ident}{q}").get("objects", [])
        return [o["modified"] if what == "objects" else o["version"] for o in r]
    for what in ("objects", "manifest"):
        assert get("", what) == get("last", what) == times[2:]
        assert get("first", what) == times[:1] and get("all", what) == times
        assert get(times[1], what) == [times[1]] and get(f"first,{times[2]}", what) == [times[0], times[2]]
        assert get("2000-01-01T00:00:00Z", what) == []
    walked = [o["modified"] for p in w.aoi.pages(w.col + "objects/?match[version]=all", 5) for o in p if o["id"] == ident]
    assert walked == times
    firsts = [o["modified"] for p in w.aoi.pages(w.col + "objects/?match[version]=first", 5) for o in p if o["id"] == ident]
    assert firsts == times[:1]
    for bad in ("all,first", "all,last", f"{times[0]},{times[0]}", "last,last", "all,all", "newest"):
        assert w.aoi.get(f"{w.col}objects/?match[version]={bad}").status == 400, bad


def test_s53_versions_in_one_envelope(w):
    first = w.indicator(modified="2026-02-01T00:00:00.000Z")
    times = [f"2026-02-0{k}T00:00:00.000Z" for k in (1, 2, 3)]
    w.aoi.send(w.col, [{**first, "modified": t} for t in times])
    assert w.aoi.read(f"{w.col}objects/{first['id']}/versions/")["versions"] == times


def test_s54_versions_of_what_has_none(w):  # 3.4.1
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--5853f6a4-638f-5b4e-9b0f-ded361ae3812",
               "value": "198.51.100.2"}
    w.aoi.send(w.col, [address])
    v = w.aoi.read(f"{w.col}objects/{address['id']}/versions/")["versions"]
    assert len(v) == 1
    assert w.aoi.read(f"{w.col}objects/{address['id']}/?match[version]={v[0]}")["objects"][0]["value"] == "198.51.100.2"


def test_s55_spec_version(w):  # 3.4.1
    old = {"type": "indicator", "id": f"indicator--{w.uuid()}", "created": "2016-01-01T00:00:00.000Z",
           "modified": "2016-01-01T00:00:00.000Z", "pattern": "[domain-name:value = 'old.example']",
           "labels": ["malicious-activity"], "valid_from": "2016-01-01T00:00:00Z"}
    w.aoi.send(w.col, [old])
    got = w.aoi.read(f"{w.col}objects/{old['id']}/")["objects"][0]
    assert got["spec_version"] == "2.1" and got["pattern_type"] == "stix"
    assert w.aoi.read(f"{w.col}objects/?match[id]={old['id']}&match[spec_version]=2.1")["objects"]
    assert w.aoi.read(f"{w.col}objects/?match[spec_version]=2.0") == {}


def test_s56_which_filters_count_where(w):  # 5.6-5.8
    ident, times = w.versions_of_three()
    other = w.indicator()["id"]
    one = f"{w.col}objects/{ident}/"
    assert [o["modified"] for o in w.aoi.read(f"{one}?match[version]=first")["objects"]] == times[:1]
    assert w.aoi.read(f"{one}?match[id]={other}")["objects"]
    assert w.aoi.read(f"{one}versions/?match[version]=first")["versions"] == times
    assert w.aoi.read(f"{one}versions/?match[spec_version]=2.0") == {}
    assert w.aoi.pages(f"{one}versions/", 2) == [times[:2], times[2:]]
    assert w.aoi.ask("DELETE", f"{one}?match[type]=tool").status == 400
    assert w.aoi.read(f"{one}versions/")["versions"] == times


def test_s57_manifest_filters_are_about_the_objects(w):  # 5.3
    ident, times = w.versions_of_three()
    for q in (f"match[id]={ident}", f"match[id]={ident}&match[version]=all", f"match[id]={ident}&match[type]=tool"):
        objects = w.aoi.read(f"{w.col}objects/?{q}").get("objects", [])
        rows = w.aoi.read(f"{w.col}manifest/?{q}").get("objects", [])
        assert [(o["id"], o["modified"]) for o in objects] == [(m["id"], m["version"]) for m in rows]


# ---- results ----

def test_s58_ascending(w):  # 3.3
    for q in ("", "&match[version]=all"):
        for page in w.aoi.pages(f"{w.col}manifest/?match[spec_version]=2.1{q}", 9):
            times = [m["date_added"] for m in page]
            assert times == sorted(times)


def test_s59_first_and_last_of_the_page(w):  # 3.2
    o = w.indicator()
    w.aoi.send(w.col, [o])
    rows = w.aoi.read(w.col + "manifest/?limit=3")["objects"]
    for path in ("objects/?limit=3", "manifest/?limit=3"):
        r = w.aoi.get(w.col + path)
        assert r.headers["X-TAXII-Date-Added-First"] == rows[0]["date_added"]
        assert r.headers["X-TAXII-Date-Added-Last"] == rows[2]["date_added"]
    for path in (f"objects/{o['id']}/", f"objects/{o['id']}/versions/"):
        assert TIME.match(w.aoi.get(w.col + path).headers["X-TAXII-Date-Added-First"])


def test_s60_always_an_envelope(w):  # 3.7, 5.4, 5.6
    o = w.indicator()
    w.aoi.send(w.col, [o])
    assert len(w.aoi.read(f"{w.col}objects/{o['id']}/")["objects"]) == 1
    r = w.aoi.get(w.col + NOTHING)
    assert r.status == 200 and r.data == {}
    for gone in ("indicator--00000000-0000-4000-8000-000000000000", "x"):
        assert w.aoi.get(f"{w.col}objects/{gone}/").status == 404
        assert w.aoi.get(f"{w.col}objects/{gone}/versions/").status == 404


def test_s61_objects_are_stix_and_no_bundle(w):  # 3.7
    for page in w.aoi.pages(w.col + "objects/", 50):
        for o in page:
            assert o["type"] != "bundle" and o["id"].startswith(o["type"] + "--")
            assert o["type"] == "marking-definition" or o["object_marking_refs"]


def test_s62_manifest_records(w):  # 5.3.1, 1.7.1
    ident, times = w.versions_of_three()
    rows = w.aoi.read(f"{w.col}manifest/?match[id]={ident}&match[version]=all")["objects"]
    assert [m["version"] for m in rows] == times and len({m["date_added"] for m in rows}) == 3
    assert all(set(m) == {"id", "date_added", "version", "media_type"} for m in rows)


def test_s63_versions(w):  # 5.8.1
    ident, times = w.versions_of_three()
    assert w.aoi.read(f"{w.col}objects/{ident}/versions/") == {"more": False, "versions": times}
    last = w.aoi.get(f"{w.col}objects/{ident}/versions/").headers["X-TAXII-Date-Added-Last"]
    assert w.aoi.read(f"{w.col}objects/{ident}/versions/?added_after={last}") == {}


def test_s63_versions_that_come_late(w):  # 5.5, 5.8: what was taken is there, whatever stood there before
    first = w.indicator(modified="2026-02-05T00:00:00.000Z", name="newest")
    old = [{**first, "modified": f"2026-02-0{k}T00:00:00.000Z", "name": f"version {k}"} for k in (3, 1, 4)]
    w.aoi.send(w.col, [first])
    place = w.aoi.read(f"{w.col}manifest/?match[id]={first['id']}")["objects"]
    last = w.aoi.pages(w.col + "manifest/", 1000)[-1][-1]["date_added"]
    for o in old:
        assert w.aoi.send(w.col, [o])["success_count"] == 1
        w.aoi.send(w.col, [o])  # once more changes nothing
    w.aoi.send(w.col, [first])
    one = f"{w.col}objects/{first['id']}/"
    assert [o["name"] for o in w.aoi.read(one)["objects"]] == ["newest"]
    times = [o["modified"] for o in [*old, first]]
    assert sorted(w.aoi.read(f"{one}versions/")["versions"]) == sorted(times)
    assert [v for p in w.aoi.pages(f"{one}versions/", 1) for v in p] == [first["modified"], *times[:3]], "in the order they came"
    assert [o["modified"] for p in w.aoi.pages(f"{one}?match[version]=all", 1, by_time=True) for o in p] == [first["modified"], *times[:3]]
    assert [o["name"] for o in w.aoi.read(f"{one}?match[version]=first")["objects"]] == ["version 1"]
    assert [o["name"] for o in w.aoi.read(f"{one}?match[version]={times[0]}")["objects"]] == ["version 3"]
    assert w.aoi.read(f"{w.col}manifest/?match[id]={first['id']}")["objects"] == place, "the newest stays where it was"
    assert w.aoi.read(f"{w.col}objects/?added_after={last}") == {}, "and nothing came behind it but for who asks for versions"
    rows = w.aoi.read(f"{w.col}manifest/?match[id]={first['id']}&match[version]=all")["objects"]
    assert sorted(m["version"] for m in rows) == sorted(times) and len({m["date_added"] for m in rows}) == 4
    late = w.aoi.read(f"{w.col}manifest/?match[version]=all&added_after={last}")["objects"]
    assert [m["version"] for m in late] == times[:3]
    walked = [o for p in w.aoi.pages(f"{w.col}objects/?match[version]=all", 7, by_time=True) for o in p if o["id"] == first["id"]]
    assert sorted(o["modified"] for o in walked) == sorted(times)
    assert w.beni.read(f"{w.beni.collection('Finance 金融')}objects/{first['id']}/")["objects"][0]["name"] == "newest"
    assert w.aoi.ask("DELETE", f"{one}?match[version]={first['modified']}").status == 200
    assert [o["name"] for o in w.aoi.read(one)["objects"]] == ["version 4"], "the newest of what is left"


def test_s63_many_versions_at_once_in_any_order(w):
    first = w.indicator(modified="2026-02-01T00:00:00.000Z")
    times = [f"2026-03-{k % 28 + 1:02d}T00:00:{k // 28:02d}.000Z" for k in range(150)]
    others = [w.indicator(modified="2026-02-03T00:00:00.000Z") for _ in range(150)]
    w.aoi.send(w.col, [*others, *({**first, "modified": t} for t in times)])
    w.aoi.send(w.col, [{**o, "modified": "2026-02-02T00:00:00.000Z"} for o in others])
    one = f"{w.col}objects/{first['id']}/"
    assert w.aoi.read(one)["objects"][0]["modified"] == max(times)
    got = w.aoi.read(f"{one}versions/")["versions"]
    assert sorted(got) == sorted(set(times)) and len(got) == len(times)
    for o in others:
        assert len(w.aoi.read(f"{w.col}objects/{o['id']}/versions/")["versions"]) == 2


def test_s64_post(w):  # 5.5
    o = w.indicator()
    for _ in range(2):
        r = w.aoi.post(w.col, [o])
        assert r.status == 202 and r.data["success_count"] == 1
    assert len(w.aoi.read(f"{w.col}objects/{o['id']}/?match[version]=all")["objects"]) == 1
    assert w.aoi.ask("POST", w.col + "objects/", {"type": "bundle", "id": f"bundle--{w.uuid()}", "objects": [o]}).status == 422


def test_s65_what_cannot_be_taken(w):  # 5.5
    for body, wanted in (('{"objects":[', 400), ("", 400), ("[]", 400), ('{"objects":[{}]} x', 400),
                         (b'{"objects":[{"type":"\xff"}]}', 400), ('{"objects":[{"type":"indicator"}]}', 422),
                         ('{"objects":{}}', 422), ("{}", 422), ('{"objects":[]}', 422), ('{"objects":[1,2]}', 422)):
        assert w.aoi.ask("POST", w.col + "objects/", body).status == wanted, body
    good = w.indicator()
    whole = json.dumps({"objects": [good]})[:-1]
    assert w.aoi.ask("POST", w.col + "objects/", whole).status == 400
    assert w.aoi.get(f"{w.col}objects/{good['id']}/").status == 404, "nothing of a broken text is kept"


def test_s66_deleted_is_gone(w):  # 5.7
    ident, _ = w.versions_of_three()
    beni = w.beni.collection("Finance 金融")
    assert w.beni.get(f"{beni}objects/{ident}/").status == 200
    assert w.aoi.ask("DELETE", f"{w.col}objects/{ident}/").status == 200
    for who, col in ((w.aoi, w.col), (w.beni, beni)):
        assert who.get(f"{col}objects/{ident}/").status == 404
        assert who.get(f"{col}objects/{ident}/versions/").status == 404
        for what in ("objects", "manifest"):
            rows = [o["id"] for p in who.pages(f"{col}{what}/?match[version]=all", 100) for o in p]
            assert ident not in rows
    assert w.aoi.ask("DELETE", f"{w.col}objects/{ident}/").status == 404


def test_s67_one_version_deleted(w):  # 5.7
    for gone in range(3):
        ident, times = w.versions_of_three()
        one = f"{w.col}objects/{ident}/"
        assert w.aoi.ask("DELETE", f"{one}?match[version]=2000-01-01T00:00:00Z").status == 404
        assert w.aoi.ask("DELETE", f"{one}?match[version]={times[gone]}").status == 200
        left = [t for k, t in enumerate(times) if k != gone]
        assert sorted(w.aoi.read(f"{one}versions/")["versions"]) == left
        assert [o["modified"] for o in w.aoi.read(one)["objects"]] == left[-1:]
        got = w.aoi.read(f"{w.col}manifest/?match[id]={ident}&match[version]=all")["objects"]
        assert sorted(m["version"] for m in got) == left


def test_s66_what_was_deleted_does_not_come_back(w):
    ident, times = w.versions_of_three()
    one = f"{w.col}objects/{ident}/"
    assert w.aoi.ask("DELETE", one).status == 200
    w.aoi.send(w.col, [w.indicator(ident, times[2], name="version 3")])
    assert w.aoi.read(f"{one}versions/")["versions"] == times[2:]
    assert w.aoi.ask("DELETE", one).status == 200
    w.aoi.send(w.col, [w.indicator(ident, times[1], name="another version 2"), w.indicator(ident, times[0], name="version 1")])
    assert w.aoi.read(f"{one}versions/")["versions"] == times[1::-1], "an older one may be sent then"
    assert w.aoi.read(one)["objects"][0]["name"] == "another version 2"


def test_s67_deleted_while_its_words_are_indexed(w):
    for _ in range(40):
        ident, times = w.versions_of_three()
        assert w.aoi.ask("DELETE", f"{w.col}objects/{ident}/?match[version]={times[2]}").status == 200


def test_s67_what_others_sent_stays(w):
    o = w.indicator()
    w.beni.send(w.beni.collection("Finance 金融"), [o])
    assert w.aoi.ask("DELETE", f"{w.col}objects/{o['id']}/").status == 403
    assert w.aoi.read(f"{w.col}objects/{o['id']}/")["objects"]


def test_s68_errors(w):  # 3.6.1; world.Who looks at each
    r = w.aoi.get(w.col + "objects/?limit=0")
    assert r.status == 400 and r.data["title"] and r.data["description"] and r.data["http_status"] == "400"


def test_s69_custom_properties(w):  # 7.1.1
    o = w.indicator(x_own_thing={"deep": [1, {"a": None}]}, another="y")
    assert w.aoi.ask("POST", w.col + "objects/", {"objects": [o], "x_hint": 1}).status == 202
    got = w.aoi.read(f"{w.col}objects/{o['id']}/")["objects"][0]
    assert got["x_own_thing"] == o["x_own_thing"] and got["another"] == "y"


def test_s70_dns_name_is_documented():  # 3.9
    assert "_taxii2._tcp" in (ROOT / "docs/settings.md").read_text(encoding="utf-8")


def test_s71_no_channels(w):  # 6
    assert w.aoi.get(w.aoi.root() + "channels/").status == 404
    assert w.aoi.get(w.col + "channels/").status == 404


def test_s72_bounded_and_tells_nothing(w):  # appendix B
    w.aoi.send(w.col, [w.indicator() for _ in range(1100)])
    r = w.aoi.read(w.col + "objects/?limit=100000")
    assert len(r["objects"]) == 1000 and r["more"] is True
    red = w.indicator(object_marking_refs=[RED])
    w.beni.send(w.beni.collection("Finance 金融"), [red])
    texts = set()
    for ident in (red["id"], "indicator--00000000-0000-4000-8000-000000000000"):
        d = w.aoi.get(f"{w.col}objects/{ident}/").data
        d.pop("error_id")
        texts.add(json.dumps(d))
    assert len(texts) == 1
