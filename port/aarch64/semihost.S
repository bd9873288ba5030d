// SPDX-License-Identifier: MIT
// Arm semihosting: HLT #0xf000 with the operation in w0 and its block in x1. With nobody listening
// it is an undefined instruction; vectors.S knows its address and returns -1 for it then.
    .text
    .global a64_semihost, a64_semihost_hlt
a64_semihost:
a64_semihost_hlt:
    hlt     #0xf000
    ret
