// The keys and certificates that opened sessions, by what is told of them: each session is read
// once for a question. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/index/session_part.h"
#include "collector/language/query.h"

namespace spoor::collector {

// The query asks what only sessions say.
bool asks_keys(const Query& query);

class SessionKeys {
 public:
  using Read = std::function<Result<std::optional<SessionPart>>(const SessionKey&)>;
  explicit SessionKeys(Read read) : read_(std::move(read)) {}

  std::vector<std::string> of(std::string_view host, std::string_view session);
  // Not ok: a session could not be read, so that an answer is none.
  const Status& status() const { return status_; }

 private:
  const Read read_;
  Status status_;
  std::map<SessionKey, std::vector<std::string>> known_;  // at most kKeysOfSessionsMax sessions
};

}  // namespace spoor::collector
