# SPDX-License-Identifier: MIT
# Runs on a machine with tens of KiB: see tests/test_actors_small.py.
with open("small.py", "w") as file:
    file.write("""
import actor
def loop():
    while True:
        pass
def long_c():
    sum(range(100000000))
def bad():
    raise ValueError('oops')
def hog():
    kept = []
    while True:
        kept.append(bytearray(500))
def deep(n):
    deep(n + 1)
def fault(kind):
    import _fault
    _fault.trigger(kind)
def machine():
    import machine
""")
