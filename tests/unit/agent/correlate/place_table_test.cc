#include "agent/correlate/place_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

PlaceTable::Seen docker(const std::string& id) {
  ProcessSight seen;
  seen.place = Place::container;
  seen.runtime = "docker";
  seen.container = id;
  seen.unit_started_ns = 7;
  return std::make_shared<const ProcessSight>(seen);
}

TEST(PlaceTable, ForTheLifeOfAProcess) {
  PlaceTable t;
  t.set({7, 100, false}, docker("a"));
  EXPECT_EQ(t.find({7, 100, true})->container, "a");
  EXPECT_EQ(t.find({7, 200, false}), nullptr);
  t.forget({7, 100, false});
  EXPECT_EQ(t.find({7, 100, false}), nullptr);
}

TEST(PlaceTable, Bounded) {
  PlaceTable t;
  const auto place = docker("a");
  for (uint32_t pid = 0; pid <= kPlacesMax; ++pid) t.set({pid, 1, false}, place);
  EXPECT_EQ(t.size(), kPlacesMax);
}

TEST(PlaceTable, SavesAndRestores) {
  PlaceTable t, back;
  t.set({7, 100, false}, docker("a"));
  t.set({8, 100, false}, docker("a"));
  t.set({9, 100, false}, docker("b"));
  std::string saved, again;
  t.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  back.save(again);
  EXPECT_EQ(again, saved);
  EXPECT_EQ(back.find({8, 100, false})->container, "a");
  EXPECT_EQ(back.find({9, 100, false})->unit_started_ns, 7);
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
