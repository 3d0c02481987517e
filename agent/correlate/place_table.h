// Where commands ran, as /proc showed: what they do and their ends are told with it, and what
// descends from them runs there, too. Of few places and many processes.
//
// Bounded (kPlacesMax): any other goes then. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "agent/correlate/blob.h"
#include "agent/process_key.h"
#include "agent/process_sight.h"

namespace spoor::agent {

class PlaceTable {
 public:
  using Seen = std::shared_ptr<const ProcessSight>;
  void set(const ProcessKey& process, Seen seen);
  // Null: not known.
  Seen find(const ProcessKey& process) const;
  void forget(const ProcessKey& process) { places_.erase(name_of(process)); }

  size_t size() const { return places_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is known then.
  bool restore(BlobReader& from);

 private:
  struct HashKey {
    size_t operator()(const ProcessKey& process) const {
      return std::hash<uint64_t>()(process.pid ^ static_cast<uint64_t>(process.birth_ns) << 16);
    }
  };
  static ProcessKey name_of(ProcessKey process) {
    process.rounded = false;
    return process;
  }

  std::unordered_map<ProcessKey, Seen, HashKey> places_;
};

}  // namespace spoor::agent
