//===- Evaluate.h - an expression over a whole data set ---------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_EVALUATE_H
#define NETC_RUNTIME_EVALUATE_H

#include "runtime/Call.h"

#include <memory>
#include <string>
#include <vector>

namespace netrt {

/// An array to look at.
struct ShownArray {
  std::string name;
  Dtype dtype;
  std::vector<int64_t> shape;
  const uint8_t *data;
};

/// `E on data`: an entry run over a part in batches. Scalars become the mean weighted by rows;
/// arrays with a leading batch axis are stacked.
class Evaluation {
public:
  /// `part` may be null: the entry reads no data set of its own and runs once. `batch` rows at a
  /// time, if the entry takes batches at all. `into` names a temporary per result that is kept
  /// (may be empty).
  Evaluation(Context &context, const EntryDecl &entry, const PartData *part, int64_t batch,
             const Scope *scope, const std::vector<std::string> &into);

  const EntryDecl &getEntry() const { return entry; }
  /// Binds for the largest batch; the scratch it takes.
  int64_t plan();
  void run();
  /// Keeps the entry's outputs for `collected`; to be called before `plan`.
  void collect();
  /// What the last run put out; valid until the next.
  std::vector<ShownArray> collected() const;
  /// The weighted mean of the scalar result with this name; without one, of the first scalar.
  double value(const std::string &name) const;

private:
  /// A result that is kept, in a variable or (-1) here.
  struct Kept {
    int result, var;
    Var own;
  };
  Var &target(Kept &keep);
  void shapeStack(Kept &keep);
  void stack(Kept &keep, int64_t firstRow);
  void runBatch();
  void store();

  Context &context;
  const EntryDecl &entry;
  Scope scope;
  std::unique_ptr<BatchSource> source;
  std::unique_ptr<Call> call;
  std::vector<Kept> kept;
  std::vector<double> sums; ///< per result
  double weight = 0;
};

} // namespace netrt
#endif // NETC_RUNTIME_EVALUATE_H
