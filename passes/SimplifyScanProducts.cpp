//===- SimplifyScanProducts.cpp - the products of a scan's turn -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights, which come from above the scan, are cut and stacked before it, once; so a turn
// reads one matrix for all gates. Stacks have a new first axis: their parts are arrays that
// lie in one piece.
//
//===----------------------------------------------------------------------===//
#include "passes/SimplifyScan.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace net;

namespace {
Block &bodyOf(ScanOp scan) { return scan.getBody().front(); }

/// A product with a value from above.
struct Weighted {
  EinsumOp op;
  unsigned weight; ///< the operand from above
  static std::optional<Weighted> of(const TurnReach &reach, Value value) {
    auto op = value.getDefiningOp<EinsumOp>();
    if (!op || reach.of(value) == TurnReach::Above)
      return std::nullopt;
    for (unsigned i : {1u, 0u})
      if (reach.of(op->getOperand(i)) == TurnReach::Above)
        return Weighted{op, i};
    return std::nullopt;
  }
  Value weightValue() const { return EinsumOp(op)->getOperand(weight); }
  Value other() const { return EinsumOp(op)->getOperand(1 - weight); }
};

/// Part of an array along some axes.
struct Part {
  net::Shape starts, sizes;
  SmallVector<int64_t> strides;
};

Value sliceOf(OpBuilder &builder, Location loc, Value value, const Part &part) {
  ExprBuilder b(builder, loc);
  return expr::slice(Expr(b, value), part.starts, part.sizes, part.strides).get();
}
} // namespace

//===-- parts of products --------------------------------------------------------------------===//

namespace {
class Cutter {
public:
  explicit Cutter(ScanOp scan) : scan(scan), reach(scan) {}
  void run();

private:
  bool isWorthwhile(Value value) const;
  bool holdsProduct(Value value) const {
    auto add = value.getDefiningOp<AddOp>();
    if (add && value.hasOneUse())
      return holdsProduct(add.getA()) || holdsProduct(add.getB_());
    return value.hasOneUse() && Weighted::of(reach, value);
  }
  Value part(OpBuilder &b, Value value, const Part &part, bool isRoot);

  ScanOp scan;
  TurnReach reach;
};
} // namespace

/// All that is read of the value are slices, and these leave out some of it, or one of them is
/// nothing but kept and can be computed behind the scan.
bool Cutter::isWorthwhile(Value value) const {
  SizeExpr total(0);
  bool isKept = false;
  for (Operation *user : value.getUsers()) {
    auto slice = dyn_cast<SliceOp>(user);
    if (!slice)
      return false;
    total = total + product(shapeOf(slice.getType()));
    isKept |=
        llvm::all_of(slice->getUsers(), [](Operation *reader) { return isa<YieldOp>(reader); });
  }
  SizeExpr rest = product(shapeOf(value.getType())) - total;
  return isKept || rest.constant().value_or(1) > 0;
}

/// The part of a sum of products, as a sum of parts of products.
Value Cutter::part(OpBuilder &b, Value value, const Part &wanted, bool isRoot) {
  Operation *op = value.getDefiningOp();
  if (auto add = dyn_cast_or_null<AddOp>(op); add && (isRoot || value.hasOneUse())) {
    Value left = part(b, add.getA(), wanted, false), right = part(b, add.getB_(), wanted, false);
    return AddOp::create(b, op->getLoc(), left, right);
  }
  if (!(isRoot || value.hasOneUse()) || !Weighted::of(reach, value))
    return sliceOf(b, value.getLoc(), value, wanted);
  EinsumSpec spec = EinsumSpec::of(cast<EinsumOp>(op));
  SmallVector<Value> operands;
  for (auto [letters, operand] : llvm::zip(spec.parts, op->getOperands())) {
    Part own{{}, shapeOf(operand.getType()), {}};
    for (size_t i = 0; i < letters.size(); ++i) {
      size_t axis = spec.parts[2].find(letters[i]);
      bool cut = axis != std::string::npos;
      own.starts.push_back(cut ? wanted.starts[axis] : SizeExpr(0));
      own.strides.push_back(cut ? wanted.strides[axis] : 1);
      if (cut)
        own.sizes[i] = wanted.sizes[axis];
    }
    bool whole = own.sizes == shapeOf(operand.getType());
    OpBuilder before(scan);
    bool above = reach.of(operand) == TurnReach::Above;
    operands.push_back(whole ? operand : sliceOf(above ? before : b, op->getLoc(), operand, own));
  }
  return EinsumOp::create(b, op->getLoc(), tensorOf(elementOf(value.getType()), wanted.sizes),
                          operands[0], operands[1], spec.str());
}

void Cutter::run() {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(bodyOf(scan)))) {
    if (!isa<AddOp, EinsumOp>(op) || op.use_empty())
      continue;
    Value value = op.getResult(0);
    auto add = dyn_cast<AddOp>(op);
    bool holds = add ? holdsProduct(add.getA()) || holdsProduct(add.getB_())
                     : Weighted::of(reach, value).has_value();
    if (!holds || !isWorthwhile(value))
      continue;
    for (Operation *user : llvm::to_vector(value.getUsers())) {
      auto slice = cast<SliceOp>(user);
      OpBuilder b(slice);
      Part wanted{slice.getStarts().getShape(), shapeOf(slice.getType()),
                  SmallVector<int64_t>(slice.getStrides())};
      slice.getResult().replaceAllUsesWith(part(b, value, wanted, /*isRoot=*/true));
      slice.erase();
    }
  }
}

void net::cutProducts(ScanOp scan) { Cutter(scan).run(); }

//===-- products with concatenations ---------------------------------------------------------===//

/// einsum(concat(h, x), W) as einsum(h, W's rows of h) + einsum(x, W's rows of x).
static void split(ScanOp scan, const TurnReach &reach, Weighted product, ConcatOp concat) {
  EinsumSpec spec = EinsumSpec::of(product.op);
  auto axis = static_cast<size_t>(concat.getAxis());
  char letter = spec.parts[1 - product.weight][axis];
  size_t weightAxis = spec.parts[product.weight].find(letter);
  if (weightAxis == std::string::npos || StringRef(spec.parts[2]).contains(letter))
    return;
  auto isElements = [&](Value x) { return reach.of(x) <= TurnReach::Elements; };
  if (llvm::all_of(concat.getXs(), isElements) || llvm::none_of(concat.getXs(), isElements))
    return;
  OpBuilder before(scan), b(product.op);
  Location loc = product.op.getLoc();
  Value sum;
  SizeExpr start(0);
  for (auto x = concat.getXs().begin(); x != concat.getXs().end();) {
    SmallVector<Value> run = {*x};
    while (++x != concat.getXs().end() && isElements(*x) == isElements(run[0]))
      run.push_back(*x);
    ExprBuilder eb(b, loc);
    SmallVector<Expr> exprs;
    for (Value value : run)
      exprs.emplace_back(eb, value);
    Value own = run.size() == 1 ? run[0] : expr::concat(eb, exprs, axis).get();
    SizeExpr length = shapeOf(own.getType())[axis];
    net::Shape sizes = shapeOf(product.weightValue().getType());
    Part rows{net::Shape(sizes.size(), SizeExpr(0)), sizes, SmallVector<int64_t>(sizes.size(), 1)};
    rows.starts[weightAxis] = start;
    rows.sizes[weightAxis] = length;
    start = start + length;
    SmallVector<Value> operands(2);
    operands[product.weight] = sliceOf(before, loc, product.weightValue(), rows);
    operands[1 - product.weight] = own;
    Value term =
        EinsumOp::create(b, loc, product.op.getType(), operands[0], operands[1], spec.str());
    sum = sum ? AddOp::create(b, loc, sum, term).getResult() : term;
  }
  product.op.getResult().replaceAllUsesWith(sum);
  product.op.erase();
}

void net::splitProducts(ScanOp scan) {
  TurnReach reach(scan);
  for (auto einsum : llvm::to_vector(bodyOf(scan).getOps<EinsumOp>()))
    if (auto product = Weighted::of(reach, einsum.getResult()))
      if (auto concat = product->other().getDefiningOp<ConcatOp>();
          concat && concat->getBlock() == &bodyOf(scan))
        split(scan, reach, *product, concat);
}

//===-- sums of products ---------------------------------------------------------------------===//

namespace {
/// Stacks in a turn, each made once.
class Stacks {
public:
  explicit Stacks(ScanOp scan) : scan(scan) {}
  /// In the turn, or before it if all parts come from above.
  Value of(ArrayRef<Value> parts, const TurnReach &reach) {
    for (const auto &[known, stack] : made)
      if (ArrayRef<Value>(known) == parts)
        return stack;
    bool above = llvm::all_of(parts, [&](Value v) { return reach.of(v) == TurnReach::Above; });
    OpBuilder b(above ? scan.getOperation() : bodyOf(scan).getTerminator());
    Value stack = stackOf(b, parts[0].getLoc(), parts);
    made.push_back({SmallVector<Value>(parts), stack});
    return stack;
  }

private:
  ScanOp scan;
  SmallVector<std::pair<SmallVector<Value>, Value>> made;
};

void collectTerms(Value value, SmallVector<Value> &terms, bool isRoot = true) {
  auto add = value.getDefiningOp<AddOp>();
  if (!add || !(isRoot || value.hasOneUse())) {
    terms.push_back(value);
    return;
  }
  collectTerms(add.getA(), terms, false);
  collectTerms(add.getB_(), terms, false);
}
} // namespace

/// The terms' products that are alike in all but their operands become one, the first term.
static bool addAlike(ScanOp scan, const TurnReach &reach, Stacks &stacks, AddOp root,
                     SmallVector<Value> &terms) {
  // By operand, formula and types, in the order of the terms.
  using Key = std::tuple<unsigned, StringRef, Type, Type>;
  llvm::MapVector<Key, SmallVector<Weighted>> groups;
  for (Value term : terms)
    if (auto product = Weighted::of(reach, term);
        product && term.hasOneUse() && reach.of(term) == TurnReach::Turns)
      groups[{product->weight, product->op.getSpec(), product->weightValue().getType(),
              product->other().getType()}]
          .push_back(*product);
  bool changed = false;
  OpBuilder b(root);
  for (auto &[key, group] : groups) {
    EinsumSpec spec = EinsumSpec::of(group[0].op);
    char letter = spec.freeLetter('g');
    if (group.size() < 2 || !letter)
      continue;
    SmallVector<Value> operands(2);
    for (unsigned i : {0u, 1u}) {
      SmallVector<Value> parts;
      for (const Weighted &each : group)
        parts.push_back(EinsumOp(each.op)->getOperand(i));
      operands[i] = stacks.of(parts, reach);
      spec.parts[i].insert(spec.parts[i].begin(), letter);
    }
    Value product = EinsumOp::create(b, root.getLoc(), group[0].op.getType(), operands[0],
                                     operands[1], spec.str());
    for (const Weighted &each : group)
      llvm::erase(terms, EinsumOp(each.op).getResult());
    terms.insert(terms.begin(), product);
    changed = true;
  }
  return changed;
}

void net::addProducts(ScanOp scan) {
  TurnReach reach(scan);
  Stacks stacks(scan);
  for (auto root : llvm::to_vector(bodyOf(scan).getOps<AddOp>())) {
    bool isInner = root->hasOneUse() && isa<AddOp>(*root->getUsers().begin());
    SmallVector<Value> terms;
    collectTerms(root.getResult(), terms);
    if (isInner || !addAlike(scan, reach, stacks, root, terms))
      continue;
    OpBuilder b(root);
    Value sum = terms[0];
    for (Value term : ArrayRef(terms).drop_front())
      sum = AddOp::create(b, root.getLoc(), sum, term);
    root.getResult().replaceAllUsesWith(sum);
  }
}

//===-- products of one operand --------------------------------------------------------------===//

namespace {
/// Products of a turn that differ in one operand, of one type.
struct Alike {
  SmallVector<EinsumOp> products;
  unsigned differing;
};

/// One product with the stack; the parts of the result in place of the alike ones.
void join(Alike &alike, Value stack) {
  EinsumOp first = alike.products[0];
  EinsumSpec spec = EinsumSpec::of(first);
  char letter = spec.freeLetter('g');
  if (!letter)
    return;
  OpBuilder b(first);
  spec.parts[alike.differing].insert(spec.parts[alike.differing].begin(), letter);
  spec.parts[2].insert(spec.parts[2].begin(), letter);
  SmallVector<Value> operands(first->getOperands());
  operands[alike.differing] = stack;
  SizeExpr count = shapeOf(stack.getType())[0];
  Value all = EinsumOp::create(b, first.getLoc(), stacked(first.getType(), count), operands[0],
                               operands[1], spec.str());
  for (auto [i, op] : llvm::enumerate(alike.products))
    op.getResult().replaceAllUsesWith(partOf(b, op.getLoc(), all, i));
}

/// Is one of the products on the way to the value?
bool dependsOn(Value value, const Alike &alike, llvm::DenseSet<Value> &seen) {
  Operation *op = value.getDefiningOp();
  if (!op || !seen.insert(value).second ||
      op->getBlock() != EinsumOp(alike.products[0])->getBlock())
    return false;
  return llvm::any_of(alike.products, [&](EinsumOp each) { return each.getOperation() == op; }) ||
         llvm::any_of(op->getOperands(), [&](Value v) { return dependsOn(v, alike, seen); });
}

/// Those whose operands are all parts of one stack of the turn, in its order.
std::optional<Alike> inOrderOf(ConcatOp concat, const Alike &alike) {
  Alike ordered{{}, alike.differing};
  for (Value x : concat.getXs()) {
    auto reshape = x.getDefiningOp<ReshapeOp>();
    if (!reshape || concat.getAxis() != 0 ||
        reshape.getType() != stacked(reshape.getX().getType(), SizeExpr(1)))
      return std::nullopt;
    auto found = llvm::find_if(alike.products, [&](EinsumOp op) {
      return op->getOperand(alike.differing) == reshape.getX();
    });
    if (found == alike.products.end())
      return std::nullopt;
    ordered.products.push_back(*found);
  }
  llvm::DenseSet<Value> seen;
  if (dependsOn(concat.getResult(), ordered, seen))
    return std::nullopt;
  return ordered;
}
} // namespace

void net::joinProducts(ScanOp scan) {
  TurnReach reach(scan);
  Stacks stacks(scan);
  for (unsigned differing : {1u, 0u}) {
    using Key = std::tuple<Value, StringRef, Type, unsigned>;
    llvm::MapVector<Key, Alike> groups;
    for (auto op : bodyOf(scan).getOps<EinsumOp>()) {
      Value same = op->getOperand(1 - differing), other = op->getOperand(differing);
      unsigned above = reach.of(other) == TurnReach::Above;
      if (op.use_empty() || reach.of(same) == TurnReach::Above)
        continue;
      Alike &alike = groups[{same, op.getSpec(), other.getType(), above}];
      alike.differing = differing;
      alike.products.push_back(op);
    }
    for (auto &[key, alike] : groups) {
      if (alike.products.size() < 2)
        continue;
      SmallVector<Value> parts;
      for (EinsumOp op : alike.products)
        parts.push_back(op->getOperand(differing));
      if (std::get<3>(key))
        join(alike, stacks.of(parts, reach));
      else
        for (auto concat : llvm::to_vector(bodyOf(scan).getOps<ConcatOp>()))
          if (auto ordered = inOrderOf(concat, alike))
            join(*ordered, concat.getResult());
    }
  }
}
