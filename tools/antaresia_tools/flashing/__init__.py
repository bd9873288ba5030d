# SPDX-License-Identifier: MIT
"""Puts images on real boards: what tools/flash does for each kind of board."""
