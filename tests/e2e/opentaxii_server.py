# SPDX-License-Identifier: Apache-2.0
"""Starts OpenTAXII, for those who read it (taxii_client.py) and measure beside it (bench/taxii). The newest of PyPI, 0.9.3,
fails when it is to list its collections ("UUID is not JSON serializable"), which its source tree has mended: that, installed
somewhere with gunicorn (and psycopg2-binary), its programs in $OPENTAXII_BIN."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request

from lib import ROOT, at_end, end_process, wait_for

USER, WORD = "user", "word"
CONFIG = """domain: "127.0.0.1:{port}"
taxii2:
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters:
      db_connection: {data}
      create_tables: yes
  title: OpenTAXII
  public_discovery: true
  max_content_length: 209715200
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters:
    db_connection: sqlite:///{folder}/accounts.db
    create_tables: yes
    secret: of-a-test
taxii1:
logging:
  opentaxii: warning
  root: warning
"""


def folder_of_programs(given=None):
    """Where opentaxii-add-api-root lies; None: not installed."""
    places = [given, os.environ.get("OPENTAXII_BIN"), os.path.dirname(sys.executable), f"{ROOT}/.venv/bin", *os.environ.get("PATH", "").split(":")]
    found = shutil.which("opentaxii-add-api-root", path=":".join(filter(None, places)))
    return found and pathlib.Path(found).parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class OpenTaxii:
    """One root, one collection that USER may read and write."""

    def __init__(self, programs, folder, data=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        config = folder / "opentaxii.yml"
        config.write_text(CONFIG.format(port=self.port, folder=folder, data=data or f"sqlite:///{folder}/data.db"))
        self.env = dict(os.environ, OPENTAXII_CONFIG=str(config))
        self.log = folder / "log"
        for words in (("add-api-root", "-t", "of OpenTAXII", "--default"), ("create-account", "-u", USER, "-p", WORD, "-a")):
            self.command(programs, *words)
        served = [programs / "gunicorn", "--workers", "1", "--threads", "4", "--timeout", "600", "--bind", f"127.0.0.1:{self.port}",
                  "opentaxii.http:app"]
        if not (programs / "gunicorn").exists():
            served = [programs / "python", "-c", f"from opentaxii.http import app; app.run('127.0.0.1', {self.port})"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(served, env=self.env, cwd=folder, stdout=log, stderr=log)
        at_end(self.stop)
        self.url = f"http://127.0.0.1:{self.port}/taxii2/"
        found = wait_for(lambda: self.ask("/taxii2/"), 120, 0.3)
        if not found:
            raise RuntimeError("OpenTAXII does not answer: " + self.log.read_text()[-500:])
        self.root = found["default"]
        self.command(programs, "add-collection", "-r", self.root.strip("/").split("/")[-1], "-t", "of OpenTAXII", "--public",
                     "--public-write")
        self.collection = self.ask(f"{self.root}collections/")["collections"][0]["id"]

    def command(self, programs, name, *more):
        with open(self.log, "ab") as log:
            subprocess.run([programs / f"opentaxii-{name}", *more], env=self.env, check=True, stdout=log, stderr=log, timeout=300)

    @property
    def authorization(self):
        import base64
        return "Basic " + base64.b64encode(f"{USER}:{WORD}".encode()).decode()

    def ask(self, path, body=None):
        media = "application/taxii+json;version=2.1"
        rq = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body,
                                    {"Accept": media, "Content-Type": media, "Authorization": self.authorization})
        try:
            with urllib.request.urlopen(rq, timeout=600) as r:
                return json.loads(r.read())
        except urllib.error.HTTPError as why:
            return {"error": f"{why.code} {why.read()[:300]}"}
        except OSError:
            return None

    def pids(self):
        """It and its workers."""
        me = str(self.process.pid)
        found = [self.process.pid]
        for p in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if p.read_text().rpartition(")")[2].split()[1] == me:
                    found.append(int(p.parent.name))
            except OSError:
                pass
        return found

    def stop(self):
        end_process(self.process)
