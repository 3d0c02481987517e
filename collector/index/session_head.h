// Who, how, from where, until when: what the events of a session say of the session itself. The
// first word on a thing counts, in (epoch, order).
//
// What only a log file claims (Attribution.CONFIDENCE_CLAIMED) fills what nothing else has told and
// never takes its place; it opens and closes nothing. Plain data; texts are cut at kSummaryTextMax.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/index/session_row.h"
#include "collector/model.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

struct SessionHead {
  // The numbers of spoor.v1.Session.State.
  enum class State : uint8_t { open, logged_out, closed };

  std::optional<uint32_t> login_uid;
  std::string login_name;
  v1::SessionOpened::Type type = v1::SessionOpened::TYPE_UNSPECIFIED;
  v1::Endpoint source;
  uint32_t local_port = 0;
  std::string terminal;
  std::string method;
  std::string key_type;
  std::string key_fingerprint;
  std::string certificate_id;
  uint64_t certificate_serial = 0;
  std::string certificate_authority;
  uint32_t failures_before = 0, keys_refused = 0;
  bool opening_seen = false;
  std::optional<uint32_t> old_login_uid;
  uint32_t old_ses = 0;                  // 0: none
  std::vector<uint32_t> logins_of_user;  // sorted, at most kSessionLinksMax
  State state = State::open;
  v1::SessionClosed::Cause closed_by = v1::SessionClosed::CAUSE_UNSPECIFIED;
  std::optional<uint32_t> processes_left;  // State::logged_out; nullopt: not known
  int64_t ended_ns = 0;                  // 0: not known to have ended
  std::vector<std::string> claimed;      // which of these nothing but a log file says

  bool is_claimed(std::string_view field) const;
  // False for what is known to be none: cron, user managers, services, containers. A claim proves
  // nothing: no line in a log can hide a session.
  bool may_be_login() const;
};

bool is_claimed(const v1::Event& event);

// By (epoch, order); events of one place as they came.
void sort_events(std::vector<IndexedEvent>& events);

// Reads a session's events by (epoch, order).
class HeadReader {
 public:
  // Whether the head is another one by it, or may be where it stands among others.
  bool read(const v1::Event& event);
  SessionHead head() const;

 private:
  SessionHead known_, claimed_;
};

// Of a session's events by (epoch, order).
SessionHead head_of(const std::vector<IndexedEvent>& events);
// Of a part of them by (epoch, order), those that matter: head_of of what is left of all parts is
// that of all events.
std::vector<IndexedEvent> telling_events(const std::vector<IndexedEvent>& events);
// Of an event what a head is made of, and nothing else; a few kilobytes at most.
v1::Event telling_fields(const v1::Event& event);
// The same, and it ended with its boot.
SessionHead head_of(const SessionRow& row, const std::vector<IndexedEvent>& events);

}  // namespace spoor::collector
