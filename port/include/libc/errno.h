// SPDX-License-Identifier: MIT
// The hal's error numbers, with Linux's values; MicroPython has its own MP_E... of the same values.
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#define ENOENT  (2)
#define ESRCH   (3)
#define EIO     (5)
#define EAGAIN  (11)
#define ENOMEM  (12)
#define EBUSY   (16)
#define EEXIST  (17)
#define ENODEV  (19)
#define EINVAL  (22)
#define ERANGE  (34)
#define ENOTSUP (95)
#define ETIMEDOUT (110)
#define EOPNOTSUPP ENOTSUP
#define ETIMEDOUT (110)

#endif
