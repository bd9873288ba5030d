# SPDX-License-Identifier: MIT
"""The figures: each bench/NAME measures Antaresia and its peers in one run, side by side.

Nothing here decides whether a figure is good: a row carries its aim, and docs/bench.md says what
each row means. Tests check the form of the output, never a time.
"""
