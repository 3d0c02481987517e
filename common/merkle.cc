#include "common/merkle.h"

#include <array>
#include <cstring>
#include <vector>

#include "common/sha256.h"

namespace spoor {
namespace {

Hash inner_node(const Hash& left, const Hash& right) {
  std::array<uint8_t, 1 + 2 * sizeof(Hash)> node{0x01};
  std::memcpy(node.data() + 1, left.data(), left.size());
  std::memcpy(node.data() + 1 + left.size(), right.data(), right.size());
  return sha256(node);
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
