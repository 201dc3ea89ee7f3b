/*===- netrt.h - the runtime's C interface --------------------------------===*\
|*
|* Part of netc, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* Two halves. The first is between generated code and the runtime: what an
|* object must define (`netrt_program`) and may call (`netrt_barrier`). The
|* second is for programs that embed a trained network (`netc --emit=lib`).
|* Nothing here knows an operation: buffers, sizes, threads and files only.
|*
\*===----------------------------------------------------------------------===*/
#ifndef NETC_RUNTIME_NETRT_H
#define NETC_RUNTIME_NETRT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a field or a signature below changes its meaning. */
#define NETRT_ABI_VERSION 2

#if defined(__GNUC__)
#define NETRT_API __attribute__((visibility("default")))
#else
#define NETRT_API
#endif

struct NetTeam;

/* One native function: a step, an evaluation, an initialization, a prediction.
 *
 * `buffers` are the pointers of all arguments, then of all results, in the order of the entry's
 * description: 64-byte aligned, dense, row-major; bool is one byte, 0 or 1. A variable that is
 * both argument and result has the same pointer twice. `sizes` are the values of the entry's named
 * sizes in the order of its JSON "sizes". `arena` holds `arena_bytes(sizes, threads)` bytes of
 * scratch, 64-byte aligned, its content undefined.
 *
 * All `threads` threads of the team call `run` with the same arguments, each with its own number
 * `thread`, and meet in `netrt_barrier`. `error` points to one word, zero on entry, that the
 * threads may share. All return the same: 0, or 1 + an index into the JSON's "messages". */
typedef struct NetEntry {
  const char *name;
  int32_t (*run)(void *const *buffers, const int64_t *sizes, char *arena, struct NetTeam *team,
                 int32_t thread, int32_t threads, int32_t *error);
  int64_t (*arena_bytes)(const int64_t *sizes, int32_t threads);
} NetEntry;

/* What the compiled object exports as `netrt_program`. `json` (of `json_size` bytes) is the program
 * description: variables, data, the tree of loops, entries in any order (matched by name). */
typedef struct NetProgram {
  const char *json;
  int64_t json_size;
  const NetEntry *entries;
  int64_t entry_count;
  int32_t abi_version;           /* NETRT_ABI_VERSION */
  const struct NetProgram *next; /* the same program for a lesser processor, or null */
} NetProgram;

/* Waits until every thread of the team has come here. What was written before by any of them is
 * seen after by all. To be called by all threads of a running entry, the same number of times. */
NETRT_API void netrt_barrier(struct NetTeam *team, int32_t thread);

/* The command line of an emitted executable; returns its exit code (see README.md). */
NETRT_API int netrt_main(int argc, char **argv, const NetProgram *program);

/*===-- Library -----------------------------------------------------------===*
 *
 * A context owns its variables, threads and scratch memory. Contexts share nothing: several may be
 * used side by side, each by one caller at a time. Every function returns 0 or an exit code of the
 * executable (1 wrong data, 2 wrong use, 70 internal, 74 the system failed); what went wrong is
 * then said by `netrt_error`. The caller's floating-point modes are unchanged when a call returns.
 */

typedef struct NetContext NetContext;

/* A caller's array: dense, row-major, in the element type the network declares. */
typedef struct NetArray {
  void *data;
  const int64_t *shape;
  int32_t rank;
} NetArray;

/* Makes a context with initialized variables. `threads` 0: as many as the machine offers.
 * Never null unless memory ran out; a context whose creation failed only answers netrt_error. */
NETRT_API NetContext *netrt_create(const NetProgram *program, int32_t threads, uint64_t seed);
NETRT_API void netrt_destroy(NetContext *context);
/* The last failure's text, or "" after a success; valid until the next call on this context. */
NETRT_API const char *netrt_error(const NetContext *context);

/* Runs a network (null: the last of the text). `inputs` and `outputs` follow its declaration;
 * outputs are written into the caller's memory, their shapes are checked. */
NETRT_API int32_t netrt_predict(NetContext *context, const char *network, const NetArray *inputs,
                                int32_t input_count, const NetArray *outputs, int32_t output_count);
/* One step of a train block (null: the first): its innermost first step, at the caller's batch.
 * `columns` follow the step's columns in order of first use, `rows` rows each. `reports` gets up to
 * `report_count` reported values (may be null). */
NETRT_API int32_t netrt_train_step(NetContext *context, const char *block,
                                   const void *const *columns, int32_t column_count, int64_t rows,
                                   double *reports, int32_t report_count);
/* Reads and writes all variables, as a safetensors file (written safely: see README.md). */
NETRT_API int32_t netrt_load(NetContext *context, const char *path);
NETRT_API int32_t netrt_save(NetContext *context, const char *path);

#ifdef __cplusplus
}
#endif
#endif /* NETC_RUNTIME_NETRT_H */
