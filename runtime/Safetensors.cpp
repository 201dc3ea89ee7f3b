//===- Safetensors.cpp - reading and writing of safetensors headers -------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Safetensors.h"

#include "runtime/Console.h"
#include "runtime/Error.h"
#include "runtime/Json.h"

#include <algorithm>
#include <tuple>

namespace netrt {

static constexpr int64_t maxHeader = 100000000;

namespace {

/// Builds the header while it is parsed, so that no tree is made of a stranger's 100 MB, and
/// duplicate names are seen.
class HeaderHandler : public JsonEvents {
public:
  HeaderHandler(SafetensorsHeader &header, const std::string &file) : header(header), file(file) {}

  bool null() override { return bad("null"); }
  bool boolean(bool) override { return bad("a truth value"); }
  bool real(double, const std::string &) override { return bad("a fraction"); }
  bool integer(int64_t value) override {
    if (depth != 3 || value < 0 || numbers->size() >= 64)
      return bad("a number");
    numbers->push_back(value);
    return true;
  }
  bool string(std::string &value) override {
    if (depth != 2)
      return bad("a string");
    if (inMetadata)
      return header.metadata.emplace(field, value).second || bad("metadata twice");
    if (field != "dtype" || seen & 1)
      return bad("a string");
    seen |= 1;
    auto dtype = dtypeOfSafetensors(value);
    if (!dtype)
      failData("%s: tensor `%s` has the unknown type %s", file.c_str(), tensor.name.c_str(),
               value.c_str());
    tensor.dtype = *dtype;
    return true;
  }
  bool startObject() override {
    if (++depth > 2)
      return bad("an object");
    if (depth == 2) {
      seen = 0;
      offsets.clear();
      tensor.shape.clear();
    }
    return true;
  }
  bool key(std::string &value) override {
    if (depth == 2) {
      field = value;
      return true;
    }
    inMetadata = value == "__metadata__";
    tensor = {};
    tensor.name = value;
    return true;
  }
  bool endObject() override {
    if (depth-- != 2 || inMetadata)
      return true;
    if (seen != 7 || offsets.size() != 2)
      return bad("a tensor without dtype, shape and two data_offsets");
    tensor.begin = offsets[0];
    tensor.end = offsets[1];
    header.tensors.push_back(std::move(tensor));
    return true;
  }
  bool startArray() override {
    if (++depth != 3 || inMetadata)
      return bad("a list");
    int bit = field == "shape" ? 2 : field == "data_offsets" ? 4 : 0;
    if (!bit || seen & bit)
      return bad("a list");
    seen |= bit;
    numbers = bit == 2 ? &tensor.shape : &offsets;
    return true;
  }
  bool endArray() override {
    --depth;
    return true;
  }

private:
  bool bad(const char *what) {
    failData("%s has a broken header: %s is not expected at `%s`", file.c_str(), what,
             tensor.name.c_str());
  }

  SafetensorsHeader &header;
  const std::string &file;
  TensorInfo tensor;
  std::string field;
  std::vector<int64_t> offsets, *numbers = nullptr;
  int depth = 0, seen = 0;
  bool inMetadata = false;
};

void checkLayout(SafetensorsHeader &header, const char *file) {
  std::vector<const std::string *> names;
  for (const TensorInfo &tensor : header.tensors)
    names.push_back(&tensor.name);
  std::sort(names.begin(), names.end(), [](auto *a, auto *b) { return *a < *b; });
  for (size_t i = 1; i < names.size(); ++i)
    if (*names[i] == *names[i - 1])
      failData("%s holds `%s` twice", file, names[i]->c_str());
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorInfo &a, const TensorInfo &b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  int64_t at = 0;
  for (const TensorInfo &tensor : header.tensors) {
    int64_t bytes = checkedProduct(tensor.shape.data(), tensor.shape.size(), sizeOf(tensor.dtype),
                                   format("%s: tensor `%s`", file, tensor.name.c_str()).c_str());
    if (tensor.begin != at || tensor.end < tensor.begin || tensor.end - tensor.begin != bytes)
      failData("%s: tensor `%s` lies at %lld..%lld; %lld..%lld is wanted", file,
               tensor.name.c_str(), (long long)tensor.begin, (long long)tensor.end, (long long)at,
               (long long)(at + bytes));
    at = tensor.end;
  }
  if (at != header.dataBytes)
    failData("%s has %lld bytes of data; its header declares %lld", file,
             (long long)header.dataBytes, (long long)at);
}

} // namespace

const TensorInfo *SafetensorsHeader::find(const std::string &name) const {
  for (const TensorInfo &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

SafetensorsHeader readSafetensorsHeader(ByteSource &source, int64_t fileSize) {
  const char *file = source.getName().c_str();
  uint8_t start[8];
  source.readAll(start, 8);
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | start[i];
  if (length > maxHeader || static_cast<int64_t>(length) > fileSize - 8)
    failData("%s is no safetensors file: its header would have %llu bytes", file,
             (unsigned long long)length);
  SafetensorsHeader header;
  header.text.resize(length);
  source.readAll(header.text.data(), length);
  header.dataBytes = fileSize - 8 - static_cast<int64_t>(length);
  HeaderHandler handler(header, source.getName());
  if (header.text.empty() || header.text[0] != '{')
    failData("%s has a broken header: it does not begin with {", file);
  if (size_t error = parseJson(header.text, handler); error != std::string::npos)
    failData("%s has a broken header at byte %zu", file, error + 8);
  checkLayout(header, file);
  return header;
}

std::string safetensorsHeaderText(std::vector<TensorInfo> &tensors,
                                  const std::map<std::string, std::string> &metadata) {
  std::string text = "{\"__metadata__\":{";
  for (const auto &[name, value] : metadata)
    text += (text.back() == '{' ? "" : ",") + jsonText(name) + ":" + jsonText(value);
  text += "}";
  int64_t at = 0;
  for (TensorInfo &tensor : tensors) {
    tensor.begin = at;
    at += checkedProduct(tensor.shape.data(), tensor.shape.size(), sizeOf(tensor.dtype),
                         tensor.name.c_str());
    tensor.end = at;
    text += "," + jsonText(tensor.name) + ":{\"dtype\":\"" + safetensorsName(tensor.dtype) +
            "\",\"shape\":[";
    for (size_t i = 0; i < tensor.shape.size(); ++i)
      text += (i ? "," : "") + std::to_string(tensor.shape[i]);
    text +=
        format("],\"data_offsets\":[%lld,%lld]}", (long long)tensor.begin, (long long)tensor.end);
  }
  text += "}";
  text.resize((text.size() + 7) & ~size_t(7), ' ');
  return text;
}

} // namespace netrt
