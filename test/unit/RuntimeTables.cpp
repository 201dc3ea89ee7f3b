//===- RuntimeTables.cpp - csv, text and literal rows ---------------------===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "runtime/Data.h"
#include "runtime/Error.h"
#include "test/unit/RuntimeTemporary.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace netrt;
using netrt_test::Directory;

namespace {

/// A data set with one part "all", read from files in a directory.
class Tables : public ::testing::Test {
protected:
  Tables() {
    program.data.emplace_back();
    program.data[0].name = "D";
    program.data[0].parts.emplace_back();
    part().name = "all";
    part().reader = "csv";
    part().files = {"f"};
  }
  PartDecl &part() { return program.data[0].parts[0]; }
  void column(const char *name, Dtype dtype, std::vector<int64_t> shape) {
    program.data[0].columns.push_back({name, dtype, shape});
  }
  const PartData &load(const std::string &bytes) {
    directory.write("f", bytes);
    store = std::make_unique<DataStore>(program, SearchPath{directory.str()});
    return store->part("D", "all");
  }
  std::string errorOf(const std::string &bytes) {
    try {
      load(bytes);
    } catch (const Error &error) {
      EXPECT_EQ(error.getCode(), ExitData) << error.what();
      return error.what();
    }
    return "";
  }
  double at(const PartData &data, int column, int64_t element) {
    Dtype dtype = program.data[0].columns[column].dtype;
    return loadDouble(dtype, data.whole(column) + element * sizeOf(dtype));
  }
  bool fails(const std::string &bytes, const char *part) {
    std::string text = errorOf(bytes);
    if (text.find(part) != text.npos)
      return true;
    ADD_FAILURE() << "'" << text << "' says nothing of '" << part << "'";
    return false;
  }

  Directory directory;
  Program program;
  std::unique_ptr<DataStore> store;
};

TEST_F(Tables, ColumnsTakeTheirFields) {
  column("x", Dtype::F32, {2});
  column("y", Dtype::I32, {});
  for (const char *text : {"1,2.5,3\n-4,5e-1,6\n", "a,b,c\n1,2.5,3\r\n-4,.5,6",
                           "\xEF\xBB\xBF"
                           "1,\"2.5\",3\n\n-4, 0.5 ,6\n\n"}) {
    const PartData &data = load(text);
    ASSERT_EQ(data.rows(), 2);
    EXPECT_EQ(at(data, 0, 1), 2.5);
    EXPECT_EQ(at(data, 0, 2), -4);
    EXPECT_EQ(at(data, 0, 3), 0.5);
    EXPECT_EQ(at(data, 1, 1), 6);
  }
}

TEST_F(Tables, TextBecomesCategoriesByFirstAppearance) {
  column("x", Dtype::F32, {});
  column("kind", Dtype::U8, {});
  const PartData &data = load("1,red\n2,\"green, dark\"\n3,red\n4,\"a \"\"b\"\"\"\n");
  ASSERT_EQ(data.rows(), 4);
  EXPECT_EQ(at(data, 1, 0), 0);
  EXPECT_EQ(at(data, 1, 1), 1);
  EXPECT_EQ(at(data, 1, 2), 0);
  EXPECT_EQ(at(data, 1, 3), 2);
}

TEST_F(Tables, TextColumnsArePadded) {
  column("word", Dtype::U8, {5});
  column("y", Dtype::F32, {});
  const PartData &data = load("ab,1\nhello,2\n\"x,y\",3\n");
  EXPECT_EQ(memcmp(data.whole(0), "ab\0\0\0hellox,y\0\0", 15), 0);
  EXPECT_TRUE(
      fails("ab,1\ntoolong,2\n", "f:2: a text of 7 bytes does not fit column `word` of u8[5]"));
}

TEST_F(Tables, CountsInTheFirstLineAreChecked) {
  column("x", Dtype::F32, {4});
  column("species", Dtype::U8, {});
  EXPECT_EQ(load("2,4,setosa,versicolor,virginica\n1,2,3,4,0\n5,6,7,8,2\n").rows(), 2);
  EXPECT_EQ(load("1,13,class_0,class_1\n1,2,3,4,0\n").rows(), 1);
  EXPECT_TRUE(fails("150,4,setosa,versicolor,virginica\n1,2,3,4,0\n",
                    "announces 150 rows in its first line, but has 1"));
}

TEST_F(Tables, BrokenCsv) {
  column("x", Dtype::F32, {2});
  column("y", Dtype::U8, {});
  EXPECT_TRUE(fails("", "no rows"));
  EXPECT_TRUE(fails("x,x,y\n", "no rows"));
  EXPECT_TRUE(fails("1,2,3\n1,2\n", "f:2: 2 fields, 3 expected (x takes 2, y takes 1)"));
  EXPECT_TRUE(fails("1,2,3\n1,2,3,4\n", "f:2: 4 fields"));
  EXPECT_TRUE(fails("1;2;3\n", "f:1: 1 field, 3 expected"));
  EXPECT_TRUE(fails("1,2,3\n1,two,3\n", "f:2: `two` in column `x`"));
  EXPECT_TRUE(fails("1,2,3\n1,,3\n", "f:2: an empty field in column `x`"));
  EXPECT_TRUE(fails("1,2,3\n1,nan,3\n", "`nan`"));
  EXPECT_TRUE(fails("1,2,3\n1,0x10,3\n", "`0x10`"));
  EXPECT_TRUE(fails("1,2,3\n1,2,256\n", "f:2: `256` does not fit column `y` of u8"));
  EXPECT_TRUE(fails("1,2,3\n1,2,1.5\n", "does not fit"));
  EXPECT_TRUE(fails("1,2,3\n1,2,red\n", "f:2: `red` in column `y`, which takes numbers"));
  EXPECT_TRUE(fails("1,2,3\n1,\"2,3\n", "f:2: a quote is not closed"));
  EXPECT_TRUE(fails("1,2,3\n1,\"2\"2,3\n", "text after a closing quote"));
}

TEST_F(Tables, SlicesAndShuffles) {
  column("x", Dtype::I32, {});
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += std::to_string(i) + "\n";
  part().begin = 10;
  part().end = -20;
  const PartData &slice = load(text);
  EXPECT_EQ(slice.rows(), 70);
  EXPECT_EQ(at(slice, 0, 0), 10);
  part().shuffle = 1;
  const PartData &mixed = load(text);
  EXPECT_EQ(mixed.rows(), 70);
  int moved = 0;
  for (int i = 0; i < 70; ++i)
    moved += at(mixed, 0, i) != 10 + i;
  EXPECT_GT(moved, 50);
  part().end = 101;
  EXPECT_TRUE(fails(text, "takes rows 10 to 101 of 100"));
}

TEST_F(Tables, PartsOfAShuffleAreDisjoint) {
  column("x", Dtype::I32, {});
  std::string text;
  for (int i = 0; i < 30; ++i)
    text += std::to_string(i) + "\n";
  part().shuffle = 1;
  part().end = 20;
  PartDecl rest = part();
  rest.name = "rest";
  rest.begin = 20;
  rest.end = 30;
  program.data[0].parts.push_back(rest);
  const PartData &first = load(text);
  const PartData &second = store->part("D", "rest");
  std::vector<bool> seen(30);
  for (int i = 0; i < 20; ++i)
    seen[int(at(first, 0, i))] = true;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(seen[int(at(second, 0, i))]);
    seen[int(at(second, 0, i))] = true;
  }
}

TEST_F(Tables, TextWindows) {
  column("bytes", Dtype::U8, {4});
  part().reader = "text";
  part().options = {{"stride", "3"}};
  const PartData &data = load("abcdefghijk");
  ASSERT_EQ(data.rows(), 3);
  EXPECT_EQ(memcmp(data.whole(0), "abcddefgghij", 12), 0);
  part().options = {{"part", "0.5,1"}};
  EXPECT_EQ(memcmp(load("abcdefghij").whole(0), "fghi", 4), 0);
  part().options = {{"part", "0.5,0.4"}};
  EXPECT_TRUE(fails("abcdefghij", "no range"));
  part().options = {};
  EXPECT_TRUE(fails("abc", "fewer than a row of 4"));
}

TEST_F(Tables, TextWithAnAlphabet) {
  column("o", Dtype::U8, {6});
  part().reader = "text";
  part().options = {{"alphabet", " abcdefghijklmnopqrstuvwxyz"}};
  EXPECT_EQ(memcmp(load("Ab,\n\n c.z").whole(0), "\1\2\0\3\0\32", 6), 0);
}

TEST_F(Tables, Rows) {
  column("x", Dtype::F32, {2});
  column("y", Dtype::F32, {});
  part().reader = "rows";
  part().files.clear();
  part().rows = {{"0", "1", "1"}, {"1", "1", "-0.5"}};
  const PartData &data = load("");
  EXPECT_EQ(data.rows(), 2);
  EXPECT_EQ(at(data, 1, 1), -0.5);
  part().rows = {{"0", "1"}};
  EXPECT_TRUE(fails("", "D.all:1: 2 fields, 3 expected"));
}

TEST_F(Tables, MissingFilesNameTheirPackage) {
  column("x", Dtype::F32, {});
  part().files = {"train-nothing-idx3-ubyte.gz"};
  try {
    load("");
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("cannot find train-nothing-idx3-ubyte.gz"),
              std::string::npos);
    EXPECT_NE(error.getHelp().find("apt install dataset-fashion-mnist"), std::string::npos);
  }
}

TEST_F(Tables, UnknownReader) {
  column("x", Dtype::F32, {});
  part().reader = "wav";
  EXPECT_TRUE(fails("", "no reader named `wav` in this executable"));
}

} // namespace
