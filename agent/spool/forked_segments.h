// FOLDER/forked: segments that a fork took out of their lanes (agent/spool/fork.h), for people.
// What the log did not have of them is in no other place: it counts against the spool's bound, and
// goes as the lanes' own does, by eviction. What was committed has a bound of its own.
//
//   <lowest epoch since>-<class>-<segment>             not committed, as far as is known
//   <lowest epoch since>-<class>-committed-<segment>
//
// Other names are not looked at. People may take files away at any time. The spool's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "common/clock.h"
#include "common/files.h"
#include "common/frame/format.h"

namespace spoor::agent {

// `since`: the lowest epoch of the lane from then on.
std::string forked_name(uint64_t since, const std::string& lane_name, bool is_committed,
                        const std::string& segment_name);

class ForkedSegments {
 public:
  // The folder need not be there.
  ForkedSegments(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  // Looks at what is there. `now`: how old frames are is told from what they tell of.
  Status find(Instant now);

  // Of what is not committed.
  uint64_t bytes() const { return bytes_; }

  // The oldest of what is committed go, until it is no more than that.
  Status keep_committed_within(uint64_t bytes_max);
  // The oldest of what is committed goes. Whether there was one.
  bool drop_committed();
  // The oldest of that class that is not committed goes. How many events it held, at most those
  // that were told as lost when it was set aside. `not_found`: there is none.
  Result<uint64_t> evict_oldest(EventClass event_class);
  // The same for one whose last frame is older than that, of whatever class.
  Result<uint64_t> evict_older(int64_t age_ns, Instant now);

 private:
  struct Segment {
    std::string name;
    EventClass event_class{};
    uint64_t bytes = 0;
    uint64_t events = 0;
    int64_t written_ns = 0;  // boottime of the last frame, as far as known
  };
  using Segments = std::deque<Segment>;
  Status look_at(Segment& segment, Instant now);
  Status remove(Segments& from, Segments::iterator at);
  Result<uint64_t> evict(Segments::iterator at);

  Files& files_;
  std::string folder_;
  Segments uncommitted_, committed_;  // oldest first
  uint64_t bytes_ = 0;
};

}  // namespace spoor::agent
