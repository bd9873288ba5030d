# SPDX-License-Identifier: MIT
"""An actor that says one word and ends."""


def main(boss):
    boss.send(None)
