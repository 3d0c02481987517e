// The way to the collector's query service. Failures come back as words for the operator that say
// what to do next. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/result.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// What to tell the operator when connect(2) to the socket `path` says `error` (0: it works, so the
// collector left in the middle).
Status unreachable(const std::string& path, int error);

class QueryClient {
 public:
  // `address` is unix:/path. Connects with the first call.
  explicit QueryClient(const std::string& address);
  ~QueryClient();

  // not_found: no such session; invalid: the collector does not take the question (a name that fits
  // several sessions among it); unavailable: no collector, or it went away; denied.
  Result<v1::SessionsResponse> sessions(const v1::SessionsRequest& request);
  Result<v1::AgentsResponse> agents(const v1::AgentsRequest& request);
  Result<v1::EventsResponse> events(const v1::EventsRequest& request);
  // invalid: the query is wrong, and says where: `column 7: …`.
  Result<v1::SearchResponse> search(const v1::SearchRequest& request);
  Result<v1::HistogramResponse> histogram(const v1::HistogramRequest& request);
  // Hands each item on as it arrives, until `take` wants no more. When it fails, what came before
  // is still true, but the trail is not whole.
  Status trail(const std::string& session, const std::function<bool(v1::TrailItem)>& take);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spoor::cli
