// Where a stream left its own path because the log asked for it: log and spool had gone apart
// (docs/uplink.md), and what lies behind the last commit the log can never take. Two files of a
// lane, beside its segments:
//
//   <class>/wish    asked, and believed; written before the agent executes itself for it
//   <class>/fork    followed: where the stream goes on, and what was lost by it. Stays, so that a
//                   note that lies there for ever is followed once
//
// Following is done on what was found at a start, before anything is written, and can be broken off
// anywhere: the next start goes on with it. Segments go to FOLDER/forked, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/spool/lane_recovery.h"
#include "common/files.h"
#include "common/frame/commit_note.h"

namespace spoor::agent {

// Of the stream as it was: up to there the log has said that it has it.
struct Wish {
  uint64_t committed_epoch = 0, committed_sequence = 0;
  CommitNote note;
};
std::string encode_wish(const Wish& wish);
Result<Wish> decode_wish(std::string_view text);

// Events that were set aside. One epoch: its sequences; several: 0, 0.
struct ForkLoss {
  uint64_t events = 0;
  uint64_t first = 0, last = 0;
  int64_t from_ns = 0, until_ns = 0;  // event times
};

struct Fork {
  Id log_id{};  // the wish that was followed
  uint64_t generation = 0, epoch = 0, sequence = 0;
  Id stream{};                                       // who the lane is from then on
  // Where the stream goes on; epoch 0: from nothing. Not used where only a new epoch was due.
  ChainHead base;
  // Frames of lower epochs are those of before; 0: only a new epoch was due, and all frames stay.
  uint64_t lowest_epoch = 0;
  uint64_t committed_epoch = 0, committed_sequence = 0;  // of the stream as it was
  ForkLoss lost;
  bool told = false;

  // An order to the streams as they are now.
  bool has_followed(const CommitNote& note) const;
};
std::string encode_fork(const Fork& fork);
Result<Fork> decode_fork(std::string_view text);

// Both files of a lane's folder; nullopt where one is not there, or cannot be made sense of.
std::optional<Wish> read_wish(Files& files, const std::string& folder);
std::optional<Fork> read_fork(Files& files, const std::string& folder);

// What following the wish will do to a lane. `stream`: who it is from then on; `anew`: with nothing
// of before; `before`: what was followed last, whose loss is told with this one where nobody was
// told of it yet. Nothing is set aside where our own chain has the wish's point, or had it once and
// it was committed, so that an old note brought back takes nothing away; but for what lies before
// the last fork, where the log came back older since: no commit behind that speaks of it.
Fork plan_fork(const Wish& wish, const LaneFound& found, PointPlace place, const Id& stream,
               bool anew, const std::optional<Fork>& before);

// Takes what `fork` left behind out of the lane and of `found`, whose head is then where the stream
// goes on. `forked`: the folder for it, which is there
// (agent/spool/forked_segments.h).
Status follow_fork(Files& files, const Fork& fork, const std::string& lane_name,
                   const std::string& folder, const std::string& forked, LaneFound& found);

}  // namespace spoor::agent
