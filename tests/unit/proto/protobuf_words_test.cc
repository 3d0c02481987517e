#include "proto/protobuf_words.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>

namespace spoor {
namespace {

constexpr const char* kBrokenText = "\x1a\x01\xff";  // a Value's string_value

void read_broken_text() {
  google::protobuf::Value value;
  EXPECT_FALSE(value.ParseFromString(kBrokenText));
}

// Each in a process of its own, whose words on stderr are compared.
TEST(ProtobufWords, NothingIsSaidOfBrokenText) {
  const auto well = testing::ExitedWithCode(0);
  EXPECT_EXIT((read_broken_text(), std::_Exit(0)), well, testing::Ne(""));
  EXPECT_EXIT((ignore_protobuf_words(), read_broken_text(), std::_Exit(0)), well, testing::Eq(""));
}

}  // namespace
}  // namespace spoor
