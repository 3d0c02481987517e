#include "collector/cli/trail_tree.h"

#include <algorithm>
#include <unordered_map>

namespace spoor::cli {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

struct Node {
  size_t parent = kNone;
  std::vector<size_t> children;    // commands and what this one did, in order
  size_t last_command = kNone;     // among them
  size_t others_from = 0;  // items from here up to this one are no commands
};

struct Tree {
  std::vector<Node> nodes;  // by item; only those that have a place in the tree are used
  std::vector<size_t> roots;
  size_t others_from = 0;   // after the last command
};

// A parent counts only when it came before: so there are no circles.
Tree build(const std::vector<v1::TrailItem>& items) {
  Tree tree;
  tree.nodes.resize(items.size());
  std::unordered_map<uint64_t, size_t> by_number;
  for (size_t i = 0; i < items.size(); ++i) {
    const bool is_command = items[i].has_command();
    const uint64_t of = is_command ? items[i].command().parent() : items[i].event().command();
    const auto parent = of == 0 ? by_number.end() : by_number.find(of);
    if (parent != by_number.end()) {
      Node& above = tree.nodes[parent->second];
      tree.nodes[i].parent = parent->second;
      above.children.push_back(i);
      if (is_command) above.last_command = i;
    }
    if (!is_command) continue;
    tree.nodes[i].others_from = tree.others_from;
    tree.others_from = i + 1;
    if (parent == by_number.end()) tree.roots.push_back(i);
    by_number.emplace(items[i].command().number(), i);
  }
  return tree;
}

// Stems of the first `levels` levels: a bar where more children of that level are still to come.
std::string bars(const std::vector<bool>& more, size_t levels) {
  std::string out;
  for (size_t i = 0; i < levels; ++i) out += more[i] ? "│ " : "  ";
  return out;
}

class Drawing {
 public:
  Drawing(const std::vector<v1::TrailItem>& items, size_t depth_max)
      : items_(items), tree_(build(items)), depth_max_(depth_max), more_(depth_max, false) {
    lines_.reserve(items.size());
  }

  std::vector<TreeLine> take() {
    std::vector<Visit> open;
    for (size_t i = tree_.roots.size(); i-- > 0;) open.push_back({tree_.roots[i], 0});
    while (!open.empty()) {
      const Visit visit = open.back();
      open.pop_back();
      if (!items_[visit.item].has_command()) {
        append_doing(visit);
        continue;
      }
      append_command(visit);
      const std::vector<size_t>& children = tree_.nodes[visit.item].children;
      for (size_t i = children.size(); i-- > 0;) open.push_back({children[i], visit.depth + 1});
    }
    append_others(tree_.others_from, items_.size(), "");
    return std::move(lines_);
  }

 private:
  struct Visit {
    size_t item;
    size_t depth;
  };

  void append_command(const Visit& visit) {
    const auto [item, depth] = visit;
    const Node& node = tree_.nodes[item];
    const bool drawn = depth > 0 && depth <= depth_max_;
    const bool last = node.parent == kNone || tree_.nodes[node.parent].last_command == item;
    if (drawn) more_[depth - 1] = !last;
    TreeLine line{item, node.parent == kNone ? item : node.parent, "", "", ""};
    if (drawn) {
      line.stem = bars(more_, depth - 1);
      line.above = line.stem + "│ ";
      line.stem += last ? "└ " : "├ ";
      line.below = bars(more_, depth);
    } else if (depth > 0) {
      line.stem = line.above = line.below = bars(more_, depth_max_ - 1);
      line.stem += "  ⋯" + std::to_string(depth) + " ";
    }
    if (node.last_command != kNone && depth < depth_max_) line.below += "│ ";
    append_others(node.others_from, item, line.above);
    lines_.push_back(std::move(line));
  }

  // What a command did stands beside its children, with a bar where more of them come.
  void append_doing(const Visit& visit) {
    const auto [item, depth] = visit;
    const size_t parent = tree_.nodes[item].parent;
    const size_t last = tree_.nodes[parent].last_command;
    std::string stem = bars(more_, std::min(depth - 1, depth_max_));
    if (depth <= depth_max_) stem += last != kNone && last > item ? "│ " : "  ";
    lines_.push_back({item, parent, stem, stem, stem});
  }

  // An event that no command did has no stem: it is not to be taken for the doing of one above it.
  void append_others(size_t from, size_t to, const std::string& stem) {
    for (size_t i = from; i < to; ++i) {
      if (items_[i].has_session() || items_[i].has_lag()) continue;
      if (tree_.nodes[i].parent != kNone) continue;
      lines_.push_back({i, i, items_[i].has_event() ? "" : stem, stem, stem});
    }
  }

  const std::vector<v1::TrailItem>& items_;
  const Tree tree_;
  const size_t depth_max_;
  std::vector<bool> more_;  // by level: children are still to come
  std::vector<TreeLine> lines_;
};

}  // namespace

std::vector<TreeLine> tree_lines(const std::vector<v1::TrailItem>& items, size_t depth_max) {
  return Drawing(items, depth_max).take();
}

}  // namespace spoor::cli
