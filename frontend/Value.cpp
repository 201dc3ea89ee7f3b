//===- Value.cpp - what an expression denotes while compiling -------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Value.h"
#include "frontend/Spelling.h"
#include "ir/Types.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace net;

Value Value::tuple(std::vector<Value> elements, SourceRange range) {
  return Value(std::make_shared<const Tuple>(Tuple{std::move(elements)}), range);
}

Value Value::list(std::vector<Value> elements, SourceRange range) {
  return Value(std::make_shared<const List>(List{std::move(elements)}), range);
}

std::optional<int64_t> Value::wholeNumber() const {
  auto *size = as<Size>();
  return size ? size->size.constant() : std::nullopt;
}

std::optional<double> Value::number() const {
  if (auto *number = as<Number>())
    return number->value;
  if (auto whole = wholeNumber())
    return static_cast<double>(*whole);
  return std::nullopt;
}

std::optional<bool> Value::truth() const {
  auto *truth = as<Truth>();
  return truth ? std::optional<bool>(truth->value) : std::nullopt;
}

std::optional<std::string> Value::text() const {
  auto *text = as<Text>();
  return text ? std::optional<std::string>(text->text) : std::nullopt;
}

std::optional<SizeExpr> Value::size() const {
  auto *size = as<Size>();
  return size ? std::optional<SizeExpr>(size->size) : std::nullopt;
}

namespace {
std::string numberText(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  return text;
}

std::string joined(const std::vector<Value> &values, const char *open, const char *close,
                   std::string (Value::*text)() const) {
  std::string out = open;
  for (const Value &v : values)
    out += (&v == &values.front() ? "" : ", ") + (v.*text)();
  return out + close;
}

static std::string counted(size_t arrays) {
  return std::to_string(arrays) + (arrays == 1 ? " array" : " arrays");
}

struct Describe {
  std::string operator()(const Poison &) { return "an error"; }
  std::string operator()(const Tensor &t) { return str(t.value.getType()); }
  std::string operator()(const Number &n) { return "the number " + numberText(n.value); }
  std::string operator()(const Size &s) {
    return (s.size.constant() ? "the number " : "the size ") + s.size.str();
  }
  std::string operator()(const Truth &t) { return t.value ? "true" : "false"; }
  std::string operator()(const Text &t) { return "the text \"" + t.text + "\""; }
  std::string operator()(const ElementType &e) { return "the type " + elementName(e.type); }
  std::string operator()(const ArrayType &t) { return "the type " + str(t.type); }
  std::string operator()(const Pack &p) { return "the axes " + p.name + ".."; }
  std::string operator()(const Axes &) { return "axes"; }
  std::string operator()(const Range &r) { return "i32[" + (r.high - r.low).str() + "]"; }
  std::string operator()(const std::shared_ptr<const Tuple> &t) {
    return joined(t->elements, "(", ")", &Value::describe);
  }
  std::string operator()(const std::shared_ptr<const List> &l) {
    return "a list of " + std::to_string(l->elements.size());
  }
  std::string operator()(const std::shared_ptr<const Template> &t) {
    return std::string(ast::kindName(*t->decl)) + " " + t->decl->name;
  }
  std::string operator()(const std::shared_ptr<Instance> &i) {
    return std::string(ast::kindName(*i->what.decl)) + " " + i->path;
  }
  std::string operator()(const Primitive &p) { return "the operation " + p.name; }
  std::string operator()(const DataPart &d) {
    return "the data " + d.data->name + (d.part.empty() ? "" : "." + d.part);
  }
  std::string operator()(const std::shared_ptr<const Bundle> &b) {
    return "the parameters of a network (" + counted(b->parts.size()) + ")";
  }
  std::string operator()(const Part &p) { return "the layer " + p.path; }
  std::string operator()(const LayerPath &p) {
    return "the layer " + p.instance->path + "." + p.path;
  }
  std::string operator()(const Reference &) { return "a parameter or state"; }
  std::string operator()(const References &r) {
    return "a state of parameters (" + counted(r.parts.size()) + ")";
  }
  std::string operator()(const LossFunction &) { return "the loss as a function of parameters"; }
};

struct Key {
  std::string operator()(const Tensor &t) { return str(t.value.getType()) + (t.weak ? "~" : ""); }
  std::string operator()(const Number &n) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%a", n.value);
    return text;
  }
  std::string operator()(const Size &s) { return s.size.str(); }
  std::string operator()(const Pack &p) { return p.name + ".." + str(p.sizes); }
  std::string operator()(const Axes &a) {
    std::string text = "over";
    for (const Axes::Entry &e : a.entries)
      text += " " + (e.size   ? "size " + e.size->str()
                     : e.pack ? str(*e.pack)
                              : std::to_string(e.position));
    return text;
  }
  std::string operator()(const Range &r) { return r.low.str() + ".." + r.high.str(); }
  std::string operator()(const std::shared_ptr<const Tuple> &t) {
    return joined(t->elements, "(", ")", &Value::key);
  }
  std::string operator()(const std::shared_ptr<const List> &l) {
    return joined(l->elements, "[", "]", &Value::key);
  }
  std::string operator()(const std::shared_ptr<const Template> &t) {
    return pointer(t->decl) + bound(*t);
  }
  std::string operator()(const std::shared_ptr<Instance> &i) {
    return "instance " + pointer(i.get());
  }
  std::string operator()(const std::shared_ptr<const Bundle> &b) {
    std::string text = "bundle";
    for (const auto &[path, value] : b->parts)
      text += " " + path + ":" + str(value.getType());
    return text;
  }
  std::string operator()(const LayerPath &p) {
    return "layer " + pointer(p.instance.get()) + p.path;
  }
  std::string operator()(const Reference &r) { return "reference " + pointer(r.slot.get()); }
  std::string operator()(const LossFunction &f) {
    return "loss " + pointer(f.loss.getAsOpaquePointer());
  }
  std::string operator()(const Part &p) { return "part " + pointer(p.record.get()) + p.path; }
  template <typename T> std::string operator()(const T &other) { return Describe()(other); }

  static std::string pointer(const void *p) {
    std::string text;
    llvm::raw_string_ostream(text) << p;
    return text;
  }
  static std::string bound(const Template &t) {
    std::string text = "{";
    for (const auto &[name, value] : t.bound)
      text += name + "=" + value.key() + ";";
    return text + "}";
  }
};

struct Spelling : Key {
  using Key::operator();
  std::string operator()(const Number &n) { return spellReal(llvm::APFloat(n.value)).text; }
  std::string operator()(const Text &t) { return "\"" + t.text + "\""; }
  std::string operator()(const ElementType &e) { return elementName(e.type); }
  std::string operator()(const Primitive &p) { return p.name; }
  std::string operator()(const std::shared_ptr<const Tuple> &t) {
    return joined(t->elements, "(", ")", &Value::spelling);
  }
  std::string operator()(const std::shared_ptr<const List> &l) {
    return joined(l->elements, "[", "]", &Value::spelling);
  }
  std::string operator()(const std::shared_ptr<const Template> &t) {
    std::string text;
    for (const auto &[name, value] : t->bound)
      text += (text.empty() ? "" : ",") + name + "=" + value.spelling();
    return t->decl->name + (text.empty() ? "" : "(" + text + ")");
  }
  std::string operator()(const std::shared_ptr<Instance> &i) { return i->path; }
  std::string operator()(const LayerPath &p) { return p.instance->path + "." + p.path; }
};
} // namespace

std::string Value::describe() const { return std::visit(Describe(), data); }
std::string Value::key() const {
  std::string own = std::visit(Key(), data);
  return with ? own + " with " + Key()(with) : own;
}

std::string Value::spelling() const { return std::visit(Spelling(), data); }

static std::shared_ptr<const Bundle>
mapBundleOf(const Bundle &bundle, const std::function<mlir::Value(mlir::Value)> &map) {
  auto mapped = std::make_shared<Bundle>();
  for (const auto &[path, tensor] : bundle.parts)
    mapped->parts.emplace_back(path, map(tensor));
  return mapped;
}

Value net::mapTensors(const Value &value, const std::function<mlir::Value(mlir::Value)> &map) {
  Value result = value;
  result.call = nullptr;
  if (auto *tensor = value.as<Tensor>()) {
    result.data = Tensor{map(tensor->value), tensor->weak};
  } else if (auto *tuple = value.tuple()) {
    Tuple mapped;
    for (const Value &element : tuple->elements)
      mapped.elements.push_back(mapTensors(element, map));
    result.data = std::make_shared<const Tuple>(std::move(mapped));
  } else if (auto *list = value.list()) {
    List mapped;
    for (const Value &element : list->elements)
      mapped.elements.push_back(mapTensors(element, map));
    result.data = std::make_shared<const List>(std::move(mapped));
  } else if (auto *bundle = value.bundle()) {
    result.data = mapBundleOf(*bundle, map);
  } else if (auto *what = value.asTemplate()) {
    Template mapped = *what;
    for (auto &[name, bound] : mapped.bound)
      bound = mapTensors(bound, map);
    result.data = std::make_shared<const Template>(std::move(mapped));
  }
  if (value.with)
    result.with = mapBundleOf(*value.with, map);
  return result;
}

bool net::sameStructure(const Value &a, const Value &b) {
  if (const Tuple *x = a.tuple(), *y = b.tuple(); x && y)
    return x->elements.size() == y->elements.size() &&
           std::equal(x->elements.begin(), x->elements.end(), y->elements.begin(), sameStructure);
  if (const Bundle *x = a.bundle(), *y = b.bundle(); x && y)
    return x->parts.size() == y->parts.size() &&
           std::equal(x->parts.begin(), x->parts.end(), y->parts.begin(),
                      [](const auto &p, const auto &q) { return p.first == q.first; });
  return a.data.index() == b.data.index();
}

void net::forEachTensor(const Value &value, const std::function<void(mlir::Value)> &visit) {
  mapTensors(value, [&](mlir::Value tensor) {
    visit(tensor);
    return tensor;
  });
}
