# SPDX-License-Identifier: MIT
"""One module per program in tools/; each has a click command named `command`."""
