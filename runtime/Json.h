//===- Json.h - JSON, as events and as a tree -------------------*- C++ -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nlohmann's parser does the reading; its own tree, a sixth of an executable,
// is left out.
//
//===----------------------------------------------------------------------===//
#ifndef NETC_RUNTIME_JSON_H
#define NETC_RUNTIME_JSON_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netrt {

/// What a parser meets. Returning false ends the parsing.
class JsonEvents {
public:
  virtual ~JsonEvents() = default;
  virtual bool null() = 0;
  virtual bool boolean(bool value) = 0;
  virtual bool integer(int64_t value) = 0;
  /// Numbers that are no int64_t; `text` as written.
  virtual bool real(double value, const std::string &text) = 0;
  virtual bool string(std::string &value) = 0;
  virtual bool key(std::string &name) = 0;
  virtual bool startObject() = 0;
  virtual bool endObject() = 0;
  virtual bool startArray() = 0;
  virtual bool endArray() = 0;
};

/// Parses the text. Returns the position of the error, or npos if there is none.
size_t parseJson(std::string_view text, JsonEvents &events);

/// A value with those inside it, in the order of the text.
struct Json {
  enum class Kind { Null, Bool, Integer, Real, String, Array, Object } kind = Kind::Null;
  int64_t number = 0;            ///< Bool, Integer
  double fraction = 0;           ///< Integer, Real
  std::string text;              ///< String; Real: as written
  std::vector<Json> items;       ///< Array, Object
  std::vector<std::string> keys; ///< Object: of the items

  /// Throws an internal Error that says where, for a text that is no JSON.
  static Json parse(std::string_view text);

  bool isArray() const { return kind == Kind::Array; }
  bool isString() const { return kind == Kind::String; }
  bool isInteger() const { return kind == Kind::Integer; }
  /// The field of an object, or null where it is absent or null.
  const Json *find(std::string_view field) const;
  /// Throw internal Errors where the value or field is another thing.
  const Json &at(std::string_view field) const;
  const Json &at(size_t index) const;
  int64_t asInteger() const;
  double asReal() const;
  bool asBool() const;
  const std::string &asString() const;
  std::vector<std::string> asStrings() const;

  /// As JSON again, without spaces.
  std::string dump() const;
};

} // namespace netrt
#endif // NETC_RUNTIME_JSON_H
