"""Refuses answers that cannot become a project: one sentence each, and nothing is left behind."""

import json
import keyword
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from posixpath import join, normpath

FREE_TEXT = ("project_name", "description", "author_name", "author_email", "dvc_remote")
UNSAFE = set("\"'`\\{}")
SCHEMES = ("s3", "gs", "azure", "ssh")
# Packages that every project imports, and the folder next to its own package.
IMPORTED = ("click", "dvc", "numpy", "packaging", "pandera", "polars", "pydantic", "ruamel")
SERVING = ("fastapi", "httptools", "orjson", "prometheus_client", "starlette", "uvicorn", "uvloop")
STORING = ("psycopg", "sqlalchemy")
TAKEN = {*IMPORTED, *SERVING, *STORING, "dvclive", "gto", "jinja2", "sklearn", "tests"}
TAKEN |= {"markdown_it", "matplotlib", "rich", "threadpoolctl", "xgboost"}
# Commands of the Makefile and its scripts, in addition to the locks' tools: the slug is a command, too.
COMMANDS = {"activate", "awk", "bash", "cat", "chmod", "cmp", "cp", "curl", "cut", "date", "df"}
COMMANDS |= {"dirname", "docker", "env", "find", "gh", "git", "grep", "head", "id", "jupyter"}
COMMANDS |= {"lint-imports", "ls", "make", "mkdir", "mktemp", "mv", "pip-compile", "pip-sync"}
COMMANDS |= {"printf", "python", "python3", "readlink", "rm", "sed", "sh", "sha256sum", "sort"}
COMMANDS |= {"tail", "tee", "touch", "tr", "xargs"}
# PEP 508 asks for this form of a distribution's name; it is a usable folder name as well.
LONGEST = 40  # of a package name: tests import from it on one line
DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
EMAIL = re.compile(r"[\w%+-]+(\.[\w%+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


# cookiecutter prints a traceback below what a hook says.
FOLLOWS = "\nNothing was generated: change the answers above. Ignore the traceback below.\n"


def main() -> int:
    """Write each problem as a line on stderr; the status is 1 if there is one."""
    given = answers()
    found = list(problems(given))
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    if found:
        print(FOLLOWS, file=sys.stderr)
    if found and "/" in given["project_slug"]:
        remove_empty_folders(Path(given["project_slug"]).parts)
    return 1 if found else 0


def answers() -> dict[str, str]:
    """Read the answers as data: no answer can end a raw string that begins on its own line."""
    read: dict[str, str] = json.loads(r"""
{{ cookiecutter | tojson }}
""")
    return read


def problems(given: dict[str, str]) -> Iterator[str]:
    """Yield the problem of each answer, as a sentence that names the question."""
    yield from package_problems(given["package_name"])
    yield from slug_problems(given["project_slug"])
    unfit = [(name, text_problem(given[name])) for name in FREE_TEXT]
    yield from (f"{name} {shown(given[name])} {problem}." for name, problem in unfit if problem)
    fit = {name for name, problem in unfit if not problem}
    if "author_email" in fit:
        yield from email_problems(given["author_email"])
    if "dvc_remote" in fit:
        yield from remote_problems(given["dvc_remote"], given["project_slug"])


def package_problems(name: str) -> Iterator[str]:
    """Refuse what Python cannot import, or would import in place of something else."""
    refused = f"package_name {shown(name)}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        yield f"{refused} is not a package name: use a to z, 0 to 9 and _, and begin with a letter."
    elif len(name) > LONGEST:
        yield f"{refused} is too long for lines of 100 letters: take {LONGEST} letters at most."
    elif keyword.iskeyword(name):
        yield f"{refused} is a keyword of Python: choose another name."
    elif name in sys.stdlib_module_names:
        yield f"{refused} is a module of Python's standard library: choose another name."
    elif name in TAKEN:
        yield f"{refused} would hide a package that the project imports: choose another name."


def slug_problems(slug: str) -> Iterator[str]:
    """Refuse what neither a distribution nor a folder can be called."""
    if not DISTRIBUTION.fullmatch(slug):
        yield (
            f"project_slug {shown(slug)} is not a distribution name: use ASCII letters, digits, "
            "-, _ and ., and begin and end with a letter or digit."
        )
    elif slug.lower() in COMMANDS:
        yield f"project_slug {shown(slug)} would hide a command that make calls: choose another name."


def text_problem(text: str) -> str:
    """Say why a text would not survive in TOML, YAML, a Makefile and Python alike."""
    unsafe = sorted(UNSAFE & set(text))
    if not text.strip():
        return "is empty: give a value"
    if text != text.strip():
        return "begins or ends with a blank: remove it"
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
        return "contains a line break or another control character: write it on one line"
    if "'" in unsafe:  # it would end a string in TOML and YAML
        return "contains an apostrophe ('): write the typographic one (\u2019) or leave it out"
    if unsafe:
        return f"contains {' '.join(unsafe)}: leave out quotes, backslashes and braces"
    return ""


def email_problems(email: str) -> Iterator[str]:
    """Refuse an address that does not have the usual form."""
    if not EMAIL.fullmatch(email):
        yield f"author_email {shown(email)} is not an e-mail address: write it as name@example.com."


def remote_problems(remote: str, slug: str) -> Iterator[str]:
    """Refuse a remote that is neither a path nor a URL whose scheme the template has a lock for."""
    refused = f"dvc_remote {shown(remote)}"
    scheme = SCHEME.match(remote)
    if scheme and scheme[1] not in SCHEMES:
        yield f"{refused} has the unknown scheme {scheme[1]}: use s3, gs, azure, ssh or a path."
    elif scheme and not re.match(r"[a-z0-9]+://[^/\s]", remote):
        yield f"{refused} names no place: write {scheme[1]}:// followed by the bucket, container or host."
    elif not scheme and ":" in remote:
        yield f"{refused} contains a colon: write ssh://user@host/path for a host, or a path without it."
    elif remote.startswith("~"):
        yield f"{refused} begins with ~, which DVC does not expand: write the path in full."
    elif not scheme and DISTRIBUTION.fullmatch(slug) and within(slug, join(slug, remote)):
        yield f"{refused} is inside the project's folder, where Git would track it: write ../{slug}-storage."


def within(folder: str, path: str) -> bool:
    """Return whether a path is a folder or inside it, judged by their names alone."""
    return f"{normpath(path)}/".startswith(f"{folder}/")


def shown(value: str) -> str:
    """Quote a value on one line, whatever it contains."""
    return json.dumps(value, ensure_ascii=False)


def remove_empty_folders(slug: tuple[str, ...]) -> None:
    """Remove the folders that a slug with slashes made: cookiecutter itself removes only the last."""
    here = Path.cwd()
    if here.parts[-len(slug) :] != slug:
        return
    output = here.parents[len(slug) - 1]  # cruft does not say where it is
    os.chdir(output)
    with suppress(OSError):  # a folder that holds something else stays
        while here != output:
            here.rmdir()
            here = here.parent


if __name__ == "__main__":
    sys.exit(main())
