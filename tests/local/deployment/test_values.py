"""Inputs become what the provider would send."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pytest

from local.deployment.errors import WrongInput
from local.deployment.values import SIGNATURE, plain, without_empty_blocks, zipped

if TYPE_CHECKING:
    from pathlib import Path


def test_a_zip_has_the_same_bytes_whatever_the_order_of_its_files() -> None:
    """Otherwise each start of the local stack would deploy its functions again."""
    files = {name: pulumi.StringAsset(name) for name in ("b.py", "a.py", "folder/c.py")}
    packed = zipped(pulumi.AssetArchive({**files}))
    assert packed == zipped(pulumi.AssetArchive({name: files[name] for name in reversed(files)}))
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == ["a.py", "b.py", "folder/c.py"]


def test_a_block_that_sets_nothing_is_not_sent_wherever_it_stands() -> None:
    """The AWS provider does the same; false, 0 and an empty text are sent."""
    given = {
        "name": "",
        "enabled": False,
        "days": 0,
        "empty": {},
        "none": [],
        "only_empty": [{}, {"deeper": {}}],
        "storage": {"columns": [{"name": "a"}], "ser_de_info": {}},
    }
    assert without_empty_blocks(given) == {
        "name": "",
        "enabled": False,
        "days": 0,
        "storage": {"columns": [{"name": "a"}]},
    }


def test_secrets_in_a_list_are_plain_values() -> None:
    secret = {SIGNATURE: "secret", "value": 1}
    assert plain({"a": [secret, [secret]], "b": (secret,)}) == {"a": [1, [1]], "b": [1]}


def test_a_zip_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"a zip")
    assert zipped(pulumi.FileArchive(str(tmp_path / "x.zip"))) == b"a zip"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="missing does not exist; expected a folder or"):
        zipped(pulumi.FileArchive(str(tmp_path / "missing")))
