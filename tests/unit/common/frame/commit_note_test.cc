#include "common/frame/commit_note.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

CommitNote sample() {
  CommitNote note;
  note.log_id.fill(1);
  note.log_generation = 2;
  note.stream.fill(3);
  note.epoch = 18'446'744'073'709'551'615u;
  note.sequence = 18'446'744'073'709'551'614u;
  note.chain.fill(0xab);
  note.time_ns = 1'700'000'000'000'000'000;
  note.signature.assign(64, 'x');
  note.new_epoch = true;
  return note;
}

TEST(CommitNoteTest, TheLargestNoteFitsAndComesBack) {
  const CommitNote note = sample();
  const std::string text = encode_commit_note(note);
  EXPECT_LE(text.size(), kCommitNoteBytesMax);
  const auto back = decode_commit_note(text);
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(encode_commit_note(*back), text);
  EXPECT_EQ(back->sequence, note.sequence);
  EXPECT_EQ(back->chain, note.chain);
  EXPECT_TRUE(back->new_epoch);
}

TEST(CommitNoteTest, EveryCutIsRefused) {
  const std::string text = encode_commit_note(sample());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(decode_commit_note(text.substr(0, size)).is_ok()) << size;
  }
}

TEST(CommitNoteTest, OtherTextIsRefused) {
  const std::string good = encode_commit_note(sample());
  for (const std::string& bad : {good + "x", "\n" + good, good + good,
                                 std::string(kCommitNoteBytesMax + 1, 'a'), std::string()}) {
    EXPECT_FALSE(decode_commit_note(bad).is_ok());
  }
  std::string negative = good;
  negative.replace(negative.find("epoch "), 7, "epoch -");
  EXPECT_FALSE(decode_commit_note(negative).is_ok());
}

TEST(CommitNoteTest, UnsignedIsSaidSo) {
  CommitNote note = sample();
  note.signature.clear();
  const std::string text = encode_commit_note(note);
  EXPECT_NE(text.find("\nsignature none\n"), std::string::npos);
  EXPECT_TRUE(decode_commit_note(text)->signature.empty());
}

}  // namespace
}  // namespace spoor
