//===- Link.cpp - objects, assembled and linked ---------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/Link.h"
#include "tools/LinkHere.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

// NETC_LINK_WITH: the C compiler driver and what it always gets, as strings with commas between.
// NETC_LLVM_TOOLS: where LLVM's programs are.

using namespace net;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {
/// A file that goes away with this object.
class TemporaryFile {
public:
  static Expected<TemporaryFile> create(StringRef ending, StringRef bytes) {
    TemporaryFile made;
    int descriptor;
    if (std::error_code why =
            llvm::sys::fs::createTemporaryFile("netc", ending, descriptor, made.path))
      return createStringError(why, "no temporary file");
    made.remover.setFile(made.path);
    llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/true);
    out << bytes;
    out.close();
    if (std::error_code why = out.error()) {
      out.clear_error();
      return createStringError(why, made.path + ": " + why.message());
    }
    return made;
  }
  TemporaryFile(TemporaryFile &&other) : path(other.path) {
    remover.setFile(path);
    other.remover.releaseFile();
  }
  llvm::SmallString<64> path;

private:
  TemporaryFile() = default;
  llvm::FileRemover remover;
};

/// Beside the compiler: `bin/netc` and `lib/libnetrt.a`.
std::string runtimeLibrary() {
  static int here;
  llvm::SmallString<128> path(llvm::sys::path::parent_path(
      llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(nullptr, &here))));
  llvm::sys::path::append(path, "lib", "libnetrt.a");
  return path.str().str();
}
} // namespace

/// Writes all; errors of the stream are given here, and do not end the process.
static std::error_code writeAll(llvm::raw_fd_ostream &out, StringRef bytes) {
  out << bytes;
  out.flush();
  std::error_code why = out.error();
  out.clear_error();
  return why;
}

static std::error_code writeWhole(StringRef path, StringRef bytes) {
  std::error_code why;
  // A device or a pipe is written to; a file beside it, renamed, would take its place.
  llvm::sys::fs::file_status status;
  if (!llvm::sys::fs::status(path, status) && !llvm::sys::fs::is_regular_file(status)) {
    llvm::raw_fd_ostream out(path, why);
    return why ? why : writeAll(out, bytes);
  }
  // A link to a file stays one.
  llvm::SmallString<128> real;
  if (!llvm::sys::fs::real_path(path, real))
    path = real;
  auto file = llvm::sys::fs::TempFile::create(path + ".temp-%%%%%%");
  if (!file)
    return llvm::errorToErrorCode(file.takeError());
  {
    llvm::raw_fd_ostream out(file->FD, /*shouldClose=*/false);
    why = writeAll(out, bytes);
  }
  Error end = why ? file->discard() : file->keep(path);
  std::error_code last = llvm::errorToErrorCode(std::move(end));
  return why ? why : last;
}

Error net::writeStandardOutput(StringRef bytes) {
  if (std::error_code why = writeAll(llvm::outs(), bytes))
    return createStringError(why, "cannot write the standard output: " + why.message());
  return Error::success();
}

Error net::writeFile(StringRef path, StringRef bytes) {
  if (path == "-")
    return writeStandardOutput(bytes);
  if (std::error_code why = writeWhole(path, bytes))
    return createStringError(why, "cannot write " + path + ": " + why.message());
  return Error::success();
}

/// What the driver prints instead of running it; nothing if it fails, or if a name in it has lines.
static std::string commandsFor(StringRef driver, llvm::ArrayRef<StringRef> arguments) {
  auto said = TemporaryFile::create("txt", "");
  bool lines = llvm::any_of(arguments, [](StringRef word) { return word.contains('\n'); });
  if (!said || lines)
    return llvm::consumeError(said.takeError()), "";
  auto dry = llvm::to_vector(arguments);
  dry.push_back("-###");
  std::optional<StringRef> streams[] = {std::nullopt, std::nullopt, StringRef(said->path)};
  if (llvm::sys::ExecuteAndWait(driver, dry, std::nullopt, streams) != 0)
    return "";
  auto text = llvm::MemoryBuffer::getFile(said->path);
  return text ? (*text)->getBuffer().str() : "";
}

Error Linker::run(llvm::ArrayRef<StringRef> rest, bool links) const {
  llvm::SmallVector<StringRef> arguments{NETC_LINK_WITH};
  if (llvm::sys::fs::can_execute(NETC_LLVM_TOOLS "/ld.lld"))
    arguments.append({"-B" NETC_LLVM_TOOLS, "-fuse-ld=lld"});
  llvm::append_range(arguments, rest);
  auto cc = llvm::sys::findProgramByName(arguments[0]);
  if (!cc)
    return createStringError(
        "there is no `" + arguments[0] +
        "` to link with; install one (Debian: apt-get install gcc libstdc++-12-dev zlib1g-dev)");
  if (show || dryRun) {
    for (StringRef argument : arguments)
      llvm::errs() << (argument.data() == arguments[0].data() ? "" : " ") << argument;
    llvm::errs() << "\n";
  }
  if (dryRun)
    return Error::success();
  if (links)
    if (std::optional<bool> linked = linkHere(commandsFor(*cc, arguments)))
      return *linked ? Error::success() : createStringError("linking failed");
  std::string why;
  int code = llvm::sys::ExecuteAndWait(*cc, arguments, std::nullopt, {}, 0, 0, &why);
  if (code != 0)
    return createStringError("`" + arguments[0] + "` failed" + (why.empty() ? "" : ": " + why));
  return Error::success();
}

Expected<std::string> Linker::assemble(StringRef assembly) const {
  auto source = TemporaryFile::create("s", assembly);
  if (!source)
    return source.takeError();
  auto object = TemporaryFile::create("o", "");
  if (!object)
    return object.takeError();
  if (Error error = run({"-c", source->path, "-o", object->path}, /*links=*/false))
    return error;
  auto bytes = llvm::MemoryBuffer::getFile(object->path);
  if (!bytes)
    return createStringError(bytes.getError(), "no object");
  return (*bytes)->getBuffer().str();
}

Error Linker::link(llvm::ArrayRef<std::string> objects, StringRef output) const {
  std::vector<TemporaryFile> files;
  for (StringRef object : objects) {
    auto file = TemporaryFile::create("o", object);
    if (!file)
      return file.takeError();
    files.push_back(std::move(*file));
  }
  std::string runtime = runtimeLibrary();
  llvm::SmallVector<StringRef> arguments{"-pie"};
  for (const TemporaryFile &file : files)
    arguments.push_back(file.path);
  llvm::append_range(arguments,
                     llvm::ArrayRef<StringRef>{runtime, "-o", output, "-Wl,--gc-sections",
                                               "-lstdc++", "-lm", "-lz", "-lpthread"});
  return run(arguments, /*links=*/true);
}

/// An archive of the runtime without its main, and the program's objects.
static Error writeArchive(llvm::ArrayRef<std::string> objects, StringRef output) {
  std::string runtime = runtimeLibrary();
  auto buffer = llvm::MemoryBuffer::getFile(runtime);
  if (!buffer)
    return createStringError(buffer.getError(), runtime + ": " + buffer.getError().message());
  auto archive = llvm::object::Archive::create((*buffer)->getMemBufferRef());
  if (!archive)
    return archive.takeError();
  std::vector<llvm::NewArchiveMember> members;
  Error problem = Error::success();
  for (const llvm::object::Archive::Child &child : (*archive)->children(problem)) {
    auto name = child.getName();
    auto member = llvm::NewArchiveMember::getOldMember(child, /*Deterministic=*/true);
    if (!name || !member)
      return llvm::joinErrors(llvm::joinErrors(std::move(problem), name.takeError()),
                              member.takeError());
    if (!name->starts_with("Main."))
      members.push_back(std::move(*member));
  }
  if (problem)
    return problem;
  for (StringRef object : objects)
    members.emplace_back(llvm::MemoryBufferRef(object, "program.o"));
  auto bytes =
      llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NormalSymtab, (*archive)->kind(),
                                 /*Deterministic=*/true, /*Thin=*/false);
  if (!bytes)
    return bytes.takeError();
  return writeFile(output, (*bytes)->getBuffer());
}

Error Linker::linkLibrary(llvm::ArrayRef<std::string> objects, StringRef output) const {
  if (llvm::sys::path::extension(output) != ".so")
    return writeArchive(objects, output);
  auto archive = TemporaryFile::create("a", "");
  if (!archive)
    return archive.takeError();
  if (Error error = writeArchive(objects, archive->path))
    return error;
#ifdef NETC_SANITIZE
  const char *complete = "-Wl,-z,undefs"; // the sanitizers are the executable's
#else
  const char *complete = "-Wl,-z,defs";
#endif
  return run({"-shared", "-Wl,--whole-archive", archive->path, "-Wl,--no-whole-archive", "-o",
              output, "-Wl,--gc-sections", complete, "-lstdc++", "-lm", "-lz", "-lpthread"},
             /*links=*/true);
}
