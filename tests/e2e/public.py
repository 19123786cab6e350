#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""public: what the world may read without an account. Warnings stand there only when they were issued, TLP:CLEAR and for
the public; the fact sheet as RFC 2350 and security.txt; no canary of anything else comes out, signed in or not, and
whatever text is in them, HTML stays text and XML parses.
"""
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from lib import Client, Node, Tap, moment, options, wait_for

tap = Tap()
DAY = 86400
ATOM = "{http://www.w3.org/2005/Atom}"
CANARY = re.compile(r"zq[a-z0-9]{3,24}qz", re.I)
HOSTILE = "</bdi></dd><script>alert(1)</script><img src=x onerror=alert(1)> \"'&amp; ]]> <!-- \u202etxt.exe \x0b\x1b\ufffe\x7f {0} %s 火消し"
PAGES = ("/public/warnings", "/public/warnings?lang=en", "/public/warnings.atom", "/rfc2350", "/rfc2350.txt", "/.well-known/security.txt",
         "/report", "/report/status")


class Tags(HTMLParser):
    """The elements of a page and its visible text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.handlers = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [k for k, _ in attrs if k.startswith("on") or k == "style"]

    def handle_data(self, data):
        self.text += data


def warning(title, tlp="TLP:CLEAR", public=True, **more):
    body = {"title": title, "summary": "Block the address.", "class": "advisory", "urgency": "high", "severity": "high", "tlp": tlp,
            "language": "en", "notes": "zqnotesqz", "what": {"event_type": "compromise", "impact": "Stolen credentials"},
            "when": {"known_at": moment(-3600), "valid_until": moment(30 * DAY)},
            "why": {"rationale": "Seen widely", "confidence": "high", "basis": "own_observation"},
            "how": {"mitigate": [{"text": "Block the address", "kind": "temporary"}], "report_back": "Nothing"},
            "who": {"contact": "public@alpha.example", "author": "zqauthorqz"}, "whom": {"public": True} if public else {}}
    for k, v in more.items():
        body[k] = {**body[k], **v} if isinstance(v, dict) and k in body else v
    return body


def issued(c, body):
    w = c.made("/api/v1/warnings", body)
    path = f"/api/v1/warnings/{w['id']}"
    for name, more in (("submit", {}), ("approve", {"hash": c.read(path + "/preview")["hash"], "reason": "alone on duty"}), ("issue", {})):
        r = c.step(path, name, more)
        if r.status != 200:
            raise RuntimeError(f"{name}: {r}")
    return w["id"]


def feed(c, lang="en"):
    r = c.get(f"/public/warnings.atom?lang={lang}")
    return r, ET.fromstring(r.body)


def world(args):
    n = Node(args)
    n.init("Alpha", "lead@alpha.example")
    n.configure("name = The node\n")
    beta = n.team("Beta")
    n.user("b@beta.example", "lead", "Beta")
    n.start()
    a, b = n.client("lead@alpha.example"), n.client("b@beta.example")
    circle = n.must("circle", "create", "--title", "zqcircleqz", "--member", "Alpha", "--member", "Beta").strip()
    return n, a, b, beta, circle


def empty(n):
    nobody = Client(n)
    for path in PAGES:
        r = nobody.get(path)
        tap.ok(r.status == (404 if path.startswith("/rfc2350") else 200), f"{path} of a new node", r)
    tap.equal([e.tag for e in feed(nobody)[1].findall(ATOM + "entry")], [], "a feed without entries is a feed")
    tap.ok("root@" not in nobody.get("/.well-known/security.txt").text and "mailto" not in nobody.get("/.well-known/security.txt").text,
           "security.txt tells no address that was not published")


def what_is_public(n, a, b, beta, circle):
    ind = a.made("/api/v1/indicators", {"value": "evil.example", "tlp": "TLP:AMBER", "object": {"name": "zqindicatorqz", "description": "zqdescriptionqz"}})
    inc = a.made("/api/v1/incidents", {"title": "zqincidentqz"})
    clear = issued(a, warning("For everybody", what={"indicators": [ind["id"]]}, incident=inc["id"], circles=[circle]))
    issued(a, warning("zqamberqz", tlp="TLP:AMBER", public=False, circles=[circle]))
    issued(a, warning("zqcleartoacircleqz", public=False, circles=[circle]))
    issued(a, warning("zqgreenqz", tlp="TLP:GREEN", public=False, circles=[circle]))
    a.made("/api/v1/warnings", warning("zqdraftqz"))
    waiting = a.made("/api/v1/warnings", warning("zqwaitingqz"))
    a.step(f"/api/v1/warnings/{waiting['id']}", "submit")
    a.made("/api/v1/warnings", warning("zqexercisedraftqz", exercise=True))
    issued(a, warning("zqexerciseqz", exercise=True))
    issued(b, warning("Of the other team here"))
    return clear, ind


def refusals(a, circle, beta):
    for body, code in ((warning("Not clear", tlp="TLP:GREEN"), "not_clear"), (warning("Except", circles=[circle], whom={"except": [beta]}), "public_except")):
        w = a.made("/api/v1/warnings", body)
        missing = [m["code"] for m in a.read(f"/api/v1/warnings/{w['id']}/preview")["missing"]]
        tap.ok(code in missing, f"the preview says {code}", missing)
        r = a.step(f"/api/v1/warnings/{w['id']}", "submit")
        tap.ok(r.status == 422 and r.code() == code, f"and it is not submitted: {code}", r)
    w = a.made("/api/v1/warnings", warning("Public alone"))
    seen = a.read(f"/api/v1/warnings/{w['id']}/preview")
    tap.ok(seen["public"] and not seen["recipients"] and not seen["missing"], "the public alone is an audience", seen["missing"])
    tap.ok(all(x["code"] in ("public", "own_team") for x in seen["excluded"]), "who is not addressed can read it, and the preview says so", seen["excluded"])


def nothing_else(n, a, clear):
    signed_in = a
    urls = [*PAGES, f"/public/warnings/{clear}", f"/public/warnings/{clear}?lang=ja"]
    for who, c in (("nobody", Client(n)), ("who is signed in", signed_in)):
        found = {}
        for path in urls:
            r = c.get(path)
            hits = set(CANARY.findall(r.text))
            if hits:
                found[path] = hits
        tap.equal(found, {}, f"no canary on a public page ({who})")
    text = Client(n).get("/public/warnings?lang=en").text
    tap.ok("For everybody" in text and "Of the other team here" in text, "the list has what is for the public, of every team here")
    page = Client(n).get(f"/public/warnings/{clear}?lang=en")
    tap.ok("evil[.]example" in page.text and "TLP:CLEAR" in page.text, "one has its indicators, defanged, and its label", page)
    tap.ok("影響" in Client(n).get(f"/public/warnings/{clear}?lang=ja").text, "under Japanese labels in Japanese")
    for other in a.items("/api/v1/warnings?box=outbox"):
        public = other["title"] == "For everybody"
        r = Client(n).get(f"/public/warnings/{other['id']}")
        r2 = signed_in.get(f"/public/warnings/{other['id']}")
        tap.ok((r.status, r2.status) == ((200, 200) if public else (404, 404)), f"{other['title']} ({other['state']}): {r.status}", r)
    none = Client(n).get("/public/warnings/x-hikeshi-warning--00000000-0000-4000-8000-000000000000")
    kept = Client(n).get(f"/public/warnings/{a.items('/api/v1/warnings?box=drafts')[0]['id']}")
    strip = lambda r: re.sub(r'"instance":"[^"]*"', "", r.text)
    page = Client(n).get("/public/warnings/x-hikeshi-warning--00000000-0000-4000-8000-000000000000?lang=en", Accept="text/html,*/*;q=0.8")
    tap.ok(page.status == 404 and page.headers["Content-Type"].startswith("text/html") and 'href="/public/warnings?lang=en"' in page.text and "<bdi>Not found</bdi>" in page.text,
           "a person at a browser is told so by a page with the way to the rest", page)
    tap.ok(none.status == kept.status and strip(none) == strip(kept), "what is not public answers as what does not exist", (none, kept))
    for path in ("/public/warnings/EW-2026-0001", "/public/warnings/%3Cscript%3E", "/public/warnings?cursor=x", "/public/warnings?lang=zz", "/public/warnings?x=1", "/public/nothing"):
        r = Client(n).get(path)
        tap.ok(r.status < 500 and "<script" not in r.text, f"{path}: {r.status}", r)


def hostile(n, a):
    made = issued(a, warning(HOSTILE[:180], summary=HOSTILE, what={"impact": HOSTILE, "cve": ["CVE-2026-12345"], "products": [HOSTILE]}, why={"rationale": HOSTILE},
                             how={"mitigate": [{"text": HOSTILE}], "attack": HOSTILE, "report_back": HOSTILE}, who={"contact": HOSTILE},
                             references=["https://example.com/?a=1&b=%22%3E"]))
    for path in ("/public/warnings", f"/public/warnings/{made}"):
        r = Client(n).get(path)
        page = Tags(r.text)
        tap.ok(not {"script", "img"} & set(page.tags) and not page.handlers, f"{path.split('/x-')[0]}: markup stays text", page.tags)
        tap.ok("<script>alert(1)</script>" in page.text, "and it can be read")
        tap.ok(not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe]", r.text), "what no page may hold is not in it")
    for lang in ("ja", "en"):
        r, root = feed(Client(n), lang)
        tap.ok(r.headers["Content-Type"].startswith("application/atom+xml"), "the feed says what it is")
        ids = [e.find(ATOM + "id").text for e in root.findall(ATOM + "entry")]
        tap.ok(len(ids) == 3 and len(set(ids)) == 3 and "urn:uuid:" + made.partition("--")[2] in ids, f"the feed parses with it ({lang})", ids)
        for e in [root, *root.findall(ATOM + "entry")]:
            missing = [k for k in ("id", "title", "updated") if e.find(ATOM + k) is None or not e.find(ATOM + k).text]
            tap.equal(missing, [], "with what RFC 4287 asks of each part")
        text = next(e for e in root.findall(ATOM + "entry") if made.partition("--")[2] in e.find(ATOM + "id").text).find(ATOM + "content").text
        tap.ok(text.startswith("TLP:CLEAR\n") and text.rstrip().endswith("TLP:CLEAR") and "<script>alert(1)</script>" in text, "its content is the mail text", text[:300])
        tap.ok(all(link.get("href").startswith("http") for link in root.iter(ATOM + "link")), "its links are whole")
    r = feed(Client(n))[0]
    again = Client(n).get("/public/warnings.atom?lang=en", If_None_Match=r.headers["ETag"])
    tap.ok(again.status == 304 and not again.body, "what has not changed is not sent again", again)
    mail = a.get(f"/api/v1/warnings/{made}/text?lang=ja")
    tap.ok(not CANARY.search(mail.text), "what does not leave the team is not in the text of a mail either", mail)
    tap.ok(mail.status == 200 and mail.headers["Content-Type"].startswith("text/plain") and mail.text.startswith("TLP:CLEAR\n"), "the mail text of the API", mail)


def correction_and_withdrawal(n, a, clear, ind):
    path = f"/api/v1/warnings/{clear}"
    a.step(path, "update")
    r = a.get(path)
    a.patch(path, {"summary": "zqnotyetqz and corrected"}, r.etag)
    tap.ok("zqnotyetqz" not in Client(n).get(f"/public/warnings/{clear}").text, "a correction being written is not public")
    a.patch(path, {"summary": "Corrected text"}, a.get(path).etag)
    for name, more in (("submit", {}), ("approve", {"hash": a.read(path + "/preview")["hash"], "reason": "alone"}), ("issue", {})):
        tap.status(a.step(path, name, more), 200, name)
    text = Client(n).get(f"/public/warnings/{clear}?lang=en").text
    tap.ok("Corrected text" in text and "[Correction]" in text and "version 2" in text, "once issued it stands there as a correction", text)
    tap.status(a.step(path, "withdraw", {"reason": "A false alarm"}), 200, "withdraw")
    page = Client(n).get(f"/public/warnings/{clear}?lang=en")
    tap.ok(page.status == 200 and "A false alarm" in page.text and "Corrected text" not in page.text and "evil[.]example" not in page.text,
           "withdrawn: that it was, and why, but not what it said", page)
    entry = next(e for e in feed(Client(n))[1].findall(ATOM + "entry") if clear.partition("--")[2] in e.find(ATOM + "id").text)
    tap.ok("[Withdrawn]" in entry.find(ATOM + "title").text and "A false alarm" in entry.find(ATOM + "summary").text, "and so in the feed")
    tap.ok(entry.find(ATOM + "updated").text > entry.find(ATOM + "published").text, "with the time of it")


def many(n, a):
    """Pages of the list: all of it, each once."""
    before = len(re.findall(r"<li><p class=\"when\">", Client(n).get("/public/warnings").text))
    ids = {issued(a, warning(f"Number {i}")) for i in range(55 - before)}
    seen, path = [], "/public/warnings?lang=en"
    for _ in range(5):
        r = Client(n).get(path)
        seen += re.findall(r"/public/warnings/(x-hikeshi-warning--[0-9a-f-]+)", r.text)
        more = re.search(r'href="(\?lang=en&amp;cursor=[^"]+)"', r.text)
        if not more:
            break
        path = "/public/warnings" + more.group(1).replace("&amp;", "&")
    tap.ok(len(seen) == len(set(seen)) == 55 and ids <= set(seen), "the list is paged: each once", len(seen))


def fact_sheet(n, a, b):
    sheet = {"name": "Alpha CSIRT", "language": "en", "email": "csirt@alpha.example", "phone": "+81 (3) 1234-5678", "mission": "To help.\n" + HOSTILE,
             "constituency": "Everybody", "valid_until": moment(100 * DAY), "policy_url": "https://alpha.example/policy", "keys": "0123 4567"}
    other = b.made("/api/v1/factsheets", {**sheet, "name": "zqothersheetqz", "email": "zqother@beta.example"})
    tap.status(b.step(f"/api/v1/factsheets/{other['id']}", "publish"), 200, "another team publishes its own")
    made = a.made("/api/v1/factsheets", {k: v for k, v in sheet.items() if k != "mission"})
    path = f"/api/v1/factsheets/{made['id']}"
    nobody = Client(n)
    tap.status(nobody.get("/rfc2350.txt"), 404, "a draft is not published")
    tap.ok("csirt@" not in nobody.get("/.well-known/security.txt").text, "nor in security.txt")
    tap.ok(a.step(path, "publish").status == 422, "it is not published with gaps")
    tap.status(a.patch(path, {"valid_until": moment(400 * DAY)}, a.get(path).etag), 422, "nor for more than a year")
    tap.status(a.patch(path, {"mission": sheet["mission"]}, a.get(path).etag), 200, "filled in")
    tap.status(a.step(path, "publish"), 200, "published")
    text = nobody.get("/rfc2350.txt").text
    heads = [h for h in ("1.1. ", "1.2. ", "1.3. ", "2.1. ", "2.8. ", "2.11. ", "3.1. ", "3.4. ", "4.3. ", "5.1.3. ", "5.2. ", "6. ", "7. ") if f"\n{h}" not in text]
    tap.ok(not heads and "csirt@alpha.example" in text and "zqother" not in text, "RFC 2350 as text, all headings", heads or text)
    page = nobody.get("/rfc2350?lang=en")
    tags = Tags(page.text)
    tap.ok(page.status == 200 and not {"script", "img"} & set(tags.tags) and "Alpha CSIRT" in tags.text, "and as a page, markup stays text", tags.tags)
    txt = nobody.get("/.well-known/security.txt")
    lines = dict(x.split(": ", 1) for x in reversed(txt.text.splitlines()))
    tap.ok(lines["Contact"] == "mailto:csirt@alpha.example" and lines["Policy"] == "https://alpha.example/policy" and lines["Preferred-Languages"] == "en"
           and lines["Expires"] == sheet["valid_until"][:19] + "Z" and "Contact: tel:+81312345678" in txt.text, "security.txt of it", txt.text)
    tap.ok(all(re.fullmatch(r"[A-Z][A-Za-z-]+: \S.*", x) for x in txt.text.splitlines()), "each line is a field", txt.text)
    a.patch(path, {"email": "new@alpha.example"}, a.get(path).etag)
    tap.ok("new@alpha.example" in nobody.get("/rfc2350.txt").text, "a change is there at once")
    ja = a.made("/api/v1/factsheets", {**sheet, "language": "ja", "name": "アルファCSIRT"})
    a.step(f"/api/v1/factsheets/{ja['id']}", "publish")
    tap.ok("アルファCSIRT" in nobody.get("/rfc2350.txt?lang=ja").text and "Alpha CSIRT" in nobody.get("/rfc2350.txt?lang=en").text, "each language has its own")
    tap.ok("Preferred-Languages: ja, en" in nobody.get("/.well-known/security.txt").text, "and security.txt names both")
    tap.equal([t["title"] for t in a.items("/api/v1/tasks")], [], "nobody is reminded long before it ends")
    a.patch(path, {"valid_until": moment(20 * DAY)}, a.get(path).etag)
    found = wait_for(lambda: [t for t in a.items("/api/v1/tasks") if "security.txt" in t["title"]], 120)
    tap.ok(found and len(found) == 1 and found[0]["due"][:10] == moment(20 * DAY)[:10], "thirty days before it ends a task says so", found)
    tap.equal(b.items("/api/v1/tasks"), [], "to the team alone")
    tap.status(a.step(path, "withdraw", {"reason": "moving"}), 200, "stop publishing")
    tap.ok("アルファCSIRT" in nobody.get("/rfc2350.txt?lang=en").text, "what is left stands in its place")
    a.step(f"/api/v1/factsheets/{ja['id']}", "withdraw", {"reason": "moving"})
    tap.status(nobody.get("/rfc2350.txt"), 404, "and without any there is none")


def main():
    args = options(__doc__)
    n, a, b, beta, circle = world(args)
    tap.guard(empty, n)
    made = tap.guard(what_is_public, n, a, b, beta, circle)
    tap.guard(refusals, a, circle, beta)
    if made:
        tap.guard(nothing_else, n, a, made[0])
        tap.guard(hostile, n, a)
        tap.guard(correction_and_withdrawal, n, a, *made)
    tap.guard(fact_sheet, n, a, b)
    tap.guard(many, n, a)
    tap.end()


main()
