#include "agent/spool/trust.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() {
    trust_.log_id.fill(7);
    trust_.key = key_.public_key();
    trust_.machine_id.fill(9);
  }
  CommitNote signed_note() {
    CommitNote note;
    note.log_id = trust_.log_id;
    note.log_generation = 1;
    note.epoch = 3;
    note.sequence = 40;
    note.time_ns = 5;
    sign(note, key_);
    return note;
  }
  static void sign(CommitNote& note, const SigningKey& key) {
    const std::string bytes = commit_signing_bytes(note);
    const Signature signature = *key.sign(as_bytes(bytes));
    note.signature = as_text(signature);
  }
  std::string path() const { return folder_ / "trust"; }
  void write(const std::string& text, mode_t mode = 0644) {
    std::ofstream(path()) << text;
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
  }
  Result<std::optional<Trust>> read() {
    return TrustFile(path(), trust_.machine_id, getuid()).read();
  }

  const SigningKey key_ = *SigningKey::generate();
  Trust trust_;
  TempFolder folder_;
};

TEST_F(TrustTest, ReadsWhatEnrolmentWrote) {
  EXPECT_FALSE(read()->has_value());
  write(encode_trust(trust_));
  const auto back = read();
  ASSERT_TRUE(back.is_ok() && back->has_value()) << back.status().message();
  EXPECT_EQ((*back)->log_id, trust_.log_id);
  EXPECT_EQ((*back)->key, trust_.key);
  EXPECT_EQ((*back)->machine_id, trust_.machine_id);
}

// Whoever cannot write the file must not turn signatures off by spoiling it.
TEST_F(TrustTest, FileThatIsNotAsItShouldBeIsNoAbsentOne) {
  for (const std::string& text :
       {std::string(), std::string("spoor-trust 1\n"), encode_trust(trust_) + "x",
        encode_trust(trust_).substr(1), std::string("spoor-trust 2\n"),
        std::string(kTrustBytesMax + 1, '\n')}) {
    write(text);
    EXPECT_FALSE(read().is_ok()) << text;
  }
  write(encode_trust(trust_), 0664);
  EXPECT_EQ(read().code(), Code::denied);
  write(encode_trust(trust_), 0602);
  EXPECT_EQ(read().code(), Code::denied);
  write(encode_trust(trust_), 0644);
  EXPECT_EQ(TrustFile(path(), {}, getuid() + 1).read().code(), Code::denied);
  ASSERT_EQ(truncate(path().c_str(), 1 << 30), 0);
  EXPECT_EQ(read().code(), Code::denied);
}

TEST_F(TrustTest, LinkAndFifoAreNoTrust) {
  write(encode_trust(trust_));
  const std::string link = folder_ / "link", fifo = folder_ / "fifo";
  ASSERT_EQ(symlink(path().c_str(), link.c_str()), 0);
  ASSERT_EQ(mkfifo(fifo.c_str(), 0644), 0);
  EXPECT_EQ(TrustFile(link, {}, getuid()).read().code(), Code::denied);
  EXPECT_EQ(TrustFile(fifo, {}, getuid()).read().code(), Code::denied);
}

TEST_F(TrustTest, SignatureIsOverAllThatANoteSays) {
  const CommitNote note = signed_note();
  EXPECT_TRUE(check_signature(note, trust_).is_ok());
  std::vector<CommitNote> forged(9, note);
  forged[0].log_generation += 1;
  forged[1].stream[3] ^= 1;
  forged[2].epoch += 1;
  forged[3].sequence += 1;
  forged[4].chain[31] ^= 1;
  forged[5].time_ns += 1;
  forged[6].wish = CommitWish::new_epoch;
  forged[7].signature[63] = static_cast<char>(forged[7].signature[63] ^ 1);
  forged[8].signature.clear();
  for (size_t i = 0; i < forged.size(); ++i) {
    EXPECT_EQ(check_signature(forged[i], trust_).code(), Code::denied) << i;
  }
}

TEST_F(TrustTest, AnotherLogIsNotBelievedWhateverItsSignature) {
  CommitNote note = signed_note();
  note.log_id[0] ^= 1;
  sign(note, key_);
  EXPECT_EQ(check_signature(note, trust_).code(), Code::denied);
  note = signed_note();
  sign(note, *SigningKey::generate());
  EXPECT_EQ(check_signature(note, trust_).code(), Code::denied);
}

// Another machine's certificate and our stream's id bring the log to sign one, too.
TEST_F(TrustTest, AWishForAnotherMachineIsNotOurs) {
  CommitNote note = signed_note();
  note.wish = CommitWish::new_streams;
  note.machine_id.fill(10);
  sign(note, key_);
  EXPECT_EQ(check_signature(note, trust_).code(), Code::denied);
  note.machine_id = trust_.machine_id;
  EXPECT_EQ(check_signature(note, trust_).code(), Code::denied);
  sign(note, key_);
  EXPECT_TRUE(check_signature(note, trust_).is_ok());
}

}  // namespace
}  // namespace spoor::agent
