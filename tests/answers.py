"""The answers in the tests: every value of every question, alone and in pairs."""

import json
from itertools import chain

from allpairspy import AllPairs
from project import TEMPLATE

QUESTIONS = json.loads((TEMPLATE / "cookiecutter.json").read_text())
ODD = {
    "project_name": "Prévisions d été & Co: 100 % #1",
    "project_slug": "Odd.Slug-" + "x" * 31,
    "package_name": "odd_package_" + "y" * 28,
    "description": "Says - in 1 line: what’s [late] & <early>, @ $5 * 3 | 100 % #1?",
    "author_name": "Zoë & «Søn», O.K. (@home)",
    "author_email": "zoe+odd@mail.example.org",
    "license": "proprietary",
    "python_version": "3.11",
    "ci_provider": "gitlab",
    "dvc_remote": "s3://odd-bucket/some where",
}
# The first of each is the default.
VALUES = {
    "project_name": ["Flight Delays", ODD["project_name"], "航班延误"],
    "project_slug": ["flight-delays", ODD["project_slug"], "a"],
    "package_name": ["flight_delays", ODD["package_name"], "data"],
    "description": [QUESTIONS["description"], ODD["description"], "#"],
    "author_name": [QUESTIONS["author_name"], ODD["author_name"], "Ada: 1"],
    "author_email": [QUESTIONS["author_email"], ODD["author_email"], "1@2.de"],
    "license": QUESTIONS["license"],
    "python_version": QUESTIONS["python_version"],
    "ci_provider": QUESTIONS["ci_provider"],
    "dvc_remote": [
        "../flight-delays-storage",
        ODD["dvc_remote"],
        "/srv/the storage, part #1",
        "gs://bucket",
        "azure://container/path",
        "ssh://user@host:22/path",
    ],
}
ALONE = list(chain(*([(name, value) for value in some[1:]] for name, some in VALUES.items())))
PAIRS = [dict(zip(VALUES, row, strict=True)) for row in AllPairs(list(VALUES.values()))]
