//===- OpsMutants.cpp - do the tests of derivative rules find wrong rules? ===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each reverse rule is made wrong in every way below, one at a time, in what it built for a case;
// the test of its column (OpsDerivative.cpp) has to notice in one of the operation's cases. Those
// that change no value stand with their reason in equivalent_mutants.txt.
//
//===----------------------------------------------------------------------===//
#include "OpsColumns.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace net;
using namespace net::test;

namespace {
/// An operation that a rule made, or a cotangent that it gave.
struct Site {
  Operation *op = nullptr;
  size_t number; ///< of the operation among those of its kind, or of the cotangent
};
using Rules = SmallVectorImpl<Expr>;

/// A way to be wrong. `apply` gives a value in place of the site's, or nothing where it has none.
struct Way {
  const char *name;
  bool ofCotangents;
  std::function<Expr(ExprBuilder &, Site, Expr now)> apply;
};

SmallVector<int64_t> rotated(int64_t rank) {
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < rank; ++i)
    order.push_back((i + 1) % rank);
  return order;
}

/// What an array is if its axes are taken for each other: equal axes make it a transposition that
/// no type shows.
Expr scrambled(Expr x) {
  return x.rank() < 2 ? Expr() : expr::reshape(expr::transpose(x, rotated(x.rank())), x.shape());
}

/// The first of the copies alone.
Expr withoutSum(ExprBuilder &b, Site site, Expr now) {
  auto sum = dyn_cast<SumOp>(site.op);
  if (!sum)
    return {};
  Expr x(b, sum.getX());
  Shape starts(x.rank(), SizeExpr(0)), sizes = x.shape();
  bool adds = false;
  for (int64_t axis : sum.getAxes()) {
    if (sizes[axis] == SizeExpr(0))
      return {};
    adds |= sizes[axis] != SizeExpr(1);
    sizes[axis] = SizeExpr(1);
  }
  SmallVector<int64_t> strides(x.rank(), 1);
  return adds ? expr::reshape(expr::slice(x, starts, sizes, strides), now.shape()) : Expr();
}

Expr withoutTranspose(ExprBuilder &b, Site site, Expr now) {
  auto transpose = dyn_cast<TransposeOp>(site.op);
  return transpose ? expr::reshape(Expr(b, transpose.getX()), now.shape()) : Expr();
}

/// A product that reads an operand the other way round.
Expr withTransposed(ExprBuilder &b, Site site, unsigned operand) {
  auto product = dyn_cast<EinsumOp>(site.op);
  Expr other = product ? scrambled(Expr(b, product->getOperand(operand))) : Expr();
  if (!other)
    return {};
  Operation *copy = b.builder.clone(*product);
  copy->setOperand(operand, other.get());
  return Expr(b, copy->getResult(0));
}

/// The axis behind the right one, where that has the same type; else the axes exchanged.
Expr alongOtherAxis(ExprBuilder &b, Site site, Expr now) {
  if (auto reverse = dyn_cast<ReverseOp>(site.op)) {
    SmallVector<int64_t> axes;
    for (int64_t axis : reverse.getAxes())
      axes.push_back((axis + 1) % now.rank());
    llvm::sort(axes);
    return now.rank() < 2 ? Expr() : expr::reverse(Expr(b, reverse.getX()), axes);
  }
  if (auto rows = dyn_cast<RecurrenceOp>(site.op)) {
    if (now.rank() < 2)
      return {};
    auto copy = cast<RecurrenceOp>(b.builder.clone(*rows));
    copy.setAxis((rows.getAxis() + 1) % now.rank());
    return Expr(b, copy->getResult(0));
  }
  if (auto sum = dyn_cast<SumOp>(site.op)) {
    Expr other = scrambled(Expr(b, sum.getX()));
    return other ? expr::sum(other, sum.getAxes()) : Expr();
  }
  bool hasAxis = site.op->hasAttr("axis") || site.op->hasAttr("axes");
  bool copiesOne = isa<BroadcastOp>(site.op) && Expr(b, site.op->getOperand(0)).rank() == 0;
  return hasAxis && !copiesOne ? scrambled(now) : Expr();
}

const Way ways[] = {
    {"sign", true, [](ExprBuilder &, Site, Expr now) { return expr::operator-(now); }},
    {"twice", true, [](ExprBuilder &, Site, Expr now) { return expr::operator*(now, 2.0); }},
    {"zero", true, [](ExprBuilder &, Site, Expr now) { return expr::zerosLike(now); }},
    {"no-sum", false, withoutSum},
    {"no-transpose", false, withoutTranspose},
    {"transposed-a", false,
     [](ExprBuilder &b, Site site, Expr) { return withTransposed(b, site, 0); }},
    {"transposed-b", false,
     [](ExprBuilder &b, Site site, Expr) { return withTransposed(b, site, 1); }},
    {"other-axis", false, alongOtherAxis},
};

/// One mutant, which applies to some of the operation's cases.
struct Mutant {
  const Way *way;
  std::string kind; ///< of the operation: `net.sum`
  size_t number;

  std::string str(StringRef op) const {
    return (op + ":" + way->name + ":" + (kind.empty() ? "" : kind + ":")).str() +
           std::to_string(number);
  }
  bool operator<(const Mutant &other) const {
    return std::tie(way, kind, number) < std::tie(other.way, other.kind, other.number);
  }
};

/// Calls `visit` with each site of a rule.
void forEachSite(func::FuncOp reverse, Rules &rules, const Way &way,
                 llvm::function_ref<void(Site, const std::string &kind)> visit) {
  if (way.ofCotangents) {
    for (auto [i, rule] : llvm::enumerate(rules))
      if (rule)
        visit({nullptr, i}, "");
    return;
  }
  std::map<std::string, size_t> counts;
  SmallVector<Operation *> made;
  for (Operation &op : llvm::drop_begin(reverse.getBody().front()))
    made.push_back(&op);
  for (Operation *op : made) {
    std::string kind = op->getName().getStringRef().str();
    visit({op, counts[kind]++}, kind);
  }
}

/// Puts what `way` makes of the site in its place; false if it makes nothing.
bool mutate(const Way &way, Site site, Rules &rules, ExprBuilder &b) {
  if (!site.op) {
    rules[site.number] = way.apply(b, site, rules[site.number]);
    return true;
  }
  if (site.op->getNumResults() != 1)
    return false;
  Value now = site.op->getResult(0);
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : now.getUses())
    uses.push_back(&use);
  b.builder.setInsertionPointAfter(site.op);
  Expr other = way.apply(b, site, Expr(b, now));
  if (!other)
    return false;
  for (OpOperand *use : uses)
    use->set(other.get());
  for (Expr &rule : rules)
    if (rule && rule.get() == now)
      rule = other;
  return true;
}

/// All mutants that apply to a case.
std::set<Mutant> mutantsOf(const OpCase &c) {
  std::set<Mutant> found;
  auto built = build(c, &testContext());
  if (!built) {
    llvm::consumeError(built.takeError());
    return found;
  }
  for (const Way &way : ways) {
    auto collect = [&](func::FuncOp reverse, Rules &rules) {
      forEachSite(reverse, rules, way, [&](Site site, const std::string &kind) {
        OpBuilder builder = OpBuilder::atBlockEnd(&reverse.getBody().front());
        ExprBuilder b(builder, reverse.getLoc());
        SmallVector<Expr> copy(rules.begin(), rules.end());
        if (mutate(way, site, copy, b))
          found.insert({&way, kind, site.number});
      });
    };
    // What comes out of all of them together is no rule any more.
    llvm::consumeError(RuleCheck::of(built->op, collect).takeError());
  }
  return found;
}

/// What the test of the rule says of a mutant in one case.
std::string tested(const Mutant &mutant, const OpCase &c, uint64_t seed) {
  // The rules' expressions refer to it until they have been looked at.
  std::optional<OpBuilder> builder;
  std::optional<ExprBuilder> b;
  auto change = [&](func::FuncOp reverse, Rules &rules) {
    builder = OpBuilder::atBlockEnd(&reverse.getBody().front());
    b.emplace(*builder, reverse.getLoc());
    forEachSite(reverse, rules, *mutant.way, [&](Site site, const std::string &kind) {
      if (kind == mutant.kind && site.number == mutant.number)
        mutate(*mutant.way, site, rules, *b);
    });
  };
  return checkDerivative(c, seed, change);
}

std::map<std::string, std::string> equivalentMutants() {
  std::map<std::string, std::string> reasons;
  auto file = llvm::MemoryBuffer::getFile(NETC_SOURCE_DIR "/test/unit/equivalent_mutants.txt");
  if (file)
    for (llvm::line_iterator line(**file, true, '#'); !line.is_at_end(); ++line) {
      auto [name, reason] = line->split(' ');
      reasons[name.str()] = reason.trim().str();
    }
  return reasons;
}

class Mutants : public testing::TestWithParam<std::string> {};
} // namespace

TEST_P(Mutants, AreNoticed) {
  const std::string &op = GetParam();
  const std::vector<OpCase> cases = cellOf(op, Column::Vjp).cases;
  std::map<Mutant, std::vector<size_t>> mutants;
  for (auto [i, c] : llvm::enumerate(cases))
    for (const Mutant &mutant : mutantsOf(c))
      mutants[mutant].push_back(i);
  std::map<std::string, std::string> equivalent = equivalentMutants();
  size_t killed = 0, same = 0;
  for (const auto &one : mutants) {
    const Mutant &mutant = one.first;
    const std::vector<size_t> &where = one.second;
    bool noticed =
        llvm::any_of(where, [&](size_t i) { return !tested(mutant, cases[i], i + 1).empty(); });
    std::string name = mutant.str(op);
    bool known = equivalent.count(name) != 0;
    EXPECT_NE(noticed, known) << (noticed ? "not equivalent: " : "survives: ") << name << " in "
                              << where.size() << " cases";
    ++(noticed ? killed : same);
  }
  std::cout << "MUTANTS " << op << ": " << mutants.size() << " made, " << killed << " noticed, "
            << same << " equivalent\n";
}
INSTANTIATE_TEST_SUITE_P(Ops, Mutants, testing::ValuesIn(operationsIn(Column::Vjp)),
                         [](const auto &info) { return info.param.substr(sizeof("net.") - 1); });
