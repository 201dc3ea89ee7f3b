//===- MergeKernels.cpp - one function for kernels alike ------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers alike have kernels alike: code grows with the kinds of kernel, not with depth. What makes
// the weights of a layer, or updates its bias, differs from another layer's in numbers alone: they
// become arguments. MLIR's own duplicate-function-elimination tells those apart, and hashes each
// function several times, on one thread.
//
//===----------------------------------------------------------------------===//
#include "codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/Pass.h"

#include <deque>

using namespace mlir;
using namespace net;

//===-- numbers ------------------------------------------------------------------------------===//

/// Is the number as good in a register as in the code? It is where arithmetic meets what is known
/// at run time only. But code depends on how often a loop turns, and on what it divides by.
static bool mayVary(arith::ConstantOp constant, func::FuncOp kernel) {
  Type type = constant.getType(), element = getElementTypeOrSelf(type);
  bool real =
      isa<FloatType>(element) && (element == type || isa<SplatElementsAttr>(constant.getValue()));
  if (!real && !type.isInteger(64))
    return false;
  return llvm::all_of(constant->getUsers(), [&](Operation *user) {
    if (isa<vector::BroadcastOp>(user))
      return true;
    bool divides =
        isa<arith::DivSIOp, arith::FloorDivSIOp, arith::CeilDivSIOp, arith::RemSIOp>(user);
    bool folds =
        llvm::all_of(user->getOperands(), [](Value v) { return matchPattern(v, m_Constant()); });
    return isa<arith::ArithDialect>(user->getDialect()) && !folds &&
           (!divides || user->getParentOp() == kernel);
  });
}

/// The number of an array whose elements are all the same, or the number.
static TypedAttr scalarOf(TypedAttr number) {
  auto splat = dyn_cast<SplatElementsAttr>(number);
  return splat ? splat.getSplatValue<TypedAttr>() : number;
}

//===-- kernels ------------------------------------------------------------------------------===//

static llvm::hash_code hashOf(func::FuncOp function) {
  llvm::hash_code hash = mlir::hash_value(function.getFunctionType());
  function.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(
        hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::ignoreHashValue,
                                                OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

namespace {
/// A kernel and its numbers apart from it: zeros are in their places.
struct Kernel {
  func::FuncOp function;
  SmallVector<arith::ConstantOp> places;
  SmallVector<TypedAttr> numbers;
  llvm::hash_code hash;

  explicit Kernel(func::FuncOp function) : function(function), hash(0) {}

  void takeNumbersOut() {
    Builder b(function.getContext());
    function.getBody().walk([&](arith::ConstantOp constant) {
      if (!mayVary(constant, function))
        return;
      places.push_back(constant);
      numbers.push_back(constant.getValue());
      constant.setValueAttr(b.getZeroAttr(constant.getType()));
    });
    hash = hashOf(function);
  }
};

bool areAlike(const Kernel &left, const Kernel &right) {
  func::FuncOp a = left.function, b = right.function;
  return a.getFunctionType() == b.getFunctionType() && a.getArgAttrsAttr() == b.getArgAttrsAttr() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(),
                                                    OperationEquivalence::IgnoreLocations);
}

/// Kernels alike: the first stands for all, and takes as arguments the numbers in which they
/// differ.
struct Group {
  SmallVector<Kernel *, 1> members;
  SmallVector<unsigned> arguments; ///< their places, as of `Kernel::places`

  /// Puts numbers into the first member, or arguments for them; erases the others.
  void settle() {
    Kernel &kept = *members[0];
    func::FuncOp function = kept.function;
    OpBuilder b(function.getBody());
    SmallVector<Value> values;
    for (auto [place, constant] : llvm::enumerate(kept.places)) {
      if (llvm::all_of(members, [&, place = place](Kernel *member) {
            return member->numbers[place] == kept.numbers[place];
          })) {
        constant.setValueAttr(kept.numbers[place]);
        continue;
      }
      size_t at = argumentFor(place);
      if (at == values.size())
        values.push_back(addArgument(b, constant));
      constant.replaceAllUsesWith(values[at]);
      constant.erase();
    }
    for (Kernel *member : llvm::drop_begin(members))
      member->function.erase();
  }

private:
  /// Numbers that are equal in each member are one argument.
  size_t argumentFor(unsigned place) {
    auto same = llvm::find_if(arguments, [&](unsigned other) {
      return llvm::all_of(members, [&](Kernel *member) {
        return member->numbers[place] == member->numbers[other];
      });
    });
    size_t at = same - arguments.begin();
    if (same == arguments.end())
      arguments.push_back(place);
    return at;
  }

  Value addArgument(OpBuilder &b, arith::ConstantOp constant) {
    func::FuncOp function = members[0]->function;
    unsigned index = function.getNumArguments();
    Location loc = constant.getLoc();
    (void)function.insertArgument(index, getElementTypeOrSelf(constant.getType()), {}, loc);
    Value argument = function.getArgument(index);
    if (isa<VectorType>(constant.getType()))
      return vector::BroadcastOp::create(b, loc, constant.getType(), argument);
    return argument;
  }
};

struct MergeKernels : PassWrapper<MergeKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MergeKernels)
  StringRef getArgument() const final { return "net-merge-kernels"; }
  StringRef getDescription() const final { return "one function for kernels alike"; }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<arith::ArithDialect, vector::VectorDialect>();
  }

  void runOnOperation() final {
    // The runtime finds entries by name.
    std::vector<Kernel> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("net.entry"))
        kernels.emplace_back(function);
    parallelFor(&getContext(), 0, kernels.size(), [&](size_t i) { kernels[i].takeNumbersOut(); });
    std::deque<Group> groups;
    llvm::DenseMap<size_t, SmallVector<Group *, 1>> byHash;
    llvm::DenseMap<StringAttr, std::pair<Kernel *, Group *>> byName;
    for (Kernel &kernel : kernels) {
      auto &near = byHash[kernel.hash];
      auto found =
          llvm::find_if(near, [&](Group *group) { return areAlike(kernel, *group->members[0]); });
      Group *group = found != near.end() ? *found : near.emplace_back(&groups.emplace_back());
      group->members.push_back(&kernel);
      byName[kernel.function.getSymNameAttr()] = {&kernel, group};
    }
    for (Group &group : groups)
      group.settle();
    getOperation().walk([&](func::CallOp call) {
      if (auto callee = byName.find(call.getCalleeAttr().getAttr()); callee != byName.end())
        redirect(call, *callee->second.first, *callee->second.second);
    });
  }

  /// The call of one member calls the one that stands for it.
  static void redirect(func::CallOp call, const Kernel &member, const Group &group) {
    OpBuilder b(call);
    for (unsigned place : group.arguments)
      call.getOperandsMutable().append(
          arith::ConstantOp::create(b, call.getLoc(), scalarOf(member.numbers[place])).getResult());
    func::FuncOp kept = group.members[0]->function;
    call.setCalleeAttr(FlatSymbolRefAttr::get(kept.getSymNameAttr()));
  }
};
} // namespace

std::unique_ptr<Pass> net::createMergeKernels() { return std::make_unique<MergeKernels>(); }

void net::registerMergeKernels() {
  registerPass([] { return std::make_unique<MergeKernels>(); });
}
