#include "collector/identity/enrolment.h"

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <thread>

#include "collector/identity/authority_messages.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

using testing::HasSubstr;

class EnrolmentTest : public testing::Test {
 protected:
  int64_t now_s() const { return clock_.now().realtime_ns / kNsPerSecond; }
  std::string token(const std::string& pattern = "web*", int64_t uses = 100) {
    return authority_.tokens().create({pattern, {}, 3600, uses}, "uid 0", now_s()).value();
  }
  Enrolment::Host host(const std::string& token, const std::string& name = "web1",
                       char machine = 1) {
    return {token, request_, std::string(16, machine), name, std::string(32, 'k')};
  }
  Result<Granted> enrol(const Enrolment::Host& host) {
    return enrolment_.enrol(host, "192.0.2.7");
  }
  static std::string first_of(const Granted& granted) {
    return Certificate::from_pem(granted.certificate_chain)->to_pem();
  }

  TempFolder folder_;
  const SampleCa ca_;
  const std::string request_ = sample_request();
  FakeClock clock_;
  Authority authority_ =
      Authority::open(":memory:", ca_.key.to_pem().value(), ca_.chain()).value();
  std::unique_ptr<Registry> registry_ = Registry::open(folder_ / "state.db").value();
  std::vector<v1::Event> events_;
  bool ca_is_down_ = false;
  int asked_ = 0;
  Enrolment enrolment_{*registry_,
                       [this](std::string_view question) -> Result<std::string> {
                         ++asked_;
                         if (ca_is_down_) return unavailable("no CA");
                         return answer_question(authority_, question, now_s());
                       },
                       clock_, [this](v1::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(EnrolmentTest, AnAgentIsRegisteredAndTold) {
  const Granted granted = enrol(host(token())).value();
  EXPECT_EQ(registry_->standing(granted.serial), Registry::Standing::good);
  EXPECT_EQ(registry_->agents()->at(0).enrolled_from, "192.0.2.7");
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].operator_action().operation(), "enrol");
}

TEST_F(EnrolmentTest, WhatIsTooLongOrShortNeverReachesTheCa) {
  Enrolment::Host bad = host(std::string(129, 't'));
  EXPECT_EQ(enrol(bad).code(), Code::invalid);
  bad = host("t");
  bad.request_der = std::string(5000, 'r');
  EXPECT_EQ(enrol(bad).code(), Code::invalid);
  bad = host("t");
  bad.checkpoint_key = "short";
  EXPECT_EQ(enrol(bad).code(), Code::invalid);
  bad = host("t");
  bad.machine_id = "short";
  EXPECT_EQ(enrol(bad).code(), Code::invalid);
  EXPECT_EQ(enrol(host("t", "web1", 0)).code(), Code::invalid);
  EXPECT_EQ(enrol(host("t", std::string(65, 'w'))).code(), Code::invalid);
  EXPECT_EQ(asked_, 0);
}

TEST_F(EnrolmentTest, WhoGuessesIsNotHeardAnyMore) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(enrol(host("wrong")).code(), Code::denied);
  EXPECT_EQ(enrol(host(token())).code(), Code::unavailable);
  EXPECT_EQ(asked_, 10);
  EXPECT_TRUE(enrolment_.enrol(host(token()), "198.51.100.1").is_ok());
  clock_.advance_ns(7 * kNsPerSecond);
  EXPECT_TRUE(enrol(host(token())).is_ok());
}

TEST_F(EnrolmentTest, RefusalsAreToldAtMostOnceASecondWithTheirNumber) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(enrol(host("wrong", "web\n1")).is_ok());
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].target().name(), "web\\n1");
  clock_.advance_ns(kNsPerSecond);
  EXPECT_FALSE(enrol(host("wrong")).is_ok());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[1].operator_action().attributes().at("untold"), "4");
}

TEST_F(EnrolmentTest, ACaThatIsDownCostsTheHostNothing) {
  const std::string good = token();
  ca_is_down_ = true;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(enrol(host(good)).code(), Code::unavailable);
  EXPECT_TRUE(events_.empty());
  ca_is_down_ = false;
  EXPECT_TRUE(enrol(host(good)).is_ok());
}

TEST_F(EnrolmentTest, ANameIsFreeAgainOnceItsAgentIsRevoked) {
  const std::string good = token("*");
  ASSERT_TRUE(enrol(host(good, "web1", 1)).is_ok());
  EXPECT_THAT(enrol(host(good, "web1", 2)).status().message(), HasSubstr("agents revoke web1"));
  EXPECT_EQ(enrol(host(good, "web2", 1)).code(), Code::denied);
  ASSERT_TRUE(registry_->revoke("web1", "replaced", "uid 0", now_s()).is_ok());
  EXPECT_TRUE(enrol(host(good, "web1", 2)).is_ok());
  EXPECT_TRUE(enrol(host(good, "web2", 1)).is_ok());
}

TEST_F(EnrolmentTest, AMachineWhoseAgentWasRevokedMayHaveAnotherName) {
  const std::string good = token("*");
  ASSERT_TRUE(enrol(host(good, "web1", 1)).is_ok());
  ASSERT_TRUE(registry_->revoke("web1", "renamed", "uid 0", now_s()).is_ok());
  EXPECT_TRUE(enrol(host(good, "db1", 1)).is_ok());
}

TEST_F(EnrolmentTest, ARenewalNeedsTheCertificateThatItReplaces) {
  const Granted first = enrol(host(token())).value();
  const std::string machine(16, 1);
  EXPECT_EQ(enrolment_.renew("", request_, machine, "a").code(), Code::denied);
  EXPECT_EQ(enrolment_.renew("none", request_, machine, "a").code(), Code::invalid);
  EXPECT_EQ(enrolment_.renew(first_of(first), request_, std::string(16, 2), "a").code(),
            Code::denied);
  const Granted second = enrolment_.renew(first_of(first), request_, machine, "a").value();
  EXPECT_EQ(second.agent, "web1");
  EXPECT_EQ(registry_->standing(second.serial), Registry::Standing::good);
  EXPECT_EQ(events_.back().operator_action().operation(), "renew");
}

TEST_F(EnrolmentTest, ARefusedRenewalIsToldOnceAnHourAndCounts) {
  const Granted first = enrol(host(token())).value();
  ASSERT_TRUE(registry_->revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  events_.clear();
  const auto renew = [&] { return enrolment_.renew(first_of(first), request_, std::string(16, 1),
                                                   "192.0.2.7"); };
  EXPECT_EQ(renew().code(), Code::denied);
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].operator_action().operation(), "renew refused");
  EXPECT_EQ(events_[0].target().name(), "web1");
  for (int i = 0; i < 20; ++i) {
    clock_.advance_ns(60 * kNsPerSecond);
    EXPECT_EQ(renew().code(), Code::denied);
  }
  EXPECT_EQ(events_.size(), 1u);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(renew().code(), Code::denied);
  EXPECT_EQ(renew().code(), Code::unavailable);
}

// Each one costs a signature of the CA, and an event.
TEST_F(EnrolmentTest, RenewalsHaveABoundByNameAndDay) {
  const std::string machine(16, 1);
  const Granted first = enrol(host(token())).value();
  const Granted other = enrol(host(token(), "web2", 2)).value();
  const auto renew = [&](const Granted& granted, char of) {
    return enrolment_.renew(first_of(granted), request_, std::string(16, of), "a");
  };
  for (int i = 1; i < 24; ++i) ASSERT_TRUE(renew(first, 1).is_ok()) << i;
  const int before = asked_;
  const auto refused = renew(first, 1);
  EXPECT_EQ(refused.code(), Code::denied);
  EXPECT_THAT(refused.status().message(), HasSubstr("24 certificates within a day"));
  EXPECT_EQ(asked_, before);
  EXPECT_TRUE(renew(other, 2).is_ok());
  clock_.advance_ns(kNsPerSecond * kDayS);
  EXPECT_TRUE(renew(first, 1).is_ok());
}

// Tokens are tried from everywhere, the place of a host that wants to renew among them, and while
// the CA thinks about them.
TEST_F(EnrolmentTest, WhoTriesTokensKeepsNobodyFromRenewing) {
  const Granted first = enrol(host(token())).value();
  const auto renew = [&](Enrolment& enrolment) {
    return enrolment.renew(first_of(first), request_, std::string(16, 1), "192.0.2.7");
  };
  for (int i = 0; i < 11; ++i) EXPECT_FALSE(enrol(host("wrong")).is_ok());
  EXPECT_TRUE(renew(enrolment_).is_ok());

  std::latch without_place(100 - 64);
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  Enrolment busy(*registry_, [&](std::string_view question) -> Result<std::string> {
    if (question.find("strange") == std::string_view::npos)
      return answer_question(authority_, question, now_s());
    released.wait();
    return unavailable("slow");
  }, clock_, [](const v1::Event&) {});
  std::vector<std::jthread> strangers;
  for (int i = 0; i < 100; ++i) {
    strangers.emplace_back([&, i] {
      if (busy.enrol(host("strange"), "198.51.100." + std::to_string(i)).status().message() !=
          "slow")
        without_place.count_down();
    });
  }
  without_place.wait();
  EXPECT_TRUE(renew(busy).is_ok());
  release.set_value();
}

TEST_F(EnrolmentTest, AnExpiredCertificateIsRenewedAndARevokedOneNever) {
  const Granted first = enrol(host(token())).value();
  const std::string machine(16, 1);
  clock_.advance_ns(kNsPerSecond * (90 + 179) * kDayS);
  EXPECT_TRUE(enrolment_.renew(first_of(first), request_, machine, "a").is_ok());
  ASSERT_TRUE(registry_->revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  const int before = asked_;
  const auto refused = enrolment_.renew(first_of(first), request_, machine, "a");
  EXPECT_EQ(refused.code(), Code::denied);
  EXPECT_THAT(refused.status().message(), HasSubstr("revoked"));
  EXPECT_EQ(asked_, before);
}

// state.db came back older than the certificates: a renewal at the CA mends it.
TEST_F(EnrolmentTest, ARegistryThatForgotLearnsByRenewal) {
  const Granted first = enrol(host(token())).value();
  const auto empty = Registry::open(folder_ / "older.db").value();
  Enrolment enrolment(*empty, [&](std::string_view question) -> Result<std::string> {
    return answer_question(authority_, question, now_s());
  }, clock_, [](const v1::Event&) {});
  EXPECT_EQ(empty->standing(first.serial), Registry::Standing::unknown);
  const Granted second =
      enrolment.renew(first_of(first), request_, std::string(16, 1), "a").value();
  EXPECT_EQ(empty->standing(second.serial), Registry::Standing::good);
  EXPECT_EQ(empty->agents()->at(0).name, "web1");
}

}  // namespace
}  // namespace spoor::collector
