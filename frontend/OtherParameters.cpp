//===- OtherParameters.cpp - (Net with bundle)(x) -------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Elaborator.h"

using namespace net;

namespace {
/// A frame in which the parameters of a bundle have its values, and nothing is set.
class WithFrame : public Frame {
public:
  WithFrame(Frame &around, const Bundle &bundle)
      : Frame(around.builder.getContext(), around.training, around.id), around(around),
        bundle(bundle) {
    builder.restoreInsertionPoint(around.builder.saveInsertionPoint());
    continueNames(around.givenNames());
    turns = around.turns;
    depth = around.depth;
  }
  ~WithFrame() override {
    around.continueNames(givenNames());
    around.trainingAsked |= trainingAsked;
  }
  mlir::Value key() override { return around.key(); }
  bool mayInstantiate() const override { return around.mayInstantiate(); }

  bool used = false; ///< whether the bundle was of any use

protected:
  mlir::Value load(const Slot &slot) override {
    std::string path = fullPath(slot, "");
    for (const auto &[name, value] : bundle.parts)
      if (slot.kind == Slot::Kind::Param && name == path && value.getType() == slot.type) {
        used = true;
        return value;
      }
    return around.read(slot);
  }
  void store(const Slot &, mlir::Value) override {}
  bool stores() override { return false; }

private:
  Frame &around;
  const Bundle &bundle;
};
} // namespace

Value Elaborator::evaluateWith(const ast::With &expr, Env &env) {
  Value network = evaluate(*expr.network, env), bundle = evaluate(*expr.bundle, env);
  if (network.isPoison() || bundle.isPoison())
    return {};
  if (!network.instance()) {
    error(expr.network->range, "N0503",
          "a network or layer is wanted, this is " + network.describe());
    return {};
  }
  auto *parts = bundle.as<std::shared_ptr<const Bundle>>();
  if (!parts) {
    error(expr.bundle->range, "N0502",
          "the parameters of a network are wanted, this is " + bundle.describe())
        .help("`params(Net)`, and what is computed from it");
    return {};
  }
  auto all = std::make_shared<Bundle>(**parts);
  // What it was given before stays where it is not given again.
  if (network.with)
    for (const auto &part : network.with->parts)
      if (llvm::none_of(all->parts, [&](const auto &p) { return p.first == part.first; }))
        all->parts.push_back(part);
  network.with = all;
  network.withRange = expr.range;
  return network;
}

Value Elaborator::atParameters(const Value &network, Env &env, const PlainInside &what) {
  Value plain = network;
  plain.with = nullptr;
  WithFrame frame(env.frame, *network.with);
  Env inside{frame, env.scope};
  Value result = what(plain, inside);
  // What a network shows is a part of it at these parameters; an array is one of them.
  if (result.as<LayerPath>())
    result.with = network.with;
  return result;
}

Value Elaborator::appliedWith(const Value &callee, Arguments arguments, Env &env,
                              SourceRange range) {
  Value plain = callee;
  plain.with = nullptr;
  WithFrame frame(env.frame, *callee.with);
  Env inside{frame, env.scope};
  Value result = applied(plain, std::move(arguments), inside, range, "");
  if (!result.isPoison() && !frame.used) {
    error(callee.withRange, "N0502",
          "these are the parameters of another network, " + plain.describe() + " has none of them");
    return {};
  }
  return result;
}
