# SPDX-License-Identifier: MIT
"""Where things are. Everything that the tools write is below build/. Standard library only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
VENV = BUILD / "venv"
VENV_PYTHON = VENV / "bin" / "python"
DEPS = BUILD / "deps"
LOGS = BUILD / "logs"
