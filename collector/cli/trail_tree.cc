#include "collector/cli/trail_tree.h"

#include <unordered_map>

namespace spoor::cli {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

struct Node {
  size_t parent = kNone;
  std::vector<size_t> children;
  size_t others_from = 0;  // items from here up to this one are no commands
};

struct Tree {
  std::vector<Node> nodes;  // by item; only commands' are used
  std::vector<size_t> roots;
  size_t others_from = 0;   // after the last command
};

// A parent counts only when it came before: so there are no circles.
Tree build(const std::vector<v1::TrailItem>& items) {
  Tree tree;
  tree.nodes.resize(items.size());
  std::unordered_map<uint64_t, size_t> by_number;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].has_command()) continue;
    const v1::Command& command = items[i].command();
    Node& node = tree.nodes[i];
    node.others_from = tree.others_from;
    tree.others_from = i + 1;
    const auto parent = by_number.find(command.parent());
    if (command.parent() != 0 && parent != by_number.end()) {
      node.parent = parent->second;
      tree.nodes[parent->second].children.push_back(i);
    } else {
      tree.roots.push_back(i);
    }
    by_number.emplace(command.number(), i);
  }
  return tree;
}

// Stems of the first `levels` levels: a bar where more children of that level are still to come.
std::string bars(const std::vector<bool>& more, size_t levels) {
  std::string out;
  for (size_t i = 0; i < levels; ++i) out += more[i] ? "│ " : "  ";
  return out;
}

void append_others(const std::vector<v1::TrailItem>& items, size_t from, size_t to,
                   const std::string& stem, std::vector<TreeLine>& lines) {
  for (size_t i = from; i < to; ++i) {
    if (items[i].has_session() || items[i].has_lag()) continue;
    lines.push_back({i, i, stem, stem, stem});
  }
}

}  // namespace

std::vector<TreeLine> tree_lines(const std::vector<v1::TrailItem>& items, size_t depth_max) {
  struct Visit {
    size_t item;
    size_t depth;
    bool last;
  };
  const Tree tree = build(items);
  std::vector<TreeLine> lines;
  lines.reserve(items.size());
  std::vector<bool> more(depth_max, false);
  std::vector<Visit> open;
  for (size_t i = tree.roots.size(); i-- > 0;) open.push_back({tree.roots[i], 0, false});
  while (!open.empty()) {
    const auto [item, depth, last] = open.back();
    open.pop_back();
    const Node& node = tree.nodes[item];
    const bool drawn = depth > 0 && depth <= depth_max;
    if (drawn) more[depth - 1] = !last;
    TreeLine line{item, node.parent == kNone ? item : node.parent, "", "", ""};
    if (drawn) {
      line.stem = bars(more, depth - 1);
      line.above = line.stem + "│ ";
      line.stem += last ? "└ " : "├ ";
      line.below = bars(more, depth);
    } else if (depth > 0) {
      line.stem = line.above = line.below = bars(more, depth_max - 1);
      line.stem += "  ⋯" + std::to_string(depth) + " ";
    }
    if (!node.children.empty() && depth < depth_max) line.below += "│ ";
    append_others(items, node.others_from, item, line.above, lines);
    lines.push_back(std::move(line));
    for (size_t i = node.children.size(); i-- > 0;) {
      open.push_back({node.children[i], depth + 1, i + 1 == node.children.size()});
    }
  }
  append_others(items, tree.others_from, items.size(), "", lines);
  return lines;
}

}  // namespace spoor::cli
