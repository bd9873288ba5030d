// SPDX-License-Identifier: MIT
// Included by the compiler in front of upstream's shared/runtime/pyexec.c: what that sends, which
// is the raw REPL's protocol, goes through rawrepl.c. Upstream's headers leave both names alone
// then.
#ifndef PORT_COMMON_RAWREPL_H
#define PORT_COMMON_RAWREPL_H

#include <stddef.h>

void rawrepl_tx_strn(const char *str, size_t len);
void rawrepl_tx_str(const char *str);

#define mp_hal_stdout_tx_strn rawrepl_tx_strn
#define mp_hal_stdout_tx_str rawrepl_tx_str

#endif
