#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill [--seed N] [--kills 20]: SIGKILL at random moments during imports and writes through the API, one node, many lives.

After each restart everything that was acknowledged is there (records, comments, changes, files, answered imports), and
`hikeshi verify` says intact. What was sent with an Idempotency-Key and not answered is sent again and done: nobody waits for
the dead. The seed is printed; the same seed asks the same things in the same order."""
import http.client
import json
import random
import threading
import time

from lib import Client, Node, options, tap, temp, wait_for, multipart


def bundle(life, count):
    objects = [{"type": "indicator", "spec_version": "2.1", "id": f"indicator--0c{life:06x}-{k >> 12:04x}-4000-8000-{k & 0xfff:012x}",
                "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "pattern": f"[domain-name:value = 'k{life}-{k}.example']",
                "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z", "description": "x" * 300} for k in range(count)]
    return json.dumps({"type": "bundle", "id": f"bundle--0c{life:06x}-0000-4000-8000-000000000000", "objects": objects}).encode()


class Life:
    """One run of the server: writers note what was acknowledged until it dies."""

    def __init__(self, n, number, rng, size, cookie):
        self.n, self.number, self.rng, self.cookie = n, number, rng, cookie
        self.size = size
        self.lock, self.over = threading.Lock(), False
        self.records, self.changes, self.comments, self.files, self.jobs = [], {}, [], [], []
        self.unanswered = []  # (key, body): killed before the answer
        self.waiting = set()  # changes sent and not answered: either is right
        self.imported = False

    def note(self, kind, *what):
        with self.lock:
            getattr(self, kind).append(what if len(what) > 1 else what[0])

    def client(self):
        """Signed in before: sessions outlive the server."""
        c = Client(self.n)
        c.cookie = self.cookie
        return c

    def writer(self, seed):
        rng, c, k = random.Random(seed), self.client(), 0
        while not self.over:
            try:
                k += 1
                title = f"life {self.number} writer {seed} number {k}"
                body = {"title": title, "summary": f"203.0.113.{k % 250} " + "y" * rng.randrange(3000)}
                try:
                    r = c.post("/api/v1/incidents", body, {"Idempotency-Key": title})
                except (OSError, ValueError, http.client.HTTPException):
                    self.note("unanswered", title, body)
                    raise
                if r.status != 201:
                    tap.ok(self.over, "a write is refused only at the end", r)
                    return
                ident = r.json["id"]
                self.note("records", ident, title)
                if rng.random() < 0.4:
                    changed = title + " changed"
                    with self.lock:
                        self.waiting.add(ident)
                    r = c.patch(f"/api/v1/incidents/{ident}", {"title": changed}, r.etag)
                    if r.status == 200:
                        with self.lock:
                            self.changes[ident] = changed
                            self.waiting.discard(ident)
                if rng.random() < 0.3:
                    r = c.post(f"/api/v1/incidents/{ident}/comments", {"text": f"comment {title}"})
                    if r.status == 201:
                        self.note("comments", ident, f"comment {title}")
                if rng.random() < 0.2:
                    data = rng.randbytes(rng.randrange(1, 200000))
                    body, kind = multipart([], [("file", "f.bin", data)])
                    r = c.call("POST", f"/api/v1/incidents/{ident}/files", body, {"Content-Type": kind})
                    if r.status == 201:
                        self.note("files", ident, data)
            except (OSError, ValueError, RuntimeError, http.client.HTTPException):
                return  # killed in the middle of it

    def importer(self):
        c = self.client()
        try:
            r = c.call("POST", "/api/v1/import?format=stix", bundle(self.number, self.size), {"Content-Type": "application/octet-stream"})
            if r.status == 202:
                self.note("jobs", r.headers["Location"])
            path = temp() / f"command-{self.number}.json"
            path.write_bytes(bundle(self.number + 1000, self.size))
            status, result = self.n.imported(path)
            if status == 0 and result.get("objects", {}).get("new") == self.size:
                self.imported = True
        except (OSError, RuntimeError, http.client.HTTPException):
            return

    def run(self, seconds):
        threads = [threading.Thread(target=self.writer, args=(self.rng.randrange(1 << 30),)) for _ in range(3)]
        threads.append(threading.Thread(target=self.importer))
        for t in threads:
            t.start()
        time.sleep(seconds)
        self.n.kill()
        self.over = True
        for t in threads:
            t.join(60)

    def again(self, c):
        """What was not answered, sent again with its key; what is wrong with the answers, and how many keys had been begun."""
        wrong = []
        for key, body in self.unanswered:
            # PostgreSQL takes a moment to notice that the process is gone
            r = wait_for(lambda key=key, body=body: (lambda a: None if a.status == 409 else a)(c.post("/api/v1/incidents", body, {"Idempotency-Key": key})), 60, 0.2)
            if not r or r.status != 201 or c.post("/api/v1/incidents", body, {"Idempotency-Key": key}).json.get("id") != r.json["id"]:
                wrong.append((key, str(r)[:200]))
            else:
                self.note("records", r.json["id"], key)
        return wrong

    def check(self, c):
        """Everything acknowledged in this life; what is missing."""
        missing = []
        for ident, title in self.records:
            r = c.get(f"/api/v1/incidents/{ident}")
            wanted = [self.changes.get(ident, title)] + ([title + " changed"] if ident in self.waiting else [])
            if r.status != 200 or r.json["title"] not in wanted:
                missing.append((title, str(r)[:200]))
        for ident, text in self.comments:
            if text not in c.get(f"/api/v1/incidents/{ident}/comments").text:
                missing.append(text)
        for ident, data in self.files:
            found = c.read(f"/api/v1/incidents/{ident}/files")["items"]
            if not any(c.get(f"/api/v1/incidents/{ident}/files/{f['id']}").body == data for f in found):
                missing.append((ident, "a file"))
        return missing


def imports_done(c, life):
    """A job that was accepted is finished after the restart; each of its objects is there, once."""
    missing = []
    for job in life.jobs:
        done = wait_for(lambda job=job: (lambda j: j if j["state"] in ("done", "failed") else None)(c.read(job)), 400, 0.3)
        o = (done or {}).get("result", {}) or {}
        o = o.get("objects", {})
        if not done or done["state"] != "done" or o.get("new", 0) + o.get("unchanged", 0) + o.get("updated", 0) != life.size:
            missing.append((job, done))
        values = [f"k{life.number}-{k}.example" for k in range(0, life.size, 97)]
        missing += [k["value"] for k in c.lookup(*values) if k["count"] != 1]
    if life.imported:
        values = [f"k{life.number + 1000}-{k}.example" for k in range(0, life.size, 97)]
        missing += [k["value"] for k in c.lookup(*values) if k["count"] != 1]
    return missing


def main():
    args = options(__doc__, seed=(int, random.SystemRandom().randrange(1 << 30)), kills=(int, 20), size=(int, 3000))
    rng = random.Random(args.seed)
    tap.note(f"seed {args.seed}")
    n = Node(args)
    n.init("K", "admin@k.example")
    n.user("analyst@k.example", "analyst", "K")
    lives, acknowledged = [], 0
    n.start()
    c = n.client("analyst@k.example")
    for number in range(1, args.kills + 1):
        life = Life(n, number, rng, args.size, c.cookie)
        life.run(rng.choice((0.05, 0.3, 0.6, 1.0, 1.8)) + rng.random() * 0.4)
        n.start()
        wrong = life.again(c)
        tap.ok(not wrong, f"kill {number}: {len(life.unanswered)} unanswered requests are done when they are sent again", wrong)
        missing = life.check(c)
        acknowledged += len(life.records) + len(life.changes) + len(life.comments) + len(life.files)
        tap.ok(not missing, f"kill {number}: {len(life.records)} records, {len(life.changes)} changes, {len(life.comments)} comments, {len(life.files)} files acknowledged, all there", missing[:5])
        status, out, err = n.run("verify", seconds=300)
        tap.ok(status == 0 and "intact" in out, f"kill {number}: verify says intact", out[-600:] + err)
        lives.append(life)
    tap.equal([m for life in lives for m in life.check(c)][:5], [], f"at the end all {acknowledged} acknowledged writes of all lives are there")
    tap.equal([m for life in lives for m in imports_done(c, life)][:5], [], "every import that was accepted is done, each object once")
    status, out, err = n.run("verify", seconds=300)
    tap.ok(status == 0, "and verify says intact", out[-600:] + err)
    tap.ok(acknowledged >= args.kills, "something was written in between", acknowledged)
    tap.equal(n.stop(), 0, "the last one stops in order")
    tap.end()


if __name__ == "__main__":
    main()
