# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end scripts share: a node of their own, its server, people who sign in, calls of the API,
a live stream, a mail server, a private PostgreSQL, and checks printed as TAP.

Standard library only (the mail server needs aiosmtpd of .venv). Everything lives in one temporary directory and ends
with the script: each server is ended by its own process id.
"""
import argparse
import atexit
import email
import email.policy
import glob
import http.client
import json
import os
import pathlib
import pwd
import random
import re
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CORPUS = pathlib.Path(os.environ.get("HIKESHI_CORPUS") or ROOT.parent / "shared" / "data")
PASSWORD = "correct horse battery staple 火消し"


# ---- checks ----

class Tap:
    """Numbered checks; a failed one says what was found. Ends with "N passed, N failed"."""

    def __init__(self):
        self.number = self.passed = self.failed = self.skipped = 0

    def ok(self, good, name, found=None):
        self.number += 1
        name = re.sub(r"[\r\n#]+", " ", name)
        if good:
            self.passed += 1
            print(f"ok {self.number} - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok {self.number} - {name}", flush=True)
            if found is not None:
                for line in str(found)[:1500].splitlines()[:12]:
                    print(f"#   {line}", flush=True)
            if os.environ.get("CHECK_FIRST_FAILURE"):  # who asks only whether anything is red (tests/policy/mutate.py)
                sys.exit(1)
        return bool(good)

    def equal(self, found, wanted, name):
        return self.ok(found == wanted, name, f"found  {found!r}\nwanted {wanted!r}")

    def status(self, reply, wanted, name):
        wanted = wanted if isinstance(wanted, (tuple, list)) else (wanted,)
        return self.ok(reply.status in wanted, f"{name}: {'/'.join(map(str, wanted))}", reply)

    def skip(self, name, why):
        self.number += 1
        self.skipped += 1
        print(f"ok {self.number} - {name} # SKIP {why}", flush=True)

    def note(self, text):
        for line in str(text).splitlines():
            print(f"# {line}", flush=True)

    def part(self, title):
        print(f"# ---- {title}", flush=True)

    def guard(self, part, *args):
        """Runs a part; an exception is a failed check, and the script goes on."""
        try:
            return part(*args)
        except Exception as why:  # whatever it is, it is told as a failure
            self.ok(False, f"{part.__name__} ran to its end", f"{why!r}\n{traceback.format_exc()[-1200:]}")
            return None

    def end(self):
        print(f"1..{self.number}")
        if self.skipped:
            print(f"# {self.skipped} SKIPPED")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


tap = Tap()


def wait_for(what, seconds=20.0, every=0.05):
    """Calls what() until it says something true; that, or None when the time is up (a safety net, no measure)."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            return None
        time.sleep(every)


# ---- processes ----

_temp = None
_ends = []


def temp():
    """The one directory of this script; removed at its end."""
    global _temp
    if _temp is None:
        _temp = pathlib.Path(tempfile.mkdtemp(prefix="hikeshi-e2e-"))
        _temp.chmod(0o755)  # the private PostgreSQL runs as another user
        at_end(lambda: shutil.rmtree(_temp, ignore_errors=True))
    return _temp


def at_end(call):
    _ends.append(call)


@atexit.register
def _end_all():
    for call in reversed(_ends):
        try:
            call()
        except Exception as why:
            print(f"# at the end: {why!r}")


def _on_term(_signal, _frame):
    sys.exit(143)


signal.signal(signal.SIGTERM, _on_term)


def end_process(p, sig=signal.SIGTERM, seconds=20):
    """Ends one process that this script started; returns its status."""
    if p.poll() is None:
        p.send_signal(sig)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
    return p.returncode


def options(doc, **more):
    p = argparse.ArgumentParser(description=doc)
    p.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    p.add_argument("--binary", default=os.environ.get("HIKESHI") or str(ROOT / "build" / "hikeshi"))
    p.add_argument("--keep", action="store_true", help="leave the node's directory for looking at it")
    for name, (kind, default) in more.items():
        p.add_argument(f"--{name}", type=kind, default=default)
    args = p.parse_args()
    args.binary = os.path.abspath(args.binary)
    if not os.access(args.binary, os.X_OK):
        print(f"Bail out! there is no program {args.binary}: make build")
        sys.exit(1)
    if args.keep:
        temp()
        _ends[:] = [e for e in _ends if "rmtree" not in e.__code__.co_names]
        print(f"# kept: {temp()}")
    return args


class Postgres:
    """A PostgreSQL of our own on a private socket, as another user when we are root."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise RuntimeError("no PostgreSQL is installed: scripts/setup test")
        bin_dir = os.path.dirname(found[-1])
        self.dir = tempfile.mkdtemp(prefix="hikeshi-pg-", dir="/tmp")
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            user = pwd.getpwnam("postgres")
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        data = f"{self.dir}/data"
        subprocess.run([*self.as_user, f"{bin_dir}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                        "--locale=C", "--no-sync"], cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=120)
        self.log = open(f"{temp()}/postgres.log", "wb")
        self.server = subprocess.Popen([*self.as_user, f"{bin_dir}/postgres", "-D", data, "-k", self.dir, "-c",
                                        "listen_addresses=", "-c", "shared_buffers=64MB", "-c", "max_connections=60"],
                                       cwd="/", stdout=self.log, stderr=self.log)
        at_end(self.stop)
        self.bin, self.count = bin_dir, 0
        if not wait_for(lambda: self.sql("SELECT 1", quiet=True) == 0, 60):
            raise RuntimeError("the private PostgreSQL did not start")

    def sql(self, text, database="postgres", quiet=False):
        return subprocess.run(["psql", "-h", self.dir, "-U", "postgres", "-d", database, "-qc", text], timeout=60,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None, check=False).returncode

    def database(self):
        self.count += 1
        name = f"t{self.count}"
        if self.sql(f"CREATE DATABASE {name}"):
            raise RuntimeError("no database could be made")
        return f"postgresql:///{name}?host={self.dir}&user=postgres"

    def stop(self):
        # runuser forwards SIGTERM; "smart" shutdown would wait for clients, so theirs end first
        end_process(self.server, signal.SIGTERM, 30)
        shutil.rmtree(self.dir, ignore_errors=True)


_postgres = None


def store_url(kind):
    """The --store option for a fresh node, or nothing for the default."""
    global _postgres
    if kind != "postgresql":
        return []
    if _postgres is None:
        _postgres = Postgres()
    return ["--store", _postgres.database()]


class Mail:
    """A real SMTP server; its mails are files."""

    def __init__(self):
        self.dir = temp() / "mails"
        self.port = None
        script = [str(ROOT / "tests/net/smtp_server.py"), "--dir", str(self.dir)]
        for python in (os.environ.get("HIKESHI_PYTHON"), str(ROOT / ".venv/bin/python"), sys.executable):
            if not python or not os.access(python, os.X_OK):
                continue
            self.server = subprocess.Popen([python, *script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            line = self.server.stdout.readline().strip()
            if line.isdigit():
                self.port = int(line)
                at_end(lambda: end_process(self.server))
                return
            self.server.wait()
        raise RuntimeError("the mail server needs aiosmtpd: scripts/setup test")

    def all(self):
        """Every mail so far, oldest first."""
        mails = []
        for path in sorted(self.dir.glob("*.eml")):
            mails.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        return mails

    def to(self, address):
        return [m for m in self.all() if m["X-Rcpt-To"] and address in m["X-Rcpt-To"]]


def mail_text(m):
    """Subject, decoded, and body in one text."""
    body = m.get_body(preferencelist=("plain",))
    return f"{m['Subject']}\n{body.get_content() if body else m.get_content()}"


# ---- the API ----

class Reply:
    def __init__(self, status, headers, body, took=0.0):
        self.status, self.headers, self.body, self.took = status, headers, body, took

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers.get("ETag")

    def code(self):
        try:
            return self.json.get("code")
        except (ValueError, AttributeError):
            return None

    def __str__(self):
        return f"{self.status} {self.text[:1200]}"


def connect(node, timeout=60):
    """A connection to a node; its own certificate is self-signed: who it is, peers check, not this."""
    host = getattr(node, "host", "127.0.0.1")
    if (node.url or "").startswith("https"):
        return http.client.HTTPSConnection(host, node.port, timeout=timeout, context=ssl._create_unverified_context())
    return http.client.HTTPConnection(host, node.port, timeout=timeout)


class Client:
    """One person or machine. Bodies: None, bytes, str or anything JSON can say."""

    def __init__(self, node, token=None, email_address=None, password=PASSWORD, language=None):
        self.node, self.token, self.cookie, self.me, self.language = node, token, None, None, language
        self.local = threading.local()
        self.confirms = True  # shows its password again when asked, as a person does
        self.address = email_address
        if email_address:
            self.sign_in(email_address, password)

    def sign_in(self, address, password=PASSWORD):
        r = self.call("POST", "/api/v1/session", {"email": address, "password": password})
        if r.status != 200:
            raise RuntimeError(f"{address} cannot sign in: {r}")
        self.cookie = r.headers["Set-Cookie"].split(";")[0]
        self.me = r.json
        return self.me

    def connection(self):
        c = getattr(self.local, "c", None)
        if c is None or c.port != self.node.port:
            if c:
                c.close()
            c = self.local.c = connect(self.node, timeout=60)
            self.local.used = time.monotonic()
        return c

    def headers(self, method, body, more):
        h = {"Accept": "*/*"}
        if self.token:
            h["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            h["Cookie"] = self.cookie
            if method not in ("GET", "HEAD"):
                h["Sec-Fetch-Site"] = "same-origin"
        if self.language:
            h["Accept-Language"] = self.language
        if body is not None and not isinstance(body, (bytes, str)):
            h["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        h.update({k: v for k, v in (more or {}).items() if v is not None})
        for k in [k for k, v in (more or {}).items() if v is None]:
            h.pop(k, None)
        return h

    def call(self, method, path, body=None, headers=None):
        h = self.headers(method, body, headers)
        data = body if body is None or isinstance(body, bytes) else \
            body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        if data is None and method in ("POST", "PATCH", "PUT"):
            data = b""
        start = time.monotonic()
        c = self.connection()
        # a kept connection that the server has closed meanwhile (readable before anything was asked), or is about to
        if c.sock is not None and (select.select([c.sock], [], [], 0)[0] or start - self.local.used > 20):
            c.close()
        try:
            c.request(method, path, body=data, headers=h)
            r = c.getresponse()
            reply = Reply(r.status, r.headers, r.read(), time.monotonic() - start)
            self.local.used = time.monotonic()
        except (OSError, http.client.HTTPException):
            c.close()
            raise
        if self.cookie and self.confirms and reply.status == 403 and reply.code() == "step_up" and self.confirm().status == 204:
            self.confirms = False
            try:
                return self.call(method, path, body, headers)
            finally:
                self.confirms = True
        return reply

    def confirm(self, password=PASSWORD, **more):
        return self.post("/api/v1/session/confirm", {"password": password, **more})

    def get(self, path, **headers):
        return self.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body=None, headers=None):
        return self.call("POST", path, {} if body is None else body, headers)

    def patch(self, path, body, etag=None, headers=None):
        h = dict(headers or {})
        if etag:
            h["If-Match"] = etag
        return self.call("PATCH", path, body, h)

    def made(self, path, body):
        """Creates; the record, or an exception that says why not."""
        r = self.post(path, body)
        if r.status not in (200, 201):
            raise RuntimeError(f"POST {path}: {r}")
        return r.json

    def read(self, path):
        r = self.get(path)
        if r.status != 200:
            raise RuntimeError(f"GET {path}: {r}")
        return r.json

    def step(self, path, name, body=None):
        etag = self.get(path).etag
        return self.post(f"{path}/{name}", body or {}, {"If-Match": etag} if etag else None)

    def items(self, path):
        """All pages of a list."""
        found, cursor, sep = [], None, "&" if "?" in path else "?"
        for _ in range(1000):
            page = self.read(path + (f"{sep}cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page.get("next")
            if not cursor:
                return found
        raise RuntimeError(f"{path}: pages without end")

    def lookup(self, *values):
        r = self.post("/api/v1/lookup", {"values": list(values)})
        if r.status != 200:
            raise RuntimeError(f"lookup: {r}")
        return r.json["items"]

    def stream(self, last_id=None):
        return Stream(self, last_id)


class Stream:
    """Server-sent events, read by a thread of its own: (moment, name, data, id)."""

    def __init__(self, client, last_id=None):
        self.events, self.lock, self.closed = [], threading.Lock(), False
        self.http = http.client.HTTPConnection("127.0.0.1", client.node.port, timeout=600)
        h = client.headers("GET", None, {"Accept": "text/event-stream"})
        if last_id is not None:
            h["Last-Event-ID"] = str(last_id)
        self.http.request("GET", "/api/v1/stream", headers=h)
        self.reply = self.http.getresponse()
        self.status, self.headers = self.reply.status, self.reply.headers
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        at_end(self.close)

    def read(self):
        name, data, ident = None, "", None
        try:
            while True:
                line = self.reply.readline().decode().rstrip("\r\n")
                if not line and self.reply.isclosed():
                    break
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data += value
                elif field == "id":
                    ident = value
                elif not line and name:
                    with self.lock:
                        self.events.append((time.monotonic(), name, json.loads(data or "{}"), ident))
                    name, data = None, ""
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.closed = True

    def seen(self, name=None, since=0.0, about=None):
        with self.lock:
            return [e for e in self.events if (name is None or e[1] == name) and e[0] >= since and
                    (about is None or e[2].get("id", "").endswith(about.rpartition("--")[2]))]

    def wait(self, name, since=0.0, about=None, seconds=20):
        return wait_for(lambda: self.seen(name, since, about), seconds, 0.005)

    def text(self):
        with self.lock:
            return json.dumps([e[1:3] for e in self.events])

    def close(self):
        self.closed = True
        sock = self.http.sock or getattr(getattr(self.reply, "fp", None), "raw", None)
        try:
            if hasattr(sock, "shutdown"):
                sock.shutdown(2)
        except OSError:
            pass


# ---- a node ----

class Node:
    """A node in a directory of its own, with the command line and (after start) a server."""

    def __init__(self, args, name="node", data=None):
        self.binary, self.data = args.binary, pathlib.Path(data or temp() / name)
        self.store, self.port, self.server, self.url = args.store, 0, None, None
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("HIKESHI_DATA")}
        self.log = temp() / f"{name}.log"
        self.password_file = temp() / f"password-{name}"  # its own: others are made at the same time
        self.password_file.write_text(PASSWORD + "\n")

    def run(self, *args, stdin=None, seconds=120, data=True):
        """One command: (status, stdout, stderr)."""
        command = [self.binary, *(["--data", str(self.data)] if data else []), *map(str, args)]
        p = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds,
                           env=self.env, check=False)
        return p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")

    def must(self, *args, stdin=None, seconds=120):
        status, out, err = self.run(*args, stdin=stdin, seconds=seconds)
        if status:
            raise RuntimeError(f"hikeshi {' '.join(map(str, args))}: exit {status}: {err}{out}")
        return out

    def init(self, team, admin, *more):
        self.database = store_url(self.store)
        return self.must("init", "--team", team, "--admin", admin, "--password-file", self.password_file, "--language",
                         "en", *self.database, *more)

    def configure(self, text):
        with open(self.data / "config", "a", encoding="utf-8") as f:
            f.write("\n" + text)

    def start(self, *more, seconds=60):
        """Starts the server and waits for its one line; on a restart it keeps its port."""
        out = open(self.log, "ab")
        self.server = subprocess.Popen([self.binary, "--data", str(self.data), "serve", "--listen",
                                        f"127.0.0.1:{self.port}", *more], stdout=subprocess.PIPE, stderr=out, env=self.env)
        out.close()
        at_end(self.stop)
        line = self.server.stdout.readline().decode()
        found = re.search(r"https?://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.server.wait(seconds)
            raise RuntimeError(f"the server did not start (exit {self.server.returncode}): {line}{self.log_tail()}")
        self.port, self.url = int(found.group(1)), found.group(0)
        return line

    def stop(self):
        if not self.server:
            return None
        status = end_process(self.server, seconds=30)
        self.server.stdout.close()
        self.server = None
        return status

    def kill(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()
        self.server = None

    def log_tail(self, n=2000):
        try:
            return self.log.read_text(errors="replace")[-n:]
        except OSError:
            return ""

    def team(self, name, *more):
        """A further team; its id."""
        self.must("team", "add", "--name", name, *more)
        return self.team_id(name)

    def team_id(self, name):
        for line in self.must("team", "list", "--json").splitlines():
            row = json.loads(line)
            if row.get("name") == name:
                return row["id"]
        raise RuntimeError(f"no team {name} in the list")

    def user(self, address, role, team, name=None, language="en"):
        self.must("user", "add", "--email", address, "--role", role, "--team", team, "--name", name or address.split("@")[0],
                  "--language", language, "--password-file", self.password_file)

    def client(self, address, **more):
        return Client(self, email_address=address, **more)

    def token(self, address, *scopes, expires=None):
        more = [x for s in scopes for x in ("--scope", s)]
        return self.must("token", "create", "--email", address, *more, *(["--expires", expires] if expires else [])).strip()

    def imported(self, path, *more, stdin=None):
        """hikeshi import --json: (status, result)."""
        status, out, err = self.run("import", "--json", *more, path, stdin=stdin, seconds=300)
        try:
            return status, json.loads(out)
        except ValueError:
            return status, {"stderr": err, "stdout": out}


# ---- files ----

def corpus(*parts):
    """A file of the corpus, or None when it is not there."""
    path = CORPUS.joinpath(*parts)
    return path if path.exists() else None


def misp_attributes(path):
    """(type, value) of all attributes of a MISP event, those of its objects too."""
    doc = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    doc = doc[0] if isinstance(doc, list) else doc
    doc = doc["response"][0] if "response" in doc else doc
    event = doc.get("Event", doc)
    rows = list(event.get("Attribute", ()))
    for thing in event.get("Object", ()):
        rows += thing.get("Attribute", ())
    return [(a["type"], a["value"]) for a in rows if a.get("type") and a.get("value")], event


def multipart(fields, files):
    """(body, content type) of a form with files: [(name, file name, bytes)]."""
    edge, out = f"edge{random.getrandbits(64):x}", b""
    for name, value in fields:
        out += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, data in files:
        out += (f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + data + b"\r\n"
    return out + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def form(fields):
    return urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"


def moment(seconds=0):
    """A time from now as RFC 3339."""
    t = time.time() + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + f".{int(t % 1 * 1e6):06d}Z"


def defanged(value):
    return value.replace(".", "[.]")
