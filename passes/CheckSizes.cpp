//===- CheckSizes.cpp - what run-time sizes must be -----------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `x[0:3]` of an axis of size B wants B >= 3. Where a size is a name, only the run knows: the
// entry's attribute `net.size_checks` has the sizes that must not be negative, which the runtime
// looks at before it calls the entry. It is made before operations are simplified: what the
// program says counts, not what is left of it.
//
//===----------------------------------------------------------------------===//
#include "ir/Interpreter.h"
#include "ir/Reads.h"
#include "ir/ValueNames.h"
#include "passes/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace net {
#define GEN_PASS_DEF_CHECKSIZES
#include "passes/Passes.h.inc"
} // namespace net

using namespace mlir;
using namespace net;

/// Whatever the named sizes are, which are not negative?
static bool isNonNegative(const SizeExpr &size) {
  return llvm::all_of(size.getTerms(), [](const auto &term) {
    return term.second >= 0 && llvm::all_of(term.first, [](const SizeExpr::Atom &atom) {
             return !atom.quotient ||
                    (isNonNegative(atom.quotient->first) && isNonNegative(atom.quotient->second));
           });
  });
}

namespace {
class SizeChecks {
public:
  explicit SizeChecks(Builder builder) : builder(builder) {}
  void look(Operation *op);
  ArrayAttr attribute() { return builder.getArrayAttr(checks); }

private:
  void want(const SizeExpr &size, const Twine &text);
  void slice(SliceOp op);
  void part(Type whole, Type part);
  void position(Operation *op, Type x, int64_t axis);
  void windows(const SizeExpr &count, const SizeExpr &taps, int64_t dilation, const SizeExpr &size);

  Builder builder;
  Location loc = builder.getUnknownLoc();
  SmallVector<Attribute> checks;
  std::set<std::string> known;
};

struct CheckSizes : net::impl::CheckSizesBase<CheckSizes> {
  void runOnOperation() override {
    SizeChecks checks{Builder(&getContext())};
    // Turns of scans first: what they keep has the sizes of what they compute.
    getOperation().walk([&](Operation *op) { checks.look(op); });
    if (!checks.attribute().empty())
      getOperation()->setAttr("net.size_checks", checks.attribute());
  }
};
} // namespace

/// The size must not be negative; `text` is said if it is.
void SizeChecks::want(const SizeExpr &size, const Twine &text) {
  if (!size.isValid() || size.constant() || isNonNegative(size) || !known.insert(size.str()).second)
    return;
  NamedAttrList check;
  check.set("size", builder.getStringAttr(size.str()));
  check.set("text", builder.getStringAttr(text));
  if (FileLineColLoc place = fileLocation(loc)) {
    check.set("file", place.getFilename());
    check.set("line", builder.getI64IntegerAttr(place.getLine()));
  }
  checks.push_back(check.getDictionary(builder.getContext()));
}

void SizeChecks::slice(SliceOp op) {
  Shape x = shapeOf(op.getX().getType()), y = shapeOf(op.getType()),
        starts = op.getStarts().getShape();
  for (size_t i = 0; i < x.size(); ++i) {
    SizeExpr end = starts[i] + (y[i] - SizeExpr(1)) * SizeExpr(op.getStrides()[i]) + SizeExpr(1);
    bool one = y[i] == SizeExpr(1), none = y[i] == SizeExpr(0);
    std::string text =
        one ? "position " + starts[i].str() : "the part " + starts[i].str() + ":" + end.str();
    for (const SizeExpr &size : {starts[i], y[i], none ? SizeExpr(0) : x[i] - end})
      want(size, text + " is outside of an axis of size " + x[i].str());
  }
}

void SizeChecks::part(Type whole, Type part) {
  for (auto [x, y] : llvm::zip(shapeOf(whole), shapeOf(part)))
    want(x - y, "a part of size " + y.str() + " is none of an axis of size " + x.str());
}

/// The derivative of a maximum asks where it is, and then has nothing to put there.
static bool isOfDerivative(Operation *op) {
  Location loc = op->getLoc();
  while (auto call = dyn_cast<CallSiteLoc>(withoutName(loc)))
    loc = call.getCallee();
  return !ruleOf(loc).empty();
}

void SizeChecks::position(Operation *op, Type x, int64_t axis) {
  if (isOfDerivative(op))
    return;
  SizeExpr size = shapeOf(x)[axis];
  want(size - SizeExpr(1),
       op->getName().stripDialect() + ": there is no position in an axis of size " + size.str());
}

void SizeChecks::windows(const SizeExpr &count, const SizeExpr &taps, int64_t dilation,
                         const SizeExpr &size) {
  SizeExpr window = (taps - SizeExpr(1)) * SizeExpr(dilation) + SizeExpr(1);
  want(count - SizeExpr(1),
       "a window of " + window.str() + " does not fit into an axis of size " + size.str());
}

void SizeChecks::look(Operation *op) {
  loc = op->getLoc();
  llvm::TypeSwitch<Operation *>(op)
      .Case<SliceOp>([&](auto op) { slice(op); })
      .Case<ArgMaxOp, ArgMinOp>([&](auto op) { position(op, op.getX().getType(), op.getAxis()); })
      .Case<DynamicSliceOp>([&](auto op) { part(op.getX().getType(), op.getType()); })
      .Case<DynamicUpdateOp>([&](auto op) { part(op.getX().getType(), op.getU().getType()); })
      .Case<WindowOp>([&](WindowOp op) {
        Shape x = shapeOf(op.getX().getType()), y = shapeOf(op.getType());
        for (auto [axis, taps, dilation] :
             llvm::zip(op.getAxes(), op.getSizes(), op.getDilations()))
          windows(y[axis], SizeExpr(taps), dilation, x[axis]);
      })
      .Case<ConvOp>([&](ConvOp op) {
        Shape x = shapeOf(op.getX().getType()), w = shapeOf(op.getW().getType()),
              y = shapeOf(op.getType());
        for (auto [axis, dilation] : llvm::enumerate(op.getDilation()))
          windows(y[axis + 1], w[axis], dilation, x[axis + 1]);
      });
  for (Type type : op->getResultTypes())
    if (isa<RankedTensorType>(type))
      for (const SizeExpr &size : shapeOf(type))
        want(size, "an axis has the negative size " + size.str());
}
