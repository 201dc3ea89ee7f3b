//===- GradientRewriter.cpp - a text in which gradients are calls ---------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A text may be elaborated several times: the body of a loop over a list once a turn, that of a fn
// once for each kind of its arguments. Where its gradients are different functions then, it is
// printed several times, each time as it was elaborated at one occasion.
//
//===----------------------------------------------------------------------===//
#include "frontend/GradientRewriter.h"
#include "frontend/AstWalk.h"

using namespace net;
using namespace net::ast;

namespace {
/// A declaration as it is printed.
struct Variant {
  std::string name, text;
  std::vector<const GradientSite *> written;
};

/// What is known of a whole text.
struct WholeText {
  const File &tree;
  const GradientSites &sites;
  FunctionPrinter &functions;
  std::map<const Callable *, std::vector<Variant>> variants;
  std::map<mlir::Operation *, size_t> variantOf; ///< of functions of a `fn`

  const Callable *declared(const std::string &name) const;
  /// The forms of a declaration, made when first asked for.
  const std::vector<Variant> &variantsOf(const Callable &decl);
  /// The functions that were made of a declaration, as far as something in it was noted.
  std::vector<mlir::Operation *> functionsOf(const Callable &decl) const;
  bool mayVary(const Callable &decl) const;
};

class Rewriter : public Printer {
public:
  /// `everywhere`: what is printed has to be right wherever it is elaborated.
  Rewriter(WholeText &text, Occasion occasion, bool everywhere)
      : Printer(/*bodies=*/true), text(text), occasion(std::move(occasion)),
        everywhere(everywhere) {}
  void callable(const Callable &d) override;
  void stmt(const Stmt &s) override;
  void each(const Each &loop) override;
  void expr(const ast::Expr &e, ast::Level atLeast) override;
  void whole(const Callable &d);

  std::vector<const GradientSite *> written;
  std::string name; ///< of the declaration, if it is not its own

private:
  const GradientSite *find(const void *node) const;
  void minimize(const Minimize &s, const GradientSite &site);
  void lossReport(const Minimize &s, const GradientSite &site, const std::string &loss);
  std::vector<std::string> turnsOf(const Each &loop);
  std::string nameFor(const Call &call) const;
  void list(const std::string &before, const std::vector<std::string> &items,
            const std::string &after);
  std::string fresh(const std::string &name);

  WholeText &text;
  Occasion occasion;
  bool everywhere;
  std::set<std::string> taken;                   ///< names of the declaration
  std::vector<std::map<std::string, int>> loops; ///< of each, how many reports of a kind there are
};
} // namespace

//===-- statements and expressions -----------------------------------------------------------===//

/// The site of a node, if its text serves.
const GradientSite *Rewriter::find(const void *node) const {
  const GradientSite *found = nullptr;
  for (const GradientSite &site : text.sites.all) {
    if (site.node != node || (!everywhere && !(site.occasion == occasion)))
      continue;
    if (!site.function ||
        (found && (found->function != site.function || found->optimizer != site.optimizer)))
      return nullptr;
    found = !found || site.isFollowed ? &site : found;
  }
  return found;
}

std::string Rewriter::fresh(const std::string &name) {
  return unusedName(name, [&](const std::string &one) { return taken.insert(one).second; });
}

/// Behind what stands on the line already.
void Rewriter::list(const std::string &before, const std::vector<std::string> &items,
                    const std::string &after) {
  size_t start = out.rfind('\n') + 1;
  std::string margin = out.substr(start);
  out.resize(start);
  out += net::wrapped(margin + before, items, after);
}

/// The arguments of a site's function.
static std::vector<std::string> textsOf(const GradientSite &site) {
  std::vector<std::string> texts;
  for (const Word &word : site.arguments)
    texts.push_back(word.text);
  return texts;
}

void Rewriter::minimize(const Minimize &s, const GradientSite &site) {
  std::vector<std::string> results, steps, parameters;
  for (llvm::StringRef path : site.parameters) {
    // The block's own stand under their own names.
    path.consume_front(site.block + ".");
    parameters.push_back(path.str());
    results.push_back(fresh("d" + parameterName(path.str())));
    steps.push_back((s.maximize ? "-" : "") + results.back());
  }
  bool isReported = site.reportsLoss && !loops.empty();
  std::string loss = isReported || site.wantsLoss ? fresh(s.maximize ? "objective" : "loss") : "_";
  results.push_back(loss);
  std::string call = "= " + text.functions.nameOf(site.function) + "(";
  std::string line =
      "let (" + llvm::join(results, ", ") + ") " + call + llvm::join(textsOf(site), ", ") + ")";
  constexpr size_t shortLine = 90;
  if (line.size() <= shortLine) {
    out += line;
  } else {
    list("let (", results, ")");
    newline();
    list("  " + call, textsOf(site), ")");
  }
  if (site.hasTrace()) {
    newline();
    out += "let _ = ";
    Printer::expr(*s.loss, Whole);
  }
  bool one = steps.size() == 1;
  newline();
  list(one ? "update " : "update (", parameters, one ? "" : ")");
  if (one) {
    out += " with " + steps[0];
  } else {
    newline();
    list("  with (", steps, ")");
  }
  newline();
  std::string again = site.wantsLoss ? (s.maximize ? "of -" : "of ") + loss + " " : "";
  out += "  " + again + "using ";
  Printer::expr(*s.optimizer, Piped);
  out += " as " + quoted(site.optimizer);
  if (isReported)
    lossReport(s, site, loss);
}

/// Under the name that `minimize` reports it by.
void Rewriter::lossReport(const Minimize &s, const GradientSite &site, const std::string &loss) {
  std::string kind = s.maximize ? "objective" : "loss";
  std::string label = s.name.text.empty() ? kind : s.name.text + " " + kind;
  if (int count = ++loops.back()[label]; count > 1)
    label = kind + " " + std::to_string(count);
  newline();
  out += "report " + loss + " as " + quoted(label);
}

void Rewriter::stmt(const Stmt &s) {
  const GradientSite *site = llvm::isa<Minimize>(&s) ? find(&s) : nullptr;
  if (!site)
    return Printer::stmt(s);
  written.push_back(site);
  minimize(llvm::cast<Minimize>(s), *site);
}

void Rewriter::expr(const ast::Expr &e, ast::Level atLeast) {
  bool isGradient = llvm::isa<Grad>(&e) || llvm::isa<Jvp>(&e);
  if (const GradientSite *site = isGradient ? find(&e) : nullptr; site && !site->hasTrace()) {
    written.push_back(site);
    return list(text.functions.nameOf(site->function) + "(", textsOf(*site), ")");
  }
  auto *call = llvm::dyn_cast<Call>(&e);
  std::string callee = call ? nameFor(*call) : "";
  if (callee.empty())
    return Printer::expr(e, atLeast);
  out += callee;
  arguments(call->arguments);
}

/// What a call of a `fn` that has several forms names here; else nothing.
std::string Rewriter::nameFor(const Call &call) const {
  auto *name = llvm::dyn_cast<Name>(call.callee.get());
  const Callable *callee = name ? text.declared(name->name) : nullptr;
  for (const GradientSites::Call &noted : text.sites.calls)
    if (callee && noted.callee == callee && noted.range == call.range &&
        (everywhere || noted.occasion == occasion)) {
      const std::vector<Variant> &variants = text.variantsOf(*callee);
      auto known = text.variantOf.find(noted.function);
      if (variants.size() > 1 && known != text.variantOf.end())
        return variants[known->second].name;
    }
  return "";
}

//===-- loops over lists ---------------------------------------------------------------------===//

/// The body as it is in each turn.
std::vector<std::string> Rewriter::turnsOf(const Each &loop) {
  size_t count = 0;
  auto count1 = [&](const Occasion &noted) {
    for (const auto &[node, turn] : noted.turns)
      if (node == &loop)
        count = std::max(count, turn + 1);
  };
  for (const GradientSite &site : text.sites.all)
    count1(site.occasion);
  for (const GradientSites::Call &call : text.sites.calls)
    count1(call.occasion);
  std::vector<std::string> bodies;
  const size_t start = out.size();
  for (size_t turn = 0; turn < count; ++turn) {
    // Names of one turn are free in the next.
    std::set<std::string> before = taken;
    occasion.turns.emplace_back(&loop, turn);
    block(loop.body);
    occasion.turns.pop_back();
    bodies.push_back(out.substr(start));
    out.resize(start);
    taken = std::move(before);
  }
  return bodies;
}

void Rewriter::each(const Each &loop) {
  auto before = written;
  std::vector<std::string> bodies = turnsOf(loop);
  if (bodies.empty()) {
    loops.emplace_back();
    Printer::each(loop);
    loops.pop_back();
    return;
  }
  auto *list = llvm::dyn_cast<ast::List>(loop.sequence.get());
  bool same = llvm::all_equal(bodies);
  if (!same && (!list || list->elements.size() != bodies.size())) {
    written = std::move(before);
    bool outside = everywhere;
    everywhere = true;
    Printer::each(loop);
    everywhere = outside;
    return;
  }
  for (size_t turn = 0; turn < (same ? 1 : bodies.size()); ++turn) {
    if (turn)
      newline();
    out += "each ";
    pattern(loop.pattern);
    out += " in ";
    if (same)
      Printer::expr(*loop.sequence, Whole);
    else {
      out += '[';
      Printer::expr(*list->elements[turn], Whole);
      out += ']';
    }
    out += " " + bodies[turn];
  }
}

//===-- declarations -------------------------------------------------------------------------===//

static bool isWithin(SourceRange inner, SourceRange outer) {
  return inner.file == outer.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

const Callable *WholeText::declared(const std::string &name) const {
  for (const DeclPtr &decl : tree.decls)
    if (auto *callable = llvm::dyn_cast<Callable>(decl.get()); callable && callable->name == name)
      return callable;
  return nullptr;
}

std::vector<mlir::Operation *> WholeText::functionsOf(const Callable &decl) const {
  std::vector<mlir::Operation *> functions;
  auto add = [&](const auto &noted) {
    if (noted.occasion.within && isWithin(noted.range, decl.range) &&
        !llvm::is_contained(functions, noted.occasion.within))
      functions.push_back(noted.occasion.within);
  };
  llvm::for_each(sites.all, add);
  llvm::for_each(sites.calls, add);
  return functions;
}

/// Whether a declaration may have several forms: of each use it is known which one it means.
bool WholeText::mayVary(const Callable &decl) const {
  if (decl.kind != Decl::Kind::Fn)
    return false;
  size_t mentions = 0, calls = 0;
  for (const DeclPtr &other : tree.decls) {
    auto *derivative = llvm::dyn_cast<Derivative>(other.get());
    if (derivative && derivative->name == decl.name)
      return false;
    auto visit = [&](const ast::Expr &e) {
      auto *name = llvm::dyn_cast<Name>(&e);
      mentions += name && name->name == decl.name;
      auto *call = llvm::dyn_cast<Call>(&e);
      auto *callee = call ? llvm::dyn_cast<Name>(call->callee.get()) : nullptr;
      calls += callee && callee->name == decl.name;
    };
    if (auto *callable = llvm::dyn_cast<Callable>(other.get()))
      for (const StmtPtr &s : callable->body)
        walk(*s, visit);
    else if (auto *constant = llvm::dyn_cast<ConstantDecl>(other.get()))
      walk(*constant->value, visit);
  }
  if (mentions != calls)
    return false;
  // Where the text around a call serves for several places, so must the call.
  std::map<std::pair<uint32_t, uint32_t>, mlir::Operation *> first;
  for (const GradientSites::Call &call : sites.calls) {
    if (call.callee != &decl)
      continue;
    if (call.isRandom)
      return false;
    auto [it, isNew] = first.try_emplace({call.range.begin, call.range.end}, call.function);
    if (isNew || it->second == call.function)
      continue;
    auto isLiteral = [](const auto &turn) {
      return llvm::isa<ast::List>(static_cast<const Each *>(turn.first)->sequence.get());
    };
    if (!call.occasion.within && llvm::all_of(call.occasion.turns, isLiteral))
      continue;
    auto around = llvm::find_if(tree.decls, [&](const DeclPtr &other) {
      return llvm::isa<Callable>(other.get()) && isWithin(call.range, other->range);
    });
    if (around == tree.decls.end() || !mayVary(llvm::cast<Callable>(**around)))
      return false;
  }
  return true;
}

const std::vector<Variant> &WholeText::variantsOf(const Callable &decl) {
  auto [it, isNew] = variants.try_emplace(&decl);
  std::vector<Variant> &made = it->second;
  if (!isNew)
    return made;
  auto add = [&](Occasion occasion, bool everywhere) {
    Rewriter body(*this, std::move(occasion), everywhere);
    body.whole(decl);
    auto same = llvm::find_if(made, [&](const Variant &one) { return one.text == body.out; });
    size_t number = same - made.begin();
    if (same == made.end())
      made.push_back({decl.name, std::move(body.out), std::move(body.written)});
    return number;
  };
  bool isBlock = decl.kind == Decl::Kind::Train || decl.kind == Decl::Kind::Task;
  std::vector<mlir::Operation *> functions;
  if (!isBlock)
    functions = functionsOf(decl);
  for (mlir::Operation *function : functions)
    variantOf[function] = add({function, {}}, false);
  if (made.size() > 1 && !mayVary(decl)) {
    made.clear();
    add({}, true);
  } else if (made.empty()) {
    add({}, !isBlock);
  }
  for (size_t i = 1; i < made.size(); ++i)
    made[i].name = this->functions.unused(decl.name);
  return made;
}

void Rewriter::whole(const Callable &d) {
  for (const DeclPtr &decl : text.tree.decls)
    taken.insert(decl->name);
  ast::namesOf(d, taken);
  Printer::callable(d);
}

void Rewriter::callable(const Callable &d) {
  for (const Variant &variant : text.variantsOf(d)) {
    // The head is `fn name(`.
    std::string head = std::string(kindName(d)) + " " + d.name;
    bool first = &variant == &text.variantsOf(d).front();
    out += (first ? "" : "\n") + std::string(kindName(d)) + " " + variant.name +
           variant.text.substr(head.size());
    written.insert(written.end(), variant.written.begin(), variant.written.end());
  }
}

//===-- files --------------------------------------------------------------------------------===//

RewrittenText net::rewritten(const File &tree, const GradientSites &sites,
                             FunctionPrinter &functions) {
  WholeText text{tree, sites, functions, {}, {}};
  Rewriter printer(text, {}, false);
  printer.file(tree);
  return {std::move(printer.out), std::move(printer.written)};
}
