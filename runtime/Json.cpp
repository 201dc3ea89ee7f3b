//===- Json.cpp - parsing of JSON, trees of values ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Json.h"

#include "runtime/Console.h"
#include "runtime/Error.h"

#include <nlohmann/json.hpp>

namespace netrt {

namespace {

using Nlohmann = nlohmann::json;

/// From nlohmann's events to ours.
class Adapter final : public nlohmann::json_sax<Nlohmann> {
public:
  explicit Adapter(JsonEvents &events) : events(events) {}
  size_t error = std::string::npos;

  bool null() override { return events.null(); }
  bool boolean(bool value) override { return events.boolean(value); }
  bool number_integer(int64_t value) override { return events.integer(value); }
  bool number_unsigned(uint64_t value) override {
    return value <= uint64_t(INT64_MAX)
               ? events.integer(static_cast<int64_t>(value))
               : events.real(static_cast<double>(value), std::to_string(value));
  }
  bool number_float(double value, const std::string &text) override {
    return events.real(value, text);
  }
  bool string(std::string &value) override { return events.string(value); }
  bool binary(binary_t &) override { return false; }
  bool start_object(size_t) override { return events.startObject(); }
  bool key(std::string &name) override { return events.key(name); }
  bool end_object() override { return events.endObject(); }
  bool start_array(size_t) override { return events.startArray(); }
  bool end_array() override { return events.endArray(); }
  bool parse_error(size_t position, const std::string &, const Nlohmann::exception &) override {
    error = position;
    return false;
  }

private:
  JsonEvents &events;
};

/// Builds a tree.
class Builder final : public JsonEvents {
public:
  Json root;

  bool null() override { return add({}); }
  bool boolean(bool value) override { return addNumber(Json::Kind::Bool, value, value); }
  bool integer(int64_t value) override {
    return addNumber(Json::Kind::Integer, value, static_cast<double>(value));
  }
  bool real(double value, const std::string &text) override {
    Json json;
    json.kind = Json::Kind::Real;
    json.fraction = value;
    json.text = text;
    return add(std::move(json));
  }
  bool string(std::string &value) override {
    Json json;
    json.kind = Json::Kind::String;
    json.text = std::move(value);
    return add(std::move(json));
  }
  bool key(std::string &name) override {
    open.back().keys.push_back(std::move(name));
    return true;
  }
  bool startObject() override { return start(Json::Kind::Object); }
  bool startArray() override { return start(Json::Kind::Array); }
  bool endObject() override { return end(); }
  bool endArray() override { return end(); }

private:
  bool addNumber(Json::Kind kind, int64_t value, double fraction) {
    Json json;
    json.kind = kind;
    json.number = value;
    json.fraction = fraction;
    return add(std::move(json));
  }
  bool add(Json value) {
    (open.empty() ? root : open.back().items.emplace_back()) = std::move(value);
    return true;
  }
  bool start(Json::Kind kind) {
    open.emplace_back().kind = kind;
    return true;
  }
  bool end() {
    Json whole = std::move(open.back());
    open.pop_back();
    return add(std::move(whole));
  }

  std::vector<Json> open; ///< values whose end has not come
};

} // namespace

size_t parseJson(std::string_view text, JsonEvents &events) {
  Adapter adapter(events);
  Nlohmann::sax_parse(text.begin(), text.end(), &adapter);
  return adapter.error;
}

Json Json::parse(std::string_view text) {
  Builder builder;
  if (size_t error = parseJson(text, builder); error != std::string::npos)
    failInternal("the program description is no JSON at byte %zu", error);
  return std::move(builder.root);
}

const Json *Json::find(std::string_view field) const {
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == field)
      return items[i].kind == Kind::Null ? nullptr : &items[i];
  return nullptr;
}

const Json &Json::at(std::string_view field) const {
  if (const Json *found = find(field))
    return *found;
  failInternal("the program description lacks the field '%.*s' in %.80s", int(field.size()),
               field.data(), dump().c_str());
}

const Json &Json::at(size_t index) const {
  if (index >= items.size())
    failInternal("the program description has a list of %zu, too short: %.80s", items.size(),
                 dump().c_str());
  return items[index];
}

/// Says what a value of the description should have been.
[[noreturn]] static void failKind(const Json &json, const char *wanted) {
  failInternal("the program description has %.80s where %s is wanted", json.dump().c_str(), wanted);
}

int64_t Json::asInteger() const {
  return kind == Kind::Integer ? number : (failKind(*this, "a whole number"), 0);
}

double Json::asReal() const {
  return kind == Kind::Integer || kind == Kind::Real || kind == Kind::Bool
             ? fraction
             : (failKind(*this, "a number"), 0);
}

bool Json::asBool() const {
  return kind == Kind::Bool ? number != 0 : (failKind(*this, "a truth value"), false);
}

const std::string &Json::asString() const {
  if (kind != Kind::String)
    failKind(*this, "a text");
  return text;
}

std::vector<std::string> Json::asStrings() const {
  std::vector<std::string> result;
  if (kind != Kind::Array)
    failKind(*this, "a list");
  for (const Json &item : items)
    result.push_back(item.asString());
  return result;
}

std::string Json::dump() const {
  switch (kind) {
  case Kind::Null:
    return "null";
  case Kind::Bool:
    return number ? "true" : "false";
  case Kind::Integer:
    return std::to_string(number);
  case Kind::Real:
    return text;
  case Kind::String:
    return jsonText(text);
  default:
    break;
  }
  std::string result(1, kind == Kind::Array ? '[' : '{');
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0)
      result += ',';
    if (kind == Kind::Object)
      result += jsonText(keys[i]) + ":";
    result += items[i].dump();
  }
  return result + (kind == Kind::Array ? ']' : '}');
}

} // namespace netrt
