#include "agent/correlate/place_table.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {

void PlaceTable::set(const ProcessKey& process, Seen seen) {
  if (places_.size() >= kPlacesMax && !places_.contains(name_of(process))) {
    places_.erase(places_.begin());
  }
  places_[name_of(process)] = std::move(seen);
}

PlaceTable::Seen PlaceTable::find(const ProcessKey& process) const {
  const auto found = places_.find(name_of(process));
  return found == places_.end() ? nullptr : found->second;
}

// By place: what it is, and whose it is.
void PlaceTable::save(std::string& to) const {
  using Name = std::tuple<std::string, std::string, std::string, int64_t, uint8_t>;
  std::map<Name, std::vector<ProcessKey>> by_place;
  for (const auto& [process, seen] : places_) {
    by_place[{seen->runtime, seen->container, seen->unit, seen->unit_started_ns,
              static_cast<uint8_t>(seen->place)}]
        .push_back(process);
  }
  append_le(to, static_cast<uint32_t>(by_place.size()));
  for (auto& [place, processes] : by_place) {
    const auto& [runtime, container, unit, started_ns, where] = place;
    for (const std::string* name : {&runtime, &container, &unit}) append_string(to, *name);
    append_le(to, started_ns);
    append_le(to, where);
    std::sort(processes.begin(), processes.end());
    append_le(to, static_cast<uint32_t>(processes.size()));
    for (const ProcessKey& process : processes) {
      append_le(to, process.pid);
      append_le(to, process.birth_ns);
    }
  }
}

bool PlaceTable::restore(BlobReader& from) {
  places_.clear();
  const auto count = from.number<uint32_t>();
  bool good = true;
  for (uint32_t i = 0; i < count && good; ++i) {
    ProcessSight seen;
    for (std::string* name : {&seen.runtime, &seen.container, &seen.unit}) *name = from.string();
    seen.unit_started_ns = from.number<int64_t>();
    const auto where = from.number<uint8_t>();
    const auto processes = from.number<uint32_t>();
    good = from.good() && where <= static_cast<uint8_t>(Place::container);
    if (!good) break;
    seen.place = static_cast<Place>(where);
    const auto shared = std::make_shared<const ProcessSight>(std::move(seen));
    for (uint32_t n = 0; n < processes && from.good(); ++n) {
      ProcessKey process;
      process.pid = from.number<uint32_t>();
      process.birth_ns = from.number<int64_t>();
      set(process, shared);
    }
    good = from.good();
  }
  if (good && from.good()) return true;
  places_.clear();
  return false;
}

}  // namespace spoor::agent
