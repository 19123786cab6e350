#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Other people's programs judge what our formats write: stix2-validator and PyMISP.

Run: HIKESHI_BUILD=build .venv/bin/python tests/interop/test_formats.py  (or with pytest).
Packages: tests/requirements.txt. What is absent is skipped, loudly.
"""
import copy
import glob
import json
import os
import pathlib
import subprocess
import sys
import unittest
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("HIKESHI_SOURCE", os.path.dirname(os.path.dirname(HERE)))
BUILD = os.environ.get("HIKESHI_BUILD", os.path.join(SOURCE, "build"))
CORPUS = os.environ.get("HIKESHI_CORPUS", os.path.join(SOURCE, "..", "shared", "data"))
TOOL = os.path.join(BUILD, "tests", "formats", "convert_tool")
OWN = os.path.join(SOURCE, "tests", "data")

try:
    import stix2validator
except ImportError:
    stix2validator = None
try:
    import pymisp
except ImportError:
    pymisp = None


def convert(source, target, *paths):
    """Output of the converter, or None where it found nothing usable."""
    done = subprocess.run([TOOL, source, target, *paths], capture_output=True, timeout=120, check=False)
    return done.stdout if done.returncode == 0 else None


def samples(*patterns):
    found = []
    for pattern in patterns:
        found += sorted(glob.glob(os.path.join(OWN, pattern)))
        found += sorted(glob.glob(os.path.join(CORPUS, pattern), recursive=True))
    return found


# An object template and an index of events: not events, though much like them.
NOT_EVENTS = ("definition.json", "search_index_result.json")
MISP = [p for p in samples("misp-*.json", "misp-events/eset/**/*.json", "misp-events/pymisp-tests/**/*.json", "misp-events/stalkerware/**/*.json")
        if not p.endswith(NOT_EVENTS)]
STIX = samples("stix-*.json", "stix21/amnesty/**/*.stix2", "stix21/mvt/**/*.stix2", "stix21/oasis-examples/examples/*.json",
               "misp-events/misp-stix-docs/tests/*stix2*.json")


def faults(bundle):
    """Errors (not warnings) of the validator, told once per kind."""
    options = stix2validator.ValidationOptions(version="2.1", strict=False, silent=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = stix2validator.validate_string(bundle, options)
        except Exception as err:  # the validator raises its own and its parsers' errors
            return [str(err)]
    results = result if isinstance(result, list) else [result]
    return sorted({str(e) for r in results for e in (r.errors or [])})


@unittest.skipUnless(os.path.exists(TOOL), f"no {TOOL}: build tests/formats/convert_tool first")
class Formats(unittest.TestCase):
    @unittest.skipUnless(stix2validator, "stix2-validator is not installed (tests/requirements.txt)")
    def test_stix_bundles_are_valid(self):
        seen = 0
        for kind, paths in (("misp", MISP), ("stix", STIX), ("csv", samples("*.csv")), ("list", samples("list-*.txt"))):
            for path in paths:
                bundle = convert(kind, "stix", path)
                if bundle is None or len(bundle) > 1_500_000:
                    continue
                # What was wrong when it came stays as it came: only faults of ours count.
                mine = faults(bundle.decode())
                if kind == "stix":
                    objects = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
                    given = objects if "objects" in objects else {"type": "bundle", "objects": [objects]}
                    theirs = faults(json.dumps(given))
                    ids = {o.get("id") for o in given["objects"]}
                    mine = [f for f in mine if f not in theirs and not any(i and i in f for i in ids) and theirs == []]
                with self.subTest(path=path):
                    self.assertEqual(mine, [])
                seen += 1
        self.assertGreater(seen, 3)

    @unittest.skipUnless(pymisp, "pymisp is not installed (tests/requirements.txt)")
    def test_pymisp_reads_our_events(self):
        seen = 0
        for kind, paths in (("misp", MISP), ("stix", STIX), ("csv", samples("*.csv"))):
            for path in paths:
                out = convert(kind, "misp", path)
                if out is None:
                    continue
                with self.subTest(path=path):
                    for wrapped in json.loads(out)["response"]:
                        event = pymisp.MISPEvent()
                        event.load(copy.deepcopy(wrapped))
                        self.assertEqual(event.uuid, wrapped["Event"]["uuid"])
                        self.assertEqual(len(event.attributes), len(wrapped["Event"]["Attribute"]))
                        self.assertEqual(len(event.objects), len(wrapped["Event"]["Object"]))
                        seen += 1
        self.assertGreater(seen, 3)

    def test_misp_through_us_is_the_same_misp(self):
        """Everything in the event comes back, attribute by attribute and object by object."""
        for path in MISP:
            if path.startswith(OWN):
                continue  # holds elements that are refused on purpose
            try:
                given = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
            except ValueError:
                continue
            if isinstance(given, dict) and isinstance(given.get("response"), list):
                given = [g["Event"] for g in given["response"] if "Event" in g]
            elif isinstance(given, dict) and "Event" in given:
                given = [given["Event"]]
            else:
                continue
            out = convert("misp", "misp", path)
            with self.subTest(path=path):
                self.assertIsNotNone(out)
                events = {e["Event"]["uuid"]: e["Event"] for e in json.loads(out)["response"]}
                for event in given:
                    got = events[event["uuid"]]
                    for part in ("Attribute", "Object", "EventReport"):
                        event.setdefault(part, [])
                    for item in event["Object"]:
                        item.setdefault("Attribute", [])
                    self.assertEqual(got, event)


if __name__ == "__main__":
    if not stix2validator or not pymisp:
        print("SKIPPING LOUDLY: install tests/requirements.txt for the whole of this test", file=sys.stderr)
    unittest.main(verbosity=1)
