"""Where DVC keeps the external tables: its cache, and a remote that is a folder."""

import configparser
from pathlib import Path

from ..errors import InputError
from .dvc import dvc
from .provenance import FOLDER, differs, read_pointer


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
