#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the TAXII server promises beside the standard: labels, rights, lineages, other formats; and taxii2-client,
unchanged, walking through it. Run with pytest, or tests/run taxii-promises.
"""
import json
import uuid

import pytest

import lib
from world import GREEN


def test_label_is_joined_with_the_circles(w):
    amber = w.aoi.collection("Sector")
    green = w.indicator(object_marking_refs=[GREEN])
    w.aoi.send(amber, [green])
    marks = w.chiku.read(f"{w.chiku.collection('Sector')}objects/{green['id']}/")["objects"][0]["object_marking_refs"]
    assert "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421" in marks
    assert w.beni.get(f"{w.beni.collection('Finance 金融')}objects/{green['id']}/").status == 404


def test_who_joins_later_sees_no_amber_of_before(w):
    amber = w.aoi.collection("Sector")
    before, open_ = w.indicator(), w.indicator()
    w.aoi.send(amber, [before])
    w.node.must("circle", "add", w.sector, "Dai CSIRT")
    col = lib.wait_for(lambda: w.dai.collection("Sector"))
    w.aoi.send(amber, [open_])
    assert w.dai.get(f"{col}objects/{before['id']}/").status == 404
    assert w.dai.read(f"{col}objects/{open_['id']}/")["objects"]
    w.node.must("circle", "remove", w.sector, "Dai CSIRT")
    assert lib.wait_for(lambda: w.dai.get(f"{col}objects/{open_['id']}/").status == 404)


def test_nobody_supersedes_what_another_team_holds(w):
    o = w.indicator(name="beni's")
    w.beni.send(w.beni.collection("Finance 金融"), [o])
    w.aoi.send(w.col, [{**o, "modified": "2027-01-01T00:00:00.000Z", "name": "aoi's"}])
    own = w.beni.read(f"{w.beni.collection('Finance 金融')}objects/{o['id']}/")["objects"]
    assert [x["name"] for x in own] == ["beni's"]
    assert [x["name"] for x in w.aoi.read(f"{w.col}objects/{o['id']}/")["objects"]] == ["aoi's"]


def test_what_was_sent_is_there(w):
    """In every collection it was sent to, again after it was deleted, and not only where it was sent last."""
    o, finance, sector = w.indicator(), w.col, w.aoi.collection("Sector")
    one = f"objects/{o['id']}/"
    w.aoi.send(finance, [o])
    assert w.aoi.ask("DELETE", finance + one).status == 200
    w.aoi.send(finance, [o])
    assert w.aoi.read(finance + one)["objects"], "again after it was deleted"
    w.aoi.send(sector, [o])
    assert w.aoi.read(sector + one)["objects"] and w.aoi.read(finance + one)["objects"], "in both"
    assert w.chiku.read(w.chiku.collection("Sector") + one)["objects"]
    marks = w.aoi.read(finance + one)["objects"][0]["object_marking_refs"]
    assert marks == ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"], "under the stricter TLP of both"
    place = w.aoi.read(f"{sector}manifest/?match[id]={o['id']}")
    w.aoi.send(sector, [o])
    assert w.aoi.read(f"{sector}manifest/?match[id]={o['id']}") == place, "sent again it stays where it was"
    newer = {**o, "modified": "2026-06-01T00:00:00.000Z"}
    w.aoi.send(finance, [newer])
    assert w.aoi.read(sector + one)["objects"][0]["modified"] == newer["modified"], "a newer version goes where the old one was"
    assert w.aoi.ask("DELETE", finance + one).status == 200
    assert w.aoi.get(finance + one).status == 404 and w.aoi.read(sector + one)["objects"]
    old = w.aoi.post(finance, [{**o, "modified": "2026-01-02T00:00:00.000Z"}]).data
    assert old["failure_count"] == 1 and "newer version" in old["failures"][0]["message"]


def test_strangers_send_nothing_of_our_own_types(w):
    o = {"type": "x-hikeshi-warning", "spec_version": "2.1", "id": f"x-hikeshi-warning--{w.uuid()}", "title": "x",
         "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"}
    s = w.aoi.post(w.col, [o, w.indicator()]).data
    assert s["failure_count"] == 1 and "linked nodes" in s["failures"][0]["message"]


def test_misp_events_leave_as_stix(w):
    path = w.node.data / "event.json"
    path.write_text(json.dumps({"Event": {
        "uuid": w.uuid(), "info": "Invoice mail", "timestamp": "1767225600", "date": "2026-01-01", "published": False,
        "Attribute": [{"uuid": w.uuid(), "type": "domain", "category": "Network activity", "value": "evil.example",
                       "to_ids": True, "timestamp": "1767225600"},
                      {"uuid": w.uuid(), "type": "ip-dst", "category": "Network activity", "value": "203.0.113.9",
                       "to_ids": False, "timestamp": "1767225600"}]}}))
    w.node.must("import", "--circle", w.finance, "--tlp", "TLP:GREEN", path)
    got = [o for p in w.beni.pages(w.beni.collection("Finance 金融") + "objects/", 3) for o in p]
    group = next(o for o in got if o["type"] == "grouping" and o["name"] == "Invoice mail")
    have = {o["id"] for o in got}
    assert len(group["object_refs"]) == 2 and set(group["object_refs"]) <= have
    seen = next(o for o in got if o["type"] == "observed-data")
    assert set(seen["object_refs"]) <= have


def test_observables_of_misp_events_are_found_by_their_own_id(w):
    """Their id follows from the value and names no record: by itself, among others, its versions; only where the record is."""
    def event(value, *more):
        path = w.node.data / "event.json"
        path.write_text(json.dumps({"Event": {
            "uuid": w.uuid(), "info": f"Event of {value}", "timestamp": "1767225600", "date": "2026-01-01", "published": False,
            "Attribute": [{"uuid": w.uuid(), "type": "ip-dst", "category": "Network activity", "value": value, "to_ids": False,
                           "timestamp": "1767225600"}]}}))
        w.node.must("import", *more, path)
        return f"ipv4-addr--{uuid.uuid5(uuid.UUID('00abedb4-aa42-466c-9c01-fed23315a9b7'), json.dumps({'value': value}, separators=(',', ':')))}"

    ident = event("203.0.113.77", "--circle", w.sector, "--tlp", "TLP:GREEN")
    assert event("203.0.113.77", "--circle", w.sector, "--tlp", "TLP:GREEN") == ident, "of two events"
    kept = event("203.0.113.78", "--tlp", "TLP:AMBER+STRICT")
    col, other = w.chiku.collection("Sector"), w.indicator()
    w.aoi.send(w.aoi.collection("Sector"), [other])
    seen = next(o for p in w.chiku.pages(f"{col}objects/", 50) for o in p if o["id"] == ident)
    got = w.chiku.read(f"{col}objects/{ident}/")
    assert got["objects"] == [seen] and seen["value"] == "203.0.113.77" and not got["more"]
    assert w.chiku.read(f"{col}objects/{ident}/?match[spec_version]=2.1")["objects"] == [seen]
    assert len(w.chiku.read(f"{col}objects/{ident}/versions/")["versions"]) == 1
    ids = {o["id"] for o in w.chiku.read(f"{col}objects/?match[id]={ident},{other['id']}")["objects"]}
    assert ids == {ident, other["id"]}
    assert {m["id"] for m in w.chiku.read(f"{col}manifest/?match[id]={ident}")["objects"]} == {ident}
    assert w.beni.get(f"{w.beni.collection('Finance 金融')}objects/{ident}/").status == 404, "it is in another collection"
    for who, where in ((w.chiku, col), (w.aoi, w.aoi.collection("Sector"))):
        for absent in (kept, f"ipv4-addr--{uuid.uuid5(uuid.NAMESPACE_URL, 'nothing')}"):
            assert who.get(f"{where}objects/{absent}/").status == 404, "in no collection"
            assert who.get(f"{where}objects/{absent}/versions/").status == 404
            assert not who.read(f"{where}objects/?match[id]={absent}").get("objects")


def test_records_of_ours_leave_without_notes(w):
    c = w.node.client("admin@aoi.example")
    made = c.made("/api/v1/incidents", {"title": "Invoice mail", "summary": "a mail", "notes": "secret words", "severity": "high",
                                        "tlp": "TLP:GREEN", "circles": [w.finance]})
    got = [o for p in w.beni.pages(w.beni.collection("Finance 金融") + "objects/", 100) for o in p]
    incident = [o for o in got if o["type"] == "x-hikeshi-incident"]
    assert "secret words" not in json.dumps(got)
    assert not incident or incident[0]["id"] == made["id"]


def test_verify_is_content(w):
    status, out, err = w.node.run("verify")
    assert status == 0 and "intact" in out, out + err


# ---- other people's client ----

taxii2client = pytest.importorskip("taxii2client.v21", reason="taxii2-client is not installed: tests/requirements.txt")


def test_taxii2_client_walks_everything(w):
    server = taxii2client.Server(w.node.url + "/taxii2/", user="lead@beni.example", password=lib.PASSWORD.encode())
    root = server.default
    assert root.title == "Beni CSIRT" and [c.title for c in root.collections] == ["Finance 金融"]
    col = root.collections[0]
    ours = {o["id"] for p in w.beni.pages(w.beni.collection("Finance 金融") + "objects/", 1000) for o in p}
    theirs = [o["id"] for page in taxii2client.as_pages(col.get_objects, per_request=50) for o in page.get("objects", [])]
    assert len(theirs) == len(set(theirs)) and set(theirs) == ours
    rows = [m for page in taxii2client.as_pages(col.get_manifest, per_request=50) for m in page.get("objects", [])]
    assert {m["id"] for m in rows} == ours
    new = w.indicator()
    status = col.add_objects({"objects": [new]}, wait_for_completion=True)
    assert status.status == "complete" and status.success_count == 1
    assert col.get_object(new["id"])["objects"][0]["id"] == new["id"]
    assert col.object_versions(new["id"])["versions"] == [new["modified"]]
    col.delete_object(new["id"])
    with pytest.raises(Exception, match="404"):
        col.get_object(new["id"])
