#include "common/merkle.h"

#include <vector>

#include "common/sha256.h"
#include "common/sha256_many.h"

namespace spoor {

// Level by level, a last node without a neighbour moving up as it is: the same tree as RFC 6962's
// split at the largest power of two, without its recursion.
Hash merkle_root(std::span<const Hash> leaves) {
  static constexpr uint8_t kInner[] = {0x01};
  static_assert(sizeof(Hash[2]) == 64, "neighbours are one piece of memory");
  if (leaves.empty()) return sha256({});
  std::vector<Hash> level(leaves.begin(), leaves.end()), above;
  std::vector<Sha256Message> nodes;
  while (level.size() > 1) {
    nodes.clear();
    for (size_t i = 0; i + 1 < level.size(); i += 2) {
      nodes.push_back({kInner, {level[i].data(), sizeof(Hash[2])}});
    }
    above.resize(nodes.size());
    sha256_many(nodes, above);
    if (level.size() % 2 != 0) above.push_back(level.back());
    level.swap(above);
  }
  return level.front();
}

}  // namespace spoor
