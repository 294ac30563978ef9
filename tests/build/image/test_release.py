"""The image of a release answers as that release, whoever is champion now."""

from pathlib import Path

from image import LOCKED_DOWN, build, docker, needs_engine, try_build
from releases import ROWS

pytestmark = needs_engine


def test_the_image_of_the_first_release_still_answers_as_it(released: Path, tmp_path: Path) -> None:
    image = build(released, "image", "VERSION=v1.0.0")
    assert image == "flight-delays:0.1.0-v1.0.0"
    (tmp_path / "rows.parquet").write_bytes((released / ROWS).read_bytes())
    tmp_path.chmod(0o777)
    mount = ["--volume", f"{tmp_path}:/data"]
    docker(
        "run",
        "--rm",
        *LOCKED_DOWN,
        *mount,
        image,
        "predict",
        "/data/rows.parquet",
        "/data/out.parquet",
    )
    first = released.parent / "scores/v1.0.0.parquet"
    assert (tmp_path / "out.parquet").read_bytes() == first.read_bytes()


def test_the_image_of_the_champion_is_named_for_its_version(released: Path) -> None:
    image = build(released, "image", "VERSION=champion")
    assert image == "flight-delays:0.1.0-v1.0.0"
    assert docker("run", "--rm", image, "check-model").startswith("v1.0.0-")


def test_a_version_that_is_not_here_has_no_image(released: Path) -> None:
    done = try_build(released, "image", "VERSION=v9.0.0")
    assert "error: models/v9.0.0 holds no model: make repro trains the candidate" in done.stderr
