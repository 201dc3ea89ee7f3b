//===- CommandReport.cpp - report and summary: what a program is and does -===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Checkpoint.h"
#include "runtime/Commands.h"
#include "runtime/Error.h"
#include "runtime/Train.h"

#include <algorithm>
#include <cstdio>

namespace netrt {

namespace {

/// Prints each report on stdout.
class ReportPrinter : public TrainObserver {
public:
  explicit ReportPrinter(const std::string &block) : block(block) {}
  void reported(const LoopStatus *, const ReportValue *values, size_t count) override {
    for (size_t i = 0; i < count; ++i, ++printed)
      printf("%s %s: %.6g\n", block.c_str(), values[i].name->c_str(), withoutSign(values[i].value));
  }
  int printed = 0;

private:
  const std::string &block;
};

/// `61,706`
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, ",");
  return text;
}

std::string sized(int64_t bytes) {
  if (bytes < 1 << 20)
    return format("%.2f KB", static_cast<double>(bytes) / 1024);
  if (bytes >= int64_t(1) << 30)
    return format("%.2f GB", static_cast<double>(bytes) / (1 << 30));
  return format("%.2f MB", static_cast<double>(bytes) / (1 << 20));
}

/// One row of the table: a layer with its parameters.
struct LayerRow {
  std::string path, type, output, tensors;
  int64_t count = 0;
};

std::vector<LayerRow> layersOf(Context &context) {
  const Program &program = context.getProgram();
  std::vector<LayerRow> rows;
  for (size_t i = 0; i < program.vars.size(); ++i) {
    const VarDecl &decl = program.vars[i];
    if (decl.kind != VarDecl::Kind::Param)
      continue;
    size_t dot = decl.path.rfind('.');
    std::string path = dot == std::string::npos ? decl.path : decl.path.substr(0, dot);
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const LayerRow &layer) { return layer.path == path; });
    if (row == rows.end())
      row = rows.insert(rows.end(), {path, decl.layer, decl.output, "", 0});
    const std::vector<int64_t> &shape = context.getVars()[i].shape;
    row->tensors += (row->tensors.empty() ? "" : ", ") +
                    decl.path.substr(dot == std::string::npos ? 0 : dot + 1) + ": " +
                    describe(decl.dtype, shape);
    row->count += checkedProduct(shape.data(), shape.size(), 1, decl.path.c_str());
  }
  return rows;
}

/// A row of cells, the last to the right.
void printRow(const std::vector<size_t> &widths, const std::vector<std::string> &cells) {
  for (size_t i = 0; i + 1 < cells.size(); ++i)
    printf(" %-*s  ", int(widths[i]), cells[i].c_str());
  printf(" %*s\n", int(widths.back()), cells.back().c_str());
}

void printTable(const std::vector<LayerRow> &layers) {
  std::vector<std::vector<std::string>> rows = {{"Layer (type)", "Output", "Parameters", "Count"}};
  for (const LayerRow &layer : layers)
    rows.push_back({layer.path + (layer.type.empty() ? "" : " (" + layer.type + ")"), layer.output,
                    layer.tensors, grouped(layer.count)});
  std::vector<size_t> widths(rows[0].size());
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  size_t whole = 3 * widths.size() - 1;
  for (size_t width : widths)
    whole += width;
  auto line = [&](char c) { printf("%s\n", std::string(whole, c).c_str()); };
  line('_');
  printRow(widths, rows[0]);
  line('=');
  for (size_t i = 1; i < rows.size(); ++i)
    printRow(widths, rows[i]);
  line('=');
}

} // namespace

int commandReport(const Session &session) {
  std::unique_ptr<Context> context = session.makeContext();
  const Program &program = context->getProgram();
  context->initialize();
  session.loadTrained(*context, true);
  int printed = 0;
  for (const TrainDecl &train : program.trains) {
    Trainer trainer(*context, train.name, train.body, train.loops,
                    {std::nullopt, session.options.batch});
    ReportPrinter printer(train.name);
    trainer.evaluateReports(printer);
    printed += printer.printed;
  }
  if (printed == 0)
    fprintf(stderr, "note: no report of %s looks at data of its own\n", program.name.c_str());
  return ExitOk;
}

int commandSummary(const Session &session) {
  std::unique_ptr<Context> context = session.makeContext(DataStore::MakeUp::Quietly);
  const Program &program = context->getProgram();
  context->getData().madeUpRows = session.options.batch.value_or(1024);
  printf("Program: %s\n", program.name.c_str());
  printTable(layersOf(*context));
  int64_t params = 0, paramBytes = 0, states = 0;
  for (size_t i = 0; i < program.vars.size(); ++i) {
    const Var &var = context->getVars()[i];
    int64_t count = var.known ? checkedProduct(var.shape.data(), var.shape.size(), 1, "") : 0;
    int64_t bytes = count * sizeOf(program.vars[i].dtype);
    if (program.vars[i].kind == VarDecl::Kind::Param) {
      params += count;
      paramBytes += bytes;
    } else if (program.vars[i].kind == VarDecl::Kind::State) {
      states += bytes;
    }
  }
  printf("Parameters: %s (%s)\nStates: %s\n", grouped(params).c_str(), sized(paramBytes).c_str(),
         sized(states).c_str());
  for (const SurrogateDecl &rule : program.surrogates)
    printf("Surrogate: the derivative of %s (%s)\n", rule.function.c_str(), rule.place.c_str());
  for (const TrainDecl &train : program.trains) {
    TrainOptions options;
    options.batch = session.options.batch;
    options.onlyPlanned = true;
    Trainer trainer(*context, train.name, train.body, train.loops, options);
    printf("Memory of %s: %s, and 5 MB for the process itself%s\n", train.name.c_str(),
           sized(trainer.plannedBytes()).c_str(),
           context->getData().hasMadeUp() ? "; data that is not here now is not counted" : "");
  }
  return ExitOk;
}

} // namespace netrt
