# SPDX-License-Identifier: MIT
"""Descriptions of devices: the trusted half of a driver, as its datasheet has it.

    DEVICE = Device(
        "widget", "Acme Widget 2",
        ids=(("pci", 0x1234, 0x5678),),
        windows=(("bar", 0),),
        registers=(
            Register("CONTROL", 0x00, 32, "rw", fields=(
                Field("GO", 0, "starts a transfer"),
                Field("MODE", (3, 1), "0 is off"),
                Field("RESET", 31, "kernel"),
            )),
            Register("STATUS", 0x04, 32, "ro", fields=(Field("BUSY", 0),)),
            Address("TARGET", 0x08, 32, needs=4096),
        ),
        reset=(Write("CONTROL", RESET=1), Until("STATUS", BUSY=0)),
    )

Access is "rw", "ro", "wo", "w1c" or "w1s" (writing ones clears or sets), "rc" (reading clears), or
"kernel": the driver has none. A field has its register's access if it says none. What is not
described cannot be reached. make(DEVICE, windows) is the object that a driver gets; page(DEVICE)
the text for people.
"""

ACCESS = ("rw", "ro", "wo", "w1c", "w1s", "rc", "kernel")
IN_ENTRY = ("rw", "ro", "wo", "preset", "address", "length", "written", "done=1", "done=0")
_READ, _WRITE, _CLEAR = 1, 2, 4  # of fields, as vm_ext/hw/device.h has them
_ADDRESS, _EFFECT = 1, 2  # of registers
_NAME_MAX = 23
_METHODS = ("ack", "dump", "negotiate", "queue", "ready", "reset", "ring")
_RING_NAMES = ("kick", "post", "take", "size", "written")


class DescriptionError(ValueError):
    """What is wrong, and where."""


def _flags(access):
    read = _READ if access in ("rw", "ro", "w1c", "w1s", "rc") else 0
    write = _WRITE if access in ("rw", "wo", "w1c", "w1s") else 0
    return read | write | (_CLEAR if access in ("w1c", "w1s") else 0)


class Field:
    """Bits of a register or of an entry of a ring: a number, or (highest, lowest)."""

    def __init__(self, name, bits, access=None, text=""):
        if access is not None and access not in ACCESS and access not in IN_ENTRY:
            access, text = None, access
        self.name, self.access, self.text = name, access, text
        self.high, self.low = bits if isinstance(bits, tuple) else (bits, bits)

    @property
    def bits(self):
        return self.high - self.low + 1

    @property
    def mask(self):
        return ((1 << self.bits) - 1) << self.low

    def _check(self, where, width):
        _check_name(where, self.name)
        if not 0 <= self.low <= self.high < width:
            text = "{}: field {}: bits {}..{} are not within 0..{}"
            raise DescriptionError(text.format(where, self.name, self.high, self.low, width - 1))


class Register:
    """`bits` wide, at `offset` of the window with this number. `reads`, `writes`: what reading or
    writing does beside; a register whose reading does something is not in a dump."""

    flags = needs = 0

    def __init__(
        self,
        name,
        offset,
        bits=32,
        access="rw",
        text="",
        *,
        fields=(),
        reset=None,
        window=0,
        reads="",
        writes="",
    ):
        self.name, self.offset, self.bits, self.access, self.text = name, offset, bits, access, text
        self.fields, self.reset, self.window = fields, reset, window
        self.reads, self.writes = reads, writes
        for field in fields:
            field.access = field.access or access

    def field(self, where, name):
        for field in self.fields:
            if field.name == name:
                return field
        raise DescriptionError(f"{where}: register {self.name} has no field {name}")

    def value(self, where, fields):
        """Of the whole register, with these fields."""
        value = 0
        for name, part in fields.items():
            field = self.field(where, name)
            if not 0 <= part < 1 << field.bits:
                text = "{}: {}.{} has {} bits: not {}"
                raise DescriptionError(text.format(where, self.name, name, field.bits, part))
            value |= part << field.low
        return value

    def mask(self, flag):
        if self.fields:
            return sum(field.mask for field in self.fields if _flags(field.access) & flag)
        return (1 << self.bits) - 1 if _flags(self.access) & flag else 0

    def place(self):
        return self.window, self.offset, self.bits // 8

    def check(self, device, n_windows):
        where = device + ": register " + self.name
        _check_name(where, self.name)
        if self.name in _METHODS:
            raise DescriptionError(where + ": that is a method's name")
        if self.bits not in (8, 16, 32, 64) or self.offset < 0 or self.offset % (self.bits // 8):
            text = "{}: {} bits at {:#x}: not 8, 16, 32 or 64, or not aligned"
            raise DescriptionError(text.format(where, self.bits, self.offset))
        if not 0 <= self.window < n_windows:
            raise DescriptionError(f"{where}: there is no window {self.window}")
        _one_of(where, self.access, ACCESS)
        used = 0
        for field in self.fields:
            field._check(where, self.bits)
            _one_of(where + ": field " + field.name, field.access, ACCESS)
            if used & field.mask:
                raise DescriptionError(f"{where}: field {field.name} lies over another")
            used |= field.mask
        _unique(where, "field", self.fields)

    def compiled(self):
        """For _hw.device(); None: the driver has nothing of it."""
        readable, writable = self.mask(_READ), self.mask(_WRITE)
        if not readable and not writable and not self.flags:
            return None
        rc = self.access == "rc" or any(field.access == "rc" for field in self.fields)
        flags = self.flags | (_EFFECT if rc or self.reads else 0)
        fields = [
            (field.name, field.low, field.bits, _flags(field.access))
            for field in self.fields
            if _flags(field.access)
        ]
        return (self.name,) + self.place() + (readable, writable, flags, self.needs, fields)


class Address(Register):
    """Takes a dma.Buffer of at least `needs` bytes, whose address C writes; never a number."""

    flags = _ADDRESS

    def __init__(self, name, offset, bits=32, text="", *, needs, window=0):
        super().__init__(name, offset, bits, "kernel", text, window=window)
        self.needs = needs

    def check(self, device, n_windows):
        super().check(device, n_windows)
        if self.bits < 32 or self.needs <= 0:
            text = "{}: address register {}: 32 or 64 bits, and it says how many bytes it needs"
            raise DescriptionError(text.format(device, self.name))


class Ring:
    """Entries of `stride` bytes in memory, that the device goes round. Each names a part of a
    Buffer. Its registers are "kernel" ones; `base` takes its address, `size` its bytes, `head` is
    how far the device is, `tail` how far it was filled.
    last: tail is the last entry and head the one in use, not those that follow.
    idle: (register, field), all ones when the device is done with the entry at head, too.
    to_memory: the device writes to the Buffers. unit: bytes that a length counts. needs: the least
    that an entry names, for devices that take so much. align: of an address."""

    def __init__(
        self,
        name,
        text="",
        *,
        stride,
        count,
        base,
        tail,
        entry,
        base_high=None,
        size=None,
        head=None,
        last=False,
        idle=None,
        to_memory=False,
        unit=1,
        align=1,
        needs=0,
    ):
        self.name, self.text, self.stride, self.count, self.entry = name, text, stride, count, entry
        self.base, self.base_high, self.size, self.head, self.tail = (
            base,
            base_high,
            size,
            head,
            tail,
        )
        self.last, self.idle, self.to_memory = last, idle, to_memory
        self.unit, self.align, self.needs = unit, align, needs

    def check(self, device):
        where = device + ": ring " + self.name
        _check_name(where, self.name)
        if self.stride % 4 or not 4 <= self.stride <= 32 or not 2 <= self.count <= 256:
            raise DescriptionError(where + ": a stride of 4 to 32 bytes, 2 to 256 entries")
        used = 0
        for field in self.entry:
            field._check(where, self.stride * 8)
            _one_of(where + ": field " + field.name, field.access, IN_ENTRY)
            mask = 0 if field.access == "written" else field.mask
            if used & mask:
                raise DescriptionError(f"{where}: field {field.name} lies over another")
            used |= mask
            if field.name in _RING_NAMES and field.access in ("rw", "ro", "wo"):
                raise DescriptionError(where + ": " + field.name + " is a method's name")
        if len(self._with("address")) != 1:
            raise DescriptionError(where + ": one field of an entry is its address")
        if not self._with("length") and not self.needs:
            raise DescriptionError(where + ": an entry has a length, or all need as many bytes")
        if not self._with("done=1") + self._with("done=0") and self.head is None:
            raise DescriptionError(where + ": a field or a head says what the device is done with")
        _unique(where, "field", self.entry)

    def _with(self, access):
        return [field for field in self.entry if field.access == access]

    def _bits(self, access):
        found = self._with(access)
        return (found[0].low, found[0].bits) if found else None

    def compiled(self, device):
        where = device.name + ": ring " + self.name

        def place(name, kernel=True):
            if name is None:
                return None
            register = device.register(where, name)
            if kernel and register.mask(_WRITE):
                raise DescriptionError(f"{where}: a driver can write its {name}")
            return register.place()

        idle, mask = None, 0
        if self.idle:
            idle = place(self.idle[0], False)
            mask = device.register(where, self.idle[0]).field(where, self.idle[1]).mask
        preset = sum(field.mask for field in self._with("preset") + self._with("done=0"))
        words = [preset >> 32 * i & 0xFFFFFFFF for i in range(self.stride // 4)]
        fields = [
            (field.name, field.low, field.bits, _flags(field.access))
            for field in self.entry
            if field.access in ("rw", "ro", "wo")
        ]
        return (
            self.name,
            self.stride // 4,
            self.count,
            place(self.base),
            place(self.base_high),
            place(self.size),
            place(self.head),
            place(self.tail),
            self.last,
            idle,
            mask,
            self.to_memory,
            self.unit,
            self.align,
            self.needs,
            self._bits("address"),
            self._bits("length"),
            self._bits("written"),
            self._bits("done=1") or self._bits("done=0"),
            1 if self._with("done=1") else 0,
            words,
            fields,
            1,
        )


class Write:
    """A step of a reset: the register is written, as a number or with these fields."""

    until = False

    def __init__(self, register, value=None, **fields):
        self.register, self.number, self.fields = register, value, fields

    def compiled(self, device):
        where = device.name + ": reset"
        register = device.register(where, self.register)
        value = self.number if self.number is not None else register.value(where, self.fields)
        mask = (1 << register.bits) - 1
        if self.number is None:
            mask = sum(register.field(where, name).mask for name in self.fields)
        return (self.until,) + register.place() + (value, mask)

    def __str__(self):
        parts = [f"{name} = {value}" for name, value in self.fields.items()]
        value = hex(self.number) if self.number is not None else ", ".join(sorted(parts))
        return ("until {} is {}" if self.until else "write {} to {}").format(
            *((self.register, value) if self.until else (value, self.register))
        )


class Until(Write):
    """A step of a reset: wait until these fields of the register are so."""

    until = True


class Device:
    """`windows`: ("bar", number) or ("bar", number, offset, length), ("config", offset, length) of
    PCI, ("ports", base, length), or ("registers",) of what the firmware describes. `config`: a
    window that the driver gets as it is. `reset`: steps after which the device uses no memory; a
    device that never does has none. `line`: its interrupt, where no bus tells; False: not used."""

    def __init__(
        self,
        name,
        text,
        *,
        ids,
        windows,
        registers,
        rings=(),
        reset=(),
        line=None,
        config=None,
        notes="",
    ):
        self.name, self.text, self.ids, self.windows = name, text, ids, windows
        self.registers, self.rings, self.reset = registers, rings, reset
        self.line, self.config, self.notes = line, config, notes

    def register(self, where, name):
        for register in self.registers:
            if register.name == name:
                return register
        raise DescriptionError(f"{where}: there is no register {name}")

    def uses_memory(self):
        return bool(self.rings) or any(isinstance(one, Address) for one in self.registers)

    def check(self):
        _unique(self.name, "register", self.registers)
        _unique(self.name, "ring", self.rings)
        for register in self.registers:
            register.check(self.name, len(self.windows))
        for ring in self.rings:
            ring.check(self.name)
        if self.uses_memory() and not self.reset:
            raise DescriptionError(self.name + ": it uses memory, so it has a reset")

    def tables(self):
        """(registers, reset, rings) for _hw.device()."""
        self.check()
        registers = [register.compiled() for register in self.registers]
        reset = [step.compiled(self) for step in self.reset]
        rings = [ring.compiled(self) for ring in self.rings]
        return [one for one in registers if one], reset, rings


def make(description, windows):
    """The object that a driver gets. For who may import _hw."""
    import _hw

    registers, reset, rings = description.tables()
    return _hw.device(windows, registers, reset, rings=rings)


def text_of(dump):
    """Of a device's dump(): a line for each register, its fields by name."""
    lines = []
    for name in sorted(dump):
        value, fields = dump[name]
        parts = [f"{field}={fields[field]:#x}" for field in sorted(fields)]
        lines.append("{:12} {:#010x} {}".format(name, value, " ".join(parts)).rstrip())
    return "\n".join(lines)


# --- checks


def _check_name(where, name):
    good = name and len(name) <= _NAME_MAX and not name[0].isdigit()
    if not good or not all(
        letter.isalpha() or letter.isdigit() or letter == "_" for letter in name
    ):
        raise DescriptionError(f"{where}: {name!r} is no name of 1 to 23 characters")


def _one_of(where, what, choices):
    if what not in choices:
        raise DescriptionError(f"{where}: access is one of {choices}, not {what}")


def _unique(where, kind, things):
    seen = set()
    for thing in things:
        if thing.name in seen:
            raise DescriptionError(f"{where}: two of {kind} {thing.name}")
        seen.add(thing.name)


# --- for people


def _words(parts):
    return " ".join(hex(part) if isinstance(part, int) else part for part in parts)


def _bits(field):
    return str(field.low) if field.bits == 1 else f"{field.high}:{field.low}"


def _register_rows(register):
    text = [register.text] if register.text else []
    text += ["reading " + register.reads] if register.reads else []
    text += ["writing " + register.writes] if register.writes else []
    access = f"a Buffer, {register.needs} bytes" if register.flags else register.access
    reset = "" if register.reset is None else hex(register.reset)
    head = (register.name, register.window, register.offset, register.bits, access, reset)
    yield "| {} | {}:{:#x} | {} | {} | {} | {} |".format(*(head + ("; ".join(text),)))
    for field in register.fields:
        row = "| .{} | | {} | {} | | {} |"
        yield row.format(field.name, _bits(field), field.access, field.text)


def _ring_rows(ring):
    yield ""
    where = "of the Buffers' memory" if ring.to_memory else "from the Buffers"
    text = "Ring `{}`: {} The device {}; {} entries of {} bytes."
    verb = "writes to them" if ring.to_memory else "reads " + where
    yield text.format(ring.name, ring.text, verb, ring.count, ring.stride)
    yield ""
    yield "| entry | bits | access | |"
    yield "|---|---|---|---|"
    for field in ring.entry:
        yield f"| {field.name} | {_bits(field)} | {field.access} | {field.text} |"


def page(device):
    """The description as Markdown."""
    device.check()
    lines = [f"## {device.name}: {device.text}", ""]
    lines.append("Matches {}.".format(", ".join(_words(one) for one in device.ids)))
    windows = [f"{i} is {_words(one)}" for i, one in enumerate(device.windows)]
    lines.append("Windows: {}.".format("; ".join(windows)))
    if device.notes:
        lines.append(device.notes)
    lines += ["", "| register | at | bits | access | reset | |", "|---|---|---|---|---|---|"]
    for register in device.registers:
        lines += _register_rows(register)
    for ring in device.rings:
        lines += _ring_rows(ring)
    if device.reset:
        lines += ["", "Reset: {}.".format("; ".join(str(step) for step in device.reset))]
    return "\n".join(lines) + "\n"
