# SPDX-License-Identifier: MIT
"""The modules that an actor was given with its program: the only files that it has.

The one who spawns it collects them from its own files; in the new actor they are mounted at "/".
Maps "name.py" or "name.mpy" to its bytes.
"""

import io
import sys

ENOENT = 2
IS_FILE = 0x8000


def collect(names):
    """The files of these modules, by name; frozen and built-in ones need none.

    ImportError: a module that is neither in sys.path nor in the image."""
    files = {}
    for name in names:
        path = name.replace(".", "/")
        parts = path.split("/")
        for i in range(1, len(parts)):
            _add("/".join(parts[:i]) + "/__init__", files)
        if not (_add(path, files) or _add(path + "/__init__", files)):
            raise ImportError("no module named '" + name + "'")
    return files


def _add(path, files):
    for folder in sys.path:
        if folder == ".frozen":
            continue
        for suffix in (".py", ".mpy"):
            try:
                with open((folder + "/" if folder else "") + path + suffix, "rb") as file:
                    files[path + suffix] = file.read()
                    return True
            except OSError as error:
                if error.errno != ENOENT:
                    raise
    return False


class Store:
    def __init__(self, files):
        self.files = files

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        path = path.lstrip("/")
        if path in self.files:
            return (IS_FILE, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        folder = path + "/"
        for name in self.files:
            if name.startswith(folder):
                return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(ENOENT)

    def open(self, path, mode):
        data = self.files.get(path.lstrip("/"))
        if data is None:
            raise OSError(ENOENT)
        return io.BytesIO(data)
