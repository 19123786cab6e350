#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules that hold for every record type and every address of the API: create, read, ETag, PATCH with 428 and 412,
pages of what hangs on a record, Idempotency-Key, unknown fields named in both languages, 404 and 403, pages that stand while others write, limits, HEAD,
405, cookies and where a request comes from, headers, scopes and ends of tokens, two identities, streams."""
import http.client
import json
import re
import signal
import threading
import time

from lib import Client, Node, PASSWORD, moment, multipart, options, tap, wait_for

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
                               "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                               "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
}
COMMON = ("id", "type", "number", "version", "team", "title", "state", "tlp", "circles", "created", "created_by", "modified",
          "modified_by", "language", "exercise")


def stix(kind, **more):
    o = {"type": kind, "spec_version": "2.1"}
    o.update(more)
    return {"object": o}


def minimal(ids):
    """The smallest body that creates a record of each plural, and a change of it."""
    now = "2026-11-01T00:00:00Z"
    return {
        "reports": ({"title": "minimal"}, {"title": "changed"}),
        "incidents": ({"title": "minimal"}, {"summary": "changed"}),
        "tasks": ({"title": "minimal"}, {"description": "changed"}),
        "warnings": ({"title": "minimal"}, {"summary": "changed"}),
        "observables": ({"kind": "domain-name", "value": "minimal.example"}, {"description": "changed"}),
        "indicators": (stix("indicator", pattern="[domain-name:value = 'minimal.example']", pattern_type="stix", valid_from=now),
                       None),
        "sightings": (stix("sighting", sighting_of_ref=ids["indicator"]), None),
    }


def records(_node, c, outsider):
    tap.part("every record type")
    catalog = c.read("/api/v1/catalog")
    types = catalog["types"] if "types" in catalog else catalog["items"]
    plurals = sorted(t["plural"] for t in types if t.get("plural"))
    tap.ok({"reports", "incidents", "tasks", "warnings", "deliveries", "assessments", "teams", "people", "circles", "memberships",
            "indicators", "observables", "sightings"} <= set(plurals), "the catalogue names the types", plurals)
    tap.ok(all(t["label"]["ja"] and t["label"]["en"] for t in types), "with labels in both languages")
    ids = {"indicator": c.made("/api/v1/indicators", stix("indicator", pattern="[domain-name:value = 'x.example']", pattern_type="stix",
                                                          valid_from="2026-11-01T00:00:00Z"))["id"]}
    for plural, (body, change) in minimal(ids).items():
        tap.guard(one_type, c, outsider, plural, body, change)


def one_type(c, outsider, plural, body, change):
    base = f"/api/v1/{plural}"
    r = c.post(base, body)
    if not tap.status(r, 201, f"{plural}: the smallest one is created"):
        return
    made = r.json
    path = f"{base}/{made['id']}"
    tap.equal(r.headers.get("Location"), path, f"{plural}: Location names it")
    tap.ok(re.fullmatch(r'"[^"]+"', r.etag or ""), f"{plural}: with an ETag", r.etag)
    tap.equal([k for k in COMMON if k not in made], [], f"{plural}: has the common fields")
    tap.ok(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", made["created"]) and re.fullmatch(r"[a-z0-9-]+--[0-9a-f-]{36}", made["id"]),
           f"{plural}: times and ids in their form", made)
    got = c.get(path)
    tap.ok(got.status == 200 and got.json == made and got.etag == r.etag, f"{plural}: reads back as it was answered", got)
    head = c.call("HEAD", path)
    tap.ok(head.status == 200 and not head.body and head.etag == got.etag and head.headers["Content-Length"] == str(len(got.body)), f"{plural}: HEAD says the same without a body", head.headers)
    if made.get("number"):
        tap.equal(c.get(f"{base}/{made['number']}").json.get("id"), made["id"], f"{plural}: is found by its number")
    tap.ok(made["id"] in [x["id"] for x in c.read(base)["items"]], f"{plural}: stands in the list")
    tap.ok(c.read(f"{base}/count")["count"] >= 1, f"{plural}: and is counted")
    # who may not see it
    tap.status(outsider.get(path), 404, f"{plural}: to another team there is none")
    tap.ok(made["id"] not in outsider.get(base).text, f"{plural}: in its list neither")
    for method, url, more in (("PATCH", path, {"title": "x"}), ("POST", f"{path}/comments", {"text": "x"}), ("POST", f"{path}/links", {"target": made["id"], "relation": "x"}),
                              ("GET", f"{path}/history", None), ("GET", f"{path}/links", None), ("GET", f"{path}/files", None)):
        r = outsider.call(method, url, more, {"If-Match": got.etag} if method == "PATCH" else None)
        tap.status(r, 404, f"{plural}: {method} {url.rpartition('/')[2] if method != 'PATCH' else ''} by another team")
    # what is wrong with a request
    for language, word in (("en", "unknown"), ("ja", "nonsense_field")):
        wrong = {**body, "nonsense_field": 1}
        r = c.call("POST", base, wrong, {"Accept-Language": language})
        said = json.dumps(r.json, ensure_ascii=False)
        tap.ok(r.status == 422 and any(e["pointer"] == "/nonsense_field" for e in r.json["errors"]), f"{plural}: an unknown field is named ({language})", r)
        tap.ok(bool(re.search("[ぁ-ん]", said)) == (language == "ja"), f"{plural}: in the caller's language ({language})", said)
    for field, value in (("id", "x"), ("version", 7), ("created", moment()), ("team", "x"), ("modified_by", "x")):
        r = c.post(base, {**body, field: value})
        tap.ok(r.status == 422 and field in r.text, f"{plural}: {field} is the server's", r)
    for field, value in (("tlp", "TLP:PURPLE"), ("tlp", 5), ("circles", "x"), ("circles", ["x-hikeshi-circle--00000000-0000-4000-8000-000000000009"]), ("exercise", "yes")):
        if plural == "warnings" and isinstance(value, list):
            continue  # a draft's audience is looked at by its preview and its approval
        r = c.post(base, {**body, field: value})
        tap.ok(r.status == 422 and f"/{field}" in r.text, f"{plural}: {field} {value!r} is refused by name", r)
    # change
    change = change or {"tlp": "TLP:GREEN"}
    tap.status(c.patch(path, change), 428, f"{plural}: PATCH needs If-Match")
    tap.status(c.patch(path, change, '"r999"'), 412, f"{plural}: of what it is now")
    tap.status(c.patch(path, change, "nonsense"), (400, 412), f"{plural}: and in its form")
    now = c.patch(path, change, got.etag)
    if tap.status(now, 200, f"{plural}: is changed"):
        tap.ok(now.etag != got.etag and now.json["version"] == made["version"] + 1, f"{plural}: has a new ETag and version", now)
        tap.ok(all(now.json[k] == v for k, v in change.items()), f"{plural}: and the change", now)
        lost = c.patch(path, change, got.etag)
        tap.ok(lost.status == 412 and lost.etag == now.etag, f"{plural}: a lost race is told, with the ETag that holds", lost)
        tap.status(c.patch(path, {"nonsense_field": 1}, now.etag), 422, f"{plural}: PATCH names unknown fields too")
        tap.ok(c.call("PATCH", path, {"tlp": "TLP:GREEN"}, {"If-Match": now.etag, "Content-Type": "application/json"}).status in (200, 415), f"{plural}: as JSON too")
    history = c.read(f"{path}/history")["items"]
    tap.ok(len(history) >= 2 and history[0]["seq"] != history[-1]["seq"] and all(h["at"] for h in history), f"{plural}: its history tells both", history)
    # idempotency
    key = {"Idempotency-Key": f"key {plural}"}
    other = {**body, **({"value": "twice.example"} if plural == "observables" else {})}
    first, second = c.post(base, other, key), c.post(base, other, key)
    if tap.status(first, 201, f"{plural}: with an Idempotency-Key"):
        tap.ok(second.status == 201 and second.json["id"] == first.json["id"] and second.headers.get("Location") == first.headers.get("Location"), f"{plural}: a repetition is the same one", second)
        third = c.post(base, {**other, "tlp": "TLP:GREEN"}, key)
        tap.status(third, (409, 422), f"{plural}: the key with another body is refused")
    failed = c.post(base, {**other, "nonsense_field": 1}, {"Idempotency-Key": f"fail {plural}"})
    again = c.post(base, other if plural != "observables" else {**other, "value": "thrice.example"}, {"Idempotency-Key": f"fail {plural}"})
    tap.ok(failed.status == 422 and again.status == 201, f"{plural}: a refused request does not use its key up", again)
    tap.status(c.post(f"{path}/nonsense_step", {}, {"If-Match": c.get(path).etag}), (404, 409, 422), f"{plural}: a step that there is not")
    tap.status(c.call("DELETE", path), 405, f"{plural}: nothing is deleted")
    tap.ok("GET" in c.call("DELETE", path).headers.get("Allow", ""), f"{plural}: Allow says what one may")


def read_only_types(c):
    tap.part("types that are kept by other means")
    for plural in ("deliveries", "assessments", "memberships", "circles", "people", "teams"):
        tap.status(c.get(f"/api/v1/{plural}"), 200, f"{plural}: can be listed")
        r = c.post(f"/api/v1/{plural}", {"title": "x"})
        tap.ok(r.status in (403, 409, 422), f"{plural}: an analyst does not create one: {r.status}", r)
    for path in ("/api/v1/nonsense", "/api/v1/stix/x-hikeshi-incident", "/api/v1/stix/Bad Type", "/api/v1/incidents/x", "/api/nothing", "/api/v1"):
        r = c.get(path.replace(" ", "%20"))
        tap.ok(r.status == 404 and r.headers["Content-Type"] == "application/problem+json", f"{path}: 404 as a problem", r)


def pages(c):
    tap.part("pages stand while others write")
    for i in range(45):
        c.made("/api/v1/tasks", {"title": f"page {i}"})
    first = c.read("/api/v1/tasks?limit=10")
    seen, cursor, extra = [x["id"] for x in first["items"]], first["next"], []
    before = {x["id"] for x in c.items("/api/v1/tasks?limit=1000")}
    while cursor:
        extra.append(c.made("/api/v1/tasks", {"title": "in between"})["id"])
        page = c.read(f"/api/v1/tasks?limit=10&cursor={cursor}")
        seen += [x["id"] for x in page["items"]]
        cursor = page["next"]
    tap.ok(len(seen) == len(set(seen)), "none twice", len(seen) - len(set(seen)))
    tap.equal(before - set(seen), set(), "none lost")
    tap.ok(len(first["items"]) == 10 and set(first) >= {"items", "next"}, "as many as asked", first.keys())
    tap.equal(c.read("/api/v1/tasks?limit=1000")["next"], None, "the last page has no next")
    stamps = [x["modified"] for x in c.read("/api/v1/tasks?limit=50")["items"]]
    tap.equal(stamps, sorted(stamps, reverse=True), "newest first")
    for bad in ("limit=0", "limit=1001", "limit=ten", "cursor=x", "cursor=" + "A" * 22, "unknown=1", "state=", "limit=10&limit=20"):
        r = c.get(f"/api/v1/tasks?{bad}")
        tap.ok(r.status in (200, 422) if bad in ("state=", "limit=10&limit=20") else r.status == 422, f"?{bad}: {r.status}", r)
    cursor = c.read("/api/v1/tasks?limit=1")["next"]
    forged = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    tap.status(c.get(f"/api/v1/tasks?limit=1&cursor={forged}"), 422, "a forged cursor is refused")


def walk(c, path, limit, between=None):
    """The items of all pages; between is called before each further page."""
    found, cursor = [], ""
    for _ in range(200):
        page = c.read(f"{path}{'&' if '?' in path else '?'}limit={limit}{cursor}")
        if len(page["items"]) > limit:
            raise RuntimeError(f"{path}: {len(page['items'])} items on a page of {limit}")
        found += page["items"]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"
        if between:
            between()
    raise RuntimeError(f"{path}: pages without end")


def below_a_record(c):
    """What hangs on one record, of types with a plural of their own and of those below /stix."""
    tap.part("comments, files, links, history, values of any record, page by page")
    for base, body in (("/api/v1/incidents", {"title": "parent"}), ("/api/v1/reports", {"title": "parent"}),
                       ("/api/v1/observables", {"kind": "domain-name", "value": "parent.example"}),
                       ("/api/v1/stix/malware", stix("malware", name="parent", is_family=False)),
                       ("/api/v1/stix/domain-name", {"object": {"type": "domain-name", "value": "parent2.example"}})):
        made = c.made(base, body)
        path = f"{base}/{made['id']}"
        for i in range(4):
            r = c.post(f"{path}/comments", {"text": f"comment {i}"})
            tap.ok(r.status == 201 and r.headers.get("Location"), f"{base}: a comment", r)
            form, kind = multipart([], [("file", f"{i}.txt", b"content %d" % i)])
            r = c.call("POST", f"{path}/files", form, {"Content-Type": kind})
            there = c.get(r.headers.get("Location") or path)
            tap.ok(r.status == 201 and there.body == b"content %d" % i, f"{base}: a file, and Location leads to it", (str(r), r.headers.get("Location")))
            r = c.post(f"{path}/links", {"target": c.made("/api/v1/tasks", {"title": f"linked {i}"})["id"], "relation": "about"})
            tap.status(r, 201, f"{base}: a link")
        r = c.post(f"{path}/indicators", {"text": "hxxp://one[.]example/a two[.]example 192.0.2.77 three[.]example"})
        tap.ok(r.status == 200 and len(r.json["items"]) == 4, f"{base}: pasted text", r)
        tap.status(c.patch(path, {"tlp": "TLP:GREEN"}, c.get(path).etag), 200, f"{base}: a change")
        for sub, least in (("comments", 4), ("files", 4), ("links", 8), ("history", 2), ("indicators", 4)):
            whole = c.read(f"{path}/{sub}")
            tap.ok(len(whole["items"]) >= least and whole["next"] is None, f"{base}: {sub} without a limit: all of it", whole)
            tap.equal(walk(c, f"{path}/{sub}", 1), whole["items"], f"{base}: {sub} one by one are the same")
            tap.equal(walk(c, f"{path}/{sub}", 3), whole["items"], f"{base}: {sub} by three too")
            for bad in ("limit=0", "limit=1001", "cursor=x", "unknown=1"):
                tap.status(c.get(f"{path}/{sub}?{bad}"), 422, f"{base}: {sub}?{bad}")
        before = c.read(f"{path}/comments")["items"]
        seen = walk(c, f"{path}/comments", 1, lambda: c.made(f"{path}/comments", {"text": "in between"}) if len(c.read(f"{path}/comments")["items"]) < 12 else None)
        tap.ok(len({x["id"] for x in seen}) == len(seen) and {x["id"] for x in before} <= {x["id"] for x in seen}, f"{base}: comments written meanwhile shift nothing", len(seen))
        before = c.read(f"{path}/links")["items"]
        gone = iter([x for x in before if x["relation"] == "about"])
        seen = walk(c, f"{path}/links", 1, lambda: (lambda x: x and c.call("DELETE", f"{path}/links", {"target": x["target"], "relation": "about"}, {"Content-Type": "application/json"}))(next(gone, None)))
        tap.ok([x for x in before if x["relation"] == "has"] == [x for x in seen if x["relation"] == "has"], f"{base}: links taken away meanwhile hide no other", len(seen))


def repeated(c):
    tap.part("Idempotency-Key: whatever a POST makes is made once")
    path = f"/api/v1/incidents/{c.made('/api/v1/incidents', {'title': 'repeated'})['id']}"
    form, kind = multipart([], [("file", "once.txt", b"once")])
    for name, url, body, headers in (("a comment", f"{path}/comments", {"text": "once"}, {}), ("a file", f"{path}/files", form, {"Content-Type": kind}),
                                     ("an import", "/api/v1/import?format=csv", b"type,value\ndomain,once.example\n", {"Content-Type": "text/csv"}),
                                     ("a step", f"{path}/analyse", {}, {"If-Match": c.get(path).etag})):
        headers = {**headers, "Idempotency-Key": f"once {name}"}
        first, second = c.call("POST", url, body, headers), c.call("POST", url, body, headers)
        tap.ok(first.status in (200, 201, 202) and (second.status, second.json, second.headers.get("Location"), second.etag) == (first.status, first.json, first.headers.get("Location"), first.etag),
               f"{name}: the same answer twice", f"{first}\n{second}")
    tap.equal([len(c.read(f"{path}/comments")["items"]), len(c.read(f"{path}/files")["items"])], [1, 1], "one comment, one file")
    r = c.call("POST", "/api/v1/import?format=list", b"type,value\ndomain,once.example\n", {"Content-Type": "text/csv", "Idempotency-Key": "once an import"})
    tap.status(r, 409, "the same bytes asked for otherwise are another request")
    a, b = (c.post("/api/v1/tokens", {"name": "twice"}, {"Idempotency-Key": "token"}).json["token"] for _ in range(2))
    tap.ok(a != b, "a token's secret is kept nowhere, not even for a repetition")


def search_pages(c):
    tap.part("search, page by page")
    for i in range(7):
        c.made("/api/v1/incidents", {"title": f"paged.example and more {i}"})
    for q in ("paged.example", "more"):
        whole = [x["id"] for x in walk(c, f"/api/v1/search?q={q}", 50)]
        tap.ok(len(whole) >= 7 and len(set(whole)) == len(whole), f"{q}: none twice", whole)
        for limit in (1, 2, 3, 7):
            tap.equal(sorted(x["id"] for x in walk(c, f"/api/v1/search?q={q}", limit)), sorted(whole), f"{q}: the same by {limit}")


def limits(c, n):
    tap.part("limits")
    tap.status(c.get("/api/v1/search?q=" + "x" * 20000), 414, "an address of 20,000 characters")
    r = c.call("POST", "/api/v1/incidents", b'{"title":"' + b"x" * (8 * 1024 * 1024) + b'"}', {"Content-Type": "application/json"})
    tap.ok(r.status == 413 and r.headers["Content-Type"] == "application/problem+json", "a body of more than 8 MiB: a problem", r.headers)
    s = http.client.HTTPConnection("127.0.0.1", n.port, timeout=20)
    s.putrequest("POST", "/api/v1/incidents")
    s.putheader("Content-Length", str(10 ** 12))
    s.putheader("Content-Type", "application/json")
    s.endheaders()
    tap.equal(s.getresponse().status, 413, "what is announced too large is refused before it is sent")
    s.close()
    headers = {f"X-H{i}": "y" * 100 for i in range(1000)}
    try:
        r = c.get("/api/v1/me", **headers)
        tap.status(r, (431, 400), "a thousand headers")
    except OSError as why:
        tap.ok(True, f"a thousand headers: closed ({why})")
    tap.status(c.get("/api/v1/me"), 200, "and it goes on")


def web(n, c):
    tap.part("browsers: cookies, where a request comes from, headers")
    nobody = Client(n)
    r = nobody.post("/api/v1/session", {"email": "analyst@c.example", "password": PASSWORD})
    cookie = r.headers["Set-Cookie"]
    tap.ok(cookie.startswith("__Host-sid=") and all(x in cookie for x in ("; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/")) and "Domain" not in cookie, "the session's cookie", cookie)
    tap.ok(cookie.split("=")[1].split(";")[0] not in r.text, "is in no body")
    wrong = nobody.post("/api/v1/session", {"email": "analyst@c.example", "password": "wrong"})
    none = nobody.post("/api/v1/session", {"email": "nobody@c.example", "password": "wrong"})
    strip = lambda x: {k: v for k, v in x.json.items() if k != "instance"}
    tap.ok(wrong.status == none.status == 401 and strip(wrong) == strip(none), "a wrong password and an unknown address look the same", (wrong, none))
    me = Client(n)
    me.cookie = cookie.split(";")[0]
    body = {"title": "from where"}
    host = f"http://127.0.0.1:{n.port}"
    for name, headers, wanted in (
            ("same-origin", {"Sec-Fetch-Site": "same-origin"}, 201), ("cross-site", {"Sec-Fetch-Site": "cross-site"}, 403), ("same-site", {"Sec-Fetch-Site": "same-site"}, 403),
            ("none", {"Sec-Fetch-Site": "none"}, 403), ("neither header", {"Sec-Fetch-Site": None}, 403), ("its own Origin", {"Sec-Fetch-Site": None, "Origin": host}, 201),
            ("another Origin", {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}, 403), ("Origin null", {"Sec-Fetch-Site": None, "Origin": "null"}, 403),
            ("cross-site with its own Origin", {"Sec-Fetch-Site": "cross-site", "Origin": host}, 403)):
        tap.status(me.call("POST", "/api/v1/tasks", body, headers), wanted, f"a write by cookie, {name}")
    tap.status(me.call("GET", "/api/v1/tasks", headers={"Sec-Fetch-Site": "cross-site"}), 200, "reading is no matter of origin")
    tap.status(me.call("POST", "/api/v1/tasks", b"title=x", {"Content-Type": "application/x-www-form-urlencoded"}), (400, 415), "a form of another site is no JSON")
    tap.status(nobody.call("POST", "/api/v1/session", {"email": "analyst@c.example", "password": PASSWORD}, {"Sec-Fetch-Site": "cross-site"}), 403, "another site signs nobody in")
    for path in ("/api/v1/me", "/api/v1/tasks", "/api/v1/nonsense", "/", "/report", "/api/openapi.json", "/healthz", "/readyz", "/metrics", "/.well-known/security.txt", "/incidents/x"):
        for who, client in (("signed in", me), ("nobody", nobody)):
            r = client.get(path)
            wrong = {k: r.headers.get(k) for k, v in HEADERS.items() if r.headers.get(k) != v}
            tap.equal(wrong, {}, f"{path} has the headers ({who}, {r.status})")
    tap.ok("no-store" in me.get("/api/v1/me").headers["Cache-Control"], "answers of the API are kept nowhere")
    r = nobody.get("/api/v1/me")
    tap.ok(r.status == 401 and "Bearer" in r.headers.get("WWW-Authenticate", ""), "401 says how to sign in", r.headers)
    out = me.call("DELETE", "/api/v1/session")
    tap.ok(out.status == 204 and "Max-Age=0" in out.headers.get("Set-Cookie", ""), "signing out takes the cookie back", out.headers)
    tap.status(me.get("/api/v1/me"), 401, "and the session is over")
    # a download is never shown
    inc = c.made("/api/v1/incidents", {"title": "file"})
    body, kind = multipart([], [("file", 'e"vil\r\nX: y.html', b"<script>alert(1)</script>")])
    r = c.call("POST", f"/api/v1/incidents/{inc['id']}/files", body.replace(b'e"vil\r\nX: y', b"evil"), {"Content-Type": kind})
    tap.status(r, 201, "a file with markup in it")
    f = c.read(f"/api/v1/incidents/{inc['id']}/files")["items"][0]
    r = c.get(f"/api/v1/incidents/{inc['id']}/files/{f['id']}")
    tap.ok(r.headers["Content-Type"] == "application/octet-stream" and r.headers["Content-Disposition"].startswith("attachment") and any("sandbox" in p for p in r.headers.get_all("Content-Security-Policy")),
           "comes back as a download in a sandbox", dict(r.headers))


def tokens(n, c):
    tap.part("tokens: scopes, ends, two identities")
    read = Client(n, token=n.token("analyst@c.example", "read"))
    write = Client(n, token=n.token("analyst@c.example", "read", "write"))
    nothing_else = {"import": ("POST", "/api/v1/import", b"x"), "export": ("GET", "/api/v1/export", None)}
    tap.status(read.get("/api/v1/incidents"), 200, "scope read reads")
    tap.status(read.post("/api/v1/incidents", {"title": "x"}), 403, "and does not write")
    tap.status(write.post("/api/v1/incidents", {"title": "x"}), 201, "scope write writes, without any Origin")
    for scope, (method, path, body) in nothing_else.items():
        tap.status(write.call(method, path, body), 403, f"but does not {scope}")
        able = Client(n, token=n.token("analyst@c.example", "read", scope))
        tap.ok(able.call(method, path, body).status in (200, 202), f"scope {scope} does")
        tap.status(able.post("/api/v1/incidents", {"title": "x"}), 403, f"and scope {scope} does not write")
    ended = n.run("token", "create", "--email", "analyst@c.example", "--scope", "read", "--expires", moment(1.5))
    soon = Client(n, token=ended[1].strip())
    tap.status(soon.get("/api/v1/me"), 200, "a token is good until its end")
    time.sleep(1.8)
    tap.status(soon.get("/api/v1/me"), 401, "and not after")
    for wrong in ("nonsense", "", "x" * 5000, read.token[:-1], read.token + "x"):
        tap.status(Client(n, token=wrong or " ").get("/api/v1/me"), 401, f"a wrong token of {len(wrong)} characters")
    tap.status(Client(n).call("GET", "/api/v1/me", headers={"Authorization": "Basic eDp5"}), 401, "Basic is not for the API")
    both = Client(n, token=read.token)
    both.cookie = c.cookie
    tap.status(both.get("/api/v1/me"), 400, "a token and a session together are refused")
    r = c.post("/api/v1/tokens", {"name": "past", "expires": "2020-01-01T00:00:00Z"})
    tap.ok(r.status == 422 and "/expires" in r.text, "a token that has ended already is not made", r)
    tap.status(read.post("/api/v1/tokens", {"name": "more"}), 403, "a token makes no tokens")
    tap.status(write.post("/api/v1/tokens", {"name": "more"}), 403, "not even one that writes")
    made = c.made("/api/v1/tokens", {"name": "mine", "scopes": ["read"]})
    tap.ok(made["token"] not in c.get("/api/v1/tokens").text, "a token is shown once")
    mine = Client(n, token=made["token"])
    tap.status(mine.get("/api/v1/me"), 200, "it works")
    tap.status(n.client("lead@c.example").call("DELETE", f"/api/v1/tokens/{made['id']}"), 404, "another's token is not there")
    tap.status(c.call("DELETE", f"/api/v1/tokens/{made['id']}"), 204, "its owner revokes it")
    tap.status(mine.get("/api/v1/me"), 401, "at once")
    gone = n.client("gone@c.example")
    token = Client(n, token=n.token("gone@c.example", "read"))
    stream = gone.stream()
    stream.wait("hello")
    n.must("user", "disable", "--email", "gone@c.example")
    tap.equal([gone.get("/api/v1/me").status, token.get("/api/v1/me").status], [401, 401], "a disabled account is out at once, tokens too")
    tap.ok(wait_for(lambda: stream.closed, 10), "and its streams end")


def streams(n, c, outsider):
    tap.part("live streams")
    a, b = c.stream(), outsider.stream()
    tap.ok(a.wait("hello") and b.wait("hello"), "begin with hello")
    tap.ok(a.headers["Content-Type"].startswith("text/event-stream") and "no-store" in a.headers["Cache-Control"], "as server-sent events", dict(a.headers))
    made = c.made("/api/v1/incidents", {"title": "watched"})
    seen = a.wait("incidents.create", about=made["id"])
    tap.ok(seen and set(seen[0][2]) == {"id", "version", "type"}, "small and without content", seen)
    last = seen[0][3]
    c.patch(f"/api/v1/incidents/{made['id']}", {"summary": "x"}, c.get(f"/api/v1/incidents/{made['id']}").etag)
    tap.ok(a.wait("incidents.update", about=made["id"]), "a change is told")
    more = c.stream(last_id=last)
    tap.ok(more.wait("incidents.update", about=made["id"]) and not more.seen("incidents.create"), "Last-Event-ID brings what was missed, no more", more.text())
    old = c.stream(last_id=1)
    tap.ok(old.wait("reset") or old.wait("incidents.create", about=made["id"]), "too old a one: reset, or all of it", old.text())
    tap.equal(b.seen(about=made["id"]), [], "another team hears nothing of it")
    for bad in ("x", "-1", "9" * 30):
        r = c.stream(last_id=bad)
        tap.ok(r.status in (200, 400, 422), f"Last-Event-ID {bad[:5]}: {r.status}")
    for st in (a, b, more, old):
        st.close()


def races(n, c):
    tap.part("many at once")
    made = c.made("/api/v1/incidents", {"title": "race"})
    path, results = f"/api/v1/incidents/{made['id']}", []
    etag = c.get(path).etag

    def one(i):
        results.append(c.patch(path, {"summary": f"by {i}"}, etag).status)
    threads = [threading.Thread(target=one, args=(i,)) for i in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.equal(sorted(results), [200] + [412] * 11, "of twelve changes of one version one wins")
    results = []

    def same(_):
        r = c.post("/api/v1/incidents", {"title": "once"}, {"Idempotency-Key": "at once"})
        results.append((r.status, r.json.get("id")))
    threads = [threading.Thread(target=same, args=(i,)) for i in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.ok({s for s, _ in results} <= {201, 409} and len({i for s, i in results if s == 201}) == 1, "twelve repetitions at once make one record", results)
    numbers = []

    def many(_):
        for _k in range(10):
            numbers.append(c.made("/api/v1/reports", {"title": "number"})["number"])
    threads = [threading.Thread(target=many, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.ok(len(set(numbers)) == 80, "eighty reports by eight writers have eighty numbers", len(set(numbers)))


def document(n, c):
    tap.part("the OpenAPI document")
    r = Client(n).get("/api/openapi.json")
    doc = r.json
    tap.ok(doc["openapi"].startswith("3.1"), "is OpenAPI 3.1", doc.get("openapi"))
    tap.ok(len(r.body) > 20000 and "/api/v1/incidents/{id}" in doc["paths"] and "/api/v1/lookup" in doc["paths"], "names the addresses", list(doc["paths"])[:5])
    refs = set(re.findall(r'"#/components/schemas/([^"]+)"', r.text))
    tap.equal(refs - set(doc["components"]["schemas"]), set(), "every reference leads somewhere")
    names = [op["operationId"] for path in doc["paths"].values() for op in path.values() if isinstance(op, dict) and "operationId" in op]
    tap.equal(len(names), len(set(names)), "operations have names of their own")
    tap.status(c.get("/readyz"), 200, "readyz")
    tap.ok(Client(n).get("/metrics").text.startswith("#"), "metrics are text for Prometheus")


def reloaded(n):
    tap.part("SIGHUP")
    config, nobody = n.data / "config", Client(n)
    config.write_text(re.sub(r"(?m)^name = .*", "name = Renamed <CSIRT>", config.read_text()))
    n.server.send_signal(signal.SIGHUP)
    tap.ok(wait_for(lambda: "Renamed &lt;CSIRT&gt;" in nobody.get("/report").text, 10), "the report form names the node anew", nobody.get("/report").text[:600])
    good = config.read_text()
    config.write_text(good + "\nnonsense = 1\n")
    n.server.send_signal(signal.SIGHUP)
    tap.ok(wait_for(lambda: "nonsense" in n.log_tail(4000), 10) and "Renamed" in nobody.get("/report").text, "a faulty configuration is told, and what was read before stays")
    config.write_text(good)


def drained(n, c):
    tap.part("SIGTERM")
    body = json.dumps({"title": "on its way"}).encode()
    s = http.client.HTTPConnection("127.0.0.1", n.port, timeout=20)
    s.putrequest("POST", "/api/v1/incidents")
    for k, v in {**c.headers("POST", {}, None), "Content-Length": str(len(body))}.items():
        s.putheader(k, v)
    s.endheaders()
    s.send(body[:5])
    wait_for(lambda: c.get("/readyz").status == 200, 5)
    n.server.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    s.send(body[5:])
    r = s.getresponse()
    tap.equal(r.status, 201, "a request on its way is answered")
    r.read()
    s.close()
    tap.equal(n.server.wait(30), 0, "then the server ends in order")
    n.stop()
    n.start()
    tap.ok("on its way" in c.get("/api/v1/incidents").text, "and what was answered is there")


def read_only_server(n, c):
    tap.part("a server that only reads")
    n.stop()
    n.start("--read-only")
    tap.status(c.get("/api/v1/incidents"), 200, "reads")
    r = c.post("/api/v1/incidents", {"title": "x"})
    tap.ok(r.status == 503 and r.code() == "read_only", "and says that it does not write", r)
    fresh = Client(n)
    r = fresh.post("/api/v1/session", {"email": "analyst@c.example", "password": PASSWORD})
    tap.status(r, 200, "people sign in")
    fresh.cookie = r.headers.get("Set-Cookie", "").split(";")[0]
    tap.status(fresh.get("/api/v1/incidents"), 200, "and read")
    tap.status(fresh.post("/api/v1/lookup", {"values": ["a.example.com"]}), 200, "and look values up")
    tap.status(fresh.post("/api/v1/incidents", {"title": "x"}), 503, "and write nothing")
    tap.status(fresh.call("DELETE", "/api/v1/session"), 204, "and sign out")
    tap.status(fresh.get("/api/v1/incidents"), 401, "and are out")


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("C", "admin@c.example")
    for name in ("analyst", "lead", "reader"):
        n.user(f"{name}@c.example", name, "C")
    n.user("gone@c.example", "reader", "C")
    n.team("Outside")
    n.user("lead@o.example", "lead", "Outside")
    n.start()
    c, outsider = n.client("analyst@c.example"), n.client("lead@o.example")
    for part, more in ((records, (n, c, outsider)), (read_only_types, (c,)), (pages, (c,)), (below_a_record, (c,)), (repeated, (c,)), (search_pages, (c,)), (limits, (c, n)), (web, (n, c)), (tokens, (n, c)), (streams, (n, c, outsider)),
                       (races, (n, c)), (document, (n, c)), (reloaded, (n,)), (drained, (n, c)), (read_only_server, (n, c))):
        tap.guard(part, *more)
    log = n.log_tail(10 ** 7)
    tap.ok("level=error" not in log, "no server error was logged", [x for x in log.splitlines() if "level=error" in x][:5])
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
