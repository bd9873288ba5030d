// SPDX-License-Identifier: MIT
// Found by gcc's own <limits.h>, which defines the rest.
#define SSIZE_MAX __LONG_MAX__
#define PATH_MAX (4096)
