//===- BuildDecls.cpp - declarations from the parse tree ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/BuildAst.h"
#include "llvm/Support/Casting.h"

using namespace net;
using namespace net::ast;

PieceText::PieceText(std::string_view source, FileId file, const Piece &piece) : file(file) {
  auto copy = [&](uint32_t begin, uint32_t end) {
    stripped.append(source.substr(begin, end - begin));
    for (uint32_t i = begin; i < end; ++i)
      if ((source[i] & 0xC0) != 0x80) {
        offsets.push_back(i);
        ends.push_back(i + 1);
      } else {
        ends.back() = i + 1;
      }
  };
  uint32_t begin = piece.begin;
  for (const Edit &edit : piece.edits) {
    copy(begin, edit.begin);
    begin = edit.end;
    if (!edit.insert)
      continue;
    stripped += edit.insert;
    offsets.push_back(edit.begin);
    ends.push_back(edit.begin);
  }
  copy(begin, piece.end);
  offsets.push_back(piece.end);
}

SourceRange PieceText::range(const antlr4::Token *token) const {
  if (!token || token->getType() == antlr4::Token::EOF)
    return {file, offsets.back(), offsets.back()};
  size_t begin = token->getStartIndex(), last = token->getStopIndex();
  return {file, offsets[begin], ends[last]};
}

DeclPtr AstBuilder::build(P::DeclContext *decl) {
  DeclPtr result;
  if (auto *context = decl->use())
    result = use(context);
  else if (auto *context = decl->constant())
    result = constant(context);
  else if (auto *context = decl->callable())
    result = callable(context);
  else if (auto *context = decl->derivative())
    result = derivative(context);
  else
    result = data(decl->data());
  result->doc = std::move(piece.doc);
  return result;
}

DeclPtr AstBuilder::use(P::UseContext *context) {
  auto use = std::make_unique<Use>(at(context));
  use->pathRange = use->nameRange = at(context->STRING());
  use->path = string(context->STRING()->getSymbol());
  return use;
}

DeclPtr AstBuilder::constant(P::ConstantContext *context) {
  auto let = std::make_unique<ConstantDecl>(at(context));
  let->pattern = pattern(context->pattern());
  let->nameRange = let->pattern.range;
  let->value = expr(context->expr());
  return let;
}

static Decl::Kind kindOf(size_t keyword) {
  using P = netgrammar::NetParser;
  switch (keyword) {
  case P::LAYER:
    return Decl::Kind::Layer;
  case P::NETWORK:
    return Decl::Kind::Network;
  case P::FN:
    return Decl::Kind::Fn;
  case P::OPTIMIZER:
    return Decl::Kind::Optimizer;
  case P::INITIALIZER:
    return Decl::Kind::Initializer;
  case P::TASK:
    return Decl::Kind::Task;
  default:
    return Decl::Kind::Train;
  }
}

DeclPtr AstBuilder::callable(P::CallableContext *context) {
  auto decl = std::make_unique<Callable>(kindOf(context->start->getType()), at(context));
  Identifier name = identifier(context->ID());
  decl->name = name.text;
  decl->nameRange = name.range;
  auto lists = context->params();
  bool oneList = decl->kind == Decl::Kind::Fn || decl->kind == Decl::Kind::Task;
  if (lists.size() == 2 && oneList)
    diagnostics
        .error(at(lists[1]), "N0106",
               std::string("a ") + kindName(*decl) +
                   " has one list of parameters, this is a second")
        .help(decl->kind == Decl::Kind::Fn
                  ? "put all parameters into one list, or declare a `layer`"
                  : "put all parameters into one list");
  decl->hasStatics = lists.size() == 2;
  if (decl->hasStatics)
    decl->statics = params(lists.front());
  if (!lists.empty())
    decl->params = params(lists.back());
  if (context->type())
    decl->result = type(context->type());
  decl->signature = decl->range;
  decl->signature.end = context->type() ? at(context->type()).end
                        : lists.empty() ? name.range.end
                                        : at(lists.back()).end;
  decl->body = block(context->block());
  return decl;
}

DeclPtr AstBuilder::derivative(P::DerivativeContext *context) {
  auto decl = std::make_unique<Derivative>(at(context));
  decl->isSurrogate = context->SURROGATE() != nullptr;
  Identifier name = identifier(context->ID(0));
  decl->name = name.text;
  decl->nameRange = name.range;
  for (auto *node : context->names(0)->ID())
    decl->params.push_back(identifier(node));
  if (auto *names = context->names(1))
    for (auto *node : names->ID())
      decl->given.push_back(identifier(node));
  else
    for (size_t i = 1; context->ID(i); ++i)
      decl->given.push_back(identifier(context->ID(i)));
  decl->body = block(context->block());
  return decl;
}

DeclPtr AstBuilder::data(P::DataContext *context) {
  auto decl = std::make_unique<Data>(at(context));
  Identifier name = identifier(context->ID());
  decl->name = name.text;
  decl->nameRange = name.range;
  decl->columns = params(context->params());
  for (auto *part : context->dataItem()) {
    if (part->exception)
      continue;
    Data::Item item;
    item.range = at(part);
    if (part->word())
      item.name = identifier(part->word());
    if (part->rows())
      item.value = rows(part->rows());
    else
      item.value = expr(part->expr());
    decl->items.push_back(std::move(item));
  }
  return decl;
}

std::unique_ptr<Rows> AstBuilder::rows(P::RowsContext *context) {
  uint32_t inside = at(context->LBRACE()).end;
  for (Edit &edit : piece.edits)
    if (edit.begin == inside && edit.rows) {
      edit.rows->range = at(context);
      return std::move(edit.rows);
    }
  auto rows = std::make_unique<Rows>(at(context));
  for (auto *row : context->row()) {
    Rows::Row out;
    out.begin = at(row).begin;
    out.end = at(row).end;
    out.firstCell = static_cast<uint32_t>(rows->cells.size());
    for (auto *side : row->expr()) {
      cells(expr(side), *rows);
      if (side == row->expr(0))
        out.beforeArrow = static_cast<uint32_t>(rows->cells.size()) - out.firstCell;
    }
    out.cellCount = static_cast<uint32_t>(rows->cells.size()) - out.firstCell;
    rows->rows.push_back(out);
  }
  return rows;
}

/// Flattens a value into cells.
void AstBuilder::cells(ExprPtr value, Rows &rows) {
  std::vector<ExprPtr> *elements = nullptr;
  if (auto *tuple = llvm::dyn_cast<Tuple>(value.get()))
    elements = &tuple->elements;
  else if (auto *list = llvm::dyn_cast<List>(value.get()))
    elements = &list->elements;
  if (elements) {
    for (ExprPtr &element : *elements)
      cells(std::move(element), rows);
    return;
  }
  Rows::Cell cell;
  cell.begin = value->range.begin;
  cell.end = value->range.end;
  auto *minus = llvm::dyn_cast<Unary>(value.get());
  bool negated = minus && minus->op == UnaryOp::Neg && llvm::isa<Number>(minus->operand.get());
  auto *number = llvm::dyn_cast<Number>(negated ? minus->operand.get() : value.get());
  auto *name = llvm::dyn_cast<Name>(value.get());
  if (number) {
    cell.number = negated ? -number->value : number->value;
    cell.whole = number->whole.has_value();
  } else if (name && (name->name == "true" || name->name == "false")) {
    cell.kind = Rows::Cell::Kind::Truth;
    cell.number = name->name == "true";
  } else if (auto *string = llvm::dyn_cast<String>(value.get())) {
    cell.kind = Rows::Cell::Kind::String;
    cell.index = rows.strings.size();
    rows.strings.push_back(string->value);
  } else {
    cell.kind = Rows::Cell::Kind::Expression;
    cell.index = rows.expressions.size();
    rows.expressions.push_back(std::move(value));
  }
  rows.cells.push_back(cell);
}

std::vector<Parameter> AstBuilder::params(P::ParamsContext *context) {
  std::vector<Parameter> list;
  for (auto *param : context->param()) {
    Parameter out;
    out.range = at(param);
    out.name = identifier(param->name());
    if (param->type())
      out.type = type(param->type());
    if (param->expr())
      out.defaultValue = expr(param->expr());
    list.push_back(std::move(out));
  }
  return list;
}

Type AstBuilder::type(P::TypeContext *context) {
  Type out;
  out.range = at(context);
  if (context->FN()) {
    out.kind = Type::Kind::Fn;
  } else if (context->name()) {
    out.name = identifier(context->name()).text;
    out.brackets = context->LBRACKET() != nullptr;
    for (auto *size : context->expr())
      out.sizes.push_back(expr(size));
  } else if (context->type().size() == 1) {
    out = type(context->type(0)); // `(f32[B])` is no tuple
  } else {
    out.kind = Type::Kind::Tuple;
    for (auto *element : context->type())
      out.elements.push_back(type(element));
  }
  return out;
}
