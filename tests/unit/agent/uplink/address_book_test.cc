#include "agent/uplink/address_book.h"

#include <gtest/gtest.h>

namespace spoor::uplink {
namespace {

TEST(AddressBookTest, EachHasItsTurnThenTheRoundIsOver) {
  AddressBook book({"a:1", "b:1", "c:1"}, "unix:/x");
  EXPECT_EQ(book.current(), "a:1");
  EXPECT_FALSE(book.failed());
  EXPECT_EQ(book.current(), "b:1");
  EXPECT_FALSE(book.failed());
  EXPECT_EQ(book.current(), "c:1");
  EXPECT_TRUE(book.failed());
  EXPECT_EQ(book.current(), "a:1");
}

TEST(AddressBookTest, NoneConfiguredIsTheOther) {
  AddressBook book({}, "unix:/x");
  EXPECT_EQ(book.current(), "unix:/x");
  EXPECT_FALSE(book.has_several());
  EXPECT_TRUE(book.failed());
  EXPECT_EQ(book.current(), "unix:/x");
}

// A collector that restarts is come back to, with the pause that a failure costs.
TEST(AddressBookTest, OneThatWorkedIsTriedAgainFirst) {
  AddressBook book({"a:1", "b:1"}, "");
  book.failed();
  book.worked();
  EXPECT_TRUE(book.failed());
  EXPECT_EQ(book.current(), "b:1");
  EXPECT_FALSE(book.failed());
  EXPECT_EQ(book.current(), "a:1");
  EXPECT_TRUE(book.failed());
}

TEST(AddressBookTest, NamedOnesAreNextInTurn) {
  AddressBook book({"a:1", "b:1"}, "");
  EXPECT_TRUE(book.learn({"c:1"}));
  EXPECT_FALSE(book.learn({"c:1", "a:1"})) << "nothing new";
  book.failed();
  EXPECT_EQ(book.current(), "c:1");
  EXPECT_FALSE(book.failed());
  EXPECT_EQ(book.current(), "b:1");
  EXPECT_TRUE(book.failed());
}

TEST(AddressBookTest, OneThatRefusesAfterItWorkedAndNamesAnotherIsLeft) {
  AddressBook book({"a:1"}, "");
  book.worked();
  book.learn({"b:1"});
  book.failed();
  EXPECT_EQ(book.current(), "b:1");
}

// Who answers on a Unix socket proved nothing; and nobody may lead us to one, or fill our memory.
TEST(AddressBookTest, NamesAreBelievedOnlySoFar) {
  AddressBook local({"unix:/x"}, "");
  EXPECT_FALSE(local.learn({"evil.example:1"}));
  EXPECT_FALSE(local.has_several());
  AddressBook book({"a:1"}, "");
  EXPECT_FALSE(book.learn({"unix:/run/evil", "dns:///evil:1", "evil", "", "b:1\n"}));
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("h" + std::to_string(i) + ":1");
  book.learn(many);
  book.learn(many);
  size_t turns = 1;
  while (!book.failed()) ++turns;
  EXPECT_EQ(turns, 1 + kLearnedAddressesMax);
}

TEST(AddressBookTest, NamedOneThatLeadsElsewhereIsNeverTriedAgain) {
  AddressBook book({"a:1", "b:1"}, "");
  book.learn({"c:1"});
  book.failed();
  ASSERT_EQ(book.current(), "c:1");
  book.leads_elsewhere();
  book.failed();
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(book.current(), "c:1");
    book.failed();
  }
  EXPECT_FALSE(book.learn({"c:1"})) << "nor named again";
  // What an administrator wrote is.
  book.leads_elsewhere();
  const std::string own = book.current();
  book.failed();
  book.failed();
  EXPECT_EQ(book.current(), own);
}

}  // namespace
}  // namespace spoor::uplink
