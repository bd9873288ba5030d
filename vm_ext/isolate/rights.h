// SPDX-License-Identifier: MIT
// What an isolate may do beyond computing: a set of rights, fixed when it is made. The gates are in C, where the
// thing itself is: Python that has no right finds no object to do it with.
// Invariant: an actor's rights are among those of the actor that spawned it.
#ifndef VM_EXT_ISOLATE_RIGHTS_H
#define VM_EXT_ISOLATE_RIGHTS_H

#include <stdbool.h>

#include "py/obj.h"

enum {
    RIGHT_MACHINE = 1, // modules machine, _flash, _stack; power off
    RIGHT_VFS = 2, // modules os, vfs, ramdisk
    RIGHT_NAMES = 4, // of actors: register, whereis
    RIGHT_SYSTEM = 8, // all actors, and memory accounts of their own for those that it spawns
    RIGHT_CONSOLE = 16, // its input
    RIGHTS_TO_GIVE = 31,
    RIGHT_EDITOR = 32, // the line editor, which has one state: the shell's
    RIGHTS_ALL = 63,
};

bool rights_have(unsigned right); // the running isolate
void rights_need(unsigned right); // OSError(EPERM)

// The right of this name; 0: there is none.
unsigned rights_named(qstr name);

// ImportError for a built-in module that the running isolate has no right to.
void rights_check_module(mp_obj_t module);

#endif
