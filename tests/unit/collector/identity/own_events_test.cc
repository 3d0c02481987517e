#include "collector/identity/own_events.h"

namespace spoor::collector {
namespace {

const Granted kGranted = {"web1", {{"env", "prod"}}, "", "", "4a", 0, "0123456789"};

TEST(OwnEvents, AnEnrolmentSaysWhoFromWhereWithWhat) {
  const v1::Event event = enrolled_event(kGranted, "192.0.2.7");
  EXPECT_EQ(event.operator_action().operation(), "enrol");
  EXPECT_EQ(event.target().kind(), "agent");
  EXPECT_EQ(event.target().name(), "web1");
  EXPECT_EQ(event.source().address(), "192.0.2.7");
  EXPECT_EQ(event.operator_action().attributes().at("serial"), "4a");
  EXPECT_EQ(event.operator_action().attributes().at("token"), "0123456789");
  EXPECT_EQ(event.operator_action().attributes().at("label.env"), "prod");
  EXPECT_EQ(renewed_event(kGranted, "192.0.2.7").operator_action().operation(), "renew");
}

TEST(OwnEvents, ARefusalSaysWhyAndHowManyMore) {
  const v1::Event event = refused_event("enrol", "web1", "192.0.2.7", "used up", 7);
  EXPECT_EQ(event.operator_action().operation(), "enrol refused");
  EXPECT_EQ(event.outcome().result(), v1::Outcome::RESULT_FAILURE);
  EXPECT_EQ(event.outcome().reason(), "used up");
  EXPECT_EQ(event.operator_action().attributes().at("untold"), "7");
  const v1::Event alone = refused_event("renew", "a", "b", "c", 0);
  EXPECT_EQ(alone.operator_action().attributes().count("untold"), 0u);
}

TEST(OwnEvents, ARevocationAndATokenSayWhoDidIt) {
  const v1::Event revoked = revoked_event({"4a", "web1", 7, "stolen", "uid 0"});
  EXPECT_EQ(revoked.operator_action().operation(), "agent revoke");
  EXPECT_EQ(revoked.operator_action().reason(), "stolen");
  EXPECT_EQ(revoked.actor().realm(), v1::Actor::REALM_OPERATOR);
  EXPECT_EQ(revoked.actor().id(), "uid 0");
  EXPECT_EQ(revoked.time_ns(), 7'000'000'000);
  const v1::Event token = token_event({1, 7, "token create", "0123", "uid 0", {{"uses", "5"}}});
  EXPECT_EQ(token.operator_action().operation(), "token create");
  EXPECT_EQ(token.target().name(), "0123");
  EXPECT_EQ(token.operator_action().attributes().at("uses"), "5");
}

}  // namespace
}  // namespace spoor::collector
