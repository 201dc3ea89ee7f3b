//===- BuiltinsProduct.cpp - einsum, convolutions, windows ----------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/Builtins.h"
#include "llvm/ADT/StringExtras.h"

using namespace net;

namespace {
int64_t rankOf(mlir::Value x) { return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank(); }

/// Letters of one operand: right count, none twice, sizes recorded. False after a diagnostic.
bool readLetters(CallSite &c, llvm::StringRef letters, mlir::Value x,
                 std::map<char, SizeExpr> &sizes) {
  if (static_cast<int64_t>(letters.size()) != rankOf(x)) {
    c.error("N0206", "\"" + letters.str() + "\" names " + std::to_string(letters.size()) +
                         " axes, " + str(x.getType()) + " has " + std::to_string(rankOf(x)));
    return false;
  }
  Shape shape = shapeOf(x.getType());
  for (size_t i = 0; i < letters.size(); ++i) {
    if (!llvm::isAlpha(letters[i]) || letters.count(letters[i]) > 1) {
      c.error("N0206", "\"" + letters.str() + "\": one letter an axis, each once in an operand");
      return false;
    }
    auto [it, isNew] = sizes.try_emplace(letters[i], shape[i]);
    if (!isNew && it->second != shape[i]) {
      c.error("N0203", std::string("axis ") + letters[i] + " is " + it->second.str() + " here, " +
                           shape[i].str() + " there");
      return false;
    }
  }
  return true;
}

/// x summed over the letters that nobody else has; they leave `letters`.
mlir::Value sumOwn(CallSite &c, mlir::Value x, std::string &letters, llvm::StringRef others) {
  llvm::SmallVector<int64_t> axes;
  std::string kept;
  for (size_t i = 0; i < letters.size(); ++i) {
    if (others.contains(letters[i]))
      kept += letters[i];
    else
      axes.push_back(static_cast<int64_t>(i));
  }
  letters = kept;
  return axes.empty() ? x : c.emit().reduce<SumOp>(x, axes, false);
}

/// einsum("bij,bjk->bik", x, y), or of one array.
Value einsum(CallSite &c) {
  if (!c.accepts(2, 3))
    return {};
  auto spec = c.at(0).text();
  if (!spec || llvm::StringRef(*spec).count("->") != 1) {
    c.error("N0307", "begins with a text such as \"ij,jk->ik\"");
    return {};
  }
  std::string text;
  for (char letter : *spec)
    if (letter != ' ')
      text += letter;
  auto [inputs, out] = llvm::StringRef(text).split("->");
  llvm::SmallVector<llvm::StringRef> parts;
  inputs.split(parts, ',');
  if (parts.size() != c.count() - 1) {
    c.error("N0206", "\"" + text + "\" has " + std::to_string(parts.size()) +
                         " operands, the call " + std::to_string(c.count() - 1));
    return {};
  }
  mlir::Value x = c.array(1);
  if (!x)
    return {};
  std::map<char, SizeExpr> sizes;
  mlir::Value y;
  if (parts.size() == 2) {
    mlir::Type element = c.elaborator.commonElement(c.at(1), c.at(2), c.env, c.range, "multiply");
    x = element ? c.array(1, element) : mlir::Value();
    y = x ? c.array(2, element) : mlir::Value();
    if (!y)
      return {};
    x = c.emit().cast(x, element);
    y = c.emit().cast(y, element);
  }
  if (isBool(elementOf(x.getType()))) {
    c.error("N0302", "cannot multiply truth values").help("convert with `f32(..)`");
    return {};
  }
  if (!readLetters(c, parts[0], x, sizes) || (y && !readLetters(c, parts[1], y, sizes)))
    return {};
  for (char letter : out)
    if (!sizes.count(letter) || out.count(letter) > 1) {
      c.error("N0206",
              "\"" + text + "\": each letter of the result stands once there and in an operand");
      return {};
    }
  std::string left = parts[0].str();
  x = sumOwn(c, x, left, (y ? parts[1].str() : std::string()) + out.str());
  if (y) {
    std::string right = parts[1].str();
    y = sumOwn(c, y, right, left + out.str());
    return c.done(c.emit().einsum(x, y, left + "," + right + "->" + out.str()));
  }
  llvm::SmallVector<int64_t> order;
  for (char letter : out)
    order.push_back(static_cast<int64_t>(left.find(letter)));
  bool identity = llvm::is_sorted(order);
  return c.done(identity ? x : c.emit().transpose(x, order));
}

/// The size of a convolved axis; nothing where the window never fits.
SizeExpr convolved(const SizeExpr &n, const SizeExpr &taps, int64_t stride, int64_t low,
                   int64_t high, int64_t inputDilation, int64_t dilation) {
  SizeExpr spread = (n - 1) * inputDilation + 1 + low + high;
  SizeExpr window = (taps - 1) * dilation + 1;
  return (spread - window).floorDiv(stride) + 1;
}

/// False after a diagnostic if the window is known not to fit.
bool fits(CallSite &c, const SizeExpr &result, const SizeExpr &n, const SizeExpr &window) {
  auto count = result.constant();
  if (result.isValid() && (!count || *count >= 1))
    return true;
  c.error("N0209", "a window of " + window.str() + " does not fit into an axis of " + n.str())
      .help("pad the axis, or take a smaller window");
  return false;
}

/// What pads axes of these sizes on one side; nothing after a diagnostic.
std::optional<llvm::SmallVector<int64_t>> padding(CallSite &c, llvm::StringRef name,
                                                  llvm::ArrayRef<SizeExpr> sizes) {
  const Value *given = c.named(name);
  for (size_t i = 0; given && i < sizes.size(); ++i) {
    const Tuple *tuple = given->tuple();
    if (tuple && tuple->elements.size() != sizes.size())
      break;
    const Value &value = tuple ? tuple->elements[i] : *given;
    if (value.wholeNumber() || value.isPoison() || sizes[i].constant())
      continue;
    c.error("N0307", "how much pads the axis of size " + sizes[i].str() +
                         " depends on that size, which is known only when the program runs")
        .help("give the axis a number in the type of the input; with a stride of 1 or `padding = "
              "valid` it may have any size");
    return std::nullopt;
  }
  return c.wholes(given, name, sizes.size(), 0);
}

/// conv(x, w, strides = (1, 1), low = (0, 0), high = (0, 0), dilation = (1, 1), input_dilation =
/// (1, 1), groups = 1): x: [N, spatial.., C], w: [taps.., C / groups, O].
Value conv(CallSite &c) {
  if (!c.accepts(
          2, 2, {"strides", "low", "high", "dilation", "input_dilation", "groups", "batch_groups"}))
    return {};
  mlir::Value x = c.real(0), w = x ? c.array(1) : x;
  if (!w)
    return {};
  if (elementOf(x.getType()) != elementOf(w.getType())) {
    c.error("N0301", "element types are not converted silently: " + c.at(0).describe() + " and " +
                         c.at(1).describe());
    return {};
  }
  int64_t spatial = rankOf(x) - 2;
  if (spatial < 1 || rankOf(w) != rankOf(x)) {
    c.error(
        "N0206",
        "takes x: [N, spatial.., C] and w: [taps.., C / groups, O] of the same rank, these are " +
            c.at(0).describe() + " and " + c.at(1).describe());
    return {};
  }
  auto strides = c.wholes(c.named("strides"), "strides", spatial, 1);
  Shape padded = shapeOf(x.getType());
  padded.erase(padded.begin());
  padded.pop_back();
  auto low = padding(c, "low", padded);
  auto high = low ? padding(c, "high", padded) : std::nullopt;
  auto dilation = c.wholes(c.named("dilation"), "dilation", spatial, 1);
  auto inputDilation = c.wholes(c.named("input_dilation"), "input_dilation", spatial, 1);
  auto groups = c.whole(c.named("groups"), "groups", 1);
  auto batchGroups = c.whole(c.named("batch_groups"), "batch_groups", 1);
  if (!strides || !low || !high || !dilation || !inputDilation || !groups || !batchGroups)
    return {};
  for (int64_t i = 0; i < spatial; ++i)
    if ((*strides)[i] < 1 || (*dilation)[i] < 1 || (*inputDilation)[i] < 1 || *groups < 1 ||
        *batchGroups < 1) {
      c.error("N0307", "strides, dilations and groups are at least 1");
      return {};
    }
  Shape sx = shapeOf(x.getType()), sw = shapeOf(w.getType());
  if (sw[spatial] * *groups != sx.back() || sw.back().floorDiv(*groups) * *groups != sw.back()) {
    auto &d = c.error("N0203", "x has " + sx.back().str() + " channels, w takes " +
                                   sw[spatial].str() + " in each of " + std::to_string(*groups) +
                                   " groups and gives " + sw.back().str());
    c.elaborator.note(d, c.at(0), "x is " + c.at(0).describe());
    c.elaborator.note(d, c.at(1), "w is " + c.at(1).describe());
    return {};
  }
  if (sx[0].floorDiv(*batchGroups) * *batchGroups != sx[0] ||
      sw.back().floorDiv(*batchGroups) * *batchGroups != sw.back()) {
    c.error("N0203", std::to_string(*batchGroups) + " batch groups divide neither a batch of " +
                         sx[0].str() + " nor " + sw.back().str() + " channels");
    return {};
  }
  Shape shape = {sx[0].floorDiv(*batchGroups)};
  for (int64_t i = 0; i < spatial; ++i) {
    SizeExpr n = convolved(sx[i + 1], sw[i], (*strides)[i], (*low)[i], (*high)[i],
                           (*inputDilation)[i], (*dilation)[i]);
    if (!fits(c, n, sx[i + 1], sw[i]))
      return {};
    shape.push_back(n);
  }
  shape.push_back(sw.back());
  Emit e = c.emit();
  return c.done(ConvOp::create(e.builder, e.loc, tensorOf(elementOf(x.getType()), shape), x, w,
                               *strides, *low, *high, *inputDilation, *dilation,
                               static_cast<uint64_t>(*groups), static_cast<uint64_t>(*batchGroups))
                    .getResult());
}

/// windows(x, (2, 2), over = (1, 2), strides = (2, 2), dilation = 1, low = 0, high = 0, value = 0):
/// the windowed axes count windows; the windows' own axes come last.
Value windows(CallSite &c) {
  if (!c.accepts(2, 2, {"over", "strides", "dilation", "low", "high", "value"}))
    return {};
  mlir::Value x = c.array(0);
  auto axes = x ? c.over(x) : std::nullopt;
  if (!axes)
    return {};
  size_t n = axes->size();
  auto sizes = c.wholes(&c.at(1), "the window", n, 1);
  auto strides = c.wholes(c.named("strides"), "strides", n, 1);
  auto dilation = c.wholes(c.named("dilation"), "dilation", n, 1);
  Shape shape = shapeOf(x.getType()), padded;
  for (int64_t axis : *axes)
    padded.push_back(shape[axis]);
  auto low = padding(c, "low", padded);
  auto high = low ? padding(c, "high", padded) : std::nullopt;
  if (!sizes || !strides || !dilation || !low || !high)
    return {};
  Emit e = c.emit();
  mlir::Type element = elementOf(x.getType());
  mlir::Value value = c.named("value") ? c.array(*c.named("value"), element) : e.number(0, element);
  if (!value)
    return {};
  if (value.getType() != tensorOf(element, {})) {
    c.error("N0301", "value is " + str(value.getType()) + ", not a scalar " + elementName(element));
    return {};
  }
  for (size_t i = 0; i < n; ++i) {
    if ((*sizes)[i] < 1 || (*strides)[i] < 1 || (*dilation)[i] < 1) {
      c.error("N0307", "windows, strides and dilations are at least 1");
      return {};
    }
    SizeExpr &axis = shape[(*axes)[i]];
    SizeExpr count =
        convolved(axis, (*sizes)[i], (*strides)[i], (*low)[i], (*high)[i], 1, (*dilation)[i]);
    if (!fits(c, count, axis, (*sizes)[i]))
      return {};
    axis = count;
  }
  for (int64_t size : *sizes)
    shape.push_back(SizeExpr(size));
  return c.done(WindowOp::create(e.builder, e.loc, tensorOf(element, shape), x, value, *axes,
                                 *sizes, *strides, *dilation, *low, *high)
                    .getResult());
}
} // namespace

void net::addProducts(Primitives &table) {
  table["einsum"] = einsum;
  table["conv"] = conv;
  table["windows"] = windows;
}
