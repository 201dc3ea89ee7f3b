//===- Native.cpp - code compiled and run in memory -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "codegen/Native.h"
#include "codegen/Lowering.h"
#include "codegen/Machine.h"
#include "codegen/Passes.h"
#include "codegen/Step.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mlir;
using namespace net;
using llvm::Error;
using llvm::Expected;

//===-- the team -----------------------------------------------------------------------------===//

namespace {
/// The threads of one call.
class Team {
public:
  Team(int threads, Native::Schedule schedule)
      : threads(threads), schedule(schedule),
        running(schedule == Native::Schedule::LastFirst ? threads - 1 : 0) {}

  /// Does the work of one thread, when its turn comes.
  int32_t run(int thread, llvm::function_ref<int32_t()> work) {
    if (schedule == Native::Schedule::Free)
      return work();
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return running == thread; });
    }
    int32_t code = work();
    std::unique_lock<std::mutex> lock(mutex);
    pass();
    return code;
  }

  /// A barrier.
  void wait(int thread) {
    std::unique_lock<std::mutex> lock(mutex);
    if (schedule != Native::Schedule::Free) {
      pass();
      changed.wait(lock, [&] { return running == thread; });
      return;
    }
    int turn = turns;
    if (++waiting < threads)
      return changed.wait(lock, [&] { return turns != turn; });
    waiting = 0;
    ++turns;
    changed.notify_all();
  }

private:
  /// The next thread runs.
  void pass() {
    int step = schedule == Native::Schedule::FirstFirst ? 1 : threads - 1;
    running = (running + step) % threads;
    changed.notify_all();
  }

  const int threads;
  const Native::Schedule schedule;
  int running;                ///< of a schedule: the thread that does
  int waiting = 0, turns = 0; ///< else: at the barrier; barriers so far
  std::mutex mutex;
  std::condition_variable changed;
};
void barrier(Team *team, int32_t thread) { team->wait(thread); }

using Run = int32_t (*)(void *const *, const int64_t *, char *, Team *, int32_t, int32_t,
                        int32_t *);
using ArenaBytes = int64_t (*)(const int64_t *, int32_t);

//===-- buffers ------------------------------------------------------------------------------===//

/// Memory that a child process shares, or this process's own to the byte, so that a sanitizer sees
/// every access beyond the end. What is not written shows itself.
class Memory {
public:
  Memory(size_t bytes, bool shared) : bytes(std::max<size_t>(bytes, 1)), shared(shared) {
    void *memory = nullptr;
    if (shared)
      memory =
          mmap(nullptr, this->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    else if (posix_memalign(&memory, 64, this->bytes) != 0)
      memory = nullptr;
    if (!memory || memory == MAP_FAILED)
      llvm::report_bad_alloc_error("no memory for compiled code");
    start = static_cast<char *>(memory);
    std::fill_n(start, bytes, '\xAB');
  }
  Memory(Memory &&other) : start(other.start), bytes(other.bytes), shared(other.shared) {
    other.start = nullptr;
  }
  ~Memory() {
    if (start && shared)
      munmap(start, bytes);
    else
      std::free(start);
  }
  char *get() const { return start; }

private:
  char *start;
  size_t bytes;
  bool shared;
};

Memory copyOf(const Array &array, bool shared) {
  Memory memory(byteWidth(array.element) * array.size(), shared);
  array.store(memory.get());
  return memory;
}

struct Signature {
  SmallVector<Type> arguments, results;
  std::vector<std::string> sizes;
  SmallVector<unsigned> buffers; ///< of results
};
} // namespace

//===-- compiling ----------------------------------------------------------------------------===//

struct Native::Implementation {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::map<std::string, Signature> signatures;
};

Native::Native(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Native::~Native() = default;

static Error lower(ModuleOp module, const Target &target) {
  std::string complaint;
  ScopedDiagnosticHandler collect(module.getContext(),
                                  [&](Diagnostic &d) { complaint += d.str() + "; "; });
  PassManager pm(module.getContext());
  // As buildLoops, without the merging of functions: each keeps its name.
  pm.addPass(createNetToLoops(target));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  buildLLVM(pm);
  return failed(pm.run(module)) ? llvm::createStringError("lowering: " + complaint)
                                : Error::success();
}

Expected<std::unique_ptr<Native>> Native::compile(ModuleOp module, const Target &target,
                                                  unsigned level, StringRef arch) {
  auto machine = Machine::create("", arch, level);
  if (!machine)
    return machine.takeError();
  auto made = std::make_unique<Implementation>();
  for (auto function : module.getOps<func::FuncOp>()) {
    Signature &signature = made->signatures[function.getName().str()];
    llvm::append_range(signature.arguments, function.getArgumentTypes());
    llvm::append_range(signature.results, function.getResultTypes());
    signature.sizes = symbolsOf(function);
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      signature.buffers.push_back(bufferOfResult(function, i));
  }
  if (Error error = lower(module, target))
    return error;
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  auto context = std::make_unique<llvm::LLVMContext>();
  auto translated = translateModuleToLLVMIR(module, *context);
  if (!translated)
    return llvm::createStringError("no LLVM IR");
  if (level > 0 || arch != "native")
    machine->prepare(*translated);
  if (level > 0)
    machine->optimize(*translated);
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  made->jit = std::move(*jit);
  auto &library = made->jit->getMainJITDylib();
  llvm::orc::SymbolMap symbols;
  symbols[made->jit->mangleAndIntern("netrt_barrier")] = {
      llvm::orc::ExecutorAddr::fromPtr(&barrier), llvm::JITSymbolFlags::Exported};
  if (Error error = library.define(llvm::orc::absoluteSymbols(symbols)))
    return error;
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      made->jit->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  if (Error error = made->jit->addIRModule(
          llvm::orc::ThreadSafeModule(std::move(translated), std::move(context))))
    return error;
  return std::unique_ptr<Native>(new Native(std::move(made)));
}

//===-- running ------------------------------------------------------------------------------===//

/// Calls `work` in a child process, to whose end this one waits.
static Error isolate(llvm::function_ref<void()> work) {
  pid_t child = fork();
  if (child < 0)
    return llvm::createStringError(std::error_code(errno, std::generic_category()), "no process");
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return llvm::createStringError(std::error_code(errno, std::generic_category()), "waitpid");
  if (WIFSIGNALED(status))
    return llvm::createStringError("compiled code ends with signal %d (%s)", WTERMSIG(status),
                                   strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    return llvm::createStringError("compiled code ends with exit code %d", WEXITSTATUS(status));
  return Error::success();
}

Expected<std::vector<Array>> Native::run(StringRef function, ArrayRef<Array> arguments,
                                         const Options &options) {
  const Signature &signature = implementation->signatures.at(function.str());
  auto bound = bindSizes(signature.arguments, arguments, options.sizes);
  if (!bound)
    return bound.takeError();
  auto step = implementation->jit->lookup(function);
  auto arenaBytes = implementation->jit->lookup((function + ".arena").str());
  if (!step || !arenaBytes)
    return llvm::joinErrors(step.takeError(), arenaBytes.takeError());
  std::vector<int64_t> sizes;
  for (const std::string &name : signature.sizes)
    sizes.push_back(bound->at(name));
  std::vector<Array> results;
  std::vector<Memory> memory;
  for (const Array &argument : arguments)
    memory.push_back(copyOf(argument, options.isolated));
  for (Type type : signature.results) {
    std::vector<int64_t> shape;
    for (const SizeExpr &size : shapeOf(type))
      shape.push_back(*size.evaluate(*bound));
    results.push_back(Array(elementOf(type), shape));
    memory.emplace_back(byteWidth(elementOf(type)) * results.back().size(), options.isolated);
  }
  std::vector<void *> buffers;
  for (unsigned i = 0; i < memory.size(); ++i) {
    bool result = i >= arguments.size();
    buffers.push_back(memory[result ? signature.buffers[i - arguments.size()] : i].get());
  }
  int threads = options.threads;
  int64_t bytes = arenaBytes->toPtr<ArenaBytes>()(sizes.data(), threads);
  Memory arena(static_cast<size_t>(bytes), options.isolated);
  Memory codes(threads * sizeof(int32_t), options.isolated);
  auto *code = reinterpret_cast<int32_t *>(codes.get());
  auto call = [&] {
    Team team(threads, options.schedule);
    int32_t error = 0;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
      running.emplace_back([&, i] {
        code[i] = team.run(i, [&] {
          return step->toPtr<Run>()(buffers.data(), sizes.data(), arena.get(), &team, i, threads,
                                    &error);
        });
      });
    for (std::thread &thread : running)
      thread.join();
  };
  if (options.isolated) {
    if (Error error = isolate(call))
      return error;
  } else {
    call();
  }
  for (int i = 0; i < threads; ++i)
    if (code[i])
      return llvm::createStringError("message " + llvm::Twine(code[i] - 1));
  for (auto [i, result] : llvm::enumerate(results))
    result.load(memory[signature.buffers[i]].get());
  return results;
}
