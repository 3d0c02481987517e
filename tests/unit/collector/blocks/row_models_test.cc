#include "collector/blocks/row_models.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

using Numbers = std::vector<uint64_t>;

TEST(RowModels, TwinsAreTheLatestRowsOfTheSameProcess) {
  std::mt19937_64 random(1);
  std::vector<ProcessName> processes(kPageRows);
  for (ProcessName& p : processes) p = {random() % 2, random() % 50, random() % 3};
  const Numbers twins = twins_of(processes);
  std::map<std::tuple<uint64_t, uint64_t, uint64_t>, size_t> latest;
  for (size_t i = 0; i < processes.size(); ++i) {
    const ProcessName& p = processes[i];
    const auto name = std::tuple(p.host, p.pid, p.birth);
    const bool is_known = p.pid != 0 && latest.contains(name);
    EXPECT_EQ(twins[i], is_known ? i - latest[name] : 0);
    latest[name] = i;
  }
}

TEST(RowModels, APageOfDifferentProcessesHasNoTwins) {
  std::vector<ProcessName> processes(kPageRows);
  for (size_t i = 0; i < kPageRows; ++i) processes[i] = {1, i, i * i};
  EXPECT_EQ(twins_of(processes), Numbers(kPageRows));
}

TEST(RowModels, ARowHasItsKind) {
  const KindModels models = kind_models(Numbers{102, 101, 102, 101, 103});
  EXPECT_EQ(models.kin, (std::vector<uint16_t>{kNoRow, kNoRow, 0, 1, kNoRow}));
  EXPECT_EQ(models.by_kind, (std::vector<uint16_t>{1, 3, 0, 2, 4}));
}

TEST(RowModels, ARowHasItsProcess) {
  EXPECT_EQ(process_models(Numbers{0, 0, 2, 1}).value(),
            (std::vector<uint16_t>{kNoRow, kNoRow, 0, 2}));
}

TEST(RowModels, ATwinBeforeThePageIsRefused) {
  EXPECT_TRUE(process_models(Numbers{0, 1}).is_ok());
  EXPECT_EQ(process_models(Numbers{0, 2}).code(), Code::corrupt);
  EXPECT_EQ(process_models(Numbers{0, UINT64_MAX}).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
