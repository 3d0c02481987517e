// What a query asks that no row has: the collector's own tables, and the log. Every function is
// set; none may wait for who asks. Plain data.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/blocks/column.h"
#include "common/bytes.h"
#include "common/result.h"

namespace spoor::collector {

// Where an event is in the log.
struct EventPlace {
  uint64_t entry = 0;
  Id stream{};
  uint64_t epoch = 0, sequence = 0;
};

struct Outside {
  // Names and values.
  using Labels = std::vector<std::pair<std::string, std::string>>;
  std::function<Labels(std::string_view host)> labels;
  // Fingerprints of keys and ids of certificates that opened a session, by its uid of 16 bytes.
  std::function<std::vector<std::string>(std::string_view host, std::string_view session)> keys;
  // Whose account or key that was then; empty: nobody's. No key: the account alone.
  std::function<std::string(std::string_view host, std::string_view user, std::string_view key,
                            int64_t time_ns)>
      person;
  // All words of a text that was cut, of the event in this place; of a column without words one, if
  // any. `full`: enough was asked, and it stays unsure.
  std::function<Result<std::vector<std::string>>(const EventPlace& place, Text column)> full_text;
};

}  // namespace spoor::collector
