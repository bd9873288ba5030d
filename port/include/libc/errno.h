// SPDX-License-Identifier: MIT
// The hal's error numbers, with Linux's values; MicroPython has its own MP_E... of the same values.
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#define ENOENT  (2)
#define EIO     (5)
#define ENOMEM  (12)
#define EBUSY   (16)
#define ENODEV  (19)
#define EINVAL  (22)
#define ERANGE  (34)
#define ENOTSUP (95)
#define EOPNOTSUPP ENOTSUP

#endif
