// SPDX-License-Identifier: MIT
// The hal's error numbers, with Linux's values; MicroPython has its own MP_E... of the same values.
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#define EPERM   (1)
#define ENOENT  (2)
#define ESRCH   (3)
#define EIO     (5)
#define EAGAIN  (11)
#define ENOMEM  (12)
#define EBADMSG (74)
#define ESTALE  (116)
#define EACCES  (13)
#define EFAULT  (14)
#define EBUSY   (16)
#define EEXIST  (17)
#define ENODEV  (19)
#define EINVAL  (22)
#define ENOSPC  (28)
#define ERANGE  (34)
#define ENOTSUP (95)
#define ETIMEDOUT (110)
#define EOPNOTSUPP ENOTSUP
#define ETIMEDOUT (110)

#endif
