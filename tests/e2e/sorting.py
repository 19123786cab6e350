#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists in the order of a column (?sort=): each of them both ways, page by page, under filters, for those who see a part
of it; cursors that are good for one order alone. --rows 100000 prints what a page costs (nothing is limited)."""
import statistics
import threading
import time

from lib import Node, moment, options, tap

SEVERITIES = ["low", "medium", "high", "critical"]
STATES = ["new", "analysing", "planning", "responding", "verifying", "reporting", "reopened", "on_hold", "waiting_external", "closed",
          "not_incident", "duplicate", "transferred"]


def year_number(r):
    parts = (r.get("number") or "").split("-")
    return (int(parts[1]), int(parts[2])) if len(parts) == 3 else None


KEYS = {
    "number": year_number,
    "title": lambda r: r["title"].casefold() or None,
    "severity": lambda r: SEVERITIES.index(r["severity"]) if r.get("severity") else None,
    "due": lambda r: r.get("next_step_by"),
    "created": lambda r: r["created"],
    "modified": lambda r: r["modified"],
    "state": lambda r: STATES.index(r["state"]),
}


def in_order(rows, name, down):
    """What has a value stands first, in order; what has none behind it."""
    keys = [KEYS[name](r) for r in rows]
    have = [k for k in keys if k is not None]
    return keys[:len(have)] == have and all((a >= b) if down else (a <= b) for a, b in zip(have, have[1:]))


def make(c, i, more=None):
    body = {"title": ["", "b", "A", "火"][i % 4] + f" {i % 7}", "summary": "s"}
    if i % 5:
        body["severity"] = SEVERITIES[i % 4]
    if i % 3:
        body["next_step_by"] = moment((i * 7919) % 100000 - 50000)
    return c.made("/api/v1/incidents", {**body, **(more or {})})


def orders(n, c, reader, outsider):
    tap.part("each column, both ways, page by page")
    made = [make(c, i) for i in range(60)]
    for i, r in enumerate(made[:20]):
        c.step(f"/api/v1/incidents/{r['id']}", "start" if i % 2 else "discard", {"reason": "r"})
        if i % 4 == 0:
            c.patch(f"/api/v1/incidents/{r['id']}", {"title": f"z {i}", "next_step_by": moment(i), "severity": "low"}, c.get(f"/api/v1/incidents/{r['id']}").etag)
    whole = {r["id"] for r in c.items("/api/v1/incidents")}
    for name in KEYS:
        for down in (False, True):
            sort = ("-" if down else "") + name
            rows = c.items(f"/api/v1/incidents?sort={sort}&limit=7")
            tap.ok(in_order(rows, name, down), f"{sort} is in order", [KEYS[name](r) for r in rows])
            tap.ok(len(rows) == len(whole) and {r["id"] for r in rows} == whole, f"{sort} has everything once", len(rows))
            if sort in ("-due", "severity", "title"):
                tap.equal([r["id"] for r in reader.items(f"/api/v1/incidents?sort={sort}&limit=11")], [r["id"] for r in rows], f"{sort} is the same for a colleague, whatever the pages")
    rows = c.items("/api/v1/incidents?sort=due&severity=high,low&state=new&limit=5")
    want = {r["id"] for r in c.items("/api/v1/incidents?severity=high,low&state=new")}
    tap.ok(in_order(rows, "due", False) and {r["id"] for r in rows} == want and want, "under a filter", len(rows))
    for sort in ("-severity", "state", "-created", "-modified"):
        rows = c.items(f"/api/v1/incidents?sort={sort}&assignee=none&severity=high&limit=3")
        tap.equal({r["id"] for r in rows}, {r["id"] for r in c.items("/api/v1/incidents?assignee=none&severity=high")}, f"{sort} under a filter that looks into bodies")
    tasks = [c.made("/api/v1/tasks", {"title": f"t{i}", "due": moment(-i * 100), "incident": made[0]["id"]})["id"] for i in range(5)]
    tap.equal([r["id"] for r in c.items("/api/v1/tasks?sort=due&limit=2")], tasks[::-1], "tasks by their deadline")
    n.stop()
    n.start()
    tap.ok(in_order(c.items("/api/v1/incidents?sort=-due&limit=13"), "due", True), "also after a restart")
    tap.equal(outsider.items("/api/v1/incidents?sort=title"), [], "who sees nothing gets nothing")


def foreign(n, c, outsider):
    tap.part("what stays with its team sorts nobody else's list")
    mine = [outsider.made("/api/v1/incidents", {"title": f"own {i}", "next_step_by": moment(i * 1000)}) for i in range(2)]
    shared = [c.made("/api/v1/incidents", {"title": f"shared {i}", "next_step_by": moment(-i * 1000), "tlp": "TLP:GREEN", "circles": [n.circle]}) for i in range(3)]
    got = [r["id"] for r in outsider.items("/api/v1/incidents?sort=due&limit=2")]
    tap.equal(got, [r["id"] for r in mine + shared], "by its deadline only what is one's own; the others as they came")
    got = [r["id"] for r in outsider.items("/api/v1/incidents?sort=-due&limit=2")]
    tap.equal(got, [r["id"] for r in mine[::-1] + shared[::-1]], "either way")
    got = [r["title"] for r in outsider.items("/api/v1/incidents?sort=-title&limit=2")]
    tap.equal(got, ["shared 2", "shared 1", "shared 0", "own 1", "own 0"], "by title all, for it is read by all")


def cursors(c, outsider):
    tap.part("cursors and what is refused")
    page = c.read("/api/v1/incidents?sort=-due&limit=3")
    cursor = page["next"]
    tap.ok(cursor and len(page["items"]) == 3, "a page says where to go on", page.get("next"))
    tap.status(c.get(f"/api/v1/incidents?sort=-due&limit=3&cursor={cursor}"), 200, "with its order")
    for other in ("sort=due", "sort=-title", "", "sort=-modified"):
        r = c.get(f"/api/v1/incidents?{other}&cursor={cursor}")
        tap.ok(r.status == 422 and r.code() == "cursor", f"'{other}' refuses it", r)
    tap.status(c.get(f"/api/v1/tasks?sort=-due&cursor={cursor}"), 422, "another list refuses it")
    plain = c.read("/api/v1/incidents?limit=2")["next"]
    tap.status(c.get(f"/api/v1/incidents?sort=-modified&cursor={plain}"), 422, "one of the plain list is none of a sorted one")
    for i in range(0, len(cursor), 7):
        bad = cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1:]
        tap.status(c.get(f"/api/v1/incidents?sort=-due&cursor={bad}"), 422, f"changed at {i}")
    for query in ("sort=", "sort=nonsense", "sort=--due", "sort=due,title", "sort=-", "sort=due&q=x"):
        r = c.get(f"/api/v1/incidents?{query}")
        tap.ok(r.status == 422 and r.code() == "sort", f"'{query}' is refused in words", r)
    for path in ("/api/v1/warnings", "/api/v1/indicators", "/api/v1/teams", "/api/v1/stix/malware"):
        tap.status(c.get(f"{path}?sort=created"), 422, f"{path} has no such orders")


def measure(c, rows):
    tap.part(f"{rows} rows")
    start, at, lock = time.monotonic(), [0], threading.Lock()

    def write():
        while True:
            with lock:
                i = at[0]
                at[0] += 1
            if i >= rows:
                return
            make(c, i)
    threads = [threading.Thread(target=write) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.note(f"written in {time.monotonic() - start:.0f} s")
    for sort in ("", *KEYS, *("-" + k for k in KEYS)):
        for query in ("", "&state=new&severity=critical"):
            path = f"/api/v1/incidents?limit=100&fields=title{'&sort=' + sort if sort else ''}{query}"
            first = [c.get(path).took * 1000 for _ in range(9)]
            cursor, took, seen = None, [], 0
            while True:
                r = c.get(path.replace("limit=100", "limit=1000") + (f"&cursor={cursor}" if cursor else ""))
                took.append(r.took * 1000)
                seen += len(r.json["items"])
                cursor = r.json["next"]
                if not cursor:
                    break
            half = len(took) // 2 or 1
            tap.note(f"{sort or 'plain':>10} {query or 'all':30} first 100: {statistics.median(first):6.1f} ms; {seen} rows in pages of 1000: {sum(took):7.0f} ms, "
                     f"median {statistics.median(took):5.1f}, first half {statistics.median(took[:half]):5.1f}, second {statistics.median(took[half:] or took):5.1f}")


def main():
    args = options(__doc__, rows=(int, 0))
    n = Node(args)
    n.init("Desk", "admin@d.example")
    for name in ("analyst", "reader"):
        n.user(f"{name}@d.example", name, "Desk")
    n.team("Outside")
    n.user("lead@o.example", "lead", "Outside")
    n.circle = n.must("circle", "create", "--title", "Both", "--member", "Desk", "--member", "Outside").strip()
    n.start()
    c, reader, outsider = (n.client(a) for a in ("analyst@d.example", "reader@d.example", "lead@o.example"))
    tap.guard(orders, n, c, reader, outsider)
    tap.guard(cursors, c, outsider)
    tap.guard(foreign, n, c, outsider)
    if args.rows:
        tap.guard(measure, c, args.rows)
    log = n.log_tail(10 ** 7)
    tap.ok("level=error" not in log, "no server error was logged", [x for x in log.splitlines() if "level=error" in x][:5])
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-400:] + err)
    tap.end()


if __name__ == "__main__":
    main()
