#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""opentaxii_suite.py --tests DIR [pytest arguments]: OpenTAXII's own tests of TAXII 2.1 against our server, unchanged but for
their conftest.py, which starts the server. Neither the program nor its tests are in this repository: DIR (or
$OPENTAXII_TESTS) is the folder `tests` of a source tree of OpenTAXII, which must be installed where this runs (its tests
import it), with pytest, factory-boy and stix2. Left out are the tests of its own Python functions, which ask no server.
Without DIR or the package it says SKIP and ends.
"""
import argparse
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
OF_PYTHON = ("test_taxii2_sqldb.py", "test_validation.py", "test_taxii2_utils.py")
FUNCTIONS = ("test_add_api_root", "test_add_collection", "test_collection_can_read", "test_collection_can_write", "test_job_cleanup")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tests", default=os.environ.get("OPENTAXII_TESTS"))
    args, more = p.parse_known_args()
    tests = pathlib.Path(args.tests) if args.tests else None
    if not importlib.util.find_spec("opentaxii") or not tests or not (tests / "taxii2").is_dir():
        print("1..1\nok 1 - OpenTAXII's own tests # SKIP there is no package opentaxii or no folder tests (--tests DIR)")
        return 0
    with tempfile.TemporaryDirectory(prefix="hikeshi-opentaxii-") as temp:
        copy = pathlib.Path(temp) / "tests"
        shutil.copytree(tests, copy, ignore=shutil.ignore_patterns("__pycache__", *OF_PYTHON))
        shutil.copy(HERE / "opentaxii_base.py", copy / "conftest.py")
        env = dict(os.environ, HIKESHI_TAXII_TESTS=str(HERE), PYTHONPATH=temp, PYTHONDONTWRITEBYTECODE="1")
        return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", temp, str(copy / "taxii2"),
                               "-k", " and ".join(f"not {f}" for f in FUNCTIONS), *more], env=env, cwd=temp, check=False).returncode


sys.exit(main())
