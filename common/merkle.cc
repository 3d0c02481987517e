#include "common/merkle.h"

#include <vector>

#include "common/sha256.h"

namespace spoor {
namespace {

Hash inner_node(const Hash& left, const Hash& right) {
  static constexpr uint8_t kInner[] = {0x01};
  return Sha256().add(ByteView(kInner)).add(left).add(right).finish();
}

}  // namespace

// Level by level, a last node without a neighbour moving up as it is: the same tree as RFC 6962's
// split at the largest power of two, without its recursion.
Hash merkle_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  std::vector<Hash> level(leaves.begin(), leaves.end());
  while (level.size() > 1) {
    const size_t pairs = level.size() / 2;
    for (size_t i = 0; i < pairs; ++i) level[i] = inner_node(level[2 * i], level[2 * i + 1]);
    if (level.size() % 2 != 0) level[pairs] = level.back();
    level.resize(pairs + level.size() % 2);
  }
  return level.front();
}

}  // namespace spoor
