#include "agent/uplink/trust_placing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/key_lines.h"
#include "tests/support/disk_calls.h"
#include "tests/support/temp_folder.h"

namespace spoor::uplink {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  EXPECT_EQ(stat(path.c_str(), &st), 0);
  return st.st_mode & 07777;
}

class TrustPlacingTest : public ::testing::Test {
 protected:
  static Enrolment enrolment(uint8_t log) {
    Enrolment out{"web1", {}, {}, "c.example:4460"};
    out.log_id.fill(log);
    out.log_key.fill(log);
    return out;
  }
  static std::string trust_of(const Enrolment& e) { return encode_trust(e.log_id, e.log_key); }
  static std::string key_of(const Enrolment& e) {
    return "key for " + to_hex(e.log_id) + "\n";
  }
  // All of an enrolment that this host does itself.
  Status enrol(const Enrolment& as) const {
    return placing_.place(as, key_of(as), self_,
                          [&] { return identity_.replace({as, "key", "chain", "root", {}}); });
  }
  void expect_enrolled(const Enrolment& as) const {
    EXPECT_EQ(content_of(files_.trust), trust_of(as));
    EXPECT_EQ(content_of(files_.checkpoint_key), key_of(as));
    EXPECT_FALSE(placing_.is_open());
  }
  void expect_nothing() const {
    EXPECT_FALSE(std::filesystem::exists(files_.trust));
    EXPECT_FALSE(std::filesystem::exists(files_.checkpoint_key));
    EXPECT_FALSE(placing_.is_open());
  }
  std::optional<Enrolment> placed() const {
    const auto there = identity_.enrolment();
    return there.is_ok() ? std::optional(*there) : std::nullopt;
  }
  // The identity is in its place, and the process ended there.
  void leave_unfinished(const Enrolment& as) const {
    const pid_t child = fork();
    if (child == 0) {
      (void)placing_.place(as, key_of(as), self_, [&] {
        const Status placed = identity_.replace({as, "key", "chain", "root", {}});
        _exit(placed.is_ok() ? 0 : 1);
        return placed;
      });
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    ASSERT_TRUE(placing_.is_open());
  }
  // A process that enrols, killed before its n-th change to the disk. Whether it was.
  bool is_killed_at(int n, const Enrolment& as) const {
    const pid_t child = fork();
    if (child == 0) {
      int calls = 0;
      before_disk_call = [&](const std::string&) {
        if (++calls == n) _exit(9);
      };
      _exit(enrol(as).is_ok() ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1) << n;
    return WEXITSTATUS(status) == 9;
  }

  TempFolder folder_;
  TrustFiles files_{folder_ / "trust", folder_ / "checkpoint.pem"};
  TrustPlacing placing_{files_};
  IdentityFiles identity_{folder_ / "identity"};
  Account self_{geteuid(), getegid()};
};

TEST_F(TrustPlacingTest, AgentFindsLogAndKeys) {
  const Enrolment as = enrolment(0x11);
  ASSERT_TRUE(enrol(as).is_ok());
  const std::string trust = content_of(files_.trust);
  KeyLines lines(trust, "trust");
  int version = 0;
  Id log{};
  PublicKey key{};
  ASSERT_TRUE(lines.take_number("spoor-trust", version).is_ok());
  ASSERT_TRUE(lines.take_hex("log", log).is_ok());
  ASSERT_TRUE(lines.take_hex("key", key).is_ok());
  EXPECT_TRUE(lines.end().is_ok());
  EXPECT_EQ(version, 1);
  EXPECT_EQ(log, as.log_id);
  EXPECT_EQ(key, as.log_key);
  EXPECT_EQ(mode_of(files_.trust), 0644u);
  EXPECT_EQ(mode_of(files_.checkpoint_key), 0400u);
  expect_enrolled(as);
}

TEST_F(TrustPlacingTest, WithoutAnIdentityAllIsAsItWas) {
  const auto fails = [this] {
    EXPECT_FALSE(std::filesystem::exists(files_.trust)) << "before the identity";
    return unavailable("no identity");
  };
  EXPECT_EQ(placing_.place(enrolment(2), "key\n", self_, fails).message(), "no identity");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / ""));
  EXPECT_EQ(*placing_.settle(std::nullopt), TrustPlacing::Settled::nothing);
}

TEST_F(TrustPlacingTest, WhatCannotBeReplacedIsKnownBefore) {
  const auto never = [] {
    ADD_FAILURE();
    return ok();
  };
  std::ofstream(files_.checkpoint_key) << "old key";
  std::filesystem::create_directory(files_.trust);
  EXPECT_EQ(placing_.place(enrolment(2), "key\n", self_, never).code(), Code::denied);
  EXPECT_FALSE(placing_.is_open());
  files_.trust = folder_ / "nowhere/trust";
  EXPECT_FALSE(TrustPlacing(files_).place(enrolment(2), "key\n", self_, never).is_ok());
  EXPECT_FALSE(TrustPlacing(files_).is_open());
  EXPECT_EQ(content_of(files_.checkpoint_key), "old key");
}

// Before the identity took its place the host is what it was, from then on what it became; and the
// next enrolment begins with that, whoever of both was killed, and how often.
TEST_F(TrustPlacingTest, KilledAtAnyStep) {
  const Enrolment before = enrolment(1), after = enrolment(2);
  std::set<TrustPlacing::Settled> seen;
  for (const bool had_one : {false, true}) {
    for (int n = 1;; ++n) {
      std::filesystem::remove_all(folder_ / "");
      std::filesystem::create_directory(folder_ / "");
      if (had_one) {
        ASSERT_TRUE(enrol(before).is_ok());
      }
      if (!is_killed_at(n, after)) {
        EXPECT_GT(n, 10);
        expect_enrolled(after);
        break;
      }
      SCOPED_TRACE(std::to_string(n) + (had_one ? " of a host with an identity" : ""));
      const auto is = placed();
      const bool is_new = is && is->log_id == after.log_id;
      if (!is_new && had_one) {
        EXPECT_EQ(content_of(files_.trust), trust_of(before));
        EXPECT_EQ(content_of(files_.checkpoint_key), key_of(before));
      }
      const auto settled = placing_.settle(is);
      ASSERT_TRUE(settled.is_ok()) << settled.status().message();
      seen.insert(*settled);
      if (is) {
        expect_enrolled(*is);
      } else {
        expect_nothing();
      }
    }
  }
  EXPECT_EQ(seen.size(), 3u);
}

// Killed once more, while that is finished.
TEST_F(TrustPlacingTest, KilledWhileItSettles) {
  const Enrolment before = enrolment(1), after = enrolment(2);
  bool is_killed = true;
  for (int n = 1; is_killed; ++n) {
    ASSERT_TRUE(enrol(before).is_ok());
    leave_unfinished(after);
    const pid_t child = fork();
    if (child == 0) {
      int calls = 0;
      before_disk_call = [&](const std::string&) {
        if (++calls == n) _exit(9);
      };
      _exit(placing_.settle(after).is_ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    is_killed = WEXITSTATUS(status) == 9;
    ASSERT_TRUE(is_killed || (WEXITSTATUS(status) == 0 && n > 2)) << n;
    ASSERT_TRUE(placing_.settle(after).is_ok());
    expect_enrolled(after);
  }
}

TEST_F(TrustPlacingTest, WhatCannotBeFinishedStaysReady) {
  leave_unfinished(enrolment(2));
  std::filesystem::create_directories(folder_ / "trust/x");
  EXPECT_FALSE(placing_.settle(enrolment(2)).is_ok());
  EXPECT_TRUE(placing_.is_open());
  std::filesystem::remove_all(folder_ / "trust");
  EXPECT_EQ(*placing_.settle(enrolment(2)), TrustPlacing::Settled::finished);
  expect_enrolled(enrolment(2));
}

}  // namespace
}  // namespace spoor::uplink
