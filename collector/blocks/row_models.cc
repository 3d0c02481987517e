#include "collector/blocks/row_models.h"

#include <array>
#include <numeric>

#include "collector/limits.h"

namespace spoor::collector {

namespace {

// Kinds are protobuf field numbers, few of which are in use: those that are equal in their lowest
// bits share a chain. It is a guess of what rows have in common, so any rule would do.
constexpr size_t kKindChains = 64;

// A power of two with room to spare for the processes of a page, and what spreads them over it.
constexpr size_t kBuckets = 4 * kPageRows;
constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;
constexpr int kBucketShift = 64 - 14;
static_assert(kBuckets == 1u << 14);

}  // namespace

std::vector<uint64_t> twins_of(std::span<const ProcessName> processes) {
  CHECK(processes.size() <= kPageRows);
  std::vector<uint64_t> out(processes.size());
  std::vector<uint16_t> latest(kBuckets, kNoRow);
  for (size_t i = 0; i < processes.size(); ++i) {
    const ProcessName& p = processes[i];
    if (p.pid == 0) continue;
    size_t bucket = (p.birth ^ p.pid << 32 ^ p.host) * kSpread >> kBucketShift;
    while (latest[bucket] != kNoRow && processes[latest[bucket]] != p) {
      bucket = (bucket + 1) % kBuckets;
    }
    if (latest[bucket] != kNoRow) out[i] = i - latest[bucket];
    latest[bucket] = static_cast<uint16_t>(i);
  }
  return out;
}

KindModels kind_models(std::span<const uint64_t> kinds) {
  CHECK(kinds.size() <= kPageRows);
  KindModels out;
  out.kin.resize(kinds.size());
  out.by_kind.resize(kinds.size());
  std::array<uint16_t, kKindChains> latest;
  latest.fill(kNoRow);
  std::array<size_t, kKindChains + 1> begin{};
  for (size_t i = 0; i < kinds.size(); ++i) {
    const size_t kind = kinds[i] % kKindChains;
    out.kin[i] = latest[kind];
    latest[kind] = static_cast<uint16_t>(i);
    ++begin[kind + 1];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  for (size_t i = 0; i < kinds.size(); ++i) {
    out.by_kind[begin[kinds[i] % kKindChains]++] = static_cast<uint16_t>(i);
  }
  return out;
}

Result<std::vector<uint16_t>> process_models(std::span<const uint64_t> twins) {
  std::vector<uint16_t> out(twins.size());
  for (size_t i = 0; i < twins.size(); ++i) {
    if (twins[i] > i) return corrupt("index block: a row's twin lies before its page");
    out[i] = twins[i] == 0 ? kNoRow : static_cast<uint16_t>(i - twins[i]);
  }
  return out;
}

}  // namespace spoor::collector
