//===- Arrays.cpp - npy streams, numbers and texts ------------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Arrays.h"

#include "runtime/Error.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>

namespace netrt {

static bool isFile(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// A number from the command line.
static bool parseNumber(const std::string &text, double &value) {
  char *end;
  if (text == "true" || text == "false") {
    value = text == "true";
    return true;
  }
  value = strtod(text.c_str(), &end);
  return end != text.c_str() && *end == 0;
}

ArrayInput::ArrayInput(const Port &port, const std::string &text)
    : port(port), name(text), dtype(port.dtype) {
  double value;
  if (port.shape.empty() && parseNumber(text, value)) {
    whole.reserve(8);
    int64_t digits;
    if (dtype == Dtype::I64 && storeDigits(text, &digits))
      memcpy(whole.data(), &digits, sizeof digits);
    else if (!storeDouble(dtype, whole.data(), value))
      failUsage("--%s takes %s, which cannot be %s", port.name.c_str(), nameOf(dtype),
                text.c_str());
    return;
  }
  if (isFile(text)) {
    openFileAs(text);
  } else if (port.dtype == Dtype::U8 && port.shape.size() == 1) {
    shape = {static_cast<int64_t>(text.size())};
    whole.reserve(shape[0]);
    memcpy(whole.data(), text.data(), text.size());
  } else if (port.shape.empty()) {
    failUsage("--%s takes a number, not `%s`", port.name.c_str(), text.c_str());
  } else {
    failData("there is no file %s for --%s", text.c_str(), port.name.c_str());
  }
  if (!shape.empty())
    rowElements = checkedProduct(shape.data() + 1, shape.size() - 1, 1, text.c_str());
}

void ArrayInput::openFileAs(const std::string &path) {
  uint8_t magic[4] = {};
  openFile(path)->read(magic, sizeof magic);
  FileArray array;
  if (memcmp(magic, "\x93NUM", 4) == 0) {
    source = openFile(path);
    array = readNpyHeader(*source);
    int64_t bytes =
        checkedProduct(array.shape.data(), array.shape.size(), sizeOf(array.dtype), path.c_str());
    if (bytes > source->bound())
      failData("%s declares %s, %lld bytes, but can hold at most %lld", path.c_str(),
               describe(array.dtype, array.shape).c_str(), (long long)bytes,
               (long long)source->bound());
  } else if (memcmp(magic, "PK\x03\x04", 4) == 0) {
    try {
      array = readNpz(path, port.name);
    } catch (const Error &error) {
      array = readNpz(path, ""); // the only one, whatever it is called
    }
  } else if (magic[0] == 0 && magic[1] == 0 && magic[3] != 0) {
    array = readIdx(*openFile(path));
  } else {
    failData("%s for --%s is no npy, npz or idx file", path.c_str(), port.name.c_str());
  }
  dtype = array.dtype;
  shape = array.shape;
  whole = std::move(array.bytes);
  if (isFloat(dtype) && !isFloat(port.dtype))
    failData("%s holds %s; --%s takes %s", path.c_str(), describe(dtype, shape).c_str(),
             port.name.c_str(), nameOf(port.dtype));
}

void ArrayInput::read(int64_t rows, uint8_t *target) {
  int64_t count = rowElements * (shape.empty() ? 1 : rows), bytes = count * sizeOf(dtype), at;
  const uint8_t *elements;
  if (source) {
    raw.reserve(bytes);
    source->readAll(raw.data(), bytes);
    elements = raw.data();
  } else {
    elements = whole.data() + done;
  }
  done += bytes;
  if (!convert(dtype, elements, port.dtype, target, count, at))
    failData("%s: element %lld does not fit %s", name.c_str(),
             (long long)(done / sizeOf(dtype) - count + at), nameOf(port.dtype));
  for (int64_t i = 0; port.dtype == Dtype::Bool && i < count; ++i)
    target[i] = target[i] != 0;
}

NpyOutput::NpyOutput(const std::string &path, Dtype dtype, const std::vector<int64_t> &shape)
    : file(path), dtype(dtype) {
  const char *element = numpyName(dtype);
  std::string header = format("{'descr': '%s', 'fortran_order': False, 'shape': (",
                              element ? element : numpyName(Dtype::F32));
  for (size_t i = 0; i < shape.size(); ++i)
    header += format("%s%lld%s", i ? ", " : "", (long long)shape[i], shape.size() == 1 ? "," : "");
  header += "), }";
  header.resize((header.size() + 1 + 10 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  uint8_t start[10] = {
      0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, uint8_t(header.size()), uint8_t(header.size() >> 8)};
  file.write(start, sizeof start);
  file.write(header.data(), static_cast<int64_t>(header.size()));
}

void NpyOutput::write(const uint8_t *elements, int64_t count) {
  if (numpyName(dtype)) {
    file.write(elements, count * sizeOf(dtype));
    return;
  }
  int64_t at;
  widened.resize(count);
  convert(dtype, elements, Dtype::F32, widened.data(), count, at);
  file.write(widened.data(), count * 4);
}

/// So that reading gives the same element.
static void printElement(Dtype dtype, const uint8_t *element) {
  double value = loadDouble(dtype, element);
  int64_t whole = static_cast<int64_t>(isFloat(dtype) ? 0 : value);
  if (dtype == Dtype::I64)
    memcpy(&whole, element, sizeof whole);
  if (isFloat(dtype))
    printf(dtype == Dtype::F64 ? "%.17g" : "%.9g", withoutSign(value));
  else
    printf("%lld", (long long)whole);
}

void printArray(Dtype dtype, const uint8_t *elements, const std::vector<int64_t> &shape,
                bool asText) {
  int64_t rows = shape.size() < 2 ? 1 : shape[0], row = 1;
  for (size_t axis = shape.size() < 2 ? 0 : 1; axis < shape.size(); ++axis)
    row *= shape[axis];
  if (asText) {
    size_t length = strnlen(reinterpret_cast<const char *>(elements), rows * row);
    fwrite(elements, 1, length, stdout);
    putchar('\n');
    return;
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < row; ++j) {
      printElement(dtype, elements + (i * row + j) * sizeOf(dtype));
      putchar(j + 1 < row ? ' ' : '\n');
    }
}

} // namespace netrt
