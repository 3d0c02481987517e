#include "collector/index/session_keys.h"

#include <algorithm>

#include "collector/index/event_use.h"
#include "collector/index/limits.h"

namespace spoor::collector {

namespace {

bool asks_keys(const Expression& expression) {
  const auto asks = [](const Expression& part) { return asks_keys(part); };
  if (expression.kind != Expression::Kind::test) return std::ranges::any_of(expression.parts, asks);
  return expression.test.field == Field::key || expression.test.field == Field::person;
}

}  // namespace

bool asks_keys(const Query& query) { return query.where && asks_keys(*query.where); }

std::vector<std::string> SessionKeys::of(std::string_view host, std::string_view session) {
  const auto uid = id_of(std::string(session));
  if (!uid) return {};
  const SessionKey key{std::string(host), *uid};
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  std::vector<std::string> out;
  const Result<std::optional<SessionPart>> part = read_(key);
  if (!part.is_ok()) {
    if (status_.is_ok()) status_ = part.status();
    return out;
  }
  if (*part) {
    const SessionHead head = (*part)->told.head((*part)->row);
    for (const std::string& name : {head.key_fingerprint, head.certificate_id}) {
      if (!name.empty()) out.push_back(name);
    }
  }
  if (known_.size() == kKeysOfSessionsMax) known_.clear();
  return known_[key] = std::move(out);
}

}  // namespace spoor::collector
