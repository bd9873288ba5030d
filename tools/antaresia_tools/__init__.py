# SPDX-License-Identifier: MIT
"""The programs in tools/: one command per file in commands/, what they share beside it."""
