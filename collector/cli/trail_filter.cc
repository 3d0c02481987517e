#include "collector/cli/trail_filter.h"

#include <algorithm>
#include <unordered_set>

namespace spoor::cli {

bool is_since(const v1::TrailItem& item, const TrailFilter& filter) {
  switch (item.item_case()) {
    case v1::TrailItem::kCommand:
      return item.command().ended_ns() == 0 || item.command().ended_ns() >= filter.since_ns;
    case v1::TrailItem::kEvent: return item.event().event().time_ns() >= filter.since_ns;
    case v1::TrailItem::kLoss: {
      const int64_t until_ns = std::max(item.loss().loss().until_ns(), item.loss().time_ns());
      return until_ns == 0 || until_ns >= filter.since_ns;
    }
    default: return true;
  }
}

bool is_of_kinds(const v1::TrailItem& item, const TrailFilter& filter) {
  switch (item.event().event().kind_case()) {
    case v1::Event::kFileAccess: return filter.files;
    case v1::Event::kNetwork: return filter.network;
    case v1::Event::kTypedInput:
    case v1::Event::kShellLine: return filter.input;
    default: return false;
  }
}

std::vector<v1::TrailItem> of_kinds(std::vector<v1::TrailItem> items, const TrailFilter& filter) {
  if (!filter.has_kinds()) return items;
  std::unordered_set<uint64_t> wanted;  // numbers of commands
  std::vector<v1::TrailItem> out;
  // From the back: a command stands before what it did, and before those that came from it.
  for (size_t i = items.size(); i-- > 0;) {
    v1::TrailItem& item = items[i];
    if (item.has_command()) {
      if (!wanted.contains(item.command().number())) continue;
      wanted.insert(item.command().parent());
    } else if (item.has_event()) {
      if (!is_of_kinds(item, filter)) continue;
      wanted.insert(item.event().command());
    }
    out.push_back(std::move(item));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace spoor::cli
