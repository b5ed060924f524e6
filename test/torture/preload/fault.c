/*
 * Lets the n-th call of one kind fail, in one process: for LD_PRELOAD into a server.
 *
 * TORTURE_FAULT names a file of the size of struct fault, which the test and all processes of
 * the server share. Nothing fails while `pid` is 0. A call that failed sets `hits`; each later
 * one works again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dlfcn.h>

enum kind { KIND_MEMORY = 1, KIND_WRITE = 2 };

struct fault {
  atomic_int pid;
  atomic_int kind;
  atomic_int error; /* errno of a failing write */
  atomic_int hits;
  atomic_long countdown; /* the call that makes it 0 fails */
};

static struct fault nothing;
static struct fault* fault = &nothing;

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* pointer, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static ssize_t (*next_pwrite)(int fd, const void* bytes, size_t size, off_t offset);

__attribute__((constructor)) static void open_fault(void) {
  const char* path = getenv("TORTURE_FAULT");
  next_pwrite = (ssize_t(*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  const int fd = path != NULL ? open(path, O_RDWR) : -1;
  if (fd < 0) return;
  void* shared = mmap(NULL, sizeof(struct fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared != MAP_FAILED) fault = shared;
}

static int fails(enum kind kind) {
  if (atomic_load(&fault->pid) == 0) return 0;
  if (atomic_load(&fault->kind) != (int)kind || atomic_load(&fault->pid) != getpid()) return 0;
  if (atomic_fetch_sub(&fault->countdown, 1) != 1) return 0;
  atomic_fetch_add(&fault->hits, 1);
  return 1;
}

static int memory_fails(void) {
  if (!fails(KIND_MEMORY)) return 0;
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) { return memory_fails() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) {
  return memory_fails() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* pointer, size_t size) {
  return memory_fails() ? NULL : __libc_realloc(pointer, size);
}
void* memalign(size_t alignment, size_t size) {
  return memory_fails() ? NULL : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** pointer, size_t alignment, size_t size) {
  void* memory = memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *pointer = memory;
  return 0;
}

/* Whether a file is one of a table or an index; a failing write of WAL is a PANIC by design. */
static int is_relation(int fd) {
  char link[40], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return strstr(path, "/base/") != NULL || strstr(path, "/PG_") != NULL;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (atomic_load(&fault->pid) != 0 && is_relation(fd) && fails(KIND_WRITE)) {
    errno = atomic_load(&fault->error);
    return -1;
  }
  return next_pwrite(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite(fd, bytes, size, offset);
}
