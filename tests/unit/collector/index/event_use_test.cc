#include "collector/index/event_use.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

TEST(EventUse, OfEachThereIsOne) {
  EventMaker make, own(kOwnAgent);
  v1::Event failed = make.event(0);
  failed.mutable_authentication();
  failed.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  EXPECT_EQ(use_of(own.index(own.loss(1, 2))), EventUse::own);
  EXPECT_EQ(use_of(make.index(failed)), EventUse::failed_login);
  EXPECT_EQ(use_of(make.index(make.loss(1, 2))), EventUse::loss);
  EXPECT_EQ(use_of(make.index(make.event(3))), EventUse::session);
  EXPECT_EQ(use_of(make.index(make.event(0))), EventUse::none);
  failed.set_session_uid(std::string(16, 'x'));
  EXPECT_EQ(use_of(make.index(failed)), EventUse::session);
  EXPECT_EQ(session_of(make.index(make.event(3))), (SessionKey{"web1", sample_uid(3)}));
  failed.set_session_uid(std::string(15, 'x'));
  EXPECT_EQ(use_of(make.index(failed)), EventUse::none);
}

TEST(EventUse, ABootIsToldByTheAgentOrTheKernel) {
  v1::Event event;
  EXPECT_FALSE(boot_of(event));
  event.mutable_kernel()->set_boot_id(std::string(16, '\x02'));
  EXPECT_EQ(boot_of(event), sample_uid(2));
  event.mutable_agent_state()->set_boot_id(std::string(16, '\x03'));
  EXPECT_EQ(boot_of(event), sample_uid(3));
}

TEST(EventUse, WhoClaimsToBeAManagerIsNone) {
  v1::Event event;
  for (uint32_t i = 0; i < 100; ++i) event.mutable_session_fact()->add_logins_of_user(i);
  EXPECT_EQ(logins_of(event).size(), kSessionLinksMax);
  event.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
  EXPECT_TRUE(logins_of(event).empty());
}

TEST(EventUse, SharesAreTheAgents) {
  EventMaker make, own(kOwnAgent);
  v1::Event conflict;
  conflict.mutable_stream_conflict()->set_agent("web1");
  EXPECT_EQ(share_of(own.index(conflict)), "agent web1");
  EXPECT_EQ(share_of(make.index(conflict)), "web1");
}

}  // namespace
}  // namespace spoor::collector
