//===- Dtype.h - element types as buffers and files know them ---*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_DTYPE_H
#define NETC_RUNTIME_DTYPE_H

#include <cstdint>
#include <optional>
#include <string>

namespace netrt {

/// The language's element types. Their names are spelled as in `.net`; files have names of their
/// own.
enum class Dtype : uint8_t { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64 };

/// Bytes of one element; bool is one byte.
int64_t sizeOf(Dtype type);
/// `f32`.
const char *nameOf(Dtype type);
std::optional<Dtype> dtypeNamed(const std::string &name);
/// `F32`, as safetensors writes it.
const char *safetensorsName(Dtype type);
std::optional<Dtype> dtypeOfSafetensors(const std::string &name);
/// `<f4`, as NumPy writes it; null for bf16, which NumPy does not know.
const char *numpyName(Dtype type);
std::optional<Dtype> dtypeOfNumpy(const std::string &name);
bool isFloat(Dtype type);

/// One element as a double; exact except for i64 beyond 2^53.
double loadDouble(Dtype type, const void *element);
/// A whole number as it is written, between blanks; a double would have 53 bits of it. False if it
/// is none.
bool storeDigits(const std::string &text, int64_t *element);
/// Rounds to nearest even for the narrow floats. False if an integer type cannot hold the value, or
/// a float type only infinity for what is finite.
bool storeDouble(Dtype type, void *element, double value);

/// Converts `count` elements. Integers become floats and widen or narrow where they fit; floats
/// change width; a float never becomes an integer. False, with `at` the place, where it does not
/// work.
bool convert(Dtype from, const void *source, Dtype to, void *target, int64_t count, int64_t &at);

} // namespace netrt
#endif // NETC_RUNTIME_DTYPE_H
