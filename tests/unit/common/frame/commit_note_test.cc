#include "common/frame/commit_note.h"

#include <gtest/gtest.h>

#include <vector>

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
  note.wish = CommitWish::new_streams;
  note.machine_id.fill(4);
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
  EXPECT_EQ(back->wish, CommitWish::new_streams);
  EXPECT_EQ(back->machine_id, note.machine_id);
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

TEST(CommitNoteTest, AnUnknownWishIsRefused) {
  std::string text = encode_commit_note(sample());
  text.replace(text.find("new_streams"), 11, "new_world");
  EXPECT_FALSE(decode_commit_note(text).is_ok());
}

// A field that is not signed could be changed on its way.
TEST(CommitNoteTest, EveryFieldButTheSignatureIsSigned) {
  const std::string bytes = commit_signing_bytes(sample());
  const std::vector<void (*)(CommitNote&)> changes = {
      [](CommitNote& n) { n.log_id[0] ^= 1; },   [](CommitNote& n) { ++n.log_generation; },
      [](CommitNote& n) { n.stream[15] ^= 1; },  [](CommitNote& n) { --n.epoch; },
      [](CommitNote& n) { --n.sequence; },       [](CommitNote& n) { n.chain[31] ^= 1; },
      [](CommitNote& n) { ++n.time_ns; },        [](CommitNote& n) { n.wish = CommitWish::none; },
      [](CommitNote& n) { n.machine_id[7] ^= 1; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    CommitNote note = sample();
    changes[i](note);
    EXPECT_NE(commit_signing_bytes(note), bytes) << i;
  }
  CommitNote other = sample();
  other.signature.clear();
  EXPECT_EQ(commit_signing_bytes(other), bytes);
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
