#include "common/sha256_many.h"

#include <gtest/gtest.h>

#include <random>

#include "common/sha256.h"

namespace spoor {
namespace {

Hash by_itself(const Sha256Message& message) {
  return Sha256().add(message.start).add(message.rest).finish();
}

TEST(Sha256Many, NoMessageHasNoHash) { sha256_many({}, {}); }

// At every border of the padding, beside a message of another length.
TEST(Sha256Many, EveryLength) {
  const std::string text = std::string(300, 'x') + std::string(300, 'y');
  for (size_t start = 0; start <= 64; ++start) {
    for (size_t rest = 0; rest <= 200; ++rest) {
      const Sha256Message one{as_bytes(text).first(start), as_bytes(text).subspan(100, rest)};
      const Sha256Message other{as_bytes(text).first(start / 2), as_bytes(text).subspan(290, 70)};
      const Sha256Message messages[] = {one, other};
      Hash out[2];
      sha256_many(messages, out);
      ASSERT_EQ(out[0], by_itself(one)) << start << " " << rest;
      ASSERT_EQ(out[1], by_itself(other)) << start << " " << rest;
    }
  }
}

TEST(Sha256Many, AnyNumberOfThem) {
  std::mt19937_64 random(1);
  std::string text(4'000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  for (size_t round = 0; round < 500; ++round) {
    std::vector<Sha256Message> messages(random() % 9);
    for (Sha256Message& message : messages) {
      message.start = as_bytes(text).subspan(random() % 64, random() % 65);
      message.rest = as_bytes(text).subspan(random() % 1'000, random() % 3'000);
    }
    std::vector<Hash> out(messages.size());
    sha256_many(messages, out);
    for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], by_itself(messages[i])) << round;
  }
}

}  // namespace
}  // namespace spoor
