"""Unpacks the sample activities and objects of fediverse-pasture-inputs: samples.py DIRECTORY.

Writes DIRECTORY/activity/GROUP_N.json and DIRECTORY/object/GROUP_N.json.
"""

import asyncio
import io
import sys
import zipfile
from pathlib import Path

from enclosure import CALLER

from fediverse_pasture_inputs import available
from fediverse_pasture_inputs.tool.format import add_samples_to_zip


async def pack(container: zipfile.ZipFile) -> None:
    for inputs in available.values():
        await add_samples_to_zip(container, inputs)


def unpack(directory: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as container:
        asyncio.run(pack(container))
        container.extractall(directory)


if __name__ == "__main__":
    unpack(CALLER / sys.argv[1])
