# SPDX-License-Identifier: MIT
# The image that bench/actors measures: the usual one, and our side's programs frozen like any other
# of the image, as the peer's are loaded once.
include("../../port/common/manifest.py")
freeze("frozen")
