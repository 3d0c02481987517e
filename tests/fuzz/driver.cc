// main() for a fuzz target where there is no libFuzzer: runs every file of a corpus folder and then
// seeded mutations of them, always the same ones.
//
//   fuzz_frame_reader CORPUS [MUTATIONS [FIRST_SEED]]
//
// The inputs run in a child process that keeps the seed at work in shared memory, so that the
// parent can tell which one it died of, whatever killed it. `… CORPUS 1 SEED` runs that one alone.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kInputBytesMax = 64u << 10;
constexpr unsigned kInputSecondsMax = 10;

// Where the child is.
struct Progress {
  bool mutating;    // false: `number` is a corpus file, true: a seed
  uint64_t number;
};

struct Corpus {
  std::vector<std::string> names;
  std::vector<std::string> inputs;
};

Corpus read_corpus(const std::string& folder) {
  Corpus corpus;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    corpus.names.push_back(entry.path().string());
  }
  std::sort(corpus.names.begin(), corpus.names.end());
  for (const std::string& name : corpus.names) {
    std::ifstream file(name, std::ios::binary);
    corpus.inputs.emplace_back(std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const Corpus& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string input() {
    std::string out = corpus_.inputs[below(corpus_.inputs.size())];
    for (size_t n = 1 + below(6); n > 0; --n) mutate(out);
    out.resize(std::min(out.size(), kInputBytesMax));
    return out;
  }

 private:
  size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(random_() % bound); }

  void mutate(std::string& bytes) {
    static constexpr uint32_t kEdges[] = {0,      1,      0x7F,       0x80,       0xFF,
                                          0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    const size_t at = below(bytes.size() + 1);
    const size_t size = below(std::min<size_t>(bytes.size() - at, 64) + 1);
    const std::string& other = corpus_.inputs[below(corpus_.inputs.size())];
    switch (below(7)) {
      case 0:  // a bit
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
        break;
      case 1:  // a byte
        if (at < bytes.size()) bytes[at] = static_cast<char>(random_());
        break;
      case 2:  // a number at an edge, of one to four bytes
        for (uint32_t i = 0, edge = kEdges[below(10)], n = 1u << below(3); i < n; ++i) {
          if (at + i < bytes.size()) bytes[at + i] = static_cast<char>(edge >> 8 * i);
        }
        break;
      case 3: bytes.erase(at, size); break;
      case 4: bytes.insert(at, bytes.substr(at, size)); break;
      case 5: bytes.insert(at, std::string(below(16), static_cast<char>(random_()))); break;
      default: bytes.replace(at, size, other.substr(below(other.size() + 1), size)); break;
    }
  }

  const Corpus& corpus_;
  std::mt19937_64 random_;
};

// A heap copy of the exact size, so that a sanitizer sees a read past its end.
void run(const std::string& input) {
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  alarm(kInputSecondsMax);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  alarm(0);
}

void run_all(const Corpus& corpus, uint64_t mutations, uint64_t first_seed, Progress* progress) {
  for (size_t i = 0; i < corpus.inputs.size(); ++i) {
    *progress = {false, i};
    run(corpus.inputs[i]);
  }
  for (uint64_t seed = first_seed; seed < first_seed + mutations; ++seed) {
    *progress = {true, seed};
    run(Mutator(corpus, seed).input());
  }
}

int report(const Corpus& corpus, const Progress& progress, int wait_status) {
  if (!progress.mutating) {
    std::fprintf(stderr, "died (wait status %d) of %s\n", wait_status,
                 corpus.names[progress.number].c_str());
    return 1;
  }
  const std::string name = "crash-" + std::to_string(progress.number);
  std::ofstream(name, std::ios::binary) << Mutator(corpus, progress.number).input();
  std::fprintf(stderr, "died (wait status %d) of seed %llu; the input is in ./%s\n", wait_status,
               static_cast<unsigned long long>(progress.number), name.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: %s CORPUS [MUTATIONS [FIRST_SEED]]\n", argv[0]);
    return 2;
  }
  const uint64_t mutations = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000;
  const uint64_t first_seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  const Corpus corpus = read_corpus(argv[1]);
  if (corpus.inputs.empty()) {
    std::fprintf(stderr, "%s is empty\n", argv[1]);
    return 2;
  }
  void* shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  Progress* progress = static_cast<Progress*>(shared);
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    run_all(corpus, mutations, first_seed, progress);
    std::exit(0);  // not _exit(): a sanitizer looks for leaks on the way out
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 2;
  if (status != 0) return report(corpus, *progress, status);
  std::printf("%zu inputs and %llu mutations from seed %llu: no crash\n", corpus.inputs.size(),
              static_cast<unsigned long long>(mutations),
              static_cast<unsigned long long>(first_seed));
  return 0;
}
