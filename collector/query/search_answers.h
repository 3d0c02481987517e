// Answers to queries over all sessions: from the query's text and the index to messages. Pure but
// for reading the index; any thread.
#pragma once

#include <cstdint>

#include "collector/index/index.h"
#include "collector/query/whole_events.h"
#include "common/result.h"
#include "spoor/v1/query.pb.h"

namespace spoor::collector {

// Whoever asks, when, and what the collector knows that the index does not (outside.h, but for keys
// and texts). `whole_event` reads the log.
struct Asker {
  const Index& index;
  Outside outside;
  ReadEvent whole_event;
  int64_t now_ns = 0;
  IsCancelled is_cancelled;
};

// `invalid`: no query, with its place, or no cursor of ours; `unavailable` when cancelled.
Result<v1::SearchResponse> search(const Asker& asker, const v1::SearchRequest& request);
Result<v1::HistogramResponse> histogram(const Asker& asker, const v1::HistogramRequest& request);

}  // namespace spoor::collector
