//===- Header.cpp - the C header of a program -----------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "tools/Header.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;
using llvm::StringRef;
namespace json = llvm::json;

/// runtime/netrt.h, from its text.
static const char runtimeHeader[] = {
#include "RuntimeHeader.inc"
    , 0};

std::string net::cName(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result[0]))
    result = "net_" + result;
  return result;
}

std::string net::programSymbol(StringRef name) { return cName(name) + "_program"; }

/// `image: u8[B, 28, 28]` of an argument or result.
static std::string portText(const json::Object &port) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << port.getString("name").value_or("") << ": " << port.getString("dtype").value_or("");
  const json::Array *shape = port.getArray("shape");
  if (!shape || shape->empty())
    return text;
  out << "[";
  llvm::interleaveComma(*shape, out, [&](const json::Value &size) {
    if (auto name = size.getAsString())
      out << *name;
    else
      out << size;
  });
  out << "]";
  return text;
}

static void listNetworks(const json::Object &program, llvm::raw_ostream &out) {
  const json::Array *entries = program.getArray("entries");
  if (!entries)
    return;
  for (const json::Value &value : *entries) {
    const json::Object &entry = *value.getAsObject();
    if (entry.getString("kind") != StringRef("predict"))
      continue;
    out << " * " << entry.getString("name").value_or("").rsplit('.').second << ":\n";
    for (auto [ports, kind, label] :
         {std::tuple("args", "arg", "in "), std::tuple("results", "out", "out")})
      for (const json::Value &port : *entry.getArray(ports))
        if (port.getAsObject()->getString("kind") == StringRef(kind))
          out << " *   " << label << " " << portText(*port.getAsObject()) << "\n";
  }
}

/// `@` stands for the program's name.
static const char wrappers[] = R"(
#ifdef __cplusplus
extern "C" {
#endif

extern NETRT_API const NetProgram @_program;

/* netrt_create, .. under the program's name; see above for what they do. */
static inline NetContext *@_create(int32_t threads, uint64_t seed) {
  return netrt_create(&@_program, threads, seed);
}
static inline void @_destroy(NetContext *context) { netrt_destroy(context); }
static inline const char *@_error(const NetContext *context) { return netrt_error(context); }
static inline int32_t @_predict(NetContext *context, const char *network, const NetArray *inputs,
                                int32_t input_count, const NetArray *outputs, int32_t output_count) {
  return netrt_predict(context, network, inputs, input_count, outputs, output_count);
}
static inline int32_t @_train_step(NetContext *context, const char *block, const void *const *columns,
                                   int32_t column_count, int64_t rows, double *reports, int32_t report_count) {
  return netrt_train_step(context, block, columns, column_count, rows, reports, report_count);
}
static inline int32_t @_load(NetContext *context, const char *path) { return netrt_load(context, path); }
static inline int32_t @_save(NetContext *context, const char *path) { return netrt_save(context, path); }

#ifdef __cplusplus
}
#endif
)";

std::string net::headerText(mlir::ModuleOp module, StringRef name) {
  std::string text, c = cName(name), guard = StringRef(c).upper() + "_NET_H";
  llvm::raw_string_ostream out(text);
  out << "/* " << name << ": made by netc. Networks:\n";
  auto described = module->getAttrOfType<mlir::StringAttr>("net.program");
  auto program = json::parse(described ? described.getValue() : "{}");
  if (!program)
    llvm::consumeError(program.takeError());
  else if (const json::Object *object = program->getAsObject())
    listNetworks(*object, out);
  out << " *\n * To link: cc .. lib" << name << ".a -lstdc++ -lm -lz -lpthread\n */\n#ifndef "
      << guard << "\n#define " << guard << "\n\n"
      << runtimeHeader;
  for (char letter : StringRef(wrappers))
    if (letter == '@')
      out << c;
    else
      out << letter;
  out << "\n#endif /* " << guard << " */\n";
  return text;
}
