//===- CheckpointLoad.cpp - reading of checkpoints and foreign weights ----===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/CheckpointFile.h"
#include "runtime/Error.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sys/stat.h>
#include <zlib.h>

namespace netrt {

uint32_t checksum(uint32_t start, const void *bytes, int64_t size) {
  return static_cast<uint32_t>(crc32_z(start, static_cast<const uint8_t *>(bytes), size));
}

size_t checksumOffset(const std::string &header) {
  static const std::string lead = "{\"__metadata__\":{\"checksum\":\"";
  return header.compare(0, lead.size(), lead) == 0 && header.size() >= lead.size() + 8
             ? lead.size()
             : std::string::npos;
}

bool checkpointExists(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

namespace {

/// An opened file whose header is checked.
struct WeightFile {
  std::unique_ptr<ByteSource> source;
  SafetensorsHeader header;
  bool ours = false;

  explicit WeightFile(const std::string &path) : source(openFile(path)) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0)
      failSystem("cannot read %s", path.c_str());
    header = readSafetensorsHeader(*source, status.st_size);
    auto written = header.metadata.find("format");
    // Either mark will do, so that damage to one does not make it a foreign file, unchecked.
    bool marked = written != header.metadata.end() && written->second.compare(0, 5, "netc ") == 0;
    ours = marked || checksumOffset(header.text) != std::string::npos;
    if (marked && written->second != checkpointFormat)
      failData("%s has the format `%s`; this program reads `%s`", path.c_str(),
               written->second.c_str(), checkpointFormat);
  }
};

/// Reads the whole file and compares its checksum.
void verify(const std::string &path) {
  WeightFile file(path);
  if (!file.ours)
    return;
  std::string header = file.header.text;
  size_t offset = checksumOffset(header);
  if (offset == std::string::npos)
    failData("%s has no checksum", path.c_str());
  std::string written = header.substr(offset, 8);
  header.replace(offset, 8, "00000000");
  uint32_t sum = checksum(0, header.data(), header.size());
  std::vector<uint8_t> chunk(1 << 20);
  while (size_t got = file.source->read(chunk.data(), chunk.size()))
    sum = checksum(sum, chunk.data(), got);
  if (format("%08x", sum) != written)
    failData("%s is damaged: its checksum is %08x, not %s", path.c_str(), sum, written.c_str());
}

/// The path or its predecessor, whichever is whole.
std::string wholeFile(const std::string &path) {
  std::string previous = path + ".1";
  bool there = checkpointExists(path), thereBefore = checkpointExists(previous);
  if (!there && !thereBefore)
    throw Error(ExitData, format("there is no checkpoint %s", path.c_str()),
                "train first, or name one with --checkpoint FILE");
  std::string trouble = format("there is no %s", path.c_str());
  try {
    if (there) {
      verify(path);
      return path;
    }
  } catch (const Error &error) {
    if (!thereBefore)
      throw;
    trouble = error.what();
  }
  verify(previous);
  fprintf(stderr, "warning: %s; going back to %s\n", trouble.c_str(), previous.c_str());
  return previous;
}

/// Names in one list, a few of many.
std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 12; ++i)
    text += (i ? ", " : "") + names[i];
  return names.size() > 12 ? text + format(" and %zu more", names.size() - 12) : text;
}

/// Decides what goes where, before anything is overwritten.
class Matching {
public:
  Matching(Context &context, const WeightFile &file) : context(context), file(file) {
    for (const TensorInfo &tensor : file.header.tensors)
      byName[tensor.name] = &tensor;
  }

  /// Variable `index` is `name` in the file.
  void want(int index, const std::string &name, bool required, bool converting) {
    const VarDecl &decl = context.getProgram().vars[index];
    auto found = byName.find(name);
    if (found == byName.end()) {
      if (required)
        missing.push_back(name == decl.path ? name : decl.path + " (as " + name + ")");
      return;
    }
    const TensorInfo &tensor = *found->second;
    used.insert(&tensor);
    bool fits =
        tensor.dtype == decl.dtype || (converting && isFloat(tensor.dtype) && isFloat(decl.dtype));
    const Var &var = context.getVars()[index];
    fits &= decl.isStatic() ? tensor.shape == var.shape : tensor.shape.size() == decl.shape.size();
    if (fits)
      target[&tensor] = index;
    else
      misfits.push_back(format("%s is %s, the program has %s", tensor.name.c_str(),
                               describe(tensor.dtype, tensor.shape).c_str(),
                               describe(decl.dtype, var.shape).c_str()));
  }
  /// What nobody asked for.
  void collectExtra(const std::set<std::string> &ignored) {
    for (const TensorInfo &tensor : file.header.tensors)
      if (!used.count(&tensor) && !ignored.count(tensor.name))
        extra.push_back(tensor.name);
  }
  void check() const {
    std::string text;
    auto add = [&](const char *what, const std::vector<std::string> &names) {
      if (!names.empty())
        text += (text.empty() ? "" : "; ") + std::string(what) + ": " + listed(names);
    };
    add("only in the program", missing);
    add("only in the file", extra);
    add("of another shape", misfits);
    if (!text.empty())
      throw Error(
          ExitData,
          format("%s does not fit this program; %s", file.source->getName().c_str(), text.c_str()),
          "--init FILE --rename PROGRAM=FILE starts from weights under other names");
  }
  /// Reads every tensor in the file's order.
  void read() {
    std::vector<uint8_t> raw;
    for (const TensorInfo &tensor : file.header.tensors) {
      raw.resize(tensor.end - tensor.begin);
      file.source->readAll(raw.data(), raw.size());
      auto found = target.find(&tensor);
      if (found == target.end())
        continue;
      const VarDecl &decl = context.getProgram().vars[found->second];
      context.reserveVar(found->second, tensor.shape);
      Var &var = context.getVars()[found->second];
      var.shape = tensor.shape;
      var.known = true;
      int64_t at;
      convert(tensor.dtype, raw.data(), decl.dtype, var.buffer.data(),
              static_cast<int64_t>(raw.size()) / sizeOf(tensor.dtype), at);
      if (decl.dtype == Dtype::Bool) // compiled code relies on 0 and 1
        for (size_t i = 0; i < raw.size(); ++i)
          var.buffer.data()[i] = raw[i] != 0;
    }
  }

private:
  Context &context;
  const WeightFile &file;
  std::map<std::string, const TensorInfo *> byName;
  std::map<const TensorInfo *, int> target;
  std::set<const TensorInfo *> used;
  std::vector<std::string> missing, extra, misfits;
};

/// What a checkpoint says about its run, each number within bounds.
class RunReader {
public:
  RunReader(const SafetensorsHeader &header, const std::string &path)
      : header(header), path(path) {}

  std::optional<int64_t> number(const char *field, int64_t low, int64_t high) const {
    auto found = header.metadata.find(field);
    if (found == header.metadata.end())
      return std::nullopt;
    char *end;
    errno = 0;
    long long value = strtoll(found->second.c_str(), &end, 10);
    if (end == found->second.c_str() || *end || errno || value < low || value > high)
      fail(field, found->second);
    return value;
  }
  uint64_t seed() const {
    auto found = header.metadata.find("run.seed");
    if (found == header.metadata.end())
      return 0;
    char *end;
    errno = 0;
    uint64_t value = strtoull(found->second.c_str(), &end, 10);
    if (!isdigit(static_cast<unsigned char>(found->second[0])) || *end || errno)
      fail("run.seed", found->second);
    return value;
  }

private:
  [[noreturn]] void fail(const char *field, const std::string &value) const {
    failData("%s is damaged: its %s is `%s`", path.c_str(), field, value.c_str());
  }
  const SafetensorsHeader &header;
  const std::string &path;
};

std::optional<RunState> stateIn(const SafetensorsHeader &header, const std::string &path,
                                const Program &program) {
  auto position = header.metadata.find("run.position");
  auto hash = header.metadata.find("program");
  if (position == header.metadata.end() || hash == header.metadata.end() ||
      hash->second != format("%016llx", (unsigned long long)program.hash))
    return std::nullopt;
  RunReader reader(header, path);
  RunState state;
  state.position = Position::fromText(position->second);
  state.seed = reader.seed();
  auto blocks = static_cast<int64_t>(program.trains.size());
  state.onlyBlock = static_cast<int>(reader.number("run.only_block", -1, blocks - 1).value_or(-1));
  state.logLength = reader.number("run.log_length", 0, INT64_MAX).value_or(0);
  state.batch = reader.number("run.batch", 1, INT32_MAX);
  state.epochs = reader.number("run.epochs", 0, INT32_MAX);
  return state;
}

/// Whether a name is a variable's, or stands for all below it: `Net.dense_1` for `Net.dense_1.W`.
bool names(const std::string &name, const std::string &path) {
  return path.compare(0, name.size(), name) == 0 &&
         (path.size() == name.size() || path[name.size()] == '.');
}

/// The program's name under the renames.
std::string renamed(const std::string &path,
                    const std::vector<std::pair<std::string, std::string>> &renames) {
  for (const auto &[from, to] : renames)
    if (names(from, path))
      return to + path.substr(from.size());
  return path;
}

void checkRenames(const Program &program,
                  const std::vector<std::pair<std::string, std::string>> &renames) {
  for (const auto &rename : renames)
    if (std::none_of(program.vars.begin(), program.vars.end(),
                     [&](const VarDecl &decl) { return names(rename.first, decl.path); }))
      failUsage("--rename %s=%s: nothing of %s is called %s", rename.first.c_str(),
                rename.second.c_str(), program.name.c_str(), rename.first.c_str());
}

/// Whether a variable belongs to a train block (an optimizer's state, say), not to a network.
bool ofTraining(const Program &program, const std::string &path) {
  for (const TrainDecl &train : program.trains)
    if (path.compare(0, train.name.size() + 1, train.name + ".") == 0)
      return true;
  return false;
}

} // namespace

std::optional<RunState> loadCheckpoint(Context &context, const std::string &path) {
  const Program &program = context.getProgram();
  WeightFile file(wholeFile(path));
  Matching matching(context, file);
  for (size_t i = 0; i < program.vars.size(); ++i) {
    VarDecl::Kind kind = program.vars[i].kind;
    bool required = kind == VarDecl::Kind::Param || (file.ours && kind == VarDecl::Kind::State);
    matching.want(static_cast<int>(i), program.vars[i].path, required && program.vars[i].isStatic(),
                  false);
  }
  matching.collectExtra({});
  matching.check();
  matching.read();
  return stateIn(file.header, path, program);
}

void loadWeights(Context &context, const std::string &path,
                 const std::vector<std::pair<std::string, std::string>> &renames) {
  const Program &program = context.getProgram();
  checkRenames(program, renames);
  if (!checkpointExists(path))
    failData("there is no file %s for --init", path.c_str());
  verify(path);
  WeightFile file(path);
  Matching matching(context, file);
  for (size_t i = 0; i < program.vars.size(); ++i) {
    const VarDecl &decl = program.vars[i];
    if (decl.kind == VarDecl::Kind::Temp || ofTraining(program, decl.path))
      continue;
    matching.want(static_cast<int>(i), renamed(decl.path, renames),
                  decl.kind == VarDecl::Kind::Param, true);
  }
  std::set<std::string> states; // of a checkpoint of ours: moments and the like may stay behind
  if (file.ours) {
    const std::string &text = file.header.metadata["states"];
    for (size_t at = 0; at <= text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      states.insert(text.substr(at, end - at));
      at = end + 1;
    }
  }
  matching.collectExtra(states);
  matching.check();
  matching.read();
}

} // namespace netrt
