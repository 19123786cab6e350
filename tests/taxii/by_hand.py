#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""by_hand.py [--binary PROGRAM]: these tests on SQLite alone, stopping at the first that fails (tests/policy/mutate.py)."""
import argparse
import os
import pathlib
import sys

import pytest

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--binary")
args = p.parse_args()
if args.binary:
    os.environ["HIKESHI"] = os.path.abspath(args.binary)
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-k", "not postgresql", str(pathlib.Path(__file__).parent)]))
