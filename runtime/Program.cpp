//===- Program.cpp - from JSON to the program description -----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Program.h"

#include "runtime/Error.h"
#include "runtime/Random.h"

#include <nlohmann/json.hpp>

namespace netrt {

using Json = nlohmann::ordered_json; // parts and rows keep the order of the text

int64_t ColumnDecl::elements() const {
  return checkedProduct(shape.data(), shape.size(), 1, name.c_str());
}

int DataDecl::columnNamed(const std::string &path) const {
  std::string wanted = path.substr(path.rfind('.') + 1);
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == wanted)
      return static_cast<int>(i);
  return -1;
}

int Program::findVar(const std::string &path) const {
  auto found = varIndex.find(path);
  return found == varIndex.end() ? -1 : found->second;
}

const EntryDecl &Program::entry(const std::string &wanted) const {
  auto found = entryIndex.find(wanted);
  if (found == entryIndex.end())
    failInternal("no entry '%s' in this program", wanted.c_str());
  return entries[found->second];
}

const DataDecl &Program::dataNamed(const std::string &wanted) const {
  for (const DataDecl &decl : data)
    if (decl.name == wanted)
      return decl;
  failInternal("no data '%s' in this program", wanted.c_str());
}

namespace {

/// The field, or null if it is absent or null.
const Json *find(const Json &object, const char *field) {
  auto found = object.find(field);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string textOf(const Json &object, const char *field) {
  const Json *found = find(object, field);
  return found ? found->get<std::string>() : std::string();
}

/// A scalar or list as text: `true` is 1, lists are comma-separated.
std::string cellText(const Json &value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_boolean())
    return value.get<bool>() ? "1" : "0";
  if (!value.is_array())
    return value.dump();
  std::string result;
  for (const Json &element : value)
    result += (result.empty() ? "" : ",") + cellText(element);
  return result;
}

Dtype dtypeOf(const Json &object, Dtype standard) {
  const Json *found = find(object, "dtype");
  if (!found)
    return standard;
  auto dtype = dtypeNamed(found->get<std::string>());
  if (!dtype)
    failInternal("unknown element type '%s'", found->get<std::string>().c_str());
  return *dtype;
}

Shape shapeOf(const Json &sizes, SizeNames &names, bool extend) {
  Shape result;
  for (const Json &size : sizes)
    result.push_back(size.is_string() ? Size::parse(size.get<std::string>(), names, extend)
                                      : Size(size.get<int64_t>()));
  return result;
}

VarDecl readVar(const Json &json) {
  VarDecl var;
  var.path = json.at("path").get<std::string>();
  std::string kind = textOf(json, "kind");
  var.kind = kind == "state"  ? VarDecl::Kind::State
             : kind == "temp" ? VarDecl::Kind::Temp
                              : VarDecl::Kind::Param;
  var.dtype = dtypeOf(json, Dtype::F32);
  var.shape = shapeOf(json.at("shape"), var.names, true);
  var.layer = textOf(json, "layer");
  return var;
}

void flattenRow(const Json &value, std::vector<std::string> &cells) {
  if (!value.is_array())
    cells.push_back(cellText(value));
  else
    for (const Json &element : value)
      flattenRow(element, cells);
}

PartDecl readPart(const std::string &name, const Json &json) {
  PartDecl part;
  part.name = name;
  part.reader = json.at("reader").get<std::string>();
  part.entry = textOf(json, "entry");
  if (const Json *files = find(json, "files"))
    part.files = files->get<std::vector<std::string>>();
  if (const Json *options = find(json, "options"))
    for (const auto &option : options->items())
      part.options[option.key()] = cellText(option.value());
  if (const Json *rows = find(json, "rows"))
    for (const Json &row : *rows)
      flattenRow(row, part.rows.emplace_back());
  if (const Json *shuffle = find(json, "shuffle"))
    part.shuffle = shuffle->get<int64_t>();
  if (const Json *slice = find(json, "slice")) {
    if (!slice->at(0).is_null())
      part.begin = slice->at(0).get<int64_t>();
    if (!slice->at(1).is_null())
      part.end = slice->at(1).get<int64_t>();
  }
  return part;
}

DataDecl readData(const Json &json) {
  DataDecl data;
  data.name = json.at("name").get<std::string>();
  for (const Json &column : json.at("columns"))
    data.columns.push_back({column.at("name").get<std::string>(), dtypeOf(column, Dtype::F32),
                            column.at("shape").get<std::vector<int64_t>>()});
  for (const auto &part : json.at("parts").items())
    data.parts.push_back(readPart(part.key(), part.value()));
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
  show.kind = json.at("kind").get<std::string>();
  show.file = textOf(json, "file");
  show.entry = json.at("entry").get<std::string>();
  readSource(json, show.data, show.part);
  return show;
}

ReportDecl readReport(const Json &json) {
  ReportDecl report;
  report.name = json.at("name").get<std::string>();
  report.eval = textOf(json, json.contains("entry") ? "entry" : "eval");
  readSource(json, report.data, report.part);
  if (const Json *batch = find(json, "batch"); batch && batch->is_number())
    report.batch = batch->get<int64_t>();
  return report;
}

std::vector<Node> readNodes(const Json &list, int &loops);

Node readLoop(const Json &json, int &loops) {
  Node node;
  node.kind = Node::Kind::Each;
  node.id = loops++;
  node.counter = textOf(json, "counter");
  if (const Json *range = find(json, "range")) {
    node.first = range->at(0).get<int64_t>();
    node.last = range->at(1).get<int64_t>();
  } else {
    node.overData = true;
    readSource(json, node.data, node.part);
  }
  if (const Json *batch = find(json, "batch")) {
    node.batchKind = batch->is_number() ? Node::Batch::Count : Node::Batch::All;
    node.batch = batch->is_number() ? batch->get<int64_t>() : 0;
  }
  if (const Json *epochs = find(json, "epochs"))
    node.epochs = epochs->get<int64_t>();
  if (const Json *shuffle = find(json, "shuffle"))
    node.shuffle = shuffle->get<bool>();
  if (const Json *every = find(json, "every"))
    node.every = every->get<int64_t>();
  if (const Json *reports = find(json, "reports"))
    for (const Json &report : *reports)
      node.reports.push_back(readReport(report));
  if (const Json *shows = find(json, "shows"))
    for (const Json &show : *shows)
      node.shows.push_back(readShow(show));
  node.body = readNodes(json.at("body"), loops);
  return node;
}

Node readNode(const Json &json, int &loops) {
  Node node;
  if (const Json *run = find(json, "run")) {
    node.entry = run->get<std::string>();
  } else if (const Json *each = find(json, "each")) {
    return readLoop(*each, loops);
  } else if (const Json *eval = find(json, "eval")) {
    node.kind = Node::Kind::Eval;
    node.entry = eval->at("entry").get<std::string>();
    readSource(*eval, node.data, node.part);
    const Json &into = eval->at("into");
    if (into.is_array())
      node.into = into.get<std::vector<std::string>>();
    else
      node.into.push_back(into.get<std::string>());
    if (const Json *batch = find(*eval, "batch"); batch && batch->is_number())
      node.batch = batch->get<int64_t>();
  } else if (const Json *stop = find(json, "stop")) {
    node.kind = Node::Kind::Stop;
    node.into.push_back(stop->get<std::string>());
  } else if (const Json *report = find(json, "report")) {
    node.kind = Node::Kind::Report;
    node.reports.push_back(readReport(*report));
  } else if (const Json *show = find(json, "show")) {
    node.kind = Node::Kind::Show;
    node.shows.push_back(readShow(*show));
  } else {
    failInternal("unknown node in the tree of loops: %s", json.dump().c_str());
  }
  return node;
}

std::vector<Node> readNodes(const Json &list, int &loops) {
  std::vector<Node> result;
  for (const Json &node : list)
    result.push_back(readNode(node, loops));
  return result;
}

CallableDecl readCallable(const Json &json) {
  CallableDecl result;
  result.name = json.at("name").get<std::string>();
  result.entry = textOf(json, "entry");
  result.init = textOf(json, "init");
  if (const Json *body = find(json, "body"))
    result.body = readNodes(*body, result.loops);
  return result;
}

Port readPort(const Json &json, const Program &program, SizeNames &sizes) {
  static const std::pair<const char *, Port::Kind> kinds[] = {
      {"var", Port::Kind::Var},         {"column", Port::Kind::Column},
      {"whole", Port::Kind::Whole},     {"key", Port::Kind::Key},
      {"counter", Port::Kind::Counter}, {"arg", Port::Kind::Arg},
      {"report", Port::Kind::Report},   {"out", Port::Kind::Out},
      {"stop", Port::Kind::Stop},       {"rows", Port::Kind::Rows}};
  Port port;
  std::string kind = json.at("kind").get<std::string>();
  auto *row = std::find_if(std::begin(kinds), std::end(kinds),
                           [&](const auto &entry) { return kind == entry.first; });
  if (row == std::end(kinds))
    failInternal("unknown kind of argument '%s'", kind.c_str());
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
      failInternal("no variable '%s' in this program", port.name.c_str());
    standard = program.vars[port.var].dtype;
  }
  port.dtype = dtypeOf(json, standard);
  if (const Json *shape = find(json, "shape"))
    port.shape = shapeOf(*shape, sizes, false);
  else if (port.var >= 0)
    for (const Size &size : program.vars[port.var].shape)
      port.shape.push_back(size.isConstant() ? size : Size::parse(size.str(), sizes, false));
  if (const Json *value = find(json, "default"))
    port.standard = value->is_boolean() ? value->get<bool>() : value->get<double>();
  return port;
}

EntryDecl readEntry(const Json &json, const Program &program) {
  EntryDecl entry;
  entry.name = json.at("name").get<std::string>();
  entry.kind = textOf(json, "kind");
  if (const Json *sizes = find(json, "sizes"))
    entry.sizes = sizes->get<SizeNames>();
  for (const Json &port : json.at("args"))
    entry.args.push_back(readPort(port, program, entry.sizes));
  for (const Json &port : json.at("results"))
    entry.results.push_back(readPort(port, program, entry.sizes));
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
      failInternal("entry '%s' has no code", entry.name.c_str());
}

/// What a checkpoint's position and names depend on. Entries are left out, so that recompiling with
/// other optimizations does not part a run from its checkpoint.
uint64_t hashOf(const Json &json) {
  std::string text;
  for (const char *field : {"vars", "data", "init", "trains"})
    if (const Json *found = find(json, field))
      text += found->dump();
  return fnv1a64(text);
}

void readAll(const Json &json, Program &program) {
  program.name = json.at("name").get<std::string>();
  program.hash = hashOf(json);
  for (const Json &var : json.at("vars")) {
    program.vars.push_back(readVar(var));
    program.varIndex[program.vars.back().path] = static_cast<int>(program.vars.size()) - 1;
  }
  if (const Json *list = find(json, "data"))
    for (const Json &data : *list)
      program.data.push_back(readData(data));
  if (const Json *list = find(json, "init"))
    program.init = list->get<std::vector<std::string>>();
  if (const Json *list = find(json, "trains"))
    for (const Json &json : *list) {
      TrainDecl &train = program.trains.emplace_back();
      train.name = json.at("name").get<std::string>();
      train.init = textOf(json, "init");
      train.body = readNodes(json.at("body"), train.loops);
    }
  if (const Json *list = find(json, "networks"))
    for (const Json &network : *list)
      program.networks.push_back(readCallable(network));
  if (const Json *list = find(json, "tasks"))
    for (const Json &task : *list)
      program.tasks.push_back(readCallable(task));
  if (const Json *list = find(json, "entries"))
    for (const Json &entry : *list) {
      program.entries.push_back(readEntry(entry, program));
      program.entryIndex[program.entries.back().name] =
          static_cast<int>(program.entries.size()) - 1;
    }
  if (const Json *list = find(json, "messages"))
    for (const Json &message : *list) {
      const Json *line = find(message, "line");
      program.messages.push_back(
          {textOf(message, "text"), textOf(message, "file"), line ? line->get<int64_t>() : 0});
    }
}

} // namespace

std::unique_ptr<Program> readProgram(const NetProgram &native) {
  if (native.abi_version != NETRT_ABI_VERSION)
    failInternal("compiled for runtime interface %d, linked with %d", native.abi_version,
                 NETRT_ABI_VERSION);
  auto program = std::make_unique<Program>();
  try {
    Json json = Json::parse(native.json, native.json + native.json_size);
    readAll(json, *program);
  } catch (const nlohmann::json::exception &error) {
    failInternal("unreadable program description: %s", error.what());
  }
  bindCode(*program, native);
  return program;
}

} // namespace netrt
