# SPDX-License-Identifier: MIT
# Runs in the machine: says, a line each, what Python can reach there. The host (surface.py) puts
# MODULES and UNNAMED in front of it, and reads
#     TYPE <expression> <attribute> <attribute> ...
#     CALL <expression>
#     VALUE <expression>


def describe(prefix, holder):
    for name in dir(holder):
        if name.startswith("__"):
            continue
        try:
            value = getattr(holder, name)
        except Exception:
            continue
        if isinstance(value, type):
            print("TYPE", prefix + name, *dir(value))
        elif callable(value):
            print("CALL", prefix + name)
        else:
            print("VALUE", prefix + name)


scope = {}
for name in MODULES:
    try:
        module = __import__(name)
    except ImportError:
        continue  # for another board
    scope[name] = module
    describe("" if name == "builtins" else name + ".", module)
for expression in UNNAMED:
    try:
        print("TYPE", expression, *dir(eval(expression, scope)))
    except Exception:
        pass
