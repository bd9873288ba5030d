// SPDX-License-Identifier: MIT
// Texts to exit reasons: one copy for all who are told, counted.
#include <string.h>

#include "vm_ext/actor/actor.h"
#include "vm_ext/actor/memory.h"

rt_text_t *rt_text_new(rt_actor_t *self, const char *data, size_t len_bytes) {
    rt_text_t *text = actor_alloc(self, sizeof(rt_text_t) + len_bytes);
    if (text != NULL) {
        text->refs = 1;
        text->len_bytes = len_bytes;
        memcpy(text->data, data, len_bytes);
    }
    return text;
}

void text_share(rt_text_t *text) {
    if (text != NULL) {
        at_add(&text->refs, 1); // relaxed: who shares it has it already
    }
}

void text_drop(rt_text_t *text) {
    // Acquire and release: what every other holder read comes before this free.
    if (text != NULL && at_sub_acq_rel(&text->refs, 1) == 1) {
        rt_free(text, sizeof(rt_text_t) + text->len_bytes);
    }
}

void rt_text_drop(rt_actor_t *self, rt_text_t *text) {
    rt_nopreempt_enter(self);
    text_drop(text);
    rt_nopreempt_leave(self);
}
