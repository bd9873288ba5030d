# SPDX-License-Identifier: MIT
"""GRUB from Debian's packages, as the two programs that start the kernel: for BIOS and for UEFI.

Neither has a menu, a configuration file or modules beside it: the commands that it runs are built
in. It looks for the kernel on the disk that it was started from.
"""

import struct
import subprocess
import tempfile
from pathlib import Path

from antaresia_tools.errors import ToolError

KERNEL = "antaresia/antaresia.elf"
_LOAD = f"multiboot2 /{KERNEL}\n"
# Text mode is what every BIOS can; UEFI has none, and GRUB leaves a framebuffer.
_TEXT = "set gfxpayload=text\n"
_BOOT = "boot\n"
_MODULES = ["part_gpt", "fat", "multiboot2", "boot"]
_LIB = Path("/usr/lib/grub")
SECTOR_BYTES = 512
# In boot.img: the sector of core.img, and a jump past the check of the drive's number, which is two
# no-ops for disks. In core.img's own first sector: where its rest is. Source: GRUB 2's
# include/grub/i386/pc/boot.h.
_BOOT_SECTOR_AT, _DRIVE_CHECK_AT, _REST_AT = 0x5C, 0x66, SECTOR_BYTES - 12


def for_uefi() -> bytes:
    """EFI/BOOT/BOOTX64.EFI. The kernel is on the partition that it was loaded from."""
    return _mkimage("x86_64-efi", "/", _LOAD + _BOOT, ["efi_gop", "efi_uga"])


def for_bios(core_start: int) -> tuple[bytes, bytes]:
    """(code of the disk's first sector, core.img to be put at sector `core_start`)."""
    boot = bytearray((_LIB / "i386-pc" / "boot.img").read_bytes())
    boot[_BOOT_SECTOR_AT : _BOOT_SECTOR_AT + 8] = struct.pack("<Q", core_start)
    boot[_DRIVE_CHECK_AT : _DRIVE_CHECK_AT + 2] = b"\x90\x90"
    core = bytearray(_mkimage("i386-pc", "(,gpt1)/", _LOAD + _TEXT + _BOOT, ["biosdisk"]))
    core[_REST_AT : _REST_AT + 8] = struct.pack("<Q", core_start + 1)
    return bytes(boot), bytes(core)


def _mkimage(target: str, prefix: str, commands: str, modules: list[str]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="grub-") as name:
        config, image = Path(name, "config"), Path(name, "image")
        config.write_text(commands)
        command = ["grub-mkimage", "-O", target, "-p", prefix, "-c", str(config), "-o", str(image)]
        done = subprocess.run([*command, *_MODULES, *modules], capture_output=True, text=True)
        if done.returncode:
            words = done.stderr.strip().splitlines()[-1:]
            raise ToolError(f"grub-mkimage: {''.join(words)}", "install grub-common again")
        return image.read_bytes()
