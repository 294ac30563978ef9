"""Whatever is in a file, the service refuses it, goes on, and takes the next good one."""

import json
import os
import random
import shutil

import orjson
import pytest

from machinery.errors import InputError
from machinery.model import artifact
from machinery.prediction.log import prediction_log
from machinery.prediction.log import replay as replayed
from machinery.prediction.service import metrics, model_reloader
from machinery.prediction.service.auth import read_tokens
from machinery.prediction.service.model_reloader import ModelReloader, named, signature
from tiny.project import PROJECT

from .conftest import link, wait
from .test_prediction_log import make, recorded, row

CHANCE = random.Random(18)
PATIENCE = 60  # seconds, on a busy machine
FULL = os.environ.get("DURABILITY") == "full"  # as benchmarks/attacks.py asks

VALUES = [
    "", "null", "~", "true", "1", "-1", "1e999", ".nan", ".inf", "0x10", "0o9", "1:30", "'a\\0b'",
    '"a\\0b"', "2001-99-99", "2026-02-30", "[]", "[[]]", "{}", "{a: b}", "&a [*a]", "*nowhere",
    "!!python/object/apply:os.system ['true']", "!!binary ????", "!!int x", "!!float x", "!!set {a}",
    "!!timestamp soon", "? a", "- a", "%", "@", "`", "|", ">", "'", '"', "\t", "../../..", "/dev/zero",
    "x" * 5000, "9" * 5000, "\U0001f4a5", "<<: *a",
]  # fmt: skip
BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS = [
    b"", b"\0", b"\xff\xfe", bytes(range(256)), b"[" * 3000, b"{" * 3000, b"- " * 3000, b"null", b"[]",
    b"salt: \xe9", b"a: b: c", b"\tsalt: a", b"salt: a\nsalt: b", b"? [a]\n: b", b"--- a\n--- b",
    b"%YAML 9.9\n---\na", b"#" * 300_000, BOMB.encode(), b"<<: [1]", b"!!map []", b"1: 2", b"&a *a",
    b"\xef\xbb\xbf\xef\xbb\xbf", "salt: \u2028".encode(), b"salt: \x07", b"salt: \x85\x00",
]  # fmt: skip


def spoiled(content, number):
    """Return `number` versions of a file: a byte changed, cut off, or in the wrong place."""
    for _ in range(number):
        changed = bytearray(content)
        place = CHANCE.randrange(len(changed))
        changed[place] = CHANCE.randrange(256)
        yield bytes(changed)
        yield content[:place]
        yield content[place:]


def rollouts(good):
    """Return broken rollouts, with what a person, an editor and a disk can do to one."""
    lines = good.decode().splitlines()
    for number, line in enumerate(lines):
        name, colon, _ = line.partition(":")
        for value in CHANCE.sample(VALUES, 12) if colon and not name.startswith("#") else ():
            yield "\n".join([*lines[:number], f"{name}: {value}", *lines[number + 1 :]]).encode()
    yield from TEXTS
    yield from spoiled(good, 10)


@pytest.fixture
def reloader(project):
    """The models of a service that has just started."""
    return ModelReloader(PROJECT, project / "rollout.yaml", warm=lambda _: None)


def results():
    return sum(metrics.RELOADS.labels(result)._value.get() for result in ("accepted", "refused"))


def test_a_broken_rollout_is_refused_and_the_next_good_one_is_taken(reloader, project):
    good, path, number = (project / "rollout.yaml").read_bytes(), project / "rollout.yaml", 0
    things = [
        lambda: os.mkfifo(path),
        path.mkdir,
        lambda: path.symlink_to(path),
        lambda: path.symlink_to("nowhere"),
        lambda: path.symlink_to("/dev/zero"),
    ]
    changes = [lambda text=text: path.write_bytes(text) for text in rollouts(good)]
    for change in [*things, *changes]:
        remove(path)
        change()
        before, number = results(), number + 1
        reloader.reload()
        assert results() == before + 1
        assert reloader.arms.champion.version.startswith("v1.0.0-")
        remove(path)
        path.write_bytes(good + f"\n# {number}\n".encode())
        reloader.reload()
        assert results() == before + 2
    assert number >= 150


def remove(path):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def manifests(good):
    """Return broken manifests."""
    odd = [None, True, -1, 1e300, "x", "\0", [], [[]], {}, {"a": {}}, "9" * 400]
    for key in json.loads(good):
        yield json.dumps(json.loads(good) | {key: CHANCE.choice(odd)}).encode()
    yield from TEXTS
    yield from spoiled(good, 8)


def test_a_broken_model_is_refused_and_the_next_good_one_is_taken(reloader, project):
    good = (project / "models/v1.0.0/manifest.json").read_bytes()
    changes = [
        *(("manifest.json", text) for text in manifests(good)),
        *(("model.ubj", text) for text in TEXTS),
    ]
    for number, (name, text) in enumerate(changes):
        broken = project / f"models/v9.{number}.0"
        shutil.copytree(project / "models/v1.0.0", broken)
        (broken / name).write_bytes(text)
        before = results()
        link(project / "models/champion", broken.name)
        reloader.reload()
        assert results() == before + 1
        link(project / "models/champion", f"v1.{number % 2}.0")
        reloader.reload()
        assert reloader.arms.champion.version.startswith(f"v1.{number % 2}.0-")
    assert number >= 75


def test_a_version_is_named_for_the_folder_that_was_read(reloader, project, monkeypatch):
    def promoted(*arguments, **more):
        link(project / "models/champion", "v1.1.0")
        return read(*arguments, **more)

    read = artifact.read_file
    monkeypatch.setattr(artifact, "read_file", promoted)
    old = artifact.load(project / "models/champion", PROJECT.features_version)
    monkeypatch.undo()
    assert old.version == reloader.arms.champion.version


def lines():
    """Return broken lines of a spool."""
    whole = json.loads(orjson.dumps([row("broken")]))[0]
    odd = [None, True, -1, 2**63, 1e300, "", "x", [], {}, [1]]
    yield from TEXTS
    for name in whole:
        yield orjson.dumps([{key: whole[key] for key in whole if key != name}])
        for value in CHANCE.sample(odd, 5):
            yield orjson.dumps([whole | {name: value}])
    yield from spoiled(orjson.dumps([whole]), 10)


def test_broken_lines_of_a_spool_are_set_aside_and_the_others_are_replayed(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "0.jsonl").mkdir()
    os.mkfifo(folder / "1.jsonl")
    broken = [line.replace(b"\n", b" ") for line in lines()]
    for number, line in enumerate(broken):
        good = orjson.dumps([row(f"good {number:03}")])
        (folder / f"{number:03}.jsonl").write_bytes(line + b"\n" + good + b"\n")
    refused = replayed.REFUSED._value.get()
    log = make(tmp_path)
    expected = [f"good {number:03}" for number in range(len(broken))]
    wait(lambda: set(recorded(tmp_path)) >= set(expected), 30)
    assert replayed.REFUSED._value.get() - refused >= 80
    log.write([row("later")])
    assert log.where() == "database"
    log.close()
    assert len(broken) >= 100


def test_a_broken_token_file_is_refused_in_one_line(tmp_path):
    path = tmp_path / "tokens"
    good = b"# old\n" + b"a" * 32 + b"\n" + b"b" * 32 + b"\n"
    for text in [*TEXTS, *spoiled(good, 10), b"caf\xc3\xa9" * 8, b"two words" * 4]:
        path.write_bytes(text)
        assert "\n" not in refusal(path)
    path.write_bytes(b"\xef\xbb\xbf" + good)
    assert read_tokens(path) == read_tokens_of(good, tmp_path)


def refusal(path):
    """Return why a token file is refused, or nothing; any other error fails the test."""
    try:
        read_tokens(path)
    except InputError as error:
        return str(error)
    return ""


def read_tokens_of(text, folder):
    (folder / "plain").write_bytes(text)
    return read_tokens(folder / "plain")


def some(versions):
    """Return all versions in the full attack, and a few of them in each run."""
    return list(versions) if FULL else CHANCE.sample(list(versions), 5)


def test_a_running_service_answers_throughout_and_takes_each_good_file(start, project, monkeypatch):
    monkeypatch.setattr(model_reloader, "INTERVAL", 0.01)
    monkeypatch.setattr(prediction_log, "RETRY", 0.01)
    rollout, champion, spool = (
        project / "rollout.yaml",
        project / "models/champion",
        project / "spool",
    )
    manifest = (project / "models/v1.0.0/manifest.json").read_bytes()
    good, service = rollout.read_bytes(), start()

    reloader = service.service.reloader

    def version():
        status, answer = service.ask()
        assert status == 200
        return answer["predictions"][0]["model_version"]

    def look(change):
        """Make a change, wait until the service has looked at it, and return what answers."""
        before = results()
        change()
        wait(lambda: results() > before and reloader._seen == reloader._look(), PATIENCE)
        return version()

    kinds = some(rollouts(good)), some(manifests(manifest)), some(lines())
    names = {
        number: artifact.load(project / f"models/v1.{number}.0", 1).version for number in (0, 1)
    }
    for number, text in enumerate([*kinds[0], *kinds[1]]):
        now, then = names[number % 2], names[(number + 1) % 2]
        if number < len(kinds[0]):
            assert look(lambda text=text: swap(rollout, text)) == now
            swap(rollout, good)
        else:
            broken = project / f"models/v9.{number}.0"
            shutil.copytree(project / "models/v1.0.0", broken)
            (broken / "manifest.json").write_bytes(text)
            found = look(lambda broken=broken: link(champion, broken.name))
            # A manifest that says the same in other bytes is not broken.
            assert found == now or found == names[0].replace("v1.0.0", broken.name)
        link(champion, then.split("-")[0])
        wait(lambda then=then: version() == then, PATIENCE)
    for number, text in enumerate(kinds[2]):
        whole = orjson.dumps([row(f"good {number:03}")])
        swap(spool / f"{number:03}.jsonl", text.replace(b"\n", b" ") + b"\n" + whole + b"\n")
        wait(lambda number=number: f"good {number:03}" in recorded(project), PATIENCE)
        assert service.ask()[0] == 200
    print({"rollouts": len(kinds[0]), "manifests": len(kinds[1]), "spools": len(kinds[2])})
    assert sum(map(len, kinds)) >= (300 if FULL else 15)


def swap(path, text):
    """Write a file as an editor does: next to the old one, then in its place."""
    part = path.with_name("part")
    part.write_bytes(text)
    part.replace(path)


def test_a_rollout_that_could_not_be_read_is_read_again_although_the_file_is_the_same(
    project, monkeypatch
):
    rollout = project / "rollout.yaml"
    reloader = ModelReloader(PROJECT, rollout, warm=lambda _: None)
    read = model_reloader.load
    monkeypatch.setattr(model_reloader, "load", failing)
    rollout.touch()
    reloader.reload()
    monkeypatch.setattr(model_reloader, "load", read)
    replaced = reloader.arms
    reloader.reload()
    assert reloader.arms is not replaced


def test_a_rollout_of_the_same_size_and_time_is_read(project):
    rollout = project / "rollout.yaml"
    reloader = ModelReloader(PROJECT, rollout, warm=lambda _: None)
    before = rollout.stat()
    rollout.write_text(rollout.read_text().replace("slug }}-1", "slug }}-2"))
    os.utime(rollout, ns=(before.st_atime_ns, before.st_mtime_ns))
    reloader.reload()
    assert reloader.arms.rollout.salt.endswith("-2")


def failing(*_):
    raise PermissionError(13, "Permission denied")


def test_a_signature_changes_with_each_file_of_a_model(project):
    rollout = project / "rollout.yaml"
    seen = {signature(rollout, named(rollout, PROJECT.row))}
    files = sorted((project / "models/v1.0.0").iterdir())
    for path in files:
        path.write_bytes(path.read_bytes() + b" ")
        seen.add(signature(rollout, named(rollout, PROJECT.row)))
    assert len(seen) == 1 + len(files) > 4
