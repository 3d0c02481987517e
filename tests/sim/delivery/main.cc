// sim_test: runs the simulation of delivery over as many seeds as one likes.
//
//   sim_test --seeds 500 --from 1        each must hold; prints what happened how often
//   sim_test --seeds 1 --from 4711       the same run again, exactly
//   sim_test --only 12,73                these
//   sim_test --seeds 200 --lie sync      a door lies (sync, rename, twice): it must be noticed
//
// Exit code 0: all well. 1: a seed failed, or something never happened, or a lie went unnoticed.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "common/log.h"
#include "tests/sim/delivery/world.h"

namespace {

spoor::sim::Dice* id_dice = nullptr;

}  // namespace

// Ids and salts are the kernel's chance elsewhere (common/bytes.cc); here they are the seed's.
extern "C" ssize_t getrandom(void* buffer, size_t size, unsigned) noexcept {
  auto* bytes = static_cast<unsigned char*>(buffer);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<unsigned char>(id_dice == nullptr ? i + 1 : id_dice->next());
  return static_cast<ssize_t>(size);
}

namespace spoor::sim {
namespace {

// Fewer seeds than this need not have seen everything.
constexpr uint64_t kSeedsToSeeAll = 100;

struct Options {
  uint64_t seeds = 500;
  uint64_t from = 1;
  std::vector<uint64_t> only;
  LyingDoor lie = LyingDoor::none;
  bool verbose = false;
};

std::vector<uint64_t> read_list(const char* text) {
  std::vector<uint64_t> all;
  for (char* end = nullptr; *text != '\0'; text = *end == ',' ? end + 1 : end) {
    all.push_back(std::strtoull(text, &end, 10));
    if (end == text) break;
  }
  return all;
}

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    ++i;
    if (name == "--seeds") options.seeds = std::strtoull(value, nullptr, 10);
    else if (name == "--only") options.only = read_list(value);
    else if (name == "--from") options.from = std::strtoull(value, nullptr, 10);
    else if (name == "--lie" && !std::strcmp(value, "sync")) options.lie = LyingDoor::sync;
    else if (name == "--lie" && !std::strcmp(value, "rename")) options.lie = LyingDoor::rename;
    else if (name == "--lie" && !std::strcmp(value, "twice")) options.lie = LyingDoor::twice;
    else return std::nullopt;
  }
  return options;
}

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: sim_test [--seeds N] [--from S] [--only SEED,...]"
                         " [--lie sync|rename|twice]\n");
    return 2;
  }
  open_log("sim", options->verbose ? "debug" : "error");
  if (!options->verbose) spdlog::set_level(spdlog::level::off);
  Tally tally;
  World::expect_all(tally);
  uint64_t failed = 0;
  uint64_t steps = 0;
  std::vector<uint64_t> seeds = options->only;
  for (uint64_t i = 0; options->only.empty() && i < options->seeds; ++i)
    seeds.push_back(options->from + i);
  for (const uint64_t seed : seeds) {
    Dice ids(~seed);
    id_dice = &ids;
    World world(seed, options->lie, tally);
    const std::string failure = world.run();
    steps += world.steps();
    if (failure.empty()) continue;
    ++failed;
    std::printf("seed %llu, step %llu: %s\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(world.steps()), failure.c_str());
    if (options->lie == LyingDoor::none) continue;
    std::printf("noticed after %llu seeds\n",
                static_cast<unsigned long long>(seed - seeds.front() + 1));
    return 0;
  }
  if (options->lie != LyingDoor::none) {
    std::printf("the lie went unnoticed\n");
    return 1;
  }
  bool has_zero = false;
  for (const auto& [what, count] : tally.counts()) {
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(count), what.c_str());
    has_zero = has_zero || count == 0;
  }
  std::printf("%llu seeds, %llu steps, %llu failed\n",
              static_cast<unsigned long long>(seeds.size()),
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(failed));
  if (has_zero && seeds.size() >= kSeedsToSeeAll) {
    std::printf("what never happened was never tested\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace spoor::sim

int main(int argc, char** argv) { return spoor::sim::main(argc, argv); }
