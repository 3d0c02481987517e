#include "common/crc32c.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c({}), 0u);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(as_bytes(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(crc32c(as_bytes(std::string(32, '\xff'))), 0x62A8AB43u);
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLengthAndAlignment) {
  std::mt19937 random(7);
  std::string bytes(200, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (size_t start = 0; start < 9; ++start) {
    for (size_t size = 0; start + size <= bytes.size(); ++size) {
      const ByteView view = as_bytes(bytes).subspan(start, size);
      ASSERT_EQ(crc32c(view), crc32c_by_table(view)) << start << " " << size;
    }
  }
}

TEST(Crc32c, GoesOnFromBefore) {
  const std::string text = "one and two and three";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(as_bytes(text.substr(cut)), crc32c(as_bytes(text.substr(0, cut)))),
              crc32c(as_bytes(text)));
  }
}

}  // namespace
}  // namespace spoor
