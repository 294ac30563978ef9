"""External tables in DVC: import one from a URL, fetch it again, set up cache and remote."""

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import InputError
from ..files import sha256, write_text
from .provenance import FOLDER, differs, find, licenses, named, read_pointer, write_pointer
from .sources import write_sources

SCHEMES = ("http", "https", "s3", "gs", "azure", "ssh")
ADVICE = "check the address, the network and your credentials"


def add(url: str, *, name: str, desc: str, meta: Mapping[str, str], today: date) -> Path:
    """Import the table at `url` with its provenance, return its path; a failure leaves nothing.

    `url` may also be a file: then `meta` has to say its source.
    """
    refuse(url, name=name, meta=meta)
    file = Path(url).expanduser()
    endings = re.search(r"(\.[A-Za-z]\w*)*$", urlsplit(url).path)
    table = FOLDER / (name + (endings[0] if endings else ""))
    pointer = table.with_name(f"{table.name}.dvc")
    table.parent.mkdir(parents=True, exist_ok=True)
    try:
        if file.is_file():
            shutil.copyfile(file, table)
            dvc("add", table, advice="`dvc doctor` may say more")
        else:
            dvc("import-url", url, table, advice=ADVICE)
        origin = {"source": url, "method": "dvc add" if file.is_file() else "dvc import-url"}
        content = read_pointer(pointer)
        content["desc"] = desc
        content["meta"] = {**origin, **meta, **stamp(table, today)}
        write_pointer(pointer, content)
    except BaseException:  # Ctrl-C too
        table.unlink(missing_ok=True)
        pointer.unlink(missing_ok=True)
        raise
    write_sources()
    return table


def update(name: str, today: date) -> bool:
    """Fetch the table `name` again, return whether it changed; a failure keeps the old one."""
    pointer = find(name)
    table, text = pointer.with_suffix(""), pointer.read_text(encoding="utf-8")
    old = read_pointer(pointer)
    if "deps" not in old:
        raise InputError(
            f"{name} was not imported from a URL: `dvc add` a new {table}, correct its pointer"
        )
    try:
        fetch(table, old["deps"][0])
        new = read_pointer(pointer)  # DVC kept `desc`, `meta` and the comments
        changed = bool(new["outs"][0]["md5"] != old["outs"][0]["md5"])
        for outdated in ("checked", "overdue_since"):
            new["meta"].pop(outdated, None)
        new["meta"].update(stamp(table, today) if changed else {"checked": today.isoformat()})
        write_pointer(pointer, new)
    except BaseException:
        write_text(text, pointer)
        with suppress(InputError):  # DVC removes a table before it fetches the new one
            dvc("checkout", "--force", pointer, advice="")
        raise
    write_sources()
    return changed


def fetch(table: Path, source: Mapping[str, str]) -> None:
    """Let DVC fetch a table that it imported from `source`, the pointer's dependency."""
    if source["path"].startswith("http") and "etag" not in source:
        # `dvc update` can miss a change of equal size here, so the table is always fetched.
        dvc("import-url", "--force", source["path"], table, advice=ADVICE)
    else:
        dvc("update", f"{table}.dvc", advice=ADVICE)


def setup() -> list[str]:
    """Make a folder remote, put the tables that are here into DVC's cache, say what was done."""
    here = [path for path in sorted(FOLDER.glob("*.dvc")) if path.with_suffix("").exists()]
    if changed := [str(path.with_suffix("")) for path in here if differs(path)]:
        raise InputError(f"not what the pointer says: {', '.join(changed)}; see `data check`")
    # An imported table is in the cache since it was imported; `dvc commit` would ask its server.
    if own := [path for path in here if "deps" not in read_pointer(path)]:
        dvc("commit", *own, advice="`dvc status` names the table that is not what its pointer says")
    return [*make_remote(), f"external tables here and in DVC's cache: {len(here)}"]


def make_remote() -> list[str]:
    """Make the default remote if it is a folder that is missing, and say so."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([".dvc/config", ".dvc/config.local"], encoding="utf-8")
    name = config.get("core", "remote", fallback="")
    url = config.get(f"'remote \"{name}\"'", "url", fallback="").strip('"')
    folder = Path(".dvc", url).resolve()  # relative to .dvc, as DVC reads it
    if not url or "://" in url or folder.is_dir():
        return []
    if Path("dvc.lock").exists():  # data may be there: perhaps a share is not mounted
        return [
            f"the remote folder {folder} is not there: mount it, make it if it is new, or name"
            f" another with `dvc remote modify --local {name} url`"
        ]
    try:
        folder.mkdir()  # without its parents: the folder of a share must be mounted, not made
    except OSError as error:
        return [
            f"the remote folder {folder} cannot be made ({error.strerror}): mount it, "
            f"or name another with `dvc remote modify {name} url`"
        ]
    return [f"made the remote folder {folder}"]


def refuse(url: str, *, name: str, meta: Mapping[str, str]) -> None:
    """Raise InputError, before anything is fetched, when a table cannot be added like this."""
    if not Path(".dvc").is_dir():
        raise InputError("there is no .dvc here: run this in the project's folder")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise InputError(f"{name!r} cannot name a table: use letters, digits and underscores")
    if named(name):
        raise InputError(f"{name} exists already: take another --name or `data update {name}`")
    address = urlsplit(url)
    if Path(url).expanduser().is_file():
        if not meta.get("source"):
            raise InputError(f"{url} is a file: name its origin with --source")
    elif address.scheme not in SCHEMES or not address.netloc:
        schemes = "://, ".join(SCHEMES)
        raise InputError(f"{url!r} is neither a file nor a URL to import: begin with {schemes}://")
    if address.password:
        raise InputError("the URL holds a password, which Git would keep: leave it out")
    if meta["license"] not in (allowed := licenses()):
        refused = meta["license"]
        raise InputError(f"pyproject.toml does not allow {refused!r}: {', '.join(allowed)}")
    if not meta["owner"].strip():
        raise InputError("--owner is empty: name who answers for the table")


def stamp(table: Path, today: date) -> dict[str, str]:
    """Return the part of the provenance that is new with every fetch."""
    return {"obtained": today.isoformat(), "sha256": sha256(table)}


def dvc(*arguments: str | Path, advice: str) -> str:
    """Run DVC and return its output; raise InputError with DVC's reason if it fails."""
    command = [sys.executable, "-m", "dvc", *map(str, arguments)]
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        lines = done.stderr.splitlines() or ["it gave no reason"]
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines
        reason = errors[-1].removeprefix("ERROR: ").rpartition(" - ")[2]
        if reason.startswith("config file error"):
            advice = "correct .dvc/config or .dvc/config.local"
        raise InputError(f"dvc {arguments[0]} failed: {reason}; {advice}")
    return done.stdout
