# SPDX-License-Identifier: MIT
"""What the tests of classes share: a machine of each port, and how a program says what came."""

# (arch, machine, sanitizer)
MACHINES = [
    ("hosted", "process", "address"),
    ("hosted", "process", None),
    ("x86_64", "q35", None),
    ("aarch64", "virt", None),
    ("xtensa", "lx60", None),
]

# t(expected, function, arguments): what it gives, or the kind of exception that it raises.
HELPERS = """
def t(expected, f, *args):
    try:
        got = f(*args)
    except Exception as e:
        got = type(e)
    assert got == expected, (expected, got)
"""
