#include "agent/encode/told_events.h"

#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

uint64_t hash_of(const std::string& words) { return std::hash<std::string>()(words); }

// By its source: "journal", or the path of a file.
bool is_of_log(const v1::Event& event) {
  const std::string& source = event.origin().source();
  return source == "journal" || source.starts_with('/');
}

}  // namespace

ToldEvents::ToldEvents(const Host& host)
    : encode_(std::make_unique<EventProto>(host)), event_(std::make_unique<v1::Event>()) {}
ToldEvents::~ToldEvents() = default;
ToldEvents::ToldEvents(ToldEvents&&) noexcept = default;
ToldEvents& ToldEvents::operator=(ToldEvents&&) noexcept = default;

Result<bool> ToldEvents::key_of(std::string_view bytes, Key& key) {
  v1::Event& event = *event_;
  if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return corrupt("an event that does not parse");
  }
  const auto kind = static_cast<uint64_t>(event.kind_case());
  if (event.has_kernel()) {
    const auto time_ms = static_cast<uint64_t>(event.kernel().time_ms());
    key = {kind, time_ms, event.kernel().serial(), 0};
    return true;
  }
  if (is_of_log(event)) {
    key = {kind, static_cast<uint64_t>(event.time_ns()), hash_of(event.origin().source()), 0};
    // All that it says, without when it was said.
    event.clear_order();
    event.clear_read();
    key[3] = hash_of(event.SerializeAsString());
    return true;
  }
  switch (event.kind_case()) {
    case v1::Event::kProcessEnded: {
      const v1::CommandRef& command = event.process_ended().command();
      key = {kind, command.process().pid(), command.process().birth_ns(), command.exec_number()};
      return true;
    }
    case v1::Event::kSessionOpened:
      key = {kind, event.session().ses(), 0, 0};
      return true;
    case v1::Event::kLoss: {
      const v1::Loss& loss = event.loss();
      const auto which = static_cast<uint64_t>(loss.scope()) << 16 |
                         static_cast<uint64_t>(loss.cause()) << 24 | hash_of(loss.unit()) << 32;
      key = {kind | which, loss.first(), loss.last(), loss.count()};
      return true;
    }
    case v1::Event::kTypedInput: {
      const v1::TypedInput& input = event.typed_input();
      const auto time_ns = static_cast<uint64_t>(event.time_ns());
      key = {kind, input.pid(), time_ns, hash_of(input.typed())};
      return true;
    }
    case v1::Event::kAgentState: {
      const v1::AgentState& state = event.agent_state();
      if (state.change() != v1::AgentState::CHANGE_COUNTER_RESET &&
          state.change() != v1::AgentState::CHANGE_BACKLOG_WAIT) {
        return false;
      }
      key = {kind, static_cast<uint64_t>(state.change()), state.count(), hash_of(state.detail())};
      return true;
    }
    // Of a log's line, or what follows from records: by all that it says.
    case v1::Event::kSessionFact:
    case v1::Event::kSessionClosed:
    case v1::Event::kAuthentication:
    case v1::Event::kPrivilegeChange:
    case v1::Event::kAccountChange:
    case v1::Event::kLogMessage:
      event.clear_order();
      event.clear_read();
      key = {kind, static_cast<uint64_t>(event.time_ns()), hash_of(event.SerializeAsString()), 0};
      return true;
    default: return false;
  }
}

Status ToldEvents::add(ByteView block) {
  ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(block));
  for (const Frame& frame : open.frames()) {
    if (frame.head.header.kind != FrameKind::data) continue;
    for (const FrameEntry& entry : frame.entries) {
      Key key;
      if (!entry.fields) continue;
      ASSIGN_OR_RETURN(const bool has_key, key_of(*entry.fields, key));
      if (has_key) ++counts_[key];
    }
  }
  return ok();
}

bool ToldEvents::take(const Fact& fact) {
  if (counts_.empty()) return false;
  // By way of its bytes: what makes it the same is then said in one place.
  Key key;
  const auto has_key = key_of(encode_->event(fact), key);
  if (!has_key.is_ok() || !*has_key) return false;
  const auto found = counts_.find(key);
  if (found == counts_.end()) return false;
  if (--found->second == 0) counts_.erase(found);
  return true;
}

}  // namespace spoor::agent
