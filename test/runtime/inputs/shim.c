/* What a program asks of the system, counted, and failed on purpose: LD_PRELOAD=shim.so, and
 *
 * SHIM_REPORT=FILE     at the end: `allocations N` of all threads, and `peak N` KB of memory, from the kernel
 * SHIM_FAIL=CALL:N:ERR the Nth call of write, fsync, rename, link, open or close that has to do with saving fails with
 *                      this number; with `full` in place of CALL, the disk is full after N bytes
 *
 * Calls that have to do with saving are those of files whose name holds `.safetensors`, and of their directory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

/*===-- memory ----------------------------------------------------------------------------===*/

static atomic_long allocations;

/* glibc's own names for what is replaced here, since dlsym allocates. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  ++allocations;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  ++allocations;
  return REAL(void *(*)(void *, size_t, int, int, int, off_t), "mmap")(at, size, protection, flags, file, offset);
}

/*===-- failures --------------------------------------------------------------------------===*/

static atomic_long left = -1; /* calls, or bytes, until the failure; -1: none */
static char failing[16];
static int failure;
static _Atomic(unsigned char) saving[1024]; /* of a descriptor: a checkpoint's, or its directory's */

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("SHIM_FAIL");
  long count;
  if (text && sscanf(text, "%15[^:]:%ld:%d", failing, &count, &failure) == 3)
    left = count;
}

/* Does this call fail? */
static int fails(const char *call) {
  if (left < 0 || strcmp(failing, call) != 0 || --left != 0)
    return 0;
  errno = failure;
  return 1;
}

static int isSaved(int file) { return file >= 0 && file < 1024 && saving[file]; }

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  int ours = (strstr(path, ".safetensors") && (flags & O_ACCMODE) != O_RDONLY) || (flags & O_DIRECTORY);
  if (ours && fails("open"))
    return -1;
  int file = REAL(int (*)(const char *, int, ...), "open")(path, flags, mode);
  if (file >= 0 && file < 1024)
    saving[file] = ours;
  return file;
}
ssize_t write(int file, const void *bytes, size_t size) {
  if (isSaved(file)) {
    if (fails("write"))
      return -1;
    if (left >= 0 && strcmp(failing, "full") == 0) {
      if (left == 0) {
        errno = ENOSPC;
        return -1;
      }
      size = size < (size_t)left ? size : (size_t)left; /* what still fits */
      left -= size;
    }
  }
  return REAL(ssize_t(*)(int, const void *, size_t), "write")(file, bytes, size);
}
int fsync(int file) {
  return isSaved(file) && fails("fsync") ? -1 : REAL(int (*)(int), "fsync")(file);
}
int close(int file) {
  int ours = isSaved(file);
  if (ours)
    saving[file] = 0;
  int code = REAL(int (*)(int), "close")(file);
  return ours && fails("close") ? -1 : code;
}
int rename(const char *from, const char *to) {
  return fails("rename") ? -1 : REAL(int (*)(const char *, const char *), "rename")(from, to);
}
int link(const char *from, const char *to) {
  return fails("link") ? -1 : REAL(int (*)(const char *, const char *), "link")(from, to);
}

/*===-- the report ------------------------------------------------------------------------===*/

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("SHIM_REPORT");
  if (!path)
    return;
  long count = allocations, peak = 0;
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    sscanf(line, "VmHWM: %ld", &peak);
  FILE *report = fopen(path, "w");
  if (report) {
    fprintf(report, "allocations %ld\npeak %ld\n", count, peak);
    fclose(report);
  }
}
