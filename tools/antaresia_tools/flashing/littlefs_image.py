# SPDX-License-Identifier: MIT
"""A folder's files as a littlefs, as the board's own littlefs driver reads it."""

from pathlib import Path

from littlefs import LittleFS, LittleFSError

from antaresia_tools.errors import USAGE, ToolError

NAME_BYTES = 255


def of_folder(folder: Path, size_bytes: int, block_bytes: int) -> bytes:
    """The file system, exactly `size_bytes` long, with what is in `folder` at its top."""
    if not folder.is_dir():
        raise ToolError(f"{folder}: not a folder", "give a folder with the program's files", USAGE)
    # Sizes of reads, writes and lookahead do not travel with the file system.
    fs = LittleFS(
        block_size=block_bytes, block_count=size_bytes // block_bytes, name_max=NAME_BYTES
    )
    for path in sorted(folder.rglob("*")):
        name = "/" + path.relative_to(folder).as_posix()
        try:
            if path.is_dir():
                fs.mkdir(name)
            elif path.is_file():
                with fs.open(name, "wb") as file:
                    file.write(path.read_bytes())
        except LittleFSError as error:
            if error.code == LittleFSError.Error.LFS_ERR_NOSPC:
                raise ToolError(
                    f"{folder}: does not fit into the board's {size_bytes // 1024} KiB for files",
                    "leave files out, or compile .py to .mpy with mpy-cross",
                ) from error
            raise ToolError(f"{path}: {error}", "rename or remove it") from error
        except OSError as error:
            raise ToolError(f"{path}: {(error.strerror or '').lower()}", "correct it") from error
    return bytes(fs.context.buffer)
