//===- Context.cpp - running entries on the team --------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Context.h"

#include "runtime/Call.h"
#include "runtime/CheckNan.h"
#include "runtime/Error.h"
#include "runtime/Random.h"

#include <cstring>

namespace netrt {

Context::Context(std::unique_ptr<Program> newProgram, const ContextOptions &options)
    : program(std::move(newProgram)), data(*program, options.search),
      team(options.threads > 0 ? options.threads : coresAvailable()), seed(options.seed) {
  data.makeUp = options.makeUp;
  data.makeByEntry = [this](const DataDecl &decl, const PartDecl &part) {
    return makeData(decl, part);
  };
  vars.resize(program->vars.size());
  for (size_t i = 0; i < vars.size(); ++i) {
    const VarDecl &decl = program->vars[i];
    if (!decl.isStatic())
      continue;
    std::vector<int64_t> shape;
    for (const Size &size : decl.shape)
      shape.push_back(size.evaluate(nullptr));
    reserveVar(static_cast<int>(i), shape);
    vars[i].shape = shape;
    vars[i].known = true;
  }
}

Context::~Context() = default;

Loader &Context::getLoader() {
  if (!loader)
    loader = std::make_unique<Loader>();
  return *loader;
}

uint64_t Context::keyOf(int64_t turn) const { return foldIn(mix(seed), turn); }

void Context::reserveVar(int index, const std::vector<int64_t> &shape) {
  const VarDecl &decl = program->vars[index];
  vars[index].buffer.reserve(
      checkedProduct(shape.data(), shape.size(), sizeOf(decl.dtype), decl.path.c_str()));
}

void Context::checkMemory(int64_t bytes) {
  int64_t available = availableMemory();
  if (bytes > available)
    throw Error(ExitSystem,
                format("this needs %lld MiB of memory, and %lld MiB are available",
                       (long long)(bytes >> 20), (long long)(available >> 20)),
                "a smaller --batch needs less");
}

void Context::initialize() {
  for (const std::string &entry : program->init)
    runOnce(entry);
}

void Context::runOnce(const std::string &entry) {
  Call call(*this, program->entry(entry), nullptr);
  call.setKey(keyOf(0));
  run(call);
}

RawTable Context::makeData(const DataDecl &decl, const PartDecl &part) {
  const EntryDecl &entry = program->entry(part.entry);
  Call call(*this, entry, nullptr);
  call.setKey(keyOf(0));
  run(call);
  RawTable table;
  for (size_t i = 0; i < decl.columns.size(); ++i) {
    const ColumnDecl &column = decl.columns[i];
    size_t index = i; // results stand in the columns' order unless they are named
    for (size_t j = 0; j < entry.results.size(); ++j)
      if (entry.results[j].name == column.name)
        index = j;
    if (index >= entry.results.size() || column.elements() == 0)
      failInternal("entry `%s` makes no column `%s`", part.entry.c_str(), column.name.c_str());
    int64_t elements = call.resultElements(static_cast<int>(index));
    int64_t rows = elements / column.elements();
    if (i > 0 && rows != table.rows)
      failInternal("entry `%s` makes columns of %lld and %lld rows", part.entry.c_str(),
                   (long long)table.rows, (long long)rows);
    table.rows = rows;
    table.addColumn(call.takeResult(static_cast<int>(index)), column.rowBytes());
  }
  return table;
}

namespace {
/// What the team's threads share during one run.
struct Job {
  const NetEntry *entry;
  void *const *buffers;
  const int64_t *sizes;
  char *arena;
  NetTeam *team;
  int32_t error, result;
};
} // namespace

void Context::run(Call &call) {
  call.bind();
  arena.reserve(call.arenaBytes());
  Job job{call.getDecl().code,
          call.buffersForRun(),
          call.sizesForRun(),
          reinterpret_cast<char *>(arena.data()),
          &team,
          0,
          0};
  team.run(
      [](void *argument, int thread) {
        auto *job = static_cast<Job *>(argument);
        int32_t code = job->entry->run(job->buffers, job->sizes, job->arena, job->team, thread,
                                       job->team->size(), &job->error);
        if (thread == 0) // all return the same
          job->result = code;
      },
      &job);
  if (job.result != 0) {
    size_t index = static_cast<size_t>(job.result) - 1;
    if (job.result < 0 || index >= program->messages.size())
      failInternal("entry `%s` returned the unknown code %d", call.getDecl().name.c_str(),
                   job.result);
    program->fail(static_cast<int64_t>(index));
  }
  if (!call.getDecl().checks.empty())
    checkFinite(call);
  call.publish();
}

} // namespace netrt
