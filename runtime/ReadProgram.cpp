//===- ReadProgram.cpp - from JSON to the program description -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Program.h"

#include "runtime/CheckNan.h"
#include "runtime/Error.h"
#include "runtime/Json.h"
#include "runtime/Processor.h"
#include "runtime/Random.h"

#include <algorithm>

namespace netrt {

namespace {

std::string textOf(const Json &object, const char *field) {
  const Json *found = object.find(field);
  return found ? found->asString() : std::string();
}

/// A scalar or list as text: `true` is 1, lists are comma-separated.
std::string cellText(const Json &value) {
  if (value.isString())
    return value.text;
  if (value.kind == Json::Kind::Bool)
    return value.number ? "1" : "0";
  if (!value.isArray())
    return value.dump();
  std::string result;
  for (const Json &element : value.items)
    result += (result.empty() ? "" : ",") + cellText(element);
  return result;
}

Dtype dtypeOf(const Json &object, Dtype standard) {
  const Json *found = object.find("dtype");
  if (!found)
    return standard;
  auto dtype = dtypeNamed(found->asString());
  if (!dtype)
    failInternal("unknown element type `%s`", found->asString().c_str());
  return *dtype;
}

Shape shapeOf(const Json &sizes, SizeNames &names, bool extend) {
  Shape result;
  for (const Json &size : sizes.items)
    result.push_back(size.isString() ? Size::parse(size.asString(), names, extend)
                                     : Size(size.asInteger()));
  return result;
}

VarDecl readVar(const Json &json) {
  VarDecl var;
  var.path = json.at("path").asString();
  std::string kind = textOf(json, "kind");
  var.kind = kind == "state"  ? VarDecl::Kind::State
             : kind == "temp" ? VarDecl::Kind::Temp
                              : VarDecl::Kind::Param;
  var.dtype = dtypeOf(json, Dtype::F32);
  var.shape = shapeOf(json.at("shape"), var.names, true);
  var.layer = textOf(json, "layer");
  var.output = textOf(json, "output");
  return var;
}

void flattenRow(const Json &value, std::vector<std::string> &cells) {
  if (!value.isArray())
    cells.push_back(cellText(value));
  else
    for (const Json &element : value.items)
      flattenRow(element, cells);
}

PartDecl readPart(const std::string &name, const Json &json) {
  PartDecl part;
  part.name = name;
  part.reader = json.at("reader").asString();
  part.entry = textOf(json, "entry");
  if (const Json *files = json.find("files"))
    part.files = files->asStrings();
  if (const Json *options = json.find("options"))
    for (size_t i = 0; i < options->items.size(); ++i)
      part.options[options->keys[i]] = cellText(options->items[i]);
  if (const Json *rows = json.find("rows"))
    for (const Json &row : rows->items)
      flattenRow(row, part.rows.emplace_back());
  if (const Json *shuffle = json.find("shuffle"))
    part.shuffle = shuffle->asInteger();
  if (const Json *slice = json.find("slice")) {
    if (slice->at(size_t(0)).isInteger())
      part.begin = slice->at(size_t(0)).asInteger();
    if (slice->at(1).isInteger())
      part.end = slice->at(1).asInteger();
  }
  return part;
}

DataDecl readData(const Json &json) {
  DataDecl data;
  data.name = json.at("name").asString();
  for (const Json &json : json.at("columns").items) {
    ColumnDecl column{json.at("name").asString(), dtypeOf(json, Dtype::F32), {}};
    for (const Json &size : json.at("shape").items)
      column.shape.push_back(size.asInteger());
    data.columns.push_back(std::move(column));
  }
  const Json &parts = json.at("parts");
  for (size_t i = 0; i < parts.keys.size(); ++i)
    data.parts.push_back(readPart(parts.keys[i], parts.items[i]));
  return data;
}

/// `data` and `part`, the latter "all" unless named.
void readSource(const Json &json, std::string &data, std::string &part) {
  data = textOf(json, "data");
  part = textOf(json, "part");
  if (part.empty())
    part = "all";
}

ShowDecl readShow(const Json &json) {
  ShowDecl show;
  show.kind = json.at("kind").asString();
  show.file = textOf(json, "file");
  show.entry = json.at("entry").asString();
  readSource(json, show.data, show.part);
  return show;
}

EvalDecl readEvaluation(const Json &json) {
  EvalDecl eval;
  eval.entry = json.at("entry").asString();
  readSource(json, eval.data, eval.part);
  if (const Json *batch = json.find("batch"); batch && batch->isInteger())
    eval.batch = batch->asInteger();
  const Json &into = json.at("into");
  if (into.isArray())
    eval.into = into.asStrings();
  else
    eval.into.push_back(into.asString());
  return eval;
}

ReportDecl readReport(const Json &json) {
  ReportDecl report;
  report.name = json.at("name").asString();
  report.eval = textOf(json, json.find("entry") ? "entry" : "eval");
  readSource(json, report.data, report.part);
  if (const Json *batch = json.find("batch"); batch && batch->isInteger())
    report.batch = batch->asInteger();
  if (const Json *before = json.find("before"))
    for (const Json &eval : before->items)
      report.before.push_back(readEvaluation(eval));
  return report;
}

std::vector<Node> readNodes(const Json &list, int &loops);

Node readLoop(const Json &json, int &loops) {
  Node node;
  node.kind = Node::Kind::Each;
  node.id = loops++;
  node.counter = textOf(json, "counter");
  if (const Json *range = json.find("range")) {
    node.first = range->at(size_t(0)).asInteger();
    node.last = range->at(1).asInteger();
  } else {
    node.overData = true;
    readSource(json, node.data, node.part);
  }
  if (const Json *batch = json.find("batch")) {
    node.batchKind = batch->isInteger() ? Node::Batch::Count : Node::Batch::All;
    node.batch = batch->isInteger() ? batch->asInteger() : 0;
  }
  if (const Json *epochs = json.find("epochs"))
    node.epochs = epochs->asInteger();
  if (const Json *shuffle = json.find("shuffle"))
    node.shuffle = shuffle->asBool();
  if (const Json *every = json.find("every"))
    node.every = every->asInteger();
  if (const Json *reports = json.find("reports"))
    for (const Json &report : reports->items)
      node.reports.push_back(readReport(report));
  if (const Json *shows = json.find("shows"))
    for (const Json &show : shows->items)
      node.shows.push_back(readShow(show));
  node.body = readNodes(json.at("body"), loops);
  return node;
}

Node readNode(const Json &json, int &loops) {
  Node node;
  if (const Json *run = json.find("run")) {
    node.entry = run->asString();
  } else if (const Json *each = json.find("each")) {
    return readLoop(*each, loops);
  } else if (const Json *eval = json.find("eval")) {
    node.kind = Node::Kind::Eval;
    EvalDecl decl = readEvaluation(*eval);
    node.entry = decl.entry;
    node.data = decl.data;
    node.part = decl.part;
    node.into = decl.into;
    node.batch = decl.batch.value_or(0);
  } else if (const Json *stop = json.find("stop")) {
    node.kind = Node::Kind::Stop;
    node.into.push_back(stop->asString());
  } else if (const Json *report = json.find("report")) {
    node.kind = Node::Kind::Report;
    node.reports.push_back(readReport(*report));
  } else if (const Json *show = json.find("show")) {
    node.kind = Node::Kind::Show;
    node.shows.push_back(readShow(*show));
  } else {
    failInternal("unknown node in the tree of loops: %s", json.dump().c_str());
  }
  return node;
}

std::vector<Node> readNodes(const Json &list, int &loops) {
  std::vector<Node> result;
  for (const Json &node : list.items)
    result.push_back(readNode(node, loops));
  return result;
}

CallableDecl readCallable(const Json &json) {
  CallableDecl result;
  result.name = json.at("name").asString();
  result.entry = textOf(json, "entry");
  result.init = textOf(json, "init");
  if (const Json *body = json.find("body"))
    result.body = readNodes(*body, result.loops);
  return result;
}

Port readPort(const Json &json, const Program &program, SizeNames &sizes) {
  static const std::pair<const char *, Port::Kind> kinds[] = {
      {"var", Port::Kind::Var},         {"column", Port::Kind::Column},
      {"whole", Port::Kind::Whole},     {"key", Port::Kind::Key},
      {"counter", Port::Kind::Counter}, {"arg", Port::Kind::Arg},
      {"report", Port::Kind::Report},   {"out", Port::Kind::Out},
      {"stop", Port::Kind::Stop},       {"rows", Port::Kind::Rows},
      {"check", Port::Kind::Check}};
  Port port;
  std::string kind = json.at("kind").asString();
  auto *row = std::find_if(std::begin(kinds), std::end(kinds),
                           [&](const auto &entry) { return kind == entry.first; });
  if (row == std::end(kinds))
    failInternal("unknown kind of argument `%s`", kind.c_str());
  port.kind = row->second;
  port.name = textOf(json, "name");
  Dtype standard = Dtype::F32;
  if (port.kind == Port::Kind::Key || port.kind == Port::Kind::Counter ||
      port.kind == Port::Kind::Rows)
    standard = Dtype::I64;
  else if (port.kind == Port::Kind::Stop)
    standard = Dtype::Bool;
  if (port.kind == Port::Kind::Var) {
    port.var = program.findVar(port.name);
    if (port.var < 0)
      failInternal("no variable `%s` in this program", port.name.c_str());
    standard = program.vars[port.var].dtype;
  }
  port.dtype = dtypeOf(json, standard);
  if (const Json *shape = json.find("shape"))
    port.shape = shapeOf(*shape, sizes, false);
  else if (port.var >= 0)
    for (const Size &size : program.vars[port.var].shape)
      port.shape.push_back(size.isConstant() ? size : Size::parse(size.str(), sizes, false));
  if (const Json *value = json.find("default"))
    port.standard = value->asReal();
  return port;
}

EntryDecl readEntry(const Json &json, const Program &program) {
  EntryDecl entry;
  entry.name = json.at("name").asString();
  entry.kind = textOf(json, "kind");
  if (const Json *sizes = json.find("sizes"))
    entry.sizes = sizes->asStrings();
  for (const Json &port : json.at("args").items)
    entry.args.push_back(readPort(port, program, entry.sizes));
  for (const Json &port : json.at("results").items)
    entry.results.push_back(readPort(port, program, entry.sizes));
  if (const Json *checks = json.find("size_checks"))
    for (const Json &check : checks->items)
      entry.sizeChecks.push_back({Size::parse(check.at("size").asString(), entry.sizes, false),
                                  check.at("message").asInteger()});
  if (const Json *checks = json.find("checks"))
    readChecks(*checks, entry);
  return entry;
}

void bindCode(Program &program, const NetProgram &native) {
  for (int64_t i = 0; i < native.entry_count; ++i) {
    auto found = program.entryIndex.find(native.entries[i].name);
    if (found != program.entryIndex.end())
      program.entries[found->second].code = &native.entries[i];
  }
  for (const EntryDecl &entry : program.entries)
    if (!entry.code)
      failInternal("entry `%s` has no code", entry.name.c_str());
}

/// What a checkpoint's position and names depend on. Entries are left out, so that recompiling with
/// other optimizations does not part a run from its checkpoint.
uint64_t hashOf(const Json &json) {
  std::string text;
  for (const char *field : {"vars", "data", "init", "trains"})
    if (const Json *found = json.find(field))
      text += found->dump();
  return fnv1a64(text);
}

/// The elements of a list that may be left out.
const std::vector<Json> &listOf(const Json &json, const char *name) {
  static const std::vector<Json> none;
  const Json *list = json.find(name);
  return list ? list->items : none;
}

void readAll(const Json &json, Program &program) {
  program.name = json.at("name").asString();
  program.hash = hashOf(json);
  for (const Json &var : json.at("vars").items) {
    program.vars.push_back(readVar(var));
    program.varIndex[program.vars.back().path] = static_cast<int>(program.vars.size()) - 1;
  }
  for (const Json &data : listOf(json, "data"))
    program.data.push_back(readData(data));
  if (const Json *list = json.find("init"))
    program.init = list->asStrings();
  for (const Json &item : listOf(json, "trains")) {
    TrainDecl &train = program.trains.emplace_back();
    train.name = item.at("name").asString();
    train.init = textOf(item, "init");
    train.body = readNodes(item.at("body"), train.loops);
  }
  for (const Json &network : listOf(json, "networks"))
    program.networks.push_back(readCallable(network));
  for (const Json &task : listOf(json, "tasks"))
    program.tasks.push_back(readCallable(task));
  for (const Json &rule : listOf(json, "surrogates"))
    program.surrogates.push_back({textOf(rule, "function"), textOf(rule, "place")});
  for (const Json &entry : listOf(json, "entries")) {
    program.entries.push_back(readEntry(entry, program));
    program.entryIndex[program.entries.back().name] = static_cast<int>(program.entries.size()) - 1;
  }
  if (const Json *list = json.find("needs"))
    program.needs = list->asStrings();
  for (const Json &message : listOf(json, "messages")) {
    const Json *line = message.find("line");
    program.messages.push_back(
        {textOf(message, "text"), textOf(message, "file"), line ? line->asInteger() : 0});
  }
}

} // namespace

std::unique_ptr<Program> readProgram(const NetProgram &native) {
  if (native.abi_version != NETRT_ABI_VERSION)
    failInternal("compiled for runtime interface %d, linked with %d", native.abi_version,
                 NETRT_ABI_VERSION);
  auto program = std::make_unique<Program>();
  readAll(Json::parse({native.json, static_cast<size_t>(native.json_size)}), *program);
  if (native.next && !processorHasAll(program->needs))
    return readProgram(*native.next);
  checkProcessor(program->needs);
  bindCode(*program, native);
  return program;
}

} // namespace netrt
