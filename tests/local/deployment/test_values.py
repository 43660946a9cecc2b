"""Inputs become what the provider would send."""

from __future__ import annotations

import io
import zipfile

import pulumi

from local.deployment.values import without_empty_blocks, zipped


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
