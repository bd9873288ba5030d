# SPDX-License-Identifier: MIT
"""The configuration of drivers, checked: by tools/run on the host, and again in the machine.

{"driver": {"virtio_blk": {"place": "linked:store", "quota": 4194304}},
 "service": {"store": {"class": "store:Store", "file": "store.py"}}}

docs/drivers.md says what the keys mean.
"""

RESTARTS = ("always", "on-error", "never")
KIB = 1024
DRIVER = {
    "enabled": True,
    "file": None,
    "place": "isolated",
    "quota": 8 * KIB * KIB,
    "memory": 16 * KIB * KIB,
    "restart": "always",
    "max_restarts": 5,
    "period_ms": 5000,
}
SERVICE = {
    "class": None,
    "file": None,
    "quota": 32 * KIB * KIB,
    "restart": "always",
    "max_restarts": 5,
    "period_ms": 5000,
}
OTHERS = ("start", "leave")
# Modules of the system: a file of such a name would be taken for it.
_TAKEN = (
    "actor",
    "asyncio",
    "cap",
    "devices",
    "dma",
    "driver",
    "hardware",
    "irq",
    "mmio",
    "service",
)


def _is_name(name):
    return (
        bool(name)
        and not name[0].isdigit()
        and all(c.isalpha() or c.isdigit() or c == "_" for c in name)
    )


def _check_number(value, least):
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        return "is no whole number", f"give a number of at least {least}"
    return None


def _check_choice(value, choices):
    if value not in choices:
        return "is not possible", "there are: " + ", ".join(choices)
    return None


def _check_file(value, module):
    if not isinstance(value, str) or not value.endswith((".py", ".mpy")):
        return "is no .py or .mpy file", 'give the path of one, as in file = "vendor/disk.mpy"'
    stem = value.split("/")[-1].rsplit(".", 1)[0]
    if stem != module:
        return "is not named as its module", f"call the file {module}.py or {module}.mpy"
    if stem in _TAKEN:
        return "has the name of a module of the system", "rename it"
    return None


def _check_place(value, services):
    if value == "isolated":
        return None
    if not isinstance(value, str) or not value.startswith("linked:"):
        return "is not possible", "there are: isolated, linked:SERVICE"
    if value[7:] not in services:
        return "names no service", "add [service.{}] with its class".format(value[7:] or "NAME")
    return None


def _check_class(value):
    if (
        not isinstance(value, str)
        or not all(_is_name(part) for part in value.split(":", 1))
        or ":" not in value
    ):
        return "is no class", 'give "module:Class"'
    return None


def _check_value(kind, name, key, value, config):
    if key == "enabled":
        return None if isinstance(value, bool) else ("is not true or false", "give true or false")
    if key in ("quota", "memory"):
        return _check_number(value, 64 * KIB)
    if key == "period_ms":
        return _check_number(value, 1)
    if key == "max_restarts":
        return None if value == "any" else _check_number(value, 0)
    if key == "restart":
        return _check_choice(value, RESTARTS)
    if key == "place":
        return _check_place(value, config.get("service") or {})
    if key == "class":
        return _check_class(value)
    module = name
    if kind == "service":
        module = str(config["service"][name].get("class", "")).split(":")[0]
    return _check_file(value, module)


def _check_section(kind, name, section, config):
    keys = DRIVER if kind == "driver" else SERVICE
    where = (kind, name)
    if not _is_name(name):
        yield where, "is no name of a module", "use letters, digits and _"
    if not isinstance(section, dict):
        yield where, "is no section", f"write [{kind}.{name}] and its keys below"
        return
    for key, value in section.items():
        if key not in keys:
            yield where + (key,), "is no key of a " + kind, "there are: " + ", ".join(sorted(keys))
            continue
        wrong = _check_value(kind, name, key, value, config)
        if wrong:
            yield where + (key,), wrong[0], wrong[1]
    if kind == "service" and "class" not in section:
        yield where, "has no class", 'add class = "module:Class"'


def check(config):
    """What is wrong: (path of the key, what, what to try) of each."""
    if not isinstance(config, dict):
        return [((), "is no table", "write sections, as [driver.virtio_blk]")]
    found = []
    for kind, sections in config.items():
        if kind == "others":
            wrong = _check_choice(sections, OTHERS)
            if wrong:
                found.append((("others",), wrong[0], wrong[1]))
        elif kind not in ("driver", "service"):
            hint = "there are: [driver.NAME], [service.NAME] and others"
            found.append(((kind,), "is no section", hint))
        elif not isinstance(sections, dict):
            found.append(((kind,), "is no section", f"write [{kind}.NAME]"))
        else:
            for name, section in sections.items():
                found.extend(_check_section(kind, name, section, config))
    return found


def require(config):
    """ValueError: the first thing that is wrong."""
    for path, what, hint in check(config):
        raise ValueError("{} {}; {}".format(".".join(path), what, hint))


def with_defaults(kind, section):
    whole = dict(DRIVER if kind == "driver" else SERVICE)
    whole.update(section)
    return whole


def files(config):
    """The paths of all files that it names."""
    sections = [config.get(kind, {}) for kind in ("driver", "service")]
    return [one["file"] for part in sections for one in part.values() if one.get("file")]
