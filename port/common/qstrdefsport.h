// SPDX-License-Identifier: MIT
// Strings that no source file names in a way that upstream's scanner finds.
// *FORMAT-OFF*
Q(/lib)
Q(/)
Q(asyncio.core)
