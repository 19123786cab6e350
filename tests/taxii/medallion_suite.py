#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""medallion_suite.py [--tests DIR] [pytest arguments]: medallion's own tests against our server, unchanged but for their
base_test.py, which starts the server. Neither the program nor its tests are in this repository: the package is asked for
as `medallion` (pip install medallion), its tests are looked for beside it and in DIR or $MEDALLION_TESTS (the folder
medallion/test of a source tree). Without them it says SKIP and ends.
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


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tests", default=os.environ.get("MEDALLION_TESTS"))
    args, more = p.parse_known_args()
    found = importlib.util.find_spec("medallion")
    places = [pathlib.Path(args.tests)] if args.tests else []
    places += [pathlib.Path(found.origin).parent / "test"] if found else []
    tests = next((d for d in places if (d / "test_backends.py").exists()), None)
    if not found or not tests:
        what = "package medallion (pip install medallion)" if not found else "folder medallion/test (--tests DIR)"
        print(f"1..1\nok 1 - medallion's own tests # SKIP there is no {what}")
        return 0
    with tempfile.TemporaryDirectory(prefix="hikeshi-medallion-") as temp:
        package = pathlib.Path(temp) / "medallion"
        beside = tests.parent if (tests.parent / "__init__.py").exists() else pathlib.Path(found.origin).parent
        shutil.copytree(beside, package, ignore=shutil.ignore_patterns("test", "__pycache__"))
        shutil.copytree(tests, package / "test", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(HERE / "medallion_base.py", package / "test" / "base_test.py")
        env = dict(os.environ, HIKESHI_TAXII_TESTS=str(HERE), PYTHONPATH=temp, PYTHONDONTWRITEBYTECODE="1")
        return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--backends=memory",
                               str(package / "test" / "test_backends.py"), *more], env=env, cwd=temp, check=False).returncode


sys.exit(main())
