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

#include "codegen/Cuts.h"
#include "codegen/Index.h"
#include "ir/NetDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace net {

/// Element(s) of a value in a register: one for all lanes, or a vector with one a lane. Types as
/// `Lane` has them: i1 for bool, i32 for u8 and i8, f32 for f16 and bf16.
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
  bool anywhere = false; ///< taken by pointer, not through `Pull`
  /// Chunk c stays within elements c * part .. (c + 1) * part - 1; invalid if that is not known.
  SizeExpr part = SizeExpr::invalid();
};

class Pull {
public:
  /// Code goes where `builder` stands. `width` is the number of lanes; 1 for scalars.
  Pull(mlir::OpBuilder &builder, mlir::Location loc, int64_t width);

  mlir::OpBuilder &builder;
  mlir::Location loc;

  //===-- loops ------------------------------------------------------------------------------===//

  /// Lanes of a vector from here on. Elements cached as vectors of another width are forgotten.
  void setWidth(int64_t lanes);
  int64_t getWidth() const { return width; }

  using Body = llvm::function_ref<void(Index)>;
  using Carried = llvm::function_ref<llvm::SmallVector<mlir::Value>(Index, mlir::ValueRange)>;
  /// `for i in low .. high step s`; i is less than `below` (an invalid size: not known).
  void loop(mlir::Value low, mlir::Value high, int64_t step, const SizeExpr &below, Body body);
  /// The same with values carried from turn to turn; gives the last ones.
  llvm::SmallVector<mlir::Value> loop(mlir::Value low, mlir::Value high, int64_t step,
                                      const SizeExpr &below, mlir::ValueRange init, Carried body);
  /// `for i in 0 .. count`, from the size alone.
  void loop(const SizeExpr &count, Body body);
  llvm::SmallVector<mlir::Value> loop(const SizeExpr &count, mlir::ValueRange init, Carried body);
  /// As long as `goesOn` gives true for the number of the turn as well; gives how many turns ran.
  mlir::Value loopWhile(const SizeExpr &count, llvm::function_ref<mlir::Value(mlir::Value)> goesOn,
                        Body body);
  /// Code that runs if the condition holds.
  void when(mlir::Value condition, llvm::function_ref<void()> body);
  /// The loop that is being filled; 0 outside of all.
  unsigned scope() const { return depth(); }
  /// A variable of indices, computed in the current loop: an i64, or a vector of them.
  Index variable(mlir::Value value, const SizeExpr &below = SizeExpr::invalid());
  /// This variable is the number of the kernel's chunk, times `unit`: so accesses that stay within
  /// a chunk's own part of an array are seen, and need no barrier.
  void setChunk(const Index &variable, const SizeExpr &unit = 1);
  /// `base` + lane, which is less than `below` in every lane that counts.
  Index lanesFrom(const Index &base, const SizeExpr &below);

  //===-- lanes that count -------------------------------------------------------------------===//

  /// Which lanes, and which elements at all, count: loads and stores touch memory only there,
  /// elsewhere elements are unspecified. Null means all.
  struct Mask {
    Element lanes;   ///< vector<width x i1>
    Element uniform; ///< i1: a condition that does not depend on the lane
  };
  const Mask &getMask() const { return mask; }
  /// Gives the former one, to be set again.
  Mask setMask(const Mask &mask);
  /// The mask of the first `count` lanes (an i64 value), computed here.
  Element firstLanes(mlir::Value count);
  /// What holds under the present mask and the condition.
  Mask maskAnd(Element condition);

  //===-- elements ---------------------------------------------------------------------------===//

  /// The element(s) of a value of the kernel at a place.
  Element get(mlir::Value value, const Place &place);
  /// As one scalar (the place has no lanes) or a vector of `width` lanes (splat where uniform).
  mlir::Value scalar(mlir::Value value, const Place &place);
  mlir::Value vector(mlir::Value value, const Place &place);
  /// From now on this element of `value` is known: an accumulator, say. Valid in the current loop.
  void bind(mlir::Value value, const Place &place, mlir::Value element);
  void bind(mlir::Value value, const Place &place, Element element);
  /// Stores into the array of an output. Rounds to the type in memory.
  void store(mlir::Value output, const Place &place, Element element);

  /// What the array of an output holds at this moment.
  Element reload(mlir::Value output, const Place &place);
  /// An index that an array of integers holds.
  Index loadedIndex(mlir::Value index, const Place &place, const SizeExpr &below);
  /// An index as an i64, or a vector of them if lanes differ.
  Element materialize(const Index &index);
  /// A size as an i64, outside of all loops.
  mlir::Value size(const SizeExpr &size);
  /// Do lanes differ in it?
  bool hasLanes(const Place &place) const;
  /// One index an axis; divisions where a group has several.
  llvm::SmallVector<Index> axes(const Place &place, const Shape &shape);
  Index floorDiv(const Index &index, const SizeExpr &divisor);
  Index mod(const Index &index, const SizeExpr &divisor);
  std::pair<Index, Index> divide(const Index &index, const SizeExpr &divisor); ///< floorDiv and mod
  Element splat(Element element); ///< as a vector, if it is none
  Element zero(mlir::Type element);

  //===-- conditions -------------------------------------------------------------------------===//

  /// Is 0 <= index (if `low`) and index < size (if `high`)? Nothing if that is certain.
  Element inRange(const Index &index, const SizeExpr &size, bool low, bool high);
  /// Both; nothing counts as true.
  Element conjunction(Element a, Element b);
  Element choose(Element condition, Element a, Element b);
  /// The element where the condition holds, else `otherwise`; memory is touched only where it
  /// holds.
  Element guarded(Element condition, mlir::Value value, const Place &place, Element otherwise);

  //===-- memory -----------------------------------------------------------------------------===//

  /// The value lies in memory here: dense, row-major.
  void setArray(mlir::Value value, mlir::Value pointer) { arrays[value] = pointer; }
  mlir::Value arrayOf(mlir::Value value) const { return arrays.lookup(value); }
  void setSize(const std::string &symbol, mlir::Value value) { symbols[symbol] = value; }
  void setError(mlir::Value pointer) { error = pointer; }
  /// Checks of this operation have run before: its value is taken as it is.
  void setChecked(mlir::Operation *op) { checkedBefore.insert(op); }
  std::vector<Access> accesses;

  /// Where loops over places of a value are to be cut.
  CutAnalysis cuts;

private:
  friend class Reducer;
  struct Variable {
    mlir::Value value;
    SizeExpr below;
    unsigned scope;
    bool withLanes;               ///< `below` holds for the sum with the lane's number
    SizeExpr chunk = SizeExpr(0); ///< how many of it a chunk has; 0: it is not the chunk's number
    bool mayBeNegative = false;   ///< out of what is guarded
  };

  unsigned depth() const { return scopes.size() - 1; }
  /// The innermost condition around here: what touches memory stays inside, though it may not
  /// depend on anything in there.
  unsigned conditionScope() const;
  unsigned scopeOf(const Index &index) const;
  unsigned scopeOf(const Place &place) const;
  bool hasLanes(const Index &index) const;
  void enter(mlir::Operation *op, mlir::Block *block);
  void leave();
  unsigned number(mlir::Value value);
  /// Code that belongs at the end of what a scope holds so far.
  template <typename Emit> auto at(unsigned scope, Emit emit) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    if (scope < depth())
      builder.setInsertionPoint(scopes[scope + 1]);
    return emit();
  }
  /// The same for code with loops of its own: inner scopes are out of sight meanwhile.
  void detour(unsigned scope, llvm::function_ref<void()> emit);

  mlir::Value constant(int64_t number, mlir::Type type);
  mlir::Type vectorOf(mlir::Type type) const;
  Index newVariable(mlir::Value value, const SizeExpr &below, unsigned scope,
                    bool withLanes = false);
  /// The largest value; invalid if it is not known, or may be negative.
  SizeExpr largest(const Index &index) const;
  bool isBelow(const Index &index, const SizeExpr &limit) const;
  /// Without what never leads out of a block of elements, if blocks begin at 0 and at `limit`.
  Index blockOf(const Index &index, const SizeExpr &limit) const;
  bool mayBeNegative(const Index &index) const;
  /// For certain, wherever it is evaluated.
  bool fitsInt32(const Index &index) const;
  /// The quotient of an index and its remainder, computed.
  std::pair<Index, Index> divideValue(const Index &index, const SizeExpr &divisor);
  std::optional<std::pair<Index, Index>> dividePattern(const Index &index, int64_t divisor);
  /// Splits groups at the axes marked, and no others.
  Place refined(const Place &place, const Shape &shape, const llvm::SmallVector<bool> &boundary);

  SizeExpr partOf(const Index &linear) const;
  Element compute(mlir::Value value, const Place &place);
  Element elementwise(ScalarOp op, const Place &place);
  Element checked(CheckedOp op, const Place &place);
  Element constantOf(ConstantOp op);
  Element broadcast(BroadcastOp op, const Place &place);
  Element transpose(TransposeOp op, const Place &place);
  Element slice(SliceOp op, const Place &place);
  Element reverse(ReverseOp op, const Place &place);
  Element pad(PadOp op, const Place &place);
  Element concat(ConcatOp op, const Place &place);
  Element window(WindowOp op, const Place &place);
  Element unwindow(UnwindowOp op, const Place &place);
  Element take(TakeOp op, const Place &place);
  Element takeAlong(TakeAlongOp op, const Place &place);
  Element dynamicSlice(DynamicSliceOp op, const Place &place);
  Element dynamicUpdate(DynamicUpdateOp op, const Place &place);
  Element random(mlir::Operation *op, const Place &place);
  Element reduction(mlir::Operation *root, const Place &place);

  /// `here`: in the current loop, whatever it depends on.
  Element load(mlir::Value pointer, mlir::Type element, const Index &linear, bool here = false);
  mlir::Value fromMemory(mlir::Value v, mlir::Type element);
  mlir::Value toMemory(mlir::Value v, mlir::Type element);
  mlir::Value address(mlir::Value pointer, mlir::Type memory, mlir::Value offset);
  Element lanesMask();

  int64_t width;
  Mask mask;
  llvm::SmallVector<mlir::Operation *> scopes; ///< the loop or condition, null for the outermost
  std::vector<Variable> variables;
  std::map<std::string, Element> cache;
  std::map<std::string, std::pair<Index, Index>> divisions;
  llvm::DenseMap<mlir::Value, unsigned> valueNumbers;
  llvm::DenseMap<mlir::Value, mlir::Value> arrays;
  std::map<std::string, mlir::Value> symbols;
  llvm::DenseSet<mlir::Operation *> checkedBefore;
  mlir::Value error;
};

/// The type in registers of an element type of the dialect, and its type in memory (signless; i8
/// for bool).
mlir::Type registerType(mlir::Type element);
mlir::Type memoryType(mlir::Type element);
int64_t bytesOf(mlir::Type element);
/// Stores the lanes of a vector that a mask names.
void storeLanes(mlir::OpBuilder &b, mlir::Location loc, mlir::Value v, mlir::Value at,
                mlir::Value mask, unsigned alignment);
/// Wraps u8 and i8, rounds f16 and bf16 after arithmetic in the wider register type.
mlir::Value narrow(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value v, mlir::Type element);

} // namespace net
#endif // NETC_CODEGEN_PULL_H
