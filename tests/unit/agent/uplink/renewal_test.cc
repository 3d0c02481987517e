#include "agent/uplink/renewal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/uplink/enrolment.h"
#include "tests/support/temp_folder.h"
#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

constexpr int64_t kDayNs = 86'400 * kNsPerSecond;

Certificate of_days(int64_t days) {
  Certificate certificate;
  certificate.not_before_ns = 1'700'000'000 * kNsPerSecond;
  certificate.not_after_ns = certificate.not_before_ns + days * kDayNs;
  return certificate;
}

TEST(RenewalTimeTest, IsDueInTheLastThirdAndNotForAllAtOnce) {
  const Certificate ninety = of_days(90);
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const int64_t due = renewal_due_ns(ninety, seed);
    EXPECT_EQ(due, renewal_due_ns(ninety, seed)) << "the same each time it is asked";
    first = std::min(first, due);
    last = std::max(last, due);
  }
  EXPECT_GE(first, ninety.not_after_ns - 30 * kDayNs);
  EXPECT_LE(last, ninety.not_after_ns - 27 * kDayNs);
  EXPECT_GT(last - first, 2 * kDayNs);
}

TEST(RenewalTimeTest, PauseFollowsTheLifeWithinBounds) {
  EXPECT_EQ(renewal_pause_ns(of_days(90)), 3600 * kNsPerSecond);
  EXPECT_EQ(renewal_pause_ns(of_days(0)), kNsPerSecond);
  EXPECT_EQ(renewal_pause_ns(of_days(-5)), kNsPerSecond) << "it ended before it began";
  EXPECT_EQ(renewal_pause_ns(of_days(20)), 864 * kNsPerSecond);
}

TEST(RenewalTimeTest, OddTimesAreBorne) {
  Certificate odd;
  odd.not_before_ns = INT64_MIN + 1;
  odd.not_after_ns = INT64_MAX;
  EXPECT_EQ(renewal_pause_ns(odd), 3600 * kNsPerSecond);
  (void)renewal_due_ns(odd, 1);
  std::swap(odd.not_before_ns, odd.not_after_ns);
  EXPECT_EQ(renewal_pause_ns(odd), kNsPerSecond);
  EXPECT_LE(renewal_due_ns(odd, 1), odd.not_after_ns);
}

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() {
    std::ofstream(machine_id_file_) << to_hex(machine_id());
  }
  static Id machine_id() {
    Id id;
    id.fill(0xab);
    return id;
  }
  // An identity with that much of its life behind and before it.
  void enroll(int64_t from_s, int64_t until_s) {
    server_.leaf.from_s = from_s;
    server_.leaf.until_s = until_s;
    EnrolmentOrder order;
    order.collector = *parse_address(server_.address());
    order.token = server_.token;
    order.fingerprint = *parse_fingerprint(ca_.fingerprint());
    order.host = "web1";
    order.machine_id = machine_id();
    const auto got = obtain(order, clock_);
    ASSERT_TRUE(got.is_ok()) << got.status().message();
    ASSERT_TRUE(files_.replace(got->identity).is_ok());
    server_.leaf.from_s = -60;
    server_.leaf.until_s = 90 * 86'400;
  }
  // Until the certificate is another one than `serial`'s.
  bool is_renewed(const std::string& serial) {
    for (int i = 0; i < 3000; ++i) {
      const auto now = files_.load();
      if (now.is_ok() && now->certificate.serial != serial) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  SystemClock clock_;
  TempFolder folder_;
  ToyCa ca_, other_;
  ToyEnrolment server_{ca_, ca_.issue({.alternative = "IP:127.0.0.1"})};
  std::string machine_id_file_ = folder_ / "machine-id";
  IdentityFiles files_{folder_ / "identity"};
};

TEST_F(RenewalTest, PutsANewKeyAndCertificateInPlace) {
  enroll(-60, 3600);
  const HostIdentity before = *files_.load();
  ASSERT_TRUE(renew_identity(files_, machine_id(), "").is_ok());
  const auto after = files_.load();
  ASSERT_TRUE(after.is_ok());
  EXPECT_NE(after->key, before.key);
  EXPECT_NE(after->certificate.serial, before.certificate.serial);
  EXPECT_GT(after->certificate.not_after_ns, before.certificate.not_after_ns);
  EXPECT_EQ(before.chain.rfind(server_.shown, 0), 0u) << "asked with the one that is replaced";
  ASSERT_TRUE(renew_identity(files_, machine_id(), "").is_ok());
  EXPECT_EQ(after->chain.rfind(server_.shown, 0), 0u) << "and then with the new one";
}

TEST_F(RenewalTest, ExpiredOneIsRenewed) {
  enroll(-3600, -60);
  EXPECT_TRUE(renew_identity(files_, machine_id(), "").is_ok());
}

// A collector, or who took it over, cannot move this host to another name, machine or root.
TEST_F(RenewalTest, WhatIsNotOursIsNotTaken) {
  enroll(-60, 3600);
  const std::string serial = files_.load()->certificate.serial;
  server_.leaf.name = "web2";
  EXPECT_EQ(renew_identity(files_, machine_id(), "").code(), Code::invalid);
  server_.leaf.name = "web1";
  server_.spoil = [&](v1::Identity& a) { a.set_certificate_chain(ca_.issue({}).chain); };
  EXPECT_EQ(renew_identity(files_, machine_id(), "").code(), Code::invalid);
  server_.spoil = [&](v1::Identity& a) { a.set_certificate_chain(""); };
  EXPECT_EQ(renew_identity(files_, machine_id(), "").code(), Code::invalid);
  EXPECT_EQ(files_.load()->certificate.serial, serial);
  server_.spoil = [&](v1::Identity& a) {
    a.set_root(other_.root());
    a.set_log_id(std::string(16, 'X'));
  };
  EXPECT_TRUE(renew_identity(files_, machine_id(), "").is_ok());
  EXPECT_EQ(files_.load()->root, ca_.root());
  EXPECT_EQ(to_hex(files_.load()->enrolment.log_id), to_hex(as_bytes(std::string(16, 'L'))));
}

TEST_F(RenewalTest, RefusalAndSilenceAreToldApart) {
  enroll(-60, 3600);
  server_.revoked = true;
  EXPECT_EQ(renew_identity(files_, machine_id(), "").code(), Code::denied);
  EXPECT_EQ(renew_identity(files_, machine_id(), "127.0.0.1:1").code(), Code::unavailable);
  EXPECT_EQ(renew_identity(files_, machine_id(), "unix:/x").code(), Code::invalid);
}

TEST_F(RenewalTest, HappensByItselfWhenItIsDue) {
  enroll(-3600, 60);
  const std::string serial = files_.load()->certificate.serial;
  Renewal renewal(files_, machine_id_file_, clock_, [] { return std::string(); });
  EXPECT_TRUE(is_renewed(serial));
}

TEST_F(RenewalTest, HappensWhenTheCollectorAsksWhateverTheClockSays) {
  enroll(-60, 80 * 86'400);
  const std::string serial = files_.load()->certificate.serial;
  Renewal renewal(files_, machine_id_file_, clock_, [] { return std::string(); });
  renewal.hurry();
  EXPECT_TRUE(is_renewed(serial));
}

TEST_F(RenewalTest, IsTriedAgainUntilItWorks) {
  enroll(-3600, 60);  // tried every second or two
  const std::string serial = files_.load()->certificate.serial;
  {
    const std::lock_guard lock(server_.mutex);
    server_.revoked = true;
  }
  Renewal renewal(files_, machine_id_file_, clock_, [] { return std::string(); });
  while (server_.renewals < 2) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(files_.load()->certificate.serial, serial);
  {
    const std::lock_guard lock(server_.mutex);
    server_.revoked = false;
  }
  EXPECT_TRUE(is_renewed(serial));
}

TEST_F(RenewalTest, HostThatIsNotEnrolledIsLeftAlone) {
  Renewal renewal(files_, machine_id_file_, clock_, [] { return std::string(); });
  renewal.hurry();
}  // and stops at once

}  // namespace
}  // namespace spoor::uplink
