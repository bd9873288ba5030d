# SPDX-License-Identifier: MIT
"""An actor that waits for ever."""

import actor


async def main():
    await actor.receive()
