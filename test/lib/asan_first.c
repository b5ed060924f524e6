/*
 * Starts AddressSanitizer before any other library of the server: linked with -z initfirst.
 *
 * A preloaded libasan starts with the first allocation. If gettext makes that, which holds a lock
 * (libgpg-error's constructor calls bindtextdomain(); libldap brings it), the start asks dlerror()
 * for a message and so comes back to gettext, which leaves the lock in a state that the next one
 * waits for forever.
 */
#include <stdlib.h>

__attribute__((constructor)) static void first(void) { free(malloc(1)); }
