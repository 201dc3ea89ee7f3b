//===- Pull.h - elements computed where they are needed ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inside a kernel no array is built: whoever needs an element of a value asks for it
// by place. Elementwise operations compute it from their operands' elements, shape
// operations turn the place into one of their operand, arrays in memory are loaded.
// What does not depend on the innermost loop is emitted outside of it, and what was
// computed for a place is computed once.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_CODEGEN_PULL_H
#define NETC_CODEGEN_PULL_H

#include "codegen/Index.h"
#include "ir/NetDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace net {

/// Element(s) of a value in a register: one for all lanes, or a vector with one a lane. Types as `Lane`
/// has them: i1 for bool, i32 for u8 and i8, f32 for f16 and bf16.
struct Element {
  mlir::Value v;
  bool vector = false;
  unsigned scope = 0; ///< the loop that it is computed in; 0 is outside of all
};

/// One load or store of an array by a kernel.
struct Access {
  mlir::Value array; ///< the net value
  Index linear;      ///< row-major; ignored if `anywhere`
  bool store = false;
  bool masked = false;   ///< under a condition
  bool anywhere = false; ///< taken by pointer, not through `Pull`
};

class Pull {
public:
  /// Code goes where `builder` stands. `width` is the number of lanes; 1 for scalars.
  Pull(mlir::OpBuilder &builder, mlir::Location loc, int64_t width);

  mlir::OpBuilder &builder;
  mlir::Location loc;

  //===-- loops ------------------------------------------------------------------------------===//

  /// Lanes of a vector from here on. Elements that are cached as vectors of another width are forgotten.
  void setWidth(int64_t lanes);
  int64_t getWidth() const { return width; }

  using Body = llvm::function_ref<void(Index)>;
  using Carried = llvm::function_ref<llvm::SmallVector<mlir::Value>(Index, mlir::ValueRange)>;
  /// `for i in low .. high step s`. `below`: the variable plus the lanes used with it is less than this
  /// in every lane that counts (a symbolic bound for divisions), and a multiple of `multiple`.
  void loop(mlir::Value low, mlir::Value high, int64_t step, const SizeExpr &below, Body body);
  /// The same with values carried from turn to turn; gives the last ones.
  llvm::SmallVector<mlir::Value> loop(mlir::Value low, mlir::Value high, int64_t step, const SizeExpr &below,
                                      mlir::ValueRange init, Carried body);
  /// `for i in 0 .. count`, from the size alone.
  void loop(const SizeExpr &count, Body body);
  /// Code that runs if the condition holds.
  void when(mlir::Value condition, llvm::function_ref<void()> body);
  /// A variable of indices that is defined where the builder stands: an i64, or a vector of them.
  Index variable(mlir::Value value, const SizeExpr &below);

  //===-- lanes that count -------------------------------------------------------------------===//

  /// Loads, gathers and stores touch memory only where the mask holds (vector<width x i1>, or i1 for
  /// all lanes); elsewhere the elements are unspecified. Null: everywhere. Gives the former one.
  mlir::Value setMask(mlir::Value mask);
  mlir::Value getMask() const { return mask; }
  /// The mask of the first `count` lanes (an i64 value).
  mlir::Value firstLanes(mlir::Value count);

  //===-- elements ---------------------------------------------------------------------------===//

  /// The element(s) of a value of the kernel at a place.
  Element get(mlir::Value value, const Place &place);
  /// As one scalar (the place has no lanes) or a vector of `width` lanes (splat where uniform).
  mlir::Value scalar(mlir::Value value, const Place &place);
  mlir::Value vector(mlir::Value value, const Place &place);
  /// From now on this element of `value` is known: an accumulator, say. Valid in the current loop.
  void bind(mlir::Value value, const Place &place, mlir::Value element);
  /// Stores into the array of an output. Rounds to the type in memory.
  void store(mlir::Value output, const Place &place, Element element);

  /// An index as an i64, or a vector of them if lanes differ.
  Element materialize(const Index &index);
  /// A size as an i64, outside of all loops.
  mlir::Value size(const SizeExpr &size);
  /// One index an axis; divisions where a group has several.
  llvm::SmallVector<Index> axes(const Place &place, const Shape &shape);
  Index floorDiv(const Index &index, const SizeExpr &divisor);
  Index mod(const Index &index, const SizeExpr &divisor);
  Element splat(Element element); ///< as a vector, if it is none

  //===-- memory -----------------------------------------------------------------------------===//

  /// The value lies in memory here: dense, row-major.
  void setArray(mlir::Value value, mlir::Value pointer) { arrays[value] = pointer; }
  mlir::Value arrayOf(mlir::Value value) const { return arrays.lookup(value); }
  void setSize(const std::string &symbol, mlir::Value value) { symbols[symbol] = value; }
  void setError(mlir::Value pointer) { error = pointer; }
  /// Checks of this operation have run before: its value is taken as it is.
  void setChecked(mlir::Operation *op) { checkedBefore.insert(op); }
  std::vector<Access> accesses;

private:
  friend class PullOps;
  struct Scope {
    mlir::Operation *op; ///< the loop or condition, null for the outermost
  };
  struct Variable {
    mlir::Value value;
    SizeExpr below;
    unsigned scope;
    int64_t multiple; ///< of which the variable is a multiple
  };

  unsigned depth() const { return scopes.size() - 1; }
  unsigned scopeOf(const Index &index) const;
  unsigned scopeOfMask() const;
  bool hasLanes(const Index &index) const;
  /// Moves the builder to the end of what the scope holds so far.
  void goTo(unsigned scope);
  void enter(mlir::Operation *op, mlir::Block *block);
  void leave();
  Index newVariable(mlir::Value value, const SizeExpr &below, unsigned scope, int64_t multiple = 1);
  std::optional<SizeExpr> largest(const Index &index) const;
  bool isBelow(const Index &index, const SizeExpr &limit) const;
  std::pair<Index, Index> divide(const Index &index, const SizeExpr &divisor);
  Element compute(mlir::Value value, const Place &place);
  Element load(mlir::Value value, const Place &place);
  Element loadFrom(mlir::Value pointer, mlir::Type element, const Index &linear);
  mlir::Value fromMemory(mlir::Value v, mlir::Type element);
  mlir::Value toMemory(mlir::Value v, mlir::Type element);
  mlir::Value address(mlir::Value pointer, mlir::Type memory, mlir::Value offset);
  mlir::Value vectorMask();

  int64_t width;
  mlir::Value mask;
  unsigned maskScope = 0;
  llvm::SmallVector<Scope> scopes;
  std::vector<Variable> variables;
  std::map<std::string, Element> cache;
  std::map<std::string, std::pair<Index, Index>> divisions;
  llvm::DenseMap<mlir::Value, unsigned> valueNumbers;
  llvm::DenseMap<mlir::Value, mlir::Value> arrays;
  std::map<std::string, mlir::Value> symbols;
  std::map<std::string, Element> sizes;
  llvm::DenseSet<mlir::Operation *> checkedBefore;
  mlir::Value error;
};

/// The type in registers of an element type of the dialect, and its type in memory (signless; i8 for bool).
mlir::Type registerType(mlir::Type element);
mlir::Type memoryType(mlir::Type element);
int64_t bytesOf(mlir::Type element);
/// Wraps u8 and i8, rounds f16 and bf16 after arithmetic in the wider register type.
mlir::Value narrow(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value v, mlir::Type element);

} // namespace net
#endif // NETC_CODEGEN_PULL_H
