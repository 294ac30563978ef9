"""Downloads by HTTP: as a program of its own, which can be stopped whatever the server does.

It takes the URL from its input, so that no list of processes shows a token.
"""

import shutil
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

AGENT = "Mozilla/5.0 (compatible; data-add)"  # some servers refuse Python's own


def download(url: str, target: Path) -> str:
    """Write what `url` gives to `target`; return what went wrong, if anything did."""
    try:
        request = Request(url, headers={"User-Agent": AGENT})  # noqa: S310  `add` has checked it
        with urlopen(request) as answer, target.open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file)
            length = int(answer.headers["Content-Length"] or file.tell())
            if file.tell() < length:
                return f"the server sent {file.tell()} of {length} bytes"
    except HTTPError as error:
        return f"the server answered {error.code} {error.reason}"
    except URLError as error:
        return f"the server cannot be reached: {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return f"the download failed: {error}"
    return ""


if __name__ == "__main__":
    sys.exit(download(sys.stdin.read(), Path(sys.argv[1])) or 0)
