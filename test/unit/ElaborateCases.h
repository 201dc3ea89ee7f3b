//===- ElaborateCases.h - programs elaborated and interpreted ---*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_TEST_ELABORATECASES_H
#define NETC_TEST_ELABORATECASES_H

#include "frontend/Elaborator.h"
#include "ir/Interpreter.h"

#include <map>
#include <string>
#include <vector>

namespace net {
namespace test {

using Numbers = std::vector<double>;

/// `array("f32", {2, 3}, {..})`; one number fills the whole shape.
Array array(const char *element, std::vector<int64_t> shape, const Numbers &numbers);

/// A text with the library below it, elaborated for prediction (or training), without blocks.
class Elaborated {
public:
  explicit Elaborated(const std::string &text, bool library = true);
  ~Elaborated();

  /// The network by name, with its signature elaborated; null after a diagnostic.
  const Specialization *network(const std::string &name, bool training = false);
  /// The network's result for these arguments; tuples are flattened. Parameters and states are
  /// those of `params` by path, the others are 0.5 everywhere. The text of the error comes instead.
  std::vector<Array> run(const std::string &name, std::vector<Array> arguments,
                         const std::map<std::string, Numbers> &params = {}, bool training = false);
  /// Paths, kinds and types of what the network holds: `dense_1.W: f32[3, 2]`, ascending.
  std::vector<std::string> slots(const std::string &name);
  /// The initial value of a slot by path.
  Array initial(const std::string &name, const std::string &path);
  /// All messages so far.
  std::string messages() const;

  std::string error;            ///< of the last run
  bool expandGradients = false; ///< by the pass, for gradients of gradients

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// Numbers of the only result, after `run`.
Numbers numbers(const Array &array);

} // namespace test
} // namespace net
#endif // NETC_TEST_ELABORATECASES_H
