"""Sharing through a remote: after a pull, a second clone has nothing to do; S3 is simulated by moto."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from makeweight.core.params import read_yaml
from miniature import ROOT, write_project

STAGES = ("ingest", "clean", "split", "preprocess")
"""The part of the pipeline that needs no training."""

CHANGES = {
    "modalities": ["tabular"],
    "clean.rules": {
        "missing_field": {"for": ["observations"], "columns": ["image", "title"]},
        "exact_duplicate": {"for": ["observations"]},
    },
    "split.group_by": ["group"],
}
BUCKET = "bucket"
UP_TO_DATE = "Data and pipelines are up to date."

HAS_S3 = all(importlib.util.find_spec(name) is not None for name in ("dvc_s3", "moto", "flask", "boto3"))
needs_s3 = pytest.mark.skipif(not HAS_S3, reason="dvc-s3 or moto is not installed: pip install -e '.[s3-test]'")

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DVC_", "GIT_"))},
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "NO_PROXY": "127.0.0.1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "DVC_NO_ANALYTICS": "1",
    **{f"GIT_{who}_{what}": "tests@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> str:
    done = call(folder, "git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dvc(folder: Path, *arguments: str) -> str:
    done = call(folder, sys.executable, "-m", "dvc", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Everything below data/."""
    data = folder / "data"
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in data.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature project with this code and the first stages of dvc.yaml, run and committed."""
    folder = tmp_path_factory.mktemp("first")
    write_project(folder, CHANGES)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in (".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    plan = read_yaml(ROOT / "dvc.yaml")["stages"]
    with (folder / "dvc.yaml").open("w") as file:
        YAML().dump({"stages": {name: plan[name] for name in STAGES}}, file)
    git(folder, "init", "-q", "-b", "main")
    dvc(folder, "init", "-q")
    dvc(folder, "repro")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Run the pipeline")
    assert git(folder, "status", "--porcelain") == ""
    return folder


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running S3 server with an empty bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket=BUCKET)
    yield f"http://{host}:{port}"
    server.stop()


def point_to(folder: Path, url: str, endpoint: str | None = None) -> None:
    """Make `url` the clone's remote; addresses and keys stay out of git, as docs/running.md says."""
    dvc(folder, "remote", "add", "--local", "--force", "-d", "storage", url)
    if endpoint is not None:
        dvc(folder, "remote", "modify", "--local", "storage", "endpointurl", endpoint)


def second_clone(first: Path, folder: Path, url: str, endpoint: str | None = None) -> Path:
    """Clone and pull, and compare the clone with the first."""
    git(folder, "clone", "-q", str(first), "second")
    second = folder / "second"
    assert contents(second) == {}
    point_to(second, url, endpoint)
    dvc(second, "pull")
    assert contents(second) == contents(first) != {}
    assert dvc(second, "status").strip() == UP_TO_DATE
    output = dvc(second, "repro")
    assert UP_TO_DATE in output and "Running stage" not in output
    assert git(second, "status", "--porcelain") == ""
    return second


def test_a_second_clone_pulls_everything_from_a_folder_and_has_nothing_to_do(project: Path, tmp_path: Path) -> None:
    point_to(project, str(tmp_path / "storage"))
    dvc(project, "push")
    second_clone(project, tmp_path, str(tmp_path / "storage"))


@needs_s3
def test_a_second_clone_pulls_everything_from_s3_and_has_nothing_to_do(
    project: Path, tmp_path: Path, address: str
) -> None:
    point_to(project, f"s3://{BUCKET}/makeweight", address)
    dvc(project, "push")
    assert "in sync" in dvc(project, "status", "--cloud")
    second = second_clone(project, tmp_path, f"s3://{BUCKET}/makeweight", address)
    # `git grep` ends with 1 where it finds nothing: keys and addresses stay out of what git tracks.
    assert call(second, "git", "grep", "-l", address.removeprefix("http://"), "--", ".dvc", "dvc.yaml").returncode == 1


def refusals() -> Iterator[tuple[str, str]]:
    """Yield remotes that refuse a push: a bucket that does not exist, a port where nothing listens."""
    yield "no-such-bucket", ""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield BUCKET, f"http://127.0.0.1:{closed.getsockname()[1]}"


@needs_s3
def test_s3_that_refuses_is_one_clear_line_and_nothing_is_lost(project: Path, tmp_path: Path, address: str) -> None:
    before = contents(project)
    for bucket, endpoint in refusals():
        point_to(project, f"s3://{bucket}/refused", endpoint or address)
        done = call(project, sys.executable, "-m", "dvc", "push")
        assert done.returncode != 0
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        assert errors and "Traceback" not in done.stderr
        assert contents(project) == before
        assert dvc(project, "status").strip() == UP_TO_DATE
    point_to(project, f"s3://{BUCKET}/refused", address)
    dvc(project, "push")
    second_clone(project, tmp_path, f"s3://{BUCKET}/refused", address)
