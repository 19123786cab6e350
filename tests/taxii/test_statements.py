#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The TAXII 2.1 server held against the standard, a test for each statement of a checklist drawn from it (the section
stands behind each). A real server on both stores. Run with pytest, or tests/run taxii-statements.
"""
import argparse
import http.client
import json
import os
import re
import socket
import ssl
import subprocess

import pytest

import lib
from world import MEDIA, RED, ROOT, STIX, TIME, UPLOAD, UUID4, basic, certificate, strict_json

NOTHING = "objects/?match[id]=indicator--00000000-0000-4000-8000-000000000000"


# ---- addresses, methods, representation ----

def test_s01_discovery_is_at_taxii2(w):  # 8.2.1, 4.1
    assert w.aoi.get("/taxii2/").status == 200
    assert w.aoi.get("/taxii2/taxii2/").status == 404
    assert lib.Client(w.node, token=w.aoi.authorization[7:]).get("/api/v1/taxii2/").status == 404


def test_s02_at_least_one_root_each_of_its_own(w):  # 8.2.1, 4.2
    roots = [who.read("/taxii2/")["api_roots"] for who in (w.aoi, w.beni, w.chiku)]
    assert all(len(r) == 1 for r in roots) and len({r[0] for r in roots}) == 3
    assert w.beni.get(roots[0][0]).status == 404 and w.aoi.get(roots[1][0]).status == 404


def test_s03_all_endpoints(w):  # 3.1
    root, col = w.aoi.root(), w.col
    o = w.indicator()
    status = w.aoi.send(col, [o])["id"]
    for path in ("/taxii2/", root, f"{root}status/{status}/", f"{root}collections/", col, f"{col}manifest/",
                 f"{col}objects/", f"{col}objects/{o['id']}/", f"{col}objects/{o['id']}/versions/"):
        assert w.aoi.get(path).status == 200, path
        assert w.aoi.ask("PUT", path, "{}").status == 405
    assert w.aoi.ask("DELETE", f"{col}objects/{o['id']}/").status == 200


def test_s04_addresses_end_with_a_slash(w):  # 3.1
    root, col = w.aoi.root(), w.col
    for path in ("/taxii2", root[:-1], f"{root}collections", col[:-1], f"{col}manifest", f"{col}objects",
                 f"{col}objects?limit=1"):
        r = w.aoi.get(path)
        plain, mark, query = path.partition("?")
        assert r.status == 308 and r.headers["Location"] == f"{plain}/{mark}{query}", path
    assert w.aoi.get(f"{root}nowhere").status == 404 and w.nobody.get("/taxii2").status == 401


def test_s05_answers_carry_their_resource(w):  # 3.1
    root, col = w.aoi.root(), w.col
    o = w.indicator()
    posted = w.aoi.post(col, [o])
    assert posted.status == 202 and "total_count" in posted.data
    assert "api_roots" in w.aoi.read("/taxii2/") and "max_content_length" in w.aoi.read(root)
    assert "collections" in w.aoi.read(f"{root}collections/") and "can_read" in w.aoi.read(col)
    assert "objects" in w.aoi.read(f"{col}manifest/") and "objects" in w.aoi.read(f"{col}objects/")
    assert "objects" in w.aoi.read(f"{col}objects/{o['id']}/")
    assert "versions" in w.aoi.read(f"{col}objects/{o['id']}/versions/")


def test_s06_i_json_in_utf8(w):  # 1.6.7; each answer is read strictly by world.Who
    o = w.indicator(name="火消し \U0001f692 \"'\\ \u0001")
    w.aoi.send(w.col, [o])
    assert w.aoi.read(f"{w.col}objects/{o['id']}/")["objects"][0]["name"] == o["name"]
    assert w.aoi.read(w.col)["title"] == "Finance 金融"


def test_s07_property_names(w):  # 3.8
    root, col = w.aoi.root(), w.col
    assert set(w.aoi.read("/taxii2/")) <= {"title", "description", "contact", "default", "api_roots"}
    assert set(w.aoi.read(root)) <= {"title", "description", "versions", "max_content_length"}
    assert set(w.aoi.read(col)) <= {"id", "title", "description", "alias", "can_read", "can_write", "media_types"}
    assert set(w.aoi.read(f"{col}manifest/?limit=1")) <= {"more", "objects", "next"}


def test_s08_no_empty_lists(w):  # 2; each answer is looked at by world.Who
    assert w.dai.read(w.dai.root() + "collections/") == {}
    assert w.aoi.read(w.col + NOTHING) == {}
    status = w.aoi.send(w.col, [w.indicator()])
    assert "failures" not in status and "pendings" not in status


def test_s09_times_in_microseconds(w):  # 2
    status = w.aoi.send(w.col, [w.indicator()])
    assert TIME.match(status["request_timestamp"])
    r = w.aoi.get(f"{w.col}manifest/?limit=5")
    assert all(TIME.match(m["date_added"]) for m in r.data["objects"])
    assert TIME.match(r.headers["X-TAXII-Date-Added-First"])


def test_s10_ids_are_uuid_v4(w):  # 2
    assert UUID4.match(w.aoi.send(w.col, [w.indicator()])["id"])
    for who in (w.aoi, w.beni, w.chiku):
        for c in who.read(who.root() + "collections/")["collections"]:
            assert UUID4.match(c["id"])


def test_s11_whole_numbers(w):  # 2; each answer is read strictly by world.Who
    n = w.aoi.read(w.aoi.root())["max_content_length"]
    assert isinstance(n, int) and 0 < n < 2 ** 53


def test_s12_booleans(w):  # 2
    for c in w.aoi.read(w.aoi.root() + "collections/")["collections"]:
        assert c["can_read"] is True and c["can_write"] is True
    assert w.aoi.read(f"{w.col}objects/?limit=1")["more"] is True


# ---- media types ----

def raw(w, head, body=b""):
    """One request as bytes: (status line, headers as text, body)."""
    with socket.create_connection(("127.0.0.1", w.node.port), timeout=30) as s:
        s.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        r = http.client.HTTPResponse(s)
        r.begin()
        return r.status, r.headers, r.read()


def test_s13_every_answer_has_the_media_type(w):  # 3.1; world.Who looks at each, here those made below the handlers
    auth = f"Host: a\nAuthorization: {w.aoi.authorization}\nAccept: {MEDIA}"
    for target, wanted in ((f"{w.col}objects/?limit=%zz", 400), ("/taxii2/nowhere/", 404), ("/taxii2", 308)):
        status, headers, body = raw(w, f"GET {target} HTTP/1.1\n{auth}")
        assert status == wanted and headers["Content-Type"] == MEDIA
        assert strict_json(body)["http_status"] == str(wanted)
    assert w.nobody.get("/taxii2/").status == 401
    assert w.aoi.ask("PATCH", w.col, "{}").status == 405


def test_s14_the_defined_accept(w):  # 3.1
    assert w.aoi.get("/taxii2/", Accept=MEDIA).status == 200


def test_s15_accept_without_version(w):  # 3.1, 1.6.8.2
    assert w.aoi.get("/taxii2/", Accept="application/taxii+json").headers["Content-Type"] == MEDIA


def test_s16_undefined_accept(w):  # 3.1
    for accept in ("text/html", "application/json", "application/taxii+json;version=2.0",
                   "application/taxii+json;version=3.0", "application/stix+json;version=2.1", "nonsense", ""):
        assert w.aoi.get("/taxii2/", Accept=accept).status == 406, accept


def test_s17_content_type_of_a_post(w):  # 3.1
    body = {"objects": [w.indicator()]}
    for good in (MEDIA, "application/taxii+json", 'application/taxii+json; version="2.1"'):
        assert w.aoi.ask("POST", w.col + "objects/", body, Content_Type=good).status == 202
    for bad in ("application/json", "application/taxii+json;version=2.0", "text/plain", STIX):
        assert w.aoi.ask("POST", w.col + "objects/", body, Content_Type=bad).status == 415, bad


def test_s18_several_ranges_and_weights(w):  # 3.1, 5.3
    for good in (f"{MEDIA},{STIX}", "*/*", "application/*;q=0.1", f"text/html, {MEDIA};q=0.5",
                 'application/taxii+json; version="2.1"', "text/*;q=1, */*;q=0.001"):
        assert w.aoi.get(f"{w.col}manifest/?limit=1", Accept=good).status == 200, good
    for bad in (f"{MEDIA};q=0", f"{MEDIA};q=0,*/*", "text/html,application/xml;q=0.9", "*/*;q=0"):
        assert w.aoi.get(f"{w.col}manifest/?limit=1", Accept=bad).status == 406, bad


def test_s19_post_needs_both(w):  # 3.1
    body = {"objects": [w.indicator()]}
    assert w.aoi.ask("POST", w.col + "objects/", body, Accept=None).status == 406
    assert w.aoi.ask("POST", w.col + "objects/", body, Content_Type=None).status == 415


# ---- authentication and TLS ----

_made = []


def _pair():
    if not _made:
        _made.extend(certificate(lib.temp()))
    return _made


def _shake(w, version, ciphers=None):
    context = ssl.create_default_context(cafile=_pair()[0])
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", w.node.port), timeout=30) as s:
        with context.wrap_socket(s, server_hostname="localhost") as t:
            t.sendall(f"GET /taxii2/ HTTP/1.1\r\nHost: a\r\nAccept: {MEDIA}\r\nConnection: close\r\n"
                      f"Authorization: {w.token}\r\n\r\n".encode())
            return t.version(), t.recv(4096)


@pytest.fixture(scope="module")
def https():
    """A server over TLS: (world-like node, token)."""
    args = argparse.Namespace(binary=os.environ.get("HIKESHI") or str(ROOT / "build/hikeshi"), store="sqlite")
    n = lib.Node(args, name="taxii-tls")
    n.init("Aoi CSIRT", "admin@aoi.example")
    cert, key = _pair()
    log = open(n.log, "ab")
    n.server = subprocess.Popen([n.binary, "--data", str(n.data), "serve", "--listen", "127.0.0.1:0", "--tls-cert", cert,
                                 "--tls-key", key], stdout=subprocess.PIPE, stderr=log, env=n.env)
    lib.at_end(n.stop)
    line = n.server.stdout.readline().decode()
    n.port = int(re.search(r"https://127\.0\.0\.1:(\d+)", line).group(1))
    yield argparse.Namespace(node=n, token="Bearer " + n.token("admin@aoi.example"))
    n.stop()


def test_s20_https_with_tls_1_2_and_1_3(https):  # 8.2.2
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        used, answer = _shake(https, version)
        assert used == name and answer.startswith(b"HTTP/1.1 200")


def test_s21_no_early_data(https):  # 8.2.2
    told = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{https.node.port}", "-tls1_3"], timeout=30,
                          input=b"Q\n", capture_output=True, check=False).stdout.decode(errors="replace")
    assert "TLSv1.3" in told and "Early data was not sent" in told
    assert not re.search(r"Max Early Data: [1-9]", told)


def test_s22_no_suites_of_the_blacklist(https):  # 8.2.2, RFC 7540 appendix A
    for bad in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256"):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _shake(https, ssl.TLSVersion.TLSv1_2, f"{bad}:@SECLEVEL=0")
    assert _shake(https, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256")[1].startswith(b"HTTP/1.1 200")


def test_s03_a_wrong_method_is_wrong_for_anybody(w):  # 3.1; says nothing of what is held
    for who in (w.aoi, w.nobody):
        for path in ("/taxii2/", w.aoi.root(), w.col, w.col + "manifest/"):
            r = who.ask("DELETE", path)
            assert r.status == 405 and "GET" in r.headers["Allow"], r
    assert w.nobody.ask("DELETE", "/taxii2/nowhere/").status == 405 and w.nobody.ask("DELETE", "/taxii2/a/b/c/").status == 401


def test_s38_what_a_circle_is_for(w):  # 5.2.1
    w.node.must("circle", "create", "--title", "Described", "--description", "What it is for", "--member", "Dai CSIRT")
    col = lib.wait_for(lambda: w.dai.collection("Described"))
    assert w.dai.read(col)["description"] == "What it is for"
    assert "description" not in w.aoi.read(w.col)


def test_s23_basic_and_bearer(w):  # 8.2.2
    token = w.node.token("lead@beni.example")
    for good in (basic("lead@beni.example", lib.PASSWORD), basic("lead@beni.example", token), f"Bearer {token}"):
        assert w.nobody.get("/taxii2/", Authorization=good).status == 200
    for bad in (basic("lead@beni.example", "wrong"), basic("admin@aoi.example", token), basic("nobody@x.example", "y"),
                f"Bearer {'B' if token[0] == 'A' else 'A'}{token[1:]}", "Basic !!", "Basic " + "QQ==", "Digest a", "Bearer"):
        assert w.nobody.get("/taxii2/", Authorization=bad).status == 401, bad


def test_s23_a_cookie_is_no_way_in(w):
    cookie = w.node.client("lead@beni.example").cookie
    assert w.nobody.get("/taxii2/", Cookie=cookie).status == 401


def test_s24_401_says_how(w):  # 1.6.9
    said = w.nobody.get("/taxii2/").headers["WWW-Authenticate"]
    assert "Basic" in said and "Bearer" in said


def test_s25_without_authentication_401_everywhere(w):  # 5.1-5.8
    o = w.indicator()
    w.aoi.send(w.col, [o])
    for path in (w.aoi.root(), w.aoi.root() + "collections/", w.col, w.col + "manifest/", w.col + "objects/",
                 f"{w.col}objects/{o['id']}/", f"{w.col}objects/{o['id']}/versions/", w.col + "nowhere/"):
        assert w.nobody.get(path).status == 401, path
    assert w.nobody.ask("POST", w.col + "objects/", {"objects": [o]}).status == 401
    assert w.nobody.ask("DELETE", f"{w.col}objects/{o['id']}/").status == 401
    assert w.aoi.get(f"{w.col}objects/{o['id']}/").status == 200


def test_s26_without_the_right_to_read(w):  # 5.3, 5.4, 5.6, 5.8
    o = w.indicator()
    w.aoi.send(w.col, [o])
    writer = w.who("admin@aoi.example", "import")
    assert writer.read(w.col)["can_read"] is False
    for path in ("manifest/", "objects/", f"objects/{o['id']}/", f"objects/{o['id']}/versions/"):
        assert writer.get(w.col + path).status == 403
    assert writer.post(w.col, [w.indicator()]).status == 202


def test_s27_without_the_right_to_write(w):  # 5.5
    for who in (w.who("admin@aoi.example", "read"), w.reader):
        assert who.read(w.col)["can_write"] is False
        o = w.indicator()
        assert who.post(w.col, [o]).status == 403
        assert w.aoi.get(f"{w.col}objects/{o['id']}/").status == 404


def test_s28_delete_by_rights(w):  # 5.7
    o = w.indicator()
    w.aoi.send(w.col, [o])
    path = f"{w.col}objects/{o['id']}/"
    for scopes, wanted in ((("admin",), 404), (("read",), 403), (("import",), 403)):
        assert w.who("admin@aoi.example", *scopes).ask("DELETE", path).status == wanted, scopes
        assert w.aoi.get(path).status == 200
    assert w.who("admin@aoi.example", "read", "import", "write").ask("DELETE", path).status == 200


def test_s29_what_one_may_not_see_is_left_out(w):  # 1.6.9, 8.2.2
    kept, red = w.indicator(), w.indicator(object_marking_refs=[RED])
    assert w.beni.post(w.beni.collection("Finance 金融"), [kept, red]).data["success_count"] == 2
    ids = [o["id"] for page in w.aoi.pages(w.col + "objects/", 100) for o in page]
    assert kept["id"] in ids and red["id"] not in ids
    assert w.aoi.get(f"{w.col}objects/{red['id']}/").status == 404


def test_s30_no_user_agent_is_needed(w):  # 8.2.1
    status, _, _ = raw(w, f"GET /taxii2/ HTTP/1.1\nHost: a\nAuthorization: {w.aoi.authorization}\nAccept: {MEDIA}")
    assert status == 200


# ---- discovery, API root, status ----

def test_s31_discovery(w):  # 4.1.1
    d = w.aoi.read("/taxii2/")
    assert d["title"] and d["default"] in d["api_roots"]
    for url in d["api_roots"]:
        assert re.match(r"^/(?!/)[^?]*/$", url) and ".." not in url


def test_s32_api_root(w):  # 4.2.1
    r = w.aoi.read(w.aoi.root())
    assert r["title"] == "Aoi CSIRT 青" and MEDIA in r["versions"] and r["max_content_length"] > 0


def test_s33_max_content_length_is_honest(w):  # 4.2.1, 5.5
    assert w.aoi.read(w.aoi.root())["max_content_length"] == UPLOAD
    body = json.dumps({"objects": [w.indicator()]})
    assert w.aoi.ask("POST", w.col + "objects/", body + " " * (UPLOAD - len(body))).status == 202
    head = (f"POST {w.col}objects/ HTTP/1.1\nHost: a\nAuthorization: {w.aoi.authorization}\nAccept: {MEDIA}\n"
            f"Content-Type: {MEDIA}\nContent-Length: {UPLOAD + 1}")
    status, headers, text = raw(w, head, b" " * (UPLOAD + 1))
    assert status == 413 and headers["Content-Type"] == MEDIA and strict_json(text)["http_status"] == "413"


def test_s34_status_resource(w):  # 4.3.1
    s = w.aoi.send(w.col, [w.indicator(), w.indicator()])
    assert s["status"] == "complete" and s["total_count"] == s["success_count"] == 2
    assert s["failure_count"] == s["pending_count"] == 0


def test_s35_items_of_a_status(w):  # 4.3.1
    o = w.indicator()
    mark = {"type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{w.uuid()}",
            "created": "2026-01-01T00:00:00.000Z", "definition_type": "statement", "definition": {"statement": "x"}}
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd",
               "value": "198.51.100.3"}
    bad = {"type": "indicator", "id": f"indicator--{w.uuid()}", "spec_version": "2.1"}
    s = w.aoi.post(w.col, [o, bad, mark, address]).data
    assert [(x["id"], x["version"]) for x in s["successes"][:2]] == [(o["id"], o["modified"]),
                                                                     (mark["id"], mark["created"])]
    assert s["failures"][0]["id"] == bad["id"] and s["failures"][0]["message"] and s["failures"][0]["version"]
    listed = w.aoi.read(f"{w.col}manifest/?match[id]={address['id']}")["objects"][0]
    assert s["successes"][2] == {"id": address["id"], "version": listed["version"]}


def test_s36_a_status_stays_and_is_its_senders(w):  # 4.3
    s = w.aoi.send(w.col, [w.indicator()])
    path = f"{w.aoi.root()}status/{s['id']}/"
    w.node.stop()
    w.node.start()
    assert w.aoi.read(path) == s
    for gone in ("00000000-0000-4000-8000-000000000000", "x"):
        assert w.aoi.get(f"{w.aoi.root()}status/{gone}/").status == 404
    assert w.reader.get(path).status == 404
    assert w.beni.get(f"{w.beni.root()}status/{s['id']}/").status == 404


def test_s37_complete_does_not_change(w):  # 4.3.1
    o = w.indicator()
    s = w.aoi.send(w.col, [o])
    w.aoi.ask("DELETE", f"{w.col}objects/{o['id']}/")
    assert w.aoi.read(f"{w.aoi.root()}status/{s['id']}/") == s


# ---- collections ----

def test_s38_rights_of_the_caller(w):  # 5.2.1
    for who, read, write in ((w.aoi, True, True), (w.reader, True, False)):
        c = who.read(w.col)
        assert c["id"] in w.col and c["title"] and (c["can_read"], c["can_write"]) == (read, write)
    assert w.dai.collection("Finance 金融") is None
    there = w.col.split("/")[-2]
    assert w.dai.get(f"{w.dai.root()}collections/{there}/").status == 404
    assert w.beni.get(f"{w.beni.root()}collections/{there}/").status == 404


def test_s39_aliases_are_unique(w):  # 5.2.1
    all_ = w.aoi.read(w.aoi.root() + "collections/")["collections"]
    aliases = [c["alias"] for c in all_ if "alias" in c]
    assert len(aliases) == len(set(aliases)) and len({c["id"] for c in all_}) == len(all_)
    assert all(w.aoi.get(f"{w.aoi.root()}collections/{a}/").status == 200 for a in aliases)


def test_s40_media_types(w):  # 5.2.1
    assert w.aoi.read(w.col)["media_types"] == [STIX]
    listed = w.aoi.read(w.col + "manifest/")["objects"]
    assert all(m["media_type"] == STIX for m in listed)


def test_s41_collections_in_one_order(w):  # 3.3
    first = w.aoi.read(w.aoi.root() + "collections/")
    assert len(first["collections"]) == 2 and all(w.aoi.read(w.aoi.root() + "collections/") == first for _ in range(5))
