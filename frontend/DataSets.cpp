//===- DataSets.cpp - data blocks -----------------------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/DataSets.h"
#include "frontend/ElaboratorImpl.h"
#include "frontend/Program.h"
#include "llvm/ADT/StringExtras.h"

using namespace net;
namespace json = llvm::json;

namespace {
/// A reader, and the options that it knows; a reader of later says so itself.
struct ReaderRow {
  llvm::StringRef name;
  std::vector<llvm::StringRef> options;
};
} // namespace

static const ReaderRow *readerNamed(llvm::StringRef name) {
  static const ReaderRow readers[] = {
      {"idx", {}},         {"csv", {"header", "separator"}},         {"npy", {}},
      {"npz", {}},         {"text", {"alphabet", "part", "stride"}}, {"wav", {"labels"}},
      {"images", {"size"}}};
  auto *row = llvm::find_if(readers, [&](const ReaderRow &row) { return row.name == name; });
  return row == std::end(readers) ? nullptr : row;
}

const DataSet::Column *DataSet::column(const std::string &name) const {
  for (const Column &column : columns)
    if (column.name == name)
      return &column;
  return nullptr;
}

void DataSets::add(const ast::Data &decl, FileScope *file) {
  DataSet &set = sets[&decl];
  set.decl = &decl;
  Elaborator &e = program.elaborator;
  ScratchFrame frame(program.module, decl.name);
  Env env{frame, e.fileScope(file)};
  for (const ast::Parameter &column : decl.columns) {
    mlir::RankedTensorType row;
    if (column.type)
      row = e.typeOf(*column.type, env);
    else
      e.error(column.range, "N0506", "a column has a type: `" + column.name.text + ": f32`");
    if (row && !row.hasStaticShape()) {
      e.error(column.range, "N0506", "the sizes of a column's rows are known at compile time");
      row = {};
    }
    if (row)
      set.columns.push_back({column.name.text, row});
  }
  order.push_back(&decl);
  if (set.columns.size() == decl.columns.size())
    for (const ast::Data::Item &item : decl.items)
      addPart(set, item, env);
}

//===-- parts ------------------------------------------------------------------------------===//

void DataSets::addPart(DataSet &set, const ast::Data::Item &item, Env &env) {
  std::string name = item.name.text.empty() ? "all" : item.name.text;
  if (set.parts.count(name) || set.column(name)) {
    program.elaborator.error(item.range, "N0311", "`" + name + "` is declared twice");
    return;
  }
  PartSource part;
  part.rows = SizeExpr::symbol(set.decl->name + "." + name);
  // A part that has a mistake is known by name, so that its users are not blamed.
  if (auto *rows = llvm::dyn_cast<ast::Rows>(item.value.get()))
    fromRows(set, *rows, env, part);
  else if (!fromReader(set, *item.value, env, part))
    fromArrays(set, name, *item.value, env.scope->file, part);
  set.parts.emplace(name, std::move(part));
  set.order.push_back(name);
}

/// A number of a reader's options as JSON; nothing if it is none of these.
static std::optional<json::Value> optionValue(const Value &value) {
  if (auto text = value.text())
    return json::Value(*text);
  if (auto truth = value.truth())
    return json::Value(*truth);
  if (auto whole = value.wholeNumber())
    return json::Value(*whole);
  if (auto number = value.number())
    return json::Value(*number);
  if (auto *tuple = value.tuple()) {
    json::Array list;
    for (const Value &element : tuple->elements) {
      auto inner = optionValue(element);
      if (!inner)
        return std::nullopt;
      list.push_back(std::move(*inner));
    }
    return json::Value(std::move(list));
  }
  return std::nullopt;
}

/// What stands between the reader and the part: `shuffle(.., seed = 1)[0:90]`. Gives the reader's
/// call; null if it is something else.
static const ast::Call *readerCall(const ast::Expr &expr, const ast::IndexExpr *&slice,
                                   const ast::Call *&shuffle) {
  const ast::Expr *inner = &expr;
  if (auto *index = llvm::dyn_cast<ast::IndexExpr>(inner)) {
    slice = index;
    inner = index->base.get();
  }
  auto nameOf = [](const ast::Call &call) {
    auto *name = llvm::dyn_cast<ast::Name>(call.callee.get());
    return name ? llvm::StringRef(name->name) : llvm::StringRef();
  };
  auto *call = llvm::dyn_cast<ast::Call>(inner);
  if (call && nameOf(*call) == "shuffle" && !call->arguments.empty()) {
    shuffle = call;
    call = llvm::dyn_cast<ast::Call>(call->arguments[0].value.get());
  }
  return call && readerNamed(nameOf(*call)) ? call : nullptr;
}

/// `[a:b]` of rows, with ends known now. False after a diagnostic.
static bool readSlice(Elaborator &e, const ast::IndexExpr &expr, Env &env, PartSource &part) {
  if (expr.index.size() != 1 || expr.index[0].kind != ast::Index::Kind::Slice) {
    e.error(expr.range, "N0507", "a part is a range of rows: `[0:100]`");
    return false;
  }
  std::optional<int64_t> ends[2];
  const ast::Expr *bounds[2] = {expr.index[0].low.get(), expr.index[0].high.get()};
  json::Array slice;
  for (int i = 0; i < 2; ++i) {
    if (!bounds[i]) {
      slice.push_back(nullptr);
      continue;
    }
    ends[i] = e.evaluate(*bounds[i], env).wholeNumber();
    if (!ends[i]) {
      e.error(bounds[i]->range, "N0507",
              "the ends of a part are whole numbers known at compile time");
      return false;
    }
    slice.push_back(*ends[i]);
  }
  part.description["slice"] = std::move(slice);
  int64_t low = ends[0].value_or(0);
  if (low >= 0 && ends[1] && *ends[1] >= low)
    part.rows = SizeExpr(*ends[1] - low);
  return true;
}

static bool readShuffle(Elaborator &e, const ast::Call &call, Env &env, PartSource &part) {
  int64_t seed = 0;
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    auto given = e.evaluate(*call.arguments[i].value, env).wholeNumber();
    if (!given || (call.arguments[i].isNamed() && call.arguments[i].name.text != "seed")) {
      e.error(call.arguments[i].range, "N0507",
              "shuffle(.., seed = n) takes a whole number known at compile time");
      return false;
    }
    seed = *given;
  }
  part.description["shuffle"] = seed;
  return true;
}

bool DataSets::fromReader(DataSet &set, const ast::Expr &expr, Env &env, PartSource &part) {
  Elaborator &e = program.elaborator;
  const ast::IndexExpr *slice = nullptr;
  const ast::Call *shuffle = nullptr;
  const ast::Call *reader = readerCall(expr, slice, shuffle);
  if (!reader)
    return false;
  const ReaderRow &row = *readerNamed(llvm::cast<ast::Name>(reader->callee.get())->name);
  json::Array files;
  json::Object options;
  for (const ast::Argument &argument : reader->arguments) {
    Value value = e.evaluate(*argument.value, env);
    if (value.isPoison())
      return true;
    auto option = optionValue(value);
    if (!option || (!argument.isNamed() && !value.text())) {
      e.error(argument.range, "N0507",
              "a reader takes names of files, and options known at compile time");
      return true;
    }
    if (argument.isNamed() && !llvm::is_contained(row.options, argument.name.text)) {
      auto &d = e.error(argument.range, "N0507",
                        "`" + row.name.str() + "` has no option `" + argument.name.text + "`");
      if (!row.options.empty())
        d.help("it has `" + llvm::join(row.options, "`, `") + "`");
      return true;
    }
    if (argument.isNamed())
      options[argument.name.text] = std::move(*option);
    else
      files.push_back(std::move(*option));
  }
  part.description["reader"] = row.name;
  part.description["files"] = std::move(files);
  part.description["options"] = std::move(options);
  if (shuffle && !readShuffle(e, *shuffle, env, part))
    return true;
  if (slice)
    readSlice(e, *slice, env, part);
  return true;
}

void DataSets::fromRows(DataSet &set, const ast::Rows &rows, Env &env, PartSource &part) {
  Elaborator &e = program.elaborator;
  int64_t wanted = 0;
  for (const DataSet::Column &column : set.columns)
    wanted += column.row.getNumElements();
  json::Array list;
  for (const ast::Rows::Row &row : rows.rows) {
    if (row.cellCount != wanted) {
      e.error(rows.rangeOf(row), "N0508",
              "this row has " + std::to_string(row.cellCount) + " cells, a row of " +
                  set.decl->name + " has " + std::to_string(wanted));
      return;
    }
    json::Array cells;
    for (uint32_t i = row.firstCell; i < row.firstCell + row.cellCount; ++i) {
      const ast::Rows::Cell &cell = rows.cells[i];
      switch (cell.kind) {
      case ast::Rows::Cell::Kind::Number:
        cells.push_back(cell.whole ? json::Value(static_cast<int64_t>(cell.number))
                                   : json::Value(cell.number));
        break;
      case ast::Rows::Cell::Kind::Truth:
        cells.push_back(static_cast<int64_t>(cell.number));
        break;
      case ast::Rows::Cell::Kind::String:
        cells.push_back(rows.strings[cell.index]);
        break;
      case ast::Rows::Cell::Kind::Expression: {
        auto value = optionValue(e.evaluate(*rows.expressions[cell.index], env));
        if (!value) {
          e.error(rows.rangeOf(cell), "N0508",
                  "a cell is a number or a text known at compile time");
          return;
        }
        cells.push_back(std::move(*value));
      }
      }
    }
    list.push_back(std::move(cells));
  }
  part.rows = SizeExpr(static_cast<int64_t>(rows.rows.size()));
  part.description["reader"] = "rows";
  part.description["rows"] = std::move(list);
}

void DataSets::fromArrays(DataSet &set, const std::string &name, const ast::Expr &expr,
                          FileScope *file, PartSource &part) {
  Elaborator &e = program.elaborator;
  std::string entry = "data." + set.decl->name + "." + name;
  EntryFrame frame(program, entry, /*training=*/false);
  frame.begin(entry, "data");
  Env env{frame, e.fileScope(file)};
  Value value = e.evaluate(expr, env);
  std::vector<Value> arrays = value.tuple() ? value.tuple()->elements : std::vector<Value>{value};
  bool good = !value.isPoison();
  if (good && arrays.size() != set.columns.size()) {
    e.error(expr.range, "N0507",
            set.decl->name + " has " + std::to_string(set.columns.size()) + " columns, this is " +
                value.describe())
        .help("a part is a reader such as `csv(\"file.csv\")`, `rows { .. }`, or an array for each "
              "column");
    good = false;
  }
  for (size_t i = 0; good && i < arrays.size(); ++i) {
    const DataSet::Column &column = set.columns[i];
    mlir::Value array = e.toTensor(arrays[i], env, column.row.getElementType());
    if (!array) {
      good = false;
      break;
    }
    Shape shape = shapeOf(array.getType()), row = shapeOf(column.row);
    bool fits = !shape.empty() && Shape(shape.begin() + 1, shape.end()) == row &&
                elementOf(array.getType()) == column.row.getElementType();
    if (!fits || (i > 0 && shape[0] != part.rows)) {
      e.error(arrays[i].range.isValid() ? arrays[i].range : expr.range, "N0507",
              "column `" + column.name + "` has rows of " + str(column.row) + ", this is " +
                  arrays[i].describe());
      good = false;
      break;
    }
    part.rows = shape[0];
    frame.addResult("out", column.name, array);
  }
  mlir::func::FuncOp function = frame.finish();
  if (!good) {
    function.erase();
    return;
  }
  part.description["reader"] = "entry";
  part.description["entry"] = entry;
}

//===-- use --------------------------------------------------------------------------------===//

const DataSet *DataSets::get(const ast::Data &decl) const {
  auto it = sets.find(&decl);
  return it == sets.end() ? nullptr : &it->second;
}

const PartSource *DataSets::part(const DataPart &value, std::string &name, SourceRange range) {
  const DataSet *set = get(*value.data);
  if (!set)
    return nullptr;
  name = value.part.empty() ? "all" : value.part;
  if (value.part.empty() && set->order.size() == 1)
    name = set->order[0];
  auto it = set->parts.find(name);
  if (it != set->parts.end())
    return &it->second;
  program.elaborator.error(range, "N0505",
                           "which part of " + set->decl->name + "? It has " +
                               llvm::join(set->order, ", "));
  return nullptr;
}

Value DataSets::member(const DataPart &base, const std::string &name, Env &env, SourceRange range) {
  const DataSet *set = get(*base.data);
  if (!set)
    return {};
  if (base.part.empty() && set->parts.count(name))
    return Value(DataPart{base.data, name}, range);
  const DataSet::Column *column = set->column(name);
  std::string partName;
  if (!column) {
    std::vector<std::string> names = set->order;
    for (const DataSet::Column &known : set->columns)
      names.push_back(known.name);
    auto &d = program.elaborator.error(range, "N0505",
                                       Value(base, range).describe() + " has no `" + name + "`");
    std::string meant = didYouMean(name, names);
    d.help(meant.empty() ? "it has " + llvm::join(names, ", ") : "did you mean `" + meant + "`?");
    return {};
  }
  const PartSource *part = this->part(base, partName, range);
  if (!part)
    return {};
  Shape shape = shapeOf(column->row);
  shape.insert(shape.begin(), part->rows);
  Slot slot;
  slot.kind = Slot::Kind::Column;
  slot.path = set->decl->name + "." + partName + "." + name;
  slot.type = tensorOf(column->row.getElementType(), shape);
  slot.range = range;
  return Value(env.frame.read(slot), range);
}

json::Array DataSets::describe() const {
  json::Array list;
  for (const ast::Data *decl : order) {
    const DataSet &set = sets.at(decl);
    json::Array columns;
    for (const DataSet::Column &column : set.columns)
      columns.push_back(json::Object{{"name", column.name},
                                     {"dtype", elementName(column.row.getElementType())},
                                     {"shape", describeShape(shapeOf(column.row))}});
    json::Object parts;
    for (const std::string &name : set.order)
      parts[name] = json::Object(set.parts.at(name).description);
    list.push_back(json::Object{
        {"name", decl->name}, {"columns", std::move(columns)}, {"parts", std::move(parts)}});
  }
  return list;
}
