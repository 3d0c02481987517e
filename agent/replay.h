// `spoor-agent replay`: audit logs and recordings (agent/source/replay.h) of any size through the
// very stages that the kernel's records go through. Needs no privilege and no configuration.
//
// Each host that the records name (`node=`), and each boot of it, has stages and tables of its own
// (agent/log_host.h); records without a name are one host's, too. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/replay_output.h"
#include "common/clock.h"
#include "common/result.h"

namespace spoor::agent {

class Redactor;

struct ReplayOptions {
  std::vector<std::string> paths;  // played oldest first; `-` is standard input, and stands alone
  std::string host;                // of records that name none; empty: nobody knows
  std::string node;                // only records of this host; empty: of all
  Redactor* redactor = nullptr;    // null: secrets stay
};

struct ReplayCounts {
  uint64_t records = 0;
  uint64_t events = 0;
  // Events of which a record, or part of one, is not there. That a log tells nothing of births and
  // ends is no fault of its events.
  uint64_t incomplete = 0;
  uint64_t undecoded = 0;         // records of which the header or the body made no sense
  uint64_t unreadable_lines = 0;  // neither record nor process message
  uint64_t cut_lines = 0;         // longer than kLogLineBytesMax
  uint64_t interpreted = 0;       // records that ausearch -i had changed, left out
  uint64_t bytes = 0;
  int64_t elapsed_ns = 0;
  // What was given and could not be played, with what to do about it; the rest was.
  std::vector<std::string> problems;
};

// Hears of long work: after two seconds, and from then on twice a second. `bytes_all` is 0 where
// the size is not known.
using ReplayProgress = std::function<void(const ReplayCounts& so_far, uint64_t bytes_all)>;

// `invalid` when a file is no log, before any is played, or nothing in any of them is a record.
Result<ReplayCounts> replay(const ReplayOptions& options, const Clock& clock, ReplayOutput& output,
                            const ReplayProgress& progress);

// Rotated logs by the time of their first record; those without one come last. What can only be
// read once (a pipe) cannot be looked at first: where there is one, all stay in the order given.
// `invalid`, with a line for each, where files are no logs.
Result<std::vector<std::string>> oldest_first(std::vector<std::string> paths);

// `220,018 records: 40,004 events, 3 incomplete, 0 undecoded; 0.14 s, 1,571,557 records/s`, and
// what else is not zero.
std::string summary_of(const ReplayCounts& counts);

}  // namespace spoor::agent
