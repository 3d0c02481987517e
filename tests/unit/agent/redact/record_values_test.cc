#include "agent/redact/record_values.h"

#include <gtest/gtest.h>

#include <vector>

namespace spoor::agent {
namespace {

std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> found;
  TextField field;
  for (size_t at = body_of_record(text); next_field(text, at, field); at = field.end) {
    found.push_back(std::string(field.key) + "|" + value_of(field));
    EXPECT_GT(field.end, at);
  }
  return found;
}

TEST(RecordValuesTest, FieldsAsTheKernelAndProgramsWriteThem) {
  EXPECT_EQ(fields_of("audit(1.0:2): argc=3132 a0=\"ls\" a1=612062"),
            (std::vector<std::string>{"argc|12", "a0|ls", "a1|a b"}));
  EXPECT_EQ(fields_of("audit(1.0:2): pid=37 msg='cwd=\"/\" cmd=6C73 res=success'\x1dUID=\"x\""),
            (std::vector<std::string>{"pid|7", "msg|", "cwd|/", "cmd|ls", "res|success"}));
  EXPECT_EQ(fields_of("a0=\"never closed"), (std::vector<std::string>{"a0|never closed"}));
  EXPECT_EQ(fields_of("a0=414"), (std::vector<std::string>{"a0|A"})) << "cut";
  EXPECT_EQ(fields_of("a0="), (std::vector<std::string>{"a0|"}));
  EXPECT_EQ(fields_of("no field"), std::vector<std::string>());
  EXPECT_EQ(fields_of(""), std::vector<std::string>());
}

TEST(RecordValuesTest, ValuesAreWrittenAsTheKernelDoes) {
  EXPECT_EQ(written("it's\\"), "\"it's\\\"");
  EXPECT_EQ(written("a b"), "612062");
  EXPECT_EQ(written("a\"b"), "612262");
  EXPECT_EQ(written("\x7f"), "7F");
  EXPECT_EQ(written(""), "\"\"");
}

}  // namespace
}  // namespace spoor::agent
