"""How images are built: from the locks alone, twice the same, with nothing left behind."""

import re
import subprocess
from pathlib import Path

import pytest
from image import BASE, CA_BUNDLE, DOCKER, build, docker, layers, needs_engine, try_build

pytestmark = needs_engine

MARKER = "planted-4f1d7c"
SERVE_LOCK = "requirements/serve.txt"


def test_a_change_of_code_leaves_all_other_layers(copy: Path, serve: str) -> None:
    before = layers(serve)
    (cli,) = copy.glob("src/*/project.py")
    cli.write_text(cli.read_text() + "# edited\n")
    after = layers(build(copy, "image", "IMAGE=flight-delays:edited"))
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed.count(True) == 1


def test_two_builds_are_equal_and_keep_nothing_secret(copy: Path, tmp_path: Path) -> None:
    first = build(copy, "image", "IMAGE=flight-delays:first", options="--no-cache")
    variables = plant(copy, tmp_path)
    second = build(copy, "image", "IMAGE=flight-delays:second", options="--no-cache", **variables)
    assert layers(first) == layers(second), differences(first, second)
    saved = search(second, [MARKER.encode(), b"end_on_sigterm"])
    assert saved == [b"end_on_sigterm"]  # the search finds a text that is there
    assert MARKER not in docker("history", "--no-trunc", second)


@pytest.mark.parametrize(
    ("pattern", "text", "message"),
    [
        (r"sha256:\w{8}", "sha256:00000000", "DO NOT MATCH THE HASHES"),
        (r" \\\n +--hash=\S+", "", "Hashes are required in --require-hashes mode"),
    ],
    ids=["tampered", "missing"],
)
@pytest.mark.parametrize("target", ["image", "train.sh"])
def test_a_hash_that_is_wrong_stops_the_build(
    copy: Path, target: str, pattern: str, text: str, message: str
) -> None:
    lock = copy / (SERVE_LOCK if target == "image" else "requirements/dev.txt")
    click = r"(?m)^click==.*\n( +--hash=.*\n)+"
    spoilt = re.sub(click, lambda pin: re.sub(pattern, text, pin[0]), lock.read_text())
    lock.write_text(spoilt)
    done = try_build(copy, target)
    assert done.returncode
    assert message in done.stderr
    assert done.stderr.splitlines()[-1 - (target == "image")].startswith("error: the build of ")


def test_pip_obeys_the_configuration_that_is_given(copy: Path, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://127.0.0.1:9/simple\nretries = 0\n")
    done = try_build(copy, "image", options="--no-cache", PIP_CONF=str(config))
    log = (copy / "build/serve.log").read_text()
    assert "No matching distribution found for flit-core" in log  # nothing answers there
    assert "error: the build of serve failed" in done.stderr


@pytest.mark.usefixtures("serve")
def test_the_lists_of_the_lock_and_of_the_image_agree(trained: Path) -> None:
    done = try_build(trained, "sbom.sh")
    assert done.returncode == 0, done.stderr
    assert "build/sbom/image.cdx.json" in done.stdout


def plant(project: Path, folder: Path) -> dict[str, str]:
    """Plant secrets next to what is built, and return those that are passed in."""
    (package,) = (path.parent for path in project.glob("src/*/project.py"))
    for place in (project, package, package / "data", project / "models/candidate"):
        for name in (".env", "id_rsa", "key.pem"):
            (place / name).write_text(MARKER)
    (folder / "pip.conf").write_text(f"[global]\ntimeout = 60\n# {MARKER}\n")
    (folder / "ca.pem").write_text(f"# {MARKER}\n{Path(CA_BUNDLE).read_text()}")
    proxy = f"http://user:{MARKER}@127.0.0.1:9"  # unused, as everything comes by HTTPS
    given = {"CA_BUNDLE": str(folder / "ca.pem"), "PIP_CONF": str(folder / "pip.conf")}
    return given | {"HTTP_PROXY": proxy, "BASE_IMAGE": BASE}


def search(image: str, texts: list[bytes]) -> list[bytes]:
    """Return those texts that occur in a saved image."""
    found, before = set(), b""
    with subprocess.Popen([DOCKER, "save", image], stdout=subprocess.PIPE) as save:
        assert save.stdout
        while part := save.stdout.read(1 << 24):
            found |= {text for text in texts if text in before + part}
            before = part[-100:]
    return [text for text in texts if text in found]


def differences(first: str, second: str) -> str:
    """Name the first files that differ between two images."""
    listing = (
        "find / -xdev -type f -exec sha256sum {} + ; find / -xdev -exec stat -c '%n %a %Y' {} +"
    )
    arguments = ["run", "--rm", "--user", "0", "--entrypoint", "sh"]
    one, two = (
        set(docker(*arguments, image, "-c", listing).splitlines()) for image in (first, second)
    )
    return "\n".join(sorted(one ^ two, reverse=True)[:100])
