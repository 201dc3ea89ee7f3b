//===- Dtype.cpp - names, sizes and conversion of element types -----------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Dtype.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace netrt {

struct DtypeRow {
  const char *name, *safetensors, *numpy;
  int64_t size;
};

static const DtypeRow table[] = {{"bool", "BOOL", "|b1", 1}, {"u8", "U8", "|u1", 1},
                                 {"i8", "I8", "|i1", 1},     {"i16", "I16", "<i2", 2},
                                 {"i32", "I32", "<i4", 4},   {"i64", "I64", "<i8", 8},
                                 {"f16", "F16", "<f2", 2},   {"bf16", "BF16", nullptr, 2},
                                 {"f32", "F32", "<f4", 4},   {"f64", "F64", "<f8", 8}};

static const DtypeRow &row(Dtype type) { return table[static_cast<int>(type)]; }

int64_t sizeOf(Dtype type) { return row(type).size; }
const char *nameOf(Dtype type) { return row(type).name; }
const char *safetensorsName(Dtype type) { return row(type).safetensors; }
const char *numpyName(Dtype type) { return row(type).numpy; }
bool isFloat(Dtype type) { return type >= Dtype::F16; }

static std::optional<Dtype> find(const std::string &name, const char *DtypeRow::*field) {
  for (int i = 0; i < int(sizeof table / sizeof *table); ++i)
    if (table[i].*field && name == table[i].*field)
      return static_cast<Dtype>(i);
  return std::nullopt;
}

std::optional<Dtype> dtypeNamed(const std::string &name) {
  if (name == "i1" || name == "ui8") // the intermediate representation's names of bool and u8
    return name == "i1" ? Dtype::Bool : Dtype::U8;
  return find(name, &DtypeRow::name);
}
std::optional<Dtype> dtypeOfSafetensors(const std::string &name) {
  return find(name, &DtypeRow::safetensors);
}
std::optional<Dtype> dtypeOfNumpy(const std::string &name) { return find(name, &DtypeRow::numpy); }

template <typename T> static T load(const void *element) {
  T value;
  memcpy(&value, element, sizeof value);
  return value;
}

template <typename T> static void store(void *element, T value) {
  memcpy(element, &value, sizeof value);
}

static double loadHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 31  ? (fraction ? NAN : INFINITY)
                 : exponent == 0 ? std::ldexp(fraction, -24)
                                 : std::ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 ? -value : value;
}

static uint16_t halfOf(double value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  double size = std::fabs(value);
  if (std::isnan(value))
    return sign | 0x7e00;
  if (size >= 65520) // halfway between the largest half and the next power
    return sign | 0x7c00;
  int exponent;
  std::frexp(size, &exponent);
  if (exponent < -13) // below the normals all halfs are multiples of 2^-24
    return sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(size, 24)));
  // A carry out of the fraction runs into the exponent, as it should.
  auto fraction = static_cast<uint32_t>(std::nearbyint(std::ldexp(size, 11 - exponent)));
  return sign | static_cast<uint16_t>(((exponent + 13) << 10) + fraction);
}

static uint16_t bfloatOf(double value) {
  auto single = static_cast<float>(value);
  auto bits = load<uint32_t>(&single);
  if (std::isnan(value))
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

double loadDouble(Dtype type, const void *element) {
  switch (type) {
  case Dtype::Bool:
  case Dtype::U8:
    return load<uint8_t>(element);
  case Dtype::I8:
    return load<int8_t>(element);
  case Dtype::I16:
    return load<int16_t>(element);
  case Dtype::I32:
    return load<int32_t>(element);
  case Dtype::I64:
    return static_cast<double>(load<int64_t>(element));
  case Dtype::F16:
    return loadHalf(load<uint16_t>(element));
  case Dtype::BF16: {
    uint32_t bits = uint32_t(load<uint16_t>(element)) << 16;
    return load<float>(&bits);
  }
  case Dtype::F32:
    return load<float>(element);
  case Dtype::F64:
    return load<double>(element);
  }
  return 0;
}

template <typename T>
static bool storeInteger(void *element, double value, double low, double high) {
  if (!(value >= low && value <= high) || value != std::floor(value))
    return false;
  store(element, static_cast<T>(value));
  return true;
}

bool storeDigits(const std::string &text, int64_t *element) {
  char *end;
  errno = 0;
  *element = strtoll(text.c_str(), &end, 10);
  return end != text.c_str() && text.find_first_not_of(" \t", end - text.c_str()) == text.npos &&
         errno == 0;
}

/// Whether rounding a finite number made it infinite.
static bool overflows(double value, double stored) {
  return std::isfinite(value) && std::isinf(stored);
}

bool storeDouble(Dtype type, void *element, double value) {
  switch (type) {
  case Dtype::Bool:
    return storeInteger<uint8_t>(element, value, 0, 1);
  case Dtype::U8:
    return storeInteger<uint8_t>(element, value, 0, 255);
  case Dtype::I8:
    return storeInteger<int8_t>(element, value, -128, 127);
  case Dtype::I16:
    return storeInteger<int16_t>(element, value, -32768, 32767);
  case Dtype::I32:
    return storeInteger<int32_t>(element, value, -2147483648.0, 2147483647.0);
  case Dtype::I64: // the largest double below 2^63
    return storeInteger<int64_t>(element, value, -0x1p63, 9223372036854774784.0);
  case Dtype::F16:
    store(element, halfOf(value));
    break;
  case Dtype::BF16:
    store(element, bfloatOf(value));
    break;
  case Dtype::F32:
    store(element, static_cast<float>(value));
    break;
  case Dtype::F64:
    store(element, value);
    break;
  }
  return !overflows(value, loadDouble(type, element));
}

bool convert(Dtype from, const void *source, Dtype to, void *target, int64_t count, int64_t &at) {
  int64_t fromSize = sizeOf(from), toSize = sizeOf(to);
  at = 0;
  if (from == to) {
    memcpy(target, source, count * fromSize);
    return true;
  }
  if (isFloat(from) && !isFloat(to))
    return false;
  auto *in = static_cast<const char *>(source);
  auto *out = static_cast<char *>(target);
  for (; at < count; ++at)
    if (!storeDouble(to, out + at * toSize, loadDouble(from, in + at * fromSize)))
      return false;
  return true;
}

} // namespace netrt
