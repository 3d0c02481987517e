// All that an index answers, as text: two indexes that have the same to say have the same text.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "collector/index/event_of_row.h"
#include "collector/index/index.h"
#include "collector/index/row_maker.h"
#include "tests/support/frame_event.h"
#include "tests/support/index_answers.h"
#include "tests/support/left_to_log.h"

namespace spoor::collector {

class IndexWords {
 public:
  // `as_rows`: events are put as a row would tell them first.
  IndexWords(const Index& index, bool as_rows) : index_(index), as_rows_(as_rows) {}

  std::string all(size_t page) const {
    std::string out = "at " + std::to_string(index_.position().entry) + ", " +
                      std::to_string(index_.events_total()) + " events\n";
    std::optional<Index::After> after;
    for (;;) {
      const std::vector<SessionSummary> some = sessions_of(index_, page, after);
      for (const SessionSummary& summary : some) out += of_session(summary);
      if (some.size() < page) break;
      after = Index::After{some.back().row.first_ns, some.back().row.key};
    }
    for (const char* agent : {"db1", "web1", "web2", "nobody"}) {
      for (uint32_t ses = 0; ses < 22; ++ses)
        out += rows(std::string(agent) + std::to_string(ses),
                    index_.sessions_named(agent, ses).value());
    }
    out += "own\n" + events(index_.own_events(), false);
    return out + "failed\n" + events(index_.failed_logins(), false);
  }

  static std::string of_head(const SessionHead& s) {
    std::string out = std::to_string(s.login_uid.value_or(7)) + s.login_name +
                      s.source.ShortDebugString() + s.method + std::to_string(s.type) +
                      std::to_string(s.opening_seen) + std::to_string(static_cast<int>(s.state)) +
                      std::to_string(s.closed_by) + std::to_string(s.ended_ns);
    for (const uint32_t login : s.logins_of_user) out += "," + std::to_string(login);
    for (const std::string& name : s.claimed) out += ";" + name;
    return out;
  }

 private:
  static std::string of_row(const SessionRow& row) {
    return row.key.agent + ":" + to_hex(row.key.session_uid) + " " + std::to_string(row.ses) +
           " " + to_hex(row.boot_id) + (row.boot_over ? " over " : " ") +
           std::to_string(row.first_ns) + "-" + std::to_string(row.last_ns) + "\n";
  }
  static std::string rows(const std::string& name, const std::vector<SessionRow>& of) {
    std::string out;
    for (const SessionRow& row : of) out += name + " " + of_row(row);
    return out;
  }
  static std::string of_sums(const SessionSums& s) {
    std::string out;
    for (const uint64_t count :
         {s.commands, s.commands_as_root, s.commands_failed, s.commands_end_unseen,
          s.commands_running(), s.privilege_changes, s.privilege_refused, s.file_changes,
          s.files_changed.count(), s.connections, s.hosts_contacted.count(), s.typed_lines,
          s.disbelieved, s.losses, s.events_incomplete}) {
      out += std::to_string(count) + " ";
    }
    return out + "\n";
  }

  std::string of_session(const SessionSummary& summary) const {
    const SessionKey& key = summary.row.key;
    std::string out = of_row(summary.row) + of_head(summary.head) + "\n" + of_sums(summary.sums);
    const auto row = row_of(index_, key);
    out += row ? of_row(*row) : "none\n";
    out += rows("uid", index_.sessions_by_uid(key.session_uid).value());
    out += rows("manager", index_.user_managers(summary.row).value());
    const SessionEvents told = index_.session_events(key).value();
    out += events(told.events, true);
    if (told.missing.rows > 0) out += std::to_string(told.missing.rows) + " missing\n";
    return out;
  }

  // Of events at one place any order is as good.
  std::string events(const std::vector<IndexedEvent>& of, bool sort_ties) const {
    std::vector<std::string> lines;
    std::vector<std::pair<uint64_t, uint64_t>> places;
    for (const IndexedEvent& event : of) {
      lines.push_back(line(event));
      places.emplace_back(event.epoch, event.event->order());
    }
    if (!sort_ties) places.assign(places.size(), {});
    std::string out = std::ranges::is_sorted(places) ? "" : "not in order\n";
    for (size_t begin = 0; sort_ties && begin < lines.size();) {
      size_t end = begin;
      while (end < lines.size() && places[end] == places[begin]) ++end;
      std::sort(lines.begin() + static_cast<ptrdiff_t>(begin),
                lines.begin() + static_cast<ptrdiff_t>(end));
      begin = end;
    }
    for (const std::string& text : lines) out += text;
    return out;
  }

  std::string line(const IndexedEvent& event) const {
    IndexedEvent told = event;
    if (as_rows_) {
      RowMaker maker;
      const std::string wire = event.event->SerializeAsString();
      const FrameEvent framed = in_frame(event, wire, event.entry);
      told = event_of(*maker.row_of(framed), event.event_class).value().event;
    }
    return told.agent + to_hex(told.stream) + std::to_string(static_cast<int>(told.event_class)) +
           " " + std::to_string(told.epoch) + "/" + std::to_string(told.sequence) + " " +
           std::to_string(told.received_ns) + " @" + std::to_string(event.entry) + " " +
           to_hex(as_bytes(bytes_of(*told.event))) + "\n";
  }

  const Index& index_;
  const bool as_rows_;
};

}  // namespace spoor::collector
