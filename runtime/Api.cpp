//===- Api.cpp - the library's C interface --------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Error.h"
#include "runtime/Train.h"
#include "runtime/netrt.h"

#include <cstring>
#include <memory>
#include <new>
#include <string>

using namespace netrt;

/// A context, and what its callers came to use of it.
struct NetContext {
  std::unique_ptr<Context> context;
  /// A network's call, or a block prepared for steps.
  struct Network {
    std::unique_ptr<Call> call;
    std::vector<Buffer> inputs;
  };
  struct Block {
    std::unique_ptr<Trainer> trainer;
    int64_t steps = 0;
  };
  std::map<std::string, Network> networks;
  std::map<std::string, Block> blocks;
  std::string error;
};

namespace {

/// Runs `body`, turning what it throws into a code and a text.
template <typename Body> int32_t guarded(NetContext *handle, Body body) {
  if (!handle || !handle->context) // netrt_error says why
    return handle ? ExitUsage : ExitSystem;
  try {
    handle->error.clear();
    body(*handle->context);
    return ExitOk;
  } catch (const Error &error) {
    handle->error = error.what();
    return error.getCode();
  } catch (const std::bad_alloc &) {
    handle->error = "out of memory";
    return ExitSystem;
  } catch (const std::exception &error) {
    handle->error = error.what();
    return ExitInternal;
  }
}

void checkGiven(const void *given, const char *what) {
  if (!given)
    failUsage("%s is null", what);
}

std::vector<int64_t> shapeOf(const NetArray &array) {
  if (array.rank < 0 || (array.rank > 0 && !array.shape))
    failUsage("an array of rank %d has no shape", array.rank);
  return {array.shape, array.shape + array.rank};
}

template <typename Decl>
const Decl &choose(const std::vector<Decl> &list, const char *name, size_t standard,
                   const char *what) {
  if (list.empty())
    failUsage("this program has no %s", what);
  if (!name)
    return list[standard];
  for (const Decl &decl : list)
    if (decl.name == name)
      return decl;
  failUsage("this program has no %s `%s`", what, name);
}

/// The caller's arrays as the entry's arguments.
void bindInputs(Context &context, const EntryDecl &entry, const std::string &network,
                const NetArray *inputs, int32_t count) {
  int32_t next = 0;
  for (const Port &port : entry.args) {
    if (port.kind != Port::Kind::Arg)
      continue;
    if (next == count)
      failUsage("%s takes more than %d inputs", network.c_str(), count);
    checkGiven(inputs, "`inputs`");
    const NetArray &input = inputs[next++];
    if (!input.data)
      failUsage("input %d of %s is null", next - 1, network.c_str());
    context.argument(port.name) = {input.data, shapeOf(input)};
  }
  if (next != count)
    failUsage("%s takes %d inputs, not %d", network.c_str(), next, count);
}

/// Aligned as compiled code wants them; callers need not.
void copyInputs(Context &context, const EntryDecl &entry, std::vector<Buffer> &copies) {
  for (size_t i = 0; i < entry.args.size(); ++i) {
    const Port &port = entry.args[i];
    if (port.kind != Port::Kind::Arg)
      continue;
    auto &argument = context.argument(port.name);
    int64_t bytes = checkedProduct(argument.shape.data(), argument.shape.size(), sizeOf(port.dtype),
                                   port.name.c_str());
    copies[i].reserve(bytes);
    memcpy(copies[i].data(), argument.data, bytes);
    argument.data = copies[i].data();
  }
}

void predict(NetContext &handle, const char *name, const NetArray *inputs, int32_t inputCount,
             const NetArray *outputs, int32_t outputCount) {
  Context &context = *handle.context;
  const Program &program = context.getProgram();
  const CallableDecl &decl = choose(program.networks, name, program.networks.size() - 1, "network");
  const EntryDecl &entry = program.entry(decl.entry);
  NetContext::Network &network = handle.networks[decl.name];
  if (!network.call) {
    network.call = std::make_unique<Call>(context, entry, nullptr);
    network.inputs.resize(entry.args.size());
  }
  bindInputs(context, entry, decl.name, inputs, inputCount);
  network.call->bind(); // before anything is read: the shapes fit
  copyInputs(context, entry, network.inputs);
  network.call->setKey(context.keyOf(0));
  context.run(*network.call);
  int32_t next = 0;
  for (size_t i = 0; i < entry.results.size(); ++i) {
    if (entry.results[i].kind != Port::Kind::Out)
      continue;
    if (next == outputCount)
      failUsage("%s has more than %d outputs", decl.name.c_str(), outputCount);
    checkGiven(outputs, "`outputs`");
    auto index = static_cast<int>(i);
    std::vector<int64_t> shape = network.call->resultShape(index);
    if (shape != shapeOf(outputs[next]))
      failUsage("output %d of %s is %s; the caller's has another shape", next, decl.name.c_str(),
                describe(entry.results[i].dtype, shape).c_str());
    checkGiven(outputs[next].data, format("output %d of %s", next, decl.name.c_str()).c_str());
    memcpy(outputs[next++].data, network.call->result(index),
           network.call->resultElements(index) * sizeOf(entry.results[i].dtype));
  }
  if (next != outputCount)
    failUsage("%s has %d outputs, not %d", decl.name.c_str(), next, outputCount);
}

void trainStep(NetContext &handle, const char *name, const void *const *columns,
               int32_t columnCount, int64_t rows, double *reports, int32_t reportCount) {
  Context &context = *handle.context;
  const TrainDecl &decl = choose(context.getProgram().trains, name, 0, "train block");
  NetContext::Block &block = handle.blocks[decl.name];
  if (!block.trainer) {
    if (!decl.init.empty())
      context.runOnce(decl.init);
    block.trainer =
        std::make_unique<Trainer>(context, decl.name, decl.body, decl.loops, TrainOptions());
  }
  if (rows < 1)
    failUsage("a step takes at least one row");
  Call *step = block.trainer->firstStep();
  if (!step)
    failUsage("no step of %s reads data", decl.name.c_str());
  int32_t next = 0;
  for (const Port &port : step->getDecl().args) {
    if (port.kind != Port::Kind::Column)
      continue;
    if (next == columnCount)
      failUsage("a step of %s takes more than %d columns", decl.name.c_str(), columnCount);
    checkGiven(columns, "`columns`");
    checkGiven(columns[next], format("column %d of %s", next, decl.name.c_str()).c_str());
    for (BatchSource *source : step->getSources())
      if (int column = source->getPart().getDecl().columnNamed(port.name); column >= 0) {
        source->lend(column, columns[next], rows);
        break;
      }
    ++next;
  }
  if (next != columnCount)
    failUsage("a step of %s takes %d columns, not %d", decl.name.c_str(), next, columnCount);
  block.trainer->runFirstStep(block.steps++);
  for (size_t i = 0; i < step->getDecl().results.size(); ++i)
    if (step->getDecl().results[i].kind == Port::Kind::Report && reports && reportCount-- > 0)
      *reports++ = step->resultNumber(static_cast<int>(i));
}

} // namespace

extern "C" {

NetContext *netrt_create(const NetProgram *program, int32_t threads, uint64_t seed) {
  auto *handle = new (std::nothrow) NetContext;
  if (!handle)
    return nullptr;
  try {
    ContextOptions options;
    options.threads = threads;
    options.seed = seed;
    options.search = {executableDirectory()};
    options.makeUp = DataStore::MakeUp::Quietly; // the caller brings the batches
    auto context = std::make_unique<Context>(readProgram(*program), options);
    context->initialize();
    handle->context = std::move(context);
  } catch (const std::exception &error) {
    handle->error = error.what();
  }
  return handle;
}

void netrt_destroy(NetContext *handle) { delete handle; }

const char *netrt_error(const NetContext *handle) {
  return handle ? handle->error.c_str() : "out of memory";
}

int32_t netrt_predict(NetContext *handle, const char *network, const NetArray *inputs,
                      int32_t inputCount, const NetArray *outputs, int32_t outputCount) {
  return guarded(handle, [&](Context &) {
    predict(*handle, network, inputs, inputCount, outputs, outputCount);
  });
}

int32_t netrt_train_step(NetContext *handle, const char *block, const void *const *columns,
                         int32_t columnCount, int64_t rows, double *reports, int32_t reportCount) {
  return guarded(handle, [&](Context &) {
    trainStep(*handle, block, columns, columnCount, rows, reports, reportCount);
  });
}

int32_t netrt_load(NetContext *handle, const char *path) {
  return guarded(handle, [&](Context &context) {
    checkGiven(path, "the path");
    loadCheckpoint(context, path);
  });
}

int32_t netrt_save(NetContext *handle, const char *path) {
  return guarded(handle, [&](Context &context) {
    checkGiven(path, "the path");
    saveCheckpoint(context, path, nullptr, std::string(path) + ".1");
  });
}

} // extern "C"
